"""Eigenvalues and eigenvectors of matrices without symmetry.

The results are complex, also of a real matrix whose eigenvalues are all real: which type NumPy gives before
2.5 only the values decide, and from 2.5 on it is complex. Identities: Giles 2008, section 3.1, for the change
V̇ = V (F ∘ (V⁻¹ Ȧ V)) of vectors up to a factor each. LAPACK gives vectors of the length 1 of which the
largest component is real, and the derivative keeps them so. Where two eigenvalues coincide the gap 0
makes the derivative of the vectors infinite or NaN, and where there are fewer vectors than eigenvalues
(a defective matrix) eigenvalues have none either: V is singular.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from adcompiler.ir.builder import current
from adcompiler.ir.nodes import Call
from adcompiler.ir.primitive import Infer, Primitive, Spelling, Statics, lookup
from adcompiler.ir.structure import Branch
from adcompiler.ir.types import Array, Type, dtype_of, is_complex
from adcompiler.ir.values import Atom, as_atom
from adcompiler.primitives.accumulation import fit_cotangent, fit_tangent
from adcompiler.primitives.arrays import array_like
from adcompiler.primitives.kinds import general
from adcompiler.primitives.matrices import (
    column,
    conjugated,
    factor_dtype,
    line,
    product,
    real_part,
    reciprocal_gaps,
    square_shape,
    swapped,
)
from adcompiler.primitives.partners import partners_of
from adcompiler.primitives.phases import over_columns, turned, turned_back
from adcompiler.primitives.samples import Sample
from adcompiler.primitives.solving import PAIR, REGULAR, STACK, solve
from adcompiler.runtime.eigen import complex_eig as runtime_eig
from adcompiler.runtime.eigen import complex_eigvals as runtime_eigvals
from adcompiler.runtime.eigen import vectors_of as runtime_vectors_of


def _infer(vectors: bool) -> Infer:
    def infer(args: Sequence[Atom], statics: Statics) -> Type:
        lead, size = square_shape(args, "np.linalg.eig")
        dtype = np.result_type(factor_dtype(dtype_of(args[0].type), "np.linalg.eig"), np.complex64)
        return Array(dtype, (*lead, size, size) if vectors else (*lead, size))

    return infer


def _pair(call: Call) -> tuple[Atom, Atom]:
    """w and V of the operand: those of the same call, in whose order `call` has its result."""
    a = call.args[0]
    if not call.primitive.spelling.results and call.primitive is not vectors_of:
        return call.target, current().apply(vectors_of, a, call.target)
    if call.primitive is vectors_of:
        return call.args[1], call.target
    values, vectors = partners_of(call, _rows_for(a))
    return current().apply(values, a), current().apply(vectors, a)


# --- eigenvalues ---------------------------------------------------------------------------------


def _inner(a_dot: Atom, vectors: Atom) -> Atom:
    """V⁻¹ Ȧ V."""
    return current().apply(solve, vectors, product(a_dot, vectors))


def _outer(inner: Atom, vectors: Atom) -> Atom:
    """V⁻ᵀ N Vᵀ."""
    back = swapped(vectors)
    return current().apply(solve, back, product(inner, back))


def _push_values(call: Call, tangents: Sequence[Atom | None]) -> Atom | None:
    """ẇ = diag(V⁻¹ Ȧ V)."""
    if tangents[0] is None:
        return None
    _, vectors = _pair(call)
    inner = _inner(tangents[0], vectors)
    found = current().apply(lookup("diagonal"), inner, axis1=-2, axis2=-1)
    return fit_tangent(call.target, found)


def _pull_values(call: Call, y_bar: Atom, wanted: Sequence[bool]) -> list[Atom | None]:
    """Ā = V⁻ᵀ diag(w̄) Vᵀ."""
    _, vectors = _pair(call)
    back = swapped(vectors)
    a_bar = current().apply(solve, back, as_atom(column(y_bar) * back))
    return [fit_cotangent(call.args[0], a_bar)]


# --- eigenvectors --------------------------------------------------------------------------------


def _gaps(values: Atom) -> Atom:
    """F: 1 / (wⱼ − wᵢ), and 0 on the diagonal."""
    return reciprocal_gaps(as_atom(line(values) - column(values)))


def _push_vectors(call: Call, tangents: Sequence[Atom | None]) -> Atom | None:
    """U = V (F ∘ (V⁻¹ Ȧ V)), less its part along each vector: V̇ = U − V Re diag(Vᴴ U), and the phase."""
    if tangents[0] is None:
        return None
    values, vectors = _pair(call)
    moved = product(vectors, as_atom(_gaps(values) * _inner(tangents[0], vectors)))
    along = real_part(over_columns(as_atom(conjugated(vectors) * moved)))
    return fit_tangent(vectors, turned(as_atom(moved - vectors * along), vectors))


def _pull_vectors(call: Call, y_bar: Atom, wanted: Sequence[bool]) -> list[Atom | None]:
    """Ā = V⁻ᵀ (F ∘ (Vᵀ Ū)) Vᵀ, where Ū = V̄ − conj(V) Re diag(V̄ᵀ V), and the phase."""
    values, vectors = _pair(call)
    bar = turned_back(y_bar, vectors)
    along = real_part(over_columns(as_atom(y_bar * vectors)))
    bar = as_atom(bar - conjugated(vectors) * along)
    inner = as_atom(_gaps(values) * product(swapped(vectors), bar))
    a_bar = fit_cotangent(call.args[0], _outer(inner, vectors))
    return [a_bar, *[None] * (len(call.args) - 1)]


# --- rows ----------------------------------------------------------------------------------------

SAMPLES = (
    Sample((REGULAR,)),
    Sample((STACK,)),
    Sample((PAIR,)),
    Sample(([[0.5, -2.0], [1.0, 0.75]],)),
    Sample(([[-1.5]],)),
    Sample((np.array(PAIR, np.float32),)),
)
_COMPLEX_PAIR = [[2.0 + 0.5j, 0.75], [-0.5j, 0.25]]
COMPLEX_SAMPLES = (
    Sample((_COMPLEX_PAIR,)),
    Sample(([_COMPLEX_PAIR, [[1.0, 0.5j], [0.25, -1.0 + 1.0j]]],)),
    Sample(([[1.5 - 0.5j]],)),
)


def row(name: str, function: Any, spelling: str, samples: Any, description: str) -> Primitive:
    """Rows that take one of two results name it by its index."""
    part = spelling[-2] if spelling.endswith("]") else ""
    is_vectors = part == "1"
    return general(
        name,
        (lambda x: function(x)[int(part)]) if part else function,
        infer=_infer(is_vectors),
        spelling=Spelling(spelling, results=2 if part else 0),
        pushforward=_push_vectors if is_vectors else _push_values,
        pullback=_pull_vectors if is_vectors else _pull_values,
        samples=samples,
        description=description,
        holomorphic=not is_vectors,
    )


_OF_REAL, _OF_COMPLEX = "complex_eig(_0)", "np.linalg.eig(_0)"
_VALUES, _VECTORS = "the eigenvalues of a matrix", "the eigenvectors of a matrix"
_REAL_ROWS = (
    row("complex_eig_values", runtime_eig, f"{_OF_REAL}[0]", SAMPLES, _VALUES),
    row("complex_eig_vectors", runtime_eig, f"{_OF_REAL}[1]", SAMPLES, _VECTORS),
)
_COMPLEX_ROWS = (
    row("eig_values", np.linalg.eig, f"{_OF_COMPLEX}[0]", COMPLEX_SAMPLES, _VALUES),
    row("eig_vectors", np.linalg.eig, f"{_OF_COMPLEX}[1]", COMPLEX_SAMPLES, _VECTORS),
)
_ALONE = (
    row("complex_eigvals", runtime_eigvals, "complex_eigvals(_0)", SAMPLES, _VALUES),
    row("eigvals", np.linalg.eigvals, "np.linalg.eigvals(_0)", COMPLEX_SAMPLES, _VALUES),
)
vectors_of: Primitive = general(
    "vectors_of",
    runtime_vectors_of,
    infer=_infer(vectors=True),
    spelling=Spelling("vectors_of(_0, _1)"),
    pushforward=_push_vectors,
    pullback=_pull_vectors,
    samples=(
        Sample((PAIR, np.linalg.eigvals(PAIR).astype(complex)[::-1])),
        Sample((_COMPLEX_PAIR, np.linalg.eigvals(_COMPLEX_PAIR))),
        Sample(([PAIR, STACK[1]], np.linalg.eigvals([PAIR, STACK[1]]).astype(complex))),
    ),
    description="eigenvectors in the order of given eigenvalues",
    holomorphic=False,
)


def _rows_for(x: Atom) -> tuple[Primitive, Primitive]:
    return _COMPLEX_ROWS if is_complex(x.type) else _REAL_ROWS


# --- the user's functions ------------------------------------------------------------------------


def _eig(a: Any) -> Branch:
    x = array_like(a)
    cls: Any = type(np.linalg.eig(np.eye(1)))
    found = tuple(current().apply(row, x) for row in _rows_for(x))
    return Branch("namedtuple", cls._fields, found, cls)


def _eigvals(a: Any) -> Atom:
    x = array_like(a)
    return current().apply(_ALONE[is_complex(x.type)], x)


FUNCTIONS: dict[Any, Any] = {np.linalg.eig: _eig, np.linalg.eigvals: _eigvals}
