"""Derivatives of order n, along directions, Laplacians, and the pushforward as a function."""

from __future__ import annotations

import copy
import math
import pickle
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import pytest
import sympy

import adcompiler as ad

Function = Callable[..., Any]


# ---- derivative: against SymPy, to order 8 ------------------------------------------------------


def damped(x):
    return math.sin(3.0 * x) * math.exp(-x * x) / (1.0 + x**4)


def roots(x):
    return np.sqrt(1.0 + x * x) + np.log(2.0 + x) * x**2.5 - x**-3


def powers(x):
    return x**x + 2.0**x + np.power(x, 3) + x**0.5


def hyperbolic(x):
    return np.tanh(x) * np.cosh(x / 2) + np.arctan(x) + np.arcsinh(x) - np.expm1(-x)


def inverse(x):
    return np.arcsin(x / 2) + np.arccos(x / 3) + np.log1p(x) + np.log10(x) + np.tan(x / 3)


def nested_exponentials(x):
    return math.exp(math.sin(math.exp(x / 2)))


SYMBOL = sympy.symbols("x")
FORMULAS: dict[Function, Any] = {
    damped: sympy.sin(3 * SYMBOL) * sympy.exp(-(SYMBOL**2)) / (1 + SYMBOL**4),
    roots: sympy.sqrt(1 + SYMBOL**2)
    + sympy.log(2 + SYMBOL) * SYMBOL ** sympy.Rational(5, 2)
    - SYMBOL**-3,
    powers: SYMBOL**SYMBOL + 2**SYMBOL + SYMBOL**3 + sympy.sqrt(SYMBOL),
    hyperbolic: sympy.tanh(SYMBOL) * sympy.cosh(SYMBOL / 2)
    + sympy.atan(SYMBOL)
    + sympy.asinh(SYMBOL)
    - sympy.exp(-SYMBOL)
    + 1,
    inverse: sympy.asin(SYMBOL / 2)
    + sympy.acos(SYMBOL / 3)
    + sympy.log(1 + SYMBOL)
    + sympy.log(SYMBOL, 10)
    + sympy.tan(SYMBOL / 3),
    nested_exponentials: sympy.exp(sympy.sin(sympy.exp(SYMBOL / 2))),
}


@pytest.mark.parametrize("f", FORMULAS, ids=lambda f: f.__name__)
@pytest.mark.parametrize("n", range(1, 9))
def test_the_nth_derivative_is_that_of_the_formula(f, n):
    expected = float(
        sympy.diff(FORMULAS[f], SYMBOL, n).subs(SYMBOL, sympy.Rational(7, 10)).evalf(40)
    )
    assert np.isclose(ad.derivative(f, n)(0.7), expected, rtol=1e-10)


def test_a_value_of_an_array_program_keeps_its_kind():
    assert type(ad.derivative(np.sin, 2)(0.5)) is type(ad.jvp(np.sin, (0.5,), (1.0,))[1])
    assert type(ad.derivative(math.sin, 2)(0.5)) is float
    assert ad.derivative(lambda x: x**3, 2)(np.float32(2.0)).dtype == np.float32


def zigzag(x):
    s = x
    for i in range(6):
        if s > 0.2:
            s = s * math.cos(x * i)
            continue
        s = s + math.sin(s * x) ** 2
    while s < 3.0:
        s = s * s + x
    return s


def filled(x):
    u = np.zeros(5)
    u[0] = x
    for i in range(1, 5):
        u[i] = u[i - 1] * np.sin(u[i - 1] + x)
    return np.sum(u * u) + u[-1] / (1.0 + u[1] ** 2)


def matrices(x):
    a = np.array([[1.0 + x, x**2], [np.sin(x), 3.0]])
    return np.linalg.det(a) + np.sum(np.linalg.solve(a, np.array([x, 1.0]))) + np.trace(a @ a.T)


def grown(x):
    terms = []
    for k in range(4):
        terms.append(x**k * math.exp(-x))
    return sum(terms)


def kinks(x):
    return np.maximum(x, 0.0) ** 3 + abs(x) * x + np.where(x > 0, np.exp(x), 1.0 + x)


@pytest.mark.parametrize("f", [zigzag, filled, matrices, grown, kinks, damped])
def test_loops_branches_and_arrays_as_nested_gradients_see_them(f):
    nested = f
    for n in range(1, 5):
        nested = ad.grad(nested)
        expected = nested(0.7)
        assert np.isclose(ad.derivative(f, n)(0.7), expected, rtol=1e-9, atol=1e-9)


