"""When two values are built alike, down to their leaves."""

from __future__ import annotations

from adcompiler.errors import UnsupportedSyntaxError
from adcompiler.frontend.bound import Bound, Undefined, as_unbound, describe
from adcompiler.frontend.settled import settled
from adcompiler.ir.structure import Branch
from adcompiler.ir.types import is_number
from adcompiler.ir.values import Constant


def same_form(a: Bound, b: Bound) -> tuple[Bound, Bound]:
    """Check that two bound values are built alike down to their leaves."""
    if isinstance(a, Undefined) or isinstance(b, Undefined):
        first, second = _filled(a, b), _filled(b, a)
        if first is not None and second is not None:
            return first, second
        reason = Undefined("only one arm of a branch gives it a value")
        return reason, reason
    if a is b:
        return a, b
    if isinstance(a, Branch) and isinstance(b, Branch) and a.form == b.form:
        pairs = [same_form(x, y) for x, y in zip(a.children, b.children, strict=True)]
        return a.rebuilt(tuple(p[0] for p in pairs)), b.rebuilt(tuple(p[1] for p in pairs))
    if isinstance(a, Branch) or isinstance(b, Branch):
        raise different(a, b)
    return a, b


def different(a: Bound, b: Bound) -> UnsupportedSyntaxError:
    for bound in (a, b):
        settled(bound, "what a branch chooses")
    return UnsupportedSyntaxError(
        f"the two arms of a branch give {describe(a)} and {describe(b)}.",
        why="which of the two it is would only be known at run time.",
        write="the same structure (same length, same keys) in both arms",
    )


def _filled(bound: Bound, other: Bound) -> Bound | None:
    """What is not bound as something of the form of `other`, which is; None where numbers cannot stand for it."""
    return as_unbound(other) if isinstance(bound, Undefined) else bound


def same_constant(a: Bound, b: Bound) -> bool:
    return (
        isinstance(a, Constant)
        and isinstance(b, Constant)
        and type(a.value) is type(b.value)
        and (a.value is b.value or (is_number(a.type) and repr(a.value) == repr(b.value)))
    )
