"""A run as a straight line: loops, which the frontend does not write yet, stand once for each turn."""

import numpy as np

from adcompiler.inspection.execution import Decision, execute
from adcompiler.inspection.subject import Point
from adcompiler.inspection.sweeps import backward, forward
from adcompiler.ir.builder import Builder
from adcompiler.ir.nodes import For, Function, Parameter, While
from adcompiler.ir.primitive import lookup
from adcompiler.ir.types import FLOAT, INT
from adcompiler.ir.values import Constant, Variable
from adcompiler.pipeline import build  # noqa: F401  (registers every primitive)


def power_by_for(count):
    x, y, index, total = (Variable(n, FLOAT) for n in ("x", "y", "i", "total"))
    with Builder().active() as outer:
        with outer.nested() as inner:
            product = y * x
        bounds = tuple(map(Constant.of, (0, count, 1)))
        outer.add(For((total,), index, bounds, ((y, Constant.of(1.0)),), (), inner.block((product,))))
    return Function("power", (Parameter("x", x),), outer.block(), total)


def test_for():
    run = execute(Point(power_by_for(3), (2.0,), (), (True,)))
    assert [call.primitive.name for call in run.calls] == ["multiply"] * 3
    assert run.values[run.result] == 8.0
    (dots,) = forward(run, [[1.0]])
    assert dots[run.result] == 12.0
    assert backward(run, [1.0])[-1] == (run.inputs[0], 12.0)


def test_no_turn_at_all():
    run = execute(Point(power_by_for(0), (2.0,), (), (True,)))
    assert run.result.value == 1.0
    assert run.events == []


def test_while():
    x, y, total = (Variable(n, FLOAT) for n in ("x", "y", "total"))
    with Builder().active() as outer:
        with outer.nested() as test:
            again = lookup("less")(y, 10.0)
        with outer.nested() as body:
            doubled = y * 2.0
        outer.add(While((total,), test.block((again,)), ((y, x),), (), body.block((doubled,))))
    function = Function("doubled", (Parameter("x", x),), outer.block(), total)
    run = execute(Point(function, (3.0,), (), (True,)))
    assert run.values[run.result] == 12.0
    assert [e.text for e in run.events if isinstance(e, Decision)] == ["true", "true", "false"]
    assert backward(run, [1.0])[-1] == (x, 4.0)


def test_order_is_by_depth_without_control_flow():
    a, b = Variable("a", FLOAT), Variable("b", INT)
    with Builder().active() as builder:
        first = a * a
        second = first + a
        third = lookup("sin")(a)
        result = second * third
    function = Function("f", (Parameter("a", a), Parameter("b", b)), builder.block(), result)
    run = execute(Point(function, (2.0, 1), (), (True, False)))
    assert [c.primitive.name for c in run.calls] == ["multiply", "sin", "add", "multiply"]
    assert np.isclose(run.values[run.result], 6 * np.sin(2.0))
