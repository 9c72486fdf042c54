"""Recursion: a function that is entered while it is being lowered.

Its calls are entered one inside the other, so its depth must follow from what is known: constants, the structure
of containers and objects, and ints.  An int that a condition on the way asks for is made known: the program is then
one for that value (DESIGN D1).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from adcompiler.errors import UnsupportedSyntaxError
from adcompiler.frontend.asked import source_of
from adcompiler.frontend.frame import DEEPEST, Frame, Program
from adcompiler.ir.values import Atom
from adcompiler.primitives.statics import ValueNeeded

#: so many calls of one function by itself are written out; more would be a program that nobody reads
MOST_CALLS = 1500


class RunTimeDepth(Exception):  # noqa: N818 - a message to the outermost call, no error of the user's
    """The recursion of the function `key` ends by a number."""

    def __init__(self, key: Any) -> None:
        super().__init__("the depth of a recursion is only known at run time")
        self.key = key


@contextmanager
def under(program: Program, condition: Atom) -> Iterator[None]:
    """While the arm of a branch is lowered: what happens there depends on `condition`."""
    source = source_of(condition)
    known = source is not None and program.may_be_known(source)
    program.conditions.append((condition, source if known else None))
    try:
        yield
    finally:
        program.conditions.pop()


def check_entry(program: Program, key: Any, name: str) -> None:
    """Refuse to enter a function for ever; `key` tells what function it is."""
    before = [f for f in program.frames if f.key is key]
    if before:
        program.entered[id(key)] = program.entered.get(id(key), 0) + 1
        opened = program.conditions[before[-1].depth :]
        if id(key) not in program.no_loops and any(source is None for _, source in opened):
            raise RunTimeDepth(key)
        if id(key) in program.iterating:
            raise goes_on_after_the_call()
        for _, source in opened:
            if source is not None:
                raise ValueNeeded(source, f"`{source.name}`, on which the recursion depends,")
        many = program.entered[id(key)] > MOST_CALLS
        if many or len(program.frames) >= DEEPEST:
            if id(key) not in program.no_loops:
                raise RunTimeDepth(key)
            raise _too_deep(name, many, bool(opened))
    elif len(program.frames) >= DEEPEST:
        raise UnsupportedSyntaxError(
            f"calls are nested more than {DEEPEST} deep.",
            why="each call is entered, one inside the other.",
            write="a flatter program",
        )


def goes_on_after_the_call() -> UnsupportedSyntaxError:
    """A recursive call is no tail call: the calls are no iterations of a loop."""
    return UnsupportedSyntaxError(
        "a recursion that ends by a number goes on after the call.",
        why="only tail calls are iterations of a loop.",
        write="`return f(…)` with nothing after the call",
    )


def _too_deep(name: str, many: bool, decided: bool) -> UnsupportedSyntaxError:
    if decided:
        return UnsupportedSyntaxError(
            f"the recursion of `{name}` ends by a condition that is only known at run time.",
            why="its calls are entered one inside the other while compiling, so their depth must follow from "
            "constants, int arguments or the structure of containers.",
            write=f"`return {name}(…)` with nothing after the call, a `while` loop, or an int that counts down",
        )
    limit = f"makes more than {MOST_CALLS} calls" if many else f"is more than {DEEPEST} calls deep"
    return UnsupportedSyntaxError(
        f"the recursion of `{name}` {limit}.",
        why="its calls are entered one inside the other while compiling.",
        write="a loop over the depth, with the intermediate results in variables or an array",
    )


def deepest_reached(frame: Frame, name: str) -> Exception:
    """Python's own limit was met while compiling."""
    if id(frame.key) not in frame.program.no_loops:
        return RunTimeDepth(frame.key)
    return _too_deep(name, False, bool(frame.program.conditions))
