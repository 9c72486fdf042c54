"""What a rewriting rule may know of the operands of its call, and how it writes its answer."""

from __future__ import annotations

from dataclasses import dataclass, field

from adcompiler.ir.nodes import Call
from adcompiler.ir.primitive import lookup
from adcompiler.ir.types import Type, dtype_of, is_number, shape_of
from adcompiler.ir.values import Atom, Constant, Variable

#: what stands in the place of a call: another atom, or statements of which the last has its target
Rewritten = Atom | list[Call]


def is_ours(call: Call) -> bool:
    """True for what the compiler wrote.

    Its style tells, not its role: in a derivative of a derivative the inner one is primal.
    """
    return not call.style


@dataclass
class Definitions:
    """The statements that rules look through, and how often each variable is read.

    These are what the compiler wrote, and a sign that the user wrote within an expression.

    `uses` is exact for what is alive: a rule that takes a statement apart may do so only where it
    is the one reader, or there would be more work afterwards and not less.
    """

    uses: dict[Variable, int]
    written: dict[Variable, Call] = field(default_factory=dict)
    home: dict[Variable, int] = field(default_factory=dict)
    block: int = 0

    def record(self, call: Call) -> None:
        if is_ours(call) or (call.primitive.name == "negative" and call.target.name is None):
            self.written[call.target] = call
            self.home[call.target] = self.block

    def of(self, atom: Atom, *names: str) -> Call | None:
        """The statement that defines `atom`, if it is known and one of these primitives."""
        call = self.written.get(atom) if isinstance(atom, Variable) else None
        return call if call is not None and call.primitive.name in names else None

    def own(self, atom: Atom, *names: str) -> Call | None:
        """As `of`, where `atom` is read only once and defined in this very block.

        (A statement moved from outside a loop into it would run again in every iteration.)  The
        sign of a number costs nothing, so one of the user's may be taken along with other
        readers.
        """
        call = self.of(atom, *names)
        if call is None or self.home[call.target] != self.block:
            return None
        single = self.uses[call.target] == 1
        return call if single or not (is_ours(call) or shape_of(call.target.type)) else None

    def hold(self, atom: Atom, readers: int) -> None:
        if isinstance(atom, Variable):
            self.uses[atom] = self.uses.get(atom, 0) + readers

    def release(self, call: Call) -> None:
        """`call` reads its operands no more; what only it read is dead, and releases its own."""
        waiting = [call]
        while waiting:
            for atom in waiting.pop().args:
                if isinstance(atom, Variable):
                    self.uses[atom] -= 1
                    if not self.uses[atom] and atom in self.written:
                        waiting.append(self.written[atom])


def inferred(call: Call) -> Type:
    return call.primitive.infer(call.args, call.statics)


def handed_on(call: Call, atom: Atom) -> Atom | None:
    """`atom` in the place of `call`; None where the type would change (``1.0 * n`` of an int)."""
    return atom if atom.type in (call.target.type, inferred(call)) else None


def instead(call: Call, name: str, *args: Atom) -> Call | None:
    """Another primitive with the target of `call`; None where that would change the type."""
    new = Call(call.target, lookup(name), args, origin=call.origin, role=call.role)
    return new if inferred(new) in (call.target.type, inferred(call)) else None


def step(call: Call, name: str, *args: Atom) -> Call:
    """A statement on the way to `call`, with a target of its own."""
    primitive = lookup(name)
    target = Variable(None, primitive.infer(args, {}))
    return Call(target, primitive, args, origin=call.origin, role=call.role)


def same_shape(a: Atom, b: Atom) -> bool:
    """True where moving an operation from one to the other costs nothing."""
    return shape_of(a.type) == shape_of(b.type)


def one(call: Call | None) -> list[Call] | None:
    return None if call is None else [call]


def after(first: list[Call], rest: list[Call] | None) -> list[Call] | None:
    """`first`, then `rest`; None where that is None."""
    return None if rest is None else [*first, *rest]


def both_ways(s: Call) -> tuple[tuple[Atom, Atom], tuple[Atom, Atom]]:
    """The operands of a commutative call in both orders."""
    a, b = s.args
    return (a, b), (b, a)


def with_operand(args: tuple[Atom, ...], position: int, atom: Atom) -> tuple[Atom, ...]:
    return (*args[:position], atom, *args[position + 1 :])


def is_float(s: Call) -> bool:
    return is_number(s.target.type) and dtype_of(s.target.type).kind == "f"


def number(atom: Atom) -> float | None:
    """The value of a literal int or float."""
    if isinstance(atom, Constant) and type(atom.value) in (int, float):
        value: float = atom.value
        return value
    return None
