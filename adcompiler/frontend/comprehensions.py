"""Comprehensions: lists and dicts of what is known one by one, and generator expressions.

Each element is lowered by itself.  A list over a range or an array of unknown length would have an unknown
structure and is refused; a generator expression there is read by a loop.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from adcompiler.errors import UnsupportedValueError
from adcompiler.frontend.bound import Bound, plain
from adcompiler.frontend.collecting import MOST_ELEMENTS, collected, is_unknown
from adcompiler.frontend.conditions import as_condition
from adcompiler.frontend.folds import fold_source, never, where
from adcompiler.frontend.frame import Frame
from adcompiler.frontend.growing import is_growing
from adcompiler.frontend.iteration import read
from adcompiler.frontend.stacked import stacked
from adcompiler.frontend.streams import (
    Lazy,
    Step,
    Stepped,
    Stream,
    known_choice,
    mapped,
    one_by_one,
    unknown_length,
)
from adcompiler.ir.structure import Branch, sequence
from adcompiler.ir.values import Constant
from adcompiler.primitives.catalogue import FUNCTIONS


def is_of_numpy(function: Any) -> bool:
    """True for a function (SciPy's too) that makes an array of nested lists before it looks at them."""
    module = getattr(function, "__module__", None) or ""
    return module.split(".")[0] in ("numpy", "scipy") or isinstance(function, np.ufunc)


def mark_rows(arguments: list[Any], are_rows: bool) -> None:
    """``np.array([[… for a in x] for b in x])``: the inner lists are rows, which are made as arrays."""
    for node in arguments:
        while type(node).__name__ == "ListComp" and type(node.elt).__name__ == "ListComp":
            node = node.elt
            node.is_row = are_rows


def comprehension(frame: Frame, node: Any) -> Bound:
    """A comprehension where it stands; an inner list that is a row of an array is one."""
    found = _comprehension(frame, node)
    if not getattr(node, "is_row", False) or not isinstance(found, Branch):
        return found
    return stacked(found) if is_growing(found) else FUNCTIONS[np.array](plain(found))


def _comprehension(frame: Frame, node: Any) -> Bound:
    """``[…]`` gives a list, ``{…: …}`` a dict, ``(… for …)`` an iterator; the names inside are its own."""
    inner = Frame(
        frame.program, frame.source, {}, frame, None, statement=frame.statement, comprehends=True
    )
    first = read(frame, frame.evaluate(node.generators[0].iter))
    kind = type(node).__name__
    if kind == "DictComp":
        entries: dict[Any, Bound] = {}
        for _ in _known(inner, node.generators, first):
            entries[_key(inner.evaluate(node.key))] = inner.evaluate(node.value)
        return Branch("dict", tuple(entries), tuple(entries.values()))
    if kind == "ListComp" and is_unknown(first):
        clauses = Clauses(inner, tuple(node.generators), node.elt, first)
        return collected(frame, clauses)
    if kind == "ListComp":
        items = [inner.evaluate(node.elt) for _ in _known(inner, node.generators, first)]
        return sequence("list", tuple(items))
    clause = node.generators[0]
    if len(node.generators) > 1 or clause.ifs:
        return Stream("generator", Clauses(inner, tuple(node.generators), node.elt, first))

    def element(item: Bound) -> Bound:
        inner.assign(clause.target, item)
        return inner.evaluate(node.elt)

    return Stream("generator", mapped(first, element))


def _key(key: Bound) -> Any:
    if isinstance(key, Constant):
        return key.value
    raise UnsupportedValueError(
        "a dict key is only known at run time.",
        why="the structure of containers is fixed while compiling.",
        write="constant keys (strings, ints)",
    )


def _known(frame: Frame, clauses: Any, first: Any, longest: int = MOST_ELEMENTS) -> Iterator[None]:
    """Bind the names of all clauses to one element after the other."""
    clause, *rest = clauses
    items = one_by_one(first, longest)
    if items is None:
        what = "a comprehension runs over a range or an array of unknown length."
        raise unknown_length(frame, first, what)
    for item in items:
        frame.assign(clause.target, item)
        if not all(known_choice(as_condition(frame, frame.handed_on(c))) for c in clause.ifs):
            continue
        if rest:
            yield from _known(frame, rest, read(frame, frame.evaluate(rest[0].iter)), longest)
        else:
            yield None


@dataclass(frozen=True, eq=False)
class Clauses(Lazy):
    """A generator expression with several `for`, or with conditions."""

    frame: Frame
    clauses: tuple[Any, ...]
    element: Any
    first: Any

    def elements(self, longest: int) -> Iterator[Bound] | None:
        if not isinstance(self.first, Iterator) and one_by_one(self.first, MOST_ELEMENTS) is None:
            return None
        places = _known(self.frame, self.clauses, self.first)
        return (self.frame.evaluate(self.element) for _ in places)

    def fold(self, start: Bound, step: Step, name: str, leaving: bool) -> Bound:
        return self._level(0, self.first, start, step, name, leaving)

    def _level(
        self, depth: int, source: Any, start: Bound, step: Step, name: str, leaving: bool
    ) -> Bound:
        frame, clause = self.frame, self.clauses[depth]

        def each(total: Bound, item: Bound) -> Stepped:
            frame.assign(clause.target, item)
            return chosen(total, list(clause.ifs))

        def chosen(total: Bound, tests: list[Any]) -> Stepped:
            if not tests:
                return inside(total)
            condition = as_condition(frame, frame.handed_on(tests[0]))
            if isinstance(condition, Constant):
                return chosen(total, tests[1:]) if condition.value else (total, None)
            return where(frame, condition, lambda: chosen(total, tests[1:]), total)

        def inside(total: Bound) -> Stepped:
            if depth + 1 == len(self.clauses):
                found, leave = step(total, frame.evaluate(self.element))
                if leave is not None and depth and not never(leave):
                    raise UnsupportedValueError(
                        "a search runs over a generator with several `for`.",
                        why="ending several loops at once is not followed.",
                        write="a list instead of the generator, loops with a flag, or NumPy",
                    )
                return found, leave
            following = read(frame, frame.evaluate(self.clauses[depth + 1].iter))
            return self._level(depth + 1, following, total, step, name, leaving), None

        return fold_source(frame, source, start, each, name, leaving)
