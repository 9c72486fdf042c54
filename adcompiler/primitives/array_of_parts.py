"""One array where NumPy joins several: `np.concatenate(x)` joins the parts of x along its first axis.

How many parts there are is not known, and need not be: joining them is a transposition and a reshape.
"""

from __future__ import annotations

from adcompiler.errors import ShapeError
from adcompiler.ir.builder import current
from adcompiler.ir.primitive import lookup
from adcompiler.ir.types import Array, shape_of
from adcompiler.ir.values import Atom
from adcompiler.primitives.dimensions import shape_operands, times, unspelled
from adcompiler.primitives.shapes import normalized_axes


def is_array(arrays: object) -> bool:
    """True for an array whose first axis counts the parts."""
    return isinstance(arrays, Atom) and isinstance(arrays.type, Array) and arrays.type.rank > 0


def joined_parts(parts: Atom, axis: int | None, name: str) -> Atom:
    """np.concatenate: the parts one behind the other along an axis of theirs (None: flat)."""
    if axis is None:
        return _new(current().apply(lookup("reshape"), parts, -1))
    rank = len(shape_of(parts.type)) - 1
    if not rank:
        raise ShapeError(f"{name} of numbers: they have no axis along which they could be joined.")
    (where,) = normalized_axes(axis, rank)
    moved = stacked_parts(parts, where, fresh=False)
    lengths = shape_operands(moved)
    with unspelled():
        merged = times(lengths[where], lengths[where + 1])
    shape = (*lengths[:where], merged, *lengths[where + 2 :])
    return _new(current().apply(lookup("reshape"), moved, *shape))


def stacked_parts(parts: Atom, axis: int, fresh: bool = True) -> Atom:
    """np.stack: the parts side by side along a new axis."""
    rank = len(shape_of(parts.type))
    (where,) = normalized_axes(axis, rank)
    order = [*range(1, where + 1), 0, *range(where + 1, rank)]
    moved = parts
    if where:
        moved = current().apply(lookup("transpose"), parts, axes=tuple(order))
    return _new(moved) if fresh else moved


def with_part_axes(parts: Atom, *axes: int) -> Atom:
    """The array with new axes in its parts; `axes` as the result counts them."""
    return current().apply(lookup("expand_dims"), parts, axis=axes)


def _new(result: Atom) -> Atom:
    """What NumPy returns shares no memory with the parts."""
    return current().apply(lookup("copy"), result)


def vertical(parts: Atom) -> Atom:
    """np.vstack: parts of rank 1 are rows already."""
    rank = len(shape_of(parts.type))
    if rank > 2:
        return joined_parts(parts, 0, "np.vstack")
    return _new(parts if rank == 2 else with_part_axes(parts, 1))


def horizontal(parts: Atom) -> Atom:
    """np.hstack: vectors along their own axis, others along their second."""
    rank = len(shape_of(parts.type))
    return _new(parts) if rank == 1 else joined_parts(parts, int(rank > 2), "np.hstack")


def columns(parts: Atom) -> Atom:
    """np.column_stack: vectors are columns."""
    rank = len(shape_of(parts.type))
    if rank > 2:
        return joined_parts(parts, 1, "np.column_stack")
    return with_part_axes(parts, 0) if rank == 1 else stacked_parts(parts, 1)


def in_depth(parts: Atom) -> Atom:
    """np.dstack: numbers, vectors and matrices along a new third axis."""
    rank = len(shape_of(parts.type))
    if rank > 3:
        return joined_parts(parts, 2, "np.dstack")
    if rank == 3:
        return stacked_parts(parts, 2)
    return with_part_axes(parts, 0, 1) if rank == 1 else with_part_axes(stacked_parts(parts, 1), 0)
