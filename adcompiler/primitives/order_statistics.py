"""Median, quantiles and percentiles, with and without nan.

A quantile lies between two neighbours of the sorted array.  Which elements those are is constant between ties;
at a tie the elements keep their order, as in np.sort, and so do their derivatives.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from adcompiler.errors import ArgumentError
from adcompiler.ir.builder import current
from adcompiler.ir.index import IndexPattern, Operand
from adcompiler.ir.nodes import Call
from adcompiler.ir.primitive import Primitive, Spelling, Statics, lookup
from adcompiler.ir.types import Array, PythonScalar, Type, dtype_of, scalar_or_array, shape_of
from adcompiler.ir.values import Atom, as_atom
from adcompiler.primitives.arrays import array_like, as_array
from adcompiler.primitives.axes import expand_dims, move_axis
from adcompiler.primitives.derived import derived
from adcompiler.primitives.dimensions import dimension, unspelled
from adcompiler.primitives.inert import isnan, refuse_complex
from adcompiler.primitives.kinds import linear
from adcompiler.primitives.reductions import REDUCED, no_out, reduced, reduced_shape
from adcompiler.primitives.samples import Sample
from adcompiler.primitives.selection import where
from adcompiler.primitives.shapes import Shape, normalized_axes, numbers
from adcompiler.primitives.shaping import Flags, rank_of, reshaped
from adcompiler.primitives.statics import static

NAN = float("nan")
_ROW = [1.0, 2.5, -3.0, 0.25]
_ODD = [1.0, 2.5, -3.0]
_GRID = [[1.0, 2.5, -3.0], [4.0, 0.5, 6.0]]
_BOX = [[[1.0, 2.0], [3.0, 4.5]], [[-5.0, 6.0], [7.0, 0.5]]]
_HOLES = [[1.0, 2.5, NAN, 0.5], [4.0, 0.75, 6.0, 3.5]]


# --- the elements in another order ---------------------------------------------------------------


def _infer_reordered(args: Sequence[Atom], statics: Statics) -> Type:
    return Array(dtype_of(args[0].type), shape_of(args[0].type))


def _reordered_back(call: Call, y_bar: Atom) -> Atom:
    """A permutation is transposed by its inverse, which sorts it."""
    order, axis = call.args[1], call.statics["axis"]
    inverse = current().apply(lookup("argsort"), order, **({"axis": axis} if axis != -1 else {}))
    return current().apply(reordered, y_bar, inverse, axis=axis)


def _batch_reordered(call: Call, args: Sequence[Atom], flags: Flags) -> Atom:
    order = current().apply(expand_dims, args[1], axis=0)
    axis = call.statics["axis"]
    return current().apply(reordered, args[0], order, axis=axis if axis < 0 else axis + 1)


reordered: Primitive = linear(
    "reordered",
    lambda x, order, *, axis: np.take_along_axis(x, np.broadcast_to(order, np.shape(x)), axis=axis),
    infer=_infer_reordered,
    spelling=Spelling("np.take_along_axis(_0, _1, axis=_axis)"),
    transpose=_reordered_back,
    batch=_batch_reordered,
    samples=(
        Sample((_ODD, [2, 0, 1]), {"axis": -1}),
        Sample((_GRID, [[2, 0, 1], [0, 2, 1]]), {"axis": 1}),
        Sample((_GRID, [[1, 0, 1], [0, 1, 0]]), {"axis": 0}),
        Sample(([2.0], [0]), {"axis": -1}),
    ),
    description="operand 0 in the order of a permutation along one axis",
)


def sorted_along_last(x: Atom) -> Atom:
    order = current().apply(lookup("argsort"), x, kind="stable")
    return current().apply(reordered, x, order, axis=-1)


# --- quantiles -----------------------------------------------------------------------------------

#: method → (α, β) of Hyndman & Fan (1996): the place of q among n elements is n q + α + q (1 - α - β) - 1
_PLACES = {
    "linear": (1.0, 1.0),
    "weibull": (0.0, 0.0),
    "hazen": (0.5, 0.5),
    "median_unbiased": (1.0 / 3.0, 1.0 / 3.0),
    "normal_unbiased": (0.375, 0.375),
    "interpolated_inverted_cdf": (0.0, 1.0),
}
#: those that never interpolate, and one that does only where two elements are as good
_JUMPS = ("inverted_cdf", "closest_observation", "averaged_inverted_cdf")
METHODS_OF_NUMPY = (*_PLACES, "lower", "higher", "nearest", "midpoint", *_JUMPS)


def _at_last(x: Atom, place: Atom) -> Atom:
    """``x[..., place]``"""
    index = IndexPattern((Ellipsis, Operand(0)), True)
    return current().apply(lookup("getitem"), x, place, index=index)


def _whole(x: Atom) -> Atom:
    return current().apply(lookup("cast"), x, dtype=np.dtype(np.intp))


def _gathered(x: Atom, axes: tuple[int, ...]) -> Atom:
    """The reduced axes as one, behind the others."""
    rank = rank_of(x)
    if len(axes) == rank:
        return x if rank == 1 else reshaped(x, (-1,))
    for axis in reversed(axes):
        x = move_axis(x, axis, rank - 1 - (len(axes) - 1 - axes.index(axis)))
    if len(axes) == 1:
        return x
    keep = [dimension(x, k) for k in range(rank - len(axes))]
    return reshaped(x, (*keep, -1))


def _place(q: Atom, count: Any, method: str) -> Atom:
    """Where q stands among the sorted elements 0 … count - 1."""
    last = as_atom(count) - 1
    if method in _JUMPS:
        return as_atom(q * count)
    if method not in _PLACES or method == "linear":
        return as_atom(q * last)
    alpha, beta = _PLACES[method]
    place = q * (1.0 - alpha - beta) + (alpha - 1.0) + q * count
    return as_atom(lookup("minimum")(lookup("maximum")(place, 0.0), last))


def _neighbours(place: Atom, method: str) -> tuple[Atom, Any]:
    """The lower element and the weight of the upper one (0 where only one counts)."""
    names = ("floor", "ceil", "rint") if rank_of(place) else _TO_INT
    if method in _JUMPS:
        return _jump(place, method, names)
    if method == "lower":
        return lookup(names[0])(place), 0.0
    if method == "higher":
        return lookup(names[1])(place), 0.0
    if method == "nearest":
        return lookup(names[2])(place), 0.0
    below: Atom = lookup(names[0])(place)
    between = as_atom(place - below)
    if method == "midpoint":
        return below, where(lookup("equal")(between, 0.0), 0.0, 0.5)
    return below, between


def _jump(place: Atom, method: str, names: Sequence[str]) -> tuple[Atom, Any]:
    """The same for the methods that choose: `place` is n q, counted from 1 as in Hyndman & Fan."""
    least = lookup("maximum" if rank_of(place) else "max")
    if method == "inverted_cdf":
        return as_atom(lookup(names[1])(least(place, 1.0)) - 1), 0.0
    if method == "closest_observation":
        return as_atom(lookup(names[2])(least(place, 1.0)) - 1), 0.0
    before = as_atom(place - 1.0)
    below = lookup(names[0])(before)
    weight = where(lookup("equal")(before, below), 0.5, 1.0)
    return as_atom(least(below, 0)), where(lookup("less")(before, 0.0), 0.0, weight)


#: for one number, with an int as the result
_TO_INT = ("integer_floor", "integer_ceil", "integer_round")


def _interpolated(x: Atom, q: Atom, count: Any, method: str) -> Atom:
    """The quantiles of a sorted vector, or of the rows of an array."""
    below, weight = _neighbours(_place(q, count, method), method)
    if not rank_of(q):
        low = _at_last(x, below)
        if isinstance(weight, float):
            return low
        above = lookup("min")(below + 1, as_atom(count) - 1)
        return as_atom(low + weight * (_at_last(x, above) - low))
    low = _at_last(x, _whole(below))
    if isinstance(weight, float):
        return low
    above = lookup("minimum")(below + 1.0, as_atom(count) - 1)
    return as_atom(low + weight * (_at_last(x, _whole(above)) - low))


def _of_each_row(x: Atom, q: Atom, count: Atom, method: str) -> Atom:
    """The same where every row counts other elements (no nans): its places are an array."""
    below, weight = _neighbours(_place(q, count, method), method)
    places = current().apply(lookup("arange"), dimension(x, rank_of(x) - 1))

    def at(place: Any) -> Atom:
        chosen = lookup("equal")(places, lookup("expand_dims")(place, axis=rank_of(place)))
        return current().apply(
            lookup("sum"), as_atom(where(chosen, x, 0.0)), axis=rank_of(chosen) - 1
        )

    low = at(below)
    if isinstance(weight, float):
        return low
    if not isinstance(weight.type, PythonScalar):  # places are counted in double precision
        weight = lookup("cast")(weight, dtype=_dtype(x, q))
    high = at(lookup("minimum")(below + 1.0, as_atom(count - 1)))
    return as_atom(low + weight * (high - low))


def _quantile_of(scale: float, skips_nan: bool) -> Callable[..., Atom]:
    def definition(
        x: Atom, q: Atom, axis: Any = None, method: str = "linear", keepdims: bool = False
    ) -> Atom:
        axes = normalized_axes(axis, rank_of(x))
        rows = _gathered(x, axes)
        share = as_atom(q / scale) if scale != 1.0 else q
        if skips_nan:
            found = _skipping(rows, share, method)
        else:
            count = dimension(rows, rank_of(rows) - 1)
            found = _interpolated(sorted_along_last(rows), share, count, method)
        lead = rank_of(q)
        if not skips_nan:  # the axes of q stand behind those of the rows; NumPy has them in front
            for _ in range(lead):
                found = move_axis(found, rank_of(found) - 1, 0)
        if keepdims:
            places = tuple(lead + axis for axis in axes)
            found = current().apply(expand_dims, found, axis=places)
        return found

    return definition


def _skipping(rows: Atom, q: Atom, method: str) -> Atom:
    """nans are sorted to the end; each row has as many elements as are left."""
    with unspelled():
        left = current().apply(lookup("logical_not"), isnan(rows))
    count = current().apply(lookup("sum"), left, axis=rank_of(rows) - 1)
    ordered = sorted_along_last(rows)
    filled = as_atom(where(isnan(ordered), 0.0, ordered))
    if rank_of(q) and rank_of(count):  # the axes of q stand in front of those of the rows
        axes = tuple(range(rank_of(q), rank_of(q) + rank_of(count)))
        q = current().apply(expand_dims, q, axis=axes if len(axes) > 1 else axes[0])
    return _of_each_row(filled, q, count, method)


def _infer_quantile(name: str) -> Any:
    def infer(args: Sequence[Atom], statics: Statics) -> Type:
        numbers(args, name)
        refuse_complex(args, name)
        x, q = args
        shape: Shape = (*shape_of(q.type), *reduced_shape(shape_of(x.type), statics))
        return scalar_or_array(_dtype(x, q), shape)

    return infer


def _dtype(x: Atom, q: Atom) -> np.dtype[Any]:
    """NumPy asks for float64 where q is an array of them; a Python float is weak."""
    wide = dtype_of(x.type) if dtype_of(x.type).kind == "f" else np.dtype(float)
    return wide if isinstance(q.type, PythonScalar) else np.result_type(wide, dtype_of(q.type))


_Q = {"axis": None, "method": "linear", "keepdims": False}


def _quantile(name: str, scale: float, skips_nan: bool = False) -> Primitive:
    function = getattr(np, name)
    grid = _HOLES if skips_nan else _GRID
    arrays = (
        Sample((_ROW, [0.3 * scale, 0.8 * scale])),
        Sample((_GRID, [0.3 * scale, 0.8 * scale]), {"axis": 1}),
        Sample((_GRID, [0.3 * scale]), {"axis": 0, "keepdims": True}),
    )
    return derived(
        name,
        lambda x, q, **statics: function(x, q, **statics),
        infer=_infer_quantile(f"np.{name}"),
        definition=_quantile_of(scale, skips_nan),
        spelling=Spelling(f"np.{name}(_0, _1)"),
        defaults=_Q,
        samples=(
            Sample((_ROW, 0.3 * scale)),
            Sample((_ODD, 0.8 * scale)),
            Sample((grid, 0.3 * scale)),
            Sample((grid, 0.3 * scale), {"axis": 0}),
            Sample((grid, 0.7 * scale), {"axis": -1, "keepdims": True}),
            Sample((_BOX, 0.6 * scale), {"axis": (0, 2)}),
            Sample((_BOX, 0.6 * scale), {"axis": (2, 0), "keepdims": True}),
            Sample((_GRID, 0.3 * scale), {"keepdims": True}),
            *(Sample((_ROW, 0.45 * scale), {"method": m}) for m in METHODS_OF_NUMPY[1:]),
            *arrays,
            Sample(([2.5], 0.5 * scale)),
        ),
    )


quantile = _quantile("quantile", 1.0)
percentile = _quantile("percentile", 100.0)
nanquantile = _quantile("nanquantile", 1.0, True)
nanpercentile = _quantile("nanpercentile", 100.0, True)


def _median_of(skips_nan: bool) -> Callable[..., Atom]:
    def definition(x: Atom, axis: Any = None, keepdims: bool = False) -> Atom:
        return _quantile_of(1.0, skips_nan)(x, as_atom(0.5), axis, "linear", keepdims)

    return definition


def _infer_median(args: Sequence[Atom], statics: Statics) -> Type:
    refuse_complex(args, "np.median")
    numbers(args, "np.median")
    dtype = dtype_of(args[0].type)
    return scalar_or_array(
        dtype if dtype.kind == "f" else np.dtype(float),
        reduced_shape(shape_of(args[0].type), statics),
    )


def _median(name: str, skips_nan: bool) -> Primitive:
    function = getattr(np, name)
    grid = _HOLES if skips_nan else _GRID
    return derived(
        name,
        lambda x, axis=None, keepdims=False: function(x, axis=axis, keepdims=keepdims),
        infer=_infer_median,
        definition=_median_of(skips_nan),
        spelling=Spelling(f"np.{name}(_0)"),
        defaults=REDUCED,
        samples=(
            Sample((_ROW,)),
            Sample((_ODD,)),
            Sample((grid,)),
            Sample((grid,), {"axis": 0}),
            Sample((grid,), {"axis": -1, "keepdims": True}),
            Sample((_BOX,), {"axis": (0, 1)}),
            Sample((_BOX,), {"axis": (0, 2), "keepdims": True}),
            Sample((grid,), {"keepdims": True}),
            Sample(([2.5],)),
            Sample((np.array(_ROW, np.float32),)),
        ),
    )


median = _median("median", False)
nanmedian = _median("nanmedian", True)


# --- the user's functions ------------------------------------------------------------------------


def _quantile_function(row: Primitive) -> Callable[..., Atom]:
    def call(
        a: Any,
        q: Any,
        axis: Any = None,
        out: Any = None,
        overwrite_input: Any = False,
        method: Any = "linear",
        keepdims: Any = False,
        *,
        weights: Any = None,
    ) -> Atom:
        no_out(out)
        kind = static(method, "method")
        if weights is not None or kind not in METHODS_OF_NUMPY:
            raise ArgumentError(
                f"`np.{row.name}` with these weights or with method={kind!r} is not supported.",
                write=f"one of the methods {', '.join(METHODS_OF_NUMPY)}",
            )
        if static(overwrite_input, "overwrite_input"):
            raise ArgumentError(
                "a derivative never overwrites its input.", write=f"np.{row.name}(x, q)"
            )
        atom, where_ = as_array(array_like(a)), static(axis, "axis")
        statics: dict[str, Any] = {} if kind == "linear" else {"method": kind}
        share = array_like(q)
        if rank_of(share) > 1:
            raise ArgumentError("q is a number or a vector here.", write="q.ravel()")
        if where_ is not None:
            statics["axis"] = tuple(where_) if isinstance(where_, list) else where_
        if static(keepdims, "keepdims"):
            statics["keepdims"] = True
        if not rank_of(atom):
            atom = reshaped(atom, (1,))
        return current().apply(row, atom, share, **statics)

    call.__name__ = row.name
    return call


def _median_function(row: Primitive) -> Callable[..., Atom]:
    def call(
        a: Any,
        axis: Any = None,
        out: Any = None,
        overwrite_input: Any = False,
        keepdims: Any = False,
    ) -> Atom:
        no_out(out)
        if static(overwrite_input, "overwrite_input"):
            raise ArgumentError("a derivative never overwrites its input.", write="np.median(x)")
        atom = array_like(a)
        return reduced(
            row, atom if rank_of(atom) else reshaped(as_array(atom), (1,)), axis, keepdims
        )

    call.__name__ = row.name
    return call


FUNCTIONS: dict[Any, Any] = {
    np.median: _median_function(median),
    np.nanmedian: _median_function(nanmedian),
    np.quantile: _quantile_function(quantile),
    np.percentile: _quantile_function(percentile),
    np.nanquantile: _quantile_function(nanquantile),
    np.nanpercentile: _quantile_function(nanpercentile),
}
