"""Vectors that are read and written by element become lists: in plain Python an element then costs a third.

``xs[i]`` of an array makes an `np.float64`, and all arithmetic with it runs at NumPy's speed; ``xs = xs.tolist()``
before the loop gives Python floats.  A vector is converted where it is made, and back where it is used as a whole;
both cost as much as reading every element once, so this is done only for what a loop as long as the vector goes
through.

>>> from adcompiler.ir.builder import Builder
>>> from adcompiler.ir.nodes import Function, Parameter
>>> from adcompiler.ir.text import to_text
>>> from adcompiler.ir.types import FLOAT, INT, Array, PythonScalar
>>> from adcompiler.ir.index import IndexPattern, Operand
>>> from adcompiler.ir.lengths import Length
>>> import adcompiler.primitives.catalogue
>>> n = Length.symbol("x.shape[0]")
>>> x, i, s = Variable("x", Array(FLOAT64, (n,))), Variable("i", INT), Variable("s", FLOAT)
>>> with Builder().active() as inner:
...     y = s + inner.apply(lookup("getitem"), x, i, index=IndexPattern((Operand(0),), False))
>>> end, zero, one = Variable("n", PythonScalar("int", n)), Constant.of(0), Constant.of(1)
>>> length = Call(end, lookup("dim"), (x,), {"axis": 0})
>>> loop = For((Variable("s", FLOAT),), i, (zero, end, one), ((s, Constant.of(0.0)),), (), inner.block((y,)))
>>> f = Function("f", (Parameter("x", x),), Block((length, loop)), loop.targets[0])
>>> print(to_text(with_element_lists(f)).rstrip())
f(x: float64[x.shape[0]])
    x.2: list of float = list_unstack(x, element=float, form=_0.tolist())
    n: int = list_length(x.2)
    s.2: float = for i in range(0, n, 1) carrying s = 0.0:
        v1: np.float64 = list_item(x.2, i)
        v2: np.float64 = add(s, v1)
        yield v2
    return s.2
"""

from __future__ import annotations

from dataclasses import replace

from adcompiler.backend.element_uses import FLOAT64, Vectors, made_as_list, place_of
from adcompiler.ir.nodes import REVERSE, Block, Call, For, Function, If, Statement, While
from adcompiler.ir.origin import NOWHERE
from adcompiler.ir.primitive import lookup
from adcompiler.ir.structure import iterate, transform
from adcompiler.ir.types import FLOAT, List, NumpyScalar
from adcompiler.ir.values import Atom, Constant, Variable
from adcompiler.ir.walk import all_statements


def with_element_lists(function: Function) -> Function:
    """The function with lists for the vectors that its loops go through element by element."""
    if not any(isinstance(s, For) for s in all_statements(function.body)):
        return function
    vectors = Vectors()
    for variable in (*function.inputs, *(c.variable for c in function.captures)):
        vectors.made(variable, ())
    vectors.block(function.body, ())
    for atom in iterate(function.result):
        vectors.whole(atom, ())
    chosen = vectors.chosen()
    return _Rewriter(chosen, vectors.as_arrays).function(function) if chosen else function


def is_head(s: Statement) -> bool:
    """True for an argument taken as a list, before the program begins."""
    return isinstance(s, Call) and s.primitive.name == "list_unstack" and s.origin is NOWHERE


