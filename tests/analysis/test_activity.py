"""Which variables carry a derivative: through branches and loops, and where it stops."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

import adcompiler.primitives.catalogue  # noqa: F401 - fills the registry with all rows
from adcompiler.analysis.activity import active, useful, varied
from adcompiler.ir.builder import Builder
from adcompiler.ir.lengths import Length
from adcompiler.ir.nodes import Block, Call, For, Function, If, Parameter, While
from adcompiler.ir.primitive import Primitive, Spelling, lookup
from adcompiler.ir.types import BOOL, FLOAT, INT, Array, Opaque
from adcompiler.ir.values import Atom, Constant, Variable

X, Y = Variable("x", FLOAT), Variable("y", FLOAT)
RANGE = Constant.of(0), Constant.of(3), Constant.of(1)
TAPE = Opaque("list")


def function(builder: Builder, result: Atom, inputs: Sequence[Variable] = (X, Y)) -> Function:
    return Function("f", tuple(Parameter(v.name or "", v) for v in inputs), builder.block(), result)


def test_straight_line() -> None:
    with Builder().active() as builder:
        a = X * X
        b = Y * Y
        c = a * b
        unread = a * 2.0
    f = function(builder, c)
    assert varied(f, [X]) == {X, a, c, unread}
    assert useful(f, [c]) == {X, Y, a, b, c}
    assert active(f, [X], [c]) == {X, a, c}
    assert varied(f.body, [Y]) == {Y, b, c}


@pytest.mark.parametrize("row", ["floor", "sign", "greater", "floor_divide"])
def test_an_inert_primitive_stops_activity(row: str) -> None:
    with Builder().active() as builder:
        args = (X,) if row in ("floor", "sign") else (X, 2.0)
        step = builder.apply(lookup(row), *args)
        result = Y * step
    f = function(builder, result)
    assert varied(f, [X]) == {X}
    assert X not in useful(f, [result])


def test_a_shape_carries_none() -> None:
    a = Variable("a", Array(np.dtype("float64"), (Length.symbol("n"),)))
    with Builder().active() as builder:
        full = builder.apply(lookup("fill_like"), X, a)
    f = function(builder, full, (X, a))
    assert varied(f, [a]) == {a}
    assert varied(f, [X]) == {X, full}
    assert useful(f, [full]) == {X, full}


def test_an_int_carries_none_but_a_given_one_does() -> None:
    k = Variable("k", INT)
    with Builder().active() as builder:
        whole = builder.apply(lookup("cast"), X, dtype=np.dtype("int64"))
        back = whole * 2.0
        product = k * Y
    f = function(builder, product, (X, Y, k))
    assert varied(f, [X]) == {X}
    assert useful(f, [back]) == {back, whole}
    assert varied(f, [k]) == {k, product}


def test_an_opaque_primitive_hands_activity_on() -> None:
    """So that its derivative is refused, and not taken for zero."""
    row = Primitive("unknown", abs, lambda args, statics: args[0].type, Spelling("abs(_0)"))
    target = Variable(None, FLOAT)
    f = Function("f", (Parameter("x", X),), Block((Call(target, row, (X,)),)), target)
    assert active(f, [X], [target]) == {X, target}


def test_a_branch_joins_what_its_arms_yield() -> None:
    condition, t, u = Variable("c", BOOL), Variable("t", FLOAT), Variable("u", FLOAT)
    builder = Builder()
    builder.add(If((t, u), condition, Block((), (X, Constant.of(1.0))), Block((), (Y, Y))))
    f = function(builder, t, (X, Y, condition))
    assert varied(f, [X]) == {X, t}
    assert varied(f, [Y]) == {Y, t, u}
    assert useful(f, [u]) == {u, Y}


def test_what_only_decides_carries_none() -> None:
    t = Variable("t", FLOAT)
    with Builder().active() as builder:
        condition = builder.apply(lookup("greater"), X, 0.0)
    builder.add(If((t,), condition, Block((), (Y,)), Block((), (Constant.of(0.0),))))
    f = function(builder, t)
    assert varied(f, [X]) == {X}
    assert useful(f, [t]) == {t, Y}


def shifting_loop() -> tuple[Builder, list[Variable], list[Variable]]:
    """a, b, c, d = x, 0, 0, y; then three times a, b, c, d = a, a, b, d: x needs two steps to c."""
    inner = [Variable(n, FLOAT) for n in "abcd"]
    outer = [Variable(n, FLOAT) for n in "abcd"]
    a, b, _, d = inner
    zero = Constant.of(0.0)
    builder = Builder()
    pairs = tuple(zip(inner, (X, zero, zero, Y), strict=True))
    builder.add(For(tuple(outer), Variable("i", INT), RANGE, pairs, (), Block((), (a, a, b, d))))
    return builder, inner, outer


def test_a_loop_is_followed_to_the_fixpoint() -> None:
    builder, inner, outer = shifting_loop()
    f = function(builder, outer[2])
    assert varied(f, [X]) == {X, *inner[:3], *outer[:3]}
    assert varied(f, [Y]) == {Y, inner[3], outer[3]}
    # c is not read within the loop, but its target takes b's value
    assert useful(f, [outer[2]]) == {outer[2], inner[0], inner[1], X}
    assert useful(f, [outer[3]]) == {outer[3], inner[3], Y}


def test_a_loop_that_may_not_run_hands_its_initial_value_on() -> None:
    v, t = Variable("v", FLOAT), Variable("t", FLOAT)
    test = Builder()
    going = test.apply(lookup("less"), v, 1.0)
    builder = Builder()
    builder.add(While((t,), test.block((going,)), ((v, X),), (), Block((), (Constant.of(2.0),))))
    f = function(builder, t)
    assert varied(f, [X]) == {X, v, t}
    assert useful(f, [t]) == {t, X}


def test_sequences_carry_activity_from_loop_to_loop() -> None:
    tape = Variable("tape", TAPE)
    item, total = Variable("item", FLOAT), Variable("s", FLOAT)
    body, back, builder = Builder(), Builder(), Builder()
    with body.active():
        squared = X * X
    with back.active():
        added = total + item
    index, other, out = Variable("i", INT), Variable("j", INT), Variable("out", FLOAT)
    builder.add(For((tape,), index, RANGE, (), (), body.block(()), (squared,)))
    builder.add(
        For(
            (out,),
            other,
            RANGE,
            ((total, Constant.of(0.0)),),
            ((item, tape),),
            back.block((added,)),
        )
    )
    f = function(builder, out)
    every = {X, squared, tape, item, added, total, out}
    assert varied(f, [X]) == every
    assert useful(f, [out]) == every
