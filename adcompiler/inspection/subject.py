"""What is inspected: the function behind our own objects, the arguments, which of them are differentiated."""

from __future__ import annotations

import types
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

import numpy as np

from adcompiler.derivative import BoundDerivative, Derivative, Variant
from adcompiler.errors import ArgumentError
from adcompiler.frontend.capture import Key
from adcompiler.frontend.lower import Lowered
from adcompiler.frontend.parameters import own_signature
from adcompiler.interface import chosen_names, seeds_of
from adcompiler.ir.nodes import Function
from adcompiler.ir.structure import Structure, from_value, leaves
from adcompiler.ir.types import FLOAT, Opaque, Type, is_inexact, is_number
from adcompiler.ir.values import Atom, Variable
from adcompiler.options import Request
from adcompiler.pipeline import Compiled, trace_of

ArgNums = int | str | Sequence[int | str] | None


@dataclass(frozen=True)
class Subject:
    """A function at a point.  `names` are the parameters that are differentiated."""

    primal: Callable[..., Any]
    args: tuple[Any, ...]
    names: tuple[str, ...]
    name: str

    @property
    def chosen(self) -> tuple[tuple[str, Any], ...]:
        """The differentiated arguments with their names."""
        bound = _bound(self.primal, self.args, defaults=True, argnums=self.names)
        return tuple((name, bound[name]) for name in self.names)

    def request(self, kind: str) -> Request:
        """The tangent or adjoint program for these arguments."""
        mode = "forward" if kind == "tangent" else "reverse"
        return Request(kind, self.names, mode, seeds=seeds_of(kind, self.names, self.primal))


@dataclass(frozen=True)
class Point:
    """The primal trace of a subject, with the values of everything it reads."""

    function: Function
    inputs: tuple[Any, ...]
    captured: tuple[Any, ...]
    wanted: tuple[bool, ...]


def unwrapped(f: Any) -> Callable[..., Any]:
    """The function itself where `f` is one of our own derivative objects, however deep.

    >>> import adcompiler as ad
    >>> def square(x):
    ...     return x * x
    >>> unwrapped(ad.grad(ad.grad(square))) is square
    True
    """
    while isinstance(f, (Derivative, BoundDerivative)):
        f = f.primal
    if not callable(f):
        raise ArgumentError(
            f"{f!r} is no function.", why="only functions have derivatives.", write="ad.trace(f, x)"
        )
    found: Callable[..., Any] = f
    return found


def subject_of(f: Any, args: Sequence[Any], argnums: ArgNums) -> Subject:
    """Sort out what to differentiate.

    `argnums` None means every argument given that has a derivative, as for `tangent` and `adjoint`; where there
    is none, because all numbers are ints, the ints are taken as floats.
    """
    primal, given = unwrapped(f), list(args)
    name = getattr(primal, "__name__", "f")
    if isinstance(primal, types.MethodType):
        if argnums is not None:
            argnums = _behind_self(argnums)
        method: Any = primal
        primal, given = method.__func__, [method.__self__, *given]
    items: Any = tuple(argnums) if isinstance(argnums, (list, tuple)) else argnums
    bound = _bound(primal, tuple(given), argnums is not None, items)
    if argnums is None:
        chosen = [k for k, value in bound.items() if any(map(_inexact, leaves(from_value(value))))]
        chosen = chosen or [key for key, value in bound.items() if type(value) is int]
        if not chosen:
            raise ArgumentError(
                f"no argument of `{name}` has a derivative.",
                why="only floats, and arrays and containers of them, vary continuously.",
                write=f"{name} at a float argument",
            )
    else:
        chosen = chosen_names(items, list(bound))
    parameters = list(own_signature(primal, items).parameters)
    for key in chosen:
        position = parameters.index(key)
        if position < len(given) and type(given[position]) is int:
            given[position] = float(given[position])
    ordered = tuple(key for key in bound if key in chosen)
    return Subject(primal, tuple(given), ordered, name)


