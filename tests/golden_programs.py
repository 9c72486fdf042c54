"""Small programs, one idea each, whose every stage is kept as text in ``golden/stages``."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

SCALE = 2.0


class Point(NamedTuple):
    x: float
    y: float


def ln_sin(x1, x2):
    return np.log(x1) + x1 * x2 - np.sin(x2)


def square(x):
    return x * x


def cube(x):
    return x**3


def quotient(a, b):
    return a / b


def power(a, b):
    return a**b


def noisy_steps(x, rng):
    for k in range(4):
        if x < 2.0:
            x = x + 0.1 * x * rng.normal()
        print(f"step {k}: {x:.3f}")
    return x


def named_steps(x):
    r = math.tanh(x)
    s = r * r
    return s + r


def rebound(x):
    x = x * 2.0
    x = x * x
    return x + 1.0


def repeated_read(x):
    y = math.sin(x)
    return y * y + y


def unused(x, y):
    z = x * y
    _ = math.exp(y)
    return z + 0.0 * x


def ternary(x):
    return x * x if x > 0.0 else -x


def branches(x, y):
    if x > y:
        z = x * y
        z = z + 1.0
    else:
        z = y - x
    return z * z


def early_return(x):
    if x < 0.0:
        return -x
    return x * x


def and_or(x):
    return x if x > 0.0 and x < 1.0 else 0.0


def maximum(x):
    return np.maximum(x, 0.0)


def hypotenuse(x, y):
    return math.hypot(x, y)


def helper_call(x):
    return square(x) + square(2.0 * x)


def scaled_by_global(x):
    return SCALE * x


def lambda_call(x):
    f = lambda t: t * x  # noqa: E731
    return f(x) + f(2.0)


def point(p):
    return p.x * p.y


def parameters(params, x):
    return np.sum(np.tanh(x @ params["W"] + params["b"]))


def sum_of_squares(x):
    return np.sum(x * x)


def dot(x, y):
    return x @ y


def quadratic_form(x, a):
    return x @ a @ x


def row_sums(a):
    return np.sum(np.sum(a, axis=1) ** 2)


def broadcast(x, b):
    return np.sum(x * b)


def slices(x):
    return np.sum((x[1:] - x[:-1]) ** 2)


def elements(x):
    return x[0] * x[1] + x[0]


def masked(x):
    return np.sum(x[x > 0.0])


def gathered(x, i):
    return np.sum(x[i] ** 2)


def where(x):
    return np.sum(np.where(x > 0.0, np.log(x), 0.0))


def softmax_loss(z):
    e = np.exp(z - np.max(z))
    p = e / np.sum(e)
    return -np.log(p[0])


def reshaped(x):
    return np.sum(x.reshape(2, -1)[0] ** 2)


def joined(x, y):
    return np.sum(np.concatenate([x, 2.0 * y]) ** 2)


def for_loop(x):
    for _ in range(10):
        x = x * (1.0 - x)
    return x


def accumulated(x):
    total = 0.0
    for i in range(3):
        total += x**i
    return total


def over_elements(w, xs):
    total = 0.0
    for x in xs:
        r = math.tanh(w * x)
        if r > 0.0:
            total = total + r * r
    return total


def newton(a):
    x = a
    while abs(x * x - a) > 1e-10:
        x = 0.5 * (x + a / x)
    return x


def broken_off(a):
    total = 0.0
    term = 1.0
    for k in range(1, 50):
        term = term * a / k
        if term < 1e-8:
            break
        total += term
    return total


def area(f, low, high):
    middle = 0.5 * (low + high)
    coarse = (high - low) * f(middle)
    fine = 0.5 * (high - low) * (f(0.5 * (low + middle)) + f(0.5 * (middle + high)))
    if abs(fine - coarse) < 1e-3:
        return fine
    return area(f, low, middle) + area(f, middle, high)


def called_recursion(k):
    return area(lambda x: math.exp(-k * x), 0.0, 2.0)


def inner_derivative(x):
    import adcompiler as ad

    return x * ad.grad(square)(x)


CASES: dict[str, tuple[Callable[..., Any], tuple[Any, ...], Any]] = {
    "ln_sin": (ln_sin, (2.0, 5.0), (0, 1)),
    "square": (square, (3.0,), 0),
    "cube": (cube, (3.0,), 0),
    "quotient": (quotient, (3.0, 2.0), (0, 1)),
    "power": (power, (3.0, 2.0), (0, 1)),
    "named_steps": (named_steps, (0.5,), 0),
    "rebound": (rebound, (0.5,), 0),
    "repeated_read": (repeated_read, (0.5,), 0),
    "unused": (unused, (0.5, 0.5), 0),
    "ternary": (ternary, (0.5,), 0),
    "branches": (branches, (0.5, 0.2), (0, 1)),
    "early_return": (early_return, (0.5,), 0),
    "and_or": (and_or, (0.5,), 0),
    "maximum": (maximum, (0.5,), 0),
    "hypotenuse": (hypotenuse, (3.0, 4.0), (0, 1)),
    "helper_call": (helper_call, (0.5,), 0),
    "scaled_by_global": (scaled_by_global, (0.5,), 0),
    "lambda_call": (lambda_call, (0.5,), 0),
    "point": (point, (Point(1.0, 2.0),), 0),
    "parameters": (parameters, ({"W": np.ones((3, 2)), "b": np.ones(2)}, np.ones((4, 3))), 0),
    "sum_of_squares": (sum_of_squares, (np.ones(3),), 0),
    "dot": (dot, (np.ones(3), np.ones(3)), (0, 1)),
    "quadratic_form": (quadratic_form, (np.ones(3), np.ones((3, 3))), (0, 1)),
    "row_sums": (row_sums, (np.ones((2, 3)),), 0),
    "broadcast": (broadcast, (np.ones((2, 3)), np.ones(3)), (0, 1)),
    "slices": (slices, (np.ones(4),), 0),
    "elements": (elements, (np.ones(4),), 0),
    "masked": (masked, (np.ones(4),), 0),
    "gathered": (gathered, (np.ones(4), np.array([0, 0, 2])), 0),
    "where": (where, (np.ones(4),), 0),
    "softmax_loss": (softmax_loss, (np.ones(4),), 0),
    "reshaped": (reshaped, (np.ones(4),), 0),
    "joined": (joined, (np.ones(2), np.ones(3)), (0, 1)),
    "for_loop": (for_loop, (0.3,), 0),
    "accumulated": (accumulated, (0.3,), 0),
    "over_elements": (over_elements, (0.3, np.ones(3)), 0),
    "newton": (newton, (2.0,), 0),
    "broken_off": (broken_off, (0.5,), 0),
    "called_recursion": (called_recursion, (1.5,), 0),
    "inner_derivative": (inner_derivative, (2.0,), 0),
    "noisy_steps": (noisy_steps, (0.5, np.random.default_rng(1)), 0),
}
