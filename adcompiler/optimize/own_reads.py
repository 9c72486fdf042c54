"""What is read of an array before it is overwritten, and used behind, is read into memory of its own.

``t = a[1:]; a[1:] = 0.0; … t …`` keeps the old elements alive; without a copy of the slice, the whole array would have
to be copied.  For the end of the compilation: before, a copy would hide that a slice is written back.

>>> import numpy as np
>>> from adcompiler.ir.builder import Builder
>>> from adcompiler.ir.index import IndexPattern, Slice
>>> from adcompiler.ir.lengths import Length
>>> from adcompiler.ir.nodes import Function, Parameter
>>> from adcompiler.ir.primitive import lookup
>>> from adcompiler.ir.text import to_text
>>> from adcompiler.ir.types import Array, shape_of
>>> from adcompiler.ir.values import Constant, Variable
>>> from adcompiler.primitives import catalogue
>>> x = Variable("x", Array(np.dtype(float), (Length.symbol("n"),)))
>>> tail = IndexPattern((Slice(1, None),), False)
>>> with Builder().active() as b:
...     a = b.apply(lookup("copy"), x)
...     t = b.apply(lookup("getitem"), a, index=tail)
...     written = b.apply(lookup("setitem"), a, Constant.of(0.0), index=tail)
...     result = b.apply(lookup("add_to_slice"), written, t, index=IndexPattern((Slice(None, -1),), False))
>>> print(to_text(own_reads(Function("f", (Parameter("x", x),), b.block(), result))))
f(x: float64[n])
    v1: float64[n] = copy(x)
    v2: float64[n - 1] = getitem(v1, index=[1:])
    v3: float64[n - 1] = copy(v2)
    v4: float64[n] = setitem(v1, 0.0, index=[1:])
    v5: float64[n] = add_to_slice(v4, v3, index=[:-1])
    return v5
"""

from __future__ import annotations

from dataclasses import replace

from adcompiler.ir.nodes import Block, Call, Function, Statement
from adcompiler.ir.primitive import lookup
from adcompiler.ir.structure import iterate
from adcompiler.ir.types import Array, shape_of
from adcompiler.ir.values import Atom, Variable
from adcompiler.ir.walk import reads, rebuilt_blocks
from adcompiler.optimize.rewrite import revised


def own_reads(function: Function) -> Function:
    results = {leaf for leaf in iterate(function.result) if isinstance(leaf, Variable)}
    return rebuilt_blocks(function, lambda block: _owned(block, results))


def _owned(block: Block, results: set[Variable]) -> Block:
    overwritten = {
        s.args[0]: position
        for position, s in enumerate(block.statements)
        if isinstance(s, Call) and s.primitive.memory == "update"
    }
    if not overwritten:
        return block
    last = _last_reads(block)
    statements: list[Statement] = []
    for position, s in enumerate(block.statements):
        end = overwritten.get(s.args[0], -1) if isinstance(s, Call) and s.args else -1
        used = len(block.statements) if _target(s) in results else last.get(_target(s), -1)
        if isinstance(s, Call) and _is_region(s) and position < end < used:
            region = Variable(None, s.target.type)
            copied = Call(s.target, lookup("copy"), (region,), origin=s.origin, role=s.role)
            statements += [replace(s, target=region), copied]
        else:
            statements.append(s)
    return revised(block, statements=tuple(statements))


def _target(s: Statement) -> Atom | None:
    return s.target if isinstance(s, Call) else None


def _is_region(s: Call) -> bool:
    basic = all(not shape_of(a.type) for a in s.args[1:])
    return basic and s.primitive.name == "getitem" and isinstance(s.target.type, Array)


def _last_reads(block: Block) -> dict[Atom | None, int]:
    """Where each variable is read last: the position of a statement of the block, or behind all of them."""
    found: dict[Atom | None, int] = {}
    for position, s in enumerate(block.statements):
        for atom in reads(Block((s,))):
            found[atom] = position
    found.update((atom, len(block.statements)) for atom in block.results)
    return found


__all__ = ["own_reads"]
