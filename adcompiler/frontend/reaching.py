"""What a bound value leads to, through containers, bound arguments and the scopes of closures."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from adcompiler.frontend.bound import BoundMethod, Closure
from adcompiler.ir.structure import Branch


def reach(bound: Any, seen: set[int] | None = None) -> Iterator[Any]:
    """Everything that a bound value leads to: leaves, containers, what closures see."""
    seen = set() if seen is None else seen
    if id(bound) in seen:
        return
    seen.add(id(bound))
    yield bound
    if isinstance(bound, Branch):
        for child in bound.children:
            yield from reach(child, seen)
    elif isinstance(bound, BoundMethod):
        for item in (bound.function, *bound.args, *bound.kwargs.values()):
            yield from reach(item, seen)
    elif isinstance(bound, Closure):
        frame = bound.frame
        while frame is not None and id(frame) not in seen:
            seen.add(id(frame))
            for item in list(frame.scope.values()):
                yield from reach(item, seen)
            frame = frame.parent
