"""Cotangents put into lists: a zero that is added to at once is that sum.

The adjoint of ``ys.pop()`` appends a zero, that of reading the element adds to it: together they append.
"""

from __future__ import annotations

from adcompiler.ir.nodes import Call
from adcompiler.ir.types import List
from adcompiler.ir.values import Atom, Constant
from adcompiler.optimize.definitions import Definitions, Rewritten, handed_on, number
from adcompiler.optimize.sameness import same_atom


def addition_to_zero(definitions: Definitions, s: Call) -> Rewritten | None:
    """``ys.append(0.0); ys[-1] += v`` → ``ys.append(v)``, and ``ys[i] = 0.0; ys[i] += v`` → ``ys[i] = v``."""
    seq, value, index = s.args
    made = definitions.own(seq, "list_append", "list_set")
    if made is None or not _is_zero(definitions, made.args[1]):
        return None
    if made.primitive.name == "list_append":
        same = isinstance(index, Constant) and index.value == -1
    else:
        same = same_atom(index, made.args[2])
    if not same:
        return None
    args = (made.args[0], value, *made.args[2:])
    return [Call(s.target, made.primitive, args, s.statics, origin=s.origin, role=s.role)]


def own_element(definitions: Definitions, s: Call) -> Rewritten | None:
    """``ys[i] = ys[i]`` → nothing (the adjoint of ``ys[i] = ys[i] + …``)."""
    read = definitions.of(s.args[1], "list_item")
    if read is None or read.args[0] is not s.args[0] or not same_atom(read.args[1], s.args[2]):
        return None
    return handed_on(s, s.args[0])


#: a list of so many zeros is written out
_FEW = 4


def zeros_of_few(definitions: Definitions, s: Call) -> Rewritten | None:
    """``[0.0] * len([])`` → ``[]``."""
    made = definitions.of(s.args[0], "list_of")
    if made is None or len(made.args) > _FEW or not isinstance(s.target.type, List):
        return None
    statics = {**made.statics, "element": s.target.type.element}
    args = tuple(Constant.of(0.0) for _ in made.args)
    return [Call(s.target, made.primitive, args, statics, origin=s.origin, role=s.role)]


def _is_zero(definitions: Definitions, atom: Atom) -> bool:
    return number(atom) == 0 or definitions.of(atom, "zeros_like") is not None


RULES = {
    "list_set": (own_element,),
    "list_zeros": (zeros_of_few,),
    "list_add": (addition_to_zero,),
    "list_add_array": (addition_to_zero,),
}
