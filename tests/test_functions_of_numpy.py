"""Functions of NumPy and Python as what is differentiated: chosen by position or name, options as they come."""

from __future__ import annotations

import math

import numpy as np
import pytest

import adcompiler as ad

A = np.array([[0.5, -0.4, 1.5], [1.1, 0.2, -0.7]])
V = np.array([0.3, -1.2, 2.1])
W = np.array([0.7, 0.4, -0.9])


@pytest.mark.parametrize("mode", ["forward", "reverse"])
@pytest.mark.parametrize(
    ("function", "args", "options", "plain"),
    [
        (np.sum, (A,), {"axis": 0}, lambda a: np.sum(a, axis=0)),
        (np.sum, (A, 1), {}, lambda a: np.sum(a, axis=1)),
        (np.mean, (A,), {"axis": (0, 1), "keepdims": True}, lambda a: np.mean(a, keepdims=True)),
        (np.prod, (), {"a": A}, lambda a: np.prod(a)),
        (np.linalg.norm, (A,), {"axis": 1, "ord": 2}, lambda a: np.linalg.norm(a, 2, 1)),
        (np.clip, (V, -1.0, 1.0), {}, lambda a: np.clip(a, -1.0, 1.0)),
        (np.concatenate, ([V, W],), {}, lambda pair: np.concatenate(pair)),
        (np.vstack, ((V, W),), {}, lambda pair: np.vstack(pair)),
        (np.append, (V, 2.0), {}, lambda a: np.append(a, 2.0)),
        (np.transpose, (A,), {"axes": [1, 0]}, lambda a: a.T),
        (np.sort, (V,), {}, lambda a: np.sort(a)),
    ],
)
def test_the_jacobian_is_that_of_a_function_around_it(function, args, options, plain, mode):
    (value,) = (*args[:1], *(options["a"],))[:1] if "a" in options else args[:1]
    found = ad.jacobian(function, mode=mode)(*args, **options)
    expected = ad.jacobian(plain, mode=mode)(value)
    for a, b in zip(
        found if isinstance(found, (list, tuple)) else [found],
        expected if isinstance(expected, (list, tuple)) else [expected],
        strict=True,
    ):
        np.testing.assert_array_equal(a, b)


def test_any_position_and_name():
    assert (ad.grad(np.dot, argnums=1)(V, W) == V).all()
    x_bar, y_bar = ad.grad(np.vdot, argnums=(0, 1))(V, W)
    assert (x_bar == W).all()
    assert (y_bar == V).all()
    assert (ad.jacobian(np.clip, argnums=2)(V, -1.0, 1.0) == [0.0, 0.0, 1.0]).all()
    assert (
        ad.jacobian(np.clip, argnums="a_max")(V, a_min=-1.0, a_max=1.0) == [0.0, 0.0, 1.0]
    ).all()
    product = ad.jacobian(np.einsum, argnums=2)("ij,kj->ik", A, A)
    assert (product == ad.jacobian(lambda b: A @ b.T)(A)).all()
    assert ad.grad(math.log, argnums=1)(2.0, 3.0) == pytest.approx(
        -math.log(2) / math.log(3) ** 2 / 3
    )
    assert ad.grad(math.hypot, argnums=(0, 2))(2.0, 3.0, 6.0) == pytest.approx((2 / 7, 6 / 7))
    assert ad.grad(sum)([1.0, 2.0]) == [1.0, 1.0]


def test_every_transform():
    value, slope = ad.value_and_grad(np.prod)(V)
    assert value == np.prod(V)
    np.testing.assert_allclose(slope, np.prod(V) / V)
    np.testing.assert_allclose(ad.hessian(np.prod)(V)[0], [0.0, V[2], V[1]])
    assert ad.tangent(np.sum)(A, A, axis=0)[1].shape == (3,)
    assert ad.adjoint(np.dot)(V, W)[1:][0] is not W
    assert ad.jvp(np.dot, (V, W), (V, W))[1] == pytest.approx(2.0 * V @ W)
    assert (ad.vjp(np.cumsum, V)[1](np.ones(3))[0] == [3.0, 2.0, 1.0]).all()
    assert (ad.grad(lambda x: ad.grad(np.prod)(x)[0])(V) == [0.0, V[2], V[1]]).all()
    ad.check_grads(np.linalg.norm, (A,))
    ad.check_grads(np.outer, (V, W))


def test_the_program_shows_no_options():
    text = ad.grad(np.sum).source(A)
    assert "def sum_grad(a):" in text
    assert "Gradient of sum(a) with respect to a" in text
    assert repr(ad.grad(np.sum)) == "<grad of sum(a) with respect to 0, reverse mode>"


def test_what_is_no_argument_is_refused():
    with pytest.raises(ad.ArgumentError, match="names no argument"):
        ad.grad(np.sum, argnums="colour")
    with pytest.raises(ad.ArgumentError, match="do not fit"):
        ad.grad(np.dot)()
