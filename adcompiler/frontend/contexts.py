"""`with`, as far as its meaning is kept.

``with np.errstate(…)`` is lexical: its statements carry the settings in their origin, and so do their adjoints; the
backend puts the `with` around both.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from adcompiler.errors import UnsupportedSyntaxError
from adcompiler.frontend.bound import describe
from adcompiler.frontend.frame import Frame
from adcompiler.ir.values import Constant


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
