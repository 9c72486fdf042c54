"""Complex numbers from outside: the convention, holomorphic derivatives, what is refused, np.fft.

The oracle is differences in the real and in the imaginary direction.
"""

from __future__ import annotations

import cmath
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import adcompiler as ad
from adcompiler.errors import ADError

RANDOM = np.random.default_rng(0)
Z = RANDOM.normal(size=4) + 1j * RANDOM.normal(size=4)
W = RANDOM.normal(size=4) + 1j * RANDOM.normal(size=4)
A = RANDOM.normal(size=(3, 3)) + 1j * RANDOM.normal(size=(3, 3))
POINTS = [1.2 + 0.7j, -1.1 + 0.4j, -0.6 - 1.3j, 0.9 - 0.2j]


def slope(f: Callable[[Any], Any], z: Any, h: float = 1e-6) -> Any:
    """∂L/∂x - i ∂L/∂y of a real function, element by element; of a real argument ∂L/∂x."""
    z = np.asarray(z)
    found = np.zeros(z.shape, complex)
    for i in np.ndindex(z.shape):
        e = np.zeros(z.shape)
        e[i] = h
        found[i] = (f((z + e)[()]) - f((z - e)[()])) / (2 * h)
        if z.dtype.kind == "c":
            found[i] -= 1j * (f((z + 1j * e)[()]) - f((z - 1j * e)[()])) / (2 * h)
    return found


def writes(z: Any) -> Any:
    a = np.zeros(4, dtype=complex)
    a[0] = z[1] * 2
    a[1:3] = z[:2]
    a[2] += 1j * z[3]
    a *= z
    return np.sum(np.abs(a) ** 2)


def carried(z: Any) -> Any:
    s = 0j
    for i in range(4):
        s = s * z[i] + np.exp(1j * z[i])
    return abs(s)


def until(z: Any) -> Any:
    u = z[0]
    n = 0
    while abs(u) < 4 and n < 5:
        u = u * u + 0.5
        n += 1
    return abs(u)


REAL_FUNCTIONS: dict[str, Callable[[Any], Any]] = {
    "abs": lambda z: np.sum(np.abs(z) ** 3),
    "angle": lambda z: np.sum(np.angle(z) * np.array([1.0, 2.0, 3.0, 4.0])),
    "degrees": lambda z: np.sum(np.angle(z, deg=True)),
    "parts": lambda z: np.sum(z.real * z.imag**2) + np.sum(np.real(z) - np.imag(z)),
    "conjugates": lambda z: np.sum(z * np.conj(z)).real + (z.conj() @ (z * z)).imag,
    "vdot": lambda z: abs(np.vdot(W, z * z)) + np.vdot(z, W * z).real,
    "vecdot": lambda z: np.linalg.vecdot(z, 1j * z * z).real,
    "norms": lambda z: np.linalg.norm(z) + np.linalg.norm(z, 1) + np.linalg.norm(z, np.inf),
    "spread": lambda z: np.var(z) + np.std(z, ddof=1),
    "where": lambda z: np.sum(np.where(z.real > 0, z * z, np.conj(z)).imag),
    "complex": lambda z: abs(complex(z[0].real, z[1].imag) * z[2]),
    "polar": lambda z: cmath.polar(z[0])[1] * cmath.polar(z[1])[0],
    "rect": lambda z: cmath.rect(abs(z[0]), z[1].imag).real,
    "reductions": lambda z: abs(z.sum() * z.prod()) + abs(np.mean(z * 1j)) + abs(np.cumprod(z)[2]),
    "gradient": lambda z: np.sum(np.abs(np.gradient(z)) ** 2),
    "polyval": lambda z: abs(np.polyval(z, 0.5 + 0.2j)),
    "powers": lambda z: np.sum((z ** (1.5 + 0.2j)).real + (z**-2).imag + (2.0**z).real),
    "mixed": lambda z: np.sum(np.abs(np.exp(z.real * 1j) * z)) + np.sum((z.imag * z).real),
    "einsum": lambda z: np.einsum("i,j,j->", z, z, np.conj(z)).imag,
    "shapes": lambda z: np.sum(np.concatenate([z.reshape(2, 2).T[0], z[::2]]).real ** 3),
    "comprehension": lambda z: sum(abs(w * 1j) for w in [z[0], z[1] * z[2]]),
    "hfft": lambda z: np.fft.hfft(z)[1] + np.fft.hfft(z, 7)[2],
    "ihfft": lambda z: abs(np.fft.ihfft(z.real)[1]),
    "fft2": lambda z: np.sum(np.abs(np.fft.fft2(np.outer(z, z), s=(3, 5)))[1]),
    "writes": writes,
    "carried": carried,
    "until": until,
}
MATRIX_FUNCTIONS: dict[str, Callable[[Any], Any]] = {
    "inv": lambda a: np.linalg.norm(np.linalg.inv(a)),
    "det": lambda a: abs(np.linalg.det(a)),
    "solve": lambda a: np.sum(np.abs(np.linalg.solve(a, W[:3]))),
    "solve real": lambda a: np.sum(np.abs(np.linalg.solve(a.real, W[:3] * a[0]))),
    "power": lambda a: np.trace(np.linalg.matrix_power(a, 3)).imag,
    "norm": lambda a: np.linalg.norm(a, 1) + np.linalg.norm(a, "fro"),
    "triangles": lambda a: np.abs(np.tril(a) @ np.triu(a).conj().T).sum(),
}
CASES = [(name, f, Z) for name, f in REAL_FUNCTIONS.items()]
CASES += [(name, f, A) for name, f in MATRIX_FUNCTIONS.items()]


