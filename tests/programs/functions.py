"""Helpers, closures, lambdas, defaults, keywords, stars, decorators, objects."""

from __future__ import annotations

import functools
import math
import operator

import numpy as np

from tests.programs import scalar_math
from tests.programs.arrays import V
from tests.programs.corpus import example

FACTOR = 1.75


def square(x):
    return x * x


def cube(x):
    return x * square(x)


def scaled(x, factor=2.0, *, offset=0.5):
    return x * factor * FACTOR + offset


def total(first, *others, **options):
    return (first + sum(others)) * options.get("scale", 1.0)


def twice(function):
    @functools.wraps(function)
    def wrapper(*args, **kwargs):
        return 2.0 * function(*args, **kwargs)

    return wrapper


def power_of(exponent):
    def power(x):
        return x**exponent

    return power


@twice
def doubled_sine(x):
    return math.sin(x)


@functools.lru_cache
def cached(x):
    return x * math.exp(x)


fourth_power = power_of(4)
shifted = functools.partial(scaled, factor=3.0)


class Model:
    """Reads its own attributes."""

    slope = 1.5

    def __init__(self, bias):
        self.bias = bias

    def __call__(self, x):
        return self.slope * x + self.bias

    @staticmethod
    def squash(x):
        return np.tanh(x)

    def predict(self, x):
        return self.squash(self(x))

    @property
    def norm(self):
        return self.bias**2


MODEL = Model(0.25)


@example(1.2)
def helpers(x):
    return square(x) + cube(x) * square(square(x))


@example(1.2)
def keywords_and_defaults(x):
    return scaled(x) + scaled(x, 3.0) + scaled(offset=x, x=x * x)


@example(0.7, 1.1)
def stars(x, y):
    values = [x, y, x * y]
    options = {"scale": y}
    return total(*values, **options) + total(x) + total(x, y, scale=x)


@example(0.7)
def inner_function(x):
    y = x * x

    def inner(t, k=3.0):
        return t * y + k * x

    return inner(x) + inner(y, k=y)


@example(0.7)
def lambdas(x):
    f = lambda t: t * x
    g = lambda a, b=x: a - b
    return f(f(x)) + g(3.0) + (lambda: x**2)()


@example(0.7)
def late_binding(x):
    y = x
    f = lambda t: t * y
    y = y * 3.0
    return f(x)


@example(0.7)
def closures_from_outside(x):
    return fourth_power(x) + shifted(x) + doubled_sine(x) + cached(x)


@example(0.7)
@twice
def decorated(x):
    return x**3 + math.cos(x)


@example(0.4, 0.9)
def composed(x, y):
    return functools.reduce(operator.add, [x, y, x * y]) if False else operator.mul(x, y) + operator.add(x, 1.0)


@example(0.4)
def object_methods(x):
    return MODEL.predict(x) + MODEL(x) * MODEL.norm + Model.squash(x)


@example(0.4)
def other_module(x):
    return scalar_math.sigmoid(x) + scalar_math.GRAVITY * x


@example(0.4)
def local_import(x):
    from math import sin as sine

    import numpy.linalg as la

    return sine(x) + la.norm(np.array([x, 1.0]))


@example(0.4)
def higher_order(x):
    def apply(f, *args):
        return f(*args)

    return apply(square, x) + apply(lambda a, b: a * b, x, x) + sum(map(square, [x, 2 * x]))


@example(0.4, 0.5, 0.6)
def star_arguments(x, y, z):
    def inner(first, *rest, last=2.0):
        a, b = rest
        return first * a + b**last

    return inner(x, y, z) + inner(y, *[z, x], last=x)


@example(V)
def helper_on_arrays(x):
    def normalise(v):
        return v / np.sqrt(np.sum(v * v))

    return np.sum(normalise(x) * normalise(x + 1.0))


@example(1.5, argnums=(0,))
def keyword_only(x, *, scale=2.0):
    return x * scale


@example(0.3)
def docstring_and_pass(x):
    """A docstring is no statement of the derivative."""
    pass
    ...
    return x * x
