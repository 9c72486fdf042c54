"""Sliding windows: views in which an element stands once in each window that covers it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import as_strided, sliding_window_view

from adcompiler.errors import ArgumentError, NoDerivativeError, ShapeError
from adcompiler.ir.builder import current
from adcompiler.ir.index import IndexPattern, Operand
from adcompiler.ir.lengths import Length
from adcompiler.ir.nodes import Call
from adcompiler.ir.primitive import Primitive, Spelling, Statics, lookup
from adcompiler.ir.types import Type, shape_of
from adcompiler.ir.values import Atom
from adcompiler.primitives.arrays import array_like
from adcompiler.primitives.dimensions import size_function
from adcompiler.primitives.indexing import accumulate
from adcompiler.primitives.kinds import linear
from adcompiler.primitives.samples import Sample
from adcompiler.primitives.shaping import rank_of, view_type
from adcompiler.primitives.statics import differing, static

_ROW = [1.0, 2.5, -3.0, 4.0, 0.5]
_GRID = [[1.0, 2.5, -3.0, 4.0], [0.5, 6.0, 7.0, 1.25], [3.0, 8.0, 9.0, 2.25]]
_WHERE = IndexPattern((Operand(0),), False)


def _infer(args: Sequence[Atom], statics: Statics) -> Type:
    shape = list(shape_of(args[0].type))
    for width, axis in zip(statics["window"], statics["axis"], strict=True):
        shape[axis] = shape[axis] - (width - 1)
        left = shape[axis].constant
        if left is not None and left < 1:
            raise ShapeError("a sliding window is wider than the array.")
    windows = tuple(Length.of(width) for width in statics["window"])
    return view_type(args, (*shape, *windows))


def _back(call: Call, y_bar: Atom) -> Atom:
    """Each element gets the sum over the windows in which it stands: its number tells where."""
    x = call.args[0]
    numbers = lookup("reshape_like")(lookup("arange")(size_function(x)), x)
    places = current().apply(windows, numbers, **call.statics)
    zeros = lookup("zeros_like")(x)
    if rank_of(x) == 1:
        return accumulate(zeros, y_bar, [places], _WHERE)
    flat = accumulate(lookup("reshape")(zeros, -1), y_bar, [places], _WHERE)
    return lookup("reshape_like")(flat, x)  # type: ignore[no-any-return]


def _batch(call: Call, args: Sequence[Atom], flags: Sequence[bool]) -> Atom:
    axes = tuple(axis + 1 for axis in call.statics["axis"])
    return current().apply(windows, args[0], window=call.statics["window"], axis=axes)


windows: Primitive = linear(
    "sliding_window_view",
    lambda x, window, axis: sliding_window_view(x, window, axis=axis),
    infer=_infer,
    spelling=Spelling("np.lib.stride_tricks.sliding_window_view(_0, _window, axis=_axis)"),
    transpose=_back,
    batch=_batch,
    memory="view",
    samples=(
        Sample((_ROW,), {"window": (2,), "axis": (0,)}),
        Sample((_ROW,), {"window": (5,), "axis": (0,)}),
        Sample((_GRID,), {"window": (2, 3), "axis": (0, 1)}),
        Sample((_GRID,), {"window": (2,), "axis": (1,)}),
        Sample((_GRID,), {"window": (2, 2), "axis": (1, 1)}),
        Sample((np.array(_ROW, np.float32),), {"window": (3,), "axis": (0,)}),
    ),
)


def _sliding_window_view(
    x: Any, window_shape: Any, axis: Any = None, *, subok: Any = False, writeable: Any = False
) -> Atom:
    if static(writeable, "writeable") or static(subok, "subok"):
        raise ArgumentError(
            "`sliding_window_view` with `writeable=` or `subok=` is not supported.",
            why="a write into one element would show in several windows.",
            write="sliding_window_view(x, window), and writes into x",
        )
    atom, wide, where = array_like(x), static(window_shape, "window_shape"), static(axis, "axis")
    widths = tuple(wide) if isinstance(wide, (tuple, list)) else (wide,)
    if where is None:
        where = range(rank_of(atom))
    axes = tuple(where) if isinstance(where, (tuple, list, range)) else (where,)
    if len(widths) != len(axes):
        raise ShapeError("a sliding window needs one width for each axis.")
    known = tuple(k % rank_of(atom) for k in axes)
    return current().apply(windows, atom, **differing(windows, window=widths, axis=known))


def _as_strided(*operands: Any, **options: Any) -> Atom:
    raise NoDerivativeError(
        "`as_strided` is not supported.",
        why="it shows how the array lies in memory, and the same element may stand in several places.",
        write="sliding_window_view, np.broadcast_to, or a subscript such as x[::2]",
    )


FUNCTIONS: dict[Any, Any] = {
    sliding_window_view: _sliding_window_view,
    as_strided: _as_strided,
}
