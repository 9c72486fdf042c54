"""Names for temporaries after what they hold: ``sin_x``, ``x0`` for ``x[0]``, ``u_im1`` for ``u[i - 1]``."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from adcompiler.backend.templates import parse
from adcompiler.ir.index import IndexPattern, Operand
from adcompiler.ir.nodes import Call, Statement
from adcompiler.ir.values import Atom, Constant, Variable

_LONGEST = 20
#: the subscript of a list
_ITEM = IndexPattern((Operand(0),), False)
#: what writes operand 1 into a part of operand 0
WRITING = frozenset({"setitem", "list_set", "list_append"})
#: how the name of a temporary tells what it is made of
_WORDS = {
    "add": "plus",
    "subtract": "minus",
    "multiply": "times",
    "divide": "over",
    "power": "squared",
    "matmul": "at",
    "greater": "above",
    "less": "below",
}
NameOf = Callable[[Variable], str | None]


def described(call: Call, name_of: NameOf, inline: Mapping[Variable, Statement]) -> str | None:
    """The name, or None where what the call computes has no short one."""
    if call.primitive.name == "last_writes":
        return "stays"
    if call.primitive.name in _WORDS:
        return _combined(call, name_of)
    operand = call.args[0] if call.args else None
    if not isinstance(operand, Variable) or operand.name is None:
        return None
    name = name_of(operand)
    if name is None:
        return None
    index = call.statics.get("index")
    if isinstance(index, IndexPattern):
        return _element(name, index, call.args[1:], name_of, inline)
    if call.primitive.name == "list_item":
        return _element(name, _ITEM, call.args[1:], name_of, inline)
    if is_length(call):
        return _short(f"len_{name}")
    if (
        call.primitive.kind == "invoked"
        or len(call.args) != 1
        or not parse(call.primitive.spelling.array).is_function
    ):
        return None
    return _short(f"{call.primitive.name.removeprefix('list_')}_{name}")


def _combined(call: Call, name_of: NameOf) -> str | None:
    """``x_minus_y``, ``x_squared``; None where an operand has no name."""
    a, b = (_word(atom, name_of) for atom in call.args)
    if a is None or b is None or a.isdigit():
        return None
    name = call.primitive.name
    if (name == "power" and b == "2") or (name == "multiply" and a == b):
        return _short(f"{a}_squared")
    if name == "power":
        return None
    return _short(f"{a}_{_WORDS[call.primitive.name]}_{b}")


def _word(atom: Atom, name_of: NameOf) -> str | None:
    """The name of a variable that has one of the user's, or a small number."""
    if isinstance(atom, Constant):
        small = type(atom.value) in (int, float) and atom.value in range(10)
        return str(int(atom.value)) if small else None
    assert isinstance(atom, Variable)
    return None if atom.name is None or atom.mark else name_of(atom)


def is_length(call: Call) -> bool:
    name = call.primitive.name
    return name == "list_length" or (name == "dim" and call.statics["axis"] == 0)


def written(call: Call, name_of: NameOf, inline: Mapping[Variable, Statement]) -> str | None:
    """``a_i`` for what the call writes into ``a[i]``."""
    owner = call.args[0]
    if not isinstance(owner, Variable) or owner.name is None or owner.mark:
        return None
    name = name_of(owner)
    if name is None:
        return None
    if call.primitive.name == "list_append":
        return _short(f"{name}_last")
    index = call.statics.get("index", _ITEM)
    return _element(name, index, call.args[2:], name_of, inline)


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
        if isinstance(atom, Constant):
            atom = atom.value
        part = "last" if atom == -1 else _place(atom, name_of, inline)
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
