"""The truth of values, and the spelling of what is computed from them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from adcompiler.errors import UnsupportedValueError
from adcompiler.frontend.bound import Bound
from adcompiler.frontend.branches import branch, going_on
from adcompiler.frontend.frame import Frame
from adcompiler.frontend.objects import by_method
from adcompiler.frontend.optional import is_none, is_optional, value_of
from adcompiler.frontend.questions import truth
from adcompiler.frontend.settled import settled
from adcompiler.frontend.texts import refuse_text
from adcompiler.ir.builder import current
from adcompiler.ir.primitive import lookup
from adcompiler.ir.types import Array, is_number
from adcompiler.ir.values import Atom, Constant


@contextmanager
def spelled(style: str) -> Iterator[None]:
    builder = current()
    before, builder.style = builder.style, style
    try:
        yield
    finally:
        builder.style = before


def as_condition(frame: Frame, bound: Bound) -> Atom:
    """The truth of a value, known or computed."""
    bound = settled(frame.program.memory.now(bound), "a condition")
    if isinstance(bound, Constant):
        return Constant.of(bool(bound.value))
    if is_optional(bound):
        value = value_of(bound)
        joined: Atom = going_on(
            branch(
                frame,
                is_none(bound),
                lambda: Constant.of(False),
                lambda: as_condition(frame, value),
            )
        )
        return joined
    refuse_text(bound, "the truth")
    if isinstance(bound, Atom) and is_number(bound.type):
        if isinstance(bound.type, Array) and any(n.cannot_be_one for n in bound.type.shape):
            raise UnsupportedValueError(
                f"the truth of an array of type {bound.type} is ambiguous.",
                why="NumPy itself refuses to turn an array with several elements into a bool.",
                write="np.where(condition, a, b), or condition.any() or condition.all()",
            )
        return bound
    for name in ("__bool__", "__len__"):
        found = by_method(frame, bound, name)
        if found is not None:
            return as_condition(frame, found)
    return truth(bound)


def negated(frame: Frame, value: Bound) -> Atom:
    condition = as_condition(frame, value)
    if isinstance(condition, Constant):
        return Constant.of(not condition.value)
    with spelled("python"):
        return current().apply(lookup("logical_not"), condition)
