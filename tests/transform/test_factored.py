"""Jacobians in one sweep: what all directions share is kept apart, unit directions are rows of the result."""

from __future__ import annotations

import importlib.util

import numpy as np
import pytest

import adcompiler as ad
from tests.benchmarks.tall_functions import arguments

RNG = np.random.default_rng(0)
SMALL = arguments(300)


def body(source: str) -> str:
    """The program without docstring and comments."""
    text = source.split('"""')[2]
    return "\n".join(line for line in text.splitlines() if not line.strip().startswith("#"))


def columns(f, p, *rest, h=1e-6):
    return np.stack(
        [(f(p + h * e, *rest) - f(p - h * e, *rest)) / (2 * h) for e in np.eye(len(p))], axis=-1
    )


@pytest.mark.parametrize("f", SMALL, ids=lambda f: f.__name__)
def test_tall_functions_in_both_modes(f):
    args = SMALL[f]
    forward, backward = ad.jacfwd(f)(*args), ad.jacrev(f)(*args)
    assert forward.shape == (len(forward), 28)
    assert np.allclose(forward, columns(f, *args), rtol=1e-5, atol=1e-6)
    assert np.allclose(forward, backward, rtol=1e-10, atol=1e-12)
    direction = RNG.normal(size=28)
    _, dot = ad.jvp(f, args, (direction,), argnums=0)
    assert np.allclose(forward @ direction, dot, rtol=1e-10, atol=1e-10)


def layer(x, w):
    return np.tanh(w @ np.sin(x)) * x + np.exp(-x)


@pytest.mark.parametrize("mode", ["forward", "reverse"])
def test_a_thousand_directions_are_one_sweep(mode):
    x, w = RNG.normal(size=1000), RNG.normal(size=(1000, 1000)) / 30.0
    jacobian = ad.jacobian(layer, mode=mode)
    found = jacobian(x, w)
    slope = 1.0 - np.tanh(w @ np.sin(x)) ** 2
    expected = (slope * x)[:, None] * w * np.cos(x)
    expected[np.diag_indices(1000)] += np.tanh(w @ np.sin(x)) - np.exp(-x)
    assert np.allclose(found, expected, rtol=1e-12, atol=1e-14)
    program = body(jacobian.source(x, w))
    assert "for " not in program  # not one sweep for each direction
    assert program.count("@") == 1  # the function's own product: none with an identity
    assert program.count("np.eye") <= 1
    trace = dict(jacobian.stages(x, w).found)["optimised"]
    assert trace.count("tanh(") == trace.count("exp(") == 1  # the function runs once


def test_one_sweep_through_two_products():
    def network(x, w):
        return np.tanh(w @ np.tanh(w @ x))

    x, w = RNG.normal(size=30), RNG.normal(size=(30, 30))
    for mode in ("forward", "reverse"):
        jacobian = ad.jacobian(network, mode=mode)
        assert np.allclose(jacobian(x, w), columns(network, x, w), atol=1e-7)
        assert body(jacobian.source()).count("@") == 3  # two of the function, one of Jacobians
        assert "np.eye" not in body(jacobian.source())


def test_parameters_of_a_curve_are_rows():
    source = body(ad.jacfwd(curve).source(np.ones(3), np.ones(5)))
    assert "np.eye" not in source
    for k in range(3):
        assert f"[{k}] = " in source or f"[{k}] += " in source


def curve(p, t):
    return p[0] * np.exp(-p[1] * t) + p[2]


def test_rows_that_meet_are_added():
    def f(p, t, k):
        y = p[1] * t + p[-1] * t**2 + p[k] * np.sin(t)
        return y + p[1] ** 2

    p, t = np.array([0.5, 2.0, 3.0]), np.linspace(0.0, 1.0, 4)
    for k in (0, 1, 2, -1, -2):
        assert np.allclose(ad.jacfwd(f)(p, t, k), columns(f, p, t, k), atol=1e-8)


def test_what_is_not_a_plain_element_of_a_vector():
    grid = RNG.normal(size=(2, 3))
    t = np.linspace(0.0, 1.0, 4)
    cases = {
        "matrix": (lambda p, t: p[0, 1] * t + p[1] @ p[0] * np.cos(t), grid),
        "ellipsis": (lambda p, t: p[..., 0] * t * p[..., 1], np.array([2.0, 3.0])),
        "fancy": (lambda p, t: (p[[0, 1, 1]] * p[2]) @ np.ones(3) * t, np.array([2.0, 3.0, 4.0])),
        "mask": (lambda p, t: np.sum(p[p > 2.5]) * t, np.array([2.0, 3.0, 4.0])),
        "slices": (lambda p, t: p[1:] * p[:-1] * t[:2], np.array([2.0, 3.0, 4.0])),
        "axis": (lambda p, t: p[None, 0] * t + p[:1] * t**2, np.array([2.0, 3.0])),
    }
    for name, (f, p) in cases.items():
        forward, backward = ad.jacfwd(f)(p, t), ad.jacrev(f)(p, t)
        assert np.allclose(forward, backward), name
        flat = columns(lambda q, f=f, p=p: f(q.reshape(p.shape), t), p.ravel())
        assert np.allclose(forward.reshape(flat.shape), flat, atol=1e-7), name


