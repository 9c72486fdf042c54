"""Removes what nobody reads.

>>> from adcompiler.ir.builder import Builder
>>> from adcompiler.ir.nodes import Function, Parameter
>>> from adcompiler.ir.text import to_text
>>> from adcompiler.ir.types import FLOAT
>>> from adcompiler.ir.values import Variable
>>> from adcompiler.primitives.arithmetic import add, multiply
>>> x = Variable("x", FLOAT)
>>> with Builder().active() as builder:
...     square = multiply(x, x)
...     unread = add(square, 1.0)
...     result = multiply(square, x)
>>> f = Function("f", (Parameter("x", x),), builder.block(), result)
>>> print(to_text(f))
f(x: float)
    v1: float = multiply(x, x)
    v2: float = add(v1, 1.0)
    v3: float = multiply(v1, x)
    return v3
>>> print(to_text(eliminate_dead_code(f)))
f(x: float)
    v1: float = multiply(x, x)
    v2: float = multiply(v1, x)
    return v2
"""

from __future__ import annotations

from collections.abc import Iterator

from adcompiler.analysis.dataflow import backward_graph, reached
from adcompiler.ir.effects import has_effects
from adcompiler.ir.nodes import Block, Call, For, Function, If, Statement, While
from adcompiler.ir.structure import iterate
from adcompiler.ir.values import Atom, Variable
from adcompiler.ir.walk import targets_of
from adcompiler.optimize.rewrite import revised


def eliminate_dead_code(function: Function) -> Function:
    """The function without statements, and parts of branches and loops, that are never read.

    A value is alive if the result depends on it, or an effect, or whether and how often an effect happens;
    loops that keep themselves alive (``total = total + x`` with `total` never read) fall with the rest.
    """
    graph = backward_graph(function.body, control=True)
    wanted = (*iterate(function.result), *_read_by_effects(function.body))
    alive = reached(graph, (leaf for leaf in wanted if isinstance(leaf, Variable)))
    return revised(function, body=_sweep(function.body, alive))


def _read_by_effects(block: Block) -> Iterator[Atom]:
    """What effects read, and what decides about them."""
    for s in block.statements:
        if not has_effects(s):
            continue
        if isinstance(s, Call):
            yield from s.args
        elif isinstance(s, If):
            yield s.condition
            yield from _read_by_effects(s.then)
            yield from _read_by_effects(s.orelse)
        else:
            assert isinstance(s, (For, While))
            yield from s.bounds if isinstance(s, For) else s.test.results
            if s.leave is not None:
                yield s.leave
            if isinstance(s, While):
                yield from _read_by_effects(s.test)
            yield from _read_by_effects(s.body)


def _sweep(block: Block, alive: set[Variable]) -> Block:
    kept = tuple(
        _trimmed(statement, alive)
        for statement in block.statements
        if not alive.isdisjoint(targets_of(statement)) or has_effects(statement)
    )
    return revised(block, statements=kept)


def _trimmed(s: Statement, alive: set[Variable]) -> Statement:
    """A statement that is alive, without those of its parts that are not."""
    if isinstance(s, If):
        return _trimmed_branch(s, alive)
    if isinstance(s, (For, While)):
        return _trimmed_loop(s, alive)
    assert isinstance(s, Call)
    return s


def _trimmed_branch(s: If, alive: set[Variable]) -> If:
    kept = [i for i, target in enumerate(s.targets) if target in alive]

    def arm(block: Block) -> Block:
        return revised(_sweep(block, alive), results=tuple(block.results[i] for i in kept))

    targets = tuple(s.targets[i] for i in kept)
    return revised(s, targets=targets, then=arm(s.then), orelse=arm(s.orelse))


def _trimmed_loop(s: For | While, alive: set[Variable]) -> For | While:
    count = len(s.carried)
    # a value read only by the next iteration is carried although its target is not read
    carried = [i for i, (v, _) in enumerate(s.carried) if v in alive or s.targets[i] in alive]
    collected = [i for i in range(len(s.collected)) if s.targets[count + i] in alive]
    results = tuple(s.body.results[i] for i in carried)
    if isinstance(s, While):
        s = revised(s, test=_sweep(s.test, alive))
    return revised(
        s,
        targets=tuple(s.targets[i] for i in (*carried, *(count + i for i in collected))),
        carried=tuple(s.carried[i] for i in carried),
        consumed=tuple(pair for pair in s.consumed if pair[0] in alive),
        body=revised(_sweep(s.body, alive), results=results),
        collected=tuple(s.collected[i] for i in collected),
    )
