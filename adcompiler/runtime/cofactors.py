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
        # the cofactors of a unitary matrix are its conjugate times its determinant
        found = (left.conj() * products[..., None, :]) @ right.conj()
        return found.astype(left.dtype, copy=False)
    return np.linalg.det(matrix)[..., None, None] * np.swapaxes(inverse, -1, -2)


def cofactor_change(matrix: Any, change: Any) -> Any:
    """The derivative of `cofactors` along `change`: the second derivative of a determinant.

    With A = U S Vᵀ and F = Uᵀ E V it is det(U) det(V) U D Vᵀ, where Dᵢᵢ = Σ pᵢⱼ Fⱼⱼ and
    Dᵢⱼ = −pᵢⱼ Fⱼᵢ, pᵢⱼ being the product of all singular values but two: no division, so that
    nothing is lost where the matrix is singular, or nearly so.

    >>> cofactor_change(np.array([[1.0, 2.0], [2.0, 4.0]]), np.array([[1.0, 2.0], [3.0, 4.0]])).round(12)
    array([[ 4., -3.],
           [-2.,  1.]])
    """
    left, values, right = np.linalg.svd(matrix)
    sign = (np.linalg.det(left) * np.linalg.det(right))[..., None, None]
    left, right = left.conj(), right.conj()
    inner = np.swapaxes(left, -1, -2) @ change @ np.swapaxes(right, -1, -2)
    pairs = _products_of_others(values)
    diagonal = np.diagonal(inner, axis1=-2, axis2=-1)
    on_diagonal = (pairs @ diagonal[..., None])[..., 0]
    turned = -pairs * np.swapaxes(inner, -1, -2)
    turned = turned + on_diagonal[..., None] * np.eye(values.shape[-1], dtype=values.dtype)
    return sign * (left @ turned @ right)


def _products_of_others(values: Any) -> Any:
    """pᵢⱼ = Π sₖ over all k but i and j, and 0 on the diagonal."""
    size = values.shape[-1]
    same = np.eye(size, dtype=bool)
    found = np.empty((*values.shape, size), values.dtype)
    for i in range(size):
        others = np.where(same | same[i], values.dtype.type(1.0), values[..., None, :])
        found[..., i, :] = np.prod(others, axis=-1)
    return np.where(same, values.dtype.type(0.0), found)
