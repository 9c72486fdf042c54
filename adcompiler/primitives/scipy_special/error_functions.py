"""The error function and its kin, the normal distribution, Fresnel integrals, the Voigt profile, Owen's T.

Derivatives: Abramowitz & Stegun 7.1.19 (erf), 7.1.20 (w), 7.3.1 (Fresnel).
"""

from __future__ import annotations

import cmath
import math
from typing import Any

from scipy import special

from adcompiler.ir.builder import current
from adcompiler.ir.primitive import Spelling, lookup
from adcompiler.ir.values import Atom, as_atom
from adcompiler.primitives.derived import derived
from adcompiler.primitives.exponential import exp
from adcompiler.primitives.samples import REAL, Domain, Sample
from adcompiler.primitives.scipy_special.rows import call_of, infer_ufunc, row, several, table
from adcompiler.primitives.trigonometric import cos, sin

_TWO_OVER_ROOT_PI = 2.0 / math.sqrt(math.pi)
_HALF_ROOT_PI = math.sqrt(math.pi) / 2.0
_ROOT_TWO_PI = math.sqrt(2.0 * math.pi)
_PROBABILITY = Domain(0.2, 0.8)
_POSITIVE = Domain(0.3, 2.0)

erf = row("erf", lambda y, x: _TWO_OVER_ROOT_PI * exp(-(x * x)), REAL)
erfc = row("erfc", lambda y, x: -_TWO_OVER_ROOT_PI * exp(-(x * x)), REAL)
erfi = row("erfi", lambda y, x: _TWO_OVER_ROOT_PI * exp(x * x), REAL)
erfcx = row("erfcx", lambda y, x: 2.0 * x * y - _TWO_OVER_ROOT_PI, REAL)
dawsn = row("dawsn", lambda y, x: 1.0 - 2.0 * x * y, REAL)
wofz = row("wofz", lambda y, z: _TWO_OVER_ROOT_PI * 1j - 2.0 * z * y, REAL)
erfinv = row("erfinv", lambda y, x: _HALF_ROOT_PI * exp(y * y), Domain(-0.8, 0.8, (0.0,)))
erfcinv = row("erfcinv", lambda y, x: -_HALF_ROOT_PI * exp(y * y), Domain(0.2, 1.8))

ndtr = row("ndtr", lambda y, x: exp(-0.5 * x * x) / _ROOT_TWO_PI, REAL)
ndtri = row("ndtri", lambda y, p: _ROOT_TWO_PI * exp(0.5 * y * y), _PROBABILITY)
# the density over the probability, both of which vanish far to the left
log_ndtr = row("log_ndtr", lambda y, x: exp(-0.5 * x * x - y) / _ROOT_TWO_PI, REAL)
ndtri_exp = row("ndtri_exp", lambda y, x: _ROOT_TWO_PI * exp(0.5 * y * y + x), Domain(-3.0, -0.1))

fresnel = several(
    "fresnel",
    (
        lambda y, x: sin(0.5 * math.pi * x * x),
        lambda y, x: cos(0.5 * math.pi * x * x),
    ),
    REAL,
)
# ∫ₓ^∞ exp(±it²) dt, and the same times exp(∓ix²) and a constant (for x < 0 the values of SciPy are others)
modfresnelp = several(
    "modfresnelp",
    (
        lambda y, x: -exp(1j * x * x),
        lambda y, x: -2j * x * y - cmath.exp(-0.25j * math.pi) / math.sqrt(math.pi),
    ),
    _POSITIVE,
)
modfresnelm = several(
    "modfresnelm",
    (
        lambda y, x: -exp(-1j * x * x),
        lambda y, x: 2j * x * y - cmath.exp(0.25j * math.pi) / math.sqrt(math.pi),
    ),
    _POSITIVE,
)

owens_t = row(
    "owens_t",
    (
        lambda y, h, a: (
            -exp(-0.5 * h * h) * erf(a * h / math.sqrt(2.0)) / (2.0 * math.sqrt(2.0 * math.pi))
        ),
        lambda y, h, a: exp(-0.5 * h * h * (1.0 + a * a)) / (2.0 * math.pi * (1.0 + a * a)),
    ),
    REAL,
    REAL,
)


def _voigt(x: Atom, sigma: Atom, gamma: Atom) -> Atom:
    """Re w((x + iγ) / (σ √2)) / (σ √(2π)), for σ > 0."""
    z = as_atom((x + 1j * gamma) / (math.sqrt(2.0) * sigma))
    return as_atom(current().apply(lookup("real"), wofz(z)) / (_ROOT_TWO_PI * sigma))


voigt_profile = derived(
    "voigt_profile",
    special.voigt_profile,
    definition=_voigt,
    spelling=Spelling("special.voigt_profile(_0, _1, _2)"),
    infer=infer_ufunc("voigt_profile", special.voigt_profile),
    samples=(
        Sample((0.3, 1.2, 0.7)),
        Sample(([0.3, -1.0, 0.0], 0.8, 0.4)),
        Sample(([0.3, -1.0], [0.8, 1.5], [[0.4, 0.6], [1.0, 0.2]])),
    ),
)

FUNCTIONS: dict[Any, Any] = {
    **table([erf, erfc, erfi, erfcx, dawsn, wofz, erfinv, erfcinv]),
    **table([ndtr, ndtri, log_ndtr, ndtri_exp, owens_t, voigt_profile]),
    special.fresnel: call_of(fresnel),
    special.modfresnelp: call_of(modfresnelp),
    special.modfresnelm: call_of(modfresnelm),
}
