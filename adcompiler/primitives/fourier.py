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
from adcompiler.primitives.accumulation import fit_cotangent
from adcompiler.primitives.arrays import array_like
from adcompiler.primitives.complex_numbers import conjugate, real
from adcompiler.primitives.dimensions import dimension, dimensions, length_from
from adcompiler.primitives.kinds import general, linear
from adcompiler.primitives.samples import Sample
from adcompiler.primitives.shapes import Shape, normalized_axes, numbers
from adcompiler.primitives.shaping import Flags, rank_of
from adcompiler.primitives.statics import differing, static
from adcompiler.runtime import spectra

_SWAPPED = {None: "forward", "backward": "forward", "ortho": "ortho", "forward": None}
_REAL = [1.0, 2.0, -0.5, 0.25]
_ODD = [1.0, 2.0, -0.5, 0.25, 0.75]
_ROW = [1.0 + 2.0j, -0.5 + 0.3j, 0.7 - 1.1j]
_GRID = [[1.0 + 2.0j, -0.5 + 0.3j, 0.2j], [0.7 - 1.1j, 2.0 + 0.1j, -1.0]]
_REAL_GRID = [[1.0, 2.0, -0.5], [4.0, 0.5, 3.0]]


# --- lengths --------------------------------------------------------------------------------------


def _with(shape: Shape, axis: int, length: Length) -> Shape:
    (k,) = normalized_axes(axis, len(shape))
    return (*shape[:k], length, *shape[k + 1 :])


def _along(x: Atom, axis: int, name: str) -> Length:
    if not shape_of(x.type):
        raise ShapeError(f"`np.fft.{name}` needs an array and got a number.")
    (k,) = normalized_axes(axis, rank_of(x))
    return shape_of(x.type)[k]


def _half(n: Length) -> Length:
    """n // 2 + 1"""
    return (
        unknown(f"{n} // 2 + 1", "half of", n)
        if n.constant is None
        else Length.of(n.constant // 2 + 1)
    )


def _behind(axis: int) -> int:
    """The same axis behind a leading one."""
    return axis + 1 if axis >= 0 else axis


def _infer_with_length(args: Sequence[Atom], statics: Statics) -> Type:
    x, n = args
    shape = _with(shape_of(x.type), statics.get("axis", -1), length_from(n))
    return Array(dtype_of(x.type), shape)


def fitted(x: Atom, n: Any, axis: int) -> Atom:
    """`x` with length `n` along an axis; nothing to do where it is known to have it."""
    count = as_atom(n)
    if length_from(count) == _along(x, axis, "fft"):
        return x
    return current().apply(with_length, x, count, **differing(with_length, axis=axis))


def _batch_axis(call: Call, args: Sequence[Atom], flags: Flags) -> Atom:
    axis = _behind(call.statics.get("axis", -1))
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
        Sample((_REAL, 2)),
        Sample((_ROW, 5)),
        Sample((_GRID, 3), {"axis": 0}),
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
    samples=(Sample((_ROW, 4)), Sample((_ROW, 5)), Sample((_GRID, 3), {"axis": 0})),
    description="half a spectrum with the weights of the whole",
)


# --- one axis -------------------------------------------------------------------------------------


def _dtype(function: Any, args: Sequence[Atom], name: str) -> np.dtype[Any]:
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
        n = _along(args[0], axis, name)
        if len(args) > 1:
            n = length_from(args[1])
            n = n if name == "irfft" else result(n)
        else:
            n = result(n)
        return Array(_dtype(function, args, name), _with(shape_of(args[0].type), axis, n))

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


def _from_half(y_bar: Atom, n: Any, axis: int, norm: Any) -> Atom:
    """x̄ⱼ = Re Σ ȳₖ e^(-2πi jk/n) over the first half of the spectrum."""
    found = current().apply(fft, y_bar, n, **differing(fft, axis=axis, norm=norm))
    return current().apply(real, found)


def _rfft_back(call: Call, y_bar: Atom) -> Atom:
    axis, norm = call.statics.get("axis", -1), call.statics.get("norm")
    n = call.args[1] if len(call.args) > 1 else dimension(call.args[0], axis)
    return _back_to_length(call, _from_half(y_bar, n, axis, norm), axis)


