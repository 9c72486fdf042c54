"""Numbers of choices and factorials: comb, perm, factorial, and those that are of whole numbers only.

Of whole numbers they have no derivative; of others they are products of gamma functions.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from scipy import special

from adcompiler.errors import ArgumentError
from adcompiler.ir.builder import current
from adcompiler.ir.primitive import Infer, Primitive, Spelling, Statics
from adcompiler.ir.types import INT, PythonScalar, Type, dtype_of
from adcompiler.ir.values import Atom, as_atom
from adcompiler.primitives.arrays import array_like
from adcompiler.primitives.inert import not_equal
from adcompiler.primitives.kinds import Where, elementwise, inert
from adcompiler.primitives.samples import Domain, Sample
from adcompiler.primitives.scipy_special.gamma_functions import digamma
from adcompiler.primitives.scipy_special.rows import infer_probed
from adcompiler.primitives.statics import static

_TOP, _BELOW = Domain(5.2, 6.8), Domain(1.2, 3.8)


def _somewhere(y: Atom, factor: Any) -> Where:
    """SciPy gives 0 outside of 0 <= k <= N."""
    return Where(not_equal(y, 0.0), y * factor)


comb = elementwise(
    "comb",
    special.comb,
    array="special.comb(_0, _1)",
    infer=infer_probed("comb", special.comb),
    partials=(
        lambda y, n, k: _somewhere(y, digamma(n + 1.0) - digamma(n - k + 1.0)),
        lambda y, n, k: _somewhere(y, digamma(n - k + 1.0) - digamma(k + 1.0)),
    ),
    samples=(_TOP, _BELOW),
)
perm = elementwise(
    "perm",
    special.perm,
    array="special.perm(_0, _1)",
    infer=infer_probed("perm", special.perm),
    partials=(
        lambda y, n, k: _somewhere(y, digamma(n + 1.0) - digamma(n - k + 1.0)),
        lambda y, n, k: _somewhere(y, digamma(n - k + 1.0)),
    ),
    samples=(_TOP, _BELOW),
)
factorial = elementwise(
    "factorial",
    special.factorial,
    array="special.factorial(_0)",
    infer=infer_probed("factorial", special.factorial),
    partials=lambda y, n: _somewhere(y, digamma(n + 1.0)),
    samples=(_BELOW,),
)


# --- of whole numbers -----------------------------------------------------------------------------


def _infer_whole(name: str, found: Infer) -> Infer:
    def infer(args: Sequence[Atom], statics: Statics) -> Type:
        if any(dtype_of(a.type).kind not in "biu" for a in args):
            raise ArgumentError(f"`special.{name}` is a function of whole numbers.", write="int(n)")
        return found(args, statics)

    return infer


def _whole(name: str, operands: int) -> Primitive:
    function = getattr(special, name)
    return inert(
        name,
        function,
        infer=_infer_whole(name, infer_probed(name, function)),
        spelling=Spelling(f"special.{name}({', '.join(f'_{k}' for k in range(operands))})"),
        kind="elementwise",
        samples=(Sample((6, 2)[:operands]), Sample(([5, 6], [1, 3])[:operands])),
    )


stirling2 = _whole("stirling2", 2)
factorial2 = _whole("factorial2", 1)


def _exactly(name: str, operands: int) -> Primitive:
    """Python's own ints, of any size."""

    def infer(args: Sequence[Atom], statics: Statics) -> Type:
        if not all(isinstance(a.type, PythonScalar) for a in args):
            raise ArgumentError(
                f"`special.{name}` with `exact=True` of {args[0].type} is not supported.",
                write=f"special.{name}(…) without exact=True, or ints",
            )
        return _infer_whole(name, lambda args, statics: INT)(args, statics)

    function = getattr(special, name)
    return inert(
        f"{name}_exact",
        lambda *args: function(*args, exact=True),
        infer=infer,
        spelling=Spelling(
            f"special.{name}({', '.join(f'_{k}' for k in range(operands))}, exact=True)"
        ),
        samples=(Sample((6, 2)[:operands]),),
    )


_EXACT = {
    name: _exactly(name, n)
    for name, n in (("comb", 2), ("perm", 2), ("factorial", 1), ("factorial2", 1), ("stirling2", 2))
}


def _function(row: Primitive, names: Sequence[str]) -> Callable[..., Any]:
    """Operands of these names, and `exact`."""

    def call(*operands: Any, exact: Any = False, **named: Any) -> Any:
        if len(operands) > len(names):
            operands, exact = operands[: len(names)], operands[len(names)]
        given = [*operands, *(named.pop(n) for n in names[len(operands) :] if n in named)]
        if named or len(given) != len(names):
            raise ArgumentError(f"`special.{row.name}` takes {', '.join(names)} and exact=.")
        chosen = _EXACT[row.name] if static(exact, "exact") else row
        return current().apply(chosen, *map(array_like, given))

    call.__name__ = row.name
    return call


def _comb(N: Any, k: Any, *, exact: Any = False, repetition: Any = False) -> Any:  # noqa: N803
    top = array_like(N)
    if static(repetition, "repetition"):
        top = as_atom(top + array_like(k) - 1)
    return _function(comb, ("N", "k"))(top, k, exact=exact)


FUNCTIONS: dict[Any, Any] = {
    special.comb: _comb,
    special.perm: _function(perm, ("N", "k")),
    special.factorial: _function(factorial, ("n",)),
    special.factorial2: _function(factorial2, ("n",)),
    special.stirling2: _function(stirling2, ("N", "K")),
}
