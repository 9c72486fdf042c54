"""Builtins that are refused wherever they are called, each with what to write instead."""

from __future__ import annotations

import builtins
from collections.abc import Callable
from typing import Any

from adcompiler.errors import UnsupportedValueError
from adcompiler.frontend.bound import Bound
from adcompiler.frontend.frame import Frame


def _refused(name: str, why: str, write: str) -> Callable[..., Bound]:
    def refuse(frame: Frame, *args: Bound, **kwargs: Bound) -> Bound:
        raise UnsupportedValueError(f"`{name}` is called.", why=why, write=write)

    return refuse


REFUSED_FUNCTIONS: dict[Any, Callable[..., Any]] = {
    builtins.setattr: _refused(
        "setattr", "it writes an attribute by a name that may be computed.", "obj.name = value"
    ),
    builtins.delattr: _refused(
        "delattr", "it removes an attribute.", "an attribute that is set to None"
    ),
    builtins.id: _refused(
        "id", "it is another number in every run.", "`is` for objects, == for values"
    ),
    builtins.hash: _refused("hash", "it is another number in every run.", "an explicit key"),
    builtins.vars: _refused(
        "vars", "it shows a namespace that may change.", "the attributes by name"
    ),
    builtins.locals: _refused(
        "locals", "it shows a namespace that may change.", "the names themselves"
    ),
    builtins.globals: _refused(
        "globals", "it shows a namespace that may change.", "the names themselves"
    ),
    builtins.dir: _refused("dir", "it shows a namespace that may change.", "the names themselves"),
    builtins.eval: _refused(
        "eval", "it runs a text that is no part of the source.", "the expression itself"
    ),
    builtins.exec: _refused(
        "exec", "it runs a text that is no part of the source.", "the statements themselves"
    ),
    builtins.input: _refused(
        "input",
        "its text is only known at run time.",
        "an argument of the function",
    ),
    builtins.open: _refused(
        "open", "what a file holds is only known at run time.", "the data as an argument"
    ),
}
