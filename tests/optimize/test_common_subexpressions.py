"""What derivative statements reuse, and what stays as written."""

from __future__ import annotations

import numpy as np
import pytest

from adcompiler.ir.index import IndexPattern, Slice
from adcompiler.ir.nodes import REVERSE, Call, For, If
from adcompiler.ir.types import FLOAT, INT, Type
from adcompiler.ir.values import Constant, Variable
from adcompiler.optimize.common_subexpressions import merge_common_subexpressions
from adcompiler.optimize.sameness import key_of
from tests.optimize.traces import SHORT, VECTOR, Trace, check, function, names

merge = merge_common_subexpressions
RANGE = (Constant.of(0), Constant.of(2), Constant.of(1))


def number(name: str = "x", type_: Type = FLOAT) -> Variable:
    return Variable(name, type_)


def test_a_primal_value_is_reused_across_statements() -> None:
    x = number()
    trace = Trace()
    with trace.primal(1):
        c = trace.row("cos", x)
    with trace.primal(2):
        s = trace.row("sin", x)
    with trace.reverse(2):
        again = trace.row("cos", x)
        x_bar = trace.row("multiply", 3.0, again)
    after = check(merge, function([x], trace, c, s, x_bar), [0.5])
    assert names(after) == ["cos", "sin", "multiply"]


def test_the_users_statements_stay_as_written() -> None:
    x = number()
    trace = Trace()
    with trace.primal(1):
        a, b = trace.row("sin", x), trace.row("sin", x)
    with trace.primal(2):
        c = trace.row("sin", x)
    f = function([x], trace, a, b, c)
    assert merge(f) is f


@pytest.mark.parametrize("row", ["add", "subtract", "multiply"])
@pytest.mark.parametrize(("first", "second", "merged"), [(1, 1, True), (1, 2, False)])
def test_cheap_arithmetic_on_numbers_is_shared_within_one_statement(
    row: str, first: int, second: int, merged: bool
) -> None:
    x, y = number(), number("y")
    trace = Trace()
    with trace.reverse(first):
        a = trace.row(row, x, y)
    with trace.reverse(second):
        b = trace.row(row, x, y)
        c = trace.row("multiply", b, b)
    after = check(merge, function([x, y], trace, a, c), [0.5, 0.25])
    assert len(names(after)) == (2 if merged else 3)


def test_arithmetic_on_arrays_is_shared_across_statements() -> None:
    a, b = number("a", VECTOR), number("b", VECTOR)
    trace = Trace()
    with trace.reverse(1):
        one = trace.row("multiply", a, b)
    with trace.reverse(2):
        two = trace.row("multiply", b, a)
    after = check(merge, function([a, b], trace, one, two), [np.ones(2), np.arange(2.0)])
    assert names(after) == ["multiply"]


def test_values_are_found_through_cheap_operands_that_stay() -> None:
    x, y = number(), number("y")
    trace = Trace()
    with trace.primal(1):
        s = trace.row("sin", trace.row("multiply", x, y))
    with trace.primal(2):
        c = trace.row("cos", trace.row("multiply", x, y))
    with trace.reverse(1):
        again = trace.row("cos", trace.row("multiply", x, y))
    after = check(merge, function([x, y], trace, s, c, again), [0.5, 0.25])
    assert names(after).count("cos") == 1


def test_equal_values_within_one_statement_are_read_as_one_by_the_derivative() -> None:
    x, y_bar = number(), number("y_bar")
    trace = Trace()
    with trace.primal(1):
        a, b = trace.row("sin", x), trace.row("sin", x)
        y = trace.row("multiply", a, b)
    with trace.reverse(1):
        one, two = trace.row("multiply", y_bar, b), trace.row("multiply", y_bar, a)
    after = check(merge, function([x, y_bar], trace, y, one, two), [0.5, 2.0])
    assert names(after) == ["sin", "sin", "multiply", "multiply"]


def test_only_values_in_scope_are_reused() -> None:
    x, condition = number(), number("c", INT)
    trace, then, orelse = Trace(), Trace(), Trace()
    with then.reverse(1):
        a = then.row("cos", x)
    with orelse.reverse(1):
        b = orelse.row("cos", x)
    target = Variable(None, FLOAT)
    trace.add(If((target,), condition, then.block((a,)), orelse.block((b,)), role=REVERSE))
    with trace.reverse(1):
        c = trace.row("cos", x)
    f = function([x, condition], trace, target, c)
    assert merge(f) is f


