"""``ufunc.at`` and ``ufunc.reduceat``: a ufunc at chosen places of an array, over chosen stretches of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from adcompiler.errors import ArgumentError
from adcompiler.frontend.bound import Bound
from adcompiler.frontend.frame import Frame
from adcompiler.frontend.in_place import NONE, array_written
from adcompiler.frontend.index_patterns import index_pattern
from adcompiler.frontend.numpy_in_python import at_places, reduced_between
from adcompiler.frontend.writes import write_item
from adcompiler.ir.index import Operand
from adcompiler.ir.types import shape_of
from adcompiler.ir.values import Constant
from adcompiler.primitives.catalogue import FUNCTIONS
from adcompiler.primitives.subscripts import select
from adcompiler.primitives.ufunc_reductions import REDUCTIONS

Meaning = Callable[..., Bound]
FIRST = Constant.of(0)


def _at(ufunc: np.ufunc) -> Meaning:
    """``a[indices] = ufunc(a[indices], b)``, where a place that stands twice is changed twice."""

    def at(frame: Frame, a: Bound, indices: Bound, *operands: Bound) -> Bound:
        name = f"np.{ufunc.__name__}.at"
        if len(operands) != ufunc.nin - 1:
            raise ArgumentError(f"`{name}` takes {ufunc.nin + 1} arguments.")
        target = array_written(a, name)
        pattern, positions = index_pattern(frame.program.memory.present(indices))
        if not select(shape_of(target.type), pattern, positions).may_repeat:
            old = frame.subscript(target, indices)
            new = frame.call_with(Constant.of(ufunc), old, *operands)
            write_item(frame, target, indices, new)
        elif all(isinstance(entry, Operand) for entry in pattern.entries):
            frame.call_with(Constant.of(at_places), Constant.of(ufunc), target, indices, *operands)
        else:
            raise ArgumentError(
                f"`{name}` with slices next to arrays of indices is not supported.",
                write="a loop over the indices",
            )
        return NONE

    return at


def _reduceat(ufunc: np.ufunc) -> Meaning:
    def reduceat(
        frame: Frame, array: Bound, indices: Bound, axis: Bound = FIRST, **options: Bound
    ) -> Bound:
        for name, value in options.items():
            if value is not NONE:
                raise ArgumentError(
                    f"`np.{ufunc.__name__}.reduceat` with `{name}=` is not supported.",
                    write="y[...] = the result, or x.astype(dtype)",
                )
        given = (Constant.of(ufunc), array, indices, axis)
        return frame.call_with(Constant.of(reduced_between), *given)

    return reduceat


def _of_numbers() -> list[np.ufunc]:
    """The ufuncs of one or two numbers that have a rule."""
    found = {f for f in FUNCTIONS if isinstance(f, np.ufunc) and f.signature is None}
    return [f for f in found if f.nout == 1 and f.nin in (1, 2)]


#: np.add.at and np.subtract.at have rows of their own
AT_PLACES: dict[Any, Meaning] = {
    **{f.at: _at(f) for f in _of_numbers() if f not in (np.add, np.subtract)},
    **{f.reduceat: _reduceat(f) for f in REDUCTIONS},
}
