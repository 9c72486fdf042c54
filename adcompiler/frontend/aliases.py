"""Which names may reach the same memory, as far as writes in place are followed.

A write through one name is seen through every other one.  What a loop carries is therefore sorted: an array that
nothing else reaches, before the loop and at the end of every iteration, may be written in place; the others not.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from adcompiler.frontend.frame import Frame
from adcompiler.ir.structure import iterate
from adcompiler.ir.types import Array
from adcompiler.ir.values import Variable


def reached(frame: Frame, root: Variable, besides: Collection[str]) -> bool:
    """True where a name of any live frame, other than those names of `frame`, reaches the memory of `root`."""
    frames: list[Frame] = list(frame.program.frames)
    here: Frame | None = frame
    while here is not None:
        frames.append(here)
        here = here.parent
    for other in frames:
        for key, bound in other.scope.items():
            if other is frame and key in besides:
                continue
            for leaf in iterate(bound):
                if isinstance(leaf, Variable) and frame.program.root(leaf) is root:
                    return True
    return False


def from_outside(frame: Frame, root: Variable) -> bool:
    """True for the memory of an argument, or of data that the program reads."""
    program = frame.program
    return root in program.outside or any(root is c.variable for c in program.captures.captures)


class Sharing:
    """Which of the arrays that a loop carries share memory, with one another or with what stays."""

    def __init__(self, frame: Frame, assigned: Collection[str], initial: Sequence[Any]) -> None:
        self.frame = frame
        self.assigned = assigned
        self.roots = [_root(frame, leaf) for leaf in initial]
        self.shared: set[int] = set()
        self.grows(initial)
        for leaf, root, k in zip(initial, self.roots, range(len(initial)), strict=True):
            if root is not None and root is not leaf:
                self.shared.add(k)  # a view: its owner may be read

    def enter(self, variables: Sequence[Any]) -> None:
        """Let the variables of an iteration that share memory be known as such: they are not written."""
        for k in self.shared:
            root, variable = self.roots[k], variables[k]
            if root is not None and isinstance(variable, Variable):
                self.frame.program.roots[variable] = root

    def grows(self, ends: Sequence[Any]) -> bool:
        """Add what shares memory at the end of an iteration; whether there was something new."""
        before = len(self.shared)
        roots = [_root(self.frame, leaf) for leaf in ends]
        for k, root in enumerate(roots):
            if root is None:
                continue
            twice = sum(root is other for other in roots) > 1
            if twice or from_outside(self.frame, root) or reached(self.frame, root, self.assigned):
                self.shared.add(k)
                if self.roots[k] is None:
                    self.roots[k] = root
                self.frame.program.outside.add(root)
        return len(self.shared) > before

    def leave(self, targets: Sequence[Any]) -> None:
        """After no iteration a result is the initial array itself, after some it may be another one's memory."""
        self.enter(targets)


def _root(frame: Frame, leaf: Any) -> Variable | None:
    if isinstance(leaf, Variable) and isinstance(leaf.type, Array):
        return frame.program.root(leaf)
    return None
