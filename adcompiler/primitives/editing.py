"""Elements taken out, put in and added behind: delete, insert, append, trim_zeros.

delete and insert at one place are each other's transpose.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from adcompiler.errors import ArgumentError, ShapeError
from adcompiler.ir.builder import current
from adcompiler.ir.index import IndexPattern, Operand, Slice
from adcompiler.ir.lengths import unknown
from adcompiler.ir.nodes import Call
from adcompiler.ir.primitive import Spelling, Statics, lookup
from adcompiler.ir.types import INT, Array, Type, dtype_of, shape_of
from adcompiler.ir.values import Atom, Constant, Variable, as_atom
from adcompiler.primitives.accumulation import (
    fit_cotangent,
    fit_tangent,
    insert_axes_behind_first,
)
from adcompiler.primitives.arrays import array_like, is_list, no_truncation, with_axes
from adcompiler.primitives.dimensions import (
    Dimension,
    dimension,
    plus,
    product,
    shape_operands,
    size_operand,
    token,
    unspelled,
)
from adcompiler.primitives.gathering import unbatched
from adcompiler.primitives.indexing import accumulate
from adcompiler.primitives.joining import all_rows, concatenate, joined_dtype, part
from adcompiler.primitives.kinds import general, inert, linear
from adcompiler.primitives.samples import Sample
from adcompiler.primitives.shapes import normalized_axes, numbers
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
        return current().apply(insert, y_bar, 0.0, place, axis=axis)
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


# --- append ---------------------------------------------------------------------------------------


def _infer_append(args: Sequence[Atom], statics: Statics) -> Type:
    numbers(args, "np.append")
    sizes = [product(shape_of(arg.type)) for arg in args]
    return Array(joined_dtype(args, statics), (sizes[0] + sizes[1],))


def _push_append(call: Call, tangents: Sequence[Atom | None]) -> Atom | None:
    if all(t is None for t in tangents):
        return None
    filled = [
        t if t is not None else lookup("zeros_like")(a) if rank_of(a) else as_atom(0.0)
        for t, a in zip(tangents, call.args, strict=True)
    ]
    return fit_tangent(call.target, current().apply(append, *filled))


def _pull_append(call: Call, y_bar: Atom, wanted: Sequence[bool]) -> list[Atom | None]:
    n = size_operand(call.args[0]) if rank_of(call.args[0]) else 1
    found: list[Atom | None] = []
    for arg, want, bounds in zip(call.args, wanted, ((None, n), (n, None)), strict=True):
        if not want:
            found.append(None)
        elif not rank_of(arg):
            index = part(0, 0 if bounds[0] is None else -1)
            found.append(fit_cotangent(arg, current().apply(lookup("getitem"), y_bar, index=index)))
        else:
            values = piece(y_bar, 0, *bounds)
            shaped = values if rank_of(arg) == 1 else lookup("reshape_like")(values, arg)
            found.append(fit_cotangent(arg, shaped))
    return found


def _batch_append(call: Call, args: Sequence[Atom], flags: Flags) -> Atom:
    rows = [
        row if rank_of(row) == 2 else lookup("reshape")(row, dimension(row, 0), -1)
        for row in all_rows(args, flags)
    ]
    return current().apply(concatenate, *rows, axis=1)


append = general(
    "append",
    lambda x, values: np.append(x, values),
    infer=_infer_append,
    spelling=Spelling("np.append(_0, _1)"),
    pushforward=_push_append,
    pullback=_pull_append,
    batch=_batch_append,
    samples=(
        Sample((_ROW, 0.5)),
        Sample((_ROW, [0.5, 1.5])),
        Sample((_GRID, _ROW)),
        Sample((1.5, _ROW)),
        Sample(([], 1.5)),
    ),
)


def _append(arr: Any, values: Any, axis: Any = None) -> Atom:
    parts, where = [array_like(arr), array_like(values)], static(axis, "axis")
    if where is None:
        return current().apply(append, *parts)
    return current().apply(concatenate, *parts, axis=where)


# --- trim_zeros -----------------------------------------------------------------------------------


def _infer_trim(args: Sequence[Atom], statics: Statics) -> Type:
    if len(shape_of(args[0].type)) != 1:
        raise ShapeError("np.trim_zeros takes a vector here.", write="x[i:j]")
    return Array(dtype_of(args[0].type), (unknown("len(trim_zeros)", token(args[0])),))


def _infer_start(args: Sequence[Atom], statics: Statics) -> Type:
    return INT


trim_start = inert(
    "trim_start",
    lambda x, like: int(np.argmax(np.asarray(x) != 0)) if len(like) else 0,
    infer=_infer_start,
    spelling=Spelling("int(np.argmax(_0 != 0)) if len(_1) else 0"),
    shape_only=(1,),
    samples=(Sample(([0.0, 0.0, 1.0, 0.0], [1.0])), Sample(([0.0], []))),
    description="where the first number that is not zero stands",
)


def _trim_back(call: Call, y_bar: Atom) -> Atom:
    """The numbers stand where they stood: behind the zeros in front."""
    x = call.args[0]
    if "f" in call.statics.get("trim", "fb"):
        start: Dimension = current().apply(trim_start, x, y_bar)
    else:
        start = 0
    stop = plus(start, dimension(y_bar, 0))
    operands = [a for a in (start, stop) if isinstance(a, Variable)]
    index = IndexPattern((Slice(*(_bound(a, operands) for a in (start, stop))),), False)
    zeros = lookup("zeros_like")(x)
    return current().apply(lookup("add_to_slice"), zeros, y_bar, *operands, index=index)


def _bound(value: Dimension, operands: list[Variable]) -> Any:
    return Operand(operands.index(value)) if isinstance(value, Variable) else value


def _push_trim(call: Call, tangents: Sequence[Atom | None]) -> Atom | None:
    """The same piece of the tangent, which has zeros of its own."""
    if tangents[0] is None:
        return None
    x, y = call.args[0], call.target
    start: Dimension = (
        current().apply(trim_start, x, y) if "f" in call.statics.get("trim", "fb") else 0
    )
    return fit_tangent(y, piece(tangents[0], 0, start, plus(start, dimension(y, 0))))


trim_zeros = general(
    "trim_zeros",
    lambda x, trim="fb": np.trim_zeros(x, trim),
    infer=_infer_trim,
    spelling=Spelling("np.trim_zeros(_0)"),
    pushforward=_push_trim,
    pullback=lambda call, y_bar, wanted: [fit_cotangent(call.args[0], _trim_back(call, y_bar))],
    defaults={"trim": "fb"},
    memory="view",
    samples=(Sample(([1.0, 2.0, 0.5],)),),
)


def _trim_zeros(filt: Any, trim: Any = "fb", axis: Any = None) -> Atom:
    if axis is not None:
        raise ArgumentError("`np.trim_zeros` with `axis=` is not supported.", write="x[i:j]")
    how = str(static(trim, "trim")).lower()
    if is_list(filt):
        raise ArgumentError("`np.trim_zeros` of a list gives a list.", write="np.array(values)")
    return current().apply(trim_zeros, array_like(filt), **({} if how == "fb" else {"trim": how}))


FUNCTIONS: dict[Any, Any] = {
    np.delete: _delete,
    np.insert: _insert,
    np.append: _append,
    np.trim_zeros: _trim_zeros,
}
