"""Beside a float32 an `np.float64` widens the result and a Python float does not (NEP 50), however scalars run."""

from __future__ import annotations

import math

import numpy as np
import pytest

import adcompiler as ad

V = np.array([0.2, 0.9, 0.4])
A = np.array([0.7, 0.3], dtype=np.float32)


def root_of_numpy(a, v):
    return a * np.sqrt(0.2 + v[0])


def root_of_math(a, v):
    return a * math.sqrt(v[0])


def elements(a, v):
    total = 0.0
    for z in v:
        total = total + (a * z).sum()
    return total


def products_of_elements(a, v):
    total = 0.0
    for i in range(len(v)):
        total = total + a[0] * v[i]
    return total


def filled_one_by_one(a, v):
    w = np.zeros(3)
    for i in range(3):
        w[i] = v[i] ** 2
    return a * w[1] + w[2]


def chosen(a, v):
    return np.where(a > 0.5, a, np.cos(v[0])) + np.maximum(a, np.tanh(v[1]))


def python_numbers(a, v):
    return a * float(v[0]) * v[1].item() + math.pow(v[2], 2) + math.hypot(v[0], v[1])


def math_of_a_float32(a, v):
    return math.sin(a[0]) * 0.1 + math.exp(a[1]) / 3


def written_and_widened(a, v):
    b = a.copy()
    b *= np.sin(v[0])
    b[0] = v[1]
    return b + np.tanh(v[2])


def compared(a, v):
    return a * (2.0 if a[0] < np.float64(0.7) * (v[0] / v[0]) else 3.0)


@pytest.mark.parametrize(
    "f",
    [
        root_of_numpy,
        root_of_math,
        elements,
        products_of_elements,
        filled_one_by_one,
        chosen,
        python_numbers,
        math_of_a_float32,
        written_and_widened,
        compared,
    ],
)
def test_mixed_precision(f):
    expected = f(A, V)
    value, pullback = ad.vjp(f, A, V)
    pushed, dot = ad.jvp(f, (A, V), (A, V))
    for found in (value, pushed):
        assert np.asarray(found).dtype == np.asarray(expected).dtype
        assert np.array_equal(found, expected)
    assert np.asarray(dot).dtype == np.asarray(expected).dtype
    ones = np.ones_like(expected)[()]
    a_bar, v_bar = pullback(ones if np.ndim(expected) else type(expected)(1.0))
    assert a_bar.dtype == np.float32
    assert v_bar.dtype == np.float64

    def wide(x):
        return np.sum(f(x[:2], x[2:]))

    x = np.concatenate([A.astype(float), V])
    if f is not compared:
        slope = [(wide(x + h) - wide(x - h)) / 2e-6 for h in 1e-6 * np.eye(5)]
        assert np.allclose([*a_bar, *v_bar], slope, atol=1e-5)
        assert np.isclose(np.sum(dot), slope @ x, atol=1e-5)
