"""Where only a shape is read, the newest version of an array is read.

All versions of an array that is written have the same shape.  ``zeros_like(a)`` behind
``a' = setitem(a, …)`` would keep the old elements, which costs a copy of the array, though nobody
reads them.  For the end of the compilation: a version that nobody else reads is dead before.

>>> from adcompiler.ir.builder import Builder
>>> from adcompiler.ir.nodes import Function, Parameter
>>> from adcompiler.ir.text import to_text
>>> from adcompiler.ir.types import Array
>>> import numpy as np
>>> from adcompiler.ir.lengths import Length
>>> from adcompiler.ir.values import Constant, Variable
>>> from adcompiler.primitives.catalogue import FUNCTIONS
>>> from adcompiler.ir.primitive import lookup
>>> from adcompiler.ir.index import IndexPattern
>>> x = Variable("x", Array(np.dtype(float), (Length.symbol("n"),)))
>>> with Builder().active() as b:
...     a = b.apply(lookup("copy"), x)
...     written = b.apply(lookup("setitem"), a, Constant.of(1.0), index=IndexPattern((0,), False))
...     zeros = b.apply(lookup("zeros_like"), a)
...     result = b.apply(lookup("add"), written, zeros)
>>> f = read_newest_shapes(Function("f", (Parameter("x", x),), b.block(), result))
>>> print(to_text(f))
f(x: float64[n])
    v1: float64[n] = copy(x)
    v2: float64[n] = setitem(v1, 1.0, index=[0])
    v3: float64[n] = zeros_like(v2)
    v4: float64[n] = add(v2, v3)
    return v4
"""

from __future__ import annotations

from collections.abc import Iterable

from adcompiler.ir.nodes import Call, For, Function, If, Statement, While
from adcompiler.ir.types import Array
from adcompiler.ir.values import Atom, Variable
from adcompiler.optimize.rewrite import Rewriter, revised


def read_newest_shapes(function: Function) -> Function:
    return _Newest().function(function)


class _Newest(Rewriter):
    """`first` maps a version to the first one, `newest` that to the last; what is not made here stays."""

    def __init__(self) -> None:
        super().__init__()
        self.first: dict[Variable, Variable] = {}
        self.newest: dict[Variable, Variable] = {}

    def call(self, s: Call) -> Iterable[Statement]:
        only = s.primitive.shape_only
        if only:
            args = tuple(self._instead(a) if k in only else a for k, a in enumerate(s.args))
            s = revised(s, args=args)
        if isinstance(s.target.type, Array):
            if s.primitive.memory == "update":
                self._follows(s.args[0], s.target)
            elif s.primitive.name == "copy" and isinstance(s.args[0], Variable):
                # the copy has the shape of what it was made from, which may then be dead
                self.first.setdefault(s.args[0], s.args[0])
                self._follows(s.args[0], s.target)
            elif s.primitive.memory == "fresh":
                self.first[s.target] = s.target
        return (s,)

    def _instead(self, atom: Atom) -> Atom:
        if not isinstance(atom, Variable) or atom not in self.first:
            return atom
        found = self.newest.get(self.first[atom], atom)
        return found if found.type == atom.type else atom

    def _follows(self, old: Atom, new: Variable) -> None:
        if isinstance(old, Variable) and old in self.first and old.type == new.type:
            self.first[new] = self.first[old]
            self.newest[self.first[old]] = new

    def branch(self, s: If) -> Iterable[Statement]:
        before = dict(self.newest)
        then = self.block(s.then)
        self.newest = dict(before)
        orelse = self.block(s.orelse)
        self.newest = before
        for target, a, b in zip(s.targets, then.results, orelse.results, strict=True):
            if isinstance(a, Variable) and isinstance(b, Variable):
                first = self.first.get(a)
                if first is not None and first is self.first.get(b) and first.type == b.type:
                    self._follows(first, target)
        return (revised(s, then=then, orelse=orelse),)

    def loop(self, s: For | While) -> Iterable[Statement]:
        before = dict(self.newest)
        for variable, atom in s.carried:
            self._follows(atom, variable)
        found = list(super().loop(s))
        self.newest = before
        for (_, atom), target in zip(s.carried, s.targets, strict=False):
            self._follows(atom, target)
        return found
