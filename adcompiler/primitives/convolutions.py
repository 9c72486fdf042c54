"""np.convolve and np.correlate of real vectors.

Both are bilinear.  Their transposes with one operand held are bilinear too, and the transposes of those
are the functions themselves: the rows are closed under differentiation.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from adcompiler.errors import ArgumentError, ShapeError
from adcompiler.ir.builder import current
from adcompiler.ir.index import Operand, Slice
from adcompiler.ir.lengths import Length, unknown
from adcompiler.ir.nodes import Call
from adcompiler.ir.primitive import Infer, Primitive, Spelling, Statics, lookup
from adcompiler.ir.types import Array, Type, is_complex, shape_of
from adcompiler.ir.values import Atom, as_atom
from adcompiler.primitives.accumulation import first_element, fit_cotangent
from adcompiler.primitives.arrays import array_like
from adcompiler.primitives.complex_numbers import imag_of, real_of
from adcompiler.primitives.indexing import getitem
from adcompiler.primitives.inert import refuse_complex
from adcompiler.primitives.joining import concatenate, part
from adcompiler.primitives.kinds import add, bilinear, general, inert
from adcompiler.primitives.linalg import matmul
from adcompiler.primitives.samples import Sample
from adcompiler.primitives.shapes import numbers, promoted_dtype
from adcompiler.primitives.shaping import rank_of, reshaped
from adcompiler.primitives.statics import differing, static
from adcompiler.runtime import convolutions as runtime

_LONG, _SHORT = [1.0, 2.5, -3.0, 0.5], [0.5, 1.5, -2.0]
_SINGLE = np.array(_LONG, np.float32)
MODES = ("full", "same", "valid")


def _typed(default: str) -> Infer:
    def infer(args: Sequence[Atom], statics: Statics) -> Type:
        numbers(args, "np.convolve")
        refuse_complex(args, "np.convolve")
        m, n = (shape_of(arg.type)[0] for arg in args)
        mode = statics.get("mode", default)
        dtype = promoted_dtype([arg.type for arg in args])
        if mode == "full":
            return Array(dtype, (m + n - 1,))
        if m.constant is not None and n.constant is not None:
            low, high = sorted((m.constant, n.constant))
            return Array(dtype, (Length.of(high if mode == "same" else high - low + 1),))
        text = ", ".join(sorted(map(str, (m, n))))
        name = f"max({text})" if mode == "same" else f"len(valid({text}))"
        return Array(dtype, (unknown(name, frozenset((m, n)), mode),))

    return infer


def _like_third(args: Sequence[Atom], statics: Statics) -> Type:
    refuse_complex(args, "np.convolve")
    return Array(promoted_dtype([arg.type for arg in args[:2]]), shape_of(args[2].type))


def _statics_of(call: Call, row: Primitive, operand: int) -> dict[str, Any]:
    mode = call.statics.get("mode", call.primitive.defaults["mode"])
    place = {"operand": operand} if "operand" in row.defaults else {}
    return differing(row, mode=mode, **place)


def _infer_places(args: Sequence[Atom], statics: Statics) -> Type:
    held, like = args
    rows = _typed("full")([held, like], {k: v for k, v in statics.items() if k == "mode"})
    return Array(np.dtype(np.intp), (*shape_of(rows), *shape_of(like.type)))


places = inert(
    "convolution_places",
    runtime.convolution_places,
    infer=_infer_places,
    spelling=Spelling("convolution_places(_0, _1, _of)"),
    shape_only=(0, 1),
    defaults={"mode": "full", "operand": 0},
    samples=(
        Sample((_LONG, _SHORT), {"of": "convolve", "mode": "full"}),
        Sample((_LONG, _SHORT), {"of": "correlate", "mode": "valid", "operand": 1}),
    ),
    description="which element of operand 0 stands where in the matrix of a convolution",
)


def _matrix(held: Atom, where: Atom) -> Atom:
    """The elements of `held` (of each row, where it has rows) at their places, 0 elsewhere."""
    behind = rank_of(held) - 1
    first = current().apply(getitem, held, index=part(behind, Slice(0, 1)))
    padded = (current().apply(lookup("zeros_like"), first), held)
    whole = current().apply(concatenate, *padded, **differing(concatenate, axis=behind))
    return current().apply(getitem, whole, where, index=part(behind, Operand(0)))


class Pair:
    """A function of two vectors and its transpose, as two rows that are each other's derivative."""

    def __init__(self, name: str, function: Any, transposed: Any, mode: str) -> None:
        self.name, self.mode = name, mode
        self.takes_operand = name == "correlate"
        self.forward = bilinear(
            name,
            lambda a, v, mode=mode: function(a, v, mode=mode),
            infer=_typed(mode),
            spelling=Spelling(f"np.{name}(_0, _1)"),
            transposes=(
                lambda call, y_bar: self.back(call, y_bar, call.args[1], call.args[0], 0),
                lambda call, y_bar: self.back(call, y_bar, call.args[0], call.args[1], 1),
            ),
            batch=self._batch_forward,
            defaults={"mode": mode},
            samples=[
                Sample(pair, {} if kind == mode else {"mode": kind})
                for kind in MODES
                for pair in _PAIRS
            ],
        )
        defaults = {"mode": mode} | ({"operand": 0} if self.takes_operand else {})
        self.transposed: Primitive = general(
            f"{name}_transposed",
            transposed,
            infer=_like_third,
            spelling=Spelling(f"{name}_transposed(_0, _1, _2)"),
            pushforward=self._push,
            pullback=self._pull,
            batch=self._batch_transposed,
            shape_only=(2,),
            defaults=defaults,
            samples=[
                Sample(
                    (np.asarray(function(a, v, mode=mode), np.asarray(a).dtype), *rest),
                    {"operand": k} if k else {},
                )
                for a, v in _PAIRS
                for k, rest in enumerate([(v, a), (a, v)][: 1 + self.takes_operand])
            ],
            description=f"the transpose of np.{name} with operand 1 held, on vectors like operand 2",
        )

    def back(self, call: Call, y: Atom, held: Atom, like: Atom, operand: int) -> Atom:
        statics = _statics_of(call, self.transposed, operand)
        return current().apply(self.transposed, y, held, like, **statics)

    def _places(self, held: Atom, like: Atom, call: Call, operand: int) -> Atom:
        mode = call.statics.get("mode", self.mode)
        options = differing(places, mode=mode, operand=operand)
        return current().apply(places, held, like, of=self.name, **options)

    def _batch_forward(self, call: Call, args: Sequence[Atom], flags: Sequence[bool]) -> Atom:
        """Rows times the matrix of the other operand."""
        if all(flags):
            raise ArgumentError(f"np.{self.name} is linear in one operand at a time.")
        operand = 0 if flags[0] else 1
        rows, held = args[operand], args[1 - operand]
        where = self._places(held, first_element(rows), call, operand)
        matrix = current().apply(lookup("reverse_axes"), _matrix(held, where))
        return current().apply(matmul, rows, matrix)

    def _batch_transposed(self, call: Call, args: Sequence[Atom], flags: Sequence[bool]) -> Atom:
        y, held, like = args
        if flags[0] and flags[1]:
            raise ArgumentError(f"np.{self.name} is linear in one operand at a time.")
        one = first_element(held) if flags[1] else held
        like = first_element(like) if flags[2] else like
        where = self._places(one, like, call, call.statics.get("operand", 0))
        return current().apply(matmul, y, _matrix(held, where))

    def _push(self, call: Call, tangents: Sequence[Atom | None]) -> Atom | None:
        (y, held, like), (y_dot, held_dot, _) = call.args, tangents
        row = self.transposed
        first = None if y_dot is None else row(y_dot, held, like, **call.statics)
        second = None if held_dot is None else row(y, held_dot, like, **call.statics)
        return add(first, second)

    def _pull(self, call: Call, y_bar: Atom, wanted: Sequence[bool]) -> list[Atom | None]:
        (y, held, _), operand = call.args, call.statics.get("operand", 0)
        found: list[Atom | None] = [None, None, None]
        if wanted[0]:
            pair = (held, y_bar) if operand else (y_bar, held)
            again = current().apply(self.forward, *pair, **_statics_of(call, self.forward, 0))
            found[0] = fit_cotangent(y, again)
        if wanted[1]:
            found[1] = fit_cotangent(held, self.back(call, y, y_bar, held, 1 - operand))
        return found


