"""The meaning of a Function: a reference interpreter that runs the NumPy function of every row.

It tells bugs of a transformation from bugs of emission: both must agree with it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from adcompiler.ir.nodes import Block, Call, Custom, For, Function, If, Statement, While
from adcompiler.ir.structure import leaves, refill, to_value
from adcompiler.ir.types import PythonScalar
from adcompiler.ir.values import Atom, Constant, Variable

Environment = dict[Variable, Any]
Observer = Callable[[Call, Any], None]


def evaluate(
    function: Function,
    inputs: list[Any],
    captured: list[Any] | None = None,
    observe: Observer | None = None,
) -> Any:
    """Run `function` on the leaves of its arguments; `observe` sees every call with its value."""
    environment: Environment = dict(zip(function.inputs, inputs, strict=True))
    environment.update(
        (c.variable, v) for c, v in zip(function.captures, captured or [], strict=True)
    )
    run_block(function.body, environment, observe)
    return to_value(
        refill(function.result, [read(leaf, environment) for leaf in leaves(function.result)])
    )


def read(atom: Atom, environment: Environment) -> Any:
    if isinstance(atom, Constant):
        return atom.value
    assert isinstance(atom, Variable)
    return environment[atom]


def run_block(block: Block, environment: Environment, observe: Observer | None) -> list[Any]:
    for statement in block.statements:
        run_statement(statement, environment, observe)
    return [read(atom, environment) for atom in block.results]


def run_statement(s: Statement, environment: Environment, observe: Observer | None) -> None:
    if isinstance(s, Call):
        value = s.primitive.function(*(read(a, environment) for a in s.args), **s.statics)
        if isinstance(s.target.type, PythonScalar) and isinstance(value, np.generic):
            value = value.item()  # a Python float is weak in promotion, np.float64 is not
        environment[s.target] = value
        if observe is not None:
            observe(s, value)
        return
    if isinstance(s, If):
        arm = s.then if read(s.condition, environment) else s.orelse
        values = run_block(arm, environment, observe)
    elif isinstance(s, (For, While)):
        values = _run_loop(s, environment, observe)
    elif isinstance(s, Custom):
        values = [read(atom, environment) for atom in s.values]
    else:
        raise TypeError(f"{type(s).__name__} must be expanded before it is evaluated")
    environment.update(zip(s.targets, values, strict=True))


def _run_loop(s: For | While, environment: Environment, observe: Observer | None) -> list[Any]:
    carried = [read(a, environment) for _, a in s.carried]
    consumed = [read(a, environment) for _, a in s.consumed]
    collected: list[list[Any]] = [[] for _ in s.collected]
    backwards = isinstance(s, For) and s.backwards
    if isinstance(s, For):
        taken = range(*(read(a, environment) for a in s.bounds))
        steps = iter(reversed(taken) if backwards else taken)
        last = len(taken) - 1
    count = 0
    while True:
        environment.update(zip((v for v, _ in s.carried), carried, strict=True))
        if isinstance(s, For):
            step = next(steps, None)
            if step is None:
                break
            environment[s.index] = step
        elif not run_block(s.test, environment, observe)[0]:
            break
        position = last - count if backwards else count
        for (variable, _), items in zip(s.consumed, consumed, strict=True):
            environment[variable] = items[position]
        carried = run_block(s.body, environment, observe)
        for items, atom in zip(collected, s.collected, strict=True):
            items.append(read(atom, environment))
        count += 1
        if s.leave is not None and read(s.leave, environment):
            break
    if backwards:
        collected = [items[::-1] for items in collected]
    return [*carried, *collected]
