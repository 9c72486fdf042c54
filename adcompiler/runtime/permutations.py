"""Permutations, as LAPACK hands them out."""

from __future__ import annotations

from typing import Any

import numpy as np


def permutation_of(pivots: Any) -> Any:
    """The matrix P of A = P L U, from the rows that were exchanged one after the other.

    >>> permutation_of(np.array([1, 1]))
    array([[0., 1.],
           [1., 0.]])
    """
    found = np.zeros((*pivots.shape, pivots.shape[-1]))
    for place in np.ndindex(pivots.shape[:-1]):
        order = list(range(pivots.shape[-1]))
        for k, other in enumerate(pivots[place]):
            order[k], order[other] = order[other], order[k]
        found[place][order, range(len(order))] = 1.0
    return found
