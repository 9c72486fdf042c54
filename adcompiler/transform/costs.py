"""What it costs to record a value, and to compute it again: about nanoseconds of plain Python, divided by 2.

Only the order matters.  A number is written to a tape and read back for less than two operations on numbers; one more
evaluation of an inner loop, or a copy of a whole array that is written element by element, is taken only where nothing
else helps.
"""

from __future__ import annotations

from adcompiler.analysis.minimal_cut import INFINITE
from adcompiler.ir.effects import has_effects
from adcompiler.ir.nodes import Call, Custom, For, If, Statement, While
from adcompiler.ir.types import INT, Array, List, Sequence, Type, dtype_of, is_number, is_scalar
from adcompiler.ir.values import Variable
from adcompiler.ir.walk import blocks

SCALAR, REFERENCE, VIEW_COPY, WHOLE_COPY = 20, 25, 60, 10**6
#: a decision is taken again where that is about as cheap: it then reads as the user wrote it
DECISION = 35
#: once for all iterations, in the loop around them
LATER_COPY = WHOLE_COPY // 2
#: each branch around a value: its other arm yields a placeholder
YIELD = 4
ARITHMETIC, FUNCTION, ELEMENT, ARRAY, PRODUCT = 10, 16, 8, 100, 1000
INNER_LOOP = 10**5

_CONVERSIONS = frozenset({"positive", "identity", "cast", "to_float"})
_COMPARISONS = frozenset({"greater", "greater_equal", "less", "less_equal", "equal", "not_equal"})
_LOGIC = frozenset({"logical_not", "logical_and", "logical_or"})
_ARITHMETIC = (
    frozenset({"add", "subtract", "multiply", "divide", "negative", "square", "absolute"})
    | _CONVERSIONS
    | _COMPARISONS
    | _LOGIC
)
_PRODUCTS = frozenset({"matmul", "dot", "solve", "inv", "einsum", "tensordot", "outer", "cholesky"})


def of_recording(variable: Variable, made_by: Statement | None, written: bool) -> int:
    """`written`: the value shares storage with an array that is overwritten."""
    type: Type = variable.type
    if isinstance(type, Sequence):
        return REFERENCE
    if isinstance(type, List):
        return WHOLE_COPY if written else REFERENCE
    if not isinstance(type, Array):
        return DECISION if is_number(type) and dtype_of(type).kind == "b" else SCALAR
    if not written:
        return REFERENCE
    return VIEW_COPY if isinstance(made_by, Call) and is_view(made_by) else WHOLE_COPY


def of_computing(s: Statement) -> int:
    """The cost of one statement; `INFINITE` for one that acts on the world outside."""
    if has_effects(s):
        return INFINITE
    if isinstance(s, (For, While)):
        return INNER_LOOP
    if isinstance(s, Custom):
        return ELEMENT  # its targets are the values that stand beside the rule
    if isinstance(s, If):
        return 4 + sum(of_computing(inner) for arm in blocks(s) for inner in arm.statements)
    assert isinstance(s, Call)
    if s.primitive.kind in ("invoked", "part"):
        return INFINITE
    if isinstance(s.target.type, List):
        return INNER_LOOP
    if s.primitive.name in ("dim", "size"):
        return 1  # of an array, whose values it does not read
    if s.target.type == INT and s.primitive.name in _ARITHMETIC:
        return 2  # indices and lengths: a tape of them would be odd to read
    if isinstance(s.target.type, Array):
        if is_view(s):
            return ELEMENT
        return PRODUCT if s.primitive.name in _PRODUCTS else ARRAY
    if s.primitive.memory == "view":
        return ELEMENT if is_scalar(s.target.type) else ARRAY
    if any(
        isinstance(a.type, Array) and k not in s.primitive.shape_only for k, a in enumerate(s.args)
    ):
        return ARRAY  # a reduction
    return ARITHMETIC if s.primitive.name in _ARITHMETIC else FUNCTION


def is_view(call: Call) -> bool:
    """True for a part or another shape of operand 0, at the cost of a reference."""
    return call.primitive.memory == "view" and not any(
        isinstance(a.type, Array) for a in call.args[1:]
    )
