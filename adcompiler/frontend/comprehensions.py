"""Comprehensions over what is known one by one: each element is lowered by itself.

Over a range or an array of unknown length the result would have an unknown structure; a loop, or NumPy over
the whole array, says the same.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from adcompiler.errors import UnsupportedSyntaxError, UnsupportedValueError
from adcompiler.frontend.bound import Bound
from adcompiler.frontend.choices import bound_within
from adcompiler.frontend.expressions import as_condition, evaluate
from adcompiler.frontend.frame import Frame
from adcompiler.frontend.iteration import Counted, iteration
from adcompiler.frontend.statements import assign
from adcompiler.ir.structure import Branch, sequence
from adcompiler.ir.values import Constant

#: a comprehension over a known range makes at most so many elements
MOST_ELEMENTS = 1000


def comprehension(frame: Frame, node: Any) -> Bound:
    """``[…]`` and ``(… for …)`` give a list, ``{…: …}`` a dict; the names inside are its own."""
    if bound_within([node]):
        raise UnsupportedSyntaxError(
            "`:=` stands inside a comprehension.",
            why="the name would keep the value of whichever element came last.",
            write="a loop",
        )
    if type(node).__name__ == "DictComp":
        entries: dict[Any, Bound] = {}

        def entry() -> None:
            key = evaluate(frame, node.key)
            if not isinstance(key, Constant):
                raise UnsupportedValueError(
                    "a dict key is only known at run time.",
                    why="the structure of containers is fixed while compiling.",
                    write="constant keys (strings, ints)",
                )
            entries[key.value] = evaluate(frame, node.value)

        _each(frame, node.generators, entry)
        return Branch("dict", tuple(entries), tuple(entries.values()))
    items: list[Bound] = []
    _each(frame, node.generators, lambda: items.append(evaluate(frame, node.elt)))
    return sequence("list", tuple(items))


def _each(frame: Frame, generators: list[Any], visit: Callable[[], None]) -> None:
    before = dict(frame.scope)
    try:
        _level(frame, generators, visit)
    finally:
        frame.scope.clear()
        frame.scope.update(before)


def _level(frame: Frame, generators: list[Any], visit: Callable[[], None]) -> None:
    if not generators:
        visit()
        return
    generator, *rest = generators
    for item in _known_items(frame, evaluate(frame, generator.iter)):
        assign(frame, generator.target, item)
        chosen = True
        for test in generator.ifs:
            condition = as_condition(frame, evaluate(frame, test))
            if not isinstance(condition, Constant):
                raise UnsupportedValueError(
                    "whether an element is in a comprehension depends on a number.",
                    why="the length of the result would only be known at run time.",
                    write="a conditional expression for the element: [x if c else 0.0 for x in xs]",
                )
            chosen = chosen and bool(condition.value)
        if chosen:
            _level(frame, rest, visit)


def _known_items(frame: Frame, iterable: Bound) -> list[Bound]:
    steps = iteration(frame, iterable)
    if not isinstance(steps, Counted):
        return steps
    known = steps.known
    if known is None or len(known) > MOST_ELEMENTS:
        raise UnsupportedValueError(
            "a comprehension runs over a range or an array of unknown length.",
            why="the structure of containers is fixed while compiling.",
            write="NumPy over the whole array: np.sum(x * x) instead of sum(v * v for v in x), or a loop",
        )
    return [steps.element(Constant.of(k)) for k in (reversed(known) if steps.backwards else known)]
