"""Fitting a contribution to the operand it belongs to: the adjoint of broadcasting and promotion.

A cotangent has the shape and dtype of its primal.  Where an operand was broadcast, its cotangent is summed
over the axes along which it was repeated; which axes those are is known while compiling wherever the
lengths are.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from adcompiler.errors import ArgumentError
from adcompiler.ir.builder import current
from adcompiler.ir.lengths import Length
from adcompiler.ir.primitive import Primitive, Spelling, Statics, lookup, register
from adcompiler.ir.types import (
    FLOAT,
    Array,
    NumpyScalar,
    PythonScalar,
    Type,
    dtype_of,
    is_complex,
    scalar_or_array,
    shape_of,
)
from adcompiler.ir.values import Atom, Constant
from adcompiler.primitives.samples import Sample
from adcompiler.runtime.shapes import sum_to_shape as runtime_sum_to_shape


def fit_cotangent(operand: Atom, contribution: Atom) -> Atom:
    """Sum `contribution` to the operand's shape and cast it to its dtype (its real part, of a real operand)."""
    if is_complex(contribution.type) and not is_complex(operand.type):
        # Re(x̄ ẋ) of a real x reads the real part of x̄ only
        contribution = current().apply(lookup("real"), contribution)
    return _cast(operand, _sum(operand, contribution))


def fit_tangent(result: Atom, tangent: Atom) -> Atom:
    """Broadcast `tangent` to the result's shape and cast it to its dtype."""
    assert is_complex(result.type) or not is_complex(tangent.type), (
        "a complex tangent of a real number"
    )
    return _cast(result, broadcast_as(result, tangent))


def broadcast_as(like: Atom, value: Atom) -> Atom:
    """`value` with the shape of `like` (nothing to do where the shapes are known to be equal)."""
    if shape_of(value.type) == shape_of(like.type):
        return value
    # an array filled like a real one would drop the imaginary part
    keeps = is_complex(like.type) or not is_complex(value.type)
    row = fill_like if keeps and not shape_of(value.type) else broadcast_like
    return current().apply(row, value, like)


def _cast(like: Atom, value: Atom) -> Atom:
    wanted = dtype_of(like.type)
    if wanted.kind == "c" and isinstance(value, Constant) and type(value.value) is float:
        return Constant.of(complex(value.value))
    if dtype_of(value.type) == wanted or (
        isinstance(value.type, PythonScalar) and wanted.kind in "fc"
    ):
        return value  # a Python float is weak: it takes the other operand's dtype
    return current().apply(cast, value, dtype=wanted)


def _sum(operand: Atom, value: Atom) -> Atom:
    want, have = shape_of(operand.type), shape_of(value.type)
    if want == have:
        return value
    if len(want) > len(have):
        return broadcast_as(operand, value)
    if not want:
        return current().apply(lookup("sum"), value)
    extra = len(have) - len(want)
    summed = [
        extra + axis
        for axis, length in enumerate(want)
        if length.is_one and not have[extra + axis].is_one
    ]
    known = all(
        length == have[extra + axis]
        or length.is_one
        or have[extra + axis].is_one
        or _must_be_equal(length, have[extra + axis])
        for axis, length in enumerate(want)
    )
    if not known:
        return current().apply(sum_to_shape, value, operand)
    if extra:
        leading = tuple(range(extra))
        value = current().apply(lookup("sum"), value, axis=leading if extra > 1 else 0)
    if summed:
        axes = tuple(axis - extra for axis in summed)
        value = current().apply(
            lookup("sum"), value, axis=axes if len(axes) > 1 else axes[0], keepdims=True
        )
    return (
        value
        if shape_of(value.type) == want or _fits(value, want)
        else broadcast_as(operand, value)
    )


def _must_be_equal(a: Length, b: Length) -> bool:
    return a.cannot_be_one and b.cannot_be_one


