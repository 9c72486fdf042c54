"""What a loop runs over: a range, an array, containers, and zip, enumerate, reversed of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from adcompiler.errors import UnsupportedValueError
from adcompiler.frontend.bound import Bound, describe
from adcompiler.frontend.expressions import unpacked
from adcompiler.frontend.frame import Frame
from adcompiler.frontend.growing import count, element, is_growing
from adcompiler.ir.builder import current
from adcompiler.ir.index import IndexPattern, Operand
from adcompiler.ir.primitive import lookup
from adcompiler.ir.structure import Branch, sequence
from adcompiler.ir.types import dtype_of, shape_of
from adcompiler.ir.values import Atom, Constant, Variable
from adcompiler.primitives.catalogue import FUNCTIONS

#: an iteration whose index must be known while compiling is unrolled up to this length
LONGEST_UNROLLED = 256


@dataclass(frozen=True)
class Counted:
    """An iteration over positions: `element` is the bound value at an index."""

    start: Atom
    stop: Atom
    step: Atom
    element: Callable[[Atom], Bound]
    backwards: bool = False
    over_range: bool = False

    @property
    def bounds(self) -> tuple[Atom, Atom, Atom]:
        return self.start, self.stop, self.step

    @property
    def length(self) -> int | None:
        """The number of iterations, where it is known."""
        taken = self.known
        return None if taken is None else len(taken)

    @property
    def known(self) -> range | None:
        if all(isinstance(b, Constant) for b in self.bounds):
            return range(*(b.value for b in self.bounds if isinstance(b, Constant)))
        return None


def iteration(frame: Frame, iterable: Bound) -> Counted | list[Bound]:
    """How a loop runs over a value: by counting, or over elements that are known one by one."""
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
    if isinstance(iterable, Branch) and iterable.kind in ("zip", "enumerate", "reversed"):
        return _combined(frame, iterable)
    if isinstance(iterable, Variable) and shape_of(iterable.type):
        pattern = IndexPattern((Operand(0),), False)
        length = FUNCTIONS[np.shape](iterable)[0]
        count = length if isinstance(length, Atom) else Constant.of(length)
        return Counted(
            Constant.of(0),
            count,
            Constant.of(1),
            lambda index: current().apply(
                lookup("getitem"), frame.program.memory.now(iterable), index, index=pattern
            ),
        )
    if is_growing(iterable):
        return _over_list(iterable)
    return unpacked(iterable)


def _over_list(branch: Branch) -> Counted:
    """A list whose length is asked for once: the loop must not change it."""
    content = branch.children

    def element_at(index: Atom) -> Bound:
        if branch.children is not content:
            raise UnsupportedValueError(
                "a list is changed by the loop that runs over it.",
                why="how often the loop runs would depend on what it does.",
                write="a loop over a copy of the list, or `while` with an index",
            )
        return element(branch, index)

    return Counted(Constant.of(0), count(branch), Constant.of(1), element_at)


def _combined(frame: Frame, iterable: Branch) -> Counted | list[Bound]:
    children = iterable.children[:1] if iterable.kind == "enumerate" else iterable.children
    parts = [iteration(frame, child) for child in children]
    if iterable.kind == "reversed":
        inner = parts[0]
        if isinstance(inner, list):
            return inner[::-1]
        return replace(inner, backwards=not inner.backwards)
    if iterable.kind == "enumerate":
        inner, offset = parts[0], iterable.children[1]
        if isinstance(inner, list):
            numbers = range(offset.value, offset.value + len(inner))
            return [
                sequence("tuple", (Constant.of(k), x)) for k, x in zip(numbers, inner, strict=True)
            ]
        counted = _from_zero(inner)
        shifted = isinstance(offset, Constant) and offset.value == 0
        return Counted(
            counted.start,
            counted.stop,
            counted.step,
            lambda i: sequence("tuple", (i if shifted else i + offset, counted.element(i))),
        )
    if any(isinstance(part, list) for part in parts):
        parts = [_one_by_one(part) for part in parts]
    if all(isinstance(part, list) for part in parts):
        return [sequence("tuple", group) for group in zip(*parts, strict=False)]
    if any(isinstance(part, list) for part in parts):
        raise UnsupportedValueError(
            "`zip` combines a container with a range or an array of unknown length.",
            why="how many elements there are would only be known at run time.",
            write="np.array([…]) around the container, or a loop over an index",
        )
    ranges = [_from_zero(part) for part in parts if isinstance(part, Counted)]
    stop = ranges[0].stop
    for other in ranges[1:]:
        stop = stop if _same_count(stop, other.stop) else FUNCTIONS[min](stop, other.stop)
    return Counted(
        Constant.of(0),
        stop,
        Constant.of(1),
        lambda i: sequence("tuple", tuple(part.element(i) for part in ranges)),
    )


def _one_by_one(part: Counted | list[Bound]) -> Counted | list[Bound]:
    """The elements of a short iteration whose bounds are known."""
    if isinstance(part, list) or part.known is None or len(part.known) > LONGEST_UNROLLED:
        return part
    taken = part.known[::-1] if part.backwards else part.known
    return [part.element(Constant.of(k)) for k in taken]


def forwards(steps: Counted) -> Counted:
    """A reversed iteration as one that counts down, so that its iterations can be numbered from the first."""
    if not steps.backwards:
        return steps
    start, stop, step = steps.start, steps.stop, steps.step
    taken = steps.known
    if taken is not None:
        down = taken[::-1]
        bounds: tuple[Atom, Atom, Atom] = (
            Constant.of(down.start),
            Constant.of(down.stop),
            Constant.of(down.step),
        )
    elif _is(step, 1):
        bounds = (stop - 1, start - 1, Constant.of(-1))
    else:
        # the last of them: start + (⌈(stop − start) / step⌉ − 1) step
        whole = current().apply(lookup("floor_divide"), start - stop, step)
        bounds = (start - (whole + 1) * step, start - step, step * -1)
    return replace(steps, start=bounds[0], stop=bounds[1], step=bounds[2], backwards=False)


def _same_count(a: Atom, b: Atom) -> bool:
    if isinstance(a, Constant) and isinstance(b, Constant):
        return bool(a.value == b.value)
    length = getattr(a.type, "length", None)
    return a is b or (length is not None and length == getattr(b.type, "length", None))


def _from_zero(counted: Counted) -> Counted:
    """The same iteration counted by 0, 1, 2 …"""
    zero, one = Constant.of(0), Constant.of(1)
    simple = _is(counted.start, 0) and _is(counted.step, 1) and not counted.backwards
    if simple:
        return counted
    if _is(counted.step, 1) and counted.backwards:
        start, last = counted.start, counted.stop - 1
        return Counted(zero, counted.stop - start, one, lambda i: counted.element(last - i))
    if not _is(counted.step, 1):
        raise UnsupportedValueError(
            "a range with a step is combined with another iteration.",
            why="adcompiler counts such loops by one index.",
            write="a loop over an index, and the other values by index",
        )
    start = counted.start
    return Counted(zero, counted.stop - start, one, lambda i: counted.element(i + start))


def _is(atom: Atom, value: int) -> bool:
    return isinstance(atom, Constant) and atom.value == value
