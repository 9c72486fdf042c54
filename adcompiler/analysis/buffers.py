"""Which arrays share storage with one that is overwritten.

``a' = setitem(a, v, i)`` makes a' in the storage of a where nobody needs a any more.  Whoever keeps a value of that
storage, or a view of it, keeps the old elements from being overwritten: a copy of the whole array.

>>> import numpy as np
>>> from adcompiler.ir.builder import Builder
>>> from adcompiler.ir.index import IndexPattern
>>> from adcompiler.ir.lengths import Length
>>> from adcompiler.ir.types import Array
>>> from adcompiler.ir.values import Variable
>>> from adcompiler.primitives.indexing import setitem
>>> a = Variable("a", Array(np.dtype(float), (Length.symbol("n"),)))
>>> b = Variable("b", a.type)
>>> with Builder().active() as builder:
...     written = setitem(a, 1.0, index=IndexPattern((0,), False))
...     other = b + b
>>> found = overwritten(builder.statements)
>>> a in found, written in found, b in found
(True, True, False)
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from adcompiler.ir.nodes import Block, Call, For, If, Statement, While
from adcompiler.ir.types import List, has_memory
from adcompiler.ir.values import Atom, Variable
from adcompiler.ir.walk import all_statements


def overwritten(statements: Iterable[Statement]) -> set[Variable]:
    """The array variables whose storage some update may overwrite, at any depth."""
    neighbours: dict[Variable, list[Variable]] = {}
    waiting: list[Variable] = []
    for s in all_statements(Block(tuple(statements))):
        for a, b in _shared(s):
            if isinstance(a, Variable) and has_memory(a.type):
                neighbours.setdefault(a, []).append(b)
                neighbours.setdefault(b, []).append(a)
        if isinstance(s, Call) and s.primitive.memory == "update":
            waiting.append(s.target)
    found = set(waiting)
    while waiting:
        for variable in neighbours.get(waiting.pop(), ()):
            if variable not in found:
                found.add(variable)
                waiting.append(variable)
    return found


def _shared(s: Statement) -> Iterator[tuple[Atom, Variable]]:
    """Pairs that may hold the same storage."""
    if isinstance(s, Call):
        # an array in a list is never written, only exchanged
        taken_out = s.args and isinstance(s.args[0].type, List) != isinstance(s.target.type, List)
        if s.primitive.memory != "fresh" and not taken_out and has_memory(s.target.type):
            yield s.args[0], s.target
    elif isinstance(s, If):
        for block in (s.then, s.orelse):
            yield from zip(block.results, s.targets, strict=True)
    elif isinstance(s, (For, While)):
        for (variable, initial), result, target in zip(
            s.carried, s.body.results, s.targets, strict=False
        ):
            yield from ((initial, variable), (result, variable), (target, variable))
