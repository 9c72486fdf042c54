"""Arrays handed to code that the compiler has not read."""

from __future__ import annotations

from typing import Any

import numpy as np


def snapshot(array: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """A copy that nobody can write: the program goes on to use its own memory.

    >>> a = np.ones(2)
    >>> kept = snapshot(a)
    >>> a[0] = 5.0
    >>> kept, kept.flags.writeable
    (array([1., 1.]), False)
    """
    found = array.copy()
    found.flags.writeable = False
    return found
