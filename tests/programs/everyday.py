"""Short programs as people write them, without a thought for differentiation."""

from __future__ import annotations

import logging
import math
from functools import partial

import numpy as np

from tests.programs.corpus import example

RNG = np.random.default_rng(31)
V = np.array([0.7, -0.3, 1.2, 0.4])
M = RNG.normal(size=(3, 3))
LOG = logging.getLogger(__name__)


@example(V)
def running_total_in_place(x):
    for i in range(1, len(x)):
        x[i] += x[i - 1]
    return x[-1] * x[2]


@example(V)
def normalise(x):
    x -= x.mean()
    x /= x.std()
    return np.sum(x**3)


@example(V)
def clip_by_loop(x):
    out = []
    for k in range(4):
        v = x[k]
        if v < 0:
            v = 0.0
        elif v > 1:
            v = 1.0 + 0.1 * (v - 1.0)
        out.append(v)
    return sum(out)


@example(V, 0.5)
def first_index_above(x, limit):
    for i, v in enumerate(x):
        if v > limit:
            return v * (i + 1)
    return 0.0 * limit


@example(V)
def second_largest(x):
    biggest = second = -1e9
    for v in x:
        if v > biggest:
            biggest, second = v, biggest
        elif v > second:
            second = v
    return second * biggest


@example(V)
def alternating_sum(x):
    sign, total = 1, 0.0
    for v in x:
        total += sign * v * v
        sign = -sign
    return total


@example(V, 2.0)
def polynomial_from_a_dict(x, a):
    coefficients = {0: 1.0, 2: a, 3: -0.5}
    return sum(c * x[0] ** p for p, c in coefficients.items()) + x[1]


@example(3.0)
def babylonian(a):
    guess = a / 2
    while True:
        better = (guess + a / guess) / 2
        if abs(better - guess) < 1e-14:
            return better
        guess = better


@example(1.4, 0.3)
def clamp_and_blend(x, t):
    clamp = lambda v, lo=0.0, hi=1.0: lo if v < lo else hi if v > hi else v
    lerp = lambda a, b, u: a + (b - a) * clamp(u)
    return lerp(x, x * x, t) + lerp(x, 2.0, 1.7)


@example(1.2, 0.5)
def activation_by_name(x, slope):
    def act(name, v):
        match name:
            case "relu":
                return max(v, 0.0)
            case "leaky":
                return v if v > 0 else slope * v
            case "tanh" | "hyperbolic":
                return math.tanh(v)
            case _:
                raise ValueError(name)

    return act("relu", x) + act("leaky", -x) + act("hyperbolic", x)


@example(0.8)
def units_by_dictionary(x):
    units = {"mm": 1e-3, "cm": 1e-2, "m": 1.0}
    total = 0.0
    for amount, unit in ((x, "cm"), (2 * x, "m"), (x * x, "mm")):
        total += amount * units[unit]
    return total


@example(0.8)
def partial_functions(x):
    power = lambda base, exponent: base**exponent
    square = partial(power, exponent=2)
    cube = partial(power, exponent=3)
    return square(x) + cube(x + 1.0)


@example(1.7, 0.4)
def compose_many(x, a):
    steps = [math.sin, lambda t: t * a, abs, lambda t: t + x]
    for f in steps:
        x = f(x)
    return x


@example(2.0, 3.0)
def quadratic_roots(b, c):
    disc = b * b + 4 * c
    assert disc >= 0, "no real roots"
    q = -0.5 * (b + math.copysign(math.sqrt(disc), b))
    return q, -c / q


@example(0.3, 0.9)
def counts_and_prints(x, y):
    calls = 0
    best = None
    for k in range(4):
        value = math.sin(x * k) * y
        calls += 1
        if best is None or value > best:
            best = value
    print(f"best {best:.3f} after {calls} calls")
    return best


@example(0.3)
def logs_its_way(x):
    LOG.debug("start %s", x)
    y = x
    for i in range(3):
        y = y * x + 1.0
        if i == 1:
            LOG.debug("half way: %f", y)
    return y


@example(0.4)
def cleanup_in_finally(x):
    state = {"open": True, "value": x}
    try:
        state["value"] = math.exp(state["value"])
        if state["value"] > 1.0:
            return state["value"] * 2.0
    finally:
        state["open"] = False
    return x


@example(1.3, V)
def default_arguments(x, v):
    def affine(t, *, scale=2.0, shift=None):
        if shift is None:
            shift = scale * 0.5
        return scale * t + shift

    return affine(x) + affine(x, scale=x) + np.sum(affine(v, shift=v[0]))


@example(0.9)
def nested_helpers(x):
    def outer(a):
        def inner(b):
            return a * b + x

        return inner(a) + inner(x)

    return outer(x) * outer(2.0)


@example(0.6, 4)
def counted_recursion(x, n):
    def factorial_term(k):
        out = 1.0
        while k > 1:
            out *= k
            k -= 1
        return out

    total = 0.0
    for k in range(n):
        total += x**k / factorial_term(k)
    return total


@example(np.array([0.4, 0.8]), np.array([1.0, -0.5]))
def swap_until_sorted(a, b):
    if a[0] < a[1]:
        a, b = b, a
    (x, y), (u, v) = a, b
    x, y = y, x
    return x * u + y * v * v


@example(V)
def unpacking_with_star(x):
    first, *middle, last = x[0], x[1], x[2], x[3]
    return first * last + sum(m * m for m in middle)


