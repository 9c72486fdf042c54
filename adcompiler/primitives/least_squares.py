"""Least squares: x = A⁺ b, the shortest of all that minimise ‖A x − b‖.

Golub and Pereyra (1973): the derivative exists where the rank of A does not change nearby. It is
written with the pseudo-inverse, which takes one decomposition for all its products.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from adcompiler.errors import ShapeError
from adcompiler.ir.builder import current
from adcompiler.ir.lengths import unknown
from adcompiler.ir.nodes import Call
from adcompiler.ir.primitive import Primitive, Spelling, Statics, register
from adcompiler.ir.types import INT, Array, NumpyScalar, Type, dtype_of, shape_of
from adcompiler.ir.values import Atom, as_atom
from adcompiler.primitives.accumulation import fit_cotangent, fit_tangent
from adcompiler.primitives.arrays import array_like
from adcompiler.primitives.complex_numbers import real_dtype
from adcompiler.primitives.joining import same_length
from adcompiler.primitives.kinds import add
from adcompiler.primitives.matrices import (
    conjugated,
    factor_dtype,
    hermitian,
    matrix_shape,
    product,
    shorter,
    swapped,
)
from adcompiler.primitives.samples import Sample
from adcompiler.primitives.shapes import promoted_dtype
from adcompiler.primitives.shaping import rank_of
from adcompiler.primitives.singular import pinv, pull_values, push_values
from adcompiler.primitives.solving import applied, dyadic
from adcompiler.primitives.statics import static

_PARTS = ("solution", "residuals", "rank", "values")
_TALL = [[2.0, 0.5], [-1.0, 1.5], [0.25, 0.75]]
_WIDE = [[2.0, 0.5, -0.75], [-1.0, 1.5, 0.25]]


def _infer(part: str, is_scipy: bool) -> Any:
    def infer(args: Sequence[Atom], statics: Statics) -> Type:
        shape = matrix_shape(args, "np.linalg.lstsq")
        b = shape_of(args[1].type)
        if len(shape) != 2 or len(b) not in (1, 2):
            raise ShapeError("`np.linalg.lstsq` takes a matrix, and a vector or a matrix.")
        same_length([shape[0], b[0]], "`np.linalg.lstsq`")
        dtype = factor_dtype(promoted_dtype([arg.type for arg in args]), "np.linalg.lstsq")
        if part == "solution":
            return Array(dtype, (shape[1], *b[1:]))
        if part == "residuals" and is_scipy and len(b) == 1:
            return NumpyScalar(real_dtype(dtype))
        if part == "residuals":  # none of them where the rank is not full
            return Array(real_dtype(dtype), (unknown("the number of residuals", shape, b),))
        if part == "rank":
            return INT if is_scipy else NumpyScalar(np.dtype(np.int32))
        return Array(real_dtype(dtype), (shorter(*shape),))

    return infer


def _pseudo_inverse(call: Call) -> Atom:
    """A⁺, with the same singular values taken as 0."""
    given = call.statics.get("rcond", call.statics.get("cond"))
    by_rounding = "cond" in call.primitive.defaults  # SciPy's default
    if given is None and not by_rounding:
        return current().apply(pinv, call.args[0], rtol=None)
    rounding = float(np.finfo(dtype_of(call.target.type)).eps)
    small = rounding if given is None or given < 0 else given
    return current().apply(pinv, call.args[0], rcond=small)


def _residual(call: Call, is_vector: bool) -> Atom:
    a, b = call.args
    return as_atom(b - applied(a, call.target, is_vector))


def _push_solution(call: Call, tangents: Sequence[Atom | None]) -> Atom | None:
    """ẋ = P (ḃ − Ȧ x) + P Pᴴ Ȧᴴ r + (I − P A) Ȧᴴ Pᴴ x, with P = A⁺ and r = b − A x."""
    a, x = call.args[0], call.target
    a_dot, b_dot = tangents
    if a_dot is None and b_dot is None:
        return None
    is_vector, p = rank_of(x) == 1, _pseudo_inverse(call)
    if a_dot is None:
        return fit_tangent(x, applied(p, b_dot, is_vector)) if b_dot is not None else None
    back, pt = hermitian(a_dot), hermitian(p)
    right = add(b_dot, as_atom(-applied(a_dot, x, is_vector)))
    assert right is not None
    right = as_atom(right + product(pt, product(back, _residual(call, is_vector))))
    within = product(back, product(pt, x))
    beside = as_atom(within - product(p, product(a, within)))
    return fit_tangent(x, as_atom(product(p, right) + beside))


def _pull_solution(call: Call, y_bar: Atom, wanted: Sequence[bool]) -> list[Atom | None]:
    """b̄ = Pᵀ x̄ and Ā = −b̄ xᵀ + conj(r) (P b̄*)ᵀ + Pᵀ x* (x̄* − P A x̄*)ᵀ, where z* is conj(z)."""
    (a, b), x = call.args, call.target
    is_vector, p = rank_of(x) == 1, _pseudo_inverse(call)
    pt = swapped(p)
    b_bar = product(pt, y_bar)
    a_bar: Atom | None = None
    if wanted[0]:
        residual = conjugated(_residual(call, is_vector))
        residual = dyadic(residual, product(p, conjugated(b_bar)), is_vector)
        seed = conjugated(y_bar)
        outside = as_atom(seed - product(p, product(a, seed)))
        beside = dyadic(product(pt, conjugated(x)), outside, is_vector)
        a_bar = as_atom(residual - dyadic(b_bar, x, is_vector) + beside)
    return [
        None if a_bar is None else fit_cotangent(a, a_bar),
        fit_cotangent(b, b_bar) if wanted[1] else None,
    ]


def _push_singular(call: Call, tangents: Sequence[Atom | None]) -> Atom | None:
    return push_values(call, tangents[:1])


def _pull_singular(call: Call, y_bar: Atom, wanted: Sequence[bool]) -> list[Atom | None]:
    return [*pull_values(call, y_bar, wanted[:1]), None] if wanted[0] else [None, None]


def _row(
    part: str, verdict: str, push: Any, pull: Any, function: Any, spelled: str, option: str
) -> Primitive:
    index = _PARTS.index(part)
    prefix = "" if spelled.startswith("np.") else "linalg_"
    return register(
        Primitive(
            f"{prefix}lstsq_{part}",
            lambda a, b, **options: function(a, b, **options)[index],
            _infer(part, bool(prefix)),
            Spelling(f"{spelled}(_0, _1)[{index}]", results=len(_PARTS)),
            verdict,
            push,
            pull,
            defaults={option: None},
            samples=(
                Sample((_TALL, [1.0, -2.0, 0.5])),
                Sample((_TALL, [[1.0, 0.5], [-2.0, 1.5], [0.5, 3.0]])),
                *([Sample((_WIDE, [1.0, -2.0]))] if not prefix or part != "residuals" else []),
                Sample((_WIDE, [[1.0], [-2.0]]), {option: 1e-12}),
                *([Sample(([[1.5]], [2.0]), {"rcond": -1})] if option == "rcond" else []),
                Sample((np.array(_TALL, np.float32), np.array([1.0, 2.0, 0.5], np.float32))),
            ),
            instead="r = b - A @ x, and np.sum(r ** 2)" if part == "residuals" else "",
            holomorphic=False,
        )
    )


def rows_of(function: Any, spelled: str, option: str) -> tuple[Primitive, ...]:
    """The four results of `function`, which takes as 0 what is below `option`, relative to the largest."""
    call = function, spelled, option
    return (
        _row("solution", "differentiable", _push_solution, _pull_solution, *call),
        _row("residuals", "opaque", None, None, *call),
        _row("rank", "inert", None, None, *call),
        _row("values", "differentiable", _push_singular, _pull_singular, *call),
    )


ROWS = rows_of(
    lambda a, b, rcond=None: np.linalg.lstsq(a, b, rcond=rcond), "np.linalg.lstsq", "rcond"
)


def _lstsq(a: Any, b: Any, rcond: Any = None) -> tuple[Atom, ...]:
    operands, small = (array_like(a), array_like(b)), static(rcond, "rcond")
    statics = {} if small is None else {"rcond": small}
    return tuple(current().apply(row, *operands, **statics) for row in ROWS)


FUNCTIONS: dict[Any, Any] = {np.linalg.lstsq: _lstsq}
