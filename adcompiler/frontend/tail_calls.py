"""Tail calls: a function that ends in `return f(…)` of itself is a loop.

Where the recursion ends by a number, entering the calls would not end.  If every recursive call is what the function
returns, its parameters are what a `while` loop carries from one call to the next, and the result is what the last one
returns (Steele, "Debunking the expensive procedure call myth", 1977).
"""

from __future__ import annotations

import types
from collections.abc import Callable
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import gast

from adcompiler.errors import UnsupportedSyntaxError
from adcompiler.frontend.bound import Bound, Closure, Leave
from adcompiler.frontend.branches import branch
from adcompiler.frontend.conditions import as_condition
from adcompiler.frontend.expressions import called_with
from adcompiler.frontend.frame import Frame
from adcompiler.frontend.loops import Loop
from adcompiler.frontend.recursion import goes_on_after_the_call
from adcompiler.ir.structure import Branch, sequence
from adcompiler.ir.types import dtype_of, is_number, is_scalar
from adcompiler.ir.values import Atom, Constant

#: (parameters by name, the body of one call) -> lowered in a frame of its own
Enter = Callable[[dict[str, Bound], "Tail"], Bound]


@dataclass(frozen=True, eq=False)
class Tail:
    """One call as an iteration: how a call of the function is told, and the state that it hands on."""

    key: Any
    bind: Callable[[list[Bound], dict[str, Bound]], dict[str, Bound]]
    parameters: dict[str, Bound]
    result: Bound
    #: the tail calls that were met
    calls: list[dict[str, Bound]] = field(default_factory=list)

    def ends(self, value: Bound) -> Bound:
        """The state after `return value`."""
        number = isinstance(value, Atom) and is_number(value.type) and is_scalar(value.type)
        if not number or not (isinstance(value, Constant) or dtype_of(value.type).kind == "f"):
            raise UnsupportedSyntaxError(
                "a recursion that ends by a number returns what is no floating-point number.",
                why="its calls become a loop, which needs a first value of the result.",
                write="a `while` loop",
            )
        return sequence("tuple", (Constant.of(True), value, *self.parameters.values()))

    def goes_on(self, args: list[Bound], kwargs: dict[str, Bound]) -> Bound:
        """The state after `return f(…)`."""
        bound = self.bind(args, kwargs)
        self.calls.append(bound)
        following = (bound[name] for name in self.parameters)
        return sequence("tuple", (Constant.of(False), self.result, *following))


def key_of(frame: Frame, callee: Bound) -> Any:
    """The tree of a user's function that was entered before; None for others."""
    if isinstance(callee, Closure):
        return callee.node
    if isinstance(callee, Constant) and isinstance(callee.value, types.FunctionType):
        source = frame.program.sources.get(callee.value)
        return None if source is None else source.tree
    return None


def returned(frame: Frame, node: Any) -> Bound:
    """What `return node` gives: a value, or in an iteration the state that it hands on."""
    tail: Tail | None = frame.tail
    if tail is None:
        return frame.handed_on(node)
    kind = type(node).__name__
    if kind == "IfExp":
        condition = as_condition(frame, frame.handed_on(node.test))
        return branch(
            frame,
            condition,
            lambda: returned(frame, node.body),
            lambda: returned(frame, node.orelse),
        )
    if kind == "Call":
        callee = frame.evaluate(node.func)
        key = key_of(frame, callee)
        if key is tail.key:
            return tail.goes_on(*called_with(frame, node))
        if key is not None:  # functions that call each other at their ends
            function = callee if isinstance(callee, Closure) else callee.value
            return frame.inline(function, *called_with(frame, node), tail)
    return tail.ends(frame.handed_on(node))


def as_loop(
    frame: Frame, key: Any, start: dict[str, Bound], enter: Enter, make: Callable[..., Tail]
) -> Bound:
    """Lower the calls as a `while` loop whose body is one call."""
    names = list(start)
    result = "result" if "result" not in start else f"{'_'.join(start)}_result"
    scope = {**start, result: Constant.of(0.0)}
    calls: list[dict[str, Bound]] = []
    inner = Frame(frame.program, frame.source, scope, frame, None, statement=frame.statement)

    def run(_: Frame, body: list[Any]) -> Leave:
        parameters = {name: scope[name] for name in names}
        tail = make(parameters, scope[result])
        state = enter(parameters, tail)
        calls.extend(tail.calls)
        if not (isinstance(state, Branch) and len(state.children) == len(names) + 2):
            raise UnsupportedSyntaxError(
                "a recursion that ends by a number may return nothing.",
                why="its calls become a loop, which needs a result.",
                write="a `return` with a number at the end of every path",
            )
        done, scope[result], *following = state.children
        scope.update(zip(names, following, strict=True))
        return Leave(done)

    def assign(_: Frame, target: Any, value: Bound) -> None:
        raise AssertionError("a `while` loop has no target")

    node = SimpleNamespace(test=gast.Constant(True, None), body=[], target=SimpleNamespace())
    with frame.program.as_iterations(key):
        Loop(inner, node, set(scope), run, assign).conditional()
    if not calls:
        raise goes_on_after_the_call()
    return scope[result]
