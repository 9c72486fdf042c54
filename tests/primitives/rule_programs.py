"""Small programs around one call: its tangent, its adjoint, and derivatives of those, rule by rule.

Independent of the compiler's own transformations: straight-line blocks of calls only.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from adcompiler.ir.builder import Builder
from adcompiler.ir.evaluate import evaluate
from adcompiler.ir.nodes import Call, Function, Parameter
from adcompiler.ir.structure import leaves, sequence
from adcompiler.ir.types import is_inexact
from adcompiler.ir.values import Atom, Constant, Variable
from adcompiler.ir.verify import verify
from adcompiler.primitives.accumulation import fit_cotangent
from adcompiler.primitives.kinds import add
from tests.primitives.rule_cases import Case


def function_of(
    name: str, inputs: Sequence[Variable], builder: Builder, results: Sequence[Atom]
) -> Function:
    parameters = tuple(Parameter(v.name or f"p{i}", v) for i, v in enumerate(inputs))
    return Function(name, parameters, builder.block(), sequence("tuple", tuple(results)))


def primal_of(case: Case) -> Function:
    inputs = [Variable(f"x{i}", t) for i, t in enumerate(case.types)]
    with Builder().active() as builder:
        y = builder.apply(case.primitive, *inputs, **case.statics)
    return sound(function_of(case.primitive.name, inputs, builder, [y]))


def sound(function: Function) -> Function:
    problems = verify(function)
    assert not problems, "\n".join(problems)
    return function


def results_of(function: Function) -> list[Atom]:
    return list(leaves(function.result))


def tangent_of(function: Function, active: Sequence[int]) -> Function:
    """Inputs, then one tangent for each active input; the results are their tangents."""
    inputs = function.inputs
    tangents: dict[Atom, Atom] = {}
    dots = []
    for i in active:
        dot = Variable(None, inputs[i].type, inputs[i], "dot")
        tangents[inputs[i]] = dot
        dots.append(dot)
    with Builder().active() as builder:
        for call in function.body.statements:
            assert isinstance(call, Call)
            builder.add(call)
            operands = [tangents.get(a) for a in call.args]
            rule = call.primitive.pushforward
            if (
                any(dot is not None for dot in operands)
                and call.primitive.verdict == "differentiable"
            ):
                assert rule is not None, call.primitive
                result = rule(call, operands)
                if result is not None:
                    tangents[call.target] = result
        outputs = [tangents.get(r, Constant.of(0.0)) for r in results_of(function)]
    return sound(function_of(function.name + "_tangent", [*inputs, *dots], builder, outputs))


def adjoint_of(function: Function, active: Sequence[int]) -> Function:
    """Inputs, then one cotangent for each result; the results are theirs for the inputs."""
    inputs = function.inputs
    bars: dict[Atom, Atom | None] = {}
    seeds = []
    with Builder().active() as builder:
        wanted: set[Atom] = {inputs[i] for i in active}
        for call in function.body.statements:
            assert isinstance(call, Call)
            builder.add(call)
            if call.primitive.verdict == "differentiable" and is_inexact(call.target.type):
                wanted |= {call.target} if any(a in wanted for a in call.args) else set()
        for result in results_of(function):
            seed = Variable("seed", result.type)
            seeds.append(seed)
            bars[result] = add(bars.get(result), seed)
        for call in reversed(function.body.statements):
            assert isinstance(call, Call)
            y_bar = bars.get(call.target)
            if y_bar is None or call.target not in wanted:
                continue
            rule = call.primitive.pullback
            assert rule is not None, call.primitive
            found = rule(
                call,
                y_bar,
                [
                    a in wanted and i not in call.primitive.shape_only
                    for i, a in enumerate(call.args)
                ],
            )
            assert len(found) == len(call.args), "one cotangent for each operand"
            for arg, bar in zip(call.args, found, strict=True):
                if bar is not None and arg in wanted:
                    bars[arg] = add(bars.get(arg), bar)
        outputs: list[Atom] = []
        for i in active:
            bar = bars.get(inputs[i])
            outputs.append(fit_cotangent(inputs[i], Constant.of(0.0)) if bar is None else bar)
    return sound(function_of(function.name + "_adjoint", [*inputs, *seeds], builder, outputs))


def run(function: Function, operands: Sequence[Any]) -> tuple[Any, ...]:
    found: tuple[Any, ...] = evaluate(function, list(operands))
    return found


def direction_like(value: Any, rng: np.random.Generator) -> Any:
    """A random tangent of the same class, dtype and shape."""
    random = rng.uniform(0.5, 1.5, np.shape(value)) * rng.choice([-1.0, 1.0], np.shape(value))
    if np.iscomplexobj(value):
        random = random + 1j * rng.uniform(-1.5, 1.5, np.shape(value))
    if isinstance(value, np.ndarray):
        return np.asarray(random, dtype=value.dtype)
    return type(value)(random)


def moved(
    operands: Sequence[Any], active: Sequence[int], direction: Sequence[Any], step: Any
) -> list[Any]:
    """The operands a step along the direction, in double precision."""
    found = list(operands)
    for i, d in zip(active, direction, strict=True):
        found[i] = wide(operands[i]) + step * wide(d)
    return found


def wide(value: Any) -> Any:
    kind = complex if np.iscomplexobj(value) else float
    return np.asarray(value, dtype=kind) if isinstance(value, np.ndarray) else kind(value)


def difference(
    function: Function, operands: Sequence[Any], active: Sequence[int], direction: Sequence[Any]
) -> list[Any]:
    """The derivative of all results along a direction, to fourth order in the step (Richardson)."""
    h = 1e-3

    def at(step: float) -> list[Any]:
        return [
            np.asarray(v, dtype=complex if np.iscomplexobj(v) else float)
            for v in run(function, moved(operands, active, direction, step))
        ]

    return [
        (8.0 * (a - b) - (c - d)) / (12.0 * h)
        for a, b, c, d in zip(at(h), at(-h), at(2 * h), at(-2 * h), strict=True)
    ]
