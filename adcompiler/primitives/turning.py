"""The same elements in other places: roll and rot90.  Each is its own transpose, the other way."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from adcompiler.errors import ShapeError
from adcompiler.ir.builder import current
from adcompiler.ir.nodes import Call
from adcompiler.ir.primitive import Primitive, Spelling, Statics, lookup
from adcompiler.ir.types import Array, Type, dtype_of, shape_of
from adcompiler.ir.values import Atom, as_atom
from adcompiler.primitives.arrays import array_like, as_array, is_list
from adcompiler.primitives.dimensions import Dimension, dimension, dimensions, unspelled
from adcompiler.primitives.kinds import linear
from adcompiler.primitives.samples import Sample
from adcompiler.primitives.shapes import normalized_axes
from adcompiler.primitives.shaping import Flags, rank_of
from adcompiler.primitives.statics import static

_GRID = [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]
_ROW = [1.0, 2.0, 3.0, 4.0]


# --- roll -----------------------------------------------------------------------------------------


def _infer_roll(args: Sequence[Atom], statics: Statics) -> Type:
    shape, axis = shape_of(args[0].type), statics.get("axis")
    for one in axis if isinstance(axis, tuple) else () if axis is None else (axis,):
        normalized_axes(one, len(shape))
    return Array(dtype_of(args[0].type), shape)


def _opposite(shift: Atom) -> Dimension:
    with unspelled():
        return as_atom(-shift)


def _roll_back(call: Call, y_bar: Atom) -> Atom:
    return current().apply(call.primitive, y_bar, *map(_opposite, call.args[1:]), **call.statics)


def _batch_roll(call: Call, args: Sequence[Atom], flags: Flags) -> Atom:
    x, *shifts = args
    axis = call.statics.get("axis")
    rank = rank_of(x) - 1
    if axis is None:
        if rank == 1:
            return current().apply(call.primitive, x, *shifts, axis=1)
        flat = lookup("reshape")(x, dimension(x, 0), -1)
        rolled = current().apply(call.primitive, flat, *shifts, axis=1)
        return lookup("reshape_like")(rolled, x)  # type: ignore[no-any-return]
    where = tuple(a % rank + 1 for a in axis) if isinstance(axis, tuple) else axis % rank + 1
    return current().apply(call.primitive, x, *shifts, axis=where)


def _roll_row(name: str, template: str, function: Any, samples: Sequence[Sample]) -> Primitive:
    return linear(
        name,
        function,
        infer=_infer_roll,
        spelling=Spelling(template),
        transpose=_roll_back,
        batch=_batch_roll,
        defaults={"axis": None},
        samples=samples,
    )


roll = _roll_row(
    "roll",
    "np.roll(_0, _1)",
    lambda x, shift, axis=None: np.roll(x, shift, axis=axis),
    (
        Sample((_ROW, 1)),
        Sample((_ROW, -6)),
        Sample((_GRID, 2)),
        Sample((_GRID, 1), {"axis": -1}),
        Sample((_GRID, 1), {"axis": (0, 1)}),
        Sample(([], 1)),
    ),
)
roll_axes = _roll_row(
    "roll_axes",
    "np.roll(_0, (*_rest,))",
    lambda x, *shifts, axis=None: np.roll(x, shifts, axis=axis),
    (Sample((_GRID, 1, 2), {"axis": (0, 1)}), Sample((_GRID, 1, -1), {"axis": (1, 1)})),
)


def _roll(a: Any, shift: Any, axis: Any = None) -> Atom:
    x, where = as_array(array_like(a)), static(axis, "axis")
    where = tuple(where) if is_list(where) else where
    options: dict[str, Any] = {} if where is None else {"axis": where}
    return current().apply(roll_axes if is_list(shift) else roll, x, *dimensions(shift), **options)


# --- rot90 ----------------------------------------------------------------------------------------


def _plane(statics: Statics, rank: int) -> tuple[int, int]:
    first, second = statics.get("axes", (0, 1))
    normalized_axes((first, second), rank)
    return first % rank, second % rank


def _infer_rot90(args: Sequence[Atom], statics: Statics) -> Type:
    shape = list(shape_of(args[0].type))
    if len(shape) < 2:
        raise ShapeError("np.rot90 takes an array with two axes or more.")
    i, j = _plane(statics, len(shape))
    if statics.get("k", 1) % 2:
        shape[i], shape[j] = shape[j], shape[i]
    return Array(dtype_of(args[0].type), tuple(shape))


def _turned(x: Atom, k: int, axes: tuple[int, int]) -> Atom:
    options: dict[str, Any] = {} if k == 1 else {"k": k}
    if axes != (0, 1):
        options["axes"] = axes
    return current().apply(rot90, x, **options)


rot90 = linear(
    "rot90",
    lambda x, k=1, axes=(0, 1): np.rot90(x, k, axes),
    infer=_infer_rot90,
    spelling=Spelling("np.rot90(_0)"),
    transpose=lambda call, y_bar: _turned(
        y_bar, -call.statics.get("k", 1), call.statics.get("axes", (0, 1))
    ),
    batch=lambda call, args, flags: _turned(
        args[0],
        call.statics.get("k", 1),
        tuple(a + 1 for a in _plane(call.statics, rank_of(args[0]) - 1)),  # type: ignore[arg-type]
    ),
    memory="view",
    defaults={"k": 1, "axes": (0, 1)},
    samples=(
        Sample((_GRID,)),
        Sample((_GRID,), {"k": 2}),
        Sample((_GRID,), {"k": -1}),
        Sample(([_GRID],), {"k": 3, "axes": (2, 0)}),
        Sample((_GRID,), {"k": 4}),
    ),
)


def _rot90(m: Any, k: Any = 1, axes: Any = (0, 1)) -> Atom:
    first, second = static(axes, "axes")
    return _turned(array_like(m), int(static(k, "k")), (first, second))


FUNCTIONS: dict[Any, Any] = {np.roll: _roll, np.rot90: _rot90}
