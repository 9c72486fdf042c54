"""Matrix equations: Sylvester, Lyapunov and Riccati.

Each derivative solves an equation of the same kind (S. Kao and M. Hennequin, *Automatic differentiation of
Sylvester, Lyapunov, and algebraic Riccati equations*, 2020), the adjoint one with the transposed matrices.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from scipy import linalg

from adcompiler.errors import ArgumentError
from adcompiler.ir.builder import current
from adcompiler.ir.nodes import Call
from adcompiler.ir.primitive import Infer, Primitive, Spelling, Statics
from adcompiler.ir.types import Array, Type, is_complex, shape_of
from adcompiler.ir.values import Atom, as_atom
from adcompiler.primitives.accumulation import fit_cotangent, fit_tangent
from adcompiler.primitives.arrays import array_like
from adcompiler.primitives.joining import same_length
from adcompiler.primitives.kinds import add, general
from adcompiler.primitives.matrices import (
    conjugated,
    factor_dtype,
    hermitian,
    product,
    square_shape,
    swapped,
)
from adcompiler.primitives.samples import Sample
from adcompiler.primitives.scipy_linalg.directions import of_right_side
from adcompiler.primitives.shapes import Shape, broadcast_shapes, promoted_dtype
from adcompiler.primitives.statics import static

A3 = [[3.0, 1.0, 0.5], [-1.0, 2.5, 0.25], [0.5, -0.75, 2.0]]
A2 = [[2.0, 0.5], [-1.0, 1.5]]
Q32, Q2, Q3 = (
    [[1.0, -2.0], [0.5, 1.5], [2.0, 0.25]],
    [[1.0, 0.5], [-0.25, 2.0]],
    [[1.0, 0.5, -0.25], [0.0, 2.0, 1.0], [0.5, -1.0, 1.5]],
)
STABLE = [[0.5, 0.25, 0.0], [-0.25, 0.4, 0.1], [0.1, 0.0, -0.3]]


def one_kind(args: Sequence[Atom], name: str) -> np.dtype[Any]:
    """Refuse real and complex matrices together, for which SciPy gives wrong solutions."""
    kinds = {is_complex(arg.type) for arg in args}
    if len(kinds) > 1:
        raise ArgumentError(
            f"`{name}` of real and complex matrices together is not supported.",
            why="SciPy takes a real Schur form of the real ones, and its solution is wrong.",
            write="complex matrices: a + 0j",
        )
    return factor_dtype(promoted_dtype([a.type for a in args]), name)


def _less(total: Atom | None, *terms: Atom) -> Atom | None:
    for term in terms:
        total = add(total, as_atom(-term))
    return total


# --- A X + X B = Q -------------------------------------------------------------------------------


def _infer_sylvester(args: Sequence[Atom], statics: Statics) -> Type:
    shapes: list[Shape] = []
    for k in (0, 1):
        lead, size = square_shape(args[k:], "linalg.solve_sylvester")
        shapes.append((*lead, size))
    *lead_q, rows, columns = shape_of(args[2].type)
    rows = same_length([rows, shapes[0][-1]], "`linalg.solve_sylvester`")
    columns = same_length([columns, shapes[1][-1]], "`linalg.solve_sylvester`")
    dtype = one_kind(args, "linalg.solve_sylvester")
    lead = broadcast_shapes([shapes[0][:-1], shapes[1][:-1], tuple(lead_q)])
    return Array(dtype, (*lead, rows, columns))


def _push_sylvester(call: Call, tangents: Sequence[Atom | None]) -> Atom | None:
    """A Ẋ + Ẋ B = Q̇ − Ȧ X − X Ḃ."""
    (a, b, _), x, (a_dot, b_dot, right) = call.args, call.target, tangents
    if a_dot is not None:
        right = _less(right, product(a_dot, x))
    if b_dot is not None:
        right = _less(right, product(x, b_dot))
    if right is None:
        return None
    return fit_tangent(x, current().apply(sylvester, a, b, fit_tangent(x, right)))


def _pull_sylvester(call: Call, y_bar: Atom, wanted: Sequence[bool]) -> list[Atom | None]:
    """Aᵀ Q̄ + Q̄ Bᵀ = X̄, Ā = −Q̄ Xᵀ and B̄ = −Xᵀ Q̄."""
    a, b, q = call.args
    q_bar = current().apply(sylvester, swapped(a), swapped(b), y_bar)
    back = swapped(call.target)
    return [
        fit_cotangent(a, as_atom(-product(q_bar, back))) if wanted[0] else None,
        fit_cotangent(b, as_atom(-product(back, q_bar))) if wanted[1] else None,
        fit_cotangent(q, q_bar) if wanted[2] else None,
    ]


sylvester: Primitive = general(
    "solve_sylvester",
    linalg.solve_sylvester,
    infer=_infer_sylvester,
    spelling=Spelling("linalg.solve_sylvester(_0, _1, _2)"),
    pushforward=_push_sylvester,
    pullback=_pull_sylvester,
    batch=of_right_side,
    samples=(
        Sample((A3, A2, Q32)),
        Sample((A2, A2, Q2)),
        Sample(([A2, Q2], [A2, A2], [Q2, A2])),
        Sample((np.array(A2, np.float32), np.array(A2, np.float32), np.array(Q2, np.float32))),
    ),
    description="the solution of A X + X B = Q",
)


# --- Lyapunov: A X + X Aᴴ = Q and X = A X Aᴴ + Q --------------------------------------------------


def _infer_lyapunov(name: str) -> Infer:
    def infer(args: Sequence[Atom], statics: Statics) -> Type:
        lead, size = square_shape(args, name)
        lead_q, size_q = square_shape(args[1:], name)
        dtype = one_kind(args, name)
        size = same_length([size, size_q], f"`{name}`")
        return Array(dtype, (*broadcast_shapes([lead, lead_q]), size, size))

    return infer


def _push_continuous(call: Call, tangents: Sequence[Atom | None]) -> Atom | None:
    """A Ẋ + Ẋ Aᴴ = Q̇ − Ȧ X − X Ȧᴴ."""
    x, (a_dot, right) = call.target, tangents
    if a_dot is not None:
        right = _less(right, product(a_dot, x), product(x, hermitian(a_dot)))
    if right is None:
        return None
    return fit_tangent(x, current().apply(continuous, call.args[0], fit_tangent(x, right)))


def _pull_continuous(call: Call, y_bar: Atom, wanted: Sequence[bool]) -> list[Atom | None]:
    """Aᵀ Q̄ + Q̄ conj(A) = X̄ and Ā = −Q̄ Xᵀ − Q̄ᴴ conj(X)."""
    (a, q), x = call.args, call.target
    q_bar = current().apply(continuous, swapped(a), y_bar)
    a_bar: Atom | None = None
    if wanted[0]:
        total = product(q_bar, swapped(x)) + product(hermitian(q_bar), conjugated(x))
        a_bar = fit_cotangent(a, as_atom(-total))
    return [a_bar, fit_cotangent(q, q_bar) if wanted[1] else None]


continuous: Primitive = general(
    "solve_continuous_lyapunov",
    linalg.solve_continuous_lyapunov,
    infer=_infer_lyapunov("linalg.solve_continuous_lyapunov"),
    spelling=Spelling("linalg.solve_continuous_lyapunov(_0, _1)"),
    pushforward=_push_continuous,
    pullback=_pull_continuous,
    batch=of_right_side,
    samples=(Sample((A3, Q3)), Sample((A2, Q2)), Sample(([A2, Q2], [Q2, A2]))),
    holomorphic=False,
    description="the solution of A X + X Aᴴ = Q",
)


def _push_discrete(call: Call, tangents: Sequence[Atom | None]) -> Atom | None:
    """Ẋ = A Ẋ Aᴴ + Q̇ + Ȧ X Aᴴ + A X Ȧᴴ."""
    (a, _), x, (a_dot, right) = call.args, call.target, tangents
    if a_dot is not None:
        moved = product(a_dot, x, hermitian(a)) + product(a, x, hermitian(a_dot))
        right = add(right, as_atom(moved))
    if right is None:
        return None
    return fit_tangent(x, current().apply(discrete, a, fit_tangent(x, right), **call.statics))


def _pull_discrete(call: Call, y_bar: Atom, wanted: Sequence[bool]) -> list[Atom | None]:
    """Q̄ = Aᵀ Q̄ conj(A) + X̄ and Ā = Q̄ conj(A) Xᵀ + Q̄ᴴ conj(A X)."""
    (a, q), x = call.args, call.target
    q_bar = current().apply(discrete, swapped(a), y_bar, **call.statics)
    a_bar: Atom | None = None
    if wanted[0]:
        across = conjugated(a)
        total = product(q_bar, across, swapped(x))
        total = as_atom(total + product(hermitian(q_bar), across, conjugated(x)))
        a_bar = fit_cotangent(a, total)
    return [a_bar, fit_cotangent(q, q_bar) if wanted[1] else None]


discrete: Primitive = general(
    "solve_discrete_lyapunov",
    lambda a, q, method=None: linalg.solve_discrete_lyapunov(a, q, method=method),
    infer=_infer_lyapunov("linalg.solve_discrete_lyapunov"),
    spelling=Spelling("linalg.solve_discrete_lyapunov(_0, _1)"),
    pushforward=_push_discrete,
    pullback=_pull_discrete,
    batch=of_right_side,
    defaults={"method": None},
    samples=(
        Sample((STABLE, Q3)),
        Sample((STABLE, Q3), {"method": "bilinear"}),
        Sample(([[[0.5, 0.1], [0.2, -0.3]], [[0.1, 0.2], [0.0, 0.4]]], [Q2, A2])),
    ),
    holomorphic=False,
    description="the solution of X = A X Aᴴ + Q",
)


# --- the user's functions ------------------------------------------------------------------------


def _sylvester(a: Any, b: Any, q: Any) -> Atom:
    return current().apply(sylvester, array_like(a), array_like(b), array_like(q))


def _continuous(a: Any, q: Any) -> Atom:
    return current().apply(continuous, array_like(a), array_like(q))


def _discrete(a: Any, q: Any, method: Any = None) -> Atom:
    way = static(method, "method")
    options = {} if way is None else {"method": way}
    return current().apply(discrete, array_like(a), array_like(q), **options)


FUNCTIONS: dict[Any, Any] = {
    linalg.solve_sylvester: _sylvester,
    linalg.solve_continuous_lyapunov: _continuous,
    linalg.solve_discrete_lyapunov: _discrete,
}