def _to_half(y_bar: Atom, axis: int, norm: Any) -> Atom:
    """x̄ₖ = wₖ Σ ȳⱼ e^(2πi jk/n) / n"""
    back = current().apply(rfft, y_bar, **differing(rfft, axis=axis, norm=_SWAPPED[norm]))
    n = dimension(y_bar, axis)
    return current().apply(doubled, conjugate(back), n, **differing(doubled, axis=axis))


def _irfft_back(call: Call, y_bar: Atom) -> Atom:
    axis, norm = call.statics.get("axis", -1), call.statics.get("norm")
    return _back_to_length(call, _to_half(y_bar, axis, norm), axis)


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


def _same(n: Length) -> Length:
    return n


fft: Primitive = _row("fft", _same, _again, _samples(_ROW, _REAL, _GRID))
ifft = _row("ifft", _same, _again, _samples(_ROW, _REAL, _GRID))
rfft: Primitive = _row("rfft", _half, _rfft_back, _samples(_REAL, _ODD, _REAL_GRID))
irfft = _row(
    "irfft",
    lambda m: (m + Length.of(-1)) * Length.of(2),
    _irfft_back,
    _samples(_ROW, _REAL, _GRID),
)


# --- several axes ---------------------------------------------------------------------------------


def _every(axes: tuple[int, ...] | None, rank: int) -> tuple[int, ...]:
    return tuple(range(rank)) if axes is None else axes


def _rows(name: str, axes: tuple[int, ...] | None, transpose: Any, samples: Any) -> Primitive:
    """A transform along several axes, with the lengths that these have."""
    function = getattr(np.fft, name)

    def infer(args: Sequence[Atom], statics: Statics) -> Type:
        x = args[0]
        shape = shape_of(x.type)
        along = _every(statics.get("axes", axes), len(shape))
        if not along:
            raise ShapeError(f"`np.fft.{name}` needs an axis to work on.")
        for axis in along:
            _along(x, axis, name)
        if "rfft" in name:
            length = _along(x, along[-1], name)
            changed = (
                (length + Length.of(-1)) * Length.of(2) if name[0] == "i" else _half(length)
            )
            shape = _with(shape, along[-1], changed)
        return Array(_dtype(function, args, name), shape)

    def batch(call: Call, args: Sequence[Atom], flags: Flags) -> Atom:
        along = _every(call.statics.get("axes", axes), rank_of(args[0]) - 1)
        statics = {**call.statics, "axes": tuple(map(_behind, along))}
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
    return _every(axes, rank_of(call.args[0]))


def _rfftn_back(call: Call, y_bar: Atom) -> Atom:
    (*others, last), norm = _axes_of(call), call.statics.get("norm")
    if others:
        y_bar = current().apply(fftn, y_bar, **differing(fftn, axes=tuple(others), norm=norm))
    return _from_half(y_bar, dimension(call.args[0], last), last, norm)


def _irfftn_back(call: Call, y_bar: Atom) -> Atom:
    (*others, last), norm = _axes_of(call), call.statics.get("norm")
    x_bar = _to_half(y_bar, last, norm)
    if not others:
        return x_bar
    return current().apply(ifftn, x_bar, **differing(ifftn, axes=tuple(others), norm=norm))


