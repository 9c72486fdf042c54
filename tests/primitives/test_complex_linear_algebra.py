"""Linear algebra of complex matrices, and eigenvalues of matrices without symmetry, through the whole compiler."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import adcompiler as ad

Array = np.ndarray[Any, Any]
RNG = np.random.default_rng(11)
Z = RNG.normal(size=(3, 3)) + 1j * RNG.normal(size=(3, 3))
TALL = RNG.normal(size=(4, 2)) + 1j * RNG.normal(size=(4, 2))
STACK = RNG.normal(size=(2, 3, 3)) + 1j * RNG.normal(size=(2, 3, 3))
G = RNG.normal(size=(3, 3)) + 2.0 * np.eye(3)


def difference(f: Callable[[Array], Any], z: Array) -> Array:
    """∂L/∂x − i ∂L/∂y by central differences, extrapolated once."""

    def along(e: Array) -> Any:
        near, far = f(z + e) - f(z - e), f(z + 2.0 * e) - f(z - 2.0 * e)
        return (8.0 * near - far) / 12e-3

    found = np.zeros_like(z)
    for place in np.ndindex(*z.shape):
        e = np.zeros_like(z)
        e[place] = 1e-3
        found[place] = along(e)
        if np.iscomplexobj(z):
            found[place] -= 1j * along(1j * e)
    return found


def check(f: Callable[[Array], Any], z: Array, tolerance: float = 1e-7) -> None:
    """Reverse mode against differences, forward mode and second order against reverse mode."""
    gradient = ad.grad(f)(z)
    expected = difference(f, z)
    np.testing.assert_allclose(gradient, expected, rtol=tolerance, atol=tolerance)
    assert gradient.dtype == z.dtype
    direction = RNG.normal(size=z.shape).astype(z.dtype)
    if np.iscomplexobj(z):
        direction = direction + 1j * RNG.normal(size=z.shape)
    value, slope = ad.jvp(f, (z,), (direction,))
    assert value == pytest.approx(f(z), rel=1e-12)
    assert slope == pytest.approx(np.sum(gradient * direction).real, rel=1e-9, abs=1e-9)
    h = 1e-3
    ahead, behind, two, back = (ad.grad(f)(z + k * h * direction) for k in (1.0, -1.0, 2.0, -2.0))
    along = (8.0 * (ahead - behind) - (two - back)) / (12.0 * h)
    curvature = ad.hvp(f, (z,), (direction,))
    scale = max(1.0, float(np.max(np.abs(along))))
    np.testing.assert_allclose(curvature, along, rtol=2e-5, atol=2e-5 * scale)


FORMS: list[tuple[Callable[[Array], Any], Array]] = [
    (lambda z: np.linalg.norm(z), Z),
    (lambda z: np.linalg.norm(z, "fro") + np.linalg.norm(z, "nuc"), Z),
    (lambda z: np.linalg.norm(z, 2) + np.linalg.norm(z, -2), Z),
    (lambda z: np.linalg.norm(z, 1) + np.linalg.norm(z, -1), Z),
    (lambda z: np.linalg.norm(z, np.inf) + np.linalg.norm(z, -np.inf), Z),
    (lambda z: np.linalg.norm(z[0]) + np.linalg.norm(z[1], 3), Z),
    (lambda z: np.linalg.norm(z[0], 1) + np.linalg.norm(z[1], np.inf), Z),
    (lambda z: np.linalg.norm(z[0], 0) * np.linalg.norm(z[1], -2), Z),
    (lambda z: np.sum(np.linalg.norm(z, 3, axis=1) * np.arange(3.0)), Z),
    (lambda z: np.sum(np.linalg.norm(z, axis=0, keepdims=True) * np.abs(z)), Z),
    (lambda z: np.sum(np.linalg.norm(z, "nuc", axis=(2, 0)) ** 2), STACK),
    (lambda z: np.linalg.vector_norm(z, ord=3) + np.linalg.matrix_norm(z, ord=2), Z),
    (lambda z: np.linalg.cond(z) + np.linalg.cond(z, -2) + np.linalg.cond(z, "fro"), Z),
    (lambda z: np.linalg.cond(z, 1) + np.linalg.cond(z, -np.inf) + np.linalg.cond(z, "nuc"), Z),
    (lambda z: np.sum(np.abs(np.linalg.matrix_power(z, -2))), Z),
    (lambda z: np.abs(np.linalg.multi_dot([z[0], z, z, z[:, 0]])), Z),
    (lambda z: np.sum(np.abs(np.linalg.tensorsolve(z, z[0]))), Z),
    (lambda z: np.sum(np.abs(np.linalg.tensorinv(z, ind=1))), Z),
    (lambda z: np.linalg.matrix_rank(z, hermitian=True) * np.sum(np.abs(z)), Z),
    (lambda z: np.linalg.slogdet(z)[1] + np.angle(np.linalg.slogdet(z).sign), Z),
    (lambda z: np.sum(np.linalg.slogdet(z)[0].imag * np.linalg.slogdet(z)[1]), STACK),
    (lambda z: np.abs(np.linalg.det(z)) ** 2, Z),
    (lambda z: np.sum(np.abs(np.linalg.pinv(z)) ** 2), TALL),
    (lambda z: np.sum(np.linalg.pinv(z, hermitian=True)[0].real), Z),
    (lambda z: np.sum(np.abs(np.linalg.lstsq(z, z[:, 0] ** 2, rcond=None)[0])), TALL),
    (lambda z: np.sum(np.linalg.lstsq(z, z[:, 0] ** 2, rcond=None)[3] ** 3), TALL),
    (lambda z: np.sum(np.linalg.svd(z)[1] ** 3), TALL),
    (lambda z: np.sum(np.linalg.svd(z, compute_uv=False) ** 3), STACK),
    (lambda z: np.sum(np.linalg.svd(z, compute_uv=False, hermitian=True) ** 3), Z),
    (lambda z: np.abs(np.sum(np.linalg.svd(z, full_matrices=False)[0] ** 3)), TALL),
    (lambda z: np.abs(np.sum(np.linalg.svd(z, full_matrices=False)[2] ** 3)), TALL.T.copy()),
    (lambda z: np.sum(np.linalg.svd(z)[0].real * np.linalg.svd(z)[2].imag), Z),
    (lambda z: np.abs(np.sum(np.linalg.qr(z)[0] ** 3)), TALL),
    (lambda z: np.abs(np.sum(np.linalg.qr(z, "complete")[1] ** 3)), TALL),
    (lambda z: np.abs(np.sum(np.linalg.qr(z, "r") ** 3)), STACK),
    (lambda z: np.abs(np.sum(np.linalg.qr(z)[1] ** 3)), TALL.T.copy()),
    (lambda z: np.abs(np.sum(np.linalg.cholesky(z @ z.conj().T) ** 3)), Z),
    (lambda z: np.abs(np.sum(np.linalg.cholesky(z @ z.conj().T, upper=True) ** 3)), Z),
    (lambda z: np.sum(np.linalg.eigvalsh(z) ** 3), STACK),
    (lambda z: np.sum(np.linalg.eigh(z, "U")[1][0].real ** 3), Z),
    (lambda z: np.abs(np.sum(np.linalg.eig(z)[1] ** 3)), Z),
    (lambda z: np.max(np.abs(np.linalg.eigvals(z))), Z),
    (lambda z: np.sum(np.linalg.eig(z)[0].imag ** 3), STACK),
]


@pytest.mark.parametrize("number", range(len(FORMS)))
def test_complex_form(number: int) -> None:
    check(*FORMS[number])


REAL: list[tuple[Callable[[Array], Any], Array]] = [
    (lambda a: np.max(np.linalg.eigvals(a).real), G),
    (lambda a: np.sum(np.abs(np.linalg.eigvals(a)) ** 3), G),
    (lambda a: np.abs(np.sum(np.linalg.eig(a)[1] ** 3)), G),
    (lambda a: np.sum(np.linalg.eig(a).eigenvalues.imag ** 2), np.array([[0.5, -2.0], [1.0, 0.7]])),
    (lambda a: np.linalg.eig(a)[1][0, 1].imag, np.array([[0.5, -2.0], [1.0, 0.7]])),
    (lambda a: np.sum(np.linalg.eigvals(a).real ** 2), STACK.real.copy()),
    (lambda a: np.sum(np.linalg.pinv(a, hermitian=True) ** 2), G),
    (lambda a: np.sum(np.linalg.qr(a, "complete")[1] ** 3), TALL.real.copy()),
]


@pytest.mark.parametrize("number", range(len(REAL)))
def test_real_form(number: int) -> None:
    check(*REAL[number])


# --- identities ----------------------------------------------------------------------------------


def test_what_does_not_depend_on_a_phase_knows_nothing_of_it() -> None:
    """A projector on an eigenvector, with the phase of LAPACK and with another."""

    def projector(z: Array) -> Any:
        v = np.linalg.eigh(z)[1][:, 0]
        return np.sum(np.abs(np.outer(v, v.conj())) ** 4)

    def turned(z: Array) -> Any:
        v = np.linalg.eigh(z)[1][:, 0]
        v = v * np.exp(1j * np.angle(v[2]))
        return np.sum(np.abs(np.outer(v, v.conj())) ** 4)

    np.testing.assert_allclose(ad.grad(projector)(Z), ad.grad(turned)(Z), atol=1e-13)


def test_factors_multiply_to_the_matrix() -> None:
    weights = RNG.normal(size=(4, 2)) + 1j * RNG.normal(size=(4, 2))

    def by_svd(z: Array) -> Any:
        u, s, vh = np.linalg.svd(z, full_matrices=False)
        return np.sum((u * s) @ vh * weights).real

    def by_qr(z: Array) -> Any:
        q, r = np.linalg.qr(z)
        return np.sum(q @ r * weights).real

    for f in (by_svd, by_qr):
        np.testing.assert_allclose(ad.grad(f)(TALL), weights, atol=1e-12)


def test_eigenvalues_of_a_matrix_without_symmetry() -> None:
    """dλ = yᵀ dA x / yᵀ x with the left and right vectors."""

    def largest(a: Array) -> Any:
        return np.max(np.linalg.eigvals(a).real)

    a = np.array([[4.0, 1.0, 0.5], [0.25, 2.0, -0.5], [0.0, 1.0, 1.0]])
    w, right = np.linalg.eig(a)
    k = int(np.argmax(w.real))
    left = np.linalg.inv(right)[k]
    np.testing.assert_allclose(ad.grad(largest)(a), np.outer(left, right[:, k]).real, rtol=1e-12)


def test_the_trace_and_the_determinant_from_eigenvalues() -> None:
    def product(a: Array) -> Any:
        w = np.linalg.eigvals(a)
        return (w[0] * w[1] * w[2]).real

    expected = np.linalg.det(G) * np.linalg.inv(G).T
    np.testing.assert_allclose(ad.grad(product)(G), expected, rtol=1e-10)
    total = ad.grad(lambda a: np.sum(np.linalg.eigvals(a)).real)(G)
    np.testing.assert_allclose(total, np.eye(3), atol=1e-13)


@pytest.mark.parametrize("kind", [float, complex])
def test_vectors_follow_the_order_of_eigvals(kind: Any) -> None:
    """Of larger matrices LAPACK finds eigenvalues in another order when it looks for vectors, too."""
    rng = np.random.default_rng(3)
    a = rng.normal(size=(150, 150)).astype(kind)
    if kind is complex:
        a = a + 1j * rng.normal(size=a.shape)
    values, (found, vectors) = np.linalg.eigvals(a), np.linalg.eig(a)
    weights = rng.normal(size=150)
    direction = rng.normal(size=a.shape)
    slopes = np.diagonal(np.linalg.solve(vectors, direction @ vectors))
    place = [int(np.argmin(np.abs(found - value))) for value in values]
    along = np.sum(slopes[place].real * weights)

    def f(a: Array) -> Any:
        return np.sum(np.linalg.eigvals(a).real * weights)

    assert ad.jvp(f, (a,), (direction.astype(kind),))[1] == pytest.approx(along, rel=1e-9)
    assert np.sum(ad.grad(f)(a) * direction).real == pytest.approx(along, rel=1e-9)


def test_equal_eigenvalues() -> None:
    """Symmetric functions are right; a defective matrix has no derivative, and none is made up."""
    found = ad.grad(lambda a: np.sum(np.linalg.eigvals(a) ** 3).real)(np.eye(3))
    np.testing.assert_allclose(found, 3.0 * np.eye(3), atol=1e-13)

    def defective(a: Array) -> Any:
        return np.linalg.eigvals(a)[0].real

    with np.errstate(all="ignore"):
        try:
            found = ad.grad(defective)(np.array([[1.0, 1.0], [0.0, 1.0]]))
        except np.linalg.LinAlgError:
            return
    assert not np.all(np.isfinite(found)) or np.max(np.abs(found)) > 1e12


@pytest.mark.parametrize(
    "f",
    [
        lambda z: np.sum(np.linalg.eigh(z)[1][0].real),
        lambda z: np.sum(np.linalg.svd(z)[0].real),
        lambda z: np.sum(np.linalg.eig(z)[1].real),
        lambda z: np.sum(np.abs(np.linalg.qr(z)[1])),
        lambda z: np.linalg.slogdet(z)[0].imag + np.linalg.norm(z, "nuc"),
    ],
)
def test_single_precision_stays(f: Callable[[Array], Any]) -> None:
    z = Z.astype(np.complex64)
    gradient = ad.grad(f)(z)
    assert gradient.dtype == np.complex64
    np.testing.assert_allclose(gradient, ad.grad(f)(Z), rtol=1e-2, atol=1e-2)
    assert ad.jvp(f, (z,), (z,))[1].dtype == np.float32


# --- generated code ------------------------------------------------------------------------------


def test_a_hermitian_program_reads_as_by_hand() -> None:
    def f(a: Array) -> Any:
        return np.sum(np.linalg.eigvalsh(a) ** 2)

    text = ad.grad(f).source(Z)
    assert "np.linalg.eigh(a)" in text
    assert "np.conj(" in text
    assert "phase_pivots" not in text


def test_real_programs_have_no_conjugates() -> None:
    for f in (
        lambda a: np.sum(np.linalg.eigh(a)[1] ** 3),
        lambda a: np.sum(np.linalg.svd(a)[0] ** 3),
        lambda a: np.sum(np.linalg.qr(a)[0] ** 3),
        lambda a: np.sum(np.linalg.pinv(a) ** 3),
    ):
        text = ad.grad(f).source(G)
        assert "conj" not in text
        assert "pivots" not in text
