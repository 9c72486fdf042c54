"""The Laplacian: second derivatives along each number that varies, added up.

Numbers share one sweep of second order, which has no mixed derivatives.  For an array the tangents of its gradient
along all unit directions run in one sweep (forward over reverse), and the diagonal of what comes out is added up.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from adcompiler.errors import ArgumentError
from adcompiler.ir.builder import current
from adcompiler.ir.effects import has_effects
from adcompiler.ir.nodes import Function
from adcompiler.ir.primitive import lookup
from adcompiler.ir.structure import Structure, leaves, transform
from adcompiler.ir.types import is_complex, shape_of
from adcompiler.ir.values import Atom, Constant, Variable
from adcompiler.primitives.dimensions import dimension
from adcompiler.primitives.kinds import add
from adcompiler.transform.adjoint import pull
from adcompiler.transform.batch import append_batched
from adcompiler.transform.effects import replayable
from adcompiler.transform.orders import push_orders
from adcompiler.transform.problem import Problem, scalar_result
from adcompiler.transform.results import floating, kind_of
from adcompiler.transform.tangent import push
from adcompiler.transform.variables import name_after


def laplacian(problem: Problem, _: tuple[Structure, ...]) -> Structure:
    """One number: the trace of the Hessian."""
    function = problem.function
    chosen = scalar_result(problem, function.result)
    if any(is_complex(a.type) for a in problem.active):
        raise ArgumentError(
            f"the Laplacian of `{function.name}` is asked for with respect to complex numbers.",
            why="it is the sum of second derivatives with respect to real ones.",
            write="real and imaginary parts as arguments",
        )
    position = [leaf is chosen for leaf in leaves(function.result)].index(True)
    total: Atom | None = None
    scalars = [
        k for k, want in enumerate(problem.wanted) if want and not shape_of(problem.args[k].type)
    ]
    directions = [
        [Constant.of(1.0) if k == j else None for k in range(len(problem.args))] for j in scalars
    ]
    again = function
    if any(map(has_effects, function.body.statements)):
        function, again = replayable(function)
    count = len(leaves(problem.function.result))
    results, orders = push_orders(function, problem.args, directions, 2)
    results, given = results[:count], results[count:]
    for second in orders:
        total = add(total, second[1][position])
    for j, want in enumerate(problem.wanted):
        if want and j not in scalars:
            total = add(total, _second_trace(problem, again, given, j, position))
    zero: Atom = Constant.of(0.0)
    return kind_of(results[position], zero if total is None else floating(total), "dot")


def _gradient(problem: Problem, function: Function, j: int, position: int) -> Function:
    """The derivative of one result leaf with respect to input leaf `j`, as a function of the same parameters."""
    mapping: dict[Any, Variable] = {v: Variable(v.name, v.type) for v in function.inputs}
    parameters = tuple(
        replace(p, structure=transform(lambda v: mapping.get(v, v), p.structure))
        for p in function.parameters
    )
    args: list[Atom] = list(mapping.values())
    seeds: list[Atom | None] = [
        Constant.of(1.0) if k == position else None for k in range(len(leaves(function.result)))
    ]
    with current().nested() as inner:
        _, bars = pull(function, args, [k == j for k in range(len(args))], seeds)
        bar = bars[j]
        result = args[j] if bar is None else bar
    return Function(f"{function.name}_grad", parameters, inner.block(), result)


def _second_trace(
    problem: Problem, function: Function, given: list[Atom], j: int, position: int
) -> Atom | None:
    """Σ ∂²f/∂xᵢ² over the elements of the array that is input leaf `j`."""
    x = problem.args[j]
    assert isinstance(x, Variable)
    symbol = Variable(None, x.type, x, "dot")
    args = [*problem.args, *given]
    gradient = _gradient(problem, function, j, position)
    if gradient.result in gradient.inputs:
        return None  # no cotangent reaches the array: the function does not depend on it
    with current().nested() as scratch:
        direction: list[Atom | None] = [symbol if k == j else None for k in range(len(args))]
        _, tangents = push(gradient, args, [direction])
    basis = name_after(current().apply(lookup("basis_like"), x), x, "dot")
    batched = append_batched(scratch.statements, {symbol: basis})
    dot = tangents[0][0]
    rows = batched.get(dot) if isinstance(dot, Variable) else None
    if rows is None:
        return None  # the gradient is constant
    if len(shape_of(x.type)) != 1:
        rows = current().apply(lookup("reshape"), rows, dimension(rows, 0), -1)
    return current().apply(lookup("sum"), current().apply(lookup("diagonal"), rows))