@pytest.mark.parametrize(("name", "f", "z"), CASES, ids=[c[0] for c in CASES])
def test_real_functions(name: str, f: Callable[[Any], Any], z: Any) -> None:
    expected = slope(f, z)
    gradient = ad.grad(f)
    found = gradient(z)
    assert found.dtype == z.dtype
    np.testing.assert_allclose(found, expected, rtol=2e-5, atol=2e-6)
    v = np.random.default_rng(1).normal(size=z.shape) + 0.5j * z
    _, dot = ad.jvp(f, (z,), (v,))
    np.testing.assert_allclose(dot, np.sum(found * v).real, rtol=1e-10)
    h = 1e-5
    along = (gradient(z + h * v) - gradient(z - h * v)) / (2 * h)
    np.testing.assert_allclose(ad.hvp(f, (z,), (v,)), along, rtol=1e-5, atol=1e-5)
    _, pullback = ad.vjp(gradient, z)
    u = v.conj() + 1.0
    # <u, H v> = <v, Hᵀ u> under Re Σ a b
    left, right = np.sum(u * along).real, np.sum(pullback(u)[0] * v).real
    np.testing.assert_allclose(left, right, rtol=1e-5, atol=1e-5)


_ANALYTIC = (
    "exp expm1 exp2 log log2 log10 log1p sqrt square reciprocal sin cos tan arcsin arccos arctan sinh cosh \
tanh arcsinh arccosh arctanh"
)
_OF_CMATH = "exp log10 sqrt sin cos tan asin acos atan sinh cosh tanh asinh acosh atanh"
HOLOMORPHIC: dict[str, Callable[[Any], Any]] = {
    **{name: getattr(np, name) for name in _ANALYTIC.split()},
    **{f"cmath.{name}": getattr(cmath, name) for name in _OF_CMATH.split()},
    "cmath.log": lambda z: cmath.log(z) + cmath.log(z, 2.0),
    "z**3": lambda z: z**3,
    "z**-2": lambda z: z**-2,
    "z**0.5": lambda z: z**0.5,
    "z**c": lambda z: z ** (1.5 - 0.3j),
    "c**z": lambda z: (2 - 1j) ** z,
    "z**z": lambda z: z**z,
    "quotient": lambda z: (1 + z) / (z - 2j),
}


