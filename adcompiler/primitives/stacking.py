"""NumPy's functions that join arrays: concatenate, stack, vstack, hstack, column_stack."""

from __future__ import annotations

from typing import Any

import numpy as np

from adcompiler.errors import ArgumentError, ShapeError
from adcompiler.ir.builder import current
from adcompiler.ir.primitive import lookup
from adcompiler.ir.types import (
    shape_of,
)
from adcompiler.ir.values import Atom
from adcompiler.primitives.arrays import array_like, is_list, with_axes
from adcompiler.primitives.joining import concatenate, stack
from adcompiler.primitives.statics import static


def _several(arrays: Any, name: str) -> list[Atom]:
    if not is_list(arrays):
        raise ArgumentError(
            f"`{name}` takes a list or a tuple of arrays.",
            why="the number of arrays must be known while compiling.",
            write=f"{name}([a, b])",
        )
    if not arrays:
        raise ShapeError(f"`{name}` needs at least one array.")
    return [array_like(array) for array in arrays]


def _no_out(name: str, out: Any) -> None:
    if out is not None:
        raise ArgumentError(
            f"`{name}` with `out=` is not supported.", write=f"out[...] = {name}(...)"
        )


def concatenate_function(arrays: Any, axis: Any = 0, out: Any = None) -> Atom:
    _no_out("np.concatenate", out)
    atoms, where = _several(arrays, "np.concatenate"), static(axis, "axis")
    if where is None:
        atoms, where = [lookup("reshape")(atom, -1) for atom in atoms], 0
    return current().apply(concatenate, *atoms, axis=where)


def stack_function(arrays: Any, axis: Any = 0, out: Any = None) -> Atom:
    _no_out("np.stack", out)
    return current().apply(stack, *_several(arrays, "np.stack"), axis=static(axis, "axis"))


def _vstack(tup: Any) -> Atom:
    return current().apply(
        concatenate, *(with_axes(a, 2) for a in _several(tup, "np.vstack")), axis=0
    )


def _hstack(tup: Any) -> Atom:
    atoms = [with_axes(a, 1) for a in _several(tup, "np.hstack")]
    return current().apply(concatenate, *atoms, axis=0 if len(shape_of(atoms[0].type)) == 1 else 1)


def _column_stack(tup: Any) -> Atom:
    columns = [
        a
        if len(shape_of(a.type)) > 1
        else current().apply(lookup("expand_dims"), with_axes(a, 1), axis=1)
        for a in _several(tup, "np.column_stack")
    ]
    return current().apply(concatenate, *columns, axis=1)


FUNCTIONS: dict[Any, Any] = {
    np.concatenate: concatenate_function,
    np.stack: stack_function,
    np.vstack: _vstack,
    np.hstack: _hstack,
    np.column_stack: _column_stack,
}
