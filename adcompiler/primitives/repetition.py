"""The same elements again: tile, repeat, resize."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from adcompiler.errors import ArgumentError
from adcompiler.ir.builder import current
from adcompiler.ir.index import IndexPattern, Operand
from adcompiler.ir.lengths import Length, unknown
from adcompiler.ir.nodes import Call
from adcompiler.ir.primitive import Spelling, Statics, lookup
from adcompiler.ir.types import Array, Type, dtype_of, shape_of
from adcompiler.ir.values import Atom, Constant, as_atom
from adcompiler.primitives.arrays import array_like, is_list, with_axes
from adcompiler.primitives.dimensions import (
    Dimension,
    dimension,
    dimensions,
    length_from,
    shape_operands,
    size_operand,
    times,
    token,
    unspelled,
)
from adcompiler.primitives.indexing import accumulate
from adcompiler.primitives.joining import part
from adcompiler.primitives.kinds import inert, linear
from adcompiler.primitives.samples import Sample
from adcompiler.primitives.shapes import normalized_axes
from adcompiler.primitives.shaping import Flags, rank_of
from adcompiler.primitives.statics import static

_GRID = [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]


# --- tile -----------------------------------------------------------------------------------------


def _aligned(args: Sequence[Atom]) -> tuple[list[Length], list[Length]]:
    """Shape and repetitions with leading ones, so that there are equally many."""
    shape, counts = list(shape_of(args[0].type)), [length_from(a) for a in args[1:]]
    rank = max(len(shape), len(counts))
    one = [Length.of(1)]
    return one * (rank - len(shape)) + shape, one * (rank - len(counts)) + counts


def _infer_tile(args: Sequence[Atom], statics: Statics) -> Type:
    shape, counts = _aligned(args)
    return Array(dtype_of(args[0].type), tuple(n * m for n, m in zip(shape, counts, strict=True)))


def _tile_back(call: Call, y_bar: Atom) -> Atom:
    """Each axis as (count, length), and the sum over the counts."""
    x, *counts = call.args
    if not rank_of(x):
        return lookup("sum")(y_bar)  # type: ignore[no-any-return]
    rank = max(rank_of(x), len(counts))
    lengths: list[Dimension] = [*[1] * (rank - rank_of(x)), *shape_operands(x)]
    times_: list[Atom] = [as_atom(1)] * (rank - len(counts)) + counts
    shape: list[Any] = []
    axes: list[int] = []
    for count, length in zip(times_, lengths, strict=True):
        if not (isinstance(count, Constant) and count.value == 1):
            axes.append(len(shape))
            shape.append(count)
        shape.append(length)
    if axes:
        y_bar = lookup("reshape")(y_bar, *shape)
        y_bar = lookup("sum")(y_bar, axis=axes[0] if len(axes) == 1 else tuple(axes))
    missing = rank - rank_of(x)
    if not missing:
        return y_bar
    return lookup("squeeze")(y_bar, axis=tuple(range(missing)))  # type: ignore[no-any-return]


def _batch_tile(call: Call, args: Sequence[Atom], flags: Flags) -> Atom:
    """The leading axis is not repeated; axes that tile adds are added behind it first."""
    x, *counts = args
    missing = len(counts) - (rank_of(x) - 1)
    if missing > 0:
        x = lookup("expand_dims")(x, axis=tuple(range(1, missing + 1)))
    filled = [1] * max(-missing, 0)
    return current().apply(tile, x, 1, *filled, *counts)


def _tile_row(name: str, template: str, samples: Sequence[Sample]) -> Any:
    return linear(
        name,
        lambda x, *counts: np.tile(x, counts),
        infer=_infer_tile,
        spelling=Spelling(template),
        transpose=_tile_back,
        batch=_batch_tile,
        samples=samples,
    )


tile = _tile_row(
    "tile",
    "np.tile(_0, (*_rest,))",
    (
        Sample(([1.0, 2.0], 2, 3)),
        Sample((_GRID, 2, 3)),
        Sample((_GRID, 1, 2)),
        Sample((_GRID, 2, 1, 1)),
        Sample(([1.0, 2.0], 0, 2)),
        Sample((1.5, 2, 3)),
    ),
)
tile_once = _tile_row(
    "tile_once",
    "np.tile(_0, _1)",
    (Sample(([1.0, 2.0], 3)), Sample((_GRID, 2)), Sample((1.5, 3)), Sample(([1.0], 0))),
)


def _tile(A: Any, reps: Any) -> Atom:  # noqa: N803 - NumPy's name
    counts = dimensions(reps)
    if not counts:
        return lookup("copy")(array_like(A))  # type: ignore[no-any-return]
    row = tile if is_list(reps) else tile_once
    return current().apply(row, array_like(A), *counts)


# --- repeat ---------------------------------------------------------------------------------------


def _axis_of(args: Sequence[Atom], statics: Statics, batched: bool = False) -> int:
    rank = rank_of(args[0]) - batched
    return normalized_axes(statics["axis"], rank)[0]


def _infer_repeat(args: Sequence[Atom], statics: Statics) -> Type:
    x, count = args
    axis, shape = _axis_of(args, statics), shape_of(x.type)
    return Array(
        dtype_of(x.type), (*shape[:axis], shape[axis] * length_from(count), *shape[axis + 1 :])
    )


def _repeat_back(call: Call, y_bar: Atom) -> Atom:
    x, count = call.args
    axis, shape = _axis_of(call.args, call.statics), shape_operands(x)
    wide = lookup("reshape")(y_bar, *shape[: axis + 1], count, *shape[axis + 1 :])
    return lookup("sum")(wide, axis=axis + 1)  # type: ignore[no-any-return]


def _batch_repeat(call: Call, args: Sequence[Atom], flags: Flags) -> Atom:
    return current().apply(repeat, *args, axis=_axis_of(args, call.statics, True) + 1)


repeat = linear(
    "repeat",
    lambda x, count, *, axis: np.repeat(x, count, axis=axis),
    infer=_infer_repeat,
    spelling=Spelling("np.repeat(_0, _1)"),
    transpose=_repeat_back,
    batch=_batch_repeat,
    samples=(
        Sample(([1.0, 2.0], 3), {"axis": 0}),
        Sample((_GRID, 2), {"axis": 1}),
        Sample((_GRID, 2), {"axis": -2}),
        Sample(([1.0, 2.0], 0), {"axis": 0}),
        Sample(([], 2), {"axis": 0}),
    ),
)


def _infer_repeated_places(args: Sequence[Atom], statics: Statics) -> Type:
    counts = args[1]
    return Array(np.dtype(np.intp), (unknown("sum(repeats)", token(counts)),))


repeated_places = inert(
    "repeated_places",
    lambda n, counts: np.repeat(np.arange(n), counts),
    infer=_infer_repeated_places,
    spelling=Spelling("np.repeat(np.arange(_0), _1)"),
    samples=(Sample((3, [1, 0, 2])), Sample((2, [1, 1]))),
    description="the position of each element, as often as it is repeated",
)


def _repeat(a: Any, repeats: Any, axis: Any = None) -> Atom:
    x, where = with_axes(array_like(a), 1), static(axis, "axis")
    if where is None:
        x, where = (lookup("reshape")(x, -1) if rank_of(x) > 1 else x), 0
    (where,) = normalized_axes(where, rank_of(x))
    counts = array_like(repeats)
    if not shape_of(counts.type):
        return current().apply(repeat, x, *dimensions(counts), axis=where)
    places = current().apply(repeated_places, dimension(x, where), counts)
    return current().apply(lookup("getitem"), x, places, index=part(where, Operand(0)))


# --- resize ---------------------------------------------------------------------------------------


def _infer_resize(args: Sequence[Atom], statics: Statics) -> Type:
    return Array(dtype_of(args[0].type), tuple(length_from(a) for a in args[1:]))


def _resize_back(call: Call, y_bar: Atom) -> Atom:
    """Element k of the result is element k mod n of the operand."""
    x = call.args[0]
    flat = lookup("reshape")(y_bar, -1)
    with unspelled():
        n = size_operand(x)
        places = lookup("remainder")(lookup("arange")(size_operand(flat)), n)
    zeros = lookup("zeros_like")(x)
    row = zeros if rank_of(x) == 1 else lookup("reshape")(zeros, -1)
    total = accumulate(row, flat, [places], IndexPattern((Operand(0),), False))
    return total if rank_of(x) == 1 else lookup("reshape_like")(total, x)


def _batch_resize(call: Call, args: Sequence[Atom], flags: Flags) -> Atom:
    x, *dims = args
    rows = lookup("reshape")(x, dimension(x, 0), -1)
    with unspelled():
        total: Dimension = 1
        for a in dims:
            total = times(total, a.value if isinstance(a, Constant) else a)
        places = lookup("remainder")(lookup("arange")(total), dimension(rows, 1))
    index = IndexPattern((Operand(0),), False).behind(1)
    wide = current().apply(lookup("getitem"), rows, places, index=index)
    return lookup("reshape")(wide, dimension(x, 0), *dims)  # type: ignore[no-any-return]


resize = linear(
    "resize",
    lambda x, *shape: np.resize(x, shape),
    infer=_infer_resize,
    spelling=Spelling("np.resize(_0, (*_rest,))"),
    transpose=_resize_back,
    batch=_batch_resize,
    samples=(
        Sample(([1.0, 2.0, 3.0], 2, 2)),
        Sample((_GRID, 4)),
        Sample((_GRID, 3, 3)),
        Sample(([1.0, 2.0], 5)),
    ),
)


def _resize(a: Any, new_shape: Any) -> Atom:
    x, dims = with_axes(array_like(a), 1), dimensions(new_shape)
    if not dims:
        raise ArgumentError("`np.resize` to no axes is not supported.", write="a[0]")
    return current().apply(resize, x, *dims)


FUNCTIONS: dict[Any, Any] = {np.tile: _tile, np.repeat: _repeat, np.resize: _resize}
METHODS: dict[str, Any] = {"repeat": _repeat}
