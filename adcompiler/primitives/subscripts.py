"""What a subscript selects: NumPy's indexing rules over symbolic lengths.

The length of a slice is an expression (``x[1:n - 1]`` has ``n - 2`` elements) where that holds
whatever the numbers, with max(0, ·) understood; elsewhere it is an unknown of its own, the same
for the same bounds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from adcompiler.errors import ArgumentError, ShapeError
from adcompiler.ir.index import Bound, IndexPattern, Operand, Slice
from adcompiler.ir.lengths import Length, unknown
from adcompiler.ir.types import dtype_of, is_number, shape_of
from adcompiler.ir.values import Atom, Constant
from adcompiler.primitives.dimensions import is_integer, token
from adcompiler.primitives.shapes import Shape, broadcast_shapes, length_of


@dataclass(frozen=True)
class Selection:
    """The selected region: its shape, and how it came about.

    `is_element`: one number, not an array.  `has_arrays`: integer or boolean arrays select, so the
    result is a copy.  `may_repeat`: an element may be selected twice.  Arrays in several places put
    their common axes (`array_rank` of them) to the front (`in_front`).
    """

    shape: Shape
    is_element: bool
    has_arrays: bool
    may_repeat: bool
    in_front: bool
    array_rank: int


def select(shape: Shape, pattern: IndexPattern, operands: Sequence[Atom]) -> Selection:
    """The selection of ``x[pattern]`` for an `x` of that shape.

    >>> n = Length.symbol("n")
    >>> pattern = IndexPattern((Slice(1, -1), None, 0), True)
    >>> print(*select((n, Length.of(3)), pattern, ()).shape)
    n - 2 1
    """
    entries = _expanded(pattern, operands, len(shape))
    arrays = [e for e in entries if isinstance(e, Operand) and _is_array(operands[e.position])]
    has_arrays = bool(arrays)
    before: list[Length] = []
    after: list[Length] = []
    chosen: list[Shape] = []
    last_array = -1
    in_front = False
    axis = 0
    for place, entry in enumerate(entries):
        if entry is None or isinstance(entry, Slice):
            length = Length.of(1) if entry is None else slice_length(shape[axis], entry, operands)
            (after if chosen else before).append(length)
            axis += entry is not None
            continue
        if entry is Ellipsis:  # stands for no axis, and still separates arrays
            continue
        operand = operands[entry.position] if isinstance(entry, Operand) else None
        if operand is None or not _is_array(operand):
            _check_bounds(entry if operand is None else operand, shape[axis], axis)
            axis += 1
            selected: Shape = ()
        else:
            selected = _array_shape(operand, shape, axis)
            axis += len(shape_of(operand.type)) if dtype_of(operand.type).kind == "b" else 1
        if has_arrays:
            in_front = in_front or (bool(chosen) and last_array != place - 1)
            chosen.append(selected)
            last_array = place
    common = broadcast_shapes(chosen)
    rest = (*before, *after)
    full = (*common, *rest) if in_front else (*before, *common, *after)
    kept = Ellipsis in pattern.entries or has_arrays
    return Selection(
        full,
        not full and not kept,
        has_arrays,
        has_arrays and _may_repeat(arrays, operands, shape),
        in_front,
        len(common),
    )


def _is_array(operand: Atom) -> bool:
    """Arrays without axes index like the integer they hold."""
    return bool(shape_of(operand.type))


def _expanded(pattern: IndexPattern, operands: Sequence[Atom], rank: int) -> list[Any]:
    """The entries with `...` written out; one that is no axis stays: it separates arrays."""
    used = 0
    for entry in pattern.entries:
        if isinstance(entry, Operand):
            used += _axes_of(operands[entry.position])
        elif isinstance(entry, bool):
            raise ArgumentError(
                "a single bool as an index is not supported.", write="np.where(condition, x, 0.0)"
            )
        else:
            used += entry is not None and entry is not Ellipsis
    if used > rank:
        raise ShapeError(f"{used} indices for an array with {rank} axes.")
    if sum(entry is Ellipsis for entry in pattern.entries) > 1:
        raise ShapeError("an index can hold only one `...`.")
    entries: list[Any] = []
    for entry in pattern.entries:
        entries += [Slice()] * (rank - used) or [Ellipsis] if entry is Ellipsis else [entry]
    return entries if Ellipsis in pattern.entries else entries + [Slice()] * (rank - used)


def _axes_of(operand: Atom) -> int:
    if not is_number(operand.type) or dtype_of(operand.type).kind not in "biu":
        raise ArgumentError(
            f"an array is indexed with {operand.type}.",
            why="indices are ints, or arrays of ints or bools.",
            write="x[int(i)], or i.astype(int)",
        )
    if dtype_of(operand.type).kind == "b":
        if not _is_array(operand):
            raise ArgumentError(
                "a single bool as an index is not supported.", write="np.where(condition, x, 0.0)"
            )
        return len(shape_of(operand.type))
    return 1


def _check_bounds(index: Any, length: Length, axis: int) -> None:
    value = index.value if isinstance(index, Constant) else index
    size = length.constant
    if isinstance(value, (int, np.integer)) and size is not None and not -size <= value < size:
        raise ShapeError(f"index {value} is out of bounds for axis {axis} of length {size}.")


def _array_shape(operand: Atom, shape: Shape, axis: int) -> Shape:
    own = shape_of(operand.type)
    if dtype_of(operand.type).kind != "b":
        return own
    for k, length in enumerate(own):
        other = shape[axis + k]
        if length.constant is not None and other.constant is not None and length != other:
            raise ShapeError(f"a mask of length {length} on axis {axis + k} of length {other}.")
    if isinstance(operand, Constant):
        return (Length.of(int(np.count_nonzero(operand.value))),)
    return (unknown(f"count({getattr(operand, 'name', None) or 'mask'})", token(operand)),)


def _may_repeat(arrays: list[Operand], operands: Sequence[Atom], shape: Shape) -> bool:
    """Masks select each element once; so do the constant integers that are seen not to repeat."""
    found = [operands[entry.position] for entry in arrays]
    integers = [operand for operand in found if dtype_of(operand.type).kind != "b"]
    if not integers:
        return False
    if len(found) > 1 or not isinstance(integers[0], Constant):
        return True
    values = np.asarray(integers[0].value)
    return bool(np.any(values < 0)) or len(np.unique(values)) != values.size


# --- slices --------------------------------------------------------------------------------------


def _non_negative(length: Length) -> bool:
    return all(coefficient >= 0 for _, coefficient in length.terms)


def _bound(value: Bound, operands: Sequence[Atom]) -> int | Length | Atom | None:
    """An int, a length, or the operand whose value only the run knows."""
    if not isinstance(value, Operand):
        return value
    operand = operands[value.position]
    if isinstance(operand, Constant) and operand.value is not None:
        return int(operand.value)
    if not is_integer(operand.type):
        raise ArgumentError(f"a slice is bounded by ints and got {operand.type}.", write="int(n)")
    length = length_of(operand)
    if length is None:
        return operand
    return length if length.constant is None else length.constant


def slice_length(length: Length, entry: Slice, operands: Sequence[Atom]) -> Length:
    """The length of ``x[start:stop:step]`` where `x` has `length` elements."""
    start, stop, step = (_bound(b, operands) for b in (entry.start, entry.stop, entry.step))
    step = 1 if step is None else step
    if step == 0 and isinstance(step, int):
        raise ShapeError("the step of a slice cannot be 0.")
    size = length.constant
    known = all(b is None or isinstance(b, int) for b in (start, stop, step))
    if known and size is not None:
        return Length.of(len(range(*slice(start, stop, step).indices(size))))
    if start is None and stop is None and step in (1, -1):
        return length
    found = _expression(length, start, stop) if isinstance(step, int) and step == 1 else None
    if found is not None:
        return found
    parts = ("" if b is None else str(getattr(b, "name", b)) for b in (start, stop))
    key = (token(b) if isinstance(b, Atom) else b for b in (start, stop, step))
    return unknown(f"len({length}[{':'.join(parts)}])", length, *key)


def _expression(length: Length, start: Any, stop: Any) -> Length | None:
    """stop - start, where both surely lie in the array (a negative difference selects nothing)."""
    first = Length.of(start) if isinstance(start, int) else Length.of(0) if start is None else start
    if not isinstance(first, Length) or not _non_negative(first):
        return None
    last = length if stop is None else stop
    if isinstance(stop, int):
        last = Length.of(stop) if stop >= 0 else length + stop
    if not isinstance(last, Length) or not _non_negative(length - last):
        return None
    found = last - first
    # a number must be right for short arrays as well, where n - 3 would count from the end
    if found.constant is not None and (found.constant < 0 or not _non_negative(last)):
        return None
    return found
