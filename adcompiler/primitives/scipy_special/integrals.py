"""Exponential, sine and cosine integrals, the dilogarithm, Struve functions and their integrals.

Derivatives: Abramowitz & Stegun 5.1.26 (Eₙ), 12.1.9 to 12.1.12 and 12.2.4 (Struve).
"""

from __future__ import annotations

import math
from typing import Any

from scipy import special

from adcompiler.ir.primitive import Primitive
from adcompiler.ir.types import is_complex
from adcompiler.ir.values import Atom, Constant
from adcompiler.primitives.exponential import exp
from adcompiler.primitives.kinds import Over
from adcompiler.primitives.samples import POSITIVE, Domain
from adcompiler.primitives.scipy_special.gamma_functions import rgamma
from adcompiler.primitives.scipy_special.hypergeometric import hyp2f1
from adcompiler.primitives.scipy_special.rows import ORDER, call_of, row, several, table, unknown
from adcompiler.primitives.trigonometric import cos, cosh, sin, sinc, sinh

_POINT = Domain(0.4, 4.0)

exp1 = row("exp1", lambda y, x: Over(-exp(-x), x), POSITIVE)
expi = row("expi", lambda y, x: Over(exp(x), x), POSITIVE)


def _expn_slope(y: Atom, n: Atom, x: Atom) -> Any:
    """-Eₙ₋₁; SciPy has it for orders from 0."""
    if isinstance(n, Constant) and n.value >= 1:
        return -expn(n - 1, x)
    return Over((n - 1) * y - exp(-x), x)


expn: Primitive = row(
    "expn",
    (unknown("expn", "order"), _expn_slope),
    ORDER,
    POSITIVE,
)


def _sine_over(x: Atom) -> Any:
    """sin(x) / x, which is 1 at 0 (np.sinc is a function of real numbers)."""
    return Over(sin(x), x) if is_complex(x.type) else sinc(x / math.pi)


# sin(x) / x and cos(x) / x; sinh(x) / x and cosh(x) / x
sici = several("sici", (lambda y, x: _sine_over(x), lambda y, x: Over(cos(x), x)), _POINT)
shichi = several("shichi", (lambda y, x: Over(sinh(x), x), lambda y, x: Over(cosh(x), x)), _POINT)
# ln(z) / (1 - z), which is regular at 1
spence = row("spence", lambda y, z: -hyp2f1(1.0, 1.0, 2.0, 1.0 - z), Domain(0.2, 1.8, (1.0,)))

# --- Struve functions -----------------------------------------------------------------------------


def _excess(v: Atom, x: Atom) -> Any:
    """(x / 2)ᵛ / (√π Γ(v + 3/2)), the term that Bessel functions do not have."""
    return (0.5 * x) ** v * rgamma(v + 1.5) / math.sqrt(math.pi)


struve: Primitive = row(
    "struve",
    (
        unknown("struve", "order"),
        lambda y, v, x: 0.5 * (struve(v - 1, x) - struve(v + 1, x) + _excess(v, x)),
    ),
    ORDER,
    _POINT,
)
modstruve: Primitive = row(
    "modstruve",
    (
        unknown("modstruve", "order"),
        lambda y, v, x: 0.5 * (modstruve(v - 1, x) + modstruve(v + 1, x) + _excess(v, x)),
    ),
    ORDER,
    _POINT,
)
itstruve0 = row("itstruve0", lambda y, x: struve(0, x), _POINT)
itmodstruve0 = row("itmodstruve0", lambda y, x: modstruve(0, x), _POINT)
# ∫ₓ^∞ H₀(t) / t dt
it2struve0 = row("it2struve0", lambda y, x: Over(-struve(0, x), x), _POINT)

FUNCTIONS: dict[Any, Any] = {
    **table([exp1, expi, expn, spence]),
    **table([struve, modstruve, itstruve0, itmodstruve0, it2struve0]),
    special.sici: call_of(sici),
    special.shichi: call_of(shichi),
}
