"""Which variables may hold None in the run: what only one arm of a branch makes, or no iteration has bound yet.

>>> from adcompiler.ir.nodes import Block, If
>>> from adcompiler.ir.types import BOOL, FLOAT
>>> from adcompiler.ir.values import Variable, unbound
>>> x, c, y = Variable("x", FLOAT), Variable("c", BOOL), Variable("y", FLOAT)
>>> choice = If((y,), c, Block((), (x,)), Block((), (unbound(FLOAT),)))
>>> perhaps_none([choice]) == {y}
True
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from adcompiler.analysis.dataflow import forward_graph, reached
from adcompiler.ir.nodes import Block, Call, For, If, Statement, While
from adcompiler.ir.values import Atom, Constant, Variable
from adcompiler.ir.walk import all_statements

#: what gives None for None
_HANDS_ON = frozenset({"copied_record"})
#: what gives None of itself
_GIVES = frozenset({"zeros_if_there", "list_zeros_if_there", "list_of_zeros_if_there"})


def perhaps_none(statements: Iterable[Statement]) -> set[Variable]:
    """The variables that a placeholder may reach; of what is computed with them none."""
    block = Block(tuple(statements))
    graph = forward_graph(block, lambda call, _: call.primitive.name in _HANDS_ON)
    return reached(graph, _sources(block))


def _sources(block: Block) -> Iterator[Variable]:
    for s in all_statements(block):
        if isinstance(s, Call):
            if s.primitive.name in _GIVES:
                yield s.target
        elif isinstance(s, If):
            for target, *pair in zip(s.targets, s.then.results, s.orelse.results, strict=True):
                if any(map(_is_none, pair)):
                    yield target
        elif isinstance(s, (For, While)):
            for (variable, initial), target in zip(s.carried, s.targets, strict=False):
                if _is_none(initial):
                    yield from (variable, target)


def _is_none(atom: Atom) -> bool:
    return isinstance(atom, Constant) and atom.value is None
