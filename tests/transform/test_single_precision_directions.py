"""Many directions at once keep the precision of one: what a loop carries from zero on is no wider, nor real."""

from __future__ import annotations

import math

import numpy as np
import pytest

import adcompiler as ad

POINT = np.array([1.0, 2.0, 3.0])


def summed(z):
    s = 0.0
    for i in range(3):
        s = s + z[i] * z[0]
    return s


def written(z):
    a = np.zeros(3, z.dtype)
    t = 1.0
    for i in range(3):
        if i > 0:
            t = t * z[i]
        a[i] = t
    return a * z


def branched(z):
    s = 0.0
    if abs(z[0]) > 0.1:
        s = z[0] * 2
    for v in list(z)[:2]:
        s += v * v
    return s * z


@pytest.mark.parametrize("f", [summed, written, branched], ids=lambda f: f.__name__)
@pytest.mark.parametrize("dtype", [np.float32, np.longdouble, np.complex64, complex])
@pytest.mark.parametrize("mode", ["forward", "reverse"])
def test_jacobians_have_the_dtype_of_the_argument(f, dtype, mode):
    x = POINT.astype(dtype)
    options = {"mode": mode, "holomorphic": np.iscomplexobj(x)}
    first = ad.jacobian(f, **options)
    found = first(x)
    assert found.dtype == dtype
    assert np.allclose(found, ad.jacobian(f)(POINT))
    for outer in ("forward", "reverse"):
        second = ad.jacobian(first, mode=outer, holomorphic=np.iscomplexobj(x))(x)
        assert second.dtype == dtype
        assert np.allclose(second, ad.jacobian(ad.jacobian(f))(POINT))


def through_python_floats(x, y, v):
    for _ in range(3):
        x, y = y, 0.5 * x + 0.3
        x += 0.3 * math.sin(y)
    return x * y + np.sum(v * v) * y


def wider_in_one_arm(x, y, v):
    if y > 0.0:
        return np.sum(v * v) * x
    return np.sum(np.array([x, 0.2, y]) * v)


def until_small(x, y, v):
    k = 0
    while k < 4 and abs(x) < 2.0:
        k += 1
        if y > -1.0:
            y = (x + y) * 0.5
            x += 0.3 * math.exp(y) * v[k % 3]
    return x * y + np.sum(v) * y


@pytest.mark.parametrize("f", [through_python_floats, wider_in_one_arm, until_small], ids=lambda f: f.__name__)
@pytest.mark.parametrize("mode", ["forward", "reverse"])
@pytest.mark.parametrize("y", [0.4, -0.4])
def test_gradients_have_the_dtype_of_the_argument(f, mode, y):
    at = np.float32(0.6), np.float32(y), np.array([0.5, 0.6, 0.9], np.float32)
    gradient = ad.grad(f, argnums=(0, 1, 2), mode=mode)
    expected = ad.grad(f, argnums=(0, 1, 2))(*(np.float64(a) for a in at))
    for found, right, argument in zip(gradient(*at), expected, at, strict=True):
        assert type(found) is type(argument)
        assert found.dtype == np.float32
        assert np.allclose(found, right, rtol=1e-5)
