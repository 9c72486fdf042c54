"""Functions of `statistics` as one would write them: what a call of the original enters.

The library computes with exact fractions and rounds once; here sums are `math.fsum`, which rounds once, too.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

__all__ = [
    "fmean",
    "geometric_mean",
    "harmonic_mean",
    "mean",
    "median",
    "median_high",
    "median_low",
    "pstdev",
    "pvariance",
    "stdev",
    "variance",
]


def mean(data: Iterable[Any]) -> Any:
    values = list(data)
    return math.fsum(values) / len(values)


def fmean(data: Iterable[Any], weights: Any = None) -> Any:
    values = list(data)
    if weights is None:
        return math.fsum(values) / len(values)
    factors = list(weights)
    return math.fsum([w * v for w, v in zip(factors, values)]) / math.fsum(factors)  # noqa: B905


def geometric_mean(data: Iterable[Any]) -> Any:
    values = list(data)
    return math.exp(math.fsum([math.log(v) for v in values]) / len(values))


def harmonic_mean(data: Iterable[Any], weights: Any = None) -> Any:
    values = list(data)
    if weights is None:
        return len(values) / math.fsum([1.0 / v for v in values])
    factors = list(weights)
    return math.fsum(factors) / math.fsum([w / v for w, v in zip(factors, values)])  # noqa: B905


def pvariance(data: Iterable[Any], mu: Any = None) -> Any:
    values = list(data)
    centre = mean(values) if mu is None else mu
    return math.fsum([(v - centre) ** 2 for v in values]) / len(values)


def variance(data: Iterable[Any], xbar: Any = None) -> Any:
    values = list(data)
    centre = mean(values) if xbar is None else xbar
    return math.fsum([(v - centre) ** 2 for v in values]) / (len(values) - 1)


def pstdev(data: Iterable[Any], mu: Any = None) -> Any:
    return math.sqrt(pvariance(data, mu))


def stdev(data: Iterable[Any], xbar: Any = None) -> Any:
    return math.sqrt(variance(data, xbar))


def median(data: Iterable[Any]) -> Any:
    values = sorted(data)
    n = len(values)
    if n % 2 == 1:
        return values[n // 2]
    return (values[n // 2 - 1] + values[n // 2]) / 2


def median_low(data: Iterable[Any]) -> Any:
    values = sorted(data)
    n = len(values)
    return values[n // 2] if n % 2 == 1 else values[n // 2 - 1]


def median_high(data: Iterable[Any]) -> Any:
    values = sorted(data)
    return values[len(values) // 2]
