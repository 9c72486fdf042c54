"""Arrays of which a branch or a loop decides, written: right, or the reading of what was perhaps written is refused."""

from __future__ import annotations

import numpy as np
import pytest

import adcompiler as ad

#: so that each way through the branches is taken
POINTS = ([0.5, -0.3, 0.8], [-0.5, 0.3, 0.7], [-0.5, -0.3, -0.7], [0.55, 0.3, 0.9])
WEIGHTS = np.array([0.3, -0.7, 0.9])


def chosen_and_written(x):
    a = x * 2.0
    b = x * 3.0
    t = a if x[0] > 0 else b
    t[0] = x[1]
    return np.sum(t * x)


def origin_is_read(x):
    a = x * 2.0
    b = x * 3.0
    t = a if x[0] > 0 else b
    t[0] = x[1]
    return np.sum(a * x) + np.sum(b)


def view_of_an_origin_is_read(x):
    a = x * 2.0
    b = x * 3.0
    va = a[1:]
    t = a if x[0] > 0 else b
    t[1] = x[1] ** 2
    return np.sum(va)


def written_through_a_view(x):
    a = x * 2.0
    b = x * 3.0
    t = a if x[0] > 0 else b
    u = t[1:]
    u[0] = x[0] ** 2
    return np.sum(t * x)


def two_names_for_the_choice(x):
    a = x * 2.0
    b = x * 3.0
    t = a if x[0] > 0 else b
    u = t
    t[0] = x[1]
    u[1] *= x[2]
    return np.sum(t * x) + u[0]


def chosen_from_the_choice_before(x):
    a = x * 2.0
    b = x * 3.0
    t = a if x[0] > 0 else b
    u = t if x[1] > 0 else x * 5.0
    t[0] = x[1]
    return np.sum(u)


def choice_of_a_choice(x):
    a = x * 2.0
    b = x * 3.0
    t = a if x[0] > 0 else b
    u = t if x[1] > 0 else x * 5.0
    u[0] = x[1]
    return np.sum(u)


def first_choice_is_read(x):
    a = x * 2.0
    b = x * 3.0
    t = a if x[0] > 0 else b
    u = t if x[1] > 0 else x * 5.0
    u[0] = x[1]
    return np.sum(t)


def rebound_in_a_branch(x):
    a = x * 2.0
    t = a
    if x[0] > 0:
        t = x * 3.0
    t[0] = x[1] * x[1]
    return np.sum(t)


def origin_is_written_after(x):
    a = x * 2.0
    t = a
    if x[0] > 0:
        t = x * 3.0
    t[0] = x[1] * x[1]
    a[1] = 5.0 * x[0]
    return np.sum(t)


def rebound_in_a_loop(x):
    a = x * 2.0
    for k in range(len(x)):
        if x[k] > 0.6:
            a = x * x[k]
        a[0] += 0.5 * x[k]
    return np.sum(a * a)


def kept_before_the_loop(x):
    a = x * 2.0
    keep = a
    for k in range(len(x)):
        if x[k] > 0.6:
            a = x * x[k]
        a[0] += 0.5 * x[k]
    return np.sum(a * a) + np.sum(keep)


def swapped(x):
    prev = x * 1.0
    cur = x * 2.0
    for _ in range(4):
        prev, cur = cur, prev
        cur[0] += 0.3 * prev[1]
        cur[1:] *= 0.9
    return np.sum(cur * prev)


def best_so_far(x):
    best = x * 1.0
    for k in range(4):
        c = np.sin(x * k)
        if c.sum() > best.sum():
            best = c
    best[0] = x[1] ** 2
    return np.sum(best * x)


def last_one_is_read(x):
    best = x * 1.0
    last = best
    for k in range(4):
        c = np.sin(x * k)
        last = c
        if c.sum() > best.sum():
            best = c
    best[0] = x[1] ** 2
    return np.sum(best * x) + np.sum(last)


