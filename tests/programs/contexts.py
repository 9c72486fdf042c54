"""Contexts that are entered and left, `contextlib`, and `finally` before a handler."""

from __future__ import annotations

import contextlib
import math
import os
import time

import numpy as np

from tests.programs.corpus import example

V = np.array([0.7, -0.3, 1.2, 0.4])


@example(-1.3)
def finally_before_handler(x):
    n = 1.0
    try:
        try:
            y = math.log(x)
        finally:
            n = n + x
    except ValueError:
        y = x
    return y * n


@example(V)
def finally_before_handler_in_loop(x):
    n = 1.0
    t = 0.0
    for v in x:
        try:
            try:
                y = math.log(v)
            finally:
                n = n + v
        except ValueError:
            y = v
        t += y * n
    return t


class Scope:
    depth = 1.0

    def __init__(self, k):
        self.k = k
        self.log = []

    def __enter__(self):
        self.log.append(self.k)
        return self.k * 2

    def __exit__(self, kind, value, trace):
        self.log.append(self.k * self.k)


@example(1.3)
def class_context(x):
    s = Scope(x)
    with s as k:
        y = k * x
    return y * s.log[1] * len(s.log)


@example(V)
def context_in_loop_with_break(x):
    t = 0.0
    s = Scope(x[0])
    for v in x:
        with s as k:
            if v < 0:
                break
            t += v * k
    return t * sum(s.log)


@example(1.3)
def return_in_context(x):
    s = Scope(x)

    def f(v):
        with s as k:
            if v > 1.0:
                return v * k
            return v

    y = f(x)
    return y * s.log[1]


@contextlib.contextmanager
def scaled(k, offset=0.0):
    state = [k * 2.0]
    try:
        yield state
    finally:
        state[0] = offset


@example(1.3)
def generated_context(x):
    with scaled(x, offset=x * x) as s:
        y = s[0] * x
    return y * s[0]


@contextlib.contextmanager
def clocked(name):
    t0 = time.perf_counter()
    yield
    print(name, time.perf_counter() - t0 >= 0)


@example(V)
def clocked_loop(x):
    t = 0.0
    for v in x:
        with clocked("step"):
            t += v * v
    return t


@example(1.3)
def nested_contexts(x):
    with scaled(x) as a, scaled(a[0]) as b:
        y = b[0] * a[0]
        with contextlib.nullcontext(y) as z:
            y = z * x
    return y + a[0]


class Timer:
    def __enter__(self):
        self.start = time.perf_counter()
        return self

    def __exit__(self, *exc):
        self.elapsed = time.perf_counter() - self.start


@example(1.3)
def timed(x):
    with Timer() as t:
        y = x * math.sin(x)
    print(t.elapsed >= 0.0)
    return y


@example(-1.3)
def suppressed(x):
    y = x
    with contextlib.suppress(ValueError, ZeroDivisionError):
        y = math.sqrt(x)
        y = y * 100
    return y * x


@example(1.3)
def try_inside_with(x):
    with Scope(x) as k:
        try:
            y = math.log(x - 2.0)
        except ValueError:
            y = k * x
    return y


class Closer:
    def __init__(self, v):
        self.v = v

    def close(self):
        self.v = 3.0 * self.v


@example(1.3)
def closed(x):
    c = Closer(x)
    with contextlib.closing(c) as d:
        y = d.v * x
    return y * c.v


@example(V)
def errstate_and_context(x):
    with np.errstate(all="ignore"), Scope(x[0]) as k:
        y = np.sum(np.sqrt(np.abs(x)) * k)
    return y


@example(1.3)
def to_a_file(x):
    with open(os.devnull, "w") as f:
        f.write(f"x = {x}\n")
        y = x * x
        print("y", y, file=f)
    return y
