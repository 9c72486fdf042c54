"""What the compiler knows of a value before the program runs.

A Python float, a NumPy scalar and a 0-d array are three different things: they raise differently,
promote differently and cost differently.

>>> print(Array(np.dtype("float32"), (Length.symbol("x.shape[0]"), Length.of(3))))
float32[x.shape[0],3]
>>> print(FLOAT, NumpyScalar(np.dtype("float64")))
float np.float64
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from adcompiler.ir.lengths import Length

DType = np.dtype[Any]


@dataclass(frozen=True)
class Type:
    """Base of all abstract values that a variable can have."""


@dataclass(frozen=True)
class PythonScalar(Type):
    """A Python ``bool``, ``int``, ``float`` or ``complex``.

    An int that counts something known (``len(x)``, ``n - 1``) carries that length, so that an array made
    with it has a known shape.
    """

    kind: str
    length: Length | None = None

    def __str__(self) -> str:
        return self.kind


@dataclass(frozen=True)
class NumpyScalar(Type):
    """An instance of ``np.generic``, such as ``np.float64(2.0)``."""

    dtype: DType

    def __str__(self) -> str:
        return f"np.{self.dtype}"


@dataclass(frozen=True)
class Array(Type):
    """An ``np.ndarray``; a 0-d array has the empty shape."""

    dtype: DType
    shape: tuple[Length, ...]

    def __str__(self) -> str:
        return f"{self.dtype}[{','.join(map(str, self.shape))}]"

    @property
    def rank(self) -> int:
        return len(self.shape)

    @property
    def changes_in_loop(self) -> bool:
        """True where two arrays of this type may have different shapes, in two iterations of a loop."""
        return any(length.changes_in_loop for length in self.shape)


@dataclass(frozen=True)
class Opaque(Type):
    """A value that is no number (None, a string, a module): carried along, never computed with."""

    name: str

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True)
class Sequence(Type):
    """What a loop collects: one element for each iteration."""

    element: Type

    def __str__(self) -> str:
        return f"sequence of {self.element}"


@dataclass(frozen=True)
class List(Type):
    """A list of the user's whose length only the run knows; its elements have one type.

    It is memory as an array is: ``ys.append(y)`` is a pure update that becomes one in place.
    """

    element: Type

    def __str__(self) -> str:
        return f"list of {self.element}"


@dataclass(frozen=True)
class Results(Type):
    """What a call of a function of the program itself gives, where it gives several things."""

    parts: tuple[Type, ...]

    def __str__(self) -> str:
        return f"({', '.join(map(str, self.parts))})"


@dataclass(frozen=True)
class Tape(Type):
    """What a call recorded for its reverse: nobody but that reads it."""

    def __str__(self) -> str:
        return "tape"


TAPE = Tape()
BOOL = PythonScalar("bool")
INT = PythonScalar("int")
FLOAT = PythonScalar("float")
COMPLEX = PythonScalar("complex")
PYTHON_KINDS: dict[type, PythonScalar] = {bool: BOOL, int: INT, float: FLOAT, complex: COMPLEX}
_PYTHON_CLASSES: dict[str, type] = {"bool": bool, "int": int, "float": float, "complex": complex}
_FLOAT64 = np.dtype(np.float64)
_DTYPES = {
    "bool": np.dtype(bool),
    "int": np.dtype(int),
    "float": _FLOAT64,
    "complex": np.dtype(complex),
}


def dtype_of(type: Type) -> DType:
    """The dtype that NumPy gives the value when it is turned into an array."""
    if isinstance(type, (NumpyScalar, Array)):
        return type.dtype
    if isinstance(type, PythonScalar):
        return _DTYPES[type.kind]
    raise TypeError(f"{type} is not a number")


def promotion_of(type: Type) -> Any:
    """What NumPy's promotion sees: Python scalars are weak (NEP 50), so they stand for their class."""
    if isinstance(type, PythonScalar) and type.kind != "bool":  # a bool is the lowest kind anyway
        return _PYTHON_CLASSES[type.kind]
    return dtype_of(type)


def shape_of(type: Type) -> tuple[Length, ...]:
    return type.shape if isinstance(type, Array) else ()


def is_number(type: Type) -> bool:
    return isinstance(type, (PythonScalar, NumpyScalar, Array))


def is_inexact(type: Type) -> bool:
    """True for floating and complex values, and lists of them: those that can carry a derivative."""
    if isinstance(type, List):
        return is_inexact(type.element)
    return is_number(type) and dtype_of(type).kind in "fc"


def has_memory(type: Type) -> bool:
    """True for what is overwritten in place: arrays, and lists of unknown length."""
    return isinstance(type, (Array, List))


def is_complex(type: Type) -> bool:
    return is_number(type) and dtype_of(type).kind == "c"


def is_scalar(type: Type) -> bool:
    """True for what is no array; a 0-d array is one."""
    return isinstance(type, (PythonScalar, NumpyScalar))


def runs_as_float(type: Type) -> bool:
    """True where plain Python arithmetic computes the same as the user's own spelling."""
    if isinstance(type, PythonScalar):
        return type.kind != "complex"
    return isinstance(type, NumpyScalar) and type.dtype == _FLOAT64


def scalar_or_array(dtype: DType, shape: tuple[Length, ...]) -> Type:
    """What a NumPy function returns: a scalar where the result has no axes."""
    return Array(dtype, shape) if shape else NumpyScalar(dtype)


def type_of(value: object) -> Type:
    """The abstract value of a number that is known while compiling."""
    for cls, kind in PYTHON_KINDS.items():
        if type(value) is cls:
            return kind
    if isinstance(value, np.generic):
        return NumpyScalar(value.dtype)
    if type(value) is np.ndarray:
        return Array(value.dtype, tuple(Length.of(n) for n in value.shape))
    return Opaque(type(value).__name__)
