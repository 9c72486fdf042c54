"""Numbers: Python's operators, `math`, and NumPy on scalars."""

from __future__ import annotations

import math
from math import exp, log, pi, sqrt

import numpy as np

from tests.programs.corpus import example

GRAVITY = 9.81


@example(2.0, 5.0)
def ln_sin(x1, x2):
    return np.log(x1) + x1 * x2 - np.sin(x2)


@example(2.0, 5.0)
def ln_sin_math(x1, x2):
    return math.log(x1) + x1 * x2 - math.sin(x2)


@example(1.3)
def polynomial(x):
    return 3 * x**4 - 2.5 * x**3 + x**2 - x + 7


@example(1.3)
def horner(x):
    y = 4.0
    y = y * x - 3.0
    y = y * x + 2.0
    y = y * x - 1.0
    return y


@example(0.7, 1.9)
def powers(x, p):
    return x**p + p**x + x**-2 + x**0.5 + 2.0**x


@example(1.5, 0.4)
def quotient(a, b):
    return (a / b - b / a) / (1 + a * b)


@example(0.3)
def trigonometry(x):
    return math.sin(x) * math.cos(2 * x) + math.tan(x) ** 2


@example(0.3)
def inverse_trigonometry(x):
    return math.asin(x) + math.acos(x) * x + math.atan(x) * math.atan2(x, 1 - x)


@example(0.8)
def hyperbolic(x):
    return np.sinh(x) / np.cosh(x) - np.tanh(x) ** 2 + np.arctanh(x) * np.arcsinh(x)


@example(1.7)
def exponentials(x):
    return np.exp(-x) + np.expm1(x) * np.log1p(x) + np.log2(x) * np.log10(x) + np.exp2(x)


@example(1.2, -0.7)
def hypotenuse(x, y):
    return math.hypot(x, y) + np.hypot(x, 2 * y) * np.arctan2(y, x)


@example(2.2, 1.4, 0.6)
def heron(a, b, c):
    s = (a + b + c) / 2
    return sqrt(s * (s - a) * (s - b) * (s - c) + 1.0)


@example(100.0, 95.0, 0.5, 0.02, 0.3)
def black_scholes(spot, strike, time, rate, volatility):
    spread = volatility * sqrt(time)
    d1 = (log(spot / strike) + (rate + volatility**2 / 2) * time) / spread
    d2 = d1 - spread
    low = 0.5 * (1 + math.tanh(0.7978845608 * (d1 + 0.044715 * d1**3)))
    high = 0.5 * (1 + math.tanh(0.7978845608 * (d2 + 0.044715 * d2**3)))
    return spot * low - strike * exp(-rate * time) * high


@example(0.4, 1.1)
def pendulum_energy(angle, speed):
    kinetic = 0.5 * speed**2
    potential = GRAVITY * (1 - np.cos(angle))
    return kinetic + potential


@example(0.9)
def augmented(x):
    y = x
    y += 2.0
    y *= x
    y -= x**2 / 3
    y /= 1 + x
    y **= 2
    return y


@example(1.1)
def walrus_and_chained(x):
    a = b = x * x
    c = (d := a + b) * d
    return c - a + d


@example(0.6)
def name_reused(x):
    y = np.sin(x)
    y = y * y
    x = y + x
    y = x * y
    return y


@example(1.4, 0.3)
def swapped(a, b):
    a, b = b * a, a + b
    a, b = b, a
    return a * a / b


@example(0.5)
def annotated(x: float) -> float:
    y: float = x * pi
    z: float
    z = y * y
    return z - x


@example(2.5)
def signs(x):
    return -x + +x**2 - -(x**3) + abs(-x)


@example(2.3)
def floors(x):
    return x * math.floor(x) + x * np.floor(x * 2) + x // 2 + x % 2.0


@example(1.7)
def unused_values(x):
    y = x * x
    z = np.exp(y)
    w = np.sin(z)  # noqa: F841
    return y


@example(1.5, 2.5)
def independent_of_one(x, y):
    return x * x


@example(3.0)
def identity(x):
    return x


@example(3.0)
def constant(x):
    return 2.0


@example(0.25)
def sigmoid(x):
    return 1 / (1 + math.exp(-x))


@example(1.25, 0.75)
def extremes(x, y):
    return max(x, y) * min(x, 2.0) + max(x * y, 0.0, y) + np.maximum(x, y) * np.minimum(x, 0.5)


@example(0.9)
def self_products(x):
    y = x * x
    z = y * y
    return z * z + y * x
