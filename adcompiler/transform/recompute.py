"""Record or recompute: an exact minimal cut for each loop body.

The reverse of an iteration reads values of the forward iteration.  Each of them is present in the reverse sweep either
because it was recorded, or because its statement is computed again from values that are present in turn.  With a node
*present(v)* for each value and *computed(s)* for each statement, the edges

    source → present(required)       infinite
    present(v) → computed(s of v)    the cost of recording v
    computed(s) → sink               the cost of computing s
    computed(s) → present(operand)   infinite

make every finite cut a way to provide what is required, and the cheapest cut the cheapest way.  Values from outside the
iteration are at hand for nothing.  Inner loops come first; each is then one statement, whose tapes are values.
Branches are looked into: a value of an arm is recorded by letting the `If` yield it.

(That recording versus recomputing is a minimal cut: Jain et al., "Checkmate", 2020, solve the general problem; Moses
et al., "Reverse-mode automatic differentiation and optimization of GPU kernels via Enzyme", 2021, cut as here.)
"""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from adcompiler.analysis.absence import perhaps_none
from adcompiler.analysis.buffers import overwritten
from adcompiler.analysis.minimal_cut import INFINITE, Network
from adcompiler.ir.builder import Builder
from adcompiler.ir.effects import has_effects
from adcompiler.ir.nodes import REVERSE, Block, Call, For, If, Statement, While
from adcompiler.ir.primitive import lookup
from adcompiler.ir.types import List, has_memory, is_scalar
from adcompiler.ir.values import Atom, Variable
from adcompiler.ir.walk import (
    Copier,
    all_statements,
    block_parameters,
    free_variables,
    substitute,
    targets_of,
)
from adcompiler.primitives.records import copied_record
from adcompiler.transform import costs
from adcompiler.transform.recording import Branch, Record
from adcompiler.transform.stand_ins import StandIns

Mirrors = dict[Statement, Branch]


@dataclass(frozen=True)
class WrittenArrays:
    """Arrays that share storage with one that is overwritten; `inside_loops` those that a loop makes anew each time.

    Any variable of the program may be among `perhaps_none`: its record is copied where it is there.
    """

    written: set[Variable]
    inside_loops: set[Variable]
    perhaps_none: set[Variable]

    @staticmethod
    def of(statements: Sequence[Statement]) -> WrittenArrays:
        written = overwritten(statements)
        inside: set[Variable] = set()
        if written:
            for s in all_statements(Block(tuple(statements))):
                if isinstance(s, (For, While)):
                    inside.update(block_parameters(s))
                    for inner in all_statements(s.body):
                        inside.update(targets_of(inner))
        return WrittenArrays(
            written, written & inside, perhaps_none(statements) if written else set()
        )


#: the arms around a statement, outermost first
Path = tuple[tuple[Branch, int], ...]
Known = dict[object, Variable]


