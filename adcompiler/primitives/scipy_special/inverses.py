"""Inverses of distribution functions, by the theorem of the implicit function.

Where F(y, args) = p, the derivative of y is 1 / F′(y) with respect to p, and -(∂F/∂a) / F′(y) with respect to an
argument a.  F′ is what the rows of `distributions` say.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from adcompiler.ir.builder import current
from adcompiler.ir.nodes import Call
from adcompiler.ir.primitive import Primitive, lookup
from adcompiler.ir.values import Atom, Constant, as_atom
from adcompiler.primitives.derived import push_through
from adcompiler.primitives.inert import greater
from adcompiler.primitives.kinds import Over, Where
from adcompiler.primitives.samples import Domain
from adcompiler.primitives.scipy_special import distributions as d
from adcompiler.primitives.scipy_special.incomplete import betainc, betaincc, gammainc, gammaincc
from adcompiler.primitives.scipy_special.rows import row, table

_SHAPE, _POINT, _PART = Domain(0.6, 3.0), Domain(0.4, 4.0), Domain(0.2, 0.8)
_FREEDOM, _MIDDLE = Domain(3.0, 5.0), Domain(0.4, 0.6)
_COUNTS = Domain(4.0, 6.0)
Definition = Callable[..., Any]


def _slopes(definition: Definition, y: Atom, args: Sequence[Atom]) -> Callable[[int], Any]:
    """The partials of ``definition(y, *args)``: number 0 with respect to y."""

    def partial(number: int) -> Any:
        builder = current()
        given = [y, *args]
        # an operand that stands twice moves in one place only
        moving = builder.apply(lookup("identity"), given[number])
        given[number] = moving
        first = len(builder.statements)
        result = as_atom(definition(*given))
        calls = [s for s in builder.statements[first:] if isinstance(s, Call)]
        tangents: dict[Atom, Atom] = {moving: Constant.of(1.0)}
        push_through(calls, tangents)
        return tangents[result]

    return partial


def _inverse(
    name: str, target: int, definition: Definition, *samples: Domain, from_zero: bool = False
) -> Primitive:
    """The function y of its arguments for which ``definition(y, *arguments)`` is the argument number `target`.

    `from_zero` says that SciPy gives 0 for a y that would be negative.
    """

    def partial(number: int) -> Callable[..., Any]:
        def of(y: Atom, *args: Atom) -> Any:
            slope = _slopes(definition, y, args)
            numerator = 1.0 if number == target else -as_atom(slope(number + 1))
            found = Over(numerator, slope(0))
            return Where(greater(y, 0.0), found) if from_zero else found

        return of

    return row(name, [partial(k) for k in range(len(samples))], *samples)


gammaincinv = _inverse("gammaincinv", 1, lambda x, a, p: gammainc(a, x), _SHAPE, _PART)
gammainccinv = _inverse("gammainccinv", 1, lambda x, a, p: gammaincc(a, x), _SHAPE, _PART)
betaincinv = _inverse("betaincinv", 2, lambda x, a, b, p: betainc(a, b, x), _SHAPE, _SHAPE, _PART)
betainccinv = _inverse(
    "betainccinv", 2, lambda x, a, b, p: betaincc(a, b, x), _SHAPE, _SHAPE, _PART
)
btdtria = _inverse("btdtria", 0, lambda a, p, b, x: betainc(a, b, x), _PART, _SHAPE, _PART)
btdtrib = _inverse("btdtrib", 1, lambda b, a, p, x: betainc(a, b, x), _SHAPE, _PART, _PART)

gdtria = _inverse("gdtria", 0, lambda a, p, b, x: d.gdtr(a, b, x), _PART, _SHAPE, _POINT)
gdtrib = _inverse("gdtrib", 1, lambda b, a, p, x: d.gdtr(a, b, x), _SHAPE, _PART, _POINT)
gdtrix = _inverse("gdtrix", 2, lambda x, a, b, p: d.gdtr(a, b, x), _SHAPE, _SHAPE, _PART)
chdtri = _inverse("chdtri", 1, lambda x, v, p: d.chdtrc(v, x), _SHAPE, _PART)
chdtriv = _inverse("chdtriv", 0, lambda v, p, x: d.chdtr(v, x), _PART, _POINT)

fdtri = _inverse("fdtri", 2, lambda x, m, n, p: d.fdtr(m, n, x), _FREEDOM, _FREEDOM, _MIDDLE)
stdtrit = _inverse("stdtrit", 1, lambda t, n, p: d.stdtr(n, t), _FREEDOM, Domain(0.6, 0.7))
stdtridf = _inverse(
    "stdtridf", 0, lambda n, p, t: d.stdtr(n, t), Domain(0.7, 0.72), Domain(3.0, 3.2)
)
chndtrix = _inverse(
    "chndtrix",
    0,
    lambda x, p, n, c: d.chndtr(x, n, c),
    _PART,
    Domain(2, 5, integer=True),
    Domain(0.3, 2.0),
)

# with a count that need not be whole: the gamma and beta functions of it
pdtrik = _inverse(
    "pdtrik",
    0,
    lambda k, p, m: gammaincc(k + 1.0, m),
    _PART,
    Domain(2.5, 4.0),
    from_zero=True,
)
bdtrik = _inverse(
    "bdtrik",
    0,
    lambda k, p, n, x: betaincc(k + 1.0, n - k, x),
    *(_MIDDLE, _COUNTS, _MIDDLE),
    from_zero=True,
)
bdtrin = _inverse(
    "bdtrin", 1, lambda n, k, p, x: betaincc(k + 1.0, n - k, x), _COUNTS, _MIDDLE, _MIDDLE
)
nbdtrik = _inverse(
    "nbdtrik",
    0,
    lambda k, p, n, x: betainc(n, k + 1.0, x),
    *(_MIDDLE, _COUNTS, Domain(0.2, 0.3)),
    from_zero=True,
)
nbdtrin = _inverse(
    "nbdtrin", 1, lambda n, k, p, x: betainc(n, k + 1.0, x), _COUNTS, _MIDDLE, _MIDDLE
)
fdtridfd = _inverse(
    "fdtridfd", 1, lambda n, m, p, x: d.fdtr(m, n, x), _COUNTS, Domain(0.7, 0.72), Domain(2.0, 2.1)
)
chndtrinc = _inverse(
    "chndtrinc",
    2,
    lambda c, x, n, p: d.chndtr(x, n, c),
    *(_FREEDOM, Domain(2, 3, integer=True), Domain(0.2, 0.3)),
)

FUNCTIONS: dict[Any, Any] = table(
    [
        *(gammaincinv, gammainccinv, betaincinv, betainccinv, btdtria, btdtrib),
        *(gdtria, gdtrib, gdtrix, chdtri, chdtriv, fdtri, stdtrit, stdtridf, chndtrix),
        *(pdtrik, bdtrik, bdtrin, nbdtrik, nbdtrin, fdtridfd, chndtrinc),
    ]
)
