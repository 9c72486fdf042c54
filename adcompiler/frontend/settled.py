"""A container that two paths leave with different elements is not read: how many it has is only known in the run."""

from __future__ import annotations

from adcompiler.errors import UnsupportedSyntaxError
from adcompiler.frontend.bound import Bound, Undefined, describe
from adcompiler.frontend.either import is_spoiled
from adcompiler.ir.structure import Branch


def settled(bound: Bound, name: str) -> Bound:
    """`bound` itself, which `name` reads; refused where it is not the same on all paths to this point."""
    missing = bound if isinstance(bound, Undefined) else _unsettled(bound)
    if missing is None:
        return bound
    if missing is bound:
        raise UnsupportedSyntaxError(
            f"`{name}` may be used before it has a value.",
            why=missing.reason,
            write=missing.write
            or f"a value for `{name}` before the branch, or in both of its arms",
        )
    raise UnsupportedSyntaxError(
        f"`{name}` is {describe(bound)} whose elements depend on a branch.",
        why=missing.reason + ".",
        write=missing.write
        or "as many elements in both arms, or an array of the greatest length and a count",
    )


def _unsettled(bound: Bound) -> Undefined | None:
    if not isinstance(bound, Branch) or not (bound.kind in ("list", "dict") or is_spoiled(bound)):
        return None
    return next((child for child in bound.children if isinstance(child, Undefined)), None)
