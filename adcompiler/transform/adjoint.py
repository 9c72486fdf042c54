"""Reverse mode: the forward sweep as it is, then every statement's pullback from last to first.

x̄ᵢ += ∂y/∂xᵢ ȳ (Griewank & Walther 2008, section 3.2).  Only what is *varied* (depends on an input that is
differentiated) and *useful* (a seeded result depends on it) receives a cotangent; what has none is a structural zero.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from adcompiler.analysis.dataflow import backward_graph, reached
from adcompiler.ir.builder import Builder, current
from adcompiler.ir.definitions import is_part, parts_of
from adcompiler.ir.effects import never_ends
from adcompiler.ir.nodes import REVERSE, Block, Call, Custom, For, Function, If, Statement, While
from adcompiler.ir.types import is_inexact
from adcompiler.ir.values import Atom, Variable
from adcompiler.ir.walk import all_statements, inline
from adcompiler.transform.cotangents import Cotangents
from adcompiler.transform.custom import reverse_custom, spread_custom
from adcompiler.transform.invoked import reverse_invoked, spread_invoked
from adcompiler.transform.loops import Facts, reverse_loop, spread_loop
from adcompiler.transform.perhaps_absent import PerhapsAbsent
from adcompiler.transform.recompute import Presence, WrittenArrays
from adcompiler.transform.recording import branch_of
from adcompiler.transform.tangent import check_complex, no_rule
from adcompiler.transform.tapes import without_tapes
from adcompiler.transform.variables import carries_derivative


def pull(
    function: Function,
    args: Sequence[Atom],
    wanted: Sequence[bool],
    seeds: Sequence[Atom | None] | Callable[[list[Atom]], Sequence[Atom | None]],
) -> tuple[list[Atom], list[Atom | None]]:
    """Append forward and reverse sweep; return the results and the cotangents of the inputs.

    `seeds` gives one cotangent for each result leaf, None standing for zero.  Inputs that are not `wanted`
    get None.  Seeds that depend on the results are made when these stand in the block.
    """
    statements, results = inline(current(), without_tapes(function), list(args))
    if callable(seeds):
        seeds = seeds(results)
    sources = {a for a, want in zip(args, wanted, strict=True) if want and isinstance(a, Variable)}
    return results, sweep(statements, results, list(args), sources, seeds)


def sweep(
    statements: list[Statement],
    results: list[Atom],
    inputs: list[Atom],
    sources: set[Variable],
    seeds: Sequence[Atom | None],
    cotangents: Cotangents | None = None,
) -> list[Atom | None]:
    """The reverse sweep alone, over statements that stand in the current block (or in one that it sees).

    `cotangents` collects them; an observer of the sweep gives its own.
    """
    varied = set(sources)
    _spread(statements, varied)
    seeded = [r for r, seed in zip(results, seeds, strict=True) if seed is not None]
    varied &= _useful(statements, seeded)
    facts = Facts(varied, WrittenArrays.of(statements), PerhapsAbsent(statements))
    cotangents = Cotangents() if cotangents is None else cotangents
    builder = current()
    start, inserted = len(builder.statements), builder.inserted
    before = builder.origin, builder.role
    builder.role = REVERSE
    try:
        for result, seed in zip(results, seeds, strict=True):
            if seed is not None and isinstance(result, Variable) and result in varied:
                cotangents.add(result, seed)
        _reverse(builder, statements, cotangents, facts)
        if any(isinstance(s, If) for s in statements):
            presence = Presence(builder, None, set(), facts.arrays)
            start += builder.inserted - inserted
            block = presence.provide(Block(tuple(builder.statements[start:])), {}, facts.mirrors)
            builder.statements[start:] = block.statements
    finally:
        builder.origin, builder.role = before
    return [cotangents.get(a) if a in sources else None for a in inputs]


def _useful(statements: Sequence[Statement], results: Sequence[Atom]) -> set[Variable]:
    """What a result depends on: a loop that fills an array which nobody reads carries no cotangent of it."""
    block = Block(tuple(statements))
    graph = backward_graph(block)
    for s in all_statements(block):
        if isinstance(s, (For, While)):
            # an iteration hands the cotangent of what it carries to the one before it, also where no iteration reads it
            for target, (carried, _) in zip(s.targets, s.carried, strict=False):
                graph.setdefault(target, []).append(carried)
    return reached(graph, (r for r in results if isinstance(r, Variable)))


def _spread(statements: Sequence[Statement], varied: set[Variable]) -> None:
    """Add every variable that depends on a varied one through statements that have derivatives."""
    parts = parts_of(statements)
    for statement in statements:
        if isinstance(statement, Call) and statement.target in parts:
            spread_invoked(statement, parts[statement.target], varied)
        elif isinstance(statement, Call):
            primitive = statement.primitive
            if primitive.verdict != "inert" and is_inexact(statement.target.type):
                carrying = (
                    a for k, a in enumerate(statement.args) if k not in primitive.shape_only
                )
                if any(a in varied for a in carrying if isinstance(a, Variable)):
                    varied.add(statement.target)
        elif isinstance(statement, If):
            for block in (statement.then, statement.orelse):
                _spread(block.statements, varied)
                for target, result in zip(statement.targets, block.results, strict=True):
                    if (
                        isinstance(result, Variable)
                        and result in varied
                        and carries_derivative(target.type)
                    ):
                        varied.add(target)
        elif isinstance(statement, Custom):
            spread_custom(statement, varied)
        else:
            assert isinstance(statement, (For, While))
            spread_loop(statement, varied, _spread)


def _reverse(
    builder: Builder, statements: Sequence[Statement], cotangents: Cotangents, facts: Facts
) -> None:
    varied = facts.varied
    called = parts_of(statements)
    for statement in reversed(statements):
        builder.origin = statement.origin
        if isinstance(statement, If):
            _reverse_if(builder, statement, cotangents, facts)
            continue
        if isinstance(statement, (For, While)):
            reverse_loop(builder, statement, cotangents, facts, _reverse)
            continue
        if isinstance(statement, Custom):
            bars = [cotangents.take(target) for target in statement.targets]
            for variable, share in reverse_custom(builder, statement, bars, varied):
                cotangents.add(variable, share, shared=True)
            continue
        assert isinstance(statement, Call)
        if statement.target in called:
            results = called[statement.target]
            reverse_invoked(builder, statement, results, cotangents, varied, pull)
            continue
        if is_part(statement):
            continue  # its cotangent goes to the call
        y_bar = cotangents.take(statement.target)
        if y_bar is None or statement.target not in varied:
            continue
        primitive = statement.primitive
        wanted = [
            isinstance(a, Variable) and a in varied and k not in primitive.shape_only
            for k, a in enumerate(statement.args)
        ]
        if not any(wanted):
            continue
        if primitive.pullback is None:
            raise no_rule(statement)
        check_complex(statement, wanted)
        contributions: dict[Variable, Atom] = {}
        for arg, want, part in zip(
            statement.args, wanted, primitive.pullback(statement, y_bar, wanted), strict=True
        ):
            if want and part is not None:
                assert isinstance(arg, Variable)
                # both operands of x * x: 2·x·ȳ is added once
                contributions[arg] = contributions[arg] + part if arg in contributions else part
        parts = list(contributions.values())
        for arg, contribution in contributions.items():
            shared = sum(part is contribution for part in parts) > 1
            cotangents.add(arg, contribution, shared)


def _reverse_if(builder: Builder, statement: If, cotangents: Cotangents, facts: Facts) -> None:
    """Decide again which arm ran, and reverse it.

    Both arms start from the cotangents so far and yield those they changed.  They are written in the variables of the
    forward arms, which are provided when the reverse of the whole block stands (`recompute`).
    """
    varied = facts.varied
    targets = [(t, cotangents.take(t)) for t in statement.targets]
    if all(cotangent is None for _, cotangent in targets):
        return
    branch = branch_of(builder, statement)
    for arm, other in ((0, statement.orelse), (1, statement.then)):
        if never_ends(other):
            # who comes here went through this arm: there is nothing to decide
            branch.only = arm
            results = (statement.then, statement.orelse)[arm].results
            for (_, cotangent), result in zip(targets, results, strict=True):
                if cotangent is not None and isinstance(result, Variable) and result in varied:
                    cotangents.add(result, cotangent)
            home = branch.homes[arm]
            home.outer, builder.outer = builder.outer, home
            _reverse(builder, (statement.then, statement.orelse)[arm].statements, cotangents, facts)
            builder.outer = home.outer
            branch.rebuild()
            return
    arms: list[tuple[Builder, Cotangents]] = []
    blocks = statement.then, statement.orelse
    for arm, (block, home) in enumerate(zip(blocks, branch.homes, strict=True)):
        local = cotangents.copy()
        home.origin, home.role = statement.origin, REVERSE
        with home.nested() as inner, facts.absent.within(statement.condition, arm):
            for (_, cotangent), result in zip(targets, block.results, strict=True):
                if cotangent is not None and isinstance(result, Variable) and result in varied:
                    local.add(result, cotangent)
            _reverse(inner, block.statements, local, facts)
            arms.append((inner, local))
    branch.rebuild()
    changed: dict[Variable, None] = {}
    for _, local in arms:
        changed.update((v, None) for v in local.changed_since(cotangents))
    joined: list[Variable] = []
    yields: list[list[Atom]] = [[], []]
    for variable in changed:
        joined.append(Variable(None, variable.type, variable, "bar"))
        for arm, ((inner, local), values) in enumerate(zip(arms, yields, strict=True)):
            found = local.get(variable)
            if found is None:
                with inner.active(), facts.absent.within(statement.condition, arm):
                    found = facts.absent.zero(variable)
            values.append(found)
    if not joined:
        return
    then, orelse = (
        inner.block(tuple(values)) for (inner, _), values in zip(arms, yields, strict=True)
    )
    mirror = If(
        tuple(joined), statement.condition, then, orelse, origin=statement.origin, role=REVERSE
    )
    facts.mirrors[mirror] = branch
    builder.add(mirror)
    for variable, target in zip(changed, joined, strict=True):
        cotangents.set(variable, target)