def test_a_value_from_before_a_loop_is_reused_in_it() -> None:
    x, carried, out = number(), number("v"), number("out")
    trace, body = Trace(), Trace()
    with trace.primal(1):
        c = trace.row("cos", x)
    with body.reverse(2):
        result = body.row("multiply", carried, body.row("cos", x))
    trace.add(For((out,), Variable("i", INT), RANGE, ((carried, x),), (), body.block((result,))))
    after = check(merge, function([x], trace, c, out), [0.5])
    assert names(after) == ["cos", "for", "multiply"]


@pytest.mark.parametrize(("one", "other"), [(0.0, -0.0), (1, 1.0), (True, 1)])
def test_constants_are_told_apart_by_type_and_sign(one: float, other: float) -> None:
    a = number("a", VECTOR)
    trace = Trace()
    with trace.reverse():
        results = [trace.row("maximum", a, one), trace.row("maximum", a, other)]
    f = function([a], trace, *results)
    assert merge(f) is f


def test_nan_is_the_same_constant() -> None:
    a = number("a", VECTOR)
    trace = Trace()
    with trace.reverse():
        results = [trace.row("add", a, float("nan")) for _ in range(2)]
    assert names(check(merge, function([a], trace, *results), [np.ones(2)])) == ["add"]


def test_static_parameters_tell_calls_apart() -> None:
    a = number("a", VECTOR)
    trace = Trace()
    with trace.reverse():
        patterns = [(slice_,) for slice_ in (Slice(0, 2), Slice(1, None), Slice(0, 2))]
        results = [trace.row("getitem", a, index=IndexPattern(p, False)) for p in patterns]
    after = check(merge, function([a], trace, *results), [np.arange(3.0)])
    assert names(after) == ["getitem", "getitem"]
    assert key_of(IndexPattern((1,), False)) != key_of(IndexPattern((True,), False))


def test_buffers_that_are_overwritten_stay_apart() -> None:
    a, out = number("a", VECTOR), number("out", VECTOR)
    trace, body = Trace(), Trace()
    pattern = IndexPattern((0,), False)
    with trace.reverse():
        first, second, third = (trace.row("zeros_like", a) for _ in range(3))
        one = trace.row("add_at", first, 1.0, index=pattern)
        four, five = trace.row("zeros_like", a), trace.row("zeros_like", a)
    carried = number("v", VECTOR)
    with body.reverse():
        updated = body.row("add_at", carried, 2.0, index=pattern)
    trace.add(
        For((out,), Variable("i", INT), RANGE, ((carried, second),), (), body.block((updated,)))
    )
    f = function([a], trace, one, out, third, four, five)
    # `third`, `four` and `five` are only read
    assert names(check(merge, f, [np.ones(2)])).count("zeros_like") == 3


def test_a_numpy_scalar_stands_for_a_float_only_where_that_changes_no_dtype() -> None:
    x, h = number(), number("h", SHORT)
    trace = Trace()
    with trace.primal(1, style="numpy"):
        c = trace.row("cos", x)
    with trace.primal(2, style="numpy"):
        s = trace.row("sin", x)
    with trace.reverse(2):
        again = trace.row("cos", x)
        product = trace.row("multiply", s, again)
    assert c.type != again.type
    after = check(merge, function([x], trace, c, product), [0.5])
    assert names(after).count("cos") == 1
    # the result of a derivative keeps its type
    kept = function([x], trace, c, product, again)
    assert merge(kept) is kept
    # a Python float is weak next to float32, a NumPy scalar is not
    with trace.reverse(2):
        scaled = trace.row("multiply", h, again)
    kept = function([x, h], trace, c, scaled)
    assert merge(kept) is kept


def test_recomputed_statements_of_the_reverse_sweep_are_merged() -> None:
    x = number()
    trace = Trace()
    with trace.primal(1):
        c = trace.row("exp", x)
    with trace.reverse(1):
        again = trace.row("exp", x)
    call = trace.statements[-1]
    assert isinstance(call, Call)
    f = function([x], trace, c, again)
    assert names(check(merge, f, [0.5])) == ["exp"]
