"""`raise` and `assert`: paths of the program that end in an exception of the user's.

A `raise` is kept as a statement, and nothing is lowered behind it.  Where an arm of a branch ends so, the other one
alone says what the names are bound to afterwards.  What surely raises while the program is compiled raises there.
"""

from __future__ import annotations

from typing import Any

from adcompiler.errors import UnsupportedSyntaxError
from adcompiler.frontend.bound import Bound, PathEnds, describe
from adcompiler.frontend.conditions import as_condition
from adcompiler.frontend.expressions import elements
from adcompiler.frontend.frame import Frame
from adcompiler.frontend.writing import Writing
from adcompiler.ir.values import Constant
from adcompiler.primitives.effects import NOTHING, check


def raise_statement(frame: Frame, node: Any) -> None:
    """Keep `raise cls(…)`, and end the path."""
    if node.exc is None:
        raise UnsupportedSyntaxError(
            "`raise` without an exception stands outside of a handler that is kept.",
            why="there is none to raise again.",
            write="the exception: raise ValueError(…)",
        )
    behind = ""
    if node.cause is not None:
        cause = frame.evaluate(node.cause)
        if not (isinstance(cause, Constant) and cause.value is None):
            raise UnsupportedSyntaxError(
                f"`raise … from` names {describe(cause)}.",
                why="exceptions are not followed as values.",
                write="raise … from None",
            )
        behind = " from None"
    called = type(node.exc).__name__ == "Call"
    cls = frame.evaluate(node.exc.func if called else node.exc)
    known = cls.value if isinstance(cls, Constant) else None
    if not (isinstance(known, type) and issubclass(known, BaseException)):
        raise UnsupportedSyntaxError(
            f"`raise` raises {describe(cls)}.",
            why="an exception is made where it is raised, from a class that is known.",
            write="raise ValueError(…)",
        )
    args = elements(frame, node.exc.args) if called else []
    kwargs = {k.arg: frame.evaluate(k.value) for k in node.exc.keywords} if called else {}
    writing = Writing(frame)
    made = f"({writing.arguments(args, kwargs)})" if called else ""
    raise _ended(writing, known, f"raise {writing.put(cls)}{made}{behind}", args, kwargs)


def assert_statement(frame: Frame, node: Any) -> None:
    """`assert` of what is known while compiling is decided there; the others are kept."""
    condition = as_condition(frame, frame.handed_on(node.test))
    if isinstance(condition, Constant) and condition.value:
        return
    writing = Writing(frame)
    args = [] if node.msg is None else [frame.evaluate(node.msg)]
    if isinstance(condition, Constant):
        form = f"raise AssertionError({writing.arguments(args, {})})"
        raise _ended(writing, AssertionError, form, args, {})
    asked = writing.put(condition)
    shown = "".join(f", {writing.put(arg)}" for arg in args)
    writing.call(check, f"assert {asked}{shown}", NOTHING)


def _ended(
    writing: Writing,
    cls: type[BaseException],
    form: str,
    args: list[Bound],
    kwargs: dict[str, Bound],
) -> PathEnds:
    writing.call(check, form, NOTHING)
    every = [*args, *kwargs.values()]
    if not all(isinstance(a, Constant) for a in every):
        return PathEnds(cls, None)
    return PathEnds(
        cls, lambda: cls(*(a.value for a in args), **{k: a.value for k, a in kwargs.items()})
    )
