"""Wrong answers that were met once, and must raise or be right."""

from __future__ import annotations

import math

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
    ("f", "slope"),
    [
        (lambda x: x * 2.0 if stubborn else x * 3.0, 3.0),
        (lambda x: x * 2.0 if not stubborn else x * 3.0, 2.0),
        (lambda x: x * 2.0 if stubborn == 3 else x * 3.0, 2.0),
        (lambda x: x * 2.0 if stubborn != x else x * 3.0, 3.0),
    ],
)
def test_an_object_that_answers_itself_is_asked(f, slope):
    assert ad.grad(f)(1.0) == slope


def test_a_flag_compared_by_identity():
    def f(x, flag):
        return x * 2.0 if flag is True else x * 3.0

    assert [ad.grad(f)(1.0, flag) for flag in (True, False, None, 1)] == [2.0, 3.0, 3.0, 3.0]


def test_an_array_compared_with_none_is_refused():
    with pytest.raises(ad.UnsupportedValueError):
        ad.grad(lambda x: np.sum(x) if x == None else 0.0)(np.ones(2))  # noqa: E711 - the point


@pytest.mark.parametrize(
    "f",
    [
        lambda x, n: x * sum(range(n)),
        lambda x, n: x * len(range(n)),
        lambda x, n: x * len(list(range(2, n))),
        lambda x, n: sum([x * k for k in range(n)], 0.5 * x),
    ],
)
def test_a_range_is_not_its_bounds(f):
    for n in (0, 3, 5):
        assert ad.grad(f)(1.5, n) == f(1.0, n)


def reads_twice(x):
    pairs = zip((x, 2.0), (3.0, x), strict=True)
    return sum(a * b for a, b in pairs) + sum(a for a, b in pairs)


def reads_in_a_loop(x, n):
    items = (v for v in (x, 2.0))
    s = 0.0
    for _ in range(n):
        s = s + sum(items)
    return s


@pytest.mark.parametrize(("f", "more"), [(reads_twice, ()), (reads_in_a_loop, (3,))])
def test_an_iterator_at_its_end_is_not_read_again(f, more):
    with pytest.raises(ad.UnsupportedValueError, match="read"):
        ad.grad(f)(1.0, *more)


class Line:
    slope = 2.0

    def __init__(self, bias):
        self.bias = bias

    def at(self, x):
        return self.slope * x + self.bias


LINES = [Line(1.0), Line(0.5)]
LINE = Line(0.0)


def test_a_method_that_is_replaced_compiles_again(monkeypatch):
    def f(x):
        return LINE.at(x) + LINES[1].at(x)

    gradient = ad.grad(f)
    assert gradient(1.0) == 4.0
    monkeypatch.setattr(Line, "at", lambda self, x: self.slope * x * x)
    assert gradient(1.0) == 8.0
    monkeypatch.setattr(Line, "slope", 3.0)
    assert gradient(1.0) == 12.0


def test_an_object_that_is_replaced_is_read_anew(monkeypatch):
    def f(x):
        return LINES[0].bias * x + LINE.bias * x

    gradient = ad.grad(f)
    assert gradient(1.0) == 1.0
    monkeypatch.setitem(globals(), "LINE", Line(3.0))
    monkeypatch.setitem(globals(), "LINES", [Line(4.0)])
    assert gradient(1.0) == 7.0
    monkeypatch.setitem(globals(), "LINE", Line(np.float32(2.0)))
    assert gradient(1.0) == 6.0


def test_an_attribute_that_comes_later_is_noticed():
    line = Line(1.0)

    def f(x):
        return x * getattr(line, "weight", 1.0) * (2.0 if hasattr(line, "extra") else 1.0)

    gradient = ad.grad(f)
    assert gradient(1.0) == 1.0
    line.weight = 5.0
    assert gradient(1.0) == 5.0
    line.extra = None
    assert gradient(1.0) == 10.0
    del line.weight
    assert gradient(1.0) == 2.0


def test_power_of_math_raises_another_exception():
    def inverse(x):
        try:
            return math.pow(x, -1)
        except ValueError:
            return 2.0 * x

    with pytest.raises(ad.errors.ADError, match="may raise what is caught"):
        ad.grad(inverse)(0.0)
