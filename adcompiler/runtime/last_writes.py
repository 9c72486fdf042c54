"""Which of several writes into an array stay, where a subscript may name an element twice."""

from __future__ import annotations

from typing import Any

import numpy as np


def last_writes(selected: tuple[int, ...], shape: tuple[int, ...], index: Any) -> Any:
    """True for every write of ``a[index] = …`` that none behind it overwrites.

    `selected` is the shape of ``a[index]``, `shape` that of `a`.  Places that are surely different, as
    those of one bar or one cell of a mesh are, cost a look at their numbers; else the writes are numbered, and the
    number that an element holds in the end tells which one stays.

    >>> last_writes((3,), (5,), np.array([0, 2, 0]))
    array([False,  True,  True])
    >>> last_writes((2, 2), (5, 5), np.ix_([3, -5], [1, 2]))
    array([[ True,  True],
           [ True,  True]])
    """
    if _all_different(shape, index):
        return np.ones(selected, dtype=bool)
    numbers = np.arange(np.prod(selected, dtype=int)).reshape(selected)
    board = np.zeros(shape, dtype=int)
    board[index] = numbers
    return board[index] == numbers


def _all_different(shape: tuple[int, ...], index: Any) -> bool:
    """True where no element is named twice: by an axis of its own for each array of places."""
    entries = index if isinstance(index, tuple) else (index,)
    axis = 0
    taken: set[int] = set()
    for entry in entries:
        if entry is None:
            continue
        if isinstance(entry, np.ndarray) and entry.dtype.kind in "iu":
            # the axes of the result along which this array runs; another array may not run along them too
            along = {k - entry.ndim for k, n in enumerate(entry.shape) if n != 1}
            if along & taken or not _distinct(entry, shape[axis]):
                return False
            taken |= along
        elif not isinstance(entry, (slice, int, np.integer)):
            return False
        axis += 1
    return True


def _distinct(places: Any, length: int) -> bool:
    numbers = places.ravel().tolist()
    if numbers and min(numbers) < 0:
        numbers = [k + length if k < 0 else k for k in numbers]
    return len(set(numbers)) == len(numbers)
