"""The transpose of NumPy's differences on a grid."""

from __future__ import annotations

from typing import Any

import numpy as np


def gradient_transposed(value: Any, spacing: Any, axis: int = 0, edge_order: int = 1) -> Any:
    """The transpose of ``np.gradient(·, spacing, axis=axis, edge_order=edge_order)``, applied to `value`.

    >>> gradient_transposed(np.array([1.0, 0.0, 0.0]), 0.5)
    array([-2.,  2.,  0.])
    """
    found = np.zeros_like(value)
    y, f = np.moveaxis(value, axis, 0), np.moveaxis(found, axis, 0)
    steps = np.diff(spacing) if np.ndim(spacing) else np.full(len(y) - 1, spacing)
    h = steps.reshape((-1, *[1] * (y.ndim - 1))).astype(found.dtype)
    one, two, inner = h[:-1], h[1:], y[1:-1]
    f[:-2] -= two / (one * (one + two)) * inner
    f[1:-1] += (two - one) / (one * two) * inner
    f[2:] += one / (two * (one + two)) * inner
    if edge_order == 1:
        for edge, low, high in ((0, 0, 1), (-1, -2, -1)):
            f[low] -= y[edge] / h[edge]
            f[high] += y[edge] / h[edge]
        return found
    one, two = h[0], h[1]
    f[0] -= (2.0 * one + two) / (one * (one + two)) * y[0]
    f[1] += (one + two) / (one * two) * y[0]
    f[2] -= one / (two * (one + two)) * y[0]
    one, two = h[-2], h[-1]
    f[-3] += two / (one * (one + two)) * y[-1]
    f[-2] -= (two + one) / (one * two) * y[-1]
    f[-1] += (2.0 * two + one) / (two * (one + two)) * y[-1]
    return found