@ad.custom_jvp
def softplus(x):
    return np.log1p(np.exp(x))


@softplus.defjvp
def softplus_jvp(primals, tangents):
    (x,), (dot,) = primals, tangents
    slope = 1.0 / (1.0 + np.exp(-x)) if x > -30.0 else np.exp(x)
    return softplus(x), slope * dot


def test_custom_rules_are_followed_above_the_first_order():
    def through(x):
        return softplus(x * x) * x

    nested = through
    for n in range(1, 5):
        nested = ad.grad(nested)
        assert np.isclose(ad.derivative(through, n)(0.7), nested(0.7), rtol=1e-10)


@ad.custom_jvp
def root(a):
    y = 1.0
    for _ in range(30):
        y = 0.5 * (y + a / y)
    return y


@root.defjvp
def root_jvp(primals, tangents):
    return root(primals[0]), tangents[0] / (2.0 * root(primals[0]))


@ad.custom_vjp
def reciprocal(x):
    return 1.0 / x


def reciprocal_forward(x):
    y = reciprocal(x)
    return y, y


reciprocal.defvjp(reciprocal_forward, lambda y, bar: (-bar * y * y,))


@pytest.mark.parametrize("n", range(1, 6))
def test_rules_that_apply_their_own_function(n):
    assert np.isclose(
        ad.derivative(reciprocal, n)(1.5), (-1) ** n * math.factorial(n) / 1.5 ** (n + 1)
    )
    expected = float(sympy.diff(sympy.sqrt(SYMBOL), SYMBOL, n).subs(SYMBOL, 1.5))
    assert np.isclose(ad.derivative(root, n)(1.5), expected)


def test_many_results_and_further_arguments():
    found = ad.derivative(lambda t, w: {"x": np.cos(w * t), "n": 3, "v": (t**2, w)}, 2)(0.3, 2.0)
    assert np.isclose(found["x"], -4.0 * math.cos(0.6))
    assert found["n"] is None
    assert found["v"] == (2.0, 0.0)
    curve = ad.derivative(lambda t, w: np.exp(w * t), 3)(0.2, np.array([1.0, 2.0]))
    assert np.allclose(curve, np.array([1.0, 8.0]) * np.exp(0.2 * np.array([1.0, 2.0])))
    assert ad.derivative(lambda x, y: x * y**4, 3, argnums="y")(2.0, 1.0) == 48.0
    assert ad.derivative(lambda x, y: x * y**4, 2, argnums=1)(2, 1) == 24.0


def test_the_decorator_methods_and_derivatives_of_derivatives():
    @ad.derivative(n=2)
    def height(t, g=9.81):
        return 20.0 * t - 0.5 * g * t**2

    assert height(1.0) == -9.81
    assert height(1.0, g=2.0) == -2.0

    class Well:
        depth = 3.0

        def energy(self, x):
            return self.depth * x**4

    well = Well()
    assert ad.derivative(well.energy, 3)(2.0) == 144.0
    assert ad.derivative(ad.derivative(math.sin, 2), 2)(0.4) == pytest.approx(math.sin(0.4))
    assert ad.derivative(ad.grad(lambda x: x**5), 2)(1.0) == pytest.approx(60.0)
    assert ad.grad(lambda x: x * ad.derivative(lambda u: u**4, 2)(x))(2.0) == pytest.approx(144.0)
    assert ad.grad(lambda x: ad.derivative(lambda u: x * u**3, n=2)(2.0))(1.5) == 12.0


def test_complex_functions_of_one_number():
    found = ad.derivative(lambda z: np.exp(2j * z) / z, 3, holomorphic=True)(0.5 + 0.2j)
    z = sympy.symbols("z")
    formula = sympy.diff(sympy.exp(2 * sympy.I * z) / z, z, 3)
    assert np.isclose(found, complex(formula.subs(z, 0.5 + 0.2 * sympy.I).evalf(20)))
    with pytest.raises(ad.ArgumentError, match="complex"):
        ad.derivative(lambda z: z * z, 2)(1j)
    turning = ad.derivative(lambda t: np.exp(1j * t), 2)(0.3)
    assert np.isclose(turning, -np.exp(0.3j))


def test_effects_happen_once(capsys):
    def told(x):
        print("called")
        return x**4

    assert ad.derivative(told, 3)(1.0) == 24.0
    assert capsys.readouterr().out == "called\n"


