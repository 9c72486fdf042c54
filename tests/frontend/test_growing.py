"""Lists that grow: what is refused, what stays shared, and how the programs read."""

from __future__ import annotations

import math

import numpy as np
import pytest

import adcompiler as ad

V = np.array([0.5, 0.9, -0.4, 1.2, 0.7])


def trajectory(x, v):
    ys = [x]
    for a in v:
        y = ys[-1]
        ys.append(y * math.sin(a * y))
    return ys[-1]


def machine(x, v):
    stack = []
    for a in v:
        if a > 0.0:
            stack.append(a * x)
        elif len(stack) > 1:
            stack.append(stack.pop() * stack.pop())
    return sum(stack)


def test_the_reverse_sweep_pops_what_the_forward_sweep_appends():
    text = ad.grad(trajectory).source(0.7, V)
    assert "ys.append(y * math.sin(a * y))" in text
    assert "t_bar = ys_bar.pop()" in text
    assert "ys_bar[-1] += y_bar" in text
    assert ".copy()" not in text


def test_the_reverse_sweep_appends_where_the_forward_sweep_pops():
    text = ad.grad(machine).source(0.7, V)
    assert text.count("= stack.pop()") == 2
    assert text.count("stack_bar.append(") == 2
    assert "stack_bar.append(0.0)" not in text


def test_each_length_is_run_by_one_program():
    gradient = ad.grad(trajectory)
    for n in (0, 1, 4, 5):
        h = 1e-6
        expected = (trajectory(0.7 + h, V[:n]) - trajectory(0.7 - h, V[:n])) / (2 * h)
        assert gradient(0.7, V[:n]) == pytest.approx(expected, rel=1e-7)


def held_array_is_written(x, v):
    u = np.zeros(2)
    us = []
    for a in v:
        u[0] = a * x
        us.append(u)
    return np.sum(np.array(us))


def element_is_written(x, v):
    us = [x * np.ones(2)]
    for a in v:
        us.append(us[-1] * a)
    last = us[-1]
    last[0] = 3.0
    return np.sum(us[-1])


def held_before_the_loop(x, v):
    u = x * np.ones(2)
    us = [u]
    for a in v:
        us.append(us[-1] * a)
    u[0] = 3.0
    return np.sum(us[0])


@pytest.mark.parametrize(
    "function", [held_array_is_written, element_is_written, held_before_the_loop]
)
def test_an_array_in_a_list_is_not_written(function):
    with pytest.raises(ad.AliasError):
        ad.grad(function)(0.7, V)


def copies(x, v):
    u = np.zeros(2)
    us = []
    for a in v:
        u[0] += a * x
        us.append(u.copy())
    return np.sum(np.array(us) ** 2)


def test_copies_of_an_array_may_be_held():
    h = 1e-6
    expected = (copies(0.7 + h, V) - copies(0.7 - h, V)) / (2 * h)
    assert ad.grad(copies)(0.7, V) == pytest.approx(expected, rel=1e-7)
    assert ad.grad(copies, mode="forward")(0.7, V) == pytest.approx(expected, rel=1e-7)


def two_kinds(x, v):
    ys = []
    for a in v:
        ys.append(a * x)
        ys.append(v)
    return ys[0]


def texts(x, v):
    ys = []
    for _ in v:
        ys.append("a")
    return x * len(ys)


def returned(x, v):
    ys = []
    for a in v:
        if a > x:
            ys.append(a * x)
    return ys


def changed_by_its_own_loop(x, v):
    ys = [a * x for a in v]
    for y in ys:
        ys.append(y)
    return ys[0]


def taken_apart(x, v):
    ys = [a * x for a in v]
    a, b = ys
    return a + b


@pytest.mark.parametrize(
    "function", [two_kinds, texts, returned, changed_by_its_own_loop, taken_apart]
)
def test_what_is_refused(function):
    with pytest.raises((ad.UnsupportedSyntaxError, ad.UnsupportedValueError)):
        ad.grad(function)(0.7, V)


def outside(x, v):
    for a in v:
        SEEN.append(a * x)
    return SEEN[-1]


SEEN: list[float] = [1.0]


def test_a_list_from_outside_does_not_grow():
    with pytest.raises(ad.ADError):
        ad.grad(outside)(0.7, V)
    assert SEEN == [1.0]


def of_a_list_argument(xs, v):
    for a in v:
        xs.append(a * xs[-1])
    return sum(xs)


def test_a_list_argument_of_the_caller_stays_as_it_is():
    xs = [0.5, 0.8]
    bars = ad.grad(of_a_list_argument)(xs, V)
    assert xs == [0.5, 0.8]
    factor = 1.0 + sum(np.cumprod(V))
    assert bars == pytest.approx([1.0, factor])


def vector(x, v):
    ys = [x]
    for a in v:
        ys.append(np.sin(ys[-1] + a))
    return np.array(ys)


def test_vectors_of_lists():
    columns = ad.jacobian(vector, mode="forward")(0.4, V)
    rows = ad.jacobian(vector, mode="reverse")(0.4, V)
    np.testing.assert_allclose(rows, columns, rtol=1e-13)
    value, pull = ad.vjp(vector, 0.4, V)
    np.testing.assert_allclose(value, vector(0.4, V))
    for k, weights in enumerate(np.eye(len(V) + 1)):
        np.testing.assert_allclose(pull(weights)[0], columns[k], rtol=1e-12)
        np.testing.assert_allclose(pull(weights)[0], columns[k], rtol=1e-12)  # a second time


def element_is_written_after_a_loop(x, v):
    us = [x * np.ones(2)]
    last = us[0]
    for a in v:
        us.append(us[-1] * a)
        last = us[-1]
    last[0] = 3.0
    return np.sum(us[-1])


def element_is_written_after_a_branch(x, v):
    us = [x * np.ones(2)]
    for a in v:
        us.append(us[-1] * a)
    last = us[-1] if x > 0.3 else us[0] * 2.0
    last[0] = 3.0
    return np.sum(us[-1])


def rows_of_an_array(x, v):
    grid = x * np.outer(v, v)
    rows = list(grid)
    grid[0, 0] = 5.0
    return np.sum(rows[0])


def popped_element_is_written(x, v):
    us = [x * np.ones(2)]
    for a in v:
        us.append(us[-1] * a)
        us.append(us[-1])
    last = us.pop()
    last += 1.0
    return np.sum(us[-1])


@pytest.mark.parametrize(
    "function",
    [
        element_is_written_after_a_loop,
        element_is_written_after_a_branch,
        rows_of_an_array,
        popped_element_is_written,
    ],
)
def test_an_array_that_may_be_in_a_list_is_not_written(function):
    with pytest.raises(ad.AliasError):
        ad.grad(function)(0.7, V)
