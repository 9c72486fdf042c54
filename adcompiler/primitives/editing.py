"""Elements taken out and put in: delete and insert.

At one place they are each other's transpose.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from adcompiler.errors import ArgumentError, ShapeError
from adcompiler.ir.builder import current
from adcompiler.ir.index import IndexPattern, Operand
from adcompiler.ir.lengths import unknown
from adcompiler.ir.nodes import Call
from adcompiler.ir.primitive import Spelling, Statics, lookup
from adcompiler.ir.types import Array, Type, dtype_of, shape_of
from adcompiler.ir.values import Atom, Constant, as_atom
from adcompiler.primitives.accumulation import (
    fit_cotangent,
    fit_tangent,
    insert_axes_behind_first,
)
from adcompiler.primitives.arrays import array_like, no_truncation, with_axes
from adcompiler.primitives.dimensions import (
    Dimension,
    dimension,
    plus,
    shape_operands,
    token,
    unspelled,
)
from adcompiler.primitives.gathering import unbatched
from adcompiler.primitives.indexing import accumulate
from adcompiler.primitives.joining import all_rows, concatenate, part
from adcompiler.primitives.kinds import general, linear
from adcompiler.primitives.samples import Sample
from adcompiler.primitives.shapes import normalized_axes
from adcompiler.primitives.shaping import Flags, rank_of
from adcompiler.primitives.splitting import piece
from adcompiler.primitives.statics import static

_ROW = [1.0, 2.0, 4.0, 5.0]
_GRID = [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]


def _given_axis(statics: Statics) -> int:
    """Without an axis NumPy flattens: the rows have none for vectors only."""
    return int(statics.get("axis") or 0)


def _axis(call: Call) -> int:
    return normalized_axes(_given_axis(call.statics), rank_of(call.args[0]))[0]


def _is_place(index: Atom) -> bool:
    return not shape_of(index.type)


def _counted(index: Atom, ends: Dimension) -> Dimension:
    """A place as a number that is not negative, `ends` being what -1 would be, plus one."""
    if isinstance(index, Constant):
        value = int(index.value)
        return value if value >= 0 else plus(ends, value)
    with unspelled():
        return lookup("where")(lookup("less")(index, 0), index + ends, index)  # type: ignore[no-any-return]


def _replaced(shape: Sequence[Any], axis: int, length: Any) -> tuple[Any, ...]:
    return (*shape[:axis], length, *shape[axis + 1 :])


# --- delete ---------------------------------------------------------------------------------------


def _infer_delete(args: Sequence[Atom], statics: Statics) -> Type:
    x, index = args
    shape = shape_of(x.type)
    (k,) = normalized_axes(_given_axis(statics), len(shape))
    length = (
        shape[k] - 1
        if _is_place(index)
        else unknown("len(delete)", token(x), token(index), shape[k])
    )
    return Array(dtype_of(x.type), _replaced(shape, k, length))


def _delete_back(call: Call, y_bar: Atom) -> Atom:
    x, index = call.args
    axis = _axis(call)
    if _is_place(index):
        place = _counted(index, dimension(x, axis))
        return current().apply(insert, y_bar, 0.0, place, **_said(x, axis))
    kept = current().apply(delete, lookup("arange")(dimension(x, axis)), index)
    return accumulate(lookup("zeros_like")(x), y_bar, [kept], part(axis, Operand(0)))


def _batch_delete(call: Call, args: Sequence[Atom], flags: Flags) -> Atom:
    unbatched(flags[1:])
    axis = _given_axis(call.statics) % (rank_of(args[0]) - 1) + 1
    return current().apply(delete, *args, axis=axis)


delete = linear(
    "delete",
    lambda x, index, axis=None: np.delete(x, index, axis=axis),
    infer=_infer_delete,
    spelling=Spelling("np.delete(_0, _1)"),
    transpose=_delete_back,
    batch=_batch_delete,
    defaults={"axis": None},
    samples=(
        Sample((_ROW, 1)),
        Sample((_ROW, -1)),
        Sample((_ROW, [0, 2])),
        Sample((_ROW, [True, False, True, False])),
        Sample((_GRID, 1), {"axis": 1}),
        Sample((_GRID, [0, 2]), {"axis": -1}),
    ),
)


def _along(arr: Any, axis: Any) -> tuple[Atom, int]:
    """The array and the axis; without an axis it is flattened."""
    x, where = with_axes(array_like(arr), 1), static(axis, "axis")
    if where is None:
        return (x if rank_of(x) == 1 else lookup("reshape")(x, -1)), 0
    return x, normalized_axes(where, rank_of(x))[0]


def _place(obj: Any, name: str) -> Atom:
    if isinstance(obj, slice):
        raise ArgumentError(
            f"`{name}` with a slice is not supported.", write="np.concatenate([x[:i], x[j:]])"
        )
    index = array_like(obj)
    if dtype_of(index.type).kind not in "iub":
        raise ArgumentError(f"`{name}` takes integer places and got {index.type}.")
    return index


def _delete(arr: Any, obj: Any, axis: Any = None) -> Atom:
    x, where = _along(arr, axis)
    return current().apply(delete, x, _place(obj, "np.delete"), **_said(x, where))


def _said(x: Atom, axis: int) -> dict[str, Any]:
    """`axis=` where it must be said: NumPy flattens without it."""
    return {} if rank_of(x) == 1 else {"axis": axis}


# --- insert ---------------------------------------------------------------------------------------


def _infer_insert(args: Sequence[Atom], statics: Statics) -> Type:
    x, value, index = args
    no_truncation(value, dtype_of(x.type), "np.insert")
    shape, given = shape_of(x.type), shape_of(value.type)
    (k,) = normalized_axes(_given_axis(statics), len(shape))
    if _is_place(index):
        if len(shape) == 1 and given:
            return Array(dtype_of(x.type), (shape[0] + given[0],))
        if len(given) >= len(shape):
            raise ShapeError(
                f"np.insert of {value.type} into {x.type} is not supported.",
                write="np.concatenate([x[:i], values, x[i:]])",
            )
        return Array(dtype_of(x.type), _replaced(shape, k, shape[k] + 1))
    count = shape_of(index.type)[0]
    if len(shape_of(index.type)) != 1 or len(shape) != 1 or len(given) > 1:
        raise ShapeError(
            "np.insert at several places is supported for vectors.",
            write="np.concatenate([x[:i], values, x[i:]])",
        )
    if given and not count.cannot_be_one:
        raise ShapeError(
            "np.insert at an unknown number of places, or at a list of one place.",
            write="np.insert(x, i, values) with a number i",
        )
    return Array(dtype_of(x.type), (shape[0] + count,))


def _push_insert(call: Call, tangents: Sequence[Atom | None]) -> Atom | None:
    x_dot, value_dot = tangents[:2]
    if x_dot is None and value_dot is None:
        return None
    x, value, index = call.args
    x_dot = lookup("zeros_like")(x) if x_dot is None else x_dot
    if value_dot is None:
        value_dot = lookup("zeros_like")(value) if rank_of(value) else as_atom(0.0)
    return fit_tangent(
        call.target, current().apply(insert, x_dot, value_dot, index, **call.statics)
    )


def _pull_insert(call: Call, y_bar: Atom, wanted: Sequence[bool]) -> list[Atom | None]:
    x, value, index = call.args
    axis = _axis(call)
    if not _is_place(index):
        return _pull_many(call, y_bar, wanted)
    place = _counted(index, dimension(x, axis))
    if rank_of(x) == 1 and rank_of(value) == 1:
        stop = plus(as_atom(place), dimension(value, 0))
        rest = [piece(y_bar, 0, None, place), piece(y_bar, 0, stop, None)]
        return [
            fit_cotangent(x, current().apply(concatenate, *rest)) if wanted[0] else None,
            fit_cotangent(value, piece(y_bar, 0, place, stop)) if wanted[1] else None,
            None,
        ]
    x_bar = value_bar = None
    if wanted[0]:
        x_bar = current().apply(delete, y_bar, place, **_said(x, axis))
    if wanted[1]:
        entry = place if isinstance(place, int) else Operand(0)
        operands = [] if isinstance(place, int) else [place]
        read = current().apply(lookup("getitem"), y_bar, *operands, index=part(axis, entry))
        value_bar = fit_cotangent(value, read)
    return [x_bar, value_bar, None]


def _pull_many(call: Call, y_bar: Atom, wanted: Sequence[bool]) -> list[Atom | None]:
    """Numbering what goes in shows where each element comes out."""
    x, value, index = call.args
    n, m = dimension(x, 0), dimension(index, 0)
    own, new = lookup("arange")(n), lookup("arange")(n, plus(as_atom(n), m))
    places = lookup("argsort")(current().apply(insert, own, new, index))
    one = IndexPattern((Operand(0),), False)
    x_bar = value_bar = None
    if wanted[0]:
        read = current().apply(lookup("getitem"), y_bar, piece(places, 0, None, n), index=one)
        x_bar = fit_cotangent(x, read)
    if wanted[1]:
        read = current().apply(lookup("getitem"), y_bar, piece(places, 0, n, None), index=one)
        value_bar = fit_cotangent(value, read)
    return [x_bar, value_bar, None]


def _batch_insert(call: Call, args: Sequence[Atom], flags: Flags) -> Atom:
    """Behind the leading axis; rows of values go through a join of pieces."""
    unbatched(flags[2:])
    x, value, index = args
    axis, rank = _axis(call), rank_of(call.args[0])
    if flags[0] and not flags[1] and _is_place(index) and not rank_of(value):
        return current().apply(insert, x, value, index, axis=axis + 1)
    x, value = all_rows([x, value], flags[:2])
    if not _is_place(index):
        return _batch_many(call, x, value, index)
    place = _counted(index, dimension(x, axis + 1))
    if rank > 1 or not rank_of(call.args[1]):
        missing = rank - 1 - rank_of(call.args[1])
        value = insert_axes_behind_first(value, missing) if missing else value
        value = lookup("expand_dims")(value, axis=axis + 1)
        shape = list(shape_operands(x))
        shape[axis + 1] = 1
        value = lookup("broadcast_to")(value, *shape)
    pieces = [piece(x, axis + 1, None, place), value, piece(x, axis + 1, place, None)]
    return current().apply(concatenate, *pieces, axis=axis + 1)


def _batch_many(call: Call, x: Atom, value: Atom, index: Atom) -> Atom:
    n, m = dimension(x, 1), dimension(index, 0)
    if rank_of(value) == 1:
        value = lookup("broadcast_to")(lookup("expand_dims")(value, axis=1), dimension(x, 0), m)
    new = lookup("arange")(n, plus(as_atom(n), m))
    order = current().apply(insert, lookup("arange")(n), new, index)
    both = current().apply(concatenate, x, value, axis=1)
    return current().apply(lookup("getitem"), both, order, index=part(1, Operand(0)))


insert = general(
    "insert",
    lambda x, value, index, axis=None: np.insert(x, index, value, axis=axis),
    infer=_infer_insert,
    spelling=Spelling("np.insert(_0, _2, _1)"),
    pushforward=_push_insert,
    pullback=_pull_insert,
    batch=_batch_insert,
    defaults={"axis": None},
    samples=(
        Sample((_ROW, 0.5, 1)),
        Sample((_ROW, 0.5, -1)),
        Sample((_ROW, 0.5, 4)),
        Sample((_ROW, [0.5, 1.5, 2.5], 2)),
        Sample((_ROW, [0.5, 1.5], [3, 1])),
        Sample((_ROW, 0.5, [0, 0])),
        Sample((_GRID, 0.5, 1), {"axis": 1}),
        Sample((_GRID, [0.5, 1.5], -1), {"axis": 1}),
        Sample((_GRID, [0.5, 1.5, 2.5], 0), {"axis": 0}),
    ),
)


def _insert(arr: Any, obj: Any, values: Any, axis: Any = None) -> Atom:
    x, where = _along(arr, axis)
    return current().apply(
        insert, x, array_like(values), _place(obj, "np.insert"), **_said(x, where)
    )


FUNCTIONS: dict[Any, Any] = {np.delete: _delete, np.insert: _insert}
