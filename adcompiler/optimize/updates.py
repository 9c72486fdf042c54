"""Writing into an array that the compiler has just made, or a number into many places.

The adjoint of reading a slice adds into zeros; where nothing was added before, that is an
assignment, and NumPy spreads the value over the slice by itself.
"""

from __future__ import annotations

from adcompiler.ir.nodes import Call
from adcompiler.ir.primitive import lookup
from adcompiler.optimize.definitions import Definitions, Rewritten


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


RULES = {
    "add_to_slice": (value_spread, first_addition),
    "add_at": (value_spread,),
    "setitem": (value_spread,),
}
