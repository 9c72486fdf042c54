"""Sums, means and extremes over axes.

The static parameters are those of NumPy: `axis` (None, an int or a tuple of ints) and `keepdims`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from adcompiler.errors import ArgumentError, ShapeError
from adcompiler.ir.builder import current
from adcompiler.ir.lengths import Length
from adcompiler.ir.nodes import Call
from adcompiler.ir.primitive import Infer, Primitive, Spelling, Statics, lookup, registry
from adcompiler.ir.types import Array, Type, dtype_of, scalar_or_array, shape_of
from adcompiler.ir.values import Atom, as_atom
from adcompiler.primitives.accumulation import broadcast_as, fit_cotangent, fit_tangent
from adcompiler.primitives.arrays import array_like
from adcompiler.primitives.axes import flip
from adcompiler.primitives.dimensions import count_along
from adcompiler.primitives.inert import refuse_complex
from adcompiler.primitives.kinds import general, linear
from adcompiler.primitives.samples import Sample
from adcompiler.primitives.shapes import Shape, normalized_axes, numbers
from adcompiler.primitives.shaping import rank_of, ravel
from adcompiler.primitives.statics import static

Flags = Sequence[bool]
REDUCED = {"axis": None, "keepdims": False}
_GRID = [[1.0, 2.5, -3.0], [4.0, 0.5, 6.0]]
_BOX = [[[1.0, 2.0], [3.0, 4.5]], [[-5.0, 6.0], [7.0, 8.0]]]


# --- what all reductions share -------------------------------------------------------------------


def reduced_shape(shape: Shape, statics: Statics) -> Shape:
    axes = normalized_axes(statics.get("axis"), len(shape))
    if statics.get("keepdims", False):
        return tuple(Length.of(1) if k in axes else n for k, n in enumerate(shape))
    return tuple(n for k, n in enumerate(shape) if k not in axes)


def reduction_type(name: str, dtype: Callable[[np.dtype[Any]], np.dtype[Any]]) -> Infer:
    """The type of a reduction; `dtype` maps that of the operand to that of the result."""

    def infer(args: Sequence[Atom], statics: Statics) -> Type:
        numbers(args, name)
        shape = shape_of(args[0].type)
        return scalar_or_array(dtype(dtype_of(args[0].type)), reduced_shape(shape, statics))

    return infer


def axes_of(call: Call) -> tuple[int, ...]:
    return normalized_axes(call.statics.get("axis"), rank_of(call.args[0]))


def kept(call: Call, value: Atom) -> Atom:
    """`value`, shaped like the result, with the reduced axes put back as axes of length 1."""
    axes = axes_of(call)
    if call.statics.get("keepdims", False) or not axes or not shape_of(value.type):
        return value  # a number broadcasts as it is
    return current().apply(lookup("expand_dims"), value, axis=axes[0] if len(axes) == 1 else axes)


def batch_reduction(call: Call, args: Sequence[Atom], flags: Flags) -> Atom:
    """The same axes behind the leading one."""
    axes = tuple(
        axis + 1 for axis in normalized_axes(call.statics.get("axis"), rank_of(args[0]) - 1)
    )
    statics = {**call.statics, "axis": axes[0] if len(axes) == 1 else axes}
    return current().apply(call.primitive, args[0], **statics)


def reduced(
    row: Primitive,
    x: Any,
    axis: Any,
    keepdims: Any = False,
    *,
    initial: Any = None,
    mask: Any = None,
    **statics: Any,
) -> Atom:
    """Apply a reduction with the statics that differ from NumPy's defaults.

    `mask` and `initial` are operands of rows of their own (see `masked_reductions`).
    """
    atom, where = array_like(x), static(axis, "axis")
    where = tuple(where) if isinstance(where, list) else where
    if not rank_of(atom) and where in (0, -1):
        where = None  # NumPy lets a number have one axis here
    if where is not None:
        statics["axis"] = where
    if static(keepdims, "keepdims") and rank_of(atom):
        statics["keepdims"] = True
    operands, suffix = [atom], ""
    for word, operand in (("where", mask), ("from", initial)):
        if operand is not None and getattr(operand, "value", operand) is not True:
            suffix += f"_{word}"
            operands.append(array_like(operand))
    return current().apply(_variant(row, suffix) if suffix else row, *operands, **statics)


def _variant(row: Primitive, suffix: str) -> Primitive:
    found = registry().get(f"{row.name}{suffix}")
    if found is None:
        raise ArgumentError(
            f"`np.{row.name}` with these of `where=` and `initial=` is not supported.",
            write=f"np.{row.name}(np.where(mask, x, neutral))",
        )
    return found


def _statics(axis: Any = None, keepdims: bool = False) -> dict[str, Any]:
    return {"axis": axis, "keepdims": keepdims}


_SAMPLES = (
    Sample(([1.0, 2.5, -3.0],)),
    Sample((_GRID,)),
    Sample((_GRID,), {"axis": 0}),
    Sample((_GRID,), {"axis": -1}),
    Sample((_GRID,), _statics(1, True)),
    Sample((_GRID,), _statics(None, True)),
    Sample((_GRID,), {"axis": (0, 1)}),
    Sample((_BOX,), {"axis": (0, -1)}),
    Sample((_BOX,), _statics((1, 0), True)),
    Sample(([[4.0]],), {"axis": 0}),
    Sample((1.5,)),
    Sample(([2.5],)),
)


# --- sum and mean --------------------------------------------------------------------------------


def sum_dtype(dtype: np.dtype[Any]) -> np.dtype[Any]:
    found: np.dtype[Any] = np.zeros(1, dtype).sum().dtype
    return found


def _mean_dtype(dtype: np.dtype[Any]) -> np.dtype[Any]:
    return np.dtype(float) if dtype.kind in "biu" else dtype


def _repeated(call: Call, value: Atom) -> Atom:
    """`value` for each element that was reduced."""
    return broadcast_as(call.args[0], kept(call, value))


sum_ = linear(
    "sum",
    lambda x, axis=None, keepdims=False: np.sum(x, axis=axis, keepdims=keepdims),
    infer=reduction_type("np.sum", sum_dtype),
    spelling=Spelling("np.sum(_0)"),
    transpose=_repeated,
    batch=batch_reduction,
    defaults=REDUCED,
    samples=(
        *_SAMPLES,
        Sample(([],)),
        Sample(([[]],), {"axis": 1}),
        Sample((_GRID,), {"axis": ()}),
        Sample((3,)),
        Sample(([1, 2],)),
        Sample(([True, False],)),
    ),
)


def _mean_back(call: Call, y_bar: Atom) -> Atom:
    return _repeated(call, as_atom(y_bar / count_along(call.args[0], axes_of(call))))


mean = linear(
    "mean",
    lambda x, axis=None, keepdims=False: np.mean(x, axis=axis, keepdims=keepdims),
    infer=reduction_type("np.mean", _mean_dtype),
    spelling=Spelling("np.mean(_0)"),
    transpose=_mean_back,
    batch=batch_reduction,
    defaults=REDUCED,
    samples=(*_SAMPLES, Sample(([1, 2],))),
)


# --- extremes ------------------------------------------------------------------------------------


def _extreme(name: str, function: Any, beyond: str, of_none: float | None = None) -> Primitive:
    """Ties share equally.  `beyond` is the comparison that holds for the elements not chosen.

    (Where the result is nan no comparison holds: then all elements share, rather than none.)
    `of_none` is the result where there are no elements; without it they are refused.
    """
    start = {} if of_none is None else {"initial": of_none}

    def infer(args: Sequence[Atom], statics: Statics) -> Type:
        refuse_complex(args, f"np.{name}")
        shape = shape_of(args[0].type)
        if of_none is None and any(
            shape[axis].constant == 0 for axis in normalized_axes(statics.get("axis"), len(shape))
        ):
            raise ShapeError(
                f"np.{name} of no elements.",
                why="NumPy refuses it too: there is no smallest number.",
            )
        return reduction_type(f"np.{name}", lambda dtype: dtype)(args, statics)

    def others(call: Call) -> tuple[Atom, Atom]:
        """Which elements are not chosen, and how many are."""
        x = call.args[0]
        left = current().apply(lookup(beyond), x, kept(call, call.target))
        chosen = current().apply(sum_, current().apply(lookup("logical_not"), left), **call.statics)
        return left, chosen

    def pushforward(call: Call, tangents: Sequence[Atom | None]) -> Atom | None:
        if tangents[0] is None or not shape_of(call.args[0].type):
            return tangents[0]
        left, chosen = others(call)
        total = current().apply(
            sum_, current().apply(lookup("where"), left, 0.0, tangents[0]), **call.statics
        )
        return fit_tangent(call.target, as_atom(total / chosen))

    def pullback(call: Call, y_bar: Atom, wanted: Sequence[bool]) -> list[Atom | None]:
        if not shape_of(call.args[0].type):
            return [y_bar]
        left, chosen = others(call)
        share = kept(call, as_atom(y_bar / chosen))
        return [fit_cotangent(call.args[0], current().apply(lookup("where"), left, 0.0, share))]

    return general(
        f"a{name}" if of_none is None else f"a{name}_of_any",
        lambda x, axis=None, keepdims=False: function(x, axis=axis, keepdims=keepdims, **start),
        infer=infer,
        spelling=Spelling(
            f"np.{name}(_0)"
            if of_none is None
            else f"np.{name}(_0, initial={'-' if of_none < 0.0 else ''}np.inf)"
        ),
        pushforward=pushforward,
        pullback=pullback,
        defaults=REDUCED,
        samples=_SAMPLES,
    )


max_ = _extreme("max", np.max, "less")
min_ = _extreme("min", np.min, "greater")
max_of_any = _extreme("max", np.max, "less", of_none=-np.inf)
min_of_any = _extreme("min", np.min, "greater", of_none=np.inf)


# --- cumulative sums -----------------------------------------------------------------------------


def _infer_cumsum(args: Sequence[Atom], statics: Statics) -> Type:
    numbers(args, "np.cumsum")
    shape = shape_of(args[0].type)
    normalized_axes(statics["axis"], len(shape))
    return Array(sum_dtype(dtype_of(args[0].type)), shape)


def _cumsum_back(call: Call, y_bar: Atom) -> Atom:
    """The sums from the other end."""
    axis = call.statics["axis"]
    return flip(current().apply(cumsum, flip(y_bar, axis), axis=axis), axis)


def _batch_cumsum(call: Call, args: Sequence[Atom], flags: Flags) -> Atom:
    (axis,) = normalized_axes(call.statics["axis"], rank_of(args[0]) - 1)
    return current().apply(cumsum, args[0], axis=axis + 1)


cumsum: Primitive = linear(
    "cumsum",
    lambda x, *, axis: np.cumsum(x, axis=axis),
    infer=_infer_cumsum,
    spelling=Spelling("np.cumsum(_0)"),
    transpose=_cumsum_back,
    batch=_batch_cumsum,
    samples=(
        Sample(([1.0, 2.0, 3.0],), {"axis": 0}),
        Sample((_GRID,), {"axis": 0}),
        Sample((_GRID,), {"axis": -1}),
        Sample(([],), {"axis": 0}),
        Sample(([2.0],), {"axis": -1}),
    ),
)


# --- the user's functions ------------------------------------------------------------------------


def as_dtype(x: Any, dtype: Any) -> Atom:
    """``np.sum(x, dtype=d)`` is the sum of ``x.astype(d)``."""
    atom = array_like(x)
    wanted = static(dtype, "dtype")
    if wanted is None or np.dtype(wanted) == dtype_of(atom.type):
        return atom
    return current().apply(lookup("cast"), atom, dtype=np.dtype(wanted))


def no_out(out: Any) -> None:
    if out is not None:
        raise ArgumentError(
            "a reduction with `out=` is not supported.", write="out[...] = np.sum(x)"
        )


def _sum(
    a: Any,
    axis: Any = None,
    dtype: Any = None,
    out: Any = None,
    keepdims: Any = False,
    initial: Any = None,
    where: Any = None,
) -> Atom:
    no_out(out)
    return reduced(sum_, as_dtype(a, dtype), axis, keepdims, initial=initial, mask=where)


def _mean(
    a: Any,
    axis: Any = None,
    dtype: Any = None,
    out: Any = None,
    keepdims: Any = False,
    *,
    where: Any = None,
) -> Atom:
    no_out(out)
    return reduced(mean, as_dtype(a, dtype), axis, keepdims, mask=where)


def _extreme_of(row: Primitive) -> Callable[..., Atom]:
    def call(
        a: Any,
        axis: Any = None,
        out: Any = None,
        keepdims: Any = False,
        initial: Any = None,
        where: Any = None,
    ) -> Atom:
        no_out(out)
        return reduced(row, a, axis, keepdims, initial=initial, mask=where)

    call.__name__ = row.name
    return call


_max, _min = _extreme_of(max_), _extreme_of(min_)


def _cumsum(a: Any, axis: Any = None, dtype: Any = None, out: Any = None) -> Atom:
    no_out(out)
    atom, where = as_dtype(a, dtype), static(axis, "axis")
    if where is None:
        atom, where = (atom, 0) if rank_of(atom) == 1 else (ravel(atom), 0)
    return current().apply(cumsum, atom, axis=where)


FUNCTIONS: dict[Any, Any] = {
    np.sum: _sum,
    np.mean: _mean,
    np.max: _max,
    np.min: _min,
    np.amax: _max,
    np.amin: _min,
    np.cumsum: _cumsum,
}
METHODS: dict[str, Any] = {"sum": _sum, "mean": _mean, "max": _max, "min": _min, "cumsum": _cumsum}
