"""Where something is: nonzero, searchsorted, digitize, isin, triangle and grid indices.

The answers are integers or bools, constant between jumps: their derivative is zero by declaration.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from adcompiler.errors import ArgumentError, ShapeError
from adcompiler.ir.builder import current
from adcompiler.ir.lengths import Length, unknown
from adcompiler.ir.primitive import Infer, Primitive, Spelling, Statics, lookup
from adcompiler.ir.types import Array, Type, scalar_or_array, shape_of
from adcompiler.ir.values import Atom, as_atom
from adcompiler.primitives.arrays import array_like
from adcompiler.primitives.dimensions import dimension, dimensions, token
from adcompiler.primitives.kinds import inert
from adcompiler.primitives.samples import Sample
from adcompiler.primitives.shapes import numbers
from adcompiler.primitives.shaping import rank_of
from adcompiler.primitives.statics import static

INTP = np.dtype(np.intp)
BOOL_ = np.dtype(bool)
_ROW = [1.0, 0.0, 4.0, 2.5]
_GRID = [[1.0, 0.0, -3.0], [4.0, 0.5, 0.0]]


# --- nonzero --------------------------------------------------------------------------------------


def _count(x: Atom) -> Length:
    return unknown("count(nonzero)", token(x))


def _infer_nonzero(args: Sequence[Atom], statics: Statics) -> Type:
    numbers(args, "np.nonzero")
    return Array(INTP, (_count(args[0]),))


nonzero = inert(
    "nonzero",
    lambda x, *, axis: np.nonzero(x)[axis],
    infer=_infer_nonzero,
    spelling=Spelling("np.nonzero(_0)[_axis]"),
    samples=(Sample((_ROW,), {"axis": 0}), Sample((_GRID,), {"axis": 1})),
    description="the positions along one axis of what is not zero",
)
flatnonzero = inert(
    "flatnonzero",
    np.flatnonzero,
    infer=_infer_nonzero,
    spelling=Spelling("np.flatnonzero(_0)"),
    samples=(Sample((_ROW,)), Sample((_GRID,)), Sample(([True, False],))),
)


def _infer_argwhere(args: Sequence[Atom], statics: Statics) -> Type:
    numbers(args, "np.argwhere")
    return Array(INTP, (_count(args[0]), Length.of(rank_of(args[0]))))


argwhere = inert(
    "argwhere",
    np.argwhere,
    infer=_infer_argwhere,
    spelling=Spelling("np.argwhere(_0)"),
    samples=(Sample((_ROW,)), Sample((_GRID,))),
)


def _nonzero(a: Any) -> tuple[Atom, ...]:
    x = array_like(a)
    if not rank_of(x):
        raise ShapeError("np.nonzero takes an array with axes.", write="np.atleast_1d(x)")
    return tuple(current().apply(nonzero, x, axis=axis) for axis in range(rank_of(x)))


# --- order and membership -------------------------------------------------------------------------


def _shaped(name: str, dtype: np.dtype[Any], position: int) -> Infer:
    """An array of `dtype` in the shape of one operand."""

    def infer(args: Sequence[Atom], statics: Statics) -> Type:
        numbers(args, name)
        return scalar_or_array(dtype, shape_of(args[position].type))

    return infer


searchsorted = inert(
    "searchsorted",
    lambda a, v, side="left": np.searchsorted(a, v, side=side),
    infer=_shaped("np.searchsorted", INTP, 1),
    spelling=Spelling("np.searchsorted(_0, _1)"),
    defaults={"side": "left"},
    samples=(
        Sample(([1.0, 2.0, 4.0], [0.5, 3.0])),
        Sample(([1.0, 2.0, 4.0], 2.5), {"side": "right"}),
    ),
)
digitize = inert(
    "digitize",
    lambda x, bins, right=False: np.digitize(x, bins, right=right),
    infer=_shaped("np.digitize", INTP, 0),
    spelling=Spelling("np.digitize(_0, _1)"),
    defaults={"right": False},
    samples=(Sample(([0.5, 3.0], [1.0, 2.0, 4.0])), Sample((_GRID, [1.0, 2.0]), {"right": True})),
)


def _infer_isin(args: Sequence[Atom], statics: Statics) -> Type:
    numbers(args, "np.isin")
    return Array(BOOL_, shape_of(args[0].type))


isin = inert(
    "isin",
    lambda x, items, invert=False: np.isin(x, items, invert=invert),
    infer=_infer_isin,
    spelling=Spelling("np.isin(_0, _1)"),
    defaults={"invert": False},
    samples=(Sample((_ROW, [4.0, 0.0])), Sample((_GRID, [4.0]), {"invert": True})),
)


def _searchsorted(a: Any, v: Any, side: Any = "left", sorter: Any = None) -> Atom:
    ordered = array_like(a)
    if sorter is not None:
        ordered = lookup("take")(ordered, array_like(sorter))
    where = static(side, "side")
    options: dict[str, Any] = {} if where == "left" else {"side": where}
    return current().apply(searchsorted, ordered, array_like(v), **options)


def _digitize(x: Any, bins: Any, right: Any = False) -> Atom:
    options: dict[str, Any] = {"right": True} if static(right, "right") else {}
    return current().apply(digitize, array_like(x), array_like(bins), **options)


def isin_of(
    element: Any,
    test_elements: Any,
    assume_unique: Any = False,
    invert: Any = False,
    *,
    kind: Any = None,
) -> Atom:
    options: dict[str, Any] = {"invert": True} if static(invert, "invert") else {}
    return current().apply(isin, array_like(element), array_like(test_elements), **options)


# --- positions in a grid --------------------------------------------------------------------------


def _infer_grid_part(args: Sequence[Atom], statics: Statics) -> Type:
    return scalar_or_array(INTP, shape_of(args[0].type))


unravel_index = inert(
    "unravel_index",
    lambda index, *shape, part, order="C": np.unravel_index(index, shape, order=order)[part],
    infer=_infer_grid_part,
    spelling=Spelling("np.unravel_index(_0, (*_rest,), order=_order)[_part]"),
    defaults={"order": "C"},
    samples=(Sample(([0, 5], 2, 3), {"part": 1}), Sample((4, 2, 3), {"part": 0, "order": "F"})),
)


def _unravel_index(indices: Any, shape: Any, order: Any = "C") -> tuple[Atom, ...]:
    dims = dimensions(shape)
    options: dict[str, Any] = {} if static(order, "order") == "C" else {"order": "F"}
    return tuple(
        current().apply(unravel_index, array_like(indices), *dims, part=k, **options)
        for k in range(len(dims))
    )


def _ravel_multi_index(multi_index: Any, dims: Any, mode: Any = "raise", order: Any = "C") -> Atom:
    """((i·n1 + j)·n2 + k …), in integers."""
    if static(mode, "mode") != "raise" or static(order, "order") != "C":
        raise ArgumentError("`np.ravel_multi_index` with `mode=` or `order=` is not supported.")
    lengths = dimensions(dims)
    places = [array_like(place) for place in multi_index]
    if len(lengths) != len(places):
        raise ShapeError("np.ravel_multi_index needs one array of indices for each axis.")
    total = places[0]
    for length, place in zip(lengths[1:], places[1:], strict=True):
        total = as_atom(as_atom(total * as_atom(length)) + place)
    return total


def _triangle(name: str, function: Callable[..., Any], values: Sequence[Any]) -> Primitive:
    def infer(args: Sequence[Atom], statics: Statics) -> Type:
        k = statics.get("k", 0)
        known = [getattr(a, "value", None) for a in args]
        if all(isinstance(value, int) for value in known):
            return Array(INTP, (Length.of(len(function(known[0], k, known[-1])[0])),))
        return Array(INTP, (unknown(f"len({name})", k, *map(token, args)),))

    return inert(
        name,
        lambda n, m, *, part, k=0: function(n, k, m)[part],
        infer=infer,
        spelling=Spelling(f"np.{name}(_0, _k, _1)[_part]"),
        defaults={"k": 0},
        samples=[Sample((3, 3), {"part": 0}), Sample((3, 4), {"part": 1, "k": values[0]})],
    )


tril_indices = _triangle("tril_indices", np.tril_indices, [-1])
triu_indices = _triangle("triu_indices", np.triu_indices, [1])


def _triangle_function(row: Primitive) -> Callable[..., Any]:
    def call(n: Any, k: Any = 0, m: Any = None) -> tuple[Atom, Atom]:
        offset = int(static(k, "k"))
        options: dict[str, Any] = {"k": offset} if offset else {}
        columns = n if m is None else m
        one, two = (current().apply(row, n, columns, part=p, **options) for p in (0, 1))
        return one, two

    call.__name__ = row.name
    return call


def _triangle_from(row: Primitive) -> Callable[..., Any]:
    def call(arr: Any, k: Any = 0) -> tuple[Atom, Atom]:
        x = array_like(arr)
        if rank_of(x) != 2:
            raise ShapeError(f"`np.{row.name}_from` takes a matrix and got {x.type}.")
        found: tuple[Atom, Atom] = _triangle_function(row)(dimension(x, 0), k, dimension(x, 1))
        return found

    return call


def _diag_indices(n: Any, ndim: Any = 2) -> tuple[Atom, ...]:
    return (lookup("arange")(n),) * int(static(ndim, "ndim"))


def _diag_indices_from(arr: Any) -> tuple[Atom, ...]:
    x = array_like(arr)
    return _diag_indices(dimension(x, 0), rank_of(x))


FUNCTIONS: dict[Any, Any] = {
    np.nonzero: _nonzero,
    np.flatnonzero: flatnonzero,
    np.argwhere: argwhere,
    np.searchsorted: _searchsorted,
    np.digitize: _digitize,
    np.isin: isin_of,
    np.unravel_index: _unravel_index,
    np.ravel_multi_index: _ravel_multi_index,
    np.tril_indices: _triangle_function(tril_indices),
    np.triu_indices: _triangle_function(triu_indices),
    np.tril_indices_from: _triangle_from(tril_indices),
    np.triu_indices_from: _triangle_from(triu_indices),
    np.diag_indices: _diag_indices,
    np.diag_indices_from: _diag_indices_from,
}
METHODS: dict[str, Any] = {"nonzero": _nonzero, "searchsorted": _searchsorted}
