"""Sums of cotangents of which one may be None: the zero of an array that only some ways through the program make.

The transforms write ``a + b``, and most such sums stand where both are there.  Which do not is looked up at the end,
so that no rule and no other pass has to know of them.
"""

from __future__ import annotations

from collections.abc import Iterable

from adcompiler.analysis.absence import perhaps_none
from adcompiler.ir.nodes import Call, Function, Statement
from adcompiler.ir.types import Array
from adcompiler.ir.values import Variable
from adcompiler.optimize.rewrite import Rewriter, revised
from adcompiler.primitives.absence import sum_if_there


def with_absent_terms(function: Function) -> Function:
    """The function with sums that leave out what is None."""
    absent = perhaps_none(function.body.statements)
    return _Sums(absent).function(function) if absent else function


class _Sums(Rewriter):
    def __init__(self, absent: set[Variable]) -> None:
        super().__init__()
        self.absent = absent

    def call(self, s: Call) -> Iterable[Statement]:
        sums = s.primitive.name == "add" and not s.style and isinstance(s.target.type, Array)
        found = [a in self.absent for a in s.args if isinstance(a, Variable)] if sums else []
        if any(found):
            s = revised(s, primitive=sum_if_there)
        if found and all(found):
            self.absent.add(s.target)
        return (s,)
