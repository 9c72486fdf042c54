"""Recursion that ends by a number and goes on after the call: the function is called in the run."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from tests.programs import recursion as elsewhere
from tests.programs.arrays import V
from tests.programs.corpus import example

LIMIT = 100.0
RATE = 0.5


def simpson(f, a, fa, b, fb, whole, eps):
    """Adaptive quadrature as in the textbooks (Lyness 1969)."""
    m = 0.5 * (a + b)
    fm = f(m)
    left = (m - a) / 6.0 * (fa + 4.0 * f(0.5 * (a + m)) + fm)
    right = (b - m) / 6.0 * (fm + 4.0 * f(0.5 * (m + b)) + fb)
    if abs(left + right - whole) <= 15.0 * eps:
        return left + right + (left + right - whole) / 15.0
    return simpson(f, a, fa, m, fm, left, eps / 2) + simpson(f, m, fm, b, fb, right, eps / 2)


@example(1.2, 5.0)
def adaptive_simpson(k, w):
    def f(t):
        return math.exp(-k * t) * math.sin(w * t)

    fa, fm, fb = f(0.0), f(1.0), f(2.0)
    return simpson(f, 0.0, fa, 2.0, fb, (fa + 4.0 * fm + fb) / 3.0, 1e-4)


def fibonacci(n, x):
    if n < 2.0:
        return n * x
    return fibonacci(n - 1.0, x) + math.sin(fibonacci(n - 2.0, x)) * x


@example(5.3, 0.7)
def like_fibonacci(n, x):
    return fibonacci(n, x)


def halves(xs):
    if len(xs) == 1:
        return xs[0] ** 2
    m = len(xs) // 2
    return halves(xs[:m]) * 1.5 + halves(xs[m:]) * xs[0]


@example(V)
def arrays_by_halves(v):
    return halves(v)


def merged(xs):
    if len(xs) <= 1:
        return xs
    m = len(xs) // 2
    a, b = merged(xs[:m]), merged(xs[m:])
    out = np.zeros(len(xs))
    i = j = 0
    for k in range(len(xs)):
        if j >= len(b) or (i < len(a) and a[i] <= b[j]):
            out[k] = a[i]
            i += 1
        else:
            out[k] = b[j]
            j += 1
    return out


@example(np.array([0.7, 0.2, 1.5, -0.3, 0.9]))
def merge_sort(v):
    return merged(v) * np.arange(1.0, 1.0 + len(v))


def fft(z):
    n = len(z)
    if n == 1:
        return z
    even, odd = fft(z[::2]), fft(z[1::2])
    turned = np.exp(-2j * np.pi * np.arange(n // 2) / n) * odd
    return np.concatenate([even + turned, even - turned])


@example(np.array([0.7, 0.2, 1.5, -0.3]))
def fourier_transform(v):
    return np.abs(fft(v + 0j)) ** 2


def even(x):
    return x * x if x < 1.0 else math.sin(odd(x - 1.0)) + x


def odd(x):
    return x * 3.0 if x < 1.0 else even(x - 1.0) * x + 1.0


@example(4.3)
def even_and_odd(x):
    return even(x) + odd(x) * x


def hanoi(n, a):
    return a if n < 1.0 else hanoi(n - 1.0, a) + turned(n - 1.0, a * a)


def turned(n, a):
    return a * 2.0 if n < 1.0 else turned(n - 1.0, a) * hanoi(n - 1.0, math.cos(a))


@example(3.5, 0.6)
def each_calls_itself_and_the_other(n, a):
    return hanoi(n, a) * a


def ackermann(m, n, a):
    if m < 0.5:
        return n + a
    if n < 0.5:
        return ackermann(m - 1.0, a, a)
    return ackermann(m - 1.0, ackermann(m, n - 1.0, a), a)


@example(1.2)
def like_ackermann(a):
    return ackermann(2.0, 2.0, a)


def power(x, n):
    if n < 1.0:
        return x**n
    h = power(x, n / 2.0)
    return h * h


@example(1.3, 3.7)
def power_with_a_float(x, n):
    return power(x, n)


def mccarthy(n):
    return n - 10.0 if n > LIMIT else mccarthy(mccarthy(n + 11.0))


@example(87.3)
def mccarthy_91(x):
    return mccarthy(x) * x


def lowest(f, low, high):
    if high - low < 0.1:
        m = 0.5 * (low + high)
        return m, f(m)
    a, b = low + (high - low) / 3.0, high - (high - low) / 3.0
    x, y = lowest(f, low, b) if f(a) < f(b) else lowest(f, a, high)
    return x, y * RATE + 0.01 * x


@example(0.3)
def ternary_search(c):
    x, y = lowest(lambda t: (t - c) ** 2 + c * t, -1.0, 2.0)
    return x + c * y


def root(f, low, high, depth):
    middle = 0.5 * (low + high)
    if high - low < 0.01:
        return {"at": middle, "value": f(middle), "depth": depth}
    if f(middle) * f(low) <= 0.0:
        found = root(f, low, middle, depth + 1)
    else:
        found = root(f, middle, high, depth + 1)
    found = {**found, "value": found["value"] * 1.1}
    return found


@example(2.0)
def bisection_with_a_dict(c):
    found = root(lambda t: t * t - c, 0.0, 4.1, 0)
    return found["value"] * found["depth"] + found["at"]


@example(np.array([1.0, 2.0, 0.5, 0.3, 0.7, 0.2, 0.9]))
def tree_in_an_array(v):
    def walk(i):
        if not i < len(v):
            return 0.0
        return v[i] * (1.0 + walk(2 * i + 1) * walk(2 * i + 2)) + v[i] ** 2

    return walk(0)


def segment(v, low, high):
    if high - low < 2:
        return v[low]
    middle = (low + high) // 2
    return max(segment(v, low, middle), segment(v, middle, high)) * 0.9


@example(V)
def segments_of_an_array(v):
    return segment(v, 0, len(v))


class Pair(NamedTuple):
    first: float
    second: float


def paired(p, scale):
    if p.first < 0.1:
        return Pair(p.second, p.first)
    inner = paired(Pair(p.first * 0.5, p.second + p.first), scale)
    return Pair(inner.first * scale, inner.second + p.first)


@example(0.9, 1.1)
def named_tuples(x, scale):
    p = paired(Pair(x, 0.3), scale)
    return p.first * p.second


def walked(state, rest):
    x, y = state
    if x < 0.2:
        return [x, y], {"rest": rest["a"] * y}
    (u, v), more = walked([x * 0.6, y + x], {"a": rest["a"] * 1.1})
    return [u + y, v * x], {"rest": more["rest"] + u}


@example(0.9, 1.1)
def lists_and_dicts(x, a):
    (u, v), more = walked([x, 0.4], {"a": a})
    return u * v + more["rest"]


class Integrator:
    def __init__(self, rate, tolerance):
        self.rate = rate
        self.tolerance = tolerance

    def step(self, x):
        return math.exp(-self.rate * x)

    def area(self, low, high):
        middle = 0.5 * (low + high)
        coarse = (high - low) * self.step(middle)
        fine = 0.5 * (high - low) * (
            self.step(0.5 * (low + middle)) + self.step(0.5 * (middle + high))
        )
        if abs(fine - coarse) < self.tolerance:
            return fine
        return self.area(low, middle) + self.area(middle, high)


INTEGRATOR = Integrator(0.8, 1e-3)


@example(2.3)
def recursive_method(x):
    return INTEGRATOR.area(0.0, x) * INTEGRATOR.rate


@example(1.3, 0.7)
def method_of_an_object_made_here(x, rate):
    return Integrator(rate, 0.01).area(0.0, x)


@example(0.9, 4.0)
def nested_and_closed_over(x, y):
    scale = x * y

    def go(t):
        if t < x:
            return t * scale
        return math.sqrt(go(t * 0.7) + y) + t

    return go(y) * scale


@example(0.8)
def recursion_within_a_loop(x):
    total = 0.0
    for k in range(4):
        total = total * 0.5 + power(x + 0.1 * k, 1.5 + k) * total + x
    return total


def branching(x, depth):
    t = x
    if depth > 3.0:
        return t
    for k in range(3):
        t = t * math.cos(branching(x * 0.5 + k, depth + 1.0))
    return t


@example(0.4)
def loop_within_the_recursion(x):
    return branching(x, 1.0)


def unguarded(x):
    t = x
    for k in range(int(x)):
        t += unguarded(x - 1.0 - k) * x
    return t


@example(3.3)
def loop_that_ends_the_recursion(x):
    return unguarded(x)


def drained(x):
    t = 0.0
    while x > 1.0:
        x = 0.6 * x
        t = t + 0.5 * drained(x) * x
    return t + x * x


@example(4.1)
def while_within_the_recursion(x):
    return drained(x)


def ratio(x):
    return 1.0 / x if x < 0.3 else np.log(ratio(x * 0.5)) + x


@example(1.7)
def under_errstate(x):
    with np.errstate(divide="ignore"):
        return ratio(x) * x


def early(x, y):
    if x > 9.0:
        return x
    if y > 5.0:
        return y * x
    for k in range(3):
        if x * (k + 1) > 7.0:
            return early(x + y, y) * 0.3
        y = y + 0.7
    return early(x * 1.5, y) + early(x + 3.0, y) * y


@example(1.1, 0.2)
def early_returns(x, y):
    return early(x, y)


@example(1.4)
def helper_of_another_module(x):
    def go(t):
        return t if t < 0.2 else elsewhere.rising(go(t * 0.5)) + t

    return go(x)


def depth_first(v, x):
    norm = np.sqrt(np.sum(v * v))
    if norm < 0.5:
        return v * x
    return depth_first(v * 0.5, x) + depth_first(v[::-1] * 0.4, x * 0.9)


@example(V, 1.3)
def arrays_in_and_out(v, x):
    return depth_first(v, x)


def cooled(v):
    w = v.copy()
    w[0] = w[0] * 0.5
    w[1:] += 0.1 * v[:-1]
    if np.max(np.abs(w)) < 1.0:
        return w
    return cooled(w * 0.8) * w


@example(V)
def writes_into_its_own_arrays(v):
    return cooled(v)


def checked(x):
    if x < 0.0:
        raise ValueError("no negative numbers")
    assert x < 50.0
    return x if x < 1.0 else checked(x * 0.5) * x


@example(5.1)
def raises_on_the_way(x):
    return checked(x)


def factorial(n, x):
    return x if n == 0 else n * x * factorial(n - 1, x) / (n + x)


@example(0.7)
def deeper_than_is_written_out(x):
    return factorial(90, x)


def collatz(n, x):
    if n == 1:
        return x
    return collatz(n // 2, x) * x if n % 2 == 0 else collatz(3 * n + 1, x) + x


@example(7, 0.7, argnums=(1,))
def whole_numbers(n, x):
    return collatz(n, x)


def sorted_quickly(v):
    if len(v) <= 1:
        return v
    pivot, rest = v[0], v[1:]
    below, above = rest[rest < pivot], rest[rest >= pivot]
    return np.concatenate([sorted_quickly(below), v[:1], sorted_quickly(above)])


@example(np.array([0.7, 0.2, 1.5, -0.3, 0.9]))
def quick_sort(v):
    return sorted_quickly(v) * np.arange(1.0, 1.0 + len(v))


def strassen(a, b):
    n = len(a)
    if n == 1:
        return a * b
    m = n // 2
    c = np.zeros((n, n))
    for i in range(2):
        for j in range(2):
            for k in range(2):
                c[i * m : (i + 1) * m, j * m : (j + 1) * m] += strassen(
                    a[i * m : (i + 1) * m, k * m : (k + 1) * m],
                    b[k * m : (k + 1) * m, j * m : (j + 1) * m],
                )
    return c


@example(np.array([[0.7, 0.2], [1.5, -0.3]]), np.array([[0.1, 0.9], [1.1, 0.4]]))
def matrices_by_blocks(a, b):
    return strassen(a, b)


def either(x, flag):
    if x > 3.0:
        return x if flag else -x
    return either(x + 0.7, not flag) * x


@example(0.7)
def a_flag_on_the_way(x):
    return either(x, True)


def partition(a, low, high):
    pivot, i = a[high], low
    for j in range(low, high):
        if a[j] < pivot:
            t = a[i]
            a[i] = a[j]
            a[j] = t
            i = i + 1
    t = a[i]
    a[i] = a[high]
    a[high] = t
    return i


def quick_sorted(a, low, high):
    if low < high:
        middle = partition(a, low, high)
        quick_sorted(a, low, middle - 1)
        quick_sorted(a, middle + 1, high)


@example(np.array([0.7, 0.2, 1.5, -0.3, 0.9]))
def quick_sort_in_place(v):
    a = v.copy()
    quick_sorted(a, 0, len(a) - 1)
    return a * np.arange(1.0, 1.0 + len(a))


def smoothed(a, weight):
    if weight > 1.0:
        return a
    a[1:] += weight * a[:-1]
    if weight > 0.6:
        a[0] = a[-1] * a[1]
    return smoothed(a * 0.5, weight + 0.4) + smoothed(a, weight * 1.7) * weight


@example(V, 0.3)
def written_and_returned(v, weight):
    a = v * 1.0
    b = smoothed(a, weight)
    return b * a + a[0]


@example(3.2, 0.7)
def memo_of_an_outer_function(n, x):
    memo = np.zeros(12)
    known = np.zeros(12)

    def go(k):
        if k < 1.0:
            return x * k
        place = int(k)
        if known[place] > 0.5:
            return memo[place]
        found = go(k - 1.0) * x + math.sin(go(k - 2.0))
        memo[place] = found
        known[place] = 1.0
        return found

    return go(n) + np.sum(memo)


def halved_in_place(a):
    if len(a) > 1:
        m = len(a) // 2
        a[:m] *= 0.5
        halved_in_place(a[:m])
        halved_in_place(a[m:])
        a[0] += a[-1] * a[m]


@example(np.array([0.7, 0.2, 1.5, -0.3, 0.9]))
def views_are_handed_on(v):
    a = v.copy()
    halved_in_place(a)
    return a


def filled(a, grid, i):
    if grid[i] > 0.5 or a[i] > 1.0:
        return 0.0
    grid[i] = 1.0
    total = a[i] ** 2
    if i > 0:
        total += filled(a, grid, i - 1)
    if i < len(a) - 1:
        total += filled(a, grid, i + 1)
    return total


@example(np.array([0.7, 0.2, 1.5, -0.3, 0.9]))
def flood(v):
    return filled(v, np.zeros(len(v)), 1) * v[0]
