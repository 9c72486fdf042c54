"""Lists whose length only the run knows: trajectories, stacks, queues, comprehensions over arrays."""

from __future__ import annotations

import math

import numpy as np

from tests.programs.corpus import example

STEPS = np.array([0.5, 0.9, -0.4, 1.2, 0.7, 0.8, -1.1, -0.95, 0.35])
ROWS = np.array([[0.3, 0.4], [0.7, -0.2], [1.1, 0.3], [0.6, 0.9]])


@example(0.7, 0.1, STEPS)
@example(0.7, 0.1, STEPS[:0], argnums=(0, 1))
def euler_trajectory(y0, dt, times):
    ys = [y0]
    for t in times:
        y = ys[-1]
        ys.append(y + dt * (math.sin(t) - y * y))
    return np.sum(np.array(ys) ** 2)


@example(0.6, 7, argnums=(0,))
@example(0.6, 300, argnums=(0,))
def counted_by_an_int(x, n):
    ys = [x]
    for i in range(n):
        ys.append(math.sin(ys[i]) + 0.5 * ys[-1])
    return ys[-1]


@example(1.3, STEPS)
def chosen_by_a_condition(x, v):
    kept = []
    for a in v:
        if a * x > 0.3:
            kept.append(a * x)
    s = 0.0
    for y in kept:
        s += np.sin(y)
    return s / len(kept)


@example(1.1)
def until_it_is_large(x):
    ys = [x]
    while ys[-1] < 50.0:
        ys.append(ys[-1] * 1.7 + math.cos(ys[-1]))
    return sum(ys)


@example(0.9, 6, argnums=(0,))
def collatz(x, n):
    found = [x]
    while n != 1:
        n = n // 2 if n % 2 == 0 else 3 * n + 1
        found.append(found[-1] * 0.9 + n * 0.01 * x)
    return found[-1] * len(found)


@example(0.8, STEPS)
def running_mean(x, v):
    means = []
    total = 0.0
    for k, a in enumerate(v):
        total += a * x
        means.append(total / (k + 1))
    return np.mean(means) + np.std(np.array(means))


@example(0.8, STEPS)
def stack_machine(x, v):
    stack = []
    for a in v:
        if a > 0.0:
            stack.append(a * x)
        elif len(stack) > 1:
            p = stack.pop()
            q = stack.pop()
            stack.append(math.sin(p) * q)
    s = 0.0
    while stack:
        s += stack.pop() * 1.5 + s * s
    return s


@example(0.8, STEPS)
def indices_on_a_stack(x, v):
    todo = [len(v) - 1]
    s = 0.0
    while todo:
        i = todo.pop()
        s += v[i] * x * (i + 1)
        if i > 1:
            todo.append(i - 2)
    return s * s


@example(0.8, STEPS)
def a_queue(x, v):
    queue = [x]
    s = 0.0
    for a in v:
        queue.append(a * x)
        if len(queue) > 3:
            s += queue.pop(0) ** 2
    return s + queue[0]


@example(0.8, STEPS)
def emptied_now_and_then(x, v):
    block = []
    s = 0.0
    for a in v:
        block.append(a * x)
        if len(block) == 4:
            s += block[0] * block[1] + block[2] * block[3]
            block = []
    return s + sum(block)


@example(np.array([0.3, 0.5, 1.0]), STEPS)
def arrays_stacked(u, times):
    us = [u]
    for t in times:
        us.append(us[-1] * math.cos(t) + 0.1 * us[0])
    return np.sum(np.stack(us)[1:] ** 2)


@example(0.8, ROWS)
def arrays_joined(x, matrix):
    parts = []
    for row in matrix:
        parts.append(row * x)
    return np.sum(np.concatenate(parts) ** 3) + parts[1][0]


