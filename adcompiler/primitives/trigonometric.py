"""Circular and hyperbolic functions, their inverses, angles."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import reduce
from typing import Any

import numpy as np

from adcompiler.ir.primitive import Primitive, Statics
from adcompiler.ir.types import Type, is_complex
from adcompiler.ir.values import Atom, as_atom
from adcompiler.primitives.exponential import sqrt
from adcompiler.primitives.inert import as_float, equal, less, refuse_complex
from adcompiler.primitives.kinds import Over, elementwise
from adcompiler.primitives.samples import ABOVE_ONE, NONZERO, POSITIVE, REAL, UNIT, Domain
from adcompiler.primitives.selection import absolute, where
from adcompiler.primitives.shapes import elementwise_type, numbers

PI = math.pi
ANGLE = Domain(-1.2, 1.2, (0.0,))
AROUND_ZERO = Domain(-2.0, 2.0, (0.0, 1e-9, 0.05, -0.2, 1.0))

sin = elementwise(
    "sin",
    np.sin,
    scalar="math.sin(_0)",
    python_kind="float",
    partials=lambda y, x: cos(x),
    samples=(REAL,),
)
cos: Primitive = elementwise(
    "cos",
    np.cos,
    scalar="math.cos(_0)",
    python_kind="float",
    partials=lambda y, x: -sin(x),
    samples=(REAL,),
)
tan = elementwise(
    "tan",
    np.tan,
    scalar="math.tan(_0)",
    python_kind="float",
    partials=lambda y, x: 1.0 + y * y,
    samples=(ANGLE,),
)
# (1 - x)(1 + x) keeps its digits near ±1, where 1 - x² cancels
arcsin = elementwise(
    "arcsin",
    np.arcsin,
    scalar="math.asin(_0)",
    python_kind="float",
    partials=lambda y, x: Over(1.0, sqrt((1.0 - x) * (1.0 + x))),
    samples=(UNIT,),
    unbounded=True,
)
arccos = elementwise(
    "arccos",
    np.arccos,
    scalar="math.acos(_0)",
    python_kind="float",
    partials=lambda y, x: Over(-1.0, sqrt((1.0 - x) * (1.0 + x))),
    samples=(UNIT,),
    unbounded=True,
)
arctan = elementwise(
    "arctan",
    np.arctan,
    scalar="math.atan(_0)",
    python_kind="float",
    partials=lambda y, x: Over(1.0, 1.0 + x * x),
    samples=(REAL,),
)


def _unless_zero(r: Any) -> Any:
    """A divisor that is 1 where r is 0: the quotients 0 / r below are then 0, by convention."""
    return where(equal(r, 0.0), 1.0, r)


# at (0, 0) the slope is 0 by convention; two divisions by r, because r² may underflow
def _opposite_partial(y: Atom, a: Atom, b: Atom) -> Over:
    r = _unless_zero(hypot(a, b))
    return Over(b / r, r)


def _adjacent_partial(y: Atom, a: Atom, b: Atom) -> Over:
    r = _unless_zero(hypot(a, b))
    return Over(-(a / r), r)


arctan2 = elementwise(
    "arctan2",
    np.arctan2,
    scalar="math.atan2(_0, _1)",
    python_kind="float",
    partials=(_opposite_partial, _adjacent_partial),
    samples=(NONZERO, Domain(0.3, 2.5, (0.0,))),
)
# at (0, 0) the slope is 0 by convention
hypot = elementwise(
    "hypot",
    np.hypot,
    scalar="math.hypot(_0, _1)",
    python_kind="float",
    partials=(lambda y, a, b: Over(a, _unless_zero(y)), lambda y, a, b: Over(b, _unless_zero(y))),
    samples=(POSITIVE, Domain(-2.0, 2.0, (0.0,))),
)
sinh = elementwise(
    "sinh",
    np.sinh,
    scalar="math.sinh(_0)",
    python_kind="float",
    partials=lambda y, x: cosh(x),
    samples=(REAL,),
)
cosh: Primitive = elementwise(
    "cosh",
    np.cosh,
    scalar="math.cosh(_0)",
    python_kind="float",
    partials=lambda y, x: sinh(x),
    samples=(REAL,),
)
tanh = elementwise(
    "tanh",
    np.tanh,
    scalar="math.tanh(_0)",
    python_kind="float",
    partials=lambda y, x: 1.0 - y * y,
    samples=(REAL,),
)
arcsinh = elementwise(
    "arcsinh",
    np.arcsinh,
    scalar="math.asinh(_0)",
    python_kind="float",
    partials=lambda y, x: Over(1.0, sqrt(1.0 + x * x)),
    samples=(REAL,),
)


def _arccosh_partial(y: Atom, x: Atom) -> Over:
    """1 / √(x² - 1); left of the imaginary axis the root of the product has the other sign."""
    if is_complex(x.type):
        return Over(1.0, sqrt(x - 1.0) * sqrt(x + 1.0))
    return Over(1.0, sqrt((x - 1.0) * (x + 1.0)))


arccosh = elementwise(
    "arccosh",
    np.arccosh,
    scalar="math.acosh(_0)",
    python_kind="float",
    partials=_arccosh_partial,
    samples=(ABOVE_ONE,),
    unbounded=True,
)
arctanh = elementwise(
    "arctanh",
    np.arctanh,
    scalar="math.atanh(_0)",
    python_kind="float",
    partials=lambda y, x: Over(1.0, (1.0 - x) * (1.0 + x)),
    samples=(UNIT,),
    unbounded=True,
)
deg2rad = elementwise(
    "deg2rad",
    np.deg2rad,
    scalar="math.radians(_0)",
    python_kind="float",
    partials=lambda y, x: PI / 180.0,
    samples=(REAL,),
)
rad2deg = elementwise(
    "rad2deg",
    np.rad2deg,
    scalar="math.degrees(_0)",
    python_kind="float",
    partials=lambda y, x: 180.0 / PI,
    samples=(REAL,),
)

#: Taylor series of sinc' / x in powers of x², long enough for |x| < 0.25 and two more derivatives
_SINC_SERIES = tuple(
    (-1.0) ** k * 2 * k / math.factorial(2 * k + 1) * PI ** (2 * k) for k in range(1, 10)
)


def _sinc_partial(y: Atom, x: Atom) -> Any:
    """(cos πx - sinc x) / x cancels near 0, where its series takes over: sinc'(0) = 0."""
    near = less(absolute(x), 0.25)
    # each formula is evaluated only at points where it is sound
    small, large = where(near, x, 0.0), where(near, 1.0, x)
    squared = small * small
    series = reduce(
        lambda total, c: total * squared + c, reversed(_SINC_SERIES[:-1]), as_atom(_SINC_SERIES[-1])
    )
    slope = (cos(PI * large) - where(near, 1.0, y)) / large
    return where(near, small * series, slope)


