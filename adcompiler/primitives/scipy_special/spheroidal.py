"""Spheroidal wave functions and spherical harmonics.

A spheroidal function comes with its slope, and its differential equation (Abramowitz & Stegun 21.6) says the slope of
that.  With respect to orders, to c and to characteristic values no derivative is known.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from scipy import special

from adcompiler.ir.builder import current
from adcompiler.ir.primitive import Primitive, Statics
from adcompiler.ir.types import Array, Type, shape_of
from adcompiler.ir.values import Atom
from adcompiler.primitives.arrays import array_like
from adcompiler.primitives.exponential import exp, sqrt
from adcompiler.primitives.inert import refuse_complex
from adcompiler.primitives.kinds import elementwise
from adcompiler.primitives.samples import Domain
from adcompiler.primitives.scipy_special.rows import ORDER, call_of, row, several, unknown
from adcompiler.primitives.selection import maximum
from adcompiler.primitives.shapes import broadcast_shapes, numbers

_M, _N = Domain(0, 2, integer=True), Domain(2, 3, integer=True)
_INSIDE, _OUTSIDE = Domain(0.1, 0.8), Domain(1.2, 2.5)


pro_cv = row("pro_cv", None, _M, _N, ORDER, verdict="opaque")
obl_cv = row("obl_cv", None, _M, _N, ORDER, verdict="opaque")


def _spheroidal(name: str, point: Domain) -> tuple[Primitive, ...]:
    """A function of (m, n, c, x) and its slope."""
    oblate, radial = name.startswith("obl"), "rad" in name
    found: list[Primitive] = []

    def bend(slope: Atom, m: Any, n: Any, c: Any, x: Any) -> Any:
        around = 1.0 + x * x if oblate and radial else 1.0 - x * x
        force = -(c * c * x * x) if oblate and not radial else c * c * x * x
        level = (obl_cv if oblate else pro_cv)(m, n, c) - force
        if oblate and radial:
            return ((level - m * m / around) * found[0](m, n, c, x) - 2.0 * x * slope) / around
        return (2.0 * x * slope - (level - m * m / around) * found[0](m, n, c, x)) / around

    refused = [unknown(name, "order or parameter")] * 3
    partials = ((*refused, lambda y, *args: found[1](*args)), (*refused, bend))
    found += several(name, partials, _M, _N, ORDER, point)
    return tuple(found)


# functions of the second kind, and those that are given a characteristic value, run and have no rule: SciPy's are
# too far from solutions of the equation
SPHEROIDAL = {
    name: _spheroidal(name, point)
    for name, point in (
        *(("pro_ang1", _INSIDE), ("obl_ang1", _INSIDE)),
        *(("pro_rad1", _OUTSIDE), ("obl_rad1", _INSIDE)),
    )
}

# --- spherical harmonics --------------------------------------------------------------------------


def _infer_harmonic(args: Any, statics: Statics) -> Type:
    """A complex array, of numbers too."""
    numbers(args, "special.sph_harm_y")
    refuse_complex(args, "special.sph_harm_y")
    return Array(np.dtype(complex), broadcast_shapes([shape_of(a.type) for a in args]))


def _root(x: Any) -> Any:
    """Beyond the largest order there is nothing."""
    return sqrt(maximum(x, 0.0))


def _in_polar_angle(y: Atom, n: Any, m: Any, theta: Any, phi: Any) -> Any:
    """∂Y/∂θ from the neighbouring orders, which holds at the poles too."""
    up = _root((n - m) * (n + m + 1.0)) * exp(-1j * phi) * sph_harm_y(n, m + 1, theta, phi)
    down = _root((n + m) * (n - m + 1.0)) * exp(1j * phi) * sph_harm_y(n, m - 1, theta, phi)
    return 0.5 * (up - down)


HARMONIC: Callable[..., Any] | None = getattr(special, "sph_harm_y", None)  # since SciPy 1.15
FUNCTIONS: dict[Any, Any] = {
    getattr(special, name): call_of(rows) for name, rows in SPHEROIDAL.items()
}
FUNCTIONS |= {special.pro_cv: pro_cv, special.obl_cv: obl_cv}
if HARMONIC is not None:
    sph_harm_y: Primitive = elementwise(
        "sph_harm_y",
        HARMONIC,
        array="special.sph_harm_y(_0, _1, _2, _3)",
        infer=_infer_harmonic,
        partials=(
            unknown("sph_harm_y", "degree"),
            unknown("sph_harm_y", "order"),
            _in_polar_angle,
            lambda y, n, m, theta, phi: 1j * m * y,
        ),
        samples=(_N, Domain(-2, 2, integer=True), Domain(0.3, 2.8), Domain(-3.0, 3.0)),
    )

    def _sph_harm_y(n: Any, m: Any, theta: Any, phi: Any) -> Any:
        return current().apply(sph_harm_y, *map(array_like, (n, m, theta, phi)))

    FUNCTIONS[HARMONIC] = _sph_harm_y
