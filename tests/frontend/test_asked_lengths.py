"""Where a program needs the elements of an array one by one, it is compiled for the length of the array."""

from __future__ import annotations

import collections
import itertools

import numpy as np
import pytest

import adcompiler as ad

T = np.linspace(0.0, 1.0, 7)
X = np.array([1.1, 1.9, 0.2])


def model(t, a, b, c):
    return a * np.exp(-b * t) + c


Y = model(T, 1.0, 2.0, 0.3)


def loss(theta):
    return np.sum((model(T, *theta) - Y) ** 2)


def several_lengths(x):
    return np.hypot(*x[:2]) + max(*x)


def entries_by_number(x):
    totals = {}
    for k, v in enumerate(x):
        key = k % 2
        totals[key] = totals.get(key, 0.0) + v * v
    return totals[0] * totals[1]


def moving_sum(x):
    window = collections.deque(maxlen=2)
    total = 0.0
    for v in x:
        window.append(v)
        total += sum(window) * v
    return total


def shifted_products(x):
    return sum(a * b for a, b in itertools.zip_longest(x, x[1:], fillvalue=1.0))


def replaced_part(x):
    y = list(x)
    y[1:3] = [y[0] * 2.0, y[2] + 1.0, y[0] ** 2]
    return sum(v * k for k, v in enumerate(y))


class Pair:
    def __init__(self, a, b):
        self.a, self.b = a, b


def an_object_of_it(x):
    pair = Pair(*x[1:])
    return pair.a * pair.b * x[0]


def trajectory(x, v):
    ys = []
    for a in v:
        ys.append(a * x)
    return ys


def only_some(x, v):
    ys = []
    for a in v:
        if a > x:
            ys.append(a * x)
    return ys


def of_a_mask(x):
    return max(*x[x > 0.5])


def slope(f, x):
    h = 1e-6
    return np.array([(f(x + h * e) - f(x - h * e)) / (2 * h) for e in np.eye(len(x))])


@pytest.mark.parametrize("mode", ["forward", "reverse"])
@pytest.mark.parametrize(
    "f",
    [
        loss,
        several_lengths,
        entries_by_number,
        moving_sum,
        shifted_products,
        replaced_part,
        an_object_of_it,
    ],
)
def test_the_length_is_asked_for(f, mode):
    gradient = ad.grad(f, mode=mode)
    assert np.allclose(gradient(X), slope(f, X), atol=1e-8)
    second = [
        ad.grad(lambda x: np.sum(gradient(x) * [0.3, -0.7, 0.9]), mode=outer)(X)
        for outer in ("forward", "reverse")
    ]
    assert np.allclose(second[0], second[1], rtol=1e-12, atol=1e-14)


def test_another_length_is_another_program():
    gradient = ad.grad(several_lengths)
    for n in (3, 2, 5, 3):
        x = np.linspace(0.3, 1.7, n)
        assert np.allclose(gradient(x), slope(several_lengths, x), atol=1e-8)
    with pytest.raises(ad.ArgumentError, match="too many positional arguments"):
        ad.grad(loss)(np.ones(4))


def test_the_source_is_that_of_names():
    source = ad.grad(loss).source(X)
    assert "theta0 = theta[0]" in source
    assert "for " not in source.split('"""')[2]


def test_derivatives_of_vectors():
    jacobian = ad.jacobian(lambda theta: model(T, *theta))(X)
    assert np.allclose(
        jacobian, np.stack([slope(lambda th, t=t: model(t, *th), X) for t in T]), atol=1e-8
    )
    assert np.allclose(ad.hessian(loss)(X), slope(ad.grad(loss), X), atol=1e-7)


def test_a_list_may_be_the_result():
    value, pullback = ad.vjp(lambda v: trajectory(0.7, v), X)
    assert isinstance(value, list)
    assert np.allclose(value, 0.7 * X)
    assert np.allclose(pullback([1.0, 2.0, 3.0]), [[0.7, 1.4, 2.1]])
    _, dot = ad.jvp(trajectory, (0.7, X), (1.0, np.zeros(3)))
    assert np.allclose(dot, X)


@pytest.mark.parametrize("f", [of_a_mask, lambda x: only_some(0.5, x)])
def test_a_number_that_only_the_run_knows_is_refused(f):
    with pytest.raises((ad.UnsupportedValueError, ad.UnsupportedSyntaxError)) as refusal:
        ad.grad(f)(X)
    assert "run time" in str(refusal.value)


def beside_lists(x):
    a = x * [0.3, -0.7, 0.9] + [1.0, x[0], 2.0]
    b = [0.1, x[1], 0.2] * a
    triple = (1.0, 2.0, x[2])
    return np.sum(triple + b) + np.sum([x[0] * v for v in x] + x)


def test_a_list_beside_an_array_is_an_array():
    for mode in ("forward", "reverse"):
        value, found = ad.value_and_grad(beside_lists, mode=mode)(X)
        assert value == pytest.approx(beside_lists(X), rel=1e-15)
        assert np.allclose(found, slope(beside_lists, X), atol=1e-8)
