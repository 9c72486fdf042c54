"""Arguments to parameters, as Python binds them."""

from __future__ import annotations

import inspect
import types
from typing import Any

from adcompiler.errors import ArgumentError
from adcompiler.frontend.bound import Bound, Closure
from adcompiler.frontend.frame import Frame
from adcompiler.ir.structure import Branch, sequence
from adcompiler.ir.types import INT
from adcompiler.ir.values import Constant, Variable


def bind_function(
    frame: Frame, function: types.FunctionType, args: list[Bound], kwargs: dict[str, Bound]
) -> dict[str, Bound]:
    signature = inspect.signature(function, follow_wrapped=False)
    try:
        bound = signature.bind(*args, **kwargs)
    except TypeError as error:
        raise ArgumentError(
            f"`{function.__name__}` is called with the wrong arguments: {error}.",
            why=f"its parameters are {signature}.",
            write=f"{function.__name__}{signature}",
        ) from None
    scope: dict[str, Bound] = {}
    for name, parameter in signature.parameters.items():
        if name in bound.arguments:
            value = bound.arguments[name]
            if parameter.kind is inspect.Parameter.VAR_POSITIONAL:
                value = sequence("tuple", tuple(value))
            elif parameter.kind is inspect.Parameter.VAR_KEYWORD:
                value = Branch("dict", tuple(value), tuple(value.values()))
        elif parameter.kind is inspect.Parameter.VAR_POSITIONAL:
            value = sequence("tuple", ())
        elif parameter.kind is inspect.Parameter.VAR_KEYWORD:
            value = Branch("dict", (), ())
        else:
            value = _default(frame, function, name, parameter.default)
        if isinstance(value, Variable) and value.type == INT and value.name is None:
            value.rename(name)  # a count or a place; a float stays a part of its expression
        scope[name] = value
    return scope


def _default(frame: Frame, function: types.FunctionType, name: str, value: Any) -> Bound:
    """A default is an object made when the function was: read it where it lives."""
    if type(value) in (int, float, bool, complex, str, type(None)):
        return Constant.of(value)
    return frame.program.captures.read(("default", function, name), ("cell", name), value, name)


def bind_closure(
    function: Closure, args: list[Bound], kwargs: dict[str, Bound]
) -> dict[str, Bound]:
    """Bind the parameters of a nested function as Python would."""
    arguments = function.node.args
    kinds = inspect.Parameter
    defaults = dict(function.defaults)
    parameters: list[inspect.Parameter] = []

    def add(nodes: list[Any], kind: Any) -> None:
        for node in nodes:
            default = defaults.get(node.id, kinds.empty)
            parameters.append(inspect.Parameter(node.id, kind, default=default))

    add(arguments.posonlyargs, kinds.POSITIONAL_ONLY)
    add(arguments.args, kinds.POSITIONAL_OR_KEYWORD)
    add([arguments.vararg] if arguments.vararg else [], kinds.VAR_POSITIONAL)
    add(arguments.kwonlyargs, kinds.KEYWORD_ONLY)
    add([arguments.kwarg] if arguments.kwarg else [], kinds.VAR_KEYWORD)
    signature = inspect.Signature(parameters)
    try:
        bound = signature.bind(*args, **kwargs)
    except TypeError as error:
        raise ArgumentError(
            f"the nested function is called with the wrong arguments: {error}.",
            why=f"its parameters are {', '.join(p.name for p in parameters)}.",
            write="matching arguments",
        ) from None
    bound.apply_defaults()
    scope: dict[str, Bound] = {}
    for name, value in bound.arguments.items():
        kind = signature.parameters[name].kind
        if kind is kinds.VAR_POSITIONAL:
            value = sequence("tuple", tuple(value))
        elif kind is kinds.VAR_KEYWORD:
            value = Branch("dict", tuple(value), tuple(value.values()))
        scope[name] = value
    return scope
