"""Questions of truth, identity and equality: answered or refused, never guessed.

Objects may answer them in their own way.
"""

from __future__ import annotations

from typing import Any

from adcompiler.errors import UnsupportedValueError
from adcompiler.frontend.bound import Bound, Instance, describe
from adcompiler.frontend.growing import count, is_growing
from adcompiler.ir.builder import current
from adcompiler.ir.primitive import lookup
from adcompiler.ir.structure import Branch
from adcompiler.ir.types import Array, PythonScalar, is_number
from adcompiler.ir.values import Atom, Constant, Variable


def truth(bound: Bound) -> Atom:
    """The truth of what is no number: a container by its length, an object by Python's default."""
    cls = type(bound.value) if isinstance(bound, Instance) else None
    if is_growing(bound):
        return current().apply(lookup("greater"), count(bound), 0)
    if isinstance(bound, Branch):
        if bound.kind not in ("dataclass", "object"):
            return Constant.of(bool(bound.children))
        cls = bound.cls
    if cls is not None and any(hasattr(cls, name) for name in ("__bool__", "__len__")):
        raise UnsupportedValueError(
            f"the truth of an object of class {cls.__name__} is asked for.",
            why="its class decides that itself, from data that may change.",
            write="a comparison of its attributes",
        )
    return Constant.of(True)


def identity(left: Bound, right: Bound) -> bool:
    """`left is right`, where that is known while compiling."""
    for constant, other in ((left, right), (right, left)):
        if not isinstance(constant, Constant) or isinstance(other, Constant):
            continue
        if constant.value is None or isinstance(constant.value, bool):
            return False  # a number, container or object is none of these
        number = isinstance(other, Variable) and is_number(other.type)
        if (number or isinstance(other, Branch)) and not is_number(constant.type):
            return False  # nor a class, a function, NotImplemented, a member of an Enum
    if isinstance(left, Constant) and isinstance(right, Constant):
        return left.value is right.value
    if left is right and not isinstance(left, Variable):
        return True
    raise UnsupportedValueError(
        f"`is` compares {describe(left)} with {describe(right)}.",
        why="whether two values are one object is not a property of the values.",
        write="== for values, or `is None` for a missing argument",
    )


def is_flag(constant: Bound, other: Bound) -> bool:
    """True for `other is True`, where `other` is a bool of the run."""
    return (
        isinstance(constant, Constant)
        and isinstance(constant.value, bool)
        and isinstance(other, Variable)
        and other.type == PythonScalar("bool")
    )


def never_equal(left: Bound, right: Bound) -> None:
    """Refuse unless `left == right` is False by Python's own rules: a number and a string, a list and None."""
    for bound, other in ((left, right), (right, left)):
        own = isinstance(bound, Instance) and "__eq__" in _own_names(type(bound.value))
        own = own or (isinstance(bound, Branch) and bound.kind == "dataclass")
        spreads = isinstance(bound, Variable) and isinstance(bound.type, Array)
        objects = isinstance(bound, Instance) and isinstance(other, Instance)
        containers = isinstance(bound, Branch) and isinstance(other, Branch)
        if own or spreads or objects or containers:
            raise UnsupportedValueError(
                f"{describe(left)} is compared with {describe(right)}.",
                why="comparisons are followed between numbers and arrays; others may mean anything.",
                write="`is None` for a missing argument, or compare the elements",
            )


def _own_names(cls: type) -> set[str]:
    """What a class and its bases define, `object` left out."""
    return {name for base in cls.__mro__ if base is not object for name in vars(base)}


def both_numbers(*bounds: Any) -> bool:
    return all(isinstance(b, (Constant, Variable)) and is_number(b.type) for b in bounds)