def _infer_sinc(args: Sequence[Atom], statics: Statics) -> Type:
    numbers(args, "np.sinc")
    refuse_complex(args, "np.sinc")
    return elementwise_type(np.sinc, args, python_kind="float")


sinc = elementwise(
    "sinc", np.sinc, infer=_infer_sinc, partials=_sinc_partial, samples=(AROUND_ZERO,)
)


def _math_hypot(*coordinates: Any) -> Atom:
    """Of any number of coordinates, two at a time (to rounding the same)."""
    if not coordinates:
        return as_atom(0.0)
    if len(coordinates) == 1:
        return as_atom(absolute(as_float(coordinates[0])))
    first, *others = map(as_float, coordinates)
    return as_atom(reduce(lambda length, other: hypot(length, other), others, first))


FUNCTIONS: dict[Any, Any] = {
    np.sin: sin,
    np.cos: cos,
    np.tan: tan,
    np.arcsin: arcsin,
    np.arccos: arccos,
    np.arctan: arctan,
    np.arctan2: arctan2,
    np.hypot: hypot,
    np.sinh: sinh,
    np.cosh: cosh,
    np.tanh: tanh,
    np.arcsinh: arcsinh,
    np.arccosh: arccosh,
    np.arctanh: arctanh,
    np.deg2rad: deg2rad,
    np.radians: deg2rad,
    np.rad2deg: rad2deg,
    np.degrees: rad2deg,
    np.sinc: sinc,
    math.hypot: _math_hypot,
}
MATH = {
    math.sin: sin,
    math.cos: cos,
    math.tan: tan,
    math.asin: arcsin,
    math.acos: arccos,
    math.atan: arctan,
    math.atan2: arctan2,
    math.sinh: sinh,
    math.cosh: cosh,
    math.tanh: tanh,
    math.asinh: arcsinh,
    math.acosh: arccosh,
    math.atanh: arctanh,
    math.radians: deg2rad,
    math.degrees: rad2deg,
}
