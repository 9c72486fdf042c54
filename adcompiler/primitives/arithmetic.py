"""Arithmetic: the operators of Python and their NumPy spellings."""

from __future__ import annotations

import math
import operator
from collections.abc import Sequence
from typing import Any

import numpy as np

from adcompiler.ir.primitive import Primitive, Statics
from adcompiler.ir.types import FLOAT, PythonScalar, Type, is_number, shape_of
from adcompiler.ir.values import Atom, Constant
from adcompiler.primitives.exponential import log
from adcompiler.primitives.inert import as_float, equal, not_equal, trunc
from adcompiler.primitives.kinds import Over, Where, elementwise
from adcompiler.primitives.samples import NONZERO, POSITIVE, REAL, Domain
from adcompiler.primitives.selection import where
from adcompiler.primitives.shapes import elementwise_type, numbers

# away from multiples of each other, where the quotient's floor jumps
DIVIDEND = Domain(5.3, 5.7)
DIVISOR = Domain(2.1, 2.5)

add = elementwise(
    "add",
    np.add,
    array="_0 + _1",
    partials=(lambda y, a, b: 1.0, lambda y, a, b: 1.0),
    samples=(REAL, REAL),
)
subtract = elementwise(
    "subtract",
    np.subtract,
    array="_0 - _1",
    partials=(lambda y, a, b: 1.0, lambda y, a, b: -1.0),
    samples=(REAL, REAL),
)
multiply = elementwise(
    "multiply",
    np.multiply,
    array="_0 * _1",
    partials=(lambda y, a, b: b, lambda y, a, b: a),
    samples=(REAL, REAL),
)
divide = elementwise(
    "divide",
    np.divide,
    array="_0 / _1",
    python_kind="float",
    # ∂(a/b)/∂b = -a/b² = -y/b
    partials=(lambda y, a, b: Over(1.0, b), lambda y, a, b: -(y / b)),
    samples=(REAL, NONZERO),
    unbounded=True,
)
negative = elementwise(
    "negative", np.negative, array="-_0", partials=lambda y, x: -1.0, samples=(REAL,)
)
positive = elementwise(
    "positive", np.positive, array="+_0", partials=lambda y, x: 1.0, samples=(REAL,)
)


def _number(atom: Atom) -> int | float | None:
    """The value of a scalar constant (an array of exponents has no single value)."""
    if isinstance(atom, Constant) and is_number(atom.type) and not shape_of(atom.type):
        value = atom.value.item() if hasattr(atom.value, "item") else atom.value
        return value if isinstance(value, (int, float)) else None
    return None


def _infer_power(args: Sequence[Atom], statics: Statics) -> Type:
    numbers(args, "**")
    exponent = _number(args[1])
    if (
        type(exponent) is int
        and exponent < 0
        and all(isinstance(a.type, PythonScalar) for a in args)
    ):
        found = elementwise_type(np.power, args)
        return FLOAT if isinstance(found, PythonScalar) and found.kind == "int" else found
    return elementwise_type(np.power, args)


def base_partial(y: Atom, x: Atom, n: Atom) -> Any:
    """n·xⁿ⁻¹; with n = 0 the derivative is 0 even at x = 0, where x⁻¹ is infinite."""
    exponent = _number(n)
    if exponent is not None:
        if exponent == 0:
            return None
        if exponent == 1:
            return 1.0
        if exponent == 2:
            return 2.0 * x
        if exponent == 0.5:
            return Over(0.5, y)
        return float(exponent) * power(x, exponent - 1)
    changes = not_equal(n, 0)
    return Where(changes, n * power(x, where(changes, n - 1.0, 1.0)))


def exponent_partial(y: Atom, x: Atom, n: Atom) -> Any:
    """xⁿ·ln x, which is 0 at x = 0 (the limit for n > 0)."""
    return y * log(where(equal(x, 0), 1.0, x))


def _raised(x: Any, n: Any) -> Any:
    """Python's ints have negative powers (floats) and no overflow."""
    return x**n if type(x) is int and type(n) is int else np.power(x, n)


# no spelling on floats here: the backend writes ** where the exponent is whole, else math.pow,
# because Python's ** makes a complex number of a negative base and a fraction
power = elementwise(
    "power",
    _raised,
    array="_0 ** _1",
    infer=_infer_power,
    partials=(base_partial, exponent_partial),
    samples=(POSITIVE, REAL),
    unbounded=True,
)

# x - floor(x / y)·y: the slope of the floor is zero wherever it exists
remainder = elementwise(
    "remainder",
    np.remainder,
    array="_0 % _1",
    partials=(lambda y, a, b: 1.0, lambda y, a, b: -floor_divide(a, b)),
    samples=(DIVIDEND, DIVISOR),
)
# the same with the quotient rounded towards zero
fmod = elementwise(
    "fmod",
    np.fmod,
    scalar="math.fmod(_0, _1)",
    partials=(lambda y, a, b: 1.0, lambda y, a, b: -trunc(a / b)),
    samples=(DIVIDEND, DIVISOR),
)
floor_divide: Primitive = elementwise(
    "floor_divide",
    np.floor_divide,
    array="_0 // _1",
    partials=None,
    verdict="inert",
    samples=(DIVIDEND, DIVISOR),
)


def _math_pow(x: Any, y: Any) -> Any:
    """Always a float, of whole numbers too."""
    return power(as_float(x), as_float(y))


def _divmod(x: Any, y: Any) -> Any:
    return floor_divide(x, y), remainder(x, y)


#: Python's operators, by the name of the `ast` node
OPERATORS = {
    "Add": add,
    "Sub": subtract,
    "Mult": multiply,
    "Div": divide,
    "Pow": power,
    "Mod": remainder,
    "FloorDiv": floor_divide,
    "USub": negative,
    "UAdd": positive,
}
FUNCTIONS: dict[Any, Any] = {
    operator.add: add,
    operator.sub: subtract,
    operator.mul: multiply,
    operator.truediv: divide,
    operator.pow: power,
    operator.mod: remainder,
    operator.floordiv: floor_divide,
    operator.neg: negative,
    operator.pos: positive,
    np.add: add,
    np.subtract: subtract,
    np.multiply: multiply,
    np.divide: divide,
    np.power: power,
    np.remainder: remainder,
    np.fmod: fmod,
    np.floor_divide: floor_divide,
    np.negative: negative,
    np.positive: positive,
    np.divmod: _divmod,
    divmod: _divmod,
    pow: power,
    math.pow: _math_pow,
}
MATH = {math.fmod: fmod}
