"""Programs that show what they do, draw numbers and tell the time, as people write them."""

from __future__ import annotations

import logging
import math
import random
import time
import warnings

import numpy as np

from tests.programs.corpus import example

log = logging.getLogger(__name__)
A = np.array([[2.0, 0.3], [0.3, 1.5]])
B = np.array([1.0, -0.5])
XS = np.array([0.1, 0.4, 0.9, 1.3])
YS = np.array([0.2, 0.7, 1.1, 1.9])


@example(0.6, argnums=(0,))
def training_with_progress(rate):
    w = 0.0
    for epoch in range(6):
        error = w * XS - YS
        loss = np.mean(error**2)
        if epoch % 2 == 0:
            print(f"epoch {epoch:3d}  loss {loss:.6f}  w {w:+.3e}")
        w = w - rate * np.mean(2.0 * error * XS)
    return w


@example(1.2, 0.7)
def newton_that_reports(x, a):
    for step in range(20):
        residual = x * x * x - a
        log.debug("step %d: residual %g", step, residual)
        if abs(residual) < 1e-12:
            print("converged after", step, "steps")
            break
        x = x - residual / (3.0 * x * x)
    return x


@example(0.05, 0.2)
def monte_carlo_price(rate, volatility):
    rng = np.random.default_rng(12)
    z = rng.standard_normal(200)
    growth = np.exp(rate - 0.5 * volatility**2 + volatility * z)
    payoff = np.logaddexp(20.0 * (growth - 1.0), 0.0) / 20.0  # a smooth option
    print(f"{len(z)} paths, mean payoff {np.mean(payoff):.4f}")
    return np.exp(-rate) * np.mean(payoff)


@example(0.4, 1.1)
def euler_maruyama(theta, sigma):
    rng = np.random.default_rng(3)
    x, dt = 1.0, 0.1
    for _ in range(12):
        x = x - theta * x * dt + sigma * np.sqrt(dt) * rng.normal()
    return x * x


@example(0.3, 0.8)
def variational_bound(mu, log_sigma):
    rng = np.random.default_rng(8)
    total = 0.0
    for _ in range(3):
        eps = rng.normal(size=2)
        z = mu + np.exp(log_sigma) * eps
        total = total + np.sum(-0.5 * (z - 1.0) ** 2)
    return total / 3.0 + 2.0 * log_sigma


@example(np.array([0.3, -0.2, 0.5, 0.8]), 0.9)
def dropout(h, keep):
    rng = np.random.default_rng(5)
    for layer in range(3):
        mask = rng.random(size=h.shape) < 0.7
        h = np.tanh(h * mask / keep)
        print("layer", layer, "kept", int(np.sum(mask)))
    return np.sum(h * h)


@example(0.8)
def random_walk_with_stdlib(step):
    random.seed(7)
    x = 0.0
    for k in range(10):
        if random.random() < 0.5:
            x = x + step * random.gauss(0.0, 1.0)
        else:
            x = math.sin(x) - step
        if x > 5.0:
            print("escaped at", k)
            break
    return x * x


@example(0.5, 2.0)
def timed(x, y):
    start = time.perf_counter()
    value = np.exp(-x) * y
    elapsed = time.perf_counter() - start
    log.info("took %.3e s", elapsed)
    return value * (1.0 if elapsed >= 0.0 else 0.0)


@example(0.9)
def verbose_flag(x, verbose=True, name="run"):
    y = x * x
    if verbose:
        pattern = "%s: x=%.3f, y=%.3f"
        print(pattern % (name, x, y))
    return y * math.exp(-y)


def _report(label, value):
    print(label.ljust(8), format(value, ".5f"))
    return value


@example(0.7, 1.3)
def helpers_that_print(x, y):
    def product(a, b):
        print("product of", f"{a:.2f}", "and", f"{b:.2f}")
        return a * b

    return _report("sum", x + y) * _report("product", product(x, y))


@example(np.array([0.4, 0.9]))
def stochastic_rows(v):
    rng = np.random.default_rng(2)
    order = rng.permutation(4)
    total = 0.0
    for i in range(4):
        row = XS * v[0] + v[1] * rng.uniform(-1.0, 1.0, size=4)
        total = total + np.sum(row * row) * (1.0 + order[i])
    return total


@example(np.array([0.2, 0.4]), 0.3)
def descent_with_trace(x, rate):
    for k in range(4):
        g = A @ x - B
        print(f"{k}: {x.round(3)} |g| = {np.linalg.norm(g):.4f}")
        x = x - rate * g
    return np.sum(x * x)


@example(1.4)
def warned(x):
    with_warning = x > 100.0
    if with_warning:
        warnings.warn(f"x = {x} is large", stacklevel=2)
    return x**3


@example(0.2, 0.6)
def nested_noise(a, b):
    rng = np.random.default_rng(21)
    s = a
    for i in range(3):
        scale = rng.uniform(0.5, 1.5)
        for _ in range(i + 1):
            kick = rng.normal()
            if kick > 0.0:
                s = s + b * kick * scale
            else:
                s = s * np.cos(a * kick)
    return s