def test_the_program_grows_with_the_square_of_the_order_only():
    lengths = [len(ad.derivative(damped, n).source(0.7).splitlines()) for n in (4, 8, 12)]
    assert lengths[2] < 4 * lengths[0]


@pytest.mark.parametrize(
    ("call", "fact"),
    [
        (lambda: ad.derivative(math.sin, 0), "order 0"),
        (lambda: ad.derivative(math.sin, 1.0), "order 1.0"),
        (lambda: ad.derivative(math.sin, True), "order True"),
        (lambda: ad.derivative(2), "number 2"),
        (lambda: ad.derivative(math.sin, 2, argnums=(0,)), "one number"),
        (lambda: ad.derivative(np.sin, 2)(np.ones(3)), "array of 1 axes"),
        (lambda: ad.derivative(lambda p: p["a"] * p["b"], 2)({"a": 1.0, "b": 2.0}), "2 numbers"),
        (lambda: ad.derivative(lambda x: int(x), 2)(1.5), "floating-point"),
        (lambda: ad.derivative(lambda x, k: x, 2, argnums="z"), "names no argument"),
        (lambda: ad.directional(np.sin, (1.0,), (1.0,), order=0), "order 0"),
        (lambda: ad.directional(np.sin, 1.0, (1.0,)), "tuple"),
        (lambda: ad.directional(np.sin, (1.0,), (1.0, 2.0)), "2 tangents"),
        (lambda: ad.laplacian(lambda x: x)(np.ones(3)), "not one number"),
        (lambda: ad.laplacian(lambda x: abs(x))(1j), "complex"),
        (lambda: ad.jvp(lambda x, y: x, (1.0, 2.0), (1.0, 2.0), argnums=0), "1 chosen"),
    ],
)
def test_what_is_refused_says_why(call, fact):
    with pytest.raises(ad.ADError, match=fact):
        call()


# ---- along directions ---------------------------------------------------------------------------


def field(x, k):
    return np.sum(np.sin(x) * np.roll(x, 1) ** 2) * np.exp(k * x[0]) + np.prod(x)


X = np.array([0.4, -0.7, 1.3])
V = np.array([0.3, 1.1, -0.5])


@pytest.mark.parametrize("order", range(1, 6))
def test_directional_derivatives_are_those_along_a_line(order):
    found = ad.directional(field, (X, 0.5), (V, 2.0), order=order)
    assert np.isclose(found, ad.derivative(lambda t: field(X + t * V, 0.5 + 2.0 * t), order)(0.0))
    if order == 1:
        assert np.isclose(found, ad.jvp(field, (X, 0.5), (V, 2.0))[1])
    if order == 2:
        assert np.isclose(
            ad.directional(field, (X, 0.5), (V,), order=2, argnums=0),
            V @ ad.hvp(field, (X, 0.5), (V,), argnums=(0,)),
        )


def test_directional_derivatives_of_containers_and_elementwise_functions():
    p = {"w": X, "b": 2.0}
    dot = {"w": V, "b": 1.0}
    found = ad.directional(lambda p: p["w"] ** 3 * p["b"], (p,), (dot,), order=2)
    assert np.allclose(found, 6 * X * V**2 * 2.0 + 2 * 3 * X**2 * V * 1.0)
    ones = np.ones(3)
    assert np.allclose(
        ad.directional(np.tanh, (X,), (ones,), order=2), -2 * np.tanh(X) / np.cosh(X) ** 2
    )
    inner = ad.grad(lambda x: ad.directional(np.sin, (x,), (x,), order=2))(1.0)
    assert np.isclose(inner, -2 * math.sin(1.0) - math.cos(1.0))


def test_some_of_the_arguments_in_jvp_vjp_and_hvp():
    def f(x, y, power):
        return np.sin(x) * y**power

    assert ad.jvp(f, (X, 2.0, 3), (1.0,), argnums=1)[1] == pytest.approx(np.sin(X) * 12.0)
    assert ad.jvp(f, (X, 2.0, 3), (V,), argnums="x")[1] == pytest.approx(np.cos(X) * V * 8.0)
    _value, pullback = ad.vjp(f, X, 2.0, 3, argnums="x")
    assert np.allclose(pullback(np.ones(3)), np.cos(X) * 8.0)
    assert ad.vjp(f, X, 2.0, 3, argnums=(1,))[1](np.ones(3)) == (
        pytest.approx(12.0 * np.sum(np.sin(X))),
    )
    assert ad.hvp(lambda x, y: x**3 * y, (2.0, 5.0), (1.0,), argnums=0) == 60.0

    def nested(x):
        _value, dot = ad.jvp(lambda a, b: a * b**2, (x, 3.0), (1.0,), argnums=1)
        return dot * ad.vjp(lambda a, b: a * b, x, x, argnums=0)[1](1.0)

    assert ad.grad(nested)(2.0) == pytest.approx(24.0)


