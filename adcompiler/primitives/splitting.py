"""Taking an array apart: split, array_split, hsplit, vsplit, dsplit, unstack.

The parts are slices.  An unknown number of elements in equal parts is a reshape, which raises where
NumPy's `split` raises: when the parts would not be equal.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np

from adcompiler.errors import ArgumentError, ShapeError
from adcompiler.ir.builder import current
from adcompiler.ir.index import Operand, Slice
from adcompiler.ir.primitive import lookup
from adcompiler.ir.types import shape_of
from adcompiler.ir.values import Atom, Constant, as_atom
from adcompiler.primitives.arrays import array_like, is_list
from adcompiler.primitives.dimensions import (
    Dimension,
    dimension,
    dimensions,
    plus,
    shape_operands,
    times,
    unspelled,
)
from adcompiler.primitives.joining import part
from adcompiler.primitives.shapes import normalized_axes
from adcompiler.primitives.statics import static


def piece(x: Atom, axis: int, start: Dimension | None, stop: Dimension | None) -> Atom:
    """``x[:, start:stop]`` along `axis`."""
    operands: list[Atom] = []

    def bound(value: Dimension | None) -> int | Operand | None:
        if isinstance(value, Constant):
            return None if value.value is None else int(value.value)
        if value is None or isinstance(value, int):
            return value
        operands.append(value)
        return Operand(len(operands) - 1)

    index = part(axis, Slice(bound(start), bound(stop)))
    return current().apply(lookup("getitem"), x, *operands, index=index)


def _pieces(x: Atom, axis: int, bounds: list[Dimension]) -> list[Atom]:
    ends: list[Dimension | None] = [None, *bounds, None]
    return [piece(x, axis, a, b) for a, b in pairwise(ends)]


def _equal_parts(x: Atom, axis: int, count: int) -> list[Atom]:
    """``x.reshape(count, -1)[k]``: parts whose length only the run knows."""
    shape = shape_operands(x)
    wide = lookup("reshape")(x, *shape[:axis], count, -1, *shape[axis + 1 :])
    return [current().apply(lookup("getitem"), wide, index=part(axis, k)) for k in range(count)]


def _even_bounds(n: Dimension, count: int) -> list[Dimension]:
    """The first n % count parts have one element more."""
    if isinstance(n, int):
        quotient, rest = divmod(n, count)
        return [k * quotient + min(k, rest) for k in range(1, count)]
    with unspelled():
        quotient_, rest_ = lookup("floor_divide")(n, count), lookup("remainder")(n, count)
        return [plus(times(k, quotient_), lookup("min")(k, rest_)) for k in range(1, count)]


def _array_with_axis(ary: Any, axis: Any, name: str) -> tuple[Atom, int]:
    x = array_like(ary)
    rank = len(shape_of(x.type))
    if not rank:
        raise ShapeError(f"`{name}` takes an array with axes and got {x.type}.")
    (where,) = normalized_axes(static(axis, "axis"), rank)
    return x, where


def _is_count(sections: Any) -> bool:
    return not is_list(sections) and not shape_of(as_atom(sections).type)


def _bounds(sections: Any, name: str) -> list[Dimension]:
    if not is_list(sections):
        raise ArgumentError(
            f"`{name}` at the places of an array is not supported.",
            why="the number of parts must be known while compiling.",
            write=f"{name}(x, [i, j])",
        )
    return dimensions(sections)


def _divide(ary: Any, indices_or_sections: Any, axis: Any, name: str, equal: bool) -> list[Atom]:
    x, where = _array_with_axis(ary, axis, name)
    if not _is_count(indices_or_sections):
        return _pieces(x, where, _bounds(indices_or_sections, name))
    count = static(indices_or_sections, "the number of parts")
    if not isinstance(count, (int, np.integer)) or count <= 0:
        raise ArgumentError(f"`{name}` needs a positive number of parts and got {count!r}.")
    n = dimension(x, where)
    if not equal:
        return _pieces(x, where, _even_bounds(n, int(count)))
    if not isinstance(n, int):
        return _equal_parts(x, where, int(count))
    if n % count:
        raise ShapeError(f"an axis of length {n} is not split into {count} equal parts.")
    return _pieces(x, where, [k * (n // int(count)) for k in range(1, int(count))])


def _split(ary: Any, indices_or_sections: Any, axis: Any = 0) -> list[Atom]:
    return _divide(ary, indices_or_sections, axis, "np.split", True)


def _array_split(ary: Any, indices_or_sections: Any, axis: Any = 0) -> list[Atom]:
    return _divide(ary, indices_or_sections, axis, "np.array_split", False)


def _hsplit(ary: Any, indices_or_sections: Any) -> list[Atom]:
    axis = 0 if len(shape_of(array_like(ary).type)) == 1 else 1
    return _divide(ary, indices_or_sections, axis, "np.hsplit", True)


def _vsplit(ary: Any, indices_or_sections: Any) -> list[Atom]:
    if len(shape_of(array_like(ary).type)) < 2:
        raise ShapeError("np.vsplit takes an array with two axes or more.")
    return _divide(ary, indices_or_sections, 0, "np.vsplit", True)


def _dsplit(ary: Any, indices_or_sections: Any) -> list[Atom]:
    if len(shape_of(array_like(ary).type)) < 3:
        raise ShapeError("np.dsplit takes an array with three axes or more.")
    return _divide(ary, indices_or_sections, 2, "np.dsplit", True)


def _unstack(x: Any, /, *, axis: Any = 0) -> tuple[Atom, ...]:
    array, where = _array_with_axis(x, axis, "np.unstack")
    n = dimension(array, where)
    if not isinstance(n, int):
        raise ArgumentError(
            f"`np.unstack` along an axis of length {n} gives an unknown number of arrays.",
            why="the length of an argument's axis is not part of its signature.",
            write="a loop over the array: for row in x",
        )
    return tuple(current().apply(lookup("getitem"), array, index=part(where, k)) for k in range(n))


FUNCTIONS: dict[Any, Any] = {
    np.split: _split,
    np.array_split: _array_split,
    np.hsplit: _hsplit,
    np.vsplit: _vsplit,
    np.dsplit: _dsplit,
}
if hasattr(np, "unstack"):  # since NumPy 2.1
    FUNCTIONS[np.unstack] = _unstack