def argument_or_a_new_one(x):
    t = x if x[0] > 0 else x * 2.0
    t[0] = x[1]
    return np.sum(t)


def argument_reads_itself(x):
    t = x if x[0] > 0 else x * 2.0
    t[0] = 3.0 * t[1]
    return np.sum(t * t)


def from_a_dict(x):
    d = {"a": x * 2.0, "b": x * 3.0}
    t = d["a"] if x[0] > 0 else d["b"]
    t += x
    return np.sum(t * t)


def from_a_dict_that_is_read(x):
    d = {"a": x * 2.0, "b": x * 3.0}
    t = d["a"] if x[0] > 0 else d["b"]
    t += x
    return np.sum(d["a"] * t)


def changed_by_a_helper(x):
    def change(t):
        t[0] *= x[1]
        return t

    a = x * 2.0
    c = x * 3.0 if x[1] > 0 else a
    r = change(c)
    return np.sum(r * c)


def written_in_an_arm(x):
    a = x * 2.0
    c = x * 3.0 if x[1] > 0 else a
    if x[2] > 0:
        c[0] = x[1]
    return np.sum(c)


def written_in_an_arm_origin_read(x):
    a = x * 2.0
    c = x * 3.0 if x[1] > 0 else a
    if x[2] > 0:
        c[0] = x[1]
    return np.sum(c) + np.sum(a)


def each_arm_writes_one(x):
    a = x * 2.0
    c = x * 3.0 if x[1] > 0 else a
    if x[2] > 0:
        c[0] = x[1]
    else:
        a[0] = x[2]
    return np.sum(c)


def written_in_a_loop(x):
    a = x * 2.0
    c = x * 3.0 if x[1] > 0 else a
    for k in range(len(x)):
        c[k] = x[k] ** 2
    return np.sum(c)


def origin_read_in_the_loop(x):
    a = x * 2.0
    c = x * 3.0 if x[1] > 0 else a
    s = 0.0
    for k in range(len(x)):
        s += a[k]
        c[k] = x[k] ** 2
    return np.sum(c) + s


def written_in_a_while(x):
    a = x * 2.0
    c = x * 3.0 if x[1] > 0 else a
    k = 0
    while k < 3:
        c[k] = x[k] ** 2
        k += 1
    a = x.copy()
    a[0] = c[1]
    return np.sum(c) + np.sum(a * a)


def from_a_list_that_is_read(x):
    rows = [x * 2.0, x * 3.0]
    t = rows[0] if x[1] > 0 else rows[1]
    t[0] = 1.0
    return np.sum(rows[0])


def row_of_a_matrix(x):
    m = np.outer(x, x)
    r = m[0] if x[1] > 0 else m[1]
    r[0] = x[2] ** 2
    return np.sum(r)


def row_of_a_matrix_that_is_read(x):
    m = np.outer(x, x)
    r = m[0] if x[1] > 0 else m[1]
    r[0] = x[2] ** 2
    return np.sum(m)


def origin_is_bound_anew(x):
    a = x * 2.0
    t = a if x[0] > 0 else x * 3.0
    t[0] = x[1]
    a = t
    a[1] = x[2] ** 2
    return np.sum(a * t)


def read_by_a_closure(x):
    def g():
        return a

    a = x * 2.0
    t = a if x[0] > 0 else x * 3.0
    t[0] = x[1]
    return np.sum(g())


def pair_of_both(x):
    a = x * 2.0
    t = a if x[0] > 0 else x * 3.0
    z = (t, a)
    z[0][0] = x[1] ** 2
    return np.sum(z[1])


def pair_of_both_other_way(x):
    a = x * 2.0
    t = a if x[0] > 0 else x * 3.0
    z = (t, a)
    z[1][0] = x[1] ** 2
    return np.sum(z[0])


def kept_in_a_growing_list(x):
    acc = np.zeros(3)
    kept = []
    for k in range(len(x)):
        if x[k] > 0:
            acc = acc + x
        acc[0] += 1.0
        kept.append(acc)
    return sum(np.sum(o * x) for o in kept)


