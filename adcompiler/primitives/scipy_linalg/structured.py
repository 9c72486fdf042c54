"""Matrices made of vectors: Toeplitz, Hankel, circulant; systems with Toeplitz matrices.

They are linear in their vectors; the adjoints are sums along the diagonals.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from scipy import linalg

from adcompiler.errors import ShapeError
from adcompiler.ir.builder import current
from adcompiler.ir.index import IndexPattern, Slice
from adcompiler.ir.nodes import Call
from adcompiler.ir.primitive import Infer, Primitive, Spelling, Statics, lookup
from adcompiler.ir.types import Array, Type, dtype_of, shape_of
from adcompiler.ir.values import Atom, as_atom
from adcompiler.primitives.accumulation import fit_cotangent, fit_tangent
from adcompiler.primitives.arrays import array_like
from adcompiler.primitives.joining import same_length
from adcompiler.primitives.kinds import add, general, linear
from adcompiler.primitives.matrices import conjugated, factor_dtype
from adcompiler.primitives.samples import Sample
from adcompiler.primitives.scipy_linalg.reading import accepted
from adcompiler.primitives.shapes import numbers, promoted_dtype
from adcompiler.primitives.shaping import rank_of
from adcompiler.primitives.solving import dyadic
from adcompiler.runtime import structured as runtime

_C, _R = [3.0, 0.5, -1.0], [7.0, 0.25, 1.5]


def _vectors(args: Sequence[Atom], name: str) -> None:
    numbers(args, name)
    if any(rank_of(arg) != 1 for arg in args):
        raise ShapeError(f"`{name}` takes vectors here.", write="x.ravel()")


def _zeros(x: Atom) -> Atom:
    return current().apply(lookup("zeros_like"), x)


# --- two vectors: the first column, and the last row or the first one -----------------------------


def _infer_pair(name: str) -> Infer:
    def infer(args: Sequence[Atom], statics: Statics) -> Type:
        _vectors(args, name)
        rows, columns = (shape_of(arg.type)[0] for arg in args)
        return Array(promoted_dtype([arg.type for arg in args]), (rows, columns))

    return infer


def _infer_sums(part: int) -> Infer:
    def infer(args: Sequence[Atom], statics: Statics) -> Type:
        return Array(dtype_of(args[0].type), (shape_of(args[0].type)[part],))

    return infer


def _pair(name: str, sums: Any) -> Primitive:
    """A matrix of two vectors, and the sums that are its adjoint."""

    def push(call: Call, tangents: Sequence[Atom | None]) -> Atom | None:
        if all(t is None for t in tangents):
            return None
        pairs = zip(call.args, tangents, strict=True)
        parts = [_zeros(a) if t is None else t for a, t in pairs]
        return fit_tangent(call.target, current().apply(row, *parts))

    def pull(call: Call, y_bar: Atom, wanted: Sequence[bool]) -> list[Atom | None]:
        return [
            fit_cotangent(arg, current().apply(part, y_bar)) if want else None
            for arg, part, want in zip(call.args, parts_of, wanted, strict=True)
        ]

    def part(index: int) -> Primitive:
        def back(call: Call, y_bar: Atom) -> Atom:
            other = current().apply(parts_of[1 - index], call.args[0])
            pair = (y_bar, _zeros(other)) if index == 0 else (_zeros(other), y_bar)
            if index == 1:  # the first element of the second vector is not read
                pair = (_zeros(other), y_bar)
            return current().apply(row, *pair)

        return linear(
            f"{name}_sums_{index}",
            lambda x: sums(x)[index],
            infer=_infer_sums(index),
            spelling=Spelling(f"{name}_sums(_0)[{index}]", results=2),
            transpose=back,
            samples=(Sample(([[1.0, 2.0, 3.0], [4.0, 5.0, 6.5]],)), Sample(([[1.5]],))),
            description=f"the adjoint of `linalg.{name}`",
        )

    row = general(
        name,
        getattr(linalg, name),
        infer=_infer_pair(f"linalg.{name}"),
        spelling=Spelling(f"linalg.{name}(_0, _1)"),
        pushforward=push,
        pullback=pull,
        samples=(Sample((_C, _R[:2])), Sample((_C[:2], _R)), Sample(([1.5], [2.5]))),
        description=f"`linalg.{name}` of two vectors",
    )
    parts_of = part(0), part(1)
    return row


toeplitz = _pair("toeplitz", runtime.toeplitz_sums)
hankel = _pair("hankel", runtime.hankel_sums)


# --- circulants ----------------------------------------------------------------------------------


def _infer_circulant(args: Sequence[Atom], statics: Statics) -> Type:
    _vectors(args, "linalg.circulant")
    (size,) = shape_of(args[0].type)
    return Array(dtype_of(args[0].type), (size, size))


circulant: Primitive = linear(
    "circulant",
    linalg.circulant,
    infer=_infer_circulant,
    spelling=Spelling("linalg.circulant(_0)"),
    transpose=lambda call, y_bar: current().apply(circulant_sums, y_bar),
    samples=(Sample((_C,)), Sample(([1.5],))),
    description="`linalg.circulant`",
)
circulant_sums: Primitive = linear(
    "circulant_sums",
    runtime.circulant_sums,
    infer=_infer_sums(0),
    spelling=Spelling("circulant_sums(_0)"),
    transpose=lambda call, y_bar: current().apply(circulant, y_bar),
    samples=(Sample(([[1.0, 2.0], [4.0, 5.0]],)),),
    description="the adjoint of `linalg.circulant`",
)


# --- systems -------------------------------------------------------------------------------------


def _infer_solve(args: Sequence[Atom], statics: Statics) -> Type:
    _vectors(args[:2], "linalg.solve_toeplitz")
    c, r, b = (shape_of(arg.type) for arg in args)
    if len(b) not in (1, 2):
        raise ShapeError("`linalg.solve_toeplitz` takes a vector or a matrix on the right.")
    rows = same_length([c[0], r[0], b[0]], "`linalg.solve_toeplitz`")
    # SciPy computes it in double precision
    dtype = factor_dtype(promoted_dtype([a.type for a in args]), "linalg.solve_toeplitz")
    return Array(np.result_type(dtype, np.float64), (rows, *b[1:]))


_FIRST, _REST = (IndexPattern((Slice(*s),), False) for s in ((None, 1), (1, None)))


def _transposed_solution(c: Atom, r: Atom, right: Atom) -> Atom:
    """The first row of T, which begins with c₀, is the first column of Tᵀ."""
    pieces = (current().apply(lookup("getitem"), x, index=i) for x, i in ((c, _FIRST), (r, _REST)))
    row = current().apply(lookup("concatenate"), *pieces)
    return current().apply(solve_toeplitz, row, c, right)


def _push_solve(call: Call, tangents: Sequence[Atom | None]) -> Atom | None:
    """T ẋ = ḃ − Ṫ x."""
    (c, r, _), x, (*vectors, right) = call.args, call.target, tangents
    if any(v is not None for v in vectors):
        pairs = zip((c, r), vectors, strict=True)
        change = current().apply(toeplitz, *(_zeros(v) if t is None else t for v, t in pairs))
        right = add(right, as_atom(-current().apply(lookup("matmul"), change, x)))
    if right is None:
        return None
    return fit_tangent(x, current().apply(solve_toeplitz, c, r, right))


def _pull_solve(call: Call, y_bar: Atom, wanted: Sequence[bool]) -> list[Atom | None]:
    """b̄ = T⁻ᵀ x̄, and c̄, r̄ are the sums along the diagonals of −b̄ xᵀ."""
    c, r, b = call.args
    b_bar = _transposed_solution(c, r, y_bar)
    found: list[Atom | None] = [None, None, fit_cotangent(b, b_bar) if wanted[2] else None]
    if any(wanted[:2]):
        full = as_atom(-dyadic(b_bar, call.target, rank_of(b) == 1))
        sums = [lookup(f"toeplitz_sums_{k}") for k in (0, 1)]
        for k, vector in enumerate((c, r)):
            if wanted[k]:
                found[k] = fit_cotangent(vector, current().apply(sums[k], full))
    return found


solve_toeplitz: Primitive = general(
    "solve_toeplitz",
    lambda c, r, b: linalg.solve_toeplitz((c, r), b),
    infer=_infer_solve,
    spelling=Spelling("linalg.solve_toeplitz((_0, _1), _2)"),
    pushforward=_push_solve,
    pullback=_pull_solve,
    samples=(
        Sample((_C, _R, [1.0, -2.0, 0.5])),
        Sample((_C, _R, [[1.0, 0.5], [-2.0, 1.5], [0.5, 3.0]])),
    ),
    description="the solution of a Toeplitz system",
)


# --- the user's functions ------------------------------------------------------------------------


def _two(c_or_cr: Any) -> tuple[Atom, Atom]:
    """The first column and the first row, which is its conjugate where it is not given."""
    if isinstance(c_or_cr, tuple):
        return array_like(c_or_cr[0]), array_like(c_or_cr[1])
    c = array_like(c_or_cr)
    return c, conjugated(c)


def _toeplitz(c: Any, r: Any = None) -> Atom:
    return current().apply(toeplitz, *_two(c if r is None else (c, r)))


def _hankel(c: Any, r: Any = None) -> Atom:
    first = array_like(c)
    return current().apply(hankel, first, _zeros(first) if r is None else array_like(r))


def _circulant(c: Any) -> Atom:
    return current().apply(circulant, array_like(c))


def _solve_toeplitz(c_or_cr: Any, b: Any) -> Atom:
    return current().apply(solve_toeplitz, *_two(c_or_cr), array_like(b))


def _matmul_toeplitz(c_or_cr: Any, x: Any) -> Atom:
    matrix = current().apply(toeplitz, *_two(c_or_cr))
    return current().apply(lookup("matmul"), matrix, array_like(x))


FUNCTIONS: dict[Any, Any] = {
    linalg.toeplitz: _toeplitz,
    linalg.hankel: _hankel,
    linalg.circulant: _circulant,
    linalg.solve_toeplitz: accepted(_solve_toeplitz),
    linalg.matmul_toeplitz: accepted(_matmul_toeplitz, "workers"),
}