# ---- Laplacians ---------------------------------------------------------------------------------


def test_the_laplacian_is_the_trace_of_the_hessian():
    for argnums in (0, 1, (0, 1), "x"):
        hessian = ad.hessian(field, argnums=argnums)(X, 0.5)
        blocks = [hessian[0][0], hessian[1][1]] if isinstance(argnums, tuple) else [hessian]
        expected = sum(np.trace(np.atleast_2d(block)) for block in blocks)
        assert np.isclose(ad.laplacian(field, argnums)(X, 0.5), expected)


def test_the_laplacian_of_many_axes_containers_and_nothing():
    grid = np.arange(6.0).reshape(2, 3) / 3
    assert np.isclose(
        ad.laplacian(lambda x: np.sum(x**3) + x[0, 0] * x[1, 2])(grid), np.sum(6 * grid)
    )
    assert np.isclose(ad.laplacian(lambda p: p["a"] ** 2 * np.sum(p["x"] ** 2))({"a": 3.0, "x": X}),
                      2 * np.sum(X**2) + 3 * 2 * 9.0)  # fmt: skip
    assert ad.laplacian(lambda x, y: x + y, argnums=(0, 1))(1.0, 2.0) == 0.0
    assert ad.laplacian(lambda x: np.sum(x))(X) == 0.0
    assert ad.laplacian(lambda x, y: np.sum(y))(X, X) == 0.0


def test_numbers_need_no_mixed_derivatives():
    def harmonic(x, y):
        return np.exp(x) * np.sin(y)

    laplacian = ad.laplacian(harmonic, argnums=(0, 1))
    assert abs(laplacian(0.3, 0.4)) < 1e-15
    assert "np.eye" not in laplacian.source()
    assert ad.grad(ad.laplacian(lambda x, y: x**4 * y, argnums=(0, 1)))(2.0, 3.0) == pytest.approx(
        144.0
    )


# ---- linearize ----------------------------------------------------------------------------------


class Pair(NamedTuple):
    left: Any
    right: float


def straight(x, k):
    return np.sin(x) * k + np.sum(x), {"k": k * k, "n": len(x)}


def relaxed(x, k):
    s = x.copy()
    t = 0.0
    for _ in range(4):
        for j in range(1, len(x)):
            s[j] = s[j - 1] * np.sin(s[j] * k)
        if t < 1.0:
            t = t + s[1] * k
            s[0] = s[0] * 1.1
        else:
            t = t * s[2]
    while t < 10.0:
        t = t * t + k
    return s, t


def early(x, k):
    total = 0.0
    for v in x:
        if v > 1.0:
            return total * v
        total += math.exp(v * k)
    return total


def listed(x, k):
    parts = [x * k]
    for _ in range(3):
        parts.append(np.tanh(parts[-1] @ np.outer(x, x)))
    return np.stack(parts)


def waved(x, k):
    spectrum = np.fft.rfft(x * k) * np.exp(1j * k)
    return abs(np.sum(spectrum)) + np.real(spectrum), spectrum


@pytest.mark.parametrize("f", [straight, relaxed, early, listed, waved])
def test_the_pushforward_is_the_jvp(f):
    value, pushforward = ad.linearize(f, X, 1.5)
    rng = np.random.default_rng(0)
    for _ in range(3):
        direction = (rng.normal(size=3), float(rng.normal()))
        expected_value, expected = ad.jvp(f, (X, 1.5), direction)
        compare(value, expected_value)
        compare(pushforward(*direction), expected)


def compare(found: Any, expected: Any) -> None:
    if isinstance(expected, (tuple, list)):
        assert type(found) is type(expected)
        for a, b in zip(found, expected, strict=True):
            compare(a, b)
    elif isinstance(expected, dict):
        compare(list(found.items()), list(expected.items()))
    elif expected is None or isinstance(expected, str):
        assert found == expected
    else:
        assert type(found) is type(expected)
        assert np.allclose(found, expected, rtol=1e-12, atol=1e-12)


