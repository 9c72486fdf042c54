"""What the parameters of a differentiated function are called, and the function itself."""

from __future__ import annotations

import inspect
from typing import Any

from adcompiler.errors import ArgumentError
from adcompiler.frontend.bound import Bound, BoundMethod, Builtin, Closure, Differentiated
from adcompiler.frontend.parameters import POSITIONAL, own_signature
from adcompiler.ir.values import Constant
from adcompiler.primitives.catalogue import find


def parameter_names(target: Bound, count: int) -> list[str]:
    """Names for the positional parameters of what is differentiated."""
    names = positional_names(target)
    return [*names, *(f"x{k}" for k in range(len(names) + 1, count + 1))][:count]


def positional_names(target: Bound) -> list[str]:
    if isinstance(target, Closure):
        arguments = target.node.args
        return [a.id for a in (*arguments.posonlyargs, *arguments.args)]
    if isinstance(target, Differentiated):
        return positional_names(target.function)
    if isinstance(target, BoundMethod):
        return positional_names(target.function)[len(target.args) :]
    if isinstance(target, Builtin):
        return list(target.parameters)
    return _names_of(target.value) if isinstance(target, Constant) else []


def positional_count(target: Bound, argnums: Any) -> int | None:
    """How many arguments of a derivative program are its function's own; None where any number may be."""
    if isinstance(target, BoundMethod):
        count = positional_count(target.function, None)
        return None if count is None else count - len(target.args)
    if isinstance(target, Closure) and target.node.args.vararg is not None:
        return None
    if isinstance(target, Constant):
        try:
            own = own_signature(target.value, argnums)
        except (TypeError, ArgumentError):
            return None
        kinds = [p.kind for p in own.parameters.values()]
        if find(target.value) is None and inspect.Parameter.VAR_POSITIONAL in kinds:
            return None
        return sum(kind in POSITIONAL for kind in kinds)
    return len(positional_names(target))


def _names_of(value: Any) -> list[str]:
    try:
        parameters = inspect.signature(value).parameters.values()
    except (TypeError, ValueError):
        return ["x"]
    kinds = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    return [p.name for p in parameters if p.kind in kinds]


def function_name(target: Bound) -> str:
    if isinstance(target, Closure):
        return getattr(target.node, "name", "f")
    if isinstance(target, (Differentiated, BoundMethod)):
        return function_name(target.function)
    if isinstance(target, Builtin):
        return target.name
    if isinstance(target, Constant):
        name = getattr(target.value, "__name__", "f")
        return name if name.isidentifier() else "f"
    return "f"
