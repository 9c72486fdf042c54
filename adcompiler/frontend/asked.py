"""Which int of the caller's decides a value: where it must be known, that int is made known (DESIGN D1)."""

from __future__ import annotations

from adcompiler.ir.builder import current
from adcompiler.ir.types import PythonScalar
from adcompiler.ir.values import Atom, Constant, Variable


def source_of(value: Atom) -> Variable | None:
    """An int or bool of the user's from which a value is computed, where it is computed from such only."""
    leaves: list[Variable] = []
    work, seen = [value], set()
    while work:
        atom = work.pop()
        if isinstance(atom, Constant) or atom in seen:
            continue
        seen.add(atom)
        call = current().definition(atom)
        if call is not None:
            work += call.args
        elif isinstance(atom, Variable):
            condition = current().decided_by(atom)
            if condition is None:
                leaves.append(atom)
            else:  # `p and q`: once p is known, what is left is asked for again
                work.append(condition)
    if leaves and all(_is_whole(leaf) for leaf in leaves):
        return leaves[-1]
    return None


def _is_whole(variable: Variable) -> bool:
    return isinstance(variable.type, PythonScalar) and variable.type.kind in ("int", "bool")
