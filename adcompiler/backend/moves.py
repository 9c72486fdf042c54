"""Parallel moves: what an arm or a loop hands on is assigned as if all at once."""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import dataclass

from adcompiler.ir.values import Atom, Variable


@dataclass(frozen=True)
class Move:
    """Assign `source` (or a copy of it) to the identifier `target`."""

    target: str
    source: Atom
    copied: bool = False
    perhaps_none: bool = False


def in_parallel(
    moves: list[Move], identifier: Callable[[Variable], str], expression: Callable[[Atom], ast.expr]
) -> list[ast.stmt]:
    """Assignments with the effect of doing all moves at once.

    A move waits while another one still reads its target; what is left are cycles, written as one
    assignment of tuples.
    """

    def read(move: Move) -> str | None:
        return identifier(move.source) if isinstance(move.source, Variable) else None

    waiting = [m for m in moves if m.copied or read(m) != m.target]
    statements: list[ast.stmt] = []
    readers: dict[str, int] = {}
    for move in waiting:
        name = read(move)
        if name is not None:
            readers[name] = readers.get(name, 0) + 1

    def value(move: Move) -> ast.expr:
        node = expression(move.source)
        if not move.copied:
            return node
        copy = ast.Call(ast.Attribute(node, "copy", ast.Load()), [], [])
        if not move.perhaps_none:
            return copy
        is_none = ast.Compare(node, [ast.Is()], [ast.Constant(None)])
        return ast.IfExp(is_none, ast.Constant(None), copy)

    progress = True
    while waiting and progress:
        progress = False
        rest: list[Move] = []
        for move in waiting:
            name = read(move)
            others = readers.get(move.target, 0) - (name == move.target)
            if others:
                rest.append(move)
                continue
            progress = True
            statements.append(ast.Assign([ast.Name(move.target, ast.Store())], value(move)))
            if name is not None:
                readers[name] -= 1
        waiting = rest
    if waiting:
        targets: list[ast.expr] = [ast.Name(m.target, ast.Store()) for m in waiting]
        values = [value(m) for m in waiting]
        statements.append(
            ast.Assign([ast.Tuple(targets, ast.Store())], ast.Tuple(values, ast.Load()))
        )
    return statements
