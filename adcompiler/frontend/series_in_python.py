"""Series of orthogonal polynomials, written in NumPy as in `numpy.polynomial`: values, tables, least squares.

All have a recurrence pₖ₊₁ = aₖ(x) pₖ - bₖ pₖ₋₁ (Abramowitz & Stegun 22.7); sums are Clenshaw's.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.polynomial import chebyshev, hermite, hermite_e, laguerre, legendre

from adcompiler.frontend.polynomials_in_python import fitted

# --- tables: one row for each x, one column for each degree ----------------------------------------


def _by_recurrence(x: Any, deg: int, first: Any, step: Any) -> Any:
    """The values of all functions up to a degree: pₖ₊₁ from pₖ and pₖ₋₁, Abramowitz & Stegun 22.7."""
    x = np.atleast_1d(x) + 0.0
    columns = [np.ones_like(x), first(x)]
    for k in range(1, deg):
        columns.append(step(k, x, columns[k], columns[k - 1]))
    return np.stack(columns[: deg + 1], axis=1)


def _chebyshev(k: Any, x: Any, p: Any, before: Any) -> Any:
    return 2.0 * x * p - before


def _legendre(k: Any, x: Any, p: Any, before: Any) -> Any:
    return ((2 * k + 1) * x * p - k * before) / (k + 1)


def _hermite(k: Any, x: Any, p: Any, before: Any) -> Any:
    return 2.0 * x * p - 2.0 * k * before


def _hermite_e(k: Any, x: Any, p: Any, before: Any) -> Any:
    return x * p - k * before


def _laguerre(k: Any, x: Any, p: Any, before: Any) -> Any:
    return ((2 * k + 1 - x) * p - k * before) / (k + 1)


def _itself(x: Any) -> Any:
    return x


def _twice(x: Any) -> Any:
    return 2.0 * x


def _one_minus(x: Any) -> Any:
    return 1.0 - x


def chebvander(x: Any, deg: int) -> Any:
    return _by_recurrence(x, deg, _itself, _chebyshev)


def legvander(x: Any, deg: int) -> Any:
    return _by_recurrence(x, deg, _itself, _legendre)


def hermvander(x: Any, deg: int) -> Any:
    return _by_recurrence(x, deg, _twice, _hermite)


def hermevander(x: Any, deg: int) -> Any:
    return _by_recurrence(x, deg, _itself, _hermite_e)


def lagvander(x: Any, deg: int) -> Any:
    return _by_recurrence(x, deg, _one_minus, _laguerre)


# --- values ----------------------------------------------------------------------------------------


def _ends(c: Any, x: Any) -> Any:
    """The last two coefficients, where there is always one more: 0."""
    return c[-1] + x * 0.0, x * 0.0


def chebval(x: Any, c: Any, tensor: bool = True) -> Any:
    c, x = np.asarray(c), np.asarray(x)
    c0, c1 = _ends(c, x)
    for i in range(2, len(c) + 1):
        c0, c1 = c[-i] - c1, c0 + 2.0 * x * c1
    return c0 + c1 * x


def legval(x: Any, c: Any, tensor: bool = True) -> Any:
    c, x = np.asarray(c), np.asarray(x)
    c0, c1 = _ends(c, x)
    for i in range(2, len(c) + 1):
        k = len(c) + 1 - i
        c0, c1 = c[-i] - c1 * (k / (k + 1)), c0 + c1 * x * ((2 * k + 1) / (k + 1))
    return c0 + c1 * x


def hermval(x: Any, c: Any, tensor: bool = True) -> Any:
    c, x = np.asarray(c), np.asarray(x)
    c0, c1 = _ends(c, x)
    for i in range(2, len(c) + 1):
        k = len(c) + 1 - i
        c0, c1 = c[-i] - c1 * (2 * k), c0 + 2.0 * x * c1
    return c0 + c1 * 2.0 * x


def hermeval(x: Any, c: Any, tensor: bool = True) -> Any:
    c, x = np.asarray(c), np.asarray(x)
    c0, c1 = _ends(c, x)
    for i in range(2, len(c) + 1):
        k = len(c) + 1 - i
        c0, c1 = c[-i] - c1 * k, c0 + c1 * x
    return c0 + c1 * x


def lagval(x: Any, c: Any, tensor: bool = True) -> Any:
    c, x = np.asarray(c), np.asarray(x)
    c0, c1 = _ends(c, x)
    for i in range(2, len(c) + 1):
        k = len(c) + 1 - i
        c0, c1 = c[-i] - c1 * k / (k + 1), c0 + c1 * (2 * k + 1 - x) / (k + 1)
    return c0 + c1 * (1.0 - x)


# --- least squares ---------------------------------------------------------------------------------


def chebfit(x: Any, y: Any, deg: int, rcond: Any = None, full: bool = False, w: Any = None) -> Any:
    return fitted(chebvander(x, deg), np.asarray(y) + 0.0, w, rcond)


def legfit(x: Any, y: Any, deg: int, rcond: Any = None, full: bool = False, w: Any = None) -> Any:
    return fitted(legvander(x, deg), np.asarray(y) + 0.0, w, rcond)


def hermfit(x: Any, y: Any, deg: int, rcond: Any = None, full: bool = False, w: Any = None) -> Any:
    return fitted(hermvander(x, deg), np.asarray(y) + 0.0, w, rcond)


def hermefit(x: Any, y: Any, deg: int, rcond: Any = None, full: bool = False, w: Any = None) -> Any:
    return fitted(hermevander(x, deg), np.asarray(y) + 0.0, w, rcond)


def lagfit(x: Any, y: Any, deg: int, rcond: Any = None, full: bool = False, w: Any = None) -> Any:
    return fitted(lagvander(x, deg), np.asarray(y) + 0.0, w, rcond)


#: function -> the one that is followed in its place
SERIES: dict[Any, Any] = {
    chebyshev.chebvander: chebvander,
    chebyshev.chebval: chebval,
    chebyshev.chebfit: chebfit,
    legendre.legvander: legvander,
    legendre.legval: legval,
    legendre.legfit: legfit,
    hermite.hermvander: hermvander,
    hermite.hermval: hermval,
    hermite.hermfit: hermfit,
    hermite_e.hermevander: hermevander,
    hermite_e.hermeval: hermeval,
    hermite_e.hermefit: hermefit,
    laguerre.lagvander: lagvander,
    laguerre.lagval: lagval,
    laguerre.lagfit: lagfit,
}
