"""Where a rule is tested: domains of elementwise operands, and whole argument lists of other rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Domain:
    """An interval to draw from, and points at its edge that must not crash."""

    low: float
    high: float
    edges: tuple[float, ...] = ()
    integer: bool = False


REAL = Domain(-2.0, 2.0, (0.0,))
POSITIVE = Domain(0.2, 3.0)
UNIT = Domain(-0.9, 0.9, (0.0,))
ABOVE_ONE = Domain(1.1, 4.0)
NONZERO = Domain(0.3, 2.5)
SMALL_INTEGER = Domain(1, 4, integer=True)


@dataclass(frozen=True)
class Sample:
    """One call: operands and static parameters.  `operands` are nested lists or numbers."""

    operands: tuple[Any, ...]
    statics: Mapping[str, Any] = field(default_factory=dict)
