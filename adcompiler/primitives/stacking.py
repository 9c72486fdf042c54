"""NumPy's functions that join arrays: concatenate, stack, vstack, hstack, dstack, column_stack, block."""

from __future__ import annotations

from typing import Any

import numpy as np

from adcompiler.errors import ArgumentError, ShapeError
from adcompiler.ir.builder import current
from adcompiler.ir.primitive import lookup
from adcompiler.ir.types import dtype_of, shape_of
from adcompiler.ir.values import Atom
from adcompiler.primitives.array_of_parts import (
    columns,
    horizontal,
    in_depth,
    is_array,
    joined_parts,
    stacked_parts,
    vertical,
)
from adcompiler.primitives.arrays import (
    array_like,
    is_list,
    known_dtype,
    no_truncation,
    with_axes,
)
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


def _joined(result: Atom, dtype: Any, name: str) -> Atom:
    wanted = known_dtype(dtype)
    if wanted is None or wanted == dtype_of(result.type):
        return result
    no_truncation(result, wanted, name)
    return lookup("cast")(result, dtype=wanted)  # type: ignore[no-any-return]


def concatenate_function(
    arrays: Any, /, axis: Any = 0, out: Any = None, *, dtype: Any = None, casting: Any = None
) -> Atom:
    _no_out("np.concatenate", out)
    if is_array(arrays):
        joined = joined_parts(arrays, static(axis, "axis"), "np.concatenate")
        return _joined(joined, dtype, "np.concatenate")
    atoms, where = _several(arrays, "np.concatenate"), static(axis, "axis")
    if where is None:
        atoms, where = [lookup("reshape")(atom, -1) for atom in atoms], 0
    return _joined(current().apply(concatenate, *atoms, axis=where), dtype, "np.concatenate")


def stack_function(
    arrays: Any, axis: Any = 0, out: Any = None, *, dtype: Any = None, casting: Any = None
) -> Atom:
    _no_out("np.stack", out)
    if is_array(arrays):
        return _joined(stacked_parts(arrays, static(axis, "axis")), dtype, "np.stack")
    atoms = _several(arrays, "np.stack")
    return _joined(current().apply(stack, *atoms, axis=static(axis, "axis")), dtype, "np.stack")


def _vstack(tup: Any, *, dtype: Any = None, casting: Any = None) -> Atom:
    if is_array(tup):
        return _joined(vertical(tup), dtype, "np.vstack")
    rows = [with_axes(a, 2) for a in _several(tup, "np.vstack")]
    return _joined(current().apply(concatenate, *rows, axis=0), dtype, "np.vstack")


def _hstack(tup: Any, *, dtype: Any = None, casting: Any = None) -> Atom:
    if is_array(tup):
        return _joined(horizontal(tup), dtype, "np.hstack")
    atoms = [with_axes(a, 1) for a in _several(tup, "np.hstack")]
    axis = 0 if len(shape_of(atoms[0].type)) == 1 else 1
    return _joined(current().apply(concatenate, *atoms, axis=axis), dtype, "np.hstack")


def _dstack(tup: Any) -> Atom:
    if is_array(tup):
        return _copied(tup, in_depth(tup))
    return current().apply(concatenate, *map(with_depth, _several(tup, "np.dstack")), axis=2)


def _copied(tup: Atom, joined: Atom) -> Atom:
    """What NumPy joins is always a new array: a vector, of whose numbers the axes are only named, is copied."""
    return current().apply(lookup("copy"), joined) if len(shape_of(tup.type)) == 1 else joined


def with_depth(atom: Atom) -> Atom:
    """np.atleast_3d: a vector lies along the middle axis, a matrix before a new last one."""
    rank = len(shape_of(atom.type))
    axes = {0: (0, 1, 2), 1: (0, 2), 2: 2}.get(rank)
    return atom if axes is None else current().apply(lookup("expand_dims"), atom, axis=axes)


def _column_stack(tup: Any) -> Atom:
    if is_array(tup):
        return _copied(tup, columns(tup))
    several = [
        a
        if len(shape_of(a.type)) > 1
        else current().apply(lookup("expand_dims"), with_axes(a, 1), axis=1)
        for a in _several(tup, "np.column_stack")
    ]
    return current().apply(concatenate, *several, axis=1)


def _depth(arrays: Any) -> int:
    return 1 + max(map(_depth, arrays), default=0) if is_list(arrays) else 0


def _block(arrays: Any) -> Atom:
    """The innermost lists are joined along the last axis, the next along the one before."""
    depth = _depth(arrays)
    ranks = [len(shape_of(atom.type)) for atom in _flat(arrays)]
    rank = max([depth, *ranks])

    def join(part: Any, level: int) -> Atom:
        if not is_list(part):
            if level != depth:
                raise ShapeError("the lists of `np.block` are not equally deep.")
            return with_axes(array_like(part), rank)
        pieces = [join(item, level + 1) for item in part]
        if len(pieces) == 1:
            return pieces[0]
        return current().apply(concatenate, *pieces, axis=level - depth)

    if depth and not ranks:
        raise ShapeError("`np.block` needs at least one array.")
    if len(ranks) == 1:  # also of one array np.block makes a new one
        return current().apply(lookup("copy"), join(arrays, 0))
    return join(arrays, 0)


def _flat(arrays: Any) -> list[Atom]:
    if not is_list(arrays):
        return [array_like(arrays)]
    return [atom for item in arrays for atom in _flat(item)]


def _atleast_3d(*arys: Any) -> Any:
    found = [with_depth(array_like(a)) for a in arys]
    return found[0] if len(found) == 1 else tuple(found)


FUNCTIONS: dict[Any, Any] = {
    np.concatenate: concatenate_function,
    np.stack: stack_function,
    np.vstack: _vstack,
    np.hstack: _hstack,
    np.dstack: _dstack,
    np.block: _block,
    np.atleast_3d: _atleast_3d,
    np.column_stack: _column_stack,
}
