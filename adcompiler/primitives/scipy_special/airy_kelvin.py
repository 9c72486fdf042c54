"""Airy, Kelvin and parabolic cylinder functions, Mathieu functions: results that are solutions and their slopes.

Each second derivative is what the differential equation says (Abramowitz & Stegun 10.4.1, 9.9, 19.1.1, 20.1.1).
"""

from __future__ import annotations

import cmath
import math
from collections.abc import Callable
from typing import Any

from scipy import special

from adcompiler.ir.builder import current
from adcompiler.ir.primitive import Primitive, lookup
from adcompiler.ir.values import Atom
from adcompiler.primitives.exponential import sqrt
from adcompiler.primitives.samples import REAL, Domain
from adcompiler.primitives.scipy_special.bessel import iv
from adcompiler.primitives.scipy_special.rows import ORDER, call_of, row, several, table, unknown
from adcompiler.primitives.selection import maximum
from adcompiler.primitives.trigonometric import cos, cosh

_POINT = Domain(0.4, 3.0)
_ORDER_WHY = "SciPy has no function for the derivative with respect to the order or the parameter."

# --- Airy: y″ = x y -------------------------------------------------------------------------------

airy: tuple[Primitive, ...] = several(
    "airy",
    (
        lambda y, x: airy[1](x),
        lambda y, x: x * airy[0](x),
        lambda y, x: airy[3](x),
        lambda y, x: x * airy[2](x),
    ),
    REAL,
)


def _root(x: Atom) -> Any:
    """The factor of Bi is 1 for negative x."""
    return sqrt(maximum(x, 0.0))


# Ai times exp(2/3 x³ᐟ²), Bi times exp(-2/3 x³ᐟ²)
airye: tuple[Primitive, ...] = several(
    "airye",
    (
        lambda y, x: airye[1](x) + sqrt(x) * y,
        lambda y, x: x * airye[0](x) + sqrt(x) * y,
        lambda y, x: airye[3](x) - _root(x) * y,
        lambda y, x: x * airye[2](x) - _root(x) * y,
    ),
    _POINT,
    of_complex=False,
)
# ∫₀ˣ of Ai(t), Bi(t), Ai(-t), Bi(-t)
itairy = several(
    "itairy",
    (
        lambda y, x: airy[0](x),
        lambda y, x: airy[2](x),
        lambda y, x: airy[0](-x),
        lambda y, x: airy[2](-x),
    ),
    Domain(0.05, 0.2),  # from 0.25 on the integrals of SciPy are good to six digits only
)

# --- Kelvin: (ber + i bei)″ = i (ber + i bei) - (ber + i bei)′ / x, and ker + i kei alike --------


# where 0 is no pole: ber + i bei = I₀(z), z = x exp(iπ/4), and I₀″ = (I₀ + I₂) / 2
_EIGHTH_TURN = cmath.exp(0.25j * math.pi)


def _second(x: Atom, part: str) -> Any:
    return current().apply(lookup(part), iv(2, _EIGHTH_TURN * x))


ber = row("ber", lambda y, x: berp(x), REAL)
bei = row("bei", lambda y, x: beip(x), REAL)
ker = row("ker", lambda y, x: kerp(x), _POINT)
kei = row("kei", lambda y, x: keip(x), _POINT)
berp: Primitive = row("berp", lambda y, x: -0.5 * (bei(x) + _second(x, "imag")), REAL)
beip: Primitive = row("beip", lambda y, x: 0.5 * (ber(x) + _second(x, "real")), REAL)
kerp: Primitive = row("kerp", lambda y, x: -kei(x) - y / x, _POINT)
keip: Primitive = row("keip", lambda y, x: ker(x) - y / x, _POINT)
kelvin: tuple[Primitive, ...] = several(
    "kelvin",
    (
        lambda y, x: kelvin[2](x),
        lambda y, x: kelvin[3](x),
        lambda y, x: 1j * kelvin[0](x) - y / x,
        lambda y, x: 1j * kelvin[1](x) - y / x,
    ),
    _POINT,
)

# --- (solution, slope) of y″ = c(x) y -------------------------------------------------------------


def _pair(
    name: str,
    coefficient: Callable[..., Any],
    parameters: int,
    point: Domain,
    degrees: bool = False,
) -> tuple[Primitive, ...]:
    """A function of parameters and a point that returns a solution and its slope."""
    turn = math.pi / 180.0 if degrees else 1.0
    found: list[Primitive] = []
    refused = [unknown(name, "order or parameter", _ORDER_WHY)] * parameters

    def slope(y: Atom, *args: Atom) -> Any:
        partial = found[1](*args)
        return partial * turn if degrees else partial

    def bend(y: Atom, *args: Atom) -> Any:
        factor = coefficient(*args[:-1], args[-1] * turn if degrees else args[-1])
        return factor * found[0](*args) * turn if degrees else factor * found[0](*args)

    found += several(name, ((*refused, slope), (*refused, bend)), *[ORDER] * parameters, point)
    return tuple(found)


pbdv = _pair("pbdv", lambda v, x: 0.25 * x * x - (v + 0.5), 1, REAL)
pbvv = _pair("pbvv", lambda v, x: 0.25 * x * x - (v + 0.5), 1, REAL)
pbwa = _pair("pbwa", lambda a, x: a - 0.25 * x * x, 1, REAL)

mathieu_a = row("mathieu_a", None, ORDER, ORDER, verdict="opaque")
mathieu_b = row("mathieu_b", None, ORDER, ORDER, verdict="opaque")


def _around(value: Primitive) -> Callable[..., Any]:
    return lambda m, q, x: 2.0 * q * cos(2.0 * x) - value(m, q)


def _radial(value: Primitive) -> Callable[..., Any]:
    return lambda m, q, x: value(m, q) - 2.0 * q * cosh(2.0 * x)


# the angle is in degrees, the slope is per radian
mathieu_cem = _pair("mathieu_cem", _around(mathieu_a), 2, Domain(5.0, 80.0), degrees=True)
mathieu_sem = _pair("mathieu_sem", _around(mathieu_b), 2, Domain(5.0, 80.0), degrees=True)
mathieu_modcem1 = _pair("mathieu_modcem1", _radial(mathieu_a), 2, Domain(0.2, 1.0))
mathieu_modcem2 = _pair("mathieu_modcem2", _radial(mathieu_a), 2, Domain(0.2, 1.0))
mathieu_modsem1 = _pair("mathieu_modsem1", _radial(mathieu_b), 2, Domain(0.2, 1.0))
mathieu_modsem2 = _pair("mathieu_modsem2", _radial(mathieu_b), 2, Domain(0.2, 1.0))

FUNCTIONS: dict[Any, Any] = {
    **table([ber, bei, ker, kei, berp, beip, kerp, keip, mathieu_a, mathieu_b]),
    special.airy: call_of(airy),
    special.airye: call_of(airye),
    special.itairy: call_of(itairy),
    special.kelvin: call_of(kelvin),
    special.pbdv: call_of(pbdv),
    special.pbvv: call_of(pbvv),
    special.pbwa: call_of(pbwa),
    special.mathieu_cem: call_of(mathieu_cem),
    special.mathieu_sem: call_of(mathieu_sem),
    special.mathieu_modcem1: call_of(mathieu_modcem1),
    special.mathieu_modcem2: call_of(mathieu_modcem2),
    special.mathieu_modsem1: call_of(mathieu_modsem1),
    special.mathieu_modsem2: call_of(mathieu_modsem2),
}
