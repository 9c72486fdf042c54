"""Generators that a loop, `sum`, `list` or `zip` reads."""

from __future__ import annotations

import numpy as np

from tests.programs.corpus import example

V = np.array([0.7, -0.3, 1.2, 0.4])


def powers(x, n):
    v = x
    for _ in range(n):
        yield v
        v = v * x


@example(1.3)
def sum_of_generator(x):
    return sum(powers(x, 3))


@example(1.3, 4)
def for_over_generator(x, n):
    t = 0.0
    for k, v in enumerate(powers(x, n)):
        t += v * v / (k + 1)
    return t


@example(1.3)
def list_of_generator(x):
    a = list(powers(x, 4))
    return a[2] * a[3]


@example(1.3)
def local_generator(x):
    def g():
        yield x
        yield from (x * x, 3.0)
        yield x**3

    a, *b = g()
    return a * sum(b) + max(g())


@example(V)
def smoothed(xs):
    def moving():
        s = xs[0]
        for v in xs:
            s = 0.5 * s + 0.5 * v
            yield s

    return sum(s * s for s in moving())


def positive(xs):
    for v in xs:
        if v > 0:
            yield v


@example(V)
def filtered(x):
    t = 1.0
    for v in positive(x):
        t *= 1.0 + v
    return t


def newton_steps(f, x, tol):
    while True:
        step = f(x)
        x = x - step
        yield x
        if abs(step) < tol:
            return


@example(2.3)
def converged_in_loop(a):
    y = 0.0
    for x in newton_steps(lambda x: (x * x - a) / (2 * x), 2.0, 1e-10):
        y = x
    return y * a


def pairs(xs):
    for i in range(len(xs)):
        for j in range(i):
            yield xs[i], xs[j]


@example(V)
def pair_products(x):
    return sum(a * b * b for a, b in pairs(x))


@example(1.3)
def zipped(x):
    t = 0.0
    for a, b in zip(powers(x, 3), powers(x * 0.5, 3)):
        t += a * b
    return t


@example(1.3)
def break_early(x):
    t = 0.0
    for v in powers(x, 8):
        t += v
        if t > 4.0:
            break
    return t


@example(1.3)
def next_of(x):
    g = powers(x, 3)
    a = next(g)
    b = next(g)
    return a * b + next(g)


class Tree:
    def __init__(self, value, left=None, right=None):
        self.value, self.left, self.right = value, left, right

    def __iter__(self):
        if self.left is not None:
            yield from self.left
        yield self.value
        if self.right is not None:
            yield from self.right


@example(1.3, 0.4)
def tree_walk(x, y):
    t = Tree(x, Tree(y), Tree(x * y, Tree(2.0)))
    r = 0.0
    for k, v in enumerate(t):
        r += (k + 1) * v
    return r * sum(t)


@example(V)
def writes_afterwards(x):
    a = x.copy()
    s = sum(positive(a))
    a[0] = 5.0 * x[1]
    return s * np.sum(a)