@example(0.8, ROWS)
def arrays_popped(x, matrix):
    stack = []
    for row in matrix:
        stack.append(row * x)
        if len(stack) > 1:
            a = stack.pop()
            b = stack.pop()
            stack.append(np.sin(a) * b)
    return np.sum(stack[0])


@example(0.6, STEPS)
def pairs(x, v):
    points = []
    for a in v:
        points.append((a * x, a + x))
    s = 0.0
    for p, q in points:
        s += p * math.sin(q)
    return s


@example(0.7, STEPS)
def elements_written(x, v):
    ys = [x] * len(v)
    for i in range(1, len(v)):
        ys[i] = ys[i - 1] * v[i]
        ys[i] += x
    return ys[-1] * ys[2] + sum(ys[1:4])


@example(0.6, STEPS)
def two_lists_at_once(x, v):
    ys, zs = [x], []
    for a in v:
        ys.append(a * x)
        zs.append(ys[-1] * ys[-2])
    ys.extend(zs)
    s = 0.0
    for y, z in zip(ys[1:] + zs, reversed(ys)):
        s += y * z
    return s


@example(0.8, STEPS)
def two_names(x, v):
    ys = [x]
    same = ys
    for a in v:
        same.append(a * ys[-1] + x)
    return ys[-1] + len(same) * same[2]


@example(0.8, STEPS)
def in_a_dict(x, v):
    state = {"ys": [x], "total": 0.0}
    for a in v:
        state["ys"].append(a * state["ys"][-1] + x)
        state["total"] += a
    return state["ys"][-1] * state["total"] + sum(state["ys"])


class Recorder:
    def __init__(self, x):
        self.history = [x]

    def step(self, a):
        self.history.append(math.sin(self.history[-1] * a))


@example(0.8, STEPS)
def in_an_object(x, v):
    recorder = Recorder(x)
    for a in v:
        recorder.step(a)
    return np.mean(recorder.history) + recorder.history[-1]


@example(0.8, STEPS)
def longer_in_one_arm(x, v):
    ys = [x, 2.0 * x]
    if x > v[0]:
        ys.append(x * v[0])
    return sum(ys) + ys[-1] ** 2


@example(0.8, STEPS)
def anew_in_each_iteration(x, v):
    s = 0.0
    for i in range(len(v)):
        ys = [x]
        for j in range(i):
            ys.append(ys[-1] * v[j] + 0.1)
        s += ys[-1] * sum(ys)
    return s


@example(0.8, STEPS)
def left_early(x, v):
    ys = [x]
    for a in v:
        y = ys[-1] * 1.5 + a
        if y > 4.0:
            break
        ys.append(y)
    return ys[-1] * ys[len(ys) // 2]


@example(0.8, STEPS)
def best_of_two_ways(x, v):
    best = [x, 0.5]
    back = []
    for a in v:
        new = [max(best[0] + a, best[1] * 0.9), max(best[0] * a, best[1] + 0.1)]
        back.append(max(new))
        best = new
    return max(best) + sum(back)


@example(0.8, STEPS)
def comprehension(x, v):
    ys = [np.sin(a * x) for a in v]
    return sum(ys) + ys[0] * ys[-1]


@example(0.8, STEPS)
def comprehension_with_a_condition(x, v):
    ys = [a * x for a in v if a * x > 0.3]
    return sum([y * y for y in ys]) / len(ys)


@example(0.8, ROWS)
def comprehension_over_rows(x, matrix):
    rows = [row * x for row in matrix]
    return np.sum(np.array(rows) ** 2) + rows[1][0]


@example(0.8, STEPS)
def list_of_a_map(x, v):
    def scaled(a):
        return a * a * x

    ys = list(map(scaled, v))
    return sum(y * z for y, z in zip(ys, list(v))) + max(ys)


@example(0.8, 3, argnums=(0,))
def known_after_all(x, n):
    ys = []
    for i in range(n):
        ys.append(x * (i + 1))
    a, b, c = ys
    return a * b + c
