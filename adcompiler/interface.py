"""The face of a derivative program: its parameters, its active arguments, its docstring."""

from __future__ import annotations

import inspect
import textwrap
from collections.abc import Callable
from typing import Any

from adcompiler.errors import ArgumentError
from adcompiler.frontend.parameters import POSITIONAL, REST, own_signature
from adcompiler.options import Request
from adcompiler.primitives.catalogue import find

#: a longer first line of a docstring is broken
SUMMARY_WIDTH = 80


def program_signature(request: Request, primal: Callable[..., Any]) -> inspect.Signature:
    """The parameters of the derivative program: those of the function, then tangents or the seed.

    They stand behind the others where that is possible, else they are keyword-only.
    """
    directional = (
        request.primals is not None
    )  # its primals are the arguments that are differentiated
    parameters = list(
        own_signature(primal, None if directional else request.argnums).parameters.values()
    )
    if directional:
        parameters = _one_for_each_primal(parameters, request)
    if not request.seeds:
        return inspect.Signature(parameters)
    if request.kind == "hessian_product":
        (name,) = chosen_names(request.argnums, [p.name for p in parameters])
        position = [p.name for p in parameters].index(name)
        tangent = inspect.Parameter(request.seeds[0], parameters[position].kind)
        return inspect.Signature(
            [*parameters[: position + 1], tangent, *parameters[position + 1 :]]
        )
    if find(primal) is not None:  # seeds behind the arguments, options by name
        parameters = [p for p in parameters if p.kind is not p.VAR_POSITIONAL or p.name != REST]
    required = [p for p in parameters if p.kind is not p.VAR_KEYWORD]
    options = len(required) < len(parameters) and find(primal) is None
    simple = not options and all(p.kind in POSITIONAL and p.default is p.empty for p in required)
    kind = inspect.Parameter.POSITIONAL_OR_KEYWORD if simple else inspect.Parameter.KEYWORD_ONLY
    default = 1.0 if request.kind == "adjoint" else inspect.Parameter.empty
    own = [inspect.Parameter(name, kind, default=default) for name in request.seeds]
    keywords = [p for p in parameters if p.kind is inspect.Parameter.VAR_KEYWORD]
    others = [p for p in parameters if p.kind is not inspect.Parameter.VAR_KEYWORD]
    return inspect.Signature([*others, *own, *keywords])


def _one_for_each_primal(
    parameters: list[inspect.Parameter], request: Request
) -> list[inspect.Parameter]:
    """As many positional parameters as there are primals; `*args` is opened, what is left keeps its default."""
    count = request.primals or 0
    found: list[inspect.Parameter] = []
    for p in parameters:
        if p.kind is inspect.Parameter.VAR_POSITIONAL:
            names = [f"{p.name}_{k}" for k in range(count - len(found))]
            found += [
                inspect.Parameter(name, inspect.Parameter.POSITIONAL_OR_KEYWORD) for name in names
            ]
        elif p.kind in POSITIONAL and len(found) < count:
            found.append(p.replace(default=inspect.Parameter.empty))
    if len(found) != count or any(p.kind not in POSITIONAL for p in found):
        names = [p.name for p in parameters]
        raise ArgumentError(
            f"{request.kind} got {count} primals.",
            why=f"the arguments are {', '.join(names) or 'none'}.",
            write="one primal for each positional argument",
        )
    return found


def seeds_of(kind: str, argnums: Any, primal: Callable[..., Any]) -> tuple[str, ...]:
    """The names of the program's own parameters: `f_bar`, or `x_dot` for every chosen argument."""
    stem = getattr(primal, "__name__", "f")
    stem = stem if stem.isidentifier() else "f"
    names = list(own_signature(primal, argnums).parameters)
    if kind == "adjoint":
        return (_distinct(f"{stem}_bar", set(names)),)
    if kind not in ("tangent", "hessian_product"):
        return ()
    seeds: list[str] = []
    for name in chosen_names(argnums, names):
        seeds.append(_distinct(f"{name}_dot", {*names, *seeds}))
    return tuple(seeds)