@pytest.mark.parametrize("name", HOLOMORPHIC)
def test_holomorphic_functions(name: str) -> None:
    f, h = HOLOMORPHIC[name], 1e-6
    first = ad.grad(f, holomorphic=True)
    for z in POINTS:
        for way in (1.0, 1j):
            expected = (f(z + way * h) - f(z - way * h)) / (2 * h * way)
            np.testing.assert_allclose(first(z), expected, rtol=1e-7)
        assert type(first(z)) is complex
        assert abs(ad.grad(f, holomorphic=True, mode="forward")(z) - first(z)) <= 1e-12 * abs(
            first(z)
        )
        second = (first(z + h) - first(z - h)) / (2 * h)
        np.testing.assert_allclose(ad.hessian(f, holomorphic=True)(z), second, rtol=1e-6, atol=1e-8)


def test_the_convention_is_that_of_jax() -> None:
    assert ad.grad(lambda z: abs(z) ** 2)(1 + 2j) == 2 - 4j
    assert ad.grad(lambda z: z.imag)(1 + 2j) == -1j
    value, bar = ad.adjoint(lambda z: z * z)(2j, 1j)
    assert (value, bar) == (-4, 1j * 4j)
    assert ad.tangent(lambda z: z.conjugate())(2j, 1 + 1j) == (-2j, 1 - 1j)


def test_kinks() -> None:
    assert ad.grad(abs)(0j) == 0
    assert ad.grad(cmath.phase)(0j) == 0
    assert not ad.grad(lambda z: np.linalg.norm(z))(np.zeros(2, complex)).any()
    assert not ad.grad(lambda z: np.sum(np.abs(z)))(np.zeros(2, complex)).any()


def test_jacobians() -> None:
    x, z = np.array([0.3, 0.5]), Z[:2]
    real_to_complex = ad.jacobian(lambda x: np.exp(1j * x))(x)
    np.testing.assert_allclose(real_to_complex, np.diag(1j * np.exp(1j * x)))
    complex_to_real = ad.jacobian(np.abs)(z)
    np.testing.assert_allclose(complex_to_real, np.diag(np.conj(z) / np.abs(z)))
    for jacobian in (ad.jacfwd, ad.jacrev):
        found = jacobian(lambda z: np.exp(z) * z[0], holomorphic=True)(z)
        np.testing.assert_allclose(found, np.diag(np.exp(z) * z[0]) + np.outer(np.exp(z), [1, 0]))
    found = ad.jacobian(lambda x: np.fft.rfft(x))(x)
    np.testing.assert_allclose(found, [[1, 1], [1, -1]])
    nested = ad.grad(lambda z: abs(ad.grad(lambda w: w**3, holomorphic=True)(z)) ** 2)(1 + 1j)
    np.testing.assert_allclose(nested, 36 * (1 - 1j) * 2)


def int_becomes_complex(x: Any) -> Any:
    s = 0
    for v in x:
        s += np.exp(1j * v)
    return abs(s)


def float_becomes_complex(x: Any) -> Any:
    s = 0.0
    for i in range(3):
        s = s + 1j * x[i] * s + x[i]
    return abs(s)


def branches_join(x: Any) -> Any:
    z = 1j * x[1] if x[0] > 0 else x[2]
    return abs(z * x[0])


def filled_with_parts(x: Any) -> Any:
    s = 1 + 0j
    r = np.zeros(3)
    for i in range(3):
        s = s * s + 1j * x[i]
        r[i] = s.real
    return np.sum(r * r)


@pytest.mark.parametrize(
    "f", [int_becomes_complex, float_becomes_complex, branches_join, filled_with_parts]
)
def test_real_arguments_of_complex_programs(f: Callable[[Any], Any]) -> None:
    x = np.array([0.3, 0.5, -0.2])
    expected = slope(f, x).real
    for mode in ("reverse", "forward"):
        np.testing.assert_allclose(ad.grad(f, mode=mode)(x), expected, atol=1e-8)
    h = 1e-5
    columns = [(ad.grad(f)(x + h * e) - ad.grad(f)(x - h * e)) / (2 * h) for e in np.eye(3)]
    np.testing.assert_allclose(ad.hessian(f)(x), columns, atol=1e-7)
    np.testing.assert_allclose(ad.jacrev(ad.grad(f))(x), columns, atol=1e-7)


