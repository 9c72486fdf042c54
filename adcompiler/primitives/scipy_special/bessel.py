"""Bessel functions of all kinds, Hankel functions, and integrals of them.

Derivatives with respect to the point: Abramowitz & Stegun 9.1.27, 9.1.28 (J, Y, H), 9.6.26, 9.6.27 (I, K).  They are
written with both neighbouring orders, which holds at 0 too.  With respect to the order SciPy has no function.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from scipy import special

from adcompiler.ir.primitive import Primitive
from adcompiler.primitives.inert import sign
from adcompiler.primitives.kinds import Over
from adcompiler.primitives.samples import REAL, Domain
from adcompiler.primitives.scipy_special.rows import ORDER, call_of, row, several, table, unknown

_POINT = Domain(0.4, 4.0)
_NO_SLOPE = (
    "SciPy has no function for the derivative of Bessel functions with respect to the order."
)


def _of_order(
    name: str, partial: Callable[..., Any], of_complex: bool = True, point: Domain = _POINT
) -> Primitive:
    """A function of (order, point)."""
    return row(
        name,
        (unknown(name, "order", _NO_SLOPE), partial),
        ORDER,
        point,
        of_complex=of_complex,
    )


def _difference(function: Callable[[], Primitive]) -> Callable[..., Any]:
    """(f(v - 1) - f(v + 1)) / 2"""
    return lambda y, v, x: 0.5 * (function()(v - 1, x) - function()(v + 1, x))


def _sum(function: Callable[[], Primitive]) -> Callable[..., Any]:
    """(f(v - 1) + f(v + 1)) / 2"""
    return lambda y, v, x: 0.5 * (function()(v - 1, x) + function()(v + 1, x))


def _negative_sum(function: Callable[[], Primitive]) -> Callable[..., Any]:
    return lambda y, v, x: -0.5 * (function()(v - 1, x) + function()(v + 1, x))


# --- any order ------------------------------------------------------------------------------------

jv: Primitive = _of_order("jv", _difference(lambda: jv))
yv: Primitive = _of_order("yv", _difference(lambda: yv))
yn: Primitive = _of_order("yn", _difference(lambda: yn))
hankel1: Primitive = _of_order("hankel1", _difference(lambda: hankel1))
hankel2: Primitive = _of_order("hankel2", _difference(lambda: hankel2))
iv: Primitive = _of_order("iv", _sum(lambda: iv))
kv: Primitive = _of_order("kv", _negative_sum(lambda: kv))
kn: Primitive = _of_order("kn", _negative_sum(lambda: kn))

# --- scaled ---------------------------------------------------------------------------------------

# J and Y times exp(-|Im z|), which is 1 for real arguments and not holomorphic for others
jve: Primitive = _of_order("jve", _difference(lambda: jve), of_complex=False)
yve: Primitive = _of_order("yve", _difference(lambda: yve), of_complex=False)
# I times exp(-|x|); at 0 the mean of both slopes
ive: Primitive = _of_order(
    "ive",
    lambda y, v, x: 0.5 * (ive(v - 1, x) + ive(v + 1, x)) - sign(x) * y,
    of_complex=False,
)
# K times exp(z), H₁ times exp(-iz), H₂ times exp(iz)
kve: Primitive = _of_order("kve", lambda y, v, z: y - 0.5 * (kve(v - 1, z) + kve(v + 1, z)))
hankel1e: Primitive = _of_order(
    "hankel1e", lambda y, v, z: 0.5 * (hankel1e(v - 1, z) - hankel1e(v + 1, z)) - 1j * y
)
hankel2e: Primitive = _of_order(
    "hankel2e", lambda y, v, z: 0.5 * (hankel2e(v - 1, z) - hankel2e(v + 1, z)) + 1j * y
)

# --- orders 0 and 1 -------------------------------------------------------------------------------

j0 = row("j0", lambda y, x: -j1(x), REAL)
j1: Primitive = row("j1", lambda y, x: 0.5 * (j0(x) - jv(2, x)), REAL)
y0 = row("y0", lambda y, x: -y1(x), _POINT)
y1: Primitive = row("y1", lambda y, x: 0.5 * (y0(x) - yn(2, x)), _POINT)
i0 = row("i0", lambda y, x: i1(x), REAL)
i1: Primitive = row("i1", lambda y, x: 0.5 * (i0(x) + iv(2, x)), REAL)
k0 = row("k0", lambda y, x: -k1(x), _POINT)
k1: Primitive = row("k1", lambda y, x: -0.5 * (k0(x) + kn(2, x)), _POINT)
i0e = row("i0e", lambda y, x: i1e(x) - sign(x) * y, _POINT)
i1e: Primitive = row("i1e", lambda y, x: 0.5 * (i0e(x) + ive(2, x)) - sign(x) * y, _POINT)
k0e = row("k0e", lambda y, x: y - k1e(x), _POINT)
k1e: Primitive = row("k1e", lambda y, x: y - 0.5 * (k0e(x) + kve(2, x)), _POINT)

# --- integrals ------------------------------------------------------------------------------------

itj0y0 = several("itj0y0", (lambda y, x: j0(x), lambda y, x: y0(x)), _POINT)
iti0k0 = several("iti0k0", (lambda y, x: i0(x), lambda y, x: k0(x)), _POINT)
it2j0y0 = several(
    "it2j0y0", (lambda y, x: Over(1.0 - j0(x), x), lambda y, x: Over(-y0(x), x)), _POINT
)
it2i0k0 = several(
    "it2i0k0", (lambda y, x: Over(i0(x) - 1.0, x), lambda y, x: Over(-k0(x), x)), _POINT
)
# ∫₀¹ tˡ Jᵥ(2at) dt
besselpoly: Primitive = row(
    "besselpoly",
    (
        lambda y, a, p, v: besselpoly(a, p + 1.0, v - 1.0) - besselpoly(a, p + 1.0, v + 1.0),
        unknown("besselpoly", "power"),
        unknown("besselpoly", "order", _NO_SLOPE),
    ),
    Domain(0.4, 1.5),
    ORDER,
    ORDER,
)


FUNCTIONS: dict[Any, Any] = {
    **table([jv, yv, yn, hankel1, hankel2, iv, kv, kn, jve, yve, ive, kve, hankel1e, hankel2e]),
    **table([j0, j1, y0, y1, i0, i1, k0, k1, i0e, i1e, k0e, k1e, besselpoly]),
    special.itj0y0: call_of(itj0y0),
    special.iti0k0: call_of(iti0k0),
    special.it2j0y0: call_of(it2j0y0),
    special.it2i0k0: call_of(it2i0k0),
}
