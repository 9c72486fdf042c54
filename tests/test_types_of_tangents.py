"""A tangent has the dtype of its primal, also where the derivative is an int of the program."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import adcompiler as ad


def appended(x, n):
    items = []
    for k in range(n):
        items.append(x * k)
    return np.array(items)


def appended_and_filled(x, n):
    items = []
    for k in range(n):
        items.append(x * k)
    return np.array(items) + np.sin(x) * items[-1]


FUNCTIONS: list[Callable[..., Any]] = [
    appended,
    appended_and_filled,
    lambda x, n: np.array([x * n, x * n]),
    lambda x, n: np.stack([x * n, n * x]),
    lambda x, n: np.full(3, x * n),
    lambda x, n: np.broadcast_to(x * n, (2,)),
    lambda x, n: np.atleast_1d(x * n),
    lambda x, n: np.array(x * n),
    lambda x, n: np.repeat(x * n, 2),
    lambda x, n: np.meshgrid(x * n, np.ones(2))[0],
    lambda x, n: np.append(np.ones(2), x * n),
    lambda x, n: np.where(np.array([True, False]), x * n, n * x),
    lambda x, n: np.linspace(x * n, x * n * 2, 3),
]


@pytest.mark.parametrize("mode", ["forward", "reverse"])
@pytest.mark.parametrize("f", FUNCTIONS)
def test_a_jacobian_is_of_floats(f, mode):
    jacobian = ad.jacobian(f, mode=mode)
    found, step = jacobian(2.5, 3), 1e-6
    assert np.asarray(found).dtype == np.float64
    np.testing.assert_allclose(found, (f(2.5 + step, 3) - f(2.5 - step, 3)) / (2 * step), rtol=1e-6)
    value, second = ad.jvp(lambda x: jacobian(x, 3), (2.5,), (0.25,))
    assert np.asarray(second).dtype == np.asarray(value).dtype == np.float64
    expected = (jacobian(2.5 + step, 3) - jacobian(2.5 - step, 3)) / (2 * step) * 0.25
    np.testing.assert_allclose(second, expected, rtol=1e-6, atol=1e-8)


def test_lists_of_floats():
    def f(x, n):
        items = []
        for k in range(n):
            items.append(x * k)
        return items[0] + items[-1], items[1]

    found = ad.jacobian(f, mode="forward")(2.5, 3)
    assert found == (2.0, 1.0)
    assert [type(part) for part in found] == [float, float]


@pytest.mark.parametrize("mode", ["forward", "reverse"])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(
    "f",
    [
        lambda x: x,
        lambda x: max(x, 1),
        lambda x: -x,
        lambda x: x * x,
        lambda x: x // 1,
        lambda x: np.broadcast_to(x, (3,)),
        lambda x: np.broadcast_to(x, (3,)) * x,
    ],
)
def test_a_jacobian_has_the_precision_of_its_numbers(f, dtype, mode):
    x = dtype(2.75)
    assert f(x).dtype == dtype
    assert np.asarray(ad.jacobian(f, mode=mode)(x)).dtype == dtype
    assert np.asarray(ad.hessian(lambda x: np.sum(f(x)))(x)).dtype == dtype
