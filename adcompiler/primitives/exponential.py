"""Exponentials, logarithms, roots."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from adcompiler.errors import ArgumentError
from adcompiler.ir.primitive import Statics
from adcompiler.ir.types import Type, dtype_of
from adcompiler.ir.values import Atom
from adcompiler.primitives.inert import as_float, isinf
from adcompiler.primitives.kinds import Over, elementwise
from adcompiler.primitives.samples import NONZERO, POSITIVE, REAL, Domain
from adcompiler.primitives.selection import where
from adcompiler.primitives.shapes import elementwise_type, numbers

LN2 = math.log(2.0)
FROM_ZERO = Domain(0.2, 3.0, (0.0,))

exp = elementwise(
    "exp",
    np.exp,
    scalar="math.exp(_0)",
    python_kind="float",
    partials=lambda y, x: y,
    samples=(REAL,),
)
# not y + 1.0, which cancels for very negative x
expm1 = elementwise(
    "expm1",
    np.expm1,
    scalar="math.expm1(_0)",
    python_kind="float",
    partials=lambda y, x: exp(x),
    samples=(REAL,),
)
exp2 = elementwise(
    "exp2",
    np.exp2,
    scalar="math.exp2(_0)",
    python_kind="float",
    partials=lambda y, x: LN2 * y,
    samples=(REAL,),
)
log = elementwise(
    "log",
    np.log,
    scalar="math.log(_0)",
    python_kind="float",
    partials=lambda y, x: Over(1.0, x),
    samples=(POSITIVE,),
    unbounded=True,
)
log2 = elementwise(
    "log2",
    np.log2,
    scalar="math.log2(_0)",
    python_kind="float",
    partials=lambda y, x: Over(1.0 / LN2, x),
    samples=(POSITIVE,),
    unbounded=True,
)
log10 = elementwise(
    "log10",
    np.log10,
    scalar="math.log10(_0)",
    python_kind="float",
    partials=lambda y, x: Over(1.0 / math.log(10.0), x),
    samples=(POSITIVE,),
    unbounded=True,
)
log1p = elementwise(
    "log1p",
    np.log1p,
    scalar="math.log1p(_0)",
    python_kind="float",
    partials=lambda y, x: Over(1.0, 1.0 + x),
    samples=(Domain(-0.7, 2.0, (0.0,)),),
    unbounded=True,
)
# the slope at 0 is inf, as NumPy divides
sqrt = elementwise(
    "sqrt",
    np.sqrt,
    scalar="math.sqrt(_0)",
    python_kind="float",
    partials=lambda y, x: Over(0.5, y),
    samples=(POSITIVE,),
    unbounded=True,
)
# the slope at 0 is inf
cbrt = elementwise(
    "cbrt",
    np.cbrt,
    scalar="math.cbrt(_0)",
    python_kind="float",
    partials=lambda y, x: Over(1.0 / 3.0, y * y),
    samples=(NONZERO,),
    unbounded=True,
)
square = elementwise(
    "square", np.square, scalar="_0 * _0", partials=lambda y, x: 2.0 * x, samples=(REAL,)
)


def _infer_reciprocal(args: Any, statics: Statics) -> Type:
    numbers(args, "np.reciprocal")
    if dtype_of(args[0].type).kind not in "fc":
        raise ArgumentError(
            "`np.reciprocal` of integers is an integer (0 for all but 1 and -1).", write="1 / x"
        )
    return elementwise_type(np.reciprocal, args)


reciprocal = elementwise(
    "reciprocal",
    np.reciprocal,
    scalar="1.0 / _0",
    infer=_infer_reciprocal,
    partials=lambda y, x: -(y * y),
    samples=(NONZERO,),
    unbounded=True,
)


def _softmax(y: Atom, x: Atom, to_power: Any, shift: float) -> Any:
    """The weight of x in a sum of exponentials whose logarithm is y: never overflows, for y >= x.

    Where y is infinite (both operands -inf: the logarithm of 0 + 0) the operands share equally.
    """
    infinite = isinf(y)
    return to_power(where(infinite, 0.0, x) - where(infinite, shift, y))


logaddexp = elementwise(
    "logaddexp",
    np.logaddexp,
    python_kind="float",
    partials=(lambda y, a, b: _softmax(y, a, exp, LN2), lambda y, a, b: _softmax(y, b, exp, LN2)),
    samples=(REAL, REAL),
)
logaddexp2 = elementwise(
    "logaddexp2",
    np.logaddexp2,
    python_kind="float",
    partials=(lambda y, a, b: _softmax(y, a, exp2, 1.0), lambda y, a, b: _softmax(y, b, exp2, 1.0)),
    samples=(REAL, REAL),
)


def _math_log(x: Any, base: Any = None) -> Atom:
    """CPython itself divides two logarithms."""
    numerator: Atom = log(as_float(x))
    return numerator if base is None else numerator / log(as_float(base))


FUNCTIONS: dict[Any, Any] = {
    np.exp: exp,
    np.expm1: expm1,
    np.exp2: exp2,
    np.log: log,
    np.log2: log2,
    np.log10: log10,
    np.log1p: log1p,
    np.sqrt: sqrt,
    np.cbrt: cbrt,
    np.square: square,
    np.reciprocal: reciprocal,
    np.logaddexp: logaddexp,
    np.logaddexp2: logaddexp2,
    math.log: _math_log,
}
MATH = {
    math.exp: exp,
    math.expm1: expm1,
    math.exp2: exp2,
    math.log2: log2,
    math.log10: log10,
    math.log1p: log1p,
    math.sqrt: sqrt,
    math.cbrt: cbrt,
}
