"""``y = ys[-1]; ys.pop()`` is written ``y = ys.pop()``.

>>> print(ast.unparse(popped(ast.parse("a = ys[-1]; b = zs[-1]; ys.pop(); zs.pop()").body)))
a = ys.pop()
b = zs.pop()
"""

from __future__ import annotations

import ast


def popped(statements: list[ast.stmt]) -> list[ast.stmt]:
    """The statements with the last element read and taken off at once, where nothing between reads the list."""
    found: list[ast.stmt] = []
    for statement in statements:
        name = _taken_from(statement)
        place = None if name is None else _read_before(found, name)
        if place is None:
            found.append(statement)
            continue
        read = found[place]
        assert isinstance(read, ast.Assign)
        assert isinstance(statement, ast.Expr)
        read.value = statement.value
    return found


def _taken_from(statement: ast.stmt) -> str | None:
    """The list of ``ys.pop()``."""
    call = statement.value if isinstance(statement, ast.Expr) else None
    method = call.func if isinstance(call, ast.Call) and not call.args else None
    if isinstance(method, ast.Attribute) and method.attr == "pop":
        return method.value.id if isinstance(method.value, ast.Name) else None
    return None


def _read_before(statements: list[ast.stmt], name: str) -> int | None:
    """Where ``y = ys[-1]`` stands, with nothing behind it that has to do with the list."""
    for place in range(len(statements) - 1, -1, -1):
        statement = statements[place]
        if not isinstance(statement, (ast.Assign, ast.Expr)):
            return None
        target = statement.targets[0] if isinstance(statement, ast.Assign) else None
        if isinstance(target, ast.Name) and ast.unparse(statement.value) == f"{name}[-1]":
            return place
        if any(isinstance(node, ast.Name) and node.id == name for node in ast.walk(statement)):
            return None
    return None
