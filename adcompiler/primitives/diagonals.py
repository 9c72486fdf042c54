"""The diagonal of a matrix, its sum, and matrices made of one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from adcompiler.errors import ShapeError
from adcompiler.ir.builder import current
from adcompiler.ir.index import IndexPattern, Operand
from adcompiler.ir.lengths import Length, unknown
from adcompiler.ir.nodes import Call
from adcompiler.ir.primitive import Spelling, Statics, lookup
from adcompiler.ir.types import (
    Array,
    Type,
    dtype_of,
    shape_of,
)
from adcompiler.ir.values import Atom
from adcompiler.primitives.arrays import array_like
from adcompiler.primitives.dimensions import (
    dimension,
)
from adcompiler.primitives.kinds import linear
from adcompiler.primitives.reductions import sum_
from adcompiler.primitives.samples import Sample
from adcompiler.primitives.shapes import (
    numbers,
)
from adcompiler.primitives.shaping import Flags, rank_of


def _infer_diagonal(args: Sequence[Atom], statics: Statics) -> Type:
    numbers(args, "np.diagonal")
    shape = shape_of(args[0].type)
    if len(shape) != 2:
        raise ShapeError("np.diagonal takes a matrix here.")
    rows, columns = shape
    if rows.constant is not None and columns.constant is not None:
        rows = Length.of(min(rows.constant, columns.constant))
    elif rows != columns:
        rows = unknown(f"min({rows}, {columns})", rows, columns)
    return Array(dtype_of(args[0].type), (rows,))


def _on_diagonal(zeros: Atom, values: Atom, like: Atom) -> Atom:
    """`values` on the diagonal; `like` has their length (values may be a cotangent of many directions)."""
    places = lookup("arange")(dimension(like, 0))
    index = IndexPattern((Operand(0), Operand(0)), True)
    return current().apply(lookup("add_to_slice"), zeros, values, places, index=index)


def _diagonal_back(call: Call, y_bar: Atom) -> Atom:
    return _on_diagonal(current().apply(lookup("zeros_like"), call.args[0]), y_bar, call.target)


def _batch_diagonal(call: Call, args: Sequence[Atom], flags: Flags) -> Atom:
    x = args[0]
    places = lookup("arange")(dimension(x, 1))
    pattern = IndexPattern((Operand(0), Operand(0)), True).behind(1)
    return current().apply(lookup("getitem"), x, places, index=pattern)


diagonal = linear(
    "diagonal",
    lambda x: np.diagonal(x),
    infer=_infer_diagonal,
    spelling=Spelling("np.diagonal(_0)"),
    transpose=_diagonal_back,
    batch=_batch_diagonal,
    memory="view",
    samples=(Sample(([[1.0, 2.0], [3.0, 4.0]],)), Sample(([[1.5]],))),
)


def _diagonal(a: Any) -> Atom:
    return current().apply(diagonal, array_like(a))


def _trace(a: Any) -> Atom:
    return current().apply(sum_, _diagonal(a))


def _diag(v: Any) -> Atom:
    atom = array_like(v)
    if rank_of(atom) == 2:
        return _diagonal(atom)
    if rank_of(atom) != 1:
        raise ShapeError("np.diag takes a vector or a matrix.")
    size = dimension(atom, 0)
    zeros = current().apply(lookup("zeros"), size, size, dtype=dtype_of(atom.type))
    return _on_diagonal(zeros, atom, atom)


FUNCTIONS: dict[Any, Any] = {np.trace: _trace, np.diagonal: _diagonal, np.diag: _diag}
METHODS: dict[str, Any] = {"trace": _trace, "diagonal": _diagonal}
