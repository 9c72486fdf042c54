"""A lambda or a nested `def` that is made anew uses what was compiled for the one before, where it fits."""

from __future__ import annotations

import functools
import gc
import math
import weakref
from typing import Any

import numpy as np
import pytest

import adcompiler as ad
from adcompiler import families, pipeline


@pytest.fixture
def compilations(monkeypatch):
    """The names of the programs that were compiled."""
    made: list[str] = []
    load = pipeline.load

    def counted(program, globals_):
        made.append(program.name)
        return load(program, globals_)

    monkeypatch.setattr(pipeline, "load", counted)
    monkeypatch.setattr(families, "_KEPT", {})
    return made


def test_numbers_that_are_captured_differ(compilations):
    def scaled(a):
        return lambda x: a * x * x

    assert [ad.grad(scaled(a))(1.0) for a in (1.0, 2.0, 3.0)] == [2.0, 4.0, 6.0]
    assert len(compilations) == 1


def test_arrays_that_are_captured_differ(compilations):
    def weighted(w):
        def f(x):
            return np.sum(w * x)

        return f

    for w in (np.array([1.0, 2.0]), np.array([3.0, -1.0, 5.0])):
        np.testing.assert_array_equal(ad.grad(weighted(w))(np.ones(w.size)), w)
    assert len(compilations) == 1


def test_another_kind_of_value_compiles_anew(compilations):
    def scaled(a):
        return lambda x: np.sum(a * x * x)

    assert ad.grad(scaled(2.0))(1.0) == 4.0
    assert ad.grad(scaled(np.array([1.0, 2.0])))(1.0) == 6.0
    assert len(compilations) == 2


def test_a_text_is_known_while_compiling(compilations):
    def named(kind):
        return lambda x: np.sin(x) if kind == "sin" else x * x

    assert ad.grad(named("sin"))(0.0) == 1.0
    assert ad.grad(named("square"))(3.0) == 6.0
    assert ad.grad(named("sin"))(0.0) == 1.0
    assert len(compilations) == 2


def test_an_int_that_decides_the_program(compilations):
    def power(n):
        def f(x):
            y = 1.0
            for _ in range(n):
                y = y * x
            return y

        return f

    assert [ad.grad(power(n))(2.0) for n in (1, 2, 3)] == [1.0, 4.0, 12.0]

    def summed(axis):
        return lambda x: np.sum(np.sum(x, axis=axis) ** 2)

    x = np.array([[1.0, 2.0], [3.0, 5.0]])
    for axis in (0, 1, 0):
        expected = 2.0 * np.broadcast_to(np.sum(x, axis=axis, keepdims=True), x.shape)
        np.testing.assert_array_equal(ad.grad(summed(axis))(x), expected)


def test_functions_that_are_captured_are_told_apart(compilations):
    def composed(g):
        return lambda x: g(x) * x

    assert ad.grad(composed(np.sin))(0.0) == 0.0
    assert ad.grad(composed(np.cos))(0.0) == 1.0

    def outer(a):
        def g(x):
            return a * x

        return lambda x: g(x) * x

    assert [ad.grad(outer(a))(1.0) for a in (1.0, 5.0)] == [2.0, 10.0]


def test_objects_and_containers(compilations):
    class Spring:
        def __init__(self, k: float) -> None:
            self.k = k

        def energy(self, x: float) -> float:
            return 0.5 * self.k * x * x

    def energy(spring, extra):
        return lambda x: spring.energy(x) + sum(extra) * x

    assert ad.grad(energy(Spring(2.0), [1.0]))(1.0) == 3.0
    assert ad.grad(energy(Spring(5.0), [3.0]))(1.0) == 8.0
    assert ad.grad(energy(Spring(5.0), [3.0, 4.0]))(1.0) == 12.0
    assert len(compilations) == 2


def test_defaults_are_those_of_the_function_at_hand(compilations):
    def with_default(a):
        return lambda x, k=a: k * x * x

    assert [ad.grad(with_default(a))(1.0) for a in (1.0, 2.0)] == [2.0, 4.0]


