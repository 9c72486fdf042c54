"""The table of conventions at kinks, ties and edges, to the number, in both modes."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from adcompiler.ir.builder import Builder
from adcompiler.ir.nodes import Function
from adcompiler.ir.types import FLOAT, Array, type_of
from adcompiler.ir.values import Variable, as_atom
from adcompiler.primitives.catalogue import FUNCTIONS
from tests.primitives.rule_programs import adjoint_of, function_of, run, tangent_of

INF = math.inf
call = {
    name: FUNCTIONS[getattr(np, name)]
    for name in (
        "abs",
        "fabs",
        "maximum",
        "minimum",
        "fmax",
        "fmin",
        "clip",
        "where",
        "sqrt",
        "hypot",
        "arctan2",
        "sinc",
        "power",
        "logaddexp",
        "logaddexp2",
        "sign",
        "floor",
        "copysign",
        "heaviside",
        "cbrt",
        "log",
    )
}


def program(build: Callable[..., Any], point: tuple[Any, ...]) -> Function:
    inputs = [Variable(f"x{i}", type_of(value)) for i, value in enumerate(point)]
    with Builder().active() as builder:
        y = as_atom(build(*inputs))
    return function_of("f", inputs, builder, [y])


def gradients(build: Callable[..., Any], point: tuple[Any, ...]) -> tuple[list[float], list[float]]:
    """By forward and by reverse mode."""
    primal = program(build, point)
    active = list(range(len(point)))
    tangent, adjoint = tangent_of(primal, active), adjoint_of(primal, active)
    units = np.eye(len(point)).tolist()
    with np.errstate(all="ignore"):
        forward = [float(run(tangent, [*point, *unit])[0]) for unit in units]
        reverse = [float(bar) for bar in run(adjoint, [*point, 1.0])]
    return forward, reverse


KINKS: list[tuple[str, Callable[..., Any], tuple[float, ...], list[float]]] = [
    ("abs at 0", lambda x: call["abs"](x), (0.0,), [0.0]),
    ("fabs at 0", lambda x: call["fabs"](x), (0.0,), [0.0]),
    ("maximum, tie of variables", lambda a, b: call["maximum"](a, b), (1.0, 1.0), [0.5, 0.5]),
    ("minimum, tie of variables", lambda a, b: call["minimum"](a, b), (1.0, 1.0), [0.5, 0.5]),
    ("fmax, tie", lambda a, b: call["fmax"](a, b), (1.0, 1.0), [0.5, 0.5]),
    ("fmax, nan loses", lambda a, b: call["fmax"](a, b), (1.0, math.nan), [1.0, 0.0]),
    ("fmin, nan loses", lambda a, b: call["fmin"](a, b), (math.nan, 2.0), [0.0, 1.0]),
    ("relu at 0", lambda x: call["maximum"](x, 0), (0.0,), [0.0]),
    ("relu at 0, constant first", lambda x: call["maximum"](0.0, x), (0.0,), [0.0]),
    ("minimum with a constant at the tie", lambda x: call["minimum"](x, 1.0), (1.0,), [0.0]),
    ("max of Python at the tie with a constant", lambda x: FUNCTIONS[max](x, 0), (0.0,), [0.0]),
    ("max of Python, tie of variables", lambda a, b: FUNCTIONS[max](a, b), (2.0, 2.0), [0.5, 0.5]),
    ("min of three", lambda a, b, c: FUNCTIONS[min](a, b, c), (2.0, 1.0, 3.0), [0.0, 1.0, 0.0]),
    ("clip inside", lambda x: call["clip"](x, 0, 1), (0.5,), [1.0]),
    ("clip at the lower bound", lambda x: call["clip"](x, 0.0, 1.0), (0.0,), [0.0]),
    ("clip at the upper bound", lambda x: call["clip"](x, 0.0, 1.0), (1.0,), [0.0]),
    ("clip outside", lambda x: call["clip"](x, 0.0, 1.0), (2.0,), [0.0]),
    ("clip, one bound", lambda x: call["clip"](x, None, 1.0), (-3.0,), [1.0]),
    (
        "clip, variable bounds at a tie",
        lambda x, a, b: call["clip"](x, a, b),
        (1.0, 1.0, 3.0),
        [0.5, 0.5, 0.0],
    ),
    ("sqrt at 0 is inf", lambda x: call["sqrt"](x), (0.0,), [INF]),
    ("cbrt at 0 is inf", lambda x: call["cbrt"](x), (0.0,), [INF]),
    ("hypot at the origin", lambda a, b: call["hypot"](a, b), (0.0, 0.0), [0.0, 0.0]),
    ("arctan2 at the origin", lambda a, b: call["arctan2"](a, b), (0.0, 0.0), [0.0, 0.0]),
    ("arctan2 of tiny numbers", lambda a, b: call["arctan2"](a, b), (0.0, 1e-200), [1e200, -0.0]),
    ("sinc at 0", lambda x: call["sinc"](x), (0.0,), [0.0]),
    ("sign at 0", lambda x: call["sign"](x) * x, (2.0,), [1.0]),
    ("floor", lambda x: call["floor"](x) * x, (2.5,), [2.0]),
    ("x ** 0 at 0", lambda x: x**0, (0.0,), [0.0]),
    ("x ** 1 at 0", lambda x: x**1, (0.0,), [1.0]),
    ("x ** 2 at 0", lambda x: x**2, (0.0,), [0.0]),
    ("(-2) ** 3", lambda x: x**3, (-2.0,), [12.0]),
    ("x ** -1", lambda x: x**-1, (2.0,), [-0.25]),
    ("x ** n at 0, n = 0", lambda x, n: x**n, (0.0, 0.0), [0.0, 0.0]),
    ("x ** n at 0, n = 1", lambda x, n: x**n, (0.0, 1.0), [1.0, 0.0]),
    ("x ** n at 0, n = 2", lambda x, n: x**n, (0.0, 2.0), [0.0, 0.0]),
    ("logaddexp of two zeros", lambda a, b: call["logaddexp"](a, b), (-INF, -INF), [0.5, 0.5]),
    ("logaddexp of one zero", lambda a, b: call["logaddexp"](a, b), (1.0, -INF), [1.0, 0.0]),
    ("logaddexp far apart", lambda a, b: call["logaddexp"](a, b), (1000.0, -1000.0), [1.0, 0.0]),
    ("logaddexp2 of two zeros", lambda a, b: call["logaddexp2"](a, b), (-INF, -INF), [0.5, 0.5]),
    ("copysign at 0", lambda a, b: call["copysign"](a, b), (0.0, 2.0), [0.0, 0.0]),
    ("heaviside at 0", lambda x, h: call["heaviside"](x, h), (0.0, 0.3), [0.0, 1.0]),
    ("where", lambda x: call["where"](FUNCTIONS[np.greater](x, 0.0), x * 3.0, x), (-1.0,), [1.0]),
]


@pytest.mark.parametrize(
    ("build", "point", "expected"), [k[1:] for k in KINKS], ids=[k[0] for k in KINKS]
)
def test_kink(build: Callable[..., Any], point: tuple[float, ...], expected: list[float]) -> None:
    forward, reverse = gradients(build, point)
    assert forward == pytest.approx(expected, rel=1e-14, abs=0.0 if 0.0 not in expected else 1e-300)
    assert reverse == pytest.approx(expected, rel=1e-14, abs=0.0 if 0.0 not in expected else 1e-300)


@pytest.mark.parametrize("x", [0.0, 1e-12, 1e-5, 1e-3, 0.2, 0.2499, 0.2501, 1.0, 3.7])
def test_sinc_to_third_order(x: float) -> None:
    """Against half the integral of cos(pi x t) over [-1, 1], differentiated under the integral."""
    nodes, weights = np.polynomial.legendre.leggauss(40)
    z = math.pi * nodes
    exact = [
        0.5 * float(weights @ (-z * np.sin(z * x))),
        0.5 * float(weights @ (-(z**2) * np.cos(z * x))),
        0.5 * float(weights @ (z**3 * np.sin(z * x))),
    ]
    function = program(lambda v: call["sinc"](v), (x,))
    arguments = [x]
    for order, value in enumerate(exact):
        count = len(function.inputs)
        function = tangent_of(function, [0])
        assert len(function.inputs) == count + 1
        arguments.append(1.0)
        (found,) = run(function, arguments)
        assert found == pytest.approx(value, rel=1e-11, abs=1e-11), f"derivative {order + 1}"


def test_second_derivative_of_logaddexp_at_equal_operands() -> None:
    function = tangent_of(
        tangent_of(program(lambda a, b: call["logaddexp"](a, b), (1.0, 1.0)), [0]), [0]
    )
    assert run(function, [1.0, 1.0, 1.0, 1.0])[0] == pytest.approx(0.25, rel=1e-14)


def test_an_infinite_partial_behind_a_selection_does_not_make_nan() -> None:
    """x̄ of sqrt at 0 is a selection: 0 where the square root was not chosen."""

    def build(x: Any) -> Any:
        positive = FUNCTIONS[np.greater](x, 0.0)
        return call["where"](positive, call["sqrt"](call["where"](positive, x, 1.0)), 0.0)

    assert gradients(build, (0.0,)) == ([0.0], [0.0])


def test_arrays_of_exponents() -> None:
    inputs = [Variable("x", type_of(np.ones(3)))]
    assert isinstance(inputs[0].type, Array)
    with Builder().active() as builder:
        y = inputs[0] ** np.array([0.0, 1.0, 2.0])  # type: ignore[operator]
    tangent = tangent_of(function_of("f", inputs, builder, [y]), [0])
    (found,) = run(tangent, [np.array([0.0, 0.0, 3.0]), np.ones(3)])
    assert found.tolist() == [0.0, 1.0, 6.0]


def test_python_and_numpy_choose_alike_on_floats() -> None:
    """`np.maximum(x, 0.0)` runs as Python's max, also for nan."""
    for x in (math.nan, -1.0, 0.0, 2.0):
        f = program(lambda v: call["maximum"](v, 0), (x,))
        assert f.inputs[0].type == FLOAT
        assert str(f.body.statements[-1].primitive.name) == "at_least"  # type: ignore[attr-defined]
        assert np.array_equal(run(f, [x])[0], np.maximum(x, 0), equal_nan=True)


def test_a_constant_nan_is_no_bound() -> None:
    """Python's max(2.0, nan) is 2.0: the row for bounds is not taken."""
    f = program(lambda v: call["maximum"](v, math.nan), (2.0,))
    assert f.body.statements[-1].primitive.name == "maximum"  # type: ignore[attr-defined]
    assert math.isnan(run(f, [2.0])[0])
    assert gradients(lambda v: call["fmax"](v, math.nan), (2.0,)) == ([1.0], [1.0])
