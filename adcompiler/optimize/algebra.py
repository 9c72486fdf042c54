"""Exact identities of signs, zeros, ones and literal numbers, one function each.

Floating-point arithmetic rounds symmetrically, so signs move freely: ``(-a) * b``, ``a * (-b)``
and ``-(a * b)`` are the same bits, as are ``x + (-y)`` and ``x - y``.  Only the sign of a zero
result may differ.  Nothing is reassociated but products of literals that are exact, and nothing
is multiplied away by zero: 0 · inf is NaN.  A rule returns None where it does not apply.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable

from adcompiler.ir.nodes import Call
from adcompiler.ir.values import Atom, Constant
from adcompiler.optimize.definitions import (
    Definitions,
    Rewritten,
    after,
    both_ways,
    handed_on,
    instead,
    is_float,
    number,
    one,
    same_shape,
    step,
    with_operand,
)
from adcompiler.optimize.factors import OF_PRODUCTS, OF_QUOTIENTS
from adcompiler.optimize.sameness import same_atom

Rule = Callable[[Definitions, Call], Rewritten | None]

_OPERATIONS: dict[str, Callable[..., float]] = {
    "add": operator.add,
    "subtract": operator.sub,
    "multiply": operator.mul,
    "divide": operator.truediv,
    "negative": operator.neg,
}


def literals(_: Definitions, s: Call) -> Rewritten | None:
    """``3.0 - 1.0`` → ``2.0``."""
    values = [number(atom) for atom in s.args]
    known = [value for value in values if value is not None]
    if len(known) < len(values) or (s.primitive.name == "divide" and not known[1]):
        return None
    value = _OPERATIONS[s.primitive.name](*known)
    return handed_on(s, Constant.of(value)) if math.isfinite(value) else None


def factor_of_one(_: Definitions, s: Call) -> Rewritten | None:
    """``1.0 * x`` → ``x``, ``x * (-1.0)`` → ``-x``."""
    for factor, other in both_ways(s):
        if number(factor) == 1:
            return handed_on(s, other)
        if number(factor) == -1:
            return one(instead(s, "negative", other))
    return None


def divisor_of_one(_: Definitions, s: Call) -> Rewritten | None:
    """``x / 1.0`` → ``x``."""
    value, divisor = s.args
    if number(divisor) == 1:
        return handed_on(s, value)
    return one(instead(s, "negative", value)) if number(divisor) == -1 else None


def sign_of_factor(definitions: Definitions, s: Call) -> Rewritten | None:
    """``(-a) * b`` → ``-(a * b)``, ``2.0 * (-a)`` → ``-2.0 * a``; likewise of a quotient."""
    name = s.primitive.name
    for position, atom in enumerate(s.args):
        other = s.args[1 - position]
        literal = number(other)
        negated = definitions.own(atom, "negative")
        if negated is not None and literal and (name == "multiply" or position == 1):
            return one(instead(s, name, Constant.of(-literal), negated.args[0]))
        if not same_shape(atom, s.target):
            continue  # the sign of a number is cheaper than that of an array
        if negated is not None:
            return _negated(s, name, *with_operand(s.args, position, negated.args[0]))
        if literal is None and (opposite := _opposite(definitions, atom)):
            args = with_operand(s.args, position, opposite[-1].target)
            return after(opposite, _negated(s, name, *args))
    return None


def term_of_zero(definitions: Definitions, s: Call) -> Rewritten | None:
    """``x + 0.0`` → ``x``, also where the zero is an array of zeros that the compiler made."""
    for term, other in both_ways(s):
        zeros = definitions.of(term, "zeros_like", "fill_like")
        if number(term) == 0 or (
            zeros is not None
            and (zeros.primitive.name == "zeros_like" or number(zeros.args[0]) == 0)
        ):
            found = handed_on(s, other)
            if found is not None:
                return found
    return None


def twice(_: Definitions, s: Call) -> Rewritten | None:
    """``x + x`` → ``2.0 * x``."""
    a, b = s.args
    if a is not b or not is_float(s):
        return None
    return one(instead(s, "multiply", Constant.of(2.0), a))


def sum_with_negative(definitions: Definitions, s: Call) -> Rewritten | None:
    """``x + (-y)`` → ``x - y``, ``-x + y`` → ``y - x``, ``x + (-2.0) * y`` → ``x - 2.0 * y``."""
    for term, other in reversed(both_ways(s)):
        negated = definitions.of(term, "negative")
        if negated is not None and _together(s, negated):
            return one(instead(s, "subtract", other, negated.args[0]))
        opposite = _opposite(definitions, term)
        if opposite and _together(s, opposite[-1]):
            return after(opposite, one(instead(s, "subtract", other, opposite[-1].target)))
    return None


def difference_with_zero(_: Definitions, s: Call) -> Rewritten | None:
    """``x - 0.0`` → ``x``, ``0.0 - x`` → ``-x``."""
    a, b = s.args
    if number(b) == 0:
        return handed_on(s, a)
    return one(instead(s, "negative", b)) if number(a) == 0 else None


def difference_with_negative(definitions: Definitions, s: Call) -> Rewritten | None:
    """``x - (-y)`` → ``x + y``, ``-x - y`` → ``-(x + y)``."""
    a, b = s.args
    negated = definitions.of(b, "negative")
    if negated is not None and _together(s, negated):
        return one(instead(s, "add", a, negated.args[0]))
    opposite = _opposite(definitions, b)
    if opposite and _together(s, opposite[-1]):
        return after(opposite, one(instead(s, "add", a, opposite[-1].target)))
    negated = definitions.own(a, "negative")
    if negated is None or not _together(s, negated) or not same_shape(a, s.target):
        return None
    return _negated(s, "add", negated.args[0], b)


def _together(s: Call, definition: Call) -> bool:
    """True where both belong to one statement of the user's: else x̄ is accumulated line by line."""
    return s.origin.statement == definition.origin.statement


