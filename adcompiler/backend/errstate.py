"""`with np.errstate(…)` around the statements that the user wrote, or that derive from statements, inside one.

Every statement is marked with its settings while it is emitted; the neighbours that share them share a `with`.

>>> body = ast.parse("a = f(x)\\nb = f(a)\\nc = f(b)").body
>>> for statement in body[1:]:
...     mark(statement, (("divide", "ignore"),))
>>> found = surrounded(body, ast.Name("np", ast.Load()))
>>> print(ast.unparse(ast.Module(found, [])))
a = f(x)
with np.errstate(divide='ignore'):
    b = f(a)
    c = f(b)
"""

from __future__ import annotations

import ast
from collections.abc import Sequence

Settings = tuple[tuple[str, str], ...]
_BLOCKS = ("body", "orelse")


def mark(statement: ast.stmt, settings: Settings) -> None:
    """Note under which settings a statement runs."""
    statement.errstate = settings  # type: ignore[attr-defined]


def surrounded(statements: Sequence[ast.stmt], numpy: ast.expr) -> list[ast.stmt]:
    """The statements with a `with` around each run of those that share settings."""
    found: list[ast.stmt] = []
    #: the `with` at hand, and what stands behind it that has no settings of its own (comments, moves)
    inside: list[ast.stmt] = []
    waiting: list[ast.stmt] = []
    held: Settings = ()
    for statement in statements:
        own = _of(statement)
        if own is None:
            waiting.append(statement)
            continue
        if own and own == held:
            inside += [*waiting, statement]
            waiting = []
            continue
        found += waiting
        waiting, held = [], own
        if own:
            inside = [statement]
            found.append(_entered(own, inside, numpy))
        else:
            for block in _BLOCKS:
                inner = getattr(statement, block, None)
                if isinstance(inner, list):
                    setattr(statement, block, surrounded(inner, numpy))
            found.append(statement)
    return [*found, *waiting]


def _of(statement: ast.stmt) -> Settings | None:
    """The settings of all that stands in the statement; none where they differ, None where nothing is marked."""
    marked = {node.errstate for node in ast.walk(statement) if hasattr(node, "errstate")}
    if not marked:
        return None
    return marked.pop() if len(marked) == 1 else ()


def _entered(settings: Settings, body: list[ast.stmt], numpy: ast.expr) -> ast.stmt:
    keywords = [ast.keyword(name, ast.Constant(value)) for name, value in settings]
    call = ast.Call(ast.Attribute(numpy, "errstate", ast.Load()), [], keywords)
    return ast.With([ast.withitem(call)], body)
