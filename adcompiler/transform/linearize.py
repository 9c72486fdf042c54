"""Value and pushforward: a tangent program parted into what knows no direction, and what is linear in it.

Where no branch and no loop carries a tangent, the tangent statements that depend on the direction are the second
part.  Else the pushforward is the transpose of the pullback: the adjoint program already records what a linear
sweep reads, loops and branches included, and being linear its own adjoint is the map from tangents to tangents.
What cannot be transposed (a list that grows) runs again.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from adcompiler.analysis.dataflow import forward_graph, reached
from adcompiler.ir.builder import Builder, current
from adcompiler.ir.effects import has_effects
from adcompiler.ir.nodes import PRIMAL, REVERSE, TANGENT, Block, For, If, Statement, While
from adcompiler.ir.structure import Structure, refill, sequence
from adcompiler.ir.values import Atom, Constant, Variable, derivative_of
from adcompiler.ir.walk import all_statements, block_parameters, blocks, inline, targets_of
from adcompiler.primitives.custom import stand_in
from adcompiler.transform.adjoint import pull, sweep
from adcompiler.transform.directions import differentiable, tangents_out
from adcompiler.transform.problem import Problem
from adcompiler.transform.tangent import push


def linearized(problem: Problem, _: tuple[Structure, ...]) -> Structure:
    """Value, tangents of the result, and the seeds they depend on, as variables that `split` makes parameters."""
    dots = [
        derivative_of(arg, "dot") if want else None
        for arg, want in zip(problem.args, problem.wanted, strict=True)
    ]
    builder = current()
    first = len(builder.statements)
    parted = _repeated if problem.request.kind == "linearize_again" else _straight
    results, tangents = parted(problem, dots) or _transposed(problem, dots)
    _part(builder, first, [d for d in dots if d is not None])
    before, builder.role = builder.role, REVERSE
    out = tangents_out(results, tangents)
    builder.role = before
    result = problem.function.result
    seeds: list[Any] = [Constant.of(None) if d is None else d for d in dots]
    return sequence(
        "tuple", (refill(result, results), refill(result, out), problem.arranged(seeds))
    )


Pair = tuple[list[Atom], list[Atom | None]]


def _straight(problem: Problem, dots: list[Variable | None]) -> Pair | None:
    """The tangent program, where no compound statement carries a tangent."""
    with current().nested() as scratch:
        results, tangents = push(problem.function, problem.args, [dots])
    moved = _dependent(scratch.statements, [d for d in dots if d is not None])
    if any(blocks(s) and moved.intersection(targets_of(s)) for s in scratch.statements):
        return None
    current().adopt(scratch.statements)
    return results, tangents[0]


def _repeated(problem: Problem, dots: list[Variable | None]) -> Pair | None:
    """The tangent program behind the function: loops and branches that carry tangents run again with them."""
    function = problem.function
    if any(map(has_effects, function.body.statements)):
        return None  # they would happen again
    _, results = inline(current(), function, problem.args)
    _, tangents = push(function, problem.args, [dots])
    return results, tangents[0]


def _transposed(problem: Problem, dots: list[Variable | None]) -> Pair:
    """The adjoint of the reverse sweep, at stand-ins for the cotangents: what is linear never reads them."""
    builder = current()
    first = len(builder.statements)
    symbols: list[Atom] = []

    def seeds(results: list[Atom]) -> list[Atom | None]:
        found: list[Atom | None] = []
        for result in results:
            varies = isinstance(result, Variable) and differentiable(result)
            found.append(current().apply(stand_in, result) if varies else None)
            symbols.extend(s for s in found[-1:] if s is not None)
        given[:] = found
        return found

    given: list[Atom | None] = []
    results, bars = pull(problem.function, problem.args, problem.wanted, seeds)
    pairs = [(b, d) for b, d in zip(bars, dots, strict=True) if b is not None and d is not None]
    last = len(builder.statements)
    made = {s for s in symbols if isinstance(s, Variable)}
    found = sweep(
        [s for s in builder.statements[first:] if made.isdisjoint(targets_of(s))],
        [b for b, _ in pairs],
        symbols,
        made,
        [d for _, d in pairs],
    )
    _rename(builder.statements[last:])
    tangents = iter(found)
    return results, [None if s is None else next(tangents) for s in given]


def _rename(statements: list[Statement]) -> None:
    """The cotangent of a cotangent of v is its tangent."""
    for s in all_statements(Block(tuple(statements))):
        for v in (*targets_of(s), *block_parameters(s)):
            bar = v.of
            if v.mark == "bar" and bar is not None and bar.mark == "bar" and bar.of is not None:
                v.mark_as(bar.of, "dot")


def _dependent(statements: list[Statement], dots: list[Variable]) -> set[Variable]:
    return reached(forward_graph(Block(tuple(statements)), control=True), dots)


def _part(builder: Builder, first: int, dots: list[Variable]) -> None:
    """What depends on the direction belongs to the second program, all else to the first."""
    statements = builder.statements[first:]
    moved, before = _dependent(statements, dots), -1
    while len(moved) > before:  # a loop goes as a whole, and what is computed from it goes with it
        before = len(moved)
        whole = [v for s in statements if moved.intersection(targets_of(s)) for v in targets_of(s)]
        moved = _dependent(statements, [*dots, *whole])
    builder.statements[first:] = [
        _with_role(s, REVERSE if moved.intersection(targets_of(s)) else TANGENT) for s in statements
    ]


def _with_role(s: Statement, role: str) -> Statement:
    """The statement and all inside it; what the function itself does stays as it is."""

    def block(old: Block) -> Block:
        return replace(old, statements=tuple(_with_role(inner, role) for inner in old.statements))

    if s.role == PRIMAL and role != REVERSE:
        return s
    if isinstance(s, If):
        return replace(s, role=role, then=block(s.then), orelse=block(s.orelse))
    if isinstance(s, (For, While)):
        return replace(s, role=role, body=block(s.body))
    return replace(s, role=role)
