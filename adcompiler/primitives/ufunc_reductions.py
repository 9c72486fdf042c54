"""``ufunc.reduce`` for every ufunc of two operands.

A reduction that has a name of its own is that function.  For the others the result is the last of the running
values, and so is its derivative.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from adcompiler.errors import ArgumentError, NoDerivativeError, ShapeError
from adcompiler.ir.builder import current
from adcompiler.ir.index import IndexPattern, Slice
from adcompiler.ir.nodes import Call
from adcompiler.ir.primitive import Primitive, Spelling, Statics, lookup
from adcompiler.ir.types import Type, dtype_of, scalar_or_array, shape_of
from adcompiler.ir.values import Atom, as_atom
from adcompiler.primitives import exponential, inert, searches
from adcompiler.primitives.accumulation import fit_cotangent, fit_tangent
from adcompiler.primitives.arrays import array_like
from adcompiler.primitives.creation import FUNCTIONS as CREATION
from adcompiler.primitives.derived import derived
from adcompiler.primitives.dimensions import count_along, shape_operands
from adcompiler.primitives.inert import refuse_complex
from adcompiler.primitives.joining import concatenate
from adcompiler.primitives.kinds import general
from adcompiler.primitives.kinds import inert as inert_row
from adcompiler.primitives.nan_reductions import nanmax, nanmin
from adcompiler.primitives.products import prod
from adcompiler.primitives.reductions import (
    REDUCED,
    as_dtype,
    axes_of,
    kept,
    max_,
    min_,
    no_out,
    reduced,
    reduced_shape,
    reduction_type,
    sum_,
)
from adcompiler.primitives.samples import Sample
from adcompiler.primitives.selection import where as choose
from adcompiler.primitives.shapes import normalized_axes, result_dtype
from adcompiler.primitives.shaping import rank_of
from adcompiler.primitives.statics import differing, static
from adcompiler.primitives.ufunc_methods import ACCUMULATIONS, BINARY, ORDERING

_ROW = [5.3, 2.5, 0.72, 3.0]
_GRID = [[7.3, 2.5, 0.75], [4.1, 1.3, 2.4]]
_SINGLE = np.array(_ROW, np.float32)
_SAMPLES = (
    Sample((_ROW,), {"axis": 0}),
    Sample((_GRID,), {"axis": 0}),
    Sample((_GRID,), {"axis": 1, "keepdims": True}),
    Sample(([2.0],), {"axis": 0}),
    Sample((_SINGLE,), {"axis": 0}),
)


# --- sums of exponentials ------------------------------------------------------------------------


def _log_sum(name: str, to_power: Primitive) -> Primitive:
    """y = log Σ bˣ: the derivative is the weight of each element, b^(x - y).

    Where y is infinite the elements share equally, as in the function of two operands.
    """
    ufunc = getattr(np, name)

    def weights(call: Call) -> Atom:
        x, y = call.args[0], kept(call, call.target)
        infinite = lookup("isinf")(y)
        chosen = lookup("where")(infinite, 0.0, x) - lookup("where")(infinite, 0.0, y)
        count = count_along(x, axes_of(call))
        return as_atom(to_power(chosen) / lookup("where")(infinite, count, 1.0))

    def pushforward(call: Call, tangents: Sequence[Atom | None]) -> Atom | None:
        if tangents[0] is None:
            return None
        total = current().apply(sum_, as_atom(weights(call) * tangents[0]), **call.statics)
        return fit_tangent(call.target, total)

    def pullback(call: Call, y_bar: Atom, wanted: Sequence[bool]) -> list[Atom | None]:
        return [fit_cotangent(call.args[0], as_atom(kept(call, y_bar) * weights(call)))]

    return general(
        f"{name}_reduce",
        lambda x, axis=None, keepdims=False: ufunc.reduce(x, axis=axis, keepdims=keepdims),
        infer=reduction_type(
            f"np.{name}.reduce", lambda d: d if d.kind == "f" else np.dtype(float)
        ),
        spelling=Spelling(f"np.{name}.reduce(_0, axis=_axis)"),
        pushforward=pushforward,
        pullback=pullback,
        defaults=REDUCED,
        samples=(*_SAMPLES, Sample((_GRID,))),
    )


# --- the last of the running values ----------------------------------------------------------------


def _last(running: Primitive, x: Atom, axis: int, keepdims: bool) -> Atom:
    """The result along one axis."""
    options = differing(running, axis=axis)
    values = current().apply(running, x, **options)
    entry: Any = Slice(-1, None) if keepdims else -1
    index = (*[Slice()] * axis, entry)
    return lookup("getitem")(values, index=IndexPattern(index, len(index) > 1))  # type: ignore[no-any-return]


def _reduction_type(ufunc: np.ufunc) -> Any:
    def infer(args: Sequence[Atom], statics: Statics) -> Type:
        type = args[0].type
        if ufunc in ORDERING:
            refuse_complex(args, f"np.{ufunc.__name__}")
        dtype = result_dtype(ufunc, [scalar_or_array(dtype_of(type), ())] * 2)
        return scalar_or_array(dtype, reduced_shape(shape_of(type), statics))

    return infer


def _reduction(ufunc: np.ufunc, running: Primitive) -> Primitive:
    """One axis after the other, the last one first: NumPy takes several where the order is the same."""

    def definition(x: Atom, axis: Any = None, keepdims: bool = False) -> Atom:
        for one in reversed(normalized_axes(axis, rank_of(x))):
            x = _last(running, x, one, keepdims)
        return x

    return derived(
        f"{ufunc.__name__}_reduce",
        lambda x, axis=None, keepdims=False: ufunc.reduce(x, axis=axis, keepdims=keepdims),
        infer=_reduction_type(ufunc),
        definition=definition,
        spelling=Spelling(f"np.{ufunc.__name__}.reduce(_0, axis=_axis)"),
        defaults=REDUCED,
        samples=(*_SAMPLES, *((Sample((_GRID,)),) if ufunc.identity is not None else ())),
    )


def _without_nan(ufunc: np.ufunc, same: Primitive) -> Primitive:
    """``np.fmax.reduce`` is `np.nanmax` without its warning."""
    return derived(
        f"{ufunc.__name__}_reduce",
        lambda x, axis=None, keepdims=False: ufunc.reduce(x, axis=axis, keepdims=keepdims),
        infer=_reduction_type(ufunc),
        definition=lambda x, **statics: current().apply(same, x, **statics),
        spelling=Spelling(f"np.{ufunc.__name__}.reduce(_0, axis=_axis)"),
        defaults=REDUCED,
        samples=(*_SAMPLES, Sample((_GRID,))),
    )


def _inert_reduction(row: Primitive, ufunc: np.ufunc) -> Primitive:
    return inert_row(
        f"{row.name}_reduce",
        lambda x, axis=None, keepdims=False: ufunc.reduce(x, axis=axis, keepdims=keepdims),
        infer=_reduction_type(ufunc),
        spelling=Spelling(f"np.{ufunc.__name__}.reduce(_0, axis=_axis)"),
        defaults=REDUCED,
        samples=(Sample(([4, 6, 3],), {"axis": 0}), Sample(([[4, 6], [1, 3]],), {"axis": 1})),
    )


_EXTREMES = {np.fmax: nanmax, np.fmin: nanmin}
#: reductions that are functions of their own, or rows above; they take any axes
_NAMED: dict[np.ufunc, Primitive] = {
    np.add: sum_,
    np.multiply: prod,
    np.maximum: max_,
    np.minimum: min_,
    np.logical_and: searches.all_,
    np.logical_or: searches.any_,
}
#: NumPy 2.4 and 2.5 compute them by vectors, and give another number for a contiguous array than for a strided one
_UNRELIABLE = (np.power, np.arctan2)
REDUCTIONS: dict[np.ufunc, Primitive] = {
    **_NAMED,
    np.logaddexp: _log_sum("logaddexp", exponential.exp),
    np.logaddexp2: _log_sum("logaddexp2", exponential.exp2),
    **{u: _without_nan(u, row) for u, row in _EXTREMES.items()},
    **{
        u: _inert_reduction(row, u)
        for u, row in {
            np.bitwise_and: inert.bitwise_and,
            np.bitwise_or: inert.bitwise_or,
            np.bitwise_xor: inert.bitwise_xor,
            np.gcd: inert.gcd,
            np.lcm: inert.lcm,
        }.items()
    },
}
REDUCTIONS |= {
    u: _reduction(u, ACCUMULATIONS[u]) for u in BINARY if u not in (*REDUCTIONS, *_UNRELIABLE)
}
#: what an element counts as that the mask leaves out
_NEUTRAL: dict[np.ufunc, float] = {
    np.hypot: 0.0,
    np.logaddexp: -np.inf,
    np.logaddexp2: -np.inf,
    np.fmax: np.nan,
    np.fmin: np.nan,
    np.subtract: 0.0,
    np.divide: 1.0,
    np.power: 1.0,
    np.float_power: 1.0,
}
_REORDERED = (np.hypot, np.logaddexp, np.logaddexp2, np.fmax, np.fmin)


def _reduce(ufunc: np.ufunc, row: Primitive) -> Callable[..., Atom]:
    name = f"np.{ufunc.__name__}.reduce"

    def call(
        array: Any,
        axis: Any = 0,
        dtype: Any = None,
        out: Any = None,
        keepdims: Any = False,
        initial: Any = None,
        where: Any = True,
    ) -> Atom:
        no_out(out)
        x, along = as_dtype(array, dtype), static(axis, "axis")
        if ufunc in _NAMED:
            return reduced(row, x, along, keepdims, initial=initial, mask=where)
        axes = normalized_axes(along, rank_of(x))
        if len(axes) > 1 and ufunc not in _REORDERED and row.verdict != "inert":
            raise ShapeError(
                f"`{name}` over several axes depends on their order.",
                why="NumPy refuses it too.",
                write="axis=0",
            )
        if getattr(where, "value", where) is not True:
            x = _masked(name, ufunc, x, where, initial)
        if initial is not None and ufunc not in _REORDERED:
            x, initial = _started(x, array_like(initial), axes[0]), None
        known = axes[0] if len(axes) == 1 else axes if axes else ()
        found = reduced(row, x, known, keepdims)
        return found if initial is None else as_atom(lookup(ufunc.__name__)(initial, found))

    return call


def _masked(name: str, ufunc: np.ufunc, x: Atom, mask: Any, initial: Any) -> Atom:
    if ufunc not in _NEUTRAL or (initial is None and ufunc.identity is None):
        raise ArgumentError(
            f"`{name}` with `where=` has nothing to count an element as that is left out.",
            why="NumPy refuses it too, unless there is an `initial=`.",
            write="the elements themselves: x[mask]",
        )
    return as_atom(choose(array_like(mask), x, _NEUTRAL[ufunc]))


def _started(x: Atom, initial: Atom, axis: int) -> Atom:
    """`initial` in front of the elements along the axis."""
    shape = tuple(1 if k == axis else n for k, n in enumerate(shape_operands(x)))
    first = CREATION[np.full](shape, initial, dtype_of(x.type))
    options = differing(concatenate, axis=axis)
    return current().apply(concatenate, first, x, **options)


def _refused(ufunc: np.ufunc) -> Callable[..., Atom]:
    name = f"np.{ufunc.__name__}"

    def call(*operands: Any, **options: Any) -> Atom:
        raise NoDerivativeError(
            f"`{name}.reduce` is not supported.",
            why="its result depends on how the array lies in memory: it is not always the last running value.",
            write=f"{name}.accumulate(x)[-1]",
        )

    return call


FUNCTIONS: dict[Any, Any] = {
    **{u.reduce: _reduce(u, row) for u, row in REDUCTIONS.items()},
    **{u.reduce: _refused(u) for u in _UNRELIABLE},
}
