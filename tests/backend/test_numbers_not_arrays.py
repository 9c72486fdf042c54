"""A number is a number when the program runs: `+=` on an array without axes would change it under all of its names."""

from __future__ import annotations

import numpy as np
import pytest

import adcompiler as ad
from adcompiler import pipeline


def single():
    return tuple(map(np.float32, (2.0, 3.0, 0.5)))


@pytest.mark.parametrize("careful", [False, True])
@pytest.mark.parametrize("at", [(2.0, 3.0, 0.5), single()], ids=("double", "single"))
def test_a_choice_between_numbers_is_a_number(monkeypatch, at, careful):
    if careful:
        fast = pipeline.generate
        monkeypatch.setattr(pipeline, "generate", lambda f, careful=False: fast(f, careful=True))

    def f(a, b, x):
        q = x
        for _ in range(3):
            s = a + b
            a = np.maximum(s, 0.0)
            b = x * 2
            q = q + a * a
        return q

    for mode in ("forward", "reverse"):
        assert ad.grad(f, argnums=(0, 1, 2), mode=mode)(*at) == (36.0, 36.0, 81.0)


def test_a_cotangent_without_axes_is_no_view_of_the_seed():
    def f(x):
        return x.reshape(-1) * x[None] + np.diagflat(x)[0] + x.ravel().T

    x, seed = np.array(0.7), np.array([3.0])
    assert np.isclose(ad.adjoint(f)(x, seed)[1], 3.0 * (2.0 * 0.7 + 2.0))
    assert seed == 3.0


def test_the_derivative_of_a_list_in_single_precision_is_single():
    def f(x):
        return sum(v * v for v in list(x)[:2])

    x = np.array([0.7, -0.3, 1.2], np.float32)
    for mode in ("forward", "reverse"):
        found = ad.grad(f, mode=mode)(x)
        assert found.dtype == np.float32
        assert np.allclose(found, [1.4, -0.6, 0.0])
