"""Elements added behind, and zeros cut off at the ends: append and trim_zeros."""

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
from adcompiler.ir.values import Atom, Variable, as_atom
from adcompiler.primitives.accumulation import (
    fit_cotangent,
    fit_tangent,
)
from adcompiler.primitives.arrays import array_like, is_list
from adcompiler.primitives.dimensions import (
    Dimension,
    dimension,
    plus,
    product,
    size_operand,
    token,
)
from adcompiler.primitives.joining import all_rows, concatenate, joined_dtype, part
from adcompiler.primitives.kinds import general, inert
from adcompiler.primitives.samples import Sample
from adcompiler.primitives.shapes import numbers
from adcompiler.primitives.shaping import Flags, rank_of
from adcompiler.primitives.splitting import piece
from adcompiler.primitives.statics import static

_ROW = [1.0, 2.0, 4.0, 5.0]
_GRID = [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]


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
    lambda x: int(np.argmax(np.asarray(x) != 0)),
    infer=_infer_start,
    spelling=Spelling("int(np.argmax(_0 != 0))"),
    samples=(Sample(([0.0, 0.0, 1.0, 0.0],)), Sample(([0.0],))),
    description="where the first number that is not zero stands (0 where there is none)",
)


def _trim_back(call: Call, y_bar: Atom) -> Atom:
    """The numbers stand where they stood: behind the zeros in front (an empty array has none)."""
    x = call.args[0]
    if "f" in call.statics.get("trim", "fb"):
        start: Dimension = current().apply(trim_start, x)
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
        current().apply(trim_start, x) if "f" in call.statics.get("trim", "fb") else 0
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
    options: dict[str, Any] = {} if how == "fb" else {"trim": how}
    return current().apply(trim_zeros, array_like(filt), **options)


FUNCTIONS: dict[Any, Any] = {np.append: _append, np.trim_zeros: _trim_zeros}
