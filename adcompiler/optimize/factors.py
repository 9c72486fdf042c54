"""Where literal factors stand: outermost, as one number, and on as few elements as may be.

Scaling by a power of two rounds nothing (short of overflow), so it moves freely through products
and quotients; other literals only meet where their own product is exact.
"""

from __future__ import annotations

import math
from fractions import Fraction

from adcompiler.ir.nodes import Call
from adcompiler.ir.types import dtype_of, shape_of
from adcompiler.ir.values import Constant
from adcompiler.optimize.definitions import (
    Definitions,
    Rewritten,
    after,
    both_ways,
    instead,
    is_float,
    number,
    one,
    same_shape,
    step,
    with_operand,
)


def literal_factors(definitions: Definitions, s: Call) -> Rewritten | None:
    """``2.0 * (3.0 * x)`` → ``6.0 * x``, where the product of the literals is exact."""
    for factor, other in both_ways(s):
        inner = definitions.own(other, "multiply")
        if number(factor) is None or inner is None or not is_float(s):
            continue
        for literal, rest in both_ways(inner):
            product = _product(number(factor), number(literal))
            if product is not None:
                return one(instead(s, "multiply", product, rest))
    return None


def literal_of_quotient(definitions: Definitions, s: Call) -> Rewritten | None:
    """``2.0 * (1.0 / x)`` → ``2.0 / x``, ``2.0 * (x / 4.0)`` → ``0.5 * x``."""
    for factor, other in both_ways(s):
        quotient = definitions.own(other, "divide")
        if quotient is None or not _is_power_of_two(number(factor)) or not is_float(s):
            continue
        over, under = quotient.args
        numerator = _product(number(factor), number(over))
        if numerator is not None:
            return one(instead(s, "divide", numerator, under))
        scale = _quotient(number(factor), number(under))
        if scale is not None:
            return one(instead(s, "multiply", scale, over))
    return None


def literal_under_literal(definitions: Definitions, s: Call) -> Rewritten | None:
    """``(6.0 * x) / 2.0`` → ``3.0 * x``."""
    product = definitions.own(s.args[0], "multiply")
    for literal, rest in both_ways(product) if product is not None and is_float(s) else ():
        scale = _quotient(number(literal), number(s.args[1]))
        if scale is not None:
            return one(instead(s, "multiply", scale, rest))
    return None


def literal_outwards(definitions: Definitions, s: Call) -> Rewritten | None:
    """``(2.0 * x) * y`` → ``2.0 * (x * y)``, ``(x / 2.0) * y`` → ``(x * y) / 2.0``.

    Not from a number to an array, which would be more work.
    """
    name = s.primitive.name
    for position, atom in enumerate(s.args[:1] if name == "divide" else s.args):
        scaled = definitions.own(atom, "multiply", "divide")
        if scaled is None or not is_float(s) or number(s.args[1 - position]) is not None:
            continue
        for literal, rest in reversed(both_ways(scaled)):
            if not _is_power_of_two(number(literal)) or not same_shape(rest, s.target):
                continue
            inner = step(s, name, *with_operand(s.args, position, rest))
            if scaled.primitive.name == "multiply":
                return after([inner], one(instead(s, "multiply", literal, inner.target)))
            if literal is scaled.args[1]:
                return after([inner], one(instead(s, "divide", inner.target, literal)))
    return None


def literal_onto_number(definitions: Definitions, s: Call) -> Rewritten | None:
    """``2.0 * (c * a)`` and ``c * (2.0 * a)`` → ``(2.0 * c) * a`` for a number c and an array a.

    One operation on all elements is saved.
    """
    for factor, other in both_ways(s):
        product = definitions.own(other, "multiply")
        if product is None or shape_of(factor.type) or not is_float(s):
            continue
        for inner, array in both_ways(product):
            literal, scalar = (factor, inner) if number(inner) is None else (inner, factor)
            if (
                not _is_power_of_two(number(literal))
                or shape_of(scalar.type)
                or not shape_of(array.type)
                # in another precision, the number would be rounded elsewhere
                or dtype_of(scalar.type) != dtype_of(s.target.type)
            ):
                continue
            scaled = step(s, "multiply", literal, scalar)
            return after([scaled], one(instead(s, "multiply", scaled.target, array)))
    return None


OF_PRODUCTS = (literal_factors, literal_of_quotient, literal_outwards, literal_onto_number)
OF_QUOTIENTS = (literal_under_literal, literal_outwards)


def _is_power_of_two(value: float | None) -> bool:
    return value is not None and math.isfinite(value) and abs(math.frexp(value)[0]) == 0.5


def _quotient(factor: float | None, divisor: float | None) -> Constant | None:
    """``factor / divisor``, where scaling by it gives the bits of the two operations."""
    if factor is None or not math.isfinite(factor) or not _is_power_of_two(divisor):
        return None
    assert divisor is not None
    scale = factor / divisor
    exact = math.isfinite(scale) and Fraction(scale) * Fraction(divisor) == Fraction(factor)
    return Constant.of(scale) if exact else None


def _product(a: float | None, b: float | None) -> Constant | None:
    """``a * b`` where that is exact."""
    if a is None or b is None or not (math.isfinite(a) and math.isfinite(b)):
        return None
    product = a * b
    if not math.isfinite(product) or Fraction(a) * Fraction(b) != Fraction(product):
        return None
    return Constant.of(product)
