"""What the rooms of `scipy.special` share: a row for a ufunc, one for each of several results, a refusal.

A ufunc of SciPy broadcasts like one of NumPy, and its types are what it says itself; many take complex numbers,
and their derivatives below are those of holomorphic functions.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

import numpy as np
from scipy import special

from adcompiler.errors import ArgumentError, NoDerivativeError
from adcompiler.ir.builder import current
from adcompiler.ir.primitive import Infer, Primitive, Statics, registry
from adcompiler.ir.types import (
    PythonScalar,
    Type,
    dtype_of,
    is_complex,
    scalar_or_array,
    shape_of,
)
from adcompiler.ir.values import Atom, Constant
from adcompiler.primitives.arrays import array_like
from adcompiler.primitives.kinds import Partial, elementwise
from adcompiler.primitives.samples import SMALL_INTEGER, Domain
from adcompiler.primitives.selection import at_least
from adcompiler.primitives.shapes import broadcast_shapes, elementwise_type, numbers, result_dtype

#: functions that are differentiable, but not in all arguments: those in which they are not
WITHOUT: dict[str, str] = {}
#: orders that are whole numbers, of which there is no derivative
ORDER = SMALL_INTEGER


def infer_ufunc(name: str, function: Any, of_complex: bool = True) -> Infer:
    """The type that the ufunc resolves; of Python numbers a Python number."""

    def infer(args: Sequence[Atom], statics: Statics) -> Type:
        numbers(args, f"special.{name}")
        if not of_complex and any(is_complex(a.type) for a in args):
            raise ArgumentError(
                f"`special.{name}` of complex numbers is not supported.",
                why="it is not a holomorphic function of them, or has no rule there.",
                write="real arguments",
            )
        types = [a.type for a in args]
        if all(isinstance(t, PythonScalar) for t in types):
            return PythonScalar("complex" if result_dtype(function, types).kind == "c" else "float")
        return elementwise_type(function, args)

    return infer


def infer_probed(name: str, function: Callable[..., Any], value: float = 2.5) -> Infer:
    """The type of an elementwise Python function: its dtype is what it gives for numbers of these types."""

    def infer(args: Sequence[Atom], statics: Statics) -> Type:
        numbers(args, f"special.{name}")
        types = tuple(a.type for a in args)
        try:
            dtype = _probed(function, tuple(map(_example_type, types)), value)
        except (TypeError, ValueError) as error:
            raise ArgumentError(
                f"`special.{name}` does not take these types: {error}", write="real arguments"
            ) from None
        if all(isinstance(t, PythonScalar) for t in types):
            return PythonScalar({"c": "complex", "f": "float"}.get(dtype.kind, "int"))
        return scalar_or_array(dtype, broadcast_shapes([shape_of(t) for t in types]))

    return infer


def _example_type(type: Type) -> Any:
    """A Python class, a NumPy class, or a dtype standing for arrays of it."""
    if isinstance(type, PythonScalar):
        return {"bool": bool, "int": int, "float": float, "complex": complex}[type.kind]
    return dtype_of(type) if shape_of(type) else dtype_of(type).type


@cache
def _probed(function: Callable[..., Any], types: tuple[Any, ...], value: float) -> np.dtype[Any]:
    examples = [np.full(1, value, t) if isinstance(t, np.dtype) else t(value) for t in types]
    return np.asarray(function(*examples)).dtype


def row(
    name: str,
    partials: Partial | Sequence[Partial | None] | None,
    *samples: Domain,
    of_complex: bool = True,
    verdict: str = "differentiable",
    description: str = "",
) -> Primitive:
    """A row for the ufunc of that name."""
    function = getattr(special, name)
    operands = ", ".join(f"_{k}" for k in range(len(samples)))
    return elementwise(
        own_name(name),
        function,
        array=f"special.{name}({operands})",
        infer=infer_ufunc(name, function, of_complex),
        partials=partials,
        samples=samples,
        verdict=verdict,
        description=description,
    )


def several(
    name: str,
    partials: Sequence[Partial | Sequence[Partial | None]],
    *samples: Domain,
    of_complex: bool = True,
    description: str = "",
) -> tuple[Primitive, ...]:
    """A row for each result of the ufunc of that name."""
    function = getattr(special, name)
    operands = ", ".join(f"_{k}" for k in range(len(samples)))

    def result(number: int) -> Callable[..., Any]:
        return lambda *args: function(*args)[number]

    return tuple(
        elementwise(
            f"{name}_{k}",
            result(k),
            array=f"special.{name}({operands})[{k}]",
            infer=infer_ufunc(name, function, of_complex),
            partials=partial,
            samples=samples,
            results=len(partials),
            description=description,
        )
        for k, partial in enumerate(partials)
    )


def call_of(rows: Sequence[Primitive]) -> Callable[..., Any]:
    """What the catalogue has for a ufunc with several results."""

    def call(*operands: Any) -> tuple[Any, ...]:
        return tuple(current().apply(row, *map(_operand, operands)) for row in rows)

    return call


def _operand(value: Any) -> Any:
    """A list of numbers is an array, as in every ufunc."""
    return array_like(value) if isinstance(value, (list, tuple)) else value


def own_name(name: str) -> str:
    """A name of the registry; `math` and NumPy have some of them already."""
    return f"special_{name}" if name in registry() else name


def unknown(name: str, argument: str, why: str = "", write: str = "") -> Callable[..., Any]:
    """The partial with respect to an argument for which none is known: asking for it is an error."""
    WITHOUT[name] = argument

    def refuse(*_: Any) -> Any:
        raise NoDerivativeError(
            f"the derivative of `special.{name}` with respect to its {argument} is not known.",
            why=why or "no closed form of it is known, and SciPy has no function for it.",
            write=write or f"a {argument} that does not depend on what is differentiated",
            origin=current().origin,
        )

    return refuse


def table(rows: Sequence[Primitive], **names: Primitive) -> dict[Any, Any]:
    """`FUNCTIONS` of a room: the object of SciPy for each row."""
    found: dict[Any, Any] = {}
    for primitive in rows:
        found[primitive.function] = primitive
    for name, primitive in names.items():
        found[getattr(special, name)] = primitive
    return found


def one_less(n: Atom) -> Any:
    """n - 1, and 0 for an order that is 0: where n is also a factor, any finite value serves."""
    if isinstance(n, Constant):
        return n - 1
    return at_least(n - 1, 0) if dtype_of(n.type).kind in "iu" else n - 1


def is_zero(n: Atom) -> bool:
    return isinstance(n, Constant) and n.value == 0
