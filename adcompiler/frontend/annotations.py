"""What the annotations of a function promise, used when there was no call yet."""

from __future__ import annotations

import dataclasses
import typing
from typing import Any

import numpy as np

from adcompiler.ir.lengths import Length
from adcompiler.ir.structure import Branch, Structure
from adcompiler.ir.types import FLOAT, PYTHON_KINDS, Array, NumpyScalar, PythonScalar, Type


def from_annotation(annotation: object, name: str, *, active: bool = False) -> Structure:
    """What an annotation promises, used when there was no call yet; a float where it says nothing.

    An array without a rank is taken as a vector of float64.

    >>> from_annotation("np.ndarray", "x").rank
    1
    >>> print(from_annotation(None, "x"), *from_annotation(tuple[float, complex], "p").children)
    float float complex
    """
    if isinstance(annotation, typing.ForwardRef):  # how a NamedTuple keeps a string
        annotation = annotation.__forward_arg__
    if isinstance(annotation, str):
        text = annotation.strip().strip("\"'")
        annotation = np.ndarray if "ndarray" in text.lower() else _NAMED.get(text)
    if typing.get_origin(annotation) is typing.Annotated:
        annotation = typing.get_args(annotation)[0]
    alias = getattr(typing.get_origin(annotation), "__value__", None)
    if alias is not None:  # a `type` statement, such as NDArray[np.float32] since NumPy 2.5
        annotation = alias[typing.get_args(annotation)]
    origin, parts = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is tuple and parts and Ellipsis not in parts:
        children = tuple(
            from_annotation(part, f"{name}[{k}]", active=active) for k, part in enumerate(parts)
        )
        return Branch("tuple", tuple(range(len(parts))), children)
    if annotation is np.ndarray or origin is np.ndarray:
        return Array(_annotated_dtype(parts), (Length.symbol(f"{name}.shape[0]"),))
    if annotation is int:
        return FLOAT if active else PythonScalar("int", Length.symbol(name, may_be_one=True))
    if isinstance(annotation, type):
        if annotation in PYTHON_KINDS:
            return FLOAT if active and annotation is bool else PYTHON_KINDS[annotation]
        if issubclass(annotation, np.generic):
            return _numpy_scalar(annotation)
        if dataclasses.is_dataclass(annotation) or hasattr(annotation, "_fields"):
            return _annotated_fields(annotation, name, active)
    return FLOAT


def _annotated_fields(cls: type, name: str, active: bool) -> Structure:
    """A named tuple or a dataclass by the annotations of its fields."""
    if dataclasses.is_dataclass(cls):
        kind, names = "dataclass", [f.name for f in dataclasses.fields(cls) if f.init]
    else:
        kind, names = "namedtuple", list(getattr(cls, "_fields", ()))
    hints = getattr(cls, "__annotations__", {})
    children = tuple(
        from_annotation(hints.get(field), f"{name}.{field}", active=active) for field in names
    )
    return Branch(kind, tuple(names), children, cls)


_NAMED: dict[str, object] = {
    "float": float, "int": int, "bool": bool, "complex": complex,
    "np.float64": np.float64, "np.float32": np.float32,
}  # fmt: skip


def _numpy_scalar(annotation: type) -> Type:
    if not issubclass(annotation, np.inexact):
        return FLOAT
    try:
        return NumpyScalar(annotation(0).dtype)
    except TypeError:  # an abstract class such as np.floating
        return FLOAT


def _annotated_dtype(parts: tuple[Any, ...]) -> np.dtype[Any]:
    """That of ``npt.NDArray[np.float32]``, which is ``np.ndarray[…, np.dtype[np.float32]]``."""
    for part in parts[1:]:
        for scalar in typing.get_args(part):
            if isinstance(scalar, type) and issubclass(scalar, np.generic):
                found = _numpy_scalar(scalar)
                if isinstance(found, NumpyScalar):
                    return found.dtype
    return np.dtype(np.float64)
