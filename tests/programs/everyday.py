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


@example(V)
def moving_average(x):
    window = 2
    out = np.empty(len(x) - window + 1)
    for i in range(len(out)):
        out[i] = x[i : i + window].mean()
    return np.sum(out**2)


@example(V)
def finite_differences(x):
    d = np.diff(x)
    return np.sum(np.abs(d)) + np.sum(d[1:] * d[:-1])


@example(M)
def trace_and_symmetry(a):
    n = len(a)
    tr = sum(a[i, i] for i in range(3))
    asym = 0.0
    for i in range(n):
        for j in range(i):
            asym += (a[i, j] - a[j, i]) ** 2
    return tr - asym


@example(M)
def matrix_product_by_hand(a):
    n, m = a.shape
    b = a.T
    c = [[0.0] * 3 for _ in range(3)]
    for i in range(3):
        for j in range(3):
            for k in range(3):
                c[i][j] += a[i, k] * b[k, j]
    return sum(sum(row) for row in c)


@example(M, V[:3])
def power_method(a, v):
    s = a @ a.T
    for _ in range(5):
        v = s @ v
        v = v / np.sqrt(v @ v)
    return v @ s @ v


@example(M + 4.0 * np.eye(3), V[:3])
def gaussian_elimination(a, b):
    n = len(b)
    for k in range(n - 1):
        for i in range(k + 1, n):
            factor = a[i, k] / a[k, k]
            a[i, k:] -= factor * a[k, k:]
            b[i] -= factor * b[k]
    x = np.zeros(n)
    for i in reversed(range(n)):
        x[i] = (b[i] - np.dot(a[i, i + 1 :], x[i + 1 :])) / a[i, i]
    return np.sum(x**2)


@example(M + 4.0 * np.eye(3))
def lu_with_pivots(a):
    n = a.shape[0]
    sign = 1.0
    for k in range(n):
        p = k + int(np.argmax(np.abs(a[k:, k])))
        if p != k:
            a[[k, p]] = a[[p, k]]
            sign = -sign
        for i in range(k + 1, n):
            a[i, k] /= a[k, k]
            a[i, k + 1 :] -= a[i, k] * a[k, k + 1 :]
    return sign * np.prod(np.diag(a))


@example(M)
def gram_schmidt(a):
    q = np.zeros_like(a)
    for j in range(a.shape[1]):
        v = a[:, j].copy()
        for i in range(j):
            v -= np.dot(q[:, i], a[:, j]) * q[:, i]
        q[:, j] = v / np.linalg.norm(v)
    return np.sum(q[0] * np.arange(3.0))


@example(M)
def jacobi_rotation(a):
    s = a + a.T
    theta = 0.5 * np.arctan2(2.0 * s[0, 1], s[1, 1] - s[0, 0])
    c, t = np.cos(theta), np.sin(theta)
    r = np.eye(3)
    r[0, 0] = r[1, 1] = c
    r[0, 1], r[1, 0] = t, -t
    return np.sum((r.T @ s @ r)[0] ** 2)


@example(V, V[::-1].copy())
def cosine_similarity(a, b):
    return a @ b / (np.linalg.norm(a) * np.linalg.norm(b))


@example(RNG.normal(size=(4, 2)))
def pairwise_distances(p):
    diff = p[:, None, :] - p[None, :, :]
    d2 = np.einsum("ijk,ijk->ij", diff, diff)
    i, j = np.triu_indices(4, k=1)
    return np.sum(np.sqrt(d2[i, j]))


@example(RNG.normal(size=(4, 2)))
def polygon_area(p):
    x, y = p[:, 0], p[:, 1]
    return 0.5 * np.abs(np.dot(x, np.roll(y, 1)) - np.dot(y, np.roll(x, 1)))


@example(RNG.normal(size=(4, 2)))
def shoelace_by_loop(points):
    area = 0.0
    n = len(points)
    for i in range(n):
        j = (i + 1) % n
        area += points[i, 0] * points[j, 1] - points[j, 0] * points[i, 1]
    return area / 2


@example(V)
def top_two(x):
    s = np.sort(x)[::-1]
    return s[0] - s[1] ** 2


@example(V)
def weights_by_rank(x):
    order = np.argsort(x)
    w = np.empty(len(x))
    w[order] = np.arange(len(x)) / len(x)
    return w @ x


@example(V)
def log_sum_of_exponentials(x):
    m = max(x)
    return m + math.log(sum(math.exp(v - m) for v in x))


@example(np.array([0.2, 0.5, 0.3]), V[:3])
def expectation_and_variance(p, x):
    mean = sum(pi * xi for pi, xi in zip(p, x))
    var = sum(pi * (xi - mean) ** 2 for pi, xi in zip(p, x))
    return mean + var


@example(V)
def masked_mean(x):
    good = x > 0
    if not good.any():
        return 0.0
    return x[good].sum() / good.sum()


@example(M)
def where_and_masks(a):
    b = a.copy()
    b[b < 0] *= 0.1
    b[np.abs(a) > 1.0] = 1.0
    return np.where(a > 0.5, b, a * b).sum()


@example(M)
def rows_with_large_norm(a):
    total = 0.0
    for row in a:
        norm = np.sqrt((row**2).sum())
        if norm < 1.0:
            continue
        total += row.max() / norm
    return total


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
