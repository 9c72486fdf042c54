"""Custom rules: what only they have (that their derivatives are right is tested in tests/programs/user_rules.py)."""

from __future__ import annotations

import math
import pickle
from collections.abc import Callable
from types import ModuleType
from typing import Any

import numpy as np
import pytest

import adcompiler as ad
from tests.programs.modes import user_rules

Write = Callable[[str], ModuleType]

RULES = """
import math
import numpy as np
import adcompiler as ad
FACTOR = 3.0

@ad.custom_jvp
def f(x): return x * x
def rule(primals, tangents): return primals[0] ** 2, FACTOR * tangents[0]
f.defjvp(rule)

@ad.custom_vjp
def g(x): return x * x
def forward(x): return g(x), x
def backward(x, y_bar): return (FACTOR * x * y_bar,)
g.defvjp(forward, backward)

def helper(y, x): return FACTOR * x
e = ad.primitive(math.erf, partials=lambda y, x: helper(y, x))
def clip(bar): return FACTOR * bar
def h(x): return ad.with_cotangent(x, clip) ** 2
def uses(x): return f(x) + g(x) + e(x) + h(x)
"""


@pytest.fixture
def m(module: Write) -> Any:
    return module(RULES)


def test_plainly_they_are_the_functions(m: Any) -> None:
    assert (m.f(3.0), m.g(3.0), m.h(3.0)) == (9.0, 9.0, 9.0)
    assert m.e(0.5) == math.erf(0.5)
    assert m.f.__name__ == "f"
    assert repr(m.g) == "<custom_vjp g>"
    assert ad.stop_gradient(2.0) == 2.0


def test_the_rule_is_what_counts(m: Any) -> None:
    for mode in ("forward", "reverse"):
        assert ad.grad(m.f, mode=mode)(5.0) == 3.0
        assert ad.grad(m.g, mode=mode)(5.0) == 15.0
        assert ad.grad(m.e, mode=mode)(5.0) == 15.0
    assert ad.grad(m.h)(5.0) == 30.0
    assert ad.grad(m.h, mode="forward")(5.0) == 10.0
    assert ad.hessian(m.g)(5.0) == 3.0
    assert ad.value_and_grad(m.uses)(5.0)[1] == 63.0


@pytest.mark.parametrize("name", ["f", "g", "e", "h"])
def test_a_changed_global_of_a_rule(m: Any, name: str) -> None:
    derivative = ad.grad(getattr(m, name))
    before = derivative(5.0)
    m.FACTOR = 6.0
    assert derivative(5.0) == 2 * before
    m.FACTOR = 6
    assert derivative(5.0) == 2 * before


def test_a_rule_given_again(m: Any) -> None:
    derivative = ad.grad(m.uses)
    assert derivative(5.0) == 63.0
    m.f.defjvp(lambda primals, tangents: (m.f(primals[0]), 0.0 * tangents[0]))
    assert derivative(5.0) == 60.0
    m.g.defvjp(lambda x: (x * x, ()), lambda res, y_bar: (0.0 * y_bar,))
    assert derivative(5.0) == 45.0
    m.clip = lambda bar: -bar
    assert derivative(5.0) == 5.0
    m.helper = lambda y, x: 0.0 * x
    assert derivative(5.0) == -10.0


def test_a_rule_given_late(module: Write) -> None:
    m = module("import adcompiler as ad\n@ad.custom_vjp\ndef f(x): return x * x\ndef g(x): return f(x) + x\n")
    derivative = ad.grad(m.g)
    with pytest.raises(ad.NoDerivativeError, match="no derivative rule yet"):
        derivative(2.0)
    m.f.defvjp(lambda x: (f_of(x), None), lambda _, y_bar: (10.0 * y_bar,))
    assert derivative(2.0) == 11.0


def f_of(x: float) -> float:
    return x * x


def test_decorating_does_not_take_over_old_derivatives() -> None:
    def f(x):
        return x * x

    assert ad.grad(f)(3.0) == 6.0
    g = ad.custom_jvp(f)
    g.defjvp(lambda primals, tangents: (primals[0] ** 2, -tangents[0]))
    assert ad.grad(g)(3.0) == -1.0
    assert ad.grad(f)(3.0) == 6.0


def test_the_forward_rule_runs_in_the_place_of_the_function(m: Any) -> None:
    source = ad.value_and_grad(user_rules.square_root).source(2.0)
    assert source.count("while ") == 1, source
    assert "y_bar" not in source


def test_nothing_is_computed_twice() -> None:
    """What the residuals share with the value stands once."""
    source = ad.grad(user_rules.containers, argnums=(0, 1)).source(
        {"w": user_rules.A, "b": user_rules.V}, user_rules.V
    )
    assert source.count("np.tanh(") == 2, source
    source = ad.grad(user_rules.scalar_jvp).source(0.5)
    assert source.count("math.exp(") == 1, source


