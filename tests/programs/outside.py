"""Ints from outside that decide the form of a program: closures, globals, settings, attributes, NumPy's ints."""

from __future__ import annotations

import numpy as np
from numpy import c_, mgrid, ogrid, r_, s_

from tests.programs.arrays import M, V
from tests.programs.corpus import example

AXIS = 1
SETTINGS = {"axes": (1, 0), "copies": [2, 1], "keep": True}
FIRST_OF_COLUMNS = int(np.argmin([3.0, 1.0, 2.0]))
NUMPY_AXIS = np.int64(0)


class Pooling:
    def __init__(self, axis, width):
        self.axis = axis
        self.width = width

    def __call__(self, x):
        folded = x.reshape(-1, self.width)
        return np.max(folded, axis=self.axis)


POOLING = Pooling(axis=1, width=2)


def summed_over(axis):
    def total(x):
        return np.sum(x, axis=axis) ** 2

    return total


def differences_of_order(order):
    return lambda x: np.diff(x, n=order)


over_rows = example(M)(summed_over(0))
over_columns = example(M)(summed_over(np.int64(-1)))
second_differences = example(V)(differences_of_order(2))


@example(M)
def with_a_global_axis(x):
    return np.cumsum(x, axis=AXIS) * x


@example(M)
def with_settings(x):
    y = np.transpose(x, SETTINGS["axes"])
    return np.tile(y, SETTINGS["copies"]) * np.mean(x, keepdims=SETTINGS["keep"])


@example(M)
def pooled(x):
    return POOLING(x) * 2.0


@example(M)
def split_where_told(x):
    left, right = np.split(x, [FIRST_OF_COLUMNS], axis=AXIS)
    return np.sum(left) * np.sum(right * right)


@example(M)
def with_an_axis_of_numpy(x):
    return np.prod(x, axis=NUMPY_AXIS)


@example(V, 2.0)
def joined_by_names_of_numpy(x, y):
    rows = c_[x, x * y]
    return r_[x, y, rows[s_[1:, 0]]] ** 2


@example(V)
def on_a_grid_of_numpy(x):
    i, j = ogrid[0:3, 0:2]
    return np.sum(x) * (i + 2.0 * j) + np.sum(mgrid[0:2] * x[0])


STEPS = 3
LENGTHS = [4, 2, 1]
POSITION = (2, 0)
DEPTH = 2


@example(2.0)
def pairs_by_a_count_from_outside(x):
    pairs = []
    for k in range(STEPS):
        pairs.append((x * k, x + k))
    return sum(a * b for a, b in pairs) + np.array([a for a, b in pairs])


@example(V)
def by_keys_from_outside(x):
    parts = {}
    for k in range(STEPS):
        parts[k] = x[k] * (k + 1)
    return parts[0] * parts[STEPS - 1]


def nested(x, depth):
    return x if depth == 0 else np.sin(nested(x, depth - 1)) * x


@example(0.5)
def as_deep_as_told(x):
    return nested(x, DEPTH)


def with_one_argument(function, position, args):
    def unary(x):
        given = list(args)
        given[position] = x
        return function(*given)

    return unary


def product(x, y, z):
    return x * y**2 * z**3


of_the_first = example(0.7)(with_one_argument(product, 0, (2.0, 3.0, 4.0)))
of_the_last = example(0.7)(with_one_argument(product, 2, (2.0, 3.0, 4.0)))


@example(np.linspace(-0.9, 0.8, 13), V)
def layers_of_lengths(p, x):
    k = 0
    for rows, columns in zip(LENGTHS[:-1], LENGTHS[1:], strict=True):
        w = p[k : k + rows * columns].reshape(rows, columns)
        k += rows * columns
        x = np.tanh(x @ w)
    return x + p[k]


@example(M)
def elements_by_position(x):
    return x[POSITION] * x[:STEPS, list(POSITION)] + x[tuple(slice(0, n) for n in (3, 2))]


@example(2.0)
def powers_from_outside(x):
    return x**STEPS + np.float64(x) ** (-STEPS)
