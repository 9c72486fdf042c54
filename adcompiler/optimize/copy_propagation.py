"""Reads the original where a statement only hands a value on.

>>> from adcompiler.ir.builder import Builder
>>> from adcompiler.ir.nodes import REVERSE, Function, Parameter
>>> from adcompiler.ir.text import to_text
>>> from adcompiler.ir.types import FLOAT
>>> from adcompiler.ir.values import Variable
>>> from adcompiler.primitives.accumulation import cast
>>> from adcompiler.primitives.arithmetic import multiply
>>> x = Variable("x", FLOAT)
>>> with Builder(role=REVERSE).active() as builder:
...     same = cast(x, dtype="float64")
...     result = multiply(same, same)
>>> f = Function("f", (Parameter("x", x),), builder.block(), result)
>>> print(to_text(f))
f(x: float)
    v1: float = cast(x, dtype=float64)
    v2: float = multiply(v1, v1)
    return v2
>>> print(to_text(propagate_copies(f)))
f(x: float)
    v1: float = cast(x, dtype=float64)
    v2: float = multiply(x, x)
    return v2

(`eliminate_dead_code` removes what is no longer read.)
"""

from __future__ import annotations

from collections.abc import Iterable

from adcompiler.ir.nodes import Call, For, Function, If, Statement, While
from adcompiler.ir.structure import leaves
from adcompiler.ir.types import Array, DType, PythonScalar, shape_of
from adcompiler.ir.values import Atom, Constant, Variable
from adcompiler.optimize.rewrite import Rewriter, revised
from adcompiler.optimize.sameness import same_atom
from adcompiler.primitives.shapes import Shape

#: rows that give operand 0 back where it has the shape of operand 1 already
_FITTING = ("broadcast_like", "reshape_like", "sum_to_shape", "sum_rows", "broadcast_rows")
#: rows that give operand 0 back where its type is that of the result
_CONVERTING = ("cast", "positive", "identity")


def propagate_copies(function: Function) -> Function:
    """The function with every read of a copy turned into a read of the original.

    Copies are: an `If` whose arms yield the same atom, an `If` on a constant (its arm is
    inlined), a value that a loop carries and never changes or records each time, and compiler-written
    conversions to the type at hand. A type must be exactly the same: a Python float is weak in NumPy's promotion
    and a NumPy scalar is not.
    """
    return _Propagation(function).function(function)


class _Propagation(Rewriter):
    def __init__(self, function: Function) -> None:
        super().__init__()
        self.calls: dict[Atom, Call] = {}
        #: a record of one constant
        self.same_each_time: dict[Atom, Constant] = {}
        # the first input of each dtype and shape
        self.inputs: dict[tuple[DType, Shape], Variable] = {}
        # what a forward sweep recorded in one arm of a branch may be absent, and has no shape then
        recorded = {
            v
            for p in function.parameters
            if p.name in ("recorded", "tape")
            for v in leaves(p.structure)
        }
        for variable in (*function.inputs, *(c.variable for c in function.captures)):
            if isinstance(variable.type, Array) and variable not in recorded:
                key = variable.type.dtype, variable.type.shape
                self.inputs.setdefault(key, variable)

    def call(self, s: Call) -> Iterable[Statement]:
        self.calls[s.target] = s
        if s.style:
            return (s,)
        if _hands_on(s) and s.args[0].type == s.target.type:
            self.replace(s.target, s.args[0])
        if s.primitive.shape_only:
            s = revised(
                s, args=tuple(map(self._like, s.args, range(len(s.args)), [s] * len(s.args)))
            )
        return (s,)

    def _like(self, atom: Atom, position: int, s: Call) -> Atom:
        """Where only a shape is read, an input that has it: nothing need be kept for it.

        Else what an elementwise chain started from, which has the same shape.
        """
        if position not in s.primitive.shape_only or not isinstance(atom.type, Array):
            return atom
        known = self.inputs.get((atom.type.dtype, atom.type.shape))
        while known is None:
            call = self.calls.get(atom)
            if call is None or call.primitive.kind != "elementwise":
                return atom
            same = [a for a in call.args if isinstance(a, Variable) and a.type == atom.type]
            if not same:
                return atom
            atom = same[0]
        return known

    def branch(self, s: If) -> Iterable[Statement]:
        if isinstance(s.condition, Constant):
            arm = s.then if s.condition.value else s.orelse
            if all(a.type == t.type for a, t in zip(arm.results, s.targets, strict=True)):
                inlined = self.block(arm)
                for target, atom in zip(s.targets, inlined.results, strict=True):
                    self.replace(target, atom)
                return inlined.statements
        s = revised(s, then=self.block(s.then), orelse=self.block(s.orelse))
        for target, one, other in zip(s.targets, s.then.results, s.orelse.results, strict=True):
            # a variable that both arms yield is defined before them
            if same_atom(one, other) and one.type == target.type:
                self.replace(target, one)
            elif _is(one, True) and _is(other, False) and s.condition.type == target.type:
                self.replace(target, s.condition)
        return (s,)

    def loop(self, s: For | While) -> Iterable[Statement]:
        original = dict(zip((v for v, _ in s.carried), s.body.results, strict=True))
        for (inner, initial), target in zip(s.carried, s.targets[: len(s.carried)], strict=True):
            result = original[inner]
            unchanged = result is inner or same_atom(self.read(result), initial)
            if unchanged and initial.type == inner.type == target.type:
                self.replace(inner, initial)
                self.replace(target, initial)
        if isinstance(s, For):
            taken = [(v, self.same_each_time.get(self.read(a))) for v, a in s.consumed]
            for variable, constant in taken:
                if constant is not None and _of_one_kind(constant, variable):
                    self.replace(variable, constant)
        (found,) = super().loop(s)
        assert isinstance(found, (For, While))
        for atom, target in zip(found.collected, found.targets[len(found.carried) :], strict=True):
            if isinstance(atom, Constant):
                self.same_each_time[target] = atom
        return (found,)


def _of_one_kind(a: Atom, b: Atom) -> bool:
    """The same class of Python numbers: an int that is known counts something, too."""
    kinds = [x.type.kind for x in (a, b) if isinstance(x.type, PythonScalar)]
    return len(kinds) == 2 and kinds[0] == kinds[1]


def _is(atom: Atom, value: bool) -> bool:
    return isinstance(atom, Constant) and atom.value is value


def _hands_on(s: Call) -> bool:
    if s.primitive.name in _CONVERTING:
        return True
    if s.primitive.name not in _FITTING:
        return False
    return shape_of(s.args[0].type) == shape_of(s.target.type)
