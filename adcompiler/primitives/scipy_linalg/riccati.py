"""Algebraic Riccati equations of real matrices: the cost X of the best linear control.

With the gain K and the closed loop A − B K a change of the data is a Lyapunov equation for that of X
(S. Kao and M. Hennequin, *Automatic differentiation of Sylvester, Lyapunov, and algebraic Riccati equations*, 2020).
q and r are symmetric, which SciPy tests: their changes and cotangents are taken as symmetric.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from scipy import linalg

from adcompiler.errors import ArgumentError
from adcompiler.ir.builder import current
from adcompiler.ir.nodes import Call
from adcompiler.ir.primitive import Primitive, Spelling, Statics
from adcompiler.ir.types import Array, Type, shape_of
from adcompiler.ir.values import Atom, as_atom
from adcompiler.primitives.accumulation import fit_cotangent, fit_tangent
from adcompiler.primitives.arrays import array_like
from adcompiler.primitives.kinds import add, general
from adcompiler.primitives.matrices import factor_dtype, product, square_shape, swapped
from adcompiler.primitives.samples import Sample
from adcompiler.primitives.scipy_linalg.equations import continuous, discrete
from adcompiler.primitives.scipy_linalg.reading import builders
from adcompiler.primitives.shapes import promoted_dtype
from adcompiler.primitives.solving import solve
from adcompiler.primitives.statics import static


def _infer(args: Sequence[Atom], statics: Statics) -> Type:
    lead, _ = square_shape(args, "a Riccati equation")
    dtype = factor_dtype(promoted_dtype([a.type for a in args]), "a Riccati equation")
    if dtype.kind == "c" or lead:
        raise ArgumentError(
            "a Riccati equation of complex matrices, or of stacks, is not supported.",
            write="real matrices, one equation at a time",
        )
    return Array(dtype, shape_of(args[0].type))


def _infer_discrete(args: Sequence[Atom], statics: Statics) -> Type:
    """SciPy computes it in double precision, whatever that of the matrices is."""
    found = _infer(args, statics)
    return Array(np.dtype(float), shape_of(found))


def _symmetric(x: Atom) -> Atom:
    return as_atom(0.5 * (x + swapped(x)))


def _is_discrete(call: Call) -> bool:
    return call.primitive is discrete_are


def _gain(call: Call) -> tuple[Atom, Atom]:
    """K = R⁻¹ Bᵀ X, or (R + Bᵀ X B)⁻¹ Bᵀ X A, and the closed loop A − B K."""
    (a, b, _, r), x = call.args, call.target
    inner = product(swapped(b), x)
    if _is_discrete(call):
        matrix, right = as_atom(r + product(inner, b)), product(inner, a)
    else:
        matrix, right = r, inner
    gain = current().apply(solve, matrix, right)
    return gain, as_atom(a - product(b, gain))


def _push(call: Call, tangents: Sequence[Atom | None]) -> Atom | None:
    """With N = X (Ȧ − Ḃ K), or (A − B K)ᵀ of it: the equation of Ẋ has N + Nᵀ + Q̇ + Kᵀ Ṙ K on the right."""
    if all(t is None for t in tangents):
        return None
    a_dot, b_dot, q_dot, r_dot = tangents
    gain, closed = _gain(call)
    moved = add(a_dot, None if b_dot is None else as_atom(-product(b_dot, gain)))
    total = None if q_dot is None else _symmetric(q_dot)
    if moved is not None:
        moved = product(call.target, moved)
        moved = product(swapped(closed), moved) if _is_discrete(call) else moved
        total = add(total, as_atom(moved + swapped(moved)))
    if r_dot is not None:
        total = add(total, product(swapped(gain), _symmetric(r_dot), gain))
    assert total is not None
    if _is_discrete(call):
        found = current().apply(discrete, swapped(closed), total)
    else:
        found = current().apply(continuous, swapped(closed), as_atom(-total))
    return fit_tangent(call.target, found)


def _pull(call: Call, y_bar: Atom, wanted: Sequence[bool]) -> list[Atom | None]:
    """Q̄ solves the Lyapunov equation of the closed loop; with N = 2 X Q̄, or 2 X (A − B K) Q̄,
    it is Ā = N, B̄ = −N Kᵀ and R̄ = K Q̄ Kᵀ.
    """
    (a, b, q, r), x = call.args, call.target
    gain, closed = _gain(call)
    if _is_discrete(call):
        q_bar = current().apply(discrete, closed, _symmetric(y_bar))
        moved = as_atom(2.0 * product(x, closed, q_bar))
    else:
        q_bar = current().apply(continuous, closed, as_atom(-_symmetric(y_bar)))
        moved = as_atom(2.0 * product(x, q_bar))
    return [
        fit_cotangent(a, moved) if wanted[0] else None,
        fit_cotangent(b, as_atom(-product(moved, swapped(gain)))) if wanted[1] else None,
        fit_cotangent(q, q_bar) if wanted[2] else None,
        fit_cotangent(r, product(gain, q_bar, swapped(gain))) if wanted[3] else None,
    ]


_A, _B = [[0.5, 1.0], [-0.25, -0.75]], [[1.0, 0.5], [0.25, 2.0]]
_Q, _R = [[2.0, 0.5], [0.5, 1.5]], [[1.0, 0.25], [0.25, 3.0]]


def _row(name: str) -> Primitive:
    function = getattr(linalg, name)

    def call(a: Any, b: Any, q: Any, r: Any) -> Any:
        # what SciPy would refuse, a q that is not symmetric, is what differences are made of
        return function(a, b, (q + q.T) / 2.0, (r + r.T) / 2.0)

    return general(
        name,
        call,
        infer=_infer_discrete if name == "solve_discrete_are" else _infer,
        spelling=Spelling(f"linalg.{name}(_0, _1, _2, _3)"),
        pushforward=_push,
        pullback=_pull,
        samples=(
            Sample((_A, _B, _Q, _R)),
            Sample(([[0.5]], [[2.0]], [[1.5]], [[0.75]])),
            Sample((_A, [[1.0], [0.5]], _Q, [[2.0]])),
        ),
        description=f"`linalg.{name}`",
    )


continuous_are = _row("solve_continuous_are")
discrete_are = _row("solve_discrete_are")


def _of_row(row: Primitive) -> Any:
    def call(
        a: Any, b: Any, q: Any, r: Any, e: Any = None, s: Any = None, balanced: Any = True
    ) -> Atom:
        if e is not None or s is not None or not static(balanced, "balanced"):
            raise ArgumentError(
                f"`linalg.{row.name}` with `e=`, `s=` or `balanced=` is not supported.",
                write="the equation of a, b, q and r",
            )
        return current().apply(row, *map(array_like, (a, b, q, r)))

    call.__name__ = row.name
    return call


FUNCTIONS: dict[Any, Any] = builders(
    {
        linalg.solve_continuous_are: _of_row(continuous_are),
        linalg.solve_discrete_are: _of_row(discrete_are),
    }
)
