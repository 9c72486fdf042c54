"""A program in two: the first returns what the second reads.

The pullback (or pushforward) may then be called many times, with no second run of the function.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from adcompiler.ir.builder import Builder, current
from adcompiler.ir.nodes import REVERSE, Block, Call, For, Function, If, Parameter, Statement, While
from adcompiler.ir.primitive import lookup
from adcompiler.ir.structure import Structure, iterate, leaves, sequence
from adcompiler.ir.types import List, Sequence, Type, has_memory
from adcompiler.ir.values import Atom, Variable
from adcompiler.ir.walk import all_statements, block_parameters, reads, targets_of
from adcompiler.primitives.records import copied_record
from adcompiler.transform.variables import is_placeholder


def split(function: Function) -> tuple[Function, Function]:
    """Part a program that returns (value, cotangents, seeds) into forward sweep and pullback.

    ``f_forward(x) -> (value, recorded)`` and ``f_pullback(recorded, f_bar) -> cotangents``.  Recorded arrays that
    may share memory with the caller's (his arguments, or the value he gets) are copied: he may change them before
    the pullback runs.
    """
    value, bars, seeds = function.result.children
    forward, kept, recorded, block = parted(function, value, bars, seeds)
    stem, _, kind = function.name.rpartition("_")
    second = "pullback" if kind == "vjp" else "pushforward"
    sweep = replace(
        function,
        name=f"{stem}_forward",
        body=forward,
        result=sequence("tuple", (value, kept)),
        hands_on=True,
    )
    pullback = Function(
        f"{stem}_{second}",
        (
            Parameter("recorded", recorded),
            Parameter(f"{stem}_bar" if second == "pullback" else "tangents", seeds),
        ),
        block,
        bars,
        one_sweep=second == "pushforward",
    )
    return sweep, pullback


def parted(
    function: Function, value: Structure, bars: Structure, seeds: Structure
) -> tuple[Block, Structure, Structure, Block]:
    """The forward sweep, what it keeps, as what the reverse sweep reads it, and the reverse sweep."""
    forward = [s for s in function.body.statements if s.role != REVERSE]
    block = Block(tuple(s for s in function.body.statements if s.role == REVERSE))
    inside = _defined_inside(block) | {v for v in leaves(seeds) if isinstance(v, Variable)}
    recorded: dict[Variable, None] = {}
    for atom in (*reads(block), *iterate(bars)):
        if isinstance(atom, Variable) and atom not in inside:
            recorded[atom] = None
    origins = _origins(function, forward)
    given = {*function.inputs, *(c.variable for c in function.captures)}
    foreign = given | _within_reach(origins, leaves(value))
    with Builder().active() as builder:
        builder.statements.extend(forward)
        kept = [
            v
            if not _holds_arrays(v.type) or foreign.isdisjoint(_within_reach(origins, [v]))
            else _copied(v, origins)
            for v in recorded
        ]
    return (
        builder.block(),
        sequence("tuple", tuple(kept)),
        sequence("tuple", tuple(recorded)),
        block,
    )


def _origins(function: Function, statements: list[Statement]) -> dict[Variable, list[Any]]:
    """Variable → those whose memory it may show: what it is a view of, what was joined, carried or collected."""
    found: dict[Variable, list[Any]] = {v: [] for v in function.inputs}
    for s in all_statements(Block(tuple(statements))):
        if isinstance(s, Call):
            held = len(s.args) if isinstance(s.target.type, List) else 1
            shows = s.primitive.memory != "fresh" and has_memory(s.target.type)
            found[s.target] = list(s.args[:held]) if shows else []
        elif isinstance(s, If):
            for target, *results in zip(s.targets, s.then.results, s.orelse.results, strict=True):
                found[target] = results
        elif isinstance(s, (For, While)):
            number = len(s.carried)
            for (variable, initial), result, target in zip(
                s.carried, s.body.results, s.targets, strict=False
            ):
                found[variable] = found[target] = [initial, result]
            found.update((q, [a]) for q, a in zip(s.targets[number:], s.collected, strict=True))
            found.update((v, [q]) for v, q in s.consumed)
    return found


def _within_reach(origins: dict[Variable, list[Any]], values: list[Any]) -> set[Variable]:
    """Variables whose memory one of the values may show."""
    found: set[Variable] = set()
    work = [v for v in values if isinstance(v, Variable)]
    while work:
        variable = work.pop()
        if variable not in found:
            found.add(variable)
            work += [v for v in origins.get(variable, ()) if isinstance(v, Variable)]
    return found


def _copied(variable: Variable, origins: dict[Variable, list[Any]]) -> Atom:
    """A copy; what a branch makes in one arm only may be absent."""
    reach = [variable, *_within_reach(origins, [variable])]
    absent = any(
        is_placeholder(a) for v in reach for a in origins.get(v, ()) if isinstance(a, Atom)
    )
    if absent or isinstance(variable.type, Sequence):
        return current().apply(copied_record, variable)
    if isinstance(variable.type, List):
        return current().apply(lookup("list_copy"), variable)
    return current().apply(lookup("copy"), variable)


def _holds_arrays(type: Type) -> bool:
    while isinstance(type, Sequence):
        type = type.element
    return has_memory(type)


def _defined_inside(block: Block) -> set[Variable]:
    found: set[Variable] = set()
    for statement in all_statements(block):
        found.update(targets_of(statement))
        found.update(block_parameters(statement))
    return found
