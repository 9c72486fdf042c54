"""Writes in place are seen through every name that reaches the memory, and through no other."""

from __future__ import annotations

import numpy as np
import pytest

import adcompiler as ad


def view_before_a_write(x):
    y = x * 1.0
    tail = y[1:]
    y[1] = 5.0 * x[0]
    return np.sum(tail * tail)


def value_before_a_write(x):
    y = x * 1.0
    first = y[0]
    y[0] = 7.0
    return first * y[0]


def same_list_twice(x):
    a = [x[0]]
    pair = (a, a)
    pair[0][0] = x[1] * x[1]
    return pair[1][0] * x[2]


def rows_of_one_array(x):
    m = np.zeros((2, 3))
    for k, row in enumerate(m):
        row[:] = x * (k + 1.0)
        row[0] += row[1] * row[2]
    return np.sum(m * m)


def written_while_read(x):
    y = x.copy()
    y[1:] = y[:-1] * y[1:]
    y[::-1] += y
    return np.sum(y * y)


def through_two_views(x):
    y = x * 1.0
    middle = y[0:][1:]
    middle[0] = x[0] * x[2]
    middle[-1] *= 2.0
    return np.sum(y * y)


def reshaped_then_written(x):
    y = np.zeros(4)
    y[:3] = x
    m = y.reshape(2, 2)
    return np.sum(m * m)


def transposed_write(x):
    m = np.zeros((3, 2))
    t = m.T
    t[0] = x
    t[1, 2] = x[0] * x[1]
    m[0, 1] = 3.0 * x[2]
    return np.sum(t * t)


def new_axis_write(x):
    y = x * 1.0
    c = y[:, None]
    c[0, 0] = x[1] * x[1]
    return np.sum(y * x)


def array_in_a_dict(x):
    state = {"u": x * 1.0, "n": 0}
    for _ in range(3):
        state["u"][0] += state["u"][1] * 0.5
        state["n"] += 1
    return np.sum(state["u"] ** 2) * state["n"]


def closure_sees_writes(x):
    y = x * 1.0

    def total():
        return np.sum(y * y)

    before = total()
    y[0] = x[1] * x[2]
    return total() * before


def early_return_after_a_write(x):
    y = x * 1.0
    y[0] = y[1] * y[2]
    if y[0] > 100.0:
        y[1] = 0.0
        return np.sum(y)
    y[2] += y[0]
    return np.sum(y * y)


def swapped_in_a_branch(x):
    u, v = x * 1.0, x * 2.0
    if x[0] > 0.0:
        u, v = v, u
    return np.sum(u * u) + np.sum(v)


def fresh_in_both_arms(x):
    y = np.zeros(3) if x[0] > 0.0 else np.ones(3)
    y[0] = x[1]
    y += x
    return np.sum(y * y)


def written_in_one_arm_of_a_loop(x):
    y = x * 1.0
    hits = 0
    for k in range(3):
        if y[k] > 1.0:
            y[k] = y[k] * y[0]
            hits += 1
        else:
            y[0] += y[k]
    return np.sum(y) * hits


def broken_off(x):
    y = np.zeros(3)
    for k in range(3):
        y[k] = x[k] * x[k]
        if y[k] > 1.5:
            break
        y[k] += 1.0
    return np.sum(y * x)


def inner_gradient_writes_its_own(x):
    def energy(u):
        u[0] = u[0] * u[1]
        return np.sum(u * u)

    g = ad.grad(energy)(x)
    g[0] = 2.0 * g[1]
    return np.sum(g * x)


def deleted_items(x):
    items = [x[0], x[1], x[2]]
    table = {"a": x[0], "b": x[1]}
    first = items.pop(0)
    table.pop("a")
    return first * items[0] + table["b"] * len(items)


