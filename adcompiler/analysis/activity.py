"""Which variables carry a derivative (Griewank & Walther 2008, section 6.2).

*Varied*: depends on an input that is differentiated.  *Useful*: a differentiated result depends
on it. *Active*: both.  Only active values have tangents and cotangents.

A derivative stops at a primitive that is inert by declaration, at a value that is no floating or
complex number, and at an operand of which only the shape is used.

>>> from adcompiler.ir.builder import Builder
>>> from adcompiler.ir.nodes import Function, Parameter
>>> from adcompiler.ir.types import FLOAT
>>> from adcompiler.ir.values import Variable
>>> from adcompiler.primitives.arithmetic import floor_divide, multiply
>>> x, y = Variable("x", FLOAT), Variable("y", FLOAT)
>>> with Builder().active() as builder:
...     square = multiply(x, x)
...     steps = floor_divide(square, y)      # a step function: inert
...     result = multiply(square, steps)
>>> f = Function("f", (Parameter("x", x), Parameter("y", y)), builder.block(), result)
>>> varied(f, [x]) == {x, square, result}
True
>>> useful(f, [result]) == {x, square, steps, result}
True
>>> steps in active(f, [x], [result])
False
"""

from __future__ import annotations

from collections.abc import Iterable

from adcompiler.analysis.dataflow import Graph, backward_graph, forward_graph, reached
from adcompiler.ir.nodes import Block, Call, Function
from adcompiler.ir.types import is_inexact, is_number
from adcompiler.ir.values import Atom, Variable


def varied(program: Function | Block, given: Iterable[Atom]) -> set[Variable]:
    """The variables that depend differentiably on `given` (these included, whatever their type)."""
    return reached(_only_differentiable(forward_graph(_body(program), carries)), _variables(given))


def useful(program: Function | Block, results: Iterable[Atom]) -> set[Variable]:
    """The variables on which `results` depend differentiably (these included)."""
    graph = backward_graph(_body(program), carries)
    graph = {target: sources for target, sources in graph.items() if has_derivative(target)}
    return reached(graph, _variables(results))


def active(
    program: Function | Block, given: Iterable[Atom], results: Iterable[Atom]
) -> set[Variable]:
    """The variables that depend on `given` and on which `results` depend."""
    return varied(program, given) & useful(program, results)


def _body(program: Function | Block) -> Block:
    return program.body if isinstance(program, Function) else program


def _variables(atoms: Iterable[Atom]) -> list[Variable]:
    return [atom for atom in atoms if isinstance(atom, Variable)]


def carries(call: Call, position: int) -> bool:
    """True where the derivative of an operand goes on to the result."""
    # an opaque primitive hands activity on, so that asking for its derivative is an error and not
    # a zero
    return call.primitive.verdict != "inert" and position not in call.primitive.shape_only


def _only_differentiable(graph: Graph) -> Graph:
    return {v: [t for t in targets if has_derivative(t)] for v, targets in graph.items()}


def has_derivative(variable: Variable) -> bool:
    """False for an int or a bool; a sequence that a loop collects is no number and carries one."""
    return is_inexact(variable.type) or not is_number(variable.type)