@example(0.4, 1.1)
def walrus_and_chain(x, y):
    if (r := math.hypot(x, y)) > 1.0 and 0.0 < x < y:
        return r * r * x
    return r


@example(0.4, None)
def optional_argument(x, scale):
    scale = scale or 2.0
    y = x if scale is None else x * scale
    return y * y


@example({"rate": 0.3, "steps": 4, "name": "demo"}, 1.5)
def configuration(config, x):
    if config["name"] != "demo":
        raise KeyError(config["name"])
    for _ in range(config["steps"]):
        x -= config["rate"] * math.sin(x)
    return x


@example(0.8, 0.2)
def accumulate_by_key(x, y):
    totals = {}
    for key, value in [("a", x), ("b", y), ("a", x * y), ("c", 1.0), ("b", x)]:
        totals[key] = totals.get(key, 0.0) + value
    return totals["a"] * totals["b"] + totals["c"]


@example(V)
def histogram_soft(x):
    centers = np.linspace(-1.0, 1.0, 4)
    counts = np.zeros(4)
    for v in x:
        w = np.exp(-((v - centers) ** 2) / 0.1)
        counts += w / w.sum()
    return np.sum(counts**2)


@example(V)
def bilinear_table(x):
    table = np.array([[0.0, 1.0, 0.5], [2.0, 0.3, 0.7], [0.1, 0.9, 1.5]])
    u, v = abs(x[0]), abs(x[1])
    i, j = int(u), int(v)
    fu, fv = u - i, v - j
    return (
        table[i, j] * (1 - fu) * (1 - fv)
        + table[i + 1, j] * fu * (1 - fv)
        + table[i, j + 1] * (1 - fu) * fv
        + table[i + 1, j + 1] * fu * fv
    )


@example(0.37)
def linear_interpolation(t):
    xs, ys = np.array([0.0, 0.3, 0.7, 1.0]), np.array([1.0, 0.2, 0.8, 0.5])
    for k in range(len(xs) - 1):
        if xs[k] <= t <= xs[k + 1]:
            w = (t - xs[k]) / (xs[k + 1] - xs[k])
            return (1 - w) * ys[k] + w * ys[k + 1]
    raise ValueError("outside")


@example(5.2)
def income_tax(income):
    brackets = [(1.0, 0.0), (3.0, 0.2), (6.0, 0.4)]
    tax, lower = 0.0, 0.0
    for upper, rate in brackets:
        if income <= lower:
            break
        tax += (min(income, upper) - lower) * rate
        lower = upper
    return tax + 0.01 * income**2


@example(1000.0, 0.05)
def loan_balance(principal, rate):
    balance = principal
    months = 0
    while balance > 0 and months < 12:
        interest = balance * rate / 12
        balance += interest
        payment = 90.0 if balance > 90.0 else balance
        balance -= payment
        months += 1
    return balance


@example(0.5, 2.0)
def conditional_chain(x, y):
    a = x if x > y else y
    b = not (x > y)
    c = b and x * 2.0 or y
    return a * c if 0 < a <= 5 else -a


@example(np.array([[0.2, 0.4], [0.6, 0.8], [1.0, 1.2]]))
def broadcast_idioms(a):
    centred = a - a.mean(axis=0)
    cov = centred.T @ centred / (len(a) - 1)
    whitened = centred / a.std(axis=0, ddof=1)
    return cov[0, 1] + np.sum(whitened[:, 0] * a[:, 1])


@example(np.array([[0.2, 0.4], [0.6, 0.8]]), np.array([[1.0, 0.5], [0.3, 2.0]]))
def einsum_and_friends(a, b):
    c = np.einsum("ij,jk->ik", a, b)
    d = np.tensordot(a, b, axes=1)
    e = np.kron(a, b)[1:3, 1:3]
    return np.trace(c) + np.sum(d * e) + np.vdot(a, b) + np.linalg.det(c)


@example(V)
def quantiles(x):
    return np.median(x) + np.quantile(x, 0.3) + np.percentile(x, 80.0) - x.min() + np.ptp(x)


@example(V)
def cumulative_tools(x):
    c = np.cumsum(x)
    drawdown = np.maximum.accumulate(c) - c
    return drawdown.max() + np.cumprod(1.0 + 0.1 * x)[-1]


@example(V)
def stacking(x):
    a = np.vstack([x, 2.0 * x])
    b = np.hstack([x[:2], x[2:] ** 2])
    c = np.concatenate([a.ravel(), b])
    return np.sum(c[::3]) + np.tile(x, 2)[5] + np.repeat(x, 2)[3]


@example(V)
def padded_and_rolled(x):
    p = np.pad(x, 1)
    lap = p[2:] - 2 * p[1:-1] + p[:-2]
    return np.sum(lap * np.roll(x, 1)) + np.flip(x)[0]


@example(V)
def interpolated_samples(x):
    grid = np.linspace(0.0, 1.0, 4)
    return np.sum(np.interp([0.1, 0.55, 0.9], grid, x) ** 2) + np.trapezoid(x, grid)


@example(0.6)
def local_import_and_constants(x):
    from math import pi, tau

    return math.sin(pi * x) + tau * x


@example(np.array([0.5, 1.5]))
def numbers_out_of_arrays(x):
    a = float(x[0])
    b = x[1].item()
    n = int(b)
    return a * b + n * a
