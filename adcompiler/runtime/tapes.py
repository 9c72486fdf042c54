"""What a forward sweep hands to a pullback that may be called later."""

from __future__ import annotations

from typing import Any

import numpy as np


def copied_record(record: Any) -> Any:
    """A record of arrays that shares no memory with anything: None for what the run did not make.

    >>> x = np.ones(2)
    >>> kept = copied_record([x, [x, None]])
    >>> x += 1.0
    >>> kept
    [array([1., 1.]), [array([1., 1.]), None]]
    """
    if isinstance(record, list):
        return [copied_record(element) for element in record]
    return record.copy() if isinstance(record, np.ndarray) else record


def sum_if_there(a: Any, b: Any) -> Any:
    """The sum of two cotangents, of which either may be None: the zero of what is not there.

    >>> sum_if_there(None, np.ones(2)), sum_if_there(np.ones(2), np.ones(2)), sum_if_there(None, None)
    (array([1., 1.]), array([2., 2.]), None)
    """
    if a is None or b is None:
        return copied_record(b if a is None else a)
    return a + b
