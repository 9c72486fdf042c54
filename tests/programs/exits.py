"""Ways through a program: `return` in loops, `else` of loops, `:=`, `match`, `try`, `with`, `raise` and `assert`."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from tests.programs.corpus import example

V = np.array([1.0, 2.0, 0.5])
A = np.array([[1.6, 0.1], [0.1, 1.6]])
B = np.array([1.0, 2.0])
A9 = np.array([1.0, 2.0, 0.5, 0.3, 0.2, 0.1, 1.5, 0.4, 0.7])


@dataclass
class Circle:
    r: float


@dataclass
class Rectangle:
    w: float
    h: float


class Point(NamedTuple):
    x: float
    y: float


class OutOfDomainError(ValueError):
    """An exception of the user's own."""


@example(1.5)
def newton_returns_from_the_loop(x):
    for k in range(50):
        step = (x * x - 2.0) / (2 * x)
        x = x - step
        if abs(step) < 1e-12:
            return x
    return x


@example(1.5, 5, argnums=(0,))
@example(0.2, 3, argnums=(0,))
def return_from_two_loops(x, n):
    for i in range(n):
        for j in range(i):
            r = x * i + j
            if r > 5.0:
                return r * (j + 1)
            x = x * 1.1
    return x * x


@example(A, B, 30, argnums=(0,))
@example(A, B, 3, argnums=(0,))
def return_of_arrays(a, b, n):
    x = b * 0.0
    for k in range(n):
        r = b - a @ x
        if np.sum(r * r) < 1e-3:
            return np.sum(x * r)
        x = x + 0.1 * r
    return np.sum(x) + np.sum(r)


@example(1.0)
@example(0.01)
def for_else(x):
    for k in range(5):
        x = x * 2
        if x > 3:
            break
    else:
        x = x * x
    return x


@example(5.0)
def while_with_assignment(x):
    while (y := x * 0.5) > 1:
        x = y * y * 0.4
    return x * y


@example(1.5, 4, argnums=(0,))
def index_after_the_loop(x, n):
    for i in range(n):
        x = x * 1.1
    return i * x


@example(1.5)
def while_true_with_return(x):
    n = 0
    while True:
        n += 1
        x = x * 1.5
        if x > 10:
            return x * n


@example(2.0, "a", argnums=(0,))
@example(2.0, "c", argnums=(0,))
@example(2.0, (1.0, 2.0, 3.0), argnums=(0,))
@example(4.0, {"k": 3.0}, argnums=(0,))
@example(2.5, 1, argnums=(0,))
def match_of_many_kinds(x, kind):
    match kind:
        case "a":
            return x * x
        case "b" | "c":
            y = x**3
        case [a, *rest] if len(rest) > 1:
            y = a * x
        case {"k": v}:
            y = v * x
        case _:
            y = 2 * x
    match x:
        case 0.0:
            y = 1.0
        case v if v > 3:
            y = v * y
    return y


@example(1.5, 7, argnums=(0,))
@example(9.5, 7, argnums=(0,))
@example(0.5, 7, argnums=(0,))
@example(0.1, 3, argnums=(0,))
def two_returns_in_a_loop(x, n):
    s = 0.0
    for i in range(n):
        if x > 10:
            return x * i
        if s < -5:
            z = s * x
            return z * z
        s = s - x
        x = x + 0.3
    return s


@example(V)
def errstate_around_a_branch(x):
    with np.errstate(divide="ignore", invalid="ignore"):
        y = np.log(x)
        if x.sum() > 0:
            z = np.where(x > 0, y * x, 0.0)
        else:
            z = x
    return np.sum(z) * x.sum()


@example(V)
@example(V - 3.0)
def return_from_errstate_in_a_loop(x):
    for k in range(3):
        with np.errstate(over="ignore"):
            x = np.exp(x)
            if x.sum() > 20:
                return np.sum(x * x)
        x = x * 0.5
    return x.sum()


@example(1.5)
def finally_deletes(x):
    try:
        y = np.exp(x)
        z = x * y
    finally:
        del y
    return z


@example(1.5)
@example(2.5)
def return_through_finally(x):
    try:
        if x > 2:
            return x * x
        y = math.exp(x)
    finally:
        z = 3
    return z * y


