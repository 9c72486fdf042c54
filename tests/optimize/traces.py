"""Traces built by hand and by hypothesis, and what must hold of every pass over them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
from hypothesis import strategies as st

import adcompiler.primitives.catalogue  # noqa: F401 - fills the registry with all rows
from adcompiler.ir.builder import Builder
from adcompiler.ir.evaluate import evaluate
from adcompiler.ir.lengths import Length
from adcompiler.ir.nodes import (
    PRIMAL,
    REVERSE,
    Block,
    Call,
    For,
    Function,
    If,
    Parameter,
    While,
)
from adcompiler.ir.origin import Origin
from adcompiler.ir.primitive import lookup
from adcompiler.ir.structure import sequence
from adcompiler.ir.text import to_text
from adcompiler.ir.types import FLOAT, INT, Array, Opaque, dtype_of, is_number, shape_of
from adcompiler.ir.values import Atom, Constant, Variable
from adcompiler.ir.verify import verify
from adcompiler.ir.walk import all_statements

N = Length.symbol("a.shape[0]")
M = Length.symbol("b.shape[0]")
VECTOR = Array(np.dtype("float64"), (N,))
SHORT = Array(np.dtype("float32"), (N,))


def place(line: int) -> Origin:
    """The user's statement in this line."""
    return Origin("model.py", line, 0, line, 9, "f", (line, 0, "f"), f"line {line}")


class Trace(Builder):
    """A builder that also says which of the user's statements is at work."""

    @contextmanager
    def primal(self, line: int = 1, style: str = "python") -> Iterator[None]:
        yield from self._as(PRIMAL, style, line)

    @contextmanager
    def reverse(self, line: int = 1) -> Iterator[None]:
        yield from self._as(REVERSE, "", line)

    def _as(self, role: str, style: str, line: int) -> Iterator[None]:
        before = self.role, self.style, self.origin
        self.role, self.style, self.origin = role, style, place(line)
        with self.active():
            yield
        self.role, self.style, self.origin = before

    def row(self, name: str, *operands: Any, **statics: Any) -> Any:
        return self.apply(lookup(name), *operands, **statics)


def function(inputs: Sequence[Variable], trace: Builder, *results: Any) -> Function:
    parameters = tuple(Parameter(v.name or "p", v) for v in inputs)
    atoms = tuple(r if isinstance(r, Atom) else Constant.of(r) for r in results)
    return Function(
        "f", parameters, trace.block(), atoms[0] if len(atoms) == 1 else sequence("tuple", atoms)
    )


def names(f: Function) -> list[str]:
    """The primitives of a function in order, at any depth."""
    return [
        s.primitive.name if isinstance(s, Call) else type(s).__name__.lower()
        for s in all_statements(f.body)
    ]


def lines(f: Function) -> list[str]:
    """The statements as text without their types."""
    return [
        line.strip().replace(": float64[a.shape[0]]", "").replace(": float", "")
        for line in to_text(f).splitlines()[1:]
    ]


def check(run: Callable[[Function], Function], f: Function, inputs: list[Any]) -> Function:
    """Run a pass: sound before and after, the same numbers, nothing mutated."""
    assert verify(f) == []
    before, text = values(f, inputs), to_text(f)
    after = run(f)
    assert to_text(f) == text
    assert verify(after) == []
    for old, new in zip(before, values(after, inputs), strict=True):
        assert np.shape(old) == np.shape(new)
        assert np.asarray(old).dtype == np.asarray(new).dtype
        np.testing.assert_array_equal(old, new)
    if after is not f:
        assert to_text(after) != text
    return after


def values(f: Function, inputs: list[Any]) -> list[Any]:
    with np.errstate(all="ignore"):
        found = evaluate(f, [np.copy(v) if isinstance(v, np.ndarray) else v for v in inputs])
    return list(found) if isinstance(found, tuple) else [found]


