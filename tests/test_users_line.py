"""Shapes and indices that do not fit: NumPy's own error, from the line of the user's that is wrong."""

from __future__ import annotations

import traceback

import numpy as np
import pytest

import adcompiler as ad
from adcompiler.errors import NoDerivativeError


def written(x):
    y = np.zeros(3)
    y[:] = x
    return y.sum()


def in_helper(x):
    return written(x * 2.0)


WRONG = [
    written,
    in_helper,
    lambda x: np.sum(x @ np.ones(3)),
    lambda x: np.sum(x + np.ones(3)),
    lambda x: np.sum(np.dot(np.ones((2, 3)), x)),
    lambda x: np.sum(np.stack([x, np.ones(3)])),
    lambda x: np.sum(x.reshape(3, 2)),
    lambda x: np.sum(np.where(np.ones(3) > 0.0, x, 0.0)),
    lambda x: np.sum(np.convolve(x[:0], x)),
    lambda x: np.sum(np.linalg.solve(np.eye(3), x)),
    lambda x: np.sum(np.outer(x, x) @ np.ones((3, 3))),
    lambda x: np.sum(np.interp(0.5, np.arange(3.0), x)),
    lambda x: np.einsum("ij,j->i", np.ones((2, 3)), x).sum(),
    lambda x: np.sum(np.broadcast_to(x, (2, 3))),
    lambda x: np.sum(np.take(x, [7])),
    lambda x: x[9] * x[0],
    lambda x: np.sum(np.average(x, weights=np.ones(3))),
    lambda x: np.sum(np.trapezoid(x, np.ones(3))),
    lambda x: np.sum(np.tensordot(np.ones((2, 3)), x, 1)),
    lambda x: np.sum(np.polyfit(np.arange(3.0), x, 1)),
    lambda x: np.sum(np.bincount([0, 1, 2], weights=x)),
    lambda x: np.sum(np.split(x, 3)[0]),
    lambda x: np.sum(np.add.reduceat(x, [0, 9])),
]


@pytest.mark.parametrize("mode", ["reverse", "forward"])
@pytest.mark.parametrize("f", WRONG)
def test_the_error_is_numpys_own_at_the_users_line(f, mode):
    x = np.arange(1.0, 5.0)
    with pytest.raises(Exception) as plain:  # noqa: PT011 - whatever NumPy raises
        f(x.copy())
    with pytest.raises(plain.type) as caught:
        ad.grad(f, mode=mode)(x)
    assert str(caught.value) == str(plain.value)
    own = [frame for frame in traceback.extract_tb(caught.tb) if frame.filename == __file__]
    inner = [frame for frame in traceback.extract_tb(plain.tb) if frame.filename == __file__]
    assert own[-1].lineno == inner[-1].lineno


def test_an_error_with_effects_is_raised_where_it_is_met(capsys):
    """The function is not run a second time: it would print again."""

    def f(x):
        print("once")
        return np.sum(x.reshape(3, 2))

    with pytest.raises(ValueError, match="cannot reshape"):
        ad.grad(f)(np.ones(4))
    assert capsys.readouterr().out == "once\n"


def test_a_function_without_a_rule_is_shown_the_row_that_would_be_one():
    from zlib import crc32

    def f(x):
        return crc32(x) * x

    with pytest.raises(NoDerivativeError) as caught:
        ad.grad(f)(2.0)
    assert "`zlib.crc32` has no derivative rule" in caught.value.fact
    assert "whether it has a derivative" in caught.value.why
    assert caught.value.write == "crc32 = ad.primitive(zlib.crc32, partials=lambda y, data: …)"
