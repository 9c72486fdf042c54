"""Lists whose length only the run knows: made, grown at the end, read and written by element.

Appending and taking off are each other's adjoint: the cotangent of a list is a list of the same length, so where the
forward sweep appends, the reverse sweep takes the last cotangent off.  Both cost the same whatever the length.

No row changes an element where it stands: an array in a list is exchanged, never written.  So elements may be shared.
Where a derivative needs the length of an older version of a list, the row has it as an operand (`frontend.growing`
computes it in time); where it needs the shape of an element, it has the element.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from adcompiler.errors import UnsupportedValueError
from adcompiler.ir.builder import current
from adcompiler.ir.nodes import Call
from adcompiler.ir.primitive import (
    Primitive,
    Pullback,
    Pushforward,
    Spelling,
    Statics,
    lookup,
    register,
)
from adcompiler.ir.types import FLOAT, INT, Array, List, Type, is_inexact
from adcompiler.ir.values import Atom, Constant, Variable

Atoms = Sequence[Atom | None]


def element_of(seq: Atom) -> Type:
    if not isinstance(seq.type, List):
        raise UnsupportedValueError(
            f"a list is expected, not a value of type {seq.type}.",
            why="its length would only be known at run time.",
            write="a list that is built by append",
        )
    return seq.type.element


def zero_of(value: Atom) -> Atom:
    """The cotangent of an element that nobody reads."""
    if isinstance(value.type, Array):
        return current().apply(lookup("zeros_like"), value)
    return Constant.of(0.0)


def _model(value: Atom) -> Atom:
    """What tells the type of an element that is taken off: of a number nothing need be kept."""
    return value if isinstance(value.type, Array) else Constant.of(0.0)


def zeros(seq: Atom) -> Atom:
    """The cotangent of a list that nobody has read yet."""
    made = current().definition(seq)
    if made is not None and made.primitive is list_of and not made.args:
        return make_list((), _inexact(element_of(seq)))
    row = array_zeros if isinstance(element_of(seq), Array) else number_zeros
    return current().apply(row, seq)


def row(
    name: str,
    function: Callable[..., Any],
    infer: Callable[[Sequence[Atom], Statics], Type],
    spelling: Spelling,
    *,
    pushforward: Pushforward | None = None,
    pullback: Pullback | None = None,
    memory: str = "fresh",
    shape_only: tuple[int, ...] = (),
    description: str = "",
) -> Primitive:
    """One row of this kind; without a pullback its derivative is zero."""
    return register(
        Primitive(
            name,
            function,
            infer,
            spelling,
            "inert" if pullback is None else "differentiable",
            pushforward,
            pullback,
            memory=memory,
            shape_only=shape_only,
            kind="list",
            description=description,
        )
    )


def with_tangents(call: Call, tangents: Atoms, seconds: tuple[int, ...] = ()) -> Atom:
    """The row itself on the tangents: zeros where there is none, other operands (indices, lengths) as they are."""
    args = list(call.args)
    for k in (0, *seconds):
        given = tangents[k] if k < len(tangents) else None
        if given is not None:
            args[k] = given
        elif isinstance(args[k].type, List):
            args[k] = zeros(args[k])
        else:
            args[k] = zero_of(args[k])
    wanted = call.target.type
    statics = dict(call.statics)
    if isinstance(wanted, List):
        wanted = List(_inexact(wanted.element))
        if "element" in statics:
            statics["element"] = wanted.element
    return applied(call.primitive, wanted, *args, **statics)


def applied(row: Primitive, type: Type, *args: Any, **statics: Any) -> Atom:
    """The row with a result of this type, which may know less of the shapes of elements than one operand does."""
    return current().apply(row, *args, target=Variable(None, type), **statics)


def _inexact(type: Type) -> Type:
    return type if is_inexact(type) else FLOAT


def same_list(args: Sequence[Atom], statics: Statics) -> Type:
    element_of(args[0])
    return args[0].type


# ---- a list of what is at hand --------------------------------------------------------------------


def _infer_of(args: Sequence[Atom], statics: Statics) -> Type:
    return List(statics["element"])


def _push_of(call: Call, tangents: Atoms) -> Atom:
    return with_tangents(call, tangents, tuple(range(1, len(call.args))))


def _push_empty(call: Call, tangents: Atoms) -> Atom | None:
    return _push_of(call, tangents) if call.args else None


def _pull_of(call: Call, y_bar: Atom, wanted: Sequence[bool]) -> list[Atom | None]:
    return [current().apply(item, y_bar, k) if want else None for k, want in enumerate(wanted)]


list_of = row(
    "list_of",
    lambda *items, element, form: list(items),
    _infer_of,
    Spelling("[*_args]"),
    pushforward=_push_empty,
    pullback=_pull_of,
    description="a list that will change its length",
)


def make_list(items: Sequence[Atom], element: Type) -> Atom:
    return current().apply(list_of, *items, element=element, form="[*_args]")


# ---- reading --------------------------------------------------------------------------------------


def _push_item(call: Call, tangents: Atoms) -> Atom | None:
    return with_tangents(call, tangents) if tangents[0] is not None else None


def _pull_item(call: Call, y_bar: Atom, wanted: Sequence[bool]) -> list[Atom | None]:
    seq, index = call.args
    add = add_array if isinstance(element_of(seq), Array) else add_number
    return [current().apply(add, zeros(seq), y_bar, index), None]


item = row(
    "list_item",
    lambda seq, index: seq[index],
    lambda args, statics: element_of(args[0]),
    Spelling("_0[_1]"),
    pushforward=_push_item,
    pullback=_pull_item,
    memory="view",
    description="an element of a list",
)

length = row(
    "list_length",
    len,
    lambda args, statics: INT,
    Spelling("len(_0)"),
    description="how many elements a list has now",
)

number_zeros = row(
    "list_zeros",
    lambda seq: [0.0] * len(seq),
    lambda args, statics: List(_inexact(element_of(args[0]))),
    Spelling("[0.0] * len(_0)"),
    description="a zero for each number of a list",
)

array_zeros = row(
    "list_zeros_like",
    lambda seq: [np.zeros_like(y) for y in seq],
    same_list,
    Spelling("[np.zeros_like(y) for y in _0]"),
    description="zeros for each array of a list",
)


# ---- growing and shrinking at the end ---------------------------------------------------------------


def cotangent_type(seq: Atom) -> Type:
    return List(_inexact(element_of(seq)))


def _taken(call: Call, y_bar: Atom, index: Any) -> Atom:
    """The cotangent of the element that operand 1 is."""
    return applied(item, call.args[1].type, y_bar, index)


def _push_append(call: Call, tangents: Atoms) -> Atom | None:
    return with_tangents(call, tangents, (1,))


def _pull_append(call: Call, y_bar: Atom, wanted: Sequence[bool]) -> list[Atom | None]:
    last = _taken(call, y_bar, -1) if wanted[1] else None
    seq = cotangent_type(call.args[0])
    return [applied(without_last, seq, y_bar, _model(call.args[1])), last]


append = row(
    "list_append",
    lambda seq, value: [*seq, value],
    same_list,
    Spelling("[*_0, _1]", update="_0.append(_1)"),
    pushforward=_push_append,
    pullback=_pull_append,
    memory="update",
    description="one element more at the end",
)


def _pull_without(call: Call, y_bar: Atom, wanted: Sequence[bool]) -> list[Atom | None]:
    return [
        applied(append, cotangent_type(call.args[0]), y_bar, zero_of(call.args[1])),
        None,
    ]


without_last = row(
    "list_without_last",
    lambda seq, last: seq[:-1],
    same_list,
    Spelling("_0[:-1]", update="_0.pop()"),
    pushforward=_push_item,
    pullback=_pull_without,
    memory="update",
    shape_only=(1,),
    description="the last element taken off; operand 1 is of its type",
)


# ---- elements written ------------------------------------------------------------------------------


def _set(seq: list[Any], value: Any, index: int) -> list[Any]:
    changed = list(seq)
    changed[index] = value
    return changed


def _pull_set(call: Call, y_bar: Atom, wanted: Sequence[bool]) -> list[Atom | None]:
    seq, value, index = call.args
    value_bar = _taken(call, y_bar, index) if wanted[1] else None
    return [applied(set_item, cotangent_type(seq), y_bar, zero_of(value), index), value_bar]


set_item = row(
    "list_set",
    _set,
    same_list,
    Spelling("", update="_0[_2] = _1"),
    pushforward=_push_append,
    pullback=lambda call, y_bar, wanted: [*_pull_set(call, y_bar, wanted), None],
    memory="update",
    description="an element exchanged",
)


def _pull_add(call: Call, y_bar: Atom, wanted: Sequence[bool]) -> list[Atom | None]:
    index = call.args[2]
    return [y_bar, _taken(call, y_bar, index) if wanted[1] else None, None]


def _adding(name: str, update: str) -> Primitive:
    return row(
        name,
        lambda seq, value, index: _set(seq, seq[index] + value, index),
        same_list,
        Spelling("", update=update),
        pushforward=_push_append,
        pullback=_pull_add,
        memory="update",
        description="a value added to an element",
    )


add_number = _adding("list_add", "_0[_2] += _1")
# a new array: the old one may stand in other lists
add_array = _adding("list_add_array", "_0[_2] = _0[_2] + _1")


# ---- elements in between ----------------------------------------------------------------------------


def _pull_insert(call: Call, y_bar: Atom, wanted: Sequence[bool]) -> list[Atom | None]:
    seq, value, index = call.args
    value_bar = _taken(call, y_bar, index) if wanted[1] else None
    rest = applied(without_item, cotangent_type(seq), y_bar, _model(value), index)
    return [rest, value_bar, None]


insert = row(
    "list_insert",
    lambda seq, value, index: [*seq[:index], value, *seq[index:]],
    same_list,
    Spelling("", update="_0.insert(_2, _1)"),
    pushforward=_push_append,
    pullback=_pull_insert,
    memory="update",
    description="one element more in between (the index counts from the start)",
)


def _pull_without_item(call: Call, y_bar: Atom, wanted: Sequence[bool]) -> list[Atom | None]:
    seq, value, index = call.args
    return [applied(insert, cotangent_type(seq), y_bar, zero_of(value), index), None, None]


without_item = row(
    "list_without",
    lambda seq, value, index: [*seq[:index], *seq[index + 1 :]],
    same_list,
    Spelling("", update="_0.pop(_2)"),
    pushforward=_push_item,
    pullback=_pull_without_item,
    memory="update",
    shape_only=(1,),
    description="an element taken out; operand 1 is of its type",
)
