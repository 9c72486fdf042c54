"""The matrix of cofactors, also of a singular matrix."""

from __future__ import annotations

from typing import Any

import numpy as np


def cofactors(matrix: Any) -> Any:
    """det(A) A⁻ᵀ: the gradient of a determinant, which exists where A⁻¹ does not.

    A singular matrix is taken apart into U S Vᵀ, whose factors' cofactors multiply; those of a
    diagonal matrix are products of the other elements.

    >>> cofactors(np.array([[1.0, 2.0], [2.0, 4.0]])).round(12)
    array([[ 4., -2.],
           [-2.,  1.]])
    """
    matrix = np.asarray(matrix)
    try:
        inverse = np.linalg.inv(matrix)
    except np.linalg.LinAlgError:
        left, values, right = np.linalg.svd(matrix)
        others = np.where(np.eye(values.shape[-1], dtype=bool), 1.0, values[..., None, :])
        products = (
            np.prod(others, axis=-1) * (np.linalg.det(left) * np.linalg.det(right))[..., None]
        )
        found = (left * products[..., None, :]) @ right
        return found.astype(left.dtype, copy=False)
    return np.linalg.det(matrix)[..., None, None] * np.swapaxes(inverse, -1, -2)
