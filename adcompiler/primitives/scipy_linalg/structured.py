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
from adcompiler.primitives.scipy_linalg.directions import of_right_side, of_stacks
from adcompiler.primitives.scipy_linalg.reading import accepted
from adcompiler.primitives.shapes import broadcast_shapes, numbers, promoted_dtype
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
        numbers(args, name)
        (*lead, rows), (*other, columns) = (shape_of(arg.type) for arg in args)
        both = broadcast_shapes([tuple(lead), tuple(other)])
        return Array(promoted_dtype([arg.type for arg in args]), (*both, rows, columns))

    return infer


def _infer_sums(axis: int) -> Infer:
    def infer(args: Sequence[Atom], statics: Statics) -> Type:
        *lead, rows, columns = shape_of(args[0].type)
        return Array(dtype_of(args[0].type), (*lead, (rows, columns)[axis]))

    return infer


_GRID = [[1.0, 2.0, 3.0], [4.0, 5.0, 6.5]]


def _sums_row(name: str, part: int, sums: Any, back: Any) -> Primitive:
    """An adjoint: `part` of the two sums that `sums` gives."""
    return linear(
        f"{name}_sums_{part}",
        lambda x: sums(x)[part],
        infer=_infer_sums(part),
        spelling=Spelling(f"{name}_sums(_0)[{part}]", results=2),
        transpose=back,
        batch=of_stacks,
        samples=(Sample((_GRID,)), Sample(([[1.5]],)), Sample(([_GRID, _GRID],))),
        description=f"an adjoint of `linalg.{name}`",
    )


def _pair(name: str, sums: Any, stack: Any) -> Primitive:
    """A matrix of two vectors, the same of stacks of vectors, and the sums that are its adjoint."""

    def push(call: Call, tangents: Sequence[Atom | None]) -> Atom | None:
        if all(t is None for t in tangents):
            return None
        pairs = zip(call.args, tangents, strict=True)
        parts = [_zeros(a) if t is None else t for a, t in pairs]
        return fit_tangent(call.target, current().apply(call.primitive, *parts))

    def pull(call: Call, y_bar: Atom, wanted: Sequence[bool]) -> list[Atom | None]:
        return [
            fit_cotangent(arg, current().apply(part, y_bar)) if want else None
            for arg, part, want in zip(call.args, parts_of, wanted, strict=True)
        ]

    def back(part: int) -> Any:
        def transpose(call: Call, y_bar: Atom) -> Atom:
            """The row of the vector, with zeros for the other one."""
            other = _zeros(current().apply(parts_of[1 - part], call.args[0]))
            return current().apply(stacks, *((y_bar, other) if part == 0 else (other, y_bar)))

        return transpose

    def batch(call: Call, args: Sequence[Atom], flags: Sequence[bool]) -> Atom:
        return current().apply(stacks, *args)

    def row(name: str, function: Any, spelling: str, samples: Any) -> Primitive:
        return general(
            name,
            function,
            infer=_infer_pair(name),
            spelling=Spelling(spelling),
            pushforward=push,
            pullback=pull,
            batch=batch,
            samples=samples,
            description=f"the matrix of two vectors: {name}",
        )

    samples = Sample((_C, _R[:2])), Sample((_C[:2], _R)), Sample(([1.5], [2.5]))
    stacked = *samples, Sample(([_C, _R], [_R, _C]))
    stacks = row(f"{name}_stack", stack, f"{name}_stack(_0, _1)", stacked)
    parts_of = tuple(_sums_row(name, part, sums, back(part)) for part in (0, 1))
    return row(name, getattr(linalg, name), f"linalg.{name}(_0, _1)", samples)


toeplitz = _pair("toeplitz", runtime.toeplitz_sums, runtime.toeplitz_stack)
hankel = _pair("hankel", runtime.hankel_sums, runtime.hankel_stack)


# --- circulants ----------------------------------------------------------------------------------


def _infer_circulant(args: Sequence[Atom], statics: Statics) -> Type:
    numbers(args, "linalg.circulant")
    *lead, size = shape_of(args[0].type)
    return Array(dtype_of(args[0].type), (*lead, size, size))


def _circulant_row(name: str, function: Any, spelling: str, *samples: Sample) -> Primitive:
    return linear(
        name,
        function,
        infer=_infer_circulant,
        spelling=Spelling(spelling),
        transpose=lambda call, y_bar: current().apply(circulant_sums, y_bar),
        batch=lambda call, args, flags: current().apply(circulants, args[0]),
        samples=(Sample((_C,)), Sample(([1.5],)), *samples),
        description="the matrix whose columns are those before it, turned round",
    )


circulant = _circulant_row("circulant", linalg.circulant, "linalg.circulant(_0)")
circulants = _circulant_row(
    "circulant_stack", runtime.circulant_stack, "circulant_stack(_0)", Sample(([_C, _R],))
)
_SQUARE = [[1.0, 2.0], [4.0, 5.0]]
circulant_sums: Primitive = linear(
    "circulant_sums",
    runtime.circulant_sums,
    infer=_infer_sums(0),
    spelling=Spelling("circulant_sums(_0)"),
    transpose=lambda call, y_bar: current().apply(circulants, y_bar),
    batch=of_stacks,
    samples=(Sample((_SQUARE,)), Sample(([_SQUARE, _SQUARE],))),
    description="the adjoint of `linalg.circulant`",
)


# --- systems -------------------------------------------------------------------------------------


def _infer_solve(args: Sequence[Atom], statics: Statics) -> Type:
    _vectors(args[:2], "linalg.solve_toeplitz")
    c, r, b = (shape_of(arg.type) for arg in args)
    axis = 0 if len(b) == 1 else len(b) - 2
    rows = same_length([c[0], r[0], b[axis]], "`linalg.solve_toeplitz`")
    # SciPy computes it in double precision
    dtype = factor_dtype(promoted_dtype([a.type for a in args]), "linalg.solve_toeplitz")
    return Array(np.result_type(dtype, np.float64), (*b[:axis], rows, *b[axis + 1 :]))


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
    batch=of_right_side,
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


def _made_of(row: Primitive, *vectors: Atom) -> Atom:
    _vectors(vectors, f"linalg.{row.name}")
    return current().apply(row, *vectors)


def _toeplitz(c: Any, r: Any = None) -> Atom:
    return _made_of(toeplitz, *_two(c if r is None else (c, r)))


def _hankel(c: Any, r: Any = None) -> Atom:
    first = array_like(c)
    return _made_of(hankel, first, _zeros(first) if r is None else array_like(r))


def _circulant(c: Any) -> Atom:
    return _made_of(circulant, array_like(c))


def _solve_toeplitz(c_or_cr: Any, b: Any) -> Atom:
    return current().apply(solve_toeplitz, *_two(c_or_cr), array_like(b))


def _matmul_toeplitz(c_or_cr: Any, x: Any) -> Atom:
    matrix = _made_of(toeplitz, *_two(c_or_cr))
    return current().apply(lookup("matmul"), matrix, array_like(x))


FUNCTIONS: dict[Any, Any] = {
    linalg.toeplitz: _toeplitz,
    linalg.hankel: _hankel,
    linalg.circulant: _circulant,
    linalg.solve_toeplitz: accepted(_solve_toeplitz),
    linalg.matmul_toeplitz: accepted(_matmul_toeplitz, "workers"),
}
