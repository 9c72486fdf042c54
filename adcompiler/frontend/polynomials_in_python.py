"""NumPy's functions of polynomials, written in NumPy: what the compiler follows where a program calls them.

A polynomial is the vector of its coefficients: the highest power first in `np.poly…`, the lowest first in
`numpy.polynomial`.  Where NumPy drops zeros in front of the highest power, the values decide about the length.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.polynomial import polynomial


def _trimmed(c: Any) -> Any:
    """Without the zeros in front; one coefficient stays."""
    c = np.atleast_1d(c)
    return c[np.argmax(np.append(c[:-1] != 0.0, True)) :]


# --- the highest power first ---------------------------------------------------------------------


def polyadd(a1: Any, a2: Any) -> Any:
    one, two = np.atleast_1d(a1), np.atleast_1d(a2)
    longest = max(one.size, two.size)
    found = np.zeros(longest, np.result_type(one, two))
    found[longest - one.size :] += one
    found[longest - two.size :] += two
    return found


def polysub(a1: Any, a2: Any) -> Any:
    return polyadd(a1, -np.atleast_1d(a2))


def polymul(a1: Any, a2: Any) -> Any:
    return np.convolve(_trimmed(a1), _trimmed(a2))


def polydiv(u: Any, v: Any) -> Any:
    """Quotient and remainder; of that NumPy drops the leading coefficients up to 1e-8."""
    rest, divisor = np.atleast_1d(u) + 0.0, np.atleast_1d(v) + 0.0
    degree = divisor.size - 1
    quotient = np.zeros(max(rest.size - degree, 1), np.result_type(rest, divisor))
    for k in range(rest.size - degree):
        factor = rest[k] / divisor[0]
        quotient[k] = factor
        rest[k : k + degree + 1] -= factor * divisor
    return quotient, rest[np.argmax(np.append(np.abs(rest[:-1]) > 1e-8, True)) :]


def polyfit(
    x: Any, y: Any, deg: int, rcond: Any = None, full: bool = False, w: Any = None, cov: Any = False
) -> Any:
    """Least squares; the columns of the table of powers are scaled to the length 1, as in NumPy."""
    if full or cov:
        raise NotImplementedError("np.polyfit with full= or cov=: only the coefficients")
    table, values = np.vander(np.asarray(x) + 0.0, deg + 1), np.asarray(y) + 0.0
    return fitted(table, values, w, rcond)


def fitted(table: Any, values: Any, w: Any, rcond: Any) -> Any:
    if w is not None:
        weights = np.asarray(w) + 0.0
        table = table * weights[:, None]
        values = values * (weights if values.ndim == 1 else weights[:, None])
    scale = np.sqrt(np.sum(table * table, axis=0))
    found = np.linalg.lstsq(table / scale, values, rcond)[0]
    return found / (scale if values.ndim == 1 else scale[:, None])


def poly(seq_of_zeros: Any) -> Any:
    zeros: Any = np.atleast_1d(seq_of_zeros) + 0.0
    # the characteristic polynomial of a real matrix is real
    real = zeros.ndim == 2 and np.isrealobj(zeros)
    if zeros.ndim == 2:
        zeros = np.linalg.eigvals(zeros)
    found = np.zeros(zeros.size + 1, zeros.dtype)
    found[0] = 1.0
    for k in range(zeros.size):
        found[1 : k + 2] = found[1 : k + 2] - zeros[k] * found[: k + 1]
    return found.real if real else found


class Poly1d:
    """What `np.poly1d` is to a program: its coefficients, arithmetic, values."""

    def __init__(self, c_or_r: Any, r: bool = False, variable: Any = None) -> None:
        self.coeffs: Any
        if isinstance(c_or_r, Poly1d):
            self.coeffs = c_or_r.coeffs
        else:
            self.coeffs = _trimmed(poly(c_or_r) if r else c_or_r)

    @property
    def c(self) -> Any:
        return self.coeffs

    @property
    def coef(self) -> Any:
        return self.coeffs

    @property
    def coefficients(self) -> Any:
        return self.coeffs

    @property
    def order(self) -> Any:
        return len(self.coeffs) - 1

    @property
    def o(self) -> Any:
        return len(self.coeffs) - 1

    @property
    def roots(self) -> Any:
        return np.roots(self.coeffs)

    @property
    def r(self) -> Any:
        return np.roots(self.coeffs)

    def __call__(self, val: Any) -> Any:
        return np.polyval(self.coeffs, val)

    def __getitem__(self, power: Any) -> Any:
        return self.coeffs[len(self.coeffs) - 1 - power]

    def __neg__(self) -> Poly1d:
        return Poly1d(-self.coeffs)

    def __add__(self, other: Any) -> Poly1d:
        return Poly1d(polyadd(self.coeffs, Poly1d(other).coeffs))

    def __radd__(self, other: Any) -> Poly1d:
        return Poly1d(polyadd(self.coeffs, Poly1d(other).coeffs))

    def __sub__(self, other: Any) -> Poly1d:
        return Poly1d(polysub(self.coeffs, Poly1d(other).coeffs))

    def __rsub__(self, other: Any) -> Poly1d:
        return Poly1d(polysub(Poly1d(other).coeffs, self.coeffs))

    def __mul__(self, other: Any) -> Poly1d:
        return Poly1d(polymul(self.coeffs, Poly1d(other).coeffs))

    def __rmul__(self, other: Any) -> Poly1d:
        return Poly1d(polymul(self.coeffs, Poly1d(other).coeffs))

    def __truediv__(self, other: Any) -> Any:
        if isinstance(other, Poly1d):
            quotient, rest = polydiv(self.coeffs, other.coeffs)
            return Poly1d(quotient), Poly1d(rest)
        return Poly1d(self.coeffs / other)

    def __pow__(self, times: int) -> Poly1d:
        found = np.ones(1)
        for _ in range(times):
            found = np.convolve(found, self.coeffs)
        return Poly1d(found)

    def deriv(self, m: int = 1) -> Poly1d:
        return Poly1d(np.polyder(self.coeffs, m))

    def integ(self, m: int = 1, k: Any = 0) -> Poly1d:
        return Poly1d(np.polyint(self.coeffs, m, k))


# --- the lowest power first ----------------------------------------------------------------------


def _first(c: Any) -> Any:
    """Without the zeros behind."""
    return _trimmed(np.atleast_1d(c)[::-1])[::-1]


def add_series(c1: Any, c2: Any) -> Any:
    return _first(polyadd(np.atleast_1d(c1)[::-1], np.atleast_1d(c2)[::-1])[::-1])


def subtract_series(c1: Any, c2: Any) -> Any:
    return add_series(c1, -np.atleast_1d(c2))


def multiply_powers(c1: Any, c2: Any) -> Any:
    return np.convolve(_first(c1), _first(c2))


def power_of(c: Any, pow: int, maxpower: Any = None) -> Any:
    found = np.ones(1)
    for _ in range(pow):
        found = np.convolve(found, _first(c))
    return found


def differentiate_powers(c: Any, m: int = 1, scl: Any = 1, axis: int = 0) -> Any:
    found = np.atleast_1d(c)[::-1] * 1.0
    for _ in range(m):
        found = np.polyder(found) * scl
    return found[::-1]


def integrate_powers(
    c: Any, m: int = 1, k: Any = (), lbnd: Any = 0.0, scl: Any = 1, axis: int = 0
) -> Any:
    """The constant makes the value at `lbnd` that of `k`, 0 where there is none."""
    found = np.atleast_1d(c)[::-1] * 1.0
    given = np.append(np.ravel(k) * 1.0, np.zeros(m))
    for i in range(m):
        found = np.polyint(found * scl)
        found[-1] = given[i] - np.polyval(found, lbnd)
    return found[::-1]


def powers_from_roots(roots: Any) -> Any:
    return poly(roots)[::-1]


def polyvander(x: Any, deg: int) -> Any:
    return np.vander(np.atleast_1d(x) + 0.0, deg + 1, increasing=True)


def series_fit(
    x: Any, y: Any, deg: int, rcond: Any = None, full: bool = False, w: Any = None
) -> Any:
    if full:
        raise NotImplementedError("polyfit with full=True: only the coefficients")
    return fitted(polyvander(x, deg), np.asarray(y) + 0.0, w, rcond)


#: function -> the one that is followed in its place
POLYNOMIALS: dict[Any, Any] = {
    np.polyadd: polyadd,
    np.polysub: polysub,
    np.polymul: polymul,
    np.polydiv: polydiv,
    np.polyfit: polyfit,
    np.poly: poly,
    np.poly1d: Poly1d,
    polynomial.polyadd: add_series,
    polynomial.polysub: subtract_series,
    polynomial.polymul: multiply_powers,
    polynomial.polypow: power_of,
    polynomial.polyder: differentiate_powers,
    polynomial.polyint: integrate_powers,
    polynomial.polyfromroots: powers_from_roots,
    polynomial.polyvander: polyvander,
    polynomial.polyfit: series_fit,
}
