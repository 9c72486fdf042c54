"""Subscripts of arrays: what of them is fixed, and what the run gives."""

from __future__ import annotations

from typing import Any

import numpy as np

from adcompiler.errors import UnsupportedValueError
from adcompiler.frontend.alike import same_constant
from adcompiler.frontend.bound import Bound, describe, plain
from adcompiler.ir.builder import current
from adcompiler.ir.index import IndexPattern, Operand, Slice
from adcompiler.ir.primitive import lookup
from adcompiler.ir.structure import Branch
from adcompiler.ir.types import NumpyScalar, dtype_of, is_number, is_scalar, shape_of
from adcompiler.ir.values import Atom, Constant, Variable
from adcompiler.primitives.catalogue import FUNCTIONS


def index_pattern(index: Bound) -> tuple[IndexPattern, list[Atom]]:
    """The static pattern of a subscript and its run-time operands."""
    operands: list[Atom] = []

    def operand(atom: Atom) -> Operand:
        operands.append(atom)
        return Operand(len(operands) - 1)

    def bound(value: Bound) -> Any:
        if isinstance(value, Constant) and (
            value.value is None or isinstance(value.value, (int, np.integer))
        ):
            return None if value.value is None else int(value.value)
        if isinstance(value, Variable):
            return operand(value)
        raise _bad_index(value)

    def entry(value: Bound) -> Any:
        if isinstance(value, Branch) and value.kind == "slice":
            return Slice(*(bound(child) for child in value.children))
        if isinstance(value, Branch) and value.kind in ("list", "tuple", "growing"):
            array = FUNCTIONS[np.array](plain(value))
            return operand(array if isinstance(array, Atom) else Constant.of(array))
        if isinstance(value, Constant):
            if value.value is None or value.value is Ellipsis:
                return value.value
            if isinstance(value.value, (int, np.integer)) and not isinstance(value.value, bool):
                return int(value.value)
            if isinstance(value.value, slice):
                return Slice(value.value.start, value.value.stop, value.value.step)
        if isinstance(value, Variable) and is_number(value.type):
            return operand(value)
        raise _bad_index(value)

    if isinstance(index, Branch) and index.kind == "tuple":
        return IndexPattern(tuple(entry(child) for child in index.children), True), operands
    return IndexPattern((entry(index),), False), operands


def read(array: Atom, pattern: IndexPattern, operands: list[Atom]) -> Atom:
    """``array[index]``; a number that was written there last is read as that number."""
    written = current().definition(array) if isinstance(array, Variable) else None
    if written is not None and written.primitive.name == "setitem":
        value, places = written.args[1], written.args[2:]
        same = written.statics["index"] == pattern and len(places) == len(operands)
        whole = len(pattern.entries) == len(shape_of(array.type)) and all(
            isinstance(entry, (int, Operand)) for entry in pattern.entries
        )
        if (
            same
            and whole
            and all(a is b or same_constant(a, b) for a, b in zip(places, operands, strict=True))
            and all(is_scalar(place.type) for place in places)
            and value.type == NumpyScalar(dtype_of(array.type))
        ):
            return value
    return current().apply(lookup("getitem"), array, *operands, index=pattern)


def _bad_index(value: Bound) -> UnsupportedValueError:
    return UnsupportedValueError(
        f"{describe(value)} cannot index an array.",
        why="an index is made of ints, slices, None, `...`, and integer or boolean arrays.",
        write="x[i], x[a:b], x[mask]",
    )
