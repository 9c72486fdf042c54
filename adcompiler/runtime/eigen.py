"""What eigenvalues and eigenvectors need besides NumPy: complex results, and their phases."""

from __future__ import annotations

from typing import Any

import numpy as np


def complex_eigvals(matrix: Any) -> Any:
    """`np.linalg.eigvals` as it is from NumPy 2.5 on: complex, whatever the eigenvalues are.

    >>> complex_eigvals(np.diag([1.0, 2.0]))
    array([1.+0.j, 2.+0.j])
    """
    values = np.linalg.eigvals(matrix)
    return values.astype(np.result_type(values, np.complex64), copy=False)


def complex_eig(matrix: Any) -> Any:
    """`np.linalg.eig` as it is from NumPy 2.5 on: both results are complex.

    >>> values, vectors = complex_eig(np.array([[1.0, 0.0], [0.0, 2.0]]))
    >>> values.dtype, vectors.dtype
    (dtype('complex128'), dtype('complex128'))
    """
    values, vectors = np.linalg.eig(matrix)
    kind = np.result_type(values, np.complex64)
    return values.astype(kind, copy=False), vectors.astype(kind, copy=False)


def phase_pivots(vectors: Any) -> Any:
    """Ones where the phase of each column is fixed, and zeros.

    LAPACK makes one component of a complex vector real, which one depends on the routine: the
    largest that is real to rounding is taken, and the largest of all where none is.

    >>> phase_pivots(np.array([[0.6, 0.5 + 0.1j], [0.8j, 0.8]]))
    array([[1., 0.],
           [0., 1.]])
    """
    size = np.abs(vectors)
    rounding = 16.0 * np.finfo(vectors.dtype).eps
    real = np.where(np.abs(vectors.imag) <= rounding, size, 0.0)
    largest = np.max(size, axis=-2, keepdims=True, initial=0.0)
    # a component that is tiny fixes no phase
    fixed = np.max(real, axis=-2, keepdims=True, initial=0.0) > 1e-6 * largest
    chosen = np.argmax(np.where(fixed, real, size), axis=-2)
    rows = np.arange(vectors.shape[-2])[:, None]
    return (rows == chosen[..., None, :]).astype(size.dtype)


def joint_pivots(left: Any, right: Any) -> tuple[Any, Any]:
    """`phase_pivots` of singular vectors, the columns of `left` and the conjugate rows of `right`.

    A pair of vectors has one phase, so one of the two has the pivot.

    >>> joint_pivots(np.array([[1j]]), np.array([[1.0 + 0j]]))
    (array([[0.]]), array([[1.]]))
    """
    vectors = np.concatenate([left, np.swapaxes(right, -1, -2).conj()], axis=-2)
    pivots = phase_pivots(vectors)
    count = left.shape[-2]
    return pivots[..., :count, :], pivots[..., count:, :]


def vectors_of(matrix: Any, values: Any) -> Any:
    """The eigenvectors that belong to eigenvalues which `np.linalg.eigvals` gave, in their order.

    `np.linalg.eig` finds the same eigenvalues, but of larger matrices in another order: each of
    `values` gets the vector of the nearest that is left.

    >>> vectors_of(np.diag([1.0, 2.0]), np.array([2.0, 1.0])).real
    array([[0., 1.],
           [1., 0.]])
    """
    found, vectors = complex_eig(matrix)
    order = np.empty(found.shape, int)
    for place in np.ndindex(found.shape[:-1]):
        distances = np.abs(values[place][:, None] - found[place])
        order[place] = np.argmin(distances, axis=1)
        if len(set(order[place].tolist())) < order[place].size:  # values that nearly coincide
            for k in range(order[place].size):
                order[place][k] = np.argmin(distances[k])
                distances[:, order[place][k]] = np.inf
    return np.take_along_axis(vectors, order[..., None, :], axis=-1)


def determined(vectors: Any, thin: Any) -> Any:
    """The cotangent or tangent of whole bases, where the matrix determines all of their vectors.

    >>> determined(np.eye(3), np.ones((3, 2)))
    Traceback (most recent call last):
      ...
    numpy.linalg.LinAlgError: vectors that complete a basis have no derivative: take the reduced factors
    """
    if vectors.shape[-2:] != thin.shape[-2:]:
        raise np.linalg.LinAlgError(
            "vectors that complete a basis have no derivative: take the reduced factors"
        )
    return vectors


def complex_pair(found: Any) -> tuple[Any, Any]:
    """Eigenvalues and eigenvectors, both complex.

    >>> complex_pair((np.array([1.0 + 0j]), np.array([[1.0]])))[1]
    array([[1.+0.j]])
    """
    values, vectors = found
    return values, vectors.astype(values.dtype, copy=False)
