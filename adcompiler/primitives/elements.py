"""Elements as Python numbers: item and tolist."""

from __future__ import annotations

from typing import Any

from adcompiler.errors import ArgumentError
from adcompiler.ir.builder import current
from adcompiler.ir.index import IndexPattern, Operand
from adcompiler.ir.primitive import lookup
from adcompiler.ir.types import Array, dtype_of, shape_of
from adcompiler.ir.values import Atom, Variable, as_atom
from adcompiler.primitives.conversion import to_bool, to_float, to_int


def as_python(atom: Atom) -> Atom:
    """A number as Python's own."""
    rows = {"f": to_float, "b": to_bool, "i": to_int, "u": to_int}
    row = rows.get(dtype_of(atom.type).kind)
    if row is None:
        raise ArgumentError(f"{atom.type} as a Python number is not supported.", write="x.real")
    builder = current()
    before, builder.style = builder.style, "python"
    found: Atom = builder.apply(row, atom)
    builder.style = before
    return found


def _item(self: Any, *index: Any) -> Atom:
    """``x.item()``, ``x.item(k)`` (the k-th of all), ``x.item(i, j)``."""
    atom = as_atom(self)
    places = index[0] if len(index) == 1 and isinstance(index[0], tuple) else index
    shape = shape_of(atom.type)
    if not places:
        if any(not length.is_one for length in shape):
            raise ArgumentError(
                f"`.item()` of {atom.type}, which does not hold one number.",
                write="a[i] for one element",
            )
        places = (0,) * len(shape)
    elif len(places) == 1 and len(shape) > 1:
        atom = lookup("reshape")(atom, -1)
    if not isinstance(atom.type, Array) or not places:
        return as_python(atom)
    operands = [place for place in places if isinstance(place, Variable)]
    entries = tuple(
        Operand(operands.index(p)) if isinstance(p, Variable) else int(p) for p in places
    )
    pattern = IndexPattern(entries, len(entries) > 1)
    return as_python(current().apply(lookup("getitem"), atom, *operands, index=pattern))


def _tolist(self: Any) -> Any:
    """Nested lists of numbers, where the lengths are known."""
    atom = as_atom(self)
    shape = shape_of(atom.type)
    if not shape:
        return as_python(atom)
    if any(length.constant is None for length in shape):
        raise ArgumentError(
            f"`.tolist()` of {atom.type}, whose length is not known while compiling.",
            why="a list has a fixed number of elements here.",
            write="the array itself: loops and subscripts work on it as on a list",
        )

    def nested(prefix: tuple[int, ...]) -> Any:
        if len(prefix) == len(shape):
            return _item(atom, prefix)
        return [nested((*prefix, k)) for k in range(shape[len(prefix)].constant or 0)]

    return nested(())


METHODS: dict[str, Any] = {"item": _item, "tolist": _tolist}
