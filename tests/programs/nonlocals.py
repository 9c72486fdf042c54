"""Inner functions that assign the variables of the function around them."""

from __future__ import annotations

import math

import numpy as np

from tests.programs.corpus import example

V = np.array([0.7, -0.3, 1.2, 0.4])


@example(1.3, 0.4)
def nonlocal_accumulator(x, y):
    total = 0.0

    def add(v):
        nonlocal total
        total += v * v

    add(x)
    add(y)
    add(x * y)
    return total


@example(V)
def nonlocal_in_loop(x):
    total = 0.0 * x[0]

    def add(v):
        nonlocal total
        total = total + math.sin(v)

    for v in x:
        add(v)
    return total


@example(1.3)
def nonlocal_counter(x):
    calls = 0

    def f(t):
        nonlocal calls
        calls += 1
        return t * t

    y = f(x) + f(2 * x) * f(x)
    return y * calls


@example(V)
def nonlocal_branch(x):
    best = -1e9

    def see(v):
        nonlocal best
        if v > best:
            best = v

    for v in x:
        see(v * v)
    return best


@example(1.3)
def make_counter(x):
    def counter(start):
        n = start

        def step(d):
            nonlocal n
            n = n + d
            return n

        return step

    c = counter(x)
    c(1.0)
    c(x)
    return c(x * x) * x


@example(1.3)
def nonlocal_two_levels(x):
    s = x

    def a():
        def b():
            nonlocal s
            s = s * x

        b()
        b()

    a()
    return s


@example(V)
def nonlocal_while(x):
    k = 0

    def nxt():
        nonlocal k
        v = x[k]
        k += 1
        return v

    t = 0.0
    while k < 4:
        t = t * 0.5 + nxt()
    return t


@example(V)
def first_in_loop(x):
    r = 0.0
    for v in x:
        t = 0.0

        def add(k):
            nonlocal t
            t += k

        add(v)
        add(2.0 * v)
        r = r + t * t
    return r


@example(1.3)
def param_nonlocal(x):
    def twice():
        nonlocal x
        x = x * x

    twice()
    twice()
    return x


@example(V)
def array_nonlocal(x):
    state = x * 1.0

    def step(dt):
        nonlocal state
        state = state + dt * np.sin(state)

    for k in range(3):
        step(0.1 * (k + 1))
    return np.sum(state**2)


@example(V)
def array_inplace_nonlocal(x):
    state = x * 1.0

    def step(dt):
        nonlocal state
        state += dt * np.sin(state)
        state[0] *= 2.0

    for k in range(3):
        step(0.1 * (k + 1))
    return np.sum(state**2)


@example(1.3)
def in_while(x):
    steps = 0
    y = x

    def newton():
        nonlocal y, steps
        y = y - (y * y - x) / (2 * y)
        steps += 1

    while abs(y * y - x) > 1e-12:
        newton()
    return y * 2


@example(V)
def both_functions(x):
    a, b = 0.0, 1.0

    def up(v):
        nonlocal a
        a += v
        mult(v)

    def mult(v):
        nonlocal b
        b *= 1.0 + v * a

    for v in x:
        up(v)
    return a * b


@example(V)
def recursion_nonlocal(x):
    total = 0.0

    def walk(node):
        nonlocal total
        if isinstance(node, tuple):
            for child in node:
                walk(child)
        else:
            total += node**2

    walk((x[0], (x[1], (x[2], x[3])), x[0]))
    return total


@example(1.3)
def maybe_unset(x):
    y = None

    def setit():
        nonlocal y
        if y is None:
            y = x * x
        return y

    return setit() + setit()


@example(V)
def in_comprehension(x):
    acc = 0.0

    def cum(v):
        nonlocal acc
        acc += v
        return acc

    r = [cum(v) * 2 for v in (x[0], x[1], x[2])]
    return sum(r) * acc


@example(V)
def in_runtime_comprehension(x):
    acc = 0.0

    def cum(v):
        nonlocal acc
        acc += v
        return acc

    r = np.array([cum(v) * 2 for v in x])
    return np.sum(r**2) * acc


@example(1.3)
def early(x):
    n = 0

    def f(t):
        nonlocal n
        if t > 1.0:
            n = n + t
            return t * 2
        n = n - t
        return t

    return f(x) * n + f(x - 1.0) * n


@example(V)
def break_on_flag(x):
    stop = False
    total = 0.0

    def see(v):
        nonlocal stop, total
        total += v * v
        if total > 0.6:
            stop = True

    for v in x:
        see(v)
        if stop:
            break
    return total


@example(V)
def list_nonlocal(x):
    best = []

    def add(v):
        nonlocal best
        best = best + [v]

    for k in range(3):
        add(x[k] * x[k])
    return sum(best) * best[1]


@example(1.3)
def lambda_reads(x):
    s = x
    g = lambda t: t * s

    def up():
        nonlocal s
        s = s * 2

    up()
    return g(x)


@example(1.3)
def shadow(x):
    s = x

    def f():
        nonlocal s
        s = s * 3
        return [s * k for k in range(2)] + [s * 1.0 for s in (1.0, x)]

    r = f()

    def g(s):
        s += 1
        return s

    return sum(r) + g(s) * s


@example(1.3)
def with_tuple_target(x):
    a = b = 0.0

    def f():
        nonlocal a, b
        a, b = x, x * x
        for a in (x, x + 1.0):
            b += a

    f()
    return a * b


@example(1.3)
def stateful_object_of_closures(x):
    def make(v):
        def get():
            return v

        def put(w):
            nonlocal v
            v = w

        return get, put

    get, put = make(x)
    get2, put2 = make(2 * x)
    put(get() * get2())
    put2(get() + 1.0)
    return get() * get2()
