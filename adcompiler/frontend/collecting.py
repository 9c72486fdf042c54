"""Lists of what an iteration of unknown length gives: ``[f(v) for v in x if c]``, ``list(map(f, x))``.

The list is built by a loop, as one would by `append`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from adcompiler.frontend.bound import Bound
from adcompiler.frontend.folds import fold_source
from adcompiler.frontend.frame import Frame
from adcompiler.frontend.growing import appended, is_growing
from adcompiler.frontend.streams import Stepped, one_by_one
from adcompiler.ir.structure import sequence

#: a list of elements that are known one by one has at most so many
MOST_ELEMENTS = 1000


def is_unknown(source: Any) -> bool:
    """True for what gives its elements in a loop only."""
    return not isinstance(source, Iterator) and one_by_one(source, MOST_ELEMENTS) is None


def collected(frame: Frame, source: Any) -> Bound:
    """The elements that a source gives (see `streams.read`), as a list that grows."""

    def step(items: Bound, item: Bound) -> Stepped:
        if is_growing(items):
            return appended(frame.program.memory, items, item), None
        return sequence("list", (*items.children, item)), None

    return fold_source(frame, source, sequence("list", ()), step, "items")
