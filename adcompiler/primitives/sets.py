"""Arrays as sets: unique elements, and those of one array or of both.

Of equal elements the first one stands for all, as `return_index` tells, and has the derivative.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from adcompiler.errors import ArgumentError
from adcompiler.ir.builder import current
from adcompiler.ir.index import IndexPattern, Operand
from adcompiler.ir.lengths import unknown
from adcompiler.ir.primitive import Primitive, Spelling, Statics, lookup, register
from adcompiler.ir.types import Array, Type, dtype_of, shape_of
from adcompiler.ir.values import Atom
from adcompiler.primitives.arrays import array_like
from adcompiler.primitives.derived import derived
from adcompiler.primitives.dimensions import product, token
from adcompiler.primitives.gathering import take
from adcompiler.primitives.inert import refuse_complex
from adcompiler.primitives.joining import concatenate
from adcompiler.primitives.kinds import inert
from adcompiler.primitives.locations import INTP, isin_of
from adcompiler.primitives.samples import Sample
from adcompiler.primitives.shapes import numbers
from adcompiler.primitives.shaping import reshaped
from adcompiler.primitives.statics import static

_ROW = [1.0, 0.0, 4.0, 2.5]
_GRID = [[1.0, 0.0, -3.0], [4.0, 0.5, 2.0]]


def _opaque(
    name: str, function: Callable[..., Any], template: str, samples: Sequence[Sample]
) -> Primitive:
    """A row that can be run, but whose derivative does not exist."""

    def infer(args: Sequence[Atom], statics: Statics) -> Type:
        numbers(args, f"np.{name}")
        refuse_complex(args, f"np.{name}")
        dtype = np.result_type(*(dtype_of(arg.type) for arg in args))
        return Array(dtype, (unknown(f"len({name})", *map(token, args)),))

    return register(
        Primitive(name, function, infer, Spelling(template), "opaque", samples=tuple(samples))
    )


_PAIR = [Sample((_ROW, [4.0, 7.0]))]
intersect1d = _opaque("intersect1d", np.intersect1d, "np.intersect1d(_0, _1)", _PAIR)


def _infer_unique_number(args: Sequence[Atom], statics: Statics) -> Array:
    return Array(INTP, (unknown("len(unique)", token(args[0])),))


def _infer_unique_inverse(args: Sequence[Atom], statics: Statics) -> Type:
    shape = shape_of(args[0].type)
    return Array(INTP, shape if _inverse_has_the_shape() else (product(shape),))


def _inverse_has_the_shape() -> bool:
    """NumPy 2 gives the inverse in the shape of the array, as its documentation says."""
    return np.unique(np.zeros((1, 1)), return_inverse=True)[1].ndim == 2


def _unique_part(part: str) -> Primitive:
    keyword = f"return_{part}"
    find: Callable[..., Any] = np.unique
    return inert(
        f"unique_{part}",
        lambda x: find(x, **{keyword: True})[1],
        infer=_infer_unique_inverse if part == "inverse" else _infer_unique_number,
        spelling=Spelling(f"np.unique(_0, {keyword}=True)[1]"),
        samples=(Sample((_ROW,)), Sample((_GRID,))),
    )


UNIQUE_PARTS = {part: _unique_part(part) for part in ("index", "inverse", "counts")}


def _unique_of(x: Atom) -> Atom:
    """Of equal elements the first one stands for all: its place is what `return_index` tells."""
    return take(x, current().apply(UNIQUE_PARTS["index"], x))  # type: ignore[no-any-return]


unique = derived(
    "unique",
    lambda x: np.unique(x),
    infer=lambda args, statics: Array(
        dtype_of(args[0].type), _infer_unique_number(args, statics).shape
    ),
    definition=_unique_of,
    spelling=Spelling("np.unique(_0)"),
    samples=(Sample((_ROW,)), Sample((_GRID,)), Sample(([],))),
)


def _unique(
    ar: Any,
    return_index: Any = False,
    return_inverse: Any = False,
    return_counts: Any = False,
    axis: Any = None,
    *,
    equal_nan: Any = True,
    sorted: Any = True,
) -> Any:
    if static(axis, "axis") is not None or not static(equal_nan, "equal_nan"):
        raise ArgumentError(
            "`np.unique` with `axis=` or `equal_nan=` is not supported.",
            write="np.unique outside the function, since its derivative is zero or none",
        )
    x = array_like(ar)
    refuse_complex([x], "np.unique")
    flags = {"index": return_index, "inverse": return_inverse, "counts": return_counts}
    values = current().apply(unique, x)
    wanted = [part for part, flag in flags.items() if static(flag, "return")]
    parts = [current().apply(UNIQUE_PARTS[part], x) for part in wanted]
    return (values, *parts) if parts else values


def _intersect1d(ar1: Any, ar2: Any, assume_unique: Any = False) -> Atom:
    return current().apply(intersect1d, array_like(ar1), array_like(ar2))


def _joined(one: Atom, two: Atom) -> Atom:
    return current().apply(concatenate, *(reshaped(x, (-1,)) for x in (one, two)))


def _union1d(ar1: Any, ar2: Any) -> Atom:
    found: Atom = _unique(_joined(array_like(ar1), array_like(ar2)))
    return found


def _setdiff1d(ar1: Any, ar2: Any, assume_unique: Any = False) -> Atom:
    values: Atom = _unique(ar1)
    chosen = isin_of(values, ar2, invert=True)
    return lookup("getitem")(values, chosen, index=IndexPattern((Operand(0),), False))  # type: ignore[no-any-return]


def _setxor1d(ar1: Any, ar2: Any, assume_unique: Any = False) -> Atom:
    found: Atom = _unique(_joined(_setdiff1d(ar1, ar2), _setdiff1d(ar2, ar1)))
    return found


FUNCTIONS: dict[Any, Any] = {
    np.unique: _unique,
    np.intersect1d: _intersect1d,
    np.union1d: _union1d,
    np.setdiff1d: _setdiff1d,
    np.setxor1d: _setxor1d,
}
