"""Sums along the diagonals of a matrix: the adjoints of structured matrices."""

from __future__ import annotations

from typing import Any

import numpy as np


def _sums(matrix: Any, places: Any, count: int) -> Any:
    found = np.zeros(count, matrix.dtype)
    np.add.at(found, places, matrix)
    return found


def _grid(matrix: Any) -> tuple[Any, Any]:
    rows, columns = matrix.shape
    return np.arange(rows)[:, None], np.arange(columns)


def toeplitz_sums(matrix: Any) -> tuple[Any, Any]:
    """Along the main diagonal and those below, and along those above (behind a zero).

    >>> toeplitz_sums(np.array([[1.0, 2.0], [3.0, 4.0]]))
    (array([5., 3.]), array([0., 2.]))
    """
    i, j = _grid(matrix)
    sums = _sums(matrix, i - j + matrix.shape[1] - 1, sum(matrix.shape) - 1)
    above, below = sums[: matrix.shape[1]][::-1].copy(), sums[matrix.shape[1] - 1 :]
    above[:1] = 0.0
    return below, above


def hankel_sums(matrix: Any) -> tuple[Any, Any]:
    """Along the diagonals from lower left to upper right that begin in the first column, and the rest of them.

    >>> hankel_sums(np.array([[1.0, 2.0], [3.0, 4.0]]))
    (array([1., 5.]), array([0., 4.]))
    """
    i, j = _grid(matrix)
    sums = _sums(matrix, i + j, sum(matrix.shape) - 1)
    rest = sums[matrix.shape[0] - 1 :].copy()
    rest[:1] = 0.0
    return sums[: matrix.shape[0]], rest


def circulant_sums(matrix: Any) -> Any:
    """Along the diagonals that go round.

    >>> circulant_sums(np.array([[1.0, 2.0], [3.0, 4.0]]))
    array([5., 5.])
    """
    i, j = _grid(matrix)
    return _sums(matrix, (i - j) % len(matrix), len(matrix))
