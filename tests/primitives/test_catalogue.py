"""What the frontend gets for an object of Python, math or NumPy, and what it refuses."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from adcompiler.errors import ADError, ArgumentError
from adcompiler.ir.builder import Builder
from adcompiler.ir.types import FLOAT, INT, NumpyScalar, Type, type_of
from adcompiler.ir.values import Constant, Variable, as_atom
from adcompiler.primitives.catalogue import FUNCTIONS, METHODS, OPERATORS, find, spelled_name
from adcompiler.primitives.inert import stop_gradient
from adcompiler.primitives.statics import ValueNeeded, static
from tests.primitives.rule_programs import function_of, run

VECTOR = type_of(np.ones(3))
FLOAT32 = NumpyScalar(np.dtype("float32"))


def value(build: Callable[..., Any], *operands: Any, style: str = "numpy") -> Any:
    inputs = [Variable(f"x{i}", type_of(operand)) for i, operand in enumerate(operands)]
    with Builder(style=style).active() as builder:
        result = as_atom(build(*inputs))
    return run(function_of("f", inputs, builder, [result]), operands)[0]


UFUNCS = [f for f in vars(np).values() if isinstance(f, np.ufunc) and find(f) is not None]


@pytest.mark.parametrize("function", UFUNCS, ids=spelled_name)
def test_every_ufunc_refuses_what_it_would_drop(function: np.ufunc) -> None:
    operands = [Variable(f"x{i}", FLOAT) for i in range(function.nin)]
    for keyword in ("out", "where", "dtype", "casting"):
        with Builder().active(), pytest.raises(ArgumentError):
            FUNCTIONS[function](
                *operands, **{keyword: None if keyword == "out" else True, "where": False}
            )
    with Builder().active(), pytest.raises(ADError):
        FUNCTIONS[function](*operands, Variable("out", VECTOR), Variable("more", VECTOR))


#: of sequences, or with two results (see reduction_calls)
OTHERS = {"fsum", "prod", "sumprod", "dist", "modf", "frexp"}
TWINS = [
    f
    for f in vars(math).values()
    if callable(f) and find(f) is not None and f.__name__ not in OTHERS
]
POINTS: dict[str, tuple[Any, ...]] = {
    "acosh": (1.5,),
    "pow": (2.5, 3.0),
    "hypot": (3.0, 4.0),
    "log": (3.0,),
    "ldexp": (0.7, 3),
    "factorial": (5,),
    "isqrt": (17,),
    "comb": (6, 2),
    "perm": (6, 2),
    "gcd": (12, 18),
    "lcm": (12, 18),
    "fma": (0.7, 0.3, 2.0),
}


@pytest.mark.parametrize("function", TWINS, ids=spelled_name)
def test_every_function_of_math_gives_what_math_gives(function: Callable[..., Any]) -> None:
    two = {"atan2", "fmod", "copysign", "remainder", "nextafter", "isclose"}
    point = POINTS.get(function.__name__, (0.7, 0.3) if function.__name__ in two else (0.7,))
    expected = function(*point)
    found = value(FUNCTIONS[function], *point, style="python")
    assert found == pytest.approx(expected, rel=4e-16)
    assert type(found) is type(expected)


@pytest.mark.parametrize("function", TWINS, ids=spelled_name)
def test_functions_of_math_take_numbers_only(function: Callable[..., Any]) -> None:
    with Builder(style="python").active(), pytest.raises(ArgumentError):
        FUNCTIONS[function](Variable("x", VECTOR))


def test_math_computes_in_double_precision() -> None:
    with Builder(style="python").active():
        assert FUNCTIONS[math.sin](Variable("x", FLOAT32)).type == FLOAT
        assert FUNCTIONS[math.pow](Variable("n", INT), 2).type == FLOAT


@pytest.mark.parametrize(
    ("build", "operands", "expected"),
    [
        (lambda x: FUNCTIONS[math.log](x, 10), (1000.0,), math.log(1000.0, 10)),
        (lambda x, y, z: FUNCTIONS[math.hypot](x, y, z), (1.0, 2.0, 2.0), 3.0),
        (lambda x: FUNCTIONS[np.clip](x, 0, None), (-2.0,), 0.0),
        (lambda x: FUNCTIONS[np.clip](x, a_min=0, a_max=1), (2.0,), 1.0),
        (lambda x: FUNCTIONS[np.clip](x, min=-1, max=1), (2.0,), 1.0),
        (lambda x: FUNCTIONS[round](x), (2.5,), 2),
        (lambda x: FUNCTIONS[round](x, 1), (2.35,), round(2.35, 1)),
        (lambda x: FUNCTIONS[pow](x, 2), (3.0,), 9.0),
        (lambda x: FUNCTIONS[operator.mul](x, 2), (3.0,), 6.0),
        (lambda x: FUNCTIONS[max](x, 1, 5), (3.0,), 5.0),
        (lambda x: FUNCTIONS[min]([x, 4.0]), (3.0,), 3.0),
        (lambda x: FUNCTIONS[stop_gradient](x), (3.0,), 3.0),
        (lambda x: FUNCTIONS[np.sign](x), (-3,), -1),
        (lambda x: FUNCTIONS[np.where](FUNCTIONS[np.less](x, 0), 1, x), (3.0,), 3.0),
        (lambda x: OPERATORS["LtE"](x, 3), (3.0,), True),
        (lambda x: OPERATORS["Pow"](x, -1), (4,), 0.25),
    ],
)
def test_signatures(build: Callable[..., Any], operands: tuple[Any, ...], expected: Any) -> None:
    found = value(build, *operands, style="python")
    assert found == expected
    assert type(found) is type(expected)


def test_methods() -> None:
    x = np.array([-1.26, 0.5, 2.0])
    assert value(lambda v: METHODS["clip"](v, 0, 1), x).tolist() == [0.0, 0.5, 1.0]
    assert value(lambda v: METHODS["clip"](v, max=1), x).tolist() == [-1.26, 0.5, 1.0]
    assert value(lambda v: METHODS["round"](v, 1), x).tolist() == [-1.3, 0.5, 2.0]


def test_lists_are_arrays_to_numpy() -> None:
    assert value(lambda x: FUNCTIONS[np.maximum]([x, 4.0], 3.5), 3.0).tolist() == [3.5, 4.0]
    assert value(lambda x: FUNCTIONS[np.square]([x, 4.0]), 3.0).tolist() == [9.0, 16.0]


@pytest.mark.parametrize(
    "build",
    [
        lambda x: FUNCTIONS[np.where](x, x),
        lambda x: FUNCTIONS[max](x, key=abs),
        lambda x: FUNCTIONS[max](x),
        lambda x: FUNCTIONS[np.clip](x, 0, 1, out=x),
        lambda x: FUNCTIONS[np.round](x, 1, x),
        lambda x: FUNCTIONS[pow](x, 2, 3),
        lambda x: FUNCTIONS[np.sin](x, x),
        lambda x: FUNCTIONS[np.maximum](x),
        lambda x: FUNCTIONS[np.sign](Variable("z", type_of(1j))),
        lambda x: FUNCTIONS[np.maximum](x, Variable("z", type_of(1j))),
        lambda x: FUNCTIONS[np.reciprocal](3),
        lambda x: FUNCTIONS[np.sin]("text"),
        lambda x: FUNCTIONS[float](x),
        lambda x: OPERATORS["BitAnd"](x, 1),
    ],
)
def test_what_is_not_understood_is_refused(build: Callable[..., Any]) -> None:
    with Builder(style="numpy").active(), pytest.raises(ADError):
        build(Variable("x", VECTOR))


def test_an_unknown_function_is_not_found() -> None:
    assert find(np.random.normal) is None
    assert find([]) is None


def test_static_asks_for_the_value() -> None:
    n = Variable("n", INT)
    assert static((Constant.of(1), [2, None])) == (1, [2, None])
    with pytest.raises(ValueNeeded) as caught:
        static((0, n), "axis")
    assert caught.value.variable is n


def test_types_of_scalars() -> None:
    def type_for(build: Callable[[], Any], style: str) -> Type:
        with Builder(style=style).active():
            return as_atom(build()).type

    x = Variable("x", FLOAT)
    assert type_for(lambda: FUNCTIONS[np.log](x), "numpy") == NumpyScalar(np.dtype(float))
    assert type_for(lambda: FUNCTIONS[math.log](x), "python") == FLOAT
    assert type_for(lambda: FUNCTIONS[math.floor](x), "python") == INT


def test_stop_gradient_keeps_containers() -> None:
    x = Variable("x", FLOAT)
    with Builder().active():
        held, text, (inner,) = FUNCTIONS[stop_gradient]((x, "relu", [x]))
    assert isinstance(held, Variable)
    assert text == "relu"
    assert isinstance(inner, Variable)
