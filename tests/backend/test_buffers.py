"""In place where nobody can tell, with a copy everywhere else."""

from __future__ import annotations

from typing import Any

import numpy as np

import adcompiler.primitives.catalogue  # noqa: F401 - fills the registry with all rows
from adcompiler.backend.emit import generate
from adcompiler.backend.load import load
from adcompiler.ir.builder import Builder
from adcompiler.ir.index import IndexPattern, Operand, Slice
from adcompiler.ir.lengths import Length
from adcompiler.ir.nodes import REVERSE, For, Function, Parameter
from adcompiler.ir.origin import Origin
from adcompiler.ir.primitive import lookup
from adcompiler.ir.structure import sequence
from adcompiler.ir.types import FLOAT, INT, Array
from adcompiler.ir.values import Constant, Variable, derivative_of

VECTOR = Array(np.dtype(float), (Length.symbol("n"),))
FIRST, REST = IndexPattern((0,), False), IndexPattern((Slice(1),), False)


def apply(name: str, *args: Any, **facts: Any) -> Any:
    return lookup(name)(*args, **facts)


def text(builder: Builder, inputs: list[Variable], *results: Any) -> str:
    parameters = tuple(Parameter(v.name or "", v) for v in inputs)
    function = Function("f", parameters, builder.block(), sequence("tuple", results))
    produced = generate(function)
    load(produced, {})
    return produced.text


def test_a_fresh_buffer_is_written_in_place() -> None:
    x = Variable("x", VECTOR)
    with Builder().active() as builder:
        a = apply("multiply", x, 2.0)
        b = apply("setitem", a, 1.0, index=FIRST)
        found = text(builder, [x], apply("add_to_slice", b, 3.0, index=REST))
    assert "copy" not in found
    assert "[0] = 1.0" in found
    assert "[1:] += 3.0" in found


def test_an_argument_is_copied_first() -> None:
    x = Variable("x", VECTOR)
    with Builder().active() as builder:
        found = text(builder, [x], apply("setitem", x, 1.0, index=FIRST))
    assert "= x.copy()" in found


def test_what_is_read_later_is_copied() -> None:
    x = Variable("x", VECTOR)
    with Builder().active() as builder:
        a = apply("multiply", x, 2.0)
        b = apply("setitem", a, 1.0, index=FIRST)
        found = text(builder, [x], apply("add", a, b))
    assert ".copy()" in found


def test_what_a_live_view_shows_is_copied() -> None:
    x = Variable("x", VECTOR)
    with Builder().active() as builder:
        a = apply("multiply", x, 2.0)
        view = apply("getitem", a, index=REST)
        b = apply("setitem", a, 1.0, index=FIRST)
        found = text(builder, [x], b, apply("sum", view))
    assert ".copy()" in found


def test_a_read_is_not_moved_behind_the_write() -> None:
    x = Variable("x", VECTOR)
    with Builder().active() as builder:
        a = apply("multiply", x, 2.0)
        old = apply("getitem", a, index=FIRST)
        b = apply("setitem", a, 1.0, index=FIRST)
        found = text(builder, [x], b, apply("multiply", old, 3.0))
    assert "copy" not in found
    assert found.index("[0]\n") < found.index("[0] = 1.0")


def test_contributions_to_an_array_accumulate_in_place() -> None:
    x, y = Variable("x", VECTOR), Variable("y", VECTOR)
    with Builder(role=REVERSE).active() as builder:
        one = builder.apply(lookup("multiply"), x, y, target=derivative_of(x, "bar"))
        builder.origin = Origin("f.py", 2, 0, 2, 9, "f", (2, 0, "f"))
        two = builder.apply(lookup("add"), one, apply("sin", y), target=derivative_of(x, "bar"))
        builder.origin = Origin("f.py", 1, 0, 1, 9, "f", (1, 0, "f"))
        three = builder.apply(
            lookup("add"), two, apply("negative", y), target=derivative_of(x, "bar")
        )
        found = text(builder, [x, y], three)
    assert "x_bar = x * y\n    x_bar += np.sin(y)\n    x_bar -= y\n" in found


def test_a_seed_is_never_changed_by_accumulation() -> None:
    x, x_bar = Variable("x", VECTOR), Variable("x_bar", VECTOR)
    with Builder(role=REVERSE).active() as builder:
        found = text(
            builder,
            [x, x_bar],
            builder.apply(lookup("add"), x_bar, x, target=derivative_of(x, "bar")),
        )
    assert "+=" not in found


def test_a_sum_that_may_grow_by_broadcasting_is_not_in_place() -> None:
    one, many = Array(np.dtype(float), (Length.symbol("m", may_be_one=True),)), VECTOR
    x, y = Variable("x", one), Variable("y", many)
    with Builder(role=REVERSE).active() as builder:
        a = apply("sin", x)
        found = text(
            builder, [x, y], builder.apply(lookup("add"), a, y, target=derivative_of(y, "bar"))
        )
    assert "+=" not in found


def test_returned_derivatives_own_their_memory() -> None:
    x, seed = Variable("x", VECTOR), Variable("x_dot", VECTOR)
    scalar = Variable("s", FLOAT)
    with Builder(role=REVERSE).active() as builder:
        spread = builder.apply(lookup("broadcast_like"), scalar, x, target=derivative_of(x, "bar"))
        shared = apply("multiply", x, 2.0)
        found = text(builder, [x, seed, scalar], seed, spread, shared, shared)
    assert "return x_dot.copy(), x_bar.copy(), value, value.copy()" in found


def gauss_seidel(copied: bool) -> Function:
    """for i in range(1, n): u[i] = u[i] + u[i - 1], recording u[i] or all of u."""
    u0, n, i = Variable("u", VECTOR), Variable("n", INT), Variable("i", INT)
    u, here = Variable("u", VECTOR), IndexPattern((Operand(0),), False)
    with Builder().active() as builder:
        with builder.nested() as body:
            old = apply("getitem", u, i, index=here)
            before = apply("getitem", u, apply("subtract", i, 1), index=here)
            new = body.apply(
                lookup("setitem"), u, old + before, i, index=here, target=Variable("u", VECTOR)
            )
            inner = body.block((new,))
        recorded = (u,) if copied else (old,)
        end, tape = Variable("u", VECTOR), Variable("tape", recorded[0].type)
        bounds = (Constant.of(1), n, Constant.of(1))
        builder.add(For((end, tape), i, bounds, ((u, u0),), (), inner, recorded))
        last = apply("sum", end)
    return Function(
        "f",
        (Parameter("u", u0), Parameter("n", n)),
        builder.block(),
        sequence("tuple", (last, end, tape)),
    )


def test_a_loop_copies_once_before_it_and_not_inside() -> None:
    found = generate(gauss_seidel(copied=False)).text
    assert found.count("copy") == 1
    assert found.index("u = u.copy()") < found.index("for i in range(1, n):")
    assert "u[i] = u_i + u[i - 1]" in found


def test_a_recorded_array_that_is_written_is_copied_each_time() -> None:
    function = gauss_seidel(copied=True)
    u = np.arange(4.0)
    _, end, tape = load(generate(function), {})(u, 4)
    np.testing.assert_array_equal(end, [0.0, 1.0, 3.0, 6.0])
    np.testing.assert_array_equal(tape, [[0, 1, 2, 3], [0, 1, 2, 3], [0, 1, 3, 3]])
    np.testing.assert_array_equal(u, np.arange(4.0))
