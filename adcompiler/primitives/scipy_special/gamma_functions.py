"""The gamma function and its kin: logarithms, polygamma functions, beta, Pochhammer, binomials, zeta."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from scipy import special

from adcompiler.errors import ArgumentError
from adcompiler.ir.primitive import Primitive, Statics
from adcompiler.ir.types import Array, Type, dtype_of, shape_of
from adcompiler.ir.values import Atom, Constant
from adcompiler.primitives.inert import refuse_complex
from adcompiler.primitives.kinds import elementwise
from adcompiler.primitives.samples import Domain
from adcompiler.primitives.scipy_special.rows import ORDER, row, table
from adcompiler.primitives.shapes import broadcast_shapes, numbers

_POSITIVE = Domain(0.4, 4.5)
_TOP, _BELOW = Domain(5.2, 6.8), Domain(1.2, 3.8)
_WITH_RESPECT_TO_ITS_ORDER = "SciPy has no function for the derivative with respect to the order."


# --- logarithmic derivatives ----------------------------------------------------------------------


def _infer_polygamma(args: Sequence[Atom], statics: Statics) -> Type:
    """An array, of numbers too, and always in double precision."""
    numbers(args, "special.polygamma")
    refuse_complex(args, "special.polygamma")
    if dtype_of(args[0].type).kind not in "biu" and not (
        isinstance(args[0], Constant) and float(args[0].value).is_integer()
    ):
        raise ArgumentError("`special.polygamma` takes an int as its order.", write="int(n)")
    return Array(np.dtype(float), broadcast_shapes([shape_of(a.type) for a in args]))


polygamma: Primitive = elementwise(
    "polygamma",
    special.polygamma,
    array="special.polygamma(_0, _1)",
    infer=_infer_polygamma,
    partials=(None, lambda y, n, x: polygamma(n + 1, x)),
    samples=(ORDER, _POSITIVE),
)
digamma = row("digamma", lambda y, x: polygamma(1, x), _POSITIVE)
gamma = row("gamma", lambda y, x: y * digamma(x), _POSITIVE)
gammaln = row("gammaln", lambda y, x: digamma(x), _POSITIVE)
loggamma = row("loggamma", lambda y, x: digamma(x), _POSITIVE)
rgamma = row("rgamma", lambda y, x: -(y * digamma(x)), _POSITIVE)
gammasgn = row("gammasgn", None, _POSITIVE, verdict="inert")

# --- products of gamma functions ------------------------------------------------------------------

beta = row(
    "beta",
    (
        lambda y, a, b: y * (digamma(a) - digamma(a + b)),
        lambda y, a, b: y * (digamma(b) - digamma(a + b)),
    ),
    _POSITIVE,
    _POSITIVE,
)
betaln = row(
    "betaln",
    (lambda y, a, b: digamma(a) - digamma(a + b), lambda y, a, b: digamma(b) - digamma(a + b)),
    _POSITIVE,
    _POSITIVE,
)
# Γ(a + m) / Γ(a)
poch = row(
    "poch",
    (lambda y, a, m: y * (digamma(a + m) - digamma(a)), lambda y, a, m: y * digamma(a + m)),
    _POSITIVE,
    _POSITIVE,
)
# Γ(n + 1) / (Γ(k + 1) Γ(n - k + 1))
binom = row(
    "binom",
    (
        lambda y, n, k: y * (digamma(n + 1.0) - digamma(n - k + 1.0)),
        lambda y, n, k: y * (digamma(n - k + 1.0) - digamma(k + 1.0)),
    ),
    _TOP,
    _BELOW,
)

FUNCTIONS: dict[Any, Any] = {
    **table([digamma, gamma, gammaln, loggamma, rgamma, gammasgn, beta, betaln, poch, binom]),
    special.polygamma: polygamma,
}
