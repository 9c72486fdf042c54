"""What the constructs of Python mean here, each reached through the frame that is being run.

A subscript may call a method, a call evaluates defaults, an operator enters a user's `__add__`: the rooms of this
folder need one another in a circle.  None imports another for it: they ask the frame, and `lower`, which imports them
all, hands their functions in.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from adcompiler.frontend.bound import Bound
from adcompiler.ir.values import Atom

__all__ = ["Interpreter", "Interpreting"]


@dataclass(frozen=True)
class Interpreter:
    """One function for each meaning; all take the frame first."""

    #: expressions
    evaluate: Callable[[Any, Any], Bound]
    handed_on: Callable[[Any, Any], Bound]
    unpacked: Callable[[Any, Bound], list[Bound]]
    binary: Callable[[Any, str, Bound, Bound], Bound]
    unary: Callable[[Any, str, Bound], Bound]
    #: comparisons and truth
    one_comparison: Callable[[Any, str, Bound, Bound], Bound]
    negated: Callable[[Any, Bound], Atom]
    #: calls
    call: Callable[[Any, Bound, list[Bound], dict[str, Bound]], Bound]
    call_operator: Callable[..., Bound]
    apply_row: Callable[..., Bound]
    inline: Callable[..., Bound]
    differentiate: Callable[[Any, Any, list[Bound], dict[str, Bound]], Bound]
    #: attributes and items
    attribute: Callable[[Any, Bound, str], Bound]
    subscript: Callable[[Any, Bound, Bound], Bound]
    #: statements
    assign: Callable[[Any, Any, Bound], None]


class _HasInterpreter(Protocol):
    interpreter: Interpreter


class Interpreting:
    """The meanings as methods of a frame."""

    program: _HasInterpreter

    def evaluate(self, node: Any) -> Bound:
        """Lower one expression that is computed with."""
        return self.program.interpreter.evaluate(self, node)

    def handed_on(self, node: Any) -> Bound:
        """Lower one expression whose value is bound, handed on or tested: it may be None."""
        return self.program.interpreter.handed_on(self, node)

    def unpacked(self, bound: Bound) -> list[Bound]:
        """The elements of what stands behind a star or is assigned to several names."""
        return self.program.interpreter.unpacked(self, bound)

    def binary(self, operator: str, left: Bound, right: Bound) -> Bound:
        """`left operator right`, containers and objects included; `operator` is named as in `ast`."""
        return self.program.interpreter.binary(self, operator, left, right)

    def unary(self, operator: str, value: Bound) -> Bound:
        return self.program.interpreter.unary(self, operator, value)

    def one_comparison(self, operator: str, left: Bound, right: Bound) -> Bound:
        """`left operator right` for `==`, `<`, `in`, `is` …"""
        return self.program.interpreter.one_comparison(self, operator, left, right)

    def negated(self, value: Bound) -> Atom:
        """`not value`."""
        return self.program.interpreter.negated(self, value)

    def call(self, callee: Bound, args: list[Bound], kwargs: dict[str, Bound]) -> Bound:
        """`callee(*args, **kwargs)`."""
        return self.program.interpreter.call(self, callee, args, kwargs)

    def call_with(self, callee: Bound, *args: Bound) -> Bound:
        """`callee(*args)`."""
        return self.call(callee, list(args), {})

    def call_operator(self, sign: str, *operands: Bound) -> Bound:
        """An operator between numbers or objects with methods of their own."""
        return self.program.interpreter.call_operator(self, sign, *operands)

    def apply_row(
        self,
        row: Callable[..., Any],
        args: list[Bound],
        kwargs: dict[str, Bound],
        name: str,
        style: str,
    ) -> Bound:
        """A catalogue function on plain values; `name` and `style` are the user's spelling."""
        return self.program.interpreter.apply_row(self, row, args, kwargs, name, style)

    def inline(
        self, function: Any, args: list[Bound], kwargs: dict[str, Bound], tail: Any = None
    ) -> Bound:
        """A call of a user's function, entered; with a `tail` it is part of an iteration."""
        return self.program.interpreter.inline(self, function, args, kwargs, tail)

    def differentiate(self, target: Any, args: list[Bound], kwargs: dict[str, Bound]) -> Bound:
        """A derivative that the program asks for."""
        return self.program.interpreter.differentiate(self, target, args, kwargs)

    def attribute(self, owner: Bound, name: str) -> Bound:
        """`owner.name`."""
        return self.program.interpreter.attribute(self, owner, name)

    def subscript(self, owner: Bound, index: Bound) -> Bound:
        """`owner[index]`."""
        return self.program.interpreter.subscript(self, owner, index)

    def assign(self, target: Any, value: Bound) -> None:
        """`target = value`; the target may be a name, an item, an attribute or several of them."""
        self.program.interpreter.assign(self, target, value)
