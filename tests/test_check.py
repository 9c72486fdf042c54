"""check_grads accepts what is right and says what is wrong."""

import math

import numpy as np
import pytest

import adcompiler as ad


def ln_sin(x1, x2):
    return np.log(x1) + x1 * x2 - np.sin(x2)


def model(x, p, n=2):
    return np.sin(x) * p["w"] ** n, x[0]


class Disc:
    k = 2.0

    def area(self, r):
        return self.k * r**3


@pytest.mark.parametrize(
    ("f", "args"),
    [
        (ln_sin, (2.0, 5.0)),
        (model, (np.array([1.0, 2.0, 3.0]), {"w": 2.0, "k": 3})),
        (model, (np.array([1.0, 2.0, 3.0]), {"w": 2.0, "k": 3}, 3)),
        (model, (np.array([1.0, 2.0], dtype=np.float32), {"w": np.float32(2.0)})),
        (lambda x: math.log(x), (1e-3,)),
        (lambda x: x * 1e6 + 1e6, (1e3,)),
        (lambda x: 3.0, (2.0,)),
        (lambda x, mask: x[mask].sum(), (np.array([1.0, 2.0]), np.array([True, False]))),
        (lambda x: x * x if x > 0.0 else -x, (-2.0,)),
        (Disc().area, (1.5,)),
        (ad.grad(Disc().area), (1.5,)),
        (ad.grad(ln_sin), (2.0, 5.0)),
    ],
)
@pytest.mark.parametrize("modes", [("fwd", "rev"), ("fwd",), "rev"])
def test_right(f, args, modes):
    ad.check_grads(f, args, modes=modes)


def test_third_order():
    ad.check_grads(ln_sin, (2.0, 5.0), order=3)


def hidden(x, y):
    return ad.stop_gradient(x) * x * y


@pytest.mark.parametrize("modes", ["fwd", "rev"])
@pytest.mark.parametrize("x", [1.5, np.array([1.5, 2.0])])
def test_wrong(modes, x):
    with pytest.raises(AssertionError) as caught:
        ad.check_grads(hidden, (x, 2.0), modes=modes)
    text = str(caught.value)
    assert "input `x`: expected" in text
    assert "input `y`" not in text
    assert "found" in text
    assert f"def hidden_{'tangent' if modes == 'fwd' else 'adjoint'}(" in text


def test_second_order_is_looked_at():
    def half(x):
        return ad.grad(lambda z: ad.stop_gradient(z) * z)(x)

    ad.check_grads(lambda x: x * x, (1.5,))
    with pytest.raises(AssertionError, match="half"):
        ad.check_grads(half, (1.5,), order=1)


def test_argnums_leaves_the_others_alone():
    ad.check_grads(hidden, (1.5, 2.0), argnums="y", order=1)


@pytest.mark.parametrize(
    ("args", "options", "fact"),
    [
        (2.0, {}, "given as a tuple"),
        ((1.0, 2.0), {"modes": "both"}, "modes"),
        ((1.0, 2.0), {"order": 0}, "order"),
        ((1.0,), {}, "do not fit"),
        ((1, 2), {}, "no argument has a derivative"),
        ((1.0, 2.0), {"argnums": "z"}, "argnums"),
    ],
)
def test_bad_input(args, options, fact):
    with pytest.raises(ad.ArgumentError, match=fact):
        ad.check_grads(ln_sin, args, **options)


def test_a_point_at_the_edge_of_the_domain():
    with pytest.raises((ad.ArgumentError, ValueError)):
        ad.check_grads(lambda x: math.log(x), (-1.0,))


# ---- wrong rules are found, and the line is named ------------------------------------------------


@ad.custom_vjp
def cube(x):
    return x**3


def cube_forward(x):
    return x**3, x


def cube_backward(x, y_bar):
    return (2.0 * x**2 * y_bar,)


cube.defvjp(cube_forward, cube_backward)


@ad.custom_jvp
def square(x):
    return x * x


@square.defjvp
def square_jvp(primals, tangents):
    return square(primals[0]), 3.0 * primals[0] * tangents[0]


def in_a_loop(w, xs):
    total = 0.0
    for x in xs:
        y = np.sin(w * x)
        z = cube(y) + y
        total = total + z
    return total


