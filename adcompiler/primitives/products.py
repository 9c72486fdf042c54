"""Products and running products, exact where elements are zero: nothing is divided.

The derivative of a product with respect to one element is the product of the others, multiplied together
from both sides; that of a running product is a linear recurrence.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from adcompiler.ir.builder import current
from adcompiler.ir.nodes import Call
from adcompiler.ir.primitive import Primitive, Spelling, Statics, lookup
from adcompiler.ir.types import Array, Type, dtype_of, shape_of
from adcompiler.ir.values import Atom, as_atom
from adcompiler.primitives.accumulation import fit_cotangent, fit_tangent
from adcompiler.primitives.arrays import array_like
from adcompiler.primitives.axes import flip
from adcompiler.primitives.derived import derived
from adcompiler.primitives.dimensions import is_integer
from adcompiler.primitives.kinds import general
from adcompiler.primitives.recurrences import GRID, ROW, recur
from adcompiler.primitives.reductions import (
    REDUCED,
    as_dtype,
    kept,
    no_out,
    reduced,
    reduction_type,
    sum_,
)
from adcompiler.primitives.samples import Sample
from adcompiler.primitives.shapes import like_operand, normalized_axes, numbers
from adcompiler.primitives.shaping import rank_of, ravel
from adcompiler.primitives.statics import differing, static
from adcompiler.runtime import scans

_BOX = [[[1.0, 2.0], [3.0, 4.5]], [[-5.0, 6.0], [7.0, 0.5]]]
ZEROS = [[2.0, 0.0, 3.0], [0.0, 5.0, 0.0]]
SINGLE = np.array([1.5, -2.0, 0.5], np.float32)


def product_dtype(dtype: np.dtype[Any]) -> np.dtype[Any]:
    found: np.dtype[Any] = np.ones(1, dtype).prod().dtype
    return found


def _axis_of(call: Call) -> int:
    (axis,) = normalized_axes(call.statics.get("axis", 0), rank_of(call.args[0]))
    return axis


def _along(row: Primitive, x: Atom, axis: int) -> Atom:
    return current().apply(row, x, **differing(row, axis=axis))


# --- the products before each element ------------------------------------------------------------


def _push_before(call: Call, tangents: Sequence[Atom | None]) -> Atom | None:
    """p₀ = 1, pᵢ₊₁ = xᵢ pᵢ, hence ṗᵢ₊₁ = xᵢ ṗᵢ + pᵢ ẋᵢ."""
    if tangents[0] is None:
        return None
    x, p = call.args[0], call.target
    return fit_tangent(p, recur(x, p * tangents[0], _axis_of(call), rank_of(x)))


def _pull_before(call: Call, y_bar: Atom, wanted: Sequence[bool]) -> list[Atom | None]:
    x = call.args[0]
    back = recur(x, y_bar, _axis_of(call), rank_of(x), reverse=True)
    return [fit_cotangent(x, as_atom(back * call.target))]


_ALONG = (
    Sample((ROW,)),
    Sample((GRID,)),
    Sample((GRID,), {"axis": 1}),
    Sample((ZEROS,), {"axis": 1}),
    Sample(([2.0],)),
    Sample(([],)),
    Sample((SINGLE,)),
)
products_before = general(
    "products_before",
    scans.products_before,
    infer=like_operand,
    spelling=Spelling("products_before(_0)"),
    pushforward=_push_before,
    pullback=_pull_before,
    defaults={"axis": 0},
    samples=_ALONG,
    description="for each element the product of those before it",
)


def _others(x: Atom, axis: int = 0) -> Atom:
    behind = flip(_along(products_before, flip(x, axis), axis), axis)
    return as_atom(_along(products_before, x, axis) * behind)


products_of_others = derived(
    "products_of_others",
    scans.products_of_others,
    infer=like_operand,
    definition=_others,
    spelling=Spelling("products_of_others(_0)"),
    defaults={"axis": 0},
    samples=_ALONG,
    description="for each element the product of all others",
)


# --- products ------------------------------------------------------------------------------------


def _partial(call: Call) -> Atom:
    """∂y/∂x: with several axes, the others along one times the product over the rest, and so on."""
    x = call.args[0]
    rank = rank_of(x)
    axes = normalized_axes(call.statics.get("axis"), rank)
    if len(axes) == rank and rank > 1:
        flat = _along(products_of_others, ravel(x), 0)
        return current().apply(lookup("reshape_like"), flat, x)
    factor: Atom | None = None
    for axis in axes:
        found = _along(products_of_others, x, axis)
        factor = found if factor is None else as_atom(factor * found)
        if axis != axes[-1]:
            x = current().apply(prod, x, axis=axis, keepdims=True)
    return as_atom(1.0) if factor is None else factor


def _push_prod(call: Call, tangents: Sequence[Atom | None]) -> Atom | None:
    if tangents[0] is None or not rank_of(call.args[0]):
        return tangents[0]
    total = current().apply(sum_, as_atom(tangents[0] * _partial(call)), **call.statics)
    return fit_tangent(call.target, total)


def _pull_prod(call: Call, y_bar: Atom, wanted: Sequence[bool]) -> list[Atom | None]:
    if not rank_of(call.args[0]):
        return [fit_cotangent(call.args[0], y_bar)]
    return [fit_cotangent(call.args[0], as_atom(kept(call, y_bar) * _partial(call)))]


prod: Primitive = general(
    "prod",
    lambda x, axis=None, keepdims=False: np.prod(x, axis=axis, keepdims=keepdims),
    infer=reduction_type("np.prod", product_dtype),
    spelling=Spelling("np.prod(_0)"),
    pushforward=_push_prod,
    pullback=_pull_prod,
    defaults=REDUCED,
    samples=(
        Sample((ROW,)),
        Sample((GRID,)),
        Sample((GRID,), {"axis": 0}),
        Sample((GRID,), {"axis": -1, "keepdims": True}),
        Sample((GRID,), {"keepdims": True}),
        Sample((GRID,), {"axis": ()}),
        Sample((_BOX,), {"axis": (0, 2)}),
        Sample((_BOX,), {"axis": (-1, 1), "keepdims": True}),
        Sample((ZEROS,)),
        Sample((ZEROS,), {"axis": 1}),
        Sample(([0.0, 0.0, 3.0],)),
        Sample(([],)),
        Sample(([4.0],)),
        Sample(([[4.0]],), {"axis": 0}),
        Sample((1.5,)),
        Sample((SINGLE,)),
        Sample(([1, 2],)),
    ),
)


# --- running products ----------------------------------------------------------------------------


def _infer_cumprod(args: Sequence[Atom], statics: Statics) -> Type:
    numbers(args, "np.cumprod")
    shape = shape_of(args[0].type)
    normalized_axes(statics["axis"], len(shape))
    return Array(product_dtype(dtype_of(args[0].type)), shape)


def _push_cumprod(call: Call, tangents: Sequence[Atom | None]) -> Atom | None:
    """y = p x with the products p before each element: ẏ = p ẋ + x ṗ."""
    if tangents[0] is None:
        return None
    x, axis = call.args[0], _axis_of(call)
    terms = as_atom(_along(products_before, x, axis) * tangents[0])
    return fit_tangent(call.target, as_atom(terms + x * recur(x, terms, axis, rank_of(x))))


def _pull_cumprod(call: Call, y_bar: Atom, wanted: Sequence[bool]) -> list[Atom | None]:
    x, axis = call.args[0], _axis_of(call)
    back = recur(x, x * y_bar, axis, rank_of(x), reverse=True)
    total = as_atom((y_bar + back) * _along(products_before, x, axis))
    return [fit_cotangent(x, total)]


cumprod = general(
    "cumprod",
    lambda x, *, axis: np.cumprod(x, axis=axis),
    infer=_infer_cumprod,
    spelling=Spelling("np.cumprod(_0)"),
    pushforward=_push_cumprod,
    pullback=_pull_cumprod,
    samples=(
        Sample((ROW,), {"axis": 0}),
        Sample((GRID,), {"axis": 0}),
        Sample((GRID,), {"axis": -1}),
        Sample((ZEROS,), {"axis": 1}),
        Sample(([0.0, 0.0, 3.0],), {"axis": 0}),
        Sample(([],), {"axis": 0}),
        Sample(([2.0],), {"axis": -1}),
        Sample((SINGLE,), {"axis": 0}),
    ),
)


# --- the user's functions ------------------------------------------------------------------------


def product_of(
    a: Any,
    axis: Any = None,
    dtype: Any = None,
    out: Any = None,
    keepdims: Any = False,
    initial: Any = None,
    where: Any = None,
) -> Any:
    """``np.prod``; of a list of numbers (a shape) one by one, so that a length stays one."""
    no_out(out)
    if isinstance(a, (list, tuple)) and (axis, dtype, initial, where) == (None,) * 4:
        items = [array_like(item) for item in a]
        if items and all(is_integer(item.type) for item in items):
            total = items[0]
            for item in items[1:]:
                total = total * item
            return total
    atom = as_dtype(a, dtype)
    if is_integer(atom.type) and initial is None:
        return atom
    return reduced(prod, atom, axis, keepdims, initial=initial, mask=where)


def running(row: Primitive, a: Any, axis: Any = None, dtype: Any = None) -> Atom:
    """A scan along one axis; with none, of the flattened array."""
    atom, where = as_dtype(a, dtype), static(axis, "axis")
    if where is None:
        atom, where = (atom, 0) if rank_of(atom) == 1 else (ravel(atom), 0)
    return current().apply(row, atom, axis=where)


def _cumprod(a: Any, axis: Any = None, dtype: Any = None, out: Any = None) -> Atom:
    no_out(out)
    return running(cumprod, a, axis, dtype)


FUNCTIONS: dict[Any, Any] = {np.prod: product_of, np.cumprod: _cumprod}
METHODS: dict[str, Any] = {"prod": product_of, "cumprod": _cumprod}
