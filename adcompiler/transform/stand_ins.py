"""Where the reverse sweep reads only the shape of an array, another array of that shape stands in.

``zeros_like(a)`` of one version of an array that is written element by element would keep that version: a copy of the
whole array in each iteration.  What the loop started from has the same shape, and is at hand.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from adcompiler.ir.builder import Builder
from adcompiler.ir.nodes import Block, Call, For, If, Statement, While
from adcompiler.ir.types import Array
from adcompiler.ir.values import Atom, Variable
from adcompiler.ir.walk import targets_of

#: the statement that defines a variable of the iteration, and which of its targets it is
Definition = Callable[[Variable], tuple[Statement, int] | None]


class StandIns:
    """`initial` maps what the loop carries to what it starts from."""

    def __init__(self, initial: Mapping[Variable, Atom], definition: Definition) -> None:
        self.initial = initial
        self.definition = definition

    def block(self, block: Block, mirrors: dict[Statement, Any]) -> Block:
        """The block with stand-ins for every operand of which only the shape is read.

        `mirrors` is keyed by statements; those that change keep their entry.
        """
        statements: list[Statement] = []
        for s in block.statements:
            found = self._statement(s, mirrors)
            if found[-1] is not s and s in mirrors:
                mirrors[found[-1]] = mirrors[s]
            statements += found
        if len(statements) == len(block.statements) and all(
            a is b for a, b in zip(statements, block.statements, strict=True)
        ):
            return block
        return Block(tuple(statements), block.results)

    def _statement(self, s: Statement, mirrors: dict[Statement, Any]) -> list[Statement]:
        if isinstance(s, If):
            then, orelse = self.block(s.then, mirrors), self.block(s.orelse, mirrors)
            changed = then is not s.then or orelse is not s.orelse
            return [replace(s, then=then, orelse=orelse) if changed else s]
        if isinstance(s, (For, While)):
            body = self.block(s.body, mirrors)
            return [s if body is s.body else replace(s, body=body)]
        assert isinstance(s, Call)
        if not s.primitive.shape_only:
            return [s]
        with Builder(s.origin, s.role).active() as builder:
            args = tuple(
                self._instead(a, builder) if k in s.primitive.shape_only else a
                for k, a in enumerate(s.args)
            )
        same = all(a is b for a, b in zip(args, s.args, strict=True))
        return [s] if same else [*builder.statements, replace(s, args=args)]

    def _instead(self, atom: Atom, builder: Builder) -> Atom:
        found = self.find(atom, builder)
        return atom if found is None or found.type != atom.type else found

    def find(self, atom: Atom, builder: Builder) -> Atom | None:
        """An array of the same shape: from outside the iteration, or as it was made inside.

        Views are appended to `builder`.
        """
        if not isinstance(atom, Variable) or not isinstance(atom.type, Array):
            return None
        if atom.type.changes_in_loop:
            return None  # the same unknown stands for another number in each iteration
        path: list[Call] = []
        within: dict[Variable, tuple[Statement, int]] = {}  # the arms that are gone through
        while True:
            assert isinstance(atom, Variable)
            following: Atom | None = None
            if atom in self.initial:
                following = self.initial[atom]
            else:
                defined = within.get(atom) or self.definition(atom)
                if defined is None:
                    break
                s, position = defined
                if isinstance(s, If):
                    following = s.then.results[position]
                    for inner in s.then.statements:
                        within.update((t, (inner, k)) for k, t in enumerate(targets_of(inner)))
                elif isinstance(s, (For, While)):
                    following = s.carried[position][1] if position < len(s.carried) else None
                elif isinstance(s, Call) and s.primitive.memory == "update":
                    following = s.args[0]
                elif isinstance(s, Call) and s.primitive.memory == "view":
                    if atom in within or any(isinstance(a.type, Array) for a in s.args[1:]):
                        return None
                    path.append(s)
                    following = s.args[0]
                elif isinstance(s, Call) and s.primitive.kind == "elementwise":
                    following = next((a for a in s.args if a.type == atom.type), None)
                if following is None and not path and _is_made_of_lengths(s):
                    return None if atom in within else atom
                if following is None or (not path and following.type != atom.type):
                    return None
            if not isinstance(following, Variable):
                return None
            if not isinstance(following.type, Array):
                return None
            atom = following
        result: Atom = atom
        for call in reversed(path):
            result = builder.apply(call.primitive, result, *call.args[1:], **call.statics)
        return result


def _is_made_of_lengths(s: Statement) -> bool:
    """True for `np.zeros((n, m))`: made again it costs less than its later elements would."""
    return (
        isinstance(s, Call)
        and s.primitive.memory == "fresh"
        and not any(isinstance(a.type, Array) for a in s.args)
    )
