"""What a loop carries, sorted by memory.

An array that nothing else reaches, before the loop and at the end of every iteration, is one of its own in each
iteration and may be written; the others may share memory with what they came from, and are not.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from adcompiler.frontend.frame import Frame
from adcompiler.frontend.reaching import reach
from adcompiler.ir.structure import Branch
from adcompiler.ir.types import Array
from adcompiler.ir.values import Variable


def reached(frame: Frame, roots: Collection[Variable], besides: Collection[str]) -> bool:
    """True where a name of any live frame, other than those names of `frame`, leads to the memory of a root."""
    memory = frame.program.memory
    frames: list[Frame] = list(frame.program.frames)
    here: Frame | None = frame
    while here is not None:
        frames.append(here)
        here = here.parent
    for other in frames:
        for key, bound in other.scope.items():
            if other is frame and key in besides:
                continue
            for item in reach(bound):
                if isinstance(item, Variable) and any(r in roots for r in memory.roots(item)):
                    return True
    return False


def reachable(
    frame: Frame, besides: Collection[str] = (), stop: Collection[Branch] = ()
) -> set[int]:
    """The containers that a name of any live frame, other than those names of `frame`, leads to.

    What is in the containers `stop` is not looked at.
    """
    seen = {id(container) for container in stop}
    for attributes in frame.program.memory.assigned():
        for _ in reach(attributes, seen):
            pass
    frames: list[Frame | None] = [*frame.program.frames, frame]
    for other in frames:
        while other is not None:
            for key, bound in other.scope.items():
                if other is not frame or key not in besides:
                    for _ in reach(bound, seen):
                        pass
            other = other.parent
    return seen


class Sharing:
    """Which of the arrays that a loop carries share memory, with one another or with what stays."""

    def __init__(self, frame: Frame, assigned: Collection[str], initial: Sequence[Any]) -> None:
        self.frame = frame
        self.memory = frame.program.memory
        self.assigned = assigned
        self.shared: dict[int, dict[Variable, None]] = {}
        self.grows(initial)
        for k, leaf in enumerate(initial):
            if _is_array(leaf) and self.memory.roots(leaf) != (self.memory.handle(leaf),):
                self._add(k, self.memory.roots(leaf))  # a view: its owner may be read

    def _add(self, k: int, roots: Sequence[Variable]) -> None:
        self.shared.setdefault(k, {}).update((root, None) for root in roots)

    def enter(self, variables: Sequence[Any]) -> None:
        """Let the variables of an iteration that share memory be known as such."""
        for k, variable in enumerate(variables):
            if _is_array(variable):
                self.memory.is_new(variable)
                if k in self.shared:
                    self.memory.join(variable, self.shared[k])

    def grows(self, ends: Sequence[Any]) -> bool:
        """Add what shares memory at the end of an iteration; whether there was something new."""
        before = len(self.shared)
        every = [self.memory.roots(leaf) if _is_array(leaf) else () for leaf in ends]
        for k, roots in enumerate(every):
            if not roots:
                continue
            twice = any(root in other for j, other in enumerate(every) if j != k for root in roots)
            outside = any(
                self.memory.is_outside(root) or root in self.memory.held for root in roots
            )
            if twice or outside or len(roots) > 1 or reached(self.frame, roots, self.assigned):
                self._add(k, roots)
        return len(self.shared) > before


def _is_array(leaf: Any) -> bool:
    return isinstance(leaf, Variable) and isinstance(leaf.type, Array)
