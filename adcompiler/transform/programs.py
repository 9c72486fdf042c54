"""The derivative programs: what each kind of request appends to the current block.

Each is a composition of `push` (tangents), `pull` (cotangents) and `append_batched` (many directions at once).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from adcompiler.errors import ArgumentError
from adcompiler.ir.builder import current
from adcompiler.ir.nodes import REVERSE, TANGENT, Function
from adcompiler.ir.structure import Structure, leaves, refill, sequence, transform
from adcompiler.ir.types import is_complex, is_inexact, is_number
from adcompiler.ir.values import Atom, Constant, Variable, derivative_of
from adcompiler.options import Request
from adcompiler.transform.adjoint import pull
from adcompiler.transform.directions import (
    derivative,
    directional,
    jvp,
    pushforward,
    tangent_program,
)
from adcompiler.transform.jacobians import forward_jacobian, jacobian
from adcompiler.transform.laplacian import laplacian
from adcompiler.transform.linearize import linearized
from adcompiler.transform.problem import Operands, Problem, problem_of, scalar_result
from adcompiler.transform.results import checked_like, returned


def derive(
    request: Request, function: Function, operands: Operands, extra: tuple[Structure, ...]
) -> Structure:
    """Append the derivative that `request` asks for; return its result as a structure of atoms."""
    return _PROGRAMS[request.kind](problem_of(request, function, operands), extra)


def _seed_one(result: Atom) -> Atom:
    """ȳ = 1 for a scalar result."""
    return Constant.of(1.0)


def _result_seeds(function: Function, chosen: Structure, seed: Atom) -> list[Atom | None]:
    return [seed if leaf is chosen else None for leaf in leaves(function.result)]


def _bars(problem: Problem, bars: Sequence[Atom | None], role: str = REVERSE) -> Structure:
    """Derivatives as they leave the program; what that takes belongs to the sweep that made them."""
    values: list[Any] = []
    builder = current()
    before, builder.role = builder.role, role
    for arg, want, bar in zip(problem.args, problem.wanted, bars, strict=True):
        if want:
            assert isinstance(arg, Variable)
            values.append(returned(arg, bar))
        else:
            values.append(Constant.of(None))
    builder.role = before
    return problem.arranged(values)


def _placed(function: Function, results: Sequence[Atom]) -> Structure:
    return refill(function.result, list(results))


def _gradient(problem: Problem, _: tuple[Structure, ...]) -> Structure:
    _, gradient, aux = _value_and_gradient(problem)
    return sequence("tuple", (gradient, aux)) if problem.request.has_aux else gradient


def _value_and_grad(problem: Problem, _: tuple[Structure, ...]) -> Structure:
    value, gradient, aux = _value_and_gradient(problem)
    if problem.request.has_aux:
        return sequence("tuple", (sequence("tuple", (value, aux)), gradient))
    return sequence("tuple", (value, gradient))


def _value_and_gradient(problem: Problem) -> tuple[Structure, Structure, Structure]:
    function = problem.function
    chosen = scalar_result(problem, function.result)
    if problem.request.mode == "forward":
        if any(is_complex(a.type) for a in problem.active) and not problem.request.holomorphic:
            raise ArgumentError(
                f"the gradient of `{function.name}` is asked for in forward mode.",
                why="complex arguments need two forward sweeps each, and one reverse sweep together.",
                write='mode="reverse"',
            )
        results, jacobian = forward_jacobian(problem)
        position = [leaf is chosen for leaf in leaves(function.result)].index(True)
        gradient = _bars(problem, [None if j is None else j[position] for j in jacobian], TANGENT)
    else:
        seeds = _result_seeds(function, chosen, _seed_one(chosen))
        results, bars = pull(function, problem.args, problem.wanted, seeds)
        gradient = _bars(problem, bars)
    placed = _placed(function, results)
    if problem.request.has_aux:
        return placed.children[0], gradient, placed.children[1]
    return placed, gradient, Constant.of(None)


def _adjoint(problem: Problem, extra: tuple[Structure, ...]) -> Structure:
    """Value and cotangents; the seed is an operand with the structure of the result (1.0 where it is left out)."""
    function = problem.function
    if extra:
        results, bars = pull(
            function, problem.args, problem.wanted, _cotangents_like(problem, extra[0])
        )
    else:
        chosen = scalar_result(replace_aux(problem), function.result)
        seeds = _result_seeds(function, chosen, _seed_one(chosen))
        results, bars = pull(function, problem.args, problem.wanted, seeds)
    return sequence(
        "tuple", (_placed(function, results), *_as_items(problem, _bars(problem, bars)))
    )


def _cotangents_like(
    problem: Problem, given: Structure
) -> Callable[[list[Atom]], list[Atom | None]]:
    """The cotangents given, checked against the results when these stand in the program."""
    return lambda results: checked_like(
        _placed(problem.function, results), given, "cotangent", problem
    )


def replace_aux(problem: Problem) -> Problem:
    return replace(problem, request=replace(problem.request, has_aux=False))


def _as_items(problem: Problem, structure: Structure) -> tuple[Structure, ...]:
    bare = isinstance(problem.request.argnums, (int, str))
    return (structure,) if bare else tuple(structure.children)


def _split_adjoint(problem: Problem, _: tuple[Structure, ...]) -> Structure:
    """Value, cotangents and the seeds they depend on, as variables that `split` makes parameters."""
    seeds: list[Any] = []
    for leaf in leaves(problem.function.result):
        differentiable = is_number(leaf.type) and is_inexact(leaf.type)
        seeds.append(derivative_of(leaf, "bar") if differentiable else Constant.of(None))
    results, bars = pull(
        problem.function,
        problem.args,
        problem.wanted,
        [s if isinstance(s, Variable) else None for s in seeds],
    )
    parts = (
        _placed(problem.function, results),
        _bars(problem, bars),
        refill(problem.function.result, seeds),
    )
    return sequence("tuple", parts)


def _pullback(problem: Problem, extra: tuple[Structure, ...]) -> Structure:
    """Cotangents alone, for a cotangent of the result."""
    _, bars = pull(
        problem.function, problem.args, problem.wanted, _cotangents_like(problem, extra[0])
    )
    return _bars(problem, bars)


def _inner(problem: Problem, request: Request) -> Function:
    """The derivative that `request` asks for as a function of the same parameters."""
    function = problem.function
    parameters = tuple(
        replace(
            p,
            structure=transform(
                lambda v: Variable(v.name, v.type) if isinstance(v, Variable) else v, p.structure
            ),
        )
        for p in function.parameters
    )
    with current().nested() as inner:
        result = derive(request, function, [p.structure for p in parameters], ())
    return Function(f"{function.name}_grad", parameters, inner.block(), result)


def _hessian(problem: Problem, _: tuple[Structure, ...]) -> Structure:
    """Forward over reverse: the Jacobian of the gradient, all columns in one sweep."""
    holomorphic = problem.request.holomorphic
    if any(is_complex(a.type) for a in problem.active) and not holomorphic:
        raise ArgumentError(
            f"the Hessian of `{problem.function.name}` is asked for with respect to complex numbers.",
            why="the gradient of a real function of complex numbers is not holomorphic, so its derivative is no "
            "complex matrix.",
            write="ad.hvp, or real and imaginary parts as arguments",
        )
    gradient = _inner(problem, Request("grad", problem.request.argnums, holomorphic=holomorphic))
    outer = Request("jacobian", problem.request.argnums, mode="forward", holomorphic=holomorphic)
    return derive(outer, gradient, problem.operands, ())


def _hvp(problem: Problem, extra: tuple[Structure, ...]) -> Structure:
    """The tangent of the gradient along a direction (forward over reverse)."""
    every = problem.request.argnums is None
    positions = tuple(range(len(problem.function.parameters))) if every else problem.positions
    gradient = _inner(problem, Request("grad", positions[0] if len(positions) == 1 else positions))
    pair = derive(Request("jvp", positions), gradient, problem.operands, extra)
    return pair.children[1]


def _hessian_product(problem: Problem, extra: tuple[Structure, ...]) -> Structure:
    """The same for one argument, whose tangent comes by itself."""
    return _hvp(problem, (sequence("tuple", extra),))


_PROGRAMS: dict[str, Callable[[Problem, tuple[Structure, ...]], Structure]] = {
    "grad": _gradient,
    "value_and_grad": _value_and_grad,
    "adjoint": _adjoint,
    "vjp": _split_adjoint,
    "pullback": _pullback,
    "tangent": tangent_program,
    "jvp": jvp,
    "derivative": derivative,
    "directional": directional,
    "jacobian": jacobian,
    "hessian": _hessian,
    "hvp": _hvp,
    "hessian_product": _hessian_product,
    "laplacian": laplacian,
    "linearize": linearized,
    "linearize_again": linearized,
    "pushforward": pushforward,
}
