"""What has a value only where one arm of a branch ran, and where that is sure to be so.

A value that a reverse sweep reads is yielded by the branch in which it was computed, beside a placeholder.  When the
result is differentiated again such a value has a cotangent; in an arm that gives it none a zero must stand,
and the zero of an array needs its shape.  Inside a branch under the same condition the value is there; under the
opposite condition it is not, nobody adds to that cotangent, and a placeholder stands for the zero.  Where conditions
do not tell, the program looks whether the value is there.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping
from contextlib import contextmanager

from adcompiler.ir.nodes import Block, Call, For, If, Statement, While
from adcompiler.ir.types import Array, List
from adcompiler.ir.values import Atom, Constant, Variable, is_unbound
from adcompiler.ir.walk import all_statements
from adcompiler.primitives.absence import ROWS as ZEROS_IF_THERE
from adcompiler.primitives.absence import zeros_if_there
from adcompiler.transform.variables import is_placeholder, placeholder, zero_like

#: a condition, known by how it is computed, and which arm was taken
Decision = tuple[Hashable, int]


class PerhapsAbsent:
    """Of the variables of a program: which may be absent, and the decisions under which they are there."""

    def __init__(self, statements: Iterable[Statement]) -> None:
        self._needs: dict[Variable, frozenset[Decision] | None] = {}
        self._sources: dict[Variable, Atom] = {}
        self._calls: dict[Variable, Call] = {}
        self._joins: dict[Variable, tuple[Atom, Atom, Atom]] = {}
        self._keys: dict[Variable, Hashable] = {}
        self._path: list[Decision] = []
        every = list(all_statements(Block(tuple(statements))))
        collecting: dict[Atom, For] = {}
        for s in every:
            if isinstance(s, Call):
                self._calls[s.target] = s
            for value, target in _handed_on(s):
                if not is_placeholder(value):
                    self._sources.setdefault(target, value)
            if isinstance(s, If):
                pairs = zip(s.then.results, s.orelse.results, strict=True)
                joins = zip(s.targets, pairs, strict=True)
                self._joins.update((target, (s.condition, *pair)) for target, pair in joins)
            if isinstance(s, (For, While)):
                # what a loop carries and nothing is bound to before it may not be there in the first iterations
                for (v, initial), target in zip(s.carried, s.targets, strict=False):
                    if is_unbound(initial):
                        self._needs[v] = self._needs[target] = None
            if isinstance(s, For):
                collecting.update((sequence, s) for sequence in s.targets[len(s.carried) :])
                self._count_as(s, collecting)
        size = -1
        while len(self._needs) != size:
            size = len(self._needs)
            for s in every:
                self._note(s)

    def _count_as(self, s: For, collecting: Mapping[Atom, For]) -> None:
        """A loop that goes through the tape of another one, over the same range, has the index of that one."""
        for _, tape in s.consumed:
            sequence: Atom | None = tape
            while isinstance(sequence, Variable) and sequence not in collecting:
                sequence = self._sources.get(sequence)
            recorded = None if sequence is None else collecting.get(sequence)
            if recorded is not None and self._bounds(recorded) == self._bounds(s):
                self._sources.setdefault(s.index, recorded.index)

    def _bounds(self, s: For) -> list[Hashable]:
        return [self._key(bound) for bound in s.bounds]

    def _note(self, s: Statement) -> None:
        if isinstance(s, If):
            for target, *pair in zip(s.targets, s.then.results, s.orelse.results, strict=True):
                for arm, (value, other) in enumerate((pair, pair[::-1])):
                    if is_placeholder(other):
                        needed = self._needed(value)
                        here = (self._key(s.condition), arm)
                        self._needs[target] = None if needed is None else needed | {here}
                    elif value in self._needs and target not in self._needs:
                        self._needs[target] = (
                            None  # either value may be absent, each under its own decisions
                        )
            return
        if isinstance(s, Call) and s.primitive in ZEROS_IF_THERE:
            self._needs[s.target] = None
        for value, target in _handed_on(s):
            if value in self._needs or is_placeholder(value):
                self._needs[target] = self._needed(value)

    def _needed(self, value: Atom) -> frozenset[Decision] | None:
        if is_placeholder(value):
            return None
        return self._needs.get(value, frozenset()) if isinstance(value, Variable) else frozenset()

    def _key(self, atom: Atom) -> Hashable:
        """The same for a condition and for what decides it again in the reverse sweep."""
        if isinstance(atom, Constant):
            return ("constant", repr(atom.value))
        assert isinstance(atom, Variable)
        if atom not in self._keys:
            self._keys[atom] = atom  # stands for itself while what it comes from is looked at
            if atom in self._sources:
                self._keys[atom] = self._key(self._sources[atom])
            elif atom in self._joins:
                self._keys[atom] = ("if", *map(self._key, self._joins[atom]))
            elif atom in self._calls and not self._calls[atom].primitive.effect:
                call = self._calls[atom]
                statics = repr(sorted(call.statics.items(), key=lambda item: item[0]))
                self._keys[atom] = (call.primitive.name, statics, *map(self._key, call.args))
        return self._keys[atom]

    @contextmanager
    def within(self, condition: Atom, arm: int) -> Iterator[None]:
        """While the arm of a branch is reversed."""
        self._path.append((self._key(condition), arm))
        try:
            yield
        finally:
            self._path.pop()

    def zero(self, variable: Variable) -> Atom:
        """The zero that stands for the cotangent of a variable here, a placeholder where the variable is not there."""
        needed, path = self._needs.get(variable, frozenset()), set(self._path)
        if needed is not None and needed <= path:
            return zero_like(variable)
        never = needed is not None and any((key, 1 - arm) in path for key, arm in needed)
        if never or not isinstance(variable.type, (Array, List)):
            return placeholder(variable.type)
        return zeros_if_there(variable)


def _handed_on(s: Statement) -> Iterator[tuple[Atom, Variable]]:
    """What comes out of a branch or a tape under another name: (the value, its new name)."""
    if isinstance(s, If):
        for target, *pair in zip(s.targets, s.then.results, s.orelse.results, strict=True):
            if sum(map(is_placeholder, pair)) == 1:
                yield next(value for value in pair if not is_placeholder(value)), target
    elif isinstance(s, (For, While)):
        yield from zip(s.collected, s.targets[len(s.carried) :], strict=True)
        yield from ((sequence, value) for value, sequence in s.consumed)
