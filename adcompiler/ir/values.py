"""Variables and constants, the operands of every statement.

Rules are written with ordinary operators (``1.0 - y * y``): an operator on an atom appends the
primitive of that name to the block under construction (see `builder`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from adcompiler.ir.types import Array, List, NumpyScalar, PythonScalar, Type, type_of

_apply: list[Callable[..., Any]] = []


def install_operators(apply: Callable[..., Any]) -> None:
    """Let operators on atoms build statements (called once, by `builder`)."""
    _apply[:] = [apply]


class Atom:
    """An operand: a variable or a constant."""

    __slots__ = ()
    type: Type

    def __add__(self, other: Operand) -> Any:
        return _apply[0]("add", self, other)

    def __radd__(self, other: Operand) -> Any:
        return _apply[0]("add", other, self)

    def __sub__(self, other: Operand) -> Any:
        return _apply[0]("subtract", self, other)

    def __rsub__(self, other: Operand) -> Any:
        return _apply[0]("subtract", other, self)

    def __mul__(self, other: Operand) -> Any:
        return _apply[0]("multiply", self, other)

    def __rmul__(self, other: Operand) -> Any:
        return _apply[0]("multiply", other, self)

    def __truediv__(self, other: Operand) -> Any:
        return _apply[0]("divide", self, other)

    def __rtruediv__(self, other: Operand) -> Any:
        return _apply[0]("divide", other, self)

    def __pow__(self, other: Operand) -> Any:
        return _apply[0]("power", self, other)

    def __neg__(self) -> Any:
        return _apply[0]("negative", self)


Operand = Atom | float | int | complex


@dataclass(frozen=True, eq=False)
class Variable(Atom):
    """A value with one definition.  `name` is the user's own name for it, or what it stands for.

    A derivative variable names its primal by `of` and says with `mark` ("dot" or "bar") which
    derivative it is, so that its identifier can be built from the primal's.  `copied` is the variable
    that it stands for in a copy of a program: what is unknown of one is unknown of the other.
    """

    name: str | None
    type: Type
    of: Variable | None = None
    mark: str = ""
    copied: Variable | None = None

    def rename(self, name: str) -> None:
        """Give a fresh temporary the user's name for it (while lowering, before anyone prints it)."""
        object.__setattr__(self, "name", name)

    def mark_as(self, primal: Variable, mark: str) -> None:
        """Name a fresh temporary after the variable whose derivative it is (while it is being built)."""
        object.__setattr__(self, "of", primal)
        object.__setattr__(self, "mark", mark)

    def __repr__(self) -> str:
        return f"<{self.name or 'v'}: {self.type}>"


@dataclass(frozen=True, eq=False)
class Constant(Atom):
    """A value known while compiling."""

    value: Any
    type: Type

    @staticmethod
    def of(value: object) -> Constant:
        return Constant(value, type_of(value))

    def __repr__(self) -> str:
        return f"<{self.value!r}>"


def unbound(type: Type) -> Constant:
    """What stands for a variable of this type before the program has bound it: never computed with."""
    return Constant(None, type)


def is_unbound(atom: object) -> bool:
    return (
        isinstance(atom, Constant)
        and atom.value is None
        and isinstance(atom.type, (PythonScalar, NumpyScalar, Array, List))
    )


def as_atom(value: Operand) -> Atom:
    return value if isinstance(value, Atom) else Constant.of(value)


def derivative_of(primal: Atom, mark: str, type: Type | None = None) -> Variable:
    """A fresh tangent ("dot") or cotangent ("bar") variable of `primal`."""
    of = primal if isinstance(primal, Variable) else None
    return Variable(None, type or primal.type, of, mark)


_SUBSCRIPTS = str.maketrans("-0123456789", "₋₀₁₂₃₄₅₆₇₈₉")


def label(index: int) -> str:
    """The literature's name of a trace variable (Griewank & Walther 2008, section 2.2).

    >>> label(-1), label(0), label(12)
    ('v₋₁', 'v₀', 'v₁₂')
    """
    return "v" + str(index).translate(_SUBSCRIPTS)
