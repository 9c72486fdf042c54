"""Which of the functions in Python is followed where a program calls one of NumPy's."""

from __future__ import annotations

import inspect
from typing import Any

from adcompiler.frontend.bound import Bound
from adcompiler.frontend.numpy_in_python import IN_PYTHON
from adcompiler.frontend.statistics_in_python import OF_COMPLEX, WITH_KEYWORDS
from adcompiler.ir.types import is_complex
from adcompiler.ir.values import Atom, Constant


def in_python(function: Any, args: list[Bound], kwargs: dict[str, Bound]) -> Bound | None:
    """The function that has the same meaning for these arguments, or None."""
    if function in IN_PYTHON:
        return Constant.of(IN_PYTHON[function])
    if function in WITH_KEYWORDS:
        names, found = WITH_KEYWORDS[function]
        parameters = [*inspect.signature(found).parameters]
        given = {**dict(zip(parameters, args, strict=False)), **kwargs}
        if any(name in given and not _is_none(given[name]) for name in names):
            return Constant.of(found)
    if function in OF_COMPLEX and any(isinstance(a, Atom) and is_complex(a.type) for a in args):
        return Constant.of(OF_COMPLEX[function])
    return None


def _is_none(bound: Bound) -> bool:
    return isinstance(bound, Constant) and bound.value is None
