"""The interpreter, put together from the rooms of this folder."""

from __future__ import annotations

from collections.abc import Callable

from adcompiler.frontend.access import attribute, subscript
from adcompiler.frontend.bound import Bound
from adcompiler.frontend.calls import apply_row, call, call_operator
from adcompiler.frontend.comparisons import one_comparison
from adcompiler.frontend.conditions import negated
from adcompiler.frontend.entering import inline
from adcompiler.frontend.expressions import binary, evaluate, handed_on, unary, unpacked
from adcompiler.frontend.interpreter import Interpreter
from adcompiler.frontend.statements import assign


def interpreter(differentiate: Callable[..., Bound]) -> Interpreter:
    """`differentiate(frame, target, args, kwargs)` builds the derivative that a program asks for."""
    return Interpreter(
        evaluate=evaluate,
        handed_on=handed_on,
        unpacked=unpacked,
        binary=binary,
        unary=unary,
        one_comparison=one_comparison,
        negated=negated,
        call=call,
        call_operator=call_operator,
        apply_row=apply_row,
        inline=inline,
        differentiate=differentiate,
        attribute=attribute,
        subscript=subscript,
        assign=assign,
    )
