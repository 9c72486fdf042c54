"""`name = value`: a temporary takes the name that the user gives it."""

from __future__ import annotations

from typing import Any

from adcompiler.frontend import growing
from adcompiler.frontend.bound import Bound
from adcompiler.frontend.frame import Frame
from adcompiler.frontend.growing import is_growing
from adcompiler.frontend.optional import is_none, is_optional, value_of
from adcompiler.ir.values import Variable


def bind(frame: Frame, target: Any, value: Bound) -> None:
    """`name = value`; a fresh temporary takes the name."""
    give_name(value, target.id)
    frame.scope[target.id] = value


def give_name(value: Bound, name: str) -> None:
    if isinstance(value, Variable) and value.name is None and not value.mark:
        value.rename(name)
    if is_optional(value):
        give_name(is_none(value), f"{name}_is_none")
        give_name(value_of(value), name)
    if is_growing(value):
        growing.give_name(value, name)
