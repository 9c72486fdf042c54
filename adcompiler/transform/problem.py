"""A function on concrete operands, and which of its inputs are differentiated."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from adcompiler.errors import ArgumentError, ResultError
from adcompiler.ir.builder import current
from adcompiler.ir.nodes import Function, Parameter
from adcompiler.ir.primitive import lookup
from adcompiler.ir.structure import Branch, Structure, leaves, sequence, transform
from adcompiler.ir.types import Array, PythonScalar, is_complex, is_inexact, is_number, shape_of
from adcompiler.ir.values import Atom, Constant, Variable
from adcompiler.options import Request

Operands = list[Structure]


@dataclass(frozen=True)
class Problem:
    """A function on concrete operands, and which of its input leaves are differentiated."""

    request: Request
    function: Function
    operands: Operands
    positions: tuple[int, ...]
    args: list[Atom]
    wanted: list[bool]

    @property
    def active(self) -> list[Variable]:
        return [
            a
            for a, want in zip(self.args, self.wanted, strict=True)
            if want and isinstance(a, Variable)
        ]

    def arranged(self, values: Sequence[Any]) -> Structure:
        """One value for each input leaf, put into the structure and the order that `argnums` asks for."""
        remaining = iter(values)
        parts: list[Structure] = []
        for parameter in self.function.parameters:
            part = transform(
                lambda leaf: next(remaining) if isinstance(leaf, Variable) else Constant.of(None),
                parameter.structure,
            )
            parts.append(part)
        if isinstance(self.request.argnums, (int, str)):
            return parts[self.positions[0]]
        return sequence("tuple", tuple(parts[position] for position in self.positions))


def problem_of(request: Request, function: Function, operands: Operands) -> Problem:
    positions = positions_of(request, function.parameters)
    args: list[Atom] = []
    wanted: list[bool] = []
    for position, (parameter, operand) in enumerate(
        zip(function.parameters, operands, strict=True)
    ):
        for leaf, value in zip(leaves(parameter.structure), leaves(operand), strict=True):
            if not isinstance(leaf, Variable):
                continue
            want = position in positions and is_number(leaf.type) and is_inexact(leaf.type)
            if position in positions and isinstance(leaf.type, Array) and not is_inexact(leaf.type):
                raise ArgumentError(
                    f"`{parameter.name}` is an array of {leaf.type.dtype}, which has no derivative.",
                    why="integers and bools do not vary continuously.",
                    write=f"{parameter.name}.astype(float), or leave it out of argnums",
                )
            if want and is_complex(leaf.type):
                raise ArgumentError(
                    f"`{parameter.name}` is complex.",
                    why="complex derivatives are not supported yet.",
                    write="real and imaginary part as two arguments",
                )
            args.append(_own(leaf, value) if want else value)
            wanted.append(want)
    if request.argnums is not None and not any(wanted):
        raise ArgumentError(
            "none of the chosen arguments has a derivative.",
            why="argnums chooses "
            + ", ".join(f"`{function.parameters[k].name}`" for k in positions)
            + ", which hold no floating-point number.",
            write="argnums of a float or an array of floats",
        )
    return Problem(request, function, operands, positions, args, wanted)


def positions_of(request: Request, parameters: Sequence[Parameter]) -> tuple[int, ...]:
    """`argnums` as positions among the parameters."""
    if request.argnums is None:
        return tuple(
            k
            for k, p in enumerate(parameters)
            if any(
                isinstance(leaf, Variable) and is_inexact(leaf.type) for leaf in leaves(p.structure)
            )
        )
    chosen = request.argnums if isinstance(request.argnums, tuple) else (request.argnums,)
    names = [p.name for p in parameters]
    found: list[int] = []
    for item in chosen:
        if isinstance(item, str) and item in names:
            found.append(names.index(item))
        elif (
            isinstance(item, int)
            and not isinstance(item, bool)
            and -len(names) <= item < len(names)
        ):
            found.append(item % len(names))
        else:
            raise ArgumentError(
                f"argnums {item!r} names no argument.",
                why=f"the arguments are {', '.join(names) or 'none'}.",
                write=f"a position from 0 to {len(names) - 1}, or one of these names",
            )
    return tuple(found)


def _own(leaf: Variable, value: Atom) -> Variable:
    """A variable of this derivative's own: nothing outside it is differentiated by accident."""
    if isinstance(value, Constant) and isinstance(leaf.type, PythonScalar):
        value = Constant.of(float(value.value))
    target = Variable(leaf.name, leaf.type)
    current().apply(
        lookup("identity" if value.type == leaf.type else "to_float"), value, target=target
    )
    return target


def scalar_result(problem: Problem, result: Structure) -> Structure:
    """The leaf that a gradient is taken of, checked; `has_aux` parts it from the rest."""
    if problem.request.has_aux:
        if not (isinstance(result, Branch) and len(result.children) == 2):
            raise ResultError(
                "with has_aux=True the function returns two things.",
                why="the first is differentiated, the second handed through.",
                write="return loss, aux",
            )
        result = result.children[0]
    leaf = result
    if isinstance(leaf, Branch) or not is_number(leaf.type) or shape_of(leaf.type) != ():
        raise ResultError(
            f"the result of `{problem.function.name}` is not one number.",
            why=f"a gradient is that of a scalar; the result is {describe(leaf)}.",
            write="a scalar result (.sum(), .mean(), [0]), or ad.jacobian",
        )
    if is_complex(leaf.type):
        raise ResultError(
            f"the result of `{problem.function.name}` is complex.",
            why="complex derivatives are not supported yet.",
            write="a real result",
        )
    if not is_inexact(leaf.type):
        raise ResultError(
            f"the result of `{problem.function.name}` is of type {leaf.type}.",
            why="an integer or bool does not vary continuously: its derivative would be zero without a word.",
            write="a floating-point result",
        )
    return leaf


def describe(structure: Structure) -> str:
    if isinstance(structure, Branch):
        return f"a {structure.cls.__name__ if structure.cls else structure.kind}"
    return f"of type {structure.type}"