def test_the_function_runs_once_and_partials_are_not_computed_again(capsys):
    def told(x):
        print("called")
        return np.exp(x) * np.sin(x)

    _value, pushforward = ad.linearize(told, X)
    pushforward(V)
    pushforward(X)
    assert capsys.readouterr().out == "called\n"
    lines = [s for s in pushforward.source().splitlines() if not s.strip().startswith("#")]
    assert "exp" not in "".join(lines)
    assert "cos" not in "".join(lines)
    assert "def told_forward(x)" in ad.linearize(told).source(X)


def test_changes_of_the_callers_arrays_do_not_reach_the_pushforward():
    x = X.copy()
    value, pushforward = ad.linearize(lambda x: (x, x * x), x)
    x[:] = 0.0
    value[0][:] = 7.0
    dot = V.copy()
    first, second = pushforward(dot)
    assert np.allclose(second, 2 * X * V)
    first[:] = 0.0
    assert np.array_equal(dot, V)


def test_some_arguments_containers_methods_and_nesting():
    _value, pushforward = ad.linearize(lambda p, n: p.left**n * p.right, Pair(X, 2.0), 3, argnums=0)
    assert np.allclose(pushforward(Pair(V, 1.0)), 6 * X**2 * V + X**3)
    _value, pushforward = ad.linearize(lambda x, y: x * y**2, X, 3.0, argnums="y")
    assert np.allclose(pushforward(1.0), 6 * X)
    program = ad.linearize(lambda x, y: x * y**2, argnums=1)
    assert np.allclose(program(X, 3.0)[1](1.0), 6 * X)
    decorated = ad.linearize(argnums=0)(lambda x: x**3)
    assert decorated(2.0)[1](1.0) == 12.0

    class Spring:
        stiffness = 3.0

        def force(self, x):
            return -self.stiffness * x**2

    assert ad.linearize(Spring().force, 2.0)[1](1.0) == -12.0
    assert ad.linearize(Spring().force)(2.0)[1](1.0) == -12.0
    slope = ad.grad(lambda x: ad.linearize(np.sin, x)[1](x))(1.0)
    assert np.isclose(slope, math.cos(1.0) - math.sin(1.0))
    slope = ad.grad(lambda x: ad.linearize(lambda a, b: a * b**2, argnums=1)(x, x)[1](x))(2.0)
    assert np.isclose(slope, 2 * 3 * 2.0**2)


def cubed(x):
    return x**3


def test_pushforwards_are_copied_and_pickled():
    _value, pushforward = ad.linearize(cubed, 2.0)
    assert copy.deepcopy(pushforward)(1.0) == 12.0
    assert pickle.loads(pickle.dumps(pushforward))(1.0) == 12.0
    assert repr(pushforward) == "<pushforward of cubed>"


@pytest.mark.parametrize(
    ("tangents", "fact"),
    [
        ((V,), "1 tangents"),
        ((V[:2], 1.0), "shape"),
        ((V.astype(np.float32), 1.0), "dtype"),
        ((V.astype(int), 1.0), "array of int64"),
        (((V,), 1.0), "containers"),
        ((None, 1.0), "None"),
    ],
)
def test_tangents_that_do_not_fit(tangents, fact):
    _, pushforward = ad.linearize(straight, X, 1.5)
    with pytest.raises(ad.ArgumentError, match=fact):
        pushforward(*tangents)


def test_zero_results_have_the_shape_of_the_value():
    _value, pushforward = ad.linearize(lambda x: (np.ones((2, 3)), np.floor(x), 1.0), X)
    ones, floor, number = pushforward(V)
    assert np.array_equal(ones, np.zeros((2, 3)))
    assert np.array_equal(floor, np.zeros(3))
    assert number == 0.0


def test_all_orders_of_a_function_that_reads_its_own_derivatives():
    """What one derivative is in a nested gradient is another one of the function itself, and lacks other orders."""

    def f(x, y):
        g = ad.grad(lambda a: a**5 * y)
        return g(x) + ad.grad(g)(x) * y + ad.grad(ad.grad(g))(x)

    nested = f
    for order in range(1, 6):
        nested = ad.grad(nested, mode="forward")
        assert math.isclose(ad.derivative(f, order)(1.3, 0.7), nested(1.3, 0.7), rel_tol=1e-12)
    second = ad.grad(ad.grad(f))(1.3, 0.7)
    assert math.isclose(ad.laplacian(f)(1.3, 0.7), second, rel_tol=1e-12)
    assert math.isclose(ad.directional(f, (1.3, 0.7), (1.0, 0.0), order=2), second, rel_tol=1e-12)
