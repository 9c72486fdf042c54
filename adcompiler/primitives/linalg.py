"""Products of matrices and vectors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from adcompiler.errors import ShapeError
from adcompiler.ir.builder import current
from adcompiler.ir.nodes import Call
from adcompiler.ir.primitive import Infer, Primitive, Spelling, Statics, lookup
from adcompiler.ir.types import Array, Type, dtype_of, scalar_or_array, shape_of
from adcompiler.ir.values import Atom, Variable, as_atom
from adcompiler.primitives.accumulation import insert_axes_behind_first
from adcompiler.primitives.arrays import array_like
from adcompiler.primitives.axes import transposed
from adcompiler.primitives.complex_numbers import conj_of
from adcompiler.primitives.joining import same_length
from adcompiler.primitives.kinds import bilinear
from adcompiler.primitives.samples import Sample
from adcompiler.primitives.shapes import Shape, broadcast_shapes, numbers, promoted_dtype
from adcompiler.primitives.shaping import rank_of, ravel
from adcompiler.primitives.tensor_products import contract, scaled_by_number

Flags = Sequence[bool]


# --- matmul and dot ------------------------------------------------------------------------------


def _product_type(name: str, most_axes: int | None) -> Infer:
    def infer(args: Sequence[Atom], statics: Statics) -> Type:
        numbers(args, name)
        a, b = (shape_of(arg.type) for arg in args)
        if not a or not b:
            raise ShapeError(f"`{name}` needs arrays and got a number.", write="x * y")
        if most_axes is not None and max(len(a), len(b)) > most_axes:
            raise ShapeError(f"`{name}` is meant for vectors and matrices here.")
        same_length([a[-1], b[-2] if len(b) > 1 else b[0]], f"`{name}`")
        lead = broadcast_shapes([a[:-2], b[:-2]])
        rows: Shape = a[-2:-1] if len(a) > 1 else ()
        columns: Shape = b[-1:] if len(b) > 1 else ()
        return scalar_or_array(promoted_dtype([arg.type for arg in args]), (*lead, *rows, *columns))

    return infer


def _expanded(x: Atom, axis: int) -> Atom:
    return current().apply(lookup("expand_dims"), x, axis=axis)


def _squeezed(x: Atom, axis: int) -> Atom:
    return current().apply(lookup("squeeze"), x, axis=axis)


def _swapped(x: Atom) -> Atom:
    """The last two axes exchanged."""
    rank = rank_of(x)
    return transposed(x, (*range(rank - 2), rank - 1, rank - 2))


def _as_shaped(row: Primitive, left: Atom, right: Atom, like: Atom) -> Atom:
    """The product, known to have the shape of `like`: the primal has checked the lengths."""
    type = row.infer((left, right), {})
    target = Variable(None, Array(dtype_of(type), shape_of(like.type)))
    return current().apply(row, left, right, target=target)


def _left_bar(call: Call, y_bar: Atom) -> Atom:
    """y_bar bᵀ, where a vector counts as a row on the left and a column on the right."""
    a, b = call.args
    row = call.primitive
    ranks = (rank_of(a), rank_of(b))
    if ranks == (1, 1):
        return as_atom(y_bar * b)
    if ranks == (2, 1):
        return _as_shaped(outer, y_bar, b, a)
    if ranks == (1, 2):
        return _as_shaped(row, b, y_bar, a)
    if ranks == (2, 2):
        return _as_shaped(row, y_bar, transposed(b), a)
    column = b if ranks[1] > 1 else _expanded(b, -1)
    wide = y_bar if ranks[1] > 1 else _expanded(y_bar, -1)
    wide = wide if ranks[0] > 1 else _expanded(wide, -2)
    found = current().apply(matmul, wide, _swapped(column))
    return found if ranks[0] > 1 else _squeezed(found, -2)


def _right_bar(call: Call, y_bar: Atom) -> Atom:
    """aᵀ y_bar."""
    a, b = call.args
    row = call.primitive
    ranks = (rank_of(a), rank_of(b))
    if ranks == (1, 1):
        return as_atom(y_bar * a)
    if ranks == (1, 2):
        return _as_shaped(outer, a, y_bar, b)
    if ranks in ((2, 1), (2, 2)):
        return _as_shaped(row, transposed(a), y_bar, b)
    line = a if ranks[0] > 1 else _expanded(a, -2)
    wide = y_bar if ranks[1] > 1 else _expanded(y_bar, -1)
    wide = wide if ranks[0] > 1 else _expanded(wide, -2)
    found = current().apply(matmul, _swapped(line), wide)
    return found if ranks[1] > 1 else _squeezed(found, -1)


def _batch_product(call: Call, args: Sequence[Atom], flags: Flags) -> Atom:
    a, b = args
    rank_a, rank_b = rank_of(a) - flags[0], rank_of(b) - flags[1]
    if list(flags) == [True, False] and rank_b <= 2:
        return current().apply(matmul, a, b)
    if list(flags) == [False, True] and rank_a <= 2:
        if rank_b > 1:
            return current().apply(matmul, a, b)
        return current().apply(matmul, b, transposed(a))
    left = a if rank_a > 1 else _expanded(a, -2)
    right = b if rank_b > 1 else _expanded(b, -1)
    missing = max(rank_b, 2) - max(rank_a, 2)
    if flags[0] and missing > 0:
        left = insert_axes_behind_first(left, missing)
    if flags[1] and missing < 0:
        right = insert_axes_behind_first(right, -missing)
    found = current().apply(matmul, left, right)
    found = found if rank_b > 1 else _squeezed(found, -1)
    return found if rank_a > 1 else _squeezed(found, -1 if rank_b == 1 else -2)


_V2, _V3 = [1.0, -2.0], [0.5, 1.5, 2.5]
_M23, _M32 = [[1.0, 2.0, 3.0], [4.0, 5.0, 6.5]], [[1.0, 0.5], [2.0, -1.0], [0.25, 3.0]]
_B23, _B32 = (
    [_M23, [[0.5, 1.0, 1.5], [2.0, 2.5, 3.0]]],
    [_M32, [[2.0, 1.5], [0.0, 1.0], [1.25, -3.0]]],
)
_PAIRS = [
    (_V3, _V3),
    (_M23, _V3),
    (_V2, _M23),
    (_M23, _M32),
    ([1.5], [2.5]),
    ([[1.5]], [[2.5]]),
    ([], []),
]
_BATCHES = [
    (_B23, _V3),
    (_V3, _B32),
    (_B23, _M32),
    (_M23, _B32),
    (_B23, _B32),
    ([_M23], _B32),
    (_B23, [_M32]),
    ([_B23], _B32),
    (_V2, [_B23]),
]

matmul: Primitive = bilinear(
    "matmul",
    np.matmul,
    infer=_product_type("@", None),
    spelling=Spelling("_0 @ _1"),
    transposes=(_left_bar, _right_bar),
    batch=_batch_product,
    samples=[Sample(pair) for pair in _PAIRS + _BATCHES],
)
dot: Primitive = bilinear(
    "dot",
    np.dot,
    infer=_product_type("np.dot", 2),
    spelling=Spelling("np.dot(_0, _1)"),
    transposes=(_left_bar, _right_bar),
    batch=_batch_product,
    samples=[Sample(pair) for pair in _PAIRS],
)


# --- outer ---------------------------------------------------------------------------------------


def _infer_outer(args: Sequence[Atom], statics: Statics) -> Type:
    numbers(args, "np.outer")
    shapes = [shape_of(arg.type) for arg in args]
    if [len(shape) for shape in shapes] != [1, 1]:
        raise ShapeError("np.outer takes vectors here.", write="np.outer(a.ravel(), b.ravel())")
    return Array(promoted_dtype([arg.type for arg in args]), (shapes[0][0], shapes[1][0]))


def _batch_outer(call: Call, args: Sequence[Atom], flags: Flags) -> Atom:
    left, right = _expanded(args[0], -1), _expanded(args[1], -2)
    return as_atom(left * right)


outer: Primitive = bilinear(
    "outer",
    np.outer,
    infer=_infer_outer,
    spelling=Spelling("np.outer(_0, _1)"),
    transposes=(
        lambda call, y_bar: _as_shaped(matmul, y_bar, call.args[1], call.args[0]),
        lambda call, y_bar: _as_shaped(matmul, transposed(y_bar), call.args[0], call.args[1]),
    ),
    batch=_batch_outer,
    samples=[Sample((_V2, _V3)), Sample(([1.5], _V2)), Sample(([], _V2))],
)


# --- the user's functions ------------------------------------------------------------------------


def _both(a: Any, b: Any) -> tuple[Atom, Atom]:
    return array_like(a), array_like(b)


def _matmul(x1: Any, x2: Any) -> Atom:
    return current().apply(matmul, *_both(x1, x2))


def _dot(a: Any, b: Any) -> Atom:
    """Numbers multiply; with more axes the last of `a` meets the last but one of `b`."""
    left, right = _both(a, b)
    ranks = (rank_of(left), rank_of(right))
    if 0 in ranks:
        return scaled_by_number(left, right)
    if max(ranks) <= 2:
        return current().apply(dot, left, right)
    if ranks[1] == 1 or ranks[0] == 1:
        return current().apply(matmul, left, right)
    return contract(left, right, ((ranks[0] - 1,), (ranks[1] - 2,)))


def _vdot(a: Any, b: Any) -> Atom:
    """The first is conjugated."""
    left, right = (x if rank_of(x) == 1 else ravel(x) for x in _both(a, b))
    return current().apply(dot, conj_of(left), right)


def _inner(a: Any, b: Any) -> Atom:
    left, right = _both(a, b)
    ranks = (rank_of(left), rank_of(right))
    if 0 in ranks:
        return scaled_by_number(left, right)
    if max(ranks) > 2:
        return contract(left, right, ((ranks[0] - 1,), (ranks[1] - 1,)))
    return current().apply(dot, left, transposed(right))


def _outer(a: Any, b: Any) -> Atom:
    vectors = (x if rank_of(x) == 1 else ravel(x) for x in _both(a, b))
    return current().apply(outer, *vectors)


def _linalg_outer(x1: Any, x2: Any) -> Atom:
    """Vectors only, unlike `np.outer`."""
    return current().apply(outer, *_both(x1, x2))


FUNCTIONS: dict[Any, Any] = {
    np.matmul: _matmul,
    np.dot: _dot,
    np.vdot: _vdot,
    np.inner: _inner,
    np.outer: _outer,
    np.linalg.matmul: _matmul,
    np.linalg.outer: _linalg_outer,
}
METHODS: dict[str, Any] = {"dot": _dot}
