"""Orthogonal polynomials at a point: eval_legendre, eval_chebyt, eval_hermite and the others.

The slope of a polynomial is one of the next lower degree of a neighbouring family (Abramowitz & Stegun 22.5, 22.8;
Szegő 4.21.7), which holds at the ends of the interval too.  The degree and the parameters have no derivative.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from scipy import special

from adcompiler.ir.builder import current
from adcompiler.ir.primitive import Primitive
from adcompiler.primitives.arrays import array_like
from adcompiler.primitives.kinds import Over
from adcompiler.primitives.samples import REAL, Domain
from adcompiler.primitives.scipy_special.rows import ORDER, is_zero, one_less, row, table, unknown

_INTERVAL = Domain(-0.9, 0.9, (0.0, 1.0, -1.0))
_SHIFTED = Domain(0.05, 0.95, (0.0, 1.0))


def _polynomial(
    name: str, slope: Callable[..., Any], point: Domain, *parameters: Domain
) -> Primitive:
    """A polynomial of (degree, parameters, point)."""
    why = "a polynomial has a whole number as its degree, and SciPy has no function for this derivative."
    refused = [unknown(name, "degree or parameter", why)] * (1 + len(parameters))

    def partial(y: Any, n: Any, *rest: Any) -> Any:
        return None if is_zero(n) else slope(n, *rest)

    return row(name, (*refused, partial), ORDER, *parameters, point)


eval_jacobi: Primitive = _polynomial(
    "eval_jacobi",
    lambda n, a, b, x: 0.5 * (n + a + b + 1) * eval_jacobi(n - 1, a + 1, b + 1, x),
    _INTERVAL,
    ORDER,
    ORDER,
)
eval_gegenbauer: Primitive = _polynomial(
    "eval_gegenbauer", lambda n, a, x: 2 * a * eval_gegenbauer(n - 1, a + 1, x), _INTERVAL, ORDER
)
eval_legendre = _polynomial(
    "eval_legendre", lambda n, x: 0.5 * (n + 1) * eval_jacobi(n - 1, 1, 1, x), _INTERVAL
)
eval_chebyt = _polynomial("eval_chebyt", lambda n, x: n * eval_chebyu(n - 1, x), _INTERVAL)
eval_chebyu: Primitive = _polynomial(
    "eval_chebyu", lambda n, x: 2 * eval_gegenbauer(n - 1, 2, x), _INTERVAL
)
# 2 Tₙ(x/2) and Uₙ(x/2)
eval_chebyc = _polynomial("eval_chebyc", lambda n, x: n * eval_chebys(n - 1, x), REAL)
eval_chebys: Primitive = _polynomial(
    "eval_chebys", lambda n, x: eval_gegenbauer(n - 1, 2, 0.5 * x), REAL
)

# --- on the interval from 0 to 1 ------------------------------------------------------------------

eval_sh_legendre = _polynomial(
    "eval_sh_legendre", lambda n, x: (n + 1) * eval_jacobi(n - 1, 1, 1, 2.0 * x - 1.0), _SHIFTED
)
eval_sh_chebyt = _polynomial(
    "eval_sh_chebyt", lambda n, x: 2 * n * eval_sh_chebyu(n - 1, x), _SHIFTED
)
eval_sh_chebyu: Primitive = _polynomial(
    "eval_sh_chebyu", lambda n, x: 4 * eval_gegenbauer(n - 1, 2, 2.0 * x - 1.0), _SHIFTED
)
# with leading coefficient 1
eval_sh_jacobi: Primitive = _polynomial(
    "eval_sh_jacobi",
    lambda n, p, q, x: n * eval_sh_jacobi(one_less(n), p + 2, q + 1, x),
    _SHIFTED,
    Domain(4, 6, integer=True),
    ORDER,
)

# --- on the whole line ----------------------------------------------------------------------------

eval_hermite: Primitive = _polynomial(
    "eval_hermite", lambda n, x: 2 * n * eval_hermite(one_less(n), x), REAL
)
eval_hermitenorm: Primitive = _polynomial(
    "eval_hermitenorm", lambda n, x: n * eval_hermitenorm(one_less(n), x), REAL
)
eval_genlaguerre: Primitive = _polynomial(
    "eval_genlaguerre", lambda n, a, x: -eval_genlaguerre(n - 1, a + 1, x), REAL, ORDER
)
eval_laguerre = _polynomial("eval_laguerre", lambda n, x: -eval_genlaguerre(n - 1, 1, x), REAL)

# (1 - x²) P′ = (v + 1) x P - (v - m + 1) P of the next degree
lpmv: Primitive = row(
    "lpmv",
    (
        *[unknown("lpmv", "order or degree")] * 2,
        lambda y, m, v, x: Over((v + 1) * x * y - (v - m + 1) * lpmv(m, v + 1, x), 1.0 - x * x),
    ),
    ORDER,
    ORDER,
    Domain(-0.6, 0.6, (0.0,)),
)


def _assoc_laguerre(x: Any, n: Any, k: Any = 0.0) -> Any:
    return current().apply(eval_genlaguerre, *map(array_like, (n, k, x)))


FUNCTIONS: dict[Any, Any] = {special.assoc_laguerre: _assoc_laguerre} | table(
    [
        *(eval_jacobi, eval_gegenbauer, eval_legendre, eval_chebyt, eval_chebyu, eval_chebyc),
        *(eval_chebys, eval_sh_legendre, eval_sh_chebyt, eval_sh_chebyu, eval_sh_jacobi),
        *(eval_hermite, eval_hermitenorm, eval_genlaguerre, eval_laguerre, lpmv),
    ]
)
