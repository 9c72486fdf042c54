"""Puts a tangent statement before its primal where the primal overwrites what the tangent reads.

Before::

    x_2 = x * x
    x_dot = 2.0 * x * x_dot

After, since the second statement reads the old `x` and not the new one::

    x_dot = 2.0 * x * x_dot
    x = x * x
"""

from __future__ import annotations

from dataclasses import replace

from adcompiler.backend.refold import Folded
from adcompiler.ir.nodes import PRIMAL, TANGENT, Block, Call, Function, Statement
from adcompiler.ir.values import Variable
from adcompiler.ir.walk import blocks


def order_tangents(folded: Folded) -> Folded:
    body = _block(folded, folded.function.body)
    return replace(folded, function=_with_body(folded.function, body))


def _with_body(function: Function, body: Block) -> Function:
    return function if body is function.body else replace(function, body=body)


def _block(folded: Folded, block: Block) -> Block:
    """Only straight-line statements of one user statement trade places."""
    found: list[Statement] = []
    for s in block.statements:
        found.append(s)
        if s.role != TANGENT or blocks(s):
            continue
        read = {a for a in folded.reads(s) if isinstance(a, Variable)}
        place = len(found) - 1
        while place and _overwrites(found[place - 1], s, read):
            found[place - 1], found[place] = found[place], found[place - 1]
            place -= 1
    return block if tuple(found) == block.statements else Block(tuple(found), block.results)


def _overwrites(primal: Statement, tangent: Statement, read: set[Variable]) -> bool:
    if not isinstance(primal, Call) or primal.role != PRIMAL:
        return False
    if primal.origin.statement != tangent.origin.statement or primal.target in read:
        return False
    name = primal.target.name
    return name is not None and any(v.name == name for v in read)