def test_a_cell_that_changes_later(compilations):
    def counter():
        a = 1.0

        def f(x):
            return a * x

        def change(value: Any) -> None:
            nonlocal a
            a = value

        return f, change

    f, change = counter()
    g, _ = counter()
    first, second = ad.grad(f), ad.grad(g)
    assert (first(1.0), second(1.0)) == (1.0, 1.0)
    change(7.0)
    assert (first(1.0), second(1.0)) == (7.0, 1.0)
    change(np.array([1.0, 2.0]))
    with pytest.raises(ad.ADError):
        first(1.0)
    assert second(1.0) == 1.0


def test_derivatives_of_different_requests(compilations):
    def scaled(a):
        return lambda x, y: a * x * x * y

    assert ad.grad(scaled(1.0))(1.0, 3.0) == 6.0
    assert ad.grad(scaled(2.0), argnums=1)(1.0, 3.0) == 2.0
    assert ad.value_and_grad(scaled(2.0))(1.0, 3.0) == (6.0, 12.0)
    assert ad.grad(ad.grad(scaled(2.0)))(1.0, 3.0) == 12.0
    assert ad.grad(ad.grad(scaled(3.0)))(1.0, 3.0) == 18.0


def test_what_is_captured_is_not_kept_alive(compilations):
    class Data:
        def __init__(self) -> None:
            self.w = np.ones(3)

    def of_data(data):
        return lambda x: np.sum(data.w * x)

    data = Data()
    gone = weakref.ref(data)
    assert np.all(ad.grad(of_data(data))(np.ones(3)) == 1.0)
    del data
    gc.collect()
    assert gone() is None


def test_division_by_zero_is_told_for_each(compilations):
    def over(a):
        return lambda x: np.divide(a, x)

    with np.errstate(divide="ignore"):
        assert [ad.grad(over(a))(0.0) for a in (1.0, -1.0)] == [-np.inf, np.inf]


def test_rules_and_partial_functions_are_told_apart(compilations):
    def with_rule(slope):
        @ad.custom_jvp
        def f(x):
            return x * x

        f.defjvp(lambda primals, tangents: (primals[0] ** 2, slope * tangents[0]))
        return lambda x: f(x) + x

    assert [ad.grad(with_rule(a))(1.0) for a in (1.0, 5.0)] == [2.0, 6.0]

    def with_partial(k):
        g = functools.partial(math.pow, k)
        return lambda x: g(x) * x

    found = [ad.grad(with_partial(k))(1.0) for k in (1.0, math.e)]
    np.testing.assert_allclose(found, [1.0, 2.0 * math.e])

    def with_keywords(k):
        def power(x, n=2.0, scale=1.0):
            return scale * x**n

        g = functools.partial(power, scale=k)
        return lambda x: g(x)

    assert [ad.grad(with_keywords(k))(3.0) for k in (1.0, 2.0)] == [6.0, 12.0]

    def with_default(k):
        def g(x, scale=k):
            return scale * x

        return lambda x: g(x) * x

    assert [ad.grad(with_default(k))(1.0) for k in (1.0, 2.0)] == [2.0, 4.0]


def test_callable_objects_and_classes(compilations):
    def of_callable(k):
        class Scale:
            def __init__(self, k: float) -> None:
                self.k = k

            def __call__(self, x: float) -> float:
                return self.k * x * x

        class Other(Scale):
            factor = k

            def __call__(self, x: float) -> float:
                return self.factor * x * x

        one, other = Scale(k), Other(k)
        return lambda x: one(x) + other(x) + Other.factor * x

    assert [ad.grad(of_callable(k))(1.0) for k in (1.0, 2.0)] == [5.0, 10.0]

    class Method:
        def __init__(self, k: float) -> None:
            self.k = k

        def run(self, x: float) -> float:
            return self.k * x * x

        def gradient(self, x: float) -> Any:
            return ad.grad(lambda y: self.run(y) + self.k * y)(x)

    assert [Method(k).gradient(1.0) for k in (1.0, 2.0)] == [3.0, 6.0]

    def bound(k):
        run = Method(k).run
        return lambda x: run(x) * x

    assert [ad.grad(bound(k))(1.0) for k in (1.0, 2.0)] == [3.0, 6.0]


def test_derivatives_that_are_captured(compilations):
    def inner(k):
        g = ad.grad(lambda x: k * x * x)
        return lambda x: g(x) * x

    assert [ad.grad(inner(k))(1.0) for k in (1.0, 2.0)] == [4.0, 8.0]
