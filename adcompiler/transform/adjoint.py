"""Reverse mode: the forward sweep as it is, then every statement's pullback from last to first.

x̄ᵢ += ∂y/∂xᵢ ȳ (Griewank & Walther 2008, section 3.2).  Only what is *varied* (depends on an input that is
differentiated) receives a cotangent; what has none is a structural zero.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from adcompiler.ir.builder import Builder, current
from adcompiler.ir.effects import never_ends
from adcompiler.ir.nodes import REVERSE, Block, Call, Custom, For, Function, If, Statement, While
from adcompiler.ir.types import is_inexact
from adcompiler.ir.values import Atom, Variable
from adcompiler.ir.walk import inline
from adcompiler.transform.cotangents import Cotangents
from adcompiler.transform.custom import reverse_custom, spread_custom
from adcompiler.transform.effects import Replay, exposed
from adcompiler.transform.loops import reverse_loop, spread_loop
from adcompiler.transform.tangent import no_rule
from adcompiler.transform.variables import zero_like


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
    statements, results = inline(current(), exposed(function), list(args))
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
    cotangents = Cotangents() if cotangents is None else cotangents
    builder = current()
    before = builder.origin, builder.role
    builder.role = REVERSE
    try:
        for result, seed in zip(results, seeds, strict=True):
            if seed is not None and isinstance(result, Variable) and result in varied:
                cotangents.add(result, seed)
        _reverse(builder, statements, cotangents, varied)
    finally:
        builder.origin, builder.role = before
    return [cotangents.get(a) if a in sources else None for a in inputs]


def _spread(statements: Sequence[Statement], varied: set[Variable]) -> None:
    """Add every variable that depends on a varied one through statements that have derivatives."""
    for statement in statements:
        if isinstance(statement, Call):
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
                        and is_inexact(target.type)
                    ):
                        varied.add(target)
        elif isinstance(statement, Custom):
            spread_custom(statement, varied)
        else:
            assert isinstance(statement, (For, While))
            spread_loop(statement, varied, _spread)


def _reverse(
    builder: Builder, statements: Sequence[Statement], cotangents: Cotangents, varied: set[Variable]
) -> None:
    for statement in reversed(statements):
        builder.origin = statement.origin
        if isinstance(statement, If):
            _reverse_if(builder, statement, cotangents, varied)
            continue
        if isinstance(statement, (For, While)):
            reverse_loop(builder, statement, cotangents, varied, _spread, _reverse)
            continue
        if isinstance(statement, Custom):
            bars = [cotangents.take(target) for target in statement.targets]
            for variable, share in reverse_custom(builder, statement, bars, varied):
                cotangents.add(variable, share, shared=True)
            continue
        assert isinstance(statement, Call)
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


def _reverse_only(
    builder: Builder,
    statement: If,
    block: Block,
    targets: list[tuple[Variable, Atom | None]],
    cotangents: Cotangents,
    varied: set[Variable],
) -> None:
    """Where the other arm raises there is nothing to decide: who comes here went through this one."""
    copier = Replay(REVERSE).within(statement)
    statements = copier.statements(block.statements)
    builder.statements.extend(statements)
    inside = set(varied)
    _spread(statements, inside)
    for (_, cotangent), result in zip(targets, block.results, strict=True):
        atom = copier.atom(result)
        if cotangent is not None and isinstance(atom, Variable) and atom in inside:
            cotangents.add(atom, cotangent)
    _reverse(builder, statements, cotangents, inside)


def _reverse_if(
    builder: Builder, statement: If, cotangents: Cotangents, varied: set[Variable]
) -> None:
    """Decide again which arm ran, recompute its values, and reverse it.

    Both arms start from the cotangents so far and yield those they changed.  The condition and what the arm reads
    are still at hand, since every variable is assigned once.
    """
    targets = [(t, cotangents.take(t)) for t in statement.targets]
    if all(cotangent is None for _, cotangent in targets):
        return
    for block, other in ((statement.then, statement.orelse), (statement.orelse, statement.then)):
        if never_ends(block):
            _reverse_only(builder, statement, other, targets, cotangents, varied)
            return
    arms: list[tuple[Builder, Cotangents]] = []
    for block in (statement.then, statement.orelse):
        local = cotangents.copy()
        with builder.nested() as inner:
            copier = Replay(REVERSE).within(statement)
            statements = copier.statements(block.statements)
            inner.statements.extend(statements)
            inside = set(varied)
            _spread(statements, inside)
            for (_, cotangent), result in zip(targets, block.results, strict=True):
                atom = copier.atom(result)
                if cotangent is not None and isinstance(atom, Variable) and atom in inside:
                    local.add(atom, cotangent)
            _reverse(inner, statements, local, inside)
            arms.append((inner, local))
    changed: dict[Variable, None] = {}
    for _, local in arms:
        changed.update((v, None) for v in local.changed_since(cotangents))
    outer = [v for v in changed if v in varied]
    joined: list[Variable] = []
    yields: list[list[Atom]] = [[], []]
    for variable in outer:
        joined.append(Variable(None, variable.type, variable, "bar"))
        for (inner, local), values in zip(arms, yields, strict=True):
            found = local.get(variable)
            if found is None:
                with inner.active():
                    found = zero_like(variable)
            values.append(found)
    blocks = [inner.block(tuple(values)) for (inner, _), values in zip(arms, yields, strict=True)]
    if joined:
        builder.add(
            If(
                tuple(joined),
                statement.condition,
                blocks[0],
                blocks[1],
                origin=statement.origin,
                role=REVERSE,
            )
        )
    for variable, target in zip(outer, joined, strict=True):
        cotangents.set(variable, target)
