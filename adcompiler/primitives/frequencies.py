"""Where frequencies stand in a spectrum: fftshift and ifftshift, fftfreq and rfftfreq."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from adcompiler.errors import ArgumentError
from adcompiler.ir.builder import current
from adcompiler.ir.lengths import Length
from adcompiler.ir.nodes import Call
from adcompiler.ir.primitive import Primitive, Spelling, Statics
from adcompiler.ir.types import Array, Type, is_complex, shape_of
from adcompiler.ir.values import Atom, as_atom
from adcompiler.primitives.accumulation import fit_cotangent
from adcompiler.primitives.arrays import array_like
from adcompiler.primitives.dimensions import dimensions, length_from
from adcompiler.primitives.fourier import (
    BOX,
    GRID,
    ODD,
    REAL,
    behind,
    every_axis,
    half,
    same,
)
from adcompiler.primitives.kinds import general, linear
from adcompiler.primitives.samples import Sample
from adcompiler.primitives.shaping import Flags, rank_of
from adcompiler.primitives.statics import differing, static


def _shift(name: str, back: str) -> Primitive:
    """Half a turn of each axis; the other shift turns back."""
    function = getattr(np.fft, name)

    def batch(call: Call, args: Sequence[Atom], flags: Flags) -> Atom:
        axes = call.statics.get("axes")
        axes = (axes,) if isinstance(axes, int) else axes
        along = every_axis(axes, rank_of(args[0]) - 1)
        return current().apply(call.primitive, args[0], axes=tuple(map(behind, along)))

    return linear(
        name,
        lambda x, *, axes=None: function(x, axes),
        infer=lambda args, statics: args[0].type,
        spelling=Spelling(f"np.fft.{name}(_0)"),
        transpose=lambda call, y_bar: current().apply(_SHIFTS[back], y_bar, **call.statics),
        batch=batch,
        defaults={"axes": None},
        samples=(
            Sample((REAL,)),
            Sample((ODD,)),
            Sample((GRID,)),
            Sample((GRID,), {"axes": 1}),
            Sample((BOX,), {"axes": (-1, 0)}),
        ),
    )


_SHIFTS = {
    "fftshift": _shift("fftshift", "ifftshift"),
    "ifftshift": _shift("ifftshift", "fftshift"),
}


def _frequencies(name: str, count: Callable[[Length], Length]) -> Primitive:
    """k / (n d), differentiable in the spacing d (operand 1, where it is there)."""

    def infer(args: Sequence[Atom], statics: Statics) -> Type:
        if any(shape_of(a.type) or is_complex(a.type) for a in args):
            raise ArgumentError(f"`np.fft.{name}` takes an int and a real number.")
        return Array(np.dtype(float), (count(length_from(args[0])),))

    def slope(call: Call) -> Atom:
        return as_atom(-(call.target / call.args[1]))

    def push(call: Call, dots: Sequence[Atom | None]) -> Atom | None:
        return None if len(dots) < 2 or dots[1] is None else as_atom(slope(call) * dots[1])

    def pull(call: Call, y_bar: Atom, wanted: Sequence[bool]) -> list[Atom | None]:
        if not wanted[1]:
            return [None, None]
        return [None, fit_cotangent(call.args[1], as_atom(slope(call) * y_bar))]

    return general(
        name,
        getattr(np.fft, name),
        infer=infer,
        spelling=Spelling(f"np.fft.{name}(_0, *_rest)"),
        pushforward=push,
        pullback=pull,
        samples=(Sample((4, 0.5)), Sample((5, 0.5)), Sample((5,))),
    )


fftfreq = _frequencies("fftfreq", same)
rfftfreq = _frequencies("rfftfreq", half)


def _shifted(row: Primitive) -> Callable[..., Atom]:
    def call(x: Any, axes: Any = None) -> Atom:
        along = static(axes, "axes")
        along = tuple(along) if isinstance(along, list) else along
        return current().apply(row, array_like(x), **differing(row, axes=along))

    call.__name__ = row.name
    return call


def _sampled(row: Primitive) -> Callable[..., Atom]:
    def call(n: Any, d: Any = 1.0, device: Any = None) -> Atom:
        spacing = as_atom(d)
        unit = getattr(spacing, "value", None) == 1.0
        return current().apply(row, dimensions(n)[0], *(() if unit else (spacing,)))

    call.__name__ = row.name
    return call


FUNCTIONS: dict[Any, Any] = {
    **{getattr(np.fft, name): _shifted(row) for name, row in _SHIFTS.items()},
    np.fft.fftfreq: _sampled(fftfreq),
    np.fft.rfftfreq: _sampled(rfftfreq),
}
