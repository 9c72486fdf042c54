"""Questions about types: `np.result_type`, `np.finfo`, `np.issubdtype`.  All are answered while compiling."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from adcompiler.errors import ArgumentError
from adcompiler.ir.types import Array, PythonScalar, dtype_of, is_number
from adcompiler.ir.values import Atom, as_atom
from adcompiler.primitives.statics import static

#: what a Python number counts as: less than any number of NumPy's
_WEAK: dict[str, Any] = {"bool": False, "int": 0, "float": 0.0, "complex": 0.0j}


def _stand_in(value: Any) -> Any:
    """Something of the same type that NumPy can be asked about."""
    if isinstance(value, Atom) and is_number(value.type):
        if isinstance(value.type, PythonScalar):
            return _WEAK[value.type.kind]
        empty = np.empty((0,) * len(getattr(value.type, "shape", ())), dtype_of(value.type))
        return empty if isinstance(value.type, Array) else empty[()]
    if isinstance(value, (list, tuple)):
        return [_stand_in(item) for item in value]
    return static(value)


def _asked(function: Callable[..., Any]) -> Callable[..., Any]:
    def call(*operands: Any, **options: Any) -> Any:
        given = {key: static(value, key) for key, value in options.items()}
        try:
            return function(*map(_stand_in, operands), **given)
        except (TypeError, ValueError) as error:
            raise ArgumentError(
                f"`np.{function.__name__}` does not take these arguments: {error}.",
                why="NumPy raises this error here.",
                write="the types that NumPy documents",
            ) from None

    call.__name__ = function.__name__
    return call


def _is_scalar(element: Any) -> bool:
    """``np.isscalar``: numbers of Python and NumPy, but no arrays without axes."""
    if isinstance(element, (list, tuple)) or element is None:
        return False
    if isinstance(element, str):
        return True
    atom = as_atom(element)
    return is_number(atom.type) and not isinstance(atom.type, Array)


_QUESTIONS = (
    np.result_type,
    np.promote_types,
    np.common_type,
    np.can_cast,
    np.issubdtype,
    np.isdtype,
    np.finfo,
    np.iinfo,
    np.mintypecode,
    np.dtype,
)
FUNCTIONS: dict[Any, Any] = {
    **{function: _asked(function) for function in _QUESTIONS},
    np.isscalar: _is_scalar,
}
