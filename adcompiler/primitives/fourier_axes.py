"""np.fft along several axes.

The transforms of `fourier`, one axis after the other; each row keeps the lengths it finds, and lengths that the
user asks for are made first.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from adcompiler.errors import ShapeError
from adcompiler.ir.builder import current
from adcompiler.ir.lengths import Length
from adcompiler.ir.nodes import Call
from adcompiler.ir.primitive import Primitive, Spelling, Statics
from adcompiler.ir.types import Array, Type, shape_of
from adcompiler.ir.values import Atom
from adcompiler.primitives.arrays import array_like
from adcompiler.primitives.dimensions import dimension, dimensions
from adcompiler.primitives.fourier import (
    BOX,
    GRID,
    REAL_GRID,
    along_one,
    behind,
    every_axis,
    fitted,
    from_half,
    half,
    irfft,
    known_norm,
    length_along,
    refuse_out,
    static_none,
    to_half,
    transformed_dtype,
    with_axis,
)
from adcompiler.primitives.kinds import linear
from adcompiler.primitives.samples import Sample
from adcompiler.primitives.shaping import Flags, rank_of
from adcompiler.primitives.statics import differing, static


def _rows(name: str, axes: tuple[int, ...] | None, transpose: Any, samples: Any) -> Primitive:
    """A transform along several axes, with the lengths that these have."""
    function = getattr(np.fft, name)

    def infer(args: Sequence[Atom], statics: Statics) -> Type:
        x = args[0]
        shape = shape_of(x.type)
        along = every_axis(statics.get("axes", axes), len(shape))
        if not along:
            raise ShapeError(f"`np.fft.{name}` needs an axis to work on.")
        for axis in along:
            length_along(x, axis, name)
        if "rfft" in name:
            length = length_along(x, along[-1], name)
            changed = (length + Length.of(-1)) * Length.of(2) if name[0] == "i" else half(length)
            shape = with_axis(shape, along[-1], changed)
        return Array(transformed_dtype(function, args, name), shape)

    def batch(call: Call, args: Sequence[Atom], flags: Flags) -> Atom:
        along = every_axis(call.statics.get("axes", axes), rank_of(args[0]) - 1)
        statics = {**call.statics, "axes": tuple(map(behind, along))}
        return current().apply(call.primitive, args[0], **differing(call.primitive, **statics))

    return linear(
        name,
        lambda x, *, axes=axes, norm=None: function(x, axes=axes, norm=norm),
        infer=infer,
        spelling=Spelling(f"np.fft.{name}(_0)"),
        transpose=transpose,
        batch=batch,
        defaults={"axes": axes, "norm": None},
        samples=samples,
        holomorphic=not name.startswith("irfft"),
    )


def _again_all(call: Call, y_bar: Atom) -> Atom:
    return current().apply(call.primitive, y_bar, **call.statics)


def _axes_of(call: Call) -> tuple[int, ...]:
    axes = call.statics.get("axes", call.primitive.defaults["axes"])
    return every_axis(axes, rank_of(call.args[0]))


def _rfftn_back(call: Call, y_bar: Atom) -> Atom:
    (*others, last), norm = _axes_of(call), call.statics.get("norm")
    if others:
        y_bar = current().apply(fftn, y_bar, **differing(fftn, axes=tuple(others), norm=norm))
    return from_half(y_bar, dimension(call.args[0], last), last, norm)


def _irfftn_back(call: Call, y_bar: Atom) -> Atom:
    (*others, last), norm = _axes_of(call), call.statics.get("norm")
    x_bar = to_half(y_bar, last, norm)
    if not others:
        return x_bar
    return current().apply(ifftn, x_bar, **differing(ifftn, axes=tuple(others), norm=norm))


_ALL = (
    Sample((GRID,)),
    Sample((REAL_GRID,)),
    Sample((GRID,), {"norm": "ortho"}),
    Sample((GRID,), {"axes": (0,)}),
    Sample((BOX,), {"axes": (-1, 0), "norm": "forward"}),
)
_ALL_REAL = (
    Sample((REAL_GRID,)),
    Sample((REAL_GRID,), {"norm": "ortho"}),
    Sample((REAL_GRID,), {"axes": (1, 0)}),
    Sample((BOX,), {"axes": (-1, 0), "norm": "forward"}),
)
_LAST_TWO = (-2, -1)
fftn = _rows("fftn", None, _again_all, _ALL)
ifftn = _rows("ifftn", None, _again_all, _ALL)
fft2 = _rows("fft2", _LAST_TWO, _again_all, _ALL)
ifft2 = _rows("ifft2", _LAST_TWO, _again_all, _ALL)
rfftn = _rows("rfftn", None, _rfftn_back, _ALL_REAL)
rfft2 = _rows("rfft2", _LAST_TWO, _rfftn_back, _ALL_REAL)
irfftn = _rows("irfftn", None, _irfftn_back, _ALL)
irfft2 = _rows("irfft2", _LAST_TWO, _irfftn_back, _ALL)


# --- the user's functions -------------------------------------------------------------------------


def _axes_and_lengths(
    x: Atom, s: Any, axes: Any, default: Any
) -> tuple[tuple[int, ...] | None, tuple[Any, ...] | None]:
    along = static(axes, "axes")
    along = default if along is None else tuple(along)
    if static_none(s):
        return along, None
    lengths = tuple(s)
    if along is None:
        along = tuple(range(rank_of(x) - len(lengths), rank_of(x)))
    if len(lengths) != len(along):
        raise ShapeError(f"{len(lengths)} lengths are given for {len(along)} axes.")
    return along, lengths


def _is_open(length: Any) -> bool:
    """-1 leaves a length as it is."""
    return bool(getattr(length, "value", length) == -1)


def _cut(x: Atom, axes: Sequence[int], lengths: Sequence[Any]) -> Atom:
    for axis, length in zip(axes, lengths, strict=True):
        if not _is_open(length):
            x = fitted(x, dimensions(length)[0], axis)
    return x


def _several(row: Primitive) -> Callable[..., Atom]:
    default = row.defaults["axes"]

    def call(a: Any, s: Any = None, axes: Any = default, norm: Any = None, out: Any = None) -> Atom:
        refuse_out(out)
        x, scale = array_like(a), known_norm(norm)
        along, lengths = _axes_and_lengths(x, s, axes, default)
        if lengths is not None and along is not None:
            if row in (irfftn, irfft2):
                return _inverse_real(x, along, lengths, scale)
            x = _cut(x, along, lengths)
        return current().apply(row, x, **differing(row, axes=along, norm=scale))

    call.__name__ = row.name
    return call


def _inverse_real(x: Atom, axes: tuple[int, ...], lengths: tuple[Any, ...], norm: Any) -> Atom:
    """As NumPy writes it: complex transforms along all axes but the last, then the real one."""
    *others, last = axes
    x = _cut(x, others, lengths[:-1])
    if others:
        x = current().apply(ifftn, x, **differing(ifftn, axes=tuple(others), norm=norm))
    n = None if _is_open(lengths[-1]) else lengths[-1]
    return along_one(irfft, x, n, last, norm)


FUNCTIONS: dict[Any, Any] = {
    getattr(np.fft, row.name): _several(row)
    for row in (fftn, ifftn, fft2, ifft2, rfftn, irfftn, rfft2, irfft2)
}
