"""Branches and loops: joins, parallel moves, collected and consumed sequences."""

from __future__ import annotations

import ast

import pytest

import adcompiler.primitives.catalogue  # noqa: F401 - fills the registry with all rows
from adcompiler.backend.emit import generate
from adcompiler.backend.load import load
from adcompiler.backend.moves import Move, in_parallel
from adcompiler.ir.builder import Builder
from adcompiler.ir.evaluate import evaluate
from adcompiler.ir.nodes import REVERSE, For, Function, If, Parameter, While
from adcompiler.ir.origin import Origin
from adcompiler.ir.primitive import lookup
from adcompiler.ir.structure import sequence
from adcompiler.ir.types import BOOL, FLOAT, INT, Opaque
from adcompiler.ir.values import Constant, Variable, derivative_of

ZERO, ONE = Constant.of(0), Constant.of(1)


def moved(*pairs: tuple[str, str]) -> list[str]:
    variables = {name: Variable(name, FLOAT) for pair in pairs for name in pair}
    moves = [Move(target, variables[source]) for target, source in pairs]
    found = in_parallel(
        moves, lambda v: v.name or "", lambda a: ast.Name(getattr(a, "name", ""), ast.Load())
    )
    return [ast.unparse(ast.fix_missing_locations(ast.Module([s], []))) for s in found]


@pytest.mark.parametrize(
    ("pairs", "expected"),
    [
        ([("a", "a")], []),
        ([("a", "b"), ("b", "c")], ["a = b", "b = c"]),
        ([("b", "c"), ("a", "b")], ["a = b", "b = c"]),
        ([("a", "b"), ("b", "a")], ["a, b = (b, a)"]),
        ([("a", "b"), ("b", "a"), ("c", "a")], ["c = a", "a, b = (b, a)"]),
        ([("a", "b"), ("c", "b")], ["a = b", "c = b"]),
    ],
)
def test_parallel_moves(pairs: list[tuple[str, str]], expected: list[str]) -> None:
    assert moved(*pairs) == expected


def fibonacci(kind: str) -> Function:
    """a, b = b, a + b, recording a and consuming weights."""
    n, weights = Variable("n", INT), Variable("weights", Opaque("list"))
    a, b, w, i, k = (Variable(name, FLOAT) for name in ("a", "b", "w", "i", "k"))
    with Builder().active() as builder:
        with builder.nested() as body:
            total = body.apply(lookup("add"), a, b * w, target=Variable("b", FLOAT))
            results = [b, total] + ([k + 1] if kind == "while" else [])
            inner = body.block(tuple(results))
        carried = [(a, Constant.of(0.0)), (b, Constant.of(1.0))] + (
            [(k, ZERO)] if kind == "while" else []
        )
        ends = [Variable(v.name, v.type) for v, _ in carried]
        tape = Variable(None, Opaque("list"))
        if kind == "while":
            with builder.nested() as test:
                going = test.apply(lookup("less"), k, n, target=Variable(None, BOOL))
            builder.add(
                While(
                    (*ends, tape),
                    test.block((going,)),
                    tuple(carried),
                    ((w, weights),),
                    inner,
                    (a,),
                )
            )
        else:
            bounds = (ZERO, n, ONE) if kind == "counted" else (n, Constant.of(0), Constant.of(-1))
            builder.add(For((*ends, tape), i, bounds, tuple(carried), ((w, weights),), inner, (a,)))
    parameters = (Parameter("n", n), Parameter("weights", weights))
    return Function("f", parameters, builder.block(), sequence("tuple", (*ends, tape)))


@pytest.mark.parametrize("kind", ["counted", "downwards", "while"])
def test_loops_move_in_parallel_and_keep_sequences(kind: str) -> None:
    function = fibonacci(kind)
    given = [4, [1.0, 2.0, 3.0, 4.0]]
    text = generate(function).text
    assert load(generate(function), {})(*given) == evaluate(function, given)
    assert {
        "counted": "a_tape = [0.0] * n",
        "downwards": "zip(range(n, 0, -1), weights)",
        "while": "while k < n:",
    }[kind] in text


def test_a_loop_reads_as_its_author_wrote_it() -> None:
    x, n, total0 = Variable("x", FLOAT), Variable("n", INT), Variable("total", FLOAT)
    i, total = Variable("i", INT), Variable("total", FLOAT)
    with Builder(style="python").active() as builder:
        builder.apply(lookup("multiply"), x, 0.0, target=total0)
        with builder.nested() as body:
            condition = body.apply(lookup("greater"), total, 2.0)
            with body.nested() as arm:
                grown = arm.apply(lookup("add"), total, x * x, target=Variable("total", FLOAT))
            joined = Variable("total", FLOAT)
            body.add(If((joined,), condition, Builder().block((total,)), arm.block((grown,))))
            inner = body.block((joined,))
        end = Variable("total", FLOAT)
        builder.add(For((end,), i, (ZERO, n, ONE), ((total, total0),), (), inner))
    function = Function("f_grad", (Parameter("x", x), Parameter("n", n)), builder.block(), end)
    text = generate(function).text
    assert (
        text.split("\n", 1)[1]
        == """\
    total = x * 0.0
    for i in range(n):
        if not total > 2.0:
            total = total + x * x
    return total
"""
    )
    assert load(generate(function), {})(1.5, 3) == evaluate(function, [1.5, 3])


def test_a_long_condition_of_while_stands_in_the_loop() -> None:
    x = Variable("x", FLOAT)
    carried = Variable("y", FLOAT)
    with Builder().active() as builder:
        with builder.nested() as test:
            squared = test.apply(
                lookup("multiply"), carried, carried, target=Variable("square", FLOAT)
            )
            going = test.apply(
                lookup("less"), squared + squared, 100.0, target=Variable(None, BOOL)
            )
            head = test.block((going,))
        with builder.nested() as body:
            inner = body.block((carried * 2.0,))
        end = Variable("y", FLOAT)
        builder.add(While((end,), head, ((carried, x),), (), inner))
    function = Function("f", (Parameter("x", x),), builder.block(), end)
    text = generate(function).text
    assert "while True:" in text
    assert "break" in text
    assert load(generate(function), {})(1.0) == evaluate(function, [1.0])


def test_the_primal_statement_stands_once_above_its_adjoint() -> None:
    x, y, y_bar = Variable("x", FLOAT), Variable("y", FLOAT), Variable("y_bar", FLOAT)
    origin = Origin("f.py", 2, 0, 2, 9, "f", (2, 0, "f"), "y = x * 2.0 if x > 0.0 else -x")
    with Builder(origin, REVERSE).active() as builder:
        condition = builder.apply(lookup("greater"), x, 0.0)
        arms = []
        for factor in (2.0, -1.0):
            with builder.nested() as arm:
                arms.append(
                    arm.block(
                        (
                            arm.apply(
                                lookup("multiply"), y_bar, factor, target=derivative_of(x, "bar")
                            ),
                        )
                    )
                )
        builder.add(If((derivative_of(x, "bar"),), condition, *arms, origin=origin, role=REVERSE))
        (statement,) = [s for s in builder.statements if isinstance(s, If)]
    parameters = tuple(Parameter(v.name or "", v) for v in (x, y, y_bar))
    text = generate(Function("f_adjoint", parameters, builder.block(), statement.targets[0])).text
    assert text.count("# y = x * 2.0 if") == 1