def test_branches_and_loops_with_rows_inside():
    def f(p, t, n):
        y = np.zeros_like(t)
        for k in range(n):
            if k % 2:
                y = y * p[k]
                continue
            y = y + p[k] * np.sin(p[k + 1] * t)
        while np.sum(y) > 1.0:
            y = y * 0.5 * p[0]
        return y

    p, t = np.array([0.5, 2.0, 0.7, 1.1, 0.9]), np.linspace(0.0, 3.0, 7)
    for n in range(4):
        assert np.allclose(ad.jacfwd(f)(p, t, n), columns(f, p, t, n), atol=1e-7)
        assert np.allclose(ad.jacrev(f)(p, t, n), columns(f, p, t, n), atol=1e-7)


def test_a_jacobian_is_no_view_of_an_argument():
    def product(x, w):
        return w @ x

    def with_row(p, w):
        return w @ p + p[0]

    x, w = RNG.normal(size=3), RNG.normal(size=(4, 3))
    before = w.copy()
    for f in (product, with_row):
        for mode in ("forward", "reverse"):
            found = ad.jacobian(f, mode=mode)(x, w)
            assert np.allclose(found, columns(f, x, w), atol=1e-8)
            found[:] = 7.0
            assert np.array_equal(w, before)
    assert np.array_equal(ad.jacobian(lambda x: x[::-1] @ np.ones((3, 2)))(x), np.ones((2, 3)))


def test_an_infinite_slope_stays_where_it_is():
    with np.errstate(all="ignore"):
        found = ad.jacfwd(np.sqrt)(np.array([0.0, 4.0]))
    assert np.array_equal(found, [[np.inf, 0.0], [0.0, 0.25]])


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_dtypes_stay(dtype):
    p, t = np.array([2.0, 0.5, 1.0], dtype), np.linspace(0.0, 1.0, 4).astype(dtype)
    for f in (curve, lambda p, t: np.outer(t, p) @ p, lambda p, t: t * np.sum(p * p)):
        found = ad.jacfwd(f)(p, t)
        assert found.dtype == dtype
        exact = ad.jacrev(f)(p.astype(float), t.astype(float))
        assert np.allclose(found, exact, rtol=1e-5)
    mixed = ad.jacfwd(curve)(p, t.astype(float))
    assert mixed.dtype == np.float64


def test_complex_results_and_arguments():
    def wave(p, t):
        return p[0] * np.exp(1j * p[1] * t)

    p, t = np.array([0.7, 1.3]), np.linspace(0.0, 1.0, 4)
    assert np.allclose(ad.jacobian(wave)(p, t), columns(wave, p, t), atol=1e-8)
    z = np.array([0.3 + 0.1j, 0.5 - 0.2j])
    found = ad.jacobian(lambda z: np.sin(z) * z[0], holomorphic=True)(z)
    expected = np.diag(np.cos(z) * z[0])
    expected[:, 0] += np.sin(z)
    assert np.allclose(found, expected)


def test_broadcasting_of_parts_that_are_smaller_than_the_result():
    def f(p, t):
        centre, width = p[:2], p[2:]
        z = (t[:, None] - centre) / width
        return (
            np.sum(z * z, axis=1) + np.sum(z, axis=-1),
            np.sum(np.exp(-z), axis=0),
            z @ np.ones(2),
        )

    p, t = np.array([0.2, 0.4, 1.5, 0.6]), np.linspace(0.0, 1.0, 5)
    for part in range(3):
        one = lambda p, t, part=part: f(p, t)[part]  # noqa: E731
        assert np.allclose(ad.jacfwd(one)(p, t), columns(one, p, t), atol=1e-7)
    alone = np.array([0.2, 0.4, 1.5])  # the width has one element: it is broadcast
    one = lambda p, t: ((t[:, None] - p[:2]) / p[2:]) @ np.ones(2)  # noqa: E731
    assert np.allclose(ad.jacfwd(one)(alone, t), columns(one, alone, t), atol=1e-7)


def test_hessians_of_hessians():
    def f(x):
        return np.sum(np.sin(x) * x[0]) + x[1] * np.prod(x)

    x = np.array([0.3, 0.8, -0.4])
    third = ad.jacobian(ad.hessian(f))(x)
    step = 1e-5
    expected = np.stack(
        [
            (ad.hessian(f)(x + step * e) - ad.hessian(f)(x - step * e)) / (2 * step)
            for e in np.eye(3)
        ],
        axis=-1,
    )
    assert np.allclose(third, expected, atol=1e-8)


def test_the_benchmark_says_where_jax_is_missing(capsys, monkeypatch):
    from tests.benchmarks import bench_jacobians

    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    monkeypatch.setattr(bench_jacobians, "ROUNDS", 1)
    monkeypatch.setattr(bench_jacobians, "arguments", lambda: {curve: (np.ones(3), np.ones(5))})
    bench_jacobians.main()
    assert "JAX is not installed here" in capsys.readouterr().out
