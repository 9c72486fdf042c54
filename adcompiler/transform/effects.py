"""Effects happen in the forward sweep only: what they gave is handed out to be read again.

A reverse sweep computes the arms of branches and the bodies of loops again.  A call with an effect is left out there,
and its result is the one of the forward sweep.  `exposed` lets every such number leave the branches and loops around
it (a branch joins it with a placeholder, a loop collects it); `Replay` copies statements without their effects and
reads those numbers instead.

>>> from adcompiler.ir.builder import Builder
>>> from adcompiler.ir.nodes import Parameter
>>> from adcompiler.ir.text import to_text
>>> from adcompiler.ir.types import BOOL, FLOAT
>>> from adcompiler.primitives.arithmetic import multiply
>>> from adcompiler.primitives.effects import draw
>>> x, c, y = Variable("x", FLOAT), Variable("c", BOOL), Variable("y", FLOAT)
>>> with Builder().active() as builder:
...     with builder.nested() as then:
...         product = multiply(x, draw(form="random.random()", result=FLOAT))
...     builder.add(If((y,), c, then.block((product,)), Block((), (x,))))
>>> f = Function("f", (Parameter("x", x), Parameter("c", c)), builder.block(), y)
>>> print(to_text(exposed(f)))
f(x: float, c: bool)
    y: float, v1: float = if c:
        v2: float = draw(form=random.random(), result=float)
        v3: float = multiply(x, v2)
        yield v3, v2
    else:
        yield x, 0.0
    return y
<BLANKLINE>
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from adcompiler.ir.effects import has_effects, is_effect
from adcompiler.ir.nodes import Block, Call, For, Function, If, Parameter, Statement, While
from adcompiler.ir.structure import sequence, transform
from adcompiler.ir.types import FLOAT, INT, Opaque, Sequence, Type, is_number
from adcompiler.ir.values import Atom, Constant, Variable
from adcompiler.ir.walk import Copier, use_counts

#: stands for an object that only effects read
MISSING = Constant(None, Opaque("NoneType"))


def exposed(function: Function) -> Function:
    """The function with every number that comes from an effect, and is read, handed out to its outermost block."""
    if not any(
        isinstance(s, (If, For, While)) and has_effects(s) for s in function.body.statements
    ):
        return function
    used = use_counts(function.body, function.result)
    return replace(function, body=_Exposing(used).block(function.body))


class _Exposing:
    def __init__(self, used: dict[Variable, int]) -> None:
        self.used = used

    def block(self, block: Block) -> Block:
        return replace(block, statements=tuple(map(self.statement, block.statements)))

    def statement(self, s: Statement) -> Statement:
        if not has_effects(s) or isinstance(s, Call):
            return s
        if isinstance(s, If):
            s = replace(s, then=self.block(s.then), orelse=self.block(s.orelse))
            known = {v for _, v in given_by_branch(s)}
            for arm in ("then", "orelse"):
                for variable in self._missing(getattr(s, arm), known):
                    s = _joining(s, variable, arm)
                    self.used[s.targets[-1]] = 1
            return s
        assert isinstance(s, (For, While))
        s = replace(s, body=self.block(s.body))
        found = self._missing(s.body, {v for _, v in given_by_loop(s)})
        targets = tuple(Variable(None, Sequence(v.type)) for v in found)
        self.used.update(dict.fromkeys(targets, 1))
        return replace(s, targets=(*s.targets, *targets), collected=(*s.collected, *found))

    def _missing(self, block: Block, known: set[Variable]) -> list[Variable]:
        return [v for v in given_by(block) if v not in known and self.used.get(v)]


def _joining(s: If, variable: Variable, arm: str) -> If:
    """The branch with `variable` of one arm among what it joins."""
    target = Variable(variable.name, variable.type)
    placeholder = _placeholder(variable.type)
    then = variable if arm == "then" else placeholder
    orelse = placeholder if arm == "then" else variable
    return replace(
        s,
        targets=(*s.targets, target),
        then=replace(s.then, results=(*s.then.results, then)),
        orelse=replace(s.orelse, results=(*s.orelse.results, orelse)),
    )


def _placeholder(type: Type) -> Constant:
    if type == FLOAT:
        return Constant.of(0.0)
    return Constant.of(0) if type == INT else MISSING


def given_by(block: Block) -> Iterator[Variable]:
    """Variables of the block itself that hold what an effect gave (numbers, and sequences of them)."""
    for s in block.statements:
        if isinstance(s, Call):
            if is_effect(s) and is_number(s.target.type):
                yield s.target
        elif isinstance(s, If):
            yield from (s.targets[k] for k, _ in given_by_branch(s))
        elif isinstance(s, (For, While)):
            yield from (s.targets[k] for k, _ in given_by_loop(s))


def given_by_branch(s: If) -> list[tuple[int, Variable]]:
    """Which of its targets hand out what an effect in an arm gave (the other arm gives a constant)."""
    if not has_effects(s):
        return []
    inside = {*given_by(s.then), *given_by(s.orelse)}
    found: list[tuple[int, Variable]] = []
    for k, pair in enumerate(zip(s.then.results, s.orelse.results, strict=True)):
        for one, other in (pair, pair[::-1]):
            if isinstance(one, Variable) and one in inside and isinstance(other, Constant):
                found.append((k, one))
    return found


def given_by_loop(s: For | While) -> list[tuple[int, Variable]]:
    """As `given_by_branch`, for the sequences that a loop collects."""
    if not has_effects(s):
        return []
    inside = set(given_by(s.body))
    number = len(s.carried)
    return [
        (number + k, atom)
        for k, atom in enumerate(s.collected)
        if isinstance(atom, Variable) and atom in inside
    ]


class Replay(Copier):
    """Copies statements without their effects; `known` says where their results are found."""

    def __init__(self, role: str | None, known: dict[Variable, Atom] | None = None) -> None:
        super().__init__({}, role)
        self.known: dict[Variable, Atom] = dict(known or {})

    def within(self, s: If) -> Replay:
        """Arms of `s`, which stands in the forward sweep, are about to be copied."""
        self.known.update((inner, s.targets[k]) for k, inner in given_by_branch(s))
        return self

    def _given(self, variable: Variable) -> Atom:
        return self.atom(self.known.get(variable, MISSING))

    def statements(self, statements: Iterable[Statement]) -> list[Statement]:
        return [copy for s in statements for copy in self._copies(s)]

    def block(self, block: Block) -> Block:
        return Block(tuple(self.statements(block.statements)), self.atoms(block.results))

    def _copies(self, s: Statement) -> Iterator[Statement]:
        if isinstance(s, Call):
            if is_effect(s):
                self.mapping[s.target] = self._given(s.target)
            elif s.primitive.kind == "kept" and any(self.atom(a) is MISSING for a in s.args):
                self.mapping[s.target] = MISSING
            else:
                yield self.statement(s)
        elif isinstance(s, If) and has_effects(s):
            yield self.statement(self._reading_branch(s))
        elif isinstance(s, (For, While)) and has_effects(s):
            yield self.statement(self._reading_loop(s))
        else:
            yield self.statement(s)

    def _reading_branch(self, s: If) -> If:
        given = given_by_branch(s)
        for k, inner in given:
            value = self._given(s.targets[k])
            self.known[inner] = self.mapping[s.targets[k]] = value
        kept = [k for k in range(len(s.targets)) if k not in dict(given)]

        def arm(block: Block) -> Block:
            return replace(block, results=tuple(block.results[k] for k in kept))

        targets = tuple(s.targets[k] for k in kept)
        return replace(s, targets=targets, then=arm(s.then), orelse=arm(s.orelse))

    def _reading_loop(self, s: For | While) -> For | While:
        given = given_by_loop(s)
        number = len(s.carried)
        consumed = list(s.consumed)
        for k, inner in given:
            values = self._given(s.targets[k])
            self.mapping[s.targets[k]] = values
            if values is MISSING:
                continue
            element = Variable(inner.name, inner.type)
            consumed.append((element, values))
            self.known[inner] = element
        left_out = dict(given)
        kept = [k for k in range(len(s.collected)) if number + k not in left_out]
        return replace(
            s,
            targets=(*s.targets[:number], *(s.targets[number + k] for k in kept)),
            consumed=tuple(consumed),
            collected=tuple(s.collected[k] for k in kept),
        )


def replayable(function: Function) -> tuple[Function, Function]:
    """The function with what its effects gave as a second result, and the same without effects, given these last.

    So a program may run a second time, for other directions, while its effects happen once.
    """
    first = exposed(function)
    given = list(given_by(first.body))
    again = tuple(Variable(v.name, v.type) for v in given)
    replay = Replay(None, dict(zip(given, again, strict=True)))
    body = replay.block(first.body)
    result = transform(lambda a: replay.atom(a) if isinstance(a, Atom) else a, function.result)
    return (
        replace(first, result=sequence("tuple", (first.result, sequence("tuple", tuple(given))))),
        replace(
            first,
            parameters=(*first.parameters, Parameter("given", sequence("tuple", again))),
            body=body,
            result=result,
        ),
    )
