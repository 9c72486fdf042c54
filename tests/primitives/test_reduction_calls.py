"""Reductions and scans through the whole compiler: values, both modes, second order, ties, edges, types."""

from __future__ import annotations

import importlib.util
import inspect

import numpy as np
import pytest

import adcompiler as ad
from adcompiler.errors import ADError
from tests.primitives.reduction_calls import CALLS, A, X


def text(call):
    return inspect.getsource(call[0]).strip().partition(": ")[2].rpartition(", (")[0]


@pytest.mark.parametrize("call", CALLS, ids=text)
def test_both_modes_to_second_order(call):
    f, point = call
    argnums = tuple(range(len(point)))
    before = [np.array(a, copy=True) for a in point]
    ad.check_grads(f, point, order=2, argnums=argnums)
    for a, b in zip(point, before, strict=True):
        np.testing.assert_array_equal(a, b)


def equal(a, b):
    if isinstance(a, tuple):
        return len(a) == len(b) and all(map(equal, a, b))
    same = np.shape(a) == np.shape(b) and np.asarray(a).dtype == np.asarray(b).dtype
    if np.ndim(a):
        return same and np.array_equal(a, b, equal_nan=True)
    return np.allclose(a, b, rtol=5e-16, atol=0.0)  # a number may run on Python floats


@pytest.mark.parametrize("call", CALLS, ids=text)
def test_the_value_is_numpys_own_and_jacobians_agree(call):
    """The primal is the user's call, bit for bit; both one-sweep Jacobians, row by row."""
    f, point = call
    value = f(*point)
    direction = np.ones_like(point[0]) if np.ndim(point[0]) else 1.0
    found, slope = ad.tangent(f, argnums=0)(*point, direction)
    assert equal(value, found)
    columns = tuple(range(-np.ndim(point[0]), 0))
    for mode in ("forward", "reverse"):
        jacobian = ad.jacobian(f, mode=mode)(*point)
        pairs = (
            zip(jacobian, slope, strict=True) if isinstance(slope, tuple) else [(jacobian, slope)]
        )
        for rows, expected in pairs:
            np.testing.assert_allclose(np.sum(rows, axis=columns), expected, rtol=1e-12, atol=1e-12)


SPELLED = [
    "np.prod(x, axis=0)",
    "np.cumprod(x, axis=1)",
    "np.nanmean(x, axis=1)",
    "np.median(x, axis=0)",
    "np.percentile(x, 30.0, axis=1)",
    "np.diff(x)",
    "np.diff(x, n=2)",
    "np.ptp(x, axis=0)",
    "np.average(x, axis=1)",
    "np.multiply.accumulate(x)",
    "np.logaddexp.reduce(x, axis=1)",
    "np.sum(x, where=m)",
    "np.trapezoid(x)",
    "np.nan_to_num(x)",
    "np.i0(x)",
]


@pytest.mark.parametrize("expression", SPELLED)
def test_the_call_stays_as_written(expression, tmp_path):
    # a method of a ufunc is the function whose row it has
    expected = expression.replace("np.multiply.accumulate(x)", "np.cumprod(x, axis=0)")
    file = tmp_path / "spelled.py"
    file.write_text(f"import numpy as np\n\n\ndef f(x, m):\n    y = {expression}\n    return y\n")
    spec = importlib.util.spec_from_file_location("spelled", file)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    source = ad.tangent(module.f, argnums=0).source(A, A > 0.0, A)
    assert f"y = {expected}\n" in source, source


SINGLES = [call for call in CALLS if len(call[1]) == 1 and np.ndim(call[1][0])]


@pytest.mark.parametrize("call", SINGLES, ids=text)
def test_single_precision_stays(call):
    f, (x,) = call
    x = x.astype(np.float32)
    value, x_bar = ad.vjp(f, x)
    seeds = tuple(map(np.ones_like, value)) if isinstance(value, tuple) else np.ones_like(value)
    (found,) = x_bar(seeds)
    assert found.dtype == np.float32
    assert found.shape == x.shape
    plain = f(x)
    for a, b in zip(*[(v if isinstance(v, tuple) else (v,)) for v in (value, plain)], strict=True):
        assert np.asarray(a).dtype == np.asarray(b).dtype


EMPTY = [
    lambda x: np.prod(x),
    lambda x: np.cumprod(x).sum(),
    lambda x: np.nansum(x) + np.nanprod(x),
    lambda x: np.diff(x).sum(),
    lambda x: np.diff(x, n=3).sum(),
    lambda x: np.sum(x, where=x > 0.0) + np.sum(x, initial=1.0),
    lambda x: np.add.reduce(x) + np.multiply.reduce(x),
    lambda x: np.logaddexp.accumulate(x).sum(),
    lambda x: np.trapezoid(x),
    lambda x: np.nan_to_num(x).sum(),
    lambda x: np.vander(x, 2).sum(),
    lambda x: np.unwrap(x).sum(),
]


@pytest.mark.parametrize("f", EMPTY)
def test_nothing_has_a_gradient_of_nothing(f):
    assert ad.grad(f)(np.array([])).shape == (0,)
    assert ad.grad(f, mode="forward")(np.array([])).shape == (0,)


REFUSED = [
    lambda x: np.max(x, where=x > 0.0),
    lambda x: np.nan_to_num(x, copy=False).sum(),
    lambda x: np.gradient(x, edge_order=3).sum(),
    lambda x: np.power.reduce(x),
    lambda x: np.subtract.reduce(x, where=x > 0.0),
    lambda x: np.percentile(x, 50.0, overwrite_input=True),
    lambda x: np.nansum(x, weights=x),
]


@pytest.mark.parametrize("f", REFUSED)
def test_what_has_no_rule_is_refused(f):
    with pytest.raises(ADError):
        ad.grad(f)(X)


def test_products_are_exact_with_zeros():
    """No division: the Hessian of a product at zeros, against the products of the other elements."""

    def f(x):
        return np.prod(x)

    x = np.array([0.0, 2.0, 0.0, 5.0])
    expected = np.array(
        [[0.0 if i == j else np.prod(np.delete(x, [i, j])) for j in range(4)] for i in range(4)]
    )
    np.testing.assert_array_equal(ad.hessian(f)(x), expected)


def test_running_values_cost_linear_time():
    """A recurrence, not a triangular matrix: a gradient of a million elements is made."""

    def f(x):
        return np.cumprod(x)[-1]

    x = np.full(200_000, 1.0)
    np.testing.assert_array_equal(ad.grad(f)(x), x)


def test_ties_of_extremes_share_equally_whatever_the_spelling():
    x = np.array([1.0, 3.0, 3.0])
    for f in (
        lambda x: np.maximum.reduce(x),
        lambda x: np.amax(x),
        lambda x: np.nanmax(x),
        lambda x: np.max(x, initial=0.0),
    ):
        for mode in ("forward", "reverse"):
            np.testing.assert_array_equal(ad.grad(f, mode=mode)(x), [0.0, 0.5, 0.5])
