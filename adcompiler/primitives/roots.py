"""``np.roots``: where a polynomial is 0.

p(r) = 0 for the coefficients p of a polynomial gives p'(r) ṙ + ṗ(r) = 0.  Whether the roots of real coefficients are
complex, only the values decide; so the coefficients are complex numbers here.  A multiple root has no derivative:
p'(r) = 0 gives infinities, with NumPy's warning.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from adcompiler.errors import ArgumentError, ShapeError
from adcompiler.ir.builder import current
from adcompiler.ir.lengths import unknown
from adcompiler.ir.nodes import Call
from adcompiler.ir.primitive import Primitive, Spelling, Statics, lookup
from adcompiler.ir.types import Array, Type, is_complex
from adcompiler.ir.values import Atom, as_atom
from adcompiler.primitives.accumulation import fit_cotangent, fit_tangent
from adcompiler.primitives.arrays import array_like
from adcompiler.primitives.dimensions import dimension, token
from adcompiler.primitives.kinds import general
from adcompiler.primitives.linalg import matmul
from adcompiler.primitives.polynomials import polyder, polyval, vander
from adcompiler.primitives.samples import Sample
from adcompiler.primitives.shaping import rank_of


def _infer(args: Sequence[Atom], statics: Statics) -> Type:
    if rank_of(args[0]) != 1:
        raise ShapeError("np.roots takes a vector of coefficients.")
    if not is_complex(args[0].type):
        raise ArgumentError(
            "`np.roots` of real coefficients is not supported.",
            why="whether the roots are complex or real, only the values decide.",
            write="np.roots(p + 0j), whose roots are complex numbers; .real of them where they are real",
        )
    return Array(np.dtype(complex), (unknown("len(roots)", token(args[0])),))


def _slopes(call: Call) -> Atom:
    return polyval(polyder(call.args[0]), call.target)  # type: ignore[no-any-return]


def _pushforward(call: Call, tangents: Sequence[Atom | None]) -> Atom | None:
    if tangents[0] is None:
        return None
    moved = as_atom(-polyval(tangents[0], call.target) / _slopes(call))
    return fit_tangent(call.target, moved)


def _pullback(call: Call, y_bar: Atom, wanted: Sequence[bool]) -> list[Atom | None]:
    (p,) = call.args
    powers = current().apply(vander, call.target, as_atom(dimension(p, 0)))
    weights = as_atom(-y_bar / _slopes(call))
    return [fit_cotangent(p, matmul(lookup("reverse_axes")(powers), weights))]


roots: Primitive = general(
    "roots",
    np.roots,
    infer=_infer,
    spelling=Spelling("np.roots(_0)"),
    pushforward=_pushforward,
    pullback=_pullback,
    samples=(
        Sample((np.array([1.0 + 0.2j, -2.5 + 0j, 1.0 + 1.0j]),)),
        Sample((np.array([2.0 + 0j, 1.0 - 3.0j]),)),
        Sample((np.array([1.0 + 0j, 0.5j, -2.0 + 0j, 1.0 + 1.5j]),)),
    ),
)


def _roots(p: Any) -> Atom:
    return current().apply(roots, array_like(p))


FUNCTIONS: dict[Any, Any] = {np.roots: _roots}