@example(0.7, 0.4, np.array([0.3, 0.5, 0.2, 0.9]))
def return_from_a_loop_through_finally(x, y, v):
    s = 0.25
    k = 0
    while k < 4 and abs(s) < 0.9:
        k += 1
        try:
            for e in v:
                if x * e < 0.1731:
                    return s * e + x
        finally:
            s = s * x + 0.1 * y
        if k % 2 == 0:
            return 0.5 * y + s
    return s * x


@example(0.7, np.array([0.3, 0.5, 0.2, 0.9]))
@example(-0.1, np.array([0.3, 0.5, 0.2, 0.9]))
def arrays_of_an_inner_arm_in_a_loop(x, v):
    w = v
    if x > -0.2319:
        if x <= 0.1731:
            v, w = w, np.tanh(v * v)
        for _k in range(4, 0, -1):
            v, w = w, np.cos(v - w)
    return np.sum(v * w)


@example(0.6131, -0.4227, np.array([0.5173, -0.6391, 0.9277]), 3)
@example(-4.0, 1.2, np.array([0.5173, -0.6391, 0.9277]), 4)
def break_in_every_second_iteration(x, y, v, n):
    w = v
    s = x
    for k in range(n):
        if k % 2 != 0:
            for _count in range(4, 0, -1):
                s += 0.3 * y * y
                if s > 0.1731:
                    break
                v, w = w, np.tanh(w * w)
    return s + np.sum(v * w)


@example(0.6131, -0.4227, np.array([0.5173, -0.6391, 0.9277, 0.2791]))
@example(0.6131, 0.1, np.array([0.5173, -0.6391, 0.9277, 0.2791]))
def arrays_under_a_chosen_number(x, y, v):
    s = x
    if y < 0.1731:
        if s < -0.2319:
            s = y
        if s > -0.2319:
            x = min(x, 0.5, y)
            v, p = (v * 1.0, v.copy())
            if x > 0.0731:
                return np.sum(v * p)
            if x < -0.3:
                return np.sum(np.sin(v) * p)
    return s


@example(0.6, 0.5, np.ones(4))
@example(0.6, 0.1, np.ones(4))
def exit_before_a_longer_line(x, y, v):
    s, x = x, x * 0.8
    k = 0
    while k < 4 and s < 0.5 + x:
        k += 1
        try:
            if y < 0.4377:
                return s * y
            v[np.array([3, 1])] += v[:2]
        finally:
            s = x * x
    return s


@example(1.5)
def try_import(x):
    try:
        import math as library
    except ImportError:
        library = None
    try:
        y = x * x + 1.0
    except ZeroDivisionError:
        y = 0.0
    else:
        y = y * x
    return library.sin(y) if library is not None else y


@example(1.5)
def deleted_name(x):
    y = x * x
    z = y * x
    del y
    return z


@example(1.5, 5, argnums=(0,))
def bound_behind_continue(x, n):
    for k in range(n):
        x = x * 1.1
        if k % 2 == 0:
            continue
        r = x * x
        if r > 3:
            break
    return r * x


@example(1.5)
@example(-1.5)
def bound_in_one_arm(x):
    if x > 0:
        y = x * x
    if x > 1:
        return y
    return x


@example(1.5)
def bound_in_the_arm_taken(x):
    if x > 0:
        y = x * x
    return y


@example(V, 4, argnums=(0,))
def array_bound_in_the_loop(x, n):
    for k in range(n):
        r = x * k
    return r @ r


@example(1.5, 4, argnums=(0,))
def container_bound_in_the_loop(x, n):
    for k in range(n):
        p = (x * k, {"a": x + k})
    return p[0] * p[1]["a"]


@example(1.5, 4, argnums=(0,))
def bound_in_a_while_loop(x, n):
    k = n * 2
    while k > 0:
        last = x * k
        k -= 3
    return last * x


@example(1.5)
def validated_argument(x):
    if x < 0:
        raise ValueError("negative")
    return math.sqrt(x)


@example(1.5, 2, argnums=(0,))
def several_checks(x, n):
    if x < 0:
        raise OutOfDomainError(f"x = {x}")
    if n < 0:
        y = x
        raise TypeError
    y = x * n
    assert y > 0, f"y is {y}"
    return y * y


@example(1.5)
def raises_unless_converged(x):
    y = x
    for k in range(20):
        step = (y * y - x) / (2 * y)
        y = y - step
        if abs(step) < 1e-12:
            return y * k
    raise RuntimeError("no convergence")


