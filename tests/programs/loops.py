"""`for` over what Python iterates over, with `break`, `continue`, branches and nested loops."""

from __future__ import annotations

import math

import numpy as np

from tests.programs.arrays import U, V
from tests.programs.corpus import example
from tests.programs.linear_algebra import W, X

LAYERS = [(np.full((2, 3), 0.3), np.zeros(3)), (np.full((3, 2), 0.2), np.ones(2))]


@example(0.3, 3.2)
def logistic_map(x, r):
    for _ in range(8):
        x = r * x * (1.0 - x)
    return x


@example(0.7, 1.1, 5, argnums=(0, 1))
@example(0.7, 1.1, 1, argnums=(0, 1))
@example(0.7, 1.1, 0, argnums=(0, 1))
@example(0.7, 1.1, -2, argnums=(0, 1))
def times_given(a, b, n):
    t = a
    for i in range(n):
        t = t * b + i
    return t * t


@example(1.3)
def step_of_two(a):
    s = 0.0
    for k in range(1, 10, 2):
        s += a**k / k
    return s


@example(0.8)
def negative_step(a):
    s = a
    for k in range(6, 0, -2):
        s = s * a + k
    return s


@example(0.8, 9, 3, argnums=(0,))
@example(0.8, 9, -2, argnums=(0,))
@example(0.8, -9, -2, argnums=(0,))
def step_at_run_time(a, n, step):
    s = a
    for k in range(0, n, step):
        s = math.sin(s * a + k)
    return s


@example(0.8, 2, 7, argnums=(0,))
def start_and_stop_given(a, start, stop):
    s = 0.0
    for k in range(start, stop):
        s = s * a + k
    return s * a


@example(1.7)
def empty_range(a):
    s = a
    for k in range(5, 2):
        s = s * a * k
    return s * a


@example(1.7)
def one_iteration(a):
    for k in range(1):
        b = a * a + k
    return b * k + b


@example(1.3, V)
def horner(x, c):
    p = 0.0
    for coefficient in reversed(c):
        p = p * x + coefficient
    return p * p


@example(1.5, V)
def horner_by_index(x, c):
    s = 0.0
    for i in reversed(range(len(c))):
        s = s * x + c[i]
    return s


@example(1.5, V)
def reversed_range_with_bounds(x, c):
    s = 1.0
    for i in reversed(range(1, 3)):
        s = s * x + c[i] * i
    return s


@example(1.5, 7, argnums=(0,))
@example(1.5, 2, argnums=(0,))
def reversed_with_break(x, n):
    s = x
    for i in reversed(range(1, n, 2)):
        s = s * x - i
        if s > 20.0 or s < -20.0:
            break
    return s


@example(V, 1.2)
def reversed_array_with_break(x, a):
    s = 0.1
    for v in reversed(x):
        s = s * a + v * v
        if s > 3.0:
            break
    return s


@example(V, 0.7)
def over_array(x, w):
    h = 0.0
    for v in x:
        h = np.tanh(w * h + v)
    return h


@example(W)
def over_rows(a):
    s = 0.0
    for row in a:
        s = s + np.sum(row) ** 2
    return s


@example(W)
def rows_then_elements(a):
    s = 0.0
    for row in a:
        for value in row:
            s = s + math.sin(value) * s + value
    return s


@example(V, V + 1.0)
def over_zip(x, y):
    s = 0.0
    for u, v in zip(x, y):
        s = s + u * v * s + u
    return s


@example(V, V + 1.0)
def enumerate_of_zip(x, y):
    s = 0.0
    for i, (u, v) in enumerate(zip(x, y)):
        s += u * v * (i + 1)
    return s


@example(V)
def enumerate_from(x):
    s = 0.0
    for i, v in enumerate(x, start=2):
        s += v**i / i
    return s


@example(V, 1.1)
def enumerate_position_only(x, a):
    s = 0.0
    for i, _ in enumerate(x):
        s = s * a + i
    return s


@example(V)
def zip_with_shifted(x):
    s = 0.0
    for a, b in zip(x[:-1], x[1:]):
        s += (b - a) ** 2 * a
    return s


@example(V)
def zip_range_and_array(x):
    s = 0.0
    for k, v in zip(range(1, 10), x):
        s += k * v**2
    return s


@example([0.5, 1.5, 2.5], 0.7)
def over_list(items, a):
    s = 1.0
    for v in items:
        s = s * v + a
    return s


@example({"a": 0.5, "b": V}, 0.7)
def over_dict_items(parameters, a):
    s = 0.0
    for name, value in parameters.items():
        s = s + np.sum(value) * a if name == "b" else s + value**2
    return s


@example({"a": 0.5, "b": 0.2})
def over_dict_keys(parameters):
    s = 1.0
    for name in parameters:
        s = s * parameters[name] + 1.0
    return s


@example(LAYERS, np.array([1.0, 2.0]))
def layers(parameters, x):
    for weight, bias in parameters:
        x = np.tanh(x @ weight + bias)
    return x.sum()


