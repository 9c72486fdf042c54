"""Arrays filled with a constant or a value: zeros, ones, full and their like.

`np.empty` is written as zeros: what it would hold is not defined, and a derivative program must
give the same numbers twice.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from adcompiler.ir.builder import current
from adcompiler.ir.nodes import Call
from adcompiler.ir.primitive import Primitive, Spelling, Statics, lookup, register
from adcompiler.ir.types import (
    Array,
    Type,
    dtype_of,
    shape_of,
)
from adcompiler.ir.values import Atom
from adcompiler.primitives.accumulation import (
    fit_cotangent,
)
from adcompiler.primitives.arrays import FLOAT64, array_like, known_dtype, no_truncation
from adcompiler.primitives.dimensions import (
    dimension,
    dimensions,
    length_from,
    shape_operands,
)
from adcompiler.primitives.kinds import general, inert
from adcompiler.primitives.samples import Sample
from adcompiler.primitives.shapes import (
    numbers,
)

# --- filled with a constant -----------------------------------------------------------------------


def _infer_filled(args: Sequence[Atom], statics: Statics) -> Type:
    return Array(np.dtype(statics.get("dtype", FLOAT64)), tuple(length_from(arg) for arg in args))


def _filled(name: str, function: Callable[..., Any]) -> Callable[..., Atom]:
    """The rows ``np.zeros((m, n))`` and ``np.zeros(n)``, and the user's function over both."""
    rows = [
        inert(
            row,
            lambda *shape, dtype=FLOAT64: function(shape, dtype=dtype),
            infer=_infer_filled,
            spelling=Spelling(template),
            defaults={"dtype": FLOAT64},
            samples=[Sample(shape) for shape in shapes]
            + [Sample(shapes[-1], {"dtype": np.dtype(np.float32)})],
        )
        for row, template, shapes in (
            (f"{name}_vector", f"np.{name}(_0)", [(0,), (3,)]),
            (name, f"np.{name}((*_args,))", [(2, 3), ()]),
        )
    ]

    def call(shape: Any, dtype: Any = None, order: str = "C") -> Atom:
        dims, wanted = dimensions(shape), known_dtype(dtype, FLOAT64)
        options: dict[str, Any] = {} if wanted == FLOAT64 else {"dtype": wanted}
        return current().apply(rows[0] if len(dims) == 1 else rows[1], *dims, **options)

    call.__name__ = name
    return call


zeros = _filled("zeros", np.zeros)
ones = _filled("ones", np.ones)


def _infer_filled_like(args: Sequence[Atom], statics: Statics) -> Type:
    dtype = statics.get("dtype")
    return Array(
        dtype_of(args[0].type) if dtype is None else np.dtype(dtype), shape_of(args[0].type)
    )


def _batch_filled_like(call: Call, args: Sequence[Atom], flags: Sequence[bool]) -> Atom:
    return current().apply(call.primitive, args[0], **call.statics)


def _filled_like(name: str, function: Callable[..., Any]) -> Primitive:
    return register(
        Primitive(
            name,
            lambda x, *, dtype=None: function(x, dtype=dtype),
            _infer_filled_like,
            Spelling(f"np.{name}(_0)"),
            "inert",
            batch=_batch_filled_like,
            shape_only=(0,),
            defaults={"dtype": None},
            samples=(
                Sample(([1.0, 2.0],)),
                Sample(([[1.0], [2.0]],), {"dtype": np.dtype(int)}),
                Sample(([],)),
                Sample((2.0,)),
            ),
        )
    )


zeros_like = _filled_like("zeros_like", np.zeros_like)
ones_like = _filled_like("ones_like", np.ones_like)


def _like_function(row: Primitive) -> Callable[..., Atom]:
    def call(a: Any, dtype: Any = None) -> Atom:
        atom, wanted = array_like(a), known_dtype(dtype)
        keep = wanted is None or wanted == dtype_of(atom.type)
        options: dict[str, Any] = {} if keep else {"dtype": wanted}
        return current().apply(row, atom, **options)

    call.__name__ = row.name
    return call


# --- filled with a value --------------------------------------------------------------------------


def _infer_full(args: Sequence[Atom], statics: Statics) -> Type:
    numbers(args[:1], "np.full")
    dtype = statics.get("dtype")
    shape = tuple(length_from(arg) for arg in args[1:])
    return Array(dtype_of(args[0].type) if dtype is None else np.dtype(dtype), shape)


def _push_full(call: Call, tangents: Sequence[Atom | None]) -> Atom | None:
    if tangents[0] is None:
        return None
    wanted = dtype_of(call.target.type)
    options: dict[str, Any] = {} if dtype_of(tangents[0].type) == wanted else {"dtype": wanted}
    return current().apply(call.primitive, tangents[0], *call.args[1:], **options)


def _batch_full(call: Call, args: Sequence[Atom], flags: Sequence[bool]) -> Atom:
    value, *dims = args
    missing = len(dims) - (len(shape_of(value.type)) - 1)
    if missing:
        value = current().apply(lookup("expand_dims"), value, axis=tuple(range(1, missing + 1)))
    return current().apply(full, value, dimension(args[0], 0), *dims, **call.statics)


def _full_row(name: str, template: str, samples: Sequence[Sample]) -> Primitive:
    return general(
        name,
        lambda value, *shape, dtype=None: np.full(shape, value, dtype=dtype),
        infer=_infer_full,
        spelling=Spelling(template),
        pushforward=_push_full,
        batch=_batch_full,
        pullback=lambda call, y_bar, wanted: [
            fit_cotangent(call.args[0], y_bar) if wanted[0] else None,
            *[None] * (len(call.args) - 1),
        ],
        samples=samples,
        defaults={"dtype": None},
    )


full = _full_row(
    "full",
    "np.full((*_rest,), _0)",
    [Sample((1.5, 2, 3)), Sample(([1.0, 2.0], 3, 2)), Sample((1.5,))],
)
full_vector = _full_row("full_vector", "np.full(_1, _0)", [Sample((1.5, 3)), Sample((1.5, 0))])


def _full(shape: Any, fill_value: Any, dtype: Any = None, order: str = "C") -> Atom:
    value, dims, wanted = array_like(fill_value), dimensions(shape), known_dtype(dtype)
    options: dict[str, Any] = {}
    if wanted is not None and wanted != dtype_of(value.type):
        no_truncation(value, wanted, "np.full")
        options = {"dtype": wanted}
    row = full_vector if len(dims) == 1 and not shape_of(value.type) else full
    return current().apply(row, value, *dims, **options)


def _full_like(a: Any, fill_value: Any, dtype: Any = None) -> Atom:
    like, value = array_like(a), array_like(fill_value)
    wanted = known_dtype(dtype, dtype_of(like.type))
    assert wanted is not None
    no_truncation(value, wanted, "np.full_like")
    if wanted == dtype_of(like.type) and not shape_of(value.type):
        return current().apply(lookup("fill_like"), value, like)
    return current().apply(full, value, *shape_operands(like), dtype=wanted)


FUNCTIONS: dict[Any, Any] = {
    np.zeros: zeros,
    np.ones: ones,
    np.empty: zeros,
    np.full: _full,
    np.zeros_like: _like_function(zeros_like),
    np.ones_like: _like_function(ones_like),
    np.empty_like: _like_function(zeros_like),
    np.full_like: _full_like,
}
