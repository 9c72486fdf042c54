"""Folds: what reads all elements and keeps one value. `sum`, `any`, `max`, `functools.reduce`.

Few known elements are taken one by one; over a range or an array of unknown length a fold is a loop.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from types import SimpleNamespace
from typing import Any

from adcompiler.frontend.bound import Bound, Leave
from adcompiler.frontend.branches import branch, going_on
from adcompiler.frontend.counted import Counted, forwards
from adcompiler.frontend.frame import Frame
from adcompiler.frontend.iteration import read
from adcompiler.frontend.loops import Loop
from adcompiler.frontend.streams import Lazy, Step, Stepped, known_choice, one_by_one
from adcompiler.ir.structure import sequence
from adcompiler.ir.values import Atom, Constant

#: a known range is written out one by one up to this length, where a loop would do as well
FEW = 16


def fold(
    frame: Frame, bound: Bound, start: Bound, step: Step, name: str, leaving: bool = False
) -> Bound:
    """`start`, then ``step(total, element)`` for each element; `leaving`: a step may be the last."""
    return fold_source(frame, read(frame, bound), start, step, name, leaving)


def fold_source(
    frame: Frame, source: Any, start: Bound, step: Step, name: str, leaving: bool = False
) -> Bound:
    """As `fold`, of what `streams.read` gave; `name` is that of the loop's variable."""
    if isinstance(source, Lazy):
        return source.fold(start, step, name, leaving)
    elements = one_by_one(source, FEW)
    if elements is not None:
        return _over_elements(frame, elements, start, step)
    return _over_count(frame, source, start, step, name, leaving)


def where(frame: Frame, condition: Atom, step: Callable[[], Stepped], total: Bound) -> Stepped:
    """`step()` where the condition holds; else the total stays."""
    no = Constant.of(False)

    def taken() -> Bound:
        found, leave = step()
        return sequence("tuple", (found, no if leave is None else leave))

    joined = branch(frame, condition, taken, lambda: sequence("tuple", (total, no)))
    found, leave = going_on(joined).children
    return found, leave


def never(leave: Atom | None) -> bool:
    """True where a step is surely not the last."""
    return leave is None or (isinstance(leave, Constant) and not leave.value)


def _over_elements(frame: Frame, elements: Iterator[Bound], start: Bound, step: Step) -> Bound:
    total = start
    for element in elements:
        total, leave = step(total, element)
        if leave is None or never(leave):
            continue
        return branch(
            frame,
            leave,
            partial(_as_it_is, total),
            partial(_over_elements, frame, elements, total, step),
        )
    return total


def _as_it_is(total: Bound) -> Bound:
    return total


def _over_count(
    frame: Frame, steps: Counted, start: Bound, step: Step, name: str, leaving: bool
) -> Bound:
    """A loop of the compiler's own, with the total as the one thing that it carries."""
    inner = Frame(
        frame.program, frame.source, {name: start}, frame, None, statement=frame.statement
    )
    item: list[Bound] = []

    def assign(_: Frame, target: Any, value: Bound) -> None:
        item[:] = [value]

    def run(_: Frame, body: list[Any]) -> Leave | None:
        inner.scope[name], leave = step(inner.scope[name], item[0])
        return None if leave is None or never(leave) else Leave(leave)

    node = SimpleNamespace(target=SimpleNamespace(), body=[])
    Loop(inner, node, {name}, run, assign).counted(forwards(steps) if leaving else steps, leaving)
    return inner.scope[name]


@dataclass(frozen=True, eq=False)
class Filtered(Lazy):
    """`filter`: `test` says of an element whether it comes."""

    frame: Frame
    source: Any
    test: Callable[[Bound], Atom]

    def elements(self, longest: int) -> Iterator[Bound] | None:
        found = one_by_one(self.source, longest)
        return None if found is None else (item for item in found if known_choice(self.test(item)))

    def fold(self, start: Bound, step: Step, name: str, leaving: bool) -> Bound:
        def each(total: Bound, item: Bound) -> Stepped:
            return where(self.frame, self.test(item), lambda: step(total, item), total)

        return fold_source(self.frame, self.source, start, each, name, leaving)
