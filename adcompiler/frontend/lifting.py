"""Closing definitions: what a function reads from around it becomes a parameter.

That is lambda lifting (Johnsson, "Lambda lifting: transforming programs to recursive equations", 1985): the free
variables of a body, with those of the functions it calls, to a fixpoint.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from adcompiler.frontend.frame import Program
from adcompiler.ir.definitions import Definition, called_in, definition_of
from adcompiler.ir.nodes import Block, Call, Parameter, Statement
from adcompiler.ir.structure import leaves, transform
from adcompiler.ir.values import Atom, Variable
from adcompiler.ir.walk import (
    Copier,
    all_statements,
    block_parameters,
    free_variables,
    rebuilt_blocks,
    targets_of,
)


def lift(program: Program, definition: Definition) -> None:
    """Close a definition; one that calls another that is still open waits for it."""
    program.pending.append(definition)
    waiting = {*program.pending, *(d.definition for d in program.defining)} - {definition}
    if program.defining and not waiting.isdisjoint(called_in(definition.lowered.body)):
        return
    group = [definition] if program.defining else list(program.pending)
    for closed in group:
        program.pending.remove(closed)
    _close(group)


def _close(group: list[Definition]) -> None:
    own = {d: _defined(d) for d in group}
    outer: dict[Definition, dict[Variable, None]] = {}
    for d in group:
        results = (a for a in _leaves(d) if isinstance(a, Variable))
        body = Block(d.lowered.body.statements, tuple(results))
        outer[d] = {v: None for v in free_variables(body) if v not in own[d]}
    size = -1
    while sum(map(len, outer.values())) != size:
        size = sum(map(len, outer.values()))
        for d in group:
            for callee in called_in(d.lowered.body):
                if callee in outer:
                    outer[d].update((v, None) for v in outer[callee] if v not in own[d])
    for d in group:
        d.outer = tuple(outer[d])
    for d in group:
        _rewrite(d, group)
    for d in group:
        d.closed = True


def _rewrite(d: Definition, group: list[Definition]) -> None:
    """Hand the outer variables on to every call in the body, and let them be parameters."""

    def handed_on(block: Block) -> Block:
        def extended(s: Statement) -> Statement:
            callee = definition_of(s)
            if callee is None or callee not in group or not isinstance(s, Call):
                return s
            return replace(s, args=(*s.args, *callee.outer))

        return replace(block, statements=tuple(map(extended, block.statements)))

    function = rebuilt_blocks(d.lowered, handed_on)
    taken = {p.name for p in function.parameters}
    parameters = list(function.parameters)
    mapping: dict[Variable, Atom] = {}
    for variable in d.outer:
        name = _name(variable, taken)
        taken.add(name)
        inner = Variable(name, variable.type)
        mapping[variable] = inner
        parameters.append(Parameter(name, inner))
    copier = Copier(mapping)
    body = copier.block(function.body)
    result = transform(lambda a: copier.atom(a), function.result)
    d.function = replace(function, parameters=tuple(parameters), body=body, result=result)


def _name(variable: Variable, taken: Iterable[str]) -> str:
    stem = variable.name if variable.name and variable.name.isidentifier() else "value"
    name, number = stem, 1
    while name in taken:
        number += 1
        name = f"{stem}_{number}"
    return name


def _defined(d: Definition) -> set[Variable]:
    found = set(d.lowered.inputs)
    for s in all_statements(d.lowered.body):
        found.update(targets_of(s))
        found.update(block_parameters(s))
    return found


def _leaves(d: Definition) -> list[Atom]:
    return leaves(d.lowered.result)
