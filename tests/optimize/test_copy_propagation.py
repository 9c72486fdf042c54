"""Reads of copies become reads of the original, where the types are exactly the same."""

from __future__ import annotations

import numpy as np
import pytest

from adcompiler.ir.nodes import REVERSE, Block, For, Function, If
from adcompiler.ir.types import BOOL, FLOAT, INT, Type
from adcompiler.ir.values import Atom, Constant, Variable
from adcompiler.optimize.copy_propagation import propagate_copies
from adcompiler.optimize.dead_code import eliminate_dead_code
from tests.optimize.traces import SHORT, VECTOR, Trace, check, function, names


def cleaned(f: Function) -> Function:
    return eliminate_dead_code(propagate_copies(f))


def join(one: Atom, other: Atom, condition: Atom, type_: Type = FLOAT) -> tuple[Trace, Variable]:
    trace, target = Trace(), Variable("t", type_)
    trace.add(If((target,), condition, Block((), (one,)), Block((), (other,)), role=REVERSE))
    return trace, target


def test_arms_that_yield_the_same_atom() -> None:
    x, c = Variable("x", FLOAT), Variable("c", BOOL)
    for atom in (x, Constant.of(1.5)):
        twin = atom if atom is x else Constant.of(1.5)
        trace, target = join(atom, twin, c)
        assert names(check(cleaned, function([x, c], trace, target), [2.0, True])) == []


@pytest.mark.parametrize(("one", "other"), [(0.0, -0.0), (1.0, 2.0), (1, 1.0)])
def test_arms_that_yield_other_constants_stay(one: float, other: float) -> None:
    c = Variable("c", BOOL)
    trace, target = join(Constant.of(one), Constant.of(other), c)
    f = function([c], trace, target)
    assert propagate_copies(f) is f


def test_a_join_that_changes_the_type_stays() -> None:
    k, c = Variable("k", INT), Variable("c", BOOL)
    trace, target = join(k, k, c, FLOAT)
    f = function([k, c], trace, target)
    assert propagate_copies(f) is f


@pytest.mark.parametrize("decision", [True, False])
def test_a_branch_on_a_constant_is_inlined(decision: bool) -> None:
    x, target = Variable("x", FLOAT), Variable("t", FLOAT)
    trace, then, orelse = Trace(), Trace(), Trace()
    with then.reverse():
        a = then.row("sin", x)
    with orelse.reverse():
        b = orelse.row("cos", x)
    trace.add(If((target,), Constant.of(decision), then.block((a,)), orelse.block((b,))))
    with trace.reverse():
        result = trace.row("multiply", target, x)
    after = check(cleaned, function([x], trace, result), [0.5])
    assert names(after) == ["sin" if decision else "cos", "multiply"]


def test_what_a_loop_carries_unchanged_is_read_from_outside() -> None:
    x, inner, total, out, sum_ = (Variable(n, FLOAT) for n in ("x", "inner", "total", "out", "sum"))
    body, trace = Trace(), Trace()
    with body.reverse():
        added = body.row("add", total, inner)
    trace.add(
        For(
            (out, sum_),
            Variable("i", INT),
            (Constant.of(0), Constant.of(3), Constant.of(1)),
            ((inner, x), (total, Constant.of(0.0))),
            (),
            body.block((inner, added)),
        )
    )
    with trace.reverse():
        result = trace.row("multiply", sum_, out)
    after = check(cleaned, function([x], trace, result), [0.5])
    statement = after.body.statements[0]
    assert isinstance(statement, For)
    assert [v for v, _ in statement.carried] == [total]


def test_a_cast_only_to_the_dtype_at_hand() -> None:
    h = Variable("h", SHORT)
    trace = Trace()
    with trace.reverse():
        same = trace.row("cast", h, dtype=np.dtype("float32"))
        wider = trace.row("cast", h, dtype=np.dtype("float64"))
    f = function([h], trace, same, wider)
    assert names(check(cleaned, f, [np.ones(2, "float32")])) == ["cast"]


def test_the_users_own_conversions_stay() -> None:
    a = Variable("a", VECTOR)
    trace = Trace()
    with trace.primal(style="numpy"):
        b = trace.row("cast", a, dtype=np.dtype("float64"))
        c = trace.row("positive", b)
    f = function([a], trace, c)
    assert propagate_copies(f) is f


@pytest.mark.parametrize("row", ["broadcast_like", "reshape_like", "sum_to_shape"])
def test_fitting_to_the_shape_at_hand(row: str) -> None:
    a, b = Variable("a", VECTOR), Variable("b", VECTOR)
    trace = Trace()
    with trace.reverse():
        fitted = trace.row(row, a, b)
        result = trace.row("sin", fitted)
    f = function([a, b], trace, result)
    assert names(check(cleaned, f, [np.ones(2), np.zeros(2)])) == ["sin"]


def test_a_number_spread_to_an_array_is_no_copy() -> None:
    x, a = Variable("x", FLOAT), Variable("a", VECTOR)
    trace = Trace()
    with trace.reverse():
        full = trace.row("broadcast_like", x, a)
    f = function([x, a], trace, full)
    assert propagate_copies(f) is f


def test_a_shape_is_read_from_an_input() -> None:
    x, a = Variable("x", FLOAT), Variable("a", VECTOR)
    trace = Trace()
    with trace.primal():
        twice = trace.row("multiply", a, 2.0)
    with trace.reverse():
        full = trace.row("fill_like", x, twice)
    f = function([x, a], trace, full)
    # the primal value is not needed for its shape
    assert names(check(cleaned, f, [2.0, np.ones(3)])) == ["fill_like"]


def test_a_shape_of_another_dtype_is_not_taken() -> None:
    x, h = Variable("x", FLOAT), Variable("h", SHORT)
    trace = Trace()
    with trace.primal():
        wide = trace.row("cast", h, dtype=np.dtype("float64"))
    with trace.reverse():
        full = trace.row("fill_like", x, wide)
    f = function([x, h], trace, full)
    assert propagate_copies(f) is f