def _distinct(name: str, taken: set[str]) -> str:
    """The program of a program has both their parameters: x, x_dot, x_dot_2, x_dot_dot."""
    chosen, number = name, 2
    while chosen in taken:
        chosen, number = f"{name}_{number}", number + 1
    return chosen


def chosen_names(argnums: Any, names: list[str]) -> list[str]:
    """`argnums` as parameter names, in the order given; None means all."""
    if argnums is None:
        return names
    chosen = argnums if isinstance(argnums, tuple) else (argnums,)
    found: list[str] = []
    for item in chosen:
        if isinstance(item, str) and item in names:
            found.append(item)
        elif (
            isinstance(item, int)
            and not isinstance(item, bool)
            and -len(names) <= item < len(names)
        ):
            found.append(names[item])
        else:
            raise ArgumentError(
                f"argnums {item!r} names no argument.",
                why=f"the arguments are {', '.join(names) or 'none'}.",
                write=f"a position from 0 to {len(names) - 1}, or one of these names"
                if names
                else "a function of arguments",
            )
    return found


def active_names(request: Request, signature: inspect.Signature) -> frozenset[str]:
    """Arguments in which an int stands for a float, because a derivative is asked for them."""
    if request.argnums is None:
        return frozenset()
    names = [name for name in signature.parameters if name not in request.seeds]
    return frozenset(chosen_names(request.argnums, names))


def describe(request: Request, stem: str, signature: inspect.Signature) -> tuple[str, ...]:
    """The docstring of a generated program: function, variables, what it returns, mode."""
    names = [name for name in signature.parameters if name not in request.seeds]
    kind = request.kind
    chosen = names if request.argnums is None else chosen_names(request.argnums, names)
    respect = f" with respect to {', '.join(chosen)}" if chosen else ""
    title = _TITLES[kind]
    if request.order > 1:
        title = f"{title} of order {request.order}"
    head = f"{title} of {stem}({', '.join(names)}){respect}"
    derivatives = [f"{name}_bar" for name in chosen]
    returns = {
        "grad": _listed(derivatives, request.argnums),
        "value_and_grad": f"({stem}, {_listed(derivatives, request.argnums)})",
        "adjoint": f"({', '.join([stem, *derivatives])})",
        "tangent": f"({stem}, {stem}_dot)",
    }.get(kind, "")
    mode = "forward over reverse" if kind in ("hessian", "hvp", "hessian_product") else request.mode
    written = f"Written by adcompiler: {mode} mode."
    summary = f"{head}: returns {returns}." if returns else f"{head}."
    if len(summary) <= SUMMARY_WIDTH:
        return summary, written
    # the summary of a docstring is one line; what has no place there stands below
    aside = f"W{respect[2:]}. " if respect else ""
    heads = [head, f"{title} of {stem}({', '.join(names)})", f"{title} of {stem}"]
    chosen_head = next((k for k, text in enumerate(heads) if len(text) < SUMMARY_WIDTH), 2)
    rest = (aside if chosen_head else "") + (f"Returns {returns}." if returns else "")
    below = (*textwrap.wrap(rest, SUMMARY_WIDTH), "") if rest else ()
    return (f"{heads[chosen_head]}.", *below, written)


_TITLES = {
    "grad": "Gradient",
    "value_and_grad": "Value and gradient",
    "adjoint": "Adjoint",
    "tangent": "Tangent",
    "jacobian": "Jacobian",
    "hessian": "Hessian",
    "jvp": "Tangent",
    "hvp": "Hessian times vector",
    "hessian_product": "Hessian times vector",
    "vjp": "Value and pullback",
    "derivative": "Derivative",
    "directional": "Directional derivative",
    "laplacian": "Laplacian",
    "linearize": "Value and pushforward",
}


def _listed(names: list[str], argnums: Any) -> str:
    if isinstance(argnums, (int, str)):
        return names[0]
    return f"({', '.join(names)}{',' if len(names) == 1 else ''})"
