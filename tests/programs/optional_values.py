"""None or a value, as the run decides: before the first iteration, where nothing was found, in attributes and dicts."""

from __future__ import annotations

import dataclasses
import math

import numpy as np

from tests.programs.corpus import example

X = np.array([0.5, -0.3, 0.8])


@example(X)
def smallest_square(x):
    best = None
    for v in x:
        if best is None or v * v < best:
            best = v * v
    return best


@example(X)
def largest_sine(x):
    best = None
    for v in x:
        t = np.sin(v)
        if best is None:
            best = t
        elif t > best:
            best = 0.5 * (best + t)
    return best


@example(X)
def set_by_a_branch(x):
    r = None
    if x[0] > 0.2:
        r = x[0] * 2.0
    if r is None:
        r = x[1] ** 2
    return r * x[2]


@example(X)
def sum_of_rows(x):
    acc = None
    for k in range(len(x)):
        row = x * x[k]
        acc = row if acc is None else acc + row
    return np.sum(acc * acc)


@example(X)
def fixed_point(x):
    old = None
    z = x[0]
    while old is None or abs(z - old) > 1e-10:
        old = z
        z = math.cos(z) * x[1]
    return z


@example(X)
def best_of_pairs(x):
    best = (0.0, None)
    for v in x:
        if v > best[0]:
            best = (v, v * v)
    return best[1]


@example(X)
def best_array(x):
    best, arg = -np.inf, None
    for k in range(3):
        c = np.sin(x * (k + 1))
        s = c.sum()
        if s > best:
            best, arg = s, c
    return best * arg[0]


class PID:
    def __init__(self, kp, kd):
        self.kp, self.kd = kp, kd
        self.last = None
        self.total = 0.0

    def step(self, e):
        d = 0.0 if self.last is None else e - self.last
        self.last = e
        self.total += e
        return self.kp * e + self.kd * d + 0.1 * self.total


@example(X)
def pid(x):
    c = PID(x[0], x[1])
    y = 0.0
    for k in range(len(x) * 4):
        y += 0.1 * c.step(x[2] - y)
    return y * y


def ema(x, alpha=0.3):
    s = None
    for v in x:
        s = v if s is None else alpha * v + (1 - alpha) * s
    return s


@example(X)
def running_pair(x):
    lo = hi = None
    for v in x:
        if lo is None or v < lo:
            lo = v
        if hi is None or v > hi:
            hi = v
    return hi - lo


@example(X)
def reset(x):
    prev = x[0]
    t = 0.0
    for v in x:
        if v < 0:
            prev = None
        elif prev is not None:
            t += prev * v
            prev = v
        else:
            prev = v * v
    return t + (0.0 if prev is None else prev)


def first_positive(x):
    for v in x:
        if v > 0.6:
            return v
    return None


@example(X)
def or_default(x):
    r = first_positive(x)
    r = r or 2.0 * x[0]
    return r * r


@example(X)
def truthy(x):
    r = first_positive(-x)
    if r:
        return r
    return x[0] * x[1]


@example(X)
def not_truthy(x):
    r = first_positive(x)
    if not r:
        return x[0]
    return r**3


@example(X)
def walrus(x):
    if (r := first_positive(x)) is not None:
        return r * x[1]
    return x[0]


@example(X)
def helper_arg(x):
    def score(a, b=None):
        return a if b is None else a * b

    prev = None
    t = 0.0
    for v in x:
        t += score(v, prev)
        prev = v
    return t


@example(X)
def nested_loops(x):
    best = None
    for a in x:
        inner = None
        for b in x:
            s = a * b
            if inner is None or s > inner:
                inner = s
        if best is None or inner < best:
            best = inner
    return best


@dataclasses.dataclass
class Hit:
    t: float
    normal: object


@example(X)
def closest(x):
    hit = None
    for k in range(len(x)):
        t = x[k] ** 2 + 0.1 * k
        if hit is None or t < hit.t:
            hit = Hit(t, x * x[k])
    return hit.t * np.sum(hit.normal)


@example(X)
def dict_state(x):
    st = {"best": None, "n": 0}
    for v in x:
        if st["best"] is None or v > st["best"]:
            st["best"] = v
            st["n"] += 1
    return st["best"] * st["n"]


@example(X)
def tuple_state(x):
    best, arg = None, None
    for i, v in enumerate(x):
        if best is None or v > best:
            best, arg = v, i
    return best * x[arg]


@example(X)
def closure_state(x):
    last = None

    def push(v):
        nonlocal last
        d = 0.0 if last is None else v - last
        last = v
        return d

    t = 0.0
    for v in x:
        t += push(v) ** 2
    return t


