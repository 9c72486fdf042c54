"""Ints from outside whose value decides the form of a program: known, guarded, compiled anew when they change."""

from __future__ import annotations

import sys

import numpy as np
import pytest

import adcompiler as ad
from tests.programs import outside

X = np.arange(6.0).reshape(2, 3)
derivative_module = sys.modules["adcompiler.derivative"]  # `ad.derivative` is a function


def slope_over(axis):
    """The gradient of sum(sum(x, axis)²) at X."""
    return 2.0 * np.sum(X, axis=axis, keepdims=True) * np.ones_like(X)


def squares(x, axis):
    return np.sum(np.sum(x, axis=axis) ** 2)


def by_global(x):
    return squares(x, outside.AXIS)


class Layer:
    def __init__(self, axis):
        self.axis = axis

    @ad.grad
    def slope(self, x):
        return squares(x, self.axis)


def by_layer(layer, x):
    return squares(x, layer.axis)


def test_a_global_that_changes_compiles_again_and_comes_back(monkeypatch):
    df = ad.grad(by_global)
    for axis in (0, 1, 0, -1, np.int64(1), 1):
        monkeypatch.setattr(outside, "AXIS", axis)
        assert (df(X) == slope_over(axis)).all()
    assert "axis=1" in df.source()


def test_objects_with_different_values_do_not_mix():
    df = ad.grad(by_layer, argnums=1)
    first, second = Layer(0), Layer(1)
    for _ in range(3):
        for layer in (first, second):
            assert (df(layer, X) == slope_over(layer.axis)).all()
            assert (layer.slope(X) == slope_over(layer.axis)).all()
    first.axis = 1
    assert (df(first, X) == slope_over(1)).all()
    assert (first.slope(X) == slope_over(1)).all()


def test_two_variants_are_compiled_for_two_values_only():
    df = ad.grad(by_layer, argnums=1)
    for axis in (0, 1) * 4:
        df(Layer(axis), X)
    assert len(df._variants) == 2


def test_vjp_hessian_and_trace_know_the_value():
    axis = 1

    def f(x):
        return squares(x, axis)

    value, pullback = ad.vjp(f, X)
    assert value == f(X)
    assert (pullback(1.0)[0] == slope_over(1)).all()
    assert ad.hessian(f)(X).shape == (2, 3, 2, 3)
    assert "sum(v₀, axis=1)" in str(ad.trace(f, X))


def test_an_int_of_numpy_as_an_argument():
    df = ad.grad(squares)
    for axis in (np.int64(0), np.int32(1), 0):
        assert (df(X, axis) == slope_over(axis)).all()


def test_what_is_computed_from_floats_is_still_refused():
    def f(x):
        return squares(x, int(x[0, 0]))

    with pytest.raises(ad.ArgumentError, match="must be known while compiling"):
        ad.grad(f)(X)


def test_going_back_and_forth_makes_no_entries_anew(monkeypatch):
    made = []
    make_entry = derivative_module.make_entry
    monkeypatch.setattr(
        derivative_module, "make_entry", lambda *args: made.append(1) or make_entry(*args)
    )
    df = ad.grad(lambda x: np.sum(x * x))
    for _ in range(3):
        for x in (X, X[0], X.astype(np.float32)):
            assert (df(x) == 2.0 * x).all()
            assert df(x).dtype == x.dtype
    assert len(made) == 3
