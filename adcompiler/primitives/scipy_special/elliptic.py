"""Elliptic integrals and functions, the arithmetic-geometric mean, Carlson's symmetric integrals.

The parameter is m = k².  Complete integrals are hypergeometric functions, whose slopes are regular at m = 0; those of
the incomplete ones with respect to m are integrals of `runtime/incomplete.py`:

    S(p, q) = ∫₀ᵠ sin²ᵖθ (1 - m sin²θ)^(-q - 1/2) dθ,    ∂S/∂m = (q + 1/2) S(p + 1, q + 1)
"""

from __future__ import annotations

import math
from typing import Any

from scipy import special

from adcompiler.ir.builder import current
from adcompiler.ir.primitive import Primitive
from adcompiler.ir.values import Atom
from adcompiler.primitives.exponential import sqrt
from adcompiler.primitives.kinds import Over, elementwise
from adcompiler.primitives.samples import Domain
from adcompiler.primitives.scipy_special.hypergeometric import hyp2f1
from adcompiler.primitives.scipy_special.incomplete import infer_floats
from adcompiler.primitives.scipy_special.rows import call_of, is_zero, row, several, table
from adcompiler.primitives.trigonometric import sin
from adcompiler.runtime import incomplete

_PARAMETER = Domain(-1.5, 0.8, (0.0,))
_ANGLE = Domain(-1.4, 1.4, (0.0,))
_POSITIVE = Domain(0.4, 3.0)
_EIGHTH = math.pi / 8.0

# --- complete integrals -----------------------------------------------------------------------------

# K = π/2 ₂F₁(1/2, 1/2; 1; m), E = π/2 ₂F₁(-1/2, 1/2; 1; m)
ellipk = row(
    "ellipk",
    lambda y, m: Over(_EIGHTH * hyp2f1(0.5, 0.5, 2.0, m), 1.0 - m),
    _PARAMETER,
)
ellipe = row("ellipe", lambda y, m: -_EIGHTH * hyp2f1(0.5, 1.5, 2.0, m), _PARAMETER)
# K(1 - p)
ellipkm1 = row(
    "ellipkm1",
    lambda y, p: Over(-_EIGHTH * hyp2f1(0.5, 0.5, 2.0, 1.0 - p), p),
    Domain(0.2, 1.8, (1.0,)),
)

# --- incomplete integrals -----------------------------------------------------------------------------


def _delta(phi: Any, m: Any) -> Any:
    s = sin(phi)
    return sqrt(1.0 - m * s * s)


ellipkinc = row(
    "ellipkinc",
    (
        lambda y, phi, m: Over(1.0, _delta(phi, m)),
        lambda y, phi, m: 0.5 * elliptic_moment(phi, m),
    ),
    _ANGLE,
    Domain(-1.5, 0.8),
)
ellipeinc = row(
    "ellipeinc",
    (
        lambda y, phi, m: _delta(phi, m),
        lambda y, phi, m: -0.5 * current().apply(elliptic_moment, phi, m, q=0),
    ),
    _ANGLE,
    Domain(-1.5, 0.8),
)


def _moment_in_angle(y: Any, phi: Any, m: Any, p: int = 1, q: int = 1) -> Any:
    return sin(phi) ** (2 * p) / _delta(phi, m) ** (2 * q + 1)


def _moment_in_parameter(y: Any, phi: Any, m: Any, p: int = 1, q: int = 1) -> Any:
    return (q + 0.5) * current().apply(elliptic_moment, phi, m, p=p + 1, q=q + 1)


elliptic_moment: Primitive = elementwise(
    "elliptic_moment",
    incomplete.elliptic_moment,
    array="elliptic_moment(_0, _1)",
    infer=infer_floats("ellipkinc"),
    partials=(_moment_in_angle, _moment_in_parameter),
    defaults={"p": 1, "q": 1},
    samples=(_ANGLE, Domain(-1.5, 0.8)),
)

# --- Jacobi's functions sn, cn, dn and the amplitude ----------------------------------------------


def _turn(u: Any, m: Any) -> Any:
    """∂/∂m of the amplitude: that of the angle for which the integral is u."""
    return -0.5 * elliptic_moment(ellipj[3](u, m), m) * ellipj[2](u, m)