_BOX = [[[1.0, 2.0, 0.5], [0.25, -1.0, 3.0]], [[0.1, 0.2, 2.0], [1.5, -0.5, 0.75]]]
_ALL = (
    Sample((_GRID,)),
    Sample((_REAL_GRID,)),
    Sample((_GRID,), {"norm": "ortho"}),
    Sample((_GRID,), {"axes": (0,)}),
    Sample((_BOX,), {"axes": (-1, 0), "norm": "forward"}),
)
_ALL_REAL = (
    Sample((_REAL_GRID,)),
    Sample((_REAL_GRID,), {"norm": "ortho"}),
    Sample((_REAL_GRID,), {"axes": (1, 0)}),
    Sample((_BOX,), {"axes": (-1, 0), "norm": "forward"}),
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


# --- shifts and frequencies -----------------------------------------------------------------------


def _shift(name: str, back: str) -> Primitive:
    """Half a turn of each axis; the other shift turns back."""
    function = getattr(np.fft, name)

    def batch(call: Call, args: Sequence[Atom], flags: Flags) -> Atom:
        axes = call.statics.get("axes")
        axes = (axes,) if isinstance(axes, int) else axes
        along = _every(axes, rank_of(args[0]) - 1)
        return current().apply(call.primitive, args[0], axes=tuple(map(_behind, along)))

    return linear(
        name,
        lambda x, *, axes=None: function(x, axes),
        infer=lambda args, statics: args[0].type,
        spelling=Spelling(f"np.fft.{name}(_0)"),
        transpose=lambda call, y_bar: current().apply(_SHIFTS[back], y_bar, **call.statics),
        batch=batch,
        defaults={"axes": None},
        samples=(
            Sample((_REAL,)),
            Sample((_ODD,)),
            Sample((_GRID,)),
            Sample((_GRID,), {"axes": 1}),
            Sample((_BOX,), {"axes": (-1, 0)}),
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


fftfreq = _frequencies("fftfreq", _same)
rfftfreq = _frequencies("rfftfreq", _half)


# --- the user's functions -------------------------------------------------------------------------


def _norm(norm: Any) -> Any:
    found = static(norm, "norm")
    if found not in _SWAPPED:
        raise ArgumentError(
            f"the norm {found!r} is not known to np.fft.", write='"backward", "ortho" or "forward"'
        )
    return None if found == "backward" else found


def _refuse_out(out: Any) -> None:
    if out is not None:
        raise ArgumentError("np.fft with `out=` is not supported.", write="y = np.fft.fft(x)")


def _along_one(row: Primitive, x: Atom, n: Any, axis: Any, norm: Any) -> Atom:
    options = differing(row, axis=static(axis, "axis"), norm=norm)
    lengths = () if static_none(n) else dimensions(n)
    return current().apply(row, x, *lengths, **options)


def static_none(value: Any) -> bool:
    return value is None or getattr(value, "value", value) is None


def _one(row: Primitive) -> Callable[..., Atom]:
    def call(a: Any, n: Any = None, axis: Any = -1, norm: Any = None, out: Any = None) -> Atom:
        _refuse_out(out)
        return _along_one(row, array_like(a), n, axis, _norm(norm))

    call.__name__ = row.name
    return call


def _hfft(a: Any, n: Any = None, axis: Any = -1, norm: Any = None, out: Any = None) -> Atom:
    """As NumPy writes it: the real transform of a signal with Hermitian symmetry."""
    _refuse_out(out)
    x = array_like(a)
    conjugated = current().apply(conjugate, x) if is_complex(x.type) else x
    return _along_one(irfft, conjugated, n, axis, _SWAPPED[_norm(norm)])


def _ihfft(a: Any, n: Any = None, axis: Any = -1, norm: Any = None, out: Any = None) -> Atom:
    _refuse_out(out)
    found = _along_one(rfft, array_like(a), n, axis, _SWAPPED[_norm(norm)])
    return current().apply(conjugate, found)


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
    return getattr(length, "value", length) == -1


def _cut(x: Atom, axes: Sequence[int], lengths: Sequence[Any]) -> Atom:
    for axis, length in zip(axes, lengths, strict=True):
        if not _is_open(length):
            x = fitted(x, dimensions(length)[0], axis)
    return x


def _several(row: Primitive) -> Callable[..., Atom]:
    default = row.defaults["axes"]

    def call(a: Any, s: Any = None, axes: Any = default, norm: Any = None, out: Any = None) -> Atom:
        _refuse_out(out)
        x, scale = array_like(a), _norm(norm)
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
    return _along_one(irfft, x, n, last, norm)


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
    **{getattr(np.fft, row.name): _one(row) for row in (fft, ifft, rfft, irfft)},
    **{
        getattr(np.fft, row.name): _several(row)
        for row in (fftn, ifftn, fft2, ifft2, rfftn, irfftn, rfft2, irfft2)
    },
    np.fft.hfft: _hfft,
    np.fft.ihfft: _ihfft,
    **{getattr(np.fft, name): _shifted(row) for name, row in _SHIFTS.items()},
    np.fft.fftfreq: _sampled(fftfreq),
    np.fft.rfftfreq: _sampled(rfftfreq),
}
