"""Leaves that are no numbers: what is known while compiling, and objects read by attribute.

A variant is valid while its known leaves are the same: strings, ints and the like by type and
value, functions, classes and modules by identity.

>>> Known("tanh") == Known("tanh"), Known(1) == Known(1.0), Known(0.0) == Known(-0.0)
(True, False, False)
>>> Known([].append) == Known([].append)
False
"""

from __future__ import annotations

import types
from dataclasses import dataclass
from typing import Any

import numpy as np

_BY_VALUE = (str, bytes, int, bool, float, complex, range, slice)


@dataclass(frozen=True, eq=False)
class Known:
    """A static value, part of the signature."""

    value: Any

    @property
    def by_value(self) -> bool:
        """True where equal values of one class stand for each other; else the object itself."""
        return type(self.value) in _BY_VALUE or isinstance(self.value, (np.dtype, np.generic))

    @property
    def key(self) -> tuple[Any, ...]:
        return key_of(self.value)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Known) and self.key == other.key

    def __hash__(self) -> int:
        return hash(self.key)

    def __repr__(self) -> str:
        return f"Known({self.value!r})"

    def __str__(self) -> str:
        return getattr(self.value, "__name__", None) or repr(self.value)


@dataclass(frozen=True)
class ObjectLeaf:
    """An instance of a class that is no container; its attributes are read where they are used."""

    cls: type

    def __str__(self) -> str:
        return self.cls.__name__


class Same:
    """An object as a key: equal to nothing but itself (kept, so that its id stays taken)."""

    __slots__ = ("value",)

    def __init__(self, value: Any) -> None:
        self.value = value

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Same) and self.value is other.value

    def __hash__(self) -> int:
        return id(self.value)

    def __repr__(self) -> str:
        return f"Same({self.value!r})"


def key_of(value: Any) -> tuple[Any, ...]:
    """A hashable key: equal for values that a program cannot tell apart.

    ``repr`` tells -0.0 from 0.0 and lets nan equal itself.
    """
    kind = type(value)
    if kind in (float, complex) or isinstance(value, np.generic):
        return (kind, repr(value))
    if kind is slice:
        return (kind, key_of(value.start), key_of(value.stop), key_of(value.step))
    if kind is types.MethodType:  # a new object at every access
        return (kind, Same(value.__func__), Same(value.__self__))
    if kind in _BY_VALUE or isinstance(value, np.dtype):
        return (kind, value)
    return (kind, Same(value))
