"""From an argument to what the compiler may know of it: a structure of abstract leaves.

>>> import numpy as np
>>> from adcompiler.ir.structure import leaves
>>> value = {"w": np.ones((3, 1)), "name": "first", "n": 4}
>>> for leaf in leaves(abstract(value, name="layer", active=False)):
...     print(leaf)
float64[layer['w'].shape[0],1]
'first'
int
>>> print(abstract(3, name="x", active=True))
float
"""

from __future__ import annotations

import array
import collections.abc
import decimal
import enum
import fractions
import functools
import io
import math
import types
from typing import Any

import numpy as np

from adcompiler.errors import ADError, ArgumentError, UnsupportedValueError
from adcompiler.frontend.annotations import from_annotation
from adcompiler.ir.known import Known, ObjectLeaf, Same, key_of
from adcompiler.ir.lengths import ONE, Length
from adcompiler.ir.structure import Branch, Structure, accessors, leaves, open_container
from adcompiler.ir.types import (
    FLOAT,
    PYTHON_KINDS,
    Array,
    NumpyScalar,
    PythonScalar,
    Type,
    is_inexact,
)

__all__ = ["Known", "ObjectLeaf", "abstract", "from_annotation", "matches", "signature_key"]

_STATIC = (
    str, bytes, type(None), type(Ellipsis), type(NotImplemented), type, range, slice, enum.Enum,
    types.ModuleType, types.FunctionType, types.BuiltinFunctionType, types.MethodType,
    types.MethodWrapperType, types.WrapperDescriptorType, types.MethodDescriptorType,
    types.ClassMethodDescriptorType, types.GenericAlias, types.UnionType, functools.partial,
    np.ufunc, np.dtype, type(np.r_), type(np.c_), type(np.s_), type(np.mgrid), type(np.ogrid),
)  # fmt: skip
_FUNCTION_MAKERS = ("numpy", "scipy", "numba", "functools", "operator", "adcompiler")
#: classes that look like numbers or containers and are neither: what to write instead
_FOREIGN: tuple[tuple[tuple[type, ...], str, str], ...] = (
    ((set, frozenset), "the elements of a set have no order.", "tuple(sorted({name}))"),
    (
        (dict,), "only a plain dict has fixed keys; a subclass may do anything on access.",
        "dict({name})",
    ),
    ((list, tuple), "only plain lists, tuples and named tuples are followed.", "tuple({name})"),
    ((bool, int), "a subclass of int may have its own arithmetic.", "int({name})"),
    ((float,), "a subclass of float may have its own arithmetic.", "float({name})"),
    ((complex,), "a subclass of complex may have its own arithmetic.", "complex({name})"),
    ((str,), "only plain strings are compared when the program is chosen.", "str({name})"),
    (
        (decimal.Decimal, fractions.Fraction), "its arithmetic is not that of floats.",
        "float({name})",
    ),
    (
        (array.array, bytearray, memoryview), "its operators are not those of arrays.",
        "np.asarray({name})",
    ),
    (
        (collections.abc.Iterator, collections.abc.Generator, collections.abc.Coroutine),
        "it can be read only once, so the derivative would consume it.", "tuple({name})",
    ),
    (
        (collections.abc.KeysView, collections.abc.ValuesView, collections.abc.ItemsView),
        "it shows another container, which may change.", "tuple({name})",
    ),
)  # fmt: skip


def abstract(value: object, *, name: str, active: bool) -> Structure:
    """What is known of `value`, which the program reads as `name`.

    Leaves are types, `Known` values and `ObjectLeaf`s.  `active`: a derivative is asked for; an int
    is then taken as a float, and an array of integers is an error; an empty container has an empty derivative.
    """
    structure = _Walk(active).structure(value, name)
    found = leaves(structure)
    if active and found and not any(map(_has_derivative, found)):
        raise _no_derivative(value, structure, name)
    return structure


def _has_derivative(leaf: object) -> bool:
    return isinstance(leaf, Type) and is_inexact(leaf)


def matches(value: object, structure: Structure) -> bool:
    """True where `abstract(value)` would give `structure`, whatever the names of its lengths."""
    if isinstance(structure, Branch):
        branch = open_container(value)
        return (
            branch is not None
            and branch.form == structure.form
            and all(type(a) is type(b) for a, b in zip(branch.keys, structure.keys, strict=True))
            and all(map(matches, branch.children, structure.children))
        )
    if isinstance(structure, Known):
        return type(value) is type(structure.value) and Known(value) == structure
    if isinstance(structure, ObjectLeaf):
        return type(value) is structure.cls
    if isinstance(structure, PythonScalar):
        scalar = PYTHON_KINDS.get(type(value))
        return scalar is not None and scalar.kind == structure.kind
    if isinstance(structure, NumpyScalar):
        return isinstance(value, np.generic) and value.dtype == structure.dtype
    return (
        isinstance(structure, Array)
        and type(value) is np.ndarray
        and value.dtype == structure.dtype
        and len(value.shape) == structure.rank
        and all(
            (length == 1) == known.is_one and known.constant in (None, length)
            for length, known in zip(value.shape, structure.shape, strict=True)
        )
    )


def signature_key(structure: Structure) -> Any:
    """A hashable key: equal for values that the same program serves."""
    if isinstance(structure, Branch):
        keys = tuple(key if type(key) is str else key_of(key) for key in structure.keys)
        children = tuple(signature_key(child) for child in structure.children)
        return (structure.kind, Same(structure.cls), keys, children)
    return structure


