"""Functions without source: their results checked, and called for many directions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np


def map_rows(
    function: Callable[..., Any], operands: tuple[Any, ...], batched: tuple[bool, ...]
) -> np.ndarray[Any, Any]:
    """The results of `function` for each row of the operands that are batched.

    >>> map_rows(np.dot, (np.eye(2), np.array([2.0, 3.0])), (True, False))
    array([2., 3.])
    """
    count = next(len(x) for x, rows in zip(operands, batched, strict=True) if rows)
    return np.stack(
        [
            function(*(x[k] if rows else x for x, rows in zip(operands, batched, strict=True)))
            for k in range(count)
        ]
    )


def check_result(value: Any, name: str, rank: int, dtype: str) -> Any:
    """The result of a function with a rule, which must be what its row declares.

    >>> check_result(np.ones(2), "f", 1, "float64")
    array([1., 1.])
    >>> check_result(np.ones((2, 1)), "f", 1, "float64")
    Traceback (most recent call last):
      ...
    ValueError: f returned 2 axes of float64; its row declares 1 of float64
    """
    found = np.asarray(value).dtype
    if np.ndim(value) != rank or found != dtype:
        raise ValueError(
            f"{name} returned {np.ndim(value)} axes of {found}; its row declares {rank} of {dtype}"
        )
    return value
