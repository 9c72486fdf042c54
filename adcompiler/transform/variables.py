"""Derivative variables: named after their primal, zero where they are absent."""

from __future__ import annotations

from adcompiler.ir.builder import current
from adcompiler.ir.nodes import PRIMAL
from adcompiler.ir.primitive import lookup
from adcompiler.ir.types import (
    Array,
    List,
    NumpyScalar,
    Sequence,
    Type,
    dtype_of,
    is_complex,
    is_inexact,
    is_number,
    shape_of,
)
from adcompiler.ir.values import Atom, Constant, Variable, is_unbound
from adcompiler.primitives.lists import zeros


def name_after(derivative: Atom, primal: Atom, mark: str) -> Atom:
    """Let a fresh temporary be named after the variable whose derivative it is."""
    if (
        isinstance(derivative, Variable)
        and isinstance(primal, Variable)
        and derivative.name is None
        and not derivative.mark
        and derivative is not primal
        and _is_new(derivative)
    ):
        derivative.mark_as(primal, mark)
    return derivative


def _is_new(derivative: Variable) -> bool:
    """True for what a rule just computed; a partial may be a primal value, which keeps its name."""
    call = current().definition(derivative)
    return call is not None and call.role != PRIMAL


def type_of_derivative(type: Type) -> Type:
    """What a derivative is held as: that of an array without axes is a number, as arithmetic gives it."""
    if isinstance(type, Array) and not type.shape:
        return NumpyScalar(type.dtype)
    return type


def held(derivative: Atom, joined: Type | None = None) -> Atom:
    """The derivative as what a loop carries or branches join: a number, of the precision of the others."""
    have = derivative.type
    if not isinstance(have, (NumpyScalar, Array)):
        return derivative
    wanted = have.dtype
    if joined is not None and isinstance(joined, (NumpyScalar, Array)):
        wanted = joined.dtype if joined.dtype.kind == have.dtype.kind else wanted
    if wanted == have.dtype and (shape_of(have) or isinstance(have, NumpyScalar)):
        return derivative
    row = "cast" if shape_of(have) else "as_numpy_scalar"
    return current().apply(lookup(row), derivative, dtype=wanted)


def zero_like(primal: Atom, joined: Type | None = None) -> Atom:
    """A zero with the type of `primal` (or of the variable it is `joined` to), where a value is needed.

    A sequence has none: whatever consumes one stands under the condition under which it was collected.
    """
    if is_unbound(primal):
        return primal
    if isinstance(primal.type, Sequence) or is_placeholder(primal):
        return placeholder(primal.type)
    if isinstance(primal.type, List):
        return zeros(primal)
    if shape_of(primal.type) == ():
        return Constant.of(0j if is_complex(joined or primal.type) else 0.0)
    return current().apply(lookup("zeros_like"), primal)


def placeholder(type: Type) -> Constant:
    """What the other arm of a branch yields for a value that only one arm has: nobody reads it."""
    if is_number(type) and shape_of(type) == ():
        kind = dtype_of(type).kind
        return Constant({"b": False, "i": 0, "u": 0, "c": 0j}.get(kind, 0.0), type)
    return Constant(None, type)


def is_placeholder(atom: Atom) -> bool:
    return is_unbound(atom) or (isinstance(atom, Constant) and atom.value is None)


def holds_complex(type: Type) -> bool:
    """True for complex values, and for lists of them."""
    while isinstance(type, List):
        type = type.element
    return is_complex(type)


def carries_derivative(type: Type) -> bool:
    """True for floating values and for sequences of them."""
    while isinstance(type, Sequence):
        type = type.element
    return is_inexact(type)
