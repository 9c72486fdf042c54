"""Reductions with ``where=`` and ``initial=``: rows with the mask and the start as operands.

An element that the mask leaves out has the derivative zero, whatever it holds.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from adcompiler.errors import ShapeError
from adcompiler.ir.builder import current
from adcompiler.ir.primitive import Primitive, Spelling, Statics, lookup
from adcompiler.ir.types import Type
from adcompiler.ir.values import Atom, as_atom
from adcompiler.primitives.accumulation import broadcast_as
from adcompiler.primitives.derived import derived
from adcompiler.primitives.kinds import inert
from adcompiler.primitives.products import prod
from adcompiler.primitives.reductions import max_, max_of_any, mean, min_, min_of_any, sum_
from adcompiler.primitives.samples import Sample
from adcompiler.primitives.searches import all_, any_
from adcompiler.primitives.selection import maximum_of, minimum_of, where
from adcompiler.primitives.shaping import rank_of
from adcompiler.primitives.statics import differing
from adcompiler.primitives.statistics import safe_divisor, std, var

_GRID = [[1.0, 2.5, -3.0], [4.0, 0.5, 6.0]]
_MASK = [[True, False, True], [True, True, False]]
_ROW_MASK = [True, False, True]
_SINGLE = np.array(_GRID, np.float32)


def _multiplied(a: Atom, b: Atom) -> Atom:
    return as_atom(a * b)


def _added(a: Atom, b: Atom) -> Atom:
    return as_atom(a + b)


#: row → (the name in NumPy, what a left-out element counts as, how the start joins the result)
_JOINS: dict[Primitive, tuple[str, float, Callable[[Any, Any], Atom]]] = {
    sum_: ("sum", 0.0, _added),
    prod: ("prod", 1.0, _multiplied),
    max_: ("max", -np.inf, maximum_of),
    min_: ("min", np.inf, minimum_of),
}


#: the extremes where there may be no elements: the start is the result then
_OF_ANY: dict[Primitive, Primitive] = {max_: max_of_any, min_: min_of_any}


def _typed(row: Primitive) -> Any:
    """The mask changes nothing about the type."""

    def infer(args: Sequence[Atom], statics: Statics) -> Type:
        if any(rank_of(arg) > rank_of(args[0]) for arg in args[1:]):
            raise ShapeError(
                "the mask of a reduction has more axes than the array.",
                write="np.sum(np.where(mask, x, 0.0))",
            )
        return _OF_ANY.get(row, row).infer(args[:1], statics)

    return infer


def _variants(row: Primitive) -> None:
    name, neutral, join = _JOINS[row]
    function = getattr(np, name)

    def register(suffix: str, masked: bool, started: bool) -> None:
        keywords = [word for word, on in (("where", masked), ("initial", started)) if on]

        def definition(x: Atom, *rest: Atom, **statics: Any) -> Atom:
            operands = list(rest)
            if masked:
                x = as_atom(where(operands.pop(0), x, neutral))
            found = current().apply(_OF_ANY.get(row, row), x, **statics)
            return join(found, operands[0]) if started else found

        def run(x: Any, *rest: Any, **statics: Any) -> Any:
            return function(x, **statics, **dict(zip(keywords, rest, strict=True)))

        text = ", ".join(f"{word}=_{k + 1}" for k, word in enumerate(keywords))

        def rest(mask: Any) -> tuple[Any, ...]:
            return (*([mask] if masked else []), *([0.45] if started else []))

        derived(
            f"{row.name}{suffix}",
            run,
            definition=definition,
            infer=_typed(row),
            spelling=Spelling(f"np.{name}(_0, {text})"),
            defaults=row.defaults,
            samples=(
                Sample((_GRID, *rest(_MASK))),
                Sample((_GRID, *rest(_MASK)), {"axis": 0}),
                Sample((_GRID, *rest(_ROW_MASK)), {"axis": -1, "keepdims": True}),
                Sample((_GRID, *rest(_MASK)), {"axis": (0, 1)}),
                Sample((_SINGLE, *rest(_MASK))),
            ),
        )

    register("_from", False, True)
    register("_where_from", True, True)
    if row in (sum_, prod):  # the extremes of no elements need a start
        register("_where", True, False)


for _row in _JOINS:
    _variants(_row)


# --- mean, var, std ------------------------------------------------------------------------------


def _count(x: Atom, mask: Atom, statics: dict[str, Any]) -> Atom:
    return current().apply(sum_, broadcast_as(x, mask), **statics)


def _mean_of(x: Atom, mask: Atom, **statics: Any) -> Atom:
    total = current().apply(sum_, as_atom(where(mask, x, 0.0)), **statics)
    return as_atom(total / _count(x, mask, statics))


def _var_of(x: Atom, mask: Atom, ddof: Any = 0, **statics: Any) -> Atom:
    inner = differing(sum_, axis=statics.get("axis"), keepdims=True)
    deviations = as_atom(where(mask, x - _mean_of(x, mask, **inner), 0.0))
    total = current().apply(sum_, as_atom(deviations * deviations), **statics)
    count = _count(x, mask, statics)
    return as_atom(total / (count - ddof if ddof else count))


def _std_of(x: Atom, mask: Atom, **statics: Any) -> Atom:
    """√v, with the slope 0 where the variance is 0 (as without a mask)."""
    variance = _var_of(x, mask, **statics)
    flat = lookup("equal")(variance, 0.0)
    return as_atom(where(flat, 0.0, lookup("sqrt")(safe_divisor(variance))))


def _moment(row: Primitive, function: Any, definition: Any, extra: tuple[Sample, ...]) -> None:
    derived(
        f"{row.name}_where",
        lambda x, mask, **statics: function(x, where=mask, **statics),
        definition=definition,
        infer=_typed(row),
        spelling=Spelling(f"np.{row.name}(_0, where=_1)"),
        defaults=row.defaults,
        samples=(
            Sample((_GRID, _MASK)),
            Sample((_GRID, [_ROW_MASK, [True, True, True]]), {"axis": 1}),
            Sample((_GRID, _ROW_MASK), {"axis": -1, "keepdims": True}),
            Sample((_SINGLE, _MASK)),
            *extra,
        ),
    )


_FREE = (Sample((_GRID, _MASK), {"ddof": 1}),)
_moment(mean, np.mean, _mean_of, ())
_moment(var, np.var, _var_of, _FREE)
_moment(std, np.std, _std_of, _FREE)


# --- any and all ---------------------------------------------------------------------------------


def _question(row: Primitive, function: Any) -> None:
    inert(
        f"{row.name}_where",
        lambda x, mask, **statics: function(x, where=mask, **statics),
        infer=_typed(row),
        spelling=Spelling(f"np.{row.name}(_0, where=_1)"),
        defaults=row.defaults,
        samples=(Sample((_GRID, _MASK)), Sample((_GRID, _ROW_MASK), {"axis": 1})),
    )


_question(any_, np.any)
_question(all_, np.all)

FUNCTIONS: dict[Any, Any] = {}
