"""A number before a loop that is an array after it: ``s = 0.0`` and ``s = s + row`` in the body.

The loop starts with an array full of that number.  Its shape is written with what is known before the loop: that of
another array, or lengths of their axes.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from adcompiler.frontend.bound import Bound
from adcompiler.ir.builder import current
from adcompiler.ir.lengths import Length
from adcompiler.ir.primitive import lookup
from adcompiler.ir.structure import Structure, iterate, leaves, refill
from adcompiler.ir.types import Array, is_number, is_scalar
from adcompiler.ir.values import Atom, Constant, Variable, is_unbound
from adcompiler.primitives.catalogue import FUNCTIONS


def widened(entry: Structure, end: Structure, scope: Iterable[Bound]) -> Structure | None:
    """`entry` with arrays for the numbers that are arrays in `end`; None where there is none."""
    before, after = leaves(entry), leaves(end)
    if len(before) != len(after):
        return None
    arrays = [
        v
        for bound in scope
        for v in iterate(bound)
        if isinstance(v, Variable) and isinstance(v.type, Array)
    ]
    made = [_as_array(a, b, arrays) for a, b in zip(before, after, strict=True)]
    if all(m is None for m in made):
        return None
    return refill(entry, [a if m is None else m for a, m in zip(before, made, strict=True)])


def _as_array(initial: Any, end: Any, arrays: list[Variable]) -> Atom | None:
    if not (
        isinstance(initial, Atom) and isinstance(end, Variable) and isinstance(end.type, Array)
    ):
        return None
    if is_unbound(initial) or not is_number(initial.type) or not is_scalar(initial.type):
        return None
    zeros = _zeros(end.type, arrays)
    if zeros is None or (isinstance(initial, Constant) and not initial.value):
        return zeros
    sum: Atom = zeros + initial
    return sum


def _zeros(wanted: Array, arrays: list[Variable]) -> Atom | None:
    for variable in arrays:
        if isinstance(variable.type, Array) and variable.type == wanted:
            return current().apply(lookup("zeros_like"), variable)
    lengths = [_length(n, arrays) for n in wanted.shape]
    if any(n is None for n in lengths):
        return None
    found = FUNCTIONS[np.zeros](tuple(lengths), dtype=wanted.dtype)
    return found if isinstance(found, Atom) and found.type == wanted else None


def _length(wanted: Length, arrays: list[Variable]) -> Any:
    if wanted.constant is not None:
        return wanted.constant
    for variable in arrays:
        assert isinstance(variable.type, Array)
        for axis, length in enumerate(variable.type.shape):
            if length == wanted:
                return FUNCTIONS[np.shape](variable)[axis]
    return None
