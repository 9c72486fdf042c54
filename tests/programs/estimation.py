"""Finance, statistics, optimisation, root finding: what people minimise, price, fit and solve."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from tests.programs.corpus import example

RNG = np.random.default_rng(23)
NORMALS = RNG.normal(size=(6, 3))


def normal_cdf(x):
    return 0.5 * (1.0 + math.erf(x / math.sqrt(2.0)))


@example(100.0, 95.0, 0.5, 0.03, 0.25)
def black_scholes_call(spot, strike, expiry, rate, vol):
    d1 = (math.log(spot / strike) + (rate + 0.5 * vol**2) * expiry) / (vol * math.sqrt(expiry))
    d2 = d1 - vol * math.sqrt(expiry)
    return spot * normal_cdf(d1) - strike * math.exp(-rate * expiry) * normal_cdf(d2)


@example(100.0, 0.03, 0.25)
def monte_carlo_call(spot, rate, vol):
    dt = 1.0 / 3
    payoff = 0.0
    for path in NORMALS:
        s = spot
        for z in path:
            s *= np.exp((rate - 0.5 * vol**2) * dt + vol * np.sqrt(dt) * z)
        payoff += max(s - 98.3, 0.0)
    return np.exp(-rate) * payoff / len(NORMALS)


@example(100.0, 0.03, 0.25, NORMALS)
def asian_option_vectorised(spot, rate, vol, normals):
    steps = normals.shape[1]
    dt = 1.0 / steps
    increments = (rate - 0.5 * vol * vol) * dt + vol * math.sqrt(dt) * normals
    paths = spot * np.exp(np.cumsum(increments, axis=1))
    return np.exp(-rate) * np.maximum(paths.mean(axis=1) - 101.7, 0.0).mean()


@example(100.0, 0.03, 0.25)
def american_put_on_a_tree(spot, rate, vol):
    n, strike = 4, 108.1
    dt = 1.0 / n
    up = np.exp(vol * np.sqrt(dt))
    p = (np.exp(rate * dt) - 1.0 / up) / (up - 1.0 / up)
    values = np.array([max(strike - spot * up ** (2 * j - n), 0.0) for j in range(n + 1)])
    for i in range(n - 1, -1, -1):
        for j in range(i + 1):
            hold = np.exp(-rate * dt) * (p * values[j + 1] + (1.0 - p) * values[j])
            exercise = strike - spot * up ** (2 * j - i)
            values[j] = max(hold, exercise)
    return values[0]


@example(10.5, 100.0)
def implied_volatility(price, spot):
    vol = 0.3
    for _ in range(50):
        d1 = (math.log(spot / 100.0) + 0.5 * vol**2) / vol
        value = spot * normal_cdf(d1) - 100.0 * normal_cdf(d1 - vol)
        vega = spot * math.exp(-0.5 * d1 * d1) / math.sqrt(2 * math.pi)
        diff = value - price
        vol -= diff / vega
        if abs(diff) < 1e-13:
            return vol
    raise RuntimeError("no convergence")


@example(np.array([0.02, 0.025, 0.03]), 0.04)
def bond_price(zero_rates, coupon):
    price = 0.0
    for year, r in enumerate(zero_rates, start=1):
        cash = coupon + (1.0 if year == len(zero_rates) else 0.0)
        price += cash / (1.0 + r) ** year
    return price


def newton(f, df, x0, tol=1e-13, max_iter=50):
    x = x0
    i = 0
    while i < max_iter:
        step = f(x) / df(x)
        x = x - step
        if abs(step) < tol:
            break
        i += 1
    else:
        raise ValueError("did not converge")
    return x


@example(0.4, 0.9)
def kepler_equation(mean_anomaly, eccentricity):
    E = newton(lambda E: E - eccentricity * math.sin(E) - mean_anomaly, lambda E: 1.0 - eccentricity * math.cos(E), mean_anomaly)
    return E


def bisect(f, lo, hi, steps=60):
    flo = f(lo)
    while steps > 0:
        mid = 0.5 * (lo + hi)
        fmid = f(mid)
        if flo * fmid <= 0:
            hi = mid
        else:
            lo, flo = mid, fmid
        steps -= 1
    return 0.5 * (lo + hi)


@example(2.0, 0.7)
def bisection_then_newton(a, b):
    f = lambda x: x**3 + a * x - b
    x = bisect(f, -2.0, 2.0, steps=20)
    for _ in range(3):
        x = x - f(x) / (3.0 * x**2 + a)
    return x


@example(np.array([0.5, -0.3]), np.array([[2.0, 0.3], [0.3, 1.5]]))
def gradient_descent_on_a_quadratic(b, A):
    x = np.zeros(2)
    history = []
    for it in range(6):
        g = A @ x - b
        x = x - 0.3 * g
        history.append(0.5 * x @ A @ x - b @ x)
    return history[-1]


@example(RNG.normal(size=(3, 3)), RNG.normal(size=3))
def conjugate_gradient(M, b):
    A = M @ M.T + 3.0 * np.eye(3)
    x = np.zeros_like(b)
    r = b - A @ x
    p = r.copy()
    rs = r @ r
    for _ in range(2):
        Ap = A @ p
        alpha = rs / (p @ Ap)
        x += alpha * p
        r -= alpha * Ap
        rs_new = r @ r
        p = r + (rs_new / rs) * p
        rs = rs_new
    return np.sum(x**2) + rs


class Adam:
    def __init__(self, lr, b1=0.9, b2=0.99):
        self.lr, self.b1, self.b2 = lr, b1, b2
        self.m = self.v = None
        self.t = 0

    def update(self, params, grads):
        if self.m is None:
            self.m = np.zeros_like(params)
            self.v = np.zeros_like(params)
        self.t += 1
        self.m = self.b1 * self.m + (1 - self.b1) * grads
        self.v = self.b2 * self.v + (1 - self.b2) * grads**2
        mhat = self.m / (1 - self.b1**self.t)
        vhat = self.v / (1 - self.b2**self.t)
        return params - self.lr * mhat / (np.sqrt(vhat) + 1e-8)


@example(np.array([0.5, -1.2]), 0.1)
def unrolled_adam(w, lr):
    opt = Adam(lr)
    for _ in range(4):
        grads = 2.0 * (w - np.array([1.0, 0.4])) + w**3
        w = opt.update(w, grads)
    return np.sum((w - 1.0) ** 2)


@example(0.1, 0.9, np.array([1.0, -0.5]))
def momentum(lr, beta, w):
    velocity = [0.0, 0.0]
    params = [w[0], w[1]]
    for _ in range(5):
        for k in range(2):
            g = math.cos(params[k]) * params[k]
            velocity[k] = beta * velocity[k] - lr * g
            params[k] += velocity[k]
    return params[0] * params[1]


X = RNG.normal(size=(6, 2))
Y = np.array([1.0, 0.0, 1.0, 1.0, 0.0, 1.0])


@example(np.array([0.4, -0.3]), 0.2)
def logistic_regression(w, b):
    total = 0.0
    for x, y in zip(X, Y):
        z = np.dot(w, x) + b
        p = 1.0 / (1.0 + math.exp(-z))
        total -= math.log(p) if y > 0.5 else math.log(1.0 - p)
    return total / len(Y) + 0.01 * np.sum(w * w)


@example(np.array([0.1, -0.4, 0.3]), np.array([[0.5, -0.2], [1.0, 0.4], [-0.8, 0.7]]), np.array([0.1, 0.0, -0.2]))
def gaussian_mixture(logits, means, log_sigma):
    weights = np.exp(logits) / np.sum(np.exp(logits))
    ll = 0.0
    for x in X:
        p = 0.0
        for k in range(3):
            d = (x - means[k]) / np.exp(log_sigma[k])
            p += weights[k] * np.exp(-0.5 * d @ d) / (2.0 * np.pi * np.exp(2.0 * log_sigma[k]))
        ll += np.log(p)
    return ll


@example(0.7, 0.3, 0.1)
def gaussian_process_evidence(length, amplitude, noise):
    n = len(X)
    K = np.empty((n, n))
    for i in range(n):
        for j in range(n):
            d = X[i] - X[j]
            K[i, j] = amplitude**2 * np.exp(-0.5 * np.dot(d, d) / length**2)
    K[np.diag_indices(n)] += noise
    L = np.linalg.cholesky(K)
    alpha = np.linalg.solve(L.T, np.linalg.solve(L, Y))
    return -0.5 * Y @ alpha - np.sum(np.log(np.diag(L))) - 0.5 * n * np.log(2 * np.pi)


@example(np.array([0.5, 1.2, -0.3, 0.9, 2.2, 0.1]))
def robust_location(x):
    center = np.median(x)
    mad = np.median(np.abs(x - center))
    w = np.where(np.abs(x - center) < 1.5 * mad, 1.0, 1.5 * mad / np.abs(x - center))
    return np.sum(w * x) / np.sum(w)


@example(np.array([0.5, 1.2, -0.3, 0.9, 2.2]), np.array([0.2, 1.0, 0.1, 0.7, 1.1]))
def correlation(x, y):
    xm, ym = x - x.mean(), y - y.mean()
    return (xm * ym).sum() / np.sqrt((xm**2).sum() * (ym**2).sum())


@example(np.array([0.5, 1.2, -0.3, 0.9, 2.2]))
def gini(x):
    s = np.sort(np.abs(x))
    n = len(s)
    ranks = np.arange(1, n + 1)
    return (2.0 * np.sum(ranks * s) / np.sum(s) - (n + 1)) / n


@example(np.array([0.5, 1.2, -0.3, 0.9, 2.2]), 1.345)
def huber_loss(r, delta):
    loss = 0.0
    for e in r:
        a = abs(e)
        loss += 0.5 * e**2 if a <= delta else delta * (a - 0.5 * delta)
    return loss


class Fit(NamedTuple):
    slope: float
    intercept: float
    residual: float


def least_squares(x, y):
    A = np.column_stack([x, np.ones_like(x)])
    coef = np.linalg.solve(A.T @ A, A.T @ y)
    r = y - A @ coef
    return Fit(coef[0], coef[1], r @ r)


@example(np.array([0.0, 0.4, 1.1, 1.9]), np.array([0.1, 0.5, 0.9, 2.3]))
def line_fit(x, y):
    fit = least_squares(x, y)
    return fit.slope * 2.0 + fit.intercept**2 + fit.residual


@example(np.array([1.0, 0.4]), np.array([0.2, 1.1]))
def gauss_newton(p, ys):
    ts = np.array([0.5, 1.5])
    for _ in range(2):
        r = p[0] * np.exp(-p[1] * ts) - ys
        J = np.stack([np.exp(-p[1] * ts), -p[0] * ts * np.exp(-p[1] * ts)], axis=1)
        p = p - np.linalg.lstsq(J, r, rcond=None)[0] * 0.5
    return np.sum(p**2)


@example(0.4, 2.0)
def golden_section(a, b):
    f = lambda x: (x - a) ** 2 * (1.0 + b * x * x)
    inv = (math.sqrt(5.0) - 1.0) / 2.0
    lo, hi = 0.0, 1.0
    while hi - lo > 0.05:
        c, d = hi - inv * (hi - lo), lo + inv * (hi - lo)
        if f(c) < f(d):
            hi = d
        else:
            lo = c
    return f((lo + hi) / 2)


@example(1.3, 0.6)
def line_search(x, c):
    def f(z):
        return z**4 - c * z

    slope = 4.0 * x**3 - c
    step = 1.0
    tries = 0
    while f(x - step * slope) > f(x) - 0.3 * step * slope**2:
        step *= 0.5
        tries += 1
        if tries > 30:
            break
    return f(x - step * slope)


@example(0.3, 1.8)
def trapezoid_rule_by_points(a, b):
    n = 8
    h = (b - a) / n
    points = [a + k * h for k in range(n + 1)]
    inner = sum(math.exp(-t * t) for t in points[1:-1])
    return h * (0.5 * (math.exp(-a * a) + math.exp(-b * b)) + inner)


@example(0.2, 1.1)
def adaptive_simpson(a, b):
    def simpson(lo, hi):
        mid = 0.5 * (lo + hi)
        return (hi - lo) / 6.0 * (math.exp(lo) + 4.0 * math.exp(mid) + math.exp(hi))

    total = 0.0
    todo = [(a, b)]
    for _ in range(2):
        halves = []
        for lo, hi in todo:
            mid = 0.5 * (lo + hi)
            halves += [(lo, mid), (mid, hi)]
        todo = halves
    for lo, hi in todo:
        total += simpson(lo, hi)
    return total


@example(np.array([0.3, 0.5, 0.2]), np.array([0.25, 0.45, 0.3]), 0.2)
def sinkhorn(p, q, eps):
    cost = np.abs(np.subtract.outer(np.arange(3.0), np.arange(3.0)))
    K = np.exp(-cost / eps)
    u = np.ones(3)
    for _ in range(5):
        v = q / (K.T @ u)
        u = p / (K @ v)
    return np.sum(u[:, None] * K * v[None, :] * cost)


@example(np.array([0.1, 1.2, 0.7, 0.4]), np.array([0.5, 0.3, 0.9, 0.2]))
def natural_spline_energy(y, knots):
    h = 0.5
    second = np.zeros(len(y))
    for _ in range(10):
        for i in range(1, len(y) - 1):
            rhs = 6.0 * (y[i + 1] - 2 * y[i] + y[i - 1]) / h**2 * knots[i]
            second[i] = (rhs - second[i - 1] - second[i + 1]) / 4.0
    return second @ second


@example(np.array([0.3, -0.1, 0.8]), 0.4)
def horner_and_de_casteljau(points, t):
    work = points.copy()
    for level in range(len(points) - 1, 0, -1):
        for i in range(level):
            work[i] = (1.0 - t) * work[i] + t * work[i + 1]
    return work[0]


@example(np.array([0.2, 0.6, 0.1, 0.1]))
def entropy_and_divergence(p):
    q = p / p.sum()
    uniform = np.full_like(q, 1.0 / len(q))
    entropy = -np.sum(q * np.log(q))
    kl = sum(a * math.log(a / b) for a, b in zip([0.1, 0.2, 0.3, 0.4], [0.4, 0.3, 0.2, 0.1]))
    return entropy + np.sum(uniform * np.log(uniform / q)) + kl
