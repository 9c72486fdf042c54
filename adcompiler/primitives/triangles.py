"""The lower and the upper triangle of a matrix: tril and triu, each its own transpose; tri."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from adcompiler.errors import ShapeError
from adcompiler.ir.builder import current
from adcompiler.ir.nodes import Call
from adcompiler.ir.primitive import Primitive, Spelling, Statics
from adcompiler.ir.types import Array, Type, dtype_of, shape_of
from adcompiler.ir.values import Atom
from adcompiler.primitives.arrays import FLOAT64, array_like, known_dtype
from adcompiler.primitives.dimensions import Dimension, dimensions, length_from
from adcompiler.primitives.kinds import inert, linear
from adcompiler.primitives.samples import Sample
from adcompiler.primitives.statics import static

_GRID = [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0], [7.0, 8.0, 9.5]]


def _triangle(name: str, function: Callable[..., Any]) -> Primitive:
    def infer(args: Sequence[Atom], statics: Statics) -> Type:
        shape = shape_of(args[0].type)
        if len(shape) < 2:
            raise ShapeError(f"np.{name} takes a matrix here and got {args[0].type}.")
        return Array(dtype_of(args[0].type), shape)

    def again(call: Call, value: Atom) -> Atom:
        return current().apply(call.primitive, value, **call.statics)

    return linear(
        name,
        lambda x, k=0: function(x, k),
        infer=infer,
        spelling=Spelling(f"np.{name}(_0)"),
        transpose=again,
        batch=lambda call, args, flags: again(call, args[0]),
        defaults={"k": 0},
        samples=(
            Sample((_GRID,)),
            Sample((_GRID,), {"k": 1}),
            Sample((_GRID[:2],), {"k": -1}),
            Sample(([_GRID, _GRID],), {"k": 1}),
        ),
    )


tril = _triangle("tril", np.tril)
triu = _triangle("triu", np.triu)


def _function(row: Primitive) -> Callable[..., Atom]:
    def call(m: Any, k: Any = 0) -> Atom:
        offset = int(static(k, "k"))
        options: dict[str, Any] = {"k": offset} if offset else {}
        return current().apply(row, array_like(m), **options)

    call.__name__ = row.name
    return call


def _infer_tri(args: Sequence[Atom], statics: Statics) -> Type:
    dtype = np.dtype(statics.get("dtype", FLOAT64))
    return Array(dtype, (length_from(args[0]), length_from(args[-1])))


tri = inert(
    "tri",
    lambda n, m=None, k=0, dtype=FLOAT64: np.tri(n, m, k, dtype=dtype),
    infer=_infer_tri,
    spelling=Spelling("np.tri(*_args)"),
    defaults={"k": 0, "dtype": FLOAT64},
    samples=(Sample((3,)), Sample((2, 3)), Sample((3,), {"k": -1, "dtype": np.dtype(bool)})),
)


def _tri(N: Any, M: Any = None, k: Any = 0, dtype: Any = float) -> Atom:  # noqa: N803 - NumPy's
    dims: list[Dimension] = dimensions(N) if M is None else [*dimensions(N), *dimensions(M)]
    options: dict[str, Any] = {}
    if static(k, "k"):
        options["k"] = int(static(k, "k"))
    if known_dtype(dtype, FLOAT64) != FLOAT64:
        options["dtype"] = known_dtype(dtype)
    return current().apply(tri, *dims, **options)


FUNCTIONS: dict[Any, Any] = {np.tril: _function(tril), np.triu: _function(triu), np.tri: _tri}
