"""Identities that change how a number is held: its own variable, another class, a checked shape."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from adcompiler.errors import ArgumentError
from adcompiler.ir.builder import current
from adcompiler.ir.lengths import Length
from adcompiler.ir.nodes import Call
from adcompiler.ir.primitive import Spelling, Statics
from adcompiler.ir.types import (
    BOOL,
    FLOAT,
    INT,
    Array,
    NumpyScalar,
    Type,
    dtype_of,
    is_complex,
    scalar_or_array,
    shape_of,
)
from adcompiler.ir.values import Atom
from adcompiler.primitives.kinds import elementwise, inert, linear
from adcompiler.primitives.samples import REAL, Sample
from adcompiler.primitives.shapes import like_operand
from adcompiler.runtime.shapes import check_rows, check_shape


def _same(call: Call, y_bar: Atom) -> Atom:
    return y_bar


def _batch_same(call: Call, args: Sequence[Atom], flags: Sequence[bool]) -> Atom:
    return args[0]


identity = elementwise(
    "identity",
    lambda x: x,
    array="_0",
    partials=lambda y, x: 1.0,
    samples=(REAL,),
    infer=like_operand,
    description="the same value under a variable of its own",
)


def _infer_float(args: Sequence[Atom], statics: Statics) -> Type:
    if is_complex(args[0].type):
        raise ArgumentError(
            "`float` of a complex number.",
            why="Python would raise TypeError here.",
            write="x.real, or abs(x)",
        )
    return FLOAT


to_float = linear(
    "to_float",
    float,
    infer=_infer_float,
    spelling=Spelling("float(_0)"),
    transpose=_same,
    samples=(Sample((1.5,)),),
    batch=_batch_same,
    description="Python's float()",
)
to_int = inert(
    "to_int",
    int,
    infer=lambda args, statics: INT,
    spelling=Spelling("int(_0)"),
    samples=(Sample((1.5,)),),
)
to_bool = inert(
    "to_bool",
    bool,
    infer=lambda args, statics: BOOL,
    spelling=Spelling("bool(_0)"),
    samples=(Sample((1.5,)),),
)


def _infer_scalar(args: Sequence[Atom], statics: Statics) -> Type:
    return NumpyScalar(np.dtype(statics["dtype"]))


def _infer_array(args: Sequence[Atom], statics: Statics) -> Type:
    return Array(np.dtype(statics["dtype"]), shape_of(args[0].type))


as_numpy_scalar = linear(
    "as_numpy_scalar",
    lambda x, *, dtype: np.dtype(dtype).type(x),
    infer=_infer_scalar,
    spelling=Spelling("_dtype(_0)"),
    transpose=_same,
    samples=(Sample((1.5,), {"dtype": np.dtype(float)}),),
    batch=_batch_same,
    description="a NumPy scalar, as its primal is one",
)
as_array = linear(
    "as_array",
    lambda x, *, dtype: np.asarray(x, dtype=dtype),
    infer=_infer_array,
    spelling=Spelling("np.asarray(_0, dtype=_dtype)"),
    transpose=_same,
    samples=(Sample((1.5,), {"dtype": np.dtype(float)}),),
    batch=_batch_same,
    description="a 0-d array, as its primal is one",
)


def _infer_checked(args: Sequence[Atom], statics: Statics) -> Type:
    return scalar_or_array(dtype_of(args[0].type), shape_of(args[1].type))


same_shape = linear(
    "same_shape",
    lambda x, like: check_shape(x, np.shape(like)),
    infer=_infer_checked,
    spelling=Spelling("check_shape(_0, _1.shape)"),
    transpose=_same,
    samples=(Sample(([1.0, 2.0], [3.0, 4.0])),),
    shape_only=(1,),
    memory="view",
    batch=_batch_same,
    description="the value, which must have the shape of operand 1",
)


def _infer_rows(args: Sequence[Atom], statics: Statics) -> Type:
    return Array(dtype_of(args[0].type), (Length.of(statics["count"]), *shape_of(args[0].type)[1:]))


rows_exactly = linear(
    "rows_exactly",
    lambda x, *, count: check_rows(x, count),
    infer=_infer_rows,
    spelling=Spelling("check_rows(_0, _count)"),
    transpose=_same,
    samples=(Sample(([1.0, 2.0],), {"count": 2}),),
    memory="view",
    batch=lambda call, args, flags: current().apply(identity, args[0]),
    description="the array, whose first axis must have this length",
)
