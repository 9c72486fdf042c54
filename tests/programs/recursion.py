"""Recursion whose depth follows from ints, constants or the structure of containers and objects; tail calls."""

from __future__ import annotations

import functools
import math

import numpy as np

from tests.programs.arrays import V
from tests.programs.corpus import example


def power(x, n):
    if n == 0:
        return 1.0
    half = power(x, n // 2)
    return half * half if n % 2 == 0 else half * half * x


def tree_sum(t):
    if isinstance(t, tuple):
        return sum(tree_sum(child) for child in t)
    return t * t


def is_even(x, n):
    return x if n == 0 else is_odd(x * 1.1, n - 1)


def is_odd(x, n):
    return -x if n == 0 else is_even(x * x, n - 1)


def hermite(n, x):
    if n == 0:
        return 1.0
    if n == 1:
        return 2 * x
    return 2 * x * hermite(n - 1, x) - 2 * (n - 1) * hermite(n - 2, x)


def det(a):
    if len(a) == 1:
        return a[0][0]
    return sum((-1) ** j * a[0][j] * det([row[:j] + row[j + 1 :] for row in a[1:]]) for j in range(len(a)))


def pairwise_sum(xs):
    if len(xs) == 1:
        return xs[0] ** 2
    middle = len(xs) // 2
    return pairwise_sum(xs[:middle]) * 1.5 + pairwise_sum(xs[middle:])


def series(x, k=0, term=1.0):
    return 0.0 if k == 10 else term + series(x, k + 1, term * x / (k + 1))


def bisected(f, a, b, depth):
    middle = 0.5 * (a + b)
    if depth == 0:
        return (b - a) * f(middle)
    return bisected(f, a, middle, depth - 1) + bisected(f, middle, b, depth - 1)


class Node:
    def __init__(self, value, left=None, right=None):
        self.value = value
        self.left = left
        self.right = right

    def total(self, x):
        t = self.value * x
        if self.left is not None:
            t = t + self.left.total(t)
        if self.right is not None:
            t = t + self.right.total(math.sin(x))
        return t


class Group:
    def __init__(self, scale, *members):
        self.scale = scale
        self.members = members

    def total(self, x):
        return self.scale * x + sum(member.total(x * x) for member in self.members)


TREE = Node(1.0, Node(2.0), Node(3.0, None, Node(0.5)))
GROUPS = Group(1.0, Group(2.0), Group(3.0, Group(0.5)))


@example(0.7, 13, argnums=(0,))
def fast_power(x, n):
    return power(x, n)


@example(((1.0, 2.0), (3.0, (0.5,))))
def sum_over_a_tree(t):
    return tree_sum(t)


@example(0.7)
def mutual(x):
    return is_even(x, 3)


@example(5, 0.7, argnums=(1,))
def polynomials(n, x):
    return hermite(n, x)


@example([[1.0, 2.0, 3.0], [0.5, 4.0, 1.0], [2.0, 0.1, 1.5]])
def det_by_minors(a):
    return det(a)


@example([1.0, 2.0, 3.0, 4.0, 5.0])
def divide_and_conquer(xs):
    return pairwise_sum(xs)


@example(0.3)
def exponential_series(x):
    return series(x)


@example(0.3)
def quadrature(w):
    return bisected(lambda t: math.sin(w * t), 0.0, 1.0, 3)


@example(0.3)
def local_recursion(x):
    def factorial(n):
        return x if n <= 1 else n * x * factorial(n - 1)

    @functools.cache
    def fibonacci(n):
        return x if n < 2 else fibonacci(n - 1) + fibonacci(n - 2) * x

    return factorial(4) + fibonacci(6)


@example(0.3)
def objects_in_a_tree(x):
    return TREE.total(x) + GROUPS.total(x)


@example(0.3)
def branch_on_the_way(x):
    def walk(y, n):
        if n == 0:
            return y
        return walk(y * y if y > 0.25 else 2.0 * y, n - 1)

    return walk(x, 4)


def newton(x, a):
    y = 0.5 * (x + a / x)
    if abs(y - x) < 1e-12:
        return y
    return newton(y, a)


def counted_newton(x, a, tolerance=1e-10, count=0):
    y = 0.5 * (x + a / x)
    return y if abs(y - x) < tolerance or count > 50 else counted_newton(y, a, count=count + 1)


def bisect(f, a, b):
    middle = 0.5 * (a + b)
    if b - a < 0.01:
        return middle - f(middle) / 5.0
    if f(middle) * f(a) <= 0:
        return bisect(f, a, middle)
    else:  # noqa: RET505 - as people write it
        return bisect(f, middle, b)


def shrunk(v, n):
    if np.sum(v * v) < 0.1:
        return np.sum(v) * n
    return shrunk(v * 0.5, n + 1.0)


def rising(x):
    return x if x > 10.0 else falling(x * 1.7)


def falling(x):
    return -x if x > 20.0 else rising(x - 0.1)


def capped(x):
    if x > 10:
        return 10.0
    if x > 5:
        return capped(x * 1.2)
    return x * x


class Threshold:
    def __init__(self, value, below=None, above=None):
        self.value = value
        self.below = below
        self.above = above

    def find(self, x):
        if self.below is None:
            return self.value * x * x
        return self.below.find(x) if x < self.value else self.above.find(x)


RULES = Threshold(1.0, Threshold(0.5, Threshold(3.0), Threshold(4.0)), Threshold(2.0))


@example(2.0)
def tail_calls(a):
    return newton(1.0, a) + counted_newton(1.0, a) * a


@example(2.0)
def tail_calls_of_a_search(c):
    return bisect(lambda t: t * t - c, 0.0, 4.1)


@example(V)
def tail_calls_with_arrays(v):
    return shrunk(v, 1.0)


@example(1.3)
def mutual_tail_calls(x):
    return rising(x) * x


@example(6.1)
def tail_calls_in_an_expression(x):
    return capped(x) + capped(2 * x) * x + capped(0.5 * x)


@example(0.7)
def decisions_along_a_tree(x):
    return RULES.find(x)


@example(13.7)
def local_tail_calls(x):
    def go(y, n):
        return y * n if y < x * 0.1 else go(y * 0.7 + 0.01 * x, n + 1)

    return go(x, 0)


def doubling(x):
    return tripling(x) if x > 5.0 else doubling(x * 2.0)


def tripling(x):
    return x if x > 100.0 else tripling(x * 3.0)


@example(1.3)
def tail_call_of_another_recursion(x):
    return doubling(x) * x


def swapped(a, b):
    if a > 20:
        return a - 2 * b
    return swapped(b * 1.5, a)


@example(3.0, 2.0)
def parameters_move_in_parallel(a, b):
    return swapped(a, b)


def running_products(a, i):
    if i == len(a):
        return a
    a[i] = a[i] * a[i - 1]
    return running_products(a, i + 1)


@example(1.3, 2.1)
def written_by_the_calls(x, y):
    a = np.array([x, y, x * y])
    return running_products(a, 1).sum() + a[1]


def collected(x, found):
    found.append(x)
    return sum(found) if len(found) == 3 else collected(x * x, found)


@example(1.3, 2.1)
def a_list_that_the_calls_fill(x, y):
    found = []
    return collected(x, found) * found[1] + y


def grown(x):
    for k in range(3):
        if x > 10.0:
            return x * k
        x = x * 1.5
    return grown(x)


@example(1.3)
def a_tail_call_behind_a_loop_with_return(x):
    return grown(x) + x

