"""Parameters that must be known while compiling: an axis, a shape, an ndmin.

An `int` of the user's is abstract until something needs its value; then the variant is specialised
on it.  `static` asks for the value, `ValueNeeded` tells the pipeline which one is missing.
"""

from __future__ import annotations

from typing import Any

from adcompiler.ir.origin import Origin
from adcompiler.ir.primitive import Primitive
from adcompiler.ir.values import Constant, Variable


class ValueNeeded(Exception):  # noqa: N818 - a request to the pipeline, no error of the user's
    """The compilation cannot go on without the value of `variable`."""

    def __init__(self, variable: Variable, what: str = "") -> None:
        super().__init__(
            f"the value of {what or variable.name or 'an operand'} is needed while compiling"
        )
        self.variable = variable
        self.what = what
        self.origin: Origin | None = None  # where the program asks for it
        self.key: tuple[Any, ...] | None = None  # where the value is read from, outside the program


def static(value: Any, what: str = "") -> Any:
    """The plain Python value of `value`; tuples and lists element by element.

    >>> static(Constant.of(2)), static((0, Constant.of(1))), static(None)
    (2, (0, 1), None)
    """
    if isinstance(value, Constant):
        return value.value
    if isinstance(value, Variable):
        raise ValueNeeded(value, what)
    if isinstance(value, (tuple, list)):
        return type(value)(static(item, what) for item in value)
    return value


def differing(row: Primitive, **statics: Any) -> dict[str, Any]:
    """The static parameters that differ from the row's defaults: only those are written."""
    missing = object()
    return {k: v for k, v in statics.items() if row.defaults.get(k, missing) != v}
