"""Sorting: the elements in the order that `argsort` finds, and their derivatives with them.

Equal elements keep their order (the sort is stable) and their derivatives, so ties are broken, not
shared: the derivative of ``np.sort(x)[0]`` at a tie belongs to the first of the smallest.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from adcompiler.errors import ArgumentError, ShapeError
from adcompiler.ir.builder import current
from adcompiler.ir.primitive import Spelling, Statics, lookup
from adcompiler.ir.types import Array, Type, is_complex, shape_of
from adcompiler.ir.values import Atom
from adcompiler.primitives.arrays import array_like, is_list
from adcompiler.primitives.gathering import reordered
from adcompiler.primitives.kinds import inert
from adcompiler.primitives.samples import Sample
from adcompiler.primitives.shapes import normalized_axes, numbers
from adcompiler.primitives.shaping import rank_of
from adcompiler.primitives.statics import static

_GRID = [[1.0, 0.0, -3.0], [4.0, 0.5, 6.0]]


def _infer_argpartition(args: Sequence[Atom], statics: Statics) -> Type:
    numbers(args, "np.argpartition")
    shape = shape_of(args[0].type)
    normalized_axes(statics.get("axis", -1), len(shape))
    return Array(np.dtype(np.intp), shape)


argpartition = inert(
    "argpartition",
    lambda x, *, kth, axis=-1: np.argpartition(x, kth, axis=axis),
    infer=_infer_argpartition,
    spelling=Spelling("np.argpartition(_0, _kth)"),
    defaults={"axis": -1},
    samples=(
        Sample(([1.0, 2.5, -3.0],), {"kth": 1}),
        Sample((_GRID,), {"kth": (0, 1), "axis": 0}),
    ),
)


def _infer_lexsort(args: Sequence[Atom], statics: Statics) -> Type:
    numbers(args, "np.lexsort")
    return Array(np.dtype(np.intp), shape_of(args[0].type))


lexsort = inert(
    "lexsort",
    lambda *keys, axis=-1: np.lexsort(keys, axis=axis),
    infer=_infer_lexsort,
    spelling=Spelling("np.lexsort((*_args,))"),
    defaults={"axis": -1},
    samples=(Sample(([1.0, 2.0, 0.5], [2.0, 1.0, 1.0])), Sample((_GRID, _GRID), {"axis": 0})),
)


def _rows(a: Any, axis: Any) -> tuple[Atom, int]:
    """The array and the axis to be sorted; None sorts the flattened array."""
    x, where = array_like(a), static(axis, "axis")
    if is_complex(x.type):
        raise ArgumentError(
            "sorting complex numbers is not supported.", write="the same with x.real"
        )
    if not rank_of(x):
        raise ShapeError(f"a number cannot be sorted: {x.type}.")
    if where is None:
        return (x if rank_of(x) == 1 else lookup("reshape")(x, -1)), -1
    normalized_axes(where, rank_of(x))
    return x, where


def sort(
    a: Any, axis: Any = -1, kind: Any = None, order: Any = None, *, stable: Any = None
) -> Atom:
    if order is not None:
        raise ArgumentError("`order=` sorts fields of records, which have no derivative.")
    x, where = _rows(a, axis)
    options: dict[str, Any] = {} if where == -1 else {"axis": where}
    return reordered(x, current().apply(lookup("argsort"), x, kind="stable", **options), where)


def _kth(kth: Any) -> int | tuple[int, ...]:
    value = static(kth, "kth")
    return tuple(int(k) for k in value) if is_list(value) else int(value)


def _partition(
    a: Any, kth: Any, axis: Any = -1, kind: Any = "introselect", order: Any = None
) -> Atom:
    """The same parts as NumPy's; inside a part the order is that of `argpartition`."""
    if order is not None:
        raise ArgumentError("`order=` sorts fields of records, which have no derivative.")
    x, where = _rows(a, axis)
    return reordered(x, _argpartition(x, kth, where), where)


def _argpartition(
    a: Any, kth: Any, axis: Any = -1, kind: Any = "introselect", order: Any = None
) -> Atom:
    if order is not None:
        raise ArgumentError("`order=` sorts fields of records.")
    x, where = _rows(a, axis)
    options: dict[str, Any] = {} if where == -1 else {"axis": where}
    return current().apply(argpartition, x, kth=_kth(kth), **options)


def _lexsort(keys: Any, axis: Any = -1) -> Atom:
    if not is_list(keys):
        raise ArgumentError("`np.lexsort` takes a tuple of keys.", write="np.lexsort((b, a))")
    where = static(axis, "axis")
    return current().apply(
        lexsort, *map(array_like, keys), **({} if where == -1 else {"axis": where})
    )


FUNCTIONS: dict[Any, Any] = {
    np.sort: sort,
    np.partition: _partition,
    np.argpartition: _argpartition,
    np.lexsort: _lexsort,
}
METHODS: dict[str, Any] = {"argpartition": _argpartition}
