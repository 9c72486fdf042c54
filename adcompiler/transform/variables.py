"""Derivative variables: named after their primal, zero where they are absent."""

from __future__ import annotations

from adcompiler.ir.builder import current
from adcompiler.ir.nodes import PRIMAL
from adcompiler.ir.primitive import lookup
from adcompiler.ir.types import shape_of
from adcompiler.ir.values import Atom, Constant, Variable, is_unbound


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


def zero_like(primal: Atom) -> Atom:
    """A zero with the type of `primal`, where a value is needed."""
    if is_unbound(primal):
        return primal
    if shape_of(primal.type) == ():
        return Constant.of(0.0)
    return current().apply(lookup("zeros_like"), primal)
