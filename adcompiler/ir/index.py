"""The static pattern of a subscript: what ``x[i, 1:n, ..., None, mask]`` looks like before it runs.

Integers and slice bounds that are known stand in the pattern; everything computed is an operand of
the statement and stands in the pattern as `Operand` with its position among the operands.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Operand:
    """Position among the dynamic operands of the statement."""

    position: int


Bound = int | Operand | None


@dataclass(frozen=True)
class Slice:
    start: Bound = None
    stop: Bound = None
    step: Bound = None


@dataclass(frozen=True)
class IndexPattern:
    """The entries of a subscript; `is_tuple` tells ``x[i,]`` and ``x[i]`` apart."""

    entries: tuple[Any, ...]
    is_tuple: bool

    def fill(self, operands: tuple[Any, ...]) -> Any:
        """The subscript that NumPy gets."""

        def bound(value: Bound) -> Any:
            return operands[value.position] if isinstance(value, Operand) else value

        def entry(value: Any) -> Any:
            if isinstance(value, Slice):
                return slice(bound(value.start), bound(value.stop), bound(value.step))
            return bound(value)

        filled = tuple(entry(value) for value in self.entries)
        return filled if self.is_tuple else filled[0]

    def behind(self, axes: int) -> IndexPattern:
        """The same subscript behind `axes` further leading axes."""
        return IndexPattern((Slice(),) * axes + self.entries, True)

    def __str__(self) -> str:
        def bound(value: Bound) -> str:
            return (
                ""
                if value is None
                else f"%{value.position}"
                if isinstance(value, Operand)
                else str(value)
            )

        def entry(value: Any) -> str:
            if isinstance(value, Slice):
                text = f"{bound(value.start)}:{bound(value.stop)}"
                return text if value.step is None else f"{text}:{bound(value.step)}"
            return "None" if value is None else "..." if value is Ellipsis else bound(value)

        return (
            "["
            + ", ".join(map(entry, self.entries))
            + ("," if self.is_tuple and len(self.entries) == 1 else "")
            + "]"
        )
