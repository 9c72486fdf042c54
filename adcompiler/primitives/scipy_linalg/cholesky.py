"""Cholesky factors of `scipy.linalg`, and systems solved with them.

Giles 2008, section 3.3, in the form of I. Murray, *Differentiation of the Cholesky decomposition* (2016).
A = L Lᴴ or Uᴴ U; one triangle of A is read. `cho_factor` leaves the other triangle of A in its result,
and so do its derivatives.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from scipy import linalg

from adcompiler.ir.builder import current
from adcompiler.ir.nodes import Call
from adcompiler.ir.primitive import Primitive, Spelling
from adcompiler.ir.types import is_complex
from adcompiler.ir.values import Atom, as_atom
from adcompiler.primitives.accumulation import fit_cotangent, fit_tangent
from adcompiler.primitives.arrays import array_like
from adcompiler.primitives.kinds import add, general
from adcompiler.primitives.matrices import (
    conjugated,
    halved_triangle,
    hermitian,
    mirrored,
    onto_triangle,
    product,
    swapped,
    triangle,
)
from adcompiler.primitives.samples import Sample
from adcompiler.primitives.scipy_linalg.directions import of_right_side
from adcompiler.primitives.scipy_linalg.reading import accepted, flag, given
from adcompiler.primitives.scipy_linalg.systems import (
    B3,
    C3,
    POSITIVE,
    infer_solution,
    infer_square,
    solve_triangular,
)
from adcompiler.primitives.shaping import rank_of
from adcompiler.primitives.solving import applied, dyadic

_LOWER = {"lower": False}
_PAIR = [[2.0, 0.5], [0.5, 1.5]]
_SAMPLES = (
    Sample((POSITIVE,), {"lower": True}),
    Sample(([[4.0, 1.0, 0.5], [9.0, 3.0, -0.25], [8.0, 7.0, 2.0]],)),
    Sample(([_PAIR, [[1.0, -0.25], [-0.25, 3.0]]],)),
    Sample(([[2.25]],)),
    Sample((np.array(_PAIR, np.float32),)),
)


def _is_lower(call: Call) -> bool:
    return bool(call.statics.get("lower", False))


def triangular_solution(factor: Atom, right: Atom, lower: bool, way: str = "N") -> Atom:
    """T⁻¹ b, T⁻ᵀ b or T⁻ᴴ b, written as short as it goes."""
    options: dict[str, Any] = {"lower": True} if lower else {}
    if way != "N":
        options["trans"] = 2 if way == "C" and is_complex(factor.type) else 1
    return current().apply(solve_triangular, factor, right, **options)


# --- the factor ----------------------------------------------------------------------------------


def _factor(call: Call) -> Atom:
    """The factor alone, without what `cho_factor` leaves beside it."""
    if call.primitive is cho_factor:
        return triangle(call.target, _is_lower(call))
    return call.target


def _push_factor(call: Call, tangents: Sequence[Atom | None]) -> Atom | None:
    """L̇ = L Φ(L⁻¹ Ȧ L⁻ᴴ) and U̇ = Φ(U⁻ᴴ Ȧ U⁻¹) U, Φ being the triangle with half of the diagonal."""
    if tangents[0] is None:
        return None
    lower, c = _is_lower(call), call.target
    way = "N" if lower else "C"
    half = hermitian(triangular_solution(c, mirrored(tangents[0], lower), lower, way))
    inner = halved_triangle(triangular_solution(c, half, lower, way), lower)
    factor = _factor(call)
    change = product(factor, inner) if lower else product(inner, factor)
    if call.primitive is cho_factor:
        change = as_atom(change + triangle(tangents[0], not lower, 1))
    return fit_tangent(c, change)


def _pull_factor(call: Call, y_bar: Atom, wanted: Sequence[bool]) -> list[Atom | None]:
    """Ā = L⁻ᵀ Φ(Lᵀ L̄) conj(L)⁻¹ and conj(U)⁻¹ Φ(Ū Uᵀ) U⁻ᵀ, in the triangle that is read."""
    lower, c = _is_lower(call), call.target
    back = swapped(_factor(call))
    if lower:
        inner = halved_triangle(product(back, y_bar), lower)
        half = triangular_solution(c, inner, lower, "T")
        full = triangular_solution(c, hermitian(half), lower, "T")
    else:
        inner = halved_triangle(product(y_bar, back), lower)
        half = triangular_solution(c, swapped(inner), lower)
        full = triangular_solution(conjugated(c), swapped(half), lower)
    a_bar = onto_triangle(full, lower)
    if call.primitive is cho_factor and not _is_triangle(y_bar, lower):
        a_bar = as_atom(a_bar + triangle(y_bar, not lower, 1))
    return [fit_cotangent(call.args[0], a_bar)]


def _is_triangle(x: Atom, lower: bool) -> bool:
    """True where a rule has just made the triangle: there is nothing beside it."""
    made = current().definition(x)
    if made is not None and made.primitive.name == "negative":
        made = current().definition(made.args[0])
    return made is not None and made.primitive.name == ("tril" if lower else "triu")


cholesky = general(
    "linalg_cholesky",
    lambda x, lower=False: linalg.cholesky(x, lower),
    infer=infer_square("linalg.cholesky"),
    spelling=Spelling("linalg.cholesky(_0)"),
    pushforward=_push_factor,
    pullback=_pull_factor,
    defaults=_LOWER,
    samples=_SAMPLES,
    holomorphic=False,
)
cho_factor: Primitive = general(
    "cho_factor",
    lambda x, lower=False: linalg.cho_factor(x, lower)[0],
    infer=infer_square("linalg.cho_factor"),
    spelling=Spelling("linalg.cho_factor(_0)[0]", results=2),
    pushforward=_push_factor,
    pullback=_pull_factor,
    defaults=_LOWER,
    samples=_SAMPLES,
    holomorphic=False,
    description="a Cholesky factor, with the other triangle of the matrix beside it",
)


# --- systems -------------------------------------------------------------------------------------


def _push_solve(call: Call, tangents: Sequence[Atom | None]) -> Atom | None:
    """A x = b with A = T Tᴴ: A ẋ = ḃ − (Ṫ Tᴴ + T Ṫᴴ) x, and T = Uᴴ."""
    (c, b), (change, right) = call.args, tangents
    lower, is_vector = _is_lower(call), rank_of(b) == 1
    if change is not None:
        factor, change = triangle(c, lower), triangle(change, lower)
        if not lower:
            factor, change = hermitian(factor), hermitian(change)
        x = call.target
        first = applied(change, applied(hermitian(factor), x, is_vector), is_vector)
        second = applied(factor, applied(hermitian(change), x, is_vector), is_vector)
        right = add(right, as_atom(-(first + second)))
    if right is None:
        return None
    return fit_tangent(call.target, current().apply(cho_solve, c, right, **call.statics))


def _pull_solve(call: Call, y_bar: Atom, wanted: Sequence[bool]) -> list[Atom | None]:
    """b̄ = A⁻ᵀ x̄, and with M = b̄ xᵀ + conj(x) b̄ᴴ: L̄ = −M conj(L) or Ū = −conj(U) M, in the triangle."""
    (c, b), lower = call.args, _is_lower(call)
    b_bar = current().apply(cho_solve, conjugated(c), y_bar, **call.statics)
    c_bar: Atom | None = None
    if wanted[0]:
        full = dyadic(b_bar, call.target, rank_of(b) == 1)
        full = as_atom(full + hermitian(full))
        factor = conjugated(triangle(c, lower))
        moved = product(full, factor) if lower else product(factor, full)
        c_bar = fit_cotangent(c, as_atom(-triangle(moved, lower)))
    return [c_bar, fit_cotangent(b, b_bar) if wanted[1] else None]


cho_solve: Primitive = general(
    "cho_solve",
    lambda c, b, lower=False: linalg.cho_solve((c, lower), b),
    infer=infer_solution("cho_solve"),
    spelling=Spelling("linalg.cho_solve((_0, _lower), _1)"),
    pushforward=_push_solve,
    pullback=_pull_solve,
    batch=of_right_side,
    samples=(
        Sample((POSITIVE, B3), {"lower": True}),
        Sample((POSITIVE, C3), {"lower": False}),
        Sample(([_PAIR, [[1.0, -0.25], [-0.25, 3.0]]], C3[:2]), {"lower": True}),
        Sample((np.array(_PAIR, np.float32), np.array([1.0, 2.0], np.float32)), {"lower": False}),
    ),
    holomorphic=False,
    description="the solution of a system with a Cholesky factor",
)


# --- the user's functions ------------------------------------------------------------------------


def _cholesky(a: Any, lower: Any = False) -> Atom:
    return current().apply(cholesky, array_like(a), **given(_LOWER, lower=flag(lower, "lower")))


def _cho_factor(a: Any, lower: Any = False) -> tuple[Atom, Atom]:
    is_lower = flag(lower, "lower")
    factor = current().apply(cho_factor, array_like(a), **given(_LOWER, lower=is_lower))
    return factor, as_atom(is_lower)


def _cho_solve(c_and_lower: Any, b: Any) -> Atom:
    factor, lower = c_and_lower
    operands = array_like(factor), array_like(b)
    return current().apply(cho_solve, *operands, lower=flag(lower, "lower"))


FUNCTIONS: dict[Any, Any] = {
    linalg.cholesky: accepted(_cholesky),
    linalg.cho_factor: accepted(_cho_factor),
    linalg.cho_solve: accepted(_cho_solve),
}