@example(1.5)
def for_else_raises(x):
    y = x
    for k in range(20):
        step = (y * y - x) / (2 * y)
        y = y - step
        if not y > 0:
            raise ArithmeticError("left the domain", y)
        if abs(step) < 1e-12:
            break
    else:
        raise RuntimeError("no convergence")
    return y


def fail(m):
    raise ValueError(m)


@example(1.5)
def helper_that_raises(x):
    if x > 3:
        fail("large")
    return (x if x > 0 else fail("small")) * x


@example(1.5, "a", argnums=(0,))
@example(1.5, "b", argnums=(0,))
def known_kinds(x, kind):
    if kind == "a":
        return x * x
    if kind == "b":
        return x
    raise ValueError(f"unknown kind {kind!r}")


@example(V)
def shapes_are_asserted(x):
    if x.ndim != 1:
        raise ValueError("1-d please")
    assert x.shape[0] == 3
    return np.sum(x * x)


@example(1.5, Circle(2.0), argnums=(0,))
@example(1.5, Rectangle(2.0, 2.0), argnums=(0,))
@example(1.5, Rectangle(2.0, 3.0), argnums=(0,))
@example(1.5, Point(3.0, 0.0), argnums=(0,))
@example(1.5, Point(3.0, 1.0), argnums=(0,))
@example(1.5, [1.0, 2.0, 3.0], argnums=(0,))
@example(1.5, 2.5, argnums=(0,))
@example(1.5, None, argnums=(0,))
@example(1.5, "abc", argnums=(0,))
@example(1.5, "ab", argnums=(0,))
def match_of_shapes(x, s):
    match s:
        case Circle(r=r):
            return math.pi * r * r * x
        case Rectangle(w, h) if w == h:
            return w * w * x
        case Rectangle(w, h):
            return w * h * x * x
        case Point(x=a, y=0.0):
            return a * x
        case (a, b, *_):
            return a * b * x
        case float() | int():
            return s * x
        case None:
            return x
        case str() as t if len(t) > 2:
            return x * len(t)
    return x * 7


@example(1.5)
def int_becomes_float(x):
    s = 0
    for k in range(4):
        s = s + x * k
    return s


@example(1.5)
def int_count_becomes_float(x):
    n, s = 1, x
    for k in range(4):
        s = s * n
        n = n / 2
    return s


@example(1.5)
def ints_of_a_tuple_become_floats(x):
    p = (1, 0)
    for k in range(4):
        p = (p[0] * x, p[1] + x)
    return p[0] * p[1]


@example(1.5)
def while_until_converged(x):
    n = 0
    while (err := abs(x * x - 2)) > 1e-8 and n < 20:
        x = x - (x * x - 2) / (2 * x) * 0.9
        n += 1
    return x + err


@example(1.5, 4, argnums=(0,))
@example(1.5, 2, argnums=(0,))
def else_of_two_loops(x, n):
    for i in range(n):
        for j in range(3):
            x = x * 1.1
            if x > 4:
                break
        else:
            x = x + 0.1
            continue
        break
    else:
        return x * 2
    return x * i + j


@example(1.5)
@example(9.0)
def while_else_with_return(x):
    while x < 10:
        x = x * 1.5
        if x > 7:
            return x * x
    else:
        x = x * 3
    return x


def helper(x, n):
    for k in range(n):
        if x > 3:
            return x, k
        x = x * 1.3
    return x, -1


@example(1.5)
def helper_returns_from_a_loop(x):
    s = 0.0
    for n in range(3):
        a, k = helper(x, n + 3)
        s = s + a * k
    return s


@example(1.5)
@example(1.1)
@example(0.5)
def walrus_in_and(x):
    if (y := x * x) > 1 and (z := y * x) > 2:
        return y * z
    return y


@example(1.5)
@example(1.1)
@example(0.5)
def walrus_in_and_with_else(x):
    if (y := x * x) > 1 and (z := y * x) > 2:
        w = y * z
    else:
        w = y
    return w


@example(1.5)
def walrus_in_or(x):
    if x > 1 or (z := x * x) > 2:
        return x
    return z * x


@example(1.5)
@example(0.5)
def walrus_in_a_conditional(x):
    y = (z := x * x) if x > 1 else (z := x + 1)
    return y * z


@example(1.5)
@example(0.5)
def walrus_in_a_chain(x):
    if 0 < x < (b := x * x):
        return b
    return x


@example(1.5)
@example(0.5)
def walrus_in_while_and(x):
    while x < 100 and (y := x * x) < 50:
        x = y + 1
    return x * y