class Presence:
    """Provides the values of one forward block, and of the arms inside it, to its reverse."""

    def __init__(
        self, root: Builder, record: Record | None, own: set[Variable], arrays: WrittenArrays
    ) -> None:
        self.root = root
        self.record = record
        self.written = arrays.written
        self.perhaps_none = arrays.perhaps_none
        self.perishable = arrays.inside_loops if record is not None else arrays.written
        self.made_by: dict[Variable, tuple[Statement, int, Path]] = {}
        self.initial: dict[Variable, Atom] = {}
        # a number → the first one that is the same operation on the same operands
        self.first: dict[Variable, Variable] = {}
        self.equal: dict[Variable, list[Variable]] = {}
        if record is None:
            for branch in _branches(root):
                self._arms(branch, (), {})
        else:
            self.initial = {v: a for v, a in record.loop.carried if v in own}
            self._define(root, (), {})
        self.steady: set[Statement] | None = None
        self.slices: dict[tuple[Statement, int], If] = {}
        self.taken: dict[Variable, Variable] = {}

    @property
    def consumed(self) -> list[tuple[Variable, Atom]]:
        """What the reverse loop takes from the record: a variable for each sequence."""
        assert self.record is not None
        return [(v, self.record.sequences[kept]) for kept, v in self.taken.items()]

    def _define(self, home: Builder, path: Path, known: Known) -> None:
        for s in home.statements:
            for k, target in enumerate(targets_of(s)):
                self.made_by[target] = s, k, path
            if isinstance(s, Call):
                self._number(s, known)
            branch = home.records.get(s)
            if isinstance(branch, Branch):
                self._arms(branch, path, known)

    def _arms(self, branch: Branch, path: Path, known: Known) -> None:
        for arm, home in enumerate(branch.homes):
            self._define(home, (*path, (branch, arm)), dict(known))

    def _number(self, s: Call, known: Known) -> None:
        """``a[i]`` that is read twice is recorded once."""
        if not is_scalar(s.target.type) or costs.of_computing(s) >= INFINITE:
            return
        args = tuple(self.first.get(a, a) if isinstance(a, Variable) else repr(a) for a in s.args)
        key = s.primitive, args, repr(dict(s.statics)), s.target.type
        earlier = known.setdefault(key, s.target)
        if earlier is not s.target:
            self.first[s.target] = earlier
            self.equal.setdefault(earlier, []).append(s.target)

    def provide(self, reverse: Block, mapping: dict[Variable, Atom], mirrors: Mirrors) -> Block:
        """The reverse block with everything it reads present; `mapping` gets the variables of what is recorded."""
        find = self.made_by.get
        stand_ins = StandIns(self.initial, lambda v: (found := find(v)) and found[:2])
        reverse = stand_ins.block(reverse, mirrors)
        required = [v for v in self._firsts(free_variables(reverse)) if self._is_inside(v)]
        if required:
            recorded, computed = self._cut(required)
            for variable in recorded:
                mapping[variable] = self._record(variable)
                self._share(mapping, variable)
            reverse = self._filled(self.root, computed, reverse, mapping, mirrors)
        if not mapping:
            return reverse
        return Block(
            tuple(substitute(s, lambda a: _read(mapping, a)) for s in reverse.statements),
            tuple(_read(mapping, a) for a in reverse.results),
        )

    def _firsts(self, variables: list[Variable]) -> list[Variable]:
        return list(dict.fromkeys(self.first.get(v, v) for v in variables))

    def _share(self, mapping: dict[Variable, Atom], variable: Variable) -> None:
        mapping.update((v, mapping[variable]) for v in self.equal.get(variable, ()))

    def _is_inside(self, atom: Atom) -> bool:
        return atom in self.made_by or atom in self.initial

    def _has_price(self, variable: Variable) -> bool:
        """Also what is at hand here, but has to be copied around this loop because it is overwritten there."""
        return self._is_inside(variable) or variable in self.perishable

    # ---- the cut ----------------------------------------------------------------------------------

    def _cut(self, required: list[Variable]) -> tuple[list[Variable], set[Variable]]:
        network = Network()
        present: dict[Variable, int] = {}
        computed: dict[object, int] = {}
        ways: dict[Variable, int] = {}
        waiting: list[Variable] = []

        def node(variable: Variable) -> int:
            if variable not in present:
                present[variable] = network.node()
                waiting.append(variable)
            return present[variable]

        for variable in required:
            network.edge(network.source, node(variable), INFINITE)
        while waiting:
            variable = waiting.pop()
            found = self.made_by.get(variable)
            if found is None:
                ways[variable] = network.sink
            else:
                s, position, _ = found
                part = self._part(s, position)
                key = part if isinstance(part, If) else s
                if key not in computed:
                    computed[key] = network.node()
                    cost = 1 if part in self._steady() else costs.of_computing(part)
                    network.edge(computed[key], network.sink, cost)
                    reads = self._firsts(_reads(part)) if cost < INFINITE else []
                    for v in filter(self._has_price, reads):
                        network.edge(computed[key], node(v), INFINITE)
                ways[variable] = computed[key]
            network.edge(present[variable], ways[variable], self._price(variable))
        side = network.source_side()
        kept = [v for v, n in present.items() if n in side]
        recorded = {v for v in kept if ways[v] not in side}
        in_order = [v for v in (*self.initial, *self.made_by) if v in recorded]
        return in_order, {v for v in kept if v not in recorded}

    def _steady(self) -> set[Statement]:
        """Numbers that are the same in every iteration: the program computes them each time, and records none."""
        if self.steady is None:
            self.steady = set()
            same: set[Atom] = set()
            for variable, (s, _, _) in self.made_by.items():
                if isinstance(s, Call) and is_scalar(s.target.type) and not has_effects(s):
                    moving = (a for a in s.args if isinstance(a, Variable) and self._has_price(a))
                    if all(a in same for a in moving) and not any(map(_is_array, s.args)):
                        same.add(variable)
                        self.steady.add(s)
        return self.steady

    def _price(self, variable: Variable) -> int:
        if not self._is_inside(variable):
            return costs.LATER_COPY
        s, _, path = self.made_by.get(variable, (None, 0, ()))
        if self.record is not None and variable in self.record.sequences:
            return 1
        cost = costs.of_recording(variable, s, variable in self.written)
        return cost + costs.YIELD * len(path)

    def _part(self, s: Statement, position: int) -> Statement:
        """Of a branch, only what one of its targets needs."""
        if isinstance(s, Call):
            return self._of_first(s)
        if not isinstance(s, If):
            return s
        key = s, position
        if key not in self.slices:
            self.slices[key] = _sliced(s, [position])
        return self.slices[key]

    def _of_first(self, s: Call) -> Call:
        """A length is read from the array that the loop started with: it has the same one, and stays at hand."""
        only = s.primitive.shape_only
        if not only or self.initial.keys().isdisjoint(s.args[k] for k in only):
            return s
        args = list(s.args)
        for k in only:
            operand = args[k]
            first = self.initial.get(operand) if isinstance(operand, Variable) else None
            if first is not None and first.type == operand.type:
                args[k] = first
        return replace(s, args=tuple(args))

    # ---- what is recorded -------------------------------------------------------------------------

    def _record(self, variable: Variable) -> Variable:
        """Let the forward sweep keep the value; the variable that has it in the reverse sweep."""
        s, _, path = self.made_by.get(variable, (None, 0, ()))
        kept = variable
        known = self.record is not None and variable in self.record.sequences
        if has_memory(variable.type) and variable in self.written and not known:
            kept = self._copied(variable, s, path[-1][0].homes[path[-1][1]] if path else self.root)
        for branch, arm in reversed(path):
            kept = branch.target(arm, kept)
            branch.rebuild()
        if self.record is None:
            return kept
        self.record.sequence(kept)
        if kept not in self.taken:
            self.taken[kept] = Variable(variable.name, variable.type, variable.of, variable.mark)
        return self.taken[kept]

    def _copied(self, variable: Variable, s: Statement | None, home: Builder) -> Variable:
        """What is overwritten later is copied where it is recorded."""
        copy = Variable(variable.name, variable.type, variable.of, variable.mark)
        source = self.record.loop if s is None and self.record is not None else s
        origin, role = (home.origin, home.role) if source is None else (source.origin, source.role)
        row = lookup("list_copy" if isinstance(variable.type, List) else "copy")
        if variable in self.perhaps_none:
            row = copied_record
        call = Call(copy, row, (variable,), origin=origin, role=role)
        here = (k for k, s in enumerate(home.statements, 1) if variable in targets_of(s))
        home.statements.insert(next(here, 0), call)
        return copy

    # ---- what is computed again -------------------------------------------------------------------

    def _filled(
        self,
        home: Builder,
        computed: set[Variable],
        reverse: Block,
        mapping: dict[Variable, Atom],
        mirrors: Mirrors,
    ) -> Block:
        """The reverse of `home` with the statements computed again at its head, the same in its arms."""
        head = list(self._again(home, computed, mapping)) if computed else []
        if computed and home is self.root and self.record is None:
            for sure in _branches(home):
                if sure.only is not None and sure.owner is not home:
                    head += self._again(sure.homes[sure.only], computed, mapping)
        statements: list[Statement] = []
        for s in reverse.statements:
            branch = mirrors.get(s)
            if branch is not None and isinstance(s, If):
                then, orelse = (
                    self._filled(arm, computed, block, mapping, mirrors)
                    for arm, block in zip(branch.homes, (s.then, s.orelse), strict=True)
                )
                s = replace(s, then=then, orelse=orelse)
            statements.append(s)
        return Block((*head, *statements), reverse.results)

    def _again(
        self, home: Builder, computed: set[Variable], mapping: dict[Variable, Atom]
    ) -> Iterator[Statement]:
        for s in home.statements:
            branch = home.records.get(s)
            if isinstance(branch, Branch) and branch.only is not None:
                yield from self._again(branch.homes[branch.only], computed, mapping)
            wanted = [k for k, t in enumerate(targets_of(s)) if t in computed]
            if not wanted:
                continue
            if isinstance(s, Call):
                yield Copier(mapping, REVERSE).statement(self._of_first(s))
                self._share(mapping, s.target)
                continue
            part = _sliced(s, wanted) if isinstance(s, If) else s
            copier = Copier(ChainMap({}, mapping), REVERSE)  # type: ignore[arg-type]
            yield copier.statement(part)
            for k in wanted:
                target = targets_of(s)[k]
                mapping[target] = copier.mapping[target]


