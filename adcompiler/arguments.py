"""The abstract arguments of a program: assumed, specialised on a value, turned into parameters of the trace."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from adcompiler.errors import ArgumentError
from adcompiler.frontend.abstraction import (
    Known,
    ObjectLeaf,
    abstract,
    from_annotation,
    signature_key,
)
from adcompiler.frontend.bound import Instance
from adcompiler.frontend.capture import Dependency, is_whole, leaf_name
from adcompiler.ir.lengths import Length
from adcompiler.ir.nodes import Parameter
from adcompiler.ir.structure import Branch, Structure, accessors, from_value, leaves, paths, refill
from adcompiler.ir.types import Array, Type
from adcompiler.ir.values import Constant, Variable
from adcompiler.primitives.statics import ValueNeeded


@dataclass(frozen=True)
class Assumed:
    """Stands for an argument that nobody has given yet."""

    name: str
    parameter: inspect.Parameter

    @property
    def structure(self) -> Structure:
        default = self.parameter.default
        if default is not inspect.Parameter.empty:
            return abstract(default, name=self.name, active=False)
        if self.parameter.kind is inspect.Parameter.VAR_POSITIONAL:
            return Branch("tuple", (), ())
        if self.parameter.kind is inspect.Parameter.VAR_KEYWORD:
            return Branch("dict", (), ())
        return from_annotation(self.parameter.annotation, self.name)


def as_parameter(parameter: inspect.Parameter, structure: Structure, value: Any) -> Parameter:
    """Variables for the numbers of an argument, constants for what is known, objects as they are."""
    steps = (
        [accessors(path, structure) for path in paths(structure)]
        if isinstance(structure, Branch)
        else [()]
    )
    opened = (
        leaves(from_value(value))
        if any(isinstance(s, ObjectLeaf) for s in leaves(structure))
        else []
    )
    found: list[Any] = []
    for position, (leaf, step) in enumerate(zip(leaves(structure), steps, strict=True)):
        if isinstance(leaf, Type):
            found.append(Variable(leaf_name(parameter.name, step), leaf))
        elif isinstance(leaf, Known):
            found.append(Constant.of(leaf.value))
        else:
            found.append(Instance(opened[position], ("argument", parameter.name, *step)))
    kind = parameter.kind
    default = None
    if parameter.default is not inspect.Parameter.empty and type(parameter.default) in (
        int,
        float,
        bool,
        str,
        type(None),
    ):
        default = Constant.of(parameter.default)
    return Parameter(parameter.name, refill(structure, found), int(kind), default)


def key_of(arguments: dict[str, Structure]) -> Any:
    return tuple((name, signature_key(structure)) for name, structure in arguments.items())


def place_of(
    needed: ValueNeeded, arguments: dict[str, Structure], values: dict[str, Any]
) -> tuple[str, int]:
    """The argument, and the leaf in it, whose value (of an array: shape) the compilation asked for."""
    for argument, structure in arguments.items():
        steps = (
            [accessors(path, structure) for path in paths(structure)]
            if isinstance(structure, Branch)
            else [()]
        )
        for position, (leaf, step) in enumerate(zip(leaves(structure), steps, strict=True)):
            same = (
                leaf_name(argument, step) == needed.variable.name and leaf == needed.variable.type
            )
            asked = is_whole(leaf) or isinstance(leaf, Array)
            if same and asked and not isinstance(values[argument], Assumed):
                return argument, position
    raise ArgumentError(
        f"the value of {needed.what or f'`{needed.variable.name}`'} must be known while compiling.",
        why="it decides the structure of the program (an axis, a shape, an index into a container), "
        "and is computed.",
        write="a constant, an int argument that is passed through unchanged, or an int from outside",
        origin=needed.origin,
    ) from None


def whole_number(outside: Dependency, values: Mapping[str, Any]) -> tuple[type, Any] | None:
    """The present int or bool at a place outside the arguments; None for anything else."""
    try:
        found = outside.read(values)
    except (LookupError, AttributeError):
        return None
    return (type(found), found) if isinstance(found, (int, np.integer, np.bool_)) else None


def specialised(
    arguments: dict[str, Structure], values: dict[str, Any], place: tuple[str, int]
) -> dict[str, Structure]:
    """The same arguments, one int being known by its value, or one array by its shape."""
    argument, position = place
    fixed = leaves(arguments[argument])
    value, leaf = leaves(from_value(values[argument]))[position], fixed[position]
    if isinstance(leaf, Array):
        fixed[position] = Array(leaf.dtype, tuple(map(Length.of, value.shape)))
    else:
        fixed[position] = Known(value)
    return {**arguments, argument: refill(arguments[argument], fixed)}


def home_of(primal: Callable[..., Any]) -> dict[str, Any]:
    """The globals of the function at the bottom of wrappers, derivatives and methods."""
    function: Any = primal
    while True:
        found = getattr(function, "__globals__", None)
        if isinstance(found, dict):
            return found
        inner = (
            getattr(function, "primal", None)
            or getattr(function, "func", None)
            or getattr(function, "__func__", None)
        )
        if inner is None:
            call = inspect.getattr_static(type(function), "__call__", None)
            return getattr(call, "__globals__", {})
        function = inner
