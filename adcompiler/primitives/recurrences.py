"""First-order linear recurrences along an axis: the derivative of every scan.

z₀ = 0, zᵢ₊₁ = aᵢ zᵢ + bᵢ.  The row is closed under differentiation: ż is the recurrence of a with the
terms ȧ z + ḃ, and its transpose is the recurrence that runs the other way.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from adcompiler.ir.builder import current
from adcompiler.ir.nodes import Call
from adcompiler.ir.primitive import Primitive, Spelling, Statics
from adcompiler.ir.types import Array, Type, shape_of
from adcompiler.ir.values import Atom, as_atom
from adcompiler.primitives.accumulation import fit_cotangent, fit_tangent, insert_axes_behind_first
from adcompiler.primitives.kinds import add, general
from adcompiler.primitives.samples import Sample
from adcompiler.primitives.shapes import (
    broadcast_shapes,
    normalized_axes,
    promoted_dtype,
)
from adcompiler.primitives.shaping import Flags, rank_of
from adcompiler.runtime.scans import recurrence as run_recurrence

ROW = [1.0, 2.5, -3.0]
GRID = [[1.0, 2.5, -3.0], [4.0, 0.5, 6.0]]


def _infer(args: Sequence[Atom], statics: Statics) -> Type:
    types = [a.type for a in args]
    return Array(promoted_dtype(types), broadcast_shapes([shape_of(t) for t in types]))


def _push(call: Call, tangents: Sequence[Atom | None]) -> Atom | None:
    factors_dot, terms_dot = tangents
    moved = None if factors_dot is None else as_atom(factors_dot * call.target)
    terms = add(moved, terms_dot)
    if terms is None:
        return None
    return fit_tangent(
        call.target, current().apply(recurrence, call.args[0], terms, **call.statics)
    )


def _pull(call: Call, y_bar: Atom, wanted: Sequence[bool]) -> list[Atom | None]:
    factors, terms = call.args
    statics = {**call.statics, "reverse": not call.statics.get("reverse", False)}
    back = current().apply(recurrence, factors, y_bar, **statics)
    return [
        fit_cotangent(factors, as_atom(back * call.target)) if wanted[0] else None,
        fit_cotangent(terms, back) if wanted[1] else None,
    ]


def _batch(call: Call, args: Sequence[Atom], flags: Flags) -> Atom:
    ranks = [rank_of(a) - flag for a, flag in zip(args, flags, strict=True)]
    rank = max(ranks)
    aligned = [
        insert_axes_behind_first(a, rank - r) if flag and r < rank else a
        for a, flag, r in zip(args, flags, ranks, strict=True)
    ]
    (axis,) = normalized_axes(call.statics.get("axis", 0), rank)
    return current().apply(recurrence, *aligned, **{**call.statics, "axis": axis + 1})


recurrence: Primitive = general(
    "recurrence",
    run_recurrence,
    infer=_infer,
    spelling=Spelling("recurrence(_0, _1)"),
    pushforward=_push,
    pullback=_pull,
    batch=_batch,
    defaults={"axis": 0, "reverse": False},
    samples=(
        Sample((ROW, [0.5, 1.5, 2.0])),
        Sample((ROW, [0.5, 1.5, 2.0]), {"reverse": True}),
        Sample((GRID, GRID), {"axis": 1}),
        Sample((GRID, GRID), {"reverse": True}),
        Sample(([], [])),
        Sample(([2.0], [3.0])),
        Sample((np.array(ROW, np.float32), np.array(ROW, np.float32))),
    ),
    description="z[i + 1] = operand 0 [i] · z[i] + operand 1 [i]",
)


def recur(factors: Any, terms: Any, axis: int, rank: int, reverse: bool = False) -> Atom:
    """Apply the row with the statics that differ from their defaults."""
    (place,) = normalized_axes(axis, rank)
    statics: dict[str, Any] = {"axis": place} if place else {}
    if reverse:
        statics["reverse"] = True
    return current().apply(recurrence, factors, terms, **statics)
