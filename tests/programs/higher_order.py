"""Builtins and functools with their Python meaning: what reads, orders and chooses among elements."""

from __future__ import annotations

import functools
import math
import operator
from functools import partial, reduce

import numpy as np

from tests.programs.arrays import V
from tests.programs.corpus import example

TABLE = {"square": lambda x: x * x, "cube": lambda x: x**3}
STAGES = [math.sin, lambda x: x * x, math.exp]
by_second = operator.itemgetter(1)


def doubled(f):
    @functools.wraps(f)
    def inner(*args, **options):
        return f(*args, **options) * 2.0

    return inner


def repeated(n):
    def decorate(f):
        def inner(x):
            for _ in range(n):
                x = f(x)
            return x

        return inner

    return decorate


@repeated(3)
@doubled
def thrice(x):
    return 0.25 * x * x


def strict(a, /, b, *, c=2.0):
    return a * b + c


@functools.cache
def kept(x):
    return x**3


square, cube = lambda x: x * x, lambda x: x * x * x


@example(0.7)
def any_and_all(x):
    known = any(k > 2 for k in [1, 2, 3]) and all([True, 1])
    y = x * 2 if any(v > 0.5 for v in (x, x * x)) else x
    z = x * x if all([x > 0, x < 1.0]) else x
    return y + z if known else x


@example(0.0)
def any_stops(x):
    return x * 3 if any(v <= 0.1 or 1.0 / v > 2 for v in (x, x)) else x


@example(V)
def searches_in_arrays(v):
    scale = 2.0 if any(a > 1.0 for a in v) else 1.0
    shift = 3.0 if all(a > -10.0 for a in v) else 1.0
    third = 0.5 if any(v > 1.0) and not all(v > 1.0) else 4.0
    return v.sum() * scale + shift * v[0] + third * v[1]


@example({"b": 1.0, "a": 2.0})
def sorted_by_known_keys(d):
    names = sum((k + 1) * d[n] ** 2 for k, n in enumerate(sorted(d)))
    pairs = sorted([(2, d["a"]), (1, d["b"])], key=lambda p: p[0], reverse=True)
    items = sum((i + 1) * v for i, (k, v) in enumerate(sorted(d.items())))
    return names + pairs[0][1] * 3 + pairs[1][1] + items


@example(0.7, 0.2, 1.4)
def sorted_numbers(x, y, z):
    a, b, c = sorted([x, y, z * z])
    d, e, f = sorted((x, y, -z), key=abs, reverse=True)
    return a + b * b * 2 + c**3 + d * 2 + e * 3 + f * f


@example(0.7)
def filters(x):
    known = sum(v * x for v in filter(lambda k: k % 2, [1, 2, 3])) + sum(filter(None, [0, 1, 2])) * x
    return known + sum(filter(lambda v: v > 0.5, (x, x * x, 2 * x)))


@example(V)
def filters_of_arrays(v):
    return sum(a * a for a in v if a > 0.0) + sum(filter(lambda a: a < 0.5, v))


@example(0.7)
def maps(x):
    nested = sum(map(sum, [[x, 1.0], [2.0, x * x]]))
    return nested + sum(map(lambda a, b: a * b * x, [1, 2, 3], (x, x * x))) + sum(map(math.sin, (x, 2.0)))


@example(0.7)
def reduces(x):
    return (
        reduce(lambda a, b: a * b, [x, x + 1, 2.0])
        + reduce(operator.add, (x, x * x), x**3)
        + reduce(lambda a, b: a, [], x)
    )


@example(V)
def horner(v):
    return reduce(lambda a, b: a * 0.5 + b, v) + reduce(lambda a, b: a * 2.0 + b, v, 1.0)


@example(0.7)
def sums(x):
    return sum((v * x for v in (1, 2, 3)), x * x) + sum([x, x], start=2.0) + len(sum([[x], [x, x]], [])) * x  # noqa: RUF017


@example(V)
def sums_over_arrays(v):
    n = len(v)
    return sum(a * b for a, b in zip(v, v * v)) + sum(v[i] * v[i + 1] for i in range(n - 1))


@example(np.arange(1.0, 7.0).reshape(2, 3))
def sums_of_rows(m):
    return sum(a * a for row in m for a in row if a > 2.5)


@example(np.arange(1.0, 7.0).reshape(2, 3))
def sums_of_arrays(m):
    return np.sum(sum(row * row for row in m) * np.array([1.0, 2.0, 3.0]))


@example(0.7, 0.2)
def extremes(x, y):
    keyed = min([x, y], key=lambda t: (t - 1) ** 2) * x + max(x, y, -3.0, key=abs)
    return keyed + max([], default=x) + min([x, 1.0], default=3.0) + max(x, 2 * x, 0.1)


@example(V)
def extremes_of_generators(v):
    return max(a * a for a in v) + min(math.sin(a) for a in v) * max(v) + max(v, key=abs)


