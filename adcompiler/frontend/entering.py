"""Calls of user functions: the statements of the callee are lowered where it is called, with its own names."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from adcompiler.errors import ADError, UnsupportedSyntaxError
from adcompiler.frontend.binding import bind_closure, bind_function
from adcompiler.frontend.bound import Bound, Closure, Raised
from adcompiler.frontend.called import Called
from adcompiler.frontend.exits import body_of
from adcompiler.frontend.fence import check
from adcompiler.frontend.frame import Frame
from adcompiler.frontend.generators import as_list, collected_by, is_generator
from adcompiler.frontend.recursion import RunTimeDepth, check_entry, deepest_reached
from adcompiler.frontend.source import find_source
from adcompiler.frontend.statements import local_names, run
from adcompiler.frontend.tail_calls import Tail, as_loop, returned
from adcompiler.ir.builder import current
from adcompiler.ir.values import Constant
from adcompiler.primitives.statics import ValueNeeded


def inline(
    frame: Frame,
    function: Any,
    args: list[Bound],
    kwargs: dict[str, Bound],
    tail: Tail | None = None,
) -> Bound:
    """Enter a user function: its statements are lowered here, with its own names.

    With a `tail` the call is part of an iteration, and gives the state that it hands on.
    """
    program = frame.program
    if isinstance(function, Closure):
        node, source, parent, home = function.node, function.source, function.frame, None
        scope = bind_closure(function, args, kwargs)
    else:
        source = program.sources.get(function) or find_source(function, generators=True)
        if function not in program.sources:
            check(source.tree, source)
            program.sources[function] = source
        node, parent, home = source.tree, None, function
        library = (function.__module__ or "").partition(".")[0] in ("adcompiler", "numpy", "scipy")
        if not library and "<locals>" not in function.__qualname__:
            # what is loaded again in place (IPython's autoreload) stays the function it is
            program.captures.needs(function, "__code__", function.__code__)
        scope = bind_function(frame, function, args, kwargs)
    name = getattr(node, "name", source.name)
    if is_generator(node):
        collecting = as_list(node, source)

        def collect(scope: dict[str, Bound]) -> Bound:
            inner = Frame(program, source, scope, parent, home)
            return _entered(inner, collecting, name)

        return collected_by(frame, node, parent, scope, collect)
    for called in program.defining:
        if called.key is node:
            value = called.again(function, scope)
            return value if tail is None else tail.ends(value)
    for called in program.captures.called:
        if called.key is node:
            value = called.shared_with(function, scope)
            if value is not None:
                return value if tail is None else tail.ends(value)
    check_entry(program, node, name)
    outermost = not any(f.key is node for f in program.frames)

    def enter(scope: dict[str, Bound], tail: Tail | None = None) -> Bound:
        inner = Frame(program, source, dict(scope), parent, home, tail=tail)
        return _entered(inner, node, name)

    first, captured, memory = (
        len(current().statements),
        program.captures.state(),
        program.memory.mark(),
    )

    def go_back() -> None:
        del current().statements[first:]
        program.captures.restore(captured)
        program.memory.restore(memory)

    try:
        return enter(scope, tail)
    except RunTimeDepth as met:
        if met.key is not node or not outermost:
            raise
    program.no_loops.add(id(node))

    def bind(args: list[Bound], kwargs: dict[str, Bound]) -> dict[str, Bound]:
        if isinstance(function, Closure):
            return bind_closure(function, args, kwargs)
        return bind_function(frame, function, args, kwargs)

    go_back()
    try:
        result = as_loop(frame, node, scope, enter, lambda *state: Tail(node, bind, *state))
    except (ADError, ValueNeeded):  # the calls are no iterations
        go_back()
        result = _called_or_entered(Called(frame, function, node, name, scope, enter), go_back)
    program.no_loops.discard(id(node))
    return result if tail is None else tail.ends(result)


def _called_or_entered(called: Called, go_back: Callable[[], None]) -> Bound:
    """The calls happen in the run; where that is not possible, they are entered as far as that goes."""
    try:
        return called.lower(go_back)
    except (UnsupportedSyntaxError, ValueNeeded) as error:
        go_back()
        try:
            return called.enter(called.scope)
        except UnsupportedSyntaxError:
            if isinstance(error, UnsupportedSyntaxError):
                raise error from None
            raise


def _entered(inner: Frame, node: Any, name: str) -> Bound:
    """Lower the body of a function in a frame of its own."""
    program = inner.program
    body = body_of(node, inner.source) if isinstance(node.body, list) else None
    inner.local_names = local_names(body or [])
    inner.node = inner.statement = inner.key = node
    inner.depth = len(program.conditions)
    program.frames.append(inner)
    try:
        if body is None:
            inner.statement = node.body
            return returned(inner, node.body)
        result = run(inner, body)
        if isinstance(result, Raised):
            raise result.end
        return Constant.of(None) if result is None else result
    except RecursionError:
        raise deepest_reached(inner, name) from None
    finally:
        program.frames.pop()
