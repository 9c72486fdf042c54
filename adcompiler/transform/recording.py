"""What the forward sweep keeps for the reverse sweep: loops collect it, branches yield it.

A record is made once, where its statement stands, and grows with every reverse sweep that reads the statement.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from adcompiler.ir.builder import Builder
from adcompiler.ir.nodes import Block, For, If, Statement, While
from adcompiler.ir.types import INT
from adcompiler.ir.types import Sequence as SequenceType
from adcompiler.ir.values import Constant, Variable
from adcompiler.transform.variables import placeholder

Loop = For | While


@dataclass(eq=False)
class Record:
    """A loop of the forward sweep: `home` holds its body as it now is, `sequences` what it collects."""

    base: Loop
    loop: Loop
    owner: Builder
    home: Builder
    count: Variable | None
    sequences: dict[Variable, Variable] = field(default_factory=dict)

    def sequence(self, value: Variable) -> Variable:
        """The sequence of the values that a variable of the body has, collected from now on."""
        if value not in self.sequences:
            self.sequences[value] = Variable(None, SequenceType(value.type))
        return self.sequences[value]

    def rebuild(self) -> None:
        base = self.base
        here = dict(zip(base.collected, base.targets[len(base.carried) :], strict=True))
        more = [(v, q) for v, q in self.sequences.items() if here.get(v) is not q]
        changed = replace(
            base,
            targets=(*base.targets, *(q for _, q in more)),
            body=Block(tuple(self.home.statements), base.body.results),
            collected=(*base.collected, *(v for v, _ in more)),
        )
        _exchange(self.owner, self.loop, changed)
        self.loop = changed


@dataclass(eq=False)
class Branch:
    """An `If` of the forward sweep: `homes` hold its arms, `yielded` what they yield beside its own targets."""

    base: If
    branch: If
    owner: Builder
    homes: tuple[Builder, Builder]
    yielded: dict[Variable, tuple[int, Variable]] = field(default_factory=dict)
    #: the arm that surely ran, where the other one raises
    only: int | None = None

    def target(self, arm: int, value: Variable) -> Variable:
        """The variable behind the branch that has the value of a variable of one arm."""
        for result, target in zip(
            (self.base.then, self.base.orelse)[arm].results, self.base.targets, strict=True
        ):
            if result is value and target.type == value.type:
                return target
        if value not in self.yielded:
            self.yielded[value] = arm, Variable(value.name, value.type, value.of, value.mark)
        return self.yielded[value][1]

    def rebuild(self) -> None:
        blocks: list[Block] = []
        for arm, block in enumerate((self.base.then, self.base.orelse)):
            more = (v if k == arm else placeholder(v.type) for v, (k, _) in self.yielded.items())
            statements = tuple(self.homes[arm].statements)
            blocks.append(Block(statements, (*block.results, *more)))
        targets = (*self.base.targets, *(t for _, t in self.yielded.values()))
        changed = replace(self.base, targets=targets, then=blocks[0], orelse=blocks[1])
        _exchange(self.owner, self.branch, changed)
        self.branch = changed


def record_of(builder: Builder, loop: Loop) -> Record:
    """The record of a loop that stands in `builder` or in one around it."""
    owner = _owner(builder, loop)
    found = owner.records.get(loop)
    if found is None:
        base, count = _counting(loop) if isinstance(loop, While) or loop.leave else (loop, None)
        home = _home(owner, base.body)
        found = Record(base, loop, owner, home, count)
        for atom, target in zip(base.collected, base.targets[len(base.carried) :], strict=True):
            if isinstance(atom, Variable):
                found.sequences.setdefault(atom, target)
        owner.records[loop] = found
        found.rebuild()
    assert isinstance(found, Record)
    found.home.outer = builder
    return found


def branch_of(builder: Builder, branch: If) -> Branch:
    """The record of a branch that stands in `builder` or in one around it."""
    owner = _owner(builder, branch)
    found = owner.records.get(branch)
    if found is None:
        homes = _home(owner, branch.then), _home(owner, branch.orelse)
        found = owner.records[branch] = Branch(branch, branch, owner, homes)
    assert isinstance(found, Branch)
    for home in found.homes:
        home.outer = builder
    return found


def _owner(builder: Builder, statement: Statement) -> Builder:
    owner: Builder | None = builder
    while owner is not None:
        if statement in owner.records or statement in owner.statements:
            return owner
        owner = owner.outer
    raise AssertionError("a statement is reversed that stands in no block at hand")


def _home(owner: Builder, block: Block) -> Builder:
    home = Builder(owner.origin, owner.role, outer=owner)
    home.statements = list(block.statements)
    return home


def _exchange(owner: Builder, old: Statement, new: Statement) -> None:
    owner.statements[owner.statements.index(old)] = new
    owner.records[new] = owner.records[old]


def _counting(loop: Loop) -> tuple[Loop, Variable]:
    """The loop with one more carried value: how many iterations it has begun."""
    inner, total = Variable("count", INT), Variable("count", INT)
    with Builder(loop.origin, loop.role).active() as builder:
        following = inner + 1
    body = Block((*builder.statements, *loop.body.statements), (*loop.body.results, following))
    number = len(loop.carried)
    return replace(
        loop,
        carried=(*loop.carried, (inner, Constant.of(0))),
        body=body,
        targets=(*loop.targets[:number], total, *loop.targets[number:]),
    ), total
