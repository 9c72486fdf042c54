"""Derivatives of the logarithm of the gamma function, and modified Bessel functions.

Numbers only for the gamma functions (that is what `math.gamma` takes), arrays too for the Bessel function.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

#: Bernoulli numbers B₂, B₄, … B₂₄
_BERNOULLI = (
    1 / 6, -1 / 30, 1 / 42, -1 / 30, 5 / 66, -691 / 2730, 7 / 6, -3617 / 510,
    43867 / 798, -174611 / 330, 854513 / 138, -236364091 / 2730,
)  # fmt: skip
_FAR = 16.0


def digamma(x: float) -> float:
    """ψ(x) = Γ'(x) / Γ(x).

    ψ(x) = ψ(x + 1) - 1/x carries x to where the asymptotic series holds (Abramowitz & Stegun 6.3.5, 6.3.18);
    1 - x is used for negative x (6.3.7).

    >>> round(digamma(1.0), 12)  # -γ
    -0.577215664902
    """
    if x <= 0.0:
        if x == math.floor(x):
            raise ValueError(f"the gamma function has a pole at {x!r}")
        # the tangent of what is left of x has few digits to lose
        return digamma(1.0 - x) - math.pi / math.tan(math.pi * (x - math.floor(x)))
    found = 0.0
    while x < _FAR:
        found -= 1.0 / x
        x += 1.0
    square, power, series = x * x, 1.0, 0.0
    for k, number in enumerate(_BERNOULLI[:8], 1):
        power *= square
        series += number / (2 * k * power)
    return found + math.log(x) - 0.5 / x - series


def polygamma(n: int, x: float) -> float:
    """The n-th derivative of ψ.

    For n ≥ 1: ψ⁽ⁿ⁾(x) = ψ⁽ⁿ⁾(x + 1) - (-1)ⁿ n! / xⁿ⁺¹, and the asymptotic series (Abramowitz & Stegun 6.4.6,
    6.4.11).

    >>> polygamma(1, 1.0) - math.pi**2 / 6 < 1e-15
    True
    """
    if n == 0:
        return digamma(x)
    if x <= 0.0 and x == math.floor(x):
        raise ValueError(f"the gamma function has a pole at {x!r}")
    sign, factorial = (-1.0) ** (n + 1), math.factorial(n)
    steps = []
    while x < _FAR + n:
        steps.append(factorial / x ** (n + 1))
        x += 1.0
    series = math.factorial(n - 1) / x**n + factorial / (2.0 * x ** (n + 1))
    for k, number in enumerate(_BERNOULLI, 1):
        series += (
            number * (math.factorial(2 * k + n - 1) / math.factorial(2 * k)) / x ** (2 * k + n)
        )
    return sign * (math.fsum(steps) + series)


def bessel_i(x: Any, n: int = 1) -> Any:
    """The modified Bessel function Iₙ of a small order; I₁ is the derivative of I₀ = `np.i0`.

    Its power series has terms of one sign, and no digits are lost in it; for large x the asymptotic
    series (Abramowitz & Stegun 9.6.10, 9.7.1).

    >>> float(bessel_i(1.0))
    0.565159103992485
    """
    value = np.asarray(x, dtype=np.float64)
    size, last = np.abs(value), 30.0 + 0.5 * n * n
    far = size > last
    near = np.where(far, 0.0, size)
    quarter, term = near * near / 4.0, (near / 2.0) ** n / math.factorial(n)
    total = term.copy()
    for k in range(1, 80 + n * n):
        term = term * quarter / (k * (k + n))
        total += term
    large = np.where(far, size, last)
    factor, series = np.ones_like(large), np.ones_like(large)
    for k in range(1, 18):
        factor = factor * -(4.0 * n * n - (2 * k - 1) ** 2) / (8.0 * k * large)
        series += factor
    half = np.exp(large / 2.0)  # e^x in two factors, the second of which may overflow later
    asymptotic = half * (series / np.sqrt(2.0 * np.pi * large)) * half
    found = np.where(far, asymptotic, total)
    if n % 2:
        found = np.copysign(found, value)
    return found.astype(np.asarray(x).dtype)[()] if np.asarray(x).dtype.kind == "f" else found[()]
