"""The type of a value that comes from one of two places."""

from __future__ import annotations

from typing import Any

from adcompiler.ir.lengths import Length
from adcompiler.ir.types import FLOAT, INT, NumpyScalar, PythonScalar, Type, dtype_of
from adcompiler.primitives.shapes import promoted_dtype


def join_scalars(x: Type, y: Type) -> Type:
    if isinstance(x, PythonScalar) and isinstance(y, PythonScalar):
        order = ("bool", "int", "float", "complex")
        kind = max(x.kind, y.kind, key=order.index)
        return {"int": INT, "float": FLOAT}.get(kind, PythonScalar(kind))
    dtype = dtype_of(x) if dtype_of(x) == dtype_of(y) else _promoted(x, y)
    return NumpyScalar(dtype)


def _promoted(x: Type, y: Type) -> Any:
    return promoted_dtype([x, y])


def is_unknown(length: Length) -> bool:
    """True where nothing is known of a length, not even its name."""
    return any(symbol.serial for monomial, _ in length.terms for symbol in monomial)
