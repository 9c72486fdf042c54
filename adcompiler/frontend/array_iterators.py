"""Loops over the places of an array: `np.ndindex`, `np.ndenumerate`.

The places are counted by one number, which is taken apart: ``k // columns, k % columns``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from adcompiler.errors import ArgumentError
from adcompiler.frontend.bound import Bound, describe, lift
from adcompiler.frontend.counted import Counted
from adcompiler.frontend.frame import Frame
from adcompiler.frontend.streams import Stream
from adcompiler.ir.builder import current
from adcompiler.ir.index import IndexPattern, Operand
from adcompiler.ir.primitive import lookup
from adcompiler.ir.structure import Branch, sequence
from adcompiler.ir.types import dtype_of, shape_of
from adcompiler.ir.values import Atom, Constant, as_atom
from adcompiler.primitives.dimensions import shape_operands, size_operand

ZERO, ONE = Constant.of(0), Constant.of(1)


def _place(number: Atom, lengths: list[Any]) -> list[Any]:
    """The indices of the element with this number, the last one running fastest."""
    found: list[Any] = []
    for length in reversed(lengths[1:]):
        found.append(current().apply(lookup("remainder"), number, length))
        number = current().apply(lookup("floor_divide"), number, length)
    return [*([number] if lengths else []), *reversed(found)]


def _product(lengths: list[Any]) -> Atom:
    total: Any = 1
    for length in lengths:
        total = length if isinstance(total, int) and total == 1 else as_atom(total) * length
    return as_atom(total)


def _ndindex(frame: Frame, *shape: Bound) -> Bound:
    if len(shape) == 1 and isinstance(shape[0], Branch):
        shape = tuple(shape[0].children)
    for length in shape:
        if not isinstance(length, Atom) or dtype_of(length.type).kind not in "iu":
            raise ArgumentError(
                f"`np.ndindex` gets {describe(length)} as a length.",
                why="NumPy would raise TypeError here.",
                write="np.ndindex(*x.shape)",
            )
    lengths = [a.value if isinstance(a, Constant) else a for a in shape]

    def element(number: Atom) -> Bound:
        return lift(tuple(_place(number, lengths)))

    return Stream("np.ndindex", Counted(ZERO, _product(lengths), ONE, element))


def _ndenumerate(frame: Frame, arr: Bound) -> Bound:
    if not isinstance(arr, Atom) or not shape_of(arr.type):
        raise ArgumentError(
            f"`np.ndenumerate` runs over {describe(arr)}.", write="an array that has axes"
        )
    array = arr
    lengths = list(shape_operands(array))

    def element(number: Atom) -> Bound:
        place = _place(number, lengths)
        pattern = IndexPattern(tuple(Operand(k) for k in range(len(place))), len(place) > 1)
        now = frame.program.memory.now(array)
        value = current().apply(lookup("getitem"), now, *place, index=pattern)
        return sequence("tuple", (lift(tuple(place)), value))

    return Stream("np.ndenumerate", Counted(ZERO, as_atom(size_operand(array)), ONE, element))


#: function -> its meaning, a function of the frame and the bound arguments
ARRAY_ITERATORS: dict[Any, Callable[..., Any]] = {
    np.ndindex: _ndindex,
    np.ndenumerate: _ndenumerate,
}