def _behind_self(argnums: Any) -> tuple[int | str, ...]:
    items = argnums if isinstance(argnums, (list, tuple)) else (argnums,)
    return tuple(k + 1 if isinstance(k, int) and k >= 0 else k for k in items)


def _bound(
    primal: Callable[..., Any], args: tuple[Any, ...], defaults: bool, argnums: Any
) -> dict[str, Any]:
    signature = own_signature(primal, argnums)
    try:
        bound = signature.bind(*args)
    except TypeError as error:
        name = getattr(primal, "__name__", "f")
        raise ArgumentError(
            f"the arguments do not fit `{name}`: {error}.",
            why=f"its parameters are {signature}.",
            write=f"{name}{signature}",
        ) from None
    if defaults:
        bound.apply_defaults()
    return dict(bound.arguments)


def _inexact(leaf: object) -> bool:
    if isinstance(leaf, (np.ndarray, np.generic)):
        return leaf.dtype.kind in "fc"
    return type(leaf) in (float, complex)


class _Tracing(Derivative):
    """Uses the way from arguments to a signature and its variant; the variant is the primal trace."""

    def __init__(self, subject: Subject) -> None:
        super().__init__(Request("value_and_grad", subject.names), subject.primal)
        self.subject = subject

    def point(self) -> Point:
        values = self._bind(self.subject.args, {})
        variant = self._find(values)
        lowered = cast(Lowered, variant.compiled)
        function = lowered.function
        inputs: list[Any] = []
        wanted: list[bool] = []
        for parameter in function.parameters:
            given = leaves(from_value(values[parameter.name]))
            for leaf, value in zip(leaves(parameter.structure), given, strict=True):
                if isinstance(leaf, Variable):
                    inputs.append(
                        float(value) if leaf.type == FLOAT and type(value) is int else value
                    )
                    wanted.append(parameter.name in self.subject.names and _has_derivative(leaf))
        return Point(function, tuple(inputs), tuple(_captured(lowered, values)), tuple(wanted))

    def _built(
        self,
        arguments: dict[str, Structure],
        parameters: Any,
        stem: str,
        number: int,
        fixed: Collection[Key],
    ) -> Variant:
        lowered = trace_of(self.primal, parameters, stem, fixed)
        return Variant(arguments, cast(Compiled, lowered), number)


def _has_derivative(leaf: Atom) -> bool:
    return is_number(leaf.type) and is_inexact(leaf.type)


def _captured(lowered: Lowered, arguments: Mapping[str, Any]) -> list[Any]:
    """The present values of what the trace reads from outside, in the order of its captures.

    Every number that a dependency holds became one capture, in the order in which they were met; so did every
    object that is handed to a call whole.
    """
    numbers = iter(_numbers(lowered, arguments))
    return [
        _whole(lowered, capture.reference, arguments)
        if isinstance(capture.variable.type, Opaque)
        else next(numbers)
        for capture in lowered.function.captures
    ]


def _whole(lowered: Lowered, reference: tuple[Any, ...], arguments: Mapping[str, Any]) -> Any:
    """The object at this place."""
    for dependency in lowered.dependencies:
        if dependency.reference == reference:
            return dependency.read(arguments)
    value = arguments[reference[1]]
    for step in reference[2:]:
        value = getattr(value, step.lstrip("."))
    return value


def _numbers(lowered: Lowered, arguments: Mapping[str, Any]) -> list[Any]:
    found: list[Any] = []
    for dependency in lowered.dependencies:
        expected = leaves(dependency.expected)
        if any(isinstance(leaf, Type) for leaf in expected):
            given = leaves(from_value(dependency.read(arguments)))
            found += [v for leaf, v in zip(expected, given, strict=True) if isinstance(leaf, Type)]
    return found


def point_of(subject: Subject) -> Point:
    """Lower the subject's function on its arguments."""
    return _Tracing(subject).point()
