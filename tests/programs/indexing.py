"""Reading elements, slices, masks, index arrays."""

from __future__ import annotations

import numpy as np

from tests.programs.arrays import M, V
from tests.programs.corpus import example

ORDER = np.array([2, 0, 0, 3])


@example(V)
def elements(x):
    return x[0] * x[1] + x[2] ** 2 * x[0]


@example(V)
def negative_elements(x):
    return x[-1] * x[-2] - x[3]


@example(V, 2, argnums=(0,))
def element_at(x, i):
    return x[i] ** 2 + x[i - 1]


@example(M)
def matrix_elements(a):
    return a[0, 1] * a[2][3] + a[1, -1]


@example(M)
def rows_and_columns(a):
    return a[1] @ a[0] + np.sum(a[:, 2] ** 2)


@example(M)
def blocks(a):
    return np.sum(a[:2, 1:] * a[1:, :-1]) + a[::2, ::3].sum()


@example(M)
def ellipsis_and_newaxis(a):
    return np.sum(a[..., 0, None] * a[..., 1:3])


@example(V)
def repeated_reads(x):
    return np.sum(x[np.array([0, 0, 2])] ** 2) + x[ORDER].sum() * x[0]


@example(V)
def masked(x):
    return np.sum(x[x > 0] ** 2)


@example(M)
def masked_matrix(a):
    return a[a > 0.55].sum() ** 2


@example(M)
def pairs(a):
    return np.sum(a[[0, 1, 2], [1, 1, 3]] ** 2)


@example(V)
def unpacked(x):
    a, b, c, d = x
    return a * b - c * d


@example(V)
def starred(x):
    first, *middle, last = x[0], x[1], x[2], x[3]
    return first * middle[1] + middle[0] * last


@example(M)
def overlapping_slices(a):
    top = a[:2]
    bottom = a[1:]
    return np.sum(top * bottom) + np.sum(top[1] * bottom[0])


@example(V, 1, 3, argnums=(0,))
def slice_by_arguments(x, i, j):
    return np.sum(x[i:j] ** 2) * x[j - i]


@example(V)
def slice_by_length(x):
    n = x.shape[0]
    half = n // 2
    return np.dot(x[:half], x[half:]) + x[n - 1]


@example(V)
def taken(x):
    return np.take(x, 2) if False else x[2] * x.argmax() + x[np.argmin(x)] ** 2


@example(V)
def sorted_values(x):
    return np.sort(x) @ np.arange(4.0)


@example(np.array([1.5, 0.7, 2.0]), np.array([[2.0, -1.0], [-1.0, 3.0]]))
def assembled_by_open_grids(stiffness, element):
    """Neighbours share a degree of freedom: the grids of each bar are different places, those of two bars are not."""
    K = np.zeros((4, 4))
    for e in range(len(stiffness)):
        d = np.array([e, e + 1])
        K[np.ix_(d, d)] += stiffness[e] * element
    return np.sum(K * K * K)


@example(np.array([0.5, 1.5, -0.7, 2.0]), np.array([1.0, 2.0, 3.0]))
def added_where_places_repeat(w, a):
    """Of two additions to one place NumPy keeps the last; -1 is the place 2."""
    rows = np.array([0, 2, 0, -1])
    total = 0.0
    for k in range(3):
        a[rows] += w * a[rows]
        a[rows] += np.sin(w)
        total += np.sum(a * a)
    return total


@example(np.arange(1.0, 13.0).reshape(3, 4) / 7.0, np.array([[0.5, -0.3], [0.2, 0.4]]))
def added_by_rows_and_columns(a, w):
    a[np.ix_([2, 0], [1, 1])] += w
    a[np.ix_([0, 0], [-1, 3])] += 2.0 * w
    a[:, [0, 2]] += 1.5
    return np.sum(a**3)
