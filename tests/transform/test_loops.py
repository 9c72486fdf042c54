"""Derivatives of loops: nestings, Jacobians, records, pullbacks called twice, names."""

from __future__ import annotations

import math

import numpy as np
import pytest

import adcompiler as ad

A = np.array([0.5, -0.3, 0.8])
M = np.array([[0.4, 0.2, -0.1], [0.3, -0.5, 0.2], [0.1, 0.6, 0.3]])


def cubic(x, n):
    p = 1.0
    for _ in range(n):
        p = p * x
    return p


def recurrent(h, w):
    for k in range(3):
        h = np.tanh(w @ h + k)
    return h


def until(a, b):
    t = a
    while t > 0.5:
        t = t * b
    return t


def with_break(a, n):
    s = a
    for k in range(n):
        s = s * a + k
        if s > 10.0:
            break
    return s


def jacobi(x):
    """The old array is read while the new one is made, then they change places."""
    u, v = x, x * 0.0
    s = 0.0
    for k in range(4):
        v += u * u
        v += k
        s = s + np.sum(np.sin(v) * u)
        u, v = v, u * 0.5
    return s


@pytest.mark.parametrize("n", range(6))
def test_every_order_of_a_power(n):
    f = lambda x: cubic(x, n)  # noqa: E731
    x = 1.3
    first = n * x ** (n - 1) if n else 0.0
    second = n * (n - 1) * x ** (n - 2) if n > 1 else 0.0
    third = n * (n - 1) * (n - 2) * x ** (n - 3) if n > 2 else 0.0
    for outer in ("forward", "reverse"):
        for inner in ("forward", "reverse"):
            g = ad.grad(f, mode=inner)
            assert g(x) == pytest.approx(first)
            h = ad.grad(g, mode=outer)
            assert h(x) == pytest.approx(second)
            for outermost in ("forward", "reverse"):
                assert ad.grad(h, mode=outermost)(x) == pytest.approx(third)


def test_jacobians_of_carried_arrays_agree():
    forward = ad.jacfwd(recurrent, argnums=(0, 1))(A, M)
    reverse = ad.jacrev(recurrent, argnums=(0, 1))(A, M)
    for a, b in zip(forward, reverse, strict=True):
        np.testing.assert_allclose(a, b, atol=1e-14)
    h, by_hand = A, np.eye(3)
    for k in range(3):
        h = np.tanh(M @ h + k)
        by_hand = np.diag(1.0 - h * h) @ M @ by_hand
    np.testing.assert_allclose(forward[0], by_hand, atol=1e-14)


def test_jacobian_of_a_loop_that_ends_early():
    def f(x, w):
        for _ in range(20):
            x = np.tanh(w @ x)
            if np.sum(x * x) < 0.05:
                break
        return x

    np.testing.assert_allclose(ad.jacfwd(f, argnums=0)(A, M), ad.jacrev(f, argnums=0)(A, M), atol=1e-14)
    np.testing.assert_allclose(ad.jacfwd(f, argnums=1)(A, M), ad.jacrev(f, argnums=1)(A, M), atol=1e-14)


def test_hessian_of_a_carried_array():
    f = lambda h: np.sum(recurrent(h, M) ** 2)  # noqa: E731
    one = ad.hessian(f)(A)
    two = ad.jacrev(ad.grad(f))(A)
    three = ad.jacfwd(ad.grad(f, mode="forward"))(A)
    np.testing.assert_allclose(one, one.T, atol=1e-13)
    np.testing.assert_allclose(one, two, atol=1e-13)
    np.testing.assert_allclose(one, three, atol=1e-13)


def test_a_recorded_array_is_not_overwritten():
    gradient = ad.grad(jacobi)(A)
    step = 1e-6
    numeric = [(jacobi(A + step * e) - jacobi(A - step * e)) / (2 * step) for e in np.eye(3)]
    np.testing.assert_allclose(gradient, numeric, rtol=1e-6)
    np.testing.assert_allclose(gradient, ad.grad(jacobi, mode="forward")(A), rtol=1e-12)


def test_a_pullback_may_be_called_twice():
    for f, args in ((recurrent, (A, M)), (until, (3.0, 0.8)), (lambda a: with_break(a, 9), (1.4,))):
        value, pullback = ad.vjp(f, *args)
        one = np.ones_like(value) if isinstance(value, np.ndarray) else 1.0
        first = pullback(one)
        again = pullback(one)
        twice = pullback(2.0 * one)
        for a, b, c in zip(first, again, twice, strict=True):
            if a is None:
                assert b is None
                continue
            np.testing.assert_array_equal(a, b)
            np.testing.assert_allclose(2.0 * a, c)


