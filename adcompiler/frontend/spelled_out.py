"""A `while` loop whose condition is known each time, one iteration after the other: work lists, queues, trees."""

from __future__ import annotations

from collections.abc import Callable

from adcompiler.frontend.conditions import as_condition
from adcompiler.frontend.frame import Frame
from adcompiler.frontend.iteration import LONGEST_UNROLLED
from adcompiler.ir.values import Atom, Constant


def spell_out(
    frame: Frame,
    test: object,
    body: Callable[[], Atom],
    rest_unless: Callable[[Atom, Callable[[], None]], None],
    error: BaseException,
) -> None:
    """Lower `body` as long as `test` is known to hold; `error` says why the loop is none, where that fails."""
    left = LONGEST_UNROLLED

    def go_on() -> None:
        nonlocal left
        while True:
            condition = as_condition(frame, frame.handed_on(test))
            if not isinstance(condition, Constant) or not left:
                raise error
            if not condition.value:
                return
            left -= 1
            leaves = body()
            if not isinstance(leaves, Constant):
                rest_unless(leaves, go_on)
                return
            if leaves.value:
                return

    go_on()
