"""Real programs that write elements: both modes, second order, and no work on whole arrays inside their loops."""

from __future__ import annotations

import math
import re

import numpy as np
import pytest

import adcompiler as ad

U = np.array([0.61, -0.83, 0.27, 0.95, -0.42, 0.38, 0.74, -0.19])
DIRECTION = np.array([0.3, -0.7, 0.5, 0.9, 0.2, -0.4, 0.6, 0.1])


def gauss_seidel(u, c):
    u = u.copy()
    n = len(u)
    for _ in range(3):
        for i in range(1, n - 1):
            u[i] = u[i] + c * math.sin(u[i - 1] * u[i + 1])
    return np.sum(u * u)


def heat(u, c):
    u = u.copy()
    for _ in range(3):
        for i in range(1, len(u) - 1):
            u[i] += c * (u[i - 1] - 2.0 * u[i] + u[i + 1] * u[i])
    return np.sum(u * u)


def thomas(d, c):
    n = len(d)
    b = np.full(n, 3.0) + d * d
    d = d.copy()
    for i in range(1, n):
        w = c / b[i - 1]
        b[i] = b[i] - w * c
        d[i] -= w * d[i - 1]
    x = np.zeros(n)
    x[n - 1] = d[n - 1] / b[n - 1]
    for i in range(n - 2, -1, -1):
        x[i] = (d[i] - c * x[i + 1]) / b[i]
    return np.sum(x * x)


def prefix_sums(a, c):
    s = np.zeros(len(a))
    s[0] = a[0]
    for i in range(1, len(a)):
        s[i] = s[i - 1] * c + a[i]
    return np.sum(np.sin(s))


def jacobi(u, c):
    u = u.copy()
    v = u.copy()
    for _ in range(3):
        for i in range(1, len(u) - 1):
            v[i] = c * math.sin(u[i - 1]) * u[i + 1] + u[i]
        u, v = v, u
    return np.sum(u * v)


def conditional(a, c):
    a = a.copy()
    for i in range(1, len(a)):
        if a[i] > 0.0:
            a[i] = math.exp(c * a[i - 1]) * a[i]
        elif a[i - 1] > 0:
            a[i - 1] = a[i] * a[i - 1]
    return np.sum(a * a)


def bubbles(a, c):
    a = a.copy()
    n = len(a)
    for _ in range(2):
        for i in range(n - 1):
            if a[i] > a[i + 1]:
                a[i], a[i + 1] = a[i + 1] * c, a[i] * a[i]
    return np.sum(a * np.sin(a))


def newton_for_each(a, c):
    a = a.copy()
    for i in range(len(a)):
        x = 1.0 + a[i] * a[i]
        while abs(x * x - 2.0 - a[i]) > 1e-12:
            x = x - (x * x - 2.0 - a[i]) / (2 * x)
        a[i] = x * c
    return np.sum(a * a)


def broken_off(a, c):
    a = a.copy()
    for i in range(1, len(a)):
        a[i] = a[i] * a[i - 1] * c
        if abs(a[i]) < 0.05:
            break
        a[i] += 0.5
    return np.sum(a * a)


def through_a_helper(u, c):
    u = u.copy()
    for _ in range(3):
        relax(u, c)
    return np.sum(u * u)


def relax(u, c):
    for i in range(1, len(u) - 1):
        if u[i] > 0.2:
            u[i] = 0.5 * (u[i - 1] + u[i + 1] * c) * u[i]


PROGRAMS = [
    gauss_seidel,
    heat,
    thomas,
    prefix_sums,
    jacobi,
    conditional,
    bubbles,
    newton_for_each,
    broken_off,
    through_a_helper,
]


def slope(f, u, c):
    def at(t):
        return f(u + t * DIRECTION, c + 0.3 * t)

    fine, coarse = ((at(h) - at(-h)) / (2 * h) for h in (1e-4, 2e-4))
    return (4 * fine - coarse) / 3


@pytest.mark.parametrize("f", PROGRAMS)
def test_both_modes_and_second_order(f):
    found = {}
    for mode in ("reverse", "forward"):
        u_bar, c_bar = ad.grad(f, argnums=(0, 1), mode=mode)(U, 0.4)
        found[mode] = u_bar @ DIRECTION + 0.3 * c_bar
        assert found[mode] == pytest.approx(slope(f, U, 0.4), rel=1e-8, abs=1e-9)

    def along(u, c):
        u_bar, c_bar = ad.grad(f, argnums=(0, 1))(u, c)
        return np.sum(np.sin(u_bar)) + 0.3 * c_bar

    for mode in ("reverse", "forward"):
        u_bar, c_bar = ad.grad(along, argnums=(0, 1), mode=mode)(U, 0.4)
        assert u_bar @ DIRECTION + 0.3 * c_bar == pytest.approx(
            slope(along, U, 0.4), rel=1e-7, abs=1e-8
        )


@pytest.mark.parametrize("f", PROGRAMS)
def test_one_element_costs_one_element(f):
    source = ad.grad(f, argnums=(0, 1)).source(U, 0.4)
    whole = re.compile(r"\.copy\(|_like\(|np\.(zeros|empty|full|array)\(")
    found = [
        line for line in source.splitlines() if line.startswith(" " * 8) and whole.search(line)
    ]
    assert not found, source


def test_an_inner_loop_runs_once():
    """Its tape goes onto the tape of the loop around it."""

    def f(x, a):
        s = x
        for _ in range(4):
            t = s
            for _ in range(5):
                t = math.sin(t * a) + s
            s = s * t
        return s

    source = ad.grad(f, argnums=(0, 1)).source(0.3, 0.7)
    lines = [line for line in source.splitlines() if "#" not in line]
    assert [sum(f"math.{name}(" in line for line in lines) for name in ("sin", "cos")] == [1, 1]


def test_a_pullback_keeps_what_its_caller_changes():
    def f(h, w):
        for _ in range(3):
            h = np.tanh(w @ h)
        return h

    h, w = U[:3].copy(), np.outer(U[:3], U[3:6])
    value, pullback = ad.vjp(f, h, w)
    seed = np.ones(3)
    before = pullback(seed)
    h += 1.0
    w += 1.0
    value += 1.0
    for one, other in zip(before, pullback(seed), strict=True):
        np.testing.assert_array_equal(one, other)


def test_a_value_of_one_arm_has_no_shape_in_the_other():
    def f(x, m):
        if x > 0.5:
            m = np.exp(-(m**2))
        return np.sum(m) + x

    m = np.outer(U[:2], U[2:5])
    for x in (0.3, 0.7):
        _, pullback = ad.vjp(lambda x, m: ad.grad(f, argnums=(0, 1))(x, m), x, m)
        x_bar, m_bar = pullback((1.0, np.ones_like(m)))
        expected = (4 * m**2 - 2) * np.exp(-(m**2)) if x > 0.5 else 0 * m
        np.testing.assert_allclose(m_bar, expected, atol=1e-14)
        assert x_bar == 0.0
