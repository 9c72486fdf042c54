"""Iterators: what `zip`, `map`, `enumerate`, a generator expression and `itertools` give.

They are lazy and can be read once, as in Python.  What a `Stream` reads is a `Counted` (positions of a range or
an array), a `Lazy` (elements that may or may not come), or a Python iterator over bound values.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from adcompiler.errors import UnsupportedValueError
from adcompiler.frontend.asked import lengths_in, source_of
from adcompiler.frontend.bound import Bound, Opaque
from adcompiler.frontend.counted import Counted
from adcompiler.frontend.frame import Frame
from adcompiler.frontend.stacked import LengthNeeded
from adcompiler.ir.builder import Builder, current
from adcompiler.ir.values import Atom, Constant, Variable
from adcompiler.primitives.statics import ValueNeeded

#: the next total, and whether it is the last (None: it is not)
Stepped = tuple[Bound, Atom | None]
Step = Callable[[Bound, Bound], Stepped]


class Lazy:
    """Elements of which only a fold can say what becomes of them: a comprehension, a filter."""

    def elements(self, longest: int) -> Iterator[Bound] | None:
        """One by one, where that can be known."""
        raise NotImplementedError

    def fold(self, start: Bound, step: Step, name: str, leaving: bool) -> Bound:
        """`start`, then ``step(total, element)`` for each element."""
        raise NotImplementedError


@dataclass(eq=False)
class Stream(Opaque):
    """An iterator that the program made."""

    kind: str
    source: Any
    builder: Builder = field(default_factory=current)
    taken: bool = False

    @property
    def description(self) -> str:
        return article(self.kind)

    def take(self) -> Any:
        """The source, which nobody else may read."""
        if self.taken:
            raise UnsupportedValueError(
                f"{article(self.kind)} is read a second time.",
                why="it can be read only once; Python would find it at its end.",
                write="tuple(…) around it, where it is made",
            )
        self._in_its_block()
        self.taken = True
        return self.source

    def next(self) -> Bound | None:
        """The next element, or None at the end."""
        self._in_its_block()
        if isinstance(self.source, Lazy) and not self.taken:
            self.source = self.source.elements(0) or self.source
        if self.taken or not isinstance(self.source, Iterator):
            raise UnsupportedValueError(
                f"`next` reads {article(self.kind)} whose position is only known at run time.",
                why="how many elements it has, or has left, is not known while compiling.",
                write="a loop, or an index",
            )
        return next(self.source, None)

    def _in_its_block(self) -> None:
        if current() is not self.builder:
            raise UnsupportedValueError(
                f"{article(self.kind)} is read inside a branch or a loop in which it was not made.",
                why="whether it is at its end would only be known at run time.",
                write="tuple(…) around it, where it is made",
            )


def article(noun: str) -> str:
    """
    >>> article("iterator"), article("zip")
    ('an iterator', 'a zip')
    """
    return f"{'an' if noun[0] in 'aeio' else 'a'} {noun}"


def one_by_one(source: Any, longest: int) -> Iterator[Bound] | None:
    """The elements of a source, where they are known and (if counted) not more than `longest`."""
    if isinstance(source, Iterator):
        return source
    if isinstance(source, Lazy):
        return source.elements(longest)
    known = source.known
    if known is None or len(known) > longest:
        return None
    taken = known[::-1] if source.backwards else known
    return (source.element(Constant.of(k)) for k in taken)


def unknown_length(frame: Frame, source: Any, what: str = "") -> UnsupportedValueError:
    """Why the elements cannot be taken one by one.

    Where an int argument says how many they are, its value is asked for instead: the program is then one for it.
    """
    inner = getattr(source, "source", source)
    bounds = (inner.start, inner.stop, inner.step) if isinstance(inner, Counted) else ()
    asked = [source_of(bound) for bound in bounds if inner.known is None]
    if asked and all(frame.program.may_be_known(found) for found in asked if found is not None):
        for found in asked:
            if found is not None:
                raise ValueNeeded(found, f"`{found.name}`, the length of a container,")
    lengths = [n for bound in bounds if isinstance(bound, Variable) for n in lengths_in(bound)]
    return LengthNeeded(
        what or "the elements of a range or an array of unknown length are asked for one by one.",
        why="the structure of containers is fixed while compiling.",
        write="a loop, or NumPy over the whole array: np.sin(xs) instead of [math.sin(x) for x in xs]",
    ).of(*lengths)


def mapped(source: Any, change: Callable[[Bound], Bound]) -> Any:
    """The same source with its elements changed, each when it is read."""
    if isinstance(source, Counted):
        inner = source.element
        return replace(source, element=lambda index: change(inner(index)), over_range=False)
    if isinstance(source, Lazy):
        return Changed(source, change)
    return (change(item) for item in source)


@dataclass(frozen=True, eq=False)
class Changed(Lazy):
    """`map` of a lazy source."""

    source: Lazy
    change: Callable[[Bound], Bound]

    def elements(self, longest: int) -> Iterator[Bound] | None:
        found = self.source.elements(longest)
        return None if found is None else (self.change(item) for item in found)

    def fold(self, start: Bound, step: Step, name: str, leaving: bool) -> Bound:
        return self.source.fold(
            start, lambda total, item: step(total, self.change(item)), name, leaving
        )


def known_choice(condition: Atom) -> bool:
    """Whether an element is there, where the length of a container depends on it."""
    if isinstance(condition, Constant):
        return bool(condition.value)
    source = source_of(condition)
    if source is not None:
        raise ValueNeeded(source, f"`{source.name}`, on which the length of a container depends,")
    raise UnsupportedValueError(
        "whether an element is taken depends on a number.",
        why="the length of the result would only be known at run time.",
        write="a conditional expression for the element: [x if c else 0.0 for x in xs]",
    )
