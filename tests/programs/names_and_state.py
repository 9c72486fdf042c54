"""What changes while elements are read: `:=` in comprehensions, functions that count their calls."""

from __future__ import annotations

import numpy as np

from tests.programs.corpus import example

V = np.array([0.7, -0.3, 1.2, 0.4])


@example(V)
def last_element_looked_at(v):
    total, i = 0.0, 0
    while (z := v[i]) < 1.0:
        total += z * z
        i += 1
    return total * z


@example(V)
def walrus_accumulates(v):
    items = [s := 0.0] + [s := s * 0.5 + z for z in v]
    return s * sum(items)


@example(V)
def witness_of_any(v):
    if any((hit := z) > 1 for z in v):
        return hit * hit + v[0]
    return v[0]


@example(V)
def walrus_in_condition(v):
    y = v[0]
    squares = [y for z in v if (y := z * z) > 0.1]
    return sum(squares) * y


@example(V)
def running_maximum(v):
    best = 0.0
    total = sum((best := max(best, z)) * z for z in v)
    return total * best


@example(V)
def differences_by_walrus(v):
    last = v[0]
    steps = [z - last + 0 * (last := z) for z in v]
    return sum(a * a for a in steps) * last


@example(V, 3)
def walrus_in_a_loop(v, n):
    total = m = 0.0
    for k in range(n):
        found = [(m := z * total + k) for z in v if z > 0]
        total += sum(found) + m
    return total * m


@example(V)
def walrus_of_a_cell(v):
    s = v[0]

    def f(z):
        nonlocal s
        if (s := s * z) > 0.1:
            return s
        return z

    return f(v[1]) + f(v[2]) * s


@example(V)
def calls_are_counted_in_a_sum(v):
    n = 0

    def up(z):
        nonlocal n
        n += 1
        return z * n

    return sum(up(z) for z in v) * n


@example(V)
def calls_are_noted_in_a_sum(v):
    log = []

    def up(z):
        log.append(z)
        return z * len(log)

    t = sum(map(up, v))
    return t * len(log) + log[0] * log[-1]


@example(V, 3)
def calls_are_counted_everywhere(v, k):
    n = [0]

    def up(z):
        n[0] += 1
        return z * n[0]

    a = np.array([up(z) for z in v])
    b = sum(up(i * v[0]) for i in range(k))
    c = np.vectorize(up)(v)
    return a.sum() * b * n[0] + c.sum() * max(v, key=up)
