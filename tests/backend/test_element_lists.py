"""Vectors that loops go through by element run as lists; everything else about the program stays as it is."""

from __future__ import annotations

import math

import numpy as np
import pytest

import adcompiler as ad


def prefix(x):
    n = len(x)
    a = np.zeros(n)
    a[0] = x[0]
    for i in range(1, n):
        a[i] = a[i - 1] * x[i] + 0.5
    return a[n - 1]


def sweeps(b):
    n = len(b)
    u = np.zeros(n)
    for _ in range(3):
        for i in range(1, n - 1):
            u[i] = 0.5 * (u[i - 1] + u[i + 1] + b[i])
    return np.sum(u * u)


def parallel(a, b):
    s = 0.0
    for i in range(len(a)):
        s += a[i] * b[i]
    return s


def few(x):
    return x[0] * x[3]


def short_loop(x):
    s = 0.0
    for i in range(3):
        s += x[i] * x[i]
    return s


def left_early(x):
    s = 0.0
    for i in range(len(x)):
        s += x[i] * x[i]
        if s > 1.0:
            break
    return s


def whole_in_a_loop(x):
    u = x.copy()
    s = 0.0
    for i in range(len(x)):
        u[i] = u[i] * 2.0
        s += np.sum(u)
    return s


def quotients(x):
    s = 0.0
    for i in range(len(x)):
        s += np.divide(1.0, x[i])
    return s


def counted(x, n):
    a = np.zeros(n)
    for i in range(n):
        a[i] = x[i] * x[i]
    return np.sum(a)


def joined(x, flag):
    a = np.zeros(len(x))
    b = x * 2.0 if flag > 0.0 else x * 3.0
    for i in range(len(x)):
        a[i] = b[i] * b[i]
    return np.sum(a) + np.sum(b)


X = np.array([0.3, 0.7, 1.1, 0.4, 0.9])


@pytest.mark.parametrize(
    ("function", "args"),
    [
        (prefix, (X,)),
        (sweeps, (X,)),
        (parallel, (X, X + 1.0)),
        (few, (X,)),
        (short_loop, (X,)),
        (left_early, (X,)),
        (whole_in_a_loop, (X,)),
        (quotients, (X,)),
        (counted, (X, 5)),
        (joined, (X, 1.0)),
        (joined, (X, -1.0)),
    ],
)
def test_gradients_agree_with_differences(function, args):
    numbers = tuple(k for k, a in enumerate(args) if not isinstance(a, int))
    ad.check_grads(function, args, argnums=numbers)


@pytest.mark.parametrize("function", [prefix, sweeps, quotients])
def test_loops_over_all_elements_run_on_lists(function):
    text = ad.grad(function).source(X)
    assert "x = x.tolist()" in text or "b = b.tolist()" in text
    assert "return np.array(" in text


def test_a_loop_over_another_vector_goes_through_this_one_too():
    text = ad.grad(parallel, argnums=(0, 1)).source(X, X)
    assert "a = a.tolist()" in text
    assert "b = b.tolist()" in text


@pytest.mark.parametrize("function", [few, short_loop, left_early])
def test_a_few_elements_of_a_long_vector_cost_no_conversion(function):
    assert "tolist" not in ad.grad(function).source(X)


def test_a_vector_that_every_iteration_reads_as_a_whole_stays_an_array():
    assert "u = u.tolist()" not in ad.grad(whole_in_a_loop).source(X)
    assert "np.array(" not in ad.grad(whole_in_a_loop).source(X)


def test_single_precision_stays_an_array():
    gradient = ad.grad(prefix)
    x = X.astype(np.float32)
    assert "tolist" not in gradient.source(x)
    assert gradient(x).dtype == np.float32


def test_numpys_infinities_come_back_where_floats_raise():
    x = np.array([1.0, 0.0, 2.0])
    with np.errstate(divide="ignore"):
        value, gradient = ad.value_and_grad(quotients)(x)
    assert math.isinf(value)
    np.testing.assert_array_equal(gradient, [-1.0, -np.inf, -0.25])


def test_a_negative_length_is_still_an_error():
    def made(x, n):
        a = np.zeros(n)
        for i in range(n):
            a[i] = x[i]
        return x[0] + np.sum(a)

    with pytest.raises(ValueError, match="negative dimensions"):
        ad.grad(made)(X, -2)


def test_arguments_are_not_changed():
    x = X.copy()
    ad.grad(sweeps)(x)
    np.testing.assert_array_equal(x, X)


@pytest.mark.parametrize("function", [prefix, sweeps, joined])
def test_second_order(function):
    args = (X, 1.0) if function is joined else (X,)
    ad.check_grads(function, args, argnums=0, order=2)
