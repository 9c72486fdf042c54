"""Linear algebra through the whole compiler: identities, generated code, edges, what is refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import adcompiler as ad
from adcompiler.errors import ADError, ArgumentError, NoDerivativeError, ResultError

Array = np.ndarray[Any, Any]
RNG = np.random.default_rng(7)
G = RNG.normal(size=(3, 3)) + 3.0 * np.eye(3)
S = G @ G.T
X = RNG.normal(size=(4, 3))
STACK = RNG.normal(size=(2, 3, 3)) + 3.0 * np.eye(3)


def difference(f: Callable[[Array], Any], x: Array) -> Array:
    """The gradient by central differences, extrapolated once."""
    found = np.zeros_like(x)
    for place in np.ndindex(*x.shape):
        e = np.zeros_like(x)
        e[place] = 1e-3
        near, far = f(x + e) - f(x - e), f(x + 2 * e) - f(x - 2 * e)
        found[place] = (8.0 * near - far) / 12e-3
    return found


def check(f: Callable[[Array], Any], x: Array, tolerance: float = 1e-8) -> None:
    """Reverse mode against differences, forward mode and second order against reverse mode."""
    gradient = ad.grad(f)(x)
    expected = difference(f, x)
    np.testing.assert_allclose(gradient, expected, rtol=tolerance, atol=tolerance)
    direction = np.cos(np.arange(x.size)).reshape(x.shape)
    value, slope = ad.jvp(f, (x,), (direction,))
    assert value == pytest.approx(f(x), rel=1e-14)
    assert slope == pytest.approx(np.sum(gradient * direction), rel=1e-10, abs=1e-10)
    h = 1e-4
    along = (ad.grad(f)(x + h * direction) - ad.grad(f)(x - h * direction)) / (2 * h)
    curvature = ad.hvp(f, (x,), (direction,))
    np.testing.assert_allclose(curvature, along, rtol=1e-4, atol=1e-4)


# --- identities ----------------------------------------------------------------------------------


def test_a_matrix_times_its_inverse_does_not_move() -> None:
    def f(a: Array) -> Any:
        return np.sum((a @ np.linalg.inv(a)) * np.arange(9.0).reshape(3, 3))

    np.testing.assert_allclose(ad.grad(f)(G), np.zeros((3, 3)), atol=1e-12)


def test_the_gradient_of_logdet_is_the_transposed_inverse() -> None:
    found = ad.grad(lambda a: np.linalg.slogdet(a)[1])(G)
    np.testing.assert_allclose(found, np.linalg.inv(G).T, rtol=1e-14)


def test_the_hessian_of_logdet() -> None:
    """−A⁻¹ ⊗ A⁻ᵀ in the right order of indices."""
    inverse = np.linalg.inv(G)
    found = ad.hessian(lambda a: np.linalg.slogdet(a)[1])(G)
    np.testing.assert_allclose(found, -np.einsum("li,jk->ijkl", inverse, inverse), rtol=1e-12)


@pytest.mark.parametrize("rank", [0, 1, 2, 3])
def test_det_has_a_gradient_where_the_matrix_is_singular(rank: int) -> None:
    a = G[:, :rank] @ RNG.normal(size=(rank, 3))
    found = ad.grad(lambda a: np.linalg.det(a))(a)
    np.testing.assert_allclose(found, difference(np.linalg.det, a), atol=1e-9)
    gradient, h = ad.grad(lambda a: np.linalg.det(a)), 1e-4
    along = (gradient(a + h * G) - gradient(a - h * G)) / (2 * h)
    curvature = ad.hvp(lambda a: np.linalg.det(a), (a,), (G,))
    np.testing.assert_allclose(curvature, along, atol=1e-6)


def test_eigenvalues_add_up_to_the_trace_and_multiply_to_the_determinant() -> None:
    total = ad.grad(lambda a: np.sum(np.linalg.eigvalsh(a)))(S)
    np.testing.assert_allclose(total, np.eye(3), atol=1e-13)

    def product(a: Array) -> Any:
        w, _ = np.linalg.eigh((a + a.T) / 2.0)
        return w[0] * w[1] * w[2]

    np.testing.assert_allclose(ad.grad(product)(S), np.linalg.det(S) * np.linalg.inv(S), rtol=1e-9)


def test_factors_multiply_to_the_matrix() -> None:
    weights = np.arange(12.0).reshape(4, 3)

    def by_svd(x: Array) -> Any:
        u, s, vt = np.linalg.svd(x, full_matrices=False)
        return np.sum((u * s) @ vt * weights)

    def by_qr(x: Array) -> Any:
        q, r = np.linalg.qr(x)
        return np.sum(q @ r * weights)

    def by_cholesky(x: Array) -> Any:
        factor = np.linalg.cholesky(x)
        return np.sum(factor @ factor.T * weights[:3])

    for f in (by_svd, by_qr):
        np.testing.assert_allclose(ad.grad(f)(X), weights, atol=1e-11)
    symmetric = weights[:3] + weights[:3].T
    expected = np.tril(symmetric, -1) + np.diag(np.diag(weights[:3]))
    np.testing.assert_allclose(ad.grad(by_cholesky)(S), expected, atol=1e-11)


def test_a_projector_does_not_depend_on_the_basis() -> None:
    """The vectors of a double eigenvalue have no derivative, values that differ from it have."""

    def top(a: Array) -> Any:
        w, _ = np.linalg.eigh(a + a.T)
        return w[-1] ** 2

    a = np.diag([1.0, 1.0, 4.0])
    np.testing.assert_allclose(ad.grad(top)(a), difference(top, a), atol=1e-7)


def test_symmetric_functions_of_equal_eigenvalues_are_right() -> None:
    def f(a: Array) -> Any:
        return np.sum(np.linalg.eigvalsh(a + a.T) ** 3)

    np.testing.assert_allclose(ad.grad(f)(np.eye(3)), 24.0 * np.eye(3), atol=1e-13)


def test_equal_singular_values_do_not_harm_norms() -> None:
    found = ad.grad(lambda a: np.linalg.norm(a, "nuc"))(2.0 * np.eye(3))
    np.testing.assert_allclose(found, np.eye(3), atol=1e-14)


def test_a_vector_of_a_double_eigenvalue_is_no_silent_number() -> None:
    def f(a: Array) -> Any:
        return np.linalg.eigh(a)[1][0, 0]

    with np.errstate(all="ignore"):
        assert not np.isfinite(ad.grad(f)(np.eye(3))).all()
    with np.errstate(invalid="ignore"), pytest.warns(RuntimeWarning, match="divide by zero"):
        ad.grad(f)(np.eye(3))


def test_least_squares_where_the_rank_is_deficient() -> None:
    """Along directions that keep the rank the difference quotient exists."""
    left, right = RNG.normal(size=(4, 2)), RNG.normal(size=(2, 3))

    def f(p: Array) -> Any:
        a = p @ right
        return np.sum(np.linalg.lstsq(a, np.arange(4.0), rcond=1e-10)[0] ** 2) + np.sum(
            np.linalg.pinv(a, rcond=1e-10) ** 3
        )

    np.testing.assert_allclose(ad.grad(f)(left), difference(f, left), rtol=1e-6)


# --- every form ----------------------------------------------------------------------------------

FORMS: list[tuple[Callable[[Array], Any], Array]] = [
    (lambda x: np.sum(np.linalg.matrix_power(x, 3) ** 2), STACK),
    (lambda x: np.sum(np.linalg.matrix_power(x, -2)), G),
    (lambda x: np.sum(np.linalg.matrix_power(x, 0) * x), STACK),
    (lambda x: np.sum(np.linalg.solve(x, np.arange(3.0)) ** 2), STACK),
    (lambda x: np.sum(np.linalg.solve(x[0], x) ** 2), STACK),
    (lambda x: np.sum(np.linalg.solve(x[None], x[:, None]) ** 2), STACK),
    (lambda x: np.sum(np.linalg.cholesky(np.swapaxes(x, 1, 2) @ x, upper=True)), STACK),
    (lambda x: np.sum(np.linalg.eigh(x @ x.T, "U").eigenvectors[:, 0] ** 3), G),
    (lambda x: np.sum(np.linalg.svd(x)[1] ** 3), STACK),
    (lambda x: np.sum(np.linalg.svd(x, compute_uv=False) ** 3), X),
    (lambda x: np.sum(np.linalg.svd(x @ x.T).U ** 3), G),
    (lambda x: np.sum(np.linalg.qr(x, mode="r") ** 3), X.T),
    (lambda x: np.sum(np.linalg.qr(x).Q ** 3), X.T),
    (lambda x: np.sum(np.linalg.lstsq(x, x[:, 0])[3] ** 2), X),
    (lambda x: np.sum(np.linalg.lstsq(x, np.arange(8.0).reshape(4, 2))[0] ** 2), X),
    (lambda x: np.sum(np.linalg.lstsq(x, np.arange(3.0))[0] ** 2), X.T),
    (lambda x: np.sum(np.linalg.det(x) ** 2), STACK),
    (lambda x: np.linalg.slogdet(x).sign * np.linalg.slogdet(x).logabsdet, -G),
    (lambda x: np.linalg.tensorinv(x.reshape(3, 1, 3), ind=1)[0, 0, 1], G),
    (lambda x: np.sum(np.linalg.tensorsolve(x.reshape(3, 3, 1), np.arange(3.0)) ** 2), G),
    (lambda x: np.sum(np.linalg.tensorsolve(x.reshape(3, 1, 3), np.ones(3), (1,)) ** 2), G),
    (lambda x: np.sum(np.linalg.multi_dot([x[0], x.T, x, x[0]])), X),
    (lambda x: np.sum(np.linalg.multi_dot([x[0], x.T, x])), X),
    (lambda x: np.sum(np.vecdot(x, x[:, ::-1] ** 2) ** 2), X),
    (lambda x: np.sum(np.linalg.vecdot(x, x**2, axis=0) ** 2), X),
    (lambda x: np.sum(np.cross(x, x[::-1] ** 2) ** 2), X),
    (lambda x: np.sum(np.cross(x, x[:, 0], axis=0) ** 2), G),
    (lambda x: np.sum(np.cross(x, x**2, axisa=0, axisb=0, axisc=1) ** 2), X.T),
    (lambda x: np.sum(np.linalg.cross(x, x[0]) ** 2), X),
    (lambda x: np.sum(np.kron(x[0], x**2) ** 2) + np.sum(np.kron(x, 2.0)), X),
    (lambda x: np.sum(np.tensordot(x, x.T, axes=1) ** 2) + np.tensordot(x, x), X),
    (lambda x: np.sum(np.tensordot(x, x, axes=0) ** 2), X),
    (lambda x: np.sum(np.linalg.tensordot(x, x, axes=[[1], [1]]) ** 2), X),
    (lambda x: np.sum(np.dot(x, x) ** 2) + np.sum(np.inner(x, x) ** 2), STACK),
    (lambda x: np.vdot(x, x**2) + np.sum(np.linalg.outer(x[0], x[1]) ** 2), X),
    (lambda x: np.trace(x, 1) ** 2 + np.trace(x, offset=-1), X),
    (lambda x: np.sum(np.trace(x, axis1=1, axis2=2) ** 2), STACK),
    (lambda x: np.sum(np.linalg.trace(x, offset=1) ** 2), STACK),
    (lambda x: np.sum(np.linalg.diagonal(x) ** 3) + np.sum(x.diagonal(0, 2, 0) ** 2), STACK),
    (lambda x: np.sum(np.diag(x[0], -2) ** 2 * np.arange(5.0)), X),
    (lambda x: np.sum(np.diagflat(x, 1) ** 2 * np.arange(13.0)), X),
    (lambda x: np.sum(np.tril(x, 1) ** 2) + np.sum(np.triu(x, -1) ** 3), X),
    (lambda x: np.sum((np.linalg.matrix_transpose(x) @ x.mT) ** 2), STACK),
    (lambda x: np.linalg.matrix_rank(x) * np.sum(x**2), X),
]


@pytest.mark.parametrize("number", range(len(FORMS)))
def test_form(number: int) -> None:
    f, x = FORMS[number]
    check(f, x, 1e-7)


NORMS = [
    (lambda x: np.linalg.norm(x, "fro"), X),
    (lambda x: np.linalg.norm(x, "nuc"), X),
    (lambda x: np.linalg.norm(x, 2) + np.linalg.norm(x, -2), X),
    (lambda x: np.linalg.norm(x, 1) + np.linalg.norm(x, -1), X),
    (lambda x: np.linalg.norm(x, np.inf) + np.linalg.norm(x, -np.inf), X),
    (lambda x: np.sum(np.linalg.norm(x, "nuc", axis=(2, 0)) ** 2), STACK),
    (lambda x: np.sum(np.linalg.norm(x, 1, axis=(0, -1), keepdims=True) * x), STACK),
    (lambda x: np.sum(np.linalg.norm(x, 2, axis=(-1, 0), keepdims=True) * x), STACK),
    (lambda x: np.sum(np.linalg.matrix_norm(x, ord=-2) ** 2), STACK),
    (lambda x: np.linalg.norm(x[0], 3) + np.linalg.norm(x[1], 2.5), X),
    (lambda x: np.linalg.norm(x[0], -1) + np.linalg.norm(x[1], -2), X),
    (lambda x: np.linalg.norm(x[0], 0) * x[0, 0] + np.linalg.norm(x[1], 1), X),
    (lambda x: np.linalg.norm(x[0], np.inf) + np.linalg.norm(x[1], -np.inf), X),
    (lambda x: np.sum(np.linalg.norm(x, 3, axis=1, keepdims=True) * x), X),
    (lambda x: np.linalg.vector_norm(x, ord=3) ** 2 + np.linalg.vector_norm(x), X),
    (lambda x: np.sum(x * np.linalg.vector_norm(x, ord=4, keepdims=True)), X),
    (lambda x: np.sum(np.linalg.vector_norm(x, ord=1, axis=(0, 1)) ** 2), STACK),
    (lambda x: np.linalg.cond(x) + np.linalg.cond(x, -2), X),
    (lambda x: np.linalg.cond(x, "fro") + np.linalg.cond(x, 1) + np.linalg.cond(x, -np.inf), G),
]


@pytest.mark.parametrize("number", range(len(NORMS)))
def test_norm(number: int) -> None:
    f, x = NORMS[number]
    check(f, x, 1e-7)


@pytest.mark.parametrize("kind", [1, 2, 3, "inf"])
def test_the_norm_of_zero_has_the_slope_zero(kind: Any) -> None:
    f = {
        1: lambda x: np.linalg.norm(x, 1),
        2: lambda x: np.linalg.norm(x, 2),
        3: lambda x: np.linalg.norm(x, 3),
        "inf": lambda x: np.linalg.norm(x, np.inf),
    }[kind]
    assert ad.grad(f)(np.zeros(3)).tolist() == [0.0, 0.0, 0.0]


@pytest.mark.parametrize(
    "f",
    [
        lambda x: np.sum(np.linalg.inv(x)),
        lambda x: np.sum(np.linalg.solve(x, x[0])),
        lambda x: np.linalg.det(x),
        lambda x: np.sum(np.linalg.eigh(x)[1][0]),
        lambda x: np.sum(np.linalg.svd(x, full_matrices=False)[2][0]),
        lambda x: np.sum(np.linalg.qr(x)[0]),
        lambda x: np.sum(np.linalg.cholesky(x @ x.T)),
        lambda x: np.sum(np.linalg.pinv(x)),
        lambda x: np.linalg.norm(x, "nuc") + np.linalg.cond(x),
        lambda x: np.einsum("ii", x @ x),
        lambda x: np.sum(np.kron(x, x)) + np.sum(np.tensordot(x, x, 1)),
    ],
)
def test_single_precision_stays(f: Callable[[Array], Any]) -> None:
    x = G.astype(np.float32)
    gradient = ad.grad(f)(x)
    assert gradient.dtype == np.float32
    np.testing.assert_allclose(gradient, ad.grad(f)(G), rtol=5e-3, atol=5e-3)
    assert ad.jvp(f, (x,), (x,))[1].dtype == np.float32


# --- generated code ------------------------------------------------------------------------------


def test_several_results_are_one_statement_and_one_factorisation() -> None:
    def f(A: Array) -> Any:  # noqa: N803
        w, V = np.linalg.eigh(A)  # noqa: N806
        return np.sum(w**2) + V[0, 0]

    text = ad.value_and_grad(f).source(S)
    assert text.count("np.linalg.eigh(") == 1 + text.count("# w, V = ")
    assert "    w, V = np.linalg.eigh(A)\n" in text


def test_vectors_that_only_the_derivative_needs_come_from_the_same_factorisation() -> None:
    def f(a: Array) -> Any:
        w = np.linalg.eigh(a)[0]
        return np.sum(w**2)

    text = ad.value_and_grad(f).source(S)
    assert text.count("np.linalg.eigh(") == 1 + text.count("# w = ")


def test_an_unread_result_has_no_name_of_the_users() -> None:
    def f(a: Array) -> Any:
        _ = a[0, 0] * 2.0
        parts = np.linalg.svd(a, full_matrices=False)
        return np.sum(parts.U) * np.sum(parts.Vh) * _

    value = f(G)
    assert ad.value_and_grad(f)(G)[0] == pytest.approx(value, rel=1e-14)
    check(f, G, 1e-7)


def test_a_system_is_solved_with_the_transposed_matrix() -> None:
    def f(a: Array, b: Array) -> Any:
        x = np.linalg.solve(a, b)
        return x @ x

    text = ad.grad(f, argnums=(0, 1)).source(G, np.ones(3))
    assert "b_bar = np.linalg.solve(a.T, x_bar)" in text
    assert "a_bar = -np.outer(b_bar, x)" in text
    assert "inv" not in text


def test_named_results_are_named_tuples() -> None:
    found = ad.value_and_grad(lambda a: (np.sum(a), np.linalg.slogdet(a)), has_aux=True)(G)
    aux = found[0][1]
    assert aux.sign == 1.0
    assert aux.logabsdet == pytest.approx(np.linalg.slogdet(G).logabsdet)


def test_the_pullback_of_vjp_is_for_many_cotangents() -> None:
    _, pullback = ad.vjp(lambda a: np.linalg.eigh(a)[0], S)
    jacobian = ad.jacobian(lambda a: np.linalg.eigh(a)[0])(S)
    for k in range(3):
        np.testing.assert_allclose(pullback(np.eye(3)[k])[0], jacobian[k], atol=1e-13)


# --- what is refused -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("f", "error", "match"),
    [
        (lambda x: np.linalg.eig(x)[0][0], ResultError, "complex"),
        (lambda x: np.linalg.eigvals(x)[0], ResultError, "real"),
        (lambda x: np.linalg.svd(x)[0][0, 0], np.linalg.LinAlgError, "complete a basis"),
        (lambda x: np.linalg.qr(x, "complete")[0][0, 0], np.linalg.LinAlgError, "complete a basis"),
        (lambda x: np.linalg.lstsq(x, x[:, 0])[1][0], NoDerivativeError, "b - A @ x"),
        (lambda x: np.sum(np.linalg.qr(x, "raw")[0]), ArgumentError, "mode"),
        (lambda x: np.linalg.norm(x, 3), ArgumentError, "nuc"),
        (lambda x: np.linalg.norm(x[0], "fro"), ArgumentError, "vector"),
        (lambda x: np.linalg.norm(x[None], 2), ADError, "axis"),
        (lambda x: np.sum(np.linalg.inv(x[0])), ADError, "matrix"),
        (lambda x: np.linalg.svd(x, hermitian=True)[0][0, 0], ArgumentError, "hermitian"),
        (lambda x: np.sum(np.einsum("ij,jk", x)), ADError, "operands"),
        (lambda x: np.sum(np.einsum("ijk", x)), ADError, "axes"),
        (lambda x: np.sum(np.einsum("ij->k", x)), ADError, "result"),
        (lambda x: np.sum(np.einsum("ij", x, dtype=float)), ADError, "."),
        (lambda x: np.sum(np.tensordot(x, x, axes=3)), ADError, "axes"),
        (lambda x: np.linalg.inv(x.astype(np.float16))[0, 0], ArgumentError, "float16"),
    ],
)
def test_refused(f: Any, error: type[Exception], match: str) -> None:
    with pytest.raises(error, match=match):
        ad.grad(f)(X)


@pytest.mark.parametrize(
    "f",
    [
        lambda x: np.sum(np.linalg.inv(x)),
        lambda x: np.sum(np.linalg.solve(x, np.ones(3))),
        lambda x: np.sum(np.linalg.cholesky(x - 1.0)),
    ],
)
def test_a_singular_matrix_raises_numpys_own_error(f: Any) -> None:
    with pytest.raises(np.linalg.LinAlgError):
        ad.grad(f)(np.zeros((3, 3)))


def test_a_matrix_that_is_not_square_raises_numpys_own_error() -> None:
    with pytest.raises(np.linalg.LinAlgError, match="square"):
        ad.grad(lambda x: np.sum(np.linalg.inv(x)))(X)
