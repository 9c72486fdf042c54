"""Comparisons: of numbers and arrays, of what is known, of objects by their own methods."""

from __future__ import annotations

import operator as operator_module
from collections.abc import Callable
from functools import partial
from typing import Any

from adcompiler.errors import UnsupportedValueError
from adcompiler.frontend.bound import Bound, describe, plain
from adcompiler.frontend.branches import branch, going_on
from adcompiler.frontend.conditions import as_condition, negated, spelled
from adcompiler.frontend.frame import Frame
from adcompiler.frontend.function_choice import FunctionChoice
from adcompiler.frontend.objects import by_comparison, by_method
from adcompiler.frontend.optional import is_none, is_optional, present, value_of
from adcompiler.frontend.questions import both_numbers, identity, is_flag, never_equal
from adcompiler.frontend.settled import settled
from adcompiler.frontend.texts import refuse_text
from adcompiler.ir.builder import current
from adcompiler.ir.primitive import lookup
from adcompiler.ir.structure import Branch, leaves
from adcompiler.ir.types import is_number, is_scalar
from adcompiler.ir.values import Atom, Constant, Variable
from adcompiler.primitives.membership import is_none_of, is_one_of

_KNOWN_COMPARISONS: dict[str, Callable[[Any, Any], Any]] = {
    "Eq": operator_module.eq,
    "NotEq": operator_module.ne,
    "Lt": operator_module.lt,
    "LtE": operator_module.le,
    "Gt": operator_module.gt,
    "GtE": operator_module.ge,
}
_COMPARISONS = {
    "Eq": "equal",
    "NotEq": "not_equal",
    "Lt": "less",
    "LtE": "less_equal",
    "Gt": "greater",
    "GtE": "greater_equal",
}


def one_comparison(frame: Frame, operator: str, left: Bound, right: Bound) -> Bound:
    """`left operator right`, known or computed."""
    if is_optional(left) or is_optional(right):
        return _with_none(frame, operator, left, right)
    for choice, compared in (
        (left, lambda function: one_comparison(frame, operator, function, right)),
        (right, lambda function: one_comparison(frame, operator, left, function)),
    ):
        if isinstance(choice, FunctionChoice):
            arms = (partial(compared, choice.then), partial(compared, choice.orelse))
            return branch(frame, choice.condition, *arms)
    for bound in (left, right):
        settled(bound, "what is compared")
    found = by_comparison(frame, operator, left, right)
    if found is not None:
        return found
    known = isinstance(left, Constant) and isinstance(right, Constant)
    if operator in ("Is", "IsNot"):
        for constant, flag in ((left, right), (right, left)):
            if is_flag(constant, flag):
                same = constant.value == (operator == "Is")
                return flag if same else negated(frame, flag)
        return Constant.of(identity(left, right) == (operator == "Is"))
    if operator in ("In", "NotIn"):
        found = by_method(frame, right, "__contains__", left)
        if found is not None:
            return found if operator == "In" else negated(frame, found)
        return _membership(operator, left, right)
    for bound in (left, right):
        refuse_text(bound, "the comparison")
    numbers = known and is_number(left.type) and is_number(right.type)
    if known and not numbers and operator in ("Eq", "NotEq"):
        return Constant.of((left.value == right.value) == (operator == "Eq"))
    if known and is_scalar(left.type) and is_scalar(right.type):
        return Constant.of(bool(_KNOWN_COMPARISONS[operator](left.value, right.value)))
    if all(isinstance(b, Branch) and b.kind in ("tuple", "list") for b in (left, right)):
        return _sequences(frame, operator, left, right)
    if not both_numbers(left, right):
        never_equal(left, right)
        if operator in ("Eq", "NotEq"):
            return Constant.of(operator == "NotEq")
        raise UnsupportedValueError(
            f"{describe(left)} is compared with {describe(right)}.",
            why="comparisons are followed between numbers and arrays.",
            write="compare the elements",
        )
    now = frame.program.memory.now
    with spelled("python"):
        return current().apply(lookup(_COMPARISONS[operator]), now(left), now(right))


