"""Lists of unknown length taken as a whole: parts, sums, and the way to arrays and back."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from adcompiler.errors import ShapeError
from adcompiler.ir.builder import current
from adcompiler.ir.lengths import unknown
from adcompiler.ir.nodes import Call
from adcompiler.ir.primitive import Primitive, Spelling, Statics, lookup
from adcompiler.ir.types import Array, List, PythonScalar, Type, dtype_of, shape_of
from adcompiler.ir.values import Atom
from adcompiler.primitives.lists import (
    Atoms,
    element_of,
    row,
    same_list,
    with_tangents,
    zeros,
)

Flags = Sequence[bool]


def _push(call: Call, tangents: Atoms) -> Atom | None:
    return with_tangents(call, tangents) if tangents[0] is not None else None


def _push_both(call: Call, tangents: Atoms) -> Atom | None:
    return with_tangents(call, tangents, (1,))


# ---- sums -------------------------------------------------------------------------------------------


def _pull_sum(call: Call, y_bar: Atom, wanted: Flags) -> list[Atom | None]:
    return [current().apply(fill, call.args[0], y_bar)]


sum_of: Primitive = row(
    "list_sum",
    lambda seq: sum(seq),
    lambda args, statics: element_of(args[0]),
    Spelling("sum(_0)"),
    pushforward=_push,
    pullback=_pull_sum,
    description="the sum of a list",
)

fill: Primitive = row(
    "list_fill",
    lambda seq, value: [value] * len(seq),
    same_list,
    Spelling("[_1] * len(_0)"),
    pushforward=lambda call, tangents: (
        None
        if tangents[1] is None
        else current().apply(fill, call.args[0], tangents[1], **call.statics)
    ),
    pullback=lambda call, y_bar, wanted: [None, current().apply(sum_of, y_bar)],
    description="one value for each element of a list",
)

repeated = row(
    "list_repeat",
    lambda value, count: [value] * count,
    lambda args, statics: List(args[0].type),
    Spelling("[_0] * _1"),
    pushforward=_push,
    pullback=lambda call, y_bar, wanted: [current().apply(sum_of, y_bar), None],
    description="one value so many times",
)

add_lists = row(
    "list_sums",
    lambda a, b: [x + y for x, y in zip(a, b, strict=True)],
    same_list,
    Spelling("[a + b for a, b in zip(_0, _1)]"),
    pushforward=_push_both,
    pullback=lambda call, y_bar, wanted: [y_bar, y_bar],
    description="two lists of one length, element by element",
)


# ---- arrays -----------------------------------------------------------------------------------------


def _infer_stack(args: Sequence[Atom], statics: Statics) -> Type:
    element = element_of(args[0])
    return Array(dtype_of(element), (unknown("len(list)", args[0]), *shape_of(element)))


def _push_stack(call: Call, tangents: Atoms) -> Atom | None:
    return None if tangents[0] is None else current().apply(stack, tangents[0])


stack = row(
    "list_stack",
    lambda seq: np.array(seq),
    _infer_stack,
    Spelling("np.array(_0)"),
    pushforward=_push_stack,
    pullback=lambda call, y_bar, wanted: [
        unstacked(y_bar, element_of(call.args[0])),
    ],
    description="the elements as an array",
)


def _pull_unstack(call: Call, y_bar: Atom, wanted: Flags) -> list[Atom | None]:
    stacked = current().apply(stack, y_bar)
    # np.array([]) has forgotten the shape of the elements
    return [current().apply(lookup("reshape_like"), stacked, call.args[0])]


unstack = row(
    "list_unstack",
    lambda x, element, form: x.tolist() if isinstance(element, PythonScalar) else list(x),
    lambda args, statics: List(statics["element"]),
    Spelling("list(_0)"),
    pushforward=_push,
    pullback=_pull_unstack,
    description="the rows of an array as a list",
)


def unstacked(array: Atom, element: Type) -> Atom:
    form = "_0.tolist()" if isinstance(element, PythonScalar) else "list(_0)"
    return current().apply(unstack, array, element=element, form=form)


# ---- parts ------------------------------------------------------------------------------------------


def _part_rows(name: str, where: str) -> tuple[Primitive, Primitive]:
    """Reading and exchanging ``seq[where]``; `where` names the operands behind the list."""

    def bounds(args: tuple[int, ...]) -> slice:
        first, _, last = where.partition(":")
        given = iter(args)
        return slice(next(given) if first else None, next(given) if last else None)

    def pull(call: Call, y_bar: Atom, wanted: Flags) -> list[Atom | None]:
        seq, *rest = call.args
        return [current().apply(put, zeros(seq), y_bar, *rest), *(None for _ in rest)]

    def exchanged(seq: list[object], part: list[object], *args: int) -> list[object]:
        changed = list(seq)
        changed[bounds(args)] = part
        return changed

    def pull_put(call: Call, y_bar: Atom, wanted: Flags) -> list[Atom | None]:
        _, part, *rest = call.args
        part_bar = current().apply(read, y_bar, *rest) if wanted[1] else None
        seq_bar = current().apply(put, y_bar, zeros(part), *rest)
        return [seq_bar, part_bar, *(None for _ in rest)]

    def text(shift: int) -> str:
        first, _, last = where.partition(":")
        return f"{first and f'_{int(first) + shift}'}:{last and f'_{int(last) + shift}'}"

    read = row(
        f"list_{name}",
        lambda seq, *args: seq[bounds(args)],
        same_list,
        Spelling(f"_0[{text(0)}]"),
        pushforward=_push,
        pullback=pull,
        description="a part of a list",
    )
    put = row(
        f"list_put_{name}",
        exchanged,
        same_list,
        Spelling("", update=f"_0[{text(1)}] = _1"),
        pushforward=_push_both,
        pullback=pull_put,
        memory="update",
        description="a part of a list exchanged for one of the same length",
    )
    return read, put


part, put_part = _part_rows("part", "1:2")
tail, put_tail = _part_rows("tail", "1:")
head, put_head = _part_rows("head", ":1")

backwards: Primitive = row(
    "list_backwards",
    lambda seq: seq[::-1],
    same_list,
    Spelling("_0[::-1]"),
    pushforward=_push,
    pullback=lambda call, y_bar, wanted: [current().apply(backwards, y_bar)],
    description="a list from its end",
)

copied = row(
    "list_copy",
    lambda seq: list(seq),
    same_list,
    Spelling("_0.copy()"),
    pushforward=_push,
    pullback=lambda call, y_bar, wanted: [y_bar],
    description="a list of its own",
)


# ---- one list behind another --------------------------------------------------------------------------


def _pull_joined(call: Call, y_bar: Atom, wanted: Flags) -> list[Atom | None]:
    count = call.args[2]
    return [
        current().apply(head, y_bar, count) if wanted[0] else None,
        current().apply(tail, y_bar, count) if wanted[1] else None,
        None,
    ]


joined = row(
    "list_joined",
    lambda a, b, count: [*a, *b],
    same_list,
    Spelling("_0 + _1"),
    pushforward=_push_both,
    pullback=_pull_joined,
    description="one list behind the other; operand 2 is the length of the first",
)


def _pull_extend(call: Call, y_bar: Atom, wanted: Flags) -> list[Atom | None]:
    count = call.args[2]
    behind = current().apply(tail, y_bar, count) if wanted[1] else None
    return [current().apply(cut, y_bar, count), behind, None]


extend = row(
    "list_extend",
    lambda seq, more, count: [*seq, *more],
    same_list,
    Spelling("", update="_0.extend(_1)"),
    pushforward=_push_both,
    pullback=_pull_extend,
    memory="update",
    description="the elements of another list at the end; operand 2 is the length before",
)


def _pull_cut(call: Call, y_bar: Atom, wanted: Flags) -> list[Atom | None]:
    seq, count = call.args
    lost = zeros(current().apply(tail, seq, count))
    return [current().apply(extend, y_bar, lost, count), None]


cut = row(
    "list_cut",
    lambda seq, count: seq[:count],
    same_list,
    Spelling("", update="del _0[_1:]"),
    pushforward=_push,
    pullback=_pull_cut,
    memory="update",
    description="only so many elements kept",
)


# ---- many directions at once ----------------------------------------------------------------------------


def _infer_for(args: Sequence[Atom], statics: Statics) -> Type:
    element = element_of(args[0])
    return List(Array(dtype_of(element), (shape_of(args[1].type)[0], *shape_of(element))))


repeated_for: Primitive = row(
    "list_repeat_for",
    lambda seq, leading: [np.broadcast_to(y, (len(leading), *np.shape(y))) for y in seq],
    _infer_for,
    Spelling("[np.broadcast_to(y, (len(_1), *np.shape(y))) for y in _0]"),
    pushforward=_push,
    pullback=lambda call, y_bar, wanted: [
        current().apply(summed_leading, y_bar, element=element_of(call.args[0]), form=_SUMMED),
        None,
    ],
    shape_only=(1,),
    description="each element once for each direction of operand 1",
)

_SUMMED = "[np.sum(y, axis=0) for y in _0]"

summed_leading: Primitive = row(
    "list_sum_leading",
    lambda seq, element, form: [np.sum(y, axis=0) for y in seq],
    lambda args, statics: List(statics["element"]),
    Spelling(_SUMMED),
    pushforward=_push,
    pullback=lambda call, y_bar, wanted: [
        current().apply(repeated_for, y_bar, current().apply(lookup("list_item"), call.args[0], 0)),
    ],
    description="each element summed over all directions",
)


def concatenated(seq: Atom) -> Atom:
    """The rows of all elements, one element behind the other."""
    element = element_of(seq)
    if not shape_of(element):
        raise ShapeError("`np.concatenate` of numbers: only arrays with axes can be joined.")
    stacked = current().apply(stack, seq)
    rest = shape_of(element)[1:]
    if not rest:
        return current().apply(lookup("reshape"), stacked, -1)
    from adcompiler.primitives.dimensions import dimension

    axes = [dimension(stacked, k) for k in range(2, len(rest) + 2)]
    return current().apply(lookup("reshape"), stacked, -1, *axes)
