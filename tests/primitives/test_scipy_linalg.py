"""scipy.linalg through the whole compiler: every form of a call, generated code, what is refused (only where SciPy is: conftest)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from scipy import linalg

import adcompiler as ad
from adcompiler.errors import ADError, ArgumentError, NoDerivativeError

Array = np.ndarray[Any, Any]
RNG = np.random.default_rng(5)
G = RNG.normal(size=(3, 3)) + 3.0 * np.eye(3)
S = G @ G.T
X = RNG.normal(size=(4, 3))
V = RNG.normal(size=3)
STACK = RNG.normal(size=(2, 3, 3)) + 3.0 * np.eye(3)
MAIN = 9.0 * np.array([[0.0], [1.0], [0.0]])
Z = G + 1j * RNG.normal(size=(3, 3))


def difference(f: Callable[[Array], Any], x: Array) -> Array:
    """∂L/∂x (− i ∂L/∂y) by central differences, extrapolated once."""

    def along(e: Array) -> Any:
        near, far = f(x + e) - f(x - e), f(x + 2.0 * e) - f(x - 2.0 * e)
        return (8.0 * near - far) / 12e-3

    found = np.zeros_like(x)
    for place in np.ndindex(*x.shape):
        e = np.zeros_like(x)
        e[place] = 1e-3
        found[place] = along(e)
        if np.iscomplexobj(x):
            found[place] -= 1j * along(1j * e)
    return found


def check(f: Callable[[Array], Any], x: Array, tolerance: float = 1e-7) -> None:
    """Reverse mode against differences, forward mode and second order against reverse mode."""
    gradient = ad.grad(f)(x)
    np.testing.assert_allclose(gradient, difference(f, x), rtol=tolerance, atol=tolerance)
    direction = RNG.normal(size=x.shape).astype(x.dtype)
    value, slope = ad.jvp(f, (x,), (direction,))
    assert value == pytest.approx(f(x), rel=1e-10)
    assert slope == pytest.approx(np.sum(gradient * direction).real, rel=1e-8, abs=1e-8)
    h = 1e-3
    one, two, three, four = (ad.grad(f)(x + k * h * direction) for k in (1.0, -1.0, 2.0, -2.0))
    along = (8.0 * (one - two) - (three - four)) / (12.0 * h)
    curvature = ad.hvp(f, (x,), (direction,))
    scale = max(1.0, float(np.max(np.abs(along))))
    np.testing.assert_allclose(curvature, along, rtol=1e-5, atol=1e-5 * scale)


def _by_factors(a: Array) -> Any:
    c, low = linalg.cho_factor(a)
    return np.sum(linalg.cho_solve((c, low), V) ** 2) + np.sum(np.triu(c) ** 3)


def _by_lu(a: Array) -> Any:
    factors = linalg.lu_factor(a)
    x = linalg.lu_solve(factors, V) + linalg.lu_solve(factors, V, trans=1)
    return np.sum(x**2) + np.sum(factors[0] ** 3)


def _parts_of_lu(a: Array) -> Any:
    p, lower, upper = linalg.lu(a)
    return np.sum(p @ lower**2) + np.sum(upper**3)


FORMS: list[tuple[Callable[[Array], Any], Array]] = [
    (lambda a: np.sum(linalg.inv(a) ** 2) + linalg.det(a), G),
    (lambda a: np.sum(linalg.inv(a, overwrite_a=False, check_finite=False)), STACK),
    (lambda a: np.sum(linalg.inv(a, assume_a="pos", lower=True) ** 2), S),
    (lambda a: np.sum(linalg.solve(a, V) ** 2), G),
    (lambda a: np.sum(linalg.solve(a, V, assume_a="sym") ** 2), S),
    (lambda a: np.sum(linalg.solve(a, a[0] ** 2, transposed=True) ** 2), G),
    (lambda a: np.sum(linalg.solve_triangular(a, a @ V, lower=True, trans="T") ** 2), G),
    (lambda a: np.sum(linalg.solve_triangular(a, a, unit_diagonal=True) ** 2), G),
    (lambda a: np.sum(linalg.cholesky(a) ** 3), S),
    (lambda a: np.sum(linalg.cholesky(a, lower=True) ** 3), S),
    (_by_factors, S),
    (_by_lu, G),
    (_parts_of_lu, G),
    (lambda a: np.sum(linalg.lu(a, permute_l=True)[0] ** 2), G),
    (lambda a: np.sum(linalg.eigh(a)[1] ** 4) + linalg.eigh(a, eigvals_only=True)[0], S),
    (lambda a: np.sum(linalg.eigvalsh(a, lower=False) ** 2), S),
    (lambda a: np.sum(linalg.eigh(S, a)[1] ** 3), S + 5.0 * np.eye(3)),
    (lambda a: np.sum(linalg.eigvalsh(a, a @ a + np.eye(3)) ** 3), S),
    (lambda a: np.sum(np.abs(linalg.eigvals(a)) ** 3) + np.abs(linalg.eig(a)[1][0, 0]), G),
    (lambda a: np.sum(np.abs(linalg.eig(a, right=False)) ** 3), Z),
    (lambda a: np.sum(linalg.svd(a, full_matrices=False)[0] ** 3) + linalg.svdvals(a)[0], X),
    (lambda a: np.sum(linalg.svd(a)[2] ** 3) + linalg.svd(a, compute_uv=False)[1], G),
    (lambda a: np.sum(linalg.qr(a, mode="economic")[0] ** 3), X),
    (lambda a: np.sum(linalg.qr(a)[1] ** 3) + np.sum(linalg.qr(a, mode="r")[0]), X),
    (lambda a: np.sum(linalg.qr(a)[0] ** 3), G),
    (lambda a: np.sum(linalg.pinv(a) ** 2), X),
    (lambda a: np.sum(linalg.pinvh(a) ** 2), S),
    (lambda a: np.sum(linalg.lstsq(a, a[:, 0] ** 2)[0] ** 2), X),
    (lambda a: np.sum(linalg.expm(a / 3.0) ** 2), G),
    (lambda a: np.sum(linalg.expm_frechet(a / 3.0, a.T)[1] ** 2), G),
    (lambda a: np.sum(linalg.logm(a) ** 2) + np.sum(linalg.sqrtm(a) ** 3), S),
    (lambda a: np.sum(linalg.cosm(a / 4.0) ** 2) + np.sum(linalg.sinhm(a / 4.0)), G),
    (lambda a: np.sum(linalg.fractional_matrix_power(a, 0.4) ** 2), S),
    (lambda a: np.sum(linalg.solve_sylvester(a, a.T @ a, a) ** 2), G),
    (lambda a: np.sum(linalg.solve_continuous_lyapunov(a, a @ a.T) ** 2), G),
    (lambda a: np.sum(linalg.solve_discrete_lyapunov(a / 9.0, a @ a.T) ** 2), G),
    (lambda a: np.trace(linalg.solve_continuous_are(a, np.eye(3), S, np.eye(3))), G),
    (lambda a: np.trace(linalg.solve_discrete_are(a, np.eye(3), a @ a.T, np.eye(3))), G),
    (lambda v: np.sum(linalg.toeplitz(v, v**2) ** 3) + np.sum(linalg.hankel(v) ** 2), V),
    (lambda v: np.sum(linalg.circulant(v) ** 3) + np.sum(linalg.companion(v + 3.0) ** 2), V),
    (lambda v: np.sum(linalg.solve_toeplitz(v + 4.0 * np.eye(3)[0], v**2) ** 2), V),
    (lambda v: np.sum(linalg.matmul_toeplitz((v, v**2), v) ** 2), V),
    (lambda a: np.sum(linalg.block_diag(a, a[:1], a**2) ** 3), X),
    (lambda a: np.sum(linalg.khatri_rao(a, a**2) ** 2), X),
    (lambda v: np.sum(linalg.fiedler(v) ** 3) + np.sum(linalg.leslie(v, v[1:] ** 2) ** 2), V),
    (lambda v: np.sum(linalg.diagsvd(v, 3, 4) ** 3) + np.sum(linalg.hilbert(3) @ v**2), V),
    (lambda a: np.sum(linalg.polar(a)[0] ** 3) + np.sum(linalg.polar(a, side="left")[1] ** 2), G),
    (lambda a: np.sum(linalg.orthogonal_procrustes(a, a**2)[0] ** 3), G),
    (lambda a: np.sum(linalg.solve_banded((1, 1), a + MAIN, V) ** 2), G),
    (lambda a: linalg.norm(a) + linalg.norm(a, "nuc") + linalg.norm(a[0], 3), G),
    (lambda a: np.sum(a**2) * linalg.issymmetric(a) + linalg.bandwidth(a)[0] * a[0, 0], G),
    (lambda z: np.sum(np.abs(linalg.expm(z / 5.0))), Z),
    (lambda z: np.sum(np.abs(linalg.cho_solve(linalg.cho_factor(z @ z.conj().T), z[0]))), Z),
    (lambda z: np.sum(np.abs(linalg.solve_continuous_lyapunov(z, z @ z.conj().T))), Z),
    (lambda z: np.sum(np.abs(linalg.solve_triangular(z, z[0], trans=2))), Z),
]


@pytest.mark.parametrize("number", range(len(FORMS)))
def test_form(number: int) -> None:
    check(*FORMS[number])


JACOBIANS: list[tuple[Callable[[Array], Any], Array]] = [
    (lambda a: linalg.solve(a, V), G),
    (lambda a: linalg.cho_solve(linalg.cho_factor(a, lower=True), S), S),
    (lambda a: linalg.lu_solve(linalg.lu_factor(a), V), G),
    (lambda a: linalg.solve_triangular(a, V, lower=True), G),
    (lambda a: linalg.expm(a / 3.0), G),
    (lambda a: linalg.sqrtm(a), S),
    (lambda a: linalg.fractional_matrix_power(a, 0.4), S),
    (lambda a: linalg.solve_discrete_lyapunov(a / 9.0, a), G),
    (lambda v: linalg.toeplitz(v, v**2), V),
    (lambda v: linalg.circulant(v**2), V),
    (lambda v: linalg.solve_toeplitz(v + 4.0 * np.eye(3)[0], v), V),
    (lambda a: linalg.solve_banded((1, 1), a + MAIN, V), G),
    (lambda a: linalg.block_diag(a, a**2), G),
    (lambda a: linalg.eigh(a)[0], S),
]


@pytest.mark.parametrize("number", range(len(JACOBIANS)))
def test_jacobians_carry_all_directions(number: int) -> None:
    """Both modes in one sweep each, against one direction at a time."""
    f, x = JACOBIANS[number]
    forward, reverse = ad.jacfwd(f)(x), ad.jacrev(f)(x)
    np.testing.assert_allclose(forward, reverse, rtol=1e-9, atol=1e-9)
    direction = RNG.normal(size=x.shape)
    _, dot = ad.jvp(f, (x,), (direction,))
    total = np.tensordot(forward, direction, axes=x.ndim)
    np.testing.assert_allclose(dot, total, rtol=1e-9, atol=1e-9)


def test_a_hessian() -> None:
    def f(a: Array) -> Any:
        return np.sum(linalg.cho_solve(linalg.cho_factor(a), V)) + np.sum(linalg.expm(a / 9.0))

    hessian = ad.hessian(f)(S)
    curvature = ad.hvp(f, (S,), (G,))
    np.testing.assert_allclose(np.tensordot(hessian, G, axes=2), curvature, rtol=1e-9)


@pytest.mark.parametrize("t", [0.5, 1.7])
def test_the_exponent_of_a_power(t: float) -> None:
    def f(t: float) -> Any:
        return np.sum(linalg.fractional_matrix_power(S, t) ** 2)

    h = 1e-4
    slope = (8.0 * (f(t + h) - f(t - h)) - (f(t + 2 * h) - f(t - 2 * h))) / (12.0 * h)
    assert ad.grad(f)(t) == pytest.approx(slope, rel=1e-7)
    bend = (ad.grad(f)(t + h) - ad.grad(f)(t - h)) / (2.0 * h)
    assert ad.grad(ad.grad(f))(t) == pytest.approx(bend, rel=1e-5)


def test_the_derivative_of_a_step_in_time_is_the_generator() -> None:
    """d/dt exp(tA) = A exp(tA)."""
    _, dot = ad.jvp(lambda t: linalg.expm(t * G), (0.3,), (1.0,))
    np.testing.assert_allclose(dot, G @ linalg.expm(0.3 * G), rtol=1e-12)


# --- generated code ------------------------------------------------------------------------------


def test_a_system_stays_one_of_scipys() -> None:
    def f(a: Array, b: Array) -> Any:
        x = linalg.solve(a, b, assume_a="pos")
        return x @ x

    text = ad.grad(f, argnums=(0, 1)).source(S, V)
    assert "from scipy import linalg" in text
    assert 'b_bar = linalg.solve(a, x_bar, assume_a="pos")' in text


def test_the_exponential_has_the_derivative_of_scipy() -> None:
    text = ad.grad(lambda a: np.sum(linalg.expm(a) ** 2)).source(G)
    assert "linalg.expm_frechet(a.T, 2.0 * expm_a, compute_expm=False)" in text


def test_the_adjoint_of_a_lyapunov_equation_is_one() -> None:
    text = ad.grad(lambda a: np.sum(linalg.solve_continuous_lyapunov(a, S) ** 2)).source(G)
    assert "linalg.solve_continuous_lyapunov(a.T," in text


# --- what is refused -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("f", "error", "match"),
    [
        (lambda a: np.sum(linalg.null_space(a)), NoDerivativeError, "basis"),
        (lambda a: np.sum(linalg.schur(a)[0]), NoDerivativeError, "coincide"),
        (lambda a: np.sum(linalg.funm(a, np.exp)), NoDerivativeError, "Python function"),
        (lambda a: np.sum(linalg.rq(a)[0]), NoDerivativeError, "not built"),
        (lambda a: np.sum(linalg.qr(a, pivoting=True)[0]), ArgumentError, "pivoting"),
        (lambda a: np.sum(linalg.qr(a, mode="raw")[1]), ArgumentError, "mode"),
        (lambda a: np.sum(linalg.eigh(a, subset_by_index=(0, 1))[0]), ArgumentError, "subset"),
        (lambda a: np.sum(linalg.eig(a, left=True)[1].real), ArgumentError, "left"),
        (lambda a: np.sum(linalg.svd(a, lapack_driver="gesvd")[0]), ArgumentError, "driver"),
        (lambda a: linalg.pinv(a, return_rank=True)[0][0, 0], ArgumentError, "rank"),
        (lambda a: np.sum(linalg.lu(a, p_indices=True)[1]), ArgumentError, "p_indices"),
        (lambda a: np.sum(linalg.toeplitz(a)), ADError, "vectors"),
        (lambda a: np.sum(np.abs(linalg.solve_sylvester(a, a + 0j, a))), ArgumentError, "together"),
        (lambda a: np.sum(linalg.solve(a, V, assume_a="round")), ArgumentError, "round"),
        (lambda a: linalg.lstsq(a, V)[1], NoDerivativeError, "A @ x"),
    ],
)
def test_refused(f: Any, error: type[Exception], match: str) -> None:
    with pytest.raises(error, match=match):
        ad.grad(f)(G)


def test_a_logarithm_that_is_complex_is_an_error() -> None:
    f = ad.grad(lambda a: np.sum(linalg.logm(a)))
    with pytest.raises(ValueError, match="complex"):
        f(np.diag([-1.0, 2.0, 3.0]))


def test_a_singular_matrix_raises_scipys_own_error() -> None:
    with pytest.raises(np.linalg.LinAlgError):
        ad.grad(lambda a: np.sum(linalg.solve(a, V)))(np.zeros((3, 3)))