def one_of_two_in_a_loop(x):
    buf = np.zeros(3)
    other = np.ones(3)
    for k in range(len(x)):
        t = buf if x[k] > 0 else other
        t[k] = x[k] ** 2
    return np.sum(buf * x)


def chosen_again_after(x):
    a = x * 1.0
    b = a if x[0] > 0 else x * 2.0
    b += 1.0
    c = a if x[1] > 0 else x * 2.0
    return np.sum(c)


def two_choices(x):
    a = x * 1.0
    b = a if x[0] > 0 else x * 2.0
    c = a if x[1] > 0 else x * 2.0
    b += 1.0
    return np.sum(c)


def two_choices_both_written(x):
    a = x * 1.0
    b = a if x[0] > 0 else x * 2.0
    c = a if x[1] > 0 else x * 2.0
    b += 1.0
    c += 2.0 * x
    return np.sum(c * b)


def origin_replaced(x):
    a = x * 1.0
    b = a if x[0] > 0 else x * 2.0
    b += 1.0
    a = x * 4.0
    return np.sum(a * b)


def kept_for_the_next_iteration(x):
    old = None
    z = x.copy()
    for _ in range(5):
        new = z * 0.5 + x
        if old is not None:
            new += 0.1 * old
        old = z
        z = new
    z[0] = 1.0
    return np.sum(z * old)


ACCEPTED = (
    chosen_and_written,
    written_through_a_view,
    two_names_for_the_choice,
    choice_of_a_choice,
    rebound_in_a_branch,
    rebound_in_a_loop,
    swapped,
    best_so_far,
    argument_or_a_new_one,
    argument_reads_itself,
    from_a_dict,
    changed_by_a_helper,
    written_in_an_arm,
    written_in_a_loop,
    written_in_a_while,
    row_of_a_matrix,
    origin_is_bound_anew,
    origin_replaced,
)
REFUSED = (
    origin_is_read,
    view_of_an_origin_is_read,
    chosen_from_the_choice_before,
    first_choice_is_read,
    origin_is_written_after,
    kept_before_the_loop,
    last_one_is_read,
    from_a_dict_that_is_read,
    written_in_an_arm_origin_read,
    each_arm_writes_one,
    origin_read_in_the_loop,
    from_a_list_that_is_read,
    row_of_a_matrix_that_is_read,
    read_by_a_closure,
    pair_of_both,
    pair_of_both_other_way,
    kept_in_a_growing_list,
    one_of_two_in_a_loop,
    chosen_again_after,
    two_choices,
    two_choices_both_written,
    kept_for_the_next_iteration,
)


def slope(f, x, step):
    return np.array([(f(x + step * e) - f(x - step * e)) / (2.0 * step) for e in np.eye(3)])


@pytest.mark.parametrize("f", ACCEPTED)
def test_written_choice(f):
    for point in POINTS:
        x = np.array(point)
        expected = slope(lambda z: f(z.copy()), x, 1e-6)
        second = []
        for mode in ("forward", "reverse"):
            value, found = ad.value_and_grad(f, mode=mode)(x)
            assert value == f(np.array(point))
            assert np.allclose(found, expected, atol=1e-7)
            assert np.array_equal(x, point)
            gradient = ad.grad(f, mode=mode)
            for outer in ("forward", "reverse"):

                def along(z, gradient=gradient):
                    return np.sum(gradient(z) * WEIGHTS)

                second.append(ad.grad(along, mode=outer)(x))
        expected = slope(lambda z: np.sum(ad.grad(f)(z) * WEIGHTS), x, 1e-5)
        assert all(np.allclose(found, expected, atol=1e-6) for found in second)


@pytest.mark.parametrize("f", REFUSED)
def test_perhaps_written_is_not_read(f):
    for mode in ("forward", "reverse"):
        with pytest.raises(ad.AliasError) as refusal:
            ad.grad(f, mode=mode)(np.array(POINTS[0]))
        assert refusal.value.write
