"""Triangular factors: Cholesky and QR.

Cholesky: Giles 2008, section 3.3, in the form of I. Murray, *Differentiation of the Cholesky
decomposition* (2016). QR: S. Walter and L. Lehmann, *Algorithmic differentiation of linear algebra
functions* (2010), for A = [A₁ A₂] with a regular square factor of A₁, whatever the shape of A.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from adcompiler.errors import ArgumentError
from adcompiler.ir.builder import current
from adcompiler.ir.index import IndexPattern, Operand, Slice
from adcompiler.ir.nodes import Call
from adcompiler.ir.primitive import Primitive, Spelling, Statics, lookup
from adcompiler.ir.structure import Branch
from adcompiler.ir.types import Array, Type, dtype_of, is_complex, shape_of
from adcompiler.ir.values import Atom, as_atom
from adcompiler.primitives.accumulation import fit_cotangent, fit_tangent
from adcompiler.primitives.arrays import array_like
from adcompiler.primitives.dimensions import dimension
from adcompiler.primitives.kinds import general
from adcompiler.primitives.matrices import (
    conjugated,
    factor_dtype,
    halved_triangle,
    hermitian,
    matrix_shape,
    mirrored,
    onto_triangle,
    product,
    shorter,
    square_shape,
    swapped,
    triangle,
)
from adcompiler.primitives.partners import partners_of
from adcompiler.primitives.samples import Sample
from adcompiler.primitives.singular import SAMPLES, SQUARE_SAMPLES
from adcompiler.primitives.solving import solve
from adcompiler.primitives.statics import static
from adcompiler.primitives.whole_bases import whole_rules

_POSITIVE = [[4.0, 1.0, 0.5], [1.0, 3.0, -0.25], [0.5, -0.25, 2.0]]
_HALF = [[4.0, 9.0, 8.0], [1.0, 3.0, 7.0], [0.5, -0.25, 2.0]]
_PAIR = [[2.0, 0.5], [0.5, 1.5]]


def _solved(matrix: Atom, right: Atom) -> Atom:
    return current().apply(solve, matrix, right)


# --- Cholesky ------------------------------------------------------------------------------------


def _infer_cholesky(args: Sequence[Atom], statics: Statics) -> Type:
    square_shape(args, "np.linalg.cholesky")
    dtype = factor_dtype(dtype_of(args[0].type), "np.linalg.cholesky")
    return Array(dtype, shape_of(args[0].type))


def _push_cholesky(call: Call, tangents: Sequence[Atom | None]) -> Atom | None:
    """L̇ = L Φ(L⁻¹ Ȧ L⁻ᴴ), where Φ takes the lower triangle with half of the diagonal."""
    if tangents[0] is None:
        return None
    factor = call.target
    half = hermitian(_solved(factor, mirrored(tangents[0])))
    return fit_tangent(factor, product(factor, halved_triangle(_solved(factor, half))))


def _pull_cholesky(call: Call, y_bar: Atom, wanted: Sequence[bool]) -> list[Atom | None]:
    """Ā = L⁻ᵀ Φ(Lᵀ L̄) conj(L)⁻¹, in the triangle that is read."""
    back = swapped(call.target)
    half = _solved(back, halved_triangle(product(back, y_bar)))
    return [fit_cotangent(call.args[0], onto_triangle(_solved(back, hermitian(half))))]


cholesky = general(
    "cholesky",
    np.linalg.cholesky,
    infer=_infer_cholesky,
    spelling=Spelling("np.linalg.cholesky(_0)"),
    pushforward=_push_cholesky,
    pullback=_pull_cholesky,
    holomorphic=False,
    samples=(
        Sample((_POSITIVE,)),
        Sample((_HALF,)),
        Sample(([_PAIR, [[1.0, -0.25], [-0.25, 3.0]]],)),
        Sample((_PAIR,)),
        Sample(([[2.25]],)),
        Sample((np.array(_PAIR, np.float32),)),
    ),
)


# --- QR ------------------------------------------------------------------------------------------


def _infer_qr(part: str, whole: bool = False) -> Any:
    def infer(args: Sequence[Atom], statics: Statics) -> Type:
        *lead, rows, columns = matrix_shape(args, "np.linalg.qr")
        dtype = factor_dtype(dtype_of(args[0].type), "np.linalg.qr")
        count = rows if whole else shorter(rows, columns)
        return Array(dtype, (*lead, rows, count) if part == "Q" else (*lead, count, columns))

    return infer


def _first_columns(x: Atom, like: Atom) -> IndexPattern:
    """``[..., :k]`` for the k columns of `like`."""
    return IndexPattern((Ellipsis, Slice(None, Operand(0))), True)


def _leading(x: Atom, q: Atom) -> Atom:
    """As many columns of `x` as there are in Q."""
    if shape_of(x.type)[-1] == shape_of(q.type)[-1]:
        return x
    index = _first_columns(x, q)
    return current().apply(lookup("getitem"), x, dimension(q, -1), index=index)


def _over(x: Atom, triangular: Atom) -> Atom:
    """x R⁻ᵀ."""
    return swapped(_solved(triangular, swapped(x)))


def _skew(x: Atom) -> Atom:
    """Ω: the strictly lower triangle, its negative above, and i Im x on the diagonal (that of R is real)."""
    lower = _below(x)
    return as_atom(lower - hermitian(lower))


def _below(x: Atom) -> Atom:
    return halved_triangle(x) if is_complex(x.type) else triangle(x, True, 1)


def _pieces(call: Call, a_dot: Atom) -> tuple[Atom, Atom, Atom, Atom]:
    """Q, R, D = Ȧ₁ R₁⁻¹ and C = Qᴴ D, where R₁ is the square part of R."""
    q, r = _orthogonal(call), _triangular(call)
    back = swapped(_leading(r, q))
    scaled = swapped(_solved(back, swapped(_leading(a_dot, q))))
    return q, r, scaled, product(hermitian(q), scaled)


def _push_q(call: Call, tangents: Sequence[Atom | None]) -> Atom | None:
    """Q̇ = Q Ω + (I − Q Qᴴ) D."""
    if tangents[0] is None:
        return None
    q, _, scaled, inner = _pieces(call, tangents[0])
    change = as_atom(scaled + product(q, as_atom(_skew(inner) - inner)))
    return fit_tangent(call.target, change)


def _change_of_r(call: Call, a_dot: Atom) -> Atom:
    """Ṙ = Qᴴ Ȧ − Ω R."""
    q, r, _, inner = _pieces(call, a_dot)
    change = as_atom(product(hermitian(q), a_dot) - product(_skew(inner), r))
    return triangle(change, lower=False)


def _push_r(call: Call, tangents: Sequence[Atom | None]) -> Atom | None:
    if tangents[0] is None:
        return None
    return fit_tangent(call.target, _change_of_r(call, tangents[0]))


#: the rows of R above the zeros that a whole basis adds
_UPPER_ROWS = IndexPattern((Ellipsis, Slice(None, Operand(0)), Slice()), True)


def _push_whole_r(call: Call, tangents: Sequence[Atom | None]) -> Atom | None:
    if tangents[0] is None:
        return None
    change = _change_of_r(call, tangents[0])
    zeros = current().apply(lookup("zeros_like"), call.target)
    count = dimension(change, -2)
    return current().apply(lookup("add_to_slice"), zeros, change, count, index=_UPPER_ROWS)


def _pull_whole_r(call: Call, y_bar: Atom, wanted: Sequence[bool]) -> Sequence[Atom | None]:
    count = dimension(_triangular(call), -2)
    upper = current().apply(lookup("getitem"), y_bar, count, index=_UPPER_ROWS)
    return _pull_r(call, upper, wanted)


def _onto_leading(call: Call, first: Atom, q: Atom, rest: Atom | None = None) -> Atom:
    """The cotangent of A from that of its leading columns (and one of all columns)."""
    a = call.args[0]
    if shape_of(a.type)[-1] == shape_of(q.type)[-1]:
        return first if rest is None else as_atom(rest + first)
    into = current().apply(lookup("zeros_like"), a) if rest is None else rest
    index = _first_columns(a, q)
    return current().apply(lookup("add_to_slice"), into, first, dimension(q, -1), index=index)


def _pull_q(call: Call, y_bar: Atom, wanted: Sequence[bool]) -> list[Atom | None]:
    """Ā₁ = (Q̄ + conj(Q) (T − N)) R₁⁻ᵀ, where T is the lower part of N − Nᴴ and N = Qᵀ Q̄."""
    q, r = _orthogonal(call), _triangular(call)
    inner = product(swapped(q), y_bar)
    turned = _below(as_atom(inner - hermitian(inner)))
    change = as_atom(y_bar + product(conjugated(q), as_atom(turned - inner)))
    return [fit_cotangent(call.args[0], _onto_leading(call, _over(change, _leading(r, q)), q))]


def _pull_r(call: Call, y_bar: Atom, wanted: Sequence[bool]) -> list[Atom | None]:
    """Ā = conj(Q) R̄, and to Ā₁ comes conj(Q) T R₁⁻ᵀ, T the lower part of N − Nᴴ, N = conj(R) R̄ᴴ."""
    q, r = conjugated(_orthogonal(call)), _triangular(call)
    upper = triangle(y_bar, lower=False)
    inner = product(conjugated(r), hermitian(upper))
    turned = _below(as_atom(inner - hermitian(inner)))
    first = product(q, _over(turned, _leading(r, q)))
    return [fit_cotangent(call.args[0], _onto_leading(call, first, q, product(q, upper)))]


def thin_row(name: str, part: str, function: Any, spelling: Spelling) -> Primitive:
    """Of the reduced factors."""
    return general(
        name,
        function,
        infer=_infer_qr(part),
        spelling=spelling,
        pushforward=_push_q if part == "Q" else _push_r,
        pullback=_pull_q if part == "Q" else _pull_r,
        holomorphic=False,
        samples=SAMPLES,
    )


def _qr(name: str, index: int) -> Primitive:
    spelling = Spelling(f"np.linalg.qr(_0)[{index}]", results=2)
    return thin_row(name, "QR"[index], lambda x: np.linalg.qr(x)[index], spelling)


orthogonal_factor, triangular_factor = _qr("orthogonal_factor", 0), _qr("triangular_factor", 1)
triangular_alone = thin_row(
    "qr_r", "R", lambda x: np.linalg.qr(x, "r"), Spelling("np.linalg.qr(_0, mode='r')")
)


def _orthogonal(call: Call) -> Atom:
    row = partners_of(call, (orthogonal_factor, triangular_factor))[0]
    return current().apply(row, call.args[0])


def _triangular(call: Call) -> Atom:
    row = partners_of(call, (orthogonal_factor, triangular_factor))[1]
    return current().apply(row, call.args[0])


#: matrices with as many columns as rows, or more
_WITHOUT_REST = (*SQUARE_SAMPLES, Sample(([[2.0, 0.5, -0.75], [-1.0, 1.5, 0.25]],)))


def whole_row(
    name: str,
    part: str,
    thin: Primitive,
    function: Any,
    spelling: Spelling,
    samples: Sequence[Sample] | None = None,
) -> Primitive:
    """R has zeros more than the reduced one; Q has a derivative where it has no further columns."""
    is_r = part == "R"
    push, pull = (_push_whole_r, _pull_whole_r) if is_r else whole_rules(thin)
    return general(
        name,
        function,
        infer=_infer_qr(part, whole=True),
        spelling=spelling,
        pushforward=push,
        pullback=pull,
        samples=samples or (SAMPLES if is_r else _WITHOUT_REST),
        holomorphic=False,
        description=f"the factor {part} of a decomposition with a whole basis",
    )


def _complete(index: int) -> Primitive:
    spelling = Spelling(f"np.linalg.qr(_0, mode='complete')[{index}]", results=2)
    part, thin = "QR"[index], (orthogonal_factor, triangular_factor)[index]
    return whole_row(
        f"qr_complete_{part}", part, thin, lambda x: np.linalg.qr(x, "complete")[index], spelling
    )


_COMPLETE = _complete(0), _complete(1)


# --- the user's functions ------------------------------------------------------------------------


def _cholesky(a: Any, *, upper: Any = False) -> Atom:
    x = array_like(a)
    if static(upper, "upper"):
        return swapped(current().apply(cholesky, swapped(x)))
    return current().apply(cholesky, x)


def _qr_function(a: Any, mode: Any = "reduced") -> Any:
    x, kind = array_like(a), static(mode, "mode")
    if kind == "r":
        return current().apply(triangular_alone, x)
    if kind not in ("reduced", "complete"):
        raise ArgumentError(
            f"`np.linalg.qr` with mode={kind!r} is not supported.", write="mode='reduced' or 'r'"
        )
    rows, columns = matrix_shape([x], "np.linalg.qr")[-2:]
    whole = kind == "complete" and shorter(rows, columns) != rows
    cls: Any = type(np.linalg.qr(np.eye(1)))
    parts = _COMPLETE if whole else (orthogonal_factor, triangular_factor)
    return Branch("namedtuple", cls._fields, tuple(current().apply(r, x) for r in parts), cls)


FUNCTIONS: dict[Any, Any] = {np.linalg.cholesky: _cholesky, np.linalg.qr: _qr_function}
