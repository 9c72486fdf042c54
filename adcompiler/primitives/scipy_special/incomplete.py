"""Incomplete gamma and beta functions, and their derivatives with respect to the parameters.

    γ = gamma_moment(n), the mean of (ln T - ψ(a))ⁿ over T < x of a gamma distributed T,
    ∂γ/∂a = gamma_moment(n + 1) - n ψ′(a) gamma_moment(n - 1)

since the density p has ∂p/∂a = p (ln t - ψ(a)); of a beta distributed T alike, with two logarithms.  The moments
are computed in `runtime/incomplete.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from adcompiler.ir.builder import current
from adcompiler.ir.primitive import Infer, Primitive, Statics
from adcompiler.ir.types import FLOAT, PythonScalar, Type, dtype_of, scalar_or_array, shape_of
from adcompiler.ir.values import Atom
from adcompiler.primitives.exponential import exp, log, log1p
from adcompiler.primitives.inert import refuse_complex
from adcompiler.primitives.kinds import elementwise
from adcompiler.primitives.samples import Domain
from adcompiler.primitives.scipy_special.gamma_functions import betaln, digamma, gammaln, polygamma
from adcompiler.primitives.scipy_special.information import xlog1py, xlogy
from adcompiler.primitives.scipy_special.rows import row, table
from adcompiler.primitives.shapes import broadcast_shapes, numbers
from adcompiler.primitives.statics import differing
from adcompiler.runtime import incomplete

_SHAPE, _POINT, _PART = Domain(0.6, 3.0), Domain(0.4, 4.0), Domain(0.15, 0.85)


def infer_floats(name: str) -> Infer:
    """The precision of the operands that have one."""

    def infer(args: Sequence[Atom], statics: Statics) -> Type:
        numbers(args, f"special.{name}")
        refuse_complex(args, f"special.{name}")
        known = [dtype_of(a.type) for a in args if not isinstance(a.type, PythonScalar)]
        if not known:
            return FLOAT
        dtype = np.result_type(*known)
        return scalar_or_array(
            dtype if dtype.kind == "f" else np.dtype(float),
            broadcast_shapes([shape_of(a.type) for a in args]),
        )

    return infer


def gamma_density(a: Any, x: Any) -> Any:
    """xᵃ⁻¹ e⁻ˣ / Γ(a)"""
    return exp(xlogy(a - 1.0, x) - x - gammaln(a))


def beta_density(a: Any, b: Any, x: Any) -> Any:
    """xᵃ⁻¹ (1 - x)ᵇ⁻¹ / B(a, b)"""
    return exp(xlogy(a - 1.0, x) + xlog1py(b - 1.0, -x) - betaln(a, b))


# --- gamma ----------------------------------------------------------------------------------------

gammainc = row(
    "gammainc",
    (lambda y, a, x: gamma_moment(a, x), lambda y, a, x: gamma_density(a, x)),
    _SHAPE,
    _POINT,
)
gammaincc = row(
    "gammaincc",
    (lambda y, a, x: _gamma_moment(a, x, 1, True), lambda y, a, x: -gamma_density(a, x)),
    _SHAPE,
    _POINT,
)


def _gamma_moment(a: Any, x: Any, n: int, upper: bool) -> Any:
    if n == 0:
        return (gammaincc if upper else gammainc)(a, x)
    statics: dict[str, Any] = differing(gamma_moment, n=n, upper=upper)
    return current().apply(gamma_moment, a, x, **statics)


def _gamma_in_shape(y: Any, a: Any, x: Any, n: int = 1, upper: bool = False) -> Any:
    below = _gamma_moment(a, x, n - 1, upper)
    return _gamma_moment(a, x, n + 1, upper) - n * polygamma(1, a) * below


def _gamma_at_end(y: Any, a: Any, x: Any, n: int = 1, upper: bool = False) -> Any:
    found = gamma_density(a, x) * (log(x) - digamma(a)) ** n
    return -found if upper else found


gamma_moment: Primitive = elementwise(
    "gamma_moment",
    incomplete.gamma_moment,
    array="gamma_moment(_0, _1)",
    infer=infer_floats("gammainc"),
    partials=(_gamma_in_shape, _gamma_at_end),
    defaults={"n": 1, "upper": False},
    samples=(_SHAPE, _POINT),
)

# --- beta -----------------------------------------------------------------------------------------

Moment = Callable[[Any, Any, Any], Any]


def _of_beta(m: int, n: int, upper: bool = False) -> Moment:
    if m == n == 0:
        return betaincc if upper else betainc
    statics: dict[str, Any] = differing(beta_moment, m=m, n=n, upper=upper)
    return lambda a, b, x: current().apply(beta_moment, a, b, x, **statics)


betainc = row(
    "betainc",
    (
        lambda y, a, b, x: _of_beta(1, 0)(a, b, x),
        lambda y, a, b, x: _of_beta(0, 1)(a, b, x),
        lambda y, a, b, x: beta_density(a, b, x),
    ),
    _SHAPE,
    _SHAPE,
    _PART,
)
betaincc = row(
    "betaincc",
    (
        lambda y, a, b, x: _of_beta(1, 0, True)(a, b, x),
        lambda y, a, b, x: _of_beta(0, 1, True)(a, b, x),
        lambda y, a, b, x: -beta_density(a, b, x),
    ),
    _SHAPE,
    _SHAPE,
    _PART,
)


def _beta_in_shape(number: int) -> Callable[..., Any]:
    """In a (number 0) or b (number 1): the means of the logarithms change with both."""

    def partial(y: Any, a: Any, b: Any, x: Any, m: int = 1, n: int = 0, upper: bool = False) -> Any:
        shared, powers = polygamma(1, a + b), (m, n)
        more = (m + 1, n) if number == 0 else (m, n + 1)
        total = _of_beta(*more, upper)(a, b, x)
        for k, (power, fewer) in enumerate(zip(powers, ((m - 1, n), (m, n - 1)), strict=True)):
            if power:
                own = polygamma(1, (a, b)[k]) - shared if k == number else -shared
                total = total - power * own * _of_beta(*fewer, upper)(a, b, x)
        return total

    return partial


def _beta_at_end(
    y: Any, a: Any, b: Any, x: Any, m: int = 1, n: int = 0, upper: bool = False
) -> Any:
    found = beta_density(a, b, x)
    for power, value in ((m, log(x) - digamma(a)), (n, log1p(-x) - digamma(b))):
        if power:
            found = found * (value + digamma(a + b)) ** power
    return -found if upper else found


beta_moment: Primitive = elementwise(
    "beta_moment",
    incomplete.beta_moment,
    array="beta_moment(_0, _1, _2)",
    infer=infer_floats("betainc"),
    partials=(_beta_in_shape(0), _beta_in_shape(1), _beta_at_end),
    defaults={"m": 1, "n": 0, "upper": False},
    samples=(_SHAPE, _SHAPE, _PART),
)

FUNCTIONS: dict[Any, Any] = table([gammainc, gammaincc, betainc, betaincc])
