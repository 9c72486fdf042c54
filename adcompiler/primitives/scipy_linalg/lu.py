"""LU factors of `scipy.linalg`: A = P L U, square.

With F = L⁻¹ Pᵀ Ȧ U⁻¹ it is L̇ = L F₋ and U̇ = F₊ U, where F₋ is the part below the diagonal and F₊ the
rest (S. Walter and L. Lehmann, *Algorithmic differentiation of linear algebra functions*, 2010). The permutation
does not move nearby. `lu_factor` packs both factors into one matrix.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from scipy import linalg

from adcompiler.errors import ArgumentError
from adcompiler.ir.builder import current
from adcompiler.ir.nodes import Call
from adcompiler.ir.primitive import Infer, Primitive, Spelling, Statics
from adcompiler.ir.types import Array, Type, dtype_of, shape_of
from adcompiler.ir.values import Atom, as_atom
from adcompiler.primitives.accumulation import fit_cotangent, fit_tangent
from adcompiler.primitives.arrays import array_like
from adcompiler.primitives.complex_numbers import real_dtype
from adcompiler.primitives.kinds import add, general, inert
from adcompiler.primitives.matrices import (
    conjugated,
    factor_dtype,
    identity_like,
    product,
    square_shape,
    swapped,
    triangle,
)
from adcompiler.primitives.samples import Sample
from adcompiler.primitives.scipy_linalg.directions import of_right_side
from adcompiler.primitives.scipy_linalg.reading import accepted, flag, given
from adcompiler.primitives.scipy_linalg.systems import (
    B3,
    C3,
    infer_solution,
    infer_square,
    solve_triangular,
)
from adcompiler.primitives.shaping import rank_of
from adcompiler.primitives.solving import PAIR, REGULAR, STACK, applied, dyadic
from adcompiler.primitives.statics import static
from adcompiler.runtime.permutations import permutation_of as runtime_permutation

_OTHER = [[0.5, 1.0, -2.0], [3.0, 0.25, 1.0], [1.0, 2.0, 0.5]]
_SAMPLES = (
    Sample((REGULAR,)),
    Sample((_OTHER,)),
    Sample((STACK,)),
    Sample(([[1.5]],)),
    Sample((np.array(PAIR, np.float32),)),
)


def _infer(real: bool = False) -> Infer:
    def infer(args: Sequence[Atom], statics: Statics) -> Type:
        square_shape(args, "linalg.lu")
        dtype = factor_dtype(dtype_of(args[0].type), "linalg.lu")
        return Array(real_dtype(dtype) if real else dtype, shape_of(args[0].type))

    return infer


def _infer_pivots(args: Sequence[Atom], statics: Statics) -> Type:
    lead, size = square_shape(args, "linalg.lu_factor")
    return Array(np.dtype(np.int32), (*lead, size))


# --- the packed factors --------------------------------------------------------------------------


pivots: Primitive = inert(
    "lu_pivots",
    lambda x: linalg.lu_factor(x)[1],
    infer=_infer_pivots,
    spelling=Spelling("linalg.lu_factor(_0)[1]", results=2),
    samples=_SAMPLES,
    description="the rows that are exchanged",
)
permutation: Primitive = inert(
    "permutation_of",
    runtime_permutation,
    infer=lambda args, statics: Array(
        np.dtype(float), (*shape_of(args[0].type), shape_of(args[0].type)[-1])
    ),
    spelling=Spelling("permutation_of(_0)"),
    samples=(Sample(([2, 2, 2],)), Sample(([[1, 1], [0, 1]],))),
    description="the matrix of a permutation, from the rows that are exchanged",
)


def _lower_solution(packed: Atom, right: Atom, transposed: bool = False) -> Atom:
    """L⁻¹ b, or L⁻ᵀ b."""
    options: dict[str, Any] = {"trans": 1} if transposed else {}
    return current().apply(
        solve_triangular, packed, right, lower=True, unit_diagonal=True, **options
    )


def _upper_solution(packed: Atom, right: Atom, transposed: bool = False) -> Atom:
    options: dict[str, Any] = {"trans": 1} if transposed else {}
    return current().apply(solve_triangular, packed, right, **options)


def _parts(packed: Atom) -> tuple[Atom, Atom]:
    """L and U."""
    lower = as_atom(triangle(packed, True, 1) + identity_like(packed))
    return lower, triangle(packed, False)


def _inner(packed: Atom, order: Atom, a_dot: Atom) -> Atom:
    """F = L⁻¹ Pᵀ Ȧ U⁻¹."""
    left = _lower_solution(packed, product(swapped(order), a_dot))
    return swapped(_upper_solution(packed, swapped(left), transposed=True))


def _outer(packed: Atom, order: Atom, inner: Atom) -> Atom:
    """P L⁻ᵀ M U⁻ᵀ."""
    left = _lower_solution(packed, inner, transposed=True)
    return product(order, swapped(_upper_solution(packed, swapped(left))))


def _order(call: Call) -> Atom:
    return current().apply(permutation, current().apply(pivots, call.args[0]))


def _push_packed(call: Call, tangents: Sequence[Atom | None]) -> Atom | None:
    if tangents[0] is None:
        return None
    inner = _inner(call.target, _order(call), tangents[0])
    lower, upper = _parts(call.target)
    change = product(lower, triangle(inner, True, 1)) + product(triangle(inner, False), upper)
    return fit_tangent(call.target, as_atom(change))


def _pull_packed(call: Call, y_bar: Atom, wanted: Sequence[bool]) -> list[Atom | None]:
    """Ā = P L⁻ᵀ (the part of Lᵀ L̄ below the diagonal, and the rest of Ū Uᵀ) U⁻ᵀ."""
    lower, upper = _parts(call.target)
    below = triangle(product(swapped(lower), triangle(y_bar, True, 1)), True, 1)
    above = triangle(product(triangle(y_bar, False), swapped(upper)), False)
    a_bar = _outer(call.target, _order(call), as_atom(below + above))
    return [fit_cotangent(call.args[0], a_bar)]


packed_factors: Primitive = general(
    "lu_factor",
    lambda x: linalg.lu_factor(x)[0],
    infer=infer_square("linalg.lu_factor"),
    spelling=Spelling("linalg.lu_factor(_0)[0]", results=2),
    pushforward=_push_packed,
    pullback=_pull_packed,
    samples=_SAMPLES,
    description="the factors L and U in one matrix",
)


# --- the factors apart ---------------------------------------------------------------------------


def _part(name: str, index: int, push: Any, pull: Any) -> Primitive:
    return general(
        name,
        lambda x: linalg.lu(x)[index],
        infer=_infer(),
        spelling=Spelling(f"linalg.lu(_0)[{index}]", results=3),
        pushforward=push,
        pullback=pull,
        samples=_SAMPLES,
        description=f"the factor {'PLU'[index]} of a matrix",
    )


def _all_parts(call: Call) -> tuple[Atom, Atom, Atom]:
    order, lower, upper = (current().apply(row, call.args[0]) for row in PARTS)
    return order, lower, upper


def _push_part(is_lower: bool) -> Any:
    def push(call: Call, tangents: Sequence[Atom | None]) -> Atom | None:
        if tangents[0] is None:
            return None
        order, lower, upper = _all_parts(call)
        left = _lower_solution(lower, product(swapped(order), tangents[0]))
        inner = swapped(_upper_solution(upper, swapped(left), transposed=True))
        if is_lower:
            return fit_tangent(call.target, product(lower, triangle(inner, True, 1)))
        return fit_tangent(call.target, product(triangle(inner, False), upper))

    return push


def _pull_part(is_lower: bool) -> Any:
    def pull(call: Call, y_bar: Atom, wanted: Sequence[bool]) -> list[Atom | None]:
        order, lower, upper = _all_parts(call)
        if is_lower:
            inner = triangle(product(swapped(lower), y_bar), True, 1)
        else:
            inner = triangle(product(y_bar, swapped(upper)), False)
        left = _lower_solution(lower, inner, transposed=True)
        a_bar = product(order, swapped(_upper_solution(upper, swapped(left))))
        return [fit_cotangent(call.args[0], a_bar)]

    return pull


order_of_lu: Primitive = inert(
    "lu_order",
    lambda x: linalg.lu(x)[0],
    infer=_infer(real=True),
    spelling=Spelling("linalg.lu(_0)[0]", results=3),
    samples=_SAMPLES,
    description="the permutation of a matrix",
)
PARTS: tuple[Primitive, ...] = (
    order_of_lu,
    _part("lu_lower", 1, _push_part(True), _pull_part(True)),
    _part("lu_upper", 2, _push_part(False), _pull_part(False)),
)


# --- systems -------------------------------------------------------------------------------------


def _push_solve(call: Call, tangents: Sequence[Atom | None]) -> Atom | None:
    """A x = b with A = P L U: A ẋ = ḃ − P (L̇ U + L U̇) x, and the transposed or adjoint of it."""
    (c, order, b), (change, _, right) = call.args, tangents
    trans, is_vector = call.statics.get("trans", 0), rank_of(b) == 1
    if change is not None:
        lower, upper = _parts(c)
        moved = product(triangle(change, True, 1), upper) + product(lower, triangle(change, False))
        matrix = product(current().apply(permutation, order), as_atom(moved))
        matrix = swapped(matrix) if trans else matrix
        matrix = conjugated(matrix) if trans == 2 else matrix
        right = add(right, as_atom(-applied(matrix, call.target, is_vector)))
    if right is None:
        return None
    found = current().apply(lu_solve, c, order, right, **call.statics)
    return fit_tangent(call.target, found)


def _pull_solve(call: Call, y_bar: Atom, wanted: Sequence[bool]) -> list[Atom | None]:
    """b̄ = A⁻ᵀ x̄; with N = −Pᵀ b̄ xᵀ it is L̄ = N Uᵀ below the diagonal and Ū = Lᵀ N above and on it."""
    (c, order, b), trans = call.args, call.statics.get("trans", 0)
    is_vector, x = rank_of(b) == 1, call.target
    if trans == 0:
        b_bar = current().apply(lu_solve, c, order, y_bar, trans=1)
    else:
        b_bar = current().apply(lu_solve, conjugated(c) if trans == 2 else c, order, y_bar)
    c_bar: Atom | None = None
    if wanted[0]:
        if trans == 0:
            full = dyadic(b_bar, x, is_vector)
        elif trans == 1:
            full = dyadic(x, b_bar, is_vector)
        else:
            full = dyadic(conjugated(x), conjugated(b_bar), is_vector)
        full = product(swapped(current().apply(permutation, order)), full)
        lower, upper = _parts(c)
        below = triangle(product(full, swapped(upper)), True, 1)
        c_bar = as_atom(-(below + triangle(product(swapped(lower), full), False)))
        c_bar = fit_cotangent(c, c_bar)
    return [c_bar, None, fit_cotangent(b, b_bar) if wanted[2] else None]


def _infer_solve(args: Sequence[Atom], statics: Statics) -> Type:
    return infer_solution("lu_solve")([args[0], args[2]], statics)


_PACKED, _ORDER = [[3.0, 1.0, 0.5], [-0.25, 2.5, 0.25], [0.5, -0.75, 2.0]], [2, 1, 2]
lu_solve: Primitive = general(
    "lu_solve",
    lambda c, order, b, trans=0: linalg.lu_solve((c, order), b, trans=trans),
    infer=_infer_solve,
    spelling=Spelling("linalg.lu_solve((_0, _1), _2)"),
    pushforward=_push_solve,
    pullback=_pull_solve,
    batch=of_right_side,
    defaults={"trans": 0},
    samples=(
        Sample((_PACKED, _ORDER, B3)),
        Sample((_PACKED, _ORDER, C3)),
        Sample((_PACKED, _ORDER, C3), {"trans": 1}),
        Sample((_PACKED, _ORDER, B3), {"trans": 2}),
        Sample((np.array(PAIR, np.float32), [1, 1], np.array([1.0, 2.0], np.float32))),
    ),
    description="the solution of a system with LU factors",
)


# --- the user's functions ------------------------------------------------------------------------


def _lu_factor(a: Any) -> tuple[Atom, Atom]:
    x = array_like(a)
    return current().apply(packed_factors, x), current().apply(pivots, x)


def _lu_solve(lu_and_piv: Any, b: Any, trans: Any = 0) -> Atom:
    packed, order = lu_and_piv
    options = given({"trans": 0}, trans=static(trans, "trans"))
    operands = array_like(packed), array_like(order), array_like(b)
    return current().apply(lu_solve, *operands, **options)


def _lu(a: Any, permute_l: Any = False, *, p_indices: Any = False) -> tuple[Atom, ...]:
    x = array_like(a)
    if flag(p_indices, "p_indices"):
        raise ArgumentError(
            "`linalg.lu` with p_indices=True is not supported.", write="p, l, u = linalg.lu(a)"
        )
    order, lower, upper = (current().apply(row, x) for row in PARTS)
    if flag(permute_l, "permute_l"):
        return product(order, lower), upper
    return order, lower, upper


FUNCTIONS: dict[Any, Any] = {
    linalg.lu: accepted(_lu),
    linalg.lu_factor: accepted(_lu_factor),
    linalg.lu_solve: accepted(_lu_solve),
}
