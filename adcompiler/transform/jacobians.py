"""Jacobians: all directions of an input, or all rows of a result, in one sweep."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from adcompiler.errors import ArgumentError, ResultError
from adcompiler.ir.builder import current
from adcompiler.ir.effects import has_effects
from adcompiler.ir.nodes import Function
from adcompiler.ir.primitive import lookup
from adcompiler.ir.structure import Structure, leaves, refill
from adcompiler.ir.types import is_complex, is_inexact, is_number, shape_of
from adcompiler.ir.values import Atom, Constant, Variable
from adcompiler.transform.adjoint import sweep
from adcompiler.transform.batch import append_batched
from adcompiler.transform.effects import exposed, replayable
from adcompiler.transform.problem import Problem, check_holomorphic
from adcompiler.transform.results import block_of
from adcompiler.transform.tangent import push
from adcompiler.transform.tapes import without_tapes
from adcompiler.transform.variables import name_after


def jacobian(problem: Problem, _: tuple[Structure, ...]) -> Structure:
    """Shape out.shape + in.shape for every pair of result leaf and input leaf; results outermost."""
    mode = _mode(problem)
    results, blocks = (forward_jacobian if mode == "forward" else reverse_jacobian)(problem)
    structures: list[Structure] = []
    for position, result in enumerate(results):
        if not is_number(result.type) or not is_inexact(result.type):
            raise ResultError(
                f"the result of `{problem.function.name}` is of type {result.type}.",
                why="an integer or bool does not vary continuously.",
                write="floating-point results",
            )
        values: list[Any] = []
        for arg, want, block in zip(problem.args, problem.wanted, blocks, strict=True):
            if not want:
                values.append(Constant.of(None))
                continue
            entry = None if block is None else block[position]
            entry = _jacobian_zero(result, arg) if entry is None else entry
            values.append(block_of(result, arg, entry))
        structures.append(problem.arranged(values))
    return refill(problem.function.result, structures)


def _mode(problem: Problem) -> str:
    """The mode asked for, or the cheaper one; with complex numbers on one side only there is one that has it.

    Forward mode gives ∂w/∂x of a real x, reverse mode ∂L/∂x - i ∂L/∂y of a real L.  Where both are complex, one
    complex number is the derivative of a holomorphic function only.
    """
    mode = problem.request.mode
    results = [
        leaf
        for leaf in leaves(problem.function.result)
        if is_number(leaf.type) and is_inexact(leaf.type)
    ]
    if problem.request.holomorphic:
        check_holomorphic(problem, results)
    else:
        arguments = any(is_complex(a.type) for a in problem.active)
        complex_results = any(is_complex(r.type) for r in results)
        if arguments and complex_results:
            raise ResultError(
                f"`{problem.function.name}` takes complex numbers to complex numbers.",
                why="its derivative is one complex number only where it is holomorphic; in general it is four real "
                "ones.",
                write="holomorphic=True, or real and imaginary parts as arguments and results",
            )
        if arguments or complex_results:
            only = "reverse" if arguments else "forward"
            if mode not in ("auto", only):
                raise ArgumentError(
                    f"the Jacobian of `{problem.function.name}` is asked for in {mode} mode.",
                    why=f"complex {'arguments' if arguments else 'results'} need two {mode} sweeps and one "
                    f"{only} sweep.",
                    write=f'mode="{only}", or ad.jacobian',
                )
            return only
    if mode != "auto":
        return mode
    fewer = _count(problem.active) <= _count(leaves(problem.function.result))
    return "forward" if fewer else "reverse"


def forward_jacobian(problem: Problem) -> tuple[list[Atom], list[list[Atom | None] | None]]:
    """For each input leaf the derivative of every result leaf, by one sweep for all directions of that leaf."""
    function, args = problem.function, problem.args
    scalars = [k for k, want in enumerate(problem.wanted) if want and shape_of(args[k].type) == ()]
    directions: list[list[Atom | None]] = [
        [Constant.of(1.0) if k == j else None for k in range(len(args))] for j in scalars
    ]
    again = function
    if any(map(has_effects, function.body.statements)):
        function, again = replayable(function)
    results, tangents = push(function, args, directions)
    count = len(leaves(problem.function.result))
    results, given = results[:count], results[count:]
    found: list[list[Atom | None] | None] = [None] * len(args)
    for j, dots in zip(scalars, tangents, strict=True):
        found[j] = list(dots)
    for j, want in enumerate(problem.wanted):
        if want and j not in scalars:
            found[j] = _batched_columns(problem, again, given, j)
    return results, found


def _batched_columns(
    problem: Problem, function: Function, given: list[Atom], j: int
) -> list[Atom | None]:
    """∂results/∂xⱼ for an array xⱼ: its basis vectors are pushed together.

    `function` has no effects; it is given what they gave in the first run.
    """
    x = problem.args[j]
    assert isinstance(x, Variable)
    symbol = Variable(None, x.type, x, "dot")
    with current().nested() as scratch:
        args = [*problem.args, *given]
        direction: list[Atom | None] = [symbol if k == j else None for k in range(len(args))]
        again, tangents = push(function, args, [direction])
    basis = name_after(current().apply(lookup("basis_like"), x), x, "dot")
    batched = append_batched(scratch.statements, {symbol: basis})
    columns: list[Atom | None] = []
    for result, dot in zip(again, tangents[0], strict=True):
        if dot is None:
            columns.append(None)
            continue
        rows = batched.get(dot) if isinstance(dot, Variable) else None
        if rows is None:
            columns.append(None)  # linear in the directions without reading them: zero
            continue
        rank = len(shape_of(result.type))
        if rank:
            rows = current().apply(lookup("transpose"), rows, axes=(*range(1, rank + 1), 0))
        columns.append(_shaped(rows, *_with_axes(result), *_with_axes(x)))
    return columns


def reverse_jacobian(problem: Problem) -> tuple[list[Atom], list[list[Atom | None] | None]]:
    """For each input leaf the derivative of every result leaf, by one sweep for all rows of each result leaf."""
    from adcompiler.ir.walk import inline

    builder = current()
    statements, results = inline(builder, exposed(without_tapes(problem.function)), problem.args)
    found: list[list[Atom | None]] = [[] for _ in problem.args]
    sources = set(problem.active)
    for position, result in enumerate(results):
        differentiable = (
            is_number(result.type) and is_inexact(result.type) and isinstance(result, Variable)
        )
        if not differentiable:
            for columns in found:
                columns.append(None)
            continue
        if shape_of(result.type) == ():
            seeds: list[Atom | None] = [
                Constant.of(1.0) if k == position else None for k in range(len(results))
            ]
            bars = sweep(statements, results, problem.args, sources, seeds)
        else:
            bars = _batched_rows(problem, statements, results, position, sources)
        for arg, columns, bar in zip(problem.args, found, bars, strict=True):
            if bar is None:
                columns.append(None)
            else:
                columns.append(
                    _shaped(bar, *_with_axes(result), *_with_axes(arg))
                    if shape_of(result.type)
                    else bar
                )
    kept: list[list[Atom | None] | None] = [
        columns if want else None for columns, want in zip(found, problem.wanted, strict=True)
    ]
    return results, kept


def _batched_rows(
    problem: Problem, statements: Any, results: list[Atom], position: int, sources: set[Variable]
) -> list[Atom | None]:
    result = results[position]
    assert isinstance(result, Variable)
    symbol = Variable(None, result.type, result, "bar")
    with current().nested() as scratch:
        seeds: list[Atom | None] = [symbol if k == position else None for k in range(len(results))]
        bars = sweep(statements, results, problem.args, sources, seeds)
    basis = name_after(current().apply(lookup("basis_like"), result), result, "bar")
    batched = append_batched(scratch.statements, {symbol: basis})

    def row_by_row(bar: Atom | None) -> Atom | None:
        found = batched.get(bar) if isinstance(bar, Variable) else None
        if found is not None or bar is None:
            return found
        # what a rule gives whatever the cotangent is stands in every row
        return current().apply(lookup("repeat_for"), bar, basis)

    return list(map(row_by_row, bars))


def _with_axes(*atoms: Atom) -> list[Atom]:
    return [a for a in atoms if shape_of(a.type)]


def _shaped(value: Atom, *likes: Atom) -> Atom:
    """`value` with the shapes of `likes` one behind the other."""
    if sum(len(shape_of(like.type)) for like in likes) == len(shape_of(value.type)):
        return value
    return current().apply(
        lookup("reshape_as" if len(likes) == 1 else "reshape_as_two"), value, *likes, lead=0
    )


def _jacobian_zero(result: Atom, arg: Atom) -> Atom:
    likes = _with_axes(result, arg)
    if not likes:
        return Constant.of(0.0)
    if len(likes) == 1:
        return current().apply(lookup("zeros_like"), likes[0])
    return current().apply(lookup("zeros_of_two"), *likes)


def _count(atoms: Sequence[Atom]) -> float:
    """How many numbers there are: exact where lengths are known, else a large guess for each unknown axis."""
    total = 0.0
    for atom in atoms:
        if isinstance(atom, Atom) and is_number(atom.type):
            size = 1.0
            for length in shape_of(atom.type):
                size *= 1000.0 if length.constant is None else length.constant
            total += size
    return total
