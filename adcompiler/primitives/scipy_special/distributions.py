"""Distribution functions: gamma, Poisson, χ², binomial, F, Student's t, and the noncentral χ² distribution.

Each is an incomplete gamma or beta function, or has slopes of its own.  A count has no derivative (it is cut to a
whole number); a number of trials is refused.
"""

from __future__ import annotations

import math
from typing import Any

from scipy import special

from adcompiler.ir.primitive import Primitive, Spelling
from adcompiler.ir.values import Atom, as_atom
from adcompiler.primitives.derived import derived
from adcompiler.primitives.exponential import exp, log1p, sqrt
from adcompiler.primitives.inert import floor, sign
from adcompiler.primitives.samples import Domain, Sample
from adcompiler.primitives.scipy_special.error_functions import ndtri
from adcompiler.primitives.scipy_special.gamma_functions import gammaln
from adcompiler.primitives.scipy_special.hypergeometric import hyp0f1
from adcompiler.primitives.scipy_special.incomplete import (
    beta_density,
    beta_moment,
    betainc,
    betaincc,
    gamma_density,
    gammainc,
    gammaincc,
)
from adcompiler.primitives.scipy_special.information import xlogy
from adcompiler.primitives.scipy_special.rows import infer_ufunc, row, table, unknown

_SHAPE, _POINT, _PART = Domain(0.6, 3.0), Domain(0.4, 4.0), Domain(0.15, 0.85)
_REAL = Domain(-2.0, 2.0, (0.0,))
_TRIALS, _COUNT = Domain(6, 9, integer=True), Domain(1, 4, integer=True)
_CUT = "it is cut to a whole number."


def _defined(name: str, definition: Any, *operands: Any) -> Primitive:
    """A function that is another one of changed arguments."""
    function = getattr(special, name)
    places = ", ".join(f"_{k}" for k in range(len(operands)))
    lists = tuple([v, 1.2 * v] if isinstance(v, float) else v for v in operands)
    column = tuple([[v], [1.1 * v]] if isinstance(v, float) else v for v in operands[:1])
    return derived(
        name,
        function,
        definition=definition,
        infer=infer_ufunc(name, function),
        spelling=Spelling(f"special.{name}({places})"),
        samples=(Sample(operands), Sample(lists), Sample((*column, *lists[1:]))),
    )


# --- gamma, χ², Poisson -----------------------------------------------------------------------------

gdtr = _defined("gdtr", lambda a, b, x: gammainc(b, a * x), 0.7, 2.5, 1.8)
gdtrc = _defined("gdtrc", lambda a, b, x: gammaincc(b, a * x), 0.7, 2.5, 1.8)
chdtr = _defined("chdtr", lambda v, x: gammainc(0.5 * v, 0.5 * x), 2.6, 1.8)
chdtrc = _defined("chdtrc", lambda v, x: gammaincc(0.5 * v, 0.5 * x), 2.6, 1.8)
pdtr = row("pdtr", (None, lambda y, k, m: -gamma_density(floor(k) + 1.0, m)), _COUNT, _POINT)
pdtrc = row("pdtrc", (None, lambda y, k, m: gamma_density(floor(k) + 1.0, m)), _COUNT, _POINT)
# the mean for which k or fewer events have the probability y
pdtri = row(
    "pdtri",
    (None, lambda m, k, y: -1.0 / gamma_density(floor(k) + 1.0, m)),
    _COUNT,
    _PART,
)

# --- binomial ---------------------------------------------------------------------------------------


def _binomial(name: str, slope: Any, trials: Domain = _TRIALS) -> Primitive:
    """A function of (successes, trials, probability)."""
    if name.startswith("nb"):
        refused = (
            unknown(name, "numbers of events", _CUT),
            unknown(name, "numbers of events", _CUT),
        )
        return row(name, (*refused, slope), _COUNT, _COUNT, _PART)
    return row(name, (None, unknown(name, "number of trials", _CUT), slope), _COUNT, trials, _PART)


