"""Inverses, solutions and determinants of `scipy.linalg` (Giles 2008, sections 2.2.3 and 2.3.1)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from scipy import linalg

from adcompiler.errors import ArgumentError, ShapeError
from adcompiler.ir.builder import current
from adcompiler.ir.nodes import Call
from adcompiler.ir.primitive import Infer, Primitive, Spelling, Statics
from adcompiler.ir.types import Array, Type, dtype_of, is_complex, scalar_or_array, shape_of
from adcompiler.ir.values import Atom, as_atom
from adcompiler.primitives.accumulation import fit_cotangent, fit_tangent
from adcompiler.primitives.arrays import array_like
from adcompiler.primitives.determinants import det as numpy_det
from adcompiler.primitives.joining import same_length
from adcompiler.primitives.kinds import add, general
from adcompiler.primitives.matrices import (
    conjugated,
    factor_dtype,
    hermitian,
    product,
    square_shape,
    swapped,
    triangle,
)
from adcompiler.primitives.samples import Sample
from adcompiler.primitives.scipy_linalg.directions import of_right_side
from adcompiler.primitives.scipy_linalg.reading import (
    SYMMETRIC,
    accepted,
    flag,
    given,
    kind_of,
    onto_part,
    part_read,
    turned_kind,
)
from adcompiler.primitives.shapes import broadcast_shapes, promoted_dtype
from adcompiler.primitives.shaping import rank_of
from adcompiler.primitives.solving import PAIR, REGULAR, STACK, applied, dyadic
from adcompiler.primitives.statics import static

POSITIVE = [[4.0, 9.0, 8.0], [1.0, 3.0, 7.0], [0.5, -0.25, 2.0]]
B3, C3 = [1.0, -2.0, 0.5], [[1.0, -2.0], [0.5, 1.5], [2.0, 0.25]]


def _structure(call: Call) -> tuple[str, bool]:
    return kind_of(call.statics.get("assume_a")), bool(call.statics.get("lower", False))


# --- inv -----------------------------------------------------------------------------------------


def infer_square(name: str) -> Infer:
    """A result of the shape of operand 0, a square matrix."""

    def infer(args: Sequence[Atom], statics: Statics) -> Type:
        square_shape(args, name)
        return Array(factor_dtype(dtype_of(args[0].type), name), shape_of(args[0].type))

    return infer


def _push_inverse(call: Call, tangents: Sequence[Atom | None]) -> Atom | None:
    """Y = A⁻¹: Ẏ = −Y Ȧ Y."""
    if tangents[0] is None:
        return None
    y, change = call.target, part_read(tangents[0], *_structure(call))
    return fit_tangent(y, as_atom(-product(y, change, y)))


def _pull_inverse(call: Call, y_bar: Atom, wanted: Sequence[bool]) -> list[Atom | None]:
    """Ā = −Yᵀ Ȳ Yᵀ, where A is read."""
    back = swapped(call.target)
    found = as_atom(-product(back, y_bar, back))
    return [fit_cotangent(call.args[0], onto_part(found, *_structure(call)))]


_OPTIONS = {"assume_a": None, "lower": False}
inverse = general(
    "linalg_inv",
    lambda x, **options: linalg.inv(x, **options),
    infer=infer_square("linalg.inv"),
    spelling=Spelling("linalg.inv(_0)"),
    pushforward=_push_inverse,
    pullback=_pull_inverse,
    defaults=_OPTIONS,
    samples=(
        Sample((REGULAR,)),
        Sample((STACK,)),
        Sample((POSITIVE,), {"assume_a": "pos", "lower": True}),
        Sample((POSITIVE,), {"assume_a": "sym"}),
        Sample((POSITIVE,), {"assume_a": "upper triangular"}),
        Sample((np.array(PAIR, np.float32),)),
    ),
    description="the inverse, of what is read of the matrix",
)


def _inv(a: Any, *, assume_a: Any = None, lower: Any = False) -> Atom:
    options = given(_OPTIONS, assume_a=static(assume_a, "assume_a"), lower=flag(lower, "lower"))
    return current().apply(inverse, array_like(a), **options)


# --- solve ---------------------------------------------------------------------------------------


def infer_solution(name: str) -> Infer:
    """The type of A⁻¹ b: a vector has one axis, everything else is a matrix or a stack of them."""

    def infer(args: Sequence[Atom], statics: Statics) -> Type:
        lead, size = square_shape(args, f"linalg.{name}")
        b = shape_of(args[1].type)
        if not b:
            raise ShapeError(f"`linalg.{name}` needs an array on the right and got a number.")
        dtype = factor_dtype(promoted_dtype([arg.type for arg in args]), f"linalg.{name}")
        if dtype.kind == "c" and statics.get("transposed"):
            raise ArgumentError(
                f"`linalg.{name}` with transposed=True of complex matrices is not supported.",
                why="SciPy has it for real matrices only.",
                write=f"linalg.{name}(a.T, b)",
            )
        if len(b) == 1:
            return Array(dtype, (*lead, same_length([size, b[0]], f"`linalg.{name}`")))
        rows = same_length([size, b[-2]], f"`linalg.{name}`")
        return Array(dtype, (*broadcast_shapes([lead, b[:-2]]), rows, b[-1]))

    return infer


def _solved(call: Call, right: Atom) -> Atom:
    return current().apply(call.primitive, call.args[0], right, **call.statics)


def _push_solve(call: Call, tangents: Sequence[Atom | None]) -> Atom | None:
    """A x = b: A ẋ = ḃ − Ȧ x, with Aᵀ for A where the system is transposed."""
    a_dot, right = tangents
    if a_dot is not None:
        change = part_read(a_dot, *_structure(call))
        change = swapped(change) if call.statics.get("transposed") else change
        moved = applied(change, call.target, rank_of(call.args[1]) == 1)
        right = add(right, as_atom(-moved))
    return None if right is None else fit_tangent(call.target, _solved(call, right))


def _transposed(call: Call, y_bar: Atom) -> Atom:
    """A⁻ᵀ x̄, with the structure of the transposed matrix."""
    a, kind = call.args[0], _structure(call)[0]
    options = dict(call.statics)
    if options.pop("transposed", False):
        return current().apply(solve, a, y_bar, **options)
    if kind in SYMMETRIC and (kind == "sym" or not is_complex(a.type)):
        return current().apply(solve, a, y_bar, **options)
    if kind in SYMMETRIC:
        return current().apply(solve, conjugated(a), y_bar, **options)
    if "assume_a" in options:
        options["assume_a"] = turned_kind(options["assume_a"])
    return current().apply(solve, swapped(a), y_bar, **options)


def _pull_solve(call: Call, y_bar: Atom, wanted: Sequence[bool]) -> list[Atom | None]:
    """b̄ = A⁻ᵀ x̄ and Ā = −b̄ xᵀ (its transpose of a transposed system), where A is read."""
    a, b = call.args
    b_bar = _transposed(call, y_bar)
    a_bar: Atom | None = None
    if wanted[0]:
        pair = (b_bar, call.target)
        left, right = reversed(pair) if call.statics.get("transposed") else pair
        full = as_atom(-dyadic(left, right, rank_of(b) == 1))
        a_bar = fit_cotangent(a, onto_part(full, *_structure(call)))
    return [a_bar, fit_cotangent(b, b_bar) if wanted[1] else None]


_SOLVE = {"lower": False, "assume_a": None, "transposed": False}
solve: Primitive = general(
    "linalg_solve",
    lambda a, b, **options: linalg.solve(a, b, **options),
    infer=infer_solution("solve"),
    spelling=Spelling("linalg.solve(_0, _1)"),
    pushforward=_push_solve,
    pullback=_pull_solve,
    batch=of_right_side,
    defaults=_SOLVE,
    samples=(
        Sample((REGULAR, B3)),
        Sample((REGULAR, C3)),
        Sample((REGULAR, B3), {"transposed": True}),
        Sample((STACK, [[[1.0], [2.0]], [[0.5], [1.0]], [[2.0], [-1.0]]])),
        Sample((POSITIVE, B3), {"assume_a": "pos", "lower": True}),
        Sample((POSITIVE, C3), {"assume_a": "sym"}),
        Sample((POSITIVE, C3), {"assume_a": "upper triangular"}),
        Sample((POSITIVE, B3), {"assume_a": "tridiagonal"}),
        Sample((POSITIVE, C3), {"assume_a": "diagonal"}),
        Sample((np.array(PAIR, np.float32), np.array([1.0, 2.0], np.float32))),
    ),
    description="the solution of a linear system, of what is read of the matrix",
)


def _solve(
    a: Any, b: Any, lower: Any = False, *, assume_a: Any = None, transposed: Any = False
) -> Atom:
    options = given(
        _SOLVE,
        lower=flag(lower, "lower"),
        assume_a=static(assume_a, "assume_a"),
        transposed=flag(transposed, "transposed"),
    )
    return current().apply(solve, array_like(a), array_like(b), **options)


# --- triangular systems --------------------------------------------------------------------------


def _triangle_of(x: Atom, call: Call) -> Atom:
    """The elements of the triangle that are read; a unit diagonal is not."""
    unit = int(bool(call.statics.get("unit_diagonal", False)))
    return triangle(x, bool(call.statics.get("lower", False)), unit)


def _push_triangular(call: Call, tangents: Sequence[Atom | None]) -> Atom | None:
    """T x = b: T ẋ = ḃ − Ṫ x, with Tᵀ or Tᴴ for T where `trans` says so."""
    change, right = tangents
    if change is not None:
        change = _triangle_of(change, call)
        change = (change, swapped(change), hermitian(change))[call.statics.get("trans", 0)]
        moved = applied(change, call.target, rank_of(call.args[1]) == 1)
        right = add(right, as_atom(-moved))
    return None if right is None else fit_tangent(call.target, _solved(call, right))


def _pull_triangular(call: Call, y_bar: Atom, wanted: Sequence[bool]) -> list[Atom | None]:
    """b̄ = T⁻ᵀ x̄ and T̄ = −b̄ xᵀ in the triangle, −x b̄ᵀ of Tᵀ, −conj(x) b̄ᴴ of Tᴴ."""
    (a, b), trans = call.args, call.statics.get("trans", 0)
    options = {k: v for k, v in call.statics.items() if k != "trans"}
    if trans == 0:
        options["trans"] = 1
    matrix = conjugated(a) if trans == 2 else a
    b_bar = current().apply(solve_triangular, matrix, y_bar, **options)
    a_bar: Atom | None = None
    if wanted[0]:
        x, is_vector = call.target, rank_of(b) == 1
        if trans == 0:
            full = dyadic(b_bar, x, is_vector)
        elif trans == 1:
            full = dyadic(x, b_bar, is_vector)
        else:
            full = dyadic(conjugated(x), conjugated(b_bar), is_vector)
        a_bar = fit_cotangent(a, as_atom(-_triangle_of(full, call)))
    return [a_bar, fit_cotangent(b, b_bar) if wanted[1] else None]


_TRIANGULAR = {"trans": 0, "lower": False, "unit_diagonal": False}
solve_triangular: Primitive = general(
    "solve_triangular",
    lambda a, b, **options: linalg.solve_triangular(a, b, **options),
    infer=infer_solution("solve_triangular"),
    spelling=Spelling("linalg.solve_triangular(_0, _1)"),
    pushforward=_push_triangular,
    pullback=_pull_triangular,
    batch=of_right_side,
    defaults=_TRIANGULAR,
    samples=(
        Sample((REGULAR, B3)),
        Sample((REGULAR, C3), {"lower": True}),
        Sample((REGULAR, B3), {"trans": 1}),
        Sample((REGULAR, C3), {"trans": 2, "lower": True}),
        Sample((REGULAR, B3), {"lower": True, "unit_diagonal": True}),
        Sample((STACK, [[[1.0], [2.0]], [[0.5], [1.0]], [[2.0], [-1.0]]])),
        Sample((np.array(PAIR, np.float32), np.array([1.0, 2.0], np.float32))),
    ),
    description="the solution of a triangular system",
)
_TRANS = {"N": 0, "T": 1, "C": 2}


def _solve_triangular(
    a: Any, b: Any, trans: Any = 0, lower: Any = False, unit_diagonal: Any = False
) -> Atom:
    way = static(trans, "trans")
    options = given(
        _TRIANGULAR,
        trans=_TRANS.get(way, way),
        lower=flag(lower, "lower"),
        unit_diagonal=flag(unit_diagonal, "unit_diagonal"),
    )
    return current().apply(solve_triangular, array_like(a), array_like(b), **options)


# --- det -----------------------------------------------------------------------------------------


def _infer_det(args: Sequence[Atom], statics: Statics) -> Type:
    lead, _ = square_shape(args, "linalg.det")
    # SciPy computes determinants in double precision
    dtype = np.result_type(factor_dtype(dtype_of(args[0].type), "linalg.det"), np.float64)
    return scalar_or_array(dtype, lead)


assert numpy_det.pushforward is not None
assert numpy_det.pullback is not None
det = general(
    "linalg_det",
    linalg.det,
    infer=_infer_det,
    spelling=Spelling("linalg.det(_0)"),
    pushforward=numpy_det.pushforward,
    pullback=numpy_det.pullback,
    samples=(Sample((REGULAR,)), Sample((STACK,)), Sample((np.array(PAIR, np.float32),))),
    description="the determinant",
)


def _det(a: Any) -> Atom:
    return current().apply(det, array_like(a))


FUNCTIONS: dict[Any, Any] = {
    linalg.inv: accepted(_inv),
    linalg.solve: accepted(_solve),
    linalg.solve_triangular: accepted(_solve_triangular),
    linalg.det: accepted(_det),
}