def test_clipping_inside_a_second_derivative() -> None:
    def f(x):
        return 50.0 * ad.with_cotangent(x**3, lambda bar: np.clip(bar, -1.0, 1.0))

    assert ad.grad(f)(2.0) == 12.0
    assert ad.grad(ad.grad(f))(2.0) == 12.0  # the derivative of 1·3x²
    assert ad.hessian(f)(2.0) == 12.0

    def scaled(x, c):
        return ad.with_cotangent(x * x, lambda bar: bar * c)

    assert ad.grad(scaled)(3.0, 5.0) == 30.0
    assert ad.grad(lambda c: ad.grad(scaled)(3.0, c))(5.0) == 6.0


def test_surgery_sees_names_as_they_are_there() -> None:
    def f(x):
        c = 2.0
        y = ad.with_cotangent(x, lambda bar: c * bar)
        c = 7.0
        return y * c

    assert ad.grad(f)(1.0) == 14.0


SCOPES = """
import math
import adcompiler as ad

def each(x):
    for k in range(1, 4):
        x = ad.with_cotangent(2.0 * x, lambda bar: k * bar)
    return x

def f(theta, c):
    total = 0.0
    for k in range(1, 3):
        rate = 0.2 * k * ad.stop_gradient(c)

        def step(x, t):
            return rate * math.cos(x * t) + shift(x)

        def shift(x):
            return 0.1 * math.sin(x) * rate

        total = total + fixed_point(step, 0.5, theta) * k
    return total
"""


def test_surgery_in_each_iteration(module: Write) -> None:
    f = module(SCOPES).each
    assert ad.grad(f)(1.0) == 8.0 * 6.0
    assert ad.grad(f, mode="forward")(1.0) == 8.0


def test_surgery_on_part_of_a_container() -> None:
    def f(x, y):
        h = ad.with_cotangent((x, y, "name"), lambda bars: (bars[0], None, None))
        return h[0] * h[1]

    assert ad.grad(f, argnums=(0, 1))(3.0, 5.0) == (5.0, 0.0)


def test_clipping_by_norm_over_rows() -> None:
    """A Jacobian in reverse mode changes each row for itself."""

    def clip(bar):
        return bar / np.maximum(1.0, np.sqrt((bar * bar).sum()))

    def f(x):
        return 3.0 * ad.with_cotangent(x * x, clip)

    x = np.array([0.5, 2.0])
    assert np.allclose(ad.jacrev(f)(x), np.diag(2.0 * x))
    _, pullback = ad.vjp(f, x)
    assert np.allclose(pullback(np.array([1.0, 0.0]))[0], [1.0, 0.0])


def test_a_decision_by_the_cotangent() -> None:
    def f(x):
        return ad.with_cotangent(x * x, lambda bar: bar if bar < 1.0 else 1.0) * 5.0

    assert ad.grad(f)(3.0) == 6.0
    with pytest.raises(ad.NoDerivativeError, match="depends on a direction"):
        ad.jacrev(lambda x: f(x[0]) * np.ones(2))(np.ones(2))


def test_float32_stays(m: Any) -> None:
    x = np.array([0.5, 1.5], np.float32)
    for f in (m.f, m.g):
        bar = ad.grad(lambda x, f=f: f(x).sum())(x)
        assert bar.dtype == np.float32
    erf = ad.primitive(np.vectorize(math.erf, otypes=["f"]), partials=lambda y, x: 1.125 * np.exp(-x * x))
    assert ad.grad(lambda x: erf(x).sum())(x).dtype == np.float32


def test_structural_zeros_are_no_products() -> None:
    """x is not differentiated: its partial, which is infinite, is not multiplied by 0.0."""

    @ad.custom_jvp
    def f(x, y):
        return np.sqrt(x) * y

    f.defjvp(
        lambda p, t: (f(*p), np.sqrt(p[0]) * t[1] + p[1] * t[0] / (2.0 * np.sqrt(p[0])))
    )
    for mode in ("forward", "reverse"):
        assert ad.grad(f, argnums=1, mode=mode)(np.float64(0.0), 2.0) == 0.0
        assert ad.grad(lambda y: f(np.zeros(2), y).sum(), mode=mode)(2.0) == 0.0


def test_methods_and_keywords() -> None:
    class Model:
        rate = 3.0

        @ad.custom_vjp
        def loss(self, x, power=2.0):
            return self.rate * x**power

    Model.loss.defvjp(
        lambda self, x, power: (self.rate * x**power, x), lambda x, bar: (None, -x * bar, None)
    )
    model = Model()
    assert model.loss(2.0) == 12.0
    assert ad.grad(lambda x: model.loss(x))(2.0) == -2.0
    assert ad.grad(lambda x: model.loss(power=3.0, x=x))(2.0) == -2.0


