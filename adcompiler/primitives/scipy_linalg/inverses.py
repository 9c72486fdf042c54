"""Pseudo-inverses, least squares, norms and polar factors of `scipy.linalg`.

Pseudo-inverse: Golub and Pereyra (1973). Polar factors A = U P: the derivative of P is the solution of
P Ṗ + Ṗ P = Ȧᴴ A + Aᴴ Ȧ, and U̇ = (Ȧ − U Ṗ) P⁻¹ (N. Higham, *Functions of Matrices*, 2008, chapter 8), for A of full
column rank; no singular vectors, so that equal singular values do no harm.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from scipy import linalg

from adcompiler.errors import ArgumentError
from adcompiler.ir.builder import current
from adcompiler.ir.nodes import Call
from adcompiler.ir.primitive import Infer, Primitive, Spelling, Statics
from adcompiler.ir.types import Array, Type, dtype_of
from adcompiler.ir.values import Atom, as_atom
from adcompiler.primitives import norms
from adcompiler.primitives.accumulation import fit_cotangent, fit_tangent
from adcompiler.primitives.arrays import array_like
from adcompiler.primitives.kinds import general
from adcompiler.primitives.least_squares import rows_of
from adcompiler.primitives.matrices import (
    conjugated,
    factor_dtype,
    hermitian,
    matrix_shape,
    mirrored,
    onto_triangle,
    product,
    square_shape,
    swapped,
)
from adcompiler.primitives.samples import Sample
from adcompiler.primitives.scipy_linalg.equations import sylvester
from adcompiler.primitives.scipy_linalg.reading import accepted, flag, given
from adcompiler.primitives.singular import SAMPLES, pull_pinv, push_pinv
from adcompiler.primitives.solving import solve
from adcompiler.primitives.statics import static

_OPTIONS = {"atol": None, "rtol": None, "lower": True}

# --- pseudo-inverses -----------------------------------------------------------------------------


def _infer_pinv(args: Sequence[Atom], statics: Statics) -> Type:
    *lead, rows, columns = matrix_shape(args, "linalg.pinv")
    return Array(factor_dtype(dtype_of(args[0].type), "linalg.pinv"), (*lead, columns, rows))


def _infer_pinvh(args: Sequence[Atom], statics: Statics) -> Type:
    lead, size = square_shape(args, "linalg.pinvh")
    return Array(factor_dtype(dtype_of(args[0].type), "linalg.pinvh"), (*lead, size, size))


def _read(call: Call) -> Call:
    """The call with the whole matrix of which one triangle is read."""
    whole = mirrored(call.args[0], bool(call.statics.get("lower", True)))
    return replace(call, args=(whole,))


def _push_pinvh(call: Call, tangents: Sequence[Atom | None]) -> Atom | None:
    if tangents[0] is None:
        return None
    return push_pinv(_read(call), [mirrored(tangents[0], bool(call.statics.get("lower", True)))])


def _pull_pinvh(call: Call, y_bar: Atom, wanted: Sequence[bool]) -> list[Atom | None]:
    (full,) = pull_pinv(_read(call), y_bar, wanted)
    assert full is not None
    return [fit_cotangent(call.args[0], onto_triangle(full, bool(call.statics.get("lower", True))))]


pinv = general(
    "linalg_pinv",
    lambda x, **options: linalg.pinv(x, **options),
    infer=_infer_pinv,
    spelling=Spelling("linalg.pinv(_0)"),
    pushforward=push_pinv,
    pullback=pull_pinv,
    defaults=_OPTIONS,
    samples=(*SAMPLES, Sample(([[1.0, 0.5], [-0.75, 2.0]],), {"rtol": 1e-9})),
    holomorphic=False,
)
_SYMMETRIC = [[2.0, 9.0, 7.0], [0.3, 1.0, 8.0], [-0.5, 0.25, -1.5]]
pinvh = general(
    "pinvh",
    lambda x, **options: linalg.pinvh(x, **options),
    infer=_infer_pinvh,
    spelling=Spelling("linalg.pinvh(_0)"),
    pushforward=_push_pinvh,
    pullback=_pull_pinvh,
    defaults=_OPTIONS,
    samples=(Sample((_SYMMETRIC,)), Sample((_SYMMETRIC,), {"lower": False})),
    holomorphic=False,
)


def _pinv(a: Any, *, atol: Any = None, rtol: Any = None, return_rank: Any = False) -> Atom:
    return _of_row(pinv, a, atol, rtol, True, return_rank)


def _pinvh(
    a: Any, atol: Any = None, rtol: Any = None, lower: Any = True, return_rank: Any = False
) -> Atom:
    return _of_row(pinvh, a, atol, rtol, flag(lower, "lower"), return_rank)


def _of_row(row: Primitive, a: Any, atol: Any, rtol: Any, lower: bool, return_rank: Any) -> Atom:
    if flag(return_rank, "return_rank"):
        raise ArgumentError(
            f"`linalg.{row.name}` with return_rank=True is not supported.",
            write="np.linalg.matrix_rank(a)",
        )
    options = given(_OPTIONS, atol=static(atol, "atol"), rtol=static(rtol, "rtol"), lower=lower)
    return current().apply(row, array_like(a), **options)


# --- least squares -------------------------------------------------------------------------------

_LSTSQ = rows_of(lambda a, b, cond=None: linalg.lstsq(a, b, cond=cond), "linalg.lstsq", "cond")


def _lstsq(a: Any, b: Any, cond: Any = None, *, lapack_driver: Any = None) -> tuple[Atom, ...]:
    if static(lapack_driver, "lapack_driver") not in (None, "gelsd"):
        raise ArgumentError(
            "`linalg.lstsq` with another lapack_driver is not supported.",
            write="linalg.lstsq(a, b)",
        )
    operands = array_like(a), array_like(b)
    options = given({"cond": None}, cond=static(cond, "cond"))
    return tuple(current().apply(row, *operands, **options) for row in _LSTSQ)


# --- polar factors -------------------------------------------------------------------------------


def _infer_polar(part: str) -> Infer:
    def infer(args: Sequence[Atom], statics: Statics) -> Type:
        *lead, rows, columns = matrix_shape(args, "linalg.polar")
        dtype = factor_dtype(dtype_of(args[0].type), "linalg.polar")
        return Array(dtype, (*lead, rows if part == "U" else columns, columns))

    return infer


def _parts(call: Call) -> tuple[Atom, Atom]:
    unitary, positive = (current().apply(row, call.args[0]) for row in POLAR)
    return unitary, positive


def _change_of_p(a: Atom, p: Atom, a_dot: Atom) -> Atom:
    inner = product(hermitian(a), a_dot)
    return current().apply(sylvester, p, p, as_atom(inner + hermitian(inner)))


def _push_p(call: Call, tangents: Sequence[Atom | None]) -> Atom | None:
    if tangents[0] is None:
        return None
    return fit_tangent(call.target, _change_of_p(call.args[0], _parts(call)[1], tangents[0]))


def _push_u(call: Call, tangents: Sequence[Atom | None]) -> Atom | None:
    if tangents[0] is None:
        return None
    u, p = _parts(call)
    moved = as_atom(tangents[0] - product(u, _change_of_p(call.args[0], p, tangents[0])))
    found = swapped(current().apply(solve, swapped(p), swapped(moved)))
    return fit_tangent(call.target, found)


def _from_p(a: Atom, p: Atom, p_bar: Atom) -> Atom:
    """Ā = conj(A) (Z + Zᴴ), where Pᵀ Z + Z Pᵀ = P̄."""
    back = swapped(p)
    inner = current().apply(sylvester, back, back, p_bar)
    return product(conjugated(a), as_atom(inner + hermitian(inner)))


def _pull_p(call: Call, y_bar: Atom, wanted: Sequence[bool]) -> list[Atom | None]:
    a = call.args[0]
    return [fit_cotangent(a, _from_p(a, _parts(call)[1], y_bar))]


def _pull_u(call: Call, y_bar: Atom, wanted: Sequence[bool]) -> list[Atom | None]:
    """With W = Ū P⁻ᵀ it is Ā = W, and what P̄ = −Uᵀ W gives."""
    (a,), (u, p) = call.args, _parts(call)
    first = swapped(current().apply(solve, p, swapped(y_bar)))
    rest = _from_p(a, p, as_atom(-product(swapped(u), first)))
    return [fit_cotangent(a, as_atom(first + rest))]


def _polar_row(name: str, index: int, push: Any, pull: Any) -> Primitive:
    return general(
        name,
        lambda x: linalg.polar(x)[index],
        infer=_infer_polar("UP"[index]),
        spelling=Spelling(f"linalg.polar(_0)[{index}]", results=2),
        pushforward=push,
        pullback=pull,
        samples=(SAMPLES[0], SAMPLES[1], *SAMPLES[4:6]),
        description="a polar factor",
        holomorphic=False,
    )


POLAR: tuple[Primitive, ...] = (
    _polar_row("polar_unitary", 0, _push_u, _pull_u),
    _polar_row("polar_positive", 1, _push_p, _pull_p),
)


def _polar(a: Any, side: Any = "right") -> tuple[Atom, Atom]:
    """A = P U on the left is Aᴴ = Uᴴ P on the right."""
    x, left = array_like(a), static(side, "side") == "left"
    unitary, positive = (current().apply(row, hermitian(x) if left else x) for row in POLAR)
    return (hermitian(unitary) if left else unitary), positive


# --- the user's functions ------------------------------------------------------------------------


def _norm(a: Any, ord: Any = None, axis: Any = None, keepdims: Any = False) -> Atom:
    return norms.norm_of(a, ord, axis, keepdims)


FUNCTIONS: dict[Any, Any] = {
    linalg.pinv: accepted(_pinv),
    linalg.pinvh: accepted(_pinvh),
    linalg.lstsq: accepted(_lstsq),
    linalg.polar: _polar,
    linalg.norm: accepted(_norm),
}