def _is_array(atom: Atom) -> bool:
    return not is_scalar(atom.type)


def _read(mapping: dict[Variable, Atom], atom: Atom) -> Atom:
    return mapping.get(atom, atom) if isinstance(atom, Variable) else atom


def _branches(root: Builder) -> list[Branch]:
    """The branches at the top of a sweep, in the block and in those around it."""
    found: dict[Branch, None] = {}
    builder: Builder | None = root
    while builder is not None:
        found.update((r, None) for r in builder.records.values() if isinstance(r, Branch))
        builder = builder.outer
    return list(found)


def _reads(s: Statement) -> list[Variable]:
    return free_variables(Block((s,)))


def _sliced(branch: If, positions: list[int]) -> If:
    """The branch with these targets alone, and only the statements that they need."""

    def arm(block: Block) -> Block:
        results = tuple(block.results[k] for k in positions)
        needed = {a for a in results if isinstance(a, Variable)}
        kept: list[Statement] = []
        for s in reversed(block.statements):
            wanted = [k for k, t in enumerate(targets_of(s)) if t in needed]
            if wanted:
                kept.append(_sliced(s, wanted) if isinstance(s, If) else s)
                needed.update(_reads(kept[-1]))
        return Block(tuple(reversed(kept)), results)

    targets = tuple(branch.targets[k] for k in positions)
    return replace(branch, targets=targets, then=arm(branch.then), orelse=arm(branch.orelse))
