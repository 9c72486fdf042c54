"""np.average, np.ptp and the cumulative_* functions of the array API."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from adcompiler.errors import ShapeError
from adcompiler.ir.builder import current
from adcompiler.ir.primitive import Primitive, Spelling, Statics, lookup
from adcompiler.ir.types import Type, dtype_of, scalar_or_array, shape_of
from adcompiler.ir.values import Atom, Constant, as_atom
from adcompiler.primitives.accumulation import broadcast_as
from adcompiler.primitives.arrays import array_like
from adcompiler.primitives.creation import ones
from adcompiler.primitives.derived import derived
from adcompiler.primitives.differences import joined
from adcompiler.primitives.dimensions import shape_operands
from adcompiler.primitives.inert import refuse_complex
from adcompiler.primitives.products import cumprod, running
from adcompiler.primitives.reductions import (
    REDUCED,
    batch_reduction,
    cumsum,
    max_,
    mean,
    min_,
    no_out,
    reduced,
    reduced_shape,
    reduction_type,
    sum_,
)
from adcompiler.primitives.samples import Sample
from adcompiler.primitives.shapes import normalized_axes, numbers
from adcompiler.primitives.shaping import rank_of
from adcompiler.primitives.statics import differing, static

_ROW = [1.0, 2.5, -3.0]
_GRID = [[1.0, 2.5, -3.0], [4.0, 0.5, 6.0]]
_SINGLE = np.array(_ROW, np.float32)

# --- average -------------------------------------------------------------------------------------


def _spread(weights: Atom, axis: Any, rank: int) -> Atom:
    """A vector of weights along one axis of the array."""
    if rank_of(weights) == rank:
        return weights
    (place,) = normalized_axes(axis, rank)
    behind = rank - 1 - place
    if not behind:
        return weights
    axes = tuple(range(1, behind + 1))
    return current().apply(lookup("expand_dims"), weights, axis=axes if behind > 1 else 1)


def _average_of(x: Atom, weights: Atom, axis: Any = None, keepdims: bool = False) -> Atom:
    w = _spread(weights, axis, rank_of(x))
    statics = differing(sum_, axis=axis, keepdims=keepdims)
    # the weights of every element: their sum is over as many axes as that of the products
    total = current().apply(sum_, broadcast_as(x, w), **statics)
    return as_atom(current().apply(sum_, as_atom(x * w), **statics) / total)


def _infer_average(args: Sequence[Atom], statics: Statics) -> Type:
    numbers(args, "np.average")
    wide = [dtype_of(a.type) for a in args]
    if all(d.kind in "biu" for d in wide):
        wide.append(np.dtype(float))
    found = np.result_type(*wide, *([np.dtype(float)] if wide[0].kind in "biu" else []))
    return scalar_or_array(found, reduced_shape(shape_of(args[0].type), statics))


average = derived(
    "average",
    lambda x, w, axis=None, keepdims=False: np.average(x, weights=w, axis=axis, keepdims=keepdims),
    infer=_infer_average,
    definition=_average_of,
    spelling=Spelling("np.average(_0, weights=_1)"),
    defaults=REDUCED,
    samples=(
        Sample((_ROW, [0.5, 1.5, 2.0])),
        Sample((_GRID, [0.5, 1.5, 2.0]), {"axis": 1}),
        Sample((_GRID, [0.5, 1.5]), {"axis": 0, "keepdims": True}),
        Sample((_GRID, [[0.5, 1.5, 1.0], [1.0, 2.0, 0.25]])),
        Sample((_GRID, [[0.5, 1.5, 1.0], [1.0, 2.0, 0.25]]), {"axis": -1}),
        Sample((_SINGLE, _SINGLE)),
    ),
)


def _mean_of(x: Atom, axis: Any = None, keepdims: bool = False) -> Atom:
    return current().apply(mean, x, **differing(mean, axis=axis, keepdims=keepdims))


average_alike = derived(
    "average_alike",
    lambda x, axis=None, keepdims=False: np.average(x, axis=axis, keepdims=keepdims),
    infer=mean.infer,
    definition=_mean_of,
    spelling=Spelling("np.average(_0)"),
    linear=True,
    batch=batch_reduction,
    defaults=REDUCED,
    samples=(
        Sample((_ROW,)),
        Sample((_GRID,), {"axis": 0}),
        Sample((_GRID,), {"axis": (0, 1), "keepdims": True}),
        Sample((_SINGLE,)),
    ),
    description="np.average without weights: the mean",
)


def _average(
    a: Any,
    axis: Any = None,
    weights: Any = None,
    returned: Any = False,
    *,
    keepdims: Any = False,
) -> Any:
    x = array_like(a)
    if weights is None:
        found = reduced(average_alike, x, axis, keepdims)
        total: Atom = as_atom(0.0)
        if static(returned, "returned"):
            total = reduced(sum_, lookup("ones_like")(x), axis, keepdims)
    else:
        w = array_like(weights)
        where = static(axis, "axis")
        if rank_of(w) != rank_of(x) and (rank_of(w) != 1 or not isinstance(where, int)):
            raise ShapeError(
                "the weights of np.average have the shape of the array, or are a vector along one axis.",
                write="np.average(a, axis=0, weights=w)",
            )
        statics = differing(average, axis=where, keepdims=bool(static(keepdims, "keepdims")))
        found = current().apply(average, x, w, **statics)
        if static(returned, "returned"):
            total = reduced(sum_, broadcast_as(x, _spread(w, where, rank_of(x))), where, keepdims)
    return (found, total) if static(returned, "returned") else found


# --- range ---------------------------------------------------------------------------------------


def _ptp_of(x: Atom, axis: Any = None, keepdims: bool = False) -> Atom:
    """Ties share equally at both ends, as for max and min."""
    statics = differing(max_, axis=axis, keepdims=keepdims)
    return as_atom(current().apply(max_, x, **statics) - current().apply(min_, x, **statics))


def _infer_ptp(args: Sequence[Atom], statics: Statics) -> Type:
    refuse_complex(args, "np.ptp")
    return reduction_type("np.ptp", lambda d: d)(args, statics)


ptp = derived(
    "ptp",
    lambda x, axis=None, keepdims=False: np.ptp(x, axis=axis, keepdims=keepdims),
    infer=_infer_ptp,
    definition=_ptp_of,
    spelling=Spelling("np.ptp(_0)"),
    defaults=REDUCED,
    samples=(
        Sample((_ROW,)),
        Sample((_GRID,)),
        Sample((_GRID,), {"axis": 0}),
        Sample((_GRID,), {"axis": -1, "keepdims": True}),
        Sample((_GRID,), {"axis": (0, 1), "keepdims": True}),
        Sample(([2.0],)),
        Sample((_SINGLE,)),
    ),
)


def _ptp(a: Any, axis: Any = None, out: Any = None, keepdims: Any = False) -> Atom:
    no_out(out)
    return reduced(ptp, a, axis, keepdims)


# --- cumulative_sum and cumulative_prod ----------------------------------------------------------


def _cumulative(name: str, row: Primitive, first: float) -> Callable[..., Atom]:
    """The scan along one axis; `include_initial` puts the value of no elements in front."""

    def call(
        x: Any,
        /,
        *,
        axis: Any = None,
        dtype: Any = None,
        out: Any = None,
        include_initial: Any = False,
    ) -> Atom:
        no_out(out)
        atom, where = array_like(x), static(axis, "axis")
        if where is None and rank_of(atom) != 1:
            raise ShapeError(f"np.{name} of several axes needs `axis=`.")
        place = 0 if where is None else where
        found = running(row, atom, place, dtype)
        if not static(include_initial, "include_initial"):
            return found
        (place,) = normalized_axes(place, rank_of(atom))
        dims = [1 if k == place else n for k, n in enumerate(shape_operands(found))]
        start = ones(tuple(dims), dtype=Constant.of(dtype_of(found.type)))
        if first == 0.0:
            start = current().apply(lookup("zeros_like"), start)
        return joined([start, found], place)

    call.__name__ = name
    return call


FUNCTIONS: dict[Any, Any] = {np.average: _average, np.ptp: _ptp}
for _name, _row, _first in (("cumulative_sum", cumsum, 0.0), ("cumulative_prod", cumprod, 1.0)):
    if hasattr(np, _name):  # since NumPy 2.1
        FUNCTIONS[getattr(np, _name)] = _cumulative(_name, _row, _first)
