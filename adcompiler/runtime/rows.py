"""A function that takes one direction, for many directions."""

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
