"""Functions of the program itself, which are called and not entered: what a recursion needs that ends by a number.

A `Definition` is closed: it reads nothing but its parameters.  A call of it is a `Call` like any other, of a primitive
that stands for the definition; so a pass that does not look at it sees one pure operation that is neither taken apart
nor moved.  Several results come as one value of type `Results`, of which `result` takes one.

>>> from adcompiler.ir.builder import Builder
>>> from adcompiler.ir.nodes import Block, Parameter
>>> from adcompiler.ir.types import FLOAT
>>> from adcompiler.ir.values import Constant
>>> x = Variable("x", FLOAT)
>>> both = Definition("both", (FLOAT, FLOAT))
>>> both.function = Function("both", (Parameter("x", x),), Block(()), sequence("tuple", (x, x)))
>>> with Builder().active() as builder:
...     found = invoke(both, [Constant.of(2.0)])
>>> [s.target.type for s in builder.statements]  # doctest: +ELLIPSIS
[Results(...), PythonScalar(...), PythonScalar(...)]
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from adcompiler.ir.builder import current
from adcompiler.ir.evaluate import evaluate
from adcompiler.ir.lengths import unknown
from adcompiler.ir.nodes import Block, Call, Function
from adcompiler.ir.primitive import Primitive, Spelling
from adcompiler.ir.structure import Branch, sequence
from adcompiler.ir.types import Array, Results, Type
from adcompiler.ir.values import Atom, Variable
from adcompiler.ir.walk import all_statements


class Definition:
    """One function of the program.

    `function` is None, and `closed` False, while it is being lowered.  `results` are the types of the leaves of its
    result; a length among them that is no constant is another one for each call, unless it is among `lengths`.
    `derived` are its derivatives and what else was made of it, each once.
    """

    def __init__(self, name: str, results: tuple[Type, ...]) -> None:
        self.name = name
        #: how the user calls it, for the docstrings of what is derived from it
        self.shown, self.summary = name, ""
        self.results = results
        self.function: Function | None = None
        self.closed = False
        self.stable: frozenset[Any] = frozenset()
        self.derived: dict[Hashable, Definition] = {}
        #: of an adjoint: the same with the calls inside it recording for each other, and the definition it belongs to
        self.taped: Function | None = None
        self.primal: Definition | None = None
        #: of one half of an adjoint: which one, and what it stands for where nothing is recorded
        self.half = ""
        self.plain: Definition | None = None
        #: what analyses found out
        self.facts: dict[Hashable, Any] = {}
        #: what it reads from around it, which every call hands in behind the arguments
        self.outer: tuple[Variable, ...] = ()
        self.primitive = Invoked(
            f"call {name}",  # the name of no operation
            self._run,
            lambda args, statics: _packed(results),
            _spelling(name),
            "differentiable",
            kind="invoked",
            definition=self,
        )

    def _run(self, *args: Any) -> Any:
        function = self.lowered
        pairs = zip(function.parameters, args, strict=True)
        return evaluate(function, [leaf for p, arg in pairs for leaf in _opened(p.structure, arg)])

    @property
    def lowered(self) -> Function:
        assert self.function is not None
        return self.function

    def rename(self, name: str) -> None:
        """Give it its name in the generated module."""
        self.name = name
        object.__setattr__(self.primitive, "name", f"call {name}")
        object.__setattr__(self.primitive, "spelling", _spelling(name))
        if self.function is not None:
            self.function = replace(self.function, name=name)


@dataclass(frozen=True, eq=False, repr=False)
class Invoked(Primitive):
    """The row of a definition."""

    definition: Any = None


def _opened(structure: Any, value: Any) -> list[Any]:
    """The leaves of an argument with the structure of its parameter."""
    if not isinstance(structure, Branch):
        return [value]
    pairs = zip(structure.children, value, strict=True)
    return [leaf for child, part in pairs for leaf in _opened(child, part)]


def _spelling(name: str) -> Spelling:
    return Spelling(f"{name}(*_args)")


def _packed(types: tuple[Type, ...]) -> Type:
    return types[0] if len(types) == 1 else Results(types)


def _part_type(args: Sequence[Atom], statics: Any) -> Type:
    whole = args[0].type
    assert isinstance(whole, Results)
    found: Type = whole.parts[statics["position"]]
    return found


#: one of several results
result = Primitive(
    "result",
    lambda whole, position: whole[position],
    _part_type,
    Spelling("_0[_position]"),
    "differentiable",
    kind="part",
)


def definition_of(statement: object) -> Definition | None:
    """The definition that a statement calls."""
    if isinstance(statement, Call) and isinstance(statement.primitive, Invoked):
        found: Definition = statement.primitive.definition
        return found
    return None


def is_part(statement: object) -> bool:
    return isinstance(statement, Call) and statement.primitive is result


def invoke(
    definition: Definition, args: Sequence[Atom], likes: Sequence[Type | None] = ()
) -> list[Variable]:
    """Append a call; return its results.  The first of them have the shapes of `likes`, as far as these are known."""
    shapes = [*likes, *[None] * (len(definition.results) - len(likes))]
    types = tuple(
        _at_call(definition, type, like)
        for type, like in zip(definition.results, shapes, strict=True)
    )
    target = Variable(None, _packed(types))
    builder = current()
    builder.apply(definition.primitive, *args, target=target)
    if len(types) == 1:
        return [target]
    found = [Variable(None, type) for type in types]
    for position, part in enumerate(found):
        builder.apply(result, target, target=part, position=position)
    return found


def _at_call(definition: Definition, type: Type, like: Type | None) -> Type:
    """The type of a result of one call: its length is that of no other call's."""
    if not isinstance(type, Array):
        return type
    if isinstance(like, Array) and like.rank == type.rank:
        return replace(type, shape=like.shape)
    key = object()
    shape = tuple(
        length
        if {symbol for monomial, _ in length.terms for symbol in monomial} <= definition.stable
        else unknown(f"{definition.name}.shape[{axis}]", key, axis)
        for axis, length in enumerate(type.shape)
    )
    return replace(type, shape=shape)


