"""A function on concrete operands, and which of its inputs are differentiated."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from adcompiler.analysis.activity import active
from adcompiler.errors import ArgumentError, ResultError
from adcompiler.ir.builder import current
from adcompiler.ir.definitions import definition_of, definitions_of, is_part
from adcompiler.ir.nodes import Call, Function, Parameter
from adcompiler.ir.primitive import lookup
from adcompiler.ir.structure import Branch, Structure, leaves, sequence, transform
from adcompiler.ir.types import (
    Array,
    PythonScalar,
    is_complex,
    is_inexact,
    is_number,
    shape_of,
)
from adcompiler.ir.values import Atom, Constant, Variable
from adcompiler.ir.walk import all_statements
from adcompiler.options import Request
from adcompiler.transform.variables import holds_complex

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
            args.append(_own(leaf, value) if want else value)
            wanted.append(want)
    chosen = [leaf for k in positions for leaf in leaves(function.parameters[k].structure)]
    # an empty container has an empty derivative
    if request.argnums is not None and chosen and not any(wanted):
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
        value = Constant.of(complex(value.value) if is_complex(leaf.type) else float(value.value))
    target = Variable(leaf.name, leaf.type)
    row = "to_complex" if is_complex(leaf.type) else "to_float"
    current().apply(lookup("identity" if value.type == leaf.type else row), value, target=target)
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
    if not is_inexact(leaf.type):
        raise ResultError(
            f"the result of `{problem.function.name}` is of type {leaf.type}.",
            why="an integer or bool does not vary continuously: its derivative would be zero without a word.",
            write="a floating-point result",
        )
    if is_complex(leaf.type) and not problem.request.holomorphic:
        raise ResultError(
            f"the result of `{problem.function.name}` is complex.",
            why="a gradient is that of a real number; only a holomorphic function of complex numbers has a complex "
            "derivative.",
            write="a real result (abs(z), z.real), or holomorphic=True",
        )
    if problem.request.holomorphic:
        check_holomorphic(problem, [leaf])
    return leaf


def check_holomorphic(problem: Problem, results: Sequence[Atom]) -> None:
    """Refuse what has no complex derivative: real arguments or results, rows that are linear over the reals only."""
    name = problem.function.name
    for what, atoms in (("arguments", problem.active), ("results", results)):
        if not all(is_complex(atom.type) for atom in atoms if is_number(atom.type)):
            raise ResultError(
                f"`{name}` has real {what}, so it is not holomorphic.",
                why="holomorphic=True asks for the complex derivative of complex results with respect to complex "
                "arguments.",
                write="the derivative without holomorphic=True, or complex numbers (x + 0j)",
            )
    inputs = [
        leaf
        for parameter in problem.function.parameters
        for leaf in leaves(parameter.structure)
        if isinstance(leaf, Variable)
    ]
    given = [v for v, want in zip(inputs, problem.wanted, strict=True) if want]
    _check_rows(name, problem.function, given, results)
    for d in definitions_of(problem.function):
        complex_ones = [v for v in d.lowered.inputs if is_complex(v.type)]
        _check_rows(name, d.lowered, complex_ones, leaves(d.lowered.result))


def _check_rows(
    name: str, function: Function, given: Sequence[Variable], results: Sequence[Atom]
) -> None:
    moving = active(function, given, results)
    for s in all_statements(function.body):
        if definition_of(s) is not None or is_part(s):
            continue
        reads = isinstance(s, Call) and s.target in moving and any(a in moving for a in s.args)
        if reads and isinstance(s, Call) and not is_holomorphic(s):
            raise ResultError(
                f"`{name}` is not holomorphic: `{s.primitive.name}` stands between argument and result.",
                why="the complex derivative of the real part, the conjugate, the modulus or the angle does not exist.",
                write="ad.vjp or ad.jvp, or ad.grad of a real result",
                origin=s.origin,
            )


def is_holomorphic(call: Call) -> bool:
    """False where a call takes complex numbers to something else than a complex multiple of their tangents."""
    return call.primitive.holomorphic and holds_complex(call.target.type)


def describe(structure: Structure) -> str:
    if isinstance(structure, Branch):
        return f"a {structure.cls.__name__ if structure.cls else structure.kind}"
    return f"of type {structure.type}"