def test_arguments_stay_and_results_are_new():
    x, w = A.copy(), M.copy()
    x_bar, w_bar = ad.grad(lambda h, w: recurrent(h, w).sum(), argnums=(0, 1))(x, w)
    x_bar += 1.0
    w_bar += 1.0
    np.testing.assert_array_equal(x, A)
    np.testing.assert_array_equal(w, M)
    identity = ad.vjp(lambda x: _nothing(x, 0), x)[1]
    bar = np.ones(3)
    found = identity(bar)[0]
    found += 1.0
    np.testing.assert_array_equal(bar, np.ones(3))


def _nothing(x, n):
    for _ in range(n):
        x = x * 2.0
    return x


@pytest.mark.parametrize("n", [-1, 0])
def test_no_iteration(n):
    assert ad.grad(lambda a: with_break(a, n))(1.4) == 1.0
    assert ad.grad(until, argnums=(0, 1))(0.2, 0.5) == (1.0, 0.0)
    np.testing.assert_array_equal(ad.jacrev(_nothing)(A, n), np.eye(3))
    assert ad.grad(lambda x: _sum(x))(np.zeros(0)).shape == (0,)


def _sum(x):
    s = 0.0
    for v in x:
        s = s + v * v
    return s


@pytest.mark.parametrize(("a", "iterations"), [(3.0, 9), (0.51, 1), (0.4, 0)])
def test_the_iterations_of_a_while_are_counted(a, iterations):
    b = 0.8
    a_bar, b_bar = ad.grad(until, argnums=(0, 1))(a, b)
    assert a_bar == pytest.approx(b**iterations)
    assert b_bar == pytest.approx(a * iterations * b ** (iterations - 1))


@pytest.mark.parametrize("wanted", [1, 3, 8])
def test_the_iterations_before_a_break_are_counted(wanted):
    def f(a, limit):
        s = 1.0
        for k in range(100):
            s = s * a
            if k >= limit:
                break
        return s

    assert ad.grad(f)(1.1, wanted - 1) == pytest.approx(wanted * 1.1 ** (wanted - 1))
    program = ad.adjoint(f, argnums=0)
    assert "break" in program.source(1.1, 3, 1.0)


def test_one_record_for_two_derivatives():
    """A derivative inside a derivative consumes what the loop recorded twice."""

    def outer(a):
        inner = lambda t: cubic(math.sin(t), 4) * a  # noqa: E731
        return ad.grad(inner)(a) + inner(a)

    s, c = math.sin(0.7), math.cos(0.7)
    first = 4 * s**3 * c
    second = 12 * s * s * c * c - 4 * s**4
    expected = first + 0.7 * second + s**4 + 0.7 * first
    for mode in ("forward", "reverse"):
        assert ad.grad(outer, mode=mode)(0.7) == pytest.approx(expected)


def _rows(x):
    y = x * 1.0
    for row in y:
        row *= 2.0
    return y.sum()


def _unpacked(x):
    y = np.zeros((2, 2)) + 1.0
    a, _ = y
    a += x[0]
    return y.sum() * x.sum()


def _transposed(x):
    y = x * 1.0
    z = y.T
    z += 1.0
    return np.sum(y * y)


def _in_a_tuple(x):
    y = x * 1.0
    pair = (y, x)
    for _ in range(3):
        y += x
    return pair[0].sum()


def _view_before(x):
    y = x * 1.0
    row = y[0]
    for _ in range(3):
        row += x[0]
    return y.sum()


def _written_by_a_helper(x):
    y = x * 1.0
    return y.sum() + _doubled(y).sum()


def _doubled(z):
    for _ in range(2):
        z *= 2.0
    return z


def _handed_over(x):
    y, other = x * 1.0, x * 3.0
    for _ in range(2):
        y = other
    other += 1.0
    return np.sum(y * y)


@pytest.mark.parametrize(
    "f", [_rows, _unpacked, _transposed, _in_a_tuple, _view_before, _written_by_a_helper]
)
def test_writes_that_another_name_sees(f):
    """Followed as if the memory were its own, each of them would give a wrong value without a word."""
    x = np.array([[1.0, 2.0], [3.0, 4.0]])
    value, gradient = ad.value_and_grad(f)(x)
    assert value == f(x)
    np.testing.assert_allclose(ad.grad(f, mode="forward")(x), gradient)
    for k in np.ndindex(2, 2):
        e = np.zeros((2, 2))
        e[k] = 1e-6
        assert gradient[k] == pytest.approx((f(x + e) - f(x - e)) / 2e-6, rel=1e-6)


def test_a_write_that_may_reach_what_a_loop_handed_over_is_refused():
    with pytest.raises(ad.AliasError):
        ad.grad(_handed_over)(np.array([[1.0, 2.0], [3.0, 4.0]]))


