"""When two operands or static parameters are the same value, decided while compiling.

Equality of Python is too coarse for that: ``1 == 1.0 == True`` and ``0.0 == -0.0``, but none may
stand for another; and NaN, which differs from itself, may be merged with itself.

>>> key_of(1) == key_of(1.0), key_of(0.0) == key_of(-0.0)
(False, False)
>>> key_of(float("nan")) == key_of(float("nan"))
True
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import Any

import numpy as np

from adcompiler.ir.values import Atom, Constant


def same_atom(a: Atom, b: Atom) -> bool:
    """The same variable, or constants of the same type and value."""
    if a is b:
        return True
    if isinstance(a, Constant) and isinstance(b, Constant):
        return a.type == b.type and key_of(a.value) == key_of(b.value)
    return False


def key_of(value: Any) -> object:
    """A hashable key: equal keys mean the same value of the same type."""
    cls = type(value)
    if cls in (float, complex):
        return cls, repr(value)  # tells the signs of zeros apart and takes all NaNs as one
    if isinstance(value, np.generic):
        return cls, value.dtype.str, value.tobytes()
    if cls in (tuple, list):
        return cls, tuple(map(key_of, value))
    if isinstance(value, Mapping):
        return cls, tuple((key, key_of(value[key])) for key in sorted(value, key=str))
    if is_dataclass(value) and not isinstance(value, type) and "__eq__" in cls.__dict__:
        # an index pattern: its entries 1 and True are different subscripts
        return cls, tuple(key_of(getattr(value, field.name)) for field in fields(value))
    if cls in (bool, int, str, bytes, type(None)) or isinstance(value, (np.dtype, type)):
        return cls, value
    # arrays, functions and other objects: only itself (it lives as long as the function that
    # holds it)
    return cls, id(value)
