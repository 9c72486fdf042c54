"""Which names belong to the user, and what may stand for a variable as an identifier."""

from __future__ import annotations

import builtins
import keyword
import re

from adcompiler.ir.nodes import Function
from adcompiler.ir.types import Sequence, Type
from adcompiler.ir.values import Variable
from adcompiler.ir.walk import all_statements, block_parameters, targets_of


def user_names(function: Function) -> frozenset[str]:
    """The names that have the right of way: parameters, and what the user's statements define."""
    found = {
        p.name
        for p in function.parameters
        if not (isinstance(p.structure, Variable) and p.structure.mark)
    }
    found.update(c.reference[1] for c in function.captures if c.reference[0] == "cell")
    seeds = _seeds({p.name for p in function.parameters})
    every: list[Variable] = [v for v in function.inputs if v.name not in seeds]
    for s in all_statements(function.body):
        every += [*targets_of(s), *block_parameters(s)]
    found.update(
        v.name for v in every if v.name is not None and not v.mark and v.name.isidentifier()
    )
    return frozenset(found - seeds)


def _seeds(parameters: set[str]) -> set[str]:
    """`x_dot` beside `x`: a later version of the derivative may take the name over."""
    return {
        name for name in parameters if name.endswith(("_dot", "_bar")) and name[:-4] in parameters
    }


def identifier_from(text: str) -> str:
    """
    >>> identifier_from("params['W1']"), identifier_from("lambda"), identifier_from("<lambda>")
    ('params_W1', 'lambda_', 'lambda_')
    """
    if text == "_":
        return text
    name = re.sub(r"\W+", "_", text).strip("_") or "t"
    if name[0].isdigit():
        name = "t_" + name
    shadows = name != text and hasattr(builtins, name)  # `abs_` is not `abs`
    return name + "_" if keyword.iskeyword(name) or shadows else name


def element_of(tape: str, type: Type) -> str:
    """``x`` for an element of `x_tape`, `x_tape` for one of `x_tapes`, `x_tapes` for one of `x_tapes_tape`."""
    stem = tape[: tape.rindex("_tape")]
    inner = isinstance(type, Sequence) and "_tape" not in stem
    return f"{stem}_tape" if inner else stem
