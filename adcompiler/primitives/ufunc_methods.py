"""Methods of ufuncs: ``np.add.reduce``, ``np.multiply.accumulate``, ``np.hypot.outer`` and their kin.

A reduction that has a name of its own is that function.  Running values yᵢ = f(yᵢ₋₁, xᵢ) of any function
with a rule have the linear recurrence ẏᵢ = ∂₁f ẏᵢ₋₁ + ∂₂f ẋᵢ as their derivative.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from adcompiler.errors import ShapeError
from adcompiler.ir.builder import Builder, current
from adcompiler.ir.nodes import NO_STATICS, Call
from adcompiler.ir.primitive import Primitive, Spelling, Statics, lookup
from adcompiler.ir.types import Array, Type, dtype_of, scalar_or_array, shape_of
from adcompiler.ir.values import Atom, Variable, as_atom
from adcompiler.primitives import (
    arithmetic,
    exponential,
    inert,
    number_parts,
    selection,
    trigonometric,
)
from adcompiler.primitives.accumulation import broadcast_as, fit_cotangent, fit_tangent
from adcompiler.primitives.derived import derived
from adcompiler.primitives.differences import cut
from adcompiler.primitives.inert import refuse_complex
from adcompiler.primitives.joining import concatenate
from adcompiler.primitives.kinds import general
from adcompiler.primitives.kinds import inert as inert_row
from adcompiler.primitives.products import cumprod
from adcompiler.primitives.recurrences import recur
from adcompiler.primitives.reductions import (
    as_dtype,
    cumsum,
    no_out,
)
from adcompiler.primitives.samples import Sample
from adcompiler.primitives.shapes import normalized_axes, result_dtype
from adcompiler.primitives.shaping import rank_of
from adcompiler.primitives.statics import differing, static

# far from the steps of remainders, and of no large powers
_ROW = [5.3, 2.5, 0.72, 3.0]
_GRID = [[7.3, 2.5, 0.75], [4.1, 1.3, 2.4]]
_SINGLE = np.array(_ROW, np.float32)


# --- accumulate ----------------------------------------------------------------------------------


def _partials(row: Primitive, y: Atom, x: Atom, axis: int) -> tuple[Atom, Atom]:
    """(∂₁f, ∂₂f) at each element; the first running value is x itself."""
    before, here = cut(y, axis, None, -1), cut(x, axis, 1, None)
    tail = cut(y, axis, 1, None)
    assert isinstance(tail, Variable)
    assert row.pushforward is not None
    call = Call(tail, row, (before, here), NO_STATICS)  # it has run: y holds its results
    first, one = cut(x, axis, 0, 1), as_atom(1.0)
    found: list[Atom] = []
    for tangents, start in (([one, None], "zeros_like"), ([None, one], "ones_like")):
        partial = row.pushforward(call, tangents)
        if partial is None:  # a step in this operand
            partial = as_atom(0.0)
        parts = (lookup(start)(first), broadcast_as(here, partial))
        whole = Variable(None, Array(dtype_of(y.type), shape_of(y.type)))
        found.append(
            current().apply(concatenate, *parts, target=whole, **differing(concatenate, axis=axis))
        )
    return found[0], found[1]


def _accumulation(row: Primitive, ufunc: np.ufunc) -> Primitive:
    def infer(args: Sequence[Atom], statics: Statics) -> Type:
        shape = shape_of(args[0].type)
        normalized_axes(statics.get("axis", 0), len(shape))
        if ufunc in ORDERING:
            refuse_complex(args, f"np.{ufunc.__name__}")
        one = scalar_or_array(dtype_of(args[0].type), ())
        return Array(result_dtype(ufunc, [one, one]), shape)

    def axis_of(call: Call) -> int:
        return normalized_axes(call.statics.get("axis", 0), rank_of(call.args[0]))[0]

    def pushforward(call: Call, tangents: Sequence[Atom | None]) -> Atom | None:
        if tangents[0] is None:
            return None
        x, y, axis = call.args[0], call.target, axis_of(call)
        of_before, of_here = _partials(row, y, x, axis)
        terms = as_atom(of_here * tangents[0])
        before = recur(of_before, terms, axis, rank_of(x))
        return fit_tangent(y, as_atom(of_before * before + terms))

    def pullback(call: Call, y_bar: Atom, wanted: Sequence[bool]) -> list[Atom | None]:
        x, y, axis = call.args[0], call.target, axis_of(call)
        of_before, of_here = _partials(row, y, x, axis)
        back = recur(of_before, of_before * y_bar, axis, rank_of(x), reverse=True)
        return [fit_cotangent(x, as_atom((y_bar + back) * of_here))]

    return general(
        f"{row.name}_accumulate",
        lambda x, axis=0: ufunc.accumulate(x, axis=axis),
        infer=infer,
        spelling=Spelling(f"np.{ufunc.__name__}.accumulate(_0)"),
        pushforward=pushforward,
        pullback=pullback,
        defaults={"axis": 0},
        samples=(
            Sample((_ROW,)),
            Sample((_GRID,)),
            Sample((_GRID,), {"axis": -1}),
            Sample(([2.0],)),
            Sample(([],)),
            Sample((_SINGLE,)),
        ),
    )


#: those with two operands, whose result is a float like them
BINARY: dict[np.ufunc, Primitive] = {
    np.subtract: arithmetic.subtract,
    np.divide: arithmetic.divide,
    np.power: arithmetic.power,
    np.float_power: number_parts.float_power,
    np.remainder: arithmetic.remainder,
    np.fmod: arithmetic.fmod,
    np.hypot: trigonometric.hypot,
    np.arctan2: trigonometric.arctan2,
    np.copysign: selection.copysign,
    np.heaviside: selection.heaviside,
    np.nextafter: number_parts.nextafter,
    np.logaddexp: exponential.logaddexp,
    np.logaddexp2: exponential.logaddexp2,
    np.maximum: selection.maximum,
    np.minimum: selection.minimum,
    np.fmax: selection.fmax,
    np.fmin: selection.fmin,
}
#: complex numbers have no order
ORDERING = (np.maximum, np.minimum, np.fmax, np.fmin)
ACCUMULATIONS = {ufunc: _accumulation(row, ufunc) for ufunc, row in BINARY.items()}
ACCUMULATIONS |= {np.add: cumsum, np.multiply: cumprod}


def _accumulate(row: Primitive) -> Callable[..., Atom]:
    def call(array: Any, axis: Any = 0, dtype: Any = None, out: Any = None) -> Atom:
        no_out(out)
        x, where = as_dtype(array, dtype), static(axis, "axis")
        if where is None:
            if rank_of(x) != 1:
                raise ShapeError("`accumulate` runs along one axis.", write="axis=0")
            where = 0
        return current().apply(row, x, **_along(row, where))

    return call


def _along(row: Primitive, axis: int) -> dict[str, Any]:
    return {} if row.defaults.get("axis", ()) == axis else {"axis": axis}


# --- outer ---------------------------------------------------------------------------------------


def _wide(a: Atom, rank: int) -> Atom:
    """`a` with as many axes of length 1 behind it."""
    if not rank or not rank_of(a):
        return a
    axes = tuple(range(rank_of(a), rank_of(a) + rank))
    return current().apply(lookup("expand_dims"), a, axis=axes if rank > 1 else axes[0])


_OUTER_SAMPLES = (
    Sample(([0.5, 1.5], [2.1, 0.7, 3.1])),
    Sample((_GRID, [2.35, 0.77])),
    Sample(([2.35, 0.77], _GRID)),
    Sample(([], [2.1, 0.7])),
    Sample(([0.5], [2.0])),
    Sample((_SINGLE, np.array([2.25, 0.64], np.float32))),
)


def _outer_row(row: Primitive, ufunc: np.ufunc) -> Primitive:
    def definition(a: Atom, b: Atom) -> Atom:
        return current().apply(row, _wide(a, rank_of(b)), b)

    def infer(args: Sequence[Atom], statics: Statics) -> Type:
        with Builder().active():
            return definition(*args).type

    if ufunc is np.ldexp:
        samples: tuple[Sample, ...] = (Sample(([0.5, 1.5], [2, -1, 3])), Sample((_GRID, [1, 0])))
    else:
        samples = _OUTER_SAMPLES
    name, spelling = f"{row.name}_outer", Spelling(f"np.{ufunc.__name__}.outer(_0, _1)")
    if row.verdict == "inert":
        return inert_row(
            name,
            lambda a, b: ufunc.outer(a, b),
            infer=infer,
            spelling=spelling,
            samples=samples,
        )
    return derived(
        name,
        lambda a, b: ufunc.outer(a, b),
        definition=definition,
        infer=infer,
        spelling=spelling,
        samples=samples,
    )


def _outer(outer: Primitive, row: Primitive) -> Callable[..., Atom]:
    def call(a: Any, b: Any, dtype: Any = None) -> Atom:
        left, right = as_dtype(a, dtype), as_dtype(b, dtype)
        ranks = rank_of(left), rank_of(right)
        return current().apply(outer if all(ranks) else row, left, right)

    return call


_ROOMS: tuple[dict[Any, Any], ...] = (
    arithmetic.FUNCTIONS,
    exponential.FUNCTIONS,
    trigonometric.FUNCTIONS,
    inert.FUNCTIONS,
    selection.FUNCTIONS,
    number_parts.FUNCTIONS,
)
#: every ufunc of two operands that has a row, once (np.divide is np.true_divide)
_OUTER: dict[np.ufunc, Primitive] = {
    function: row
    for room in _ROOMS
    for function, row in room.items()
    if isinstance(function, np.ufunc)
    and function.nin == 2
    and isinstance(row, Primitive)
    and not row.name.startswith(("bitwise", "left", "right", "gcd", "lcm"))
} | {
    np.maximum: selection.maximum,
    np.minimum: selection.minimum,
    np.fmax: selection.fmax,
    np.fmin: selection.fmin,
}

FUNCTIONS: dict[Any, Any] = {
    **{u.accumulate: _accumulate(row) for u, row in ACCUMULATIONS.items()},
    **{u.outer: _outer(_outer_row(row, u), row) for u, row in _OUTER.items()},
}
