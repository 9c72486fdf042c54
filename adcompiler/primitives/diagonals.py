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
from adcompiler.ir.types import (
    Array,
    Type,
    dtype_of,
    shape_of,
)
from adcompiler.ir.values import Atom, as_atom
from adcompiler.primitives.arrays import array_like, known_dtype
from adcompiler.primitives.axes import move_axis
from adcompiler.primitives.dimensions import (
    dimension,
    plus,
)
from adcompiler.primitives.kinds import linear
from adcompiler.primitives.reductions import sum_
from adcompiler.primitives.samples import Sample
from adcompiler.primitives.shapes import (
    numbers,
)
from adcompiler.primitives.shaping import Flags, rank_of
from adcompiler.primitives.statics import static

_DEFAULTS = {"offset": 0, "axis1": 0, "axis2": 1}


def _axes(statics: Statics, rank: int) -> tuple[int, int]:
    found = []
    for name in ("axis1", "axis2"):
        axis = statics.get(name, _DEFAULTS[name])
        if not -rank <= axis < rank:
            raise ShapeError(f"axis {axis} is out of bounds for an array with {rank} axes.")
        found.append(axis % rank)
    if found[0] == found[1]:
        raise ShapeError("the two axes of a diagonal must be different.")
    return found[0], found[1]


def _length(rows: Length, columns: Length, offset: int) -> Length:
    if offset == 0 and rows == columns:
        return rows
    if rows.constant is not None and columns.constant is not None:
        below = rows.constant + min(offset, 0), columns.constant - max(offset, 0)
        return Length.of(max(0, min(below)))
    name = f"min({rows}, {columns})" + (f" at {offset}" if offset else "")
    return unknown(name, rows, columns, offset)


def _infer_diagonal(args: Sequence[Atom], statics: Statics) -> Type:
    numbers(args, "np.diagonal")
    shape = shape_of(args[0].type)
    if len(shape) < 2:
        raise ShapeError("np.diagonal takes an array with two axes or more.")
    first, second = _axes(statics, len(shape))
    rest = tuple(n for k, n in enumerate(shape) if k not in (first, second))
    size = _length(shape[first], shape[second], statics.get("offset", 0))
    return Array(dtype_of(args[0].type), (*rest, size))


def _on_diagonal(
    zeros: Atom, values: Atom, size: Any, offset: int = 0, axes: tuple[int, int] = (0, 1)
) -> Atom:
    """`zeros` with `values`, whose last axis has the length `size`, added on a diagonal."""
    places = lookup("arange")(size)
    below = places if offset >= 0 else as_atom(places - offset)
    beside = places if offset <= 0 else as_atom(places + offset)
    operands = {axes[0]: below, axes[1]: beside}
    entries: list[Any] = [Slice()] * (1 + max(axes))
    used = list(dict.fromkeys(operands.values()))
    for axis, operand in operands.items():
        entries[axis] = Operand(used.index(operand))
    # two index arrays side by side stay in their place, otherwise they go to the front
    place = min(axes) if abs(axes[0] - axes[1]) == 1 else 0
    moved = move_axis(values, rank_of(values) - 1, place)
    index = IndexPattern(tuple(entries), True)
    return current().apply(lookup("add_to_slice"), zeros, moved, *used, index=index)


def _diagonal_back(call: Call, y_bar: Atom) -> Atom:
    zeros = current().apply(lookup("zeros_like"), call.args[0])
    axes = _axes(call.statics, rank_of(call.args[0]))
    size = dimension(call.target, -1)
    return _on_diagonal(zeros, y_bar, size, call.statics.get("offset", 0), axes)


def _batch_diagonal(call: Call, args: Sequence[Atom], flags: Flags) -> Atom:
    first, second = _axes(call.statics, rank_of(args[0]) - 1)
    statics = {**call.statics, "axis1": first + 1, "axis2": second + 1}
    return current().apply(diagonal, args[0], **statics)


_GRID = [[1.0, 2.0, 3.0], [4.0, 5.0, 6.5]]
_BOX = [_GRID, [[0.5, -1.0, 1.5], [2.0, 2.5, 3.0]]]

diagonal = linear(
    "diagonal",
    lambda x, offset=0, axis1=0, axis2=1: np.diagonal(x, offset, axis1, axis2),
    infer=_infer_diagonal,
    spelling=Spelling("np.diagonal(_0)"),
    transpose=_diagonal_back,
    batch=_batch_diagonal,
    memory="view",
    defaults=_DEFAULTS,
    samples=(
        Sample(([[1.0, 2.0], [3.0, 4.0]],)),
        Sample(([[1.5]],)),
        Sample((_GRID,)),
        Sample((_GRID,), {"offset": 1}),
        Sample((_GRID,), {"offset": -1}),
        Sample((_GRID,), {"offset": 1, "axis1": 1, "axis2": 0}),
        Sample((_BOX,)),
        Sample((_BOX,), {"offset": 1, "axis1": -2, "axis2": -1}),
        Sample((_BOX,), {"axis1": 0, "axis2": 2}),
        Sample((_BOX,), {"offset": -1, "axis1": 2, "axis2": 0}),
        Sample((np.array(_GRID, np.float32),)),
    ),
)


def _diagonal(a: Any, offset: Any = 0, axis1: Any = 0, axis2: Any = 1) -> Atom:
    given: dict[str, Any] = {
        "offset": int(static(offset, "offset")),
        "axis1": static(axis1, "axis1"),
        "axis2": static(axis2, "axis2"),
    }
    statics = {name: value for name, value in given.items() if value != _DEFAULTS[name]}
    return current().apply(diagonal, array_like(a), **statics)


def _trace(
    a: Any, offset: Any = 0, axis1: Any = 0, axis2: Any = 1, dtype: Any = None, out: Any = None
) -> Atom:
    if out is not None:
        raise ArgumentError("`np.trace` with `out=` is not supported.", write="t = np.trace(a)")
    values = _diagonal(a, offset, axis1, axis2)
    wanted = known_dtype(dtype)
    if wanted is not None and wanted != dtype_of(values.type):
        values = current().apply(lookup("cast"), values, dtype=wanted)
    statics: dict[str, Any] = {} if rank_of(values) == 1 else {"axis": -1}
    return current().apply(sum_, values, **statics)


def _linalg_diagonal(x: Any, *, offset: Any = 0) -> Atom:
    return _diagonal(x, offset, -2, -1)


def _linalg_trace(x: Any, *, offset: Any = 0, dtype: Any = None) -> Atom:
    return _trace(x, offset, -2, -1, dtype)


def _diag(v: Any, k: Any = 0) -> Atom:
    atom, offset = array_like(v), int(static(k, "k"))
    if rank_of(atom) == 2:
        return _diagonal(atom, offset)
    if rank_of(atom) != 1:
        raise ShapeError("np.diag takes a vector or a matrix.")
    length = dimension(atom, 0)
    size = plus(abs(offset), length)
    zeros = current().apply(lookup("zeros"), size, size, dtype=dtype_of(atom.type))
    return _on_diagonal(zeros, atom, length, offset)


def _diagflat(v: Any, k: Any = 0) -> Atom:
    return _diag(current().apply(lookup("reshape"), array_like(v), -1), k)


FUNCTIONS: dict[Any, Any] = {
    np.trace: _trace,
    np.diagonal: _diagonal,
    np.diag: _diag,
    np.diagflat: _diagflat,
    np.linalg.diagonal: _linalg_diagonal,
    np.linalg.trace: _linalg_trace,
}
METHODS: dict[str, Any] = {"trace": _trace, "diagonal": _diagonal}
