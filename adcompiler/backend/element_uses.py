"""How vectors are used: by element, by a loop that goes through all of them, or as a whole.

Versions of one vector (written, joined, carried) are one group: they become lists together or not at all.

>>> from adcompiler.ir.primitive import lookup
>>> from adcompiler.ir.types import INT
>>> import adcompiler.primitives.catalogue
>>> x = Variable("x", Array(FLOAT64, (Length.symbol("x.shape[0]"),)))
>>> zeros = Call(Variable("a", x.type), lookup("zeros_like"), (x,))
>>> made_as_list(zeros)[0], _never_negative(Variable("n", INT))
('list_zeros', False)
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np

from adcompiler.ir.index import IndexPattern, Operand
from adcompiler.ir.lengths import Length
from adcompiler.ir.nodes import Block, Call, For, If, Statement, While
from adcompiler.ir.types import FLOAT, Array, NumpyScalar, PythonScalar, Type, dtype_of
from adcompiler.ir.values import Atom, Constant, Variable
from adcompiler.ir.walk import operands, targets_of

FLOAT64 = np.dtype(np.float64)
#: reading, writing and adding to an element; the operand from which on the subscript is computed
_ELEMENT = {"getitem": 1, "setitem": 2, "add_to_slice": 2}

Loops = tuple[Statement, ...]


def _is_vector(atom: object) -> bool:
    return (
        isinstance(atom, Variable)
        and isinstance(atom.type, Array)
        and atom.type.dtype == FLOAT64
        and atom.type.rank == 1
    )


def place_of(s: Call) -> Atom | None:
    """The place of the one element that the call reads or writes; None where it is another call."""
    first = _ELEMENT.get(s.primitive.name)
    if first is None or not _is_vector(s.args[0]):
        return None
    pattern: IndexPattern = s.statics["index"]
    if len(pattern.entries) != 1:
        return None
    entry = pattern.entries[0]
    if type(entry) is int:
        return Constant.of(entry)
    if not isinstance(entry, Operand):
        return None
    place = s.args[first + entry.position]
    return place if _is_integer(place.type) else None


def _is_integer(type: Type) -> bool:
    if isinstance(type, PythonScalar):
        return type.kind == "int"
    return isinstance(type, NumpyScalar) and type.dtype.kind in "iu"


def _is_number(type: Type) -> bool:
    return isinstance(type, (PythonScalar, NumpyScalar)) and dtype_of(type).kind in "fiub"


@dataclass
class _Group:
    """Versions of one vector: the loops around its elements' uses and around its uses as a whole.

    With the uses of its elements stand those loops of which each iteration takes another element.
    """

    elements: list[tuple[Loops, frozenset[Statement]]] = field(default_factory=list)
    wholes: list[Loops] = field(default_factory=list)
    members: list[Variable] = field(default_factory=list)
    barred: bool = False

    def pays(self) -> bool:
        """True where a loop as long as the vector reads or writes its elements, inside whatever it is converted in."""
        lengths = {v.type.shape[0] for v in self.members if isinstance(v.type, Array)}
        through = [
            (loops, depth)
            for loops, counting in self.elements
            for depth, loop in enumerate(loops)
            if loop in counting or any(_as_long(loop, length) for length in lengths)
        ]
        return bool(through) and all(
            any(depth >= len(around) and loops[: len(around)] == around for loops, depth in through)
            for around in self.wholes
        )


def _as_long(loop: Statement, length: Length) -> bool:
    """True for a range that differs from the length by a constant."""
    trips = _trips(loop)
    if trips is None:
        return False
    shorter = (length - trips).constant
    known = length.constant
    return shorter is not None and (known is None or 2 * shorter <= known)


def _trips(loop: Statement) -> Length | None:
    """How often a loop over a range runs, which does not end early."""
    if not isinstance(loop, For) or loop.leave is not None:
        return None
    start, stop, step = loop.bounds
    if not isinstance(step, Constant) or step.value not in (1, -1):
        return None
    first, last = _count(start), _count(stop)
    if first is None or last is None:
        return None
    return last - first if step.value == 1 else first - last


def _count(atom: Atom) -> Length | None:
    if isinstance(atom, Constant):
        return Length.of(atom.value) if type(atom.value) is int else None
    return atom.type.length if isinstance(atom.type, PythonScalar) else None


class Vectors:
    """Which vectors are versions of one another, and how each is used."""

    def __init__(self) -> None:
        #: what is used as an array somewhere, for more than its length
        self.as_arrays: set[Variable] = set()
        #: whose shape alone a call reads
        self.likes: list[tuple[Variable, Call]] = []
        #: an index, or a sum with one → the loops that count it
        self.counts: dict[Atom, frozenset[Statement]] = {}
        self.parent: dict[Variable, Variable] = {}
        self.groups: dict[Variable, _Group] = {}

    def root(self, variable: Variable) -> Variable:
        if variable not in self.parent:
            self.parent[variable] = variable
            self.groups[variable] = _Group(members=[variable])
        while self.parent[variable] is not variable:
            variable = self.parent[variable]
        return variable

    def group(self, variable: Variable) -> _Group:
        return self.groups[self.root(variable)]

    def chosen(self) -> set[Variable]:
        found = {v for g in self.groups.values() if not g.barred and g.pays() for v in g.members}
        for variable, s in self.likes:
            if s.target not in found or made_as_list(s) is None:
                self.as_arrays.add(variable)
        return found

    def made(self, variable: Variable, loops: Loops) -> None:
        if _is_vector(variable):
            self.group(variable).wholes.append(loops)

    def whole(self, atom: object, loops: Loops) -> None:
        if _is_vector(atom):
            assert isinstance(atom, Variable)
            self.group(atom).wholes.append(loops)
            self.as_arrays.add(atom)

    def bar(self, atoms: Iterable[object]) -> None:
        for atom in atoms:
            if _is_vector(atom):
                assert isinstance(atom, Variable)
                self.group(atom).barred = True

    def join(self, a: Atom, b: Atom) -> None:
        if not (_is_vector(a) and _is_vector(b)):
            self.bar((a, b))
            return
        assert isinstance(a, Variable)
        assert isinstance(b, Variable)
        first, second = self.root(a), self.root(b)
        if first is not second:
            into, gone = self.groups[first], self.groups.pop(second)
            into.elements += gone.elements
            into.wholes += gone.wholes
            into.members += gone.members
            into.barred |= gone.barred
            self.parent[second] = first

    def block(self, block: Block, loops: Loops) -> None:
        for s in block.statements:
            if isinstance(s, Call):
                self.call(s, loops)
            elif isinstance(s, If):
                for arm in (s.then, s.orelse):
                    self.block(arm, loops)
                    for target, result in zip(s.targets, arm.results, strict=True):
                        self.join(target, result)
            elif isinstance(s, (For, While)):
                self.loop(s, loops)
            else:
                self.bar((*operands(s), *targets_of(s)))

    def loop(self, s: For | While, loops: Loops) -> None:
        for (variable, initial), result, target in zip(
            s.carried, s.body.results, s.targets, strict=False
        ):
            for other in (initial, result, target):
                self.join(variable, other)
        self.bar([v for v, _ in s.consumed])
        self.bar(s.collected)
        if isinstance(s, While):
            self.block(s.test, (*loops, s))
        trips = _trips(s)
        if isinstance(s, For) and trips is not None and trips.constant is None:
            # a vector with a place for each iteration is as long, whatever else is known of it
            self.counts[s.index] = frozenset((s,))
        self.block(s.body, (*loops, s))

    def call(self, s: Call, loops: Loops) -> None:
        place = place_of(s)
        if s.primitive.name in ("add", "subtract") and _is_integer(s.target.type):
            self.counts[s.target] = frozenset().union(*(self.counts.get(a, ()) for a in s.args))
        if place is not None:
            owner, counting = s.args[0], self.counts.get(place, frozenset())
            assert isinstance(owner, Variable)
            if s.primitive.name == "getitem":
                self.group(owner).elements.append((loops, counting))
                return
            if _is_number(s.args[1].type):
                self.group(owner).elements.append((loops, counting))
                self.join(owner, s.target)
                return
        for k, atom in enumerate(s.args):
            if k not in s.primitive.shape_only:
                self.whole(atom, loops)
            elif _is_vector(atom):
                assert isinstance(atom, Variable)
                self.root(atom)
                if s.primitive.name not in ("dim", "size"):
                    self.likes.append((atom, s))
        if s.primitive.memory != "fresh" and _is_vector(s.target) and s.args:
            # a view, or an update as a whole, of what may be a list
            self.bar((s.target, s.args[0]))
        elif _is_vector(s.target) and made_as_list(s) is None:
            self.made(s.target, loops)


def made_as_list(s: Call) -> tuple[str, tuple[Atom, ...]] | None:
    """The row of lists, and its operands, that makes a vector which is filled with one number."""
    name = s.primitive.name
    if s.statics.get("dtype") not in (None, FLOAT64):
        return None
    if name == "zeros_like" and _is_vector(s.args[0]):
        return "list_zeros", s.args
    if name == "ones_like" and _is_vector(s.args[0]):
        return "list_fill", (s.args[0], Constant.of(1.0))
    if name == "fill_like" and _is_vector(s.args[1]) and s.args[0].type == FLOAT:
        return "list_fill", (s.args[1], s.args[0])
    if name in ("zeros_vector", "ones_vector") and _never_negative(s.args[0]):
        return "list_repeat", (Constant.of(0.0 if name == "zeros_vector" else 1.0), s.args[0])
    return None


def _never_negative(count: Atom) -> bool:
    """``np.zeros(-1)`` raises, ``[0.0] * -1`` does not."""
    length = _count(count)
    return length is not None and all(
        coefficient > 0 and all(".shape[" in symbol.name for symbol in monomial)
        for monomial, coefficient in length.terms
    )