@example(V)
def number_becomes_array(x):
    s = 0.0
    for v in range(len(x)):
        s = s + x * v
    return s.sum()


@example(A9)
def number_becomes_row(a):
    s = 0.0
    for row in a.reshape(3, 3):
        s = s + row * row
    return s @ s


@example(V, 3, argnums=(0,))
def number_becomes_array_in_n_steps(x, n):
    s = 0.0
    for k in range(n):
        s = s + x * k
    return np.sum(s * s)


@example(V)
def ints_become_arrays(x):
    p, q = 0, 1.0
    for k in range(4):
        p, q = p + x, q * x.sum()
    return p.sum() * q


@example(1.5)
def none_becomes_a_number(x):
    best = None
    for k in range(4):
        y = math.sin(x * k)
        if best is None or y > best:
            best = y
    return best


@example(1.5)
@example(0.7)
@example(3.0)
def return_from_an_unrolled_loop(x):
    for name, w in (("a", 1.0), ("b", 2.0), ("c", x)):
        y = x * w
        if y > 2:
            return y * y if name == "b" else y
    return x


@example(1.5)
@example(0.2)
def return_from_a_loop_over_functions(x):
    for g in (math.sin, math.cos, math.exp):
        y = g(x)
        if y > 0.9:
            return g(y)
    return x


@example(np.array([[1.0, 2.0], [-3.0, 1.0]]))
@example(np.array([[1.0, 2.0], [0.5, 3.0]]))
def last_row_bound(rows):
    total = np.zeros(2)
    for row in rows:
        if np.sum(row) < 0.0:
            last = row * row
            break
        last = np.exp(row)
        total = total + last * row[0]
    return total @ last + np.sum(row)


@example(0.4)
def match_on_numbers(x):
    s = x
    for k in range(6):
        match k % 4:
            case 0 | 1:
                s = s * (1.0 + x)
            case 2 if s > 0.9:
                s = math.sin(s)
            case n:
                s = s + n * x
    return s


@example(0.4, [("add", 2.0), ("scale", 3.0), ("clip", 0.5, 1.5), ("add", 0.25)], argnums=(0,))
def match_on_commands(x, program):
    for step in program:
        match step:
            case ("add", amount):
                x = x + amount * x * x
            case ("scale", factor):
                x = x * factor
            case ("clip", low, high):
                x = min(max(x, low), high + x)
    return x


@example(1.5)
def return_from_a_loop_in_a_closure(x):
    def find(t):
        for k in range(10):
            t = t * 1.5
            if t > 6:
                return t * x
        return t

    return find(x) + find(2.0)


def thrice(x, n):
    for i in range(n):
        for j in range(n):
            k = 0
            while True:
                k += 1
                x = x * 1.05
                if x > 8:
                    return x * x, i
                if k > j:
                    break
                if x > 5 and i == 2:
                    return x, j
    return x, -1


@example(1.5, 4, argnums=(0,))
@example(0.1, 2, argnums=(0,))
def returns_from_three_loops(x, n):
    a, b = thrice(x, n)
    return a * b + a


@example(1.6)
@example(1.2)
def return_from_a_reversed_loop(x):
    for i in reversed(range(5)):
        x = x * 1.1
        if x > 2:
            return x * i
    return x


@example(V)
def return_from_enumerate(x):
    for i, v in enumerate(x):
        if v > 1.5:
            return v * i + x[0]
    return x[-1]


@example(V)
@example(V * 0.1)
def return_from_zip(x):
    for a, b in zip(x, x * 2):
        s = a * b
        if s > 3:
            return s
    return s * a


@example(1.5, ("sq", "stop"), argnums=(0,))
@example(1.5, (("mul", 2.0), ("mul", 0.5), "sq"), argnums=(0,))
@example(1.5, ("sq",), argnums=(0,))
def match_stops_a_loop(x, ops):
    for op in ops:
        match op:
            case "stop":
                return x
            case "sq":
                x = x * x
            case ("mul", f) if f > 1:
                x = x * f
            case ("mul", f):
                return x * f * f
    return -x


@example(0.5)
def finally_in_a_loop_with_return(x):
    for k in range(3):
        try:
            x = x * 1.1
        finally:
            x = x + 1
        if x > 3:
            return x
    return x


@example(1.5)
def continue_in_the_else_of_a_loop(x):
    while x < 100:
        for k in range(3):
            x = x * 1.3
            if x > 50:
                break
        else:
            continue
        return x * k
    return -x
