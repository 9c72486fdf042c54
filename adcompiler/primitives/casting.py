"""NumPy's number classes called as functions: np.float32(x), np.int64(x)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from adcompiler.errors import ArgumentError
from adcompiler.ir.builder import current
from adcompiler.ir.primitive import lookup
from adcompiler.ir.types import dtype_of, is_complex, is_scalar
from adcompiler.ir.values import Atom
from adcompiler.primitives.arrays import array_like


def _number_class(cls: type[np.generic]) -> Callable[..., Atom]:
    dtype: np.dtype[Any] = np.dtype(cls)

    def call(value: Any = 0.0) -> Atom:
        atom = array_like(value)
        if is_complex(atom.type) and dtype.kind != "c":
            raise ArgumentError(
                f"`np.{cls.__name__}` of complex numbers drops the imaginary part.", write="x.real"
            )
        if dtype_of(atom.type) == dtype and not is_scalar(atom.type):
            return atom  # NumPy makes no copy either
        return current().apply(lookup("cast"), atom, dtype=dtype)

    call.__name__ = cls.__name__
    return call


_CLASSES = {cls for cls in np.sctypeDict.values() if np.dtype(cls).kind in "biufc"}
FUNCTIONS: dict[Any, Any] = {cls: _number_class(cls) for cls in _CLASSES}
