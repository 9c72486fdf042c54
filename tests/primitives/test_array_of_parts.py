"""np.concatenate and its kin of one array, which stands for its parts along the first axis."""

from __future__ import annotations

import numpy as np
import pytest

import adcompiler as ad

RNG = np.random.default_rng(7)
#: 1 to 4 axes, also of length 1 and 0
ARRAYS = [
    RNG.normal(size=shape)
    for shape in [(3,), (1,), (3, 2), (1, 4), (3, 2, 4), (2, 1, 3), (2, 3, 2, 2), (2, 0), (0, 3, 2)]
]
JOINING = [
    ("vstack", lambda x: np.vstack(x)),
    ("hstack", lambda x: np.hstack(x)),
    ("dstack", lambda x: np.dstack(x)),
    ("column_stack", lambda x: np.column_stack(x)),
    ("stack", lambda x: np.stack(x)),
    ("stack last", lambda x: np.stack(x, axis=-1)),
    ("concatenate", lambda x: np.concatenate(x)),
    ("concatenate last", lambda x: np.concatenate(x, axis=-1)),
    ("concatenate flat", lambda x: np.concatenate(x, axis=None)),
    ("concatenate as float32", lambda x: np.concatenate(x, dtype=np.float64)),
]


def _joins(join, x):
    try:
        return join(x)
    except ValueError:  # np.concatenate of numbers
        return None


CASES = [
    pytest.param(join, x, id=f"{name}-{x.shape}")
    for name, join in JOINING
    for x in ARRAYS
    if _joins(join, x) is not None and (x.size or x.shape[0])
]


@pytest.mark.parametrize(("join", "x"), CASES)
def test_value_and_derivatives(join, x):
    expected = join(x)
    value, tangent = ad.jvp(join, (x,), (2.0 * x,))
    np.testing.assert_array_equal(value, expected)
    np.testing.assert_array_equal(tangent, 2.0 * expected)
    weights = RNG.normal(size=expected.shape)
    _, x_bar = ad.adjoint(join)(x, weights)
    assert x_bar.shape == x.shape
    assert np.sum(x_bar * x) == pytest.approx(np.sum(weights * expected), abs=1e-12)


@pytest.mark.parametrize("mode", ["forward", "reverse"])
def test_second_order_and_memory(mode):
    def f(x):
        y = np.vstack(x)
        y[0] = 2.0 * y[0]  # of a new array: x stays
        return np.sum(x * y) * np.sum(np.hstack(x) ** 3)

    x = ARRAYS[2]
    ad.check_grads(f, (x,))
    ad.check_grads(ad.grad(f, mode=mode), (x,), order=1)


def test_numbers_have_no_axis():
    with pytest.raises(ad.ShapeError, match="no axis"):
        ad.grad(lambda x: np.sum(np.concatenate(x)))(np.ones(3))


def test_the_program_is_a_reshape():
    text = ad.adjoint(lambda x: np.concatenate(x)).source(ARRAYS[4], np.ones((6, 4)))
    assert "reshape" in text
    assert "concatenate" not in text.partition('"""')[2].replace("# np.concatenate(x)", "")
