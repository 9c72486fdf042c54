"""Reading and writing elements: getitem, setitem and accumulation, the adjoint of reading.

The three are closed under transposition.  Operands behind the array (and the value written) are the
computed parts of the subscript; the static `index` says where they stand.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from adcompiler.errors import ArgumentError, ShapeError
from adcompiler.ir.builder import current
from adcompiler.ir.index import IndexPattern, Operand, Slice
from adcompiler.ir.lengths import must_differ
from adcompiler.ir.nodes import Call
from adcompiler.ir.primitive import Primitive, Spelling, Statics, lookup
from adcompiler.ir.types import Array, NumpyScalar, Type, dtype_of, shape_of
from adcompiler.ir.values import Atom, as_atom
from adcompiler.primitives.accumulation import fit_cotangent, insert_axes_behind_first
from adcompiler.primitives.arrays import as_array, no_truncation
from adcompiler.primitives.axes import move_axis
from adcompiler.primitives.joining import as_rows
from adcompiler.primitives.kinds import general, inert, linear
from adcompiler.primitives.samples import Sample
from adcompiler.primitives.shaping import rank_of
from adcompiler.primitives.subscripts import Selection, select
from adcompiler.runtime.last_writes import last_writes as stay

Flags = Sequence[bool]
ALL = Slice()


def _selection(
    array: Atom, operands: Sequence[Atom], index: IndexPattern, batched: bool = False
) -> Selection:
    shape = shape_of(array.type)
    return select(shape[1:] if batched else shape, index, operands)


def _refuse_batched_index(flags: Flags) -> None:
    if any(flags):
        raise ArgumentError("an index cannot differ between the directions of a derivative.")


# --- reading -------------------------------------------------------------------------------------


def _infer_getitem(args: Sequence[Atom], statics: Statics) -> Type:
    array, *operands = args
    if not isinstance(array.type, Array):
        raise ArgumentError(f"a number has no elements: {array.type} is subscripted.")
    selection = _selection(array, operands, statics["index"])
    return (
        NumpyScalar(array.type.dtype)
        if selection.is_element
        else Array(array.type.dtype, selection.shape)
    )


def _getitem_back(call: Call, y_bar: Atom) -> Atom:
    array, *operands = call.args
    zeros = current().apply(lookup("zeros_like"), array)
    return accumulate(zeros, y_bar, operands, call.statics["index"])


def _batch_getitem(call: Call, args: Sequence[Atom], flags: Flags) -> Atom:
    _refuse_batched_index(flags[1:])
    array, *operands = args
    index = call.statics["index"]
    found = current().apply(getitem, array, *operands, index=index.behind(1))
    selection = _selection(array, operands, index, batched=True)
    return move_axis(found, selection.array_rank, 0) if selection.in_front else found


def _at(*entries: Any) -> dict[str, Any]:
    return {"index": IndexPattern(entries, len(entries) != 1)}


_ROW = [1.0, 2.0, 3.0, 4.0]
_GRID = [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]
_BOX = [[[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]], [[7.0, 8.0], [9.0, 1.5], [2.5, 3.5]]]
I0, I1 = Operand(0), Operand(1)

getitem = linear(
    "getitem",
    lambda x, *operands, index: x[index.fill(operands)],
    infer=_infer_getitem,
    spelling=Spelling("_0[_index]"),
    transpose=_getitem_back,
    batch=_batch_getitem,
    memory="view",
    samples=(
        Sample((_ROW,), _at(1)),
        Sample((_ROW,), _at(-1)),
        Sample((_ROW, 2), _at(I0)),
        Sample((_ROW,), _at(Slice(1, -1))),
        Sample((_ROW,), _at(Slice(None, None, -1))),
        Sample((_ROW,), _at(Slice(None, None, 2))),
        Sample((_ROW, 1, 3), _at(Slice(I0, I1))),
        Sample((_ROW,), _at(Slice(3, 1))),
        Sample((_ROW,), _at(None)),
        Sample((_ROW,), _at(ALL, None)),
        Sample((_ROW, [0, 2, 0]), _at(I0)),
        Sample((_ROW, [[0, 1], [1, -1]]), _at(I0)),
        Sample((_ROW, [True, False, True, False]), _at(I0)),
        Sample((_ROW, [False] * 4), _at(I0)),
        Sample((_GRID,), _at(1)),
        Sample((_GRID,), _at(0, 1)),
        Sample((_GRID, 1), _at(ALL, I0)),
        Sample((_GRID,), _at(Ellipsis, 0)),
        Sample((_GRID,), _at(1, 2, Ellipsis)),
        Sample((_GRID,), _at(Ellipsis)),
        Sample((_GRID, [[True, False, True], [False, True, True]]), _at(I0)),
        Sample((_GRID, [0, 1, 1], [2, 0, 0]), _at(I0, I1)),
        Sample((_GRID, [2, 0]), _at(ALL, I0)),
        Sample((_BOX, [1, 0, 0]), _at(0, ALL, I0)),
        Sample((_BOX, [0, 1], [1, 1]), _at(I0, ALL, I1)),
        Sample((_BOX, [2, 0, 0]), _at(ALL, I0, 1)),
        Sample((_BOX, [True, False, True]), _at(ALL, I0, Slice(0, 1))),
        Sample(([],), _at(ALL)),
    ),
    description="elements of an array",
)


# --- writing: what the updates share -------------------------------------------------------------


def _infer_update(args: Sequence[Atom], statics: Statics) -> Type:
    array, value, *operands = args
    if not isinstance(array.type, Array):
        raise ArgumentError(f"a number has no elements: {array.type} is written.")
    selection = _selection(array, operands, statics["index"])
    have, want = shape_of(value.type), selection.shape
    extra = len(have) - len(want)
    fits = all(n.constant in (1, None) for n in have[: max(extra, 0)]) and not (
        selection.is_element and have
    )
    for mine, theirs in zip(have[max(extra, 0) :], want[max(-extra, 0) :], strict=True):
        fits = (
            fits
            and not must_differ(mine, theirs)
            and (not theirs.is_one or mine.constant in (1, None))
        )
    if not fits:
        text = [", ".join(map(str, shape)) for shape in (have, want)]
        raise ShapeError(
            f"a value of shape ({text[0]}) is written to elements of shape ({text[1]})."
        )
    return array.type


def _batch_update(call: Call, args: Sequence[Atom], flags: Flags) -> Atom:
    """Align the value with the selection behind the leading axis."""
    array, value, *operands = args
    _refuse_batched_index(flags[2:])
    index = call.statics["index"]
    selection = _selection(array, operands, index, batched=flags[0])
    rank, front = len(selection.shape), selection.array_rank
    if not flags[0]:
        array = as_rows(array, value)
    if flags[1]:
        missing = rank - (rank_of(value) - 1)
        if missing > 0:
            value = insert_axes_behind_first(value, missing)
        elif missing < 0:
            value = current().apply(getitem, value, **_at(ALL, *(0,) * -missing))
        if selection.in_front:
            value = move_axis(value, 0, front)
    elif selection.in_front and rank_of(value) > rank - front:
        value = current().apply(lookup("expand_dims"), value, axis=rank_of(value) - (rank - front))
    return current().apply(call.primitive, array, value, *operands, index=index.behind(1))


def _zero_like(array: Atom) -> Atom:
    return current().apply(lookup("zeros_like"), array)


# --- accumulating --------------------------------------------------------------------------------


def _push_accumulate(call: Call, tangents: Sequence[Atom | None]) -> Atom | None:
    array_dot, value_dot = tangents[:2]
    if value_dot is None:
        return array_dot
    start = _zero_like(call.args[0]) if array_dot is None else as_array(array_dot)
    return current().apply(call.primitive, start, value_dot, *call.args[2:], **call.statics)


def _pull_accumulate(call: Call, y_bar: Atom, wanted: Sequence[bool]) -> list[Atom | None]:
    value_bar = None
    if wanted[1]:
        read = current().apply(getitem, as_array(y_bar), *call.args[2:], **call.statics)
        value_bar = fit_cotangent(call.args[1], read)
    return [y_bar if wanted[0] else None, value_bar, *[None] * (len(call.args) - 2)]


def _accumulation(name: str, function: Any, update: str, samples: Sequence[Sample]) -> Primitive:
    return general(
        name,
        function,
        infer=_infer_update,
        spelling=Spelling("", update=update),
        pushforward=_push_accumulate,
        pullback=_pull_accumulate,
        batch=_batch_update,
        memory="update",
        samples=samples,
        description="operand 0 with operand 1 added at the index",
    )


def _add_to_slice(array: Any, value: Any, *operands: Any, index: IndexPattern) -> Any:
    result = np.array(array)
    result[index.fill(operands)] += value
    return result


def _add_at(array: Any, value: Any, *operands: Any, index: IndexPattern) -> Any:
    result = np.array(array)
    np.add.at(result, index.fill(operands), value)
    return result


add_to_slice = _accumulation(
    "add_to_slice",
    _add_to_slice,
    "_0[_index] += _1",
    (
        Sample((_ROW, 0.5), _at(1)),
        Sample((_ROW, 0.5, 2), _at(I0)),
        Sample((_ROW, [0.5, 0.25]), _at(Slice(1, 3))),
        Sample((_ROW, 0.5), _at(Slice(None, None, 2))),
        Sample((_GRID, [0.5, 1.5, 2.5]), _at(1)),
        Sample((_GRID, [[0.5], [1.5]]), _at(ALL, Slice(1, 2))),
        Sample((_GRID, [0.5, 1.5]), _at(ALL, 0)),
        Sample((_ROW, [0.5, 1.5], [True, False, True, False]), _at(I0)),
        Sample((_ROW, 0.5), _at(Ellipsis)),
        Sample((_BOX, [0.5, 1.5], [True, False, True]), _at(0, I0, 1)),
        Sample((_BOX, [0.5, 1.5]), _at(1)),
        Sample(([], []), _at(ALL)),
    ),
)
add_at = _accumulation(
    "add_at",
    _add_at,
    "np.add.at(_0, _index, _1)",
    (
        Sample((_ROW, [0.5, 1.5, 2.5], [0, 2, 0]), _at(I0)),
        Sample((_ROW, 0.5, [1, 1, -1]), _at(I0)),
        Sample((_GRID, [0.5, 1.5], [1, 1]), _at(ALL, I0)),
        Sample((_GRID, [0.5, 1.5], [1, 1], [0, 0]), _at(I0, I1)),
        Sample((_BOX, [[0.5, 1.0, 1.5], [2.0, 2.5, 3.0]], [0, 0], [1, 1]), _at(I0, ALL, I1)),
        Sample((_BOX, 0.5, [0, 0], [1, 1]), _at(I0, ALL, I1)),
        Sample((_BOX, [[0.5], [1.5]], [0, 0], [1, 1]), _at(I0, ALL, I1)),
    ),
)


def accumulate(array: Atom, value: Atom, operands: Sequence[Atom], index: IndexPattern) -> Atom:
    """`array` with `value` added at the index; an element selected twice gets both of them."""
    selection = _selection(array, operands, index)
    row = add_at if selection.may_repeat else add_to_slice
    return current().apply(row, array, value, *operands, index=index)


# --- writing -------------------------------------------------------------------------------------


def _infer_setitem(args: Sequence[Atom], statics: Statics) -> Type:
    type = _infer_update(args, statics)
    no_truncation(args[1], dtype_of(type), "a write")
    return type


def _setitem(array: Any, value: Any, *operands: Any, index: IndexPattern) -> Any:
    result = np.array(array)
    result[index.fill(operands)] = value
    return result


def _push_setitem(call: Call, tangents: Sequence[Atom | None]) -> Atom | None:
    array_dot, value_dot = tangents[:2]
    if array_dot is None and value_dot is None:
        return None
    start = _zero_like(call.args[0]) if array_dot is None else as_array(array_dot)
    written = as_atom(0.0) if value_dot is None else value_dot
    return current().apply(setitem, start, written, *call.args[2:], **call.statics)


def _pull_setitem(call: Call, y_bar: Atom, wanted: Sequence[bool]) -> list[Atom | None]:
    array, value, *operands = call.args
    index = call.statics["index"]
    array_bar = value_bar = None
    y_bar = as_array(y_bar)
    if wanted[1]:
        read = current().apply(getitem, y_bar, *operands, index=index)
        if _selection(array, operands, index).may_repeat:
            read = _of_last_writes(y_bar, read, operands, index)
        value_bar = fit_cotangent(value, read)
    if wanted[0]:
        array_bar = current().apply(setitem, y_bar, 0.0, *operands, index=index)
    return [array_bar, value_bar, *[None] * len(operands)]


def _of_last_writes(array: Atom, read: Atom, operands: Sequence[Atom], index: IndexPattern) -> Atom:
    """`read` where its write was the last one to its element, else zero: ``a[[0, 0]] = u, v`` keeps only v."""
    stays = current().apply(last_writes, read, array, *operands, index=index)
    return current().apply(lookup("where"), stays, read, 0.0)


def _infer_last_writes(args: Sequence[Atom], statics: Statics) -> Type:
    return Array(np.dtype(bool), shape_of(args[0].type))


def _batch_last_writes(call: Call, args: Sequence[Atom], flags: Sequence[bool]) -> Atom:
    """What holds for one direction holds for all of them."""
    _refuse_batched_index(flags[2:])
    first = IndexPattern((0,), False)
    read, array = (
        current().apply(getitem, a, index=first) if batched else a
        for a, batched in zip(args[:2], flags[:2], strict=True)
    )
    stays = current().apply(last_writes, as_array(read), array, *args[2:], **call.statics)
    return current().apply(lookup("broadcast_like"), stays, args[0]) if flags[0] else stays


last_writes = inert(
    "last_writes",
    lambda read, array, *operands, index: stay(
        np.shape(read), np.shape(array), index.fill(operands)
    ),
    infer=_infer_last_writes,
    spelling=Spelling("last_writes(_0.shape, _1.shape, _index)"),
    batch=_batch_last_writes,
    shape_only=(0, 1),
    samples=(
        Sample(([1.0, 2.0, 3.0], _ROW, [0, 2, 0]), _at(I0)),
        Sample(([1.0, 2.0, 3.0], _ROW, [0, 2, -1]), _at(I0)),
        Sample(([1.0, 2.0, 3.0], _GRID, [1, 0, 1], [2, 1, -1]), _at(I0, I1)),
    ),
    description="which writes no other one overwrites",
)

setitem = general(
    "setitem",
    _setitem,
    infer=_infer_setitem,
    spelling=Spelling("", update="_0[_index] = _1"),
    pushforward=_push_setitem,
    pullback=_pull_setitem,
    batch=_batch_update,
    memory="update",
    samples=(
        Sample((_ROW, 0.5), _at(1)),
        Sample((_ROW, 0.5, 2), _at(I0)),
        Sample((_ROW, [0.5, 0.25]), _at(Slice(1, 3))),
        Sample((_ROW, 0.5), _at(Slice(None, None, -2))),
        Sample((_GRID, [0.5, 1.5, 2.5]), _at(1)),
        Sample((_GRID, [[0.5], [1.5]]), _at(ALL, Slice(1, 3))),
        Sample((_GRID, [[0.5, 1.5, 2.5]]), _at(0)),
        Sample((_ROW, [0.5, 1.5], [True, False, True, False]), _at(I0)),
        Sample((_ROW, 0.5), _at(Ellipsis)),
        Sample((_ROW, [0.5, 1.5, 2.5], [0, 2, 0]), _at(I0)),
        Sample((_ROW, 0.5, [1, 1]), _at(I0)),
        Sample((_GRID, [0.5, 1.5], [1, 1], [0, 0]), _at(I0, I1)),
        Sample((_GRID, [0.5, 1.5], [2, 2]), _at(ALL, I0)),
        Sample((_BOX, [0.5, 1.5], [True, False, True]), _at(0, I0, 1)),
        Sample(([], []), _at(ALL)),
        Sample((_BOX, [[0.5, 1.0, 1.5], [2.0, 2.5, 3.0]], [0, 0], [1, 1]), _at(I0, ALL, I1)),
    ),
    description="operand 0 with operand 1 written at the index",
)
