"""Differences of neighbours: np.diff and np.ediff1d."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from adcompiler.errors import ArgumentError, ShapeError
from adcompiler.ir.builder import current
from adcompiler.ir.index import Slice
from adcompiler.ir.lengths import Length
from adcompiler.ir.nodes import Call
from adcompiler.ir.primitive import Primitive, Spelling, Statics, lookup
from adcompiler.ir.types import Array, Type, dtype_of, promotion_of, shape_of
from adcompiler.ir.values import Atom
from adcompiler.primitives.arrays import array_like
from adcompiler.primitives.derived import derived
from adcompiler.primitives.dimensions import shape_operands
from adcompiler.primitives.indexing import add_to_slice, getitem
from adcompiler.primitives.joining import concatenate, part
from adcompiler.primitives.kinds import linear
from adcompiler.primitives.samples import Sample
from adcompiler.primitives.shapes import normalized_axes, numbers
from adcompiler.primitives.shaping import Flags, broadcast_to, rank_of, ravel, reshaped
from adcompiler.primitives.statics import differing, static

_ROW = [1.0, 2.5, -3.0, 0.5]
_GRID = [[1.0, 2.5, -3.0], [4.0, 0.5, 6.0], [0.25, 7.0, -1.0]]
_SINGLE = np.array(_ROW, np.float32)


def cut(x: Atom, axis: int, start: int | None, stop: int | None) -> Atom:
    """``x[:, start:stop]`` along one axis."""
    return current().apply(getitem, x, index=part(axis, Slice(start, stop)))


def joined(parts: Sequence[Atom], axis: int) -> Atom:
    return current().apply(concatenate, *parts, **differing(concatenate, axis=axis))


# --- diff ----------------------------------------------------------------------------------------


def _infer_diff(args: Sequence[Atom], statics: Statics) -> Type:
    numbers(args, "np.diff")
    shape = list(shape_of(args[0].type))
    dtype = dtype_of(args[0].type)
    if dtype.kind == "b":
        raise ArgumentError(
            "`np.diff` of booleans tells where they change.", write="x[1:] != x[:-1]"
        )
    (axis,) = normalized_axes(statics.get("axis", -1), len(shape))
    rest = shape[axis] - statics.get("n", 1)
    shape[axis] = Length.of(max(rest.constant, 0)) if rest.constant is not None else rest
    return Array(dtype, tuple(shape))


def _diff_back(call: Call, y_bar: Atom) -> Atom:
    """Once: +ȳ to the upper and -ȳ to the lower neighbour.  Several times: the same for each."""
    x, times = call.args[0], call.statics.get("n", 1)
    (axis,) = normalized_axes(call.statics.get("axis", -1), rank_of(x))
    where = -1 if axis == rank_of(x) - 1 else axis
    for k in range(times - 1, -1, -1):
        like = x if k == 0 else current().apply(diff, x, **differing(diff, n=k, axis=where))
        found = current().apply(lookup("zeros_like"), like)
        upper, lower = (part(axis, Slice(1, None)), part(axis, Slice(None, -1)))
        found = current().apply(add_to_slice, found, y_bar, index=upper)
        y_bar = current().apply(add_to_slice, found, -y_bar, index=lower)
    return y_bar


def _batch_diff(call: Call, args: Sequence[Atom], flags: Flags) -> Atom:
    (axis,) = normalized_axes(call.statics.get("axis", -1), rank_of(args[0]) - 1)
    return current().apply(diff, args[0], **{**call.statics, "axis": axis + 1})


diff: Primitive = linear(
    "diff",
    lambda x, n=1, axis=-1: np.diff(x, n=n, axis=axis),
    infer=_infer_diff,
    spelling=Spelling("np.diff(_0)"),
    transpose=_diff_back,
    batch=_batch_diff,
    defaults={"n": 1, "axis": -1},
    samples=(
        Sample((_ROW,)),
        Sample((_ROW,), {"n": 2}),
        Sample((_ROW,), {"n": 3}),
        Sample((_GRID,)),
        Sample((_GRID,), {"axis": 0}),
        Sample((_GRID,), {"axis": -2, "n": 2}),
        Sample(([2.5],)),
        Sample(([],)),
        Sample(([1.0, 2.0],), {"n": 3}),
        Sample((_SINGLE,)),
    ),
)


def _whole_edge(x: Atom, edge: Any, axis: int) -> Atom:
    """A number stands for a row of it, one long."""
    atom = array_like(edge)
    if rank_of(atom):
        return atom
    dims = [1 if k == axis else n for k, n in enumerate(shape_operands(x))]
    return current().apply(broadcast_to, atom, *dims)


def _edged(before: bool, after: bool) -> Any:
    def definition(x: Atom, *edges: Atom, n: int = 1, axis: int = -1) -> Atom:
        (place,) = normalized_axes(axis, rank_of(x))
        rest = [_whole_edge(x, edge, place) for edge in edges]
        parts = [*([rest.pop(0)] if before else []), x, *([rest.pop(0)] if after else [])]
        return current().apply(diff, joined(parts, place), **differing(diff, n=n, axis=axis))

    return definition


def _edged_row(before: bool, after: bool) -> Primitive:
    names = [name for name, given in (("prepend", before), ("append", after)) if given]
    keywords = ", ".join(f"{name}=_{k + 1}" for k, name in enumerate(names))

    def function(x: Any, *edges: Any, n: int = 1, axis: int = -1) -> Any:
        return np.diff(x, n=n, axis=axis, **dict(zip(names, edges, strict=True)))

    one, two = 0.5, [[1.5], [2.0], [0.25]]
    return derived(
        "diff_" + "_".join(names),
        function,
        definition=_edged(before, after),
        spelling=Spelling(f"np.diff(_0, {keywords})"),
        defaults={"n": 1, "axis": -1},
        samples=(
            Sample((_ROW, *[one] * len(names))),
            Sample((_ROW, *[[1.5, 0.5]] * len(names)), {"n": 2}),
            Sample((_GRID, *[two] * len(names))),
            Sample((_GRID, *[one] * len(names)), {"axis": 0}),
            Sample(([], *[one] * len(names))),
        ),
    )


diff_prepend = _edged_row(True, False)
diff_append = _edged_row(False, True)
diff_both = _edged_row(True, True)


def _diff(a: Any, n: Any = 1, axis: Any = -1, prepend: Any = None, append: Any = None) -> Atom:
    x, times, where = array_like(a), static(n, "n"), static(axis, "axis")
    if not rank_of(x):
        raise ShapeError("np.diff needs at least one axis.", write="b - a")
    if times < 0:
        raise ArgumentError(f"np.diff takes n >= 0 and got {times}.")
    if times == 0:
        return x
    statics = differing(diff, n=times, axis=where)
    edges = [array_like(edge) for edge in (prepend, append) if edge is not None]
    if not edges:
        return current().apply(diff, x, **statics)
    row = diff_append if prepend is None else diff_prepend if append is None else diff_both
    return current().apply(row, x, *edges, **statics)


def _ediff1d_of(x: Atom, *ends: Atom, begin: bool = False) -> Atom:
    inner = current().apply(diff, x)
    vectors = [ravel(end) if rank_of(end) else reshaped(end, (1,)) for end in ends]
    # the operands are to_end and to_begin, in NumPy's order
    if len(vectors) == 2:
        return joined([vectors[1], inner, vectors[0]], 0)
    return joined([vectors[0], inner] if begin else [inner, vectors[0]], 0)


def _infer_ediff(args: Sequence[Atom], statics: Statics) -> Type:
    """NumPy casts the ends to the dtype of the array."""
    x, *ends = args
    inner = shape_of(x.type)[0] - 1
    total = Length.of(max(inner.constant, 0)) if inner.constant is not None else inner
    for end in ends:
        for length in shape_of(end.type) or (Length.of(1),):
            total = total + length
    return Array(dtype_of(x.type), (total,))


def _ediff_row(name: str, keywords: str, count: int, begin: bool) -> Primitive:
    names = [word for word in ("to_end", "to_begin") if word in keywords]
    return derived(
        name,
        lambda x, *ends: np.ediff1d(x, **dict(zip(names, ends, strict=True))),
        infer=_infer_ediff,
        definition=lambda x, *ends: _ediff1d_of(x, *ends, begin=begin),
        spelling=Spelling(f"np.ediff1d(_0, {keywords})"),
        samples=(
            Sample((_ROW, *[[0.5, 1.5]] * count)),
            Sample((_ROW, *[0.5] * count)),
            Sample(([2.0], *[[0.5]] * count)),
        ),
    )


ediff_end = _ediff_row("ediff1d_to_end", "to_end=_1", 1, False)
ediff_begin = _ediff_row("ediff1d_to_begin", "to_begin=_1", 1, True)
ediff_both = _ediff_row("ediff1d_to_both", "to_end=_1, to_begin=_2", 2, False)


def _ediff1d(ary: Any, to_end: Any = None, to_begin: Any = None) -> Atom:
    x = ravel(array_like(ary)) if rank_of(array_like(ary)) != 1 else array_like(ary)
    ends = [array_like(end) for end in (to_end, to_begin) if end is not None]
    if not all(np.can_cast(promotion_of(end.type), dtype_of(x.type), "same_kind") for end in ends):
        raise ArgumentError(
            "the ends of `np.ediff1d` are of another kind than the array.",
            why="NumPy would raise TypeError here.",
            write=f"to_end=np.asarray(ends, dtype={dtype_of(x.type)})",
        )
    if not ends:
        return current().apply(diff, x)
    row = ediff_begin if to_end is None else ediff_end if to_begin is None else ediff_both
    return current().apply(row, x, *ends)


FUNCTIONS: dict[Any, Any] = {np.diff: _diff, np.ediff1d: _ediff1d}