@example(X)
def matchy(x):
    r = first_positive(x)
    match r:
        case None:
            return x[0]
        case _:
            return r * r


@example(X)
def matchy2(x):
    r = first_positive(-x)
    match r:
        case None:
            return x[0] ** 2
        case v if v > 1:
            return v
        case v:
            return v * v


@example(X)
def shown_while_none(x):
    best = None
    for v in x:
        print(best, f"{best}")
        if best is None or v > best:
            best = v
    return best


@example(X)
def if_then_assert(x):
    r = first_positive(x)
    assert r is not None
    return r * 2


@example(X)
def raise_none(x):
    r = first_positive(x)
    if r is None:
        raise ValueError("nothing")
    return r * 2 * x[1]


@example(X)
def secant(x):
    prev = None
    z = x[0]
    for _ in range(30):
        f = z**3 - x[2]
        if prev is None:
            step = 0.1
        else:
            fp, zp = prev
            if abs(f - fp) < 1e-13:
                break
            step = -f * (z - zp) / (f - fp)
        prev = (f, z)
        z = z + step
    return z


@example(X)
def eq_none(x):
    r = first_positive(x)
    return x[0] if r is None else r * x[2]


@example(X)
def and_chain(x):
    prev = None
    t = 0.0
    for v in x:
        if prev is not None and v > prev and v > 0:
            t += v * prev
        prev = v
    return t


@example(X)
def array_state(x):
    g_old = None
    d = np.zeros(3)
    z = x.copy()
    for k in range(len(x)):
        g = 2 * z + 0.1 * z**3
        beta = 0.0 if g_old is None else np.dot(g, g) / np.dot(g_old, g_old)
        d = -g + beta * d
        z = z + 0.2 * d
        g_old = g
    return np.sum(z * z)


@example(X)
def list_none(x):
    items = None
    for v in x:
        if v > 0.3:
            if items is None:
                items = []
            items.append(v * v)
    return 0.0 if items is None else sum(items)


@example(X)
def while_none_array(x):
    old = None
    z = x
    while old is None or np.max(np.abs(z - old)) > 1e-13:
        old = z
        z = np.cos(z) * 0.5 + x * 0.3
    return np.sum(z * z)


@example(X)
def two_helpers(x):
    def find(t):
        best = None
        for v in x:
            if v > t and (best is None or v < best):
                best = v
        return best

    a, b = find(0.0), find(0.6)
    if a is None or b is None:
        return x[0]
    return a * b


@example(X)
def kw_none(x):
    def f(v, scale=None, *, shift=None):
        if scale is not None:
            v = v * scale
        if shift is not None:
            v = v + shift
        return v

    s = None
    t = 0.0
    for v in x:
        t = t + f(v, s, shift=s)
        s = t
    return t


@dataclasses.dataclass
class Track:
    x: float
    v: float
    p: float


class Tracker:
    """Follows measurements; it has no track before the first one, and again after two that do not fit."""

    track = None
    lost = 0

    def __init__(self, q, r):
        self.q, self.r = q, r
        self.loglik = 0.0
        self.history = []

    def step(self, z, dt=0.5):
        if self.track is None:
            self.track = Track(z, 0.0, self.r)
            return
        t = self.track
        x = t.x + dt * t.v
        p = t.p + self.q
        s = p + self.r
        e = z - x
        if e * e > 4.0 * s:
            self.lost += 1
            if self.lost > 1:
                self.track = None
                self.lost = 0
            return
        self.lost = 0
        k = p / s
        self.loglik -= 0.5 * (e * e / s + math.log(s))
        self.track = Track(x + k * e, t.v + 0.3 * k * e / dt, (1.0 - k) * p)
        self.history.append(self.track.x)


Z = np.array([0.1, 0.3, 0.35, 3.0, 0.6, 5.0, 5.1, 5.3, 5.2, 5.6])


@example(np.array([0.2, 0.4]), Z)
def track_likelihood(theta, z):
    tracker = Tracker(*theta)
    for m in z:
        tracker.step(m)
    last = 0.0 if tracker.track is None else tracker.track.x
    return tracker.loglik + 0.1 * sum(tracker.history) + last


class Log:
    def __init__(self):
        self.kept = []
        self.skipped = 0

    def add(self, z):
        if z < 0.0:
            self.skipped += 1
            if self.skipped > 3:
                self.skipped = 0
            return
        self.kept.append(z * z)


@example(X)
def a_list_and_a_counter(x):
    log = Log()
    for z in x:
        log.add(z)
    return sum(log.kept) * (1 + log.skipped)