PROGRAMS = [
    view_before_a_write, value_before_a_write, same_list_twice, rows_of_one_array, written_while_read,
    through_two_views, reshaped_then_written, transposed_write, new_axis_write, array_in_a_dict,
    closure_sees_writes, early_return_after_a_write, swapped_in_a_branch, fresh_in_both_arms,
    written_in_one_arm_of_a_loop, broken_off, inner_gradient_writes_its_own, deleted_items,
]  # fmt: skip
X = np.array([0.8, 1.3, 1.1])


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda p: p.__name__)
def test_gradient(program):
    given = X.copy()
    value, reverse = ad.value_and_grad(program)(given)
    forward = ad.grad(program, mode="forward")(given)
    assert value == pytest.approx(program(X.copy()), rel=1e-14)
    assert np.array_equal(given, X)
    np.testing.assert_allclose(forward, reverse, rtol=1e-12)
    h = 1e-6
    for k, e in enumerate(np.eye(3) * h):
        slope = (program(X + e) - program(X - e)) / (2 * h)
        assert reverse[k] == pytest.approx(slope, rel=1e-6, abs=1e-8)


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda p: p.__name__)
def test_second_order(program):
    by_hand = np.array(
        [(ad.grad(program)(X + e) - ad.grad(program)(X - e)) / 2e-5 for e in np.eye(3) * 1e-5]
    )
    np.testing.assert_allclose(ad.hessian(program)(X), by_hand, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(
        ad.jacobian(ad.grad(program), mode="reverse")(X), by_hand, rtol=1e-5, atol=1e-6
    )


def _maybe_a_view(x):
    y = x * 1.0
    z = y.reshape(1, 3)
    z[0, 0] = 2.0
    return y.sum()


def _owner_of_maybe_a_view(x):
    y = x * 1.0
    z = y.reshape(1, 3)
    y[0] = 2.0
    return z.sum()


def _chosen_by_a_branch(x):
    y, z = x * 1.0, x * 2.0
    w = y if x[0] > 0.0 else z
    w[0] = 1.0
    return y.sum()


def _read_after_a_branch(x):
    y, z = x * 1.0, x * 2.0
    w = y if x[0] > 0.0 else z
    y[0] = 1.0
    return w.sum()


def _read_only(x):
    y = np.broadcast_to(x, (2, 3))
    y[0, 0] = 1.0
    return y.sum()


def _different_elements(x):
    items = [x[0]]
    if x[0] > 0.0:
        items.append(x[1])
    return items[0]


@pytest.mark.parametrize(
    "program",
    [_maybe_a_view, _owner_of_maybe_a_view, _chosen_by_a_branch, _read_after_a_branch, _read_only],
)
def test_what_cannot_be_decided_is_refused(program):
    with pytest.raises(ad.AliasError):
        ad.grad(program)(X)


def _shifts(u, v):
    u[1:] = v[:-1] * u[1:]
    return np.sum(u * v)


def test_arguments_that_overlap_are_refused():
    gradient = ad.grad(_shifts, argnums=(0, 1))
    u, v = X.copy(), X * 2.0
    first = gradient(u, v)
    with pytest.raises(ad.AliasError, match="shares memory with `v`"):
        gradient(u, u)
    with pytest.raises(ad.AliasError):
        gradient(u, u[::-1])
    np.testing.assert_array_equal(gradient(u, v)[0], first[0])
    assert np.array_equal(u, X)


def _in_a_container(p):
    p["w"][0] = p["b"][1] ** 2
    return np.sum(p["w"] * p["b"])


def test_overlap_inside_a_container_is_refused():
    gradient = ad.grad(_in_a_container)
    w = np.ones(3)
    gradient({"w": w, "b": w * 2.0})
    with pytest.raises(ad.AliasError, match="p\\['w'\\]"):
        gradient({"w": w, "b": w})


def test_a_list_may_be_longer_in_one_arm():
    bars = ad.grad(_different_elements)(X)
    np.testing.assert_array_equal(bars, [1.0] + [0.0] * (len(X) - 1))
