"""scipy.special at fractions, complex points, edges and limits; what is refused; every form of the calls.

The oracle is mpmath where it is installed (without it, or without SciPy, there is nothing to run).
"""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import adcompiler as ad
from adcompiler.errors import ADError, NoDerivativeError
from adcompiler.ir.primitive import registry
from adcompiler.primitives.catalogue import enter
from adcompiler.primitives.extras import installed
from adcompiler.primitives.samples import Domain

SCIPY = importlib.util.find_spec("scipy") is not None
MPMATH = SCIPY and importlib.util.find_spec("mpmath") is not None
if SCIPY:
    from scipy import special

    for _extra in installed():
        enter(_extra)
if MPMATH:
    import mpmath
    from mpmath import mp

Function = Callable[..., Any]


# --- against mpmath -------------------------------------------------------------------------------


def fractions() -> dict[str, tuple[Function, float, Function]]:
    """Name: the program, where it is differentiated, the same in mpmath."""
    if not MPMATH:
        return {}
    return {
        "jv": (lambda x: special.jv(0.3, x), 1.7, lambda x: mp.besselj(0.3, x)),
        "yv": (lambda x: special.yv(1.4, x), 2.1, lambda x: mp.bessely(1.4, x)),
        "iv": (lambda x: special.iv(-0.6, x), 1.1, lambda x: mp.besseli(-0.6, x)),
        "kv": (lambda x: special.kv(2.5, x), 0.8, lambda x: mp.besselk(2.5, x)),
        "ive": (lambda x: special.ive(0.4, x), 2.3, lambda x: mp.besseli(0.4, x) * mp.exp(-x)),
        "kve": (lambda x: special.kve(0.4, x), 2.3, lambda x: mp.besselk(0.4, x) * mp.exp(x)),
        "struve": (lambda x: special.struve(0.7, x), 1.9, lambda x: mp.struveh(0.7, x)),
        "modstruve": (lambda x: special.modstruve(0.7, x), 1.9, lambda x: mp.struvel(0.7, x)),
        "hyp0f1": (lambda x: special.hyp0f1(0.7, x), -1.2, lambda x: mp.hyp0f1(0.7, x)),
        "hyp1f1": (lambda x: special.hyp1f1(0.7, 1.9, x), -1.2, lambda x: mp.hyp1f1(0.7, 1.9, x)),
        "hyp2f1": (
            lambda x: special.hyp2f1(0.7, -1.2, 1.9, x),
            0.6,
            lambda x: mp.hyp2f1(0.7, -1.2, 1.9, x),
        ),
        "hyperu": (lambda x: special.hyperu(0.7, 1.9, x), 1.2, lambda x: mp.hyperu(0.7, 1.9, x)),
        "expn": (lambda x: special.expn(3, x), 0.7, lambda x: mp.expint(3, x)),
        "expn_0": (lambda x: special.expn(0, x), 0.7, lambda x: mp.expint(0, x)),
        "legendre": (lambda x: special.eval_legendre(2.5, x), 0.3, lambda x: mp.legendre(2.5, x)),
        "legendre_0": (lambda x: special.eval_legendre(0, x), 0.3, lambda x: mp.mpf(1)),
        "chebyt": (lambda x: special.eval_chebyt(0.5, x), 0.3, lambda x: mp.chebyt(0.5, x)),
        "jacobi": (
            lambda x: special.eval_jacobi(2.5, 0.3, -0.4, x),
            0.2,
            lambda x: mp.jacobi(2.5, 0.3, -0.4, x),
        ),
        "gegenbauer": (
            lambda x: special.eval_gegenbauer(3, 0.4, x),
            0.2,
            lambda x: mp.gegenbauer(3, 0.4, x),
        ),
        "laguerre": (
            lambda x: special.eval_genlaguerre(3, 0.4, x),
            0.9,
            lambda x: mp.laguerre(3, 0.4, x),
        ),
        "hermite": (lambda x: special.eval_hermite(5, x), 0.9, lambda x: mp.hermite(5, x)),
        "zeta": (lambda q: special.zeta(2.3, q), 0.9, lambda q: mp.zeta(2.3, q)),
        "polygamma": (lambda x: special.polygamma(2, x), 0.9, lambda x: mp.polygamma(2, x)),
        "gamma": (lambda x: special.gamma(x), -1.4, mp.gamma),
        "rgamma": (lambda x: special.rgamma(x), -2.0, mp.rgamma),
        "multigammaln": (
            lambda a: special.multigammaln(a, 3),
            2.7,
            lambda a: sum(mp.loggamma(a - mp.mpf(k) / 2) for k in range(3)),
        ),
        "gammainc_a": (
            lambda a: special.gammainc(a, 2.2),
            1.7,
            lambda a: mp.gammainc(a, 0, 2.2, regularized=True),
        ),
        "gammaincc_a": (
            lambda a: special.gammaincc(a, 9.0),
            1.7,
            lambda a: mp.gammainc(a, 9, mp.inf, regularized=True),
        ),
        "betainc_a": (
            lambda a: special.betainc(a, 0.6, 0.4),
            1.7,
            lambda a: mp.betainc(a, 0.6, 0, 0.4, regularized=True),
        ),
        "betainc_b": (
            lambda b: special.betainc(1.7, b, 0.4),
            0.6,
            lambda b: mp.betainc(1.7, b, 0, 0.4, regularized=True),
        ),
        "stdtr_df": (
            lambda n: special.stdtr(n, -1.3),
            2.6,
            lambda n: mp.betainc(n / 2, 0.5, 0, n / (n + mp.mpf(1.3) ** 2), regularized=True) / 2,
        ),
        "fdtr": (
            lambda m: special.fdtr(m, 2.4, 1.3),
            1.6,
            lambda m: mp.betainc(m / 2, 1.2, 0, m * 1.3 / (2.4 + m * 1.3), regularized=True),
        ),
        "chdtr": (
            lambda v: special.chdtr(v, 1.3),
            2.6,
            lambda v: mp.gammainc(v / 2, 0, 0.65, regularized=True),
        ),
        "ellipk": (lambda m: special.ellipk(m), 0.0, mp.ellipk),
        "ellipk_near_1": (lambda m: special.ellipk(m), 0.999, mp.ellipk),
        "ellipe": (lambda m: special.ellipe(m), -2.5, mp.ellipe),
        "ellipkinc_m": (lambda m: special.ellipkinc(4.1, m), 0.3, lambda m: mp.ellipf(4.1, m)),
        "ellipeinc_m": (lambda m: special.ellipeinc(-2.2, m), 0.3, lambda m: mp.ellipe(-2.2, m)),
        "ellipj_m": (
            lambda m: special.ellipj(1.4, m)[0],
            0.3,
            lambda m: mp.ellipfun("sn", 1.4, m=m),
        ),
        "elliprf": (
            lambda x: special.elliprf(x, 1.5, 2.5),
            0.4,
            lambda x: mp.elliprf(x, 1.5, 2.5),
        ),
        "elliprg": (lambda x: special.elliprg(x, 1.5, 2.5), 0.4, lambda x: mp.elliprg(x, 1.5, 2.5)),
        "agm": (lambda a: special.agm(a, 1.5), 0.4, lambda a: mp.agm(a, 1.5)),
        "exprel": (lambda x: special.exprel(x), 0.0, lambda x: mp.hyp1f1(1, 2, x)),
        "spence": (lambda z: special.spence(z), 1.0, lambda z: mp.polylog(2, 1 - z)),
        "spence_0.2": (lambda z: special.spence(z), 0.2, lambda z: mp.polylog(2, 1 - z)),
        "si": (lambda x: special.sici(x)[0], 0.0, mp.si),
        "ci": (lambda x: special.sici(x)[1], 1.4, mp.ci),
        "shi": (lambda x: special.shichi(x)[0], 1.4, mp.shi),
        "fresnel": (lambda x: special.fresnel(x)[0], 0.0, mp.fresnels),
        "owens_t": (
            lambda a: special.owens_t(0.7, a),
            1.3,
            lambda a: mp.quad(
                lambda t: mp.exp(-mp.mpf(0.49) * (1 + t * t) / 2) / (1 + t * t) / (2 * mp.pi),
                [0, a],
            ),
        ),
        "log_ndtr": (
            lambda x: special.log_ndtr(x),
            -12.0,
            lambda x: mp.log(mp.erfc(-x / mp.sqrt(2)) / 2),
        ),
        "erfcx": (lambda x: special.erfcx(x), 3.0, lambda x: mp.exp(x * x) * mp.erfc(x)),
        "boxcox_0": (
            lambda p: special.boxcox(2.3, p),
            0.0,
            lambda p: mp.log(2.3) * mp.hyp1f1(1, 2, p * mp.log(2.3)),
        ),
        "inv_boxcox_0": (
            lambda p: special.inv_boxcox(0.4, p),
            1e-9,
            lambda p: (1 + p * mp.mpf(0.4)) ** (1 / p),
        ),
        "lambertw": (lambda z: special.lambertw(z).real, 0.0, lambda z: mp.lambertw(z)),
        "lambertw_-1": (
            lambda z: special.lambertw(z, -1).real,
            -0.2,
            lambda z: mp.re(mp.lambertw(z, -1)),
        ),
        "spherical_jn": (
            lambda x: special.spherical_jn(2, x),
            1.2,
            lambda x: mp.sqrt(mp.pi / (2 * x)) * mp.besselj(2.5, x),
        ),
        "beip": (lambda x: special.beip(x), 1.2, lambda x: mp.diff(lambda t: mp.bei(0, t), x)),
        "gammaincinv_a": (
            lambda a: special.gammaincinv(a, 0.3),
            1.4,
            lambda a: mp.findroot(lambda x: mp.gammainc(a, 0, x, regularized=True) - 0.3, 0.7),
        ),
        "diric": (
            lambda x: special.diric(x, 5),
            0.0,
            lambda x: mp.mpf(1) / 5 + 2 * (mp.cos(x) + mp.cos(2 * x)) / 5,
        ),
    }


