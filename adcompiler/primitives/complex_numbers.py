"""Complex numbers: their parts, and the functions of them that are not holomorphic.

A cotangent z̄ of a complex z = x + iy is ∂L/∂x - i ∂L/∂y, so that dL = Re(z̄ ż): the pairing is bilinear, and
the partials of holomorphic rows stand as they are, without conjugates.  The rows of this file are linear over the
real numbers only; each is transposed under Re(ȳ ẏ):

    ẏ = Re ż       z̄ = ȳ            ẏ = Im ż           z̄ = -i ȳ
    ẏ = conj ż     z̄ = conj ȳ       ẏ = Re(u ż)        z̄ = u ȳ

The cotangent of a real operand of a complex operation is the real part (`fit_cotangent`).
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from adcompiler.errors import ArgumentError
from adcompiler.ir.builder import current
from adcompiler.ir.nodes import Call
from adcompiler.ir.primitive import (
    Batch,
    Primitive,
    Pullback,
    Pushforward,
    Spelling,
    Statics,
    lookup,
    register,
)
from adcompiler.ir.types import (
    COMPLEX,
    FLOAT,
    Array,
    NumpyScalar,
    PythonScalar,
    Type,
    dtype_of,
    is_complex,
    shape_of,
)
from adcompiler.ir.values import Atom, Constant, as_atom
from adcompiler.primitives.accumulation import fit_cotangent
from adcompiler.primitives.arrays import array_like
from adcompiler.primitives.inert import equal, number_to
from adcompiler.primitives.kinds import elementwise, scaled
from adcompiler.primitives.samples import NONZERO, Sample
from adcompiler.primitives.selection import absolute, where
from adcompiler.primitives.shapes import elementwise_type, numbers
from adcompiler.primitives.statics import differing, static

_ROW = [1.0 + 2.0j, -0.5 + 0.3j, 0.7 - 1.1j]
_GRID = [[1.0 + 2.0j, -0.5 + 0.3j], [0.7 - 1.1j, 2.0 + 0.1j]]
_SAMPLES = (Sample((1.5 - 0.5j,)), Sample((_ROW,)), Sample((_GRID,)))


def real_dtype(dtype: np.dtype[Any]) -> np.dtype[Any]:
    """The dtype of the parts of a complex number.

    >>> real_dtype(np.dtype("complex64"))
    dtype('float32')
    """
    return np.empty(0, dtype).real.dtype


def _real_like(type: Type) -> Type:
    """The type of the real part of a number of this type."""
    if isinstance(type, PythonScalar):
        return FLOAT
    dtype = real_dtype(dtype_of(type))
    return Array(dtype, type.shape) if isinstance(type, Array) else NumpyScalar(dtype)


def _infer_part(args: Sequence[Atom], statics: Statics) -> Type:
    numbers(args, "a part of a complex number")
    (arg,) = args
    return _real_like(arg.type) if is_complex(arg.type) else arg.type


def _batch(call: Call, args: Sequence[Atom], flags: Sequence[bool]) -> Atom:
    return current().apply(call.primitive, args[0], **call.statics)


def _row(
    name: str,
    function: Callable[..., Any],
    spelling: Spelling,
    pushforward: Pushforward,
    pullback: Pullback,
    *,
    batch: Batch | None = _batch,
    samples: Sequence[Any] = _SAMPLES,
    infer: Any = _infer_part,
    memory: str = "fresh",
    defaults: Statics | None = None,
    description: str = "",
    holomorphic: bool = False,
) -> Primitive:
    """A row that is linear over the real numbers only."""
    return register(
        Primitive(
            name,
            function,
            infer,
            spelling,
            "differentiable",
            pushforward,
            pullback,
            batch=batch,
            memory=memory,
            defaults=defaults or {},
            samples=tuple(samples),
            description=description,
            holomorphic=holomorphic,
        )
    )


def part(row: Primitive, z: Atom) -> Atom | None:
    """A part, or the conjugate, of what may be real already."""
    if is_complex(z.type):
        return current().apply(row, z)
    return None if row is imag else z


def _times(value: Atom, factor: Any) -> Atom:
    product = scaled(value, factor)
    assert product is not None
    return product


# --- linear over the real numbers -----------------------------------------------------------------


real: Primitive = _row(
    "real",
    lambda z: z.real,
    Spelling("_0.real"),
    lambda call, dots: None if dots[0] is None else part(real, dots[0]),
    lambda call, y_bar, wanted: [fit_cotangent(call.args[0], y_bar)],
    memory="view",
    description="the real part",
)
imag: Primitive = _row(
    "imag",
    lambda z: z.imag,
    Spelling("_0.imag"),
    lambda call, dots: None if dots[0] is None else part(imag, dots[0]),
    lambda call, y_bar, wanted: [fit_cotangent(call.args[0], _times(y_bar, -1j))],
    memory="view",
    description="the imaginary part",
)
conjugate: Primitive = _row(
    "conjugate",
    np.conjugate,
    Spelling("np.conj(_0)", scalar="_0.conjugate()"),
    lambda call, dots: None if dots[0] is None else part(conjugate, dots[0]),
    lambda call, y_bar, wanted: [fit_cotangent(call.args[0], part(conjugate, y_bar) or y_bar)],
    infer=lambda args, statics: elementwise_type(np.conjugate, args),
    description="the conjugate",
)


def _push_complex_of(call: Call, dots: Sequence[Atom | None]) -> Atom | None:
    if all(dot is None for dot in dots):
        return None
    return current().apply(complex_of, *(Constant.of(0.0) if d is None else d for d in dots))


def _pull_complex_of(call: Call, y_bar: Atom, wanted: Sequence[bool]) -> list[Atom | None]:
    """Re(ȳ (ȧ + i ḃ)) = Re ȳ ȧ - Im ȳ ḃ."""
    below = part(imag, y_bar) if wanted[1] else None
    return [
        part(real, y_bar) if wanted[0] else None,
        None if below is None else as_atom(-below),
    ]


# a + ib of two real numbers, whose signed zeros a sum with 1j * b would lose
complex_of = _row(
    "complex_of",
    complex,
    Spelling("complex(_0, _1)"),
    _push_complex_of,
    _pull_complex_of,
    batch=lambda call, args, flags: as_atom(args[0] + 1j * args[1]),
    samples=(Sample((1.5, -0.5)),),
    infer=number_to("complex", COMPLEX),
    description="the complex number of two parts",
)
to_complex: Primitive = _row(
    "to_complex",
    complex,
    Spelling("complex(_0)"),
    lambda call, dots: None if dots[0] is None else current().apply(to_complex, dots[0]),
    lambda call, y_bar, wanted: [fit_cotangent(call.args[0], y_bar)],
    batch=lambda call, args, flags: args[0],
    samples=(Sample((1.5,)), Sample((1.5 - 0.5j,))),
    infer=lambda args, statics: COMPLEX,
    description="Python's complex()",
    holomorphic=True,
)


# --- modulus and angle ----------------------------------------------------------------------------


def _direction(call: Call) -> Atom:
    """conj(z) / |z|, the slope of the modulus; 0 at 0 by convention."""
    z, y = call.args[0], call.target
    return as_atom(conjugate(z) / where(equal(y, 0.0), 1.0, y))


def _push_modulus(call: Call, dots: Sequence[Atom | None]) -> Atom | None:
    return None if dots[0] is None else part(real, _times(dots[0], _direction(call)))


def _pull_modulus(call: Call, y_bar: Atom, wanted: Sequence[bool]) -> list[Atom | None]:
    return [fit_cotangent(call.args[0], _times(y_bar, _direction(call)))]


# |z|'(0) = 0
modulus = _row(
    "modulus",
    np.absolute,
    Spelling("np.abs(_0)", scalar="abs(_0)"),
    _push_modulus,
    _pull_modulus,
    description="the modulus of a complex number",
)


def _turning(call: Call) -> Atom:
    """conj(z) / |z|²: dφ = Im(ż / z); 0 at 0 by convention, and two divisions, because |z|² may underflow."""
    z = call.args[0]
    r = as_atom(modulus(z))
    r = as_atom(where(equal(r, 0.0), 1.0, r))
    scale = 180.0 / math.pi if call.statics.get("deg") else 1.0
    return as_atom(scale * conjugate(z) / r / r if scale != 1.0 else conjugate(z) / r / r)


def _push_phase(call: Call, dots: Sequence[Atom | None]) -> Atom | None:
    return None if dots[0] is None else part(imag, _times(dots[0], _turning(call)))


def _pull_phase(call: Call, y_bar: Atom, wanted: Sequence[bool]) -> list[Atom | None]:
    return [fit_cotangent(call.args[0], _times(_times(y_bar, -1j), _turning(call)))]


def _infer_phase(args: Sequence[Atom], statics: Statics) -> Type:
    return _real_like(args[0].type)


phase = _row(
    "phase",
    lambda z, deg=False: np.angle(z, deg=deg),
    Spelling("np.angle(_0)", scalar="cmath.phase(_0)"),
    _push_phase,
    _pull_phase,
    infer=_infer_phase,
    defaults={"deg": False},
    samples=(*_SAMPLES, Sample((_ROW,), {"deg": True})),
    description="the angle of a complex number",
)
# of real numbers it is 0 or π: a step at 0
angle = elementwise(
    "angle",
    lambda z, deg=False: np.angle(z, deg=deg),
    infer=lambda args, statics: elementwise_type(
        np.arctan2, [args[0], args[0]], python_kind="float"
    ),
    defaults={"deg": False},
    partials=None,
    verdict="inert",
    samples=(NONZERO,),
)
is_not_real = elementwise(
    "iscomplex",
    np.iscomplex,
    infer=lambda args, statics: elementwise_type(np.isnan, args, python_kind="bool"),
    partials=None,
    verdict="inert",
    samples=(NONZERO,),
)
is_real = elementwise(
    "isreal",
    np.isreal,
    infer=lambda args, statics: elementwise_type(np.isnan, args, python_kind="bool"),
    partials=None,
    verdict="inert",
    samples=(NONZERO,),
)


# --- the user's functions -------------------------------------------------------------------------


def absolute_of(x: Any) -> Atom:
    """`abs`, np.abs: the modulus where the number is complex."""
    atom = array_like(x)
    return current().apply(modulus if is_complex(atom.type) else absolute, atom)


def real_of(val: Any) -> Atom:
    atom = array_like(val)
    return current().apply(real, atom) if is_complex(atom.type) else atom


def imag_of(val: Any) -> Atom:
    atom = array_like(val)
    if is_complex(atom.type):
        return current().apply(imag, atom)
    return (
        current().apply(lookup("zeros_like"), atom)
        if isinstance(atom.type, Array)
        else as_atom(0.0)
    )


def conj_of(self: Any) -> Atom:
    """The method gives a real array itself; the ufunc makes another."""
    atom = array_like(self)
    return current().apply(conjugate, atom) if is_complex(atom.type) else atom


def _conjugate(x: Any) -> Atom:
    atom = array_like(x)
    if is_complex(atom.type):
        return current().apply(conjugate, atom)
    # a Python number becomes one of NumPy's, which is not weak
    return current().apply(lookup("copy" if isinstance(atom.type, Array) else "positive"), atom)


def _angle(z: Any, deg: Any = False) -> Atom:
    atom, degrees = array_like(z), bool(static(deg, "deg"))
    row = phase if is_complex(atom.type) else angle
    return current().apply(row, atom, **differing(row, deg=degrees))


def make_complex(real: Any = 0.0, imag: Any = None) -> Atom:
    """Python's `complex`; of two complex numbers it is a + ib."""
    first = as_atom(real)
    for value in (first, *(() if imag is None else (as_atom(imag),))):
        if isinstance(value, Constant) and isinstance(value.value, str):
            raise ArgumentError(
                "`complex` of a text is not supported.", write="a literal: 1.5 + 2j"
            )
        numbers([value], "complex")
        if any(n.cannot_be_one for n in shape_of(value.type)):
            raise ArgumentError(
                f"`complex` takes numbers and got an array ({value.type}).",
                write="real + 1j * imag",
            )
    if imag is None:
        if first.type == COMPLEX:
            return first
        return current().apply(to_complex, first)
    second = as_atom(imag)
    if isinstance(first, Constant) and isinstance(second, Constant):
        return Constant.of(complex(first.value, second.value))
    if is_complex(first.type) or is_complex(second.type):
        return current().apply(to_complex, first + 1j * second)
    return current().apply(complex_of, first, second)


def as_complex(value: Any) -> Atom:
    """A number as `cmath` takes it; a real constant is a complex one."""
    atom = make_complex(value)
    return Constant.of(complex(atom.value)) if isinstance(atom, Constant) else atom


FUNCTIONS: dict[Any, Any] = {
    abs: absolute_of,
    operator.abs: absolute_of,
    np.absolute: absolute_of,
    np.real: real_of,
    np.imag: imag_of,
    np.conjugate: _conjugate,
    np.angle: _angle,
    np.iscomplex: is_not_real,
    np.isreal: is_real,
    np.iscomplexobj: lambda x: Constant.of(is_complex(array_like(x).type)),
    np.isrealobj: lambda x: Constant.of(not is_complex(array_like(x).type)),
    complex: make_complex,
}
METHODS: dict[str, Any] = {"conj": conj_of, "conjugate": conj_of}
ATTRIBUTES: dict[str, Any] = {"real": real_of, "imag": imag_of}
