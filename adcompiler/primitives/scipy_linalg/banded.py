"""Systems with band matrices: A x = b in time proportional to the band.

b̄ = A⁻ᵀ x̄ and Ā = −b̄ xᵀ, of which the band is taken (Giles 2008, section 2.3.1).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from scipy import linalg

from adcompiler.errors import ShapeError
from adcompiler.ir.builder import current
from adcompiler.ir.lengths import Length
from adcompiler.ir.nodes import Call
from adcompiler.ir.primitive import Primitive, Spelling, Statics, lookup
from adcompiler.ir.types import Array, Type, shape_of
from adcompiler.ir.values import Atom, as_atom
from adcompiler.primitives.accumulation import fit_cotangent, fit_tangent
from adcompiler.primitives.arrays import array_like
from adcompiler.primitives.joining import same_length
from adcompiler.primitives.kinds import add, bilinear, general, linear
from adcompiler.primitives.matrices import column, factor_dtype
from adcompiler.primitives.samples import Sample
from adcompiler.primitives.scipy_linalg.directions import of_right_side, of_stacks
from adcompiler.primitives.scipy_linalg.reading import accepted
from adcompiler.primitives.shapes import broadcast_shapes, numbers, promoted_dtype
from adcompiler.primitives.shaping import rank_of
from adcompiler.primitives.statics import static
from adcompiler.runtime import bands as runtime

_BAND = [[9.0, 1.0, 0.5, -0.25], [4.0, 3.0, 2.5, 5.0], [0.5, -1.0, 0.25, 8.0], [1.0, 0.5, 7.0, 6.0]]
_B4, _C42 = [1.0, -2.0, 0.5, 3.0], [[1.0, 0.5], [-2.0, 1.5], [0.5, 3.0], [1.0, 0.25]]
_WIDTHS = {"lower": 2, "upper": 1}
_DIAGONAL = {"lower": 0, "upper": 0}


def _widths(call: Call) -> dict[str, Any]:
    return {"lower": call.statics["lower"], "upper": call.statics["upper"]}


def _turned(call: Call) -> dict[str, Any]:
    """Those of the transposed matrix."""
    return {"lower": call.statics["upper"], "upper": call.statics["lower"]}


# --- products ------------------------------------------------------------------------------------


def _infer_solution(args: Sequence[Atom], statics: Statics) -> Type:
    numbers(args, "a band matrix")
    band, b = (shape_of(arg.type) for arg in args)
    if len(band) < 2 or not b:
        raise ShapeError("a band matrix is stored in a matrix, and meets a vector or a matrix.")
    dtype = factor_dtype(promoted_dtype([a.type for a in args]), "a band matrix")
    axis = 0 if len(b) == 1 else len(b) - 2
    lead = broadcast_shapes([band[:-2], b[:axis]])
    rows = same_length([band[-1], b[axis]], "a band matrix")
    return Array(dtype, (*lead, rows, *b[axis + 1 :]))


def _infer_outer(args: Sequence[Atom], statics: Statics) -> Type:
    count = Length.of(statics["lower"] + statics["upper"] + 1)
    y, x = (shape_of(arg.type) for arg in args)
    lead = broadcast_shapes([y[:-2], x[:-2]])
    return Array(promoted_dtype([a.type for a in args]), (*lead, count, x[-2]))


def _infer_turned(args: Sequence[Atom], statics: Statics) -> Type:
    return args[0].type


def _times(widths: dict[str, Any], band: Atom, x: Atom) -> Atom:
    return current().apply(band_times, band, x, **widths)


band_times: Primitive = bilinear(
    "band_times",
    lambda band, x, lower, upper: runtime.band_times(lower, upper, band, x),
    infer=_infer_solution,
    spelling=Spelling("band_times(_lower, _upper, _0, _1)"),
    transposes=(
        lambda call, y_bar: current().apply(band_outer, y_bar, call.args[1], **_widths(call)),
        lambda call, y_bar: _times(
            _turned(call),
            current().apply(transposed_band, call.args[0], **_widths(call)),
            y_bar,
        ),
    ),
    samples=(
        Sample((_BAND, _C42), _WIDTHS),
        Sample(([[2.0, 3.0]], [[1.0], [2.0]]), _DIAGONAL),
    ),
    batch=of_stacks,
    description="the product of a band matrix",
)
band_outer: Primitive = bilinear(
    "band_outer",
    lambda y, x, lower, upper: runtime.band_outer(lower, upper, y, x),
    infer=_infer_outer,
    spelling=Spelling("band_outer(_lower, _upper, _0, _1)"),
    transposes=(
        lambda call, y_bar: _times(_widths(call), y_bar, call.args[1]),
        lambda call, y_bar: _times(
            _turned(call), current().apply(transposed_band, y_bar, **_widths(call)), call.args[0]
        ),
    ),
    samples=(Sample((_C42, _C42), {"lower": 0, "upper": 1}),),
    batch=of_stacks,
    description="the band of y xᵀ",
)
transposed_band: Primitive = linear(
    "transposed_band",
    lambda band, lower, upper: runtime.transposed_band(lower, upper, band),
    infer=_infer_turned,
    spelling=Spelling("transposed_band(_lower, _upper, _0)"),
    transpose=lambda call, y_bar: current().apply(transposed_band, y_bar, **_turned(call)),
    samples=(Sample((_BAND,), _WIDTHS),),
    batch=of_stacks,
    description="the band of the transposed matrix",
)


# --- systems -------------------------------------------------------------------------------------


def _as_columns(x: Atom) -> Atom:
    return column(x) if rank_of(x) == 1 else x


def _push(call: Call, tangents: Sequence[Atom | None]) -> Atom | None:
    """A ẋ = ḃ − Ȧ x."""
    change, right = tangents
    if change is not None:
        is_vector = rank_of(call.target) == 1
        moved = _times(_widths(call), change, _as_columns(call.target))
        moved = current().apply(lookup("squeeze"), moved, axis=-1) if is_vector else moved
        right = add(right, as_atom(-moved))
    if right is None:
        return None
    found = current().apply(solve_banded, call.args[0], right, **_widths(call))
    return fit_tangent(call.target, found)


def _pull(call: Call, y_bar: Atom, wanted: Sequence[bool]) -> list[Atom | None]:
    band, b = call.args
    back = current().apply(transposed_band, band, **_widths(call))
    b_bar = current().apply(solve_banded, back, y_bar, **_turned(call))
    band_bar: Atom | None = None
    if wanted[0]:
        pair = _as_columns(b_bar), _as_columns(call.target)
        outer = current().apply(band_outer, *pair, **_widths(call))
        band_bar = fit_cotangent(band, as_atom(-outer))
    return [band_bar, fit_cotangent(b, b_bar) if wanted[1] else None]


solve_banded: Primitive = general(
    "solve_banded",
    lambda band, b, lower, upper: linalg.solve_banded((lower, upper), band, b),
    infer=_infer_solution,
    spelling=Spelling("linalg.solve_banded((_lower, _upper), _0, _1)"),
    pushforward=_push,
    pullback=_pull,
    batch=of_right_side,
    samples=(
        Sample((_BAND, _B4), _WIDTHS),
        Sample((_BAND[:3], _C42), {"lower": 1, "upper": 1}),
        Sample(([[2.0, 3.0]], [1.0, 2.0]), _DIAGONAL),
    ),
    description="the solution of a system with a band matrix",
)


# --- the user's functions ------------------------------------------------------------------------


def _solve_banded(l_and_u: Any, ab: Any, b: Any) -> Atom:
    lower, upper = (int(n) for n in static(tuple(l_and_u), "l_and_u"))
    return current().apply(solve_banded, array_like(ab), array_like(b), lower=lower, upper=upper)


FUNCTIONS: dict[Any, Any] = {linalg.solve_banded: accepted(_solve_banded, "overwrite_ab")}
