"""The order and number of axes: transpose, squeeze, expand_dims, flip and what is made of them.

All are linear views.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from adcompiler.errors import ShapeError
from adcompiler.ir.builder import current
from adcompiler.ir.index import IndexPattern, Slice
from adcompiler.ir.lengths import Length
from adcompiler.ir.nodes import Call
from adcompiler.ir.primitive import Spelling, Statics, lookup
from adcompiler.ir.types import (
    Type,
    shape_of,
)
from adcompiler.ir.values import Atom
from adcompiler.primitives.arrays import array_like, as_array
from adcompiler.primitives.kinds import linear
from adcompiler.primitives.samples import Sample
from adcompiler.primitives.shapes import (
    Shape,
    normalized_axes,
)
from adcompiler.primitives.shaping import Flags, rank_of, view_type
from adcompiler.primitives.statics import static

# --- order ----------------------------------------------------------------------------------------


def _permutation(axes: Any, rank: int) -> tuple[int, ...]:
    if axes is None:
        return tuple(reversed(range(rank)))
    if isinstance(axes, (int, np.integer)):
        axes = (axes,)
    if len(axes) != rank or sorted(a % rank for a in axes if -rank <= a < rank) != list(
        range(rank)
    ):
        raise ShapeError(f"{tuple(axes)} is not an order of {rank} axes.")
    return tuple(a % rank for a in axes)


def _infer_transpose(args: Sequence[Atom], statics: Statics) -> Type:
    shape = shape_of(args[0].type)
    return view_type(args, tuple(shape[a] for a in _permutation(statics.get("axes"), len(shape))))


def _transpose_back(call: Call, y_bar: Atom) -> Atom:
    order = _permutation(call.statics.get("axes"), rank_of(call.args[0]))
    return transposed(y_bar, tuple(order.index(k) for k in range(len(order))))


def _batch_transpose(call: Call, args: Sequence[Atom], flags: Flags) -> Atom:
    order = _permutation(call.statics.get("axes"), rank_of(args[0]) - 1)
    return transposed(args[0], (0, *(a + 1 for a in order)))


transpose = linear(
    "transpose",
    lambda x, axes=None: np.transpose(x, axes),
    infer=_infer_transpose,
    spelling=Spelling("np.transpose(_0)"),
    transpose=_transpose_back,
    batch=_batch_transpose,
    memory="view",
    defaults={"axes": None},
    samples=(
        Sample(([[1.0, 2.0, 3.0]],), {"axes": (1, 0)}),
        Sample(([[[1.0, 2.0]], [[3.0, 4.0]]],), {"axes": (1, 2, 0)}),
        Sample(([[[1.0, 2.0]], [[3.0, 4.0]]],), {"axes": (-1, 0, 1)}),
        Sample(([1.0, 2.0],)),
        Sample(([[]],)),
    ),
)
reverse_axes = linear(
    "reverse_axes",
    lambda x: np.transpose(x),
    infer=_infer_transpose,
    spelling=Spelling("_0.T"),
    transpose=_transpose_back,
    batch=_batch_transpose,
    memory="view",
    samples=(
        Sample(([[1.0, 2.0, 3.0]],)),
        Sample(([[[1.0, 2.0]], [[3.0, 4.0]]],)),
        Sample(([1.0],)),
    ),
    description="the transpose `.T`",
)


def transposed(x: Atom, axes: tuple[int, ...] | None = None) -> Atom:
    """The axes in another order, ``x.T`` where that is the reverse; none for the identity."""
    rank = rank_of(x)
    order = _permutation(axes, rank)
    if order == tuple(range(rank)):
        return x
    if order == _permutation(None, rank):
        return current().apply(reverse_axes, x)
    return current().apply(transpose, x, axes=order)


def move_axis(x: Atom, source: int, destination: int) -> Atom:
    order = [k for k in range(rank_of(x)) if k != source]
    order.insert(destination, source)
    return transposed(x, tuple(order))


# --- axes of length 1 -----------------------------------------------------------------------------


def _infer_squeeze(args: Sequence[Atom], statics: Statics) -> Type:
    shape = shape_of(args[0].type)
    axes = (
        _ones(shape)
        if statics.get("axis") is None
        else normalized_axes(statics["axis"], len(shape))
    )
    for axis in axes:
        if shape[axis].cannot_be_one:
            raise ShapeError(
                f"axis {axis} of length {shape[axis]} cannot be squeezed: it is not 1."
            )
    return view_type(args, tuple(n for k, n in enumerate(shape) if k not in axes))


def _ones(shape: Shape) -> tuple[int, ...]:
    """The axes that ``squeeze()`` removes, where that is known."""
    for axis, length in enumerate(shape):
        if not length.is_one and not length.cannot_be_one:
            raise ShapeError(
                f"whether axis {axis} of length {length} is squeezed depends on the run.",
                why="the number of axes must be known while compiling.",
                write=f"squeeze(axis={axis}), or no squeeze",
            )
    return tuple(axis for axis, length in enumerate(shape) if length.is_one)


def _short(axes: tuple[int, ...]) -> int | tuple[int, ...]:
    return axes[0] if len(axes) == 1 else axes


def _squeezed_axes(call: Call) -> tuple[int, ...]:
    shape = shape_of(call.args[0].type)
    return (
        _ones(shape)
        if call.statics.get("axis") is None
        else normalized_axes(call.statics["axis"], len(shape))
    )


def _batch_squeeze(call: Call, args: Sequence[Atom], flags: Flags) -> Atom:
    return current().apply(
        squeeze, args[0], axis=_short(tuple(a + 1 for a in _squeezed_axes(call)))
    )


squeeze = linear(
    "squeeze",
    lambda x, axis=None: np.squeeze(x, axis=axis),
    infer=_infer_squeeze,
    spelling=Spelling("np.squeeze(_0)"),
    transpose=lambda call, y_bar: lookup("expand_dims")(y_bar, axis=_short(_squeezed_axes(call))),
    batch=_batch_squeeze,
    memory="view",
    defaults={"axis": None},
    samples=(
        Sample(([[1.0, 2.0]],), {"axis": 0}),
        Sample(([[[1.0], [2.0]]],), {"axis": (0, -1)}),
        Sample(([[1.0]],)),
        Sample(([1.0, 2.0],)),
    ),
)


def _inserted(axis: int | tuple[int, ...], rank: int) -> tuple[int, ...]:
    axes = axis if isinstance(axis, tuple) else (axis,)
    return normalized_axes(axes, rank + len(axes))


def _infer_expand(args: Sequence[Atom], statics: Statics) -> Type:
    rest = list(shape_of(args[0].type))
    for axis in _inserted(statics["axis"], len(rest)):
        rest.insert(axis, Length.of(1))
    return view_type(args, tuple(rest))


def _batch_expand(call: Call, args: Sequence[Atom], flags: Flags) -> Atom:
    axes = _inserted(call.statics["axis"], rank_of(args[0]) - 1)
    return current().apply(expand_dims, args[0], axis=_short(tuple(a + 1 for a in axes)))


expand_dims = linear(
    "expand_dims",
    lambda x, *, axis: np.expand_dims(x, axis),
    infer=_infer_expand,
    spelling=Spelling("np.expand_dims(_0, _axis)"),
    transpose=lambda call, y_bar: current().apply(
        squeeze, y_bar, axis=_short(_inserted(call.statics["axis"], rank_of(call.args[0])))
    ),
    batch=_batch_expand,
    memory="view",
    samples=(
        Sample(([1.0, 2.0],), {"axis": 0}),
        Sample(([1.0, 2.0],), {"axis": -1}),
        Sample(([1.0],), {"axis": (0, 2)}),
        Sample((1.5,), {"axis": 0}),
        Sample(([],), {"axis": 1}),
    ),
)


# --- the user's functions -------------------------------------------------------------------------


def _transpose(a: Any, axes: Any = None) -> Atom:
    x, order = as_array(array_like(a)), static(axes, "axes")
    normal = _permutation(order, rank_of(x))
    if normal == _permutation(None, rank_of(x)):
        return current().apply(reverse_axes, x)
    return current().apply(transpose, x, axes=normal)


def _transpose_method(self: Atom, *axes: Any) -> Atom:
    if len(axes) == 1 and (axes[0] is None or isinstance(axes[0], (tuple, list))):
        return _transpose(self, axes[0])
    return _transpose(self, axes or None)


def _swapaxes(a: Any, axis1: Any, axis2: Any) -> Atom:
    x = as_array(array_like(a))
    order = list(range(rank_of(x)))
    (i,), (j,) = (normalized_axes(static(axis, "axis"), len(order)) for axis in (axis1, axis2))
    order[i], order[j] = order[j], order[i]
    return _transpose(x, tuple(order))


def _moveaxis(a: Any, source: Any, destination: Any) -> Atom:
    x = as_array(array_like(a))
    pairs = [static(value, "axis") for value in (source, destination)]
    sources, places = (tuple(p) if isinstance(p, (tuple, list)) else (p,) for p in pairs)
    rank = rank_of(x)
    if len(sources) != len(places):
        raise ShapeError("np.moveaxis needs as many destinations as sources.")
    for axes in (sources, places):
        normalized_axes(axes, rank)
    moved = dict(sorted(zip((p % rank for p in places), (s % rank for s in sources), strict=True)))
    order = [k for k in range(rank) if k not in moved.values()]
    for place, axis in moved.items():
        order.insert(place, axis)
    return _transpose(x, tuple(order))


def _rollaxis(a: Any, axis: Any, start: Any = 0) -> Atom:
    x = as_array(array_like(a))
    rank = rank_of(x)
    (source,) = normalized_axes(static(axis, "axis"), rank)
    place = static(start, "start")
    place = place + rank if place < 0 else place
    return _moveaxis(x, source, place - (source < place))


def _squeeze(a: Any, axis: Any = None) -> Atom:
    x, where = as_array(array_like(a)), static(axis, "axis")
    axes = _ones(shape_of(x.type)) if where is None else normalized_axes(where, rank_of(x))
    return current().apply(squeeze, x, axis=_short(axes))


def _expand_dims(a: Any, axis: Any) -> Atom:
    where = static(axis, "axis")
    return current().apply(
        expand_dims, array_like(a), axis=tuple(where) if isinstance(where, list) else where
    )


def flip(m: Any, axis: Any = None) -> Atom:
    """Reversed along the axes: ``m[::-1]``."""
    x, where = array_like(m), static(axis, "axis")
    axes = normalized_axes(where, rank_of(x))
    entries = tuple(
        Slice(None, None, -1) if k in axes else Slice() for k in range(max(axes, default=-1) + 1)
    )
    return current().apply(lookup("getitem"), x, index=IndexPattern(entries, len(entries) != 1))


FUNCTIONS: dict[Any, Any] = {
    np.transpose: _transpose,
    np.swapaxes: _swapaxes,
    np.moveaxis: _moveaxis,
    np.rollaxis: _rollaxis,
    np.squeeze: _squeeze,
    np.expand_dims: _expand_dims,
    np.flip: flip,
    np.flipud: lambda m: flip(m, 0),
    np.fliplr: lambda m: flip(m, 1),
}
METHODS: dict[str, Any] = {
    "transpose": _transpose_method,
    "squeeze": _squeeze,
    "swapaxes": _swapaxes,
}
ATTRIBUTES: dict[str, Any] = {"T": _transpose}
