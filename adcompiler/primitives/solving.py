"""Linear systems: inverses and solutions, and what tensors make of them.

The identities are those of M. B. Giles, *Collected matrix derivative results for forward and
reverse mode* (2008), sections 2.2.3 and 2.3.1. A singular matrix raises NumPy's own error.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from adcompiler.errors import ShapeError
from adcompiler.ir.builder import current
from adcompiler.ir.nodes import Call
from adcompiler.ir.primitive import Spelling, Statics, lookup
from adcompiler.ir.types import Array, Type, dtype_of, shape_of
from adcompiler.ir.values import Atom, as_atom
from adcompiler.primitives.accumulation import fit_cotangent, fit_tangent
from adcompiler.primitives.arrays import array_like
from adcompiler.primitives.axes import move_axis, transposed
from adcompiler.primitives.dimensions import Dimension, shape_operands, times, unspelled
from adcompiler.primitives.joining import same_length
from adcompiler.primitives.kinds import add, general
from adcompiler.primitives.matrices import (
    column,
    factor_dtype,
    product,
    square_shape,
    swapped,
)
from adcompiler.primitives.samples import Sample
from adcompiler.primitives.shapes import broadcast_shapes, promoted_dtype
from adcompiler.primitives.shaping import rank_of, reshaped
from adcompiler.primitives.statics import static

Flags = Sequence[bool]
REGULAR = [[3.0, 1.0, 0.5], [-1.0, 2.5, 0.25], [0.5, -0.75, 2.0]]
PAIR = [[2.0, 0.5], [-1.0, 1.5]]
STACK = [PAIR, [[1.5, -0.25], [0.5, 2.5]], [[2.0, 1.0], [0.25, -1.75]]]


# --- inv -----------------------------------------------------------------------------------------


def _infer_inverse(args: Sequence[Atom], statics: Statics) -> Type:
    square_shape(args, "np.linalg.inv")
    dtype = factor_dtype(dtype_of(args[0].type), "np.linalg.inv")
    return Array(dtype, shape_of(args[0].type))


def _push_inverse(call: Call, tangents: Sequence[Atom | None]) -> Atom | None:
    """Y = A⁻¹: Ẏ = −Y Ȧ Y."""
    if tangents[0] is None:
        return None
    y = call.target
    return fit_tangent(y, as_atom(-product(y, tangents[0], y)))


def _pull_inverse(call: Call, y_bar: Atom, wanted: Sequence[bool]) -> list[Atom | None]:
    """Ā = −Yᵀ Ȳ Yᵀ."""
    back = swapped(call.target)
    return [fit_cotangent(call.args[0], as_atom(-product(back, y_bar, back)))]


inverse = general(
    "inv",
    np.linalg.inv,
    infer=_infer_inverse,
    spelling=Spelling("np.linalg.inv(_0)"),
    pushforward=_push_inverse,
    pullback=_pull_inverse,
    samples=(
        Sample((REGULAR,)),
        Sample((STACK,)),
        Sample(([[1.5]],)),
        Sample(([PAIR],)),
        Sample((np.array(PAIR, np.float32),)),
        Sample(([[2, 1], [1, 3]],)),
    ),
)


# --- solve ---------------------------------------------------------------------------------------


def _infer_solve(args: Sequence[Atom], statics: Statics) -> Type:
    lead, size = square_shape(args, "np.linalg.solve")
    b = shape_of(args[1].type)
    if not b:
        raise ShapeError("`np.linalg.solve` needs an array on the right and got a number.")
    dtype = factor_dtype(promoted_dtype([arg.type for arg in args]), "np.linalg.solve")
    if len(b) == 1:
        return Array(dtype, (*lead, same_length([size, b[0]], "`np.linalg.solve`")))
    rows = same_length([size, b[-2]], "`np.linalg.solve`")
    return Array(dtype, (*broadcast_shapes([lead, b[:-2]]), rows, b[-1]))


def _vectors(matrix: Atom, right: Atom) -> Atom:
    """A⁻¹ b for vectors in the last axis of `right`, which has the leading axes of the matrices."""
    if rank_of(right) == 1 and rank_of(matrix) == 2:
        return current().apply(solve, matrix, right)
    wide = current().apply(solve, matrix, column(right))
    return current().apply(lookup("squeeze"), wide, axis=-1)


def applied(matrix: Atom, x: Atom, is_vector: bool) -> Atom:
    """A x, where x holds vectors in its last axis or matrices in its last two."""
    if not is_vector or (rank_of(matrix) == 2 and rank_of(x) == 1):
        return product(matrix, x)
    return current().apply(lookup("squeeze"), product(matrix, column(x)), axis=-1)


def dyadic(left: Atom, right: Atom, is_vector: bool) -> Atom:
    """left rightᵀ."""
    if not is_vector:
        return product(left, swapped(right))
    if rank_of(left) == rank_of(right) == 1:
        return current().apply(lookup("outer"), left, right)
    return as_atom(column(left) * current().apply(lookup("expand_dims"), right, axis=-2))


def _push_solve(call: Call, tangents: Sequence[Atom | None]) -> Atom | None:
    """A x = b: A ẋ = ḃ − Ȧ x."""
    a, b = call.args
    x, (a_dot, b_dot) = call.target, tangents
    is_vector = rank_of(b) == 1
    right = b_dot
    if a_dot is not None:
        change = as_atom(-applied(a_dot, x, is_vector))
        right = add(b_dot, change)
    if right is None:
        return None
    stacked = is_vector and rank_of(right) > 1
    return fit_tangent(x, _vectors(a, right) if stacked else current().apply(solve, a, right))


def _pull_solve(call: Call, y_bar: Atom, wanted: Sequence[bool]) -> list[Atom | None]:
    """b̄ = A⁻ᵀ x̄ and Ā = −b̄ xᵀ."""
    a, b = call.args
    is_vector = rank_of(b) == 1
    back = swapped(a)
    b_bar = _vectors(back, y_bar) if is_vector else current().apply(solve, back, y_bar)
    a_bar = as_atom(-dyadic(b_bar, call.target, is_vector)) if wanted[0] else None
    return [
        None if a_bar is None else fit_cotangent(a, a_bar),
        fit_cotangent(b, b_bar) if wanted[1] else None,
    ]


def _batch_solve(call: Call, args: Sequence[Atom], flags: Flags) -> Atom:
    """Directions of the right-hand side: more columns, or more matrices of a stack."""
    a, b = args
    assert not flags[0], "a solution is linear in its right-hand side only"
    rank_a, rank_b = rank_of(a), rank_of(b) - 1
    if rank_b > 1:
        missing = rank_a - rank_b
        if missing > 0:
            axes = tuple(range(1, missing + 1))
            b = current().apply(lookup("expand_dims"), b, axis=axes)
        return current().apply(solve, a, b)
    # vectors: the directions are the columns
    found = current().apply(solve, a, transposed(b))
    return move_axis(found, rank_of(found) - 1, 0)


_B = [1.0, -2.0, 0.5]
_C = [[1.0, -2.0], [0.5, 1.5], [2.0, 0.25]]
_D = [[0.5, -1.0, 2.0], [1.5, 0.75, -0.25]]

solve = general(
    "solve",
    np.linalg.solve,
    infer=_infer_solve,
    spelling=Spelling("np.linalg.solve(_0, _1)"),
    pushforward=_push_solve,
    pullback=_pull_solve,
    batch=_batch_solve,
    samples=(
        Sample((REGULAR, _B)),
        Sample((REGULAR, _C)),
        Sample((PAIR, [1.0, -2.0])),
        Sample((PAIR, [_D, _D])),
        Sample((STACK, [1.0, -2.0])),
        Sample((STACK, _D)),
        Sample((STACK, [_D, [[1.0, 0.5, 0.25], [2.0, -1.0, 3.0]], _D])),
        Sample(([STACK], [[_D], [_D]])),
        Sample(([[1.5]], [2.5])),
        Sample(([[1.5]], [[2.5, 1.0]])),
        Sample((np.array(PAIR, np.float32), np.array([1.0, 2.0], np.float32))),
        Sample((np.array(PAIR, np.float32), [1.0, 2.0])),
        Sample(([[2, 1], [1, 3]], [1.0, 2.0])),
    ),
)


# --- tensors -------------------------------------------------------------------------------------


def _count(shape: Sequence[Dimension]) -> Dimension:
    total: Dimension = 1
    with unspelled():
        for length in shape:
            total = times(total, length)
    return total


def _tensorsolve(a: Any, b: Any, axes: Any = None) -> Atom:
    """As NumPy does it: the axes of the solution behind, one square matrix, one vector."""
    left, right, last = array_like(a), array_like(b), static(axes, "axes")
    if last is not None:
        moved = [k % rank_of(left) for k in ([last] if isinstance(last, int) else last)]
        order = [k for k in range(rank_of(left)) if k not in moved] + moved
        left = transposed(left, tuple(order))
    if rank_of(left) <= rank_of(right):
        raise ShapeError("`np.linalg.tensorsolve` needs more axes on the left than on the right.")
    shape = shape_operands(left)[rank_of(right) :]
    size = _count(shape)
    square = reshaped(left, (-1, size))
    return reshaped(current().apply(solve, square, reshaped(right, -1)), shape)


def _tensorinv(a: Any, ind: Any = 2) -> Atom:
    x, split = array_like(a), static(ind, "ind")
    if split <= 0:
        raise ShapeError("`np.linalg.tensorinv` needs ind > 0.")
    shape = shape_operands(x)
    square = reshaped(x, (_count(shape[:split]), -1))
    return reshaped(current().apply(inverse, square), (*shape[split:], *shape[:split]))


# --- the user's functions ------------------------------------------------------------------------


def _inv(a: Any) -> Atom:
    return current().apply(inverse, array_like(a))


def _solve(a: Any, b: Any) -> Atom:
    return current().apply(solve, array_like(a), array_like(b))


FUNCTIONS: dict[Any, Any] = {
    np.linalg.inv: _inv,
    np.linalg.solve: _solve,
    np.linalg.tensorsolve: _tensorsolve,
    np.linalg.tensorinv: _tensorinv,
}
