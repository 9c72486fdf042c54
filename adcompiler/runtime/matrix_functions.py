"""Derivatives of functions of matrices along a direction, and results that must be real."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np


def upper_block(matrix: Any, corner: Any) -> Any:
    """The matrix [A E; 0 A].

    >>> upper_block(np.array([[1.0]]), np.array([[2.0]]))
    array([[1., 2.],
           [0., 1.]])
    """
    matrix, corner = np.broadcast_arrays(matrix, corner)
    return np.block([[matrix, corner], [np.zeros_like(matrix), matrix]])


def frechet(function: Callable[..., Any], matrix: Any, direction: Any, *parameters: Any) -> Any:
    """The derivative of a function of matrices along a direction: a block of its value at [A E; 0 A].

    >>> frechet(lambda x: x @ x, np.array([[3.0]]), np.array([[1.0]]))
    array([[6.]])
    """
    size, block = matrix.shape[-1], upper_block(matrix, direction)
    kind = block.dtype
    found = np.empty(np.broadcast_shapes(matrix.shape, direction.shape), kind)
    for place in np.ndindex(block.shape[:-2]):
        corner = function(block[place], *parameters)[:size, size:]
        found[place] = corner if kind.kind == "c" else corner.real
    return found


def real_matrix(found: Any, matrix: Any) -> Any:
    """What SciPy found for `matrix`, which must be real to rounding where the matrix is.

    >>> real_matrix(np.array([[2.0 + 1e-17j]]), np.array([[4.0]]))
    array([[2.]])
    """
    if np.iscomplexobj(found) and not np.iscomplexobj(matrix):
        rounding = 1e4 * np.finfo(found.dtype).eps
        if np.max(np.abs(found.imag), initial=0.0) <= rounding * np.max(np.abs(found), initial=0.0):
            return found.real.astype(matrix.dtype, copy=False)
        raise ValueError(
            "this function of a real matrix is complex: hand it a complex one, such as a + 0j"
        )
    return found
