"""Products over several axes: tensordot, Kronecker products, cross products. All are bilinear."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from adcompiler.errors import ArgumentError, ShapeError
from adcompiler.ir.builder import current
from adcompiler.ir.lengths import Length
from adcompiler.ir.nodes import Call
from adcompiler.ir.primitive import Infer, Primitive, Spelling, Statics, lookup
from adcompiler.ir.types import Array, PythonScalar, Type, dtype_of, scalar_or_array, shape_of
from adcompiler.ir.values import Atom, as_atom
from adcompiler.primitives.accumulation import insert_axes_behind_first
from adcompiler.primitives.arrays import array_like
from adcompiler.primitives.axes import move_axis, transposed
from adcompiler.primitives.dimensions import Dimension, shape_operands, times, unspelled
from adcompiler.primitives.joining import same_length
from adcompiler.primitives.kinds import bilinear
from adcompiler.primitives.samples import Sample
from adcompiler.primitives.shapes import Shape, broadcast_shapes, numbers
from adcompiler.primitives.shaping import rank_of, reshaped
from adcompiler.primitives.statics import static

Flags = Sequence[bool]
Axes = tuple[int, ...]


def array_dtype(args: Sequence[Atom]) -> np.dtype[Any]:
    """These functions make arrays of their operands first, so that Python floats are not weak."""
    return np.result_type(*(dtype_of(arg.type) for arg in args))


# --- tensordot -----------------------------------------------------------------------------------


def _contracted(statics: Statics) -> tuple[Axes, Axes]:
    left, right = statics["axes"]
    return left, right


def _free(rank: int, axes: Axes) -> Axes:
    return tuple(k for k in range(rank) if k not in axes)


def _infer_tensordot(args: Sequence[Atom], statics: Statics) -> Type:
    numbers(args, "np.tensordot")
    shapes = [shape_of(arg.type) for arg in args]
    pairs = _contracted(statics)
    for i, j in zip(*pairs, strict=True):
        same_length([shapes[0][i], shapes[1][j]], "`np.tensordot`")
    rest: list[Length] = []
    for shape, axes in zip(shapes, pairs, strict=True):
        rest += [shape[k] for k in _free(len(shape), axes)]
    return Array(array_dtype(args), tuple(rest))


def contract(left: Atom, right: Atom, axes: tuple[Axes, Axes]) -> Atom:
    return current().apply(tensordot, left, right, axes=axes)


def _restored(found: Atom, order: Axes) -> Atom:
    """`order` says which axis of the operand each axis of `found` is."""
    return transposed(found, tuple(order.index(k) for k in range(len(order))))


def _tensordot_left(call: Call, y_bar: Atom) -> Atom:
    """Contract ȳ with the free axes of b: the free axes of a stay, then come the contracted ones."""
    a, b = call.args
    ours, theirs = _contracted(call.statics)
    free_a, free_b = _free(rank_of(a), ours), _free(rank_of(b), theirs)
    last = tuple(range(len(free_a), len(free_a) + len(free_b)))
    found = contract(y_bar, b, (last, free_b))
    remaining = sorted(theirs)  # the order in which b keeps its contracted axes
    return _restored(found, (*free_a, *(ours[theirs.index(k)] for k in remaining)))


def _tensordot_right(call: Call, y_bar: Atom) -> Atom:
    a, b = call.args
    ours, theirs = _contracted(call.statics)
    free_a, free_b = _free(rank_of(a), ours), _free(rank_of(b), theirs)
    found = contract(a, y_bar, (free_a, tuple(range(len(free_a)))))
    remaining = sorted(ours)
    return _restored(found, (*(theirs[ours.index(k)] for k in remaining), *free_b))


def _batch_tensordot(call: Call, args: Sequence[Atom], flags: Flags) -> Atom:
    a, b = args
    ours, theirs = _contracted(call.statics)
    if flags[0]:
        return contract(a, b, (tuple(k + 1 for k in ours), theirs))
    found = contract(a, b, (ours, tuple(k + 1 for k in theirs)))
    return move_axis(found, rank_of(a) - len(ours), 0)


_M23, _M32 = [[1.0, 2.0, 3.0], [4.0, 5.0, 6.5]], [[1.0, 0.5], [2.0, -1.0], [0.25, 3.0]]
_B23 = [_M23, [[0.5, 1.0, 1.5], [2.0, 2.5, 3.0]]]
_B232 = [_M32, [[2.0, 1.5], [0.0, 1.0], [1.25, -3.0]]]
_V2, _V3 = [1.0, -2.0], [0.5, 1.5, 2.5]

tensordot: Primitive = bilinear(
    "tensordot",
    lambda a, b, *, axes: np.tensordot(a, b, axes),
    infer=_infer_tensordot,
    spelling=Spelling("np.tensordot(_0, _1, axes=_axes)"),
    transposes=(_tensordot_left, _tensordot_right),
    batch=_batch_tensordot,
    samples=(
        Sample((_M23, _M32), {"axes": ((1,), (0,))}),
        Sample((_B23, _B232), {"axes": ((1, 2), (2, 1))}),
        Sample((_B23, _B232), {"axes": ((2, 0), (1, 0))}),
        Sample((_B23, _M23), {"axes": ((0,), (0,))}),
        Sample((_V2, _V3), {"axes": ((), ())}),
        Sample((_M23, _M23), {"axes": ((0, 1), (0, 1))}),
        Sample((_M23, _M23), {"axes": ((1, 0), (1, 0))}),
        Sample(([[1.5]], [2.0]), {"axes": ((0,), (0,))}),
        Sample((np.array(_M23, np.float32), _M32), {"axes": ((1,), (0,))}),
    ),
)


def _tensordot(a: Any, b: Any, axes: Any = 2) -> Atom:
    left, right, given = array_like(a), array_like(b), static(axes, "axes")
    if isinstance(given, int):
        ours, theirs = tuple(range(-given, 0)), tuple(range(given))
    else:
        ours, theirs = (tuple([k] if isinstance(k, int) else k) for k in given)
    ranks = (rank_of(left), rank_of(right))
    if len(ours) != len(theirs) or any(
        not -rank <= k < rank
        for rank, which in zip(ranks, (ours, theirs), strict=True)
        for k in which
    ):
        raise ShapeError(f"`np.tensordot` has no axes={given!r} for {left.type} and {right.type}.")
    pairs = (tuple(k % ranks[0] for k in ours), tuple(k % ranks[1] for k in theirs))
    return contract(left, right, pairs)


# --- kron ----------------------------------------------------------------------------------------


def _padded(shape: Shape, rank: int) -> Shape:
    return (Length.of(1),) * (rank - len(shape)) + shape


def _infer_kron(args: Sequence[Atom], statics: Statics) -> Type:
    numbers(args, "np.kron")
    shapes = [shape_of(arg.type) for arg in args]
    rank = max(map(len, shapes))
    pairs = zip(*(_padded(shape, rank) for shape in shapes), strict=True)
    return Array(array_dtype(args), tuple(m * n for m, n in pairs))


def _interleaved(call: Call, y_bar: Atom) -> tuple[Atom, int]:
    """ȳ with the axes (i₀, k₀, i₁, k₁, …), where i counts in a and k in b."""
    shapes = [shape_operands(arg) for arg in call.args]
    rank = max(map(len, shapes))
    dims: list[Dimension] = []
    for axis in range(rank):
        for shape in shapes:
            place = axis - rank + len(shape)
            dims.append(shape[place] if place >= 0 else 1)
    return reshaped(y_bar, tuple(dims)), rank


def _kron_back(call: Call, y_bar: Atom, which: int) -> Atom:
    """Contract the axes of the other operand."""
    wide, rank = _interleaved(call, y_bar)
    own, other = call.args[which], call.args[1 - which]
    places = tuple(2 * k + 1 - which for k in range(rank - rank_of(other), rank))
    found = contract(wide, other, (places, tuple(range(rank_of(other)))))
    if rank_of(found) == rank_of(own):
        return found
    return reshaped(found, shape_operands(own))


def _batch_kron(call: Call, args: Sequence[Atom], flags: Flags) -> Atom:
    """As the product of both with axes of length 1 between, reshaped."""
    ranks = [rank_of(a) - flag for a, flag in zip(args, flags, strict=True)]
    rank = max(ranks)
    wide = []
    lead: Dimension = 1
    for which, (x, flag, own) in enumerate(zip(args, flags, ranks, strict=True)):
        dims = shape_operands(x)
        if flag:
            lead, dims = dims[0], dims[1:]
        shape: list[Dimension] = [lead if flag else 1]
        for k in range(rank):
            place = k - rank + own
            length = dims[place] if place >= 0 else 1
            shape += [length, 1] if which == 0 else [1, length]
        wide.append(reshaped(x, tuple(shape)))
    product = as_atom(wide[0] * wide[1])
    dims = shape_operands(product)[1:]
    with unspelled():
        joint = [times(m, n) for m, n in zip(dims[::2], dims[1::2], strict=True)]
    return reshaped(product, (lead, *joint))


kron = bilinear(
    "kron",
    lambda a, b: np.kron(a, b),
    infer=_infer_kron,
    spelling=Spelling("np.kron(_0, _1)"),
    transposes=(
        lambda call, y_bar: _kron_back(call, y_bar, 0),
        lambda call, y_bar: _kron_back(call, y_bar, 1),
    ),
    batch=_batch_kron,
    samples=(
        Sample((_M23, _M32)),
        Sample((_V2, _V3)),
        Sample((_M23, _V2)),
        Sample((_V2, _B23)),
        Sample((_B23, _M32)),
        Sample(([[1.5]], _M23)),
        Sample((np.array(_M23, np.float32), np.array(_V2, np.float32))),
    ),
)


def scaled_by_number(left: Atom, right: Atom) -> Atom:
    """A product with a number; unlike in ``x * 2.0`` a Python float makes np.float32 wider here."""
    wanted = np.result_type(dtype_of(left.type), dtype_of(right.type))
    wide = [
        current().apply(lookup("cast"), x, dtype=wanted)
        if not isinstance(x.type, PythonScalar) and dtype_of(x.type) != wanted
        else x
        for x in (left, right)
    ]
    return as_atom(wide[0] * wide[1])


def _kron(a: Any, b: Any) -> Atom:
    left, right = array_like(a), array_like(b)
    if not rank_of(left) or not rank_of(right):
        return scaled_by_number(left, right)
    return current().apply(kron, left, right)


# --- cross ---------------------------------------------------------------------------------------


def _infer_cross(name: str) -> Infer:
    def infer(args: Sequence[Atom], statics: Statics) -> Type:
        numbers(args, name)
        shapes = [shape_of(arg.type) for arg in args]
        for shape in shapes:
            if not shape or shape[-1].constant not in (None, 3):
                raise ShapeError(
                    f"`{name}` takes vectors of three elements.",
                    write="a[..., 0] * b[..., 1] - a[..., 1] * b[..., 0] for two elements",
                )
        same_length([shape[-1] for shape in shapes], f"`{name}`")
        return scalar_or_array(array_dtype(args), broadcast_shapes(shapes))

    return infer


def _batch_cross(call: Call, args: Sequence[Atom], flags: Flags) -> Atom:
    ranks = [rank_of(a) - flag for a, flag in zip(args, flags, strict=True)]
    aligned = [
        insert_axes_behind_first(a, max(ranks) - rank) if flag and rank < max(ranks) else a
        for a, flag, rank in zip(args, flags, ranks, strict=True)
    ]
    return current().apply(cross, *aligned)


def _three(a: Any, b: Any) -> Any:
    """NumPy's own would take vectors of two elements as well, with another kind of result."""
    return np.linalg.cross(a, b)