@example(LAYERS, np.array([1.0, 2.0]))
def layers_but_the_last(parameters, x):
    last = len(parameters) - 1
    for k, (weight, bias) in enumerate(parameters):
        x = x @ weight + bias
        if k < last:
            x = np.maximum(x, 0.0)
    return np.sum(x**2)


@example(1.1)
def triangle(a):
    s = 0.0
    for i in range(4):
        t = a
        for j in range(i):
            t = t * a + j
        s += math.sin(t) * i
    return s


@example(U)
def double_sum(x):
    n = len(x)
    s = 0.0
    for i in range(n):
        for j in range(i + 1, n):
            s += np.exp(-((x[i] - x[j]) ** 2))
    return s


@example(0.4, 0.9)
def three_deep(a, b):
    s = a
    for i in range(2):
        for j in range(2):
            for k in range(2):
                s = math.sin(s * b + i) + j * k * a
    return s


@example(1.3)
def with_continue(a):
    s = 0.0
    for k in range(1, 7):
        if k == 3:
            continue
        s = s + a**k
    return s


@example(np.array([0.5, -1.0, 2.0, -0.3, 0.1]))
def continue_on_data(x):
    s = 1.0
    for v in x:
        if v < 0.0:
            continue
        t = v * s
        if t > 0.8:
            continue
        s = s + t
    return s


@example(1.0, 0.45)
@example(1.0, 1.5)
@example(-1.0, 0.45)
def with_break(a, b):
    s = 0.0
    t = a
    for k in range(20):
        t = t * b
        if t < 1e-3:
            break
        s += t * k
    return s


@example(np.array([1.5, 2.0, 0.5, 3.0]))
@example(np.array([1.5, 1.1]))
def cumulative_product(x):
    p = 1.0
    for v in x:
        p = p * v
        if p > 2.5:
            break
    return p * p


@example(0.3)
@example(2.3)
def break_in_both_arms(a):
    s = a
    for k in range(10):
        if s < 1.0:
            s = s * 2.0
            if k > 3:
                break
        else:
            s = s * 1.3 + a
            if s > 5.0:
                s = s * s
                break
    return s


@example(0.3)
def break_and_continue(a):
    s = 0.0
    t = a
    for k in range(12):
        t = t * 1.2
        if k % 3 == 0:
            continue
        s += t
        if s > 2.0:
            break
        t = t + 0.1 * a
    return s * t


@example(0.7)
def inner_break(a):
    s = 0.0
    for i in range(4):
        t = a
        for _ in range(10):
            t = t * t + 0.1
            if t < 0.2 or t > 3.0:
                break
        s += t * i
    return s


@example(0.9)
def branch_inside(a):
    s = a
    for k in range(6):
        if k % 2 == 0:
            s = s * 1.3
        elif s > 1.5:
            s = math.sqrt(s)
        else:
            s = s + a
    return s


@example(0.9, 0.2)
@example(-0.9, 0.2)
def loop_in_an_arm(a, b):
    s = b
    if a > 0.0:
        for _ in range(4):
            s = s * a + b
    else:
        s = s * s
    return s * a


@example(0.9, 0.2)
@example(-0.9, 0.2)
def loops_in_both_arms(a, b):
    s = b
    if a > 0.0:
        for _ in range(4):
            s = s * a + b
    else:
        for k in range(3):
            s = s * s - a * k
        s = s + 1.0
    return s


@example(0.9)
def else_without_break(a):
    for _ in range(3):
        a = a * a
    else:
        a = a + 1.0
    return a * a


@example(0.3, 0.8)
def swapped(a, b):
    for _ in range(5):
        a, b = b, a * b + 0.5
    return a - 2.0 * b


@example(0.3, 0.8)
def fibonacci(a, b):
    for _ in range(6):
        a, b = b, a + b
    return a * b


@example(V, V - 0.5)
def swapped_arrays(x, y):
    for k in range(3):
        x, y = y, x * 0.5 + k * y * y[0]
    return np.sum(x * y)


@example(0.3, 0.8, 0.1)
def rotated(a, b, c):
    for _ in range(4):
        a, b, c = b, c, a * b - c
    return a + b * c


@example(0.3)
def carried_tuple(a):
    state = (a, 1.0)
    for _ in range(4):
        p, q = state
        state = (p + 0.1 * q, q - 0.1 * math.sin(p))
    return state[0] * state[1]


@example(0.3)
def carried_dict(a):
    state = {"p": a, "q": 1}
    for _ in range(3):
        state = {"p": state["p"] * state["q"] + 0.1, "q": state["q"] - 0.5 * state["p"]}
    return state["p"] - state["q"]


@example(0.3)
def carried_list_of_constant_length(a):
    state = [a, 0.5, 0.1]
    for _ in range(3):
        state = [0.9 * v * v + 0.1 for v in state]
    return sum(state)


@example(0.8)
def lambda_in_the_body(a):
    s = a
    for k in range(4):
        f = lambda t: math.sin(t * a) + k  # noqa: B023
        s = f(s) * 0.5
    return s


@example(0.8)
def def_in_the_body(a):
    s = a
    for k in range(3):
        def f(t):
            return t * a + k  # noqa: B023
        s = f(f(s))
    return s