def negative_of(definitions: Definitions, s: Call) -> Rewritten | None:
    """``--x`` → ``x``, ``-(x - y)`` → ``y - x``, ``-(2.0 * x)`` → ``-2.0 * x``."""
    (value,) = s.args
    negated = definitions.of(value, "negative")
    if negated is not None:
        return handed_on(s, negated.args[0])
    difference = definitions.own(value, "subtract")
    if difference is not None:
        return one(instead(s, "subtract", difference.args[1], difference.args[0]))
    product = definitions.own(value, "multiply", "divide")
    for position, atom in enumerate(product.args) if product is not None else ():
        literal = number(atom)
        if (
            product is not None
            and literal
            and (product.primitive.name == "multiply" or position == 0)
        ):
            args = with_operand(product.args, position, Constant.of(-literal))
            return one(instead(s, product.primitive.name, *args))
    return None


def first_power(_: Definitions, s: Call) -> Rewritten | None:
    """``x ** 1`` → ``x``."""
    return handed_on(s, s.args[0]) if number(s.args[1]) == 1 else None


def equal_choices(_: Definitions, s: Call) -> Rewritten | None:
    """``where(c, x, x)`` → ``x``."""
    return handed_on(s, s.args[1]) if same_atom(s.args[1], s.args[2]) else None


RULES: dict[str, tuple[Rule, ...]] = {
    "add": (literals, term_of_zero, twice, sum_with_negative),
    "subtract": (literals, difference_with_zero, difference_with_negative),
    "multiply": (literals, factor_of_one, *OF_PRODUCTS, sign_of_factor),
    "divide": (literals, divisor_of_one, *OF_QUOTIENTS, sign_of_factor),
    "negative": (literals, negative_of),
    "power": (first_power,),
    "where": (equal_choices,),
}


def _negated(s: Call, name: str, *args: Atom) -> list[Call] | None:
    """``-(name(args))`` with the target of `s`."""
    positive = step(s, name, *args)
    return after([positive], one(instead(s, "negative", positive.target)))


def _opposite(definitions: Definitions, atom: Atom, depth: int = 1) -> list[Call] | None:
    """Statements that compute ``2.0 * y`` for an `atom` that is ``-2.0 * y`` and read only here."""
    call = definitions.own(atom, "multiply", "divide")
    for position, factor in enumerate(call.args) if call is not None else ():
        literal, negated = number(factor), definitions.own(factor, "negative")
        before: list[Call] = []
        if literal is not None and literal < 0:
            positive: Atom = Constant.of(-literal)
        elif negated is not None:
            positive = negated.args[0]
        elif depth and (inner := _opposite(definitions, factor, depth - 1)):
            before, positive = inner, inner[-1].target
        else:
            continue
        assert call is not None
        return [
            *before,
            step(call, call.primitive.name, *with_operand(call.args, position, positive)),
        ]
    return None
