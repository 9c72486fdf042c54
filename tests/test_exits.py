"""What leaves a program early leaves its derivative in the same way, and the code reads as the user's."""

from __future__ import annotations

import math
import warnings

import numpy as np
import pytest

import adcompiler as ad

MODES = ("forward", "reverse")


def bound_behind_continue(x, n):
    for k in range(n):
        if k % 2 == 0:
            continue
        r = x * x
    return r * x


def bound_in_one_arm(x):
    if x > 0:
        y = x * x
    return y


def index_after(x, n):
    for i in range(n):
        x = x + 0.1 * i
    return i * x


def checked(x, n):
    if x < 0:
        raise ValueError(f"x = {x}")
    for k in range(n):
        x = x * 1.5
        if x > 10.0:
            return x * k
    else:
        raise RuntimeError("no convergence")


def asserted(x):
    y = x * x
    assert y > 1.0, f"y is {y}"
    return y


def refuse(message):
    raise KeyError(message)


def through_a_helper(x):
    return x * (x if x > 0 else refuse("negative"))


def always(x, kind="b"):
    if kind == "a":
        return x
    raise TypeError("unknown kind", kind)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(
    ("function", "args"),
    [
        (bound_behind_continue, (1.5, 1)), (bound_behind_continue, (1.5, 0)), (bound_in_one_arm, (-1.0,)),
        (index_after, (1.5, 0)), (checked, (-1.0, 3)), (checked, (1.0, 3)), (asserted, (0.5,)),
        (through_a_helper, (-1.0,)), (always, (1.0,)),
    ],
)  # fmt: skip
def test_what_raises_in_the_program_raises_in_its_derivative(function, args, mode):
    with pytest.raises(Exception) as expected:  # noqa: PT011
        function(*args)
    with pytest.raises(type(expected.value)) as found:
        ad.grad(function, argnums=0, mode=mode)(*args)
    # Python's versions, and pytest's assertions, word these two in their own way
    if not isinstance(expected.value, (UnboundLocalError, AssertionError)):
        assert found.value.args == expected.value.args


@pytest.mark.parametrize("mode", MODES)
def test_what_does_not_raise_has_its_derivative(mode):
    def slope(function, *args):
        return ad.grad(function, argnums=0, mode=mode)(*args)

    assert slope(bound_behind_continue, 1.5, 2) == pytest.approx(3 * 1.5**2)
    assert slope(bound_in_one_arm, 1.5) == 3.0
    assert slope(index_after, 1.5, 3) == 2.0
    assert slope(checked, 1.0, 9) == pytest.approx(5 * 1.5**6)
    assert slope(asserted, 1.5) == 3.0
    assert slope(through_a_helper, 1.5) == 3.0
    assert slope(always, 1.0, "a") == 1.0


def nested(x, n):
    for i in range(n):
        for j in range(i):
            r = x * i + j
            if r > 5.0:
                return r * (j + 1)
            x = x * 1.1
    return x * x


def test_two_loops_are_left_by_one_flag():
    text = ad.grad(nested, argnums=0).source(1.5, 5)
    forward = text[text.index("    # forward sweep") : text.index("    # reverse sweep")]
    assert (
        forward
        == """\
    # forward sweep
    returned = False
    j = None
    count = 0
    count_tape = []
    r_tapes = []
    for i in range(n):
        count += 1
        count_2 = 0
        r_tape = []
        for j in range(i):
            count_2 += 1
            r = x * i + j
            r_tape.append(r)
            if r > 5.0:
                returned = True
                break
            x = x * 1.1
        count_tape.append(count_2)
        r_tapes.append(r_tape)
        if returned:
            break
"""
    )


def newton(a):
    x = a
    for _ in range(50):
        step = (x * x - a) / (2.0 * x)
        x = x - step
        if abs(step) < 1e-12:
            return x
    return x


def test_no_flag_where_both_ways_return_the_same():
    assert "returned" not in ad.grad(newton).source(2.0)
    assert ad.grad(newton)(2.0) == pytest.approx(0.5 / math.sqrt(2.0))


def quiet(x):
    with np.errstate(divide="ignore", invalid="ignore"):
        y = np.where(x > 0.0, x * np.log(x), 0.0)
    return np.sum(y)


@pytest.mark.parametrize("mode", MODES)
def test_errstate_holds_in_both_sweeps(mode):
    x = np.array([0.0, 1.0, 2.0])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = ad.grad(quiet, mode=mode)(x)
    np.testing.assert_allclose(found, [0.0, 1.0, 1.0 + math.log(2.0)])
    assert 'with np.errstate(divide="ignore", invalid="ignore"):' in ad.grad(
        quiet, mode=mode
    ).source(x)


def test_names_that_a_condition_binds_are_joined():
    """Such a name once kept a value that only one way through the expression had computed."""

    def f(x):
        if (y := x * x) > 1 and (z := y * x) > 2:
            return y * z
        return y

    for mode in MODES:
        assert ad.grad(f, mode=mode)(1.5) == pytest.approx(5 * 1.5**4)
        assert ad.grad(f, mode=mode)(0.5) == 1.0
