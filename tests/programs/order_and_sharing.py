"""Where sharing, order or failure decide: views, copies, queues, caches, handlers, work lists."""

from __future__ import annotations

import contextlib
import copy
import functools
import math
from collections import defaultdict, deque

import numpy as np

from tests.programs.corpus import example

V = np.array([0.7, -0.3, 1.2, 0.4])


@example(V)
def reshape_write_in_branch(x):
    a = np.zeros(4)
    b = a.reshape(2, 2)
    if x[0] > 0:
        b[0, 0] = x[1] ** 2
    else:
        a[0] = x[2]
    b[1] += x[:2]
    return np.sum(a * x) + b[0, 0]


@example(V)
def reshape_write_in_helper(x):
    def fill(g, v):
        g[0, 1] = v
        g += v * 0.5

    a = x * 2.0
    fill(a.reshape(2, 2), x[3])
    return np.sum(a**2)


@example(V)
def copy_is_apart(x):
    a = x * 1.0
    b = a.reshape(2, 2).copy()
    b[0] = 7.0
    c = a.reshape(2, 2)
    d = copy.copy(c)
    d[1] = 3.0
    c[0, 0] = x[1]
    return np.sum(a * x) + np.sum(b * c) + np.sum(d)


@example(V)
def deepcopy_shares_inside(x):
    a = x * 1.0
    s = [a, a, {"k": a}]
    t = copy.deepcopy(s)
    t[0][0] = 5.0
    return np.sum(t[1]) + np.sum(t[2]["k"]) * np.sum(s[0])


@example(V)
def deque_of_arrays(x):
    q = deque([x * 0.0, x * 1.0], maxlen=2)
    for k in range(3):
        q.append(q[0] * 0.5 + q[1] * x)
    return np.sum(q[-1]) + np.sum(q[0])


@example(V)
def deque_runtime_loop(x):
    q = deque([0.0, 0.0, 1.0], maxlen=3)
    t = 0.0
    for v in x:
        q.append(q[0] + q[-1] * v)
        q.rotate(1)
        t = t + q[1] ** 2
    return t


@example(V)
def defaultdict_in_branch(x):
    d = defaultdict(float)
    d["a"] += x[0]
    if x[1] > 0:
        d["a"] += x[1]
    else:
        d["a"] *= x[2]
    return d["a"] ** 2


@example(V)
def nonlocal_and_try(x):
    failures = 0
    total = 0.0

    def safe(v):
        nonlocal failures, total
        try:
            r = math.log(v)
        except ValueError:
            failures += 1
            r = v * failures
        total += r
        return r

    for v in x:
        total *= safe(v) + 2.0
    return total * failures


@example(V)
def try_with_array_versions(x):
    a = x.copy()
    for k in range(4):
        try:
            a[k] = math.sqrt(a[k])
        except ValueError:
            a[k] = a[k - 1] * 2
        else:
            a[0] += 1.0
    return np.sum(a * x)


@example(V)
def try_changes_then_raises(x):
    t = []
    for k in range(4):
        try:
            t.append(x[k] * 2)
            y = math.log(x[k])
            t.append(y)
        except ValueError:
            t.append(5.0 * x[k])
    return sum(v * (i + 1) for i, v in enumerate(t))


@example(1.3, 0.0, argnums=(0,))
def division_in_chain(x, y):
    try:
        a = b = 1.0 / y + math.log(x)
    except ZeroDivisionError:
        a, b = x, x * x
    return a * b


@example(1.3)
def short_circuit_in_try(x):
    try:
        ok = x < 1.0 and math.log(x - 5.0) > 0.0
        y = x if not ok else 2.0 * x
    except ValueError:
        y = 100.0 * x
    return y * x


@example(1.3)
def conditional_expression_in_try(x):
    try:
        y = math.sqrt(x - 2.0) if x > 2.0 else math.log(x - 3.0)
    except ValueError:
        y = x**3
    return y


@example(V)
def while_in_try_safe(x):
    try:
        k, t = 0, 0.0
        while k < 3:
            t += x[0] * k
            k += 1
        y = math.log(t)
    except ValueError:
        y = t
    return y * t


@example(V)
def ties_in_sorted(x):
    a = [x[0], x[1], x[0] * 1.0, x[2]]
    s = sorted(a, reverse=True)
    return s[0] * 2 + s[3] * 5


@example(V)
def sorted_pairs_then_search(x):
    pts = sorted(((x[k], float(k)) for k in range(4)), key=lambda p: -p[0])
    best = pts[0]
    return best[0] ** 2 + best[1] * pts[1][0]


class Cached:
    def __init__(self, a):
        self.a = a

    @functools.cached_property
    def sq(self):
        return self.a * self.a


@example(1.3)
def cached_stale(x):
    c = Cached(x)
    s = c.sq
    c.a = 5.0 * x
    return s * c.sq + c.a


@example(V)
def cached_in_loop(x):
    t = 0.0
    for v in x:
        c = Cached(v)
        t += c.sq * c.sq
    return t


@example(V)
def stack_search(x):
    tree = (x[0], (x[1], None, (x[2], None, None)), (x[3], None, None))
    stack, total, depth = [(tree, 1)], 0.0, 0
    while stack:
        node, d = stack.pop()
        if node is None:
            continue
        v, left, right = node
        total += v**d
        depth = max(depth, d)
        stack.append((left, d + 1))
        stack.append((right, d + 1))
    return total * depth


@example(V)
def topological(x):
    deps = {"c": ["a", "b"], "d": ["c"], "a": [], "b": ["a"]}
    value = {}
    todo = list(deps)
    while todo:
        n = todo.pop(0)
        if all(m in value for m in deps[n]):
            value[n] = sum(value[m] for m in deps[n]) * x[1] + x[0]
        else:
            todo.append(n)
    return value["d"]


@example(V)
def zip_of_three(x):
    w = (1.0, 2.0, 3.0)
    out = np.zeros(3)
    for k, (a, b, c) in enumerate(zip(w, x, x[1:])):
        out[k] = a * b * c
    return np.sum(out**2)


@example(V)
def context_with_branch(x):
    with contextlib.nullcontext(x[0]) as k:
        if x[1] > 0:
            y = k * x[2]
        else:
            y = k * x[3]
    return y


@example(V)
def rest_in_loop(x):
    t = 0.0
    for k in range(2):
        a, *rest = x * (k + 1.0)
        t += a * sum(rest)
    return t


@example(V)
def growing_sorted(x):
    pos = []
    for v in x:
        if v > 0:
            pos.append(v * v)
    pos.sort()
    s = sorted(pos, reverse=True)
    return pos[0] * 3 + s[0] * len(s)