@pytest.mark.parametrize("name", fractions())
def test_both_orders_against_mpmath(name: str) -> None:
    function, point, reference = fractions()[name]
    with mpmath.workdps(40):
        first, second = (float(mpmath.diff(reference, mpmath.mpf(point), k)) for k in (1, 2))
    gradient = ad.grad(lambda x: as_number(function(x)))
    scale = max(1.0, abs(first))
    assert abs(gradient(point) - first) <= 2e-11 * scale
    assert abs(ad.grad(gradient)(point) - second) <= 2e-9 * max(scale, abs(second))
    _, slope = ad.jvp(lambda x: as_number(function(x)), (point,), (1.0,))
    assert abs(slope - first) <= 2e-11 * scale


def as_number(value: Any) -> Any:
    """polygamma and diric give arrays of no axes."""
    return np.sum(value)


def complex_programs() -> dict[str, tuple[Function, Function]]:
    if not MPMATH:
        return {}
    return {
        "gamma": (lambda z: special.gamma(z), mp.gamma),
        "loggamma": (lambda z: special.loggamma(z), mp.loggamma),
        "erf": (lambda z: special.erf(z), mp.erf),
        "wofz": (lambda z: special.wofz(z), lambda z: mp.exp(-z * z) * mp.erfc(-1j * z)),
        "jv": (lambda z: special.jv(0.3, z), lambda z: mp.besselj(0.3, z)),
        "hankel1": (lambda z: special.hankel1(1.5, z), lambda z: mp.hankel1(1.5, z)),
        "hankel1e": (
            lambda z: special.hankel1e(1.5, z),
            lambda z: mp.hankel1(1.5, z) * mp.exp(-1j * z),
        ),
        "kve": (lambda z: special.kve(0.3, z), lambda z: mp.besselk(0.3, z) * mp.exp(z)),
        "airy": (lambda z: special.airy(z)[0], mp.airyai),
        "exp1": (lambda z: special.exp1(z), mp.e1),
        "hyp2f1": (
            lambda z: special.hyp2f1(0.5, 1.2, 2.2, z),
            lambda z: mp.hyp2f1(0.5, 1.2, 2.2, z),
        ),
        "lambertw": (lambda z: special.lambertw(z, 1), lambda z: mp.lambertw(z, 1)),
        "legendre": (lambda z: special.eval_legendre(3, z), lambda z: mp.legendre(3, z)),
        "xlogy": (lambda z: special.xlogy(z, z), lambda z: z * mp.log(z)),
        "elliprf": (lambda z: special.elliprf(z, 1.0, 2.0), lambda z: mp.elliprf(z, 1, 2)),
        "log1p": (lambda z: special.log1p(z), lambda z: mp.log(1 + z)),
    }


