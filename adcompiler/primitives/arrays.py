"""What becomes an array: np.array of nested lists and numbers, copies, conversions."""

from __future__ import annotations

import enum
from collections.abc import Sequence
from typing import Any

import numpy as np

from adcompiler.errors import ArgumentError, ShapeError
from adcompiler.ir.builder import current
from adcompiler.ir.index import IndexPattern
from adcompiler.ir.lengths import Length
from adcompiler.ir.nodes import Call
from adcompiler.ir.primitive import Spelling, Statics, lookup
from adcompiler.ir.types import (
    Array,
    Type,
    dtype_of,
    is_complex,
    is_inexact,
    is_number,
    shape_of,
)
from adcompiler.ir.values import Atom, Constant, Variable, as_atom
from adcompiler.primitives.dimensions import ndim_function, shape_function, size_function
from adcompiler.primitives.joining import batch_stack, joined_dtype, pull_stack, stack
from adcompiler.primitives.kinds import general, linear
from adcompiler.primitives.samples import Sample
from adcompiler.primitives.shapes import (
    numbers,
)
from adcompiler.primitives.statics import static

FLOAT64 = np.dtype(np.float64)


def known_dtype(dtype: Any, default: Any = None) -> np.dtype[Any] | None:
    value = static(dtype, "dtype")
    value = default if value is None else value
    return None if value is None else np.dtype(value)


def no_truncation(value: Atom, dtype: np.dtype[Any], what: str) -> None:
    """A float put into an integer array is cut to an int; its derivative would be lost unseen."""
    if is_complex(value.type) and dtype.kind != "c":
        raise ArgumentError(
            f"{what} puts a value of type {value.type} into an array of {dtype}.",
            why="NumPy would drop the imaginary part.",
            write="an array of complex numbers (dtype=complex), or value.real",
        )
    if is_inexact(value.type) and dtype.kind in "biu":
        if isinstance(value, Constant) and value.value == int(value.value):
            return
        raise ArgumentError(
            f"{what} puts a value of type {value.type} into an array of {dtype}.",
            why="NumPy would cut it to an integer, which has no derivative.",
            write="an array of floats (dtype=float), or int(value) where cutting is meant",
        )


# --- arrays of numbers ----------------------------------------------------------------------------


def _infer_array_of(args: Sequence[Atom], statics: Statics) -> Type:
    numbers(args, "np.array")
    if any(shape_of(arg.type) for arg in args):
        raise ShapeError("an array of numbers cannot hold arrays.", write="np.stack([a, b])")
    return Array(joined_dtype(args, statics), (Length.of(len(args)),))


def _push_array_of(call: Call, tangents: Sequence[Atom | None]) -> Atom | None:
    if all(tangent is None for tangent in tangents):
        return None
    filled = [as_atom(0.0) if tangent is None else tangent for tangent in tangents]
    wanted = dtype_of(call.target.type)
    # a Python float is not weak inside np.array: say the dtype where it would become another
    options: dict[str, Any] = {} if joined_dtype(filled, {}) == wanted else {"dtype": wanted}
    return current().apply(array_of, *filled, **options)


array_of = general(
    "array_of",
    lambda *items, dtype=None: np.array(items, dtype=dtype),
    infer=_infer_array_of,
    spelling=Spelling("np.array([*_args])"),
    pushforward=_push_array_of,
    pullback=pull_stack,
    batch=batch_stack,
    defaults={"dtype": None},
    samples=(
        Sample((1.0,)),
        Sample((1.0, 2.5, -3.0)),
        Sample((1.0, 2.0), {"dtype": np.dtype(np.float64)}),
    ),
    description="a vector of numbers",
)


def is_list(value: Any) -> bool:
    return isinstance(value, (list, tuple))


def array_like(value: Any) -> Atom:
    """What NumPy makes of an operand: a (nested) list becomes an array, a number stays one."""
    if is_list(value):
        return array_from(value)
    atom = as_atom(value)
    if not is_number(atom.type):
        raise ArgumentError(f"{value!r} is neither a number nor an array.")
    return atom


def array_from(items: Any, dtype: np.dtype[Any] | None = None) -> Atom:
    """``np.array(items)`` of a nested list of numbers and arrays."""
    shape: list[int] = []
    flat = list(items)
    shape.append(len(flat))
    while flat and all(is_list(item) for item in flat):
        lengths = {len(item) for item in flat}
        if len(lengths) > 1:
            raise ShapeError(f"a nested list has rows of the lengths {sorted(lengths)}.")
        shape.append(lengths.pop())
        flat = [entry for item in flat for entry in item]
    if any(is_list(item) for item in flat):
        return _stacked([array_like(item) for item in items], dtype)
    atoms = [array_like(item) for item in flat]
    if any(shape_of(atom.type) for atom in atoms):
        return _stacked([array_like(item) for item in items], dtype)
    options: dict[str, Any] = {} if dtype is None else {"dtype": dtype}
    vector = current().apply(array_of, *atoms, **options)
    return vector if len(shape) == 1 else current().apply(lookup("reshape"), vector, *shape)


def _stacked(items: list[Atom], dtype: np.dtype[Any] | None) -> Atom:
    result = current().apply(stack, *items)
    if dtype is None or dtype_of(result.type) == dtype:
        return result
    return current().apply(lookup("cast"), result, dtype=dtype)


