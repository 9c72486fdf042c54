"""None or a value: tests of it are tests, and whoever computes with None gets the TypeError that Python gives."""

from __future__ import annotations

import numpy as np
import pytest

import adcompiler as ad

MODES = ("forward", "reverse")
EMPTY = np.zeros(0)
X = np.array([0.5, -0.3, 0.8])


def smallest(x):
    best = None
    for v in x:
        if best is None or v < best:
            best = v
    return best


def smallest_squared(x):
    best = smallest(x)
    return best * best


def asked_before(x):
    best = smallest(x)
    if best is None:
        return 1.0
    return best * best


def last_one(x):
    last = None
    for v in x:
        last = v if v > 0.0 else None
    return last


def function_or_none(x):
    f = None if x > 3.0 else np.cos
    return f(x)


def list_with_none(x):
    found = [smallest(x), x[0]]
    return np.sum(np.array(found))


def kind_is_asked(x):
    best = smallest(x)
    return x[0] if isinstance(best, float) else x[1]


class Tracker:
    best = None

    def see(self, v):
        if self.best is None or v > self.best:
            self.best = v


def attribute_of_the_class(x):
    tracker = Tracker()
    for v in x:
        tracker.see(v * v)
    return tracker.best


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("f", [smallest, smallest_squared])
def test_none_is_not_computed_with(f, mode):
    gradient = ad.grad(f, mode=mode)
    assert np.any(gradient(X) != 0.0)
    with pytest.raises(TypeError, match="`best` is None"):
        gradient(EMPTY)
    assert np.any(gradient(X) != 0.0)


@pytest.mark.parametrize("mode", MODES)
def test_a_test_decides(mode):
    value, bar = ad.value_and_grad(asked_before, mode=mode)(EMPTY)
    assert value == 1.0
    assert bar.shape == (0,)
    assert np.allclose(ad.grad(asked_before, mode=mode)(X), [0.0, -0.6, 0.0])
    assert "raise" not in ad.grad(asked_before, mode=mode).source(X)


@pytest.mark.parametrize("mode", MODES)
def test_the_result_is_a_number(mode):
    assert np.allclose(ad.grad(last_one, mode=mode)(X), [0.0, 0.0, 1.0])
    with pytest.raises(TypeError, match="is None here"):
        ad.grad(last_one, mode=mode)(-X)


def test_a_function_or_none():
    assert np.isclose(ad.grad(function_or_none)(1.0), -np.sin(1.0))
    with pytest.raises(TypeError, match="None"):
        ad.grad(function_or_none)(4.0)


def test_an_array_of_it_is_refused():
    with pytest.raises(ad.UnsupportedValueError, match="may be None"):
        ad.grad(list_with_none)(X)


def test_the_default_of_a_class_is_none():
    for mode in MODES:
        assert np.allclose(ad.grad(attribute_of_the_class, mode=mode)(X), [0.0, 0.0, 1.6])


def test_the_source_reads_like_the_program():
    source = ad.grad(smallest, mode="reverse").source(X)
    assert "best_is_none = True" in source
    assert "if best_is_none or v < best:" in source.replace(
        "t = best_is_none or", "if best_is_none or"
    ).replace("v < best\n", "v < best:\n")


def said_twice(x):
    positive = x[0] > 0.0
    if (positive and positive) or (positive or positive):
        return x[0] * x[1]
    return x[2]


def asked_for_its_kind(x):
    found = last_one(x)
    total = (
        x[0] * bool(found) + x[1] * isinstance(found, float) + x[2] * isinstance(found, type(None))
    )
    return total * total if type(found) is type(None) else total


@pytest.mark.parametrize("mode", MODES)
def test_questions_that_none_answers_too(mode):
    """Some builtins give an answer for None, and a condition may be said twice."""
    assert np.allclose(ad.grad(said_twice, mode=mode)(X), [-0.3, 0.5, 0.0])
    gradient = ad.grad(asked_for_its_kind, mode=mode)
    assert np.allclose(gradient(X), [1.0, 1.0, 0.0])
    assert np.allclose(gradient(-X), [0.0, 0.0, -1.6])