@pytest.mark.parametrize("name", complex_programs())
def test_complex_points_against_mpmath(name: str) -> None:
    function, reference = complex_programs()[name]
    point = 0.6 - 0.4j
    with mpmath.workdps(40):
        expected = complex(mpmath.diff(reference, mpmath.mpmathify(point)))
    found = ad.grad(function, holomorphic=True)(point)
    assert abs(found - expected) <= 1e-11 * max(1.0, abs(expected))


# --- edges and limits -----------------------------------------------------------------------------


def edges() -> dict[str, tuple[Function, float, float]]:
    """Name: the program, a point, its derivative there."""
    if not SCIPY:
        return {}
    return {
        "j1 at 0": (lambda x: special.j1(x), 0.0, 0.5),
        "i1 at 0": (lambda x: special.i1(x), 0.0, 0.5),
        "the mean of both slopes": (lambda x: special.i0e(x), 0.0, 0.0),
        "0 log 0, in the second 0": (lambda y: special.xlogy(0.0, y), 0.0, 0.0),
        "0 log 2, in the 0": (lambda x: special.xlogy(x, 2.0), 0.0, np.log(2.0)),
        "0 log1p -1, in the -1": (lambda y: special.xlog1py(0.0, y), -1.0, 0.0),
        "0 log(0/1), in the 1": (lambda y: special.rel_entr(0.0, y), 1.0, 0.0),
        "0 log(0/0), in the second 0": (lambda y: special.rel_entr(0.0, y), 0.0, 0.0),
        "expit far left": (lambda x: special.expit(x), -800.0, 0.0),
        "expit far right": (lambda x: special.expit(x), 800.0, 0.0),
        "log_expit far left": (lambda x: special.log_expit(x), -800.0, 1.0),
        "log_ndtr far left": (lambda x: special.log_ndtr(x), -300.0, 300.0033332592),
        "the pole of gamma": (lambda x: special.rgamma(x), -1.0, -1.0),
        "the pole of gamma, at 0": (lambda x: special.rgamma(x), 0.0, 1.0),
        "gammainc from 0": (lambda x: special.gammainc(1.0, x), 0.0, 1.0),
        "gammainc(2) from 0": (lambda x: special.gammainc(2.0, x), 0.0, 0.0),
        "the shape, at 0": (lambda a: special.gammainc(a, 0.0), 2.0, 0.0),
        "the shape, at the end": (lambda a: special.betainc(a, 2.0, 1.0), 2.0, 0.0),
        "stdtr in the middle": (lambda n: special.stdtr(n, 0.0), 2.0, 0.0),
        "beyond the choices": (lambda n: special.comb(n, 5.0), 3.5, 0.0),
        "huber inside": (lambda r: special.huber(1.0, r), -0.5, -0.5),
        "huber outside": (lambda r: special.huber(1.0, r), -2.5, -1.0),
        "huber in delta": (lambda d: special.huber(d, -2.5), 1.0, 1.5),
        "legendre at the end": (lambda x: special.eval_legendre(4, x), 1.0, 10.0),
        "chebyshev at the end": (lambda x: special.eval_chebyt(4, x), -1.0, -16.0),
        "hermite of degree 0": (lambda x: special.eval_hermite(0, x), 0.4, 0.0),
        "equal means": (lambda a: special.agm(a, 2.0), 2.0, 0.5),
        "beyond the ends of tklmbda": (lambda x: special.tklmbda(x, 0.5), 3.0, 0.0),
        "harmonics at the pole": (
            lambda t: special.sph_harm_y(1, 1, t, 0.4).imag,
            0.0,
            -np.sqrt(3.0 / (8.0 * np.pi)) * np.sin(0.4),
        ),
        "dawsn at 0": (lambda x: special.dawsn(x), 0.0, 1.0),
        "bei prime at 0": (lambda x: special.beip(x), 0.0, 0.5),
        "a term of probability 0": (lambda x: special.logsumexp(np.array([x, -np.inf])), 0.3, 1.0),
        "nothing but such terms": (lambda x: special.logsumexp(np.array([x])), -np.inf, 0.0),
    }