def parts_of(statements: Iterable[object]) -> dict[Variable, dict[int, Variable]]:
    """For what each call of a definition gives: its results by position, as far as they are read."""
    found: dict[Variable, dict[int, Variable]] = {}
    for s in statements:
        if not isinstance(s, Call):
            continue
        definition = definition_of(s)
        if definition is not None:
            found[s.target] = {0: s.target} if len(definition.results) == 1 else {}
        elif s.primitive is result and isinstance(s.args[0], Variable):
            found.setdefault(s.args[0], {})[s.statics["position"]] = s.target
    return found


def called_in(block: Block) -> Iterator[Definition]:
    """The definitions that a block calls, at any depth."""
    for s in all_statements(block):
        definition = definition_of(s)
        if definition is not None:
            yield definition


def definitions_of(*functions: Function) -> list[Definition]:
    """Every definition that the functions lead to, callees first."""
    found: dict[Definition, None] = {}
    entered: set[Definition] = set()

    def visit(function: Function) -> None:
        for definition in called_in(function.body):
            if definition in entered:
                continue
            entered.add(definition)
            if definition.function is not None:
                visit(definition.function)
            found[definition] = None

    for function in functions:
        visit(function)
    return list(found)


def change_definitions(function: Function, change: Callable[[Function], Function]) -> None:
    """Apply `change` to every definition that the function leads to, before and after that change."""
    done: set[Definition] = set()
    while True:
        waiting = [d for d in definitions_of(function) if d not in done]
        if not waiting:
            return
        for definition in waiting:
            done.add(definition)
            definition.function = change(definition.lowered)


def name_definitions(function: Function) -> None:
    """Let no two functions of the module have the same name, nor that of a parameter."""
    every = definitions_of(function)
    taken = {function.name}
    for f in (function, *(d.lowered for d in every)):
        taken.update(p.name for p in f.parameters)
        taken.update(str(c.reference[1]) for c in f.captures if c.reference[0] == "cell")
    for definition in every:
        name, number = definition.name, 1
        while name in taken:
            number += 1
            name = f"{definition.name}_{number}"
        taken.add(name)
        definition.rename(name)


def packed(leaves: Sequence[Any]) -> Any:
    """The result of a definition: one leaf by itself, several as a tuple."""
    return leaves[0] if len(leaves) == 1 else sequence("tuple", tuple(leaves))
