"""Functions whose derivative is zero by declaration: steps, tests, comparisons, conversions.

They are piecewise constant; at their jumps the derivative 0 is the convention, not a theorem.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import numpy as np

from adcompiler.errors import ArgumentError
from adcompiler.ir.builder import current
from adcompiler.ir.primitive import Infer, Primitive, Spelling, Statics
from adcompiler.ir.types import (
    FLOAT,
    INT,
    PythonScalar,
    Type,
    dtype_of,
    is_complex,
    scalar_or_array,
    shape_of,
)
from adcompiler.ir.values import Atom, Constant, Variable, as_atom
from adcompiler.primitives.conversion import to_bool, to_float, to_int
from adcompiler.primitives.kinds import elementwise, inert
from adcompiler.primitives.samples import REAL, SMALL_INTEGER, Domain, Sample
from adcompiler.primitives.shapes import (
    broadcast_shapes,
    elementwise_type,
    numbers,
    result_dtype,
    wider_kind,
)
from adcompiler.primitives.statics import static

_T = TypeVar("_T")
#: no sample may sit on a jump, where a difference quotient sees the step
BETWEEN_JUMPS = Domain(1.1, 1.4, (0.0, -0.5))


def refuse_complex(args: Sequence[Atom], name: str) -> None:
    """Order and modulus of complex numbers are no matter of real partials."""
    if any(is_complex(arg.type) for arg in args):
        raise ArgumentError(
            f"`{name}` of complex numbers is not supported.",
            why="its derivative is not that of the real function of the same name.",
            write="the same with x.real and x.imag",
        )


def one_number(args: Sequence[Atom], name: str) -> None:
    """Refuse arrays with axes where Python itself takes one number."""
    numbers(args, name)
    refuse_complex(args, name)
    for arg in args:
        if shape_of(arg.type):
            raise ArgumentError(
                f"`{name}` takes a number and got an array ({arg.type}).",
                write="the NumPy function of that name, or one element of the array",
            )


def number_to(name: str, type: Type) -> Infer:
    """The type of a function from numbers to a Python number."""

    def infer(args: Sequence[Atom], statics: Statics) -> Type:
        one_number(args, name)
        return type

    return infer


def real_type(name: str, function: Any) -> Infer:
    """The type of a ufunc that is real only."""

    def infer(args: Sequence[Atom], statics: Statics) -> Type:
        numbers(args, name)
        refuse_complex(args, name)
        return elementwise_type(function, args)

    return infer


def _step(name: str, function: np.ufunc, scalar: str) -> Primitive:
    return elementwise(
        name,
        function,
        scalar=scalar,
        partials=None,
        verdict="inert",
        samples=(BETWEEN_JUMPS,),
        infer=real_type(name, function),
    )


def _test(
    name: str, function: np.ufunc, *, array: str = "", scalar: str = "", operands: int = 2
) -> Primitive:
    return elementwise(
        name,
        function,
        array=array,
        scalar=scalar,
        partials=None,
        verdict="inert",
        python_kind="bool",
        samples=(REAL,) * operands,
    )


floor = _step("floor", np.floor, "float(math.floor(_0))")
ceil = _step("ceil", np.ceil, "float(math.ceil(_0))")
trunc = _step("trunc", np.trunc, "float(math.trunc(_0))")
# both round a half to the even neighbour
rint = _step("rint", np.rint, "float(round(_0))")
# nan stays nan: none of the comparisons holds
sign = _step("sign", np.sign, "(1.0 if _0 > 0.0 else -1.0 if _0 < 0.0 else _0)")
integer_sign = elementwise(
    "integer_sign",
    np.sign,
    array="np.sign(_0)",
    scalar="(_0 > 0) - (_0 < 0)",
    partials=None,
    verdict="inert",
    samples=(SMALL_INTEGER,),
)

equal = _test("equal", np.equal, array="_0 == _1")
not_equal = _test("not_equal", np.not_equal, array="_0 != _1")
less = _test("less", np.less, array="_0 < _1")
less_equal = _test("less_equal", np.less_equal, array="_0 <= _1")
greater = _test("greater", np.greater, array="_0 > _1")
greater_equal = _test("greater_equal", np.greater_equal, array="_0 >= _1")
logical_and = _test("logical_and", np.logical_and, scalar="bool(_0 and _1)")
logical_or = _test("logical_or", np.logical_or, scalar="bool(_0 or _1)")
logical_xor = _test("logical_xor", np.logical_xor, scalar="bool(_0) != bool(_1)")
logical_not = _test("logical_not", np.logical_not, scalar="not _0", operands=1)
isnan = _test("isnan", np.isnan, scalar="math.isnan(_0)", operands=1)
isfinite = _test("isfinite", np.isfinite, scalar="math.isfinite(_0)", operands=1)
isinf = _test("isinf", np.isinf, scalar="math.isinf(_0)", operands=1)
signbit = _test("signbit", np.signbit, scalar="math.copysign(1.0, _0) < 0.0", operands=1)


def _bitwise(name: str, function: np.ufunc, template: str, operands: int = 2) -> Primitive:
    def infer(args: Sequence[Atom], statics: Statics) -> Type:
        numbers(args, name)
        kinds = [t.kind for t in (a.type for a in args) if isinstance(t, PythonScalar)]
        if any(dtype_of(a.type).kind not in "biu" for a in args):
            raise ArgumentError(f"`{name}` takes integers or booleans.")
        if len(kinds) == len(args):
            # ~True and True << 1 are ints in Python
            keeps_bool = len(args) == 2 and "shift" not in name
            return PythonScalar(wider_kind(kinds)) if keeps_bool else INT
        types = [a.type for a in args]
        return scalar_or_array(
            result_dtype(function, types), broadcast_shapes([shape_of(t) for t in types])
        )

    return elementwise(
        name,
        function,
        array=template,
        partials=None,
        verdict="inert",
        infer=infer,
        samples=(SMALL_INTEGER,) * operands,
    )


bitwise_and = _bitwise("bitwise_and", np.bitwise_and, "_0 & _1")
bitwise_or = _bitwise("bitwise_or", np.bitwise_or, "_0 | _1")
bitwise_xor = _bitwise("bitwise_xor", np.bitwise_xor, "_0 ^ _1")
left_shift = _bitwise("left_shift", np.left_shift, "_0 << _1")
right_shift = _bitwise("right_shift", np.right_shift, "_0 >> _1")
gcd = _bitwise("gcd", np.gcd, "np.gcd(_0, _1)")
lcm = _bitwise("lcm", np.lcm, "np.lcm(_0, _1)")
invert = _bitwise("invert", np.invert, "~_0", operands=1)


def _infer_round(args: Sequence[Atom], statics: Statics) -> Type:
    numbers(args, "round")
    refuse_complex(args, "round")
    type = args[0].type
    return (
        type if isinstance(type, PythonScalar) else scalar_or_array(dtype_of(type), shape_of(type))
    )


round_decimals = inert(
    "round",
    np.round,
    infer=_infer_round,
    spelling=Spelling("np.round(_0)"),
    kind="elementwise",
    defaults={"decimals": 0},
    samples=(Sample((1.26,)), Sample(([1.26, -2.7],), {"decimals": 1})),
)


def _conversion(name: str, function: Callable[[Any], Any], template: str, type: Type) -> Primitive:
    """A Python function from one number to an int or a bool."""

    def infer(args: Sequence[Atom], statics: Statics) -> Type:
        one_number(args, name)
        return type

    return inert(
        name,
        function,
        infer=infer,
        spelling=Spelling(template),
        samples=(Sample((1.3,)), Sample((-0.7,))),
    )


integer_floor = _conversion("integer_floor", math.floor, "math.floor(_0)", INT)
integer_ceil = _conversion("integer_ceil", math.ceil, "math.ceil(_0)", INT)
integer_trunc = _conversion("integer_trunc", math.trunc, "math.trunc(_0)", INT)
integer_round = _conversion("integer_round", round, "round(_0)", INT)


def _infer_digits(args: Sequence[Atom], statics: Statics) -> Type:
    one_number(args, "round")
    return args[0].type


# Python rounds the decimal expansion correctly, np.round does not: two different functions
round_digits = inert(
    "round_digits",
    lambda x, *, ndigits: round(x, ndigits),
    infer=_infer_digits,
    spelling=Spelling("round(_0, _ndigits)"),
    samples=(Sample((1.23,), {"ndigits": 2}), Sample((267.1,), {"ndigits": -1})),
)

held = inert(
    "stop_gradient",
    lambda x: x,
    spelling=Spelling("_0"),
    kind="elementwise",
    memory="view",
    samples=(Sample((1.3,)), Sample(([1.3, -2.0],))),
    description="the value, held constant",
)


def stop_gradient(value: _T) -> _T:
    """The value itself; what depends on it is differentiated as if it were a constant.

    >>> stop_gradient(2.5)
    2.5
    """
    return value


def _hold(value: Any) -> Any:
    """Every number of a container is held; what is no number is as it was."""
    if isinstance(value, (tuple, list)):
        return type(value)(map(_hold, value))
    if isinstance(value, dict):
        return {key: _hold(item) for key, item in value.items()}
    return current().apply(held, value) if isinstance(value, Variable) else value


def _to(row: Primitive, name: str) -> Callable[[Any], Atom]:
    def call(x: Any) -> Atom:
        one_number([as_atom(x)], name)
        return current().apply(row, x)

    return call


def as_float(value: Any) -> Atom:
    """The operand as a Python float, with no statement where it is one already (or runs as one)."""
    atom = as_atom(value)
    if atom.type == FLOAT:
        return atom
    if isinstance(atom, Constant) and type(atom.value) in (int, bool):
        return Constant.of(float(atom.value))
    one_number([atom], "float")
    return current().apply(to_float, atom)


def _rounding(row: Primitive) -> Callable[[Any], Atom]:
    """Integers are their own floor (NumPy gives them back as integers)."""

    def call(x: Any) -> Atom:
        atom = as_atom(x)
        kept = isinstance(atom.type, PythonScalar) and atom.type.kind == "int"
        return atom if kept else current().apply(row, atom)

    call.__name__ = row.name
    return call


def _sign(x: Any) -> Atom:
    atom = as_atom(x)
    whole = isinstance(atom.type, PythonScalar) and atom.type.kind in ("int", "bool")
    return current().apply(integer_sign if whole else sign, atom)


def _round_numpy(a: Any, decimals: Any = 0, out: Any = None) -> Atom:
    if out is not None:
        raise ArgumentError(
            "`np.round` with `out=` is not supported.", write="out[...] = np.round(a, decimals)"
        )
    digits = static(decimals, "decimals")
    return current().apply(round_decimals, a, **({"decimals": digits} if digits else {}))


def _round_python(number: Any, ndigits: Any = None) -> Atom:
    digits = static(ndigits, "ndigits")
    if digits is None:
        return current().apply(integer_round, number)
    return current().apply(round_digits, number, ndigits=digits)


OPERATORS = {
    "Eq": equal,
    "NotEq": not_equal,
    "Lt": less,
    "LtE": less_equal,
    "Gt": greater,
    "GtE": greater_equal,
    "Not": logical_not,
    "BitAnd": bitwise_and,
    "BitOr": bitwise_or,
    "BitXor": bitwise_xor,
    "LShift": left_shift,
    "RShift": right_shift,
    "Invert": invert,
}
FUNCTIONS: dict[Any, Any] = {
    np.floor: _rounding(floor),
    np.ceil: _rounding(ceil),
    np.trunc: _rounding(trunc),
    np.rint: rint,
    np.sign: _sign,
    np.round: _round_numpy,
    np.around: _round_numpy,
    np.equal: equal,
    np.not_equal: not_equal,
    np.less: less,
    np.less_equal: less_equal,
    np.greater: greater,
    np.greater_equal: greater_equal,
    np.logical_and: logical_and,
    np.logical_or: logical_or,
    np.logical_xor: logical_xor,
    np.logical_not: logical_not,
    np.isnan: isnan,
    np.isfinite: isfinite,
    np.isinf: isinf,
    np.signbit: signbit,
    np.bitwise_and: bitwise_and,
    np.bitwise_or: bitwise_or,
    np.bitwise_xor: bitwise_xor,
    np.left_shift: left_shift,
    np.right_shift: right_shift,
    np.invert: invert,
    np.gcd: gcd,
    np.lcm: lcm,
    operator.eq: equal,
    operator.ne: not_equal,
    operator.lt: less,
    operator.le: less_equal,
    operator.gt: greater,
    operator.ge: greater_equal,
    operator.not_: logical_not,
    operator.and_: bitwise_and,
    operator.or_: bitwise_or,
    operator.xor: bitwise_xor,
    operator.lshift: left_shift,
    operator.rshift: right_shift,
    operator.invert: invert,
    operator.truth: _to(to_bool, "bool"),
    bool: _to(to_bool, "bool"),
    int: _to(to_int, "int"),
    float: as_float,
    round: _round_python,
    stop_gradient: _hold,
}
MATH = {
    math.isnan: isnan,
    math.isfinite: isfinite,
    math.isinf: isinf,
    math.floor: integer_floor,
    math.ceil: integer_ceil,
    math.trunc: integer_trunc,
}
METHODS: dict[str, Any] = {"round": _round_numpy}
