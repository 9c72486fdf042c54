"""Functions of `math` on numbers and sequences: gamma, erf, fsum, prod, sumprod, dist, fma, comb.

And the Bessel function `np.i0`, whose derivative NumPy lacks.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import reduce
from typing import Any

import numpy as np

from adcompiler.errors import ArgumentError, ShapeError
from adcompiler.ir.builder import current
from adcompiler.ir.nodes import Call
from adcompiler.ir.primitive import Primitive, Spelling, Statics
from adcompiler.ir.types import (
    FLOAT,
    INT,
    Array,
    NumpyScalar,
    PythonScalar,
    Type,
    dtype_of,
    shape_of,
)
from adcompiler.ir.values import Atom, Constant, as_atom
from adcompiler.primitives.accumulation import fit_cotangent, fit_tangent
from adcompiler.primitives.arrays import array_like
from adcompiler.primitives.derived import derived
from adcompiler.primitives.exponential import exp
from adcompiler.primitives.inert import as_float, number_to, one_number, real_type
from adcompiler.primitives.kinds import Partial, add, elementwise, general, inert, scaled
from adcompiler.primitives.norms import norm
from adcompiler.primitives.products import prod
from adcompiler.primitives.reductions import sum_
from adcompiler.primitives.samples import Domain, Sample
from adcompiler.primitives.shapes import numbers, promoted_dtype
from adcompiler.primitives.shaping import rank_of
from adcompiler.primitives.trigonometric import FUNCTIONS as ANGLES
from adcompiler.runtime import gamma as runtime_gamma


def _of_numbers(
    name: str,
    function: Callable[..., Any],
    template: str,
    partials: Sequence[Partial | None],
    samples: Sequence[Sample],
) -> Primitive:
    """A function from Python numbers to a float (arrays with axes are refused, as `math` does)."""

    def infer(args: Sequence[Atom], statics: Statics) -> Type:
        one_number(args, template.partition("(")[0])
        return FLOAT

    def pushforward(call: Call, tangents: Sequence[Atom | None]) -> Atom | None:
        total: Atom | None = None
        for tangent, partial in zip(tangents, partials, strict=True):
            if tangent is not None and partial is not None:
                found = partial(call.target, *call.args, **call.statics)
                total = add(total, scaled(tangent, found))
        return None if total is None else fit_tangent(call.target, total)

    def pullback(call: Call, y_bar: Atom, wanted: Sequence[bool]) -> list[Atom | None]:
        found: list[Atom | None] = []
        for arg, want, partial in zip(call.args, wanted, partials, strict=True):
            part = None
            if want and partial is not None:
                part = scaled(y_bar, partial(call.target, *call.args, **call.statics))
            found.append(None if part is None else fit_cotangent(arg, part))
        return found

    return general(
        name,
        function,
        infer=infer,
        spelling=Spelling(template),
        pushforward=pushforward,
        pullback=pullback,
        samples=samples,
    )


_GAMMA_SAMPLES = (Sample((0.7,)), Sample((2.5,)), Sample((7.25,)), Sample((-1.4,)))

log_gamma_slope: Primitive = _of_numbers(
    "log_gamma_slope",
    runtime_gamma.digamma,
    "digamma(_0)",
    (lambda y, x: current().apply(log_gamma_slopes, x, n=1),),
    _GAMMA_SAMPLES,
)
log_gamma_slopes: Primitive = _of_numbers(
    "log_gamma_slopes",
    lambda x, *, n: runtime_gamma.polygamma(n, x),
    "polygamma(_n, _0)",
    (lambda y, x, n: current().apply(log_gamma_slopes, x, n=n + 1),),
    tuple(Sample(s.operands, {"n": 1 + k % 2}) for k, s in enumerate(_GAMMA_SAMPLES)),
)
gamma = _of_numbers(
    "gamma", math.gamma, "math.gamma(_0)", (lambda y, x: y * log_gamma_slope(x),), _GAMMA_SAMPLES
)
lgamma = _of_numbers(
    "lgamma", math.lgamma, "math.lgamma(_0)", (lambda y, x: log_gamma_slope(x),), _GAMMA_SAMPLES
)
_ERROR_SAMPLES = (Sample((0.0,)), Sample((0.7,)), Sample((-1.4,)))
_SLOPE = 2.0 / math.sqrt(math.pi)
erf = _of_numbers(
    "erf", math.erf, "math.erf(_0)", (lambda y, x: _SLOPE * exp(-(x * x)),), _ERROR_SAMPLES
)
erfc = _of_numbers(
    "erfc", math.erfc, "math.erfc(_0)", (lambda y, x: -_SLOPE * exp(-(x * x)),), _ERROR_SAMPLES
)
# x - n·y with n the whole number nearest to x / y: n is a step
ieee_remainder = _of_numbers(
    "ieee_remainder",
    math.remainder,
    "math.remainder(_0, _1)",
    (lambda y, a, b: 1.0, lambda y, a, b: -current().apply(nearest_quotient, a, b)),
    (Sample((5.3, 2.1)), Sample((5.5, 2.1)), Sample((-5.3, 2.1))),
)
nearest_quotient: Primitive = inert(
    "nearest_quotient",
    lambda a, b: float(round((a - math.remainder(a, b)) / b)),
    infer=lambda args, statics: FLOAT,
    spelling=Spelling("float(round((_0 - math.remainder(_0, _1)) / _1))"),
    samples=(Sample((5.3, 2.1)), Sample((-5.5, 2.1))),
)
ROWS: dict[str, Primitive] = {
    "gamma": gamma,
    "lgamma": lgamma,
    "erf": erf,
    "erfc": erfc,
    "remainder": ieee_remainder,
}
if hasattr(math, "fma"):  # since Python 3.13
    ROWS["fma"] = _of_numbers(
        "fma",
        math.fma,
        "math.fma(_0, _1, _2)",
        (lambda y, a, b, c: b, lambda y, a, b, c: a, lambda y, a, b, c: 1.0),
        (Sample((1.5, -2.0, 0.5)),),
    )


# --- Bessel functions ----------------------------------------------------------------------------


def _infer_bessel(args: Sequence[Atom], statics: Statics) -> Type:
    """An array, of a number too."""
    found = real_type("np.i0", np.sin)(args, statics)
    return Array(dtype_of(found), shape_of(found))


_BESSEL = Domain(-4.0, 4.0, (0.0,))
i0 = elementwise(
    "i0",
    np.i0,
    infer=_infer_bessel,
    partials=lambda y, x: bessel_i(x),
    samples=(_BESSEL,),
)


def _between_orders(y: Atom, x: Atom, n: int = 1) -> Any:
    """(Iₙ₋₁ + Iₙ₊₁) / 2, which holds at 0 too."""
    below = i0(x) if n == 1 else current().apply(bessel_i, x, n=n - 1)
    return 0.5 * (below + current().apply(bessel_i, x, n=n + 1))


bessel_i: Primitive = elementwise(
    "bessel_i",
    runtime_gamma.bessel_i,
    array="bessel_i(_0)",
    infer=real_type("np.i0", np.sin),
    python_kind="float",
    partials=_between_orders,
    defaults={"n": 1},
    samples=(_BESSEL,),
)


# --- sums and products of sequences --------------------------------------------------------------


def _infer_fsum(args: Sequence[Atom], statics: Statics) -> Type:
    numbers(args, "math.fsum")
    if len(args) == 1 and rank_of(args[0]) != 1:
        raise ShapeError("`math.fsum` takes a sequence of numbers.", write="math.fsum(x.ravel())")
    return FLOAT


fsum = derived(
    "fsum",
    lambda x: math.fsum(x),
    infer=_infer_fsum,
    definition=lambda x: current().apply(sum_, x),
    spelling=Spelling("math.fsum(_0)"),
    samples=(Sample(([1.0, 2.5, -3.0],)), Sample(([],))),
)
fsum_of = derived(
    "fsum_of",
    lambda *items: math.fsum(items),
    infer=lambda args, statics: FLOAT,
    definition=lambda *items: reduce(lambda a, b: as_atom(a + b), items),
    spelling=Spelling("math.fsum([*_args])"),
    samples=(Sample((1.0, 2.5, -3.0)), Sample((1.0,))),
)


def _fsum(seq: Any) -> Atom:
    if isinstance(seq, (list, tuple)):
        items = [array_like(item) for item in seq]
        if any(rank_of(item) for item in items):
            raise ArgumentError("`math.fsum` adds numbers.", write="np.sum of arrays")
        return current().apply(fsum_of, *items) if items else as_atom(0.0)
    return current().apply(fsum, array_like(seq))


def _infer_items(args: Sequence[Atom], statics: Statics) -> Type:
    numbers(args, "math.prod")
    if any(rank_of(a) != 1 for a in args):
        raise ShapeError("a product of this form takes vectors.", write="np.prod(x)")
    dtype = promoted_dtype([a.type for a in args])
    return NumpyScalar(dtype)


math_prod = derived(
    "math_prod",
    lambda x: np.float64(1.0) if not len(x) else math.prod(x),
    infer=_infer_items,
    definition=lambda x: current().apply(prod, x),
    spelling=Spelling("math.prod(_0)"),
    samples=(Sample(([1.0, 2.5, -3.0],)), Sample(([0.0, 2.5, -3.0],))),
)


def _math_prod(iterable: Any, *, start: Any = 1) -> Any:
    """One by one, as `math.prod` multiplies."""
    if isinstance(iterable, (list, tuple)):
        first = as_atom(start)
        items = [array_like(item) for item in iterable]
        if not (isinstance(first, Constant) and type(first.value) is int and first.value == 1):
            items.insert(0, first)
        return reduce(lambda a, b: a * b, items) if items else first
    x = array_like(iterable)
    found = current().apply(math_prod, x)
    return found if getattr(start, "value", start) == 1 else as_atom(start * found)


SUMPROD: Any = getattr(math, "sumprod", None)  # since Python 3.12
if SUMPROD is not None:
    _sumprod_row = derived(
        "sumprod",
        lambda p, q: SUMPROD(p, q),
        infer=_infer_items,
        definition=lambda p, q: current().apply(sum_, as_atom(p * q)),
        spelling=Spelling("math.sumprod(_0, _1)"),
        samples=(Sample(([1.0, 2.5, -3.0], [0.5, 1.5, 2.0])),),
    )
    _sumprod_of_lists = derived(
        "sumprod_of_lists",
        lambda p, q: SUMPROD(p.tolist(), q.tolist()),
        infer=lambda args, statics: FLOAT,
        definition=lambda p, q: current().apply(sum_, as_atom(p * q)),
        spelling=Spelling("math.sumprod(_0.tolist(), _1.tolist())"),
        samples=(Sample(([1.0, 2.5, -3.0], [0.5, 1.5, 2.0])),),
    )

    def _sumprod(p: Any, q: Any, /) -> Atom:
        lists = isinstance(p, (list, tuple)) and isinstance(q, (list, tuple))
        left, right = array_like(p), array_like(q)
        return current().apply(_sumprod_of_lists if lists else _sumprod_row, left, right)


def _dist(p: Any, q: Any, /) -> Atom:
    """The length of the difference (of sequences of any number of coordinates)."""
    if isinstance(p, (list, tuple)) and isinstance(q, (list, tuple)):
        if len(p) != len(q):
            raise ShapeError("both points of `math.dist` need the same number of coordinates.")
        pairs = zip(p, q, strict=True)
        coordinates = [as_float(array_like(a)) - as_float(array_like(b)) for a, b in pairs]
        found: Atom = ANGLES[math.hypot](*coordinates)
        return found
    return current().apply(norm, as_atom(array_like(p) - array_like(q)))


# --- whole numbers -------------------------------------------------------------------------------


def _whole(name: str, count: int) -> Callable[..., Any]:
    """A function of ints: no derivative, and known while compiling where its operands are."""
    function = getattr(math, name)

    def infer(args: Sequence[Atom], statics: Statics) -> Type:
        for arg in args:
            if dtype_of(arg.type).kind not in "biu" or shape_of(arg.type):
                raise ArgumentError(f"`math.{name}` takes ints and got {arg.type}.", write="int(n)")
        return INT

    operands = ", ".join(f"_{k}" for k in range(count))
    row = inert(
        f"math_{name}",
        function,
        infer=infer,
        spelling=Spelling(f"math.{name}({operands})"),
        samples=(Sample((6, 2)[:count]),),
    )

    def call(*args: Any) -> Any:
        atoms = [as_atom(arg) for arg in args]
        several = name in ("gcd", "lcm") and len(atoms) > count  # one after the other
        ints = all(isinstance(a.type, PythonScalar) for a in atoms)
        if not ints or not (len(atoms) == count or several):
            raise ArgumentError(f"`math.{name}` takes {count} ints here.")
        found = current().apply(row, *atoms[:count])
        for atom in atoms[count:]:
            found = current().apply(row, found, atom)
        return found

    call.__name__ = name
    return call


ulp = inert(
    "ulp",
    math.ulp,
    infer=number_to("math.ulp", FLOAT),
    spelling=Spelling("math.ulp(_0)"),
    samples=(Sample((1.3,)),),
)

FUNCTIONS: dict[Any, Any] = {
    np.i0: i0,
    math.fsum: _fsum,
    math.prod: _math_prod,
    math.dist: _dist,
    **{getattr(math, n): _whole(n, 1) for n in ("factorial", "isqrt")},
    **{getattr(math, n): _whole(n, 2) for n in ("comb", "perm", "gcd", "lcm")},
}
if SUMPROD is not None:
    FUNCTIONS[SUMPROD] = _sumprod
MATH: dict[Any, Any] = {getattr(math, name): row for name, row in ROWS.items()} | {math.ulp: ulp}
