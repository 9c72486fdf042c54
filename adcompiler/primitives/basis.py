"""Bases and shapes of Jacobians: many directions along a leading axis.

A Jacobian has the shape out.shape + in.shape; a basis of an array of n numbers is the n×n identity, each row
shaped like the array.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from adcompiler.ir.builder import current
from adcompiler.ir.lengths import Length
from adcompiler.ir.nodes import Call
from adcompiler.ir.primitive import Primitive, Spelling, Statics, lookup
from adcompiler.ir.types import Array, Type, dtype_of, shape_of
from adcompiler.ir.values import Atom
from adcompiler.primitives.kinds import inert, linear
from adcompiler.primitives.samples import Sample


def _size(atom: Atom) -> Length:
    size = Length.of(1)
    for length in shape_of(atom.type):
        size = size * length
    return size


def _infer_basis(args: Sequence[Atom], statics: Statics) -> Type:
    like = args[0]
    return Array(dtype_of(like.type), (_size(like), *shape_of(like.type)))


def _basis(like: Any) -> Any:
    like = np.asarray(like)
    return np.eye(like.size, dtype=like.dtype).reshape(like.size, *like.shape)


basis_like = inert(
    "basis_like",
    _basis,
    infer=_infer_basis,
    spelling=Spelling("np.eye(_0.size, dtype=_0.dtype).reshape(_0.size, *_0.shape)"),
    samples=(Sample(([1.0, 2.0],)), Sample(([[1.0, 2.0], [3.0, 4.0]],))),
    shape_only=(0,),
    description="the unit directions of an array, along a leading axis",
)


def _infer_as(args: Sequence[Atom], statics: Statics) -> Type:
    lead = shape_of(args[0].type)[: statics["lead"]]
    shape = lead + tuple(n for like in args[1:] for n in shape_of(like.type))
    return Array(dtype_of(args[0].type), shape)


def _reshape_as(value: Any, *likes: Any, lead: int) -> Any:
    return np.reshape(
        value, np.shape(value)[:lead] + tuple(n for like in likes for n in np.shape(like))
    )


def _back(call: Call, y_bar: Atom) -> Atom:
    return current().apply(lookup("reshape_like"), y_bar, call.args[0])


def _behind_lead(row: str) -> Any:
    def batch(call: Call, args: Sequence[Atom], flags: Sequence[bool]) -> Atom:
        likes = [
            current().apply(lookup("getitem"), a, index=_first()) if flag else a
            for a, flag in zip(args[1:], flags[1:], strict=True)
        ]
        return current().apply(lookup(row), args[0], *likes, lead=call.statics["lead"] + 1)

    return batch


def _first() -> Any:
    from adcompiler.ir.index import IndexPattern

    return IndexPattern((0,), False)


_LIKE = [[1.0, 2.0], [3.0, 4.0]]
reshape_as: Primitive = linear(
    "reshape_as",
    _reshape_as,
    infer=_infer_as,
    spelling=Spelling("_0.reshape(_0.shape[:_lead] + _1.shape)"),
    transpose=_back,
    samples=(Sample(([1.0, 2.0, 3.0, 4.0], _LIKE), {"lead": 0}),),
    shape_only=(1,),
    memory="view",
    batch=_behind_lead("reshape_as"),
    description="behind `lead` axes, the shape of operand 1",
)
reshape_as_two: Primitive = linear(
    "reshape_as_two",
    _reshape_as,
    infer=_infer_as,
    spelling=Spelling("_0.reshape(_0.shape[:_lead] + _1.shape + _2.shape)"),
    transpose=_back,
    samples=(
        Sample(([[1.0, 2.0, 3.0, 4.0], [1.0, 2.0, 3.0, 4.0]], [1.0, 2.0], _LIKE), {"lead": 0}),
    ),
    shape_only=(1, 2),
    memory="view",
    batch=_behind_lead("reshape_as_two"),
    description="behind `lead` axes, the shapes of operands 1 and 2",
)


def _infer_two(args: Sequence[Atom], statics: Statics) -> Type:
    return Array(dtype_of(args[1].type), tuple(n for like in args for n in shape_of(like.type)))


zeros_of_two = inert(
    "zeros_of_two",
    lambda a, b: np.zeros(np.shape(a) + np.shape(b), dtype=np.asarray(b).dtype),
    infer=_infer_two,
    spelling=Spelling("np.zeros(_0.shape + _1.shape, dtype=_1.dtype)"),
    samples=(Sample(([1.0, 2.0], _LIKE)),),
    shape_only=(0, 1),
    description="a Jacobian block of zeros",
)


def _infer_repeat(args: Sequence[Atom], statics: Statics) -> Type:
    return Array(dtype_of(args[0].type), (shape_of(args[1].type)[0], *shape_of(args[0].type)))


def _batch_repeat(call: Call, args: Sequence[Atom], flags: Sequence[bool]) -> Atom:
    """Two leading axes: the new directions stand before those of operand 1."""
    value = current().apply(repeat_for, *args)
    rest = range(2, len(shape_of(value.type)))
    return current().apply(lookup("transpose"), value, axes=(1, 0, *rest))


repeat_for = linear(
    "repeat_for",
    lambda value, leading: np.broadcast_to(value, (len(leading), *np.shape(value))),
    infer=_infer_repeat,
    spelling=Spelling("np.broadcast_to(_0, (len(_1), *np.shape(_0)))"),
    transpose=lambda call, y_bar: current().apply(lookup("sum"), y_bar, axis=0),
    samples=(Sample(([1.0, 2.0], _LIKE)),),
    shape_only=(1,),
    memory="view",
    batch=_batch_repeat,
    description="the value once for each direction of operand 1",
)
