"""Calls that are kept as the user wrote them: they show, write, draw numbers, read the clock, or raise.

Each carries its own template as a static parameter (`form`, an expression or a statement in which ``_0``, ``_1`` …
stand for the operands and ``_name`` for the static parameter ``name``) and the type of its result.

>>> from adcompiler.ir.values import Constant
>>> text.function(2.0, form="f'x = {_0:.2f}'", result=TEXT)
'x = 2.00'
"""

from __future__ import annotations

import ast
import builtins
import importlib
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

import numpy as np

from adcompiler.errors import NoDerivativeError
from adcompiler.ir.builder import current
from adcompiler.ir.nodes import Call
from adcompiler.ir.primitive import Primitive, Spelling, Statics, register
from adcompiler.ir.types import Opaque, Type
from adcompiler.ir.values import Atom
from adcompiler.runtime.attempts import fails
from adcompiler.runtime.snapshots import snapshot

#: modules that a template may name
MODULES = ("cmath", "logging", "math", "random", "time", "warnings")
TEXT = Opaque("str")
NOTHING = Opaque("NoneType")


def _result(args: Sequence[Atom], statics: Statics) -> Type:
    result = statics["result"]
    assert isinstance(result, Type)
    return result


@cache
def _compiled(form: str, operands: int, names: tuple[str, ...]) -> Callable[..., Any]:
    """The template as a function of its operands and static parameters."""
    head = ", ".join([*(f"_{k}" for k in range(operands)), *(f"_{name}" for name in names)])
    (statement,) = ast.parse(form).body
    body = f"return {form}" if isinstance(statement, ast.Expr) else form
    modules = {name: importlib.import_module(name) for name in MODULES}
    namespace: dict[str, Any] = {
        **modules,
        "np": np,
        "snapshot": snapshot,
        "fails": fails,
        "__builtins__": builtins,
    }
    exec(f"def kept({head}):\n    {body}", namespace)
    found: Callable[..., Any] = namespace["kept"]
    return found


def _run(*operands: Any, form: str, result: Type, **statics: Any) -> Any:
    names = tuple(sorted(statics))
    return _compiled(form, len(operands), names)(*operands, *(statics[name] for name in names))


def _kept(name: str, description: str, **fields: Any) -> Primitive:
    return register(
        Primitive(
            name,
            _run,
            _result,
            Spelling("_0"),
            kind="kept",
            description=description,
            **fields,
        )
    )


def _refuse(call: Call, *_: Any) -> Any:
    """A drawn number depends on its distribution, but not as a function that has a derivative."""
    raise NoDerivativeError(
        "the distribution of a random number depends on what is differentiated.",
        why="a draw is taken as a constant; how it changes with its parameters is not known.",
        write="mu + sigma * rng.normal(size=…)   (draw with fixed parameters, then transform)",
        origin=call.origin,
    )


#: an expression that gives text, or another object, and does nothing else
text = _kept("text", "text made of values", verdict="inert")
#: `assert` and `raise`: the program may end here, and nothing else happens
check = _kept("check", "a condition that must hold", verdict="inert", effect="raises")
#: printing, logging, writing, reading the clock
act = _kept("act", "a call with an effect", verdict="inert", effect="acts")
#: random numbers
draw = _kept(
    "draw",
    "random numbers",
    effect="acts",
    pushforward=_refuse,
    pullback=_refuse,
)


def require(condition: Atom, *message: Atom, form: str = "") -> Atom:
    """`assert condition, message`; `form` is the statement where it is another one."""
    usual = "assert _0, _1" if message else "assert _0"
    return current().apply(check, condition, *message, form=form or usual, result=NOTHING)
