"""`with` and `try`, as far as their meaning is kept.

``with np.errstate(…)`` is lexical: its statements carry the settings in their origin, and so do their adjoints; the
backend puts the `with` around both.  A `try` stands for its body where nothing in it raises what is caught.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from adcompiler.errors import UnsupportedSyntaxError
from adcompiler.frontend.bound import describe
from adcompiler.frontend.frame import Frame
from adcompiler.ir.builder import current
from adcompiler.ir.nodes import Call, Statement
from adcompiler.ir.types import is_scalar
from adcompiler.ir.values import Constant
from adcompiler.ir.walk import all_statements

#: on scalars Python computes these without ever raising
_HARMLESS = {
    *(
        "add",
        "subtract",
        "multiply",
        "negative",
        "positive",
        "absolute",
        "minimum",
        "maximum",
        "where",
    ),
    *("equal", "not_equal", "less", "less_equal", "greater", "greater_equal"),
    *("logical_not", "logical_and", "logical_or", "identity", "to_float", "to_bool"),
}
#: what the other primitives of one operation raise in Python's spelling
_RAISES: dict[str, tuple[type[BaseException], ...]] = {
    "divide": (ZeroDivisionError,),
    "floor_divide": (ZeroDivisionError,),
    "remainder": (ZeroDivisionError,),
    "power": (ZeroDivisionError, OverflowError),
}
_MATH_RAISES = (ValueError, OverflowError)


@contextmanager
def settings(frame: Frame, node: Any) -> Iterator[None]:
    """Let the statement be lowered under the contexts that stand around it."""
    trusting, frame.trusting = frame.trusting, frame.trusting or getattr(node, "waited", False)
    program = frame.program
    before = program.errstate
    found = dict(frame.errstate)
    for expression in getattr(node, "within", ()):
        with frame.place(expression):
            found.update(_errstate(frame, expression))
    program.errstate = tuple(sorted(found.items()))
    try:
        yield
    finally:
        program.errstate = before
        frame.trusting = trusting


def _errstate(frame: Frame, expression: Any) -> dict[str, str]:
    if type(expression).__name__ == "Call":
        callee = frame.evaluate(expression.func)
        known = callee.value if isinstance(callee, Constant) else None
        if known is contextlib.nullcontext:
            return {}
        if known is np.errstate and not expression.args:
            values = {k.arg: frame.evaluate(k.value) for k in expression.keywords}
            if all(isinstance(v, Constant) and isinstance(v.value, str) for v in values.values()):
                return {str(name): v.value for name, v in values.items()}
        shown = describe(callee)
    else:
        shown = "this context manager"
    raise UnsupportedSyntaxError(
        f"a `with` statement enters {shown}.",
        why="what happens on entry and exit is only known for np.errstate with constant settings.",
        write="the `with` around the call of the derivative, or the body alone",
    )


# ---- try ----------------------------------------------------------------------------------------


def attempted(frame: Frame, node: Any, run: Callable[[Frame, list[Any]], Any]) -> None:
    """Refuse the `try` if its body may raise what is caught; else it is its body."""
    classes = caught(frame, node)
    before = dict(frame.scope), frame.statement
    with current().nested() as body:
        run(frame, node.body)
    scope, frame.statement = before
    frame.scope.clear()
    frame.scope.update(scope)
    refuse_what_may_raise(all_statements(body.block()), classes)


def caught(frame: Frame, node: Any) -> tuple[type[BaseException], ...]:
    """The classes that the handlers of a `try` name."""
    found: list[type[BaseException]] = []
    for handler in node.handlers:
        if handler.type is None:
            found.append(BaseException)
            continue
        types = handler.type.elts if type(handler.type).__name__ == "Tuple" else [handler.type]
        for item in types:
            value = frame.evaluate(item)
            if not (isinstance(value, Constant) and isinstance(value.value, type)):
                raise UnsupportedSyntaxError(
                    f"a handler catches {describe(value)}.",
                    why="which exceptions are meant must be known while compiling.",
                    write="the class of the exception",
                )
            found.append(value.value)
    return tuple(found)


def refuse_what_may_raise(
    statements: Iterable[Statement], classes: tuple[type[BaseException], ...]
) -> None:
    """Refuse a body in which something may raise what is caught; all else goes through a `try` unseen."""
    for s in statements:
        raised = _raised(s)
        for cls in classes:
            for error in raised:
                if issubclass(error, cls) or issubclass(cls, error):
                    name = (
                        s.primitive.name.removeprefix("call ") if isinstance(s, Call) else "a loop"
                    )
                    raise UnsupportedSyntaxError(
                        f"`{name}` stands in a `try` and may raise what is caught there ({cls.__name__}).",
                        why="which values the handler would see, and how their derivatives go on, is only known in "
                        "the run.",
                        write="a test before the operation: y = f(x) if x > 0.0 else 0.0, or the `try` around "
                        "the call of the derivative",
                        origin=s.origin,
                    )


def _raised(s: Statement) -> tuple[type[BaseException], ...]:
    if not isinstance(s, Call):
        return ()  # what stands in its blocks is asked by itself
    if s.primitive.kind == "elementwise" and all(is_scalar(a.type) for a in s.args):
        if s.primitive.name in _HARMLESS or s.style == "numpy":
            return ()
        return _RAISES.get(s.primitive.name, _MATH_RAISES)
    if "cls" in s.statics or s.primitive.name == "text":
        cls = s.statics.get("cls")
        return () if cls is None else (cls,)
    return (BaseException,)
