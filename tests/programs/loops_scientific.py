"""Loops of scientific code: time steps, root finding, quadrature, filters, recurrences, `while`."""

from __future__ import annotations

import math

import numpy as np

from tests.programs.corpus import example

SIGNAL = np.array([0.3, 0.8, -0.2, 0.5, 1.1])


@example(0.5, 0.1, 9.81)
def rk4_pendulum(angle, speed, g):
    h = 0.05

    def slope(a, v):
        return v, -g * math.sin(a)

    for _ in range(5):
        k1a, k1v = slope(angle, speed)
        k2a, k2v = slope(angle + h / 2 * k1a, speed + h / 2 * k1v)
        k3a, k3v = slope(angle + h / 2 * k2a, speed + h / 2 * k2v)
        k4a, k4v = slope(angle + h * k3a, speed + h * k3v)
        angle = angle + h / 6 * (k1a + 2 * k2a + 2 * k3a + k4a)
        speed = speed + h / 6 * (k1v + 2 * k2v + 2 * k3v + k4v)
    return angle


def rk4(f, y, h):
    k1 = f(y)
    k2 = f(y + h / 2 * k1)
    k3 = f(y + h / 2 * k2)
    k4 = f(y + h * k3)
    return y + h / 6 * (k1 + 2 * k2 + 2 * k3 + k4)


@example(np.array([1.0, 0.5]), 1.3)
def predator_and_prey(y, a):
    def f(y):
        return np.stack([a * y[0] - y[0] * y[1], y[0] * y[1] - y[1]])

    for _ in range(3):
        y = rk4(f, y, 0.1)
    return np.sum(y**2)


@example(3.0)
def newton_cube_root(a):
    x = a
    while abs(x * x * x - a) > 1e-14 * a:
        x = x - (x * x * x - a) / (3 * x * x)
        if x > 1e6:
            break
    return x


@example(3.0)
def newton_for(a):
    x = 1.0
    for _ in range(30):
        step = (math.exp(x) - a) / math.exp(x)
        x = x - step
        if abs(step) < 1e-13:
            break
    return x


@example(0.8)
def secant(a):
    x, y = 0.0, 1.0
    fx = x * x * x + x - a
    for _ in range(8):
        fy = y * y * y + y - a
        x, y, fx = y, y - fy * (y - x) / (fy - fx), fy
        if abs(y - x) < 1e-9:
            break
    return y


@example(2.0)
def bisection_with_polish(a):
    low, high = 0.0, 3.0
    while high - low > 0.1:
        middle = 0.5 * (low + high)
        if middle * middle < a:
            low = middle
        else:
            high = middle
    x = 0.5 * (low + high)
    for _ in range(5):
        x = 0.5 * (x + a / x)
    return x


@example(0.6, 0.4)
def fixed_point(a, b):
    x = 0.0
    while True:
        following = a * math.cos(x) + b
        if abs(following - x) < 1e-13:
            break
        x = following
    return x


@example(1.5)
def exponential_series(x):
    term = 1.0
    s = 1.0
    n = 1
    while abs(term) > 1e-15:
        term = term * x / n
        s += term
        n += 1
    return s


@example(1.3, 2.4)
def arithmetic_geometric_mean(a, b):
    while abs(a - b) > 1e-15 * a:
        a, b = (a + b) / 2, math.sqrt(a * b)
        if a == b:
            break
    return a


@example(0.7)
def continued_fraction(x):
    value = 0.0
    for k in range(9, 0, -2):
        value = x * x / (k + value)
    return x * value


@example(0.7, 1.9)
def simpson(a, b):
    n = 8
    h = (b - a) / n
    s = math.exp(-a * a) + math.exp(-b * b)
    for k in range(1, n):
        x = a + k * h
        s += (4 if k % 2 else 2) * math.exp(-x * x)
    return s * h / 3


