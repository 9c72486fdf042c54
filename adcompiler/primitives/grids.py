"""Coordinates of grids: meshgrid, broadcast_arrays, indices, ix_, and what mgrid and ogrid are made of."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from adcompiler.errors import ArgumentError, ShapeError
from adcompiler.ir.builder import current
from adcompiler.ir.index import IndexPattern, Slice
from adcompiler.ir.lengths import Length
from adcompiler.ir.primitive import Spelling, Statics, lookup
from adcompiler.ir.types import Array, Type, dtype_of, shape_of
from adcompiler.ir.values import Atom, Constant
from adcompiler.primitives.arrays import array_like, known_dtype, with_axes
from adcompiler.primitives.dimensions import Dimension, dimension, dimensions, length_from
from adcompiler.primitives.joining import concatenate
from adcompiler.primitives.kinds import inert
from adcompiler.primitives.samples import Sample
from adcompiler.primitives.shapes import broadcast_shapes
from adcompiler.primitives.shaping import rank_of
from adcompiler.primitives.statics import differing, static

INTP = np.dtype(np.intp)


def _on_axis(x: Atom, axis: int, rank: int) -> Atom:
    """A vector as an array of `rank` axes, all but one of length 1."""
    axes = tuple(k for k in range(rank) if k != axis)
    if not axes:
        return x
    return lookup("expand_dims")(x, axis=axes if len(axes) > 1 else axes[0])  # type: ignore[no-any-return]


def _meshgrid(*xi: Any, copy: Any = True, sparse: Any = False, indexing: Any = "xy") -> Any:
    how = static(indexing, "indexing")
    if how not in ("xy", "ij"):
        raise ArgumentError(f"indexing={how!r} is not known.", write="'xy' or 'ij'")
    vectors = []
    for item in xi:
        x = with_axes(array_like(item), 1)
        vectors.append(x if rank_of(x) == 1 else lookup("reshape")(x, -1))
    rank = len(vectors)
    order = list(range(rank))
    if how == "xy" and rank > 1:
        order[0], order[1] = 1, 0
    open_grids = [_on_axis(x, axis, rank) for x, axis in zip(vectors, order, strict=True)]
    copied = bool(static(copy, "copy"))
    if static(sparse, "sparse"):
        found = open_grids
    else:
        lengths: list[Dimension] = [1] * rank
        for x, axis in zip(vectors, order, strict=True):
            lengths[axis] = dimension(x, 0)
        found = [lookup("broadcast_to")(x, *lengths) for x in open_grids]
    return tuple(lookup("copy")(x) for x in found) if copied else tuple(found)


def _broadcast_arrays(*args: Any, subok: Any = False) -> tuple[Atom, ...]:
    arrays = [array_like(a) for a in args]
    shape = broadcast_shapes([shape_of(a.type) for a in arrays])
    lengths = [_source(arrays, axis, len(shape), length) for axis, length in enumerate(shape)]
    return tuple(
        a if shape_of(a.type) == shape else lookup("broadcast_to")(a, *lengths) for a in arrays
    )


def _source(arrays: Sequence[Atom], axis: int, rank: int, length: Any) -> Dimension:
    """The common length of an axis, read where it stands."""
    for a in arrays:
        own = axis - rank + rank_of(a)
        if own >= 0 and shape_of(a.type)[own] == length:
            return dimension(a, own)
    raise ShapeError(
        f"np.broadcast_arrays to a length of {length}, which only the run can tell, is not supported.",
        write="np.broadcast_to(x, shape)",
    )


# --- indices --------------------------------------------------------------------------------------


def _infer_indices(args: Sequence[Atom], statics: Statics) -> Type:
    shape = tuple(length_from(a) for a in args)
    dtype = np.dtype(statics.get("dtype", int))
    return Array(dtype, (Length.of(len(args)), *shape))


indices = inert(
    "indices",
    lambda *shape, dtype=int: np.indices(shape, dtype=dtype),
    infer=_infer_indices,
    spelling=Spelling("np.indices((*_args,))"),
    defaults={"dtype": int},
    samples=(Sample((2, 3)), Sample((3,), {"dtype": np.dtype(float)})),
)


def _indices(dimensions_: Any, dtype: Any = int, sparse: Any = False) -> Any:
    dims, wanted = dimensions(dimensions_), known_dtype(dtype, int)
    options: dict[str, Any] = {} if wanted == np.dtype(int) else {"dtype": wanted}
    if static(sparse, "sparse"):
        return tuple(
            _on_axis(lookup("arange")(n, **options), axis, len(dims)) for axis, n in enumerate(dims)
        )
    return current().apply(indices, *dims, **options)


def _ix(*args: Any) -> tuple[Atom, ...]:
    """Open grids of indices; a mask stands for the places where it is true."""
    found = []
    for axis, item in enumerate(args):
        x = array_like(item)
        if rank_of(x) != 1:
            raise ShapeError("np.ix_ takes vectors.")
        if dtype_of(x.type).kind == "b":
            x = current().apply(lookup("nonzero"), x, axis=0)
        # written as ``x[:, None]``
        entries = tuple(Slice() if k == axis else None for k in range(len(args)))
        index = IndexPattern(entries, True)
        found.append(x if len(args) == 1 else current().apply(lookup("getitem"), x, index=index))
    return tuple(found)


# --- mgrid, ogrid, r_, c_, s_ ---------------------------------------------------------------------


def _line(entry: Any, name: str) -> Atom:
    """``start:stop:step`` as numbers; an imaginary step counts them, the end included."""
    if not isinstance(entry, slice) or entry.stop is None:
        raise ArgumentError(f"`{name}` takes slices with an end.", write=f"{name}[0:n]")
    start = 0 if entry.start is None else entry.start
    step = 1 if entry.step is None else entry.step
    plain = step.value if isinstance(step, Constant) else step
    if isinstance(plain, complex):
        count = int(abs(plain))
        return lookup("linspace")(_float(start), _float(entry.stop), count)  # type: ignore[no-any-return]
    bounds = (
        [start, entry.stop] if isinstance(plain, int) and plain == 1 else [start, entry.stop, step]
    )
    if len(bounds) == 2 and not isinstance(start, Atom) and start == 0:
        bounds = bounds[1:]
    return lookup("arange")(*bounds)  # type: ignore[no-any-return]


def _float(value: Any) -> Any:
    return float(value) if isinstance(value, int) else value


def _ogrid(*entries: Any) -> Any:
    lines = [_line(entry, "np.ogrid") for entry in entries]
    if len({str(dtype_of(line.type)) for line in lines}) > 1:
        wanted = np.result_type(*(dtype_of(line.type) for line in lines))
        lines = [
            line if dtype_of(line.type) == wanted else lookup("cast")(line, dtype=wanted)
            for line in lines
        ]
    open_grids = tuple(_on_axis(line, axis, len(lines)) for axis, line in enumerate(lines))
    return open_grids if len(lines) > 1 else open_grids[0]


def _mgrid(*entries: Any) -> Any:
    if len(entries) == 1:
        return _ogrid(*entries)
    return lookup("stack")(*_broadcast_arrays(*_ogrid(*entries)))


def _pieces(entries: Sequence[Any], name: str) -> list[Atom]:
    found = []
    for entry in entries:
        if isinstance(entry, str):
            raise ArgumentError(
                f"`{name}` with a string is not supported.", write="np.concatenate or np.stack"
            )
        found.append(_line(entry, name) if isinstance(entry, slice) else array_like(entry))
    return found


def _directed(text: str, entries: Sequence[Any]) -> Atom:
    """``np.r_["0,2,-1", a, b]``: the axis, the least number of axes, where those of a small entry stand."""
    numbers = [int(part) for part in text.split(",")] if text[:1] not in ("r", "c") else []
    if not 1 <= len(numbers) <= 3:
        raise ArgumentError(
            f"`np.r_` with the string {text!r} is not supported.",
            why="it makes a matrix.",
            write="np.concatenate or np.stack",
        )
    axis, least, place = (*numbers, *(0, 1, -1)[len(numbers) :])
    parts = []
    for piece in _pieces(entries, "np.r_"):
        missing = max(least - rank_of(piece), 0)
        if missing:
            first = place if place >= 0 else place + missing + 1
            own = range(first, first + rank_of(piece))
            new = tuple(k for k in range(least) if k not in own)
            piece = lookup("expand_dims")(piece, axis=new if len(new) > 1 else new[0])
        parts.append(piece)
    return current().apply(concatenate, *parts, **differing(concatenate, axis=axis))


def _r(*entries: Any) -> Any:
    """Everything behind one another along the first axis."""
    if entries and isinstance(entries[0], str):
        return _directed(entries[0], entries[1:])
    parts = [with_axes(x, 1) for x in _pieces(entries, "np.r_")]
    if len({rank_of(x) for x in parts}) > 1:
        raise ShapeError("`np.r_` of arrays with different numbers of axes is not supported.")
    return lookup("concatenate")(*parts)


def _c(*entries: Any) -> Any:
    """Vectors as columns next to one another."""
    parts = []
    for x in _pieces(entries, "np.c_"):
        column = with_axes(x, 1)
        parts.append(lookup("expand_dims")(column, axis=1) if rank_of(column) == 1 else column)
    if any(rank_of(x) != 2 for x in parts):
        raise ShapeError("`np.c_` takes vectors and matrices here.")
    return lookup("concatenate")(*parts, axis=1)


#: objects of NumPy that are subscripted: built from the entries, slices being `slice` objects
INDEXERS: dict[Any, Any] = {np.mgrid: _mgrid, np.ogrid: _ogrid, np.r_: _r, np.c_: _c}
FUNCTIONS: dict[Any, Any] = {
    np.meshgrid: _meshgrid,
    np.broadcast_arrays: _broadcast_arrays,
    np.indices: _indices,
    np.ix_: _ix,
}
