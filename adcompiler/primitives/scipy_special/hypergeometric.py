"""Hypergeometric functions, Wright's Bessel function, the inverses of w eʷ and w + ln w.

Derivatives with respect to the point are functions with raised parameters (Abramowitz & Stegun 13.4.8, 13.4.21,
15.2.1); with respect to the parameters SciPy has no function.
"""

from __future__ import annotations

from typing import Any

from scipy import special

from adcompiler.ir.builder import current
from adcompiler.ir.primitive import Primitive
from adcompiler.ir.values import Atom
from adcompiler.primitives.arrays import array_like
from adcompiler.primitives.exponential import exp
from adcompiler.primitives.kinds import Over, elementwise
from adcompiler.primitives.samples import POSITIVE, REAL, Domain
from adcompiler.primitives.scipy_special.rows import ORDER, infer_probed, row, table, unknown
from adcompiler.primitives.statics import differing, static

_WHY = "SciPy has no function for the derivative of hypergeometric functions with respect to their parameters."


def _parameter(name: str) -> Any:
    return unknown(name, "parameters", _WHY)


hyp0f1: Primitive = row(
    "hyp0f1", (_parameter("hyp0f1"), lambda y, v, z: hyp0f1(v + 1, z) / v), ORDER, REAL
)
hyp1f1: Primitive = row(
    "hyp1f1",
    (
        _parameter("hyp1f1"),
        _parameter("hyp1f1"),
        lambda y, a, b, z: a / b * hyp1f1(a + 1, b + 1, z),
    ),
    ORDER,
    ORDER,
    REAL,
)
hyp2f1: Primitive = row(
    "hyp2f1",
    (
        *[_parameter("hyp2f1")] * 3,
        lambda y, a, b, c, z: a * b / c * hyp2f1(a + 1, b + 1, c + 1, z),
    ),
    ORDER,
    ORDER,
    ORDER,
    Domain(-0.6, 0.6, (0.0,)),
)
hyperu: Primitive = row(
    "hyperu",
    (*[_parameter("hyperu")] * 2, lambda y, a, b, x: -(a * hyperu(a + 1, b + 1, x))),
    ORDER,
    ORDER,
    POSITIVE,
)
# Σ xᵏ / (k! Γ(b + a k))
wright_bessel: Primitive = row(
    "wright_bessel",
    (*[_parameter("wright_bessel")] * 2, lambda y, a, b, x: wright_bessel(a, a + b, x)),
    ORDER,
    ORDER,
    POSITIVE,
)
log_wright_bessel: Primitive = row(
    "log_wright_bessel",
    (
        *[_parameter("log_wright_bessel")] * 2,
        lambda y, a, b, x: exp(log_wright_bessel(a, a + b, x) - y),
    ),
    ORDER,
    ORDER,
    POSITIVE,
)
# (eˣ - 1) / x = ₁F₁(1; 2; x)
exprel = row("exprel", lambda y, x: 0.5 * hyp1f1(2.0, 3.0, x), REAL)

# w + ln w = z
wrightomega = row("wrightomega", lambda w, z: Over(w, 1.0 + w), REAL)


# w eʷ = z
lambertw: Primitive = elementwise(
    "lambertw",
    special.lambertw,
    array="special.lambertw(_0)",
    infer=infer_probed("lambertw", special.lambertw),
    partials=lambda w, z, **_: Over(exp(-w), 1.0 + w),
    samples=(POSITIVE,),
    defaults={"k": 0, "tol": 1e-8},
)


def _lambertw(z: Any, k: Any = 0, tol: Any = 1e-8) -> Atom:
    """`k` is the branch."""
    given = differing(lambertw, k=static(k, "k"), tol=static(tol, "tol"))
    return current().apply(lambertw, array_like(z), **given)


FUNCTIONS: dict[Any, Any] = {
    **table([hyp0f1, hyp1f1, hyp2f1, hyperu, wright_bessel, log_wright_bessel, exprel]),
    **table([wrightomega]),
    special.lambertw: _lambertw,
}