# powers of two only: products with them are exact, so results must agree to the bit
LITERALS = (1.0, -1.0, 0.0, 2.0, -2.0, 0.5, -4.0, 1, -1, 0, 2)
UNARY = ("negative", "negative", "positive", "sin", "tanh", "cos")
BINARY = (
    "add",
    "add",
    "subtract",
    "subtract",
    "multiply",
    "multiply",
    "maximum",
    "divide",
    "power",
)


@st.composite
def programs(draw: Any, depth: int = 2) -> tuple[Function, list[Any]]:
    """A random trace over numbers and vectors, with branches and loops."""
    inputs = [
        Variable("x", FLOAT),
        Variable("y", FLOAT),
        Variable("k", INT),
        Variable("a", VECTOR),
        Variable("c", VECTOR),
        Variable("h", SHORT),
    ]
    n = draw(st.integers(0, 3))
    draws = st.floats(-2.0, 2.0, allow_subnormal=False).filter(lambda v: abs(v) > 0.1)
    vectors = [np.array([draw(draws) for _ in range(n)]) for _ in range(3)]
    numbers = [
        draw(draws),
        draw(draws),
        draw(st.integers(1, 3)),
        *vectors[:2],
        vectors[2].astype("float32"),
    ]
    trace = Trace()
    scope: list[Atom] = list(inputs)
    _fill(draw, trace, scope, depth, draw(st.integers(1, 14)))
    results = draw(
        st.lists(st.sampled_from([a for a in scope if is_number(a.type)]), min_size=1, max_size=3)
    )
    return function(inputs, trace, *results), numbers


def _fill(draw: Any, trace: Trace, scope: list[Atom], depth: int, count: int) -> None:
    for _ in range(count):
        line = draw(st.integers(1, 3))
        choice = draw(st.integers(0, 11 if depth else 9))
        if choice == 10:
            scope.extend(_branch(draw, trace, scope, depth - 1))
        elif choice == 11:
            scope.extend(_loop(draw, trace, scope, depth - 1))
        else:
            with trace.primal(line) if draw(st.booleans()) and choice > 4 else trace.reverse(line):
                found = _call(draw, trace, scope, choice)
            if found is not None and is_number(found.type):
                scope.append(found)


def _pick(draw: Any, scope: list[Atom], kind: str = "") -> Atom:
    found = [
        a
        for a in scope
        if is_number(a.type) and (not kind or bool(shape_of(a.type)) == (kind == "array"))
    ]
    return draw(st.sampled_from(found))


def _call(draw: Any, trace: Trace, scope: list[Atom], choice: int) -> Atom | None:
    if choice == 0:
        return trace.row("fill_like", _pick(draw, scope, "number"), _pick(draw, scope, "array"))
    if choice == 1:
        like = _pick(draw, scope, "array")
        if draw(st.booleans()):
            return trace.row("zeros_like", like)
        return trace.row("broadcast_like", _pick(draw, scope), like)
    if choice == 2:
        a = _pick(draw, scope)
        return trace.row(
            "cast", a, dtype=draw(st.sampled_from([dtype_of(a.type), np.dtype("float64")]))
        )
    if choice == 3:
        b, c = _pick(draw, scope), _pick(draw, scope)
        condition = trace.row("greater", _pick(draw, scope, "number"), 0.25)
        return _mixed(trace, "where", condition, b, draw(st.sampled_from([b, c])))
    if choice == 4 or draw(st.integers(0, 2)) == 0:
        return trace.row(draw(st.sampled_from(UNARY)), _pick(draw, scope))
    name = draw(st.sampled_from(BINARY))
    a, b = _pick(draw, scope), _pick(draw, scope)
    literal = Constant.of(draw(st.sampled_from(LITERALS)))
    if name == "power":
        b = Constant.of(draw(st.sampled_from([1, 2])))
    elif name == "divide":
        b = Constant.of(draw(st.sampled_from([1.0, -1.0, 2.0, -0.5])))
    elif draw(st.booleans()):
        a, b = (a, literal) if draw(st.booleans()) else (literal, b)
    return _mixed(trace, name, a, b)