def test_types_are_kept() -> None:
    single = Z.astype(np.complex64)
    assert ad.grad(lambda z: np.sum(np.abs(np.fft.fft(z)) ** 2))(single).dtype == np.complex64
    low_pass = ad.grad(lambda x: np.sum(np.abs(np.fft.irfft(np.fft.rfft(x)))))
    assert low_pass(single.real.copy()).dtype == np.float32
    assert type(ad.grad(lambda z: abs(z) ** 2)(np.complex64(1 + 2j))) is np.complex64
    assert type(ad.grad(lambda z: abs(np.exp(z)))(1 + 2j)) is complex
    found = ad.grad(lambda p: abs(p["a"] * p["b"]).sum())({"a": Z.real, "b": Z, "n": 3})
    assert (found["a"].dtype, found["b"].dtype, found["n"]) == (float, complex, None)
    assert ad.grad(lambda z, y: abs(y), argnums=0)(2j, 1j) == 0j


LENGTHS = [(6, None), (7, None), (6, 4), (7, 5), (5, 8), (6, 9), (1, 3)]


@pytest.mark.parametrize("norm", [None, "ortho", "forward"])
@pytest.mark.parametrize(("count", "n"), LENGTHS)
@pytest.mark.parametrize("name", ["fft", "ifft", "rfft", "irfft", "hfft", "ihfft"])
def test_transforms(name: str, count: int, n: int | None, norm: str | None) -> None:
    """The matrix of each transform, column by column, and its transpose."""
    transform = getattr(np.fft, name)
    is_real = name in ("rfft", "ihfft")
    rng = np.random.default_rng(count)
    x = rng.normal(size=(2, count)) + (0.0 if is_real else 1j * rng.normal(size=(2, count)))
    shape = transform(x, n).shape
    weights = rng.normal(size=shape) + 1j * rng.normal(size=shape)
    if name in ("irfft", "hfft"):
        weights = weights.real
    value, pullback = ad.vjp(lambda x: transform(x, n=n, norm=norm), x)
    np.testing.assert_allclose(value, transform(x, n, norm=norm))
    expected = np.zeros(x.shape, complex)
    for i in np.ndindex(x.shape):
        e = np.zeros(x.shape, x.dtype)
        e[i] = 1.0
        expected[i] = np.sum(weights * transform(e, n, norm=norm)).real
        if not is_real:
            expected[i] -= 1j * np.sum(weights * transform(1j * e, n, norm=norm)).real
    (found,) = pullback(weights)
    assert found.dtype == x.dtype
    np.testing.assert_allclose(found, expected, atol=1e-12)


SEVERAL: dict[str, Callable[[Any], Callable[[Any], Any]]] = {
    "plain": lambda t: lambda x: t(x),
    "lengths": lambda t: lambda x: t(x, s=(3, 6), axes=(0, 1)),
    "turned": lambda t: lambda x: t(x, (5, 3), (-1, 0)),
    "open": lambda t: lambda x: t(x, s=(-1, 4), axes=(0, 1)),
    "one": lambda t: lambda x: t(x, axes=(1,)),
    "norm": lambda t: lambda x: t(x, norm="ortho"),
}


@pytest.mark.parametrize(
    "name", ["fft2", "ifft2", "fftn", "ifftn", "rfft2", "rfftn", "irfft2", "irfftn"]
)
@pytest.mark.parametrize("form", SEVERAL)
def test_transforms_along_several_axes(name: str, form: str) -> None:
    f = SEVERAL[form](getattr(np.fft, name))
    rng = np.random.default_rng(3)
    x = rng.normal(size=(4, 5))
    if not name.startswith("rfft"):
        x = x + 1j * rng.normal(size=x.shape)
    ad.check_grads(f, (x,), order=1)
    value, dot = ad.jvp(f, (x,), (x,))
    np.testing.assert_allclose(value, f(x), atol=1e-12)
    np.testing.assert_allclose(dot, f(x), atol=1e-12)


