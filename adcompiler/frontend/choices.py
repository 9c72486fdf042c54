"""Expressions that are evaluated on one way only: the arms of `and`, `or`, comparison chains and conditionals.

A name that `:=` binds there is joined behind the choice, as one that an arm of an `if` binds.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from adcompiler.frontend.bound import Bound, Undefined
from adcompiler.frontend.branches import branch, going_on
from adcompiler.frontend.frame import Frame
from adcompiler.frontend.walrus import walrus_names
from adcompiler.ir.structure import sequence
from adcompiler.ir.values import Atom, Constant

Arm = Callable[[], Bound]


def choose(frame: Frame, nodes: Sequence[Any], condition: Atom, then: Arm, orelse: Arm) -> Bound:
    """`then()` or `orelse()`; `nodes` are the expressions that only one of them evaluates."""
    names = sorted(bound_within(nodes))
    if not names or isinstance(condition, Constant):
        return going_on(branch(frame, condition, then, orelse))
    missing = Undefined("it is bound on one way through this expression only")
    before = dict(frame.scope)

    def arm(evaluated: Arm) -> Arm:
        def lowered() -> Bound:
            try:
                value = evaluated()
                ends = tuple(frame.scope.get(name, missing) for name in names)
            finally:
                frame.scope.clear()
                frame.scope.update(before)
            return sequence("tuple", (value, *ends))

        return lowered

    joined = going_on(branch(frame, condition, arm(then), arm(orelse)))
    value, *ends = joined.children
    frame.scope.update(zip(names, ends, strict=True))
    return value


def bound_within(nodes: Sequence[Any]) -> set[str]:
    """The names that `:=` binds in expressions."""
    return {name for node in nodes for name in walrus_names(node)}
