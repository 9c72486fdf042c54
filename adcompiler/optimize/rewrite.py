"""The walk that the passes share: in program order, reading through what was replaced so far.

Every variable is defined before it is read, so one walk carries a replacement to all its readers.
Nodes that do not change are kept, and with them the identity of the whole function.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any, TypeVar

from adcompiler.ir.nodes import Block, Call, For, Function, If, Statement, While
from adcompiler.ir.structure import transform
from adcompiler.ir.values import Atom, Variable

Node = TypeVar("Node", bound=Any)
Pairs = tuple[tuple[Variable, Atom], ...]


def revised(node: Node, **fields: Any) -> Node:
    """`node` with these fields; the same object where it has them (nodes compare by identity)."""
    if all(getattr(node, name) == value for name, value in fields.items()):
        return node
    changed: Node = replace(node, **fields)
    return changed


class Rewriter:
    """A pass overrides `call`, `branch` or `loop`; each gets a statement whose operands are read.

    Recursion goes with the nesting of blocks only, never with their length.
    """

    def __init__(self) -> None:
        self.replaced: dict[Variable, Atom] = {}

    def read(self, atom: Atom) -> Atom:
        return self.replaced.get(atom, atom) if isinstance(atom, Variable) else atom

    def replace(self, variable: Variable, atom: Atom) -> None:
        """From here on, `atom` (already read) stands for `variable`."""
        self.replaced[variable] = atom

    def function(self, function: Function) -> Function:
        body = self.block(function.body)
        result = transform(
            lambda leaf: self.read(leaf) if isinstance(leaf, Atom) else leaf, function.result
        )
        return revised(function, body=body, result=result)

    def block(self, block: Block) -> Block:
        statements: list[Statement] = []
        for statement in block.statements:
            statements.extend(self.statement(statement))
        return revised(block, statements=tuple(statements), results=self._atoms(block.results))

    def statement(self, s: Statement) -> Iterable[Statement]:
        """What stands in the place of `s`."""
        if isinstance(s, Call):
            return self.call(revised(s, args=self._atoms(s.args)))
        if isinstance(s, If):
            return self.branch(revised(s, condition=self.read(s.condition)))
        if isinstance(s, For):
            return self.loop(
                revised(
                    s,
                    bounds=self._atoms(s.bounds),
                    carried=self._pairs(s.carried),
                    consumed=self._pairs(s.consumed),
                )
            )
        if isinstance(s, While):
            return self.loop(
                revised(s, carried=self._pairs(s.carried), consumed=self._pairs(s.consumed))
            )
        raise TypeError(f"a {type(s).__name__} cannot be rewritten")

    def call(self, s: Call) -> Iterable[Statement]:
        return (s,)

    def branch(self, s: If) -> Iterable[Statement]:
        return (revised(s, then=self.block(s.then), orelse=self.block(s.orelse)),)

    def loop(self, s: For | While) -> Iterable[Statement]:
        if isinstance(s, While):
            s = revised(s, test=self.block(s.test))
        body = self.block(s.body)
        leave = None if s.leave is None else self.read(s.leave)
        return (revised(s, body=body, collected=self._atoms(s.collected), leave=leave),)

    def _atoms(self, atoms: tuple[Atom, ...]) -> tuple[Atom, ...]:
        return tuple(map(self.read, atoms))

    def _pairs(self, pairs: Pairs) -> Pairs:
        return tuple((variable, self.read(atom)) for variable, atom in pairs)
