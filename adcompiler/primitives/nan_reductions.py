"""Reductions that leave out what is nan: nansum, nanmean, nanmax, nanvar and their kin.

Each is defined by its plain namesake on an array in which the nans are replaced by what the reduction ignores.
An element that is nan has the derivative zero.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from adcompiler.ir.builder import current
from adcompiler.ir.nodes import Call
from adcompiler.ir.primitive import Primitive, Spelling, Statics, lookup
from adcompiler.ir.types import Type
from adcompiler.ir.values import Atom, as_atom
from adcompiler.primitives.accumulation import fit_cotangent, fit_tangent
from adcompiler.primitives.derived import derived
from adcompiler.primitives.inert import isnan, refuse_complex
from adcompiler.primitives.kinds import general, inert
from adcompiler.primitives.products import cumprod, prod, product_dtype, running
from adcompiler.primitives.reductions import (
    REDUCED,
    as_dtype,
    cumsum,
    kept,
    max_,
    min_,
    no_out,
    reduced,
    reduction_type,
    sum_,
    sum_dtype,
)
from adcompiler.primitives.samples import Sample
from adcompiler.primitives.selection import where
from adcompiler.primitives.statics import static
from adcompiler.primitives.statistics import safe_divisor

NAN = float("nan")
_ROW = [1.0, NAN, -3.0, 0.5]
_GRID = [[1.0, 2.5, NAN], [4.0, NAN, 6.0]]
_SINGLE = np.array([1.5, NAN, 0.5], np.float32)
_SAMPLES = (
    Sample((_ROW,)),
    Sample(([1.0, 2.5, -3.0],)),
    Sample((_GRID,)),
    Sample((_GRID,), {"axis": 0}),
    Sample((_GRID,), {"axis": -1, "keepdims": True}),
    Sample((_GRID,), {"axis": (0, 1)}),
    Sample((_GRID,), {"keepdims": True}),
    Sample(([2.5],)),
    Sample((1.5,)),
    Sample((_SINGLE,)),
)
_EMPTY = (Sample(([],)), Sample(([NAN, NAN],)))


def _statics(axis: Any, keepdims: bool) -> dict[str, Any]:
    found: dict[str, Any] = {} if axis is None else {"axis": axis}
    return {**found, "keepdims": True} if keepdims else found


def _without(x: Atom, value: float) -> Atom:
    """`x` with another value for nan."""
    return as_atom(where(isnan(x), value, x))


def _counted(x: Atom, statics: dict[str, Any]) -> Atom:
    """How many elements are no nan."""
    return current().apply(sum_, lookup("logical_not")(isnan(x)), **statics)


def _filled(row: Primitive, neutral: float) -> Callable[..., Atom]:
    def definition(x: Atom, axis: Any = None, keepdims: bool = False) -> Atom:
        return current().apply(row, _without(x, neutral), **_statics(axis, keepdims))

    return definition


def _row(name: str, definition: Any, dtype: Any, samples: Sequence[Sample]) -> Primitive:
    function = getattr(np, name)
    typed = reduction_type(f"np.{name}", dtype)

    def infer(args: Sequence[Atom], statics: Statics) -> Type:
        if name in ("nanmax", "nanmin"):
            refuse_complex(args, f"np.{name}")
        return typed(args, statics)

    return derived(
        name,
        lambda x, **statics: function(x, **statics),
        infer=infer,
        definition=definition,
        spelling=Spelling(f"np.{name}(_0)"),
        defaults=REDUCED,
        samples=samples,
    )


def _mean_dtype(dtype: np.dtype[Any]) -> np.dtype[Any]:
    return np.dtype(float) if dtype.kind in "biu" else dtype


def _nanmean(x: Atom, axis: Any = None, keepdims: bool = False) -> Atom:
    statics = _statics(axis, keepdims)
    return as_atom(current().apply(sum_, _without(x, 0.0), **statics) / _counted(x, statics))


nansum = _row("nansum", _filled(sum_, 0.0), sum_dtype, (*_SAMPLES, *_EMPTY))
nanprod = _row("nanprod", _filled(prod, 1.0), product_dtype, (*_SAMPLES, *_EMPTY))
nanmax = _row("nanmax", _filled(max_, -np.inf), lambda d: d, _SAMPLES)
nanmin = _row("nanmin", _filled(min_, np.inf), lambda d: d, _SAMPLES)
nanmean = _row("nanmean", _nanmean, _mean_dtype, _SAMPLES)
_SPREAD = {"axis": None, "ddof": 0, "keepdims": False}
_SPREAD_SAMPLES = (
    Sample((_ROW,)),
    Sample((_ROW,), {"ddof": 1}),
    Sample(([[1.0, 2.5, NAN], [4.0, 3.0, 6.0]],), {"axis": -1, "keepdims": True}),
    Sample((_GRID,)),
    Sample((_SINGLE,)),
)


def _deviations(call: Call) -> Atom:
    """The distances from the mean, 0 for nan."""
    x, axis = call.args[0], call.statics.get("axis")
    centre = current().apply(nanmean, x, **_statics(axis, True))
    return as_atom(where(isnan(x), 0.0, x - centre))


def _spread_row(name: str) -> Primitive:
    """As for `np.var` and `np.std`, the deviations and the count being those of the numbers."""
    function, is_deviation = getattr(np, name), name == "nanstd"
    typed = reduction_type(f"np.{name}", _mean_dtype)

    def infer(args: Sequence[Atom], statics: Statics) -> Type:
        refuse_complex(args, f"np.{name}")
        return typed(args, statics)

    def plain(call: Call) -> dict[str, Any]:
        return {key: value for key, value in call.statics.items() if key != "ddof"}

    def scale(call: Call, value: Atom) -> Atom:
        count, ddof = _counted(call.args[0], plain(call)), call.statics.get("ddof", 0)
        divisor = count - ddof if ddof else count
        if is_deviation:
            return as_atom(value / (safe_divisor(call.target) * divisor))
        return as_atom(2.0 * value / divisor)

    def pushforward(call: Call, tangents: Sequence[Atom | None]) -> Atom | None:
        if tangents[0] is None:
            return None
        total = current().apply(sum_, as_atom(_deviations(call) * tangents[0]), **plain(call))
        return fit_tangent(call.target, scale(call, total))

    def pullback(call: Call, y_bar: Atom, wanted: Sequence[bool]) -> list[Atom | None]:
        found = as_atom(kept(call, scale(call, y_bar)) * _deviations(call))
        return [fit_cotangent(call.args[0], found)]

    return general(
        name,
        lambda x, axis=None, ddof=0, keepdims=False: function(
            x, axis=axis, ddof=ddof, keepdims=keepdims
        ),
        infer=infer,
        spelling=Spelling(f"np.{name}(_0)"),
        pushforward=pushforward,
        pullback=pullback,
        defaults={"axis": None, "ddof": 0, "keepdims": False},
        samples=(
            Sample((_ROW,)),
            Sample((_ROW,), {"ddof": 1}),
            Sample(([[1.0, 2.5, NAN], [4.0, 3.0, 6.0]],), {"axis": -1, "keepdims": True}),
            Sample(([[1.0, 2.5, NAN], [4.0, 3.0, 6.0]],), {"axis": (0, 1), "ddof": 1}),
            Sample((_GRID,)),
            Sample((_SINGLE,)),
        ),
    )


nanvar = _spread_row("nanvar")
nanstd = _spread_row("nanstd")


def _scan(name: str, row: Primitive, neutral: float) -> Primitive:
    function = getattr(np, name)
    return derived(
        name,
        lambda x, *, axis: function(x, axis=axis),
        infer=row.infer,
        definition=lambda x, *, axis: current().apply(row, _without(x, neutral), axis=axis),
        spelling=Spelling(f"np.{name}(_0)"),
        samples=(
            Sample((_ROW,), {"axis": 0}),
            Sample((_GRID,), {"axis": 0}),
            Sample((_GRID,), {"axis": -1}),
            Sample(([],), {"axis": 0}),
            Sample((_SINGLE,), {"axis": 0}),
        ),
    )


nancumsum = _scan("nancumsum", cumsum, 0.0)
nancumprod = _scan("nancumprod", cumprod, 1.0)


def _place(name: str) -> Primitive:
    function = getattr(np, name)
    return inert(
        name,
        lambda x, axis=None, keepdims=False: function(x, axis=axis, keepdims=keepdims),
        infer=reduction_type(f"np.{name}", lambda _: np.dtype(np.intp)),
        spelling=Spelling(f"np.{name}(_0)"),
        defaults=REDUCED,
        samples=(Sample((_ROW,)), Sample((_GRID,), {"axis": 1}), Sample((_GRID,))),
    )


nanargmax = _place("nanargmax")
nanargmin = _place("nanargmin")


# --- the user's functions ------------------------------------------------------------------------


def _real(row: Primitive) -> Callable[..., Atom]:
    def call(
        a: Any, axis: Any = None, dtype: Any = None, out: Any = None, keepdims: Any = False
    ) -> Atom:
        no_out(out)
        return reduced(row, as_dtype(a, dtype), axis, keepdims)

    call.__name__ = row.name
    return call


def _plain(row: Primitive) -> Callable[..., Atom]:
    def call(a: Any, axis: Any = None, out: Any = None, keepdims: Any = False) -> Atom:
        no_out(out)
        return reduced(row, a, axis, keepdims)

    call.__name__ = row.name
    return call


def _spread(row: Primitive) -> Callable[..., Atom]:
    def call(
        a: Any,
        axis: Any = None,
        dtype: Any = None,
        out: Any = None,
        ddof: Any = 0,
        keepdims: Any = False,
        *,
        correction: Any = None,
    ) -> Atom:
        no_out(out)
        freedom = static(ddof if correction is None else correction, "ddof")
        return reduced(
            row, as_dtype(a, dtype), axis, keepdims, **({"ddof": freedom} if freedom else {})
        )

    call.__name__ = row.name
    return call


def _along(row: Primitive) -> Callable[..., Atom]:
    def call(a: Any, axis: Any = None, dtype: Any = None, out: Any = None) -> Atom:
        no_out(out)
        return running(row, a, axis, dtype)

    call.__name__ = row.name
    return call


FUNCTIONS: dict[Any, Any] = {
    np.nansum: _real(nansum),
    np.nanprod: _real(nanprod),
    np.nanmean: _real(nanmean),
    np.nanmax: _plain(nanmax),
    np.nanmin: _plain(nanmin),
    np.nanvar: _spread(nanvar),
    np.nanstd: _spread(nanstd),
    np.nancumsum: _along(nancumsum),
    np.nancumprod: _along(nancumprod),
    np.nanargmax: _plain(nanargmax),
    np.nanargmin: _plain(nanargmin),
}