@pytest.mark.parametrize("name", edges())
def test_edges(name: str) -> None:
    function, point, expected = edges()[name]
    with np.errstate(all="ignore"):
        found = ad.grad(function)(point)
        _, tangent = ad.jvp(function, (point,), (1.0,))
    assert found == pytest.approx(expected, rel=1e-10, abs=1e-12)
    assert tangent == pytest.approx(expected, rel=1e-10, abs=1e-12)


def test_impossible_states_hand_on_no_nan() -> None:
    """A state that cannot be reached: its logarithm is -inf, and what follows from it has weight 0."""
    if not SCIPY:
        return

    def f(start: Any) -> Any:
        unreachable = special.logsumexp(start + np.array([-np.inf, -np.inf]))
        return special.logsumexp(np.array([unreachable, start[0]]))

    found = ad.grad(f)(np.array([0.2, 0.5]))
    np.testing.assert_allclose(found, [1.0, 0.0])


# --- what is refused ------------------------------------------------------------------------------


def whole_arguments() -> list[Any]:
    """Rows of scipy.special, and their arguments that are orders, degrees, parameters or counts."""
    if not SCIPY:
        return []
    from adcompiler.primitives.scipy_special.rows import WITHOUT

    found = []
    for name in sorted(WITHOUT):
        row = (
            registry().get(f"special_{name}") or registry().get(name) or registry().get(f"{name}_0")
        )
        if row is None or not isinstance(row.samples[0], Domain):
            continue  # jvp and its like, below
        for k, domain in enumerate(row.samples):
            if domain.integer and (name[:2] != "bd" or k == 1):
                found.append(pytest.param(name, row.samples, k, id=f"{name}-{k}"))
    return found


