"""Which statements act on the world outside, and which may raise of their own accord.

Every other statement is pure: it may be computed again, moved, merged or left out.
"""

from __future__ import annotations

from adcompiler.ir.nodes import Block, Call, Function, If, Statement
from adcompiler.ir.walk import all_statements, blocks


def is_effect(statement: Statement) -> bool:
    """True for a call that must run exactly once, in its place."""
    return isinstance(statement, Call) and bool(statement.primitive.effect)


def has_effects(statement: Statement) -> bool:
    """True for such a call, and for a branch or a loop around one."""
    return is_effect(statement) or any(map(contains_effects, blocks(statement)))


def contains_effects(block: Block) -> bool:
    return any(map(is_effect, all_statements(block)))


def acts(program: Function | Block) -> bool:
    """True where running the program twice would be seen from outside."""
    body = program.body if isinstance(program, Function) else program
    return any(isinstance(s, Call) and s.primitive.effect == "acts" for s in all_statements(body))


def never_ends(block: Block) -> bool:
    """True for a block whose last statement surely raises."""
    last = block.statements[-1] if block.statements else None
    if isinstance(last, If):
        return never_ends(last.then) and never_ends(last.orelse)
    return isinstance(last, Call) and str(last.statics.get("form", "")).startswith("raise ")
