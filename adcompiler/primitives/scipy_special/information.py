"""x log y and entropies, power transforms (Box and Cox, Tukey), Huber's losses.

0 log 0 is 0, and so is its derivative with respect to the second 0.
"""

from __future__ import annotations

from typing import Any

from adcompiler.ir.values import Atom
from adcompiler.primitives.arithmetic import base_partial, exponent_partial
from adcompiler.primitives.exponential import exp, log, log1p, sqrt
from adcompiler.primitives.inert import equal, greater, less, logical_and
from adcompiler.primitives.kinds import Over, Where
from adcompiler.primitives.samples import POSITIVE, REAL, Domain
from adcompiler.primitives.scipy_special.hypergeometric import hyp1f1
from adcompiler.primitives.scipy_special.rows import row, table
from adcompiler.primitives.selection import absolute, maximum, minimum, where

_POWER = Domain(-1.2, 1.4)


def _divisor(x: Atom, y: Any) -> Any:
    """y, or 1 where x and y are 0."""
    return where(logical_and(equal(x, 0.0), equal(y, 0.0)), 1.0, y)


xlogy = row(
    "xlogy", (lambda r, x, y: log(y), lambda r, x, y: Over(x, _divisor(x, y))), REAL, POSITIVE
)
xlog1py = row(
    "xlog1py",
    (lambda r, x, y: log1p(y), lambda r, x, y: Over(x, _divisor(x, 1.0 + y))),
    REAL,
    Domain(-0.7, 2.0, (0.0,)),
)
# -x log x; x log(x/y); the same minus x plus y
entr = row("entr", lambda r, x: -log(x) - 1.0, POSITIVE)
rel_entr = row(
    "rel_entr",
    (lambda r, x, y: log(x / y) + 1.0, lambda r, x, y: Over(-x, _divisor(x, y))),
    POSITIVE,
    POSITIVE,
)
kl_div = row(
    "kl_div",
    (lambda r, x, y: log(x / y), lambda r, x, y: 1.0 - x / _divisor(x, y)),
    POSITIVE,
    POSITIVE,
)


# --- powers ---------------------------------------------------------------------------------------

# xʸ - 1
powm1 = row(
    "powm1",
    (
        lambda r, x, y: base_partial(r + 1.0, x, y),
        lambda r, x, y: exponent_partial(r + 1.0, x, y),
    ),
    POSITIVE,
    REAL,
)


def _bent(logarithm: Any, power: Atom) -> Any:
    """∂/∂λ of (eˡᵘ - 1) / λ, u being the logarithm: u² / 2 · ₁F₁(2; 3; λu), which is regular at λ = 0."""
    return 0.5 * logarithm * logarithm * hyp1f1(2.0, 3.0, power * logarithm)


# (xˡ - 1) / λ
boxcox = row(
    "boxcox",
    (lambda r, x, p: exp((p - 1.0) * log(x)), lambda r, x, p: _bent(log(x), p)),
    POSITIVE,
    _POWER,
)
boxcox1p = row(
    "boxcox1p",
    (lambda r, x, p: exp((p - 1.0) * log1p(x)), lambda r, x, p: _bent(log1p(x), p)),
    Domain(-0.7, 2.0, (0.0,)),
    _POWER,
)
# the inverses, by the theorem of the implicit function
inv_boxcox = row(
    "inv_boxcox",
    (
        lambda r, y, p: exp((1.0 - p) * log(r)),
        lambda r, y, p: -(_bent(log(r), p) * exp((1.0 - p) * log(r))),
    ),
    Domain(-0.5, 0.6, (0.0,)),
    _POWER,
)
inv_boxcox1p = row(
    "inv_boxcox1p",
    (
        lambda r, y, p: exp((1.0 - p) * log1p(r)),
        lambda r, y, p: -(_bent(log1p(r), p) * exp((1.0 - p) * log1p(r))),
    ),
    Domain(-0.5, 0.6, (0.0,)),
    _POWER,
)


def _tukey_density(r: Atom, p: Atom) -> Any:
    """1 / (rˡ⁻¹ + (1 - r)ˡ⁻¹): the inverse of tklmbda is (rˡ - (1 - r)ˡ) / λ."""
    return 1.0 / (exp((p - 1.0) * log(r)) + exp((p - 1.0) * log1p(-r)))


def _inside(r: Atom, partial: Any) -> Where:
    """Beyond the ends of the distribution its value is 0 or 1."""
    return Where(logical_and(greater(r, 0.0), less(r, 1.0)), partial)


tklmbda = row(
    "tklmbda",
    (
        lambda r, x, p: _inside(r, _tukey_density(r, p)),
        lambda r, x, p: _inside(r, (_bent(log1p(-r), p) - _bent(log(r), p)) * _tukey_density(r, p)),
    ),
    Domain(-0.6, 0.6),
    _POWER,
)

# --- losses ---------------------------------------------------------------------------------------

huber = row(
    "huber",
    (
        lambda y, delta, r: maximum(absolute(r) - delta, 0.0),
        lambda y, delta, r: minimum(maximum(r, -delta), delta),
    ),
    Domain(0.97, 0.98),
    REAL,
)


def _slant(delta: Atom, r: Atom) -> Any:
    quotient = r / delta
    return sqrt(1.0 + quotient * quotient)


pseudo_huber = row(
    "pseudo_huber",
    (
        lambda y, delta, r: (2.0 * y - r * r / _slant(delta, r)) / delta,
        lambda y, delta, r: Over(r, _slant(delta, r)),
    ),
    POSITIVE,
    REAL,
)

FUNCTIONS: dict[Any, Any] = {
    **table([xlogy, xlog1py, entr, rel_entr, kl_div, powm1, huber, pseudo_huber]),
    **table([boxcox, boxcox1p, inv_boxcox, inv_boxcox1p, tklmbda]),
}
