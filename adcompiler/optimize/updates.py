"""Writing into an array that the compiler has just made, or a number into many places.

The adjoint of reading a slice adds into zeros; where nothing was added before, that is an
assignment, and NumPy spreads the value over the slice by itself.
"""

from __future__ import annotations

from dataclasses import replace

from adcompiler.ir.nodes import Call
from adcompiler.ir.primitive import lookup
from adcompiler.ir.types import Array
from adcompiler.ir.values import Atom, Variable
from adcompiler.optimize.definitions import Definitions, Rewritten, handed_on, number
from adcompiler.optimize.sameness import key_of, same_atom

_UPDATES = ("setitem", "add_to_slice", "add_at")


def value_spread(definitions: Definitions, s: Call) -> Rewritten | None:
    """``x[i:] += fill_like(c, y)`` → ``x[i:] += c``."""
    array, value, *index = s.args
    spread = definitions.of(value, "fill_like", "broadcast_like")
    if spread is None:
        return None
    args = (array, spread.args[0], *index)
    return [Call(s.target, s.primitive, args, s.statics, origin=s.origin, role=s.role)]


def first_addition(definitions: Definitions, s: Call) -> Rewritten | None:
    """``zeros_like(x); x[i] += v`` → ``x[i] = v`` (an index that names no element twice)."""
    zeros = definitions.own(s.args[0], "zeros_like")
    if zeros is None:
        return None
    return [Call(s.target, lookup("setitem"), s.args, s.statics, origin=s.origin, role=s.role)]


def addition_to_reset(definitions: Definitions, s: Call) -> Rewritten | None:
    """``x[i] = 0.0; x[j] += u; x[i] += v`` → ``x[i] = v; x[j] += u``.

    ``v = x[i]; x[i] = w; x[j] += u; x[i] += v`` → ``x[i] += w; x[j] += u``, with no old version to keep.  Where i and j
    are the same element, its parts are added in another order.
    """
    between: list[Call] = []
    reset = definitions.own(s.args[0], "setitem", "add_to_slice")
    while reset is not None and reset.primitive is s.primitive and len(between) < 8:
        between.append(reset)
        reset = definitions.own(reset.args[0], "setitem", "add_to_slice")
    if reset is None or reset.primitive is s.primitive:
        return None
    if not _same_places(reset, s):
        return None
    read = definitions.of(s.args[1], "getitem")
    if number(reset.args[1]) == 0:
        calls = [_updated(reset, (reset.args[0], *s.args[1:]))]
    elif read is not None and read.args[0] is reset.args[0] and _same_places(reset, read):
        calls = [replace(_updated(reset, reset.args), primitive=s.primitive)]
    else:
        return None
    for call in reversed(between):
        calls.append(_updated(call, (calls[-1].target, *call.args[1:])))
    return [*calls[:-1], replace(calls[-1], target=s.target)]


def written_back(definitions: Definitions, s: Call) -> Rewritten | None:
    """``v = x[rows]; x[rows] = 0.0; …; np.add.at(x, rows, v)`` → … (the adjoint of ``x[rows] += …``).

    An element that `rows` names twice is read twice, but only its last write stays: it gets back what it had.
    """
    chosen = definitions.of(s.args[1], "where")
    if chosen is None or number(chosen.args[2]) != 0:
        return None
    stays = definitions.of(chosen.args[0], "last_writes")
    read = definitions.of(chosen.args[1], "getitem")
    between: list[Call] = []
    reset = definitions.own(s.args[0], *_UPDATES)
    while reset is not None and reset.primitive.name != "setitem" and len(between) < 8:
        between.append(reset)
        reset = definitions.own(reset.args[0], *_UPDATES)
    if stays is None or read is None or reset is None or reset.primitive.name != "setitem":
        return None
    if number(reset.args[1]) != 0 or read.args[0] is not reset.args[0]:
        return None
    if not all(_same_subscript(s, call) for call in (stays, read, reset)):
        return None
    if not between:
        return handed_on(s, reset.args[0])
    calls: list[Call] = []
    for call in reversed(between):
        first = calls[-1].target if calls else reset.args[0]
        calls.append(_updated(call, (first, *call.args[1:])))
    return [*calls[:-1], replace(calls[-1], target=s.target)]


def _updated(call: Call, args: tuple[Atom, ...]) -> Call:
    old = call.target
    return replace(call, target=Variable(old.name, old.type, old.of, old.mark), args=args)


def own_value(definitions: Definitions, s: Call) -> Rewritten | None:
    """``x[i] = x[i]`` → nothing (the adjoint of ``x[i] = x[i] + …``)."""
    read = definitions.of(s.args[1], "getitem")
    if read is None or read.args[0] is not s.args[0] or not _same_places(s, read):
        return None
    return handed_on(s, s.args[0])


def _same_places(a: Call, b: Call) -> bool:
    """True where an update and an update or a read select the same elements, each of them once."""
    once = not any(isinstance(atom.type, Array) for atom in _subscript(a))
    return once and _same_subscript(a, b)


def _same_subscript(a: Call, b: Call) -> bool:
    mine, theirs = _subscript(a), _subscript(b)
    return (
        key_of(a.statics["index"]) == key_of(b.statics["index"])
        and len(mine) == len(theirs)
        and all(same_atom(one, other) for one, other in zip(mine, theirs, strict=True))
    )


def _subscript(call: Call) -> tuple[Atom, ...]:
    """The operands that fill the pattern."""
    return call.args[1:] if call.primitive.name == "getitem" else call.args[2:]


RULES = {
    "add_to_slice": (value_spread, first_addition, addition_to_reset),
    "add_at": (value_spread, written_back),
    "setitem": (value_spread, own_value),
}