cross: Primitive = bilinear(
    "cross",
    _three,
    infer=_infer_cross("np.cross"),
    spelling=Spelling("np.linalg.cross(_0, _1)"),
    transposes=(
        lambda call, y_bar: current().apply(cross, call.args[1], y_bar),
        lambda call, y_bar: current().apply(cross, y_bar, call.args[0]),
    ),
    batch=_batch_cross,
    samples=(
        Sample((_V3, [1.0, -2.0, 0.25])),
        Sample((_M23, _V3)),
        Sample((_V3, _B23)),
        Sample((_M23, [[1.0, -2.0, 0.25], [0.5, 3.0, -1.0]])),
        Sample((np.array(_V3, np.float32), np.array([1.0, 2.0, 4.0], np.float32))),
    ),
)


def _cross(
    a: Any, b: Any, axisa: Any = -1, axisb: Any = -1, axisc: Any = -1, axis: Any = None
) -> Atom:
    places = [static(k, "axis") for k in (axisa, axisb, axisc)]
    if static(axis, "axis") is not None:
        places = [static(axis, "axis")] * 3
    operands = []
    for value, place in zip((array_like(a), array_like(b)), places[:2], strict=True):
        rank = rank_of(value)
        if not rank or not -rank <= place < rank:
            raise ArgumentError(f"`np.cross`: axis {place} is out of bounds.")
        operands.append(move_axis(value, place % rank, rank - 1))
    found = current().apply(cross, *operands)
    return move_axis(found, rank_of(found) - 1, places[2] % rank_of(found))


def _linalg_cross(x1: Any, x2: Any, *, axis: Any = -1) -> Atom:
    return _cross(x1, x2, axis=axis)


def _linalg_tensordot(x1: Any, x2: Any, *, axes: Any = 2) -> Atom:
    return _tensordot(x1, x2, axes)


FUNCTIONS: dict[Any, Any] = {
    np.tensordot: _tensordot,
    np.kron: _kron,
    np.cross: _cross,
    np.linalg.cross: _linalg_cross,
    np.linalg.tensordot: _linalg_tensordot,
}
