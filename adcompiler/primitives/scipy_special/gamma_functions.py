"""The gamma function and its kin: logarithms, polygamma functions, beta, Pochhammer, binomials, zeta."""

from __future__ import annotations

import math
import operator
from collections.abc import Sequence
from functools import reduce
from typing import Any

import numpy as np
from scipy import special

from adcompiler.errors import ArgumentError
from adcompiler.ir.builder import current
from adcompiler.ir.primitive import Primitive, Spelling, Statics
from adcompiler.ir.types import Array, Type, dtype_of, is_complex, shape_of
from adcompiler.ir.values import Atom, Constant
from adcompiler.primitives.arrays import array_like
from adcompiler.primitives.derived import derived
from adcompiler.primitives.inert import less
from adcompiler.primitives.kinds import elementwise
from adcompiler.primitives.samples import Domain, Sample
from adcompiler.primitives.scipy_special.rows import ORDER, infer_probed, row, table, unknown
from adcompiler.primitives.selection import where
from adcompiler.primitives.shapes import broadcast_shapes, numbers
from adcompiler.primitives.statics import static
from adcompiler.primitives.trigonometric import cos, sin

_POSITIVE = Domain(0.4, 4.5)
_TOP, _BELOW = Domain(5.2, 6.8), Domain(1.2, 3.8)


# --- logarithmic derivatives ----------------------------------------------------------------------


def _infer_polygamma(args: Sequence[Atom], statics: Statics) -> Type:
    """An array, of numbers too, and always in double precision."""
    numbers(args, "special.polygamma")
    if any(is_complex(a.type) for a in args):
        raise ArgumentError(
            "`special.polygamma` of complex numbers is not supported.",
            why="SciPy has it for real numbers, so the slope of `special.digamma` is known there only.",
            write="special.digamma(x), whose value SciPy has for complex numbers too",
        )
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


def _rgamma_slope(y: Atom, x: Atom) -> Any:
    """-ψ(x) / Γ(x), and to the left what Γ(x) Γ(1 - x) = π / sin(πx) makes of it, which has no poles there."""
    if is_complex(x.type):
        return -(y * digamma(x))
    left = less(x, 0.5)
    mirrored = 1.0 - where(left, x, 0.0)
    turned = cos(math.pi * x) - digamma(mirrored) * sin(math.pi * x) / math.pi
    return where(left, gamma(mirrored) * turned, -(y * digamma(where(left, 1.0, x))))


rgamma = row("rgamma", _rgamma_slope, Domain(0.4, 4.5, (-1.0, 0.0)))
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

_infer_multigammaln = infer_probed("multigammaln", lambda a: special.multigammaln(a, 1))
# the logarithm of the gamma function of d × d matrices: one logarithm for each of d numbers, and a constant
multigammaln = derived(
    "multigammaln",
    lambda a, d: special.multigammaln(a, d),
    definition=lambda a, d: reduce(operator.add, [gammaln(a - 0.5 * k) for k in range(d)]),
    infer=_infer_multigammaln,
    spelling=Spelling("special.multigammaln(_0, _d)"),
    samples=(
        Sample((2.5,), {"d": 3}),
        Sample(([1.5, 2.5, 3.5],), {"d": 2}),
        Sample(([[1.5], [0.75]],), {"d": 1}),
    ),
)


def _multigammaln(a: Any, d: Any) -> Atom:
    return current().apply(multigammaln, array_like(a), d=static(d, "d"))


# --- ζ(x, q) = Σ (q + k)⁻ˣ ------------------------------------------------------------------------

_NO_EXPONENT = "SciPy has no function for the derivative of ζ with respect to its exponent."
riemann_zeta = elementwise(
    "riemann_zeta",
    special.zeta,
    array="special.zeta(_0)",
    infer=infer_probed("zeta", special.zeta, 2.0),
    partials=unknown("zeta", "exponent", _NO_EXPONENT),
    samples=(Domain(2, 5, integer=True),),
)
zeta: Primitive = elementwise(
    "zeta",
    special.zeta,
    array="special.zeta(_0, _1)",
    infer=infer_probed("zeta", special.zeta, 2.0),
    partials=(
        unknown("zeta", "exponent", _NO_EXPONENT),
        lambda y, x, q: -(x * zeta(x + 1, q)),
    ),
    samples=(Domain(2, 5, integer=True), _POSITIVE),
)
zetac = row("zetac", None, Domain(2, 5, integer=True), verdict="opaque")


def _zeta(x: Any, q: Any = None) -> Atom:
    if q is None or (isinstance(q, Constant) and q.value is None):
        return current().apply(riemann_zeta, array_like(x))
    return current().apply(zeta, array_like(x), array_like(q))


FUNCTIONS: dict[Any, Any] = {
    **table([digamma, gamma, gammaln, loggamma, rgamma, gammasgn, beta, betaln, poch, binom]),
    special.polygamma: polygamma,
    special.multigammaln: _multigammaln,
    special.zeta: _zeta,
    special.zetac: zetac,
}
