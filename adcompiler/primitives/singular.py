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
from adcompiler.ir.primitive import Primitive, Spelling, Statics, lookup
from adcompiler.ir.structure import Branch
from adcompiler.ir.types import Array, Type, dtype_of, is_complex
from adcompiler.ir.values import Atom, as_atom
from adcompiler.primitives.accumulation import fit_cotangent, fit_tangent
from adcompiler.primitives.arrays import array_like
from adcompiler.primitives.complex_numbers import real_dtype
from adcompiler.primitives.kinds import general
from adcompiler.primitives.matrices import (
    column,
    conjugated,
    factor_dtype,
    hermitian,
    identity_like,
    line,
    matrix_shape,
    mirrored,
    product,
    real_part,
    reciprocal_gaps,
    shorter,
    swapped,
)
from adcompiler.primitives.partners import partners_of
from adcompiler.primitives.phases import common_turn, common_turn_back
from adcompiler.primitives.samples import Sample
from adcompiler.primitives.statics import static
from adcompiler.primitives.whole_bases import whole_rules

_TALL = [[3.0, 1.5], [-1.0, 1.5], [0.25, -0.75]]
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
SQUARE_SAMPLES = (
    SAMPLES[0],
    *SAMPLES[4:6],
    Sample(([_SQUARE, [[1.0, 0.5, 0.0], [-0.5, 2.0, 1.0], [0.0, 1.0, 3.5]]],)),
)
PARTS = ("left", "values", "right")


def _infer(part: str, full: bool = False) -> Any:
    def infer(args: Sequence[Atom], statics: Statics) -> Type:
        *lead, rows, columns = matrix_shape(args, "np.linalg.svd")
        dtype, count = factor_dtype(dtype_of(args[0].type), "np.linalg.svd"), shorter(rows, columns)
        if part == "values":
            return Array(real_dtype(dtype), (*lead, count))
        if part == "left":
            return Array(dtype, (*lead, rows, rows if full else count))
        return Array(dtype, (*lead, columns if full else count, columns))

    return infer


def _factors(call: Call) -> tuple[Atom, Atom, Atom]:
    """U, s and Vᵀ of the operand."""
    rows = partners_of(call, (left_vectors, thin_values, right_vectors))
    left, values, right = (current().apply(row, call.args[0]) for row in rows)
    return left, values, right


def push_values(call: Call, tangents: Sequence[Atom | None]) -> Atom | None:
    """ṡ = Re diag(Uᴴ Ȧ V)."""
    if tangents[0] is None:
        return None
    left, _, right = _factors(call)
    turned = as_atom(conjugated(left) * product(tangents[0], hermitian(right)))
    return fit_tangent(call.target, real_part(current().apply(lookup("sum"), turned, axis=-2)))


def pull_values(call: Call, y_bar: Atom, wanted: Sequence[bool]) -> list[Atom | None]:
    """Ā = conj(U) diag(s̄) Vᵀ."""
    left, _, right = map(conjugated, _factors(call))
    return [fit_cotangent(call.args[0], product(as_atom(left * line(y_bar)), right))]


def _gaps(values: Atom) -> Atom:
    """F: 1 / (sⱼ² − sᵢ²), and 0 on the diagonal."""
    across, down = line(values), column(values)
    return reciprocal_gaps(as_atom((across - down) * (across + down)))


def _hermitian_sum(x: Atom) -> Atom:
    return as_atom(x + hermitian(x))


def _phase_of(inner: Atom, values: Atom) -> Atom:
    """i Im Pⱼⱼ / sⱼ on the diagonal: how much more the phase of uⱼ moves than that of vⱼ."""
    skew = as_atom(0.5 * identity_like(values) * (inner - hermitian(inner)))
    return as_atom(skew / line(values))


def _move_left(a_dot: Atom, left: Atom, values: Atom, right: Atom) -> Atom:
    """U̇ = U (F ∘ (P S + S Pᴴ)) + (Ȧ V − U P) S⁻¹ with P = Uᴴ Ȧ V, up to the phase that V has as well."""
    turned = product(a_dot, hermitian(right))
    inner = product(hermitian(left), turned)
    within = as_atom(_gaps(values) * _hermitian_sum(as_atom(inner * line(values))))
    if is_complex(inner.type):
        within = as_atom(within + _phase_of(inner, values))
    beside = as_atom((turned - product(left, inner)) / line(values))
    return as_atom(product(left, within) + beside)


