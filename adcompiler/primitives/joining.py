"""Joining arrays along an axis that is there (concatenate) or a new one (stack)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from adcompiler.errors import ArgumentError, ShapeError
from adcompiler.ir.builder import current
from adcompiler.ir.index import IndexPattern, Operand, Slice
from adcompiler.ir.lengths import Length, assume_equal, must_differ
from adcompiler.ir.nodes import Call
from adcompiler.ir.primitive import Spelling, Statics, lookup
from adcompiler.ir.types import (
    Array,
    Type,
    dtype_of,
    is_scalar,
    shape_of,
)
from adcompiler.ir.values import Atom, Constant, Variable, as_atom
from adcompiler.primitives.accumulation import (
    fit_cotangent,
    fit_tangent,
)
from adcompiler.primitives.dimensions import (
    dimension,
    plus,
    shape_operands,
)
from adcompiler.primitives.kinds import general, linear
from adcompiler.primitives.samples import Sample
from adcompiler.primitives.shapes import (
    Shape,
    normalized_axes,
    numbers,
)


def same_length(lengths: Sequence[Length], what: str) -> Length:
    """One of lengths that must be equal: the one of which most is known."""
    for length in lengths:
        if must_differ(lengths[0], length) or (
            None not in (length.constant, lengths[0].constant) and length != lengths[0]
        ):
            raise ShapeError(f"{what} needs equal lengths and got {lengths[0]} and {length}.")
        assume_equal(lengths[0], length)
    known = [n for n in lengths if n.constant is not None] or [
        n for n in lengths if n.cannot_be_one
    ]
    return (known or list(lengths))[0]


def joined_dtype(args: Sequence[Atom], statics: Statics) -> np.dtype[Any]:
    """Unlike in arithmetic, a Python float among np.float32 numbers makes the array float64."""
    if statics.get("dtype") is not None:
        return np.dtype(statics["dtype"])
    return np.result_type(*(dtype_of(arg.type) for arg in args)) if args else np.dtype(float)


def part(axis: int, entry: Any) -> IndexPattern:
    """``[:, :, entry]`` with `axis` leading colons."""
    return IndexPattern((Slice(),) * axis + (entry,), axis > 0)


def _zero(primal: Atom) -> Atom:
    """A zero tangent of `primal`."""
    if isinstance(primal.type, Array):
        return current().apply(lookup("zeros_like"), primal)
    return as_atom(0.0)


def _push_joined(call: Call, tangents: Sequence[Atom | None]) -> Atom | None:
    if all(tangent is None for tangent in tangents):
        return None
    filled = [_zero(a) if t is None else t for a, t in zip(call.args, tangents, strict=True)]
    return fit_tangent(call.target, current().apply(call.primitive, *filled, **call.statics))


# --- a row for every direction --------------------------------------------------------------------


def _infer_repeat(args: Sequence[Atom], statics: Statics) -> Type:
    return Array(dtype_of(args[0].type), (shape_of(args[1].type)[0], *shape_of(args[0].type)))


def _batch_repeat(call: Call, args: Sequence[Atom], flags: Sequence[bool]) -> Atom:
    value, like = args
    if not flags[0] or flags[1]:
        raise ArgumentError("only the repeated operand can have directions.")
    row, count = shape_operands(value), dimension(like, 0)
    wide = current().apply(lookup("expand_dims"), value, axis=1)
    return current().apply(lookup("broadcast_to"), wide, row[0], count, *row[1:])


repeat_rows = linear(
    "repeat_rows",
    lambda x, like: np.repeat(np.asarray(x)[None], len(like), axis=0),
    infer=_infer_repeat,
    spelling=Spelling("np.repeat(_0[None], len(_1), axis=0)"),
    transpose=lambda call, y_bar: current().apply(lookup("sum"), y_bar, axis=0),
    batch=_batch_repeat,
    shape_only=(1,),
    samples=(Sample(([1.0, 2.0], [0.0, 0.0, 0.0])), Sample(([[1.0, 2.0]], [0.0]))),
    description="operand 0 once for each row of operand 1",
)


def as_rows(value: Atom, like: Atom) -> Atom:
    """`value` repeated along a new leading axis as long as that of `like`."""
    if is_scalar(value.type):
        return current().apply(lookup("full_vector"), value, dimension(like, 0))
    return current().apply(repeat_rows, value, like)


def all_rows(args: Sequence[Atom], flags: Sequence[bool]) -> list[Atom]:
    like = next(arg for arg, flag in zip(args, flags, strict=True) if flag)
    return [arg if flag else as_rows(arg, like) for arg, flag in zip(args, flags, strict=True)]


# --- concatenate ----------------------------------------------------------------------------------


def _infer_concatenate(args: Sequence[Atom], statics: Statics) -> Type:
    numbers(args, "np.concatenate")
    shapes = [shape_of(arg.type) for arg in args]
    ranks = {len(shape) for shape in shapes}
    if len(ranks) != 1 or 0 in ranks:
        text = ", ".join(str(arg.type) for arg in args)
        raise ShapeError(
            f"np.concatenate needs arrays with the same number of axes and got {text}."
        )
    rank = ranks.pop()
    (axis,) = normalized_axes(statics.get("axis", 0), rank)
    result = [
        same_length([s[k] for s in shapes], "np.concatenate") if k != axis else Length.of(0)
        for k in range(rank)
    ]
    for shape in shapes:
        result[axis] = result[axis] + shape[axis]
    return Array(joined_dtype(args, statics), tuple(result))


def _pull_concatenate(call: Call, y_bar: Atom, wanted: Sequence[bool]) -> list[Atom | None]:
    rank = len(shape_of(call.target.type))
    (axis,) = normalized_axes(call.statics.get("axis", 0), rank)
    found: list[Atom | None] = []
    last = max((k for k, want in enumerate(wanted) if want), default=-1)
    start: int | Atom = 0
    for position, (arg, want) in enumerate(zip(call.args, wanted, strict=True)):
        if position > last:
            found.append(None)
            continue
        final = position == len(call.args) - 1
        stop = None if final else plus(start, dimension(arg, axis))
        found.append(fit_cotangent(arg, _slice_of(y_bar, axis, start, stop)) if want else None)
        start = 0 if stop is None else stop
    return found


def _slice_of(y: Atom, axis: int, start: int | Atom, stop: int | Atom | None) -> Atom:
    operands: list[Atom] = []

    def bound(value: int | Atom | None) -> int | Operand | None:
        if isinstance(value, Variable):
            operands.append(value)
            return Operand(len(operands) - 1)
        return value.value if isinstance(value, Constant) else value  # type: ignore[return-value]

    first = None if isinstance(start, int) and start == 0 else bound(start)
    index = part(axis, Slice(first, bound(stop)))
    return current().apply(lookup("getitem"), y, *operands, index=index)


def _batch_concatenate(call: Call, args: Sequence[Atom], flags: Sequence[bool]) -> Atom:
    rows = all_rows(args, flags)
    (axis,) = normalized_axes(call.statics.get("axis", 0), len(shape_of(rows[0].type)) - 1)
    return current().apply(concatenate, *rows, axis=axis + 1)


concatenate = general(
    "concatenate",
    lambda *arrays, axis=0: np.concatenate(arrays, axis=axis),
    infer=_infer_concatenate,
    spelling=Spelling("np.concatenate([*_args])"),
    pushforward=_push_joined,
    pullback=_pull_concatenate,
    batch=_batch_concatenate,
    defaults={"axis": 0},
    samples=(
        Sample(([1.0, 2.0], [3.0], [])),
        Sample(([1.0, 2.0],)),
        Sample(([[1.0, 2.0]], [[3.0, 4.0], [5.0, 6.0]])),
        Sample(([[1.0, 2.0]], [[3.0]]), {"axis": 1}),
        Sample(([[[1.0], [2.0]]], [[[3.0], [4.0]]]), {"axis": -2}),
    ),
)


# --- stack ----------------------------------------------------------------------------------------


def _infer_stack(args: Sequence[Atom], statics: Statics) -> Type:
    numbers(args, "np.stack")
    shapes = [shape_of(arg.type) for arg in args]
    if len({len(shape) for shape in shapes}) > 1:
        text = ", ".join(str(arg.type) for arg in args)
        raise ShapeError(f"arrays that are stacked need equal shapes and got {text}.")
    common: Shape = tuple(same_length(n, "np.stack") for n in zip(*shapes, strict=True))
    (axis,) = normalized_axes(statics.get("axis", 0), len(common) + 1)
    return Array(
        joined_dtype(args, statics), (*common[:axis], Length.of(len(args)), *common[axis:])
    )


def pull_stack(call: Call, y_bar: Atom, wanted: Sequence[bool]) -> list[Atom | None]:
    (axis,) = normalized_axes(call.statics.get("axis", 0), len(shape_of(call.target.type)))
    return [
        fit_cotangent(arg, current().apply(lookup("getitem"), y_bar, index=part(axis, k)))
        if want
        else None
        for k, (arg, want) in enumerate(zip(call.args, wanted, strict=True))
    ]


def batch_stack(call: Call, args: Sequence[Atom], flags: Sequence[bool]) -> Atom:
    (axis,) = normalized_axes(call.statics.get("axis", 0), len(shape_of(call.target.type)))
    rows = current().apply(stack, *all_rows(args, flags), axis=axis + 1)
    wanted = dtype_of(call.target.type)
    return (
        rows
        if dtype_of(rows.type) == wanted
        else current().apply(lookup("cast"), rows, dtype=wanted)
    )


stack = general(
    "stack",
    lambda *arrays, axis=0: np.stack(arrays, axis=axis),
    infer=_infer_stack,
    spelling=Spelling("np.stack([*_args])"),
    pushforward=_push_joined,
    pullback=pull_stack,
    batch=batch_stack,
    defaults={"axis": 0},
    samples=(
        Sample(([1.0, 2.0], [3.0, 4.0])),
        Sample(([1.0, 2.0], [3.0, 4.0]), {"axis": -1}),
        Sample(([[1.0, 2.0]], [[3.0, 4.0]], [[5.0, 6.0]]), {"axis": 1}),
        Sample(([],)),
        Sample((1.0, 2.0)),
    ),
)
