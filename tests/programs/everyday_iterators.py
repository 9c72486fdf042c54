"""More short programs of everyday Python: iterators over arrays, matching, unpacking, memo tables."""

from __future__ import annotations

import functools
import itertools
import math

import numpy as np

from tests.programs.corpus import example

V = np.array([0.7, -0.3, 1.2, 0.4])
M = np.array([[1.0, 0.3, -0.2], [0.5, 2.0, 0.1], [0.2, -0.4, 1.5]])


@example(V)
def cycle_signs(x):
    return sum(s * v for s, v in zip(itertools.cycle([1.0, -1.0]), x))


@example(V)
def count_index(x):
    t = 0.0
    for k, v in zip(itertools.count(1), x):
        t += k * v * v
    return t


@example(V)
def accumulate_array(x):
    return sum(a * a for a in itertools.accumulate(x))


@example(V)
def pairwise_array(x):
    return sum((b - a) ** 2 for a, b in itertools.pairwise(x))


@example(V)
def chain_arrays(x):
    return sum(v**3 for v in itertools.chain(x, x[1:]))


@example(V)
def islice_array(x):
    return sum(v * v for v in itertools.islice(x, 2))


@example(V)
def argmin_loop(x):
    best, where = x[0], 0
    for i in range(1, len(x)):
        if x[i] < best:
            best, where = x[i], i
    return x[where] * best


@example(V)
def enumerate_zip(x):
    return sum(i * a * b for i, (a, b) in enumerate(zip(x, x[::-1])))


@example(V)
def map_two(x):
    return sum(map(lambda a, b: a * b, x, x[1:]))


@example(V)
def filter_array(x):
    return sum(filter(lambda v: v > 0, x))


@example(V)
def dict_zip(x):
    d = dict(zip("abcd", x))
    return d["a"] * d["d"]


@example(V)
def min_of_comprehension(x):
    return min((v - 0.5) ** 2 for v in x) + max([abs(v) for v in x])


@example(V)
def index_by_list(x):
    order = [2, 0, 1]
    return sum(x[order] * np.arange(3)) + sum(x[i] for i in order)


@example(1.3)
def kwargs_forward(x):
    def g(a, *, b=2.0, **rest):
        return a * b + rest.get("c", 1.0)

    def f(*args, **kw):
        return g(*args, **kw) * 2

    opts = {"b": x, "c": 3.0 * x}
    return f(x, **opts)


@example(1.3)
def string_switch(x):
    total = 0.0
    for op in ("add", "mul", "sin"):
        match op:
            case "add":
                total += x
            case "mul":
                total *= x
            case "sin" | "cos" as name if name == "sin":
                total += math.sin(x)
    return total


@example(V)
def slicing_assign(x):
    a = [0.0] * 6
    a[1:3] = x[0], x[1]
    a[::2] = [x[2]] * 3
    a[4:] = []
    return sum(v * (k + 1) for k, v in enumerate(a))


@example(V)
def while_walrus(x):
    k, t = 0, 0.0
    while (v := x[k]) > -0.2:
        t += v
        k += 1
    return t * v


@example(M)
def rows_unpacked(m):
    a, b, c = m
    (p, q, _), *_ = m
    return a @ b + c[0] * p * q


@example(M)
def matrix_for_rows(m):
    t = 0.0
    for i, row in enumerate(m):
        for j, v in enumerate(row):
            t += v * (i + 1) ** j
    return t


@example(M)
def tuple_index_loop(m):
    t = 0.0
    for idx in np.ndindex(m.shape):
        t += m[idx] ** 2
    return t


@example(M)
def ndenumerate_loop(m):
    t = 0.0
    for (i, j), v in np.ndenumerate(m):
        t += v * (i + 2 * j)
    return t


@example(V)
def tolist_loop(x):
    t = 0.0
    for v in x.tolist():
        t += math.sin(v)
    return t


@example(V)
def complex_condition(x):
    if not (x[0] > 1 or x[1] > 1) and 0 < x[2] < 2 and len(x) == 4:
        return x[0] * x[2]
    return x[1]


@example(V)
def early_continue(x):
    t = 0.0
    for i, v in enumerate(x):
        if i % 2:
            continue
        if v > 1:
            break
        t += v
    else:
        t = -1.0
    return t


@example(1.3)
def isinstance_numbers(x):
    def f(v):
        match v:
            case float() | int():
                return v * v
            case [a, b]:
                return f(a) + f(b)
            case {"w": w}:
                return f(w) * 2
            case _:
                return 0.0

    return f([x, {"w": [x, 2]}])


@example(1.3)
def functools_reduce_compose(x):
    compose = lambda *fs: functools.reduce(lambda f, g: lambda t: g(f(t)), fs)
    return compose(math.sin, lambda t: t * t, math.exp)(x)


@example(1.3)
def decorator_inside(x):
    def twice(f):
        @functools.wraps(f)
        def g(*a, **k):
            return f(f(*a, **k))

        return g

    @twice
    def h(t):
        return t * t + 1.0

    return h(x)


@example(1.3)
def memo_dict(x):
    memo = {}

    def fib(n):
        if n in memo:
            return memo[n]
        r = x if n < 2 else fib(n - 1) * 0.5 + fib(n - 2)
        memo[n] = r
        return r

    return fib(8)


@example(V)
def bisect_root(x):
    lo, hi = 0.0, 2.0
    f = lambda t: t**3 + x[0] * t - x[2]
    for _ in range(30):
        mid = (lo + hi) / 2
        if f(mid) > 0:
            hi = mid
        else:
            lo = mid
    return lo * 0.0 + x[0] * x[2]
