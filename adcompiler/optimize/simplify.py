"""Exact local algebra on what the compiler wrote; the user's own statements stay as they are.

>>> from adcompiler.ir.builder import Builder
>>> from adcompiler.ir.nodes import REVERSE, Function, Parameter
>>> from adcompiler.ir.text import to_text
>>> from adcompiler.ir.types import FLOAT
>>> from adcompiler.ir.values import Variable
>>> from adcompiler.primitives.arithmetic import add, multiply, negative
>>> x, y = Variable("x", FLOAT), Variable("y", FLOAT)
>>> with Builder(role=REVERSE).active() as builder:
...     product = multiply(negative(x), y)
...     result = add(product, multiply(1.0, y))
>>> f = Function("f", (Parameter("x", x), Parameter("y", y)), builder.block(), result)
>>> print(to_text(f))
f(x: float, y: float)
    v1: float = negative(x)
    v2: float = multiply(v1, y)
    v3: float = multiply(1.0, y)
    v4: float = add(v2, v3)
    return v4
>>> from adcompiler.optimize.dead_code import eliminate_dead_code
>>> print(to_text(eliminate_dead_code(simplify(f))))
f(x: float, y: float)
    v1: float = multiply(x, y)
    v2: float = subtract(y, v1)
    return v2
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import count

from adcompiler.ir.nodes import Block, Call, Function, Statement
from adcompiler.ir.primitive import lookup
from adcompiler.ir.values import Atom
from adcompiler.ir.walk import use_counts
from adcompiler.optimize import growing_lists, updates
from adcompiler.optimize.algebra import RULES
from adcompiler.optimize.definitions import Definitions, Rewritten, is_ours
from adcompiler.optimize.rewrite import Rewriter, revised
from adcompiler.optimize.spreading import spreading_later, without_spreading

_RULES = (
    {
        name: (*RULES.get(name, ()), without_spreading, spreading_later)
        for name in (*RULES, "maximum", "minimum")
    }
    | updates.RULES
    | growing_lists.RULES
)


def simplify(function: Function) -> Function:
    """The function with compiler-written statements in their simplest form.

    Signs move outwards until a sum becomes a difference; factors of one and terms of zero
    disappear; a number is not spread to an array where broadcasting does it anyway.  One walk
    suffices, because a rule looks only at the statements that define the operands, which are in
    simplest form by then.
    """
    return _Simplifier(function).function(function)


class _Simplifier(Rewriter):
    def __init__(self, function: Function) -> None:
        super().__init__()
        self.definitions = Definitions(use_counts(function.body, function.result))
        self.numbers = count(1)

    def block(self, block: Block) -> Block:
        outer = self.definitions.block
        self.definitions.block = next(self.numbers)
        result = super().block(block)
        self.definitions.block = outer
        return result

    def call(self, s: Call) -> Iterable[Statement]:
        definitions = self.definitions
        if not is_ours(s):
            definitions.record(s)
            return (s,)
        done: list[Call] = []
        waiting = [s]
        while waiting:
            call = waiting.pop()
            call = revised(call, args=tuple(map(self.read, call.args)))
            rewritten = self._rewritten(call)
            if rewritten is None:
                definitions.record(call)
                done.append(call)
            elif isinstance(rewritten, Atom):
                # what the rule refers to is held before the operands are let go
                definitions.hold(rewritten, definitions.uses.get(call.target, 0))
                definitions.release(call)
                self.replace(call.target, rewritten)
            else:
                for new in rewritten:
                    for atom in new.args:
                        definitions.hold(atom, 1)
                definitions.release(call)
                waiting.extend(reversed(rewritten))
        return done

    def _rewritten(self, call: Call) -> Rewritten | None:
        rules = _RULES.get(call.primitive.name)
        if rules is None or lookup(call.primitive.name) is not call.primitive:
            return None
        for rule in rules:
            found = rule(self.definitions, call)
            if found is not None:
                return found
        return None
