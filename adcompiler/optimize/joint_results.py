"""Computes the results of one function in one place: ``w`` and ``V`` of an eigen-decomposition.

A row of the registry has one result, so a factorisation is one row for each of its results, and a
rule asks for those it needs. Here rows that take different results of the same call come together
behind the first of them, in its block or an enclosing one; the backend writes such a run as one
statement, ``w, V = np.linalg.eigh(A)``.

>>> import numpy as np
>>> from adcompiler.ir.builder import Builder
>>> from adcompiler.ir.nodes import REVERSE, Function, Parameter
>>> from adcompiler.ir.lengths import Length
>>> from adcompiler.ir.text import to_text
>>> from adcompiler.ir.types import Array
>>> from adcompiler.ir.values import Variable
>>> from adcompiler.primitives.eigen import eigenvalues, eigenvectors
>>> A = Variable("A", Array(np.dtype(float), (Length.symbol("n"), Length.symbol("n"))))
>>> with Builder(style="numpy").active() as builder:
...     w = eigenvalues(A)
...     square = w * w
>>> builder.style, builder.role = "", REVERSE
>>> with builder.active():
...     V = eigenvectors(A)
...     scaled = V * square
>>> f = Function("f", (Parameter("A", A),), builder.block(), scaled)
>>> print(to_text(join_results(f)))
f(A: float64[n,n])
    v1: float64[n] = eigenvalues(A)
    v2: float64[n,n] = eigenvectors(A)
    v3: float64[n] = multiply(v1, v1)
    v4: float64[n,n] = multiply(v2, v3)
    return v4
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import dataclass, field, replace

from adcompiler.ir.nodes import Block, Call, Function, Statement
from adcompiler.ir.values import Atom, Constant, Variable
from adcompiler.ir.walk import blocks
from adcompiler.optimize.rewrite import Rewriter, revised
from adcompiler.optimize.sameness import key_of


@dataclass
class _Group:
    """The calls for one set of operands: `members` by the result they take."""

    first: Call
    members: dict[int, Call] = field(default_factory=dict)
    together: bool = True

    @property
    def moves(self) -> bool:
        return len(self.members) > 1 and not self.together


def join_results(function: Function) -> Function:
    """The function with rows for results of the same call next to one another."""
    finder = _Finder()
    finder.block(function.body)
    moving = [group for group in finder.groups if group.moves]
    if not moving and not finder.replaced:
        return function
    return _Mover(moving, finder.replaced).function(function)


class _Finder:
    def __init__(self) -> None:
        self.groups: list[_Group] = []
        self.replaced: dict[Variable, Variable] = {}
        self.visible: dict[Hashable, _Group] = {}

    def block(self, block: Block) -> None:
        outer = dict(self.visible)
        previous: Statement | None = None
        for s in block.statements:
            if isinstance(s, Call) and s.primitive.spelling.results:
                self._call(s, previous)
            for inner in blocks(s):
                self.block(inner)
            previous = s
        self.visible = outer

    def _call(self, s: Call, previous: Statement | None) -> None:
        whole, index = s.primitive.spelling.whole
        key = (whole, tuple(map(self._operand, s.args)), key_of(s.statics))
        group = self.visible.get(key)
        if group is None:
            group = _Group(s, {index: s})
            self.groups.append(group)
            self.visible[key] = group
            return
        if s.style and s.origin.statement != group.first.origin.statement:
            return  # what the user computes twice stays as written
        old = group.members.get(index)
        if old is None:
            in_order = previous is group.members.get(max(group.members)) and index == 1 + max(
                group.members
            )
            group.together = group.together and in_order
            group.members[index] = s
        elif s.style and not old.style:
            self.replaced[old.target] = s.target
            group.members[index], group.together = s, False
        elif not s.style:
            self.replaced[s.target] = old.target

    def _operand(self, atom: Atom) -> object:
        if isinstance(atom, Constant):
            return "constant", key_of(atom.value)
        return self.replaced.get(atom, atom) if isinstance(atom, Variable) else atom


class _Mover(Rewriter):
    def __init__(self, groups: list[_Group], replaced: dict[Variable, Variable]) -> None:
        super().__init__()
        self.gone = set(replaced)
        for variable, other in replaced.items():
            while other in replaced:
                other = replaced[other]
            self.replace(variable, other)
        self.group_at = {group.first.target: group for group in groups}
        self.moved = {s.target for group in groups for s in group.members.values()}

    def call(self, s: Call) -> Iterable[Statement]:
        group = self.group_at.get(s.target)
        if group is None:
            return () if s.target in self.moved or s.target in self.gone else (s,)
        return [self._beside(group.members[k], group) for k in sorted(group.members)]

    def _beside(self, s: Call, group: _Group) -> Call:
        """A member as part of the user's statement, where one of them is."""
        named = next((m for m in group.members.values() if m.style), group.first)
        moved = revised(s, args=tuple(map(self.read, s.args)))
        return replace(moved, origin=named.origin, role=group.first.role, style=named.style)
