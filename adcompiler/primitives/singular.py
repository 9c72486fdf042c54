"""Singular values and vectors, and the pseudo-inverse.

Identities: J. Townsend, *Differentiating the singular value decomposition* (2016), for distinct
singular values that are not 0. As with eigenvectors, a derivative that does not exist (of a vector
whose singular value coincides with another) comes out infinite or NaN with NumPy's warning, while
singular values alone have no such term. G. H. Golub and V. Pereyra (1973) for the pseudo-inverse,
whose derivative exists where the rank does not change nearby.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from adcompiler.errors import ArgumentError
from adcompiler.ir.builder import current
from adcompiler.ir.nodes import Call
from adcompiler.ir.primitive import Primitive, Spelling, Statics, lookup, register
from adcompiler.ir.structure import Branch
from adcompiler.ir.types import Array, Type, dtype_of
from adcompiler.ir.values import Atom, as_atom
from adcompiler.primitives.accumulation import fit_cotangent, fit_tangent
from adcompiler.primitives.arrays import array_like
from adcompiler.primitives.kinds import general
from adcompiler.primitives.matrices import (
    column,
    factor_dtype,
    line,
    matrix_shape,
    product,
    reciprocal_gaps,
    shorter,
    swapped,
)
from adcompiler.primitives.samples import Sample
from adcompiler.primitives.statics import static

_TALL = [[2.0, 0.5], [-1.0, 1.5], [0.25, 0.75]]
_WIDE = [[2.0, 0.5, -0.75], [-1.0, 1.5, 0.25]]
_SQUARE = [[3.0, 1.0, 0.5], [-1.0, 2.0, 0.25], [0.5, -0.75, 1.0]]
SAMPLES = (
    Sample((_SQUARE,)),
    Sample((_TALL,)),
    Sample((_WIDE,)),
    Sample(([_TALL, [[1.0, -0.5], [0.75, 2.0], [1.5, 0.25]]],)),
    Sample(([[1.0, 0.5], [-0.75, 2.0]],)),
    Sample(([[1.5]],)),
    Sample(([[1.5, -2.0]],)),
    Sample((np.array(_TALL, np.float32),)),
)
_PARTS = ("left", "values", "right")


def _infer(part: str, full: bool = False) -> Any:
    def infer(args: Sequence[Atom], statics: Statics) -> Type:
        *lead, rows, columns = matrix_shape(args, "np.linalg.svd")
        dtype, count = factor_dtype(dtype_of(args[0].type), "np.linalg.svd"), shorter(rows, columns)
        if part == "values":
            return Array(dtype, (*lead, count))
        if part == "left":
            return Array(dtype, (*lead, rows, rows if full else count))
        return Array(dtype, (*lead, columns if full else count, columns))

    return infer


def _factors(call: Call) -> tuple[Atom, Atom, Atom]:
    """U, s and Vᵀ of the operand."""
    left, values, right = (
        current().apply(row, call.args[0]) for row in (left_vectors, thin_values, right_vectors)
    )
    return left, values, right


def push_values(call: Call, tangents: Sequence[Atom | None]) -> Atom | None:
    """ṡ = diag(Uᵀ Ȧ V)."""
    if tangents[0] is None:
        return None
    left, _, right = _factors(call)
    turned = as_atom(left * product(tangents[0], swapped(right)))
    return fit_tangent(call.target, current().apply(lookup("sum"), turned, axis=-2))


def pull_values(call: Call, y_bar: Atom, wanted: Sequence[bool]) -> list[Atom | None]:
    """Ā = U diag(s̄) Vᵀ."""
    left, _, right = _factors(call)
    return [fit_cotangent(call.args[0], product(as_atom(left * line(y_bar)), right))]


def _gaps(values: Atom) -> Atom:
    """F: 1 / (sⱼ² − sᵢ²), and 0 on the diagonal."""
    across, down = line(values), column(values)
    return reciprocal_gaps(as_atom((across - down) * (across + down)))


def _symmetric(x: Atom) -> Atom:
    return as_atom(x + swapped(x))


def _push_left(call: Call, tangents: Sequence[Atom | None]) -> Atom | None:
    """U̇ = U (F ∘ (P S + S Pᵀ)) + (Ȧ V − U P) S⁻¹ with P = Uᵀ Ȧ V."""
    if tangents[0] is None:
        return None
    left, values, right = _factors(call)
    turned = product(tangents[0], swapped(right))
    inner = product(swapped(left), turned)
    within = product(left, as_atom(_gaps(values) * _symmetric(as_atom(inner * line(values)))))
    beside = as_atom((turned - product(left, inner)) / line(values))
    return fit_tangent(call.target, as_atom(within + beside))


def _pull_left(call: Call, y_bar: Atom, wanted: Sequence[bool]) -> list[Atom | None]:
    left, values, right = _factors(call)
    inner = product(swapped(left), y_bar)
    within = as_atom(_symmetric(as_atom(_gaps(values) * inner)) * line(values))
    beside = as_atom((y_bar - product(left, inner)) / line(values))
    a_bar = product(as_atom(product(left, within) + beside), right)
    return [fit_cotangent(call.args[0], a_bar)]


def _push_right(call: Call, tangents: Sequence[Atom | None]) -> Atom | None:
    """V̇ = V (F ∘ (S P + Pᵀ S)) + (Ȧᵀ U − V Pᵀ) S⁻¹."""
    if tangents[0] is None:
        return None
    left, values, right = _factors(call)
    turned = product(swapped(tangents[0]), left)
    inner = product(right, turned)
    within = as_atom(_gaps(values) * _symmetric(as_atom(inner * line(values))))
    beside = as_atom((turned - product(swapped(right), inner)) / line(values))
    return fit_tangent(call.target, swapped(as_atom(product(swapped(right), within) + beside)))


def _pull_right(call: Call, y_bar: Atom, wanted: Sequence[bool]) -> list[Atom | None]:
    left, values, right = _factors(call)
    v_bar = swapped(y_bar)
    inner = product(right, v_bar)
    within = as_atom(column(values) * _symmetric(as_atom(_gaps(values) * inner)))
    beside = as_atom((v_bar - product(swapped(right), inner)) / line(values))
    a_bar = product(left, as_atom(product(within, right) + swapped(beside)))
    return [fit_cotangent(call.args[0], a_bar)]


def _thin(name: str, part: str, push: Any, pull: Any) -> Primitive:
    index = _PARTS.index(part)
    return general(
        name,
        lambda x: np.linalg.svd(x, full_matrices=False)[index],
        infer=_infer(part),
        spelling=Spelling(f"np.linalg.svd(_0, full_matrices=False)[{index}]", results=3),
        pushforward=push,
        pullback=pull,
        samples=SAMPLES,
    )


left_vectors = _thin("left_vectors", "left", _push_left, _pull_left)
thin_values = _thin("singular_values", "values", push_values, pull_values)
right_vectors = _thin("right_vectors", "right", _push_right, _pull_right)
values_alone = general(
    "svdvals",
    lambda x: np.linalg.svd(x, compute_uv=False),
    infer=_infer("values"),
    spelling=Spelling("np.linalg.svd(_0, compute_uv=False)"),
    pushforward=push_values,
    pullback=pull_values,
    samples=SAMPLES,
    description="the singular values alone",
)


def _full(part: str) -> Primitive:
    """Of the whole bases: only the singular values have a derivative."""
    index = _PARTS.index(part)
    is_value = part == "values"
    return register(
        Primitive(
            f"svd_full_{part}",
            lambda x: np.linalg.svd(x)[index],
            _infer(part, full=True),
            Spelling(f"np.linalg.svd(_0)[{index}]", results=3),
            "differentiable" if is_value else "opaque",
            push_values if is_value else None,
            pull_values if is_value else None,
            samples=SAMPLES,
            description=f"the {part} of a decomposition with whole bases",
            instead="np.linalg.svd(a, full_matrices=False): "
            "the vectors that complete a basis are not determined by the matrix",
        )
    )


_FULL = tuple(map(_full, _PARTS))


# --- the pseudo-inverse --------------------------------------------------------------------------

_DEFAULT = {"rcond": None, "rtol": "default"}


def _infer_pinv(args: Sequence[Atom], statics: Statics) -> Type:
    *lead, rows, columns = matrix_shape(args, "np.linalg.pinv")
    return Array(factor_dtype(dtype_of(args[0].type), "np.linalg.pinv"), (*lead, columns, rows))


def _pinv(x: Any, rcond: Any = None, rtol: Any = "default") -> Any:
    return np.linalg.pinv(x, rcond, **({} if rtol == "default" else {"rtol": rtol}))


def _push_pinv(call: Call, tangents: Sequence[Atom | None]) -> Atom | None:
    """Ṗ = −P Ȧ P + P Pᵀ Ȧᵀ (I − A P) + (I − P A) Ȧᵀ Pᵀ P."""
    if tangents[0] is None:
        return None
    a, p, a_dot = call.args[0], call.target, tangents[0]
    back = swapped(a_dot)
    first = product(p, swapped(p), as_atom(back - product(back, a, p)))
    second = product(as_atom(back - product(p, a, back)), swapped(p), p)
    return fit_tangent(p, as_atom(first + second - product(p, a_dot, p)))


def _pull_pinv(call: Call, y_bar: Atom, wanted: Sequence[bool]) -> list[Atom | None]:
    a, p = call.args[0], call.target
    first = product(p, swapped(p), as_atom(y_bar - product(y_bar, a, p)))
    second = product(as_atom(y_bar - product(p, a, y_bar)), swapped(p), p)
    third = product(swapped(p), y_bar, swapped(p))
    return [fit_cotangent(a, as_atom(swapped(as_atom(first + second)) - third))]


pinv = general(
    "pinv",
    _pinv,
    infer=_infer_pinv,
    spelling=Spelling("np.linalg.pinv(_0)"),
    pushforward=_push_pinv,
    pullback=_pull_pinv,
    defaults=_DEFAULT,
    samples=(*SAMPLES, Sample((_TALL,), {"rcond": 1e-10}), Sample((_WIDE,), {"rtol": None})),
)


# --- the user's functions ------------------------------------------------------------------------


def _svd(a: Any, full_matrices: Any = True, compute_uv: Any = True, hermitian: Any = False) -> Any:
    x = array_like(a)
    if static(hermitian, "hermitian"):
        raise ArgumentError(
            "`np.linalg.svd` with `hermitian=True` is not supported.",
            write="np.linalg.svd(a, full_matrices=False)",
        )
    if not static(compute_uv, "compute_uv"):
        return current().apply(values_alone, x)
    rows, columns = matrix_shape([x], "np.linalg.svd")[-2:]
    whole = static(full_matrices, "full_matrices") and rows != columns
    parts = _FULL if whole else (left_vectors, thin_values, right_vectors)
    cls: Any = type(np.linalg.svd(np.eye(1)))
    return Branch("namedtuple", cls._fields, tuple(current().apply(r, x) for r in parts), cls)


def _svdvals(x: Any) -> Atom:
    return current().apply(values_alone, array_like(x))


def _pinv_function(
    a: Any, rcond: Any = None, hermitian: Any = False, *, rtol: Any = "default"
) -> Atom:
    if static(hermitian, "hermitian"):
        raise ArgumentError(
            "`np.linalg.pinv` with `hermitian=True` is not supported.", write="np.linalg.pinv(a)"
        )
    given = {"rcond": static(rcond, "rcond"), "rtol": static(rtol, "rtol")}
    statics = {key: value for key, value in given.items() if value != _DEFAULT[key]}
    return current().apply(pinv, array_like(a), **statics)


FUNCTIONS: dict[Any, Any] = {
    np.linalg.svd: _svd,
    np.linalg.svdvals: _svdvals,
    np.linalg.pinv: _pinv_function,
}
