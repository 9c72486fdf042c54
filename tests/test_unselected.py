"""What a selection leaves out contributes nothing, whatever stands between it and an infinite slope (DESIGN D6).

All functions have an infinite or undefined partial at the first element, which is 0 and never chosen.
"""

from __future__ import annotations

import numpy as np
import pytest

import adcompiler as ad

POINT = np.array([0.0, 4.0, 1.0, 9.0])


def masked_write(x):
    y = np.zeros(4)
    m = x > 0.0
    y[m] = np.sqrt(x[m])
    return np.sum(y * y * y)


def masked_out(x):
    y = np.zeros(4)
    np.log(x, out=y, where=x > 0.0)
    return np.sum(y * y)


PROGRAMS = [
    masked_write,
    masked_out,
    lambda x: np.where(x[1] > 100.0, np.sum(np.sqrt(x)), x[1]),
    lambda x: np.sum(np.where(x > 0.0, np.sqrt(x), 0.0)),
    lambda x: np.sum(np.where(x.reshape(2, 2) > 0.0, np.sqrt(x).reshape(2, 2), 0.0)),
    lambda x: np.sum(np.sqrt(x)[1:]),
    lambda x: np.sum(np.sqrt(x)[x > 0]),
    lambda x: np.sum(np.where(x[:, None] > 0.0, np.sqrt(x)[:, None] * np.ones(3), 0.0)),
    lambda x: np.where(x[0] > 0.0, np.sum(np.sqrt(x)[:1]), 0.0) + x[1],
    lambda x: np.sum(np.where(x > 0.0, x / np.sqrt(x), 0.0)),
    lambda x: np.sum(np.where(x > 0.0, np.log(x) * np.sqrt(x) ** 3, 0.0)),
    lambda x: np.where(x[0] > 0.0, 1.0 / np.linalg.norm(x[:1]), 3.0 * x[1]),
    lambda x: np.where(x[0] > 0.0, np.mean(np.log(x)), x[1]),
    lambda x: np.sum(np.where(x > 0.0, np.sqrt(x).T, 0.0).T),
    lambda x: np.sum(np.where(x > 0.0, np.sqrt(x)[::-1][::-1], 0.0)),
    lambda x: np.where(x[0] > 0.0, np.sqrt(x[0]), 0.0) + x[1],
    lambda x: np.sum(np.where(x > 0.0, np.take(np.sqrt(x), [0, 1, 2, 3]), 0.0)),
    lambda x: np.sum(np.where((x > 0.0)[:, None], np.outer(np.sqrt(x), x), 0.0)),
    lambda x: np.sum(np.stack([np.sqrt(x), x])[1]),
    lambda x: np.sum(np.concatenate([np.sqrt(x), x])[4:]),
    lambda x: np.max(np.where(x > 0.0, np.log(x), -5.0)),
    lambda x: np.max(np.sqrt(x)),
    lambda x: np.sum(np.select([x > 5.0, x > 0.0], [np.sqrt(x), np.log(x)], 0.0)),
    lambda x: np.sum(np.where(x > 0.0, np.exp(np.log(x) * 0.5), 0.0)),
    lambda x: np.where(x[0] > 0, np.sum(np.where(x > 2.0, np.sqrt(x), x)), x[1] * 1.0),
    lambda x: np.where(x[0] > 0, np.prod(np.sqrt(x)), x[1] * 1.0),
    lambda x: np.where(x[0] > 0, np.sqrt(x) @ np.sqrt(x), x[1] * 1.0),
    lambda x: np.where(x[0] > 0, np.linalg.norm(np.sqrt(x)), x[1] * 1.0),
    lambda x: np.sum(np.sort(np.sqrt(x))[1:]),
    lambda x: np.sum(np.where(x[0] > 0.0, np.sum(np.sqrt(x)[None, :] * x, axis=0), x)),
    lambda x: np.sum(np.nan_to_num(np.where(x > 0, 1.0 / np.where(x > 0, x, 1.0), 0.0))),
    lambda x: np.nansum(np.where(x > 0.0, np.log(x), np.nan)),
    lambda x: np.sum(np.log(x), where=x > 0.0),
    lambda x: np.sum(np.sqrt(x), where=x > 0.0) + np.mean(np.log(x), where=x > 0.0),
    lambda x: np.sum(np.clip(np.sqrt(x), 0.5, 2.5)),
    lambda x: np.sum(np.diff(np.sqrt(x))[1:]),
    lambda x: np.sum(np.where(x > 0.0, np.roll(np.roll(np.sqrt(x), 1), -1), 0.0)),
    lambda x: np.sum(np.pad(np.sqrt(x), 1)[2:]),
    lambda x: np.sum(np.maximum(np.sqrt(x), 1.5)),
]


@pytest.mark.parametrize("f", PROGRAMS)
def test_what_is_not_selected_contributes_nothing(f):
    with np.errstate(all="ignore"):
        reverse, forward = ad.grad(f)(POINT), ad.grad(f, mode="forward")(POINT)
    assert np.all(np.isfinite(reverse)), reverse
    np.testing.assert_allclose(reverse, forward, rtol=1e-13)
    inside = POINT + np.array([0.5, 0.1, 0.2, 0.3])
    np.testing.assert_allclose(ad.grad(f)(inside), ad.grad(f, mode="forward")(inside), rtol=1e-12)


@pytest.mark.parametrize("f", PROGRAMS)
def test_second_order_agrees(f):
    inside = POINT + np.array([0.5, 0.1, 0.2, 0.3])
    d = np.array([0.3, -0.2, 0.5, 0.7])
    step = 1e-6
    expected = (ad.grad(f)(inside + step * d) - ad.grad(f)(inside - step * d)) / (2.0 * step)
    np.testing.assert_allclose(ad.hvp(f, (inside,), (d,)), expected, rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize(
    "f", [lambda x: np.sum(np.sqrt(x) ** 2), lambda x: np.sum(np.sqrt(x) * np.sqrt(x))]
)
def test_a_cotangent_that_happens_to_be_zero_is_no_structural_zero(f):
    """The slope at 0 is 1: nan says that it is not known, 0.0 would be wrong."""
    with np.errstate(all="ignore"):
        found = ad.grad(f)(np.array([0.0, 4.0]))
    assert found[0] != 0.0
    assert found[1] == 1.0


def test_what_was_written_into_zeros_is_multiplied_there():
    text = ad.grad(lambda x: np.sum(np.log(x)[1:])).source(POINT)
    assert "x_bar[1:] = 1.0 / x[1:]" in text
    assert "where" not in text


def test_one_number_for_all_elements_needs_no_mask():
    assert "where" not in ad.grad(lambda x: np.sum((x / np.sum(x))[1:])).source(POINT)
