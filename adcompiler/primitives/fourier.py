"""np.fft: the discrete Fourier transforms, one linear row each.

yₖ = Σⱼ xⱼ e^(-2πi jk/n) is a symmetric matrix, so under the bilinear pairing Re(ȳ ẏ) the complex transforms are
their own transposes, with the same normalisation.  `rfft` gives the first half of the spectrum only: its transpose
fills the other half with zeros.  `irfft` reads that half and takes the rest to be the conjugates, so in
y = Re Σₖ wₖ xₖ e^(2πi jk/n) / n the weight wₖ is 2 for each frequency that stands for two.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from adcompiler.errors import ArgumentError, ShapeError
from adcompiler.ir.builder import current
from adcompiler.ir.lengths import Length, unknown
from adcompiler.ir.nodes import Call
from adcompiler.ir.primitive import Primitive, Spelling, Statics
from adcompiler.ir.types import Array, Type, dtype_of, is_complex, shape_of
from adcompiler.ir.values import Atom, as_atom
from adcompiler.primitives.arrays import array_like
from adcompiler.primitives.complex_numbers import conjugate, real
from adcompiler.primitives.dimensions import dimension, dimensions, length_from
from adcompiler.primitives.kinds import linear
from adcompiler.primitives.samples import Sample
from adcompiler.primitives.shapes import Shape, normalized_axes, numbers
from adcompiler.primitives.shaping import Flags, rank_of
from adcompiler.primitives.statics import differing, static
from adcompiler.runtime import spectra

_SWAPPED = {None: "forward", "backward": "forward", "ortho": "ortho", "forward": None}
REAL = [1.0, 2.0, -0.5, 0.25]
ODD = [1.0, 2.0, -0.5, 0.25, 0.75]
_ROW = [1.0 + 2.0j, -0.5 + 0.3j, 0.7 - 1.1j]
GRID = [[1.0 + 2.0j, -0.5 + 0.3j, 0.2j], [0.7 - 1.1j, 2.0 + 0.1j, -1.0]]
REAL_GRID = [[1.0, 2.0, -0.5], [4.0, 0.5, 3.0]]
BOX = [[[1.0, 2.0, 0.5], [0.25, -1.0, 3.0]], [[0.1, 0.2, 2.0], [1.5, -0.5, 0.75]]]


# --- lengths --------------------------------------------------------------------------------------


def with_axis(shape: Shape, axis: int, length: Length) -> Shape:
    (k,) = normalized_axes(axis, len(shape))
    return (*shape[:k], length, *shape[k + 1 :])


def length_along(x: Atom, axis: int, name: str) -> Length:
    if not shape_of(x.type):
        raise ShapeError(f"`np.fft.{name}` needs an array and got a number.")
    (k,) = normalized_axes(axis, rank_of(x))
    return shape_of(x.type)[k]


def half(n: Length) -> Length:
    """n // 2 + 1"""
    return (
        unknown(f"{n} // 2 + 1", "half of", n)
        if n.constant is None
        else Length.of(n.constant // 2 + 1)
    )


def behind(axis: int) -> int:
    """The same axis behind a leading one."""
    return axis + 1 if axis >= 0 else axis


def every_axis(axes: tuple[int, ...] | None, rank: int) -> tuple[int, ...]:
    return tuple(range(rank)) if axes is None else axes


def _infer_with_length(args: Sequence[Atom], statics: Statics) -> Type:
    x, n = args
    shape = with_axis(shape_of(x.type), statics.get("axis", -1), length_from(n))
    return Array(dtype_of(x.type), shape)


def fitted(x: Atom, n: Any, axis: int) -> Atom:
    """`x` with length `n` along an axis; nothing to do where it is known to have it."""
    count = as_atom(n)
    if length_from(count) == length_along(x, axis, "fft"):
        return x
    return current().apply(with_length, x, count, **differing(with_length, axis=axis))


def _batch_axis(call: Call, args: Sequence[Atom], flags: Flags) -> Atom:
    axis = behind(call.statics.get("axis", -1))
    statics = {**call.statics, "axis": axis}
    return current().apply(call.primitive, *args, **differing(call.primitive, **statics))


def _runtime(function: Callable[..., Any]) -> Callable[..., Any]:
    return lambda x, n, *, axis=-1: function(np.asarray(x), n, axis)


with_length: Primitive = linear(
    "with_length",
    _runtime(spectra.with_length),
    infer=_infer_with_length,
    spelling=Spelling("with_length(_0, _1)"),
    transpose=lambda call, y_bar: fitted(
        y_bar, dimension(call.args[0], call.statics.get("axis", -1)), call.statics.get("axis", -1)
    ),
    batch=_batch_axis,
    memory="view",
    defaults={"axis": -1},
    samples=(
        Sample((REAL, 2)),
        Sample((_ROW, 5)),
        Sample((GRID, 3), {"axis": 0}),
    ),
    description="an array cut or filled up with zeros along one axis",
)
doubled: Primitive = linear(
    "doubled",
    _runtime(spectra.doubled),
    infer=lambda args, statics: args[0].type,
    spelling=Spelling("doubled(_0, _1)"),
    transpose=lambda call, y_bar: current().apply(doubled, y_bar, call.args[1], **call.statics),
    batch=_batch_axis,
    defaults={"axis": -1},
    samples=(Sample((_ROW, 4)), Sample((_ROW, 5)), Sample((GRID, 3), {"axis": 0})),
    description="half a spectrum with the weights of the whole",
)


# --- one axis -------------------------------------------------------------------------------------


def transformed_dtype(function: Any, args: Sequence[Atom], name: str) -> np.dtype[Any]:
    """What NumPy itself gives for this dtype."""
    numbers(args[:1], f"np.fft.{name}")
    dtype = dtype_of(args[0].type)
    if name.startswith("rfft") and dtype.kind == "c":
        raise ArgumentError(
            f"`np.fft.{name}` of complex numbers.",
            why="it takes real numbers; NumPy would drop the imaginary part.",
            write=f"x.real, or np.fft.{name[1:]}",
        )
    sample = np.zeros((2, 2), dtype)
    found: np.dtype[Any] = function(sample).dtype
    return found


def _row(
    name: str,
    result: Callable[[Length], Length],
    transpose: Callable[[Call, Atom], Atom],
    samples: Sequence[Sample],
) -> Primitive:
    """A transform along one axis; operand 1, where it is there, is the length ``n=``."""
    function = getattr(np.fft, name)

    def infer(args: Sequence[Atom], statics: Statics) -> Type:
        axis = statics.get("axis", -1)
        n = length_along(args[0], axis, name)
        if len(args) > 1:
            n = length_from(args[1])
            n = n if name == "irfft" else result(n)
        else:
            n = result(n)
        return Array(
            transformed_dtype(function, args, name), with_axis(shape_of(args[0].type), axis, n)
        )

    return linear(
        name,
        lambda x, n=None, *, axis=-1, norm=None: function(x, n, axis, norm),
        infer=infer,
        spelling=Spelling(f"np.fft.{name}(_0, *_rest)"),
        transpose=transpose,
        batch=_batch_axis,
        defaults={"axis": -1, "norm": None},
        samples=samples,
        holomorphic=name != "irfft",
    )


def _back_to_length(call: Call, x_bar: Atom, axis: int) -> Atom:
    """With ``n=`` the array was cut or filled up first."""
    return x_bar if len(call.args) == 1 else fitted(x_bar, dimension(call.args[0], axis), axis)


def _again(call: Call, y_bar: Atom) -> Atom:
    """The matrix is symmetric."""
    found = current().apply(call.primitive, y_bar, **call.statics)
    return _back_to_length(call, found, call.statics.get("axis", -1))


def from_half(y_bar: Atom, n: Any, axis: int, norm: Any) -> Atom:
    """x̄ⱼ = Re Σ ȳₖ e^(-2πi jk/n) over the first half of the spectrum."""
    found = current().apply(fft, y_bar, n, **differing(fft, axis=axis, norm=norm))
    return current().apply(real, found)


def _rfft_back(call: Call, y_bar: Atom) -> Atom:
    axis, norm = call.statics.get("axis", -1), call.statics.get("norm")
    n = call.args[1] if len(call.args) > 1 else dimension(call.args[0], axis)
    return _back_to_length(call, from_half(y_bar, n, axis, norm), axis)


def to_half(y_bar: Atom, axis: int, norm: Any) -> Atom:
    """x̄ₖ = wₖ Σ ȳⱼ e^(2πi jk/n) / n"""
    back = current().apply(rfft, y_bar, **differing(rfft, axis=axis, norm=_SWAPPED[norm]))
    n = dimension(y_bar, axis)
    return current().apply(doubled, conjugate(back), n, **differing(doubled, axis=axis))


def _irfft_back(call: Call, y_bar: Atom) -> Atom:
    axis, norm = call.statics.get("axis", -1), call.statics.get("norm")
    return _back_to_length(call, to_half(y_bar, axis, norm), axis)


def _samples(*values: Any) -> list[Sample]:
    rows = [Sample((v,)) for v in values]
    row = values[0]
    return [
        *rows,
        Sample((row,), {"norm": "ortho"}),
        Sample((row,), {"norm": "forward"}),
        Sample((row, 2)),
        Sample((row, 6)),
        Sample((row, 7)),
        Sample((values[-1], 3), {"axis": 0}),
    ]


def same(n: Length) -> Length:
    return n


fft: Primitive = _row("fft", same, _again, _samples(_ROW, REAL, GRID))
ifft = _row("ifft", same, _again, _samples(_ROW, REAL, GRID))
rfft: Primitive = _row("rfft", half, _rfft_back, _samples(REAL, ODD, REAL_GRID))
irfft = _row(
    "irfft",
    lambda m: (m + Length.of(-1)) * Length.of(2),
    _irfft_back,
    _samples(_ROW, REAL, GRID),
)


# --- the user's functions -------------------------------------------------------------------------


def known_norm(norm: Any) -> Any:
    found = static(norm, "norm")
    if found not in _SWAPPED:
        raise ArgumentError(
            f"the norm {found!r} is not known to np.fft.", write='"backward", "ortho" or "forward"'
        )
    return None if found == "backward" else found


def refuse_out(out: Any) -> None:
    if out is not None:
        raise ArgumentError("np.fft with `out=` is not supported.", write="y = np.fft.fft(x)")


def along_one(row: Primitive, x: Atom, n: Any, axis: Any, norm: Any) -> Atom:
    options = differing(row, axis=static(axis, "axis"), norm=norm)
    lengths = () if static_none(n) else dimensions(n)
    return current().apply(row, x, *lengths, **options)


def static_none(value: Any) -> bool:
    return value is None or getattr(value, "value", value) is None


def _one(row: Primitive) -> Callable[..., Atom]:
    def call(a: Any, n: Any = None, axis: Any = -1, norm: Any = None, out: Any = None) -> Atom:
        refuse_out(out)
        return along_one(row, array_like(a), n, axis, known_norm(norm))

    call.__name__ = row.name
    return call


def _hfft(a: Any, n: Any = None, axis: Any = -1, norm: Any = None, out: Any = None) -> Atom:
    """As NumPy writes it: the real transform of a signal with Hermitian symmetry."""
    refuse_out(out)
    x = array_like(a)
    conjugated = current().apply(conjugate, x) if is_complex(x.type) else x
    return along_one(irfft, conjugated, n, axis, _SWAPPED[known_norm(norm)])


def _ihfft(a: Any, n: Any = None, axis: Any = -1, norm: Any = None, out: Any = None) -> Atom:
    refuse_out(out)
    found = along_one(rfft, array_like(a), n, axis, _SWAPPED[known_norm(norm)])
    return current().apply(conjugate, found)


FUNCTIONS: dict[Any, Any] = {
    **{getattr(np.fft, row.name): _one(row) for row in (fft, ifft, rfft, irfft)},
    np.fft.hfft: _hfft,
    np.fft.ihfft: _ihfft,
}