def test_buffers_that_change_places_are_followed():
    def f(x):
        y, w = x * 1.0, x * 2.0
        s = 0.0
        for _ in range(4):
            y += x
            y, w = w, y
            s = s + np.sum(w * y)
        y *= 2.0
        return s + y.sum()

    x = A.copy()
    gradient = ad.grad(f)(x)
    numeric = [(f(A + 1e-5 * e) - f(A - 1e-5 * e)) / 2e-5 for e in np.eye(3)]
    np.testing.assert_allclose(gradient, numeric, rtol=1e-8)
    np.testing.assert_array_equal(x, A)


def test_an_inner_tape_is_counted_from_a_start_that_changes():
    def f(x):
        s = 0.0
        for i in range(len(x)):
            for j in range(i + 1, len(x)):
                s = s * 0.5 + np.sin(s + x[i] * x[j])
        return s

    h = ad.hessian(f)(A)
    np.testing.assert_allclose(h, ad.jacrev(ad.grad(f))(A), atol=1e-13)
    np.testing.assert_allclose(h, ad.jacfwd(ad.grad(f, mode="forward"))(A), atol=1e-13)


def test_directions_that_only_dead_code_reads():
    """All columns at once: a loop whose result does not depend on the batched input keeps its body in order."""

    def f(x, v):
        for _ in range(3):
            for _ in range(3):
                y = np.sum(v) * 0.3
                y = math.sin(x)
        return y + np.sum(v * v)

    x_bar, v_bar = ad.grad(f, argnums=(0, 1), mode="forward")(0.3, A)
    assert x_bar == pytest.approx(math.cos(0.3))
    np.testing.assert_allclose(v_bar, 2 * A)


def test_single_precision_is_kept():
    def f(x, a):
        y = x
        for _ in range(3):
            y = y * a + x
        return np.sum(y)

    x, a = A.astype(np.float32), np.float32(0.5)
    x_bar, a_bar = ad.grad(f, argnums=(0, 1))(x, a)
    assert x_bar.dtype == np.float32
    assert a_bar.dtype == np.float32
    np.testing.assert_allclose(x_bar, 1.875, rtol=1e-6)


def test_exponents_and_divisors_of_the_loop():
    def f(a, n):
        s = 0.0
        for k in range(1, n):
            s += a**k / k
        return s

    assert ad.grad(f)(0.5, 6) == pytest.approx(sum(0.5 ** (k - 1) for k in range(1, 6)))
    assert ad.grad(ad.grad(f))(0.0, 4) == pytest.approx(1.0)


def test_a_long_loop_is_linear_in_memory_of_code():
    """The source does not grow with the number of iterations."""
    short = ad.grad(lambda x: cubic(x, 3)).source(1.0)
    long = ad.grad(lambda x: cubic(x, 3000)).source(1.0)
    assert len(short.splitlines()) == len(long.splitlines())


@pytest.mark.parametrize("n", [0, 1, 5, 30])
def test_values_of_early_exits(n):
    """What decides the end of a loop is read before the carried values move on."""

    def decided_by_the_old(a, n):
        done = False
        s = a
        last = 0
        for k in range(n):
            s = s * 1.1
            stop = done
            done = s > 3.0
            last = k
            if stop:
                break
        return s * last

    assert ad.value_and_grad(decided_by_the_old)(1.5, n)[0] == pytest.approx(decided_by_the_old(1.5, n))
    assert ad.grad(decided_by_the_old)(1.5, n) == pytest.approx(decided_by_the_old(1.5, n) / 1.5)


def _flag_read_behind(a):
    s, stop = a, False
    for _ in range(10):
        s = s * 1.5
        stop = s > 3.0
        if stop:
            break
    if stop:
        s = s * a
    return s


def _flag_before_the_step(a):
    s, stop = a, False
    for _ in range(10):
        stop = s > 3.0
        if stop:
            break
        s = s * 1.5
    return s * a if stop else s


def _flag_of_a_while(a):
    s, stop, n = a, False, 0
    while not stop:
        s = s * 1.5
        stop = s > 3.0
        n += 1
        if stop and n > 2:
            break
    return s * a if stop else s


def _found(a):
    s, found = a, False
    for _ in range(3):
        s = s * 1.5
        if s > 3.0:
            found = True
            break
    return s if found else s * a


@pytest.mark.parametrize("a", [1.1, 0.01, 2.9])
@pytest.mark.parametrize("f", [_flag_read_behind, _flag_before_the_step, _flag_of_a_while, _found])
def test_what_decides_is_read_behind_the_loop(f, a):
    slope = (f(a + 1e-6) - f(a - 1e-6)) / 2e-6
    for mode in ("forward", "reverse"):
        value, found = ad.value_and_grad(f, mode=mode)(a)
        assert value == pytest.approx(f(a))
        assert found == pytest.approx(slope, abs=1e-6)
