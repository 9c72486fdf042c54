"""Choosing between values: absolute value, maxima, minima, clipping, np.where.

Ties share equally between variables: each of two equal operands of a maximum has the derivative
1/2.  A constant loses its ties: the derivative of ``np.maximum(x, 0.0)`` at 0 is 0, and that of
``np.clip`` with constant bounds is 1 strictly inside and 0 at the bounds.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from adcompiler.errors import ArgumentError
from adcompiler.ir.builder import current
from adcompiler.ir.primitive import Infer, Primitive, Statics, lookup
from adcompiler.ir.types import (
    Array,
    PythonScalar,
    Type,
    dtype_of,
    is_number,
    is_scalar,
    runs_as_float,
    scalar_or_array,
    shape_of,
)
from adcompiler.ir.values import Atom, Constant, as_atom
from adcompiler.primitives.arrays import array_like
from adcompiler.primitives.inert import (
    as_float,
    equal,
    greater,
    greater_equal,
    isnan,
    less,
    less_equal,
    logical_and,
    logical_or,
    one_number,
    real_type,
    refuse_complex,
    sign,
)
from adcompiler.primitives.kinds import Where, elementwise, scaled
from adcompiler.primitives.samples import REAL, Domain
from adcompiler.primitives.shapes import (
    broadcast_shapes,
    elementwise_type,
    numbers,
    promoted_dtype,
    wider_kind,
)

AWAY_FROM_ZERO = Domain(0.3, 2.0, (0.0,))
CONDITION = Domain(0, 1, integer=True)


def _infer_where(args: Sequence[Atom], statics: Statics) -> Type:
    numbers(args, "np.where")
    types = [arg.type for arg in args]
    kinds = [t.kind for t in types[1:] if isinstance(t, PythonScalar)]
    if len(kinds) == 2 and isinstance(types[0], PythonScalar):
        return PythonScalar(wider_kind(kinds))
    return scalar_or_array(
        promoted_dtype(types[1:]), broadcast_shapes([shape_of(t) for t in types])
    )


def _select(condition: Any, a: Any, b: Any) -> Any:
    return np.asarray(np.where(condition, a, b))[()]


# np.where of scalars gives an array without axes; here its element, as from every other function
where = elementwise(
    "where",
    _select,
    scalar="(_1 if _0 else _2)",
    infer=_infer_where,
    partials=(
        None,
        lambda y, c, a, b: Where(c, 1.0),
        lambda y, c, a, b: Where(c, 1.0, holds=False),
    ),
    samples=(CONDITION, REAL, REAL),
)

# abs'(0) = 0
absolute = elementwise(
    "absolute",
    np.absolute,
    array="np.abs(_0)",
    scalar="abs(_0)",
    infer=real_type("abs", np.absolute),
    partials=lambda y, x: sign(x),
    samples=(AWAY_FROM_ZERO,),
)
fabs = elementwise(
    "fabs",
    np.fabs,
    scalar="math.fabs(_0)",
    python_kind="float",
    partials=lambda y, x: sign(x),
    samples=(AWAY_FROM_ZERO,),
)
# |a| with the sign of b: a jump in b, whose slope is zero elsewhere; |a| has the slope 0 at a = 0
copysign: Primitive = elementwise(
    "copysign",
    np.copysign,
    scalar="math.copysign(_0, _1)",
    python_kind="float",
    partials=(lambda y, a, b: sign(a) * copysign(1.0, b), None),
    samples=(AWAY_FROM_ZERO, AWAY_FROM_ZERO),
)
# a step in x; the second operand is the value at x = 0
heaviside = elementwise(
    "heaviside",
    np.heaviside,
    scalar="",
    python_kind="float",
    partials=(None, lambda y, x, h: Where(equal(x, 0.0), 1.0)),
    samples=(AWAY_FROM_ZERO, REAL),
)


def _share(wins: Any, ties: Primitive, a: Atom, b: Atom) -> Where:
    """The derivative of the chosen one of `a` and `b` with respect to `a`.

    `wins` says that a is strictly chosen; `ties` is the comparison that also holds at a tie.
    """
    if isinstance(b, Constant):
        return Where(wins(a, b), 1.0)
    return Where(ties(a, b), where(equal(a, b), 0.5, 1.0))


def _largest(y: Atom, a: Atom, b: Atom) -> Where:
    return _share(greater, greater_equal, a, b)


def _smallest(y: Atom, a: Atom, b: Atom) -> Where:
    return _share(less, less_equal, a, b)


def _swapped(partial: Callable[..., Any]) -> Callable[..., Any]:
    return lambda y, a, b: partial(y, b, a)


def _or_nan(partial: Callable[..., Any]) -> Callable[..., Any]:
    """As `partial`, where a nan loses against every number."""

    def with_nan(y: Atom, a: Atom, b: Atom) -> Where:
        found: Where = partial(y, a, b)
        if _is_number(b):
            return found
        return Where(logical_or(found.condition, isnan(b)), found.partial)

    return with_nan


def _choice(
    name: str,
    function: Any,
    partial: Callable[..., Any],
    *,
    array: str = "",
    scalar: str = "",
    infer: Infer | None = None,
) -> Primitive:
    return elementwise(
        name,
        function,
        array=array,
        scalar=scalar,
        infer=infer or real_type(name, function),
        partials=(partial, _swapped(partial)),
        samples=(REAL, REAL),
    )


# a nan on either side is the result, as in NumPy
maximum = _choice("maximum", np.maximum, _largest, scalar="(_0 if _0 >= _1 or _0 != _0 else _1)")
minimum = _choice("minimum", np.minimum, _smallest, scalar="(_0 if _0 <= _1 or _0 != _0 else _1)")
fmax = _choice("fmax", np.fmax, _or_nan(_largest))
fmin = _choice("fmin", np.fmin, _or_nan(_smallest))
# operand 1 is a number known while compiling and no nan: then Python's max(nan, 0.0) is NumPy's
at_least = _choice(
    "at_least",
    np.maximum,
    _largest,
    array="np.maximum(_0, _1)",
    scalar="max(_0, _1)",
    infer=real_type("np.maximum", np.maximum),
)
at_most = _choice(
    "at_most",
    np.minimum,
    _smallest,
    array="np.minimum(_0, _1)",
    scalar="min(_0, _1)",
    infer=real_type("np.minimum", np.minimum),
)


def _infer_python(name: str, function: Any) -> Infer:
    def infer(args: Sequence[Atom], statics: Statics) -> Type:
        one_number(args, name)
        return elementwise_type(function, args)

    return infer


# Python's own: the first of equals, and of what does not compare (nan), wins
larger = _choice("max", max, _largest, array="max(_0, _1)", infer=_infer_python("max", np.maximum))
smaller = _choice(
    "min", min, _smallest, array="min(_0, _1)", infer=_infer_python("min", np.minimum)
)


def _infer_clip(args: Sequence[Atom], statics: Statics) -> Type:
    numbers(args, "np.clip")
    refuse_complex(args, "np.clip")
    if isinstance(args[0].type, PythonScalar) and any(
        not isinstance(bound.type, PythonScalar) and dtype_of(bound.type).itemsize < 8
        for bound in args[1:]
    ):
        # `_not_weak` has made it one of NumPy's; the derivatives of the row compare it with its bounds
        raise ArgumentError("`np.clip` of a Python number.", write="np.float64(x)")
    return elementwise_type(np.clip, args)


def _both(first: Where, second: Where) -> Where:
    """The product of two selections."""
    return Where(
        logical_and(first.condition, second.condition),
        scaled(as_atom(first.partial), second.partial),
    )


def _inside(y: Atom, x: Atom, low: Atom, high: Atom) -> Where:
    """np.clip is minimum(maximum(x, low), high), ties and all."""
    if isinstance(low, Constant) and isinstance(high, Constant):
        return Where(logical_and(greater(x, low), less(x, high)), 1.0)
    above = maximum(x, low)
    return _both(_largest(above, x, low), _smallest(y, above, high))


def _at_low(y: Atom, x: Atom, low: Atom, high: Atom) -> Where:
    above = maximum(x, low)
    return _both(_largest(above, low, x), _smallest(y, above, high))


clip = elementwise(
    "clip",
    np.clip,
    infer=_infer_clip,
    partials=(_inside, _at_low, lambda y, x, low, high: _smallest(y, high, maximum(x, low))),
    samples=(REAL, Domain(-0.97, -0.96), Domain(0.97, 0.98)),
)


def _alike(*values: Any) -> list[Atom]:
    """Operands of which one is chosen: an int among floats becomes a float, as NumPy makes it."""
    atoms = [as_atom(value) for value in values]
    if all(runs_as_float(a.type) for a in atoms) and any(
        dtype_of(a.type).kind == "f" for a in atoms
    ):
        return [
            as_float(v) if dtype_of(a.type).kind in "ib" else a
            for v, a in zip(values, atoms, strict=True)
        ]
    return atoms


def _is_number(atom: Atom) -> bool:
    """A constant that compares with everything."""
    return (
        isinstance(atom, Constant)
        and type(atom.value) in (int, float)
        and not math.isnan(atom.value)
    )


def _numpy_choice(general: Primitive, bounded: Primitive) -> Callable[[Any, Any], Atom]:
    def call(x1: Any, x2: Any) -> Atom:
        a, b = _alike(x1, x2)
        if _is_number(a) and not isinstance(b, Constant):
            a, b = b, a
        short = _is_number(b) and runs_as_float(a.type)
        return current().apply(bounded if short else general, a, b)

    call.__name__ = general.name
    return call


maximum_of = _numpy_choice(maximum, at_least)
minimum_of = _numpy_choice(minimum, at_most)


def _not_weak(a: Any, *bounds: Any) -> Atom:
    """NumPy makes an array of what it clips: beside single precision a Python number is no longer weak."""
    atom = as_atom(a)
    given = [as_atom(bound).type for bound in bounds if bound is not None]
    others = [dtype_of(t) for t in given if is_number(t) and not isinstance(t, PythonScalar)]
    if not isinstance(atom.type, PythonScalar) or not others:
        return atom
    wide = np.result_type(dtype_of(atom.type), *others)
    return current().apply(lookup("as_numpy_scalar"), atom, dtype=wide)


def _clip(
    a: Any,
    a_min: Any = None,
    a_max: Any = None,
    out: Any = None,
    *,
    min: Any = None,
    max: Any = None,
) -> Atom:
    low, high = a_min if min is None else min, a_max if max is None else max
    if out is not None:
        raise ArgumentError(
            "`np.clip` with `out=` is not supported.", write="out[...] = np.clip(a, low, high)"
        )
    if low is None and high is None:
        atom = as_atom(a)  # a new array all the same
        return current().apply(lookup("copy"), atom) if isinstance(atom.type, Array) else atom
    a, low, high = (array_like(v) if isinstance(v, (list, tuple)) else v for v in (a, low, high))
    a = _not_weak(a, low, high)
    if low is None:
        return minimum_of(a, high)
    if high is None:
        return maximum_of(a, low)
    if all(is_scalar(as_atom(v).type) for v in (a, low, high)):
        return minimum_of(maximum_of(a, low), high)
    return current().apply(clip, a, low, high)


def _clip_method(self: Any, min: Any = None, max: Any = None, out: Any = None) -> Atom:
    return _clip(self, min, max, out)


def _where(condition: Any, *arms: Any) -> Any:
    if not arms and shape_of(as_atom(condition).type):
        atom = as_atom(condition)  # the positions of what holds
        axes = range(len(shape_of(atom.type)))
        return tuple(current().apply(lookup("nonzero"), atom, axis=axis) for axis in axes)
    if len(arms) != 2:
        raise ArgumentError(
            "`np.where` takes a condition, or a condition and two values.",
            write="np.where(condition, x, y), or x[condition]",
        )
    a, b = _alike(*arms) if is_scalar(as_atom(condition).type) else arms
    return current().apply(where, condition, a, b)


def _python_choice(row: Primitive) -> Callable[..., Atom]:
    """max(a, b, c) compares from left to right, and each comparison shares its own ties."""

    def call(*values: Any, key: Any = None, default: Any = None) -> Atom:
        if key is not None or default is not None:
            raise ArgumentError(f"`{row.name}` with `key=` or `default=` is not supported.")
        if len(values) == 1:
            values = tuple(values[0]) if isinstance(values[0], (tuple, list)) else values
        if len(values) < 2:
            raise ArgumentError(
                f"`{row.name}` of one value is not supported here.",
                write=f"np.{row.name}(x), or several numbers",
            )
        chosen, *others = _alike(*values)
        for other in others:
            chosen = current().apply(row, chosen, other)
        return chosen

    call.__name__ = row.name
    return call


FUNCTIONS: dict[Any, Any] = {
    np.fabs: fabs,
    np.copysign: copysign,
    np.heaviside: heaviside,
    np.maximum: maximum_of,
    np.minimum: minimum_of,
    np.fmax: fmax,
    np.fmin: fmin,
    np.clip: _clip,
    np.where: _where,
    max: _python_choice(larger),
    min: _python_choice(smaller),
}
MATH = {math.fabs: fabs, math.copysign: copysign}
METHODS: dict[str, Any] = {"clip": _clip_method}
