"""Shape and dtype rules that many primitives share."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from adcompiler.errors import ArgumentError, ShapeError
from adcompiler.ir.lengths import Length, broadcast, must_differ, unknown
from adcompiler.ir.primitive import Infer, Statics
from adcompiler.ir.types import (
    PythonScalar,
    Type,
    dtype_of,
    is_number,
    promotion_of,
    scalar_or_array,
    shape_of,
)
from adcompiler.ir.values import Atom, Constant

Shape = tuple[Length, ...]
_ORDER = ("bool", "int", "float", "complex")


def numbers(args: Sequence[Atom], name: str) -> None:
    """Refuse operands that are no numbers."""
    for arg in args:
        if not is_number(arg.type):
            raise ArgumentError(f"`{name}` needs numbers and got {arg.type}.")


def broadcast_shapes(shapes: Sequence[Shape]) -> Shape:
    """NumPy's broadcasting; a length that only the run can tell becomes a new symbol."""
    rank = max((len(shape) for shape in shapes), default=0)
    result: list[Length] = []
    for axis in range(rank):
        length = Length.of(1)
        for shape in shapes:
            position = axis - rank + len(shape)
            if position < 0:
                continue
            other = shape[position]
            if must_differ(length, other):
                text = " and ".join("(" + ", ".join(map(str, s)) + ")" for s in shapes if s)
                raise ShapeError(f"shapes {text} do not broadcast.")
            both = broadcast(length, other)
            if both is None:
                names = sorted((str(length), str(other)))
                both = unknown(f"max({names[0]}, {names[1]})", frozenset((length, other)))
            length = both
        result.append(length)
    return tuple(result)


def wider_kind(kinds: Sequence[str]) -> str:
    return max(kinds, key=_ORDER.index)


def elementwise_type(
    function: Any, args: Sequence[Atom], *, python_kind: str | None = None
) -> Type:
    """The type of a ufunc's result.

    Among Python scalars alone it is a Python scalar (the builder turns it into a NumPy scalar where the
    user spelled the call with NumPy); `python_kind` fixes its kind ("bool" for comparisons, "float" for `exp`).
    """
    types = [a.type for a in args]
    if all(isinstance(t, PythonScalar) for t in types):
        kinds = [t.kind for t in types if isinstance(t, PythonScalar)]
        if python_kind is not None and not (python_kind == "float" and "complex" in kinds):
            return PythonScalar(python_kind)
        kind = wider_kind(kinds)
        return PythonScalar("int" if kind == "bool" else kind, _length(function, args))
    shape = broadcast_shapes([shape_of(t) for t in types])
    return scalar_or_array(result_dtype(function, types), shape)


def length_of(atom: Atom) -> Length | None:
    """The length that an int stands for, where the compiler knows it as an expression."""
    if isinstance(atom, Constant):
        return Length.of(atom.value) if type(atom.value) is int else None
    return atom.type.length if isinstance(atom.type, PythonScalar) else None


def _length(function: Any, args: Sequence[Atom]) -> Length | None:
    if len(args) != 2:
        return None
    a, b = length_of(args[0]), length_of(args[1])
    if a is None or b is None:
        return None
    if function is np.add:
        return a + b
    if function is np.subtract:
        return a - b
    return a * b if function is np.multiply else None


def result_dtype(function: Any, types: Sequence[Type]) -> np.dtype[Any]:
    """The dtype NumPy itself resolves, Python scalars being weak (NEP 50)."""
    if isinstance(function, np.ufunc):
        if all(isinstance(t, PythonScalar) for t in types):
            given: list[Any] = [dtype_of(t) for t in types]
        else:
            given = [promotion_of(t) for t in types]
        try:
            resolved = function.resolve_dtypes((*given, *[None] * function.nout))
        except TypeError as error:
            raise ArgumentError(
                f"`{function.__name__}` does not take these types: {error}"
            ) from None
        return np.dtype(resolved[-1])
    return promoted_dtype(types)


def promoted_dtype(types: Sequence[Type]) -> np.dtype[Any]:
    """`np.result_type` with weak Python scalars."""
    weak = {"bool": False, "int": 0, "float": 0.0, "complex": 0j}
    return np.result_type(
        *(weak[t.kind] if isinstance(t, PythonScalar) else dtype_of(t) for t in types)
    )


def like_operand(args: Sequence[Atom], statics: Statics) -> Type:
    """The type of operand 0: for primitives that change neither shape nor dtype."""
    return args[0].type


def normalized_axes(axis: int | Sequence[int] | None, rank: int) -> tuple[int, ...]:
    """Non-negative axes in increasing order; None means all of them.

    >>> normalized_axes((-1, 0), 3)
    (0, 2)
    """
    if axis is None:
        return tuple(range(rank))
    axes = tuple(axis) if isinstance(axis, (tuple, list)) else (axis,)
    for a in axes:
        if not isinstance(a, (int, np.integer)):
            raise ArgumentError(f"{a!r} is no axis.", write="an int, or a tuple of ints")
        if not -rank <= a < rank:
            raise ShapeError(f"axis {a} is out of bounds for an array with {rank} axes.")
    found = tuple(sorted(a % rank for a in axes))
    if len(set(found)) != len(found):
        raise ShapeError(f"axis {axis} names an axis twice.")
    return found


def scalar_shape_result(args: Sequence[Atom], shape: Shape) -> Type:
    return scalar_or_array(dtype_of(args[0].type), shape)


__all__ = [
    "Infer",
    "Shape",
    "broadcast_shapes",
    "elementwise_type",
    "length_of",
    "like_operand",
    "normalized_axes",
    "numbers",
    "promoted_dtype",
    "result_dtype",
    "scalar_shape_result",
    "wider_kind",
]
