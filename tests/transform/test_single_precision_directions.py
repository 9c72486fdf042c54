"""Many directions at once keep the precision of one: what a loop carries from zero on is no wider, nor real."""

from __future__ import annotations

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
