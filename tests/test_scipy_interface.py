"""SciPy's optimisers and solvers take our functions as they are: calls, arguments, kinds of input and result."""

from __future__ import annotations

import numpy as np
import pytest

import adcompiler as ad
from tests.test_examples import EXTRA, example

optimize = pytest.importorskip("scipy.optimize", reason=EXTRA)
integrate = pytest.importorskip("scipy.integrate", reason=EXTRA)

START = np.array([1.3, 0.7, 0.8, 1.9, 1.2])


def valley(x, steepness=100.0):
    return np.sum(steepness * (x[1:] - x[:-1] ** 2) ** 2 + (1.0 - x[:-1]) ** 2)


@pytest.mark.parametrize(
    "method", ["BFGS", "L-BFGS-B", "CG", "TNC", "SLSQP", "Newton-CG", "trust-constr"]
)
def test_minimize_with_value_and_gradient(method):
    found = optimize.minimize(ad.value_and_grad(valley), START, jac=True, method=method)
    assert found.fun < 1e-5


@pytest.mark.parametrize(
    "method", ["Newton-CG", "trust-ncg", "trust-exact", "trust-krylov", "trust-constr"]
)
def test_minimize_with_a_hessian_and_with_its_product(method):
    both, hessian = ad.value_and_grad(valley), ad.hessian(valley)
    assert optimize.minimize(both, START, jac=True, hess=hessian, method=method).fun < 1e-6
    if method != "trust-exact":
        product = ad.hvp(valley)
        assert optimize.minimize(both, START, jac=True, hessp=product, method=method).fun < 1e-6


def test_arguments_go_where_scipy_puts_them():
    both, hessian, product = ad.value_and_grad(valley), ad.hessian(valley), ad.hvp(valley)
    for args in ((10.0,), (10,), 10.0):
        for more in ({"hess": hessian}, {"hessp": product}):
            found = optimize.minimize(both, START, args=args, jac=True, method="trust-ncg", **more)
            assert np.allclose(found.x, 1.0, atol=1e-3)
    x, v = START, np.arange(5.0)
    assert np.allclose(product(x, v, 10.0), hessian(x, 10.0) @ v)
    assert np.allclose(product(x, v, steepness=10.0), hessian(x, 10.0) @ v)
    assert "def valley_hvp(x, x_dot, steepness=100.0):" in product.source(x, v)
    behind = ad.hvp(lambda k, x: k * np.sum(x**3), argnums="x")
    assert np.allclose(behind(2.0, x, v), 12.0 * x * v)
    assert ad.grad(lambda x: ad.hvp(lambda y: y**4)(x, x))(2.0) == pytest.approx(12 * 3 * 4.0)


def test_what_scipy_hands_over():
    gradient = ad.grad(valley)
    expected = gradient(START)
    frozen = START.copy()
    frozen.flags.writeable = False
    strided = np.repeat(START, 2)[::2]
    for x in (frozen, strided, START[::-1].copy()[::-1]):
        assert np.array_equal(gradient(x), expected)
        result = gradient(x)
        assert result.flags.writeable
        result[:] = 0.0
        assert not np.shares_memory(result, x)
    assert np.array_equal(ad.hvp(valley)(START, np.arange(5, dtype=np.int8)),
                          ad.hvp(valley)(START, np.arange(5.0)))  # fmt: skip
    assert optimize.minimize(ad.value_and_grad(valley), [1.3, 0.7], jac=True).fun < 1e-8
    assert optimize.minimize(ad.value_and_grad(valley), [3, 2], jac=True).fun < 1e-8
    assert optimize.check_grad(valley, gradient, START) < 1e-4


def test_what_is_refused():
    with pytest.raises(ad.ArgumentError, match="without tangents"):
        ad.hvp(valley, (START,))
    with pytest.raises(ad.ArgumentError, match="program of hvp"):
        ad.hvp(valley, argnums=(0, 1))
    with pytest.raises(ad.ArgumentError, match="int64"):
        optimize.root(lambda x: x, [1, 2], jac=ad.jacobian(lambda x: x**2))


def bend(x):
    return np.array([x[0] ** 2 + x[1] ** 2])