def _fits(value: Atom, want: tuple[Length, ...]) -> bool:
    return all(
        a == b or _must_be_equal(a, b) for a, b in zip(shape_of(value.type), want, strict=True)
    )


def _infer_like(args: Any, statics: Statics) -> Type:
    return scalar_or_array(dtype_of(args[0].type), shape_of(args[1].type))


def _infer_fill(args: Any, statics: Statics) -> Type:
    like = args[1].type
    return Array(dtype_of(like), shape_of(like))


def _infer_cast(args: Any, statics: Statics) -> Type:
    dtype = np.dtype(statics["dtype"])
    shape = shape_of(args[0].type)
    if is_complex(args[0].type) and dtype.kind != "c":
        raise ArgumentError(
            f"complex numbers are made {dtype}, which drops the imaginary part.", write="x.real"
        )
    if isinstance(args[0].type, Array):
        return Array(dtype, shape)
    return FLOAT if dtype == np.dtype(float) else NumpyScalar(dtype)


def _batch_cast(call: Any, args: Any, flags: Any) -> Atom:
    return current().apply(cast, args[0], **call.statics)


def _pull_like(call: Any, y_bar: Atom, wanted: Any) -> list[Atom | None]:
    return [fit_cotangent(call.args[0], y_bar), None]


def _push_like(call: Any, tangents: Any) -> Atom | None:
    if tangents[0] is None:
        return None
    return current().apply(call.primitive, tangents[0], call.args[1])


def _batch_like(call: Any, args: Any, flags: Any) -> Atom:
    """Broadcast behind the leading axis: missing axes are inserted after it."""
    value, like = args
    if flags[1]:
        # the shape of a batched `like` without its leading axis is that of one of its elements
        like = first_element(like)
    rank = len(shape_of(like.type))
    missing = rank - (len(shape_of(value.type)) - 1)
    if missing:
        value = insert_axes_behind_first(value, missing)
    return current().apply(broadcast_rows, value, like, lead=1)


def insert_axes_behind_first(value: Atom, count: int) -> Atom:
    """``value[:, None, None]``: room for axes between the leading one and the rest."""
    return current().apply(
        lookup("expand_dims"), value, axis=tuple(range(1, count + 1)) if count > 1 else 1
    )


def first_element(value: Atom) -> Atom:
    from adcompiler.ir.index import IndexPattern

    return current().apply(lookup("getitem"), value, index=IndexPattern((0,), False))


def _infer_rows(args: Any, statics: Statics) -> Type:
    leading = shape_of(args[0].type)[: statics["lead"]]
    return Array(dtype_of(args[0].type), leading + shape_of(args[1].type))


def _push_rows(call: Any, tangents: Any) -> Atom | None:
    if tangents[0] is None:
        return None
    return current().apply(call.primitive, tangents[0], call.args[1], **call.statics)


def _batch_rows(call: Any, args: Any, flags: Any) -> Atom:
    like = first_element(args[1]) if flags[1] else args[1]
    return current().apply(call.primitive, args[0], like, lead=call.statics["lead"] + 1)


cast: Primitive = register(
    Primitive(
        "cast",
        lambda x, *, dtype: (
            np.asarray(x).astype(dtype)[()]
            if np.ndim(x) == 0 and not isinstance(x, np.ndarray)
            else x.astype(dtype)
        ),
        _infer_cast,
        Spelling("_0.astype(_dtype)", scalar="_dtype(_0)"),
        "differentiable",
        pushforward=lambda call, t: current().apply(cast, t[0], **call.statics),
        pullback=lambda call, y_bar, wanted: [fit_cotangent(call.args[0], y_bar)],
        batch=_batch_cast,
        description="the value in another dtype",
        samples=(
            Sample((1.5,), {"dtype": np.dtype("float32")}),
            Sample(([1.5, -2.0],), {"dtype": np.dtype("float32")}),
            Sample(([1.5, -2.0],), {"dtype": np.dtype(complex)}),
        ),
    )
)