def _with_none(frame: Frame, operator: str, left: Bound, right: Bound) -> Bound:
    """A comparison of what may be None: with None itself, or of the value that is there."""
    for perhaps, other in ((left, right), (right, left)):
        none = isinstance(other, Constant) and other.value is None
        if none and operator in ("Is", "IsNot", "Eq", "NotEq"):
            same = operator in ("Is", "Eq")
            return is_none(perhaps) if same else negated(frame, is_none(perhaps))
    if operator in ("Eq", "NotEq") and is_optional(left) != is_optional(right):
        perhaps, other = (left, right) if is_optional(left) else (right, left)
        return going_on(
            branch(
                frame,
                is_none(perhaps),
                lambda: Constant.of(operator == "NotEq"),
                lambda: one_comparison(frame, operator, value_of(perhaps), other),
            )
        )
    return one_comparison(frame, operator, present(frame, left), present(frame, right))


def _sequences(frame: Frame, operator: str, left: Branch, right: Branch) -> Bound:
    """Two tuples or two lists: known ones as Python does, others element by element."""
    if all(isinstance(leaf, Constant) for leaf in (*leaves(left), *leaves(right))):
        compared = _KNOWN_COMPARISONS[operator]
        try:
            return Constant.of(compared(plain(left), plain(right)))
        except TypeError as error:
            raise UnsupportedValueError(
                f"{error}.", why="Python would raise TypeError here.", write="elements of one kind"
            ) from None
    if operator not in ("Eq", "NotEq"):
        raise UnsupportedValueError(
            f"{describe(left)} is ordered against {describe(right)}.",
            why="the first elements that differ decide, which are only known at run time.",
            write="a comparison of the elements",
        )
    alike = left.kind == right.kind and len(left.children) == len(right.children)

    def from_here(pairs: list[tuple[Bound, Bound]]) -> Bound:
        if not pairs:
            return Constant.of(True)
        equal = as_condition(frame, one_comparison(frame, "Eq", *pairs[0]))
        return branch(frame, equal, lambda: from_here(pairs[1:]), lambda: Constant.of(False))

    found = (
        from_here(list(zip(left.children, right.children, strict=True)))
        if alike
        else Constant.of(False)
    )
    return found if operator == "Eq" else negated(frame, found)


def _is_number(atom: Atom) -> bool:
    return is_number(atom.type) and is_scalar(atom.type)


def _among(operator: str, left: Atom, others: list[Atom]) -> Atom:
    """`in` or `not in`, decided here where enough is known."""
    inside = operator == "In"
    if any(other is left for other in others if isinstance(other, Variable)):
        return Constant.of(inside)  # also a nan is in the list that holds it
    if isinstance(left, Constant):
        if any(isinstance(o, Constant) and o.value == left.value for o in others):
            return Constant.of(inside)
        others = [o for o in others if not isinstance(o, Constant)]
    if not others:
        return Constant.of(not inside)
    with spelled("python"):
        return current().apply(is_one_of if inside else is_none_of, left, *others)


def _membership(operator: str, left: Bound, right: Bound) -> Bound:
    if isinstance(left, Constant) and isinstance(right, Branch):
        if right.kind == "dict":
            return Constant.of((left.value in right.keys) == (operator == "In"))
        if all(isinstance(child, Constant) for child in right.children):
            return Constant.of(
                (left.value in [c.value for c in right.children]) == (operator == "In")
            )
    if isinstance(left, Constant) and isinstance(right, Constant):
        return Constant.of((left.value in right.value) == (operator == "In"))
    inside = right.children if isinstance(right, Branch) and right.kind in ("tuple", "list") else ()
    if inside and all(isinstance(b, Atom) and _is_number(b) for b in (left, *inside)):
        return _among(operator, left, list(inside))
    raise UnsupportedValueError(
        f"`in` looks for {describe(left)} in {describe(right)}.",
        why="membership is decided while compiling: keys, strings and known constants.",
        write="an explicit comparison, such as (x == a) or (x == b)",
    )