def _move_right(a_dot: Atom, left: Atom, values: Atom, right: Atom) -> Atom:
    """V̇ = V (F ∘ (S P + Pᴴ S)) + (Ȧᴴ U − V Pᴴ) S⁻¹."""
    turned = product(hermitian(a_dot), left)
    inner = product(right, turned)
    within = as_atom(_gaps(values) * _hermitian_sum(as_atom(inner * line(values))))
    beside = as_atom((turned - product(hermitian(right), inner)) / line(values))
    return as_atom(product(hermitian(right), within) + beside)


def _push_vectors(is_left: bool) -> Any:
    def push(call: Call, tangents: Sequence[Atom | None]) -> Atom | None:
        if tangents[0] is None:
            return None
        left, values, right = _factors(call)
        moves = (_move_left, _move_right)
        change = moves[not is_left](tangents[0], left, values, right)
        if is_complex(change.type):
            other = moves[is_left](tangents[0], left, values, right)
            pair = (change, other) if is_left else (other, change)
            vectors = left if is_left else hermitian(right)
            change = as_atom(change - vectors * common_turn(pair, left, right))
        return fit_tangent(call.target, change if is_left else hermitian(change))

    return push


def _from_left(u_bar: Atom, left: Atom, values: Atom, right: Atom) -> Atom:
    """Ā = (Ū S⁻¹ + conj(U) (P̄ − N S⁻¹)) Vᵀ with N = Uᵀ Ū and P̄ = (F ∘ N + (F ∘ N)ᴴ) S."""
    inner = product(swapped(left), u_bar)
    within = as_atom(_hermitian_sum(as_atom(_gaps(values) * inner)) * line(values))
    if is_complex(inner.type):
        within = as_atom(within + _phase_of(inner, values))
    beside = as_atom((u_bar - product(conjugated(left), inner)) / line(values))
    return product(as_atom(product(conjugated(left), within) + beside), conjugated(right))


def _from_right(v_bar: Atom, left: Atom, values: Atom, right: Atom) -> Atom:
    """Ā = conj(U) (P̄ Vᵀ + ((V̄ − conj(V) N) S⁻¹)ᴴ) with N = Vᵀ V̄ and P̄ = S (F ∘ N + (F ∘ N)ᴴ)."""
    across = conjugated(right)
    inner = product(across, v_bar)
    within = as_atom(column(values) * _hermitian_sum(as_atom(_gaps(values) * inner)))
    beside = as_atom((v_bar - product(swapped(right), inner)) / line(values))
    return product(conjugated(left), as_atom(product(within, across) + hermitian(beside)))


def _pull_vectors(is_left: bool) -> Any:
    def pull(call: Call, y_bar: Atom, wanted: Sequence[bool]) -> list[Atom | None]:
        left, values, right = _factors(call)
        bar = y_bar if is_left else hermitian(y_bar)
        if is_complex(bar.type):
            vectors = left if is_left else hermitian(right)
            u_bar, v_bar = common_turn_back(bar, vectors, left, right)
            bars = (bar + u_bar, v_bar) if is_left else (u_bar, bar + v_bar)
            first = _from_left(as_atom(bars[0]), left, values, right)
            found = as_atom(first + _from_right(as_atom(bars[1]), left, values, right))
        else:
            found = (_from_left if is_left else _from_right)(bar, left, values, right)
        return [fit_cotangent(call.args[0], found)]

    return pull


_RULES = {
    "left": (_push_vectors(True), _pull_vectors(True)),
    "values": (push_values, pull_values),
    "right": (_push_vectors(False), _pull_vectors(False)),
}


def thin_row(name: str, part: str, function: Any, spelled: str) -> Primitive:
    """Of the reduced factors; `spelled` is how their function is called."""
    index = PARTS.index(part)
    return general(
        name,
        lambda x: function(x, full_matrices=False)[index],
        infer=_infer(part),
        spelling=Spelling(f"{spelled}(_0, full_matrices=False)[{index}]", results=3),
        pushforward=_RULES[part][0],
        pullback=_RULES[part][1],
        samples=SAMPLES,
        holomorphic=False,
    )


def values_row(name: str, function: Any, spelling: str) -> Primitive:
    return general(
        name,
        function,
        infer=_infer("values"),
        spelling=Spelling(spelling),
        pushforward=push_values,
        pullback=pull_values,
        samples=SAMPLES,
        holomorphic=False,
        description="the singular values alone",
    )


