"""Along a sampled curve: the trapezoidal rule and linear interpolation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from adcompiler.errors import ArgumentError, ShapeError
from adcompiler.ir.builder import current
from adcompiler.ir.index import IndexPattern, Operand
from adcompiler.ir.lengths import assume_equal
from adcompiler.ir.nodes import Call
from adcompiler.ir.primitive import Spelling, Statics, lookup
from adcompiler.ir.types import Array, Type, scalar_or_array, shape_of
from adcompiler.ir.values import Atom, as_atom
from adcompiler.primitives.arrays import array_like
from adcompiler.primitives.derived import derived
from adcompiler.primitives.differences import cut, diff
from adcompiler.primitives.indexing import getitem
from adcompiler.primitives.inert import refuse_complex
from adcompiler.primitives.kinds import inert
from adcompiler.primitives.reductions import sum_
from adcompiler.primitives.samples import Sample
from adcompiler.primitives.selection import where
from adcompiler.primitives.shapes import normalized_axes, numbers
from adcompiler.primitives.shaping import Flags, rank_of
from adcompiler.primitives.statics import differing, static

_ROW = [1.0, 2.5, -3.0, 0.5]
_GRID = [[1.0, 2.5, -3.0], [4.0, 0.5, 6.0]]
_PLACES = [0.0, 0.5, 1.75, 2.5]
_SINGLE = np.array(_ROW, np.float32)

# --- the trapezoidal rule ------------------------------------------------------------------------

#: its name since NumPy 2.0, and before
TRAPEZOID: Any = getattr(np, "trapezoid", None) or np.trapz  # type: ignore[attr-defined]
_NAME = TRAPEZOID.__name__


def _widths(x: Atom, axis: int, rank: int) -> Atom:
    """The distances of the places, along `axis` where they are a vector."""
    if rank_of(x) > 1:
        return current().apply(diff, x, **differing(diff, axis=axis - rank))
    widths, behind = current().apply(diff, x), rank - 1 - axis
    if not behind:
        return widths
    axes = tuple(range(1, behind + 1))
    return current().apply(lookup("expand_dims"), widths, axis=axes if behind > 1 else 1)


def _trapezoid_of(y: Atom, *places: Atom, axis: int = -1) -> Atom:
    (place,) = normalized_axes(axis, rank_of(y))
    step: Any = 1.0
    if places:
        x = places[0]
        step = _widths(x, place, rank_of(y)) if rank_of(x) else x
    mean = (cut(y, place, 1, None) + cut(y, place, None, -1)) * 0.5
    heights = mean if isinstance(step, float) else mean * step
    return current().apply(sum_, as_atom(heights), axis=place)


def _batch_trapezoid(call: Call, args: Sequence[Atom], flags: Flags) -> Atom:
    """Rows of values at the same places."""
    if any(flags[1:]):
        raise ArgumentError("a trapezoidal rule is linear in its values only.")
    (axis,) = normalized_axes(call.statics.get("axis", -1), rank_of(args[0]) - 1)
    behind = axis + 1 - rank_of(args[0])  # counted from the end, so that places may be an array
    return current().apply(call.primitive, *args, **differing(call.primitive, axis=behind))


def _trapezoid_row(name: str, template: str, keyword: str, seconds: Sequence[Any]) -> Any:
    def function(y: Any, *places: Any, axis: int = -1) -> Any:
        return TRAPEZOID(y, **dict(zip([keyword], places, strict=False)), axis=axis)

    return derived(
        name,
        function,
        definition=_trapezoid_of,
        batch=_batch_trapezoid,
        spelling=Spelling(template),
        linear=True,
        defaults={"axis": -1},
        samples=seconds,
    )


trapezoid = _trapezoid_row(
    "trapezoid",
    f"np.{_NAME}(_0)",
    "x",
    (
        Sample((_ROW,)),
        Sample((_GRID,)),
        Sample((_GRID,), {"axis": 0}),
        Sample(([2.0],)),
        Sample((_SINGLE,)),
    ),
)
trapezoid_at = _trapezoid_row(
    "trapezoid_at",
    f"np.{_NAME}(_0, _1)",
    "x",
    (
        Sample((_ROW, _PLACES)),
        Sample((_GRID, _PLACES[1:])),
        Sample((_GRID, _PLACES[:2]), {"axis": 0}),
        Sample((_GRID, [[0.0, 1.0, 2.5], [1.0, 1.5, 3.0]])),
        Sample((_SINGLE, _SINGLE)),
    ),
)
trapezoid_by = _trapezoid_row(
    "trapezoid_by",
    f"np.{_NAME}(_0, dx=_1)",
    "dx",
    (Sample((_ROW, 0.5)), Sample((_GRID, 0.5), {"axis": 0}), Sample((_SINGLE, 0.5))),
)


def _trapezoid(y: Any, x: Any = None, dx: Any = 1.0, axis: Any = -1) -> Atom:
    heights, where_ = array_like(y), static(axis, "axis")
    if not rank_of(heights):
        raise ShapeError(f"np.{_NAME} needs at least one axis.")
    if x is not None:
        places = array_like(x)
        if rank_of(places) not in (1, rank_of(heights)):
            raise ShapeError(f"the places of np.{_NAME} are a vector, or as many as the values.")
        return current().apply(
            trapezoid_at, heights, places, **differing(trapezoid_at, axis=where_)
        )
    step = array_like(dx)
    if rank_of(step):
        raise ArgumentError(f"np.{_NAME} takes a number as dx here.", write="x= with the places")
    row, operands = trapezoid_by, [heights, step]
    if getattr(step, "value", None) == 1.0:
        row, operands = trapezoid, [heights]
    return current().apply(row, *operands, **differing(row, axis=where_))


# --- interpolation -------------------------------------------------------------------------------


def _infer_interval(args: Sequence[Atom], statics: Statics) -> Type:
    return scalar_or_array(np.dtype(np.intp), shape_of(args[0].type))


interval = inert(
    "interval",
    lambda x, xp: np.clip(np.searchsorted(xp, x, side="right") - 1, 0, max(len(xp) - 2, 0)),
    infer=_infer_interval,
    spelling=Spelling("np.clip(np.searchsorted(_1, _0, side='right') - 1, 0, max(len(_1) - 2, 0))"),
    samples=(
        Sample(([0.3, 1.0, 2.4, -1.0, 9.0], _PLACES)),
        Sample((0.3, _PLACES)),
        Sample(([[0.3], [2.4]], _PLACES)),
    ),
    description="for each element of operand 0 the number of the interval of operand 1 that it is in",
)


def _element(x: Atom, place: Atom) -> Atom:
    return current().apply(getitem, x, place, index=IndexPattern((Operand(0),), False))


def _interp_of(x: Atom, xp: Atom, fp: Atom, *outside: Atom) -> Atom:
    """At a knot the interval on its right counts; beyond the ends the curve is constant."""
    i = current().apply(interval, x, xp)
    j = lookup("minimum")(i + 1, lookup("dim")(xp, axis=0) - 1)
    left, right = _element(xp, i), _element(xp, j)
    low, high = _element(fp, i), _element(fp, j)
    width = right - left
    # one knot alone has no interval: its width is 0, and so is the slope
    share = (x - left) / where(lookup("equal")(width, 0.0), 1.0, width)
    inside = low + share * (high - low)
    first, last = (current().apply(getitem, xp, index=IndexPattern((k,), False)) for k in (0, -1))
    ends = outside or tuple(
        current().apply(getitem, fp, index=IndexPattern((k,), False)) for k in (0, -1)
    )
    below, above = lookup("less")(x, first), lookup("greater")(x, last)
    return as_atom(where(below, ends[0], where(above, ends[1], inside)))


def _infer_interp(args: Sequence[Atom], statics: Statics) -> Type:
    numbers(args, "np.interp")
    refuse_complex(args, "np.interp")
    assume_equal(*(shape_of(arg.type)[0] for arg in args[1:3]))
    shape = shape_of(args[0].type)
    if isinstance(args[0].type, Array) and not shape:
        return Array(np.dtype(float), ())
    return scalar_or_array(np.dtype(float), shape)


_AT = [0.3, 1.0, 2.4, -1.0, 9.0]
interp = derived(
    "interp",
    lambda x, xp, fp: np.interp(x, xp, fp),
    infer=_infer_interp,
    definition=_interp_of,
    spelling=Spelling("np.interp(_0, _1, _2)"),
    samples=(
        Sample((_AT, _PLACES, _ROW)),
        Sample((0.3, _PLACES, _ROW)),
        Sample(([[0.3], [2.4]], _PLACES, _ROW)),
        Sample(([0.3, -1.0], [0.5], [2.0])),
        Sample(([], _PLACES, _ROW)),
        Sample((np.array(_AT, np.float32), np.array(_PLACES, np.float32), _SINGLE)),
    ),
)
interp_outside = derived(
    "interp_outside",
    lambda x, xp, fp, left, right: np.interp(x, xp, fp, left=left, right=right),
    infer=_infer_interp,
    definition=_interp_of,
    spelling=Spelling("np.interp(_0, _1, _2, left=_3, right=_4)"),
    samples=(Sample((_AT, _PLACES, _ROW, 0.25, 0.75)), Sample((0.3, _PLACES, _ROW, 0.0, 0.0))),
)


def _interp(
    x: Any, xp: Any, fp: Any, left: Any = None, right: Any = None, period: Any = None
) -> Atom:
    if period is not None:
        raise ArgumentError(
            "`np.interp` with `period=` is not supported.",
            write="np.interp(x % period, xp, fp) with the first point repeated one period later",
        )
    at, places, values = array_like(x), array_like(xp), array_like(fp)
    if rank_of(places) != 1 or rank_of(values) != 1:
        raise ShapeError("np.interp takes vectors of places and values.")
    if left is None and right is None:
        return current().apply(interp, at, places, values)
    ends = [
        current().apply(getitem, values, index=IndexPattern((k,), False))
        if given is None
        else array_like(given)
        for k, given in ((0, left), (-1, right))
    ]
    return current().apply(interp_outside, at, places, values, *ends)


FUNCTIONS: dict[Any, Any] = {TRAPEZOID: _trapezoid, np.interp: _interp}
