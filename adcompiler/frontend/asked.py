"""Which int of the caller's decides a value: where it must be known, that int is made known (DESIGN D1)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from adcompiler.ir.builder import current
from adcompiler.ir.lengths import Length, Symbol
from adcompiler.ir.types import Array, PythonScalar, shape_of
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


def lengths_in(value: Atom) -> Iterator[Length]:
    """The lengths of arrays from which an int is computed."""
    work, seen = [value], set()
    while work:
        atom = work.pop()
        call = current().definition(atom) if isinstance(atom, Variable) else None
        if call is None or atom in seen:
            continue
        seen.add(atom)
        if call.primitive.name == "dim":
            yield shape_of(call.args[0].type)[call.statics["axis"]]
        else:
            work += call.args


def array_of(given: Iterable[Variable], lengths: Iterable[Length]) -> Variable | None:
    """The first of the arrays whose shape decides one of these lengths, and is not known.

    A length that is computed from others is named after them: that of ``x[:2]`` is ``len(x.shape[0][:2])``.
    """
    wanted = [symbol.name for length in lengths for symbol in _symbols(length)]
    for variable in given:
        if isinstance(variable.type, Array) and any(
            symbol.name in name
            for length in variable.type.shape
            for symbol in _symbols(length)
            for name in wanted
        ):
            return variable
    return None


def _symbols(length: Length) -> Iterator[Symbol]:
    for monomial, _ in length.terms:
        yield from monomial


def _is_whole(variable: Variable) -> bool:
    return isinstance(variable.type, PythonScalar) and variable.type.kind in ("int", "bool")