class _Rewriter:
    """`lists` maps a vector to its list, `arrays` holds the vectors that exist as arrays too."""

    def __init__(self, chosen: set[Variable], as_arrays: set[Variable]) -> None:
        self.chosen = chosen
        self.as_arrays = as_arrays
        self.lists: dict[Variable, Variable] = {}
        self.arrays: dict[Variable, Variable] = {}

    def function(self, function: Function) -> Function:
        statements: list[Statement] = []
        for variable in (*function.inputs, *(c.variable for c in function.captures)):
            if variable in self.chosen:
                if variable in self.as_arrays:
                    # two things of one name would be `x` and `x_2`
                    self.lists[variable] = Variable(f"{variable.name}_list", List(FLOAT))
                statements.append(self._unstacked(variable, None))
        body = self.block(function.body)
        statements += body.statements
        role = REVERSE if any(s.role == REVERSE for s in body.statements) else "primal"
        last = Call(Variable(None, FLOAT), lookup("identity"), (), origin=NOWHERE, role=role)
        result = transform(
            lambda a: self.as_array(a, statements, last) if isinstance(a, Atom) else a,
            function.result,
        )
        return replace(function, body=Block(tuple(statements), body.results), result=result)

    def _unstacked(self, variable: Variable, s: Call | None) -> Call:
        """The list of a vector that is made as an array."""
        self.arrays[variable] = variable
        statics = {"element": FLOAT, "form": "_0.tolist()"}
        target, row = self.as_list(variable), lookup("list_unstack")
        if s is None:
            return Call(target, row, (variable,), statics)
        return Call(target, row, (variable,), statics, origin=s.origin, role=s.role)

    def as_list(self, variable: Variable) -> Variable:
        if variable not in self.lists:
            of = None if variable.of is None else self.lists.get(variable.of, variable.of)
            self.lists[variable] = Variable(variable.name, List(FLOAT), of, variable.mark)
        return self.lists[variable]

    def as_array(self, atom: Atom, statements: list[Statement], user: Statement) -> Atom:
        """The vector as an array, for a use as a whole."""
        if not isinstance(atom, Variable) or atom not in self.chosen:
            return atom
        if atom not in self.arrays:
            self.arrays[atom] = Variable(None, atom.type)
            statements.append(
                Call(
                    self.arrays[atom],
                    lookup("list_stack"),
                    (self.as_list(atom),),
                    origin=user.origin,
                    role=user.role,
                )
            )
        return self.arrays[atom]

    def read(self, atom: Atom) -> Atom:
        """The list where the atom has become one."""
        return self.as_list(atom) if isinstance(atom, Variable) and atom in self.chosen else atom

    def block(self, block: Block) -> Block:
        # what is converted here is not at hand in another block
        outside = dict(self.arrays)
        statements: list[Statement] = []
        for s in block.statements:
            if isinstance(s, Call):
                self.call(s, statements)
            elif isinstance(s, If):
                statements.append(
                    replace(
                        s,
                        targets=tuple(self._target(t) for t in s.targets),
                        then=self.block(s.then),
                        orelse=self.block(s.orelse),
                    )
                )
            elif isinstance(s, (For, While)):
                statements.append(self.loop(s))
            else:
                statements.append(s)
        self.arrays = outside
        return Block(tuple(statements), tuple(map(self.read, block.results)))

    def _target(self, variable: Variable) -> Variable:
        return self.as_list(variable) if variable in self.chosen else variable

    def loop(self, s: For | While) -> Statement:
        carried = tuple((self._target(v), self.read(a)) for v, a in s.carried)
        targets = tuple(map(self._target, s.targets))
        if isinstance(s, While):
            return replace(
                s,
                carried=carried,
                targets=targets,
                test=self.block(s.test),
                body=self.block(s.body),
            )
        return replace(s, carried=carried, targets=targets, body=self.block(s.body))

    def call(self, s: Call, statements: list[Statement]) -> None:
        place = place_of(s)
        owner = s.args[0] if s.args else None
        if place is not None and owner in self.chosen:
            assert owner is not None
            seq = self.read(owner)
            if s.primitive.name == "getitem":
                statements.append(self._row(s, "list_item", s.target, seq, place))
            else:
                name = "list_set" if s.primitive.name == "setitem" else "list_add"
                value = self._number(s, statements)
                target = self._target(s.target)
                statements.append(self._row(s, name, target, seq, value, place))
            return
        if s.primitive.name in ("dim", "size") and owner in self.chosen:
            assert owner is not None
            statements.append(self._row(s, "list_length", s.target, self.read(owner)))
            return
        made = made_as_list(s) if s.target in self.chosen else None
        if made is not None:
            name, args = made
            target = self._target(s.target)
            statements.append(self._row(s, name, target, *map(self.read, args)))
            return
        args = tuple(self.as_array(a, statements, s) for a in s.args)
        s = s if args == s.args else replace(s, args=args)
        if s.target not in self.chosen:
            statements.append(s)
            return
        unstacked = self._unstacked(s.target, s)
        if s.target not in self.as_arrays:
            # an expression without a name, which goes into the conversion
            s = replace(s, target=Variable(None, s.target.type))
            unstacked = replace(unstacked, args=(s.target,))
        statements += (s, unstacked)

    def _number(self, s: Call, statements: list[Statement]) -> Atom:
        """What is written into the list: a float, as the array would hold it."""
        value = s.args[1]
        if isinstance(value, Constant):
            return Constant.of(float(value.value))
        if value.type in (FLOAT, NumpyScalar(FLOAT64)):
            return value
        number = Variable(None, FLOAT)
        statements.append(self._row(s, "to_float", number, value))
        return number

    def _row(self, s: Call, name: str, target: Variable, *args: Atom) -> Call:
        return Call(target, lookup(name), args, origin=s.origin, role=s.role, style=s.style)
