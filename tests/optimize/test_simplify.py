"""Every rule, and next to each the case where it must not fire."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from adcompiler.ir.nodes import REVERSE, For, Function
from adcompiler.ir.types import COMPLEX, FLOAT, INT, Array, NumpyScalar
from adcompiler.ir.values import Constant, Variable
from adcompiler.optimize.dead_code import eliminate_dead_code
from adcompiler.optimize.simplify import simplify
from tests.optimize.traces import SHORT, VECTOR, N, Trace, check, function, lines, names

X, Y, K = Variable("x", FLOAT), Variable("y", FLOAT), Variable("k", INT)
A, B, H = Variable("a", VECTOR), Variable("b", VECTOR), Variable("h", SHORT)
INPUTS = [X, Y, K, A, B, H]
VALUES: list[Any] = [
    0.5,
    -1.25,
    3,
    np.array([1.0, -2.0]),
    np.array([0.5, 4.0]),
    np.array([1.5, 2.0], "float32"),
]


def cleaned(f: Function) -> Function:
    return eliminate_dead_code(simplify(f))


def simplified(build: Callable[[Trace], Any]) -> list[str]:
    trace = Trace()
    with trace.reverse():
        found = build(trace)
    results = found if isinstance(found, tuple) else (found,)
    text = lines(check(cleaned, function(INPUTS, trace, *results), VALUES))
    *statements, result = text
    return [*(line.split(" = ")[1] for line in statements), result.removeprefix("return ")]


CASES: list[tuple[Callable[[Trace], Any], list[str]]] = [
    (lambda t: X * 1.0, ["x"]),
    (lambda t: 1.0 * X, ["x"]),
    (lambda t: X / 1.0, ["x"]),
    (lambda t: X + 0.0, ["x"]),
    (lambda t: 0 + X, ["x"]),
    (lambda t: X - 0.0, ["x"]),
    (lambda t: 0.0 - X, ["negative(x)", "v1"]),
    (lambda t: X * -1.0, ["negative(x)", "v1"]),
    (lambda t: X / -1.0, ["negative(x)", "v1"]),
    (lambda t: -(0.0 - X), ["x"]),
    (lambda t: -X + Y, ["subtract(y, x)", "v1"]),
    (lambda t: X + -Y, ["subtract(x, y)", "v1"]),
    (lambda t: X - -Y, ["add(x, y)", "v1"]),
    (lambda t: -X - Y, ["add(x, y)", "negative(v1)", "v2"]),
    (lambda t: -(X - Y), ["subtract(y, x)", "v1"]),
    (lambda t: (-X) * Y, ["multiply(x, y)", "negative(v1)", "v2"]),
    (lambda t: X * -Y, ["multiply(x, y)", "negative(v1)", "v2"]),
    (lambda t: (-X) / Y, ["divide(x, y)", "negative(v1)", "v2"]),
    (lambda t: X + (-X) * Y, ["multiply(x, y)", "subtract(x, v1)", "v2"]),
    (
        lambda t: X + (-X) * Y * Y / X,
        [
            "multiply(x, y)",
            "multiply(v1, y)",
            "divide(v2, x)",
            "subtract(x, v3)",
            "v4",
        ],
    ),
    (lambda t: 2.0 * (4.0 * X), ["multiply(8.0, x)", "v1"]),
    (lambda t: 2.0 * (X * 0.5), ["x"]),
    (lambda t: 2.0 * -X, ["multiply(-2.0, x)", "v1"]),
    (lambda t: -(2.0 * X), ["multiply(-2.0, x)", "v1"]),
    (lambda t: -(2.0 / X), ["divide(-2.0, x)", "v1"]),
    (lambda t: Y + -2.0 * X, ["multiply(2.0, x)", "subtract(y, v1)", "v2"]),
    (lambda t: Y - X * -2.0, ["multiply(x, 2.0)", "add(y, v1)", "v2"]),
    (lambda t: -2.0 * X * Y, ["multiply(x, y)", "multiply(-2.0, v1)", "v2"]),
    (lambda t: -3.0 * X * Y, ["multiply(3.0, x)", "multiply(v1, y)", "negative(v2)", "v3"]),
    (lambda t: X - -3.0 * X * Y, ["multiply(3.0, x)", "multiply(v1, y)", "add(x, v2)", "v3"]),
    # powers of two
    (lambda t: 2.0 * (X * 0.5 / Y * X), ["divide(x, y)", "multiply(v1, x)", "v2"]),
    (lambda t: 2.0 * (1.0 / X), ["divide(2.0, x)", "v1"]),
    (lambda t: 2.0 * (X / 4.0), ["multiply(0.5, x)", "v1"]),
    (lambda t: 6.0 * X / 2.0, ["multiply(3.0, x)", "v1"]),
    (lambda t: 2.0 * (X * A), ["multiply(2.0, x)", "multiply(v1, a)", "v2"]),
    (lambda t: X * (2.0 * A), ["multiply(2.0, x)", "multiply(v1, a)", "v2"]),
    (lambda t: (1.0 / X) * (2.0 * A), ["divide(2.0, x)", "multiply(v1, a)", "v2"]),
    (lambda t: (2.0 * X) * A, ["multiply(2.0, x)", "multiply(v1, a)", "v2"]),
    (lambda t: (-X) * A, ["negative(x)", "multiply(v1, a)", "v2"]),
    (lambda t: B + (-X) * A, ["multiply(x, a)", "subtract(b, v1)", "v2"]),
    (lambda t: X + X, ["multiply(2.0, x)", "v1"]),
    (lambda t: A + A, ["multiply(2.0, a)", "v1"]),
    (lambda t: X**1, ["x"]),
    (lambda t: A**1.0, ["a"]),
    (lambda t: t.row("where", t.row("greater", A, B), A, A), ["a"]),
    (lambda t: t.row("zeros_like", A) + B, ["b"]),
    (lambda t: B + t.row("fill_like", 0.0, A), ["b"]),
    (lambda t: A * 1.0, ["a"]),
    (lambda t: H * 1.0, ["h"]),
    (lambda t: 2.0 * (X / 2.0 * Y), ["multiply(x, y)", "v1"]),
    (lambda t: X / 2.0 * Y, ["multiply(x, y)", "divide(v1, 2.0)", "v2"]),
    (lambda t: X / 3.0 * Y, ["divide(x, 3.0)", "multiply(v1, y)", "v2"]),
    # a number meets an array
    (lambda t: t.row("fill_like", X, A) * A, ["multiply(x, a)", "v1"]),
    (lambda t: 2.0 * (t.row("fill_like", X, A) * A), ["multiply(2.0, x)", "multiply(v1, a)", "v2"]),
    (lambda t: A / t.row("fill_like", X, B), ["divide(a, x)", "v1"]),
    (
        lambda t: t.row("where", t.row("greater", A, B), t.row("fill_like", X, A), 0.0),
        [
            "greater(a, b)",
            "where(v1, x, 0.0)",
            "v2",
        ],
    ),
    (lambda t: t.row("fill_like", X, A) * 2.0, ["multiply(x, 2.0)", "fill_like(v1, a)", "v2"]),
    (lambda t: -t.row("fill_like", X, A), ["negative(x)", "fill_like(v1, a)", "v2"]),
    (lambda t: t.row("fill_like", X, A) / 4.0, ["divide(x, 4.0)", "fill_like(v1, a)", "v2"]),
    (
        lambda t: t.row("fill_like", X, A) + t.row("fill_like", Y, A),
        [
            "add(x, y)",
            "fill_like(v1, a)",
            "v2",
        ],
    ),
]

STAY: list[Callable[[Trace], Any]] = [
    lambda t: X * 0.0,  # 0 · inf is NaN
    lambda t: A * 0.0,
    lambda t: 1.0 * K,  # an int becomes a float
    lambda t: K + 0.0,
    lambda t: K / 1,
    lambda t: K + K,
    lambda t: X**2,
    lambda t: X**0,
    lambda t: X - X,  # inf - inf is NaN
    lambda t: X / X,
    lambda t: 3.0 * (X * A),
    lambda t: X * (3.0 * A),
    lambda t: 3.0 * X * Y,
    lambda t: 3.0 * (X / 3.0),
    lambda t: X / (2.0 * Y),
    lambda t: 2.0 * (X * H),  # float32 rounds otherwise
    lambda t: 0.1 * (0.2 * X),  # 0.1 · 0.2 is not exact
    lambda t: t.row("where", t.row("greater", A, B), X, X),  # an array becomes a number
    lambda t: t.row("zeros_like", A) + X,
    lambda t: t.row("zeros_like", B) + H,
    lambda t: Constant.of(1.0) / t.row("multiply", 0.0, X),
    lambda t: t.row("fill_like", X, A) / Y,  # X / Y raises where the array has an infinity
    lambda t: t.row("fill_like", X, H) * 2.0,  # float32 rounds otherwise
    lambda t: t.row("sum", t.row("fill_like", X, A)),  # not exact
]


@pytest.mark.parametrize(("build", "expected"), CASES, ids=[c[1][0] for c in CASES])
def test_rewritten(build: Callable[[Trace], Any], expected: list[str]) -> None:
    assert simplified(build) == expected


@pytest.mark.parametrize("build", STAY, ids=map(str, range(len(STAY))))
def test_left_alone(build: Callable[[Trace], Any]) -> None:
    trace = Trace()
    with trace.reverse():
        result = build(trace)
    f = function(INPUTS, trace, result)
    assert check(simplify, f, VALUES) is f


@pytest.mark.parametrize("style", ["python", "numpy"])
def test_the_users_own_statements_stay(style: str) -> None:
    trace = Trace()
    with trace.primal(style=style):
        a = trace.row("multiply", 1.0, X)
        b = trace.row("add", trace.row("negative", a), 0.0)
    with trace.reverse():
        c = trace.row("add", Y, b)
    f = function(INPUTS, trace, c)
    assert simplify(f) is f


def test_a_derivative_that_is_differentiated_again_is_simplified() -> None:
    """Its statements are primal to the outer derivative, but nobody wrote them."""
    trace = Trace()
    with trace.primal(style=""):
        a = trace.row("multiply", 1.0, X)
    f = function(INPUTS, trace, a)
    assert lines(check(cleaned, f, VALUES)) == ["return x"]


def test_a_sign_within_the_users_expression_is_seen_through() -> None:
    trace = Trace()
    with trace.primal(1):
        y = trace.row("exp", trace.row("negative", X))
        negated = trace.row("negative", X)
        z = trace.row("multiply", negated, negated)
    with trace.reverse(1):
        x_bar = trace.row("subtract", Y, trace.row("multiply", Y, negated))
    f = check(cleaned, function(INPUTS, trace, y, z, x_bar), VALUES)
    assert lines(f)[-3:] == ["v5 = multiply(y, x)", "v6 = add(y, v5)", "return (v2, v4, v6)"]


def test_sums_over_several_statements_grow_line_by_line() -> None:
    trace = Trace()
    with trace.reverse(1):
        negated = trace.row("negative", X)
    with trace.reverse(2):
        total = trace.row("add", Y, negated)
    f = function(INPUTS, trace, total)
    assert simplify(f) is f


def test_a_product_that_is_read_twice_keeps_its_sign() -> None:
    # moved outwards, the sign would cost a statement
    assert simplified(lambda t: ((n := -X) * Y, n)) == [
        "negative(x)",
        "multiply(v1, y)",
        "(v2, v1)",
    ]


def test_nothing_is_moved_into_a_loop() -> None:
    trace, body = Trace(), Trace()
    carried, out = Variable("v", FLOAT), Variable("out", FLOAT)
    with trace.reverse():
        negated = trace.row("negative", X)
    with body.reverse():
        result = body.row("multiply", negated, carried)
    bounds = Constant.of(0), Constant.of(3), Constant.of(1)
    trace.add(
        For(
            (out,),
            Variable("i", INT),
            bounds,
            ((carried, Y),),
            (),
            body.block((result,)),
            role=REVERSE,
        )
    )
    f = function(INPUTS, trace, out)
    assert check(simplify, f, VALUES) is f


def test_spreading_that_a_shape_needs_stays() -> None:
    """The other operand may be shorter, or its length may be 1."""
    column = Variable("m", Array(np.dtype("float64"), (N, N)))
    trace = Trace()
    with trace.reverse():
        result = trace.row("multiply", trace.row("fill_like", X, column), A)
    f = function([X, A, column], trace, result)
    values = [0.5, np.ones(2), np.ones((2, 2))]
    assert check(simplify, f, values) is f


def test_spreading_that_rounds_stays() -> None:
    """A number filled into a float32 array is rounded; the number itself is not."""
    strong = Variable("s", NumpyScalar(np.dtype("float64")))
    trace = Trace()
    with trace.reverse():
        one = trace.row("multiply", trace.row("fill_like", strong, H), A)
        two = trace.row("multiply", trace.row("fill_like", X, H), A)
        three = trace.row("multiply", trace.row("fill_like", strong, H), H)
    f = function([X, strong, A, H], trace, one, two, three)
    values = [0.1, np.float64(0.1), np.ones(2), np.ones(2, "float32")]
    assert check(simplify, f, values) is f


def test_complex_factors() -> None:
    z = Variable("z", COMPLEX)
    trace = Trace()
    with trace.reverse():
        one = trace.row("multiply", 1.0, z)
        two = trace.row("add", z, z)
    f = check(cleaned, function([z], trace, one, two), [1.0 + 2.0j])
    assert names(f) == ["add"]
