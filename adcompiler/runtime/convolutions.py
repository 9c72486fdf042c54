"""The transposes of np.convolve and np.correlate with one operand held."""

from __future__ import annotations

from typing import Any

import numpy as np


def convolve_transposed(value: Any, other: Any, like: Any, mode: str = "full") -> Any:
    """The transpose of ``np.convolve(·, other, mode)`` on vectors as long as `like`, applied to `value`.

    >>> convolve_transposed(np.array([1.0, 0.0, 0.0, 0.0]), np.array([2.0, 3.0]), np.zeros(3))
    array([2., 0., 0.])
    """
    shorter = min(len(other), len(like))
    start = {"full": 0, "same": (shorter - 1) // 2, "valid": shorter - 1}[mode]
    whole = np.zeros(len(other) + len(like) - 1, np.result_type(value, other))
    whole[start : start + len(value)] = value
    return np.correlate(whole, other, "valid")


def correlate_transposed(
    value: Any, other: Any, like: Any, mode: str = "valid", operand: int = 0
) -> Any:
    """The transpose of `np.correlate` in operand 0 or 1, which is as long as `like`; the other one is held.

    >>> correlate_transposed(np.array([1.0, 0.0]), np.array([2.0, 3.0]), np.zeros(3))
    array([2., 3., 0.])
    """
    first, second = (like, other) if operand == 0 else (other, like)
    # a correlation is a convolution with one operand turned round: NumPy turns the shorter one
    if len(first) >= len(second):
        if operand == 0:
            return convolve_transposed(value, other[::-1], like, mode)
        return convolve_transposed(value, other, like, mode)[::-1]
    if operand == 0:
        return convolve_transposed(value[::-1], other, like, mode)[::-1]
    return convolve_transposed(value[::-1], other[::-1], like, mode)


def convolution_places(held: Any, like: Any, of: str, mode: str = "full", operand: int = 0) -> Any:
    """The matrix of ``np.convolve(·, held)`` on vectors as long as `like`, with k + 1 where held[k] stands.

    With `operand` 1 of ``np.convolve(held, ·)``, and of `np.correlate` if `of` says so.

    >>> convolution_places(np.array([2.0, 3.0]), np.zeros(2), "convolve")
    array([[1, 0],
           [2, 1],
           [0, 2]])
    """
    run, numbers = getattr(np, of), np.arange(1, len(held) + 1)
    units = np.eye(len(like), dtype=int)
    columns = [run(*((u, numbers) if operand == 0 else (numbers, u)), mode) for u in units]
    return np.stack(columns, axis=1)
