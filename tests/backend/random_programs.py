"""Random functions of the trace: arithmetic, views, updates, branches and loops, at random."""

from __future__ import annotations

import random
from typing import Any

import numpy as np

import adcompiler.primitives.catalogue  # noqa: F401 - fills the registry with all rows
from adcompiler.ir.builder import Builder
from adcompiler.ir.index import IndexPattern, Slice
from adcompiler.ir.lengths import Length
from adcompiler.ir.nodes import PRIMAL, REVERSE, Block, For, Function, If, Parameter, While
from adcompiler.ir.origin import Origin
from adcompiler.ir.primitive import lookup
from adcompiler.ir.structure import sequence
from adcompiler.ir.types import BOOL, FLOAT, INT, Array, Opaque, Type
from adcompiler.ir.values import Atom, Constant, Variable, derivative_of

LENGTH = 4
VECTOR = Array(np.dtype(float), (Length.symbol("n"),))
NAMES = ("a", "b", "c", "x", "u", "np", "math", "len", "t", "x_bar", "range")
_REVERSED = IndexPattern((Slice(None, None, -1),), False)


class Maker:
    """Grows one function; every variable in scope may be read by any later statement."""

    def __init__(self, seed: int) -> None:
        self.rng = random.Random(seed)
        self.line = 0

    def function(self) -> Function:
        x, y = Variable("x", VECTOR), Variable("y", VECTOR)
        p, n = Variable("p", FLOAT), Variable("n", INT)
        scope: list[Variable] = [x, y, p]
        self.count = n
        builder = Builder()
        with builder.active():
            self.statements(builder, scope, self.rng.randint(3, 9), 2)
        returned = [v for v in scope if isinstance(v.type, Array) or v.type == FLOAT]
        chosen = tuple(self.rng.sample(returned, min(4, len(returned))))
        parameters = tuple(Parameter(v.name or "", v) for v in (x, y, p, n))
        return Function("f", parameters, builder.block(), sequence("tuple", chosen))

    def pick(self, scope: list[Variable], type: Type) -> Atom:
        found = [v for v in scope if v.type == type]
        if type == FLOAT and (not found or self.rng.random() < 0.2):
            return Constant.of(self.rng.choice([1.0, -1.5, 0.5]))
        # later ones more often, so that earlier ones die
        return found[min(int(abs(self.rng.gauss(0, 2))), len(found) - 1) * -1 - 1]

    def target(self, scope: list[Variable], type: Type) -> Variable:
        draw = self.rng.random()
        if draw < 0.45:
            return Variable(None, type)
        if draw < 0.8:
            return Variable(self.rng.choice(NAMES), type)
        return derivative_of(self.rng.choice([v for v in scope if v.name] or scope), "bar", type)

    def statements(self, builder: Builder, scope: list[Variable], count: int, depth: int) -> None:
        for _ in range(count):
            if self.rng.random() < 0.6:
                self.line += 1
            text = f"statement {self.line}"
            builder.origin = Origin(
                "f.py", self.line, 0, self.line, 9, "f", (self.line, 0, "f"), text
            )
            builder.role = self.rng.choice([PRIMAL, REVERSE])
            self.statement(builder, scope, depth)

    def statement(self, builder: Builder, scope: list[Variable], depth: int) -> None:
        kinds = [
            "scalar",
            "scalar",
            "vector",
            "vector",
            "accumulate",
            "view",
            "update",
            "update",
            "add_to",
        ]
        if depth:
            kinds += ["if", "if", "for", "while"]
        kind = self.rng.choice(kinds)
        if kind == "if":
            self._if(builder, scope, depth)
        elif kind in ("for", "while"):
            self._loop(builder, scope, depth, kind)
        elif kind == "scalar":
            name = self.rng.choice(
                ["add", "subtract", "multiply", "negative", "sin", "sum", "getitem"]
            )
            if name in ("sum", "getitem"):
                statics = {"index": IndexPattern((1,), False)} if name == "getitem" else {}
                number = builder.apply(lookup(name), self.pick(scope, VECTOR), **statics)
                found = builder.apply(lookup("to_float"), number, target=self.target(scope, FLOAT))
            else:
                args = [
                    self.pick(scope, FLOAT) for _ in range(1 if name in ("sin", "negative") else 2)
                ]
                if all(isinstance(a, Constant) for a in args):
                    return
                found = builder.apply(lookup(name), *args, target=self.target(scope, FLOAT))
            scope.append(found)  # type: ignore[arg-type]
        else:
            scope.append(self._vector(builder, scope, kind))

    def _vector(self, builder: Builder, scope: list[Variable], kind: str) -> Variable:
        rng, vector = self.rng, self.pick(scope, VECTOR)
        target = self.target(scope, VECTOR)
        if kind == "vector":
            name = rng.choice(["add", "subtract", "multiply", "negative", "tanh", "zeros_like"])
            args = [vector]
            if name in ("add", "subtract", "multiply"):
                args.append(self.pick(scope, rng.choice([VECTOR, FLOAT])))
                rng.shuffle(args)
            builder.apply(lookup(name), *args, target=target)
        elif kind == "accumulate":
            of = vector if isinstance(vector, Variable) and vector.mark else None
            if of is not None:
                target = Variable(None, VECTOR, of.of, of.mark)
            builder.apply(lookup("add"), vector, self.pick(scope, VECTOR), target=target)
        elif kind == "view":
            if rng.random() < 0.5:
                builder.apply(lookup("getitem"), vector, index=_REVERSED, target=target)
            else:
                builder.apply(
                    lookup("broadcast_like"), self.pick(scope, FLOAT), vector, target=target
                )
        else:
            value = self.pick(scope, FLOAT)
            index = IndexPattern((rng.randrange(LENGTH),), False)
            if rng.random() < 0.3:
                value, index = self.pick(scope, VECTOR), IndexPattern((Slice(),), False)
            row = lookup("setitem" if kind == "update" else "add_to_slice")
            builder.apply(row, vector, value, index=index, target=target)
        return target

    def _if(self, builder: Builder, scope: list[Variable], depth: int) -> None:
        condition = builder.apply(lookup("greater"), self._variable(scope, FLOAT), 0.3)
        types = [self.rng.choice([FLOAT, VECTOR]) for _ in range(self.rng.randint(1, 2))]
        blocks = []
        for _ in range(2):
            with builder.nested() as inner:
                inside = list(scope)
                self.statements(inner, inside, self.rng.randint(0, 3), depth - 1)
                blocks.append(inner.block(tuple(self.pick(inside, t) for t in types)))
        targets = tuple(self.target(scope, t) for t in types)
        builder.add(If(targets, condition, *blocks, origin=builder.origin, role=builder.role))
        scope.extend(targets)

    def _variable(self, scope: list[Variable], type: Type) -> Variable:
        return self.rng.choice([v for v in scope if v.type == type])

    def _loop(self, builder: Builder, scope: list[Variable], depth: int, kind: str) -> None:
        rng = self.rng
        types = [rng.choice([FLOAT, VECTOR]) for _ in range(rng.randint(1, 3))]
        carried = tuple((self.target(scope, t), self.pick(scope, t)) for t in types)
        sequences = [v for v in scope if isinstance(v.type, Opaque)]
        consumed: tuple[tuple[Variable, Atom], ...] = ()
        if sequences and rng.random() < 0.8:
            taken = rng.choice(sequences)
            element = FLOAT if taken.type.name == "floats" else VECTOR  # type: ignore[attr-defined]
            consumed = ((self.target(scope, element), taken),)
        inside = [*scope, *(v for v, _ in carried), *(v for v, _ in consumed)]
        index = Variable(rng.choice([None, "i", "t"]), INT)
        counter = Variable(None, INT)
        with builder.nested() as inner:
            self.statements(inner, inside, rng.randint(1, 4), depth - 1)
            results = [self.pick(inside, t) for t in types]
            collected = tuple(
                self._variable(inside, t) for t in rng.sample([FLOAT, VECTOR], rng.randint(0, 1))
            )
            if kind == "while":
                results.append(inner.apply(lookup("add"), counter, 1))
            body = inner.block(tuple(results))
        outcome = [self.target(scope, t) for t in types]
        lists = [
            Variable(None, Opaque("floats" if c.type == FLOAT else "vectors")) for c in collected
        ]
        facts: Any = {"origin": builder.origin, "role": builder.role}
        if kind == "for":
            # every loop runs three times: what one collects the next can consume
            bounds = rng.choice([(0, self.count, 1), (2, -1, -1), (1, 4, 1), (0, 6, 2)])
            builder.add(
                For(
                    (*outcome, *lists),
                    index,
                    tuple(b if isinstance(b, Atom) else Constant.of(b) for b in bounds),
                    carried,
                    consumed,
                    body,
                    collected,
                    **facts,
                )
            )
        else:
            with builder.nested() as test:
                going = test.apply(lookup("less"), counter, self.count, target=Variable(None, BOOL))
                head = Block(tuple(test.statements), (going,))
            start: tuple[Variable, Atom] = (counter, Constant.of(0))
            ended = Variable(None, INT)
            builder.add(
                While(
                    (*outcome, ended, *lists),
                    head,
                    (*carried, start),
                    consumed,
                    body,
                    collected,
                    **facts,
                )
            )
        scope.extend((*outcome, *lists))
