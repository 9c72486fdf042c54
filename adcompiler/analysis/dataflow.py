"""One solver for all questions of the form "which variables does this reach?".

Every variable has one definition, so facts flow along edges from a variable to those computed
from it; a loop is a cycle in that graph and needs nothing special: what is reached is the least
fixpoint.

>>> from adcompiler.ir.builder import Builder
>>> from adcompiler.ir.types import FLOAT
>>> from adcompiler.ir.values import Variable
>>> from adcompiler.primitives.arithmetic import add, multiply
>>> x, y = Variable("x", FLOAT), Variable("y", FLOAT)
>>> with Builder().active() as builder:
...     square = multiply(x, x)
...     total = add(square, y)
>>> graph = forward_graph(builder.block())
>>> square in reached(graph, [x]), square in reached(graph, [y])
(True, False)
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from adcompiler.ir.nodes import Block, Call, Custom, For, If, While
from adcompiler.ir.values import Atom, Variable
from adcompiler.ir.walk import all_statements, operands

#: decides whether operand number `position` of a call hands the fact on to its target
Carries = Callable[[Call, int], bool]
Graph = dict[Variable, list[Variable]]


def every_operand(_call: Call, _position: int) -> bool:
    return True


def edges(
    block: Block, carries: Carries = every_operand, *, control: bool = False
) -> Iterator[tuple[Variable, Variable]]:
    """Pairs (source, variable that is computed from it) at any depth.

    `control` also leads from what decides *whether* a value is computed: the condition of an
    `If`, the bounds of a `For`, the test of a `While`.  Derivatives do not flow along these.
    """
    for statement in all_statements(block):
        for atom, target in _flow(statement, carries, control):
            if isinstance(atom, Variable):
                yield atom, target


def _flow(s: object, carries: Carries, control: bool) -> Iterator[tuple[Atom, Variable]]:
    if isinstance(s, Call):
        for position, atom in enumerate(s.args):
            if carries(s, position):
                yield atom, s.target
    elif isinstance(s, If):
        for target, one, other in zip(s.targets, s.then.results, s.orelse.results, strict=True):
            yield one, target
            yield other, target
            if control:
                yield s.condition, target
    elif isinstance(s, (For, While)):
        yield from _loop_flow(s, control)
    elif isinstance(s, Custom):
        for target in s.targets:
            yield from ((atom, target) for atom in operands(s))


def _loop_flow(s: For | While, control: bool) -> Iterator[tuple[Atom, Variable]]:
    # a target is the initial value after no iteration, else what the last one yields
    for (inner, initial), result, target in zip(
        s.carried, s.body.results, s.targets[: len(s.carried)], strict=True
    ):
        for variable in (inner, target):
            yield initial, variable
            yield result, variable
    yield from ((sequence, inner) for inner, sequence in s.consumed)
    yield from zip(s.collected, s.targets[len(s.carried) :], strict=True)
    if control:
        deciding = s.bounds if isinstance(s, For) else s.test.results
        inside = (s.index,) if isinstance(s, For) else ()
        if s.leave is not None:
            deciding = (*deciding, s.leave)
        for target in (*s.targets, *inside):
            for atom in deciding:
                yield atom, target


def forward_graph(
    block: Block, carries: Carries = every_operand, *, control: bool = False
) -> Graph:
    """Variable -> the variables computed from it."""
    graph: Graph = {}
    for source, target in edges(block, carries, control=control):
        graph.setdefault(source, []).append(target)
    return graph


def backward_graph(
    block: Block, carries: Carries = every_operand, *, control: bool = False
) -> Graph:
    """Variable -> the variables it is computed from."""
    graph: Graph = {}
    for source, target in edges(block, carries, control=control):
        graph.setdefault(target, []).append(source)
    return graph


def reached(graph: Graph, start: Iterable[Variable]) -> set[Variable]:
    """`start` and everything that the graph leads to from there."""
    found = set(start)
    waiting = list(found)
    while waiting:
        for neighbour in graph.get(waiting.pop(), ()):
            if neighbour not in found:
                found.add(neighbour)
                waiting.append(neighbour)
    return found