def in_the_middle(w):
    a = np.exp(w)
    b = square(a) * w
    return b.sum()


def at_the_end(x):
    return square(x) + x


@pytest.mark.parametrize("modes", ["fwd", "rev"])
@pytest.mark.parametrize(
    ("f", "args", "statement", "rule", "line"),
    [
        (in_a_loop, (0.3, np.array([1.0, 2.0])), "z = cube(y) + y", "cube", "2.0 * (y"),
        (in_the_middle, (np.array([0.1, 0.2]),), "b = square(a) * w", "square", "3.0 * a"),
        (at_the_end, (2.0,), "return square(x) + x", "square", "3.0 * x"),
    ],
)
def test_a_wrong_rule_is_named_with_its_line(f, args, statement, rule, line, modes):
    with pytest.raises(AssertionError) as caught:
        ad.check_grads(f, args, order=1, modes=modes)
    text = str(caught.value)
    assert f"the tangent of `{rule}` is wrong in {__file__}:" in text
    assert f": {statement}\n" in text
    assert "there: expected" in text
    named = [part for part in text.splitlines() if part.startswith("  generated line ")]
    assert any(line in part for part in named), text
    for part in named:
        number, content = part.removeprefix("  generated line ").split(": ", 1)
        program = text.split("The generated program:\n\n", 1)[1].splitlines()
        assert program[int(number) - 1].strip() == content


def test_a_pullback_that_is_not_the_transpose_is_found():
    wave = ad.primitive(
        math.sin,
        result=lambda x: x,
        jvp=lambda y, primals, tangents: math.cos(primals[0]) * tangents[0],
        vjp=lambda y, primals, bar: (math.sin(primals[0]) * bar,),
    )

    def f(x):
        y = wave(2.0 * x)
        return y * y

    ad.check_grads(f, (0.3,), order=1, modes="fwd")
    with pytest.raises(AssertionError, match="the pullback of `sin` is wrong") as caught:
        ad.check_grads(f, (0.3,), order=1)
    assert "y = wave(2.0 * x)" in str(caught.value)


@pytest.mark.parametrize("order", [1, 2, 3])
def test_orders_one_to_three(order):
    ad.check_grads(lambda x: np.sum(np.sin(x) * x[0]) + x[1] ** 3, (np.array([0.3, 0.8]),), order)


def test_a_wrong_second_derivative_is_found_at_order_two():
    @ad.custom_jvp
    def bent(x):
        return x**3

    @bent.defjvp
    def bent_jvp(primals, tangents):
        return bent(primals[0]), 3.0 * ad.stop_gradient(primals[0]) ** 2 * tangents[0]

    ad.check_grads(bent, (1.5,), order=1)
    with pytest.raises(AssertionError, match="is wrong"):
        ad.check_grads(bent, (1.5,), order=2)


def test_the_complex_step_is_exact_where_the_function_is_analytic():
    from adcompiler.check import _Program
    from adcompiler.inspection.complex_step import complex_step
    from adcompiler.inspection.differences import differences

    def at(f, x):
        program = _Program(f, {"x": x}, ("x",), "f")
        direction = {"x": np.ones_like(x)}
        return complex_step(program, direction, *differences(program, direction))

    x = np.array([0.3, 0.8])
    assert np.array_equal(at(lambda x: np.exp(x) * x, x), np.exp(x) * x + np.exp(x))
    assert at(lambda x: np.abs(x) * x, x) is None
    assert at(lambda x: np.array([math.sin(v) for v in x]), x) is None
    assert at(lambda x: np.where(x > 0.5, x, x * x), x) is not None


def test_the_taylor_remainder_tells_a_wrong_slope_from_a_right_one():
    from adcompiler.check import _Program
    from adcompiler.inspection.taylor import remainder_order

    def order(f, x, slope):
        return remainder_order(_Program(f, {"x": x}, ("x",), "f"), {"x": 1.0}, np.array([slope]))

    assert order(math.sin, 0.3, math.cos(0.3)) == pytest.approx(2.0, abs=0.05)
    assert order(math.sin, 0.3, 1.01 * math.cos(0.3)) == pytest.approx(1.0, abs=0.05)
    assert order(lambda x: 3.0 * x, 0.3, 3.0) is None
