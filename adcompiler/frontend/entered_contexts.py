"""Contexts that are entered and left: `__enter__`, the body, `__exit__`, one after the other.

An object of a class written in Python, a function under `contextlib.contextmanager`, `nullcontext`, `closing`,
`suppress`, and open files.  Where the body raises, `__exit__` is not run: the exception ends the program.
"""

from __future__ import annotations

import contextlib
import types
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import gast

from adcompiler.errors import UnsupportedSyntaxError
from adcompiler.frontend.binding import bind_function
from adcompiler.frontend.bound import Bound, Closure, Opaque, describe
from adcompiler.frontend.effects import FILE
from adcompiler.frontend.exits import body_of
from adcompiler.frontend.fence import check
from adcompiler.frontend.frame import Frame
from adcompiler.frontend.generators import is_generator
from adcompiler.frontend.objects import method_of
from adcompiler.frontend.source import FunctionSource, find_source
from adcompiler.ir.values import Constant, Variable

Run = Callable[[Frame, list[Any]], Any]
_NOTHING = Constant.of(None)
#: what their contexts change is not followed
_LIBRARIES = ("numpy", "warnings", "threading", "decimal", "unittest")
_HELPER = contextlib.contextmanager(lambda: iter(())).__code__


@dataclass(frozen=True, eq=False)
class _Generated(Opaque):
    """A context between the two parts of its generator: the frame, and what is to be run on exit."""

    frame: Frame
    behind: list[Any]
    #: leads to what the frame holds
    holder: Closure

    @property
    def description(self) -> str:
        return "a context"


def enter(frame: Frame, node: Any, run: Run) -> None:
    """The beginning of a `with` statement."""
    expression = node.context_expr
    known: Any = None
    if isinstance(expression, gast.Call):
        callee = frame.evaluate(expression.func)
        known = callee.value if isinstance(callee, Constant) else None
    if not node.place:
        if known is not contextlib.suppress:
            raise _refused(describe(callee))
        return
    manager: Bound = _NOTHING
    if (getattr(known, "__module__", None) or "").split(".")[0] in _LIBRARIES:
        raise _refused(describe(callee))
    if known is contextlib.nullcontext:
        value = _first_argument(frame, expression)
    elif known is contextlib.closing:
        value = _first_argument(frame, expression)
        manager = frame.attribute(value, "close")
    elif isinstance(known, types.FunctionType) and known.__code__ is _HELPER:
        manager, value = _generated(frame, known, expression, run)
    else:
        made = manager = frame.evaluate(expression)
        if isinstance(made, Variable) and made.type == FILE:
            frame.scope[node.place] = frame.attribute(made, "close")
            if node.optional_vars is not None:
                frame.assign(node.optional_vars, made)
            return
        method = method_of(frame, made, "__enter__")
        if method is None or method_of(frame, made, "__exit__") is None:
            raise _refused(describe(made))
        value = frame.call(method, [], {})
    frame.scope[node.place] = manager
    if node.optional_vars is not None:
        frame.assign(node.optional_vars, value)


def _refused(shown: str) -> UnsupportedSyntaxError:
    return UnsupportedSyntaxError(
        f"a `with` statement enters {shown}.",
        why="what happens on entry and exit is known for classes written in Python, functions under "
        "contextlib.contextmanager, and np.errstate with constant settings.",
        write="the `with` around the call of the derivative, or the body alone",
    )


def _first_argument(frame: Frame, call: Any) -> Bound:
    arguments = [*call.args, *(keyword.value for keyword in call.keywords)]
    return frame.evaluate(arguments[0]) if arguments else _NOTHING


def leave(frame: Frame, node: Any, run: Run) -> None:
    """Its end."""
    manager = frame.scope[node.entered.place]
    if isinstance(manager, _Generated):
        inner = manager.frame
        again = replace(inner, scope=dict(inner.scope))
        again.local_names = inner.local_names
        _run_part(again, manager.behind, run)
        return
    if manager is _NOTHING:
        return
    method = method_of(frame, manager, "__exit__")
    if method is None:  # contextlib.closing
        frame.call(manager, [], {})
        return
    found = frame.call(method, [_NOTHING, _NOTHING, _NOTHING], {})
    if not isinstance(found, Constant) or found.value:
        raise UnsupportedSyntaxError(
            "the `__exit__` of a context may swallow exceptions.",
            why="it returns something else than None or False, and what the body has done by then is not known.",
            write="__exit__ without a return value, and `try` with `except` where something is caught",
        )


# ---- contextlib.contextmanager ----------------------------------------------------------------------


def _generated(
    frame: Frame, helper: types.FunctionType, call: Any, run: Run
) -> tuple[Bound, Bound]:
    """The part before the `yield`, run now, and its value; the part behind waits."""
    function: Any = helper.__wrapped__  # type: ignore[attr-defined]
    source = find_source(function, generators=True)
    check(source.tree, source)
    args = [frame.evaluate(argument) for argument in call.args]
    kwargs = {keyword.arg: frame.evaluate(keyword.value) for keyword in call.keywords}
    scope = bind_function(frame, function, args, kwargs)
    before, value, behind = _parts(source)
    inner = Frame(frame.program, source, scope, None, function)
    _run_part(inner, before, run)
    with inner.place(value or source.tree):
        given = _NOTHING if value is None else inner.evaluate(value)
    holder = Closure(source.tree, source, inner)
    return _Generated(inner, behind, holder), given


def _run_part(inner: Frame, statements: list[Any], run: Run) -> None:
    program = inner.program
    program.frames.append(inner)
    try:
        if run(inner, statements) is not None:
            raise UnsupportedSyntaxError(
                "a context ends before or behind its `yield` in another way.",
                why="it has one `yield`, and neither `return` nor `raise`.",
                write="a class with __enter__ and __exit__",
                origin=inner.source.header,
            )
    finally:
        program.frames.pop()


def _parts(source: FunctionSource) -> tuple[list[Any], Any, list[Any]]:
    """The statements before the only `yield`, its value, and those behind it (`finally` included)."""
    tree: Any = source.tree
    statements = list(tree.body)
    before: list[Any] = []
    behind: list[Any] = []
    while is_generator(tree):
        place = next((k for k, s in enumerate(statements) if _holds(s)), None)
        if place is None or any(_holds(s) for s in statements[place + 1 :]):
            break
        here = statements[place]
        before += statements[:place]
        behind = [*statements[place + 1 :], *behind]
        if isinstance(here, gast.Try) and not here.handlers and not here.orelse:
            behind = [*here.finalbody, *behind]
            statements = here.body
            continue
        value = getattr(here, "value", None)
        if isinstance(here, gast.Expr) and isinstance(value, gast.Yield):
            made = gast.copy_location(
                gast.FunctionDef(tree.name, tree.args, behind or [_pass(here)], [], None, None),
                tree,
            )
            first = gast.copy_location(
                gast.FunctionDef(tree.name, tree.args, before or [_pass(here)], [], None, None),
                tree,
            )
            return body_of(first, source), value.value, body_of(made, source)
        break
    raise UnsupportedSyntaxError(
        f"the context `{source.name}` has not one `yield` in a statement of its own.",
        why="what stands before it is run on entry, what stands behind it on exit.",
        write="try: yield value finally: …, or a class with __enter__ and __exit__",
        origin=source.header,
    )


def _pass(like: Any) -> Any:
    return gast.copy_location(gast.Pass(), like)


def _holds(statement: Any) -> bool:
    return any(isinstance(n, (gast.Yield, gast.YieldFrom)) for n in gast.walk(statement))
