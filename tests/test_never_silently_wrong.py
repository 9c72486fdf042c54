"""Wrong answers that were met once, and must raise or be right."""

from __future__ import annotations

import numpy as np
import pytest

import adcompiler as ad


def product(x, y):
    return np.sum(x * y)


@pytest.mark.parametrize("mode", ["reverse", "forward"])
def test_a_dead_product_still_refuses_unequal_lengths(mode):
    gradient = ad.grad(product, mode=mode)
    assert np.array_equal(gradient(np.ones(2), np.full(2, 3.0)), [3.0, 3.0])
    for _ in range(2):
        with pytest.raises(ValueError, match="could not be broadcast"):
            gradient(np.ones(2), np.ones(3))
    assert np.array_equal(gradient(np.ones(3), np.full(3, 2.0)), [2.0, 2.0, 2.0])


def test_a_gradient_is_not_the_array_of_the_caller():
    y = np.ones(2)
    gradient = ad.grad(product)(np.ones(2), y)
    assert not np.shares_memory(gradient, y)


@pytest.mark.parametrize("transform", [ad.grad, ad.value_and_grad, ad.jacfwd])
def test_a_power_that_turns_complex_is_refused(transform):
    with pytest.raises(ValueError, match="is complex"):
        transform(lambda x: x**0.5)(-1.0)


def test_a_counter_is_dropped_only_where_nobody_reads_it():
    def steps(a):
        count = 0
        while a > 1.0:
            a = a * 0.5
            count += 1
        return a * count

    assert ad.value_and_grad(steps)(5.0) == (5.0 / 8 * 3, 3 / 8)


class Stubborn:
    """Answers questions in its own way."""

    __hash__ = None

    def __bool__(self):
        return False

    def __eq__(self, other):
        return True


stubborn = Stubborn()


@pytest.mark.parametrize(
    "f",
    [
        lambda x: x * 2.0 if stubborn else x * 3.0,
        lambda x: x * 2.0 if not stubborn else x * 3.0,
        lambda x: x * 2.0 if stubborn == 3 else x * 3.0,
        lambda x: x * 2.0 if stubborn != x else x * 3.0,
    ],
)
def test_an_object_that_answers_itself_is_not_guessed(f):
    with pytest.raises(ad.UnsupportedValueError):
        ad.grad(f)(1.0)


def test_a_flag_compared_by_identity():
    def f(x, flag):
        return x * 2.0 if flag is True else x * 3.0

    assert [ad.grad(f)(1.0, flag) for flag in (True, False, None, 1)] == [2.0, 3.0, 3.0, 3.0]


def test_an_array_compared_with_none_is_refused():
    with pytest.raises(ad.UnsupportedValueError):
        ad.grad(lambda x: np.sum(x) if x == None else 0.0)(np.ones(2))  # noqa: E711 - the point
