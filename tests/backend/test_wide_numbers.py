"""Numbers of NumPy beside single precision: the value has the dtype and the digits of the function itself."""

from __future__ import annotations

import numpy as np
import pytest

import adcompiler as ad

NARROW = np.array([0.3, 0.9, 0.5], np.float32)
NUMBER = np.float32(0.6)


def scaled_by_a_root(d, y):
    return y / np.sqrt(d)


def log_of_an_int(n, y):
    return y * np.log1p(n)


def int_of_numpy(n, y):
    return y * np.sign(n) + np.square(n)


def comparison(d, y):
    return np.where(y >= np.sqrt(d), y, 2.0 * y)


def summed_in_a_loop(d, y):
    total = 0.0
    for i in range(3):
        total = total + np.exp(d * i)
    return y * total


def joined(d, y):
    a = np.exp(d) if d > 0.5 else np.log(d)
    return a * y


def clipped(d, y):
    return np.clip(d, np.float32(0.1), np.max(y))


def clipped_constant(d, y):
    return np.clip(0.7, np.max(y), 2.0) + d


def products(d, y):
    return np.dot(d, np.max(y)) + np.kron(d, y) + np.conj(d) * y


def spaced(d, y):
    return np.geomspace(d, np.max(y), 4)


FUNCTIONS = (
    scaled_by_a_root, log_of_an_int, int_of_numpy, comparison, summed_in_a_loop, joined,
    clipped, clipped_constant, products, spaced,
)  # fmt: skip


@pytest.mark.parametrize("f", FUNCTIONS, ids=lambda f: f.__name__)
@pytest.mark.parametrize("d", [0.7, 2], ids=str)
@pytest.mark.parametrize("y", [NARROW, NUMBER], ids=("array", "number"))
def test_values_are_those_of_numpy(f, d, y):
    expected = f(d, y)
    tangent = ad.tangent(f, argnums="y")
    value, dot = tangent(d, y, y)
    for found in (value, dot):
        assert np.asarray(found).dtype == expected.dtype
    assert np.allclose(value, expected, rtol=1e-15, atol=0.0)
    adjoint = ad.adjoint(f, argnums="y")
    value, y_bar = adjoint(d, y, **{adjoint.request.seeds[0]: np.ones_like(expected)})
    assert np.allclose(value, expected, rtol=1e-15, atol=0.0)
    assert np.asarray(y_bar).dtype == np.float32
    assert np.isclose(np.sum(y_bar * y), np.sum(dot), rtol=1e-5)


def test_a_python_number_stays_weak():
    value, _ = ad.tangent(lambda d, y: y * d, argnums="y")(0.7, NARROW, NARROW)
    assert value.dtype == np.float32
    assert "float64" not in ad.grad(lambda d, y: np.sum(y) * d, argnums="y").source(0.7, NARROW)
