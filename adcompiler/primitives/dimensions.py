"""Lengths as operands: reading a shape, and the ints that a new shape is made of.

A length that is known while compiling is a plain int, not a statement.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import count
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np

from adcompiler.errors import ArgumentError, ShapeError
from adcompiler.ir.builder import current
from adcompiler.ir.lengths import Length, unknown
from adcompiler.ir.primitive import Spelling, Statics
from adcompiler.ir.types import NumpyScalar, PythonScalar, Type, is_number, shape_of
from adcompiler.ir.values import Atom, Constant, Variable, as_atom
from adcompiler.primitives.kinds import inert
from adcompiler.primitives.samples import Sample
from adcompiler.primitives.shapes import Shape

Dimension = int | Atom
_tokens: WeakKeyDictionary[Variable, int] = WeakKeyDictionary()
_numbers = count(1)


def token(atom: Atom | int | None) -> object:
    """What stands for an operand in the key of an unknown length."""
    if isinstance(atom, Variable):
        # a copied program keeps its types, so it keeps its unknown lengths
        return ("variable", _tokens.setdefault(atom.copied or atom, next(_numbers)))
    return atom.value if isinstance(atom, Constant) else atom


@contextmanager
def unspelled() -> Iterator[None]:
    """Statements about lengths are the compiler's: Python ints, whatever the user's spelling."""
    builder = current()
    style, builder.style = builder.style, ""
    try:
        yield
    finally:
        builder.style = style


def is_integer(type: Type) -> bool:
    if isinstance(type, PythonScalar):
        return type.kind == "int"
    return isinstance(type, NumpyScalar) and type.dtype.kind in "iu"


def length_from(atom: Atom) -> Length:
    """The length of an axis that is made with this int.

    >>> print(length_from(Constant.of(3)))
    3
    """
    if isinstance(atom, Constant) and isinstance(atom.value, (int, np.integer)):
        if atom.value < 0:
            raise ShapeError(f"an axis cannot have the length {atom.value}.")
        return Length.of(int(atom.value))
    if not is_integer(atom.type):
        raise ArgumentError(f"a shape is made of ints and got {atom.type}.", write="int(n)")
    if isinstance(atom.type, PythonScalar) and atom.type.length is not None:
        return atom.type.length
    name = atom.name if isinstance(atom, Variable) else None
    return unknown(name or "n", token(atom))


def dimensions(shape: Any) -> list[Dimension]:
    """The operands that a user's `shape` stands for: an int, or a tuple of ints."""
    entries = list(shape) if isinstance(shape, (tuple, list)) else [shape]
    found: list[Dimension] = []
    for entry in entries:
        value = entry.value if isinstance(entry, Constant) else entry
        if isinstance(value, (int, np.integer)) and not isinstance(value, bool):
            found.append(int(value))
        elif isinstance(value, Variable) and is_integer(value.type):
            found.append(value)
        else:
            given = value.type if isinstance(value, Atom) else repr(value)
            raise ArgumentError(
                f"a shape is made of ints and got {given}.",
                write="a tuple of ints, such as (2, n)",
            )
    return found


def _infer_dim(args: Sequence[Atom], statics: Statics) -> Type:
    shape, axis = shape_of(args[0].type), statics["axis"]
    if not -len(shape) <= axis < len(shape):
        raise ShapeError(f"axis {axis} is out of bounds for an array with {len(shape)} axes.")
    return PythonScalar("int", shape[axis])


def _infer_size(args: Sequence[Atom], statics: Statics) -> Type:
    return PythonScalar("int", product(shape_of(args[0].type)))


def product(shape: Shape) -> Length:
    size = Length.of(1)
    for length in shape:
        size = size * length
    return size


dim = inert(
    "dim",
    lambda x, *, axis: np.shape(x)[axis],
    infer=_infer_dim,
    spelling=Spelling("_0.shape[_axis]"),
    shape_only=(0,),
    samples=(Sample(([1.0, 2.0],), {"axis": 0}), Sample(([[1.0, 2.0, 3.0]],), {"axis": -1})),
    description="the length of one axis",
)
size = inert(
    "size",
    lambda x: np.size(x),
    infer=_infer_size,
    spelling=Spelling("_0.size"),
    shape_only=(0,),
    samples=(Sample(([1.0, 2.0],)), Sample(([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]],)), Sample(([],))),
    description="the number of elements",
)


def dimension(x: Atom, axis: int) -> Dimension:
    """``x.shape[axis]``: an int where it is known."""
    shape = shape_of(x.type)
    known = shape[axis].constant
    if known is not None:
        return known
    with unspelled():
        return current().apply(dim, x, axis=axis % len(shape))


def shape_operands(x: Atom) -> tuple[Dimension, ...]:
    return tuple(dimension(x, axis) for axis in range(len(shape_of(x.type))))


def size_operand(x: Atom) -> Dimension:
    """``x.size``: an int where it is known."""
    known = product(shape_of(x.type)).constant
    if known is not None:
        return known
    with unspelled():
        return current().apply(size, x)


def count_along(x: Atom, axes: tuple[int, ...]) -> Dimension:
    """The number of elements that a reduction over `axes` takes together."""
    if len(axes) == len(shape_of(x.type)):
        return size_operand(x)
    total: Dimension = 1
    with unspelled():
        for axis in axes:
            total = times(total, dimension(x, axis))
    return total


def times(a: Dimension, b: Dimension) -> Dimension:
    if isinstance(a, int) and isinstance(b, int):
        return a * b
    if isinstance(a, int):
        return b if a == 1 else as_atom(b * a)
    return a if isinstance(b, int) and b == 1 else as_atom(a * b)


def plus(a: Dimension, b: Dimension) -> Dimension:
    if isinstance(a, int) and isinstance(b, int):
        return a + b
    if isinstance(a, int) and a == 0:
        return b
    with unspelled():
        return as_atom(as_atom(a) + b)


def _measured(x: Any) -> Atom:
    atom = as_atom(x)
    if not is_number(atom.type):
        raise ArgumentError(f"{x!r} has no shape.", write="np.array(...) around a list")
    return atom


def shape_function(a: Any) -> tuple[Dimension, ...]:
    return shape_operands(_measured(a))


def size_function(a: Any, axis: Any = None) -> Dimension:
    from adcompiler.primitives.shapes import normalized_axes
    from adcompiler.primitives.statics import static

    atom, where = _measured(a), static(axis, "axis")
    if where is None:
        return size_operand(atom)
    return count_along(atom, normalized_axes(where, len(shape_of(atom.type))))


def ndim_function(a: Any) -> int:
    return len(shape_of(_measured(a).type))


ATTRIBUTES: dict[str, Any] = {"shape": shape_function, "size": size_function, "ndim": ndim_function}