fill_like = register(
    Primitive(
        "fill_like",
        lambda value, like: np.full(np.shape(like), value, dtype=np.asarray(like).dtype),
        _infer_fill,
        Spelling("np.full_like(_1, _0)"),
        "differentiable",
        pushforward=_push_like,
        pullback=_pull_like,
        batch=_batch_like,
        shape_only=(1,),
        description="an array like operand 1 filled with a number",
        samples=(Sample((2.5, [[1.0, 2.0], [3.0, 4.0]])),),
    )
)

broadcast_like = register(
    Primitive(
        "broadcast_like",
        lambda value, like: np.broadcast_to(value, np.shape(like)),
        _infer_like,
        Spelling("np.broadcast_to(_0, _1.shape)"),
        "differentiable",
        pushforward=_push_like,
        pullback=_pull_like,
        batch=_batch_like,
        memory="view",
        shape_only=(1,),
        description="operand 0 repeated to the shape of operand 1",
        samples=(
            Sample(([1.0, 2.0, 3.0], [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])),
            Sample(([[1.0], [2.0]], [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])),
        ),
    )
)

broadcast_rows = register(
    Primitive(
        "broadcast_rows",
        lambda value, like, *, lead: np.broadcast_to(
            value, np.shape(value)[:lead] + np.shape(like)
        ),
        _infer_rows,
        Spelling("np.broadcast_to(_0, _0.shape[:_lead] + _1.shape)"),
        "differentiable",
        pushforward=_push_rows,
        pullback=_pull_like,
        batch=_batch_rows,
        memory="view",
        shape_only=(1,),
        description="behind `lead` axes, operand 0 repeated to the shape of operand 1",
        samples=(Sample(([[1.0], [2.0]], [1.0, 2.0, 3.0]), {"lead": 1}),),
    )
)


def _infer_sum_to_shape(args: Any, statics: Statics) -> Type:
    return Array(dtype_of(args[0].type), shape_of(args[1].type))


def _batch_sum_to_shape(call: Any, args: Any, flags: Any) -> Atom:
    """The axes in front that operand 1 lacks are summed first; then the ranks agree row by row."""
    value, like = args
    if flags[1]:
        like = first_element(like)
    extra = len(shape_of(value.type)) - 1 - len(shape_of(like.type))
    if extra:
        axes = tuple(range(1, extra + 1))
        value = current().apply(lookup("sum"), value, axis=axes if extra > 1 else 1)
    return current().apply(sum_rows, value, like, lead=1)


sum_to_shape = register(
    Primitive(
        "sum_to_shape",
        lambda value, like: runtime_sum_to_shape(value, np.shape(like)),
        _infer_sum_to_shape,
        Spelling("sum_to_shape(_0, _1.shape)"),
        "differentiable",
        pushforward=_push_like,
        pullback=lambda call, y_bar, wanted: [
            current().apply(broadcast_like, y_bar, call.args[0]),
            None,
        ],
        batch=_batch_sum_to_shape,
        memory="view",
        shape_only=(1,),
        description="the sum over the axes along which operand 1 was broadcast",
        samples=(
            Sample(([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], [1.0, 2.0, 3.0])),
            Sample(([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], [[1.0], [2.0]])),
        ),
    )
)

sum_rows = register(
    Primitive(
        "sum_rows",
        lambda value, like, *, lead: runtime_sum_to_shape(
            value, np.shape(value)[:lead] + np.shape(like)
        ),
        _infer_rows,
        Spelling("sum_to_shape(_0, _0.shape[:_lead] + _1.shape)"),
        "differentiable",
        pushforward=_push_rows,
        pullback=lambda call, y_bar, wanted: [
            current().apply(broadcast_like, y_bar, call.args[0]),
            None,
        ],
        batch=_batch_rows,
        memory="view",
        shape_only=(1,),
        description="behind `lead` axes, the sum over the axes along which operand 1 was broadcast",
        samples=(Sample(([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], [7.0]), {"lead": 1}),),
    )
)
