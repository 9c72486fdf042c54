"""An array of one element, whatever its rank, is one number to a gradient; its value keeps its shape."""

from __future__ import annotations

import numpy as np
import pytest

import adcompiler as ad

W = np.array([[1.0, 2.0, 3.0]])
X = np.array([0.5, 0.2, 0.1])
MODES = pytest.mark.parametrize("mode", ["forward", "reverse"])


def vector(x):
    return W @ (x * x)


def matrix(x):
    return (W @ (x * x))[:, None]


def with_aux(x):
    return W @ (x * x), x.sum()


@MODES
@pytest.mark.parametrize("f", [vector, matrix])
def test_gradient(f, mode):
    value, found = ad.value_and_grad(f, mode=mode)(X)
    assert value.shape == f(X).shape
    assert value == pytest.approx(f(X))
    assert found == pytest.approx(2.0 * W[0] * X)
    assert ad.grad(f, mode=mode)(X) == pytest.approx(found)


@MODES
def test_auxiliary_result(mode):
    found, aux = ad.grad(with_aux, mode=mode, has_aux=True)(X)
    assert found == pytest.approx(2.0 * W[0] * X)
    assert aux == pytest.approx(X.sum())


@MODES
def test_second_order(mode):
    hessian = ad.jacobian(ad.grad(vector, mode=mode))(X)
    assert hessian == pytest.approx(np.diag(2.0 * W[0]))


def test_more_elements_are_refused():
    with pytest.raises(ad.errors.ResultError, match="not one number"):
        ad.grad(lambda x: x * x)(X)