def _successes(k: Any, n: Any, p: Any) -> Any:
    return beta_density(floor(k) + 1.0, n - floor(k), p)


bdtr = _binomial("bdtr", lambda y, k, n, p: -_successes(k, n, p))
bdtrc = _binomial("bdtrc", lambda y, k, n, p: _successes(k, n, p))
bdtri = _binomial("bdtri", lambda p, k, n, y: -1.0 / _successes(k, n, p))
nbdtr = _binomial("nbdtr", lambda y, k, n, p: beta_density(n * 1.0, k + 1.0, p))
nbdtrc = _binomial("nbdtrc", lambda y, k, n, p: -beta_density(n * 1.0, k + 1.0, p))
nbdtri = _binomial("nbdtri", lambda p, k, n, y: 1.0 / beta_density(n * 1.0, k + 1.0, p))

# --- F and t ----------------------------------------------------------------------------------------


def _share(m: Atom, n: Atom, x: Atom) -> Atom:
    return as_atom(m * x / (n + m * x))


fdtr = _defined("fdtr", lambda m, n, x: betainc(0.5 * m, 0.5 * n, _share(m, n, x)), 3.5, 4.2, 1.3)
fdtrc = _defined(
    "fdtrc", lambda m, n, x: betaincc(0.5 * m, 0.5 * n, _share(m, n, x)), 3.5, 4.2, 1.3
)


def _t_density(n: Any, t: Any) -> Any:
    """Γ((n + 1)/2) / (√(πn) Γ(n/2)) (1 + t²/n)^(-(n + 1)/2)"""
    constant = exp(gammaln(0.5 * (n + 1.0)) - gammaln(0.5 * n) - 0.5 * (n + 1.0) * log1p(t * t / n))
    return constant / sqrt(math.pi * n)


def _t_in_freedom(y: Any, n: Any, t: Any) -> Any:
    """For t < 0 the distribution is half of I(n/2, 1/2; n / (n + t²)), for t > 0 one minus that."""
    moment = beta_moment(0.5 * n, 0.5, n / (n + t * t))
    return -(0.25 * sign(t) * moment + 0.5 * t / n * _t_density(n, t))


stdtr = row("stdtr", (_t_in_freedom, lambda y, n, t: _t_density(n, t)), _POINT, Domain(0.2, 2.0))

# --- normal -----------------------------------------------------------------------------------------

# the mean, and the deviation, of a normal distribution that has the quantile x at p
nrdtrimn = _defined("nrdtrimn", lambda p, s, x: x - s * ndtri(p), 0.3, 1.5, 0.7)
nrdtrisd = _defined("nrdtrisd", lambda m, p, x: (x - m) / ndtri(p), 0.3, 0.7, 0.9)

# --- noncentral χ² ----------------------------------------------------------------------------------


def _chi_density(x: Any, n: Any, c: Any) -> Any:
    """½ (x/2)^(n/2 - 1) e^(-(x + c)/2) ₀F₁(n/2; cx/4) / Γ(n/2)"""
    logarithm = xlogy(0.5 * n - 1.0, 0.5 * x) - 0.5 * (x + c) - gammaln(0.5 * n)
    return 0.5 * exp(logarithm) * hyp0f1(0.5 * n, 0.25 * c * x)


chndtr: Primitive = row(
    "chndtr",
    (
        lambda y, x, n, c: _chi_density(x, n, c),
        unknown("chndtr", "degrees of freedom"),
        lambda y, x, n, c: 0.5 * (chndtr(x, n + 2, c) - y),
    ),
    _POINT,
    Domain(2, 5, integer=True),
    Domain(0.3, 2.0),
)

FUNCTIONS: dict[Any, Any] = table(
    [
        *(gdtr, gdtrc, chdtr, chdtrc, pdtr, pdtrc, pdtri, bdtr, bdtrc, bdtri),
        *(nbdtr, nbdtrc, nbdtri, fdtr, fdtrc, stdtr, nrdtrimn, nrdtrisd, chndtr),
    ]
)