@pytest.mark.parametrize(("name", "domains", "number"), whole_arguments())
def test_an_active_order_is_refused(name: str, domains: Any, number: int) -> None:
    """Never a zero: it is an error to ask, in both modes."""
    function = getattr(special, name)
    values = [int(d.low) + 1 if d.integer else 0.5 * (d.low + d.high) for d in domains]

    def f(v: Any) -> Any:
        found = function(*values[:number], v, *values[number + 1 :])
        found = found[0] if isinstance(found, tuple) else found
        return np.sum(np.real(found))

    with pytest.raises(ADError) as caught:
        ad.grad(f)(1.5)
    assert caught.value.why or isinstance(caught.value, NoDerivativeError)
    with pytest.raises(ADError):
        ad.jvp(f, (1.5,), (1.0,))


def refusals() -> dict[str, tuple[Function, Any]]:
    if not SCIPY:
        return {}
    return {
        "the order of jvp": (lambda v: special.jvp(v, 1.3), 1.5),
        "kolmogorov": (lambda x: special.kolmogorov(x), 0.7),
        "ncfdtr": (lambda x: special.ncfdtr(2.0, 3.0, 0.5, x), 0.7),
        "zeta of one argument": (lambda x: special.zeta(x), 2.5),
        "zetac": (lambda x: special.zetac(x), 2.5),
        "a polynomial": (lambda x: special.legendre(3)(x), 0.7),
        "riccati_jn": (lambda x: special.riccati_jn(2, x)[0].sum(), 0.7),
        "legendre_p": (lambda x: np.sum(special.legendre_p(2, x)), 0.7),
        "a rule's parameter": (lambda a: special.roots_genlaguerre(3, a)[0].sum(), 0.7),
        "exponentially scaled, of complex": (lambda x: special.ive(1.0, x + 1j).real, 0.7),
        "exact": (lambda n: special.comb(n, 2, exact=True), 4.5),
    }


@pytest.mark.parametrize("name", refusals())
def test_refusals(name: str) -> None:
    function, point = refusals()[name]
    with pytest.raises(ADError) as caught:
        ad.grad(function)(point)
    assert caught.value.write


# --- the forms of calls ---------------------------------------------------------------------------

ROW = np.array([0.3, 1.2, -0.5])
GRID = np.array([[0.3, 1.2, -0.5], [0.8, -1.1, 0.4]])