def test_an_int_of_the_rule_that_must_be_known() -> None:
    @ad.custom_jvp
    def f(x, axis):
        return x * x

    f.defjvp(lambda p, t: (f(*p), 2.0 * t[0] * p[0] + 0.0 * p[0].sum(axis=p[1], keepdims=True)))
    x = np.arange(6.0).reshape(2, 3)
    for axis in (0, 1):
        assert np.allclose(ad.grad(lambda x, axis: f(x, axis).sum())(x, axis), 2.0 * x)


def test_wrong_rules_are_found() -> None:
    @ad.custom_vjp
    def f(x, y):
        return x * y

    f.defvjp(lambda x, y: (f(x, y), (x, y)), lambda res, bar: (res[1] * bar, res[1] * bar))
    with pytest.raises(AssertionError, match="tangent of f"):
        ad.check_grads(f, (2.0, 3.0))
    with pytest.raises(AssertionError, match=r"(?s)adjoint of f.*input `y`"):
        ad.check_grads(f, (2.0, 3.0), modes="rev")
    f.defvjp(lambda x, y: (x * y + 1.0, (x, y)), lambda res, bar: (res[1] * bar, res[0] * bar))
    with pytest.raises(AssertionError, match="value"):
        ad.check_grads(f, (2.0, 3.0))
    f.defvjp(lambda x, y: (f(x, y), (x, y)), lambda res, bar: (res[1] * bar, res[0] * bar))
    ad.check_grads(f, (2.0, 3.0), order=3)


def test_a_wrong_primitive_is_found() -> None:
    wrong = ad.primitive(math.erf, partials=lambda y, x: y * x)
    with pytest.raises(AssertionError, match="erf"):
        ad.check_grads(wrong, (0.5,))
    ad.check_grads(user_rules.erf, (0.5,), order=3)
    ad.check_grads(user_rules.solve, (user_rules.A, user_rules.V))


def test_one_mode_of_a_primitive_is_enough() -> None:
    a, b = user_rules.A, user_rules.V
    expected = ad.grad(user_rules.general_primitive, argnums=(0, 1))(a, b)

    def product(y, p, t):
        return t[0] @ p[1] + p[0] @ t[1]

    by_jvp = ad.primitive(np.dot, result=lambda a, b: b, jvp=product)
    by_vjp = ad.primitive(np.dot, result=lambda a, b: b, vjp=lambda y, p, bar: (np.outer(bar, p[1]), p[0].T @ bar))
    for dot in (by_jvp, by_vjp):
        ad.check_grads(lambda a, b, dot=dot: dot(a, b) ** 2, (a, b), order=2)
        assert np.allclose(ad.jacobian(lambda b, dot=dot: dot(a, b))(b), a)
    inverse = ad.primitive(np.linalg.solve, result=lambda a, b: b, vjp=user_rules.solve_back)
    found = ad.grad(lambda a, b: (inverse(a, b * b) ** 3).sum(), argnums=(0, 1))(a, b)
    assert all(map(np.allclose, found, expected))


def test_a_table_among_the_operands() -> None:
    table = np.array([0.0, 1.0, 3.0])
    interpolated = ad.primitive(
        np.interp,
        partials=(lambda y, x, xp, fp: np.where(x < 1.0, fp[1] - fp[0], 0.5 * (fp[2] - fp[1])), None, None),
        result=lambda x, xp, fp: x,
        nondiff_argnums=(1, 2),
    )
    x = np.array([0.3, 1.5, 2.5])
    for mode in ("forward", "reverse"):
        found = ad.grad(lambda x: interpolated(x, table, table**2).sum(), mode=mode)(x)
        assert np.allclose(found, [1.0, 4.0, 4.0])
    ad.check_grads(lambda x: interpolated(x[0], table, table**2), (x,))


def test_a_result_that_is_not_as_declared() -> None:
    x = np.ones(3)
    wrong = ad.primitive(lambda x: x[:, None], result=lambda x: x, vjp=lambda y, p, bar: (bar,))
    with pytest.raises(ValueError, match="2 axes of float64; its row declares 1"):
        ad.value_and_grad(lambda x: (wrong(x) * x).sum())(x)
    single = ad.primitive(lambda x: x.astype(np.float32), partials=lambda y, x: 1.0)
    with pytest.raises(ValueError, match="1 axes of float32"):
        ad.value_and_grad(lambda x: (single(x) * x).sum())(x)


