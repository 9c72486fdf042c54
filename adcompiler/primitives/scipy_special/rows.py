"""What the rooms of `scipy.special` share: a row for a ufunc, one for each of several results, a refusal.

A ufunc of SciPy broadcasts like one of NumPy, and its types are what it says itself; many take complex numbers,
and their derivatives below are those of holomorphic functions.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from scipy import special

from adcompiler.errors import ArgumentError, NoDerivativeError
from adcompiler.ir.builder import current
from adcompiler.ir.primitive import Infer, Primitive, Statics, registry
from adcompiler.ir.types import PythonScalar, Type, is_complex
from adcompiler.ir.values import Atom
from adcompiler.primitives.kinds import Partial, elementwise
from adcompiler.primitives.samples import SMALL_INTEGER, Domain
from adcompiler.primitives.shapes import elementwise_type, numbers, result_dtype

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


def own_name(name: str) -> str:
    """A name of the registry; `math` and NumPy have some of them already."""
    return f"special_{name}" if name in registry() else name


def unknown(name: str, argument: str, why: str = "", write: str = "") -> Callable[..., Any]:
    """The partial with respect to an argument for which none is known: asking for it is an error."""

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


def is_whole(atom: Atom) -> bool:
    """True for an int, or an array of them."""
    return np.dtype(getattr(atom.type, "dtype", float)).kind in "iu" or (
        isinstance(atom.type, PythonScalar) and atom.type.kind == "int"
    )
