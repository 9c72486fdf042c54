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