def with_axes(atom: Atom, rank: int) -> Atom:
    """np.atleast_1d and np.atleast_2d."""
    missing = rank - len(shape_of(atom.type))
    if missing <= 0:
        return atom
    return current().apply(
        lookup("expand_dims"), atom, axis=tuple(range(missing)) if missing > 1 else 0
    )


# --- copies and conversions -----------------------------------------------------------------------


def _same(call: Call, args: Sequence[Atom], flags: Sequence[bool]) -> Atom:
    return args[0]


def _infer_copy(args: Sequence[Atom], statics: Statics) -> Type:
    return Array(dtype_of(args[0].type), shape_of(args[0].type))


copy = linear(
    "copy",
    lambda x: np.array(x),
    infer=_infer_copy,
    spelling=Spelling("_0.copy()", scalar="np.array(_0)"),
    transpose=lambda call, y_bar: y_bar,
    batch=_same,
    samples=(Sample(([1.0, 2.0],)), Sample(([[1.0]],)), Sample(([],))),
)


def _pull_asarray(call: Call, y_bar: Atom) -> Atom:
    """The element of an array without axes."""
    if not isinstance(y_bar.type, Array):
        return y_bar
    return current().apply(lookup("getitem"), y_bar, index=IndexPattern((), True))


asarray = linear(
    "asarray",
    lambda x: np.asarray(x),
    infer=_infer_copy,
    spelling=Spelling("np.asarray(_0)"),
    transpose=_pull_asarray,
    batch=_same,
    samples=(Sample((1.5,)), Sample((2,))),
    description="a number as an array without axes",
)


contiguous = linear(
    "contiguous",
    lambda x: np.ascontiguousarray(x),
    infer=_infer_copy,
    spelling=Spelling("np.ascontiguousarray(_0)"),
    transpose=lambda call, y_bar: y_bar,
    batch=_same,
    memory="view",
    samples=(Sample(([1.0, 2.0],)), Sample(([[1.0, 2.0]],)), Sample(([],))),
    description="the array itself, or a copy whose rows lie one behind the other",
)


def as_array(atom: Atom) -> Atom:
    """`atom`, where it is a number as an array without axes (numbers have no array methods)."""
    return atom if isinstance(atom.type, Array) else current().apply(asarray, atom)


def _converted(value: Any, dtype: Any, copied: bool) -> Atom:
    wanted = known_dtype(dtype)
    if isinstance(value, (list, tuple)):
        return array_from(value, wanted)
    atom = as_array(array_like(value))
    if wanted is not None and wanted != dtype_of(atom.type):
        return current().apply(lookup("cast"), atom, dtype=wanted)
    if copied and isinstance(as_atom(value).type, Array):
        return current().apply(copy, atom)
    return atom


def _array(object: Any, dtype: Any = None, *, copy: Any = True, ndmin: Any = 0) -> Atom:
    wanted = static(copy, "copy")
    if isinstance(wanted, enum.Enum):  # NumPy's own code asks for ALWAYS, IF_NEEDED or NEVER
        wanted = wanted.name == "ALWAYS"
    return with_axes(_converted(object, dtype, bool(wanted)), static(ndmin, "ndmin"))


def _asarray(a: Any, dtype: Any = None) -> Atom:
    return _converted(a, dtype, False)


def _contiguous(a: Any, dtype: Any = None) -> Atom:
    """A copy where the array does not lie that way; no array without axes."""
    atom = with_axes(_converted(a, dtype, False), 1)
    made = current().definition(atom) if isinstance(atom, Variable) else None
    if isinstance(a, (list, tuple)) or (made is not None and made.primitive.name == "cast"):
        return atom
    return current().apply(contiguous, atom)


def _copy(a: Any, order: Any = "K") -> Atom:
    return _converted(a, None, True)


def _copy_method(self: Atom, order: Any = "C") -> Atom:
    return current().apply(copy, self) if isinstance(self.type, Array) else self


def _astype(self: Atom, dtype: Any, *, copy: Any = True) -> Atom:
    wanted = known_dtype(dtype, float)
    if wanted == dtype_of(self.type):
        return _copy_method(self) if static(copy, "copy") else self
    return current().apply(lookup("cast"), self, dtype=wanted)


# --- the user's functions -------------------------------------------------------------------------


def _at_least(rank: int) -> Any:
    def call(*arys: Any) -> Any:
        found = [with_axes(array_like(a), rank) for a in arys]
        return found[0] if len(found) == 1 else tuple(found)

    return call


FUNCTIONS: dict[Any, Any] = {
    np.shape: lambda a: shape_function(array_like(a)),
    np.size: lambda a, axis=None: size_function(array_like(a), axis),
    np.ndim: lambda a: ndim_function(array_like(a)),
    np.array: _array,
    np.asarray: _asarray,
    np.ascontiguousarray: _contiguous,
    np.asfortranarray: _contiguous,  # the order of the axes in memory is none of the trace's
    np.astype: lambda x, dtype, *, copy=True: _astype(array_like(x), dtype, copy=copy),
    np.asanyarray: _asarray,
    np.copy: _copy,
    np.atleast_1d: _at_least(1),
    np.atleast_2d: _at_least(2),
}
METHODS: dict[str, Any] = {"copy": _copy_method, "astype": _astype}
ATTRIBUTES: dict[str, Any] = {
    "dtype": lambda self: Constant.of(dtype_of(self.type)),
    "itemsize": lambda self: dtype_of(self.type).itemsize,
    "nbytes": lambda self: size_function(self) * dtype_of(self.type).itemsize,
}
