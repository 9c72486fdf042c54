"""Band matrices as LAPACK stores them: row u + i − j of the band holds the element i, j."""

from __future__ import annotations

from typing import Any

import numpy as np


def band_times(lower: int, upper: int, band: Any, x: Any) -> Any:
    """A x of a matrix with `lower` diagonals below the main one and `upper` above.

    >>> band_times(0, 1, np.array([[0.0, 5.0], [2.0, 3.0]]), np.array([[1.0], [1.0]]))
    array([[7.],
           [3.]])
    """
    size = band.shape[-1]
    lead = np.broadcast_shapes(band.shape[:-2], x.shape[:-2])
    found = np.zeros((*lead, *x.shape[-2:]), np.result_type(band, x))
    for k in range(-lower, upper + 1):
        first, last = max(k, 0), size + min(k, 0)
        weights = band[..., upper - k, first:last, None]
        found[..., first - k : last - k, :] += weights * x[..., first:last, :]
    return found


def band_outer(lower: int, upper: int, y: Any, x: Any) -> Any:
    """The band of y xᵀ.

    >>> band_outer(0, 1, np.array([[1.0], [2.0]]), np.array([[3.0], [4.0]]))
    array([[0., 4.],
           [3., 8.]])
    """
    size = x.shape[-2]
    lead = np.broadcast_shapes(y.shape[:-2], x.shape[:-2])
    found = np.zeros((*lead, lower + upper + 1, size), np.result_type(y, x))
    for k in range(-lower, upper + 1):
        first, last = max(k, 0), size + min(k, 0)
        products = y[..., first - k : last - k, :] * x[..., first:last, :]
        found[..., upper - k, first:last] = products.sum(axis=-1)
    return found


def transposed_band(lower: int, upper: int, band: Any) -> Any:
    """The band of Aᵀ, which has `upper` diagonals below and `lower` above.

    >>> transposed_band(0, 1, np.array([[0.0, 5.0], [2.0, 3.0]]))
    array([[2., 3.],
           [5., 0.]])
    """
    size = band.shape[-1]
    found = np.zeros_like(band)
    for k in range(-lower, upper + 1):
        first, last = max(k, 0), size + min(k, 0)
        found[..., lower + k, first - k : last - k] = band[..., upper - k, first:last]
    return found