@example(0.8)
def read_late(a):
    s = 0.0
    f = lambda: s * a + k
    for k in range(4):
        s = f()
    return s + f()


@example(0.8)
def local_after_the_loop(a):
    for k in range(3):
        t = a * k
        u = t * t + a
    return u * t + k


@example(0.5)
def int_that_becomes_float(a):
    s = 0
    p = 1
    for k in range(1, 5):
        s = s + p / k
        p = p * a
    return s


@example(1.2)
def counters_as_exponents(a):
    s = 0.0
    f = 1
    for n in range(1, 7):
        f = f * n
        s += a**n / f
    return s


@example(1.2)
def counter_carried(a):
    count = 0
    k = 2
    for _ in range(4):
        count += 1
        k = k * 2
        a = a + count / k
    return a * a


@example(np.float64(1.5))
def numpy_scalars(a):
    s = a * 0.5
    for k in range(4):
        s = s * a - k
    return s


@example(np.float64(1.5))
def python_that_becomes_numpy(a):
    s = 0.5
    for _ in range(3):
        s = s * a
    return s * s


@example(np.array(1.5))
def zero_dimensional(a):
    s = a * 1.0
    for k in range(3):
        s = s * a + k
    return s


@example(V)
def array_carried(x):
    y = x
    for _ in range(3):
        y = y + 0.1 * np.sin(y)
    return np.sum(y * y)


@example(V)
def array_updated_in_place(x):
    y = np.zeros(4)
    for k in range(4):
        y += np.sin(x * k) * (1.0 + y)
    return y @ y


@example(V * 0.2)
def array_updated_and_recorded(x):
    y = x.copy()
    s = 0.0
    for k in range(1, 3):
        s = s + np.sum(y**2)
        y *= x
        y += k * s
        s = s * np.sum(np.sin(y)) * 0.1
    return s


@example(V)
def previous_and_current(x):
    before = x
    now = x * 2.0
    s = 0.0
    for _ in range(3):
        after = 2.0 * now - before - 0.1 * np.sin(now)
        before = now
        now = after
        s += np.sum(now * before)
    return s


@example(W, 3, argnums=(0,))
def matrix_power(a, n):
    b = a @ a.T
    result = np.eye(3)
    for _ in range(n):
        result = result @ b
    return np.trace(result)


@example(np.array([[2.0, 1.0], [1.0, 3.0]]), np.array([1.0, 0.5]))
def power_iteration(a, v):
    for _ in range(5):
        v = a @ v
        v = v / np.sqrt(v @ v)
    return v @ a @ v


@example(X, V)
def names_that_clash(x, y):
    k, count, i, t, x_tape, x_bar = 0.1, 0.2, 0.3, 0.4, 0.5, 0.6
    for y_2 in y:
        x_tape = x_tape * t + y_2
        x_bar = x_bar * x_tape + count
        t = math.sin(t * i + k)
        count = count + 0.1 * k
        if count > 0.3:
            break
    return np.sum(x) * x_tape * x_bar + t * count


@example(0.7)
def shadowed_builtins(a):
    range_, len = 3, 2
    s = a
    for reversed in range(range_):
        zip = s * a
        s = zip * len + reversed
    return s


@example(0.7)
def index_assigned_in_the_body(a):
    s = a
    for k in range(4):
        k = k * 2 + 1
        s = s * a + k
    return s * k


@example(V, 0.3)
def gradient_descent(x, rate):
    import adcompiler as ad

    loss = lambda t: np.sum((t - 1.0) ** 4 + t**2)
    for _ in range(3):
        x = x - rate * 0.05 * ad.grad(loss)(x)
    return loss(x)


@example(0.9, 2.0)
def newton_with_grad(x, a):
    import adcompiler as ad

    f = lambda t: t**3 - a * t - 1.0
    for _ in range(4):
        x = x - f(x) / ad.grad(f)(x)
    return x


@example(0.5)
def grad_of_a_loop_inside(a):
    import adcompiler as ad

    def inner(t):
        s = t
        for _ in range(3):
            s = math.sin(s) * a + t
        return s

    return ad.grad(inner)(a * a) + inner(a)


@example(np.array([0.5, 1.5, -0.7]), np.array([1.1, 0.3, 2.0]))
def pairs_of_equal_number(x, y):
    total = 0.0
    for a, b in zip(x, y, strict=True):
        total += a * b * a
    for k, (a, c) in enumerate(zip((x[0], y[1]), [y[2], 2.0], strict=True)):
        total += k * a * c
    return total


def shortened(v, x):
    j = 0.0
    while j < x:
        v = v[1:]
        j = j + 1.0
    return v


@example(1.5, V)
def lengths_that_change_apart(x, v):
    a = b = kept = v[v > -10.0]
    j = 0.0
    while j < x:
        a, b = a[1:], b[:1]
        kept = v[1:]
        j = j + 1.0
    return np.sum(a * b) + np.sum(kept * kept) + np.sum(shortened(v, x) * shortened(v, x + 1.0))
