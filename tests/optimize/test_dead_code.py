"""Only what the result depends on stays, at any depth."""

from __future__ import annotations

from adcompiler.ir.nodes import For, Function, If, While
from adcompiler.ir.types import BOOL, FLOAT, INT, Opaque
from adcompiler.ir.values import Constant, Variable
from adcompiler.optimize.dead_code import eliminate_dead_code
from tests.optimize.traces import Trace, check, function, names

ZERO, ONE, THREE = Constant.of(0), Constant.of(1), Constant.of(3)


def floats(*given: str) -> list[Variable]:
    return [Variable(name, FLOAT) for name in given]


def test_a_chain_that_ends_nowhere_falls_as_a_whole() -> None:
    (x,) = floats("x")
    trace = Trace()
    with trace.primal():
        trace.row("cos", trace.row("sin", x))
        y = trace.row("multiply", x, x)
    f = function([x], trace, y)
    assert names(check(eliminate_dead_code, f, [2.0])) == ["multiply"]


def test_live_code_is_the_same_object() -> None:
    (x,) = floats("x")
    trace = Trace()
    with trace.primal():
        y = trace.row("sin", x)
    f = function([x], trace, y)
    assert eliminate_dead_code(f) is f


def branch() -> tuple[Function, If]:
    x, y, used, unused = floats("x", "y", "used", "unused")
    condition = Variable("c", BOOL)
    trace, then, orelse = Trace(), Trace(), Trace()
    with then.primal():
        a, b = then.row("sin", x), then.row("exp", x)
    with orelse.primal():
        c, d = orelse.row("cos", x), orelse.row("multiply", y, y)
    statement = If((used, unused), condition, then.block((a, b)), orelse.block((c, d)))
    trace.add(statement)
    return function([x, y, condition], trace, used), statement


def test_an_unread_target_of_a_branch_goes_with_its_arm_results() -> None:
    f, _ = branch()
    after = check(eliminate_dead_code, f, [0.5, 0.25, True])
    assert names(after) == ["if", "sin", "cos"]
    statement = after.body.statements[0]
    assert isinstance(statement, If)
    assert (
        len(statement.targets) == len(statement.then.results) == len(statement.orelse.results) == 1
    )


def test_a_branch_that_nobody_reads_goes_as_a_whole() -> None:
    x, unread = floats("x", "unread")
    trace, then, orelse = Trace(), Trace(), Trace()
    with then.primal():
        a = then.row("sin", x)
    trace.add(If((unread,), Constant.of(True), then.block((a,)), orelse.block((x,))))
    assert names(check(eliminate_dead_code, function([x], trace, x), [0.5])) == []


def loop(result: int) -> Function:
    """for i in range(3) carrying total, memory, idle: total += memory; memory *= x; idle += 1."""
    x, total, memory, idle = floats("x", "total", "memory", "idle")
    after = floats("total", "memory", "idle")
    tape, other = Variable("tape", Opaque("list")), Variable("other", Opaque("list"))
    body, trace = Trace(), Trace()
    with body.primal():
        new_total = body.row("add", total, memory)
        new_memory = body.row("multiply", memory, x)
        new_idle = body.row("add", idle, 1.0)
        recorded, unread = body.row("sin", new_total), body.row("cos", new_total)
    trace.add(
        For(
            (*after, tape, other),
            Variable("i", INT),
            (ZERO, THREE, ONE),
            ((total, Constant.of(0.0)), (memory, x), (idle, Constant.of(0.0))),
            (),
            body.block((new_total, new_memory, new_idle)),
            (recorded, unread),
        )
    )
    # a second loop reads one of the two tapes
    item, spare, sum_in, sum_out = *floats("item", "spare", "sum"), Variable("sum", FLOAT)
    back = Trace()
    with back.primal():
        added = back.row("add", sum_in, item)
        back.row("sin", spare)
    trace.add(
        For(
            (sum_out,),
            Variable("j", INT),
            (ZERO, THREE, ONE),
            ((sum_in, Constant.of(0.0)),),
            ((item, tape), (spare, other)),
            back.block((added,)),
        )
    )
    return function([x], trace, (after[0], sum_out)[result])


def test_carried_values_that_only_keep_themselves_alive_fall() -> None:
    after = check(eliminate_dead_code, loop(0), [0.5])
    (statement,) = after.body.statements
    assert isinstance(statement, For)
    # `memory` is read by the next iteration, `idle` only by itself; no tape is read
    assert [v.name for v, _ in statement.carried] == ["total", "memory"]
    assert statement.collected == ()
    assert names(after) == ["for", "add", "multiply"]


def test_a_sequence_is_collected_and_consumed_only_where_an_element_is_read() -> None:
    after = check(eliminate_dead_code, loop(1), [0.5])
    first, second = after.body.statements
    assert isinstance(first, For)
    assert isinstance(second, For)
    assert len(first.collected) == len(second.consumed) == 1
    assert names(after) == ["for", "add", "multiply", "sin", "for", "add"]


def test_what_the_test_of_a_while_reads_is_alive() -> None:
    x, count, value, out, counted = floats("x", "count", "value", "out", "counted")
    test, body, trace = Trace(), Trace(), Trace()
    with test.primal():
        test.row("sin", count)
        going = test.row("less", count, 3.0)
    with body.primal():
        results = body.row("add", count, 1.0), body.row("multiply", value, x)
    trace.add(
        While(
            (counted, out),
            test.block((going,)),
            ((count, Constant.of(0.0)), (value, x)),
            (),
            body.block(results),
        )
    )
    after = check(eliminate_dead_code, function([x], trace, out), [0.5])
    assert names(after) == ["while", "less", "add", "multiply"]
