"""What holds of every pass, on random traces and on long ones."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings

from adcompiler.ir.nodes import Function
from adcompiler.ir.types import FLOAT
from adcompiler.ir.values import Variable
from adcompiler.optimize.schedule import PASSES, optimize
from tests.optimize.traces import VECTOR, Trace, check, function, programs

Pass = Callable[[Function], Function]
EVERY = (*PASSES, optimize)


def name(run: Pass) -> str:
    return run.__name__


@pytest.mark.parametrize("run", EVERY, ids=name)
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(programs())
def test_random_traces_keep_their_meaning(run: Pass, program: tuple[Function, list[Any]]) -> None:
    check(run, *program)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(programs())
def test_optimised_code_is_left_alone(program: tuple[Function, list[Any]]) -> None:
    stable = optimize(optimize(program[0]))
    for run in EVERY:
        assert run(stable) is stable


def long_trace(statements: int) -> tuple[Function, list[Any]]:
    """Signs, repeated subexpressions, dead statements and shared operands, one after the other."""
    x, y, a = Variable("x", FLOAT), Variable("y", FLOAT), Variable("a", VECTOR)
    trace = Trace()
    scalar, array = x, a
    for i in range(statements // 5):
        with trace.primal(i):
            scalar = trace.row("tanh", scalar)
        with trace.reverse(i):
            trace.row("cos", y)
            negated = trace.row("negative", array)
            product = trace.row("multiply", negated, scalar)
            array = trace.row("add", product, a)
    return function([x, y, a], trace, array, scalar), [0.3, 0.4, np.array([0.5, -0.5])]


@pytest.mark.parametrize("run", EVERY, ids=name)
def test_work_is_linear_and_length_needs_no_recursion(run: Pass) -> None:
    f, inputs = long_trace(5_000)
    small, _ = long_trace(500)
    # ten times the statements; quadratic work would take a hundred times the calls
    assert calls(run, f) < 20 * calls(run, small)
    check(run, small, inputs)


def calls(run: Pass, f: Function) -> int:
    """How many Python functions are entered: unlike time, the same at every run."""
    count = 0

    def profile(frame: Any, event: str, _: Any) -> None:
        nonlocal count
        count += event == "call"

    sys.setprofile(profile)
    try:
        run(f)
    finally:
        sys.setprofile(None)
    return count
