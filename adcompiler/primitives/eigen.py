"""Eigenvalues and eigenvectors of symmetric and Hermitian matrices.

`np.linalg.eigh` reads one triangle only, so the cotangent of the matrix stands in that triangle
(an element off the diagonal is used twice). Identities: Giles 2008, section 3.1, for distinct
eigenvalues. The derivative of a single eigenvector does not exist where its eigenvalue coincides with another:
the gap 0 between them makes it infinite or NaN, with NumPy's warning. Eigenvalues alone have no
such term; where they coincide, functions that are symmetric in them are differentiated rightly.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from adcompiler.errors import ArgumentError
from adcompiler.ir.builder import current
from adcompiler.ir.nodes import Call
from adcompiler.ir.primitive import Primitive, Spelling, Statics, lookup
from adcompiler.ir.structure import Branch
from adcompiler.ir.types import Array, Type, dtype_of, is_complex
from adcompiler.ir.values import Atom, as_atom
from adcompiler.primitives.accumulation import fit_cotangent, fit_tangent
from adcompiler.primitives.arrays import array_like
from adcompiler.primitives.complex_numbers import real_dtype
from adcompiler.primitives.kinds import general
from adcompiler.primitives.matrices import (
    column,
    conjugated,
    factor_dtype,
    hermitian,
    line,
    mirrored,
    onto_triangle,
    product,
    real_part,
    reciprocal_gaps,
    square_shape,
    swapped,
)
from adcompiler.primitives.partners import partners_of
from adcompiler.primitives.phases import turned, turned_back
from adcompiler.primitives.samples import Sample
from adcompiler.primitives.statics import static

_SYMMETRIC = [[2.0, 0.3, -0.5], [0.3, 1.0, 0.25], [-0.5, 0.25, -1.5]]
_SKEWED = [[2.0, 9.0, 7.0], [0.3, 1.0, 8.0], [-0.5, 0.25, -1.5]]
_PAIR = [[1.0, 0.5], [0.5, -0.75]]
_SAMPLES = (
    Sample((_SYMMETRIC,)),
    Sample((_SKEWED,)),
    Sample((_SKEWED,), {"UPLO": "U"}),
    Sample(([_PAIR, [[2.0, -1.0], [-1.0, 0.5]]],)),
    Sample((_PAIR,)),
    Sample(([[1.5]],)),
    Sample((np.array(_PAIR, np.float32),)),
)


def infer_eigen(vectors: bool) -> Any:
    def infer(args: Sequence[Atom], statics: Statics) -> Type:
        lead, size = square_shape(args, "np.linalg.eigh")
        dtype = factor_dtype(dtype_of(args[0].type), "np.linalg.eigh")
        return (
            Array(dtype, (*lead, size, size))
            if vectors
            else Array(real_dtype(dtype), (*lead, size))
        )

    return infer


def _is_lower(call: Call) -> bool:
    """NumPy's option, or SciPy's."""
    return bool(call.statics.get("UPLO", "L") == "L" and call.statics.get("lower", True))


def _values(call: Call) -> Atom:
    row = partners_of(call, (eigenvalues, eigenvectors))[0]
    return current().apply(row, call.args[0], **call.statics)


def _vectors(call: Call) -> Atom:
    row = partners_of(call, (eigenvalues, eigenvectors))[1]
    return current().apply(row, call.args[0], **call.statics)


def push_values(call: Call, tangents: Sequence[Atom | None]) -> Atom | None:
    """ẇ = diag(Vᴴ Ȧ V)."""
    if tangents[0] is None:
        return None
    vectors, change = _vectors(call), mirrored(tangents[0], _is_lower(call))
    sums = current().apply(
        lookup("sum"), as_atom(conjugated(vectors) * product(change, vectors)), axis=-2
    )
    return fit_tangent(call.target, real_part(sums))


def pull_values(call: Call, y_bar: Atom, wanted: Sequence[bool]) -> list[Atom | None]:
    """Ā = conj(V) diag(w̄) Vᵀ."""
    vectors = _vectors(call)
    full = product(as_atom(conjugated(vectors) * line(y_bar)), swapped(vectors))
    return [fit_cotangent(call.args[0], onto_triangle(full, _is_lower(call)))]


def _gaps(call: Call) -> Atom:
    """F: 1 / (wⱼ − wᵢ), and 0 on the diagonal."""
    values = _values(call)
    return reciprocal_gaps(as_atom(line(values) - column(values)))


def push_vectors(call: Call, tangents: Sequence[Atom | None]) -> Atom | None:
    """V̇ = V (F ∘ (Vᴴ Ȧ V)), and its phase."""
    if tangents[0] is None:
        return None
    vectors, change = call.target, mirrored(tangents[0], _is_lower(call))
    inner = product(hermitian(vectors), change, vectors)
    moved = product(vectors, as_atom(_gaps(call) * inner))
    return fit_tangent(vectors, turned(moved, vectors) if is_complex(vectors.type) else moved)


def pull_vectors(call: Call, y_bar: Atom, wanted: Sequence[bool]) -> list[Atom | None]:
    """Ā = conj(V) (F ∘ (Vᵀ V̄)) Vᵀ."""
    vectors = call.target
    if is_complex(vectors.type):
        y_bar = turned_back(y_bar, vectors)
    inner = as_atom(_gaps(call) * product(swapped(vectors), y_bar))
    full = product(conjugated(vectors), inner, swapped(vectors))
    return [fit_cotangent(call.args[0], onto_triangle(full, _is_lower(call)))]


eigenvalues: Primitive = general(
    "eigenvalues",
    lambda x, UPLO="L": np.linalg.eigh(x, UPLO)[0],  # noqa: N803 - NumPy's name
    infer=infer_eigen(vectors=False),
    spelling=Spelling("np.linalg.eigh(_0)[0]", results=2),
    pushforward=push_values,
    pullback=pull_values,
    defaults={"UPLO": "L"},
    holomorphic=False,
    samples=_SAMPLES,
)
eigenvectors: Primitive = general(
    "eigenvectors",
    lambda x, UPLO="L": np.linalg.eigh(x, UPLO)[1],  # noqa: N803
    infer=infer_eigen(vectors=True),
    spelling=Spelling("np.linalg.eigh(_0)[1]", results=2),
    pushforward=push_vectors,
    pullback=pull_vectors,
    defaults={"UPLO": "L"},
    holomorphic=False,
    samples=_SAMPLES,
)
eigvalsh: Primitive = general(
    "eigvalsh",
    lambda x, UPLO="L": np.linalg.eigvalsh(x, UPLO),  # noqa: N803
    infer=infer_eigen(vectors=False),
    spelling=Spelling("np.linalg.eigvalsh(_0)"),
    pushforward=push_values,
    pullback=pull_values,
    defaults={"UPLO": "L"},
    holomorphic=False,
    samples=_SAMPLES,
)


# --- the user's functions ------------------------------------------------------------------------


def _triangle_read(uplo: Any) -> dict[str, Any]:
    letter = static(uplo, "UPLO")
    if letter not in ("L", "U", "l", "u"):
        raise ArgumentError(f"UPLO={letter!r} is neither 'L' nor 'U'.", write="UPLO='L'")
    return {} if letter in "Ll" else {"UPLO": "U"}


def _eigh(a: Any, UPLO: Any = "L") -> Branch:  # noqa: N803
    x, statics = array_like(a), _triangle_read(UPLO)
    cls: Any = type(np.linalg.eigh(np.eye(1)))
    rows = (eigenvalues, eigenvectors)
    found = tuple(current().apply(row, x, **statics) for row in rows)
    return Branch("namedtuple", cls._fields, found, cls)


def _eigvalsh(a: Any, UPLO: Any = "L") -> Atom:  # noqa: N803
    return current().apply(eigvalsh, array_like(a), **_triangle_read(UPLO))


FUNCTIONS: dict[Any, Any] = {
    np.linalg.eigh: _eigh,
    np.linalg.eigvalsh: _eigvalsh,
}
