"""Sums along the diagonals of a matrix: the adjoints of structured matrices."""

from __future__ import annotations

from typing import Any

import numpy as np


def _sums(matrix: Any, places: Any, count: int) -> Any:
    found = np.zeros((*matrix.shape[:-2], count), matrix.dtype)
    index: Any = (..., places)
    np.add.at(found, index, matrix)
    return found


def _grid(matrix: Any) -> tuple[Any, Any]:
    rows, columns = matrix.shape[-2:]
    return np.arange(rows)[:, None], np.arange(columns)


def toeplitz_sums(matrix: Any) -> tuple[Any, Any]:
    """Along the main diagonal and those below, and along those above (behind a zero).

    >>> toeplitz_sums(np.array([[1.0, 2.0], [3.0, 4.0]]))
    (array([5., 3.]), array([0., 2.]))
    """
    i, j = _grid(matrix)
    rows, columns = matrix.shape[-2:]
    sums = _sums(matrix, i - j + columns - 1, rows + columns - 1)
    above, below = sums[..., :columns][..., ::-1].copy(), sums[..., columns - 1 :]
    above[..., :1] = 0.0
    return below, above


def hankel_sums(matrix: Any) -> tuple[Any, Any]:
    """Along the diagonals from lower left to upper right that begin in the first column, and the rest of them.

    >>> hankel_sums(np.array([[1.0, 2.0], [3.0, 4.0]]))
    (array([1., 5.]), array([0., 4.]))
    """
    i, j = _grid(matrix)
    rows, columns = matrix.shape[-2:]
    sums = _sums(matrix, i + j, rows + columns - 1)
    rest = sums[..., rows - 1 :].copy()
    rest[..., :1] = 0.0
    return sums[..., :rows], rest


def circulant_sums(matrix: Any) -> Any:
    """Along the diagonals that go round.

    >>> circulant_sums(np.array([[1.0, 2.0], [3.0, 4.0]]))
    array([5., 5.])
    """
    i, j = _grid(matrix)
    return _sums(matrix, (i - j) % len(i), len(i))


def toeplitz_stack(c: Any, r: Any) -> Any:
    """`scipy.linalg.toeplitz` of vectors in the last axes.

    >>> toeplitz_stack(np.array([1.0, 3.0]), np.array([0.0, 2.0]))
    array([[1., 2.],
           [3., 1.]])
    """
    lead = np.broadcast_shapes(c.shape[:-1], r.shape[:-1])
    values = [np.broadcast_to(x, (*lead, x.shape[-1])) for x in (c[..., ::-1], r[..., 1:])]
    i, j = np.arange(c.shape[-1])[:, None], np.arange(r.shape[-1])
    return np.concatenate(values, axis=-1)[..., c.shape[-1] - 1 - i + j]


def hankel_stack(c: Any, r: Any) -> Any:
    """`scipy.linalg.hankel` of vectors in the last axes.

    >>> hankel_stack(np.array([1.0, 3.0]), np.array([0.0, 2.0]))
    array([[1., 3.],
           [3., 2.]])
    """
    lead = np.broadcast_shapes(c.shape[:-1], r.shape[:-1])
    values = [np.broadcast_to(x, (*lead, x.shape[-1])) for x in (c, r[..., 1:])]
    i, j = np.arange(c.shape[-1])[:, None], np.arange(r.shape[-1])
    return np.concatenate(values, axis=-1)[..., i + j]


def circulant_stack(c: Any) -> Any:
    """`scipy.linalg.circulant` of vectors in the last axis.

    >>> circulant_stack(np.array([1.0, 3.0]))
    array([[1., 3.],
           [3., 1.]])
    """
    i, j = np.arange(c.shape[-1])[:, None], np.arange(c.shape[-1])
    return c[..., (i - j) % c.shape[-1]]
