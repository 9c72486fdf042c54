"""Events of liveness against sets computed the slow way, point by point."""

from __future__ import annotations

import pytest

from adcompiler.analysis.liveness import Liveness, liveness, variables
from adcompiler.ir.builder import Builder
from adcompiler.ir.nodes import Block, For, Function, If, Parameter, Statement, While
from adcompiler.ir.structure import iterate
from adcompiler.ir.types import FLOAT
from adcompiler.ir.values import Variable
from adcompiler.ir.walk import (
    block_parameters,
    ends,
    operands,
    recorded_at_once,
    targets_of,
)
from tests.backend.random_programs import Maker

Live = set[Variable]


def _at_end(s: For | While) -> Live:
    return variables(a for a in ends(s) if not recorded_at_once(s, a))


class Slow:
    """The textbook equations; loops are iterated until nothing changes (those rounds check
    nothing).
    """

    def __init__(self, found: Liveness | None) -> None:
        self.found = found

    def block(self, block: Block, after: Live) -> Live:
        live = after | variables(block.results)
        for s in reversed(block.statements):
            live = self.statement(s, live)
        return live

    def statement(self, s: Statement, after: Live) -> Live:
        outside = after - set(targets_of(s))
        read = variables(operands(s))
        if isinstance(s, If):
            entries = [self.block(arm, outside) for arm in (s.then, s.orelse)]
            before = entries[0] | entries[1] | read
            for arm, entry in (
                () if self.found is None else zip((s.then, s.orelse), entries, strict=True)
            ):
                assert self.found.entry_deaths[arm] == before - entry
        elif isinstance(s, (For, While)):
            before = outside | read | self.loop(s, outside)
        else:
            before = outside | read
        if self.found is not None:
            assert self.found.last_uses[s] == before - outside
            assert self.found.unused.get(s, frozenset()) == set(targets_of(s)) - after
        return before

    def loop(self, s: For | While, outside: Live) -> Live:
        around = outside | variables(a for _, a in s.consumed)
        index = {s.index} if isinstance(s, For) and s.collected else set()
        while True:
            quiet = Slow(None)
            entry = quiet.block(s.body, around | _at_end(s) | index)
            if isinstance(s, While):
                entry |= quiet.block(s.test, entry | {v for v, _ in s.carried})
            more = around | (entry - set(block_parameters(s)))
            if more == around:
                break
            around = more
        entry = self.block(s.body, around | _at_end(s) | index)
        if self.found is not None:
            assert self.found.entry_deaths[s.body] == set(block_parameters(s)) - entry
            assert around - outside <= self.found.free[s]
        if isinstance(s, While):
            parameters = {v for v, _ in s.carried}
            self.block(s.test, (entry - {v for v, _ in s.consumed}) | parameters)
        return around


@pytest.mark.parametrize("seed", range(60))
def test_events_agree_with_the_equations(seed: int) -> None:
    function = Maker(seed).function()
    found = liveness(function)
    live = Slow(found).block(function.body, variables(iterate(function.result)))
    assert found.dead_inputs == set(function.inputs) - live


def test_length_needs_no_recursion() -> None:
    x = Variable("x", FLOAT)
    with Builder().active() as builder:
        total = x
        for _ in range(20_000):
            total = total * x
    function = Function("f", (Parameter("x", x),), builder.block(), total)
    assert not liveness(function).dead_inputs
