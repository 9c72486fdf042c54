"""Parts and neighbours of numbers: modf, frexp, ldexp, nextafter, nan_to_num, real parts of real numbers.

And questions about numbers that have the answers yes and no: isposinf, isclose, allclose, array_equal.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from adcompiler.errors import ArgumentError
from adcompiler.ir.builder import current
from adcompiler.ir.primitive import Infer, Primitive, Spelling, Statics
from adcompiler.ir.types import (
    BOOL,
    FLOAT,
    INT,
    PythonScalar,
    Type,
    dtype_of,
    scalar_or_array,
    shape_of,
)
from adcompiler.ir.values import Atom
from adcompiler.primitives import arithmetic
from adcompiler.primitives.arrays import array_like
from adcompiler.primitives.inert import (
    as_float,
    isfinite,
    number_to,
    real_type,
    refuse_complex,
    trunc,
)
from adcompiler.primitives.kinds import Where, elementwise, inert
from adcompiler.primitives.reductions import REDUCED, reduced, reduction_type
from adcompiler.primitives.samples import POSITIVE, REAL, Domain, Sample
from adcompiler.primitives.shapes import elementwise_type, numbers
from adcompiler.primitives.statics import differing, static

# the exponent of a sample changes at powers of 2, and the whole part at whole numbers
BETWEEN_POWERS = Domain(1.1, 1.9)
EXPONENT = Domain(-3, 3, integer=True)
_ROW = [1.0, 0.0, -3.0]
_GRID = [[1.0, 0.0, -3.0], [4.0, 0.5, 0.0]]


# --- parts ---------------------------------------------------------------------------------------


def _first_of_two(name: str, function: np.ufunc, place: int) -> Infer:
    """The type of one of the two results of a ufunc."""

    def infer(args: Sequence[Atom], statics: Statics) -> Type:
        numbers(args, name)
        refuse_complex(args, name)
        (type,) = (arg.type for arg in args)
        if isinstance(type, PythonScalar):
            return FLOAT if place == 0 or name == "modf" else INT
        resolved = function.resolve_dtypes((dtype_of(type), None, None))
        return scalar_or_array(np.dtype(resolved[1 + place]), shape_of(type))

    return infer


modf_fraction = elementwise(
    "modf_fraction",
    lambda x: np.modf(x)[0],
    array="np.modf(_0)[0]",
    scalar="math.modf(_0)[0]",
    infer=_first_of_two("modf", np.modf, 0),
    partials=lambda y, x: 1.0,
    samples=(BETWEEN_POWERS,),
)
modf_whole = elementwise(
    "modf_whole",
    lambda x: np.modf(x)[1],
    array="np.modf(_0)[1]",
    scalar="math.modf(_0)[1]",
    infer=_first_of_two("modf", np.modf, 1),
    partials=None,
    verdict="inert",
    samples=(BETWEEN_POWERS,),
)
frexp_exponent = elementwise(
    "frexp_exponent",
    lambda x: np.frexp(x)[1],
    array="np.frexp(_0)[1]",
    scalar="math.frexp(_0)[1]",
    infer=_first_of_two("frexp", np.frexp, 1),
    partials=None,
    verdict="inert",
    samples=(BETWEEN_POWERS,),
)
# x = m·2ᵉ, and e is constant between powers of 2
frexp_mantissa = elementwise(
    "frexp_mantissa",
    lambda x: np.frexp(x)[0],
    array="np.frexp(_0)[0]",
    scalar="math.frexp(_0)[0]",
    infer=_first_of_two("frexp", np.frexp, 0),
    partials=lambda y, x: ldexp(1.0, -frexp_exponent(x)),
    samples=(BETWEEN_POWERS,),
)


def _infer_ldexp(args: Sequence[Atom], statics: Statics) -> Type:
    numbers(args, "ldexp")
    refuse_complex(args, "ldexp")
    if dtype_of(args[1].type).kind not in "iu":
        raise ArgumentError("the second operand of `ldexp` is an integer.", write="x * 2.0**n")
    return elementwise_type(np.ldexp, args, python_kind="float")


ldexp: Primitive = elementwise(
    "ldexp",
    np.ldexp,
    scalar="math.ldexp(_0, _1)",
    infer=_infer_ldexp,
    partials=(lambda y, x, n: ldexp(1.0, n), None),
    samples=(REAL, EXPONENT),
)
# the neighbour of x moves with x; which of the two neighbours it is, y decides
nextafter = elementwise(
    "nextafter",
    np.nextafter,
    scalar="math.nextafter(_0, _1)",
    python_kind="float",
    partials=(lambda y, x, towards: 1.0, None),
    samples=(REAL, POSITIVE),
)
spacing = elementwise(
    "spacing",
    np.spacing,
    infer=real_type("np.spacing", np.spacing),
    partials=None,
    verdict="inert",
    samples=(BETWEEN_POWERS,),
)
# NumPy computes it in double precision at least
float_power = elementwise(
    "float_power",
    np.float_power,
    python_kind="float",
    partials=(arithmetic.base_partial, arithmetic.exponent_partial),
    samples=(POSITIVE, REAL),
    unbounded=True,
)
# what is replaced has the slope 0
nan_to_num = elementwise(
    "nan_to_num",
    lambda x, nan=0.0, posinf=None, neginf=None: np.nan_to_num(
        x, nan=nan, posinf=posinf, neginf=neginf
    ),
    infer=real_type("np.nan_to_num", np.positive),
    defaults={"nan": 0.0, "posinf": None, "neginf": None},
    partials=lambda y, x, **_: Where(isfinite(x), 1.0),
    samples=(Domain(-2.0, 2.0, (0.0, math.inf, math.nan)),),
)


def _nan_to_num(
    x: Any, copy: Any = True, nan: Any = 0.0, posinf: Any = None, neginf: Any = None
) -> Atom:
    if not static(copy, "copy"):
        raise ArgumentError(
            "`np.nan_to_num` with copy=False writes into its operand.",
            write="x = np.nan_to_num(x)",
        )
    values = {"nan": nan, "posinf": posinf, "neginf": neginf}
    given = {key: static(value, key) for key, value in values.items()}
    return current().apply(nan_to_num, array_like(x), **differing(nan_to_num, **given))


def _both(
    first: Primitive, second: Primitive, convert: Callable[[Any], Atom] = array_like
) -> Callable[[Any], tuple[Atom, Atom]]:
    """Both results of a function, each a statement of its own."""

    def call(x: Any) -> tuple[Atom, Atom]:
        atom = convert(x)
        return current().apply(first, atom), current().apply(second, atom)

    call.__name__ = first.name.partition("_")[0]
    return call


# --- yes and no ----------------------------------------------------------------------------------


def _answer(args: Sequence[Atom], statics: Statics) -> Type:
    numbers(args, "a comparison of arrays")
    return PythonScalar("bool")


def _question(name: str) -> Primitive:
    return elementwise(
        name,
        getattr(np, name),
        infer=lambda args, statics: elementwise_type(np.isinf, args, python_kind="bool"),
        partials=None,
        verdict="inert",
        samples=(REAL,),
    )


isposinf, isneginf = _question("isposinf"), _question("isneginf")
_CLOSE = {"rtol": 1e-05, "atol": 1e-08, "equal_nan": False}
isclose = elementwise(
    "isclose",
    np.isclose,
    infer=lambda args, statics: elementwise_type(np.equal, args, python_kind="bool"),
    defaults=_CLOSE,
    partials=None,
    verdict="inert",
    samples=(REAL, REAL),
)


def _comparison(name: str, defaults: dict[str, Any]) -> Primitive:
    function = getattr(np, name)
    return inert(
        name,
        lambda a, b, **statics: function(a, b, **statics),
        infer=_answer,
        spelling=Spelling(f"np.{name}(_0, _1)"),
        defaults=defaults,
        samples=(Sample((_ROW, _ROW)), Sample((_GRID, 0.5)), Sample(([], []))),
    )


allclose = _comparison("allclose", _CLOSE)
array_equal = _comparison("array_equal", {"equal_nan": False})
array_equiv = _comparison("array_equiv", {})


def _compared(row: Primitive) -> Callable[..., Atom]:
    def call(a: Any, b: Any, *options: Any, **named: Any) -> Atom:
        given = dict(zip(row.defaults, options, strict=False)) | named
        statics = {key: static(value, key) for key, value in given.items()}
        unknown = set(statics) - set(row.defaults)
        if unknown or len(options) > len(row.defaults):
            raise ArgumentError(f"`np.{row.name}` does not take these arguments.")
        return current().apply(row, array_like(a), array_like(b), **differing(row, **statics))

    call.__name__ = row.name
    return call


math_isclose = inert(
    "math_isclose",
    lambda a, b, **statics: math.isclose(a, b, **statics),
    infer=number_to("math.isclose", BOOL),
    spelling=Spelling("math.isclose(_0, _1)"),
    defaults={"rel_tol": 1e-09, "abs_tol": 0.0},
    samples=(Sample((1.0, 2.0)), Sample((1.0, 1.1), {"abs_tol": 0.5})),
)


def _math_isclose(a: Any, b: Any, *, rel_tol: Any = 1e-09, abs_tol: Any = 0.0) -> Atom:
    given = {"rel_tol": static(rel_tol, "rel_tol"), "abs_tol": static(abs_tol, "abs_tol")}
    return current().apply(math_isclose, a, b, **differing(math_isclose, **given))


count_nonzero = inert(
    "count_nonzero",
    lambda x, axis=None, keepdims=False: np.count_nonzero(x, axis=axis, keepdims=keepdims),
    infer=reduction_type("np.count_nonzero", lambda _: np.dtype(np.intp)),
    spelling=Spelling("np.count_nonzero(_0)"),
    defaults=REDUCED,
    samples=(
        Sample((_ROW,)),
        Sample((_GRID,), {"axis": 0}),
        Sample((_GRID,), {"axis": 1, "keepdims": True}),
        Sample(([True, False],)),
    ),
)


def _count_nonzero(a: Any, axis: Any = None, *, keepdims: Any = False) -> Atom:
    return reduced(count_nonzero, a, axis, keepdims)


FUNCTIONS: dict[Any, Any] = {
    np.modf: _both(modf_fraction, modf_whole),
    np.frexp: _both(frexp_mantissa, frexp_exponent),
    np.ldexp: ldexp,
    np.nextafter: nextafter,
    np.spacing: spacing,
    np.float_power: float_power,
    np.nan_to_num: _nan_to_num,
    np.fix: trunc,
    np.isposinf: isposinf,
    np.isneginf: isneginf,
    np.isclose: _compared(isclose),
    np.allclose: _compared(allclose),
    np.array_equal: _compared(array_equal),
    np.array_equiv: _compared(array_equiv),
    np.count_nonzero: _count_nonzero,
    math.modf: _both(modf_fraction, modf_whole, as_float),
    math.frexp: _both(frexp_mantissa, frexp_exponent, as_float),
    math.isclose: _math_isclose,
}
MATH = {math.ldexp: ldexp, math.nextafter: nextafter}