_PAIRS: list[tuple[Any, Any]] = [
    (_LONG, _SHORT),
    (_SHORT, _LONG),
    (_LONG, _SHORT[:2]),
    (_SHORT[:2], _LONG),
    (_SHORT, _SHORT),
    (_LONG, [2.0]),
    (_SINGLE, _SINGLE[:2]),
]
CONVOLVE = Pair("convolve", np.convolve, runtime.convolve_transposed, "full")
CORRELATE = Pair("correlate", np.correlate, runtime.correlate_transposed, "valid")


def _function(pair: Pair) -> Any:
    def call(a: Any, v: Any, mode: Any = pair.mode) -> Atom:
        kind = static(mode, "mode")
        if kind not in MODES:
            raise ArgumentError(f"`np.{pair.name}` knows the modes {', '.join(MODES)}.")
        vectors = []
        for operand in map(array_like, (a, v)):
            if rank_of(operand) > 1:
                raise ShapeError(f"`np.{pair.name}` takes vectors.")
            vectors.append(operand if rank_of(operand) else reshaped(operand, (1,)))
        row, options = pair.forward, differing(pair.forward, mode=kind)
        if not any(is_complex(vector.type) for vector in vectors):
            return current().apply(row, *vectors, **options)
        return _of_parts(pair, vectors, lambda a, b: current().apply(row, a, b, **options))

    call.__name__ = pair.name
    return call


def _of_parts(pair: Pair, vectors: list[Atom], apply: Callable[[Atom, Atom], Atom]) -> Atom:
    """Complex vectors by their real and imaginary parts; `np.correlate` conjugates the second one."""
    sign = -1.0 if pair is CORRELATE else 1.0
    (a, b), (c, d) = ((real_of(x), imag_of(x) if is_complex(x.type) else None) for x in vectors)
    real, imaginary = apply(a, c), as_atom(0.0)
    if b is not None and d is not None:
        real = as_atom(real - sign * apply(b, d))
    if b is not None:
        imaginary = apply(b, c)
    if d is not None:
        crossed = as_atom(sign * apply(a, d))
        imaginary = crossed if b is None else as_atom(imaginary + crossed)
    return as_atom(real + imaginary * 1j)


FUNCTIONS: dict[Any, Any] = {
    np.convolve: _function(CONVOLVE),
    np.correlate: _function(CORRELATE),
}