def test_constraints():
    limit = optimize.NonlinearConstraint(
        bend, 0.0, 1.5, jac=ad.jacobian(bend), hess=lambda x, v: v[0] * ad.hessian(lambda x: bend(x)[0])(x)
    )  # fmt: skip
    found = optimize.minimize(
        ad.value_and_grad(valley), [0.1, 0.1], jac=True, hess=ad.hessian(valley),
        constraints=[limit], method="trust-constr",
    )  # fmt: skip
    assert np.allclose(found.x, [0.9072, 0.8227], atol=1e-3)
    inside = {
        "type": "ineq",
        "fun": lambda x: 1.5 - bend(x)[0],
        "jac": ad.grad(lambda x: 1.5 - bend(x)[0]),
    }
    found = optimize.minimize(
        ad.value_and_grad(valley), [0.1, 0.1], jac=True, constraints=[inside], method="SLSQP"
    )
    assert np.allclose(found.x, [0.9072, 0.8227], atol=1e-3)


@pytest.mark.parametrize("method", ["trf", "lm", "dogbox"])
def test_least_squares(method):
    module = example("scipy_optimisers")
    seen = module.two_decays(module.TIMES, *module.TRUE)
    guess = [1.0, 2.0, 1.0, 0.1, 0.0]
    jacobian = ad.jacobian(module.misfit)
    for more in ({"args": (module.TIMES, seen)}, {"kwargs": {"t": module.TIMES, "seen": seen}}):
        found = optimize.least_squares(module.misfit, guess, jac=jacobian, method=method, **more)
        assert np.allclose(np.sort(found.x), np.sort(module.TRUE), atol=1e-6)


@pytest.mark.parametrize("method", ["hybr", "lm"])
def test_root(method):
    system = example("scipy_optimisers").system
    found = optimize.root(system, [0.0, 0.0], args=(0.5,), jac=ad.jacobian(system), method=method)
    assert np.allclose(found.x, [0.8411639, 0.1588361])
    together = ad.jacobian(system)
    found = optimize.root(
        lambda x: (system(x, 0.5), together(x, 0.5)), [0.0, 0.0], jac=True, method=method
    )
    assert np.allclose(found.x, [0.8411639, 0.1588361])


def oscillator(t, y, stiffness):
    return np.array([y[1], stiffness * (1.0 - y[0] ** 2) * y[1] - y[0]])


@pytest.mark.parametrize("method", ["Radau", "BDF", "LSODA"])
def test_solve_ivp(method):
    jacobian = ad.jacobian(oscillator, argnums="y")
    options = {"method": method, "args": (100.0,), "rtol": 1e-6, "atol": 1e-8}
    with_jacobian = integrate.solve_ivp(
        oscillator, (0.0, 50.0), [2.0, 0.0], jac=jacobian, **options
    )
    without = integrate.solve_ivp(oscillator, (0.0, 50.0), [2.0, 0.0], **options)
    assert np.allclose(with_jacobian.y[:, -1], without.y[:, -1], rtol=1e-3)


def test_scalar_roots_with_first_and_second_derivatives():
    def cubic(x):
        return x**3 - 2.0

    first, second = ad.derivative(cubic), ad.derivative(cubic, 2)
    assert optimize.newton(cubic, 1.0, fprime=first, fprime2=second) == pytest.approx(2 ** (1 / 3))
    found = optimize.root_scalar(ad.value_and_grad(cubic), x0=1.0, fprime=True, method="newton")
    assert found.root == pytest.approx(2 ** (1 / 3))


def test_the_figures_of_the_example():
    module = example("scipy_optimisers")
    found = module.down_the_valley()
    assert all(np.allclose(result.x, 1.0, atol=0.02) for result in found.values())
    assert found["trust-exact (Hessian)"].nfev < found["BFGS (gradient)"].nfev < 60
    assert found["Nelder-Mead (none)"].nfev > 200
    film, error = module.soap_film()
    assert film.success
    assert error < 2e-4
    _, coarse = module.soap_film(12)
    assert 2.5 < coarse / error < 5.5  # of second order in the distance of the points
    squares, curve = module.fitted()
    assert np.allclose(squares.x, module.TRUE, atol=1e-6)
    assert np.allclose(curve, module.TRUE, atol=1e-5)
    where = module.orbit()
    assert abs(module.kepler(where.root, 0.9, 0.3)) < 1e-14
    rates = module.reactions()
    assert np.allclose(rates.y[:, -1], [0.7158271, 9.185535e-06, 0.2841637], rtol=1e-5)
    assert rates.nfev < 1500
