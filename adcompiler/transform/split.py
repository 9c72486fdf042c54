"""An adjoint program in two: the forward sweep returns what the reverse sweep reads.

The pullback may then be called many times, with no second forward sweep.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from adcompiler.ir.builder import Builder
from adcompiler.ir.nodes import REVERSE, Block, Call, Function, If, Parameter, Statement
from adcompiler.ir.primitive import lookup
from adcompiler.ir.structure import iterate, leaves, sequence
from adcompiler.ir.types import Array
from adcompiler.ir.values import Variable
from adcompiler.ir.walk import reads, targets_of


def split(function: Function) -> tuple[Function, Function]:
    """Part a program that returns (value, cotangents, seeds) into forward sweep and pullback.

    ``f_forward(x) -> (value, recorded)`` and ``f_pullback(recorded, f_bar) -> cotangents``.  Recorded arrays that
    may share memory with the caller's (his arguments, or the value he gets) are copied: he may change them before
    the pullback runs.
    """
    value, bars, seeds = function.result.children
    forward = [s for s in function.body.statements if s.role != REVERSE]
    block = Block(tuple(s for s in function.body.statements if s.role == REVERSE))
    inside = _defined_inside(block) | {v for v in leaves(seeds) if isinstance(v, Variable)}
    recorded: dict[Variable, None] = {}
    for atom in (*reads(block), *iterate(bars)):
        if isinstance(atom, Variable) and atom not in inside:
            recorded[atom] = None
    fresh = {s.target for s in forward if isinstance(s, Call) and s.primitive.memory == "fresh"}
    with Builder().active() as builder:
        builder.statements.extend(forward)
        own = fresh - _within_reach(forward, leaves(value))
        kept = [
            builder.apply(lookup("copy"), v) if isinstance(v.type, Array) and v not in own else v
            for v in recorded
        ]
    stem = function.name.removesuffix("_vjp")
    sweep = replace(
        function,
        name=f"{stem}_forward",
        body=builder.block(),
        result=sequence("tuple", (value, sequence("tuple", tuple(kept)))),
    )
    pullback = Function(
        f"{stem}_pullback",
        (
            Parameter("recorded", sequence("tuple", tuple(recorded))),
            Parameter(f"{stem}_bar", seeds),
        ),
        block,
        bars,
    )
    return sweep, pullback


def _within_reach(statements: list[Statement], values: list[Any]) -> set[Variable]:
    """Variables whose memory one of the values may show: itself, what it is a view of, what a branch joined."""
    origins: dict[Variable, list[Any]] = {}
    for s in statements:
        if isinstance(s, Call) and s.primitive.memory != "fresh":
            origins[s.target] = list(s.args)
        elif isinstance(s, If):
            for k, target in enumerate(s.targets):
                origins[target] = [s.then.results[k], s.orelse.results[k]]
    found: set[Variable] = set()
    work = [v for v in values if isinstance(v, Variable)]
    while work:
        variable = work.pop()
        if variable not in found:
            found.add(variable)
            work += [v for v in origins.get(variable, ()) if isinstance(v, Variable)]
    return found


def _defined_inside(block: Block) -> set[Variable]:
    from adcompiler.ir.walk import all_statements, block_parameters

    found: set[Variable] = set()
    for statement in all_statements(block):
        found.update(targets_of(statement))
        found.update(block_parameters(statement))
    return found