@example(0.7, 1.9, 6, argnums=(0, 1))
def trapezoid(a, b, n):
    h = (b - a) / n
    s = 0.5 * (math.sin(a) + math.sin(b))
    for k in range(1, n):
        s += math.sin(a + k * h)
    return s * h


@example(SIGNAL, 0.3, 0.5)
def kalman_likelihood(signal, q, r):
    mean, variance = 0.0, 1.0
    likelihood = 0.0
    for z in signal:
        variance = variance + q
        residual = z - mean
        s = variance + r
        gain = variance / s
        mean = mean + gain * residual
        variance = (1.0 - gain) * variance
        likelihood -= 0.5 * (math.log(2.0 * math.pi * s) + residual**2 / s)
    return likelihood


@example(SIGNAL, 0.4)
def exponential_smoothing(signal, alpha):
    level = signal[0]
    error = 0.0
    for z in signal[1:]:
        error += (z - level) ** 2
        level = alpha * z + (1.0 - alpha) * level
    return error / (len(signal) - 1)


@example(SIGNAL, 0.4, -0.2)
def autoregression(signal, a, b):
    s = 0.0
    for t in range(2, len(signal)):
        predicted = a * signal[t - 1] + b * signal[t - 2]
        s += (signal[t] - predicted) ** 2
    return s


@example(np.array([1.0, 0.0, -0.5]), 0.2)
def euler_heat(u, nu):
    for _ in range(4):
        left = np.concatenate([u[-1:], u[:-1]])
        right = np.concatenate([u[1:], u[:1]])
        u = u + nu * (left - 2.0 * u + right)
    return np.sum(u**2)


@example(np.array([1.0, 0.5]), np.array([0.0, 0.3]), 0.1)
def leapfrog(q, p, h):
    p = p - 0.5 * h * q
    for _ in range(4):
        q = q + h * p
        p = p - h * q * np.sqrt(q @ q)
    return 0.5 * (p @ p) + q[0]


@example(np.array([0.2, -0.1, 0.4]), np.array([[0.5, 0.1, 0.2], [0.3, -0.4, 0.1], [0.2, 0.2, 0.3]]))
def recurrent_network(x, w):
    h = np.zeros(3)
    outputs = 0.0
    for v in x:
        h = np.tanh(w @ h + v)
        outputs = outputs + np.sum(h) * v
    return outputs


@example(np.array([0.5, 0.3, 0.2]), np.array([[0.7, 0.2, 0.1], [0.1, 0.8, 0.1], [0.3, 0.3, 0.4]]), SIGNAL)
def hidden_markov_forward(prior, transition, observed):
    alpha = prior
    likelihood = 0.0
    for y in observed:
        alpha = (alpha @ transition) * np.exp(-0.5 * (y - np.array([0.0, 0.5, 1.0])) ** 2)
        norm = np.sum(alpha)
        alpha = alpha / norm
        likelihood += np.log(norm)
    return likelihood


@example(0.05, 100.0)
def binomial_price(rate, spot):
    n = 4
    up, down = 1.1, 0.9
    value = 0.0
    for k in range(n + 1):
        s = spot
        ways = 1
        for j in range(n):
            s = s * (up if j < k else down)
        for j in range(k):
            ways = ways * (n - j) // (j + 1)
        if s > 95.0:
            value += ways * (s - 95.0) / 2**n
    return value * math.exp(-rate)


@example(0.37)
def legendre(x):
    p, q = 1.0, x
    for n in range(1, 6):
        p, q = q, ((2 * n + 1) * x * q - n * p) / (n + 1)
    return q


@example(0.37, 5, argnums=(0,))
@example(0.37, 0, argnums=(0,))
def chebyshev(x, n):
    if n == 0:
        return 1.0 + 0.0 * x
    p, q = 1.0, x
    for _ in range(n - 1):
        p, q = q, 2.0 * x * q - p
    return q