def forms() -> dict[str, tuple[Function, Any]]:
    """Name: a program whose value is compared with plain Python, and its derivative with differences."""
    if not SCIPY:
        return {}
    return {
        "logsumexp of a list": (lambda x: special.logsumexp([x, 2.0 * x, 1.0]), 0.4),
        "logsumexp axis": (lambda x: special.logsumexp(x, axis=0).sum(), GRID),
        "logsumexp positional": (lambda x: special.logsumexp(x, 1, None, True).sum(), GRID),
        "logsumexp axes": (lambda x: special.logsumexp(x, axis=(0, 1)), GRID),
        "logsumexp weights": (
            lambda x: special.logsumexp(x, b=[1.0, 2.0, 0.5], axis=1).sum(),
            GRID,
        ),
        "logsumexp active weights": (lambda x: special.logsumexp(ROW, b=x * x), ROW),
        "logsumexp weights that broadcast": (lambda x: special.logsumexp(0.2, b=x * x), ROW),
        "logsumexp sign": (
            lambda x: special.logsumexp(x, b=np.array([1.0, -2.0, 0.5]), return_sign=True)[0],
            ROW,
        ),
        "softmax": (lambda x: (special.softmax(x, axis=-1) * GRID).sum(), GRID),
        "softmax of all": (lambda x: (special.softmax(x) * GRID).sum(), GRID),
        "softmax of a list": (lambda x: special.softmax([x, 1.0])[0], 0.4),
        "log_softmax": (lambda x: (special.log_softmax(x, axis=0) * GRID).sum(), GRID),
        "log_softmax of axes": (lambda x: (special.log_softmax(x, axis=(0, 1)) * GRID).sum(), GRID),
        "comb": (lambda n: special.comb(n, 2), 5.5),
        "comb with repetition": (lambda n: special.comb(n, 2.0, repetition=True), 5.5),
        "comb exact": (lambda x: special.comb(5, 2, exact=True) * x, 0.5),
        "perm": (lambda n: special.perm(n, 2.0) + special.perm(N=n, k=2.0), 5.5),
        "factorial": (lambda n: special.factorial(n) + special.factorial(4), 2.5),
        "factorials of whole numbers": (
            lambda x: (
                x * special.factorial2(5) * special.stirling2(5, 2) / special.factorial(3, True)
            ),
            0.5,
        ),
        "zeta": (lambda q: special.zeta(2, q) + special.zeta(3.0) * q, 0.8),
        "lambertw branch": (lambda z: special.lambertw(-z * z, k=-1).real, 0.4),
        "spherical slope": (lambda x: special.spherical_jn(1, x, True), 0.8),
        "spherical slope by name": (lambda x: special.spherical_kn(0, x, derivative=True), 0.8),
        "spherical orders": (lambda x: special.spherical_yn(np.arange(3), x).sum(), 0.8),
        "jvp": (lambda x: special.jvp(0.5, x) + special.jvp(1, x, 2) + special.kvp(1, x, n=0), 0.8),
        "assoc_laguerre": (lambda x: special.assoc_laguerre(x, 3, 1.0), 0.8),
        "orders of an array": (lambda x: special.jv(np.array([0.5, 1.0]), x).sum(), 0.8),
        "nodes and the whole weight": (lambda x: x * special.roots_hermite(3, mu=True)[2], 0.8),
        "nodes of an order known outside": (
            lambda x: np.sum(special.roots_jacobi(4, 0.5, 1.5)[0] * x),
            0.8,
        ),
        "zeros": (lambda x: np.sum(special.jn_zeros(1, 3) * x) + special.bernoulli(4)[2] * x, 0.8),
        "numbers of trials outside": (
            lambda p: special.bdtr(2, 5, p) + special.nbdtr(2, 5, p),
            0.4,
        ),
        "int operands": (lambda x: special.expn(2, x) * special.gamma(5) * special.beta(2, 3), 0.8),
        "several results": (lambda x: special.airy(x)[2] * special.sici(x)[1], 0.8),
        "lists": (lambda x: np.sum(special.expit([x, 2.0 * x])), 0.8),
        "harmonics": (lambda t: special.sph_harm_y(2, 1, t, 0.4).real * 1.0 + t, 0.8),
        "a float32": (lambda x: special.ndtr(x) * special.gammainc(x, x), 1.25),
    }


@pytest.mark.parametrize("name", forms())
def test_forms(name: str) -> None:
    function, point = forms()[name]
    value, slope = ad.value_and_grad(lambda x: np.sum(function(x)) * 1.0)(point)
    assert value == pytest.approx(float(np.sum(function(point))), rel=1e-13)
    direction = np.cos(np.arange(np.size(point)) + 0.3).reshape(np.shape(point))
    h = 1e-4
    expected = (
        8.0 * (np.sum(function(point + h * direction)) - np.sum(function(point - h * direction)))
        - np.sum(function(point + 2 * h * direction))
        + np.sum(function(point - 2 * h * direction))
    ) / (12.0 * h)
    assert np.sum(slope * direction) == pytest.approx(float(expected), rel=1e-8, abs=1e-9)


def test_the_text_reads_as_by_hand() -> None:
    if not SCIPY:
        return

    def deviance(a: Any, x: Any) -> Any:
        return np.sum(special.gammaln(a + x) - special.gammaln(a))

    text = ad.grad(deviance).source(1.5, np.ones(3))
    assert text.startswith("import numpy as np\nfrom scipy import special\n")
    assert "special.digamma(" in text
    assert ad.grad(deviance)(1.5, np.ones(3)) == pytest.approx(3.0 / 1.5)
