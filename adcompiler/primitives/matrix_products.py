"""Products of many matrices, powers, and products of stacks of vectors."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from adcompiler.errors import ArgumentError, ShapeError
from adcompiler.ir.builder import current
from adcompiler.ir.nodes import Call
from adcompiler.ir.primitive import Primitive, Spelling, Statics, lookup
from adcompiler.ir.types import Array, Type, shape_of
from adcompiler.ir.values import Atom, as_atom
from adcompiler.primitives.accumulation import fit_cotangent, fit_tangent
from adcompiler.primitives.arrays import array_like
from adcompiler.primitives.axes import move_axis
from adcompiler.primitives.complex_numbers import conj_of
from adcompiler.primitives.joining import same_length
from adcompiler.primitives.kinds import add, general
from adcompiler.primitives.matrices import column, identity_like, product, square_shape, swapped
from adcompiler.primitives.samples import Sample
from adcompiler.primitives.shapes import normalized_axes, numbers
from adcompiler.primitives.shaping import rank_of
from adcompiler.primitives.solving import inverse
from adcompiler.primitives.statics import static
from adcompiler.primitives.tensor_products import array_dtype

Flags = Sequence[bool]


# --- multi_dot -----------------------------------------------------------------------------------


def _infer_multi_dot(args: Sequence[Atom], statics: Statics) -> Type:
    numbers(args, "np.linalg.multi_dot")
    shapes = [shape_of(arg.type) for arg in args]
    if any(len(shape) != 2 for shape in shapes):
        raise ShapeError("`np.linalg.multi_dot` takes matrices (and vectors at its ends).")
    for left, right in pairwise(shapes):
        same_length([left[1], right[0]], "`np.linalg.multi_dot`")
    return Array(array_dtype(args), (shapes[0][0], shapes[-1][1]))


def _chain(factors: Sequence[Atom]) -> Atom:
    """The product in the order that costs least."""
    if len(factors) < 3:
        return product(*factors)
    return current().apply(multi_dot, *factors)


def _push_multi_dot(call: Call, tangents: Sequence[Atom | None]) -> Atom | None:
    total: Atom | None = None
    for k, tangent in enumerate(tangents):
        if tangent is not None:
            total = add(total, _chain([*call.args[:k], tangent, *call.args[k + 1 :]]))
    return None if total is None else fit_tangent(call.target, total)


def _pull_multi_dot(call: Call, y_bar: Atom, wanted: Sequence[bool]) -> list[Atom | None]:
    """Āₖ = (A₀ … Aₖ₋₁)ᵀ Ȳ (Aₖ₊₁ … )ᵀ."""
    turned = [swapped(arg) for arg in call.args]
    found: list[Atom | None] = []
    for k, (arg, want) in enumerate(zip(call.args, wanted, strict=True)):
        factors = [*reversed(turned[:k]), y_bar, *reversed(turned[k + 1 :])]
        found.append(fit_cotangent(arg, _chain(factors)) if want else None)
    return found


_M23, _M32 = [[1.0, 2.0, 3.0], [4.0, 5.0, 6.5]], [[1.0, 0.5], [2.0, -1.0], [0.25, 3.0]]
_V3 = [[0.5, 1.5, 2.5]]

multi_dot: Primitive = general(
    "multi_dot",
    lambda *factors: np.linalg.multi_dot(factors),
    infer=_infer_multi_dot,
    spelling=Spelling("np.linalg.multi_dot([*_args])"),
    pushforward=_push_multi_dot,
    pullback=_pull_multi_dot,
    batch=lambda call, args, flags: product(*args),
    samples=(
        Sample((_M23, _M32, _M23)),
        Sample((_V3, _M32, _M23, _M32)),
        Sample((_M23, _M32)),
        Sample(([[1.5]], [[2.0]], [[0.5]])),
        Sample((np.array(_M23, np.float32), np.array(_M32, np.float32), _M23)),
    ),
)


def _multi_dot(arrays: Any, *, out: Any = None) -> Atom:
    if not isinstance(arrays, (list, tuple)):
        raise ArgumentError(
            "`np.linalg.multi_dot` takes a list of arrays here.",
            write="np.linalg.multi_dot([a, b, c])",
        )
    factors = [array_like(a) for a in arrays]
    if out is not None or len(factors) < 2:
        raise ShapeError("`np.linalg.multi_dot` takes two arrays or more, and no `out=` here.")
    first, last = rank_of(factors[0]) == 1, rank_of(factors[-1]) == 1
    if first:
        factors[0] = current().apply(lookup("expand_dims"), factors[0], axis=0)
    if last:
        factors[-1] = column(factors[-1])
    found = current().apply(multi_dot, *factors)
    if first and last:
        return current().apply(lookup("sum"), found)
    if first or last:
        return current().apply(lookup("squeeze"), found, axis=0 if first else 1)
    return found


# --- powers --------------------------------------------------------------------------------------


def _matrix_power(a: Any, n: Any) -> Atom:
    """As NumPy does it: squares, multiplied where the exponent has a binary digit 1."""
    x, exponent = array_like(a), static(n, "n")
    square_shape([x], "np.linalg.matrix_power")
    if exponent == 0:
        unit = identity_like(x)
        if rank_of(x) == 2:
            return unit
        return current().apply(lookup("broadcast_like"), unit, x)
    if exponent < 0:
        x, exponent = current().apply(inverse, x), -exponent
    if exponent == 3:  # NumPy multiplies from the left
        return product(x, x, x)
    result: Atom | None = None
    square: Atom | None = None
    while exponent:
        square = x if square is None else product(square, square)
        exponent, digit = divmod(exponent, 2)
        if digit:
            result = square if result is None else product(result, square)
    assert result is not None
    return result


# --- stacks of vectors ---------------------------------------------------------------------------


def _vecdot(x1: Any, x2: Any, /, *, axis: Any = -1) -> Atom:
    where, operands = static(axis, "axis"), []
    for value in map(array_like, (x1, x2)):
        (place,) = normalized_axes(where, rank_of(value))
        operands.append(move_axis(value, place, rank_of(value) - 1))
    left, right = operands
    left = conj_of(left)
    if rank_of(left) == rank_of(right) == 1:
        return current().apply(lookup("dot"), left, right)
    return current().apply(lookup("sum"), as_atom(left * right), axis=-1)


def _matvec(x1: Any, x2: Any) -> Atom:
    matrix, vector = array_like(x1), array_like(x2)
    if rank_of(vector) == 1:
        return product(matrix, vector)
    return current().apply(lookup("squeeze"), product(matrix, column(vector)), axis=-1)


def _vecmat(x1: Any, x2: Any) -> Atom:
    vector, matrix = conj_of(x1), array_like(x2)
    if rank_of(vector) == 1:
        return product(vector, matrix)
    wide = current().apply(lookup("expand_dims"), vector, axis=-2)
    return current().apply(lookup("squeeze"), product(wide, matrix), axis=-2)


FUNCTIONS: dict[Any, Any] = {
    np.linalg.multi_dot: _multi_dot,
    np.linalg.matrix_power: _matrix_power,
    np.linalg.vecdot: _vecdot,
    **{
        getattr(np, name): build
        for name, build in (("vecdot", _vecdot), ("matvec", _matvec), ("vecmat", _vecmat))
        if hasattr(np, name)  # from NumPy 2.2 on
    },
}
