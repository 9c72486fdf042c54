"""Tangents and adjoints of every variable of a run, by the compiler's own transformations.

Both apply `transform.tangent` and `transform.adjoint` to the executed calls and evaluate what these write; there
is no second implementation of any rule here.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from adcompiler.inspection.execution import Run
from adcompiler.ir.builder import Builder
from adcompiler.ir.evaluate import evaluate
from adcompiler.ir.nodes import Block, Function, Parameter
from adcompiler.ir.structure import leaves, sequence
from adcompiler.ir.types import is_inexact, is_number
from adcompiler.ir.values import Atom, Variable, derivative_of
from adcompiler.transform.adjoint import sweep
from adcompiler.transform.cotangents import Cotangents
from adcompiler.transform.tangent import push
from adcompiler.transform.tapes import without_tapes

Direction = Sequence[Any]


def varies(atom: Atom) -> bool:
    """True for what can have a derivative."""
    return is_number(atom.type) and is_inexact(atom.type)


def forward(run: Run, directions: Sequence[Direction]) -> list[dict[Variable, Any]]:
    """For each direction (one tangent for every input, None standing for zero) the tangent of every variable.

    What has no entry has the tangent zero.
    """
    variables = [*run.inputs, *(call.target for call in run.calls)]
    straight = Function(
        "run", _parameters(run.inputs), Block(tuple(run.calls)), sequence("tuple", tuple(variables))
    )
    dots = [
        [
            None if seed is None else derivative_of(x, "dot")
            for x, seed in zip(run.inputs, seeds, strict=True)
        ]
        for seeds in directions
    ]
    with Builder().active() as builder:
        _, found = push(straight, run.inputs, dots)
    given = [
        (dot, seed)
        for row, seeds in zip(dots, directions, strict=True)
        for dot, seed in zip(row, seeds, strict=True)
        if dot is not None
    ]
    atoms = [atom for row in found for atom in row if atom is not None]
    values = iter(_evaluated(run, builder, given, atoms))
    return [
        {v: next(values) for v, atom in zip(variables, row, strict=True) if atom is not None}
        for row in found
    ]


def backward(run: Run, seeds: Sequence[Any]) -> list[tuple[Variable, Any]]:
    """Every cotangent of the reverse sweep in its order, a variable again for each partial sum.

    `seeds` gives one cotangent for each leaf of the result, None standing for zero.
    """
    results = leaves(run.result)
    bars = [
        None if seed is None else derivative_of(r, "bar")
        for r, seed in zip(results, seeds, strict=True)
    ]
    sources = {x for x, want in zip(run.inputs, run.wanted, strict=True) if want}
    history = _History()
    with Builder().active() as builder:
        builder.statements.extend(run.calls)
        sweep(list(run.calls), results, list(run.inputs), sources, bars, history)
    given = [(bar, seed) for bar, seed in zip(bars, seeds, strict=True) if bar is not None]
    values = _evaluated(run, builder, given, [atom for _, atom in history.sums])
    return [(variable, value) for (variable, _), value in zip(history.sums, values, strict=True)]


class _History(Cotangents):
    """Keeps every partial sum, so no statement that made one may be taken back."""

    def __init__(self) -> None:
        super().__init__()
        self.sums: list[tuple[Variable, Atom]] = []

    def holds(self, atom: Atom) -> bool:
        return True

    def add(self, variable: Variable, contribution: Atom, shared: bool = False) -> None:
        super().add(variable, contribution, shared)
        total = self.get(variable)
        assert total is not None
        self.sums.append((variable, total))


def _parameters(variables: Sequence[Variable]) -> tuple[Parameter, ...]:
    return (Parameter("variables", sequence("tuple", tuple(variables))),)


def _evaluated(
    run: Run, builder: Builder, seeds: Sequence[tuple[Variable, Any]], atoms: Sequence[Atom]
) -> list[Any]:
    """The values of `atoms` after the statements of `builder` at the point of the run."""
    outside = [*run.inputs, *run.captures]
    inputs = [*outside, *(variable for variable, _ in seeds)]
    program = Function(
        "sweep", _parameters(inputs), builder.block(), sequence("tuple", tuple(atoms))
    )
    given = [*(run.values[v] for v in outside), *(seed for _, seed in seeds)]
    with np.errstate(all="ignore"):
        return list(evaluate(without_tapes(program), given))
