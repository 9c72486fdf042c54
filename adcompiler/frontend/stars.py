"""`*rest` and `**options` of a function that is differentiated: each is one parameter, a tuple or a dict."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from adcompiler.frontend.bound import Bound, Builtin, Differentiated
from adcompiler.frontend.frame import Frame
from adcompiler.frontend.parameters import STARRED, own_signature
from adcompiler.frontend.signatures import function_name
from adcompiler.ir.nodes import Parameter
from adcompiler.ir.structure import Branch, sequence
from adcompiler.ir.values import Constant
from adcompiler.options import Request
from adcompiler.primitives.catalogue import find

#: their primals are the positional arguments, one by one
ONE_BY_ONE = (
    "jvp", "hvp", "vjp", "pullback", "directional", "hessian_product", "pushforward",
)  # fmt: skip


def as_call(parameters: tuple[Parameter, ...]) -> tuple[list[Bound], dict[str, Bound]]:
    """The arguments of a call in which every parameter is given its structure."""
    args: list[Bound] = []
    kwargs: dict[str, Bound] = {}
    for parameter in parameters:
        kind = parameter.kind
        if kind == inspect.Parameter.VAR_POSITIONAL:
            args.extend(parameter.structure.children)
        elif kind == inspect.Parameter.VAR_KEYWORD:
            kwargs.update(zip(parameter.structure.keys, parameter.structure.children, strict=True))
        elif kind == inspect.Parameter.KEYWORD_ONLY:
            kwargs[parameter.name] = parameter.structure
        else:
            args.append(parameter.structure)
    return args, kwargs


def with_stars(
    frame: Frame, callee: Bound, parameters: tuple[Parameter, ...], request: Request
) -> tuple[Bound, list[Bound], dict[str, Bound]]:
    """The function as one of its parameters, so that `argnums` may name `*rest` as a tuple."""
    own = [p for p in parameters if p.name not in request.seeds]

    def spread(*given: Bound) -> Bound:
        filled = tuple(replace(p, structure=value) for p, value in zip(own, given, strict=True))
        return frame.call(callee, *as_call(filled))

    names = tuple(p.name for p in own)
    seeds = {p.name: p.structure for p in parameters if p.name in request.seeds}
    return Builtin(function_name(callee), spread, True, names), [p.structure for p in own], seeds


def grouped(
    frame: Frame, target: Differentiated, args: list[Bound], kwargs: Mapping[str, Bound]
) -> tuple[Differentiated, list[Bound], dict[str, Bound]]:
    """The same for a derivative inside a program, which is called with the arguments one by one."""
    request, function = target.request, target.function
    unchanged = target, args, dict(kwargs)
    value: Any = function.value if isinstance(function, Constant) else None
    known = inspect.isfunction(value) or find(value) is not None
    if not known or request.kind in ONE_BY_ONE:
        return unchanged
    signature = own_signature(value, request.argnums)
    if all(p.kind not in STARRED for p in signature.parameters.values()):
        return unchanged
    try:
        given = signature.bind(*args, **kwargs).arguments
    except TypeError:  # the call itself tells what does not fit
        return unchanged
    parameters = []
    for name, parameter in signature.parameters.items():
        if parameter.kind is inspect.Parameter.VAR_POSITIONAL:
            structure: Bound = sequence("tuple", tuple(given.get(name, ())))
        elif parameter.kind is inspect.Parameter.VAR_KEYWORD:
            options = given.get(name, {})
            structure = Branch("dict", tuple(options), tuple(options.values()))
        elif name in given:
            structure = given[name]
        else:
            continue
        parameters.append(Parameter(name, structure, int(parameter.kind)))
    callee, structures, _ = with_stars(frame, function, tuple(parameters), request)
    return replace(target, function=callee), structures, {}
