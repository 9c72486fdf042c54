"""``f = np.sin if x > 0.0 else np.cos``: a function that a branch chooses; calling it is a branch again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from adcompiler.frontend.bound import Bound, Closure, Opaque
from adcompiler.frontend.frame import Frame
from adcompiler.ir.types import is_number
from adcompiler.ir.values import Atom, Constant

HandedOut = Callable[[int, Atom], Atom]


@dataclass(frozen=True, eq=False)
class FunctionChoice(Opaque):
    """`then` where the condition holds, else `orelse`."""

    condition: Atom
    then: Bound
    orelse: Bound

    @property
    def description(self) -> str:
        return "a function that a branch chooses"


def choice_of(
    frame: Frame, condition: Atom, then: Bound, orelse: Bound, handed_out: HandedOut
) -> FunctionChoice | None:
    """The choice between the functions that two arms give; None where one of them is none, or needs its arm.

    `handed_out(k, atom)` is what stands behind the branch for a condition of arm k.
    """
    if not all(_stands_alone(frame, function) for function in (then, orelse)):
        return None
    first, second = (_behind(k, f, handed_out) for k, f in enumerate((then, orelse)))
    return FunctionChoice(condition, first, second)


def _behind(k: int, function: Bound, handed_out: HandedOut) -> Bound:
    if not isinstance(function, FunctionChoice):
        return function
    arms = [_behind(k, f, handed_out) for f in (function.then, function.orelse)]
    return FunctionChoice(handed_out(k, function.condition), *arms)


def _stands_alone(frame: Frame, function: Bound) -> bool:
    """True for a function that reads nothing but the scopes around, as they are when it is called."""
    if isinstance(function, Constant):
        return not is_number(function.type) and callable(function.value)
    if isinstance(function, FunctionChoice):
        return _stands_alone(frame, function.then) and _stands_alone(frame, function.orelse)
    if not isinstance(function, Closure) or function.defaults:
        return False
    around: Frame | None = frame
    while around is not None and around is not function.frame:
        around = around.parent
    return around is not None
