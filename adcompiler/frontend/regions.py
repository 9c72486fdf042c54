"""Views as regions of the array they were taken from: indices composed, writes carried back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from adcompiler.errors import AliasError
from adcompiler.ir.builder import current
from adcompiler.ir.index import IndexPattern, Operand, Slice
from adcompiler.ir.nodes import Call
from adcompiler.ir.primitive import lookup
from adcompiler.ir.types import Array, shape_of
from adcompiler.ir.values import Atom, Variable
from adcompiler.primitives.subscripts import select

ALL = Slice()
_AXES = ("transpose", "reverse_axes")
#: views whose elements are those of the owner in the same order
_SAME_ORDER = ("reshape", "reshape_like", "squeeze", "expand_dims", "flat")
_READ_ONLY = ("broadcast_to", "broadcast_like", "repeat_for", "diagonal", "sliding_window_view")
_IDENTITY = ("same_shape", "rows_exactly")


def is_view(call: Call) -> bool:
    """True where the result may share memory with operand 0."""
    if call.primitive.memory != "view" or not isinstance(call.args[0], Variable):
        return False
    if not isinstance(call.args[0].type, Array):
        return False
    if call.primitive.name == "getitem":
        return not select(
            shape_of(call.args[0].type), call.statics["index"], call.args[1:]
        ).has_arrays
    return True


def is_exact(call: Call) -> bool:
    """True where it surely shares memory, whatever the layout: basic subscripts, transposes, axes of length 1."""
    name = call.primitive.name
    return name in (
        "getitem", *_AXES, "squeeze", "expand_dims", "flat", *_READ_ONLY, *_IDENTITY, "stop_gradient",
    )  # fmt: skip


def undo(call: Call, owner: Atom, new: Any) -> Any:
    """The owner after the view that `call` takes of it was given the content `new`."""
    name, builder = call.primitive.name, current()
    if name == "getitem":
        return builder.apply(lookup("setitem"), owner, new, *call.args[1:], **call.statics)
    if name in _AXES:
        order = _order(call)
        back = tuple(order.index(k) for k in range(len(order)))
        return builder.apply(lookup("transpose"), new, axes=back)
    if name in _SAME_ORDER:
        return builder.apply(lookup("reshape_like"), new, owner)
    if name in _IDENTITY:
        return new
    if name in _READ_ONLY:
        raise AliasError(
            f"a view made by `{name}` is written in place.",
            why="NumPy makes it read-only: one element of memory stands in several places.",
            write=".copy() before the write",
        )
    raise AliasError(
        f"an array made by `{name}` is written in place.",
        why="it is a view, and the array behind it would have to change as well.",
        write=".copy() before the write",
    )


def compose(
    call: Call, index: IndexPattern, operands: Sequence[Atom]
) -> tuple[IndexPattern, list[Atom]] | None:
    """The subscript of the owner that names the elements `index` of its view; None where none says it as surely.

    (A negative number, or one beyond a slice's end, means another element in the owner.)
    """
    if call.primitive.name in _AXES:
        return _through_axes(call, index, list(operands))
    if call.primitive.name != "getitem":
        return None
    outer: IndexPattern = call.statics["index"]
    rank = len(shape_of(call.args[0].type))
    entries = _full(outer, rank)
    inner = list(index.entries)
    if entries is None or Ellipsis in inner or None in inner:
        return None
    if any(_is_array(entry, operands) for entry in inner):
        return None  # arrays select together with the numbers next to them
    shift = len(call.args) - 1
    moved = [_moved(entry, shift) for entry in inner]
    found: list[Any] = []
    for entry in entries:
        if not isinstance(entry, Slice):
            found.append(entry)
            continue
        below = moved.pop(0) if moved else ALL
        if entry == ALL:
            found.append(below)
        elif below == ALL:
            found.append(entry)
        elif _starts_later(entry) and type(below) is int and below >= 0:
            assert isinstance(entry.start, int)
            found.append(entry.start + below)
        else:
            return None
    if moved:
        return None
    while len(found) > 1 and found[-1] == ALL:
        found.pop()
    single = len(found) == 1
    return IndexPattern(tuple(found), not single), [*call.args[1:], *operands]


def _through_axes(
    call: Call, index: IndexPattern, operands: list[Atom]
) -> tuple[IndexPattern, list[Atom]] | None:
    order = _order(call)
    entries = _full(index, len(order))
    if entries is None or any(_is_array(entry, operands) for entry in entries):
        return None
    if sum(isinstance(entry, Slice) for entry in entries) > 1:
        return None  # the region itself would have to be transposed
    found: list[Any] = [None] * len(order)
    for axis, entry in zip(order, entries, strict=True):
        found[axis] = entry
    return IndexPattern(tuple(found), True), operands


def _order(call: Call) -> tuple[int, ...]:
    rank = len(shape_of(call.args[0].type))
    axes = call.statics.get("axes")
    return tuple(range(rank))[::-1] if axes is None else tuple(a % rank for a in axes)


def _full(index: IndexPattern, rank: int) -> list[Any] | None:
    """One entry for each axis; None where new axes stand between."""
    entries = list(index.entries)
    if None in entries:
        return None
    missing = rank - sum(entry is not Ellipsis for entry in entries)
    if Ellipsis in entries:
        at = entries.index(Ellipsis)
        entries[at : at + 1] = [ALL] * missing
        return entries
    return entries + [ALL] * missing


def _moved(entry: Any, shift: int) -> Any:
    """The entry with its operands behind `shift` others."""

    def bound(value: Any) -> Any:
        return Operand(value.position + shift) if isinstance(value, Operand) else value

    if isinstance(entry, Slice):
        return Slice(bound(entry.start), bound(entry.stop), bound(entry.step))
    return bound(entry)


def _is_array(entry: Any, operands: Sequence[Atom]) -> bool:
    return isinstance(entry, Operand) and bool(shape_of(operands[entry.position].type))


def _starts_later(entry: Slice) -> bool:
    return (
        type(entry.start) is int
        and entry.start >= 0
        and entry.stop is None
        and entry.step in (None, 1)
    )


__all__ = ["compose", "is_exact", "is_view", "undo"]
