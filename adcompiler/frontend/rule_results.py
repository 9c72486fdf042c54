"""What a user's rule returns, checked: the number of results, their containers, shapes and dtypes.

Errors are shown at the definition of the rule.
"""

from __future__ import annotations

import types
from collections.abc import Sequence
from typing import Any

from adcompiler.errors import ADError, ArgumentError
from adcompiler.frontend.bound import Bound, Closure, describe
from adcompiler.frontend.source import find_source
from adcompiler.ir.builder import current
from adcompiler.ir.primitive import lookup
from adcompiler.ir.structure import Branch, Structure
from adcompiler.ir.types import Array, PythonScalar, dtype_of, is_complex, is_number, shape_of
from adcompiler.ir.values import Atom, Constant


def refused(rule: Bound, fact: str, why: str, write: str) -> ADError:
    """An error at the head of the rule."""
    error = ArgumentError(fact, why=why, write=write)
    if isinstance(rule, Closure):
        return error.at(rule.source.origin_of(rule.node, rule.node))
    if isinstance(rule, Constant) and isinstance(rule.value, types.FunctionType):
        return error.at(find_source(rule.value).header)
    return error


def parts_of(
    result: Bound, rule: Bound, name: str, parts: Sequence[str], kind: str = ""
) -> tuple[Bound, ...]:
    """A result of so many parts."""
    if (
        isinstance(result, Branch)
        and result.kind in ("tuple", "list")
        and len(result.children) == len(parts)
    ):
        return result.children
    got = describe(result)
    if isinstance(result, Branch):
        got += f" of {len(result.children)}"
    comma = "," if len(parts) == 1 else ""
    raise refused(
        rule,
        f"a rule of `{name}` returns {got}.",
        f"it returns a tuple of {len(parts)}: {', '.join(parts)}.",
        f"return ({', '.join(parts)}{comma})"
        + ("     with None for a cotangent that is zero" if kind else ""),
    )


def entries(like: Structure, given: Bound, rule: Bound, what: str) -> list[Bound | None]:
    """One entry for each leaf of `like`, which `given` follows; None for a structural zero."""
    if isinstance(given, Constant) and given.value is None:
        return [None] * _count(like)
    if isinstance(like, Branch):
        if not isinstance(given, Branch) or given.form[:2] != like.form[:2]:
            raise refused(
                rule,
                f"{what} is {describe(given)}{_keys(given)}.",
                f"it belongs to {describe(like)}{_keys(like)} and must have the same structure.",
                "the same containers, with None for a part that is zero",
            )
        return [
            entry
            for a, b in zip(like.children, given.children, strict=True)
            for entry in entries(a, b, rule, what)
        ]
    if isinstance(given, Branch):
        raise refused(
            rule,
            f"{what} is {describe(given)}{_keys(given)}.",
            f"it belongs to {describe(like)}.",
            "one number or array",
        )
    return [given]


def _count(like: Structure) -> int:
    return sum(map(_count, like.children)) if isinstance(like, Branch) else 1


def _keys(bound: Bound) -> str:
    if not isinstance(bound, Branch):
        return ""
    if bound.kind in ("tuple", "list"):
        return f" of {len(bound.keys)}"
    return f" of {', '.join(map(repr, bound.keys))}"


def fitted(like: Atom, given: Any, rule: Bound, what: str, exact: bool = False) -> Atom | None:
    """A derivative with the shape and dtype of `like`, or the value itself (`exact`); None for a structural zero."""
    if given is None and not exact:
        return None
    if not isinstance(given, Atom) or not is_number(given.type) or is_complex(given.type):
        found = "nothing" if given is None else describe(given)
        raise refused(
            rule,
            f"{what} is {found}.",
            f"it belongs to {describe(like)}.",
            "a real number or array",
        )
    want, have = shape_of(like.type), shape_of(given.type)
    differ = len(want) != len(have) or any(
        m != n
        and (
            (m.constant is not None and n.constant is not None)
            or (m.is_one != n.is_one and (m.cannot_be_one or n.cannot_be_one))
        )
        for m, n in zip(want, have, strict=True)
    )
    if differ:
        raise refused(
            rule,
            f"{what} has the type {given.type}.",
            f"it belongs to {describe(like)}, and nothing is broadcast or summed here.",
            "the derivative with the shape of its value (None for zero)",
        )
    if isinstance(given.type, PythonScalar) and given.type.kind in ("int", "bool"):
        if isinstance(given, Constant):
            return Constant.of(float(given.value))
        return current().apply(lookup("to_float"), given)
    if want and want != have:
        given = current().apply(lookup("same_shape"), given, like)
    if isinstance(like.type, Array) and dtype_of(given.type) != like.type.dtype and want:
        if exact:
            raise refused(
                rule,
                f"{what} has the type {given.type}.",
                f"the function itself returns {describe(like)}.",
                "the same value as the function",
            )
        return current().apply(lookup("cast"), given, dtype=like.type.dtype)
    assert isinstance(given, Atom)
    return given