@example(7.3, 2.1)
def whole_parts(x, y):
    q, r = divmod(x, y)
    return q * x + r * y + round(x) * y + round(x, 1) * x + abs(-x) * abs(-3)


@example(1.3, 2.1)
def powers(x, y):
    return pow(x, y) + pow(base=x, exp=3) + x * pow(3, 4, 5)


@example(1.3)
def conversions(x):
    known = float("1.5") + int("3") + bool(2) + 5.0 + len(str(12))
    return min(x, float("inf")) * known + float(x) * int(3.7)


@example(1.3)
def questions_of_type(x):
    a = 1.0 if isinstance(x, float | np.floating) else 2.0
    b = 3.0 if isinstance([x], list | dict) and issubclass(bool, int) else 4.0
    c = 5.0 if hasattr(np.ones(2), "shape") and callable(math.sin) and not callable(3) else 6.0
    return x * a * b * c


@example(1.3)
def known_ranges(x):
    a, b, c = list(range(3)), tuple(range(1, 4)), [*range(2)]
    inside = 2.0 if 3 in range(5) and "mean" in {"mean", "sum"} else 1.0
    return sum(a) * x + b[1] * x + len(c) * x * x + len(range(7)) * x * inside


@example(1.3)
def operators_as_functions(x):
    a, b = operator.itemgetter(0, 1)((x, x * x))
    total = operator.mul(x, 3) + operator.neg(x) + operator.truediv(1, x) + operator.getitem([x], 0)
    best = max([("a", 1), ("b", 2)], key=by_second)[1]
    return a * b + total + (x if operator.lt(x, 2) and not operator.eq(x, 0.5) else 0.0) * best


@example(V)
def methods_by_name(v):
    return operator.methodcaller("sum")(v) + operator.methodcaller("mean", axis=0)(v * v)


@example(1.3)
def partials(x):
    f = partial(lambda a, b, c=2: a * b + c, x)
    g = partial(f, c=x)
    return f(2.0) + g(x) + partial(math.pow, x)(2)


@example(1.3)
def decorators(x):
    @doubled
    def here(t):
        return t * x

    @functools.lru_cache(maxsize=32)
    def cached(t):
        return t * t

    return thrice(x) + here(x) + cached(x) + kept(x)


@example([0.3, 0.4], [1.0, 2.0])
def sums_of_math(a, b):
    return math.dist(a, b) + math.hypot(*a) + math.prod([a[0], b[0], 2.0]) + math.fsum(a) + math.prod(a, start=2)


@example(V)
def products_of_arrays(v):
    return math.prod(v) + math.fsum(v) + math.prod(1.0 + a * a for a in v)


@example(1.3)
def parameters_of_all_kinds(x):
    def collect(*values, **options):
        return sum(values) * options["z"]

    values, options = [x, x * x], {"z": x}
    spread = collect(*values, *(1.0, 2.0), **options) + collect(*values, **{**options, "z": 2.0})
    return strict(x, b=x) + strict(x, 2.0, c=x) + spread + max(*values)


@example(1.3)
def two_lambdas(x):
    f, g = (lambda t: t * x), (lambda t: t + x)
    return f(2.0) * g(3.0) + square(x) + cube(x)


@example(1.3)
def late_binding_in_lists(x):
    late = [lambda t: t * k for k in range(3)]  # noqa: B023 - the point
    early = [lambda t, k=k: t * k for k in range(3)]
    return sum(f(x) for f in late) + sum(g(x * x) for g in early)


@example(1.3)
def functions_in_containers(x):
    local = {"s": math.sin, "d": lambda t: t * x}
    return TABLE["square"](x) + TABLE["cube"](x) + local["s"](x) * local["d"](x) + sum(f(x) for f in STAGES)


@example(1.3)
def functions_returned(x):
    def compose(*functions):
        def run(value):
            for f in functions:
                value = f(value)
            return value

        return run

    return compose(math.sin, lambda v: v * x, math.exp)(x)


@example(1.3)
def comprehensions(x):
    a = [i * j * x for i in range(3) for j in range(i) if i != j if j > 0]
    b = {k: v * x for k, v in zip("ab", (1, 2))}
    table = [[i * x for i in range(2)] for _ in range(2)]
    total = sum(v for row in table for v in row)
    last = [y := v * x for v in (1.0, 2.0)]
    return sum(a) + sum(b.values()) + total + y * sum(last)


@example(1.3)
def chosen_elements(x):
    return sum(v * v for v in (x, -x, 2 * x) if v > 0.0) + max((1, 2), (0, 5))[1] * x


@example(1.3, 0.4)
def tuples_compared(x, y):
    return x * y if (x, 1.0) != (y, 1.0) and [1, 2] == [1, 2] and (1, 2) < (1, 3) else x


@example(1.3, 4, argnums=(0,))
def specialised_on_a_length(x, n):
    powers = [x**k for k in range(n)]
    return sum(powers) + powers[n - 1]