def whole_row(name: str, part: str, thin: Primitive, function: Any, spelled: str) -> Primitive:
    """Of the whole bases: the vectors have a derivative where there are no further ones."""
    push, pull = _RULES[part] if part == "values" else whole_rules(thin)
    index = PARTS.index(part)
    return general(
        name,
        lambda x: function(x)[index],
        infer=_infer(part, full=True),
        spelling=Spelling(f"{spelled}(_0)[{index}]", results=3),
        pushforward=push,
        pullback=pull,
        samples=SAMPLES if part == "values" else SQUARE_SAMPLES,
        holomorphic=False,
        description=f"the {part} of a decomposition with whole bases",
    )


_SVD = "np.linalg.svd"
left_vectors = thin_row("left_vectors", "left", np.linalg.svd, _SVD)
thin_values = thin_row("singular_values", "values", np.linalg.svd, _SVD)
right_vectors = thin_row("right_vectors", "right", np.linalg.svd, _SVD)
values_alone = values_row(
    "svdvals",
    lambda x: np.linalg.svd(x, compute_uv=False),
    "np.linalg.svd(_0, compute_uv=False)",
)
_FULL = tuple(
    whole_row(f"svd_full_{part}", part, thin, np.linalg.svd, _SVD)
    for part, thin in zip(PARTS, (left_vectors, thin_values, right_vectors), strict=True)
)


# --- the pseudo-inverse --------------------------------------------------------------------------

_DEFAULT = {"rcond": None, "rtol": "default"}


def _infer_pinv(args: Sequence[Atom], statics: Statics) -> Type:
    *lead, rows, columns = matrix_shape(args, "np.linalg.pinv")
    return Array(factor_dtype(dtype_of(args[0].type), "np.linalg.pinv"), (*lead, columns, rows))


def _pinv(x: Any, rcond: Any = None, rtol: Any = "default") -> Any:
    return np.linalg.pinv(x, rcond, **({} if rtol == "default" else {"rtol": rtol}))


def push_pinv(call: Call, tangents: Sequence[Atom | None]) -> Atom | None:
    """Ṗ = −P Ȧ P + P Pᴴ Ȧᴴ (I − A P) + (I − P A) Ȧᴴ Pᴴ P."""
    if tangents[0] is None:
        return None
    a, p, a_dot = call.args[0], call.target, tangents[0]
    back = hermitian(a_dot)
    first = product(p, hermitian(p), as_atom(back - product(back, a, p)))
    second = product(as_atom(back - product(p, a, back)), hermitian(p), p)
    return fit_tangent(p, as_atom(first + second - product(p, a_dot, p)))


def pull_pinv(call: Call, y_bar: Atom, wanted: Sequence[bool]) -> list[Atom | None]:
    """A P and P A are Hermitian: their transposes are their conjugates."""
    pt, a, p = swapped(call.target), conjugated(call.args[0]), conjugated(call.target)
    first = product(p, pt, as_atom(y_bar - product(y_bar, a, p)))
    second = product(as_atom(y_bar - product(p, a, y_bar)), pt, p)
    third = product(pt, y_bar, pt)
    return [fit_cotangent(call.args[0], as_atom(hermitian(as_atom(first + second)) - third))]


pinv = general(
    "pinv",
    _pinv,
    infer=_infer_pinv,
    spelling=Spelling("np.linalg.pinv(_0)"),
    pushforward=push_pinv,
    pullback=pull_pinv,
    holomorphic=False,
    defaults=_DEFAULT,
    samples=(*SAMPLES, Sample((_TALL,), {"rcond": 1e-10}), Sample((_WIDE,), {"rtol": None})),
)


# --- the user's functions ------------------------------------------------------------------------


def _svd(a: Any, full_matrices: Any = True, compute_uv: Any = True, hermitian: Any = False) -> Any:
    x = array_like(a)
    alone = not static(compute_uv, "compute_uv")
    if static(hermitian, "hermitian"):
        if alone:
            return current().apply(values_alone, mirrored(x))
        raise ArgumentError(
            "the vectors of `np.linalg.svd` with `hermitian=True` are not supported.",
            write="np.linalg.eigh(a), or np.linalg.svd(a, full_matrices=False)",
        )
    if alone:
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
    x = array_like(a)
    if static(hermitian, "hermitian"):  # one triangle is read
        x = mirrored(x)
    given = {"rcond": static(rcond, "rcond"), "rtol": static(rtol, "rtol")}
    statics = {key: value for key, value in given.items() if value != _DEFAULT[key]}
    return current().apply(pinv, x, **statics)


FUNCTIONS: dict[Any, Any] = {
    np.linalg.svd: _svd,
    np.linalg.svdvals: _svdvals,
    np.linalg.pinv: _pinv_function,
}
