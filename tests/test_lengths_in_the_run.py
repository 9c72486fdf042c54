"""Lengths that only the run can compare: `zip(…, strict=True)`, and `h += x` with an x that a loop carries."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import adcompiler as ad

MODES = ("forward", "reverse")


def weighted(x: Any, y: Any) -> Any:
    total = 0.0
    for a, b in zip(x, y, strict=True):
        total += a * a * b
    return total


def residual(w: Any, x: Any) -> Any:
    for k in range(3):
        h = w[k] @ x
        h += x
        x = np.tanh(h)
    return np.sum(x)


@pytest.mark.parametrize("mode", MODES)
def test_unequal_numbers_raise_as_in_python(mode: str) -> None:
    with pytest.raises(ValueError, match="zip"):
        weighted(np.ones(3), np.ones(2))
    with pytest.raises(ValueError, match="zip"):
        ad.grad(weighted, mode=mode)(np.ones(3), np.ones(2))
    with pytest.raises(ad.UnsupportedValueError, match="shorter"):
        ad.grad(weighted, mode=mode)([1.0, 2.0, 3.0], [1.0, 2.0])
    gradient = ad.grad(weighted, mode=mode)(np.array([1.0, 2.0]), np.array([3.0, 4.0]))
    np.testing.assert_array_equal(gradient, [6.0, 16.0])


@pytest.mark.parametrize("mode", MODES)
def test_in_place_with_what_a_loop_carries(mode: str) -> None:
    w, x = 0.3 * np.arange(12.0).reshape(3, 2, 2) - 1.0, np.array([0.3, -0.4])
    gradients = ad.grad(residual, argnums=(0, 1), mode=mode)(w, x)
    np.testing.assert_allclose(
        gradients[1], [residual(w, x + 1e-30j * e).imag / 1e-30 for e in np.eye(2)], rtol=1e-13
    )
    # one row: NumPy cannot write two elements into one, and says so
    with pytest.raises(ValueError, match="broadcast"):
        residual(np.ones((3, 1, 2)), x)
    with pytest.raises(ValueError, match=r"broadcast|shape"):
        ad.grad(residual, argnums=1, mode=mode)(np.ones((3, 1, 2)), x)
