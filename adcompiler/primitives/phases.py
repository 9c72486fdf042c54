"""The phases of complex vectors: which component of a factor is real, and what keeps it real.

An eigenvector or singular vector is determined up to a complex number of modulus 1. LAPACK chooses that
number so that one component is real, and a derivative of what NumPy computes keeps it real: the
identities of the factorisations give a change u̇ up to a multiple i b u of the vector, and
b = Im u̇ₖ / uₖ for the component k (`phase_pivots`). A function that does not depend on the phases has the
same derivative with any other choice.
"""

from __future__ import annotations

from collections.abc import Sequence

from adcompiler.ir.builder import current
from adcompiler.ir.primitive import Infer, Primitive, Spelling, Statics, lookup
from adcompiler.ir.types import Array, Type, dtype_of, shape_of
from adcompiler.ir.values import Atom, as_atom
from adcompiler.primitives.complex_numbers import real_dtype
from adcompiler.primitives.kinds import inert
from adcompiler.primitives.matrices import hermitian, imaginary_part, real_part
from adcompiler.primitives.samples import Sample
from adcompiler.runtime.eigen import joint_pivots as runtime_joint
from adcompiler.runtime.eigen import phase_pivots as runtime_pivots


def _infer_pivots(args: Sequence[Atom], statics: Statics) -> Type:
    return Array(real_dtype(dtype_of(args[0].type)), shape_of(args[0].type))


_PAIR = [[0.6 + 0.1j, 0.5 + 0.1j], [0.2 + 0.8j, 0.9 - 0.3j]]
_OTHER = [[0.3 + 0.1j, 1.5 + 0.1j], [0.2 + 0.4j, 0.1 - 0.3j]]
phase_pivots: Primitive = inert(
    "phase_pivots",
    runtime_pivots,
    infer=_infer_pivots,
    spelling=Spelling("phase_pivots(_0)"),
    samples=(Sample((_PAIR,)), Sample(([_PAIR, _PAIR],)), Sample(([[1j]],))),
    description="ones where the phase of each column is fixed",
)


def over_columns(x: Atom) -> Atom:
    """One number for each column, ready to scale columns."""
    return current().apply(lookup("sum"), x, axis=-2, keepdims=True)


def pivots_of(vectors: Atom) -> Atom:
    return current().apply(phase_pivots, vectors)


def _pivot_values(vectors: Atom, pivots: Atom) -> Atom:
    return over_columns(as_atom(pivots * real_part(vectors)))


def turned(change: Atom, vectors: Atom) -> Atom:
    """u̇ − i b u, of which the pivot is real."""
    pivots = pivots_of(vectors)
    moved = over_columns(as_atom(pivots * imaginary_part(change)))
    return as_atom(change - 1j * (vectors * (moved / _pivot_values(vectors, pivots))))


def turned_back(y_bar: Atom, vectors: Atom) -> Atom:
    """The adjoint of `turned`: ū = ȳ − i eₖ Im(ȳᵀ u) / uₖ."""
    pivots = pivots_of(vectors)
    moved = imaginary_part(over_columns(as_atom(y_bar * vectors)))
    return as_atom(y_bar - 1j * (pivots * (moved / _pivot_values(vectors, pivots))))


# --- the common phase of two singular vectors -----------------------------------------------------


def _infer_joint(part: int) -> Infer:
    def infer(args: Sequence[Atom], statics: Statics) -> Type:
        shape = shape_of(args[part].type)
        lengths = shape if part == 0 else (*shape[:-2], shape[-1], shape[-2])
        return Array(real_dtype(dtype_of(args[0].type)), lengths)

    return infer


def _joint(name: str, part: int) -> Primitive:
    return inert(
        name,
        lambda left, right: runtime_joint(left, right)[part],
        infer=_infer_joint(part),
        spelling=Spelling(f"joint_pivots(_0, _1)[{part}]", results=2),
        samples=(Sample((_PAIR, _OTHER)), Sample(([_PAIR, _OTHER], [_OTHER, _PAIR]))),
        description="ones where the phase of a pair of singular vectors is fixed",
    )


_PIVOTS = _joint("left_pivots", 0), _joint("right_pivots", 1)


def _joint_pivots(left: Atom, right: Atom) -> tuple[Atom, Atom, Atom]:
    """Of U and of V, and the values that stand there."""
    ours, theirs = (current().apply(row, left, right) for row in _PIVOTS)
    values = _pivot_sum(ours, theirs, real_part(left), real_part(hermitian(right)))
    return ours, theirs, values


def _pivot_sum(ours: Atom, theirs: Atom, left: Atom, right: Atom) -> Atom:
    return as_atom(over_columns(as_atom(ours * left)) + over_columns(as_atom(theirs * right)))


def common_turn(changes: tuple[Atom, Atom], left: Atom, right: Atom) -> Atom:
    """i b for the changes of U and of V."""
    ours, theirs, values = _joint_pivots(left, right)
    moved = _pivot_sum(ours, theirs, *map(imaginary_part, changes))
    return as_atom(1j * (moved / values))


def common_turn_back(y_bar: Atom, vectors: Atom, left: Atom, right: Atom) -> tuple[Atom, Atom]:
    """What the cotangent of U or of V adds to those of U and of V: −i eₖ Im(ȳᵀ u) / uₖ."""
    ours, theirs, values = _joint_pivots(left, right)
    moved = as_atom(imaginary_part(over_columns(as_atom(y_bar * vectors))) / values)
    return as_atom(-1j * (ours * moved)), as_atom(-1j * (theirs * moved))
