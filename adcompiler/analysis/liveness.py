"""Which variables are live where: exact backward liveness on the structured trace.

A variable is live at a point when some path from there reads it. Instead of one set per point,
which would be quadratic, the result lists the *events*: where a variable is read for the last
time. Every variable has at most one such event on a path, so a walk that follows them knows the
live set everywhere.

>>> from adcompiler.ir.builder import Builder
>>> from adcompiler.ir.nodes import Function, Parameter
>>> from adcompiler.ir.types import FLOAT
>>> from adcompiler.ir.values import Variable
>>> import adcompiler.primitives.arithmetic
>>> x = Variable("x", FLOAT)
>>> with Builder().active() as b:
...     y = x * 2.0
...     z = y * x
>>> program = Function("f", (Parameter("x", x),), b.block(), z)
>>> found = liveness(program)
>>> [sorted(v.name or "v" for v in found.last_uses[s]) for s in program.body.statements]
[[], ['v', 'x']]
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from adcompiler.ir.nodes import Block, For, Function, If, Statement, While
from adcompiler.ir.structure import iterate
from adcompiler.ir.values import Atom, Variable
from adcompiler.ir.walk import block_parameters, ends, operands, recorded_at_once, targets_of

Reads = Callable[[Statement], Iterable[Atom]]
Leaves = Callable[[Iterable[Atom]], Iterable[Atom]]
Inside = Callable[[Statement], bool]
Live = set[Variable]


@dataclass(frozen=True)
class Liveness:
    """The events; `unused` targets are never read, `free` is what a loop reads from outside.

    `last_uses[s]`: read by `s` (its blocks included), dead behind it. `entry_deaths[block]`:
    live before the statement that holds the block, or defined at its head, and dead on entry to
    the block. `dead_inputs`: parameters and captures that nothing reads.
    """

    last_uses: dict[Statement, frozenset[Variable]] = field(default_factory=dict)
    unused: dict[Statement, frozenset[Variable]] = field(default_factory=dict)
    entry_deaths: dict[Block, frozenset[Variable]] = field(default_factory=dict)
    free: dict[Statement, frozenset[Variable]] = field(default_factory=dict)
    dead_inputs: frozenset[Variable] = frozenset()


def liveness(
    function: Function,
    reads: Reads = operands,
    opaque: Inside | None = None,
    leaves: Leaves | None = None,
) -> Liveness:
    """Liveness of a whole function.

    `reads` gives the operands of one statement; a statement for which `opaque` holds is taken
    as one expression, whose blocks are not looked into (the backend prints some `If`s so).
    `leaves` gives what the results of a block read, where they stand for expressions.
    """
    scan = _Scan(reads, opaque or (lambda s: False), leaves or (lambda atoms: atoms))
    live: Live = variables(scan.leaves(a for a in iterate(function.result) if isinstance(a, Atom)))
    scan.block(function.body, live)
    given = [*function.inputs, *(c.variable for c in function.captures)]
    found = scan.found
    return Liveness(
        found.last_uses,
        found.unused,
        found.entry_deaths,
        found.free,
        frozenset(v for v in given if v not in live),
    )


def variables(atoms: Iterable[object]) -> Live:
    return {atom for atom in atoms if isinstance(atom, Variable)}


class _Scan:
    """One backward walk; a set of live variables is changed in place along each block."""

    def __init__(self, reads: Reads, opaque: Inside, leaves: Leaves) -> None:
        self.reads = reads
        self.opaque = opaque
        self.leaves = leaves
        self.found = Liveness()

    def block(self, block: Block, live: Live) -> None:
        """Turn what is live behind the block into what is live before it."""
        live |= variables(self.leaves(block.results))
        for statement in reversed(block.statements):
            self.statement(statement, live)

    def statement(self, s: Statement, live: Live) -> None:
        targets = targets_of(s)
        unused = frozenset(t for t in targets if t not in live)
        if unused:
            self.found.unused[s] = unused
        live.difference_update(targets)
        read = variables(self.reads(s))
        if not self.opaque(s):
            if isinstance(s, If):
                read |= self._arms(s, live, read)
            elif isinstance(s, (For, While)):
                read |= self.free_of(s)
                self._loop(s, live)
        self.found.last_uses[s] = frozenset(read - live)
        live |= read

    def _arms(self, s: If, after: Live, read: Live) -> Live:
        entries: list[tuple[Block, Live]] = []
        for arm in (s.then, s.orelse):
            live = set(after)
            self.block(arm, live)
            entries.append((arm, live))
        before = entries[0][1] | entries[1][1]
        for arm, live in entries:
            self.found.entry_deaths[arm] = frozenset((before | read) - live)
        return before

    def _loop(self, s: For | While, after: Live) -> None:
        """What the loop reads from outside stays live around it; its parameters are set at the
        head.
        """
        around = after | self.free_of(s)
        live = around | variables(a for a in ends(s) if a is s.leave or not recorded_at_once(s, a))
        if isinstance(s, For) and s.collected:
            live.add(s.index)  # it tells where the record goes
        self.block(s.body, live)
        self.found.entry_deaths[s.body] = frozenset(p for p in block_parameters(s) if p not in live)
        if isinstance(s, While):
            # the carried values at the last test are the results of the loop
            at_test = (live - {v for v, _ in s.consumed}) | {v for v, _ in s.carried}
            self.block(s.test, at_test)

    def free_of(self, s: For | While) -> frozenset[Variable]:
        """Variables that a loop reads and neither it nor an inner statement defines (once per
        loop).
        """
        if s not in self.found.free:
            live = self._needed(s.body, variables(ends(s)))
            if isinstance(s, While):
                live |= self._needed(s.test, set())
            live.difference_update(block_parameters(s))
            # a consumed sequence is read at every iteration, and so is what places are counted from
            live |= variables(a for _, a in s.consumed)
            if isinstance(s, For) and (s.consumed or s.collected):
                live |= variables(s.bounds[:1])
            self.found.free[s] = frozenset(live)
        return self.found.free[s]

    def _needed(self, block: Block, live: Live) -> Live:
        live |= variables(self.leaves(block.results))
        for s in reversed(block.statements):
            live.difference_update(targets_of(s))
            live |= variables(self.reads(s))
            if self.opaque(s):
                continue
            if isinstance(s, If):
                live |= self._needed(s.then, set()) | self._needed(s.orelse, set())
            elif isinstance(s, (For, While)):
                live |= self.free_of(s)
        return live
