"""Functions that write arrays element by element, built by hand as traces, and their reverse sweeps."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import contextmanager
from typing import Any

import numpy as np

from adcompiler.backend.emit import generate
from adcompiler.backend.load import load
from adcompiler.ir.builder import Builder, current
from adcompiler.ir.evaluate import evaluate
from adcompiler.ir.index import IndexPattern, Operand
from adcompiler.ir.lengths import Length
from adcompiler.ir.nodes import Block, For, Function, If, Parameter
from adcompiler.ir.primitive import lookup
from adcompiler.ir.structure import sequence
from adcompiler.ir.types import FLOAT, INT, Array, PythonScalar
from adcompiler.ir.values import Atom, Constant, Variable, as_atom
from adcompiler.ir.verify import verify
from adcompiler.optimize.schedule import optimize
from adcompiler.transform.adjoint import pull

N = Length.symbol("n")
VECTOR = Array(np.dtype(float), (N,))
COUNT = PythonScalar("int", N)
AT = IndexPattern((Operand(0),), False)


def element(a: Atom, i: Any) -> Any:
    return current().apply(lookup("getitem"), a, i, index=AT)


def written(a: Atom, value: Any, i: Any) -> Any:
    return current().apply(lookup("setitem"), a, value, i, index=AT)


def apply(name: str, *operands: Any, **statics: Any) -> Any:
    return current().apply(lookup(name), *operands, **statics)


def loop(
    start: Any,
    stop: Any,
    initial: dict[str, Atom],
    body: Callable[..., tuple[Any, ...]],
    step: int = 1,
) -> tuple[Variable, ...]:
    """``for i in range(start, stop)``; `body` gets the index and the carried values and returns their next ones."""
    index = Variable("i", INT)
    carried = [Variable(name, atom.type) for name, atom in initial.items()]
    builder = current()
    with builder.nested() as inner:
        results = body(index, *carried)
    targets = tuple(Variable(v.name, v.type) for v in carried)
    builder.add(
        For(
            targets,
            index,
            (as_atom(start), as_atom(stop), Constant.of(step)),
            tuple(zip(carried, initial.values(), strict=True)),
            (),
            inner.block(tuple(as_atom(r) for r in results)),
        )
    )
    return targets


def branch(
    condition: Atom, then: Callable[[], Any], orelse: Callable[[], Any], name: str
) -> Variable:
    builder = current()
    blocks: list[Block] = []
    for arm in (then, orelse):
        with builder.nested() as inner:
            result = as_atom(arm())
        blocks.append(inner.block((result,)))
    target = Variable(name, blocks[0].results[0].type)
    builder.add(If((target,), condition, *blocks))
    return target


def program(body: Callable[..., Any]) -> Function:
    """`body(a, c, n)` of an array, a number and the length."""
    a, c, n = Variable("a", VECTOR), Variable("c", FLOAT), Variable("n", COUNT)
    with Builder(style="").active() as builder:
        result = body(a, c, n)
    parameters = tuple(Parameter(v.name or "", v) for v in (a, c, n))
    return Function("f", parameters, builder.block(), result)


def gradient(function: Function, wanted: tuple[bool, ...] = (True, True, False)) -> Function:
    """The function's cotangents by one reverse sweep from the seed 1."""
    inputs = [Variable(v.name, v.type) for v in function.inputs]
    with Builder().active() as builder:
        _, bars = pull(function, inputs, wanted, [Constant.of(1.0)])
    parameters = tuple(Parameter(v.name or "", v) for v in inputs)
    result = sequence("tuple", tuple(b for b, want in zip(bars, wanted, strict=True) if want))
    return Function("g", parameters, builder.block(), result)


def slopes(function: Function) -> Function:
    """A number made of all first derivatives, to be differentiated again."""
    inputs = [Variable(v.name, v.type) for v in function.inputs]
    with Builder().active() as builder:
        _, bars = pull(function, inputs, (True, True, False), [Constant.of(1.0)])
        a_bar, c_bar = (as_atom(0.0) if bar is None else bar for bar in bars[:2])
        total = apply("add", apply("sum", apply("sin", a_bar)), apply("multiply", c_bar, 0.3))
    parameters = tuple(Parameter(v.name or "", v) for v in inputs)
    return Function("h", parameters, builder.block(), total)


def run(function: Function, *args: Any) -> Any:
    """The value by the reference interpreter, before and after optimisation, and by the generated program."""
    assert verify(function) == []
    optimised = optimize(function)
    assert verify(optimised) == []
    values = [np.copy(a) if isinstance(a, np.ndarray) else a for a in args]
    expected = evaluate(function, values)
    again = evaluate(optimised, list(values))
    text = generate(optimised)
    found = load(text, {})(*values)
    for a, b in zip(values, args, strict=True):
        np.testing.assert_array_equal(a, b, "an argument was overwritten by\n" + text.text)
    for one in (again, found):
        for x, y in zip(_flat(one), _flat(expected), strict=True):
            np.testing.assert_allclose(x, y, rtol=1e-13, atol=1e-13, err_msg=text.text)
    return expected


def _flat(value: Any) -> list[Any]:
    return list(value) if isinstance(value, tuple) else [value]


@contextmanager
def source_of(function: Function) -> Any:
    yield generate(optimize(function)).text