def test_shifts_and_frequencies() -> None:
    x = np.array([1.0, -0.5, 2.0, 0.3, 0.7])
    ad.check_grads(lambda x: np.fft.fftshift(x) ** 2 * np.fft.ifftshift(x), (x,))
    ad.check_grads(lambda x: np.fft.fftshift(np.outer(x, x), axes=1)[1], (x,))
    ad.check_grads(lambda d, x: np.fft.fftfreq(5, d) * x + np.fft.rfftfreq(8, d), (0.3, x))
    ad.check_grads(lambda x: x * np.fft.fftfreq(len(x)), (x,))


def test_check_grads_of_complex_functions() -> None:
    ad.check_grads(lambda z, x: np.exp(z) * np.conj(z) + x, (Z, Z.real), order=2)
    ad.check_grads(lambda z, x: cmath.exp(z) * x, (1 + 2j, 2.0), order=3)
    with pytest.raises(AssertionError, match="tangent"):
        ad.check_grads(lambda z: ad.stop_gradient(z) * z, (Z,))


def view_written(z: Any) -> Any:
    r = z.real
    r[0] = 5.0
    return np.sum(z.real)


def complex_into_real(x: Any) -> Any:
    y = x.copy()
    y[0] = x[1] * 1j
    return y.sum()


REFUSED: dict[str, tuple[Callable[..., Any], str]] = {
    "complex result": (lambda: ad.grad(lambda z: z * z)(1j), "is complex"),
    "conjugate": (lambda: ad.grad(lambda z: z * z.conjugate(), holomorphic=True)(1j), "conjugate"),
    "real result": (lambda: ad.grad(abs, holomorphic=True)(1j), "real results"),
    "real argument": (lambda: ad.grad(lambda x: x * 1j, holomorphic=True)(1.0), "real arguments"),
    "forward": (lambda: ad.grad(abs, mode="forward")(1j), "forward mode"),
    "hessian": (lambda: ad.hessian(abs)(1j), "Hessian"),
    "jacobian": (lambda: ad.jacobian(lambda z: z * z)(Z), "complex numbers to complex"),
    "jacfwd": (lambda: ad.jacfwd(np.abs)(Z), "forward mode"),
    "jacrev": (lambda: ad.jacrev(lambda x: x * 1j)(Z.real), "reverse mode"),
    "tangent": (lambda: ad.tangent(lambda x: x * x)(1.0, 2j), "dtype"),
    "float": (lambda: ad.grad(lambda z: float(z))(1j), "float"),
    "view": (lambda: ad.grad(view_written)(Z), "written in place"),
    "write": (lambda: ad.grad(complex_into_real)(Z.real), "complex128"),
    "astype": (lambda: ad.grad(lambda z: z.astype(float).sum())(Z), "imaginary"),
    "asarray": (lambda: ad.grad(lambda z: np.asarray(z, dtype=float).sum())(Z), "imaginary"),
    "rfft": (lambda: ad.grad(lambda z: abs(np.fft.rfft(z)[0]))(Z), "rfft"),
    "real_if_close": (lambda: ad.grad(lambda z: np.real_if_close(z).sum())(Z), "real_if_close"),
    "sort": (lambda: ad.grad(lambda z: np.sort(z)[0].real)(Z), "sort"),
    "max": (lambda: ad.grad(lambda z: np.max(z).real)(Z), "max"),
    "sign": (lambda: ad.grad(lambda z: np.sign(z).real.sum())(Z), "sign"),
    "norm": (lambda: ad.grad(lambda z: abs(np.fft.fft(z, norm="none")[0]))(Z), "norm"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refused(name: str) -> None:
    call, words = REFUSED[name]
    with pytest.raises(ADError, match=words):
        call()