@example(-0.4, 0.6)
@example(2.0, 0.6)
def mandelbrot_escape(cx, cy):
    x = y = 0.0
    n = 0
    while n < 10 and x * x + y * y < 4.0:
        x, y = x * x - y * y + cx, 2.0 * x * y + cy
        n += 1
    return math.log(x * x + y * y + 1.0) * n


@example(0.5, 10, argnums=(0,))
@example(0.5, 0, argnums=(0,))
def while_counting_down(a, n):
    s = a
    while n > 0:
        s = s * 0.9 + 0.1 * a * n
        n -= 3
    return s


@example(5.0)
@example(0.5)
def while_that_may_not_run(a):
    while a > 1.0:
        a = a * 0.7
    return a * a


@example(1.9)
def while_with_continue(a):
    k = 0
    s = 0.0
    while k < 7:
        k += 1
        if k % 2:
            continue
        s += a**k
    return s


@example(2.0)
def while_true(a):
    k = 0
    x = a
    while True:
        x = 0.5 * (x + a / x)
        k += 1
        if k > 6:
            break
    return x


@example(0.9)
def while_not(a):
    done = False
    x = a
    k = 0
    while not done:
        x = math.sin(x) + 0.1
        k += 1
        done = k >= 4
    return x


@example(np.array([1.0, 2.0]), 0.63)
def while_over_arrays(x, a):
    while np.sum(x) > 0.5:
        x = x * a * np.cos(0.1 * x)
    return np.sum(x * x)


@example(0.9)
def while_in_for(a):
    s = 0.0
    for k in range(1, 4):
        t = a * k
        while t > 0.3:
            t = t * t * 0.2
        s += t
    return s


@example(1.7)
def adaptive_step(y):
    t, h = 0.0, 0.3
    while t < 1.0:
        if t + h > 1.0:
            h = 1.0 - t
        full = y + h * (-y * y)
        half = y + h / 2 * (-y * y)
        twice = half + h / 2 * (-half * half)
        if abs(twice - full) > 0.05:
            h = h / 2
            continue
        y = twice
        t = t + h
    return y


@example(0.9)
def collatz_like(a):
    n = 6
    while n != 1:
        if n % 2 == 0:
            n = n // 2
            a = a * 1.1
        else:
            n = 3 * n + 1
            a = a + 0.1
    return a * a


def square_root(a):
    x = 1.0
    for _ in range(7):
        x = 0.5 * (x + a / x)
    return x


@example(2.0, 3.0)
def helpers_with_loops(a, b):
    s = square_root(a) * square_root(b)
    for _ in range(2):
        s = square_root(s + a)
    return s


@example(0.8)
def loops_in_sequence(a):
    s = 0.0
    for k in range(3):
        s += a**k
    t = 1.0
    for k in range(3):
        t = t * s + k
    for k in range(2):
        s, t = t, s * a
    return s * t


@example(SIGNAL)
def running_maximum(x):
    best = x[0]
    for v in x[1:]:
        if v > best:
            best = v
    return best**2


@example(SIGNAL)
def log_sum_exp(x):
    m = -np.inf
    s = 0.0
    for v in x:
        if v > m:
            s = s * math.exp(m - v) + 1.0
            m = v
        else:
            s += math.exp(v - m)
    return m + math.log(s)


@example(SIGNAL, 0.45)
def with_min_and_max(x, a):
    s = a
    for v in x:
        s = max(s * v, 0.1) + min(v, a)
    return s


@example(0.5)
def product_of_a_comprehension(a):
    s = 0.0
    for k in range(4):
        s += sum(a**j * k for j in range(3))
    return s


@example(SIGNAL, 0.5)
def vector_result(x, a):
    y = x
    for k in range(3):
        y = np.tanh(a * y + k * x)
    return y


@example(0.7, 0.2)
def tuple_result(a, b):
    for _ in range(3):
        a, b = a * b, a + b
    return a, (b, a * b)
