"""Names for temporaries after what they hold: ``sin_x``, ``x0`` for ``x[0]``, ``u_im1`` for ``u[i - 1]``."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from adcompiler.backend.templates import parse
from adcompiler.ir.index import IndexPattern, Operand
from adcompiler.ir.nodes import Call, Statement
from adcompiler.ir.values import Atom, Constant, Variable

_LONGEST = 20
NameOf = Callable[[Variable], str | None]


def described(call: Call, name_of: NameOf, inline: Mapping[Variable, Statement]) -> str | None:
    """The name, or None where what the call computes has no short one."""
    operand = call.args[0] if call.args else None
    if not isinstance(operand, Variable) or operand.name is None:
        return None
    name = name_of(operand)
    if name is None:
        return None
    index = call.statics.get("index")
    if isinstance(index, IndexPattern):
        return _element(name, index, call.args[1:], name_of, inline)
    if (
        call.primitive.kind == "invoked"
        or len(call.args) != 1
        or not parse(call.primitive.spelling.array).is_function
    ):
        return None
    return _short(f"{call.primitive.name.removeprefix('list_')}_{name}")


def _short(name: str) -> str | None:
    return name if len(name) <= _LONGEST else None


def _element(
    name: str,
    index: IndexPattern,
    operands: tuple[Atom, ...],
    name_of: NameOf,
    inline: Mapping[Variable, Statement],
) -> str | None:
    parts: list[str] = []
    for entry in index.entries:
        atom = operands[entry.position] if isinstance(entry, Operand) else entry
        part = _place(atom, name_of, inline)
        if part is None:
            return None
        parts.append(part)
    if all(part.isdigit() for part in parts):
        places = "_".join(parts)
        return f"{name}_{places}" if name[-1].isdigit() else f"{name}{places}"
    return _short(
        f"{name}_{''.join(parts) if all(len(p) == 1 for p in parts) else '_'.join(parts)}"
    )


def _place(atom: object, name_of: NameOf, inline: Mapping[Variable, Statement]) -> str | None:
    """``i``, ``im1`` for ``i - 1``, ``2``."""
    if type(atom) is int:
        return str(atom) if atom >= 0 else f"m{-atom}"
    if not isinstance(atom, Variable):
        return None
    shift = inline.get(atom)
    if isinstance(shift, Call) and shift.primitive.name in ("add", "subtract"):
        base, offset = shift.args
        if (
            isinstance(base, Variable)
            and isinstance(offset, Constant)
            and type(offset.value) is int
        ):
            place = _place(base, name_of, inline)
            sign = "p" if shift.primitive.name == "add" else "m"
            return None if place is None else f"{place}{sign}{offset.value}"
        return None
    return name_of(atom) if atom.name is not None else None


__all__ = ["described"]
