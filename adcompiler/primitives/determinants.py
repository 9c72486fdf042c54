"""Determinants (Giles 2008, sections 2.2.4 and 2.3.3) and the rank of a matrix."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from adcompiler.ir.builder import current
from adcompiler.ir.nodes import Call
from adcompiler.ir.primitive import Primitive, Spelling, Statics, lookup
from adcompiler.ir.structure import Branch
from adcompiler.ir.types import INT, Array, Type, dtype_of, is_complex, scalar_or_array, shape_of
from adcompiler.ir.values import Atom, as_atom
from adcompiler.primitives.accumulation import fit_cotangent, fit_tangent
from adcompiler.primitives.arrays import array_like
from adcompiler.primitives.complex_numbers import real_dtype
from adcompiler.primitives.kinds import add, general, inert, scaled
from adcompiler.primitives.matrices import (
    by_matrix,
    factor_dtype,
    imaginary_part,
    product,
    real_part,
    square_shape,
    swapped,
)
from adcompiler.primitives.samples import Sample
from adcompiler.primitives.shapes import broadcast_shapes, numbers, promoted_dtype
from adcompiler.primitives.solving import PAIR, REGULAR, STACK, inverse
from adcompiler.primitives.statics import static
from adcompiler.runtime.cofactors import cofactor_change as runtime_change
from adcompiler.runtime.cofactors import cofactors as runtime_cofactors

_SAMPLES = (
    Sample((REGULAR,)),
    Sample((STACK,)),
    Sample((PAIR,)),
    Sample(([[-1.5]],)),
    Sample((np.array(PAIR, np.float32),)),
)


def _infer(name: str, real: bool = False) -> Any:
    def infer(args: Sequence[Atom], statics: Statics) -> Type:
        lead, _ = square_shape(args, name)
        dtype = factor_dtype(dtype_of(args[0].type), name)
        return scalar_or_array(real_dtype(dtype) if real else dtype, lead)

    return infer


def _over_matrix(x: Atom) -> Atom:
    """The sum over all elements of each matrix."""
    return current().apply(lookup("sum"), x, axis=(-2, -1))


def _scaled(y_bar: Atom, matrix: Atom) -> Atom:
    product = scaled(by_matrix(y_bar), matrix)
    assert product is not None
    return product


def _inverse_transposed(call: Call) -> Atom:
    return swapped(current().apply(inverse, call.args[0]))


# --- det -----------------------------------------------------------------------------------------


def _push_det(call: Call, tangents: Sequence[Atom | None]) -> Atom | None:
    """ẏ = Σ C ∘ Ȧ, where C holds the cofactors: y A⁻ᵀ where A is regular."""
    if tangents[0] is None:
        return None
    factors = current().apply(cofactors, call.args[0])
    return fit_tangent(call.target, _over_matrix(as_atom(factors * tangents[0])))


def _pull_det(call: Call, y_bar: Atom, wanted: Sequence[bool]) -> list[Atom | None]:
    factors = current().apply(cofactors, call.args[0])
    return [fit_cotangent(call.args[0], _scaled(y_bar, factors))]


det = general(
    "det",
    np.linalg.det,
    infer=_infer("np.linalg.det"),
    spelling=Spelling("np.linalg.det(_0)"),
    pushforward=_push_det,
    pullback=_pull_det,
    samples=(*_SAMPLES, Sample(([[2, 1], [1, 3]],))),
)


def _infer_cofactors(args: Sequence[Atom], statics: Statics) -> Type:
    square_shape(args, "np.linalg.det")
    dtype = factor_dtype(dtype_of(args[0].type), "np.linalg.det")
    return Array(dtype, shape_of(args[0].type))


def _push_cofactors(call: Call, tangents: Sequence[Atom | None]) -> Atom | None:
    if tangents[0] is None:
        return None
    return fit_tangent(call.target, _changed(call.args[0], tangents[0]))


def _pull_cofactors(call: Call, y_bar: Atom, wanted: Sequence[bool]) -> list[Atom | None]:
    """Second derivatives are symmetric: the same map as forwards."""
    return [fit_cotangent(call.args[0], _changed(call.args[0], y_bar))]


def _changed(matrix: Atom, change: Atom) -> Atom:
    return current().apply(cofactor_change, matrix, change)


cofactors: Primitive = general(
    "cofactors",
    runtime_cofactors,
    infer=_infer_cofactors,
    spelling=Spelling("cofactors(_0)"),
    pushforward=_push_cofactors,
    pullback=_pull_cofactors,
    samples=_SAMPLES,
    description="the gradient of a determinant, also where the matrix is singular",
)


def _infer_change(args: Sequence[Atom], statics: Statics) -> Type:
    square_shape(args, "np.linalg.det")
    shape = broadcast_shapes([shape_of(arg.type) for arg in args])
    return Array(factor_dtype(promoted_dtype([arg.type for arg in args]), "np.linalg.det"), shape)


def _third(call: Call, other: Atom) -> Atom:
    """The third derivative of det along two changes E and B, for regular matrices.

    G = C Σ(Z ∘ E) − Z Eᵀ C with Z = A⁻ᵀ changes along B by Ċ = C'[B] and Ż = −Z Bᵀ Z.
    """
    a, e = call.args
    c, z = current().apply(cofactors, a), _inverse_transposed(call)
    c_dot, z_dot = _changed(a, other), as_atom(-product(z, swapped(other), z))
    scale, scale_dot = (by_matrix(_over_matrix(as_atom(x * e))) for x in (z, z_dot))
    turned = as_atom(product(z_dot, swapped(e), c) + product(z, swapped(e), c_dot))
    return as_atom(scale * c_dot + scale_dot * c - turned)


def _push_change(call: Call, tangents: Sequence[Atom | None]) -> Atom | None:
    a_dot, e_dot = tangents
    first = None if a_dot is None else _third(call, a_dot)
    total = add(first, None if e_dot is None else _changed(call.args[0], e_dot))
    return None if total is None else fit_tangent(call.target, total)


def _pull_change(call: Call, y_bar: Atom, wanted: Sequence[bool]) -> list[Atom | None]:
    """Derivatives of one function are symmetric in their directions."""
    a, e = call.args
    return [
        fit_cotangent(a, _third(call, y_bar)) if wanted[0] else None,
        fit_cotangent(e, _changed(a, y_bar)) if wanted[1] else None,
    ]


cofactor_change: Primitive = general(
    "cofactor_change",
    runtime_change,
    infer=_infer_change,
    spelling=Spelling("cofactor_change(_0, _1)"),
    pushforward=_push_change,
    pullback=_pull_change,
    batch=lambda call, args, flags: _changed(*args),
    samples=(
        Sample((REGULAR, [[1.0, -2.0, 0.5], [0.25, 1.0, 2.0], [3.0, -1.0, 0.5]])),
        Sample((STACK, [PAIR, PAIR, [[1.0, 2.0], [3.0, -1.0]]])),
        Sample((PAIR, [[1.0, 2.0], [3.0, -1.0]])),
        Sample(([[1.5]], [[2.0]])),
        Sample((np.array(PAIR, np.float32), np.array(PAIR, np.float32))),
    ),
    description="the second derivative of a determinant along one direction",
)


# --- slogdet -------------------------------------------------------------------------------------


def _push_log(call: Call, tangents: Sequence[Atom | None]) -> Atom | None:
    """ẏ = Re Σ A⁻ᵀ ∘ Ȧ."""
    if tangents[0] is None:
        return None
    z = _inverse_transposed(call)
    return fit_tangent(call.target, real_part(_over_matrix(as_atom(z * tangents[0]))))


def _pull_log(call: Call, y_bar: Atom, wanted: Sequence[bool]) -> list[Atom | None]:
    """Ā = ȳ A⁻ᵀ: here the inverse itself is the derivative."""
    z = _inverse_transposed(call)
    return [fit_cotangent(call.args[0], _scaled(y_bar, z))]


sign_of_det = inert(
    "sign_of_det",
    lambda x: np.linalg.slogdet(x)[0],
    infer=_infer("np.linalg.slogdet"),
    spelling=Spelling("np.linalg.slogdet(_0)[0]", results=2),
    samples=_SAMPLES,
)
logabsdet = general(
    "logabsdet",
    lambda x: np.linalg.slogdet(x)[1],
    infer=_infer("np.linalg.slogdet", real=True),
    spelling=Spelling("np.linalg.slogdet(_0)[1]", results=2),
    pushforward=_push_log,
    pullback=_pull_log,
    samples=_SAMPLES,
    holomorphic=False,
)


def _push_phase(call: Call, tangents: Sequence[Atom | None]) -> Atom | None:
    """y = det / |det|: ẏ = i y Im Σ A⁻ᵀ ∘ Ȧ."""
    if tangents[0] is None:
        return None
    turn = imaginary_part(_over_matrix(as_atom(_inverse_transposed(call) * tangents[0])))
    return fit_tangent(call.target, as_atom(1j * (call.target * turn)))


def _pull_phase(call: Call, y_bar: Atom, wanted: Sequence[bool]) -> list[Atom | None]:
    """Ā = i Im(ȳ y) A⁻ᵀ."""
    turn = as_atom(1j * imaginary_part(as_atom(y_bar * call.target)))
    return [fit_cotangent(call.args[0], _scaled(turn, _inverse_transposed(call)))]


phase_of_det = general(
    "phase_of_det",
    lambda x: np.linalg.slogdet(x)[0],
    infer=_infer("np.linalg.slogdet"),
    spelling=Spelling("np.linalg.slogdet(_0)[0]", results=2),
    pushforward=_push_phase,
    pullback=_pull_phase,
    samples=(
        Sample(([[2.0 + 0.5j, 0.5], [-1.0j, 1.5]],)),
        Sample(([[[2.0 + 0.5j, 0.5], [-1.0j, 1.5]], [[1.0j, 0.25], [0.5, 2.0]]],)),
        Sample(([[1.5 - 0.5j]],)),
    ),
    description="det / |det| of complex matrices",
    holomorphic=False,
)


# --- rank ----------------------------------------------------------------------------------------

_RANK = {"tol": None, "hermitian": False, "rtol": None}


def _infer_rank(args: Sequence[Atom], statics: Statics) -> Type:
    numbers(args, "np.linalg.matrix_rank")
    if len(shape_of(args[0].type)) < 2:
        return INT
    return scalar_or_array(np.dtype(np.int64), shape_of(args[0].type)[:-2])


matrix_rank = inert(
    "matrix_rank",
    lambda x, tol=None, hermitian=False, rtol=None: np.linalg.matrix_rank(
        x, tol, hermitian, rtol=rtol
    ),
    infer=_infer_rank,
    spelling=Spelling("np.linalg.matrix_rank(_0)"),
    defaults=_RANK,
    samples=(
        Sample((REGULAR,)),
        Sample((STACK,)),
        Sample(([[1.0, 2.0]],), {"tol": 0.5}),
        Sample(([[1.0, 2.0], [2.0, 4.0]],), {"hermitian": True}),
        Sample(([1.0, 2.0],)),
    ),
)


# --- the user's functions ------------------------------------------------------------------------


def _det(a: Any) -> Atom:
    return current().apply(det, array_like(a))


def _slogdet(a: Any) -> Branch:
    x = array_like(a)
    cls: Any = type(np.linalg.slogdet(np.eye(1)))
    sign = phase_of_det if is_complex(x.type) else sign_of_det
    found = tuple(current().apply(row, x) for row in (sign, logabsdet))
    return Branch("namedtuple", cls._fields, found, cls)


def _matrix_rank(A: Any, tol: Any = None, hermitian: Any = False, *, rtol: Any = None) -> Atom:  # noqa: N803
    given = {"tol": static(tol, "tol"), "rtol": static(rtol, "rtol")}
    statics = {key: value for key, value in given.items() if value is not None}
    if static(hermitian, "hermitian"):
        statics["hermitian"] = True
    return current().apply(matrix_rank, array_like(A), **statics)


FUNCTIONS: dict[Any, Any] = {
    np.linalg.det: _det,
    np.linalg.slogdet: _slogdet,
    np.linalg.matrix_rank: _matrix_rank,
}
