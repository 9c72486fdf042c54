"""Elements by position along an axis: take, take_along_axis, and orders that name each one once.

What is taken is given back with `accumulate`: an element that was taken twice gets both cotangents.
An order (a sort) takes each element once, so its adjoint is a write.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from adcompiler.errors import ArgumentError, ShapeError
from adcompiler.ir.builder import current
from adcompiler.ir.index import IndexPattern, Operand
from adcompiler.ir.lengths import Length
from adcompiler.ir.nodes import Call
from adcompiler.ir.primitive import Primitive, Spelling, Statics, lookup
from adcompiler.ir.types import Array, Type, dtype_of, scalar_or_array, shape_of
from adcompiler.ir.values import Atom
from adcompiler.primitives.accumulation import fit_cotangent
from adcompiler.primitives.arrays import array_like, as_array
from adcompiler.primitives.dimensions import dimension, plus, size_operand, unspelled
from adcompiler.primitives.indexing import accumulate
from adcompiler.primitives.joining import as_rows, part
from adcompiler.primitives.kinds import general, linear
from adcompiler.primitives.samples import Sample
from adcompiler.primitives.shapes import broadcast_shapes, normalized_axes
from adcompiler.primitives.shaping import Flags, rank_of
from adcompiler.primitives.statics import static

_ROW = [1.0, 2.0, 3.0, 4.0]
_GRID = [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]


def integers(index: Atom, name: str) -> Atom:
    if dtype_of(index.type).kind not in "iu":
        raise ArgumentError(
            f"`{name}` takes integer indices and got {index.type}.",
            write="x[mask] for a mask, or i.astype(int)",
        )
    return index


def unbatched(flags: Flags) -> None:
    if any(flags):
        raise ArgumentError("an index cannot differ between the directions of a derivative.")


# --- take -----------------------------------------------------------------------------------------


def _infer_take(args: Sequence[Atom], statics: Statics) -> Type:
    x, index = args
    integers(index, "np.take")
    shape, axis = shape_of(x.type), statics.get("axis")
    if axis is None:
        return scalar_or_array(dtype_of(x.type), shape_of(index.type))
    (k,) = normalized_axes(axis, len(shape))
    found = (*shape[:k], *shape_of(index.type), *shape[k + 1 :])
    return scalar_or_array(dtype_of(x.type), found)


def _take_back(call: Call, y_bar: Atom) -> Atom:
    x, index = call.args
    axis = call.statics.get("axis")
    zeros = lookup("zeros_like")(x)
    if axis is not None or rank_of(x) == 1:
        (k,) = normalized_axes(axis or 0, rank_of(x))
        return accumulate(zeros, y_bar, [index], part(k, Operand(0)))
    flat = accumulate(lookup("reshape")(zeros, -1), y_bar, [index], part(0, Operand(0)))
    return lookup("reshape_like")(flat, x)  # type: ignore[no-any-return]


def _batch_take(call: Call, args: Sequence[Atom], flags: Flags) -> Atom:
    unbatched(flags[1:])
    x, index = args
    axis, rank = call.statics.get("axis"), rank_of(x) - 1
    if axis is None and rank != 1:
        x = lookup("reshape")(x, dimension(x, 0), -1)
    return current().apply(take, x, index, axis=1 if axis is None else axis % rank + 1)


take = linear(
    "take",
    lambda x, index, axis=None: np.take(x, index, axis=axis),
    infer=_infer_take,
    spelling=Spelling("np.take(_0, _1)"),
    transpose=_take_back,
    batch=_batch_take,
    defaults={"axis": None},
    samples=(
        Sample((_ROW, [0, 2, 0])),
        Sample((_ROW, 2)),
        Sample((_GRID, [0, 5, -1])),
        Sample((_GRID, [0, 2]), {"axis": 1}),
        Sample((_GRID, [[0, 1], [1, 1]]), {"axis": 0}),
        Sample((_GRID, 1), {"axis": -1}),
    ),
)


def _within(index: Atom, n: Any, mode: str) -> Atom:
    """The indices that ``mode="clip"`` or ``"wrap"`` makes of any integers."""
    with unspelled():
        if mode == "wrap":
            return lookup("remainder")(index, n)  # type: ignore[no-any-return]
        return lookup("minimum")(lookup("maximum")(index, 0), plus(n, -1))  # type: ignore[no-any-return]


def _take(a: Any, indices: Any, axis: Any = None, out: Any = None, mode: Any = "raise") -> Atom:
    if out is not None:
        raise ArgumentError("`np.take` with `out=` is not supported.", write="y = np.take(a, i)")
    x, index = as_array(array_like(a)), integers(array_like(indices), "np.take")
    where, how = static(axis, "axis"), static(mode, "mode")
    if where is None and not rank_of(x):
        x = lookup("reshape")(x, -1)
    if how not in ("raise", "clip", "wrap"):
        raise ArgumentError(f"mode={how!r} is not known.", write="'raise', 'clip' or 'wrap'")
    if how != "raise":
        n = size_operand(x) if where is None else dimension(x, where)
        index = _within(index, n, how)
    options: dict[str, Any] = {} if where is None else {"axis": where}
    return current().apply(take, x, index, **options)


# --- take_along_axis ------------------------------------------------------------------------------


def _infer_along(args: Sequence[Atom], statics: Statics) -> Type:
    x, index = args
    integers(index, "np.take_along_axis")
    shape, wanted = shape_of(x.type), shape_of(index.type)
    if len(shape) != len(wanted):
        raise ShapeError(
            f"np.take_along_axis needs as many axes in both arrays and got {x.type} and "
            f"{index.type}."
        )
    (k,) = normalized_axes(statics["axis"], len(shape))
    rest = (*shape[:k], Length.of(1), *shape[k + 1 :])
    found = broadcast_shapes([rest, wanted])
    return Array(dtype_of(x.type), (*found[:k], wanted[k], *found[k + 1 :]))


def _along_back(call: Call, y_bar: Atom) -> Atom:
    """Added at (i, …, index[i, …, j], …): open grids for the other axes."""
    x, index = call.args
    rank = rank_of(x)
    (k,) = normalized_axes(call.statics["axis"], rank)
    places: list[Atom] = []
    for axis in range(rank):
        if axis == k:
            places.append(index)
            continue
        grid = lookup("arange")(dimension(x, axis))
        behind = tuple(range(1, rank - axis))
        if behind:
            grid = lookup("expand_dims")(grid, axis=behind if len(behind) > 1 else behind[0])
        places.append(grid)
    pattern = IndexPattern(tuple(Operand(p) for p in range(rank)), rank > 1)
    return accumulate(lookup("zeros_like")(x), y_bar, places, pattern)


def _batch_along(call: Call, args: Sequence[Atom], flags: Flags) -> Atom:
    unbatched(flags[1:])
    x, index = args
    index = lookup("expand_dims")(index, axis=0)
    axis = call.statics["axis"] % (rank_of(x) - 1) + 1
    return current().apply(take_along_axis, x, index, axis=axis)


take_along_axis = linear(
    "take_along_axis",
    lambda x, index, *, axis: np.take_along_axis(x, index, axis),
    infer=_infer_along,
    spelling=Spelling("np.take_along_axis(_0, _1, axis=_axis)"),
    transpose=_along_back,
    batch=_batch_along,
    samples=(
        Sample((_ROW, [0, 2, 0]), {"axis": 0}),
        Sample((_GRID, [[0, 2], [1, 1]]), {"axis": 1}),
        Sample((_GRID, [[0, 1, 1]]), {"axis": 0}),
        Sample(([_GRID], [[[0, 1], [1, 1]]]), {"axis": -1}),
    ),
)


def _take_along_axis(arr: Any, indices: Any, axis: Any = -1) -> Atom:
    x, index, where = array_like(arr), array_like(indices), static(axis, "axis")
    if where is None:
        x, where = lookup("reshape")(x, -1), 0
    return current().apply(take_along_axis, x, index, axis=where)


# --- orders ---------------------------------------------------------------------------------------


def _infer_order(args: Sequence[Atom], statics: Statics) -> Type:
    return Array(dtype_of(args[0].type), shape_of(args[0].type))


def _order_rows(suffix: str, read: str, write: str) -> tuple[Primitive, Primitive]:
    """Reading in an order, and writing back: each is the transpose of the other.

    The order is a permutation along the axis, so a write leaves nothing of what was there.
    """

    def written(array: Any, value: Any, order: Any, *, axis: int) -> Any:
        result = np.array(array)
        np.put_along_axis(result, order, value, axis)
        return result

    def in_batch(call: Call, x: Atom, order: Atom) -> dict[str, Any]:
        return {"axis": call.statics["axis"] % rank_of(order) + 1}

    def batch_read(call: Call, args: Sequence[Atom], flags: Flags) -> Atom:
        unbatched(flags[1:])
        x, order = args
        wide = lookup("expand_dims")(order, axis=0)
        return current().apply(lookup("in_order"), x, wide, **in_batch(call, x, order))

    def batch_write(call: Call, args: Sequence[Atom], flags: Flags) -> Atom:
        unbatched(flags[2:])
        array, value, order = args
        value = value if flags[1] else as_rows(value, array)
        zeros = lookup("zeros_like")(value)
        wide = lookup("expand_dims")(order, axis=0)
        return current().apply(
            lookup("put_in_order"), zeros, value, wide, **in_batch(call, value, order)
        )

    def push_write(call: Call, tangents: Sequence[Atom | None]) -> Atom | None:
        array, _, order = call.args
        if tangents[1] is None:
            return None
        zeros = lookup("zeros_like")(array)
        return current().apply(putting, zeros, tangents[1], order, **call.statics)

    grid = _GRID if suffix == "" else _ROW
    order: Any = [[2, 0, 1], [0, 1, 2]] if suffix == "" else [2, 0, 3, 1]
    reading = linear(
        f"in_order{suffix}",
        lambda x, order, *, axis: np.take_along_axis(x, order, axis),
        infer=_infer_order,
        spelling=Spelling(read),
        transpose=lambda call, y_bar: current().apply(
            putting, lookup("zeros_like")(call.args[0]), y_bar, call.args[1], **call.statics
        ),
        batch=batch_read,
        samples=(Sample((grid, order), {"axis": -1}),),
        defaults={"axis": -1} if suffix else {},
        description="operand 0 in the order of operand 1, which names each element once",
    )
    putting = general(
        f"put_in_order{suffix}",
        written,
        infer=_infer_order,
        spelling=Spelling("", update=write),
        pushforward=push_write,
        pullback=lambda call, y_bar, wanted: [
            None,
            fit_cotangent(
                call.args[1], current().apply(reading, y_bar, call.args[2], **call.statics)
            )
            if wanted[1]
            else None,
            None,
        ],
        batch=batch_write,
        memory="update",
        samples=(Sample((grid, grid, order), {"axis": -1}),),
        defaults={"axis": -1} if suffix else {},
        description="operand 1 written in the order of operand 2, which names each element once",
    )
    return reading, putting


in_order, put_in_order = _order_rows(
    "", "np.take_along_axis(_0, _1, axis=_axis)", "np.put_along_axis(_0, _2, _1, axis=_axis)"
)
vector_in_order, put_vector_in_order = _order_rows("_vector", "_0[_1]", "_0[_2] = _1")


def reordered(x: Atom, order: Atom, axis: int) -> Atom:
    """`x` along `axis` in an order that names each element once."""
    row = in_order if rank_of(x) > 1 else vector_in_order
    return current().apply(row, x, order, axis=axis if rank_of(x) > 1 else -1)


# --- masks ----------------------------------------------------------------------------------------


def _mask(condition: Any) -> Atom:
    mask = array_like(condition)
    return mask if dtype_of(mask.type).kind == "b" else lookup("not_equal")(mask, 0)


def _flat(x: Atom) -> Atom:
    return x if rank_of(x) == 1 else lookup("reshape")(x, -1)


def _extract(condition: Any, arr: Any) -> Atom:
    """``arr.ravel()[condition.ravel()]``"""
    index = part(0, Operand(0))
    mask, x = _flat(_mask(condition)), _flat(array_like(arr))
    return current().apply(lookup("getitem"), x, mask, index=index)


def _compress(condition: Any, a: Any, axis: Any = None, out: Any = None) -> Atom:
    """A mask along one axis; it may be shorter than the axis."""
    if out is not None:
        raise ArgumentError("`np.compress` with `out=` is not supported.", write="y = x[mask]")
    mask, x, where = _mask(condition), array_like(a), static(axis, "axis")
    if rank_of(mask) != 1:
        raise ShapeError(f"np.compress takes a condition with one axis and got {mask.type}.")
    if where is None:
        x, where = _flat(x), 0
    (where,) = normalized_axes(where, rank_of(x))
    if shape_of(mask.type)[0] != shape_of(x.type)[where]:
        from adcompiler.primitives.splitting import piece

        x = piece(x, where, None, dimension(mask, 0))
    return current().apply(lookup("getitem"), x, mask, index=part(where, Operand(0)))


def _compress_method(self: Atom, condition: Any, axis: Any = None, out: Any = None) -> Atom:
    return _compress(condition, self, axis, out)


FUNCTIONS: dict[Any, Any] = {
    np.take: _take,
    np.take_along_axis: _take_along_axis,
    np.extract: _extract,
    np.compress: _compress,
}
METHODS: dict[str, Any] = {"take": _take, "compress": _compress_method}
