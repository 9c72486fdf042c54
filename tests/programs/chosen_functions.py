"""Functions that a branch chooses: called, mapped, differentiated, compared, chosen again."""

from __future__ import annotations

import numpy as np

import adcompiler as ad
from tests.programs.arrays import V
from tests.programs.corpus import example


def rectified(x):
    return np.maximum(x, 0.0)


@example(0.7)
@example(-0.4)
def called_twice(x):
    f = np.sin if x > 0.0 else np.cos
    return f(x) * f(2.0 * x)


@example(0.7)
@example(-0.4)
@example(-2.3)
def one_of_three(x):
    if x > 0.0:
        f = rectified
    elif x < -1.0:
        f = np.tanh
    else:

        def f(t):
            return t**2 * x

    return f(x) * x


@example(4.5)
@example(-7.9)
def returned_by_a_closure(x):
    a = x * x

    def inner():
        b = x + 5.0

        def total():
            return a + b

        def product():
            return a * b

        return total if x < 0.0 else product

    return inner()()


@example(0.7)
@example(-0.4)
def reads_what_its_arm_computes(x):
    if x > 0.0:
        k = 3.0 * x
        f = lambda t: t * k
    else:
        f = lambda t: t * 2.0
    x = x * x
    return f(x)


@example(0.7)
def chosen_in_every_iteration(x):
    total = 0.0
    for i in range(4):
        f = np.sin if x * i > 1.0 else np.cos
        total += f(x * i)
    return total


@example(V)
def pairs_of_functions(x):
    f, g = (np.sin, rectified) if x[0] > 0.0 else (np.cos, np.tanh)
    chosen = {"first": f, "second": g}
    return chosen["first"](x) * chosen["second"](x)


@example(0.7)
@example(-0.4)
def mapped_and_differentiated(x):
    f = np.sin if x > 0.0 else np.cos
    slope = ad.grad(f)(x)
    return slope * sum(map(f, [x, 2.0 * x])) + (x if callable(f) else 0.0)


@example(0.7)
@example(-0.4)
def compared(x):
    f = np.sin if x > 0.0 else np.cos
    g = np.sin if x > -1.0 else rectified
    y = x * 2.0 if f == np.sin else x * 3.0
    return y * x if f is g else y
