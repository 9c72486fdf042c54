"""What a loop runs over: a range, an array, containers, and zip, enumerate, reversed of them."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from adcompiler.errors import UnsupportedValueError
from adcompiler.frontend.bound import Bound, describe
from adcompiler.frontend.counted import Counted, is_int
from adcompiler.frontend.frame import Frame
from adcompiler.frontend.growing import count, element, is_growing, refused
from adcompiler.frontend.objects import iterated
from adcompiler.frontend.streams import Stream, one_by_one, unknown_length
from adcompiler.ir.builder import current
from adcompiler.ir.index import IndexPattern, Operand
from adcompiler.ir.primitive import lookup
from adcompiler.ir.structure import Branch, sequence
from adcompiler.ir.types import dtype_of, shape_of
from adcompiler.ir.values import Atom, Constant, Variable
from adcompiler.primitives.catalogue import FUNCTIONS
from adcompiler.primitives.effects import require

#: an iteration whose index must be known while compiling is unrolled up to this length
LONGEST_UNROLLED = 256
_UNEQUAL = (
    "if not _0: raise ValueError('zip() with strict=True gets arguments of different lengths')"
)


Elements = Iterator[Bound]


def iteration(frame: Frame, iterable: Bound) -> Counted | Elements:
    """How a loop runs over a value: by counting, or over elements that are known one by one."""
    iterable = iterated(frame, iterable)
    if isinstance(iterable, Constant) and isinstance(iterable.value, range):
        start, stop, step = (
            Constant.of(n) for n in (iterable.value.start, iterable.value.stop, iterable.value.step)
        )
        return Counted(start, stop, step, lambda index: index, over_range=True)
    if isinstance(iterable, Branch) and iterable.kind == "range":
        start, stop, step = iterable.children
        for bound in iterable.children:
            if dtype_of(bound.type).kind not in "iub":
                raise UnsupportedValueError(
                    f"`range` needs whole numbers and gets {describe(bound)}.",
                    why="Python would raise TypeError here; an int that is differentiated is taken as a float.",
                    write="argnums without it, or int(…)",
                )
        return Counted(start, stop, step, lambda index: index, over_range=True)
    if isinstance(iterable, Stream):
        source = iterable.take()
        elements = source if isinstance(source, Counted) else one_by_one(source, LONGEST_UNROLLED)
        if elements is None:
            raise unknown_length(frame, source)
        return elements
    if is_growing(iterable):
        return _over_list(frame, iterable)
    if isinstance(iterable, Branch) and iterable.kind in ("list", "dict"):
        return following(frame, iterable)
    if isinstance(iterable, Variable) and shape_of(iterable.type):
        pattern = IndexPattern((Operand(0),), False)
        length = FUNCTIONS[np.shape](frame.program.memory.now(iterable))[0]
        count = length if isinstance(length, Atom) else Constant.of(length)
        return Counted(
            Constant.of(0),
            count,
            Constant.of(1),
            lambda index: current().apply(
                lookup("getitem"), frame.program.memory.now(iterable), index, index=pattern
            ),
            of_array=True,
        )
    return iter(frame.unpacked(iterable))


def _over_list(frame: Frame, branch: Branch) -> Counted:
    """A list whose length is asked for once: the loop must not change it."""
    content = branch.children

    def element_at(index: Atom) -> Bound:
        if branch.children is not content:
            raise _changes(branch)
        return element(frame.program.memory, branch, index)

    return Counted(Constant.of(0), count(branch), Constant.of(1), element_at, of_array=True)


def following(frame: Frame, owner: Branch, backwards: bool = False) -> Iterator[Bound]:
    """The elements of a list, or the keys of a dict, as they are when they are reached."""
    program = frame.program
    source = program.views[id(owner)][1] if id(owner) in program.views else owner
    keys = source.keys
    program.iterated.append(source)
    for k in reversed(range(len(keys))) if backwards else range(len(keys)):
        yield Constant.of(keys[k]) if owner.kind == "dict" else program.live(owner).children[k]
        if source.keys != keys:
            raise _changes(source)


def _changes(owner: Branch) -> UnsupportedValueError:
    return UnsupportedValueError(
        f"a {'dict' if owner.kind == 'dict' else 'list'} changes while a loop runs over it.",
        why="how many iterations there are would follow from the iterations themselves.",
        write=f"tuple(…) around the {owner.kind} that the loop runs over",
    )


#: Python would stop early there; the elements of the container are spelled out
_SHORTER = (
    "if not _0: raise ValueError('zip() gets a container of COUNT elements and a shorter array: "
    "write x[:n] for the container as well')"
)


@dataclass(frozen=True)
class Ahead:
    """The elements of an iteration, read before the first of them is used, and from what containers."""

    items: list[Bound]
    steps: Counted | Elements
    complete: bool
    sources: tuple[tuple[Branch, tuple[Bound, ...]], ...] = ()

    def check(self) -> None:
        """Refuse where a container has changed: an element might be another one, or there might be more."""
        for owner, children in self.sources:
            if owner.children is not children:
                raise _changes(owner)


def read_ahead(frame: Frame, steps: Counted | Elements, most: int) -> Ahead:
    """All elements, where there are at most so many and reading them computes nothing."""
    if isinstance(steps, Counted):
        return Ahead([], steps, False)
    statements, began = len(current().statements), len(frame.program.iterated)
    items: list[Bound] = []
    for item in steps:
        items.append(item)
        if len(items) > most or len(current().statements) > statements:
            return Ahead(items, itertools.chain(items, steps), False)
    sources = tuple((owner, owner.children) for owner in frame.program.iterated[began:])
    return Ahead(items, steps, True, sources)


def zipped(parts: list[Counted | Iterator[Bound]], strict: bool) -> Counted | Iterator[Bound]:
    """`zip` of what was read: by counting where all parts count, else one by one."""
    parts = parts if strict else _beside_endless(parts)
    if not all(isinstance(part, Counted) for part in parts):
        return _together(_all_one_by_one(parts, strict), strict)
    ranges = [from_zero(part) for part in parts if isinstance(part, Counted)]
    stop = ranges[0].stop
    for other in ranges[1:]:
        if _same_count(stop, other.stop):
            continue
        if strict:
            # Python raises behind the last pair, this in front of the first one
            require(lookup("equal")(stop, other.stop), form=_UNEQUAL)
        else:
            stop = FUNCTIONS[min](stop, other.stop)
    return Counted(
        Constant.of(0),
        stop,
        Constant.of(1),
        lambda i: sequence("tuple", tuple(part.element(i) for part in ranges)),
        of_array=all(part.of_array for part in ranges),
    )


def _together(parts: list[Iterator[Bound]], strict: bool) -> Iterator[Bound]:
    try:
        for group in zip(*parts, strict=strict):
            yield sequence("tuple", group)
    except ValueError as error:
        raise UnsupportedValueError(
            f"{error}.",
            why="Python would raise ValueError here (strict=True).",
            write="containers of equal length",
        ) from None


def enumerated(part: Counted | Iterator[Bound], offset: Atom) -> Counted | Iterator[Bound]:
    """`enumerate` of what was read."""
    if not isinstance(part, Counted):
        return (sequence("tuple", (_plus(k, offset), item)) for k, item in enumerate(part))
    counted = from_zero(part)
    return Counted(
        counted.start,
        counted.stop,
        counted.step,
        lambda i: sequence(
            "tuple", (i if is_int(offset, 0) else _plus(i, offset), counted.element(i))
        ),
        of_array=counted.of_array,
    )


def _plus(number: Atom | int, offset: Atom) -> Atom:
    """A position and the start of the count; known where both are."""
    known = number.value if isinstance(number, Constant) else number
    if isinstance(known, int) and isinstance(offset, Constant):
        return Constant.of(known + offset.value)
    total: Atom = offset + number
    return total


class Endless(Iterator[Bound]):
    """`itertools.count` and `cycle`: one by one, or by position."""

    def __init__(self, items: Iterator[Bound], at: Callable[[Atom], Bound]) -> None:
        self.items = items
        self.at = at

    def __next__(self) -> Bound:
        return next(self.items)


def _beside_endless(parts: list[Counted | Iterator[Bound]]) -> list[Counted | Iterator[Bound]]:
    """What has no end is counted like what stands beside it, where that is counted."""
    counted = [part for part in parts if isinstance(part, Counted) and part.known is None]
    others = [part for part in parts if not isinstance(part, Counted)]
    if not counted or not all(isinstance(part, Endless) for part in others):
        return parts
    stop = from_zero(counted[0]).stop
    zero, one = Constant.of(0), Constant.of(1)
    return [
        Counted(zero, stop, one, part.at) if isinstance(part, Endless) else part for part in parts
    ]


def _all_one_by_one(parts: list[Counted | Iterator[Bound]], strict: bool) -> list[Iterator[Bound]]:
    """The elements of each part; an array must have as many as the container that stands next to it."""
    found = [one_by_one(part, LONGEST_UNROLLED) for part in parts]
    if all(elements is not None for elements in found):
        return [elements for elements in found if elements is not None]
    known = [list(itertools.islice(e, LONGEST_UNROLLED + 1)) for e in found if e is not None]
    count = min(map(len, known), default=LONGEST_UNROLLED + 1)
    if count > LONGEST_UNROLLED:
        raise UnsupportedValueError(
            "`zip` combines an endless or very long container with one of unknown length.",
            why="how many elements there are would only be known at run time.",
            write="np.array([…]) around the container, or a loop over an index",
        )
    rows = iter(known)
    return [
        _first(part, count, strict) if elements is None else iter(next(rows))
        for part, elements in zip(parts, found, strict=True)
    ]


def _first(part: Any, count: int, strict: bool) -> Iterator[Bound]:
    """So many elements of a range or an array; the run checks that they are there."""
    counted = from_zero(part)
    if strict:
        require(lookup("equal")(counted.stop, count), form=_UNEQUAL)
    else:
        fits = lookup("greater_equal")(counted.stop, count)
        require(fits, form=_SHORTER.replace("COUNT", str(count)))
    return (counted.element(Constant.of(k)) for k in range(count))


def _same_count(a: Atom, b: Atom) -> bool:
    if isinstance(a, Constant) and isinstance(b, Constant):
        return bool(a.value == b.value)
    length = getattr(a.type, "length", None)
    return a is b or (length is not None and length == getattr(b.type, "length", None))


def from_zero(counted: Counted) -> Counted:
    """The same iteration counted by 0, 1, 2 …"""
    zero, one = Constant.of(0), Constant.of(1)
    simple = is_int(counted.start, 0) and is_int(counted.step, 1) and not counted.backwards
    if simple:
        return counted
    if is_int(counted.step, 1) and counted.backwards:
        start, last = counted.start, counted.stop - 1
        return Counted(zero, counted.stop - start, one, lambda i: counted.element(last - i))
    if not is_int(counted.step, 1):
        raise UnsupportedValueError(
            "a range with a step is combined with another iteration.",
            why="adcompiler counts such loops by one index.",
            write="a loop over an index, and the other values by index",
        )
    start = counted.start
    element = counted.element
    return replace(
        counted,
        start=zero,
        stop=counted.stop - start,
        step=one,
        element=lambda i: element(i + start),
    )


def read(frame: Frame, bound: Bound) -> Any:
    """What iterating over a value reads; an iterator is taken."""
    if isinstance(bound, Stream):
        return bound.take()
    return iteration(frame, bound)


def known_elements(frame: Frame, bound: Bound, longest: int = 1000) -> Iterator[Bound]:
    """The elements of anything that can be iterated; refused where their number is not known."""
    if is_growing(bound):
        raise refused("the elements of a list that grows are taken one by one.")
    source = read(frame, bound)
    found = one_by_one(source, longest)
    if found is None:
        raise unknown_length(frame, source)
    return found
