"""Calls with an argument that may be None: entered with it, shown, answered for both, or only where it is there."""

from __future__ import annotations

import functools
import types
from collections.abc import Callable, Hashable

from adcompiler.frontend.bound import Bound, Builtin, Differentiated
from adcompiler.frontend.branches import branch, going_on
from adcompiler.frontend.effects import kept_call
from adcompiler.frontend.frame import Frame
from adcompiler.frontend.optional import is_none, is_optional, present, value_of
from adcompiler.ir.values import Constant
from adcompiler.primitives.catalogue import find
from adcompiler.primitives.verdicts import of_object

#: builtins that have an answer for None, too
_QUESTIONS = (bool, isinstance, callable, hasattr, type)


def with_none(
    frame: Frame, callee: Bound, args: list[Bound], kwargs: dict[str, Bound]
) -> Bound | None:
    """What the call gives; None where the callee is entered, which then asks for itself."""
    if _hands_on(callee):
        return None
    known = callee.value if isinstance(callee, Constant) else None
    if args and is_optional(args[0]) and any(known is f for f in _QUESTIONS):
        perhaps, *others = args

        def answer(value: Bound) -> Callable[[], Bound]:
            return lambda: frame.call(callee, [value, *others], kwargs)

        arms = answer(Constant.of(None)), answer(value_of(perhaps))
        return going_on(branch(frame, is_none(perhaps), *arms))
    if isinstance(known, Hashable):
        shown = {key: value_of(value) for key, value in kwargs.items()}
        kept = kept_call(frame, known, [value_of(arg) for arg in args], shown)
        if kept is not None:
            return kept
    there = {key: present(frame, value) for key, value in kwargs.items()}
    return frame.call(callee, [present(frame, arg) for arg in args], there)


def _hands_on(callee: Bound) -> bool:
    """True for what is entered, or calls another function with its arguments."""
    if isinstance(callee, Constant):
        kinds = (
            types.FunctionType,
            types.MethodType,
            functools.partial,
            functools._lru_cache_wrapper,
        )
        if isinstance(callee.value, type):
            return of_object(callee.value) is None and callee.value.__module__ != "builtins"
        return isinstance(callee.value, kinds) and find(callee.value) is None
    return not isinstance(callee, (Builtin, Differentiated))
