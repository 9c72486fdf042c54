"""Diagonals of matrices, their sums, and matrices made of one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from adcompiler.errors import ArgumentError, ShapeError
from adcompiler.ir.builder import current
from adcompiler.ir.index import IndexPattern, Operand, Slice
from adcompiler.ir.lengths import Length, unknown
from adcompiler.ir.nodes import Call
from adcompiler.ir.primitive import Spelling, Statics, lookup
from adcompiler.ir.types import Array, Type, dtype_of, shape_of
from adcompiler.ir.values import Atom
from adcompiler.primitives.accumulation import fit_cotangent
from adcompiler.primitives.arrays import array_like, known_dtype
from adcompiler.primitives.axes import transposed
from adcompiler.primitives.dimensions import Dimension, dimension, plus
from adcompiler.primitives.kinds import linear
from adcompiler.primitives.reductions import sum_
from adcompiler.primitives.samples import Sample
from adcompiler.primitives.shapes import normalized_axes, numbers
from adcompiler.primitives.shaping import Flags, rank_of
from adcompiler.primitives.statics import static

_BOX = [[[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]], [[7.0, 8.0], [9.0, 1.5], [2.5, 3.5]]]
_WIDE = [[1.0, 2.0, 5.0], [3.0, 4.0, 6.0]]
DEFAULTS = {"offset": 0, "axis1": 0, "axis2": 1}


def _axes(statics: Statics, rank: int) -> tuple[int, int]:
    one, two = statics.get("axis1", 0), statics.get("axis2", 1)
    normalized_axes((one, two), rank)
    return one % rank, two % rank


def _infer_diagonal(args: Sequence[Atom], statics: Statics) -> Type:
    numbers(args, "np.diagonal")
    shape = shape_of(args[0].type)
    if len(shape) < 2:
        raise ShapeError("np.diagonal takes an array with two axes or more.")
    one, two = _axes(statics, len(shape))
    rest = tuple(n for axis, n in enumerate(shape) if axis not in (one, two))
    return Array(
        dtype_of(args[0].type), (*rest, _length(shape[one], shape[two], statics.get("offset", 0)))
    )


def _length(rows: Length, columns: Length, offset: int) -> Length:
    if rows.constant is not None and columns.constant is not None:
        short = (
            min(rows.constant, columns.constant - offset)
            if offset >= 0
            else min(rows.constant + offset, columns.constant)
        )
        return Length.of(max(short, 0))
    shorter = rows - abs(offset)
    if rows == columns and all(coefficient >= 0 for _, coefficient in shorter.terms):
        return shorter
    return unknown(f"min({rows}, {columns})", rows, columns, offset)


def _places(values: Atom, offset: int) -> tuple[list[Atom], IndexPattern]:
    """Row and column numbers of a diagonal as long as the last axis of `values`."""
    n = dimension(values, rank_of(values) - 1)
    rows = lookup("arange")(n)
    if not offset:
        return [rows], IndexPattern((Operand(0), Operand(0)), True)
    moved = lookup("arange")(abs(offset), plus(abs(offset), n))
    pair = [rows, moved] if offset > 0 else [moved, rows]
    return pair, IndexPattern((Operand(0), Operand(1)), True)


def _on_diagonal(zeros: Atom, values: Atom, offset: int) -> Atom:
    """`values` added on a diagonal of the last two axes; no element is named twice."""
    places, pattern = _places(values, offset)
    if rank_of(zeros) > 2:
        pattern = IndexPattern((Slice(),) * (rank_of(zeros) - 2) + pattern.entries, True)
    return current().apply(lookup("add_to_slice"), zeros, values, *places, index=pattern)


def _diagonal_back(call: Call, y_bar: Atom) -> Atom:
    x = call.args[0]
    rank = rank_of(x)
    one, two = _axes(call.statics, rank)
    zeros = lookup("zeros_like")(x)
    order = (*(k for k in range(rank) if k not in (one, two)), one, two)
    found = _on_diagonal(transposed(zeros, order), y_bar, call.statics.get("offset", 0))
    return transposed(found, tuple(order.index(k) for k in range(rank)))


def _batch_diagonal(call: Call, args: Sequence[Atom], flags: Flags) -> Atom:
    one, two = _axes(call.statics, rank_of(args[0]) - 1)
    offset = call.statics.get("offset", 0)
    options = {"offset": offset} if offset else {}
    return current().apply(diagonal, args[0], **options, axis1=one + 1, axis2=two + 1)


diagonal = linear(
    "diagonal",
    lambda x, offset=0, axis1=0, axis2=1: np.diagonal(x, offset, axis1, axis2),
    infer=_infer_diagonal,
    spelling=Spelling("np.diagonal(_0)"),
    transpose=_diagonal_back,
    batch=_batch_diagonal,
    memory="view",
    defaults=DEFAULTS,
    samples=(
        Sample(([[1.0, 2.0], [3.0, 4.0]],)),
        Sample(([[1.5]],)),
        Sample((_WIDE,)),
        Sample((_WIDE,), {"offset": 1}),
        Sample((_WIDE,), {"offset": -1}),
        Sample((_BOX,)),
        Sample((_BOX,), {"axis1": 1, "axis2": 0}),
        Sample((_BOX,), {"offset": -1, "axis1": -2, "axis2": -1}),
    ),
)


# --- a matrix with a given diagonal ---------------------------------------------------------------


def _infer_matrix(args: Sequence[Atom], statics: Statics) -> Type:
    numbers(args, "np.diag")
    (n,) = shape_of(args[0].type)
    side = n + abs(statics.get("k", 0))
    return Array(dtype_of(args[0].type), (side, side))


def _batch_matrix(call: Call, args: Sequence[Atom], flags: Flags) -> Atom:
    values, k = args[0], call.statics.get("k", 0)
    side: Dimension = plus(dimension(values, 1), abs(k)) if k else dimension(values, 1)
    dtype = dtype_of(values.type)
    options: dict[str, Any] = {} if dtype == np.dtype(float) else {"dtype": dtype}
    zeros = lookup("zeros")(dimension(values, 0), side, side, **options)
    return _on_diagonal(zeros, values, k)


diag = linear(
    "diag",
    lambda x, k=0: np.diag(x, k),
    infer=_infer_matrix,
    spelling=Spelling("np.diag(_0)"),
    transpose=lambda call, y_bar: fit_cotangent(
        call.args[0], _diagonal(y_bar, call.statics.get("k", 0))
    ),
    batch=_batch_matrix,
    defaults={"k": 0},
    samples=(
        Sample(([1.0, 2.0],)),
        Sample(([1.5, 2.5, 3.5],), {"k": 1}),
        Sample(([1.0, 2.0],), {"k": -2}),
        Sample(([],)),
    ),
    description="the matrix with this diagonal",
)


# --- the user's functions -------------------------------------------------------------------------


def _diagonal(a: Any, offset: Any = 0, axis1: Any = 0, axis2: Any = 1) -> Atom:
    given = {
        "offset": static(offset, "offset"),
        "axis1": static(axis1, "axis1"),
        "axis2": static(axis2, "axis2"),
    }
    options: dict[str, Any] = {
        key: int(value) for key, value in given.items() if value != DEFAULTS[key]
    }
    return current().apply(diagonal, array_like(a), **options)


def _trace(
    a: Any, offset: Any = 0, axis1: Any = 0, axis2: Any = 1, dtype: Any = None, out: Any = None
) -> Atom:
    if out is not None:
        raise ArgumentError("`np.trace` with `out=` is not supported.", write="y = np.trace(a)")
    line = _diagonal(a, offset, axis1, axis2)
    wanted = known_dtype(dtype)
    if wanted is not None and wanted != dtype_of(line.type):
        line = lookup("cast")(line, dtype=wanted)
    options: dict[str, Any] = {"axis": -1} if rank_of(line) > 1 else {}
    return current().apply(sum_, line, **options)


def _linalg_diagonal(x: Any, /, *, offset: Any = 0) -> Atom:
    return _diagonal(x, offset, -2, -1)


def _linalg_trace(x: Any, /, *, offset: Any = 0, dtype: Any = None) -> Atom:
    return _trace(x, offset, -2, -1, dtype)


def _diag(v: Any, k: Any = 0) -> Atom:
    atom, offset = array_like(v), int(static(k, "k"))
    if rank_of(atom) == 2:
        return _diagonal(atom, offset)
    if rank_of(atom) != 1:
        raise ShapeError("np.diag takes a vector or a matrix.")
    options: dict[str, Any] = {"k": offset} if offset else {}
    return current().apply(diag, atom, **options)


def _diagflat(v: Any, k: Any = 0) -> Atom:
    atom = array_like(v)
    return _diag(atom if rank_of(atom) == 1 else lookup("reshape")(atom, -1), k)


FUNCTIONS: dict[Any, Any] = {
    np.trace: _trace,
    np.diagonal: _diagonal,
    np.diag: _diag,
    np.diagflat: _diagflat,
    np.linalg.diagonal: _linalg_diagonal,
    np.linalg.trace: _linalg_trace,
}
METHODS: dict[str, Any] = {"trace": _trace, "diagonal": _diagonal}
