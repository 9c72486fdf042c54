"""Packages that a program may use and adcompiler does without: SciPy.

Each has rooms of its own, with tables like those of the other rooms.  They import the package, so they are entered
into the catalogue when a function is met that it does not know and the user's program has imported the package.
A further module needs a line in `EXTRAS`, a package of rooms, and its hand-written verdicts in `scipy_reasons`.

>>> [extra.module for extra in EXTRAS][0], EXTRAS[0].spelled
('scipy.special', 'special')
"""

from __future__ import annotations

import importlib
import importlib.util
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Extra:
    """`module` is where users find the functions, `rooms` the package that has their rows in modules listed as
    ``ROOMS``, `spelled` how generated code calls the module.
    """

    module: str
    rooms: str
    spelled: str

    @property
    def package(self) -> str:
        """Where generated code imports the module from.

        >>> EXTRAS[0].package
        'scipy'
        """
        return self.module.rpartition(".")[0]


EXTRAS: tuple[Extra, ...] = (
    Extra("scipy.special", "adcompiler.primitives.scipy_special", "special"),
    Extra("scipy.linalg", "adcompiler.primitives.scipy_linalg", "linalg"),
)
#: names that templates may use
SPELLED = {extra.spelled: extra for extra in EXTRAS}
_PACKAGES = {extra.package for extra in EXTRAS}
_NUMPY_UFUNCS = frozenset(id(f) for f in vars(np).values() if isinstance(f, np.ufunc))


def may_be_from_one(function: Any) -> bool:
    """False for what surely is from elsewhere.  A ufunc does not know where it is from.

    >>> may_be_from_one(np.sin), may_be_from_one(len)
    (False, False)
    """
    if isinstance(function, np.ufunc):
        return id(function) not in _NUMPY_UFUNCS
    homes = (getattr(function, "__module__", None), type(function).__module__)
    return any(str(home).partition(".")[0] in _PACKAGES for home in homes)


def imported() -> list[Extra]:
    """Those that the program has imported."""
    return [extra for extra in EXTRAS if extra.module in sys.modules]


def installed() -> list[Extra]:
    """Those that can be imported."""
    return [extra for extra in EXTRAS if importlib.util.find_spec(extra.package) is not None]


def rooms(extra: Extra) -> Iterator[ModuleType]:
    yield from importlib.import_module(extra.rooms).ROOMS


def home_of(function: Any) -> Extra | None:
    """The extra that exports a function."""
    name = getattr(function, "__name__", None)
    for extra in imported():
        if isinstance(name, str) and getattr(sys.modules[extra.module], name, None) is function:
            return extra
    return None
