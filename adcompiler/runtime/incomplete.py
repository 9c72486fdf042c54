"""Derivatives of incomplete integrals with respect to their parameters, by quadrature.

    ∂/∂a of P(a, x), the gamma distribution up to x, is the mean of (ln T - ψ(a)) over T < x

and alike for the beta distribution and for elliptic integrals.  With s = ln t (or ln t/(1 - t)) the logarithm of each
integrand is concave: it is summed from its summit to both sides, by the rule of Takahasi & Mori (tanh-sinh), to
about 13 digits.  Only programs that use SciPy call these functions; they import it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

#: what is smaller than exp(-45) times the summit counts for nothing
_DROP = 45.0
_STEPS = np.arange(-65, 66) / 20.0
_PLACES = 0.5 * (1.0 + np.tanh(0.5 * np.pi * np.sinh(_STEPS)))
_WEIGHTS = np.pi / 80.0 * np.cosh(_STEPS) / np.cosh(0.5 * np.pi * np.sinh(_STEPS)) ** 2

Curve = Callable[[Any], Any]


def _sum(integrand: Curve, start: Any, stop: Any) -> Any:
    """The integral over an interval for each element; the nodes lie along a last axis."""
    length = (stop - start)[..., None]
    return np.sum(integrand(start[..., None] + length * _PLACES) * _WEIGHTS * length, axis=-1)


def _reach(exponent: Curve, top: Any, step: Any) -> Any:
    """How far from `top` the exponent has fallen by _DROP (up to a factor of 2)."""
    summit = exponent(top[..., None])[..., 0]
    while True:
        near = summit - exponent((top + step)[..., None])[..., 0] < _DROP
        if not near.any():
            return step
        step = np.where(near, 2.0 * step, step)


def _partial_mean(
    exponent: Curve, factor: Curve, summit: Any, width: Any, end: Any, upper: bool, zero: bool
) -> Any:
    """∫ factor · exp(exponent), up to `end` or from there on; where the whole is zero, by the side that is smaller."""
    if zero:
        low, high = np.minimum(end, summit), np.maximum(end, summit)
        below = _one_side(exponent, factor, summit, width, low, False)
        above = _one_side(exponent, factor, summit, width, high, True)
        return np.where(end < summit, below, -above) * (-1.0 if upper else 1.0)
    return _one_side(exponent, factor, summit, width, end, upper)


def _one_side(
    exponent: Curve, factor: Curve, summit: Any, width: Any, end: Any, upper: bool
) -> Any:
    top = np.maximum(summit, end) if upper else np.minimum(summit, end)
    left = top + _reach(exponent, top, -0.1 * width)
    right = top + _reach(exponent, top, 0.1 * width)
    left, right = (np.maximum(left, end), right) if upper else (left, np.minimum(right, end))

    def integrand(s: Any) -> Any:
        return factor(s) * np.exp(exponent(s))

    return _sum(integrand, left, top) + _sum(integrand, top, right)


def _within(x: Any, last: float, zero: bool, upper: bool) -> tuple[Any, Any]:
    """Where there is something to integrate, and what it is elsewhere: 0, and nan for what is no argument."""
    domain = (x >= 0.0) & (x <= last)
    inside = domain & ((x > 0.0) | (upper and not zero)) & ((x < last) | (not upper and not zero))
    return inside, np.where(domain, 0.0, np.nan)


def _summit_of_gamma(a: Any) -> Any:
    """a ln a - a - ln Γ(a), which cancels for large a."""
    from scipy import special

    far = np.maximum(a, 20.0)
    series = (
        1.0 / 12.0 - (1.0 / 360.0 - (1.0 / 1260.0 - 1.0 / (1680.0 * far**2)) / far**2) / far**2
    ) / far
    near = special.xlogy(a, a) - a - special.gammaln(a)
    return np.where(a > 20.0, 0.5 * np.log(far / (2.0 * np.pi)) - series, near)


def _shaped(result: Any, *operands: Any) -> Any:
    """In the precision of the operands, and a number where they are numbers."""
    kinds = [np.asarray(v).dtype for v in operands if type(v) not in (bool, int, float)]
    dtype = np.result_type(*kinds) if kinds else np.dtype(float)
    return result.astype(dtype if dtype.kind == "f" else float)[()]


def gamma_moment(a: Any, x: Any, n: int = 1, upper: bool = False) -> Any:
    """The mean of (ln T - ψ(a))ⁿ over T < x (or T > x) of a gamma distributed T: n = 1 is the slope of
    ``special.gammainc(a, x)`` in `a`.
    """
    from scipy import special

    shape, end = np.broadcast_arrays(np.asarray(a, float), np.asarray(x, float))
    inside, outside = _within(end, np.inf, n == 1, upper)
    peak, shift = np.log(shape), (np.log(shape) - special.digamma(shape))[..., None]
    with np.errstate(divide="ignore"):
        end = np.log(np.where(inside, end, 1.0)) - peak
    summit, shape_ = _summit_of_gamma(shape)[..., None], shape[..., None]
    total = _partial_mean(
        lambda s: summit - shape_ * (np.expm1(np.minimum(s, 700.0)) - s),
        lambda s: (s + shift) ** n,
        np.zeros_like(end),
        1.0 / np.sqrt(shape),
        end,
        upper,
        n == 1,
    )
    return _shaped(np.where(inside, total, outside), a, x)


def beta_moment(a: Any, b: Any, x: Any, m: int = 1, n: int = 0, upper: bool = False) -> Any:
    """The mean of (ln T - c)ᵐ (ln(1 - T) - d)ⁿ over T < x (or T > x) of a beta distributed T, c and d being the
    means of both logarithms: m = 1, n = 0 is the slope of ``special.betainc(a, b, x)`` in `a`.
    """
    from scipy import special

    first, second, end = np.broadcast_arrays(*(np.asarray(v, float) for v in (a, b, x)))
    inside, outside = _within(end, 1.0, m + n == 1, upper)
    with np.errstate(divide="ignore"):
        end = special.logit(np.where(inside, end, 0.5)) - np.log(first / second)
    whole = first + second
    summit = (_summit_of_gamma(first) + _summit_of_gamma(second) - _summit_of_gamma(whole))[
        ..., None
    ]
    near, far = (first / whole)[..., None], (second / whole)[..., None]
    shift_near, shift_far = (
        np.log(v[..., 0]) - special.digamma(w) + special.digamma(whole)
        for v, w in ((near, first), (far, second))
    )
    a_, b_ = first[..., None], second[..., None]
    total = _partial_mean(
        lambda s: summit + a_ * _log_share(-s, near, far) + b_ * _log_share(s, far, near),
        lambda s: (
            (_log_share(-s, near, far) + shift_near[..., None]) ** m
            * (_log_share(s, far, near) + shift_far[..., None]) ** n
        ),
        np.zeros_like(end),
        np.sqrt(whole / (first * second)),
        end,
        upper,
        m + n == 1,
    )
    return _shaped(np.where(inside, total, outside), a, b, x)


def _log_share(s: Any, own: Any, other: Any) -> Any:
    """-ln(own + other · eˢ), where own + other = 1."""
    inner = np.clip(s, -1.0, 1.0)
    with np.errstate(divide="ignore"):
        outside = np.logaddexp(np.log(own), np.log(other) + s)
    return -np.where(inner == s, np.log1p(other * np.expm1(inner)), outside)


def elliptic_moment(phi: Any, m: Any, p: int = 1, q: int = 1) -> Any:
    """∫ sin²ᵖθ (1 - m sin²θ)^(-q - 1/2) dθ from 0 to φ: half of it is the slope of ``special.ellipkinc(phi, m)`` in m.

    >>> round(float(elliptic_moment(1.0, 0.0)), 12)  # 1/2 - sin(2)/4
    0.272675643294
    """
    angle, parameter = np.broadcast_arrays(np.asarray(phi, float), np.asarray(m, float))
    turns = np.round(angle / np.pi)
    m_ = parameter[..., None]

    def integrand(theta: Any) -> Any:
        square = np.sin(theta) ** 2
        return square**p * (1.0 - m_ + m_ * np.cos(theta) ** 2) ** (-q - 0.5)

    with np.errstate(invalid="ignore", divide="ignore"):
        total = _sum(integrand, np.zeros_like(angle), angle - np.pi * turns)
        if turns.any():
            quarter = _sum(integrand, np.zeros_like(angle), np.full_like(angle, 0.5 * np.pi))
            total = total + np.where(turns == 0.0, 0.0, 2.0 * turns * quarter)
    return _shaped(total, phi, m)