class _Walk:
    def __init__(self, active: bool) -> None:
        self.active = active
        self.open: set[int] = set()

    def structure(self, value: object, name: str) -> Structure:
        branch = open_container(value)
        if branch is None:
            return self.leaf(value, name)
        if id(value) in self.open:
            raise UnsupportedValueError(
                f"`{name}` contains itself.",
                why="the structure of an argument must be finite.",
                write="a container without the reference to itself",
            )
        if branch.kind == "dict":
            for key in branch.keys:
                _check_key(key, name)
        self.open.add(id(value))
        children = tuple(
            self.structure(child, name + accessors((position,), branch)[0])
            for position, child in enumerate(branch.children)
        )
        self.open.discard(id(value))
        return branch.rebuilt(children)

    def leaf(self, value: object, name: str) -> Any:
        scalar = PYTHON_KINDS.get(type(value))
        if scalar is not None:
            if scalar.kind != "int":
                return scalar
            if self.active and not self.open:
                return FLOAT
            return PythonScalar("int", Length.symbol(name, may_be_one=True))
        if isinstance(value, np.ndarray):
            return self.array(value, name)
        if isinstance(value, np.generic):
            _check_dtype(value.dtype, name, "a NumPy scalar")
            return NumpyScalar(value.dtype)
        if type(value) is slice:
            _check_slice(value, name)
        if _is_static(value):
            return Known(value)
        for classes, why, write in _FOREIGN:
            if isinstance(value, io.IOBase):  # written to, never iterated over
                break
            if isinstance(value, classes) and not isinstance(value, enum.Enum):
                raise UnsupportedValueError(
                    f"`{name}` is a {type(value).__name__}.", why=why, write=write.format(name=name)
                )
        return ObjectLeaf(type(value))

    def array(self, value: np.ndarray[Any, Any], name: str) -> Array:
        if type(value) is not np.ndarray:
            raise UnsupportedValueError(
                f"`{name}` is a {type(value).__module__}.{type(value).__name__}.",
                why="a subclass of np.ndarray may have its own arithmetic.",
                write=_plain_array(value, name),
            )
        _check_dtype(value.dtype, name, "an array")
        if self.active and value.dtype.kind in "iub":
            raise ArgumentError(
                f"`{name}` is an array of {value.dtype}, which has no derivative.",
                why="the derivative of a value that moves in steps does not exist.",
                write=f"{name}.astype(float), or leave it out of the arguments to differentiate",
            )
        lengths = tuple(
            ONE if length == 1 else Length.symbol(f"{name}.shape[{axis}]")
            for axis, length in enumerate(value.shape)
        )
        return Array(value.dtype, lengths)


def _is_static(value: object) -> bool:
    if isinstance(value, _STATIC):
        return not isinstance(value, str) or type(value) is str or isinstance(value, enum.Enum)
    # functions in disguise: np.sum, a cached function, our own derivatives
    return callable(value) and type(value).__module__.partition(".")[0] in _FUNCTION_MAKERS


def _check_slice(value: slice, name: str) -> None:
    for part in (value.start, value.stop, value.step):
        if part is not None and not isinstance(part, (int, np.integer)):
            raise UnsupportedValueError(
                f"`{name}` is a slice with a bound of class {type(part).__name__}.",
                why="a slice is part of the program, so its bounds must be plain ints.",
                write=f"the bounds as arguments: slice({name}_start, {name}_stop)",
            )


def _check_key(key: object, name: str) -> None:
    """Keys are written into the program, so they must have a literal."""
    parts = key if type(key) is tuple else (key,)
    for part in parts:
        if type(part) in (str, bytes, int, bool, type(None)):
            continue
        if type(part) is float and math.isfinite(part):
            continue
        raise UnsupportedValueError(
            f"`{name}` has a key of class {type(part).__name__}.",
            why="the generated program names each entry by its key, as a literal.",
            write="keys that are strings or ints",
        )


def _check_dtype(dtype: np.dtype[Any], name: str, what: str) -> None:
    if dtype.kind not in "fciub":
        kinds = {
            "O": ("objects", f"{name}.astype(float)"),
            "U": ("strings", "a tuple of strings"),
            "S": ("bytes", "a tuple of bytes"),
            "V": ("records", f"one array per field: {name}['field']"),
            "M": ("dates", f"{name}.astype(float)"),
            "m": ("time spans", f"{name} / np.timedelta64(1, 's')"),
        }
        holds, write = kinds.get(dtype.kind, (str(dtype), f"np.asarray({name}, dtype=float)"))
        raise UnsupportedValueError(
            f"`{name}` is {what} of {holds}.",
            why="only floats, complex numbers, integers and bools are followed.",
            write=write,
        )
    if not dtype.isnative:
        raise UnsupportedValueError(
            f"`{name}` has the byte order of another machine ({dtype.str}).",
            why="results have the native byte order, so its derivative would have another dtype.",
            write=f"{name}.astype({name}.dtype.newbyteorder('='))",
        )


def _plain_array(value: np.ndarray[Any, Any], name: str) -> str:
    if isinstance(value, np.ma.MaskedArray):
        return f"{name}.filled(0.0), and the mask as an argument of its own"
    return f"np.asarray({name})"


def _no_derivative(value: object, structure: Structure, name: str) -> ADError:
    why = "only floats, complex numbers and arrays of them have a derivative."
    write = "another argument in argnums"
    if isinstance(structure, Branch):
        return ArgumentError(
            f"no part of `{name}` has a derivative.",
            why=why + "  Inside a container an int stays an int.",
            write=write + ", or floats: 2.0 instead of 2",
        )
    kind = type(value).__name__
    if isinstance(value, (bool, np.bool_, np.integer)):
        write = f"float({name}), or {write}"
    return ArgumentError(
        f"`{name}` is {'an' if kind[0] in 'aeiouAEIOU' else 'a'} {kind}, which has no derivative.",
        why=why, write=write,
    )  # fmt: skip
