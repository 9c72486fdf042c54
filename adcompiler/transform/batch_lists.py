"""Many directions in lists that grow: each element gets the leading axis, the list itself stays one list."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from adcompiler.ir.builder import current
from adcompiler.ir.nodes import Call
from adcompiler.ir.primitive import lookup
from adcompiler.ir.types import Array, List, Type, dtype_of, shape_of
from adcompiler.ir.values import Atom
from adcompiler.primitives import lists, whole_lists

Repeat = Callable[[Atom], Atom]

_AS_THEY_ARE = ("list_item", "list_sum", "list_repeat", "list_without_last", "list_without")


def batch_list(call: Call, args: Sequence[Atom], flags: Sequence[bool], repeat: Repeat) -> Atom:
    """The row on operands of which those that `flags` names have a leading axis; `repeat` gives it to others."""
    row, name = call.primitive, call.primitive.name
    builder = current()
    if name in _AS_THEY_ARE:
        return builder.apply(row, *args, **call.statics)
    if name in ("list_zeros", "list_zeros_like"):
        return builder.apply(lists.array_zeros, args[0])
    if name == "list_fill":
        return lists.applied(row, List(args[1].type), *args)
    if name == "list_stack":
        stacked = builder.apply(row, args[0])
        rest = range(2, len(shape_of(stacked.type)))
        return builder.apply(lookup("transpose"), stacked, axes=(1, 0, *rest))
    if name == "list_unstack":
        rest = range(2, len(shape_of(args[0].type)))
        turned = builder.apply(lookup("transpose"), args[0], axes=(1, 0, *rest))
        return whole_lists.unstacked(
            turned, Array(dtype_of(turned.type), shape_of(turned.type)[1:])
        )
    many = range(len(args)) if name == "list_of" else range(min(2, len(args)))
    filled: list[Any] = list(args)
    for k in many:
        if not flags[k] and holds_values(call, k):
            filled[k] = repeat(filled[k])
    statics = dict(call.statics)
    if name == "list_of":
        statics["element"] = filled[0].type
    if name == "list_add":
        row = lists.add_array
    return builder.apply(row, *filled, **statics)


def holds_values(call: Call, position: int) -> bool:
    """True for a list, and for an element that goes into one; false for indices and lengths."""
    if isinstance(call.args[position].type, List) or call.primitive.name == "list_of":
        return True
    return position == 1 and call.primitive.name in (
        "list_append", "list_set", "list_add", "list_add_array", "list_insert",
    )  # fmt: skip


def leading_length(type: Type) -> Any:
    """The length of the axis of directions."""
    return shape_of(type.element if isinstance(type, List) else type)[0]
