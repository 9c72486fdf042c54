"""np.pad: every mode that is linear in the array.

`constant` adds a border of numbers; `edge`, `reflect`, `symmetric` and `wrap` read elements again;
`linear_ramp` and `mean` combine them.  All work on one axis after the other, so along one axis each is a
matrix, and its transpose is applied axis by axis, the last one first.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from adcompiler.errors import ArgumentError
from adcompiler.ir.builder import current
from adcompiler.ir.index import IndexPattern, Operand, Slice
from adcompiler.ir.nodes import Call
from adcompiler.ir.primitive import Spelling, Statics, lookup
from adcompiler.ir.types import Array, Type, dtype_of, shape_of
from adcompiler.ir.values import Atom, Variable, as_atom
from adcompiler.primitives.accumulation import fit_cotangent
from adcompiler.primitives.arrays import array_like, is_list, no_truncation, with_axes
from adcompiler.primitives.axes import move_axis
from adcompiler.primitives.dimensions import dimension, length_from, plus
from adcompiler.primitives.indexing import accumulate
from adcompiler.primitives.joining import part
from adcompiler.primitives.kinds import general, inert
from adcompiler.primitives.samples import Sample
from adcompiler.primitives.shaping import Flags, rank_of
from adcompiler.primitives.statics import static

_ROW = [1.0, 2.0, 4.0]
_GRID = [[1.0, 2.0, 4.0], [4.0, 5.0, 7.0]]
GATHERS = ("edge", "reflect", "symmetric", "wrap")
MATRICES = ("linear_ramp", "mean")
Widths = tuple[tuple[int, int], ...]


def _padded(x: Any, *, width: Widths, mode: str = "constant") -> Any:
    return np.pad(x, width, mode=mode)  # type: ignore[call-overload]


def _infer_pad(args: Sequence[Atom], statics: Statics) -> Type:
    shape = shape_of(args[0].type)
    found = tuple(n + sum(w) for n, w in zip(shape, statics["width"], strict=True))
    return Array(dtype_of(args[0].type), found)


def _batch_pad(call: Call, args: Sequence[Atom], flags: Flags) -> Atom:
    statics = {**call.statics, "width": ((0, 0), *call.statics["width"])}
    return current().apply(pad, args[0], **statics)


# --- the transpose along one axis -----------------------------------------------------------------


def _infer_sources(args: Sequence[Atom], statics: Statics) -> Type:
    before, after = statics["width"]
    return Array(np.dtype(np.intp), (length_from(args[0]) + before + after,))


pad_sources = inert(
    "pad_sources",
    lambda n, *, width, mode: np.pad(np.arange(n), width, mode=mode),
    infer=_infer_sources,
    spelling=Spelling("np.pad(np.arange(_0), _width, mode=_mode)"),
    samples=(Sample((3,), {"width": (1, 2), "mode": "edge"}),),
    description="which element stands where on a padded axis",
)


def _infer_matrix(args: Sequence[Atom], statics: Statics) -> Type:
    n = length_from(args[0])
    before, after = statics["width"]
    return Array(np.dtype(float), (n + before + after, n))


pad_matrix = inert(
    "pad_matrix",
    lambda n, *, width, mode: np.pad(np.eye(n), (width, (0, 0)), mode=mode),
    infer=_infer_matrix,
    spelling=Spelling("np.pad(np.eye(_0), (_width, (0, 0)), mode=_mode)"),
    samples=(Sample((3,), {"width": (1, 2), "mode": "linear_ramp"}),),
    description="the matrix that pads an axis",
)


def _axis_back(call: Call, y: Atom, axis: int, width: tuple[int, int]) -> Atom:
    mode, n = call.statics.get("mode", "constant"), dimension(call.args[0], axis)
    if mode in GATHERS:
        sources = current().apply(pad_sources, n, width=width, mode=mode)
        shape = [dimension(call.args[0], k) for k in range(rank_of(y))]
        for k, w in enumerate(call.statics["width"][:axis]):
            shape[k] = plus(shape[k], sum(w))
        dtype = dtype_of(y.type)
        options: dict[str, Any] = {} if dtype == np.dtype(float) else {"dtype": dtype}
        zeros = lookup("zeros")(*shape, **options)
        return accumulate(zeros, y, [sources], part(axis, Operand(0)))
    matrix = current().apply(pad_matrix, n, width=width, mode=mode)
    last = rank_of(y) - 1
    back = lookup("matmul")(move_axis(y, axis, last), matrix)
    return move_axis(back, last, axis)


def _pad_back(call: Call, y_bar: Atom) -> Atom:
    width = call.statics["width"]
    if call.statics.get("mode", "constant") == "constant":
        entries = tuple(Slice(before or None, -after or None) for before, after in width)
        index = IndexPattern(entries, len(entries) > 1)
        return current().apply(lookup("getitem"), y_bar, index=index)
    for axis in reversed(range(len(width))):
        if any(width[axis]):
            y_bar = _axis_back(call, y_bar, axis, width[axis])
    return y_bar


def _push_pad(call: Call, tangents: Sequence[Atom | None]) -> Atom | None:
    if tangents[0] is None:
        return None
    return current().apply(pad, tangents[0], **call.statics)


pad = general(
    "pad",
    _padded,
    infer=_infer_pad,
    spelling=Spelling("np.pad(_0, _width)"),
    pushforward=_push_pad,
    pullback=lambda call, y_bar, wanted: [fit_cotangent(call.args[0], _pad_back(call, y_bar))],
    batch=_batch_pad,
    defaults={"mode": "constant"},
    samples=(
        Sample((_ROW,), {"width": ((1, 2),)}),
        Sample((_GRID,), {"width": ((0, 1), (2, 0))}),
        Sample(([],), {"width": ((1, 1),)}),
        *(
            Sample((value,), {"width": width, "mode": mode})
            for mode in (*GATHERS, *MATRICES)
            for value, width in ((_ROW, ((2, 1),)), (_GRID, ((1, 1), (2, 1))))
        ),
        Sample((_ROW,), {"width": ((5, 4),), "mode": "reflect"}),
    ),
)


# --- the user's function --------------------------------------------------------------------------


def _pairs(value: Any, rank: int, what: str) -> tuple[tuple[Any, Any], ...]:
    """NumPy's forms: n, (n,), (before, after), ((before, after), …) for each axis."""
    entries = value if is_list(value) else [value]
    if not any(is_list(entry) for entry in entries):
        pair = (entries[0], entries[-1])
        if len(entries) > 2:
            raise ArgumentError(f"`np.pad` does not understand {what}={value!r}.")
        return (pair,) * rank
    rows = [tuple(row) if is_list(row) else (row,) for row in entries]
    pairs = [(row[0], row[-1]) for row in rows]
    if any(len(row) > 2 for row in rows) or len(pairs) not in (1, rank):
        raise ArgumentError(f"`np.pad` does not understand {what} for {rank} axes.")
    return tuple(pairs * rank if len(pairs) == 1 else pairs)


