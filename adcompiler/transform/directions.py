"""Derivatives along a direction: of first order, of order n, with respect to one number."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from adcompiler.errors import ArgumentError, ResultError
from adcompiler.ir.structure import Branch, Structure, leaves, refill, sequence, transform
from adcompiler.ir.types import is_complex, is_inexact, is_number, shape_of
from adcompiler.ir.values import Atom, Constant, Variable
from adcompiler.transform.orders import push_orders
from adcompiler.transform.problem import Problem, check_holomorphic
from adcompiler.transform.results import checked_like, floating, kind_of
from adcompiler.transform.tangent import push
from adcompiler.transform.variables import zero_like


def tangent_program(problem: Problem, extra: tuple[Structure, ...]) -> Structure:
    """Value and tangent of the result; the tangents are operands."""
    results, tangents = push(problem.function, problem.args, [_direction(problem, extra)])
    dots = tangents_out(results, tangents[0])
    function = problem.function
    return sequence("tuple", (refill(function.result, results), refill(function.result, dots)))


def jvp(problem: Problem, extra: tuple[Structure, ...]) -> Structure:
    """`jvp(f, primals, tangents)`: the tangents come as one tuple."""
    problem, tangents = _given_together(problem, extra)
    return tangent_program(problem, tangents)


def pushforward(problem: Problem, extra: tuple[Structure, ...]) -> Structure:
    """The tangent of the result alone; the tangents are operands."""
    pair = tangent_program(problem, extra)
    assert isinstance(pair, Branch)
    return pair.children[1]


def directional(problem: Problem, extra: tuple[Structure, ...]) -> Structure:
    """dⁿ/dtⁿ f(x + t ẋ) at t = 0; the tangents come as one tuple."""
    problem, tangents = _given_together(problem, extra)
    return _of_order(problem, _direction(problem, tangents))


def derivative(problem: Problem, _: tuple[Structure, ...]) -> Structure:
    """dⁿf/dxⁿ for one number x."""
    request, function = problem.request, problem.function
    active = problem.active
    if len(active) != 1 or shape_of(active[0].type) != ():
        what = f"{len(active)} numbers or arrays"
        if len(active) == 1:
            what = f"an array of {len(shape_of(active[0].type))} axes"
        raise ArgumentError(
            f"the derivative of `{function.name}` is asked for with respect to {what}.",
            why="an n-th derivative is one with respect to one number.",
            write="ad.directional(f, (x,), (x_dot,), order=n) for arrays (np.ones_like(x) as x_dot gives that of an "
            "elementwise function at every point), or argnums of one number",
        )
    inexact = [leaf for leaf in leaves(function.result) if differentiable(leaf)]
    if request.holomorphic:
        check_holomorphic(problem, inexact)
    elif is_complex(active[0].type):
        raise ArgumentError(
            f"the derivative of `{function.name}` is asked for with respect to a complex number.",
            why="only a holomorphic function has one.",
            write="holomorphic=True",
        )
    return _of_order(problem, [Constant.of(1.0) if want else None for want in problem.wanted])


def _of_order(problem: Problem, direction: Sequence[Atom | None]) -> Structure:
    function = problem.function
    if not any(differentiable(leaf) for leaf in leaves(function.result)):
        raise ResultError(
            f"the result of `{function.name}` holds no floating-point number.",
            why="an integer or bool does not vary continuously: its derivative would be zero without a word.",
            write="a floating-point result",
        )
    results, found = push_orders(function, problem.args, [direction], problem.request.order)
    return refill(function.result, tangents_out(results, found[0][-1]))


def differentiable(leaf: Any) -> bool:
    return isinstance(leaf, Atom) and is_number(leaf.type) and is_inexact(leaf.type)


def _given_together(
    problem: Problem, extra: tuple[Structure, ...]
) -> tuple[Problem, tuple[Structure, ...]]:
    tangents = extra[0]
    if problem.request.argnums is None:
        problem = replace(problem, positions=tuple(range(len(problem.function.parameters))))
    if isinstance(problem.request.argnums, (int, str)):
        return problem, (tangents,)
    if not isinstance(tangents, Branch) or len(tangents.children) != len(problem.positions):
        raise ArgumentError(
            "the tangents do not fit the primals.",
            why=f"there are {len(problem.positions)} primals; each has one tangent.",
            write=f"{problem.request.kind}(f, (x, y), (x_dot, y_dot))",
        )
    return problem, tuple(tangents.children)


def _direction(problem: Problem, extra: Sequence[Structure]) -> list[Atom | None]:
    """One tangent for each input leaf, checked against it."""
    every = problem.request.argnums is None and len(extra) == len(problem.function.parameters)
    given = dict(zip(range(len(extra)) if every else problem.positions, extra, strict=True))
    own = iter(problem.args)
    direction: list[Atom | None] = []
    for position, parameter in enumerate(problem.function.parameters):
        here = transform(
            lambda leaf: next(own) if isinstance(leaf, Variable) else leaf, parameter.structure
        )
        inputs = leaves(parameter.structure)
        if position in problem.positions:
            dots = checked_like(here, given[position], "tangent", problem)
            pairs = zip(dots, inputs, strict=True)
            direction.extend(d for d, leaf in pairs if isinstance(leaf, Variable))
        else:
            direction.extend([None] * sum(isinstance(leaf, Variable) for leaf in inputs))
    return [d if want else None for d, want in zip(direction, problem.wanted, strict=True)]


def tangents_out(results: Sequence[Atom], dots: Sequence[Atom | None]) -> list[Any]:
    """Tangents as they leave the program: zeros where they are absent, None for what has none."""
    return [
        _tangent_or_zero(result, dot) if differentiable(result) else Constant.of(None)
        for result, dot in zip(results, dots, strict=True)
    ]


def _tangent_or_zero(result: Atom, dot: Atom | None) -> Atom:
    return kind_of(result, zero_like(result) if dot is None else floating(dot), "dot")
