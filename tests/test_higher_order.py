"""Second and third derivatives by every nesting of the modes, and derivatives inside derivatives."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import adcompiler as ad

Function = Callable[..., Any]

X = np.array([0.4, -0.7, 1.3])
A = np.array([[0.5, 1.5, -0.3], [0.2, -0.6, 0.8], [1.1, 0.4, 0.9]])


def forward(f: Function) -> Any:
    return ad.grad(f, mode="forward")


def by_jvp(f: Function) -> Function:
    return lambda x: ad.jvp(f, (x,), (1.0,))[1]


def by_vjp(f: Function) -> Function:
    return lambda x: ad.vjp(f, x)[1](1.0)[0]


def by_tangent(f: Function) -> Function:
    return lambda x: ad.tangent(f)(x, 1.0)[1]


def by_adjoint(f: Function) -> Function:
    return lambda x: ad.adjoint(f)(x, 1.0)[1]


SCALAR_MODES = {
    "grad": ad.grad, "forward": forward, "jacfwd": ad.jacfwd, "jacrev": ad.jacrev,
    "jvp": by_jvp, "vjp": by_vjp, "tangent": by_tangent, "adjoint": by_adjoint,
}  # fmt: skip


def polynomial(x):
    return 2.0 * x**5 - x**3 + x


def wave(x):
    return math.sin(3.0 * x) * math.exp(-x)


def numpy_wave(x):
    return np.sin(3.0 * x) * np.exp(-x)


def piecewise(x):
    return x**4 if x > 0 else -(x**3)


def wave_derivative(x: float, order: int) -> float:
    """The imaginary part of (3i - 1)ⁿ e^((3i - 1) x)."""
    c = complex(-1.0, 3.0)
    return float((c**order * np.exp(c * x)).imag)


SCALARS = [
    (polynomial, 0.8, [10 * 0.8**4 - 3 * 0.8**2 + 1, 40 * 0.8**3 - 6 * 0.8, 120 * 0.8**2 - 6]),
    (wave, 0.6, [wave_derivative(0.6, n) for n in (1, 2, 3)]),
    (numpy_wave, 0.6, [wave_derivative(0.6, n) for n in (1, 2, 3)]),
    (piecewise, 0.5, [4 * 0.5**3, 12 * 0.5**2, 24 * 0.5]),
    (piecewise, -0.5, [-3 * 0.25, -6 * -0.5, -6.0]),
]


@pytest.mark.parametrize(("function", "x", "expected"), SCALARS)
@pytest.mark.parametrize("modes", list(itertools.product(SCALAR_MODES, repeat=2)), ids="-".join)
def test_second_derivative(function: Function, x: float, expected: list[float], modes: tuple[str, str]) -> None:
    inner, outer = modes
    found = SCALAR_MODES[outer](SCALAR_MODES[inner](function))(x)
    assert math.isclose(found, expected[1], rel_tol=1e-10, abs_tol=1e-12)


@pytest.mark.parametrize(("function", "x", "expected"), SCALARS)
@pytest.mark.parametrize(
    "modes", list(itertools.product(("grad", "forward", "jvp", "vjp"), repeat=3)), ids="-".join
)
def test_third_derivative(function: Function, x: float, expected: list[float], modes: tuple[str, ...]) -> None:
    derivative: Function = function
    for mode in modes:
        derivative = SCALAR_MODES[mode](derivative)
    assert math.isclose(derivative(x), expected[2], rel_tol=1e-9, abs_tol=1e-12)


def test_fourth_derivative() -> None:
    assert math.isclose(ad.grad(ad.grad(ad.grad(ad.grad(wave))))(0.6), wave_derivative(0.6, 4), rel_tol=1e-9)


def energy(x):
    return np.sum(np.sin(x) * (A @ x) ** 2) / (1.0 + x @ x)


def differences(function: Function, x: np.ndarray[Any, Any], step: float = 2e-3) -> np.ndarray[Any, Any]:
    """∂function/∂x with the axes of x last, by differences of the fourth order."""
    columns = []
    for index in np.ndindex(x.shape):
        e = np.zeros_like(x)
        e[index] = step
        two, one = function(x + 2 * e) - function(x - 2 * e), function(x + e) - function(x - e)
        columns.append((8 * one - two) / (12 * step))
    return np.stack(columns, axis=-1).reshape((*np.shape(columns[0]), *x.shape))


HESSIANS = {
    "hessian": ad.hessian,
    "jacfwd(grad)": lambda f: ad.jacfwd(ad.grad(f)),
    "jacrev(grad)": lambda f: ad.jacrev(ad.grad(f)),
    "jacfwd(forward)": lambda f: ad.jacfwd(forward(f)),
    "jacrev(forward)": lambda f: ad.jacrev(forward(f)),
    "jacfwd(jacfwd)": lambda f: ad.jacfwd(ad.jacfwd(f)),
    "jacrev(jacrev)": lambda f: ad.jacrev(ad.jacrev(f)),
    "jacfwd(jacrev)": lambda f: ad.jacfwd(ad.jacrev(f)),
    "jacrev(jacfwd)": lambda f: ad.jacrev(ad.jacfwd(f)),
    "jacobian(jacobian)": lambda f: ad.jacobian(ad.jacobian(f)),
}


@pytest.fixture(scope="module")
def reference() -> np.ndarray[Any, Any]:
    return differences(ad.grad(energy), X)


@pytest.mark.parametrize("nesting", HESSIANS)
def test_hessian(nesting: str, reference: np.ndarray[Any, Any]) -> None:
    found = HESSIANS[nesting](energy)(X)
    assert found.shape == (3, 3)
    assert np.allclose(found, reference, rtol=1e-8, atol=1e-8)


@pytest.mark.parametrize("outer", ["jacfwd", "jacrev"])
@pytest.mark.parametrize("nesting", HESSIANS)
def test_third_derivative_of_an_array(nesting: str, outer: str) -> None:
    found = getattr(ad, outer)(HESSIANS[nesting](energy))(X)
    assert found.shape == (3, 3, 3)
    assert np.allclose(found, differences(ad.hessian(energy), X), rtol=1e-7, atol=1e-7)
    assert np.allclose(found, found.transpose(2, 1, 0), atol=1e-10)


def vector(x):
    return np.stack([x[0] * x[1], np.exp(x[2] * x[0]), np.sum(x**3)])


@pytest.mark.parametrize("inner", ["jacfwd", "jacrev"])
@pytest.mark.parametrize("outer", ["jacfwd", "jacrev"])
def test_derivative_of_a_jacobian(inner: str, outer: str) -> None:
    first = getattr(ad, inner)(vector)
    found = getattr(ad, outer)(first)(X)
    assert found.shape == (3, 3, 3)
    assert np.allclose(found, differences(first, X), rtol=1e-8, atol=1e-8)


def test_hessian_of_a_matrix() -> None:
    def f(a):
        return np.sum(np.tanh(a @ a))

    found = ad.hessian(f)(A)
    assert found.shape == (3, 3, 3, 3)
    assert np.allclose(found, differences(ad.grad(f), A), rtol=1e-8, atol=1e-8)


def test_hessian_of_several_arguments() -> None:
    def f(x, c):
        return c**2 * np.sum(x**3)

    (xx, xc), (cx, cc) = ad.hessian(f, argnums=(0, 1))(X, 2.0)
    assert np.allclose(xx, np.diag(24.0 * X))
    assert np.allclose(xc, 12.0 * X**2)
    assert np.allclose(cx, xc)
    assert np.isclose(cc, 2.0 * np.sum(X**3))


@pytest.mark.parametrize("form", ["hvp", "jvp(grad)", "grad(jvp)", "vjp(grad)", "grad(dot)"])
def test_hessian_times_vector(form: str, reference: np.ndarray[Any, Any]) -> None:
    v = np.array([0.3, -0.8, 0.5])
    forms: dict[str, Callable[[], Any]] = {
        "hvp": lambda: ad.hvp(energy, (X,), (v,)),
        "jvp(grad)": lambda: ad.jvp(ad.grad(energy), (X,), (v,))[1],
        "grad(jvp)": lambda: ad.grad(lambda x: ad.jvp(energy, (x,), (v,))[1])(X),
        "vjp(grad)": lambda: ad.vjp(ad.grad(energy), X)[1](v)[0],
        "grad(dot)": lambda: ad.grad(lambda x: ad.grad(energy)(x) @ v)(X),
    }
    assert np.allclose(forms[form](), reference @ v, rtol=1e-8, atol=1e-8)


def test_hvp_of_several_arguments() -> None:
    def f(x, y):
        return x**2 * y**3

    found = ad.hvp(f, (1.5, 0.5), (1.0, 2.0))
    x, y = 1.5, 0.5
    assert np.allclose(found, (2 * y**3 + 2.0 * 6 * x * y**2, 6 * x * y**2 + 2.0 * 6 * x**2 * y))


# perturbation confusion (Siskind & Pearlmutter 2005): the inner derivative must not see the outer one's direction

CONFUSIONS: list[tuple[Function, float, float]] = [
    (lambda x: x * ad.grad(lambda y: x + y)(1.0), 1.7, 1.0),
    (lambda x: x * ad.grad(lambda y: x * y)(2.0), 1.7, 2 * 1.7),
    (lambda x: x * ad.jvp(lambda y: x * y, (2.0,), (1.0,))[1], 1.7, 2 * 1.7),
    (lambda x: x * ad.vjp(lambda y: x * y, 2.0)[1](1.0)[0], 1.7, 2 * 1.7),
    (lambda x: x * ad.jacfwd(lambda y: x * y * y)(3.0), 1.7, 2 * 6.0 * 1.7),
    (lambda x: ad.grad(lambda y: x * y * y)(x), 1.7, 4 * 1.7),
    (lambda x: ad.grad(lambda x: x * x * x)(x) * x, 1.7, 9 * 1.7**2),
    (lambda x: ad.grad(lambda y: ad.grad(lambda z: x * y * z)(2.0))(3.0), 1.7, 1.0),
    (lambda x: ad.grad(lambda y: y * ad.grad(lambda z: x * y * z)(2.0))(3.0), 1.7, 6.0),
    (lambda x: ad.jvp(lambda y: x * y, (x,), (x,))[1], 1.7, 2 * 1.7),
    (lambda x: ad.jvp(lambda y: y**3, (x,), (x**2,))[1], 1.1, 12 * 1.1**3),
    (lambda x: ad.hessian(lambda y: y**3 * x)(x), 1.1, 12 * 1.1),
    (lambda x: ad.hvp(lambda y: y**4, (x,), (x,)), 1.1, 36 * 1.1**2),
    (lambda x: ad.value_and_grad(lambda y: x * y)(x)[0] + ad.value_and_grad(lambda y: x * y)(x)[1], 1.1, 3.2),
]


@pytest.mark.parametrize("number", range(len(CONFUSIONS)))
@pytest.mark.parametrize("mode", ["grad", "forward", "jvp", "vjp"])
def test_perturbation_confusion(number: int, mode: str) -> None:
    function, x, expected = CONFUSIONS[number]
    assert math.isclose(SCALAR_MODES[mode](function)(x), expected, rel_tol=1e-12)


def test_the_pullback_of_an_inner_vjp_may_be_called_twice() -> None:
    def f(x):
        value, pullback = ad.vjp(lambda y: y**3, x)
        return value + pullback(1.0)[0] + pullback(x)[0]

    x = 1.3
    assert math.isclose(ad.grad(f)(x), 3 * x**2 + 6 * x + 9 * x**2)


def test_two_results_of_an_inner_vjp() -> None:
    def f(x):
        (s, c), pullback = ad.vjp(lambda y: (y**2, y**3), x)
        (bar,) = pullback((c, s))
        return bar

    x = 0.8
    assert math.isclose(ad.grad(f)(x), 8 * x**3 + 12 * x**3)  # bar = x³·2x + x²·3x² = 5x⁴


def test_stop_gradient() -> None:
    assert ad.grad(lambda x: x * ad.stop_gradient(x))(3.0) == 3.0
    assert ad.jvp(lambda x: ad.stop_gradient(x) * x**2, (3.0,), (1.0,))[1] == 18.0
    assert ad.grad(ad.grad(lambda x: x**2 * ad.stop_gradient(x)))(3.0) == 6.0


def test_gradient_steps_inside_a_program() -> None:
    def unrolled(rate):
        x = 1.0
        x = x - rate * ad.grad(lambda t: (t - 3.0) ** 2)(x)
        x = x - rate * ad.grad(lambda t: (t - 3.0) ** 2)(x)
        return (x - 3.0) ** 2

    # x - 3 = -2 (1 - 2 r)², so the loss is 4 (1 - 2 r)⁴
    assert math.isclose(ad.grad(unrolled)(0.1), -32 * (1 - 0.2) ** 3)


def test_inner_containers_keep_their_structure() -> None:
    def f(w):
        g = ad.grad(lambda p: p["w"] ** 2 * p["c"][0])({"w": w, "c": (w, 2)})
        return g["w"] + g["c"][0]

    assert math.isclose(ad.grad(f)(1.5), 3 * 2 * 1.5)  # 2w·w + w²


def steps_in_one_arm(x, v):
    if x > 0.1:
        k = 0
        while k < 4 and x < 0.9:
            k += 1
            v = 0.5 * v * v
            x = x + 0.3
    return x + np.sum(v)


def test_many_directions_through_a_loop_that_may_not_run():
    def slope(x, v):
        x_bar, v_bar = ad.grad(steps_in_one_arm, argnums=(0, 1))(x, v)
        return x_bar + v_bar[0] - 0.4 * v_bar[2]

    for x in (0.2, 0.05):
        args = (x, np.array([0.5, -0.6, 0.9]))
        forward = ad.grad(slope, argnums=(0, 1), mode="forward")(*args)
        reverse = ad.grad(slope, argnums=(0, 1), mode="reverse")(*args)
        assert forward[0] == pytest.approx(reverse[0])
        assert forward[1] == pytest.approx(reverse[1])


def roots_in_one_arm(x, v):
    w = v if x > 1.0 else np.sqrt(1.0 + (x * np.ones(3)) ** 2)
    return np.sum(w * w * v)


def test_records_of_one_arm_that_share_memory():
    gradient = ad.grad(roots_in_one_arm, argnums=(0, 1))
    weights = (0.3, np.array([0.5, -0.2, 0.7]))
    for x in (1.5, 0.5):
        args = (x, np.array([0.5, -0.6, 0.9]))
        _, pullback = ad.vjp(gradient, *args)
        bars, (_, dots) = pullback(weights), ad.jvp(gradient, args, weights)
        assert bars[0] == pytest.approx(dots[0])  # a Hessian is symmetric
        assert bars[1] == pytest.approx(dots[1])


def written_in_one_arm(x, y, v):
    p = np.zeros(3)
    if y < 0.4:
        return y + np.sum(v * p)
    if x < 0.9:
        np.copyto(p, x * p)
    return x + np.sum(v * p)


def test_a_shape_that_only_one_arm_knows(monkeypatch):
    monkeypatch.setenv("ADCOMPILER_VERIFY", "1")
    for y in (0.2, 0.7):
        found = ad.grad(written_in_one_arm, argnums=(0, 1))(0.5, y, np.ones(3))
        assert found == ((0.0, 1.0) if y < 0.4 else (1.0, 0.0))


def test_an_inner_adjoint_of_several_arguments_needs_no_seed() -> None:
    def product(x, y):
        return x * y

    def every(x, y):
        value, x_bar, y_bar = ad.adjoint(product)(x, y)
        return value + 10.0 * x_bar + 100.0 * y_bar

    def seeded(x, y):
        _, x_bar, y_bar = ad.adjoint(product)(x, y, 2.0)
        _, again, _ = ad.adjoint(product)(x, y, product_bar=3.0)
        return x_bar * y_bar + again

    assert ad.grad(every, argnums=(0, 1))(2.0, 3.0) == (103.0, 12.0)
    assert ad.grad(seeded, argnums=(0, 1))(2.0, 3.0) == (12.0, 11.0)