def _bend(dn: Atom, u: Any, m: Any) -> Any:
    """∂/∂m of dn = √(1 - m sn²)."""
    sn, cn = ellipj[0](u, m), ellipj[1](u, m)
    return -(0.5 * sn * sn + m * sn * cn * _turn(u, m)) / dn


ellipj: tuple[Primitive, ...] = several(
    "ellipj",
    (
        (
            lambda sn, u, m: ellipj[1](u, m) * ellipj[2](u, m),
            lambda sn, u, m: ellipj[1](u, m) * _turn(u, m),
        ),
        (
            lambda cn, u, m: -(ellipj[0](u, m) * ellipj[2](u, m)),
            lambda cn, u, m: -(ellipj[0](u, m) * _turn(u, m)),
        ),
        (
            lambda dn, u, m: -(m * ellipj[0](u, m) * ellipj[1](u, m)),
            _bend,
        ),
        (lambda phi, u, m: ellipj[2](u, m), lambda phi, u, m: _turn(u, m)),
    ),
    _ANGLE,
    Domain(0.1, 0.8),
)

# --- Carlson's symmetric integrals --------------------------------------------------------------------

# R_D has slopes of its own where its arguments differ; where two are equal they come out as nan
elliprf = row(
    "elliprf",
    (
        lambda y, a, b, c: -elliprd(b, c, a) / 6.0,
        lambda y, a, b, c: -elliprd(a, c, b) / 6.0,
        lambda y, a, b, c: -elliprd(a, b, c) / 6.0,
    ),
    _POSITIVE,
    _POSITIVE,
    _POSITIVE,
)


def _between(a: Any, b: Any, c: Any) -> Any:
    """∂R_D(a, b, c)/∂a, from (a - c) ∂²R_F/∂a∂c = (∂R_F/∂a - ∂R_F/∂c) / 2."""
    return 0.5 * (elliprd(b, c, a) - elliprd(a, b, c)) / (a - c)


def _last(y: Any, a: Any, b: Any, c: Any) -> Any:
    """R_D is homogeneous of degree -3/2; where a = 0 its slope in a is infinite, and a times that slope is 0."""
    total = 1.5 * y
    for own, other in ((a, b), (b, a)):
        if not is_zero(own):
            total = total + own * _between(own, other, c)
    return -total / c


elliprd: Primitive = row(
    "elliprd",
    (
        lambda y, a, b, c: _between(a, b, c),
        lambda y, a, b, c: _between(b, a, c),
        _last,
    ),
    Domain(0.4, 0.8),
    Domain(1.2, 1.8),
    Domain(2.4, 3.0),
)
elliprg = row(
    "elliprg",
    (
        lambda y, a, b, c: 0.25 * (elliprf(a, b, c) - a * elliprd(b, c, a) / 3.0),
        lambda y, a, b, c: 0.25 * (elliprf(a, b, c) - b * elliprd(a, c, b) / 3.0),
        lambda y, a, b, c: 0.25 * (elliprf(a, b, c) - c * elliprd(a, b, c) / 3.0),
    ),
    Domain(0.4, 0.8),
    Domain(1.2, 1.8),
    Domain(2.4, 3.0),
)
# R_F(x, y, y)
elliprc: Primitive = row(
    "elliprc",
    (
        lambda r, x, y: 0.5 * (r - 1.0 / sqrt(x)) / (y - x),
        lambda r, x, y: 0.5 * (sqrt(x) / y - r) / (y - x),
    ),
    Domain(0.4, 0.8),
    Domain(1.2, 1.8),
)

# --- the arithmetic-geometric mean ----------------------------------------------------------------

# π / (2 R_F(0, a², b²))
agm: Primitive = row(
    "agm",
    (
        lambda y, a, b: 2.0 / (3.0 * math.pi) * y * y * a * elliprd(0.0, b * b, a * a),
        lambda y, a, b: 2.0 / (3.0 * math.pi) * y * y * b * elliprd(0.0, a * a, b * b),
    ),
    Domain(0.4, 0.8),
    Domain(1.2, 1.8),
)

FUNCTIONS: dict[Any, Any] = {
    **table([ellipk, ellipe, ellipkm1, ellipkinc, ellipeinc]),
    **table([elliprf, elliprd, elliprg, elliprc, agm]),
    special.ellipj: call_of(ellipj),
}
