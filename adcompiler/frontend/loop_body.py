"""What comes of lowering the body of a loop."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from adcompiler.errors import UnsupportedSyntaxError
from adcompiler.frontend.aliases import Sharing
from adcompiler.frontend.bound import Leave
from adcompiler.frontend.ties import Ties
from adcompiler.ir.builder import Builder
from adcompiler.ir.structure import Structure
from adcompiler.ir.values import Atom, Variable


def refuse_return(result: Any) -> None:
    """`exits` takes every `return` out of a loop, but not out of a `try` in it."""
    if result is not None and not isinstance(result, Leave):
        raise UnsupportedSyntaxError(
            "a `return` stands in a `try` inside a loop.",
            why="it would have to leave both.",
            write="result = …; break     behind the `try`, and return result after the loop",
        )


@dataclass(frozen=True)
class Body:
    """A lowered body: what the loop node needs, and the structure of the carried values after it."""

    targets: tuple[Variable, ...]
    pairs: tuple[tuple[Variable, Atom], ...]
    results: tuple[Atom, ...]
    inner: Builder
    leave: Atom | None
    after: Structure
    shared: list[Any]
    sharing: Sharing
    ties: Ties