def _pad(array: Any, pad_width: Any, mode: Any = "constant", **options: Any) -> Atom:
    x, how = with_axes(array_like(array), 1), static(mode, "mode")
    given = static(pad_width, "pad_width")
    if isinstance(given, dict):
        rank = rank_of(x)
        named = {axis % rank: width for axis, width in given.items()}
        given = [named.get(axis, 0) for axis in range(rank)]
        given = [w if is_list(w) else (w, w) for w in given]
    width = tuple((int(a), int(b)) for a, b in _pairs(given, rank_of(x), "pad_width"))
    if not isinstance(how, str) or how not in ("constant", *GATHERS, *MATRICES):
        raise ArgumentError(
            f"`np.pad` with mode={how!r} is not supported.",
            why="it is not linear in the array."
            if isinstance(how, str)
            else "it calls a function.",
            write="np.concatenate([border, x])",
        )
    if how == "constant":
        return _constant(x, width, options.pop("constant_values", 0), options)
    _nothing_left(how, options)
    return current().apply(pad, x, width=width, mode=how)


def _nothing_left(mode: str, options: dict[str, Any]) -> None:
    allowed = {"reflect_type": "even", "stat_length": None, "end_values": 0}
    for key, value in options.items():
        if key not in allowed or static(value, key) != allowed[key]:
            raise ArgumentError(
                f"`np.pad` with mode={mode!r} and `{key}=` is not supported.",
                write="np.concatenate([border, x])",
            )


def _constant(x: Atom, width: Widths, values: Any, options: dict[str, Any]) -> Atom:
    _nothing_left("constant", options)
    zero_padded = current().apply(pad, x, width=width)
    single = not is_list(values)
    if single and not isinstance(values, Variable) and values == 0:
        return zero_padded
    if not single or shape_of(as_atom(values).type):
        raise ArgumentError(
            "`np.pad` with several `constant_values` is not supported.",
            write="one np.pad for each side, with one number",
        )
    value = as_atom(values)
    no_truncation(value, dtype_of(x.type), "np.pad")
    inside = lookup("ones_like")(x, dtype=np.dtype(bool))
    return lookup("where")(  # type: ignore[no-any-return]
        current().apply(pad, inside, width=width), zero_padded, value
    )


FUNCTIONS: dict[Any, Any] = {np.pad: _pad}
