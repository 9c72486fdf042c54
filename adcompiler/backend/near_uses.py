"""Small integers stand where they are read: ``a_bar[n - 1]``, not ``t = n - 1`` far above it.

An index such as ``i - 1`` is one value in the trace, whoever reads it.  Written by hand it stands in each of its
places; so does the length of an argument that one statement reads.

>>> from adcompiler.ir.builder import Builder
>>> from adcompiler.ir.index import IndexPattern, Operand
>>> from adcompiler.ir.nodes import Parameter
>>> from adcompiler.ir.text import to_text
>>> from adcompiler.ir.types import INT, Array
>>> import adcompiler.primitives.catalogue
>>> import numpy as np
>>> from adcompiler.ir.lengths import Length
>>> from adcompiler.ir.primitive import lookup
>>> x, i = Variable("x", Array(np.dtype(float), (Length.symbol("n"),))), Variable("i", INT)
>>> with Builder().active() as b:
...     k = b.apply(lookup("subtract"), i, Constant.of(1))
...     pattern = IndexPattern((Operand(0),), False)
...     y = b.apply(lookup("getitem"), x, k, index=pattern) * b.apply(lookup("getitem"), x, k, index=pattern)
>>> f = Function("f", (Parameter("x", x), Parameter("i", i)), b.block(), y)
>>> print(to_text(with_integers_near(f)))
f(x: float64[n], i: int)
    v1: int = subtract(i, 1)
    v2: np.float64 = getitem(x, v1, index=[%0])
    v3: int = subtract(i, 1)
    v4: np.float64 = getitem(x, v3, index=[%0])
    v5: np.float64 = multiply(v2, v4)
    return v5
"""

from __future__ import annotations

from dataclasses import replace

from adcompiler.backend.refold import is_temporary
from adcompiler.ir.index import Slice
from adcompiler.ir.nodes import Block, Call, For, Function, If, Statement, While
from adcompiler.ir.structure import iterate
from adcompiler.ir.types import Array, PythonScalar, dtype_of
from adcompiler.ir.values import Atom, Constant, Variable
from adcompiler.ir.walk import all_statements, rebuilt_blocks, use_counts

#: an index that is read more often keeps a name
_MOST = 4


def with_integers_near(function: Function) -> Function:
    """The function with each small integer, and each ``rows[:, None]``, in front of every statement that reads it."""
    return _Nearer(function).run()


def _is_int(atom: Atom) -> bool:
    return isinstance(atom.type, PythonScalar) and atom.type.kind == "int"


class _Nearer:
    def __init__(self, function: Function) -> None:
        self.function = function
        self.uses = use_counts(function.body, function.result)
        lasting = _lasting(function)
        self.near: dict[Variable, Call] = {}
        for s in all_statements(function.body):
            if isinstance(s, Call) and is_temporary(s.target):
                times = self.uses.get(s.target, 0)
                near = (times == 1 and _is_length(s, lasting)) or _is_sign(s, times)
                if near or (times <= _MOST and (_is_shift(s) or _is_grid(s, lasting))):
                    self.near[s.target] = s

    def run(self) -> Function:
        if not self.near:
            return self.function
        moved = rebuilt_blocks(self.function, self.block)
        uses = use_counts(moved.body, moved.result)

        def kept(block: Block) -> Block:
            statements = tuple(
                s
                for s in block.statements
                if not (isinstance(s, Call) and s.target in self.near and s.target not in uses)
            )
            return Block(statements, block.results)

        return rebuilt_blocks(moved, kept)

    def block(self, block: Block) -> Block:
        statements: list[Statement] = []
        for s in block.statements:
            if isinstance(s, Call) and s.target not in self.near:
                args = tuple(self.again(a, s, statements) for a in s.args)
                s = s if args == s.args else replace(s, args=args)
            elif isinstance(s, For):
                start, stop, step = s.bounds
                if not (s.consumed or s.collected):
                    start = self.again(start, s, statements)
                stop = self.again(stop, s, statements)
                s = replace(s, bounds=(start, stop, step))
            statements.append(s)
        return Block(tuple(statements), block.results)

    def again(self, atom: Atom, reader: Statement, statements: list[Statement]) -> Atom:
        call = self.near.get(atom) if isinstance(atom, Variable) else None
        if call is None:
            return atom
        args = tuple(self.again(a, reader, statements) for a in call.args)
        old = call.target
        copy = Variable(None, old.type, old.of, old.mark)
        statements.append(
            replace(call, target=copy, args=args, origin=reader.origin, role=reader.role)
        )
        return copy


def _holds_indices(atom: Atom) -> bool:
    return isinstance(atom.type, Array) and atom.type.dtype.kind in "iu"


def _is_shift(s: Call) -> bool:
    """``n - 1`` of a name and a number."""
    if s.primitive.name not in ("add", "subtract") or not _is_int(s.target):
        return False
    a, b = s.args
    return isinstance(a, Variable) and _is_int(a) and isinstance(b, Constant) and _is_int(b)


def _is_sign(s: Call, times: int) -> bool:
    """A minus sign of ours, which the sums that read it take up: ``x_bar[i] -= v_bar``."""
    return s.primitive.name == "negative" and not s.style and times <= _MOST


def _is_grid(s: Call, lasting: set[Variable]) -> bool:
    """``rows[:, None]`` of indices that nothing overwrites."""
    if s.primitive.name != "getitem" or s.args[0] not in lasting or len(s.args) > 1:
        return False
    indices = dtype_of(s.args[0].type).kind in "iu"
    return indices and all(entry in (None, Slice()) for entry in s.statics["index"].entries)


def _is_length(s: Call, lasting: set[Variable]) -> bool:
    return s.primitive.name == "dim" and s.args[0] in lasting


def _lasting(function: Function) -> set[Variable]:
    """Arguments, and arrays of integers, that nothing overwrites: what they are may be read anywhere."""
    changed: set[Atom] = set()
    for s in all_statements(function.body):
        if isinstance(s, Call) and s.primitive.memory == "update":
            changed.add(s.args[0])
        elif isinstance(s, (For, While)):
            changed.update(a for pair in s.carried for a in pair)
        elif isinstance(s, If):
            changed.update((*s.then.results, *s.orelse.results))
    given: list[Variable] = [*function.inputs, *(c.variable for c in function.captures)]
    made = (s.target for s in all_statements(function.body) if isinstance(s, Call))
    indices = list(filter(_holds_indices, made))
    if not any(a in changed for a in (*given, *indices) if _holds_indices(a)):
        given += indices
    returned = set(iterate(function.result))
    return {v for v in given if v not in changed and v not in returned}
