"""np.gradient: second-order differences on even and uneven grids.

It is linear in the values, so its adjoint is its transpose, and the transpose of that is np.gradient again.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from adcompiler.errors import ArgumentError, ShapeError
from adcompiler.ir.builder import current
from adcompiler.ir.nodes import Call
from adcompiler.ir.primitive import Primitive, Spelling, Statics, lookup
from adcompiler.ir.types import Array, Type, dtype_of, shape_of
from adcompiler.ir.values import Atom, Variable, as_atom
from adcompiler.primitives.accumulation import fit_cotangent
from adcompiler.primitives.arrays import array_like
from adcompiler.primitives.derived import derived, pull_through, written_out
from adcompiler.primitives.differences import cut, diff, joined
from adcompiler.primitives.inert import refuse_complex
from adcompiler.primitives.samples import Sample
from adcompiler.primitives.shapes import normalized_axes
from adcompiler.primitives.shaping import Flags, rank_of
from adcompiler.primitives.statics import static
from adcompiler.runtime.grids import gradient_transposed as run_gradient_transposed

_ROW = [1.0, 2.5, -3.0, 0.5]
_GRID = [[1.0, 2.5, -3.0], [4.0, 0.5, 6.0], [0.25, 7.0, -1.0]]
_SINGLE = np.array(_ROW, np.float32)


def _aligned(h: Atom, axis: int, rank: int) -> Atom:
    """A vector along one axis of an array of this rank."""
    behind = rank - 1 - axis
    if not behind:
        return h
    axes = tuple(range(1, behind + 1))
    return current().apply(lookup("expand_dims"), h, axis=axes if behind > 1 else 1)


def _gradient_of(f: Atom, spacing: Atom, axis: int = 0, edge_order: int = 1) -> Atom:
    """Second-order differences inside, one-sided ones at the edges (NumPy's own formulas)."""
    rank = rank_of(f)

    def at(start: int | None, stop: int | None) -> Atom:
        return cut(f, axis, start, stop)

    if not rank_of(spacing):
        h = spacing
        inner = (at(2, None) - at(None, -2)) / (2.0 * h)
        if edge_order == 1:
            first, last = (at(1, 2) - at(0, 1)) / h, (at(-1, None) - at(-2, -1)) / h
        else:
            first = (-1.5 * at(0, 1) + 2.0 * at(1, 2) - 0.5 * at(2, 3)) / h
            last = (0.5 * at(-3, -2) - 2.0 * at(-2, -1) + 1.5 * at(-1, None)) / h
        return joined([as_atom(first), as_atom(inner), as_atom(last)], axis)
    h = _aligned(current().apply(diff, spacing), axis, rank)

    def step(start: int | None, stop: int | None) -> Atom:
        return cut(h, 0, start, stop)

    one, two = step(None, -1), step(1, None)
    inner = (
        -two / (one * (one + two)) * at(None, -2)
        + (two - one) / (one * two) * at(1, -1)
        + one / (two * (one + two)) * at(2, None)
    )
    if edge_order == 1:
        first = (at(1, 2) - at(0, 1)) / step(0, 1)
        last = (at(-1, None) - at(-2, -1)) / step(-1, None)
    else:
        one, two = step(0, 1), step(1, 2)
        first = (
            -(2.0 * one + two) / (one * (one + two)) * at(0, 1)
            + (one + two) / (one * two) * at(1, 2)
            - one / (two * (one + two)) * at(2, 3)
        )
        one, two = step(-2, -1), step(-1, None)
        last = (
            two / (one * (one + two)) * at(-3, -2)
            - (two + one) / (one * two) * at(-2, -1)
            + (2.0 * two + one) / (two * (one + two)) * at(-1, None)
        )
    return joined([as_atom(first), as_atom(inner), as_atom(last)], axis)


def _infer_gradient(args: Sequence[Atom], statics: Statics) -> Type:
    refuse_complex(args[1:], "np.gradient")
    dtype = dtype_of(args[0].type)
    return Array(dtype if dtype.kind in "fc" else np.dtype(float), shape_of(args[0].type))


_UNEVEN = [0.0, 0.5, 1.75, 2.5]
_GRADIENTS = (
    Sample((_ROW, 0.5), {"axis": 0}),
    Sample((_ROW, _UNEVEN), {"axis": 0}),
    Sample((_GRID, 0.5), {"axis": 1}),
    Sample((_GRID, _UNEVEN[:3]), {"axis": 0}),
    Sample((_GRID, _UNEVEN[1:]), {"axis": 1, "edge_order": 2}),
    Sample((_ROW, 0.5), {"axis": 0, "edge_order": 2}),
    Sample(([1.0, 3.0], 0.5), {"axis": 0}),
    Sample(([1.0, 3.0], [0.5, 0.75]), {"axis": 0}),
    Sample((_SINGLE, 0.5), {"axis": 0}),
)


def _transposed_of(y: Atom, spacing: Atom, axis: int = 0, edge_order: int = 1) -> Atom:
    """The adjoint of `_gradient_of` with respect to f, written down (it does not depend on f)."""
    f = current().apply(lookup("zeros_like"), y)
    builder = current()
    first = len(builder.statements)
    result = _gradient_of(f, spacing, axis, edge_order)
    calls = [s for s in builder.statements[first:] if isinstance(s, Call)]
    assert isinstance(f, Variable)
    return pull_through(calls, {result: fit_cotangent(result, y)}, {f})[f]


def _pull_gradient(call: Call, y_bar: Atom, wanted: Sequence[bool]) -> list[Atom | None]:
    f, h = call.args
    f_bar = h_bar = None
    if wanted[0]:
        f_bar = fit_cotangent(f, current().apply(gradient_transposed, y_bar, h, **call.statics))
    if wanted[1] and not rank_of(h):  # the result is inversely proportional to the step
        h_bar = fit_cotangent(h, as_atom(-(y_bar * call.target / h)))
    elif wanted[1]:
        assert isinstance(h, Variable)
        calls, result = written_out(_gradient_of, call)
        h_bar = fit_cotangent(
            h, pull_through(calls, {result: fit_cotangent(result, y_bar)}, {h})[h]
        )
    return [f_bar, h_bar]


def _pull_transposed(call: Call, y_bar: Atom, wanted: Sequence[bool]) -> list[Atom | None]:
    y, h = call.args
    back = h_bar = None
    if wanted[0]:
        back = fit_cotangent(y, current().apply(gradient, y_bar, h, **call.statics))
    if wanted[1]:
        assert isinstance(h, Variable)
        calls, result = written_out(_transposed_of, call)
        h_bar = fit_cotangent(
            h, pull_through(calls, {result: fit_cotangent(result, y_bar)}, {h})[h]
        )
    return [back, h_bar]


def _batch_gradient(call: Call, args: Sequence[Atom], flags: Flags) -> Atom:
    (axis,) = normalized_axes(call.statics["axis"], rank_of(args[0]) - 1)
    return current().apply(call.primitive, *args, **{**call.statics, "axis": axis + 1})


def _gradient_row(name: str, function: Any, template: str, definition: Any, back: Any) -> Primitive:
    return derived(
        name,
        function,
        infer=_infer_gradient,
        definition=definition,
        spelling=Spelling(template),
        linear=True,
        pullback=back,
        batch=_batch_gradient,
        defaults={"edge_order": 1},
        samples=_GRADIENTS,
    )


gradient: Primitive = _gradient_row(
    "gradient",
    lambda f, h, *, axis, edge_order=1: np.gradient(f, h, axis=axis, edge_order=edge_order),
    "np.gradient(_0, _1, axis=_axis)",
    _gradient_of,
    _pull_gradient,
)
gradient_transposed: Primitive = _gradient_row(
    "gradient_transposed",
    run_gradient_transposed,
    "gradient_transposed(_0, _1, axis=_axis)",
    _transposed_of,
    _pull_transposed,
)


def _pull_steps(call: Call, y_bar: Atom, wanted: Sequence[bool]) -> list[Atom | None]:
    found = current().apply(gradient_transposed, y_bar, 1.0, axis=0, **call.statics)
    return [fit_cotangent(call.args[0], found)]


gradient_of_steps = derived(
    "gradient_of_steps",
    lambda f, edge_order=1: np.gradient(f, edge_order=edge_order),
    infer=_infer_gradient,
    definition=lambda f, edge_order=1: current().apply(
        gradient, f, 1.0, axis=0, **({} if edge_order == 1 else {"edge_order": edge_order})
    ),
    spelling=Spelling("np.gradient(_0)"),
    linear=True,
    pullback=_pull_steps,
    defaults={"edge_order": 1},
    batch=lambda call, args, flags: current().apply(gradient, args[0], 1.0, axis=1, **call.statics),
    samples=(Sample((_ROW,)), Sample((_ROW,), {"edge_order": 2}), Sample(([1.0, 3.0],))),
    description="np.gradient of a vector with steps of 1",
)


def _gradient(f: Any, *varargs: Any, axis: Any = None, edge_order: Any = 1) -> Any:
    x, order = array_like(f), static(edge_order, "edge_order")
    rank = rank_of(x)
    where = static(axis, "axis")
    axes = tuple(range(rank)) if where is None else where if isinstance(where, tuple) else (where,)
    places = [normalized_axes(place, rank)[0] for place in axes]
    if order not in (1, 2):
        raise ArgumentError(f"np.gradient takes edge_order 1 or 2 and got {order}.")
    for place in places:
        length = shape_of(x.type)[place].constant
        if length is not None and length < order + 1:
            raise ShapeError(f"np.gradient needs at least {order + 1} elements along an axis.")
    steps = [array_like(step) for step in varargs] or [as_atom(1.0)]
    if len(steps) not in (1, len(places)):
        raise ArgumentError(f"np.gradient got {len(steps)} spacings for {len(places)} axes.")
    options: dict[str, Any] = {} if order == 1 else {"edge_order": order}
    if not varargs and rank == 1:
        return current().apply(gradient_of_steps, x, **options)
    if len(steps) == 1:
        if rank_of(steps[0]) and len(places) > 1:
            raise ArgumentError("np.gradient needs coordinates for each axis, or one number.")
        steps = steps * len(places)
    if any(rank_of(step) > 1 for step in steps):
        raise ShapeError("a spacing of np.gradient is a number or a vector of coordinates.")
    found = [
        current().apply(gradient, x, step, axis=place, **options)
        for step, place in zip(steps, places, strict=True)
    ]
    return found[0] if len(found) == 1 else tuple(found)


FUNCTIONS: dict[Any, Any] = {np.gradient: _gradient}
