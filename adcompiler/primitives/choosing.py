"""One of several values for each element: choose, select.

What is not chosen contributes nothing, also where its own derivative is infinite: cotangents go
through a selection, never through a product with 0.0.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from adcompiler.errors import ArgumentError, ShapeError
from adcompiler.ir.builder import current
from adcompiler.ir.index import IndexPattern
from adcompiler.ir.nodes import Call
from adcompiler.ir.primitive import Spelling, Statics, lookup
from adcompiler.ir.types import Type, dtype_of, scalar_or_array, shape_of
from adcompiler.ir.values import Atom, as_atom
from adcompiler.primitives.accumulation import fit_cotangent, fit_tangent
from adcompiler.primitives.arrays import array_like, is_list
from adcompiler.primitives.dimensions import dimension, unspelled
from adcompiler.primitives.gathering import integers
from adcompiler.primitives.inert import refuse_complex
from adcompiler.primitives.kinds import batch_elementwise, general
from adcompiler.primitives.samples import Sample
from adcompiler.primitives.shapes import broadcast_shapes, numbers, promoted_dtype
from adcompiler.primitives.statics import static

_ROW = [1.0, 2.0, 4.0]


def _infer_choose(args: Sequence[Atom], statics: Statics) -> Type:
    choices = args[1:]
    numbers(choices, "np.choose")
    refuse_complex(choices, "np.choose")
    shape = broadcast_shapes([shape_of(a.type) for a in args])
    return scalar_or_array(promoted_dtype([c.type for c in choices]), shape)


def _push_choose(call: Call, tangents: Sequence[Atom | None]) -> Atom | None:
    if all(t is None for t in tangents):
        return None
    filled = [as_atom(0.0) if t is None else t for t in tangents[1:]]
    return fit_tangent(call.target, current().apply(choose, call.args[0], *filled))


def _pull_choose(call: Call, y_bar: Atom, wanted: Sequence[bool]) -> list[Atom | None]:
    index = call.args[0]
    found: list[Atom | None] = [None]
    for k, (choice, want) in enumerate(zip(call.args[1:], wanted[1:], strict=True)):
        mine = lookup("where")(lookup("equal")(index, k), y_bar, 0.0) if want else None
        found.append(None if mine is None else fit_cotangent(choice, mine))
    return found


choose = general(
    "choose",
    lambda index, *choices: np.choose(index, choices),
    infer=_infer_choose,
    spelling=Spelling("np.choose(_0, [*_rest])"),
    pushforward=_push_choose,
    pullback=_pull_choose,
    batch=batch_elementwise,
    samples=(
        Sample(([0, 1, 0], _ROW, [5.0, 6.0, 7.0])),
        Sample(([0, 1, 2], _ROW, 2.5, [5.0, 6.0, 7.0])),
        Sample(([[0], [1]], _ROW, [5.0, 6.0, 7.0])),
        Sample((1, 2.0, 3.0)),
    ),
)


def _choose(a: Any, choices: Any, out: Any = None, mode: Any = "raise") -> Atom:
    if out is not None:
        raise ArgumentError(
            "`np.choose` with `out=` is not supported.", write="y = np.choose(a, c)"
        )
    index, how = integers(array_like(a), "np.choose"), static(mode, "mode")
    if is_list(choices):
        rows = [array_like(choice) for choice in choices]
    else:
        table = array_like(choices)
        count = dimension(table, 0) if shape_of(table.type) else 0
        if not isinstance(count, int):
            raise ArgumentError(
                f"`np.choose` from the rows of an array of {count} rows is not supported.",
                why="the number of choices must be known while compiling.",
                write="np.take_along_axis(choices, a[None], axis=0)[0]",
            )
        rows = [
            current().apply(lookup("getitem"), table, index=IndexPattern((k,), False))
            for k in range(count)
        ]
    if not rows:
        raise ShapeError("np.choose needs at least one choice.")
    if how != "raise":
        with unspelled():
            last = len(rows) - 1
            index = (
                lookup("remainder")(index, len(rows))
                if how == "wrap"
                else lookup("minimum")(lookup("maximum")(index, 0), last)
            )
    return current().apply(choose, index, *rows)


def _choose_method(self: Atom, choices: Any, out: Any = None, mode: Any = "raise") -> Atom:
    return _choose(self, choices, out, mode)


def _select(condlist: Any, choicelist: Any, default: Any = 0) -> Atom:
    """The first condition that holds decides: where(c0, v0, where(c1, v1, default))."""
    if not is_list(condlist) or not is_list(choicelist) or len(condlist) != len(choicelist):
        raise ArgumentError(
            "`np.select` takes as many choices as conditions, each in a list.",
            write="np.select([x < 0.0, x < 1.0], [a, b], default)",
        )
    if not condlist:
        raise ArgumentError("`np.select` needs at least one condition.")
    conditions = [array_like(condition) for condition in condlist]
    for condition in conditions:
        if dtype_of(condition.type).kind != "b":
            raise ArgumentError(f"`np.select` needs conditions and got {condition.type}.")
    found = array_like(default)
    choices = [array_like(choice) for choice in choicelist]
    for condition, choice in zip(reversed(conditions), reversed(choices), strict=True):
        found = lookup("where")(condition, choice, found)
    return found


FUNCTIONS: dict[Any, Any] = {np.choose: _choose, np.select: _select}
METHODS: dict[str, Any] = {"choose": _choose_method}