def _mixed(trace: Trace, name: str, *args: Atom) -> Atom | None:
    dtypes = {str(dtype_of(a.type)) for a in args if isinstance(a, Variable)}
    if "float32" in dtypes and len(dtypes - {"bool"}) > 1:
        # the interpreter does not keep a Python float weak, so that its precision is not the
        # compiled one
        return None
    return trace.row(name, *args)


def _arm(draw: Any, scope: list[Atom], depth: int) -> tuple[Trace, list[Atom]]:
    arm, inner = Trace(), list(scope)
    _fill(draw, arm, inner, depth, draw(st.integers(0, 4)))
    return arm, inner


def _branch(draw: Any, trace: Trace, scope: list[Atom], depth: int) -> list[Variable]:
    with trace.reverse(4):
        condition = trace.row("greater", _pick(draw, scope, "number"), 0.5)
    if draw(st.integers(0, 5)) == 0:
        condition = Constant.of(draw(st.booleans()))
    (then, inner), (orelse, other) = _arm(draw, scope, depth), _arm(draw, scope, depth)
    pairs = []
    for _ in range(draw(st.integers(1, 3))):
        one = _pick(draw, inner)
        fitting = [a for a in other if a.type == one.type]
        if one in scope or fitting:
            pairs.append(
                (
                    one,
                    one
                    if one in scope and draw(st.booleans())
                    else draw(st.sampled_from(fitting or [one])),
                )
            )
    targets = tuple(Variable(None, a.type) for a, _ in pairs)
    trace.add(
        If(
            targets,
            condition,
            then.block(tuple(a for a, _ in pairs)),
            orelse.block(tuple(b for _, b in pairs)),
            role=REVERSE,
            origin=place(4),
        )
    )
    return list(targets)


def _loop(draw: Any, trace: Trace, scope: list[Atom], depth: int) -> list[Atom]:
    """A loop that may consume what an earlier one of as many steps collected."""
    trip = draw(st.integers(0, 2))
    start = [_pick(draw, scope) for _ in range(draw(st.integers(1, 3)))]
    carried = tuple((Variable(None, a.type), a) for a in start)
    fitting = [a for a in scope if a.type == _recorded(trip)]
    consumed = tuple((Variable(None, FLOAT), a) for a in fitting[: draw(st.integers(0, 2))])
    index = Variable(None, INT)
    body, inner = _arm(draw, [*scope, *(v for v, _ in (*carried, *consumed)), index], depth)
    results = tuple(
        draw(st.sampled_from([a for a in inner if a.type == v.type])) for v, _ in carried
    )
    floats = [a for a in inner if a.type == FLOAT]
    collected = tuple(draw(st.lists(st.sampled_from(floats), max_size=2)))
    targets = (
        *(Variable(None, v.type) for v, _ in carried),
        *(Variable(None, _recorded(trip)) for _ in collected),
    )
    if draw(st.booleans()):
        bounds = (Constant.of(0), Constant.of(trip), Constant.of(1))
        trace.add(
            For(
                targets,
                index,
                bounds,
                carried,
                consumed,
                body.block(results),
                collected,
                role=REVERSE,
                origin=place(5),
            )
        )
        return list(targets)
    test, step = Trace(), Trace()
    with test.reverse(5):
        going = test.row("less", index, Constant.of(trip))
    with step.reverse(5):
        following = step.row("add", index, 1)
    trace.add(
        While(
            (Variable(None, INT), *targets),
            test.block((going,)),
            ((index, Constant.of(0)), *carried),
            consumed,
            Block((*step.statements, *body.statements), (following, *results)),
            collected,
            role=REVERSE,
            origin=place(5),
        )
    )
    return list(targets)


def _recorded(count: int) -> Opaque:
    return Opaque(f"{count} floats")