def test_hessian_through_an_opaque_function() -> None:
    a, b = user_rules.A, user_rules.V
    found = ad.hessian(user_rules.general_primitive, argnums=1)(a, b)
    gradient = ad.grad(user_rules.general_primitive, argnums=1)
    step = 1e-6
    rows = [(gradient(a, b + step * e) - gradient(a, b - step * e)) / (2 * step) for e in np.eye(3)]
    assert np.allclose(found, rows, rtol=1e-6)


def test_the_generated_module_imports_the_function() -> None:
    assert "from math import erf" in ad.value_and_grad(user_rules.erf).source(0.5)
    assert "from numpy.linalg import solve" in ad.grad(user_rules.general_primitive).source(
        user_rules.A, user_rules.V
    )


def erf_partial(y: float, x: float) -> float:
    return 2.0


def test_they_pickle_by_name() -> None:
    for function in (user_rules.softplus, user_rules.product):
        assert pickle.loads(pickle.dumps(function)) is function
    again = pickle.loads(pickle.dumps(ad.primitive(math.erf, partials=erf_partial)))
    assert ad.grad(again)(0.0) == 2.0


def test_compare_shows_them() -> None:
    text = str(ad.compare(user_rules.two_results, 0.4, 0.9))
    assert "product(" in text
    assert str(ad.trace(user_rules.scalar_jvp, 0.4))


def test_linear_in_a_loop_but_not_otherwise() -> None:
    @ad.custom_jvp
    def f(x):
        return x * x

    f.defjvp(lambda p, t: (f(*p), t[0] * t[0]))
    assert ad.jvp(f, (2.0,), (3.0,)) == (4.0, 9.0)
    with pytest.raises(ad.NoDerivativeError, match="not linear"):
        ad.grad(f)(2.0)


def test_what_reaches_the_function_on_another_way() -> None:
    @ad.custom_vjp
    def apply(function, x):
        return function(x)

    def forward(function, x):
        return apply(function, x), x

    apply = ad.custom_vjp(apply.function, nondiff_argnums=(0,))
    apply.defvjp(forward, lambda function, x, bar: (2.0 * bar,))
    assert ad.grad(lambda x: apply(lambda v: v * v, x))(3.0) == 2.0
    with pytest.raises(ad.NoDerivativeError, match="depends on `w`"):
        ad.grad(lambda w, x: apply(lambda v: v * w, x))(3.0, 2.0)
    with pytest.raises(ad.NoDerivativeError, match="depends on `w`"):
        ad.jvp(lambda w, x: apply(lambda v: v * w, x), (3.0, 2.0), (1.0, 0.0))
    found = ad.grad(lambda w, x: apply(lambda v: v * ad.stop_gradient(w), x), argnums=(0, 1))(3.0, 2.0)
    assert found == (0.0, 2.0)


def test_a_function_argument_sees_its_scope(module: Write) -> None:
    """Also where the rule runs it again: in loops, in other blocks, in a second derivative."""
    m = module(SCOPES)
    m.fixed_point = slope = user_rules.fixed_point
    ad.check_grads(m.f, (0.8, 1.3), argnums=0)
    with pytest.raises(ad.NoDerivativeError, match="depends on `x`"):
        ad.grad(lambda x: slope(lambda v, t: 0.5 * math.cos(v * t * x), 0.5, x))(0.7)


def test_nondiff_arguments_are_checked() -> None:
    @ad.custom_jvp
    def f(n, x):
        return n * x

    f = ad.custom_jvp(f.function, nondiff_argnums=(0,))
    f.defjvp(lambda n, p, t: (f(n, *p), n * t[0]))
    assert ad.grad(f, argnums=1)(4.0, 2.0) == 4.0
    with pytest.raises(ad.NoDerivativeError, match="depends on `n`"):
        ad.grad(f, argnums=0)(4.0, 2.0)


def test_stop_gradient_in_both_modes() -> None:
    for mode in ("forward", "reverse"):
        assert ad.grad(lambda x: ad.stop_gradient(x) * x, mode=mode)(3.0) == 3.0
        assert ad.grad(lambda p: ad.stop_gradient(p)["w"] * p["w"], mode=mode)({"w": 3.0}) == {"w": 3.0}


def test_the_jacobian_of_a_rule_that_does_not_read_one_cotangent():
    @ad.custom_vjp
    def two(v, w):
        return v + w, v

    two.defvjp(lambda v, w: ((v + w, v), None), lambda _, g: (g[0] + g[1], g[0]))

    def f(x, y):
        s, v = two(x, y)
        return s, v

    x, y = np.array([1.0, 2.0]), np.array([3.0, 5.0])
    for mode in ("forward", "reverse"):
        one, other = ad.jacobian(f, argnums=1, mode=mode)(x, y)
        assert np.array_equal(one, np.eye(2))
        assert np.array_equal(other, np.zeros((2, 2)))
