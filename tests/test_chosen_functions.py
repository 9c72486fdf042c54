"""What of a function that a branch chooses is not followed is refused."""

from __future__ import annotations

import numpy as np
import pytest

import adcompiler as ad


def scaled_by(k):
    return lambda t: t * k


def made_in_the_arms(x):
    f = scaled_by(x) if x > 0.0 else scaled_by(2.0 * x)
    return f(x)


def carried_by_a_loop(x):
    f = np.sin
    for _ in range(3):
        x = f(x)
        if x > 1.0:
            f = np.cos
    return x


def used_after_the_loop(x):
    for i in range(3):
        f = np.sin if x * i > 1.0 else np.cos
    return f(x)


def its_class(x):
    f = np.sin if x > 0.0 else np.cos
    return 2.0 * x if isinstance(f, np.ufunc) else x


def its_name(x):
    f = np.sin if x > 0.0 else np.cos
    return 2.0 * x if f.__name__ == "sin" else x


@pytest.mark.parametrize(
    "f",
    [
        made_in_the_arms, carried_by_a_loop, used_after_the_loop, its_class, its_name,
    ],
)  # fmt: skip
def test_refused(f):
    with pytest.raises((ad.UnsupportedSyntaxError, ad.UnsupportedValueError)) as caught:
        ad.grad(f)(0.7)
    assert caught.value.write
    assert caught.value.origin is not None


def test_a_derivative_is_callable():
    assert ad.grad(lambda x: x * 2.0 if callable(ad.grad(np.sin)) else x)(1.0) == 2.0
