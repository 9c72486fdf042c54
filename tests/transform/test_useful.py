"""What nobody reads carries no cotangent, and a number just written to an element is read as that number."""

from __future__ import annotations

import numpy as np

import adcompiler as ad


def filled_for_nobody(x):
    m = np.zeros(len(x))
    s = 0.0
    for i in range(len(x)):
        if x[i] > 0.0:
            m[i] = x[i] ** 2
            s += m[i] * x[0]
    return s


def bidiagonal(d, e, b):
    a, m, y = np.zeros(len(d)), np.zeros(len(d)), b.copy()
    for i in range(len(d)):
        t = d[i]
        if i > 0:
            m[i] = e[i - 1] / a[i - 1]
            t -= m[i] * m[i]
            y[i] -= m[i] * y[i - 1]
        a[i] = t**0.5
        y[i] /= a[i]
    return np.sum(y * y)


def another_place_in_between(x, i, j):
    y = x.copy()
    y[i] = x[0] * 2.0
    y[j] = x[1] * 3.0
    return y[i] * y[j]


def copied_in_each_iteration(x):
    y = x * 1.0
    for _ in range(len(x)):
        last = y.copy()
    return np.sum(last * last)


def test_the_last_iteration_hands_on_what_none_reads():
    x = np.array([0.5, -0.3, 0.8])
    for mode in ("forward", "reverse"):
        assert np.allclose(ad.grad(copied_in_each_iteration, mode=mode)(x), 2.0 * x)


def test_an_array_that_nobody_reads_has_no_cotangent():
    x = np.array([0.5, -0.3, 0.8])
    g = ad.grad(filled_for_nobody, mode="reverse")
    assert np.allclose(g(x), [3 * 0.25 + 0.64, 0.0, 2 * 0.8 * 0.5], rtol=1e-14)
    assert "m_bar" not in g.source(x)


def test_an_element_is_read_as_what_was_just_written():
    d, e, b = np.array([2.0, 3.0, 4.0]), np.array([0.5, 0.7]), np.array([1.0, 2.0, 3.0])
    reverse = ad.grad(bidiagonal, argnums=(0, 1, 2), mode="reverse")
    forward = ad.grad(bidiagonal, argnums=(0, 1, 2), mode="forward")
    matrix = np.diag(d) + np.diag(e, 1) + np.diag(e, -1)
    y = np.linalg.solve(matrix, b)
    assert np.isclose(bidiagonal(d, e, b), b @ y, rtol=1e-13)
    expected = -y * y, -2 * y[1:] * y[:-1], 2 * y
    for found, other, right in zip(reverse(d, e, b), forward(d, e, b), expected, strict=True):
        assert np.allclose(found, right, rtol=1e-12)
        assert np.allclose(other, right, rtol=1e-12)
    source = reverse.source(d, e, b)
    assert "m_bar" not in source


def test_a_write_through_another_index_is_seen():
    x = np.array([0.5, -0.3, 0.8])
    for i, j, expected in ((0, 1, [-0.3 * 6.0, 0.5 * 6.0, 0.0]), (2, 2, [0.0, -0.3 * 18.0, 0.0])):
        for mode in ("forward", "reverse"):
            assert np.allclose(ad.grad(another_place_in_between, mode=mode)(x, i, j), expected)


def last_element_looked_at(x):
    i = 0
    total = 0.0
    while (z := x[i]) < 1.0:
        total += z * z
        i += 1
    return total * z


def last_of_a_loop_with_break(x):
    total = 0.0
    for v in x:
        last = v * v
        if last > 1.0:
            break
        total += last
    return total + last


def test_what_only_the_last_iteration_hands_out_has_a_cotangent():
    x = np.array([0.7, -0.3, 1.2, 0.4])
    total = 0.49 + 0.09
    expected = [2 * 0.7 * 1.2, -2 * 0.3 * 1.2, total, 0.0]
    for mode in ("forward", "reverse"):
        assert np.allclose(ad.grad(last_element_looked_at, mode=mode)(x), expected)
        assert np.allclose(ad.grad(last_of_a_loop_with_break, mode=mode)(x), 2 * x * [1, 1, 1, 0])


def last_step(a):
    """What no iteration reads, but the result does."""
    before, v = 0.0, 1.0
    for _ in range(20):
        step = a * v
        v = v * 0.9
        if abs(step - before) < 0.02:
            break
        before = step
    return step


def last_two_nested(x):
    for i in range(3):
        for j in range(2):
            inner = x[i] * x[j]
        outer = inner * x[0]
    return inner + outer


def last_of_a_while(x):
    n = 0
    while n < 3:
        seen = np.sin(x) * n
        n += 1
    return np.sum(seen)


def test_what_only_the_result_reads_has_its_cotangent():
    x = np.array([0.5, -0.3, 0.8])
    for f, at in ((last_step, 2.0), (last_two_nested, x), (last_of_a_while, x)):
        expected = ad.grad(f, mode="forward")(at)
        assert np.all(expected != 0.0) or f is last_two_nested
        assert np.allclose(ad.grad(f, mode="reverse")(at), expected, rtol=1e-14), f.__name__
        ad.check_grads(f, (at,), order=2)
