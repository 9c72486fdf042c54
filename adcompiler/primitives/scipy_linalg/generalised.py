"""A v = w B v with symmetric (Hermitian) A and positive definite B: `linalg.eigh(a, b)`.

With Vᴴ B V = I and M = Vᴴ Ȧ V − Vᴴ Ḃ V diag(w) it is ẇ = diag(M) and V̇ = V (F ∘ M − ½ diag(Vᴴ Ḃ V)),
F being 1 / (wⱼ − wᵢ) and 0 on the diagonal. One triangle of each matrix is read. No component of complex
vectors is real, which would tell their phases: their derivative serves that of the eigenvalues only.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from scipy import linalg

from adcompiler.ir.builder import current
from adcompiler.ir.nodes import Call
from adcompiler.ir.primitive import Infer, Primitive, Spelling, Statics, lookup
from adcompiler.ir.types import Array, Type
from adcompiler.ir.values import Atom, as_atom
from adcompiler.primitives.accumulation import fit_cotangent, fit_tangent
from adcompiler.primitives.complex_numbers import real_dtype
from adcompiler.primitives.joining import same_length
from adcompiler.primitives.kinds import add, general
from adcompiler.primitives.matrices import (
    column,
    conjugated,
    factor_dtype,
    hermitian,
    identity_like,
    line,
    mirrored,
    onto_triangle,
    product,
    real_part,
    reciprocal_gaps,
    square_shape,
    swapped,
)
from adcompiler.primitives.samples import Sample
from adcompiler.primitives.shapes import broadcast_shapes, promoted_dtype

_A, _B = (
    [[2.0, 9.0, 7.0], [0.3, 1.0, 8.0], [-0.5, 0.25, -1.5]],
    [[4.0, 9.0, 8.0], [1.0, 3.0, 7.0], [0.5, -0.25, 2.0]],
)
_PAIR, _OTHER = [[1.0, 0.5], [0.5, -0.75]], [[2.0, 0.5], [0.5, 1.5]]
_SAMPLES = (
    Sample((_A, _B)),
    Sample((_PAIR, _OTHER), {"lower": False}),
    Sample(([_PAIR, _PAIR], [_OTHER, [[1.0, 0.25], [0.25, 3.0]]])),
    Sample((np.array(_PAIR, np.float32), np.array(_OTHER, np.float32))),
)


def _infer(vectors: bool) -> Infer:
    def infer(args: Sequence[Atom], statics: Statics) -> Type:
        lead, size = square_shape(args, "linalg.eigh")
        lead_b, size_b = square_shape(args[1:], "linalg.eigh")
        size = same_length([size, size_b], "`linalg.eigh`")
        lead = broadcast_shapes([lead, lead_b])
        dtype = factor_dtype(promoted_dtype([a.type for a in args]), "linalg.eigh")
        return (
            Array(dtype, (*lead, size, size))
            if vectors
            else Array(real_dtype(dtype), (*lead, size))
        )

    return infer


def _is_lower(call: Call) -> bool:
    return bool(call.statics.get("lower", True))


def _basis(call: Call) -> tuple[Atom, Atom]:
    """w and V."""
    values, vectors = (current().apply(r, *call.args, **call.statics) for r in generalised)
    return values, vectors


def _diagonal(x: Atom) -> Atom:
    return current().apply(lookup("diagonal"), x, axis1=-2, axis2=-1)


def _turned(change: Atom | None, vectors: Atom, lower: bool) -> Atom | None:
    """Vᴴ Ȧ V."""
    if change is None:
        return None
    return product(hermitian(vectors), mirrored(change, lower), vectors)


def _push_values(call: Call, tangents: Sequence[Atom | None]) -> Atom | None:
    values, vectors = _basis(call)
    of_a, of_b = (_turned(t, vectors, _is_lower(call)) for t in tangents)
    total = None if of_a is None else _diagonal(of_a)
    if of_b is not None:
        total = add(total, as_atom(-(values * _diagonal(of_b))))
    return None if total is None else fit_tangent(call.target, real_part(total))


def _pull_values(call: Call, y_bar: Atom, wanted: Sequence[bool]) -> list[Atom | None]:
    """Ā = conj(V) diag(w̄) Vᵀ and B̄ = −conj(V) diag(w̄ w) Vᵀ."""
    values, vectors = _basis(call)
    weights = (y_bar, as_atom(-(y_bar * values)))
    found: list[Atom | None] = []
    for arg, weight, want in zip(call.args, weights, wanted, strict=True):
        full = product(as_atom(conjugated(vectors) * line(weight)), swapped(vectors))
        found.append(fit_cotangent(arg, onto_triangle(full, _is_lower(call))) if want else None)
    return found


def _gaps(values: Atom) -> Atom:
    return reciprocal_gaps(as_atom(line(values) - column(values)))


def _push_vectors(call: Call, tangents: Sequence[Atom | None]) -> Atom | None:
    values, vectors = _basis(call)
    of_a, of_b = (_turned(t, vectors, _is_lower(call)) for t in tangents)
    inner = None if of_a is None else as_atom(_gaps(values) * of_a)
    if of_b is not None:
        moved = as_atom(_gaps(values) * (of_b * line(values)))
        length = as_atom(0.5 * identity_like(values) * of_b)
        inner = add(inner, as_atom(-(moved + length)))
    return None if inner is None else fit_tangent(call.target, product(vectors, inner))


def _pull_vectors(call: Call, y_bar: Atom, wanted: Sequence[bool]) -> list[Atom | None]:
    """Ā = conj(V) (F ∘ N) Vᵀ and B̄ = −conj(V) ((F ∘ N) diag(w) + ½ diag(N)) Vᵀ with N = Vᵀ V̄."""
    values, vectors = _basis(call)
    inner = product(swapped(vectors), y_bar)
    within = as_atom(_gaps(values) * inner)
    found: list[Atom | None] = [None, None]
    if wanted[0]:
        found[0] = product(conjugated(vectors), within, swapped(vectors))
    if wanted[1]:
        length = as_atom(0.5 * identity_like(values) * inner)
        middle = as_atom(-(within * line(values) + length))
        found[1] = product(conjugated(vectors), middle, swapped(vectors))
    return [
        None if full is None else fit_cotangent(arg, onto_triangle(full, _is_lower(call)))
        for arg, full in zip(call.args, found, strict=True)
    ]


def _row(name: str, index: int) -> Primitive:
    vectors = index == 1
    return general(
        name,
        lambda a, b, **options: linalg.eigh(a, b, **options)[index],
        infer=_infer(vectors),
        spelling=Spelling(f"linalg.eigh(_0, _1)[{index}]", results=2),
        pushforward=_push_vectors if vectors else _push_values,
        pullback=_pull_vectors if vectors else _pull_values,
        defaults={"lower": True, "driver": None},
        samples=_SAMPLES,
        holomorphic=False,
    )


generalised: tuple[Primitive, ...] = (
    _row("generalised_values", 0),
    _row("generalised_vectors", 1),
)
generalised_values: Any = general(
    "generalised_eigvalsh",
    lambda a, b, **options: linalg.eigvalsh(a, b, **options),
    infer=_infer(vectors=False),
    spelling=Spelling("linalg.eigvalsh(_0, _1)"),
    pushforward=_push_values,
    pullback=_pull_values,
    defaults={"lower": True, "driver": None},
    samples=_SAMPLES,
    holomorphic=False,
)
