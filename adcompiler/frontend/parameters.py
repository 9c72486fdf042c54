"""The parameters that a call of a function binds, and what `argnums` chooses of them.

A position counts the arguments of the call: what it chooses out of `*rest` has a parameter of its own.

>>> def f(x, *rest, scale=1.0):
...     return x
>>> print(own_signature(f), own_signature(f, 2), own_signature(f, "rest"))
(x, *rest, scale=1.0) (x, rest_0, rest_1, *rest, scale=1.0) (x, *rest, scale=1.0)
"""

from __future__ import annotations

import functools
import inspect
import re
from collections.abc import Callable
from typing import Any

import numpy as np

from adcompiler.primitives.catalogue import find, not_known

VAR_POSITIONAL, VAR_KEYWORD = inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD
STARRED = (VAR_POSITIONAL, VAR_KEYWORD)
#: the positional options of a function of NumPy
REST = "rest"
POSITIONAL = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)


def own_signature(function: Callable[..., Any], argnums: Any = None) -> inspect.Signature:
    """The parameters that a call really binds.

    A decorator that passes `*args, **kwargs` through shows the signature of what it wraps.  What `argnums` chooses
    out of `*rest` has a parameter of its own (`rest_0`), and so has what it chooses of a function of NumPy,
    whose options stay as they are given.
    """
    given = function.args if isinstance(function, functools.partial) else ()
    ufunc = function if not given else getattr(function, "func", None)
    if isinstance(ufunc, np.ufunc):
        names = ["x"] if ufunc.nin == 1 else [f"x{k}" for k in range(1, ufunc.nin + 1)]
        names = names[len(given) :]  # operands that a partial holds
        return inspect.Signature(
            [inspect.Parameter(n, inspect.Parameter.POSITIONAL_ONLY) for n in names]
        )
    if find(function) is not None:
        return _of_row(function, argnums)
    try:
        own = inspect.signature(function, follow_wrapped=False)
    except (TypeError, ValueError):
        raise not_known(function) from None
    kinds = [p.kind for p in own.parameters.values()]
    if kinds == [VAR_POSITIONAL, VAR_KEYWORD]:
        own = inspect.signature(function)
    return inspect.Signature(_opened(list(own.parameters.values()), argnums))


def _of_row(function: Callable[..., Any], argnums: Any) -> inspect.Signature:
    """The arguments of a function of NumPy or Python that must be given or are chosen; the rest as it comes.

    What is not given is not handed on: `np.sum(x, initial=…)` has no default that could be written.
    """
    try:
        real = list(inspect.signature(function).parameters.values())
    except (TypeError, ValueError):  # Python does not tell
        real = []
    positional = [p for p in real if p.kind in POSITIONAL]
    required = sum(p.default is p.empty for p in positional)
    if real and required == len(real):
        return inspect.Signature(real)
    names = [p.name for p in positional]
    kept = [p.replace(default=p.empty) for p in positional[: max(required, _count(argnums))]]
    keywords = [
        inspect.Parameter(item, inspect.Parameter.KEYWORD_ONLY)
        for item in (argnums if isinstance(argnums, tuple) else (argnums,))
        if isinstance(item, str) and item in names[len(kept) :]
    ]
    star = next((p.name for p in real if p.kind is VAR_POSITIONAL), REST)
    ends = [inspect.Parameter(star, VAR_POSITIONAL), *keywords]
    if all(p.kind is not VAR_POSITIONAL for p in real) and real:
        return inspect.Signature([*kept, *ends, inspect.Parameter("options", VAR_KEYWORD)])
    opened = _opened([*kept, *ends], argnums)
    return inspect.Signature([*opened, inspect.Parameter("options", VAR_KEYWORD)])


def required_of(function: Callable[..., Any]) -> tuple[int, ...] | None:
    """What a program of every argument differentiates of a function of NumPy; None for a function of the user's."""
    if find(function) is None:
        return None
    names = own_signature(function, 0).parameters.values()
    return tuple(range(sum(p.kind in POSITIONAL for p in names)))


def shown(function: Callable[..., Any], signature: inspect.Signature) -> inspect.Signature:
    """The signature without the options of a function of NumPy."""
    if find(function) is None:
        return signature
    kept = [p for p in signature.parameters.values() if p.kind not in STARRED]
    return signature.replace(parameters=kept)


def behind_self(argnums: Any) -> Any:
    """What counts without `self`, counted with it."""
    if isinstance(argnums, tuple):
        return tuple(map(behind_self, argnums))
    return argnums + 1 if isinstance(argnums, int) and argnums >= 0 else argnums


def _count(argnums: Any) -> int:
    """How many positions `argnums` reaches to."""
    items = argnums if isinstance(argnums, tuple) else (argnums,)
    return 1 + max((k for k in items if isinstance(k, int) and k >= 0), default=-1)


def _opened(parameters: list[inspect.Parameter], argnums: Any) -> list[inspect.Parameter]:
    """The parameters, with one for every position in `*rest` up to the last that is chosen (`rest_1` for its name)."""
    star = next((k for k, p in enumerate(parameters) if p.kind is VAR_POSITIONAL), None)
    if star is None:
        return parameters
    taken = {p.name for p in parameters}
    stem = parameters[star].name
    count = _count(argnums) - star
    for item in argnums if isinstance(argnums, tuple) else (argnums,):
        found = re.fullmatch(rf"{re.escape(stem)}_(\d+)", item) if isinstance(item, str) else None
        if found is not None and item not in taken:
            count = max(count, int(found[1]) + 1)
    if count <= 0:
        return parameters
    before = [p.replace(default=p.empty) for p in parameters[:star]]
    kind = before[-1].kind if before else inspect.Parameter.POSITIONAL_OR_KEYWORD
    own = [inspect.Parameter(f"{stem}_{k}", kind) for k in range(count)]
    return [*before, *own, *parameters[star:]]
