"""Rows that take different results of one call, next to one another: ``w, V = np.linalg.eigh(A)``.

Which rows these are says their spelling (`Spelling.results`); the pass `join_results` has brought
them together.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Sequence

from adcompiler.ir.definitions import is_part
from adcompiler.ir.nodes import Block, Call, Statement
from adcompiler.ir.types import Results
from adcompiler.ir.values import Atom, Constant, Variable
from adcompiler.ir.walk import reads


def runs(statements: Sequence[Statement]) -> Iterator[tuple[Call, ...]]:
    """Neighbours that can be written as one statement, two or more of them."""
    yield from _calls_with_results(statements)
    run: list[Call] = []
    for s in (*statements, None):
        if isinstance(s, Call) and run and _follows(run, s):
            run.append(s)
            continue
        if len(run) > 1:
            yield tuple(run)
        run = [s] if isinstance(s, Call) and s.primitive.spelling.results else []


def _calls_with_results(statements: Sequence[Statement]) -> Iterator[tuple[Call, ...]]:
    """A call of a function of the program, with what is taken of its results right behind it."""
    if not any(isinstance(s, Call) and isinstance(s.target.type, Results) for s in statements):
        return
    read: dict[Atom, int] = {}
    for s in statements:
        for atom in reads(Block((s,))):
            read[atom] = read.get(atom, 0) + 1
    for position, first in enumerate(statements):
        if not isinstance(first, Call) or not isinstance(first.target.type, Results):
            continue
        run = [first]
        for s in statements[position + 1 :]:
            if not (isinstance(s, Call) and is_part(s) and s.args[0] is first.target):
                break
            run.append(s)
        if read.get(first.target, 0) == len(run) - 1 > 0:
            yield tuple(run)


def members(block: Block) -> set[Statement]:
    """The calls of a block that are written together with others."""
    return {s for run in runs(block.statements) for s in run}


def _follows(run: list[Call], s: Call) -> bool:
    spelling = s.primitive.spelling
    if not spelling.results or run[-1].role != s.role:
        return False
    whole, index = spelling.whole
    first, last = run[0], run[-1].primitive.spelling.whole
    return (
        last[0] == whole
        and last[1] < index
        and len(first.args) == len(s.args)
        and all(map(_same, first.args, s.args))
        and first.statics == s.statics
        and not any(a is earlier.target for a in s.args for earlier in run)
    )


def _same(a: Atom, b: Atom) -> bool:
    if isinstance(a, Constant) and isinstance(b, Constant):
        return type(a.value) is type(b.value) and bool(a.value == b.value)
    return a is b


def assignment(
    run: tuple[Call, ...], name: Callable[[Variable], str], value: ast.expr, unread: str
) -> ast.stmt:
    """One statement for a run; `value` is the expression of its first member.

    `unread` is a name for the results that nobody reads.
    """
    whole = run[0].target.type
    if isinstance(whole, Results):
        parts = {s.statics["position"]: name(s.target) for s in run[1:]}
        targets: list[ast.expr] = [
            ast.Name(parts.get(k, unread), ast.Store()) for k in range(len(whole.parts))
        ]
        return ast.Assign([ast.Tuple(targets, ast.Store())], value)
    assert isinstance(value, ast.Subscript)
    named = {s.primitive.spelling.whole[1]: name(s.target) for s in run}
    targets = [
        ast.Name(named.get(k, unread), ast.Store())
        for k in range(run[0].primitive.spelling.results)
    ]
    return ast.Assign([ast.Tuple(targets, ast.Store())], value.value)
