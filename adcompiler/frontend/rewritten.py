"""Functions whose bytecode pytest rewrote, to show the values in a failing `assert`.

pytest replaces each `assert` by statements of its own and leaves everything else in place.  So the
text is that of the running code when both agree on every line that no `assert` touches.
"""

from __future__ import annotations

import ast
import dis
import inspect
import types
from collections.abc import Iterator

Code = types.CodeType
_NAMED = frozenset(dis.hasname + dis.haslocal + dis.hasfree + dis.hasconst + dis.hascompare)
Uses = dict[int, set[str]]


def is_rewritten(code: Code) -> bool:
    """True where pytest's own names occur (no name of Python's starts with "@")."""
    return any(
        name.startswith(("@py_", "@pytest_"))
        for inner in _nested(code)
        for name in (*inner.co_names, *inner.co_varnames, *inner.co_cellvars)
    )


def agrees(found: Code, running: Code, definition: ast.AST) -> bool:
    """True where `found`, compiled from the text of `definition`, may have become `running`."""
    asserts = {
        line
        for node in ast.walk(definition)
        if isinstance(node, ast.Assert)
        for line in range(node.lineno, (node.end_lineno or node.lineno) + 1)
    }
    return _head(found) == _head(running) and _uses(found, asserts) == _uses(running, asserts)


def _head(code: Code) -> tuple[object, ...]:
    stars = bool(code.co_flags & inspect.CO_VARARGS) + bool(code.co_flags & inspect.CO_VARKEYWORDS)
    count = code.co_argcount + code.co_kwonlyargcount + stars
    return (
        code.co_qualname, code.co_firstlineno, code.co_flags, code.co_varnames[:count],
        code.co_argcount, code.co_posonlyargcount, code.co_kwonlyargcount, code.co_freevars,
    )  # fmt: skip


def _uses(code: Code, skipped: set[int]) -> Uses:
    """Per line, the names, constants and operators in use.

    Order and jumps are left out: they change with the blocks that pytest puts in between.
    """
    uses: Uses = {}
    for inner in _nested(code):
        for instruction in dis.get_instructions(inner):
            line = instruction.positions.lineno if instruction.positions else None
            if line is None or line in skipped:
                continue
            value = instruction.argval
            if instruction.opname == "BINARY_OP":
                uses.setdefault(line, set()).add(instruction.argrepr)
            elif instruction.opcode in _NAMED and value is not None and not isinstance(value, Code):
                for part in value if isinstance(value, tuple) else (value,):
                    if part is not None:
                        uses.setdefault(line, set()).add(f"{type(part).__name__} {part!r}")
    return uses


def _nested(code: Code) -> Iterator[Code]:
    yield code
    for constant in code.co_consts:
        if isinstance(constant, Code):
            yield from _nested(constant)
