"""Which scalars may be NumPy scalars when the generated program runs.

The fast spelling runs most scalars as Python floats, but ``np.sum`` gives an `np.float64` and
arithmetic hands it on. A derivative of a Python float must come back as a Python float, so
where one may have leaked in, the result is wrapped in ``float(…)``; everywhere else nothing is
needed.
"""

from __future__ import annotations

from dataclasses import replace

from adcompiler.backend.templates import choose
from adcompiler.ir.nodes import PRIMAL, Block, Call, For, Function, If, Statement, While
from adcompiler.ir.types import NumpyScalar, PythonScalar, dtype_of, is_number, runs_as_float
from adcompiler.ir.values import Atom, Constant, Variable
from adcompiler.ir.walk import all_statements, rebuilt_blocks, substitute_function


def numpy_scalars(function: Function, careful: bool) -> set[Variable]:
    """The variables of scalar type that may hold a NumPy scalar (or a 0-d array)."""
    found = _Leaks(careful)
    for variable in (*function.inputs, *(c.variable for c in function.captures)):
        if not isinstance(variable.type, PythonScalar):
            found.leaked.add(variable)
    while True:
        # around a loop a leak shows only in the next round; the set only grows
        size = len(found.leaked)
        found.block(function.body)
        if len(found.leaked) == size or not found.loops:
            return found.leaked


def without_conversions(function: Function, careful: bool) -> Function:
    """The function without ``float(x)`` of its own where `x` is a Python float when the program runs.

    A temporary that was only computed to be converted is called what the result was called.
    """
    leaked = numpy_scalars(function, careful)
    weak = _beside_narrow(function)
    held: dict[Variable, Atom] = {}
    named: dict[Variable, Variable] = {}
    for s in all_statements(function.body):
        if isinstance(s, Call) and s.primitive.name == "to_float" and not s.style:
            source = s.args[0]
            number = held.get(source, source) if isinstance(source, Variable) else source
            if not isinstance(number, Variable) or s.target in weak:
                continue
            if number not in leaked and _is_float(number):
                held[s.target] = number
                if s.target.mark and number.name is None and not number.mark:
                    named.setdefault(
                        number, Variable(None, number.type, s.target.of, s.target.mark)
                    )
    if not held:
        return function
    made = {
        s.target
        for s in all_statements(function.body)
        if isinstance(s, Call) and s.role != PRIMAL and s.target in named
    }

    def kept(block: Block) -> Block:
        statements = tuple(
            replace(s, target=named[s.target]) if isinstance(s, Call) and s.target in made else s
            for s in block.statements
            if not (isinstance(s, Call) and s.target in held)
        )
        return Block(statements, block.results)

    def read(atom: Atom) -> Atom:
        number = held.get(atom, atom) if isinstance(atom, Variable) else atom
        return named[number] if isinstance(number, Variable) and number in made else number

    return substitute_function(rebuilt_blocks(function, kept), read)


def _beside_narrow(function: Function) -> set[Atom]:
    """What is an operand beside a float32: there a Python float is not an np.float64 (NEP 50)."""
    return {
        atom
        for s in all_statements(function.body)
        if isinstance(s, Call) and narrow(s)
        for atom in s.args
    }


def narrow(s: Call) -> bool:
    """True for a call with an operand of less than double precision."""
    return any(is_number(a.type) and dtype_of(a.type).str[1:] in ("f2", "f4", "c8") for a in s.args)


def _is_float(number: Variable) -> bool:
    return runs_as_float(number.type) and dtype_of(number.type).kind == "f"


class _Leaks:
    def __init__(self, careful: bool) -> None:
        self.careful = careful
        self.leaked: set[Variable] = set()
        self.loops = False

    def leaks(self, atom: Atom) -> bool:
        if isinstance(atom, Constant):
            return not isinstance(atom.type, (PythonScalar, NumpyScalar))
        return atom in self.leaked

    def block(self, block: Block) -> None:
        for s in block.statements:
            self.statement(s)

    def statement(self, s: Statement) -> None:
        if isinstance(s, Call):
            if self._call(s):
                self.leaked.add(s.target)
        elif isinstance(s, If):
            self.block(s.then)
            self.block(s.orelse)
            for target, a, b in zip(s.targets, s.then.results, s.orelse.results, strict=True):
                if self.leaks(a) or self.leaks(b):
                    self.leaked.add(target)
        elif isinstance(s, (For, While)):
            self.loops = True
            self.leaked.update(v for v, a in s.carried if self.leaks(a))
            self.leaked.update(v for v, sequence in s.consumed if self.leaks(sequence))
            if isinstance(s, While):
                self.block(s.test)
            self.block(s.body)
            for (variable, _), atom, target in zip(
                s.carried, s.body.results, s.targets, strict=False
            ):
                if self.leaks(atom):
                    self.leaked.add(variable)
                if variable in self.leaked:
                    self.leaked.add(target)
            for atom, target in zip(s.collected, s.targets[len(s.carried) :], strict=True):
                if self.leaks(atom):
                    self.leaked.add(target)

    def _call(self, s: Call) -> bool:
        template, scalar = choose(s, self.careful)
        if s.primitive.name in ("to_float", "to_int", "to_bool"):
            return False
        if s.primitive.kind == "list":
            whole = s.primitive.name in ("list_length", "list_zeros")
            return not whole and (self.careful or any(map(self.leaks, _held(s))))
        if s.primitive.kind in ("kept", "invoked", "part"):
            return not isinstance(s.target.type, PythonScalar)
        if not scalar or template.uses_numpy:
            return True
        if s.primitive.name in ("cast", "as_numpy_scalar"):
            return not isinstance(s.target.type, PythonScalar)
        if template.called in ("math", "cmath", "float", "complex", "int", "bool"):
            return False
        return any(self.leaks(a) for a in s.args)


def _held(s: Call) -> list[Atom]:
    """What may come out of a list again: what it was made of, not indices and lengths."""
    if s.primitive.name == "list_unstack":
        return [] if isinstance(s.statics["element"], PythonScalar) else [s.args[0]]
    if isinstance(s.target.type, NumpyScalar):
        return [s.target, *s.args]
    return [a for k, a in enumerate(s.args) if k not in s.primitive.shape_only]


def belongs_to_float(atom: Atom) -> bool:
    """True for the derivative of a Python number, which is a Python float (D7)."""
    if not isinstance(atom, Variable):
        return False
    number = atom.of.type if atom.mark and atom.of is not None else atom.type
    kinds = ("float", "int") if atom.mark else ("float",)
    return isinstance(number, PythonScalar) and number.kind in kinds
