"""None or a value, as the run decides: ``best = None`` before a loop, a number after an iteration.

Such a value is a container of two: whether it is None, and what it is where it is not (until then nothing is bound to
that).  ``best is None`` is the first of the two; whoever computes with `best` gets the second, and where no test says
that it is there, the program raises TypeError in its place, as Python would.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from adcompiler.frontend.bound import OPTIONAL, Bound, Raised, Undefined
from adcompiler.frontend.frame import Frame, Program
from adcompiler.ir.builder import Builder, current
from adcompiler.ir.structure import Branch, Structure, iterate
from adcompiler.ir.types import List, is_number
from adcompiler.ir.values import Atom, Constant, Variable, unbound
from adcompiler.primitives.effects import require

KIND = OPTIONAL
_KEYS = ("is_none", "value")
_NONE = Constant.of(None)


def is_optional(bound: Bound) -> bool:
    return isinstance(bound, Branch) and bound.kind == KIND


def is_none(bound: Branch) -> Atom:
    """Whether it is None: a bool of the run."""
    flag: Atom = bound.children[0]
    return flag


def value_of(bound: Bound) -> Bound:
    """The value, where nobody computes with it: what is shown, say, may be None."""
    return bound.children[1] if is_optional(bound) else bound


def _optional(flag: bool, value: Bound) -> Branch:
    return Branch(KIND, _KEYS, (Constant.of(flag), value))


def _nothing_yet(value: Bound) -> Bound:
    """The form of a value to which nothing is bound; what is known while compiling stays, since nobody reads it."""
    if isinstance(value, Atom) and (is_number(value.type) or isinstance(value.type, List)):
        return unbound(value.type)
    if isinstance(value, Branch):
        return value.rebuilt(tuple(map(_nothing_yet, value.children)))
    return value


def _is_none_alone(bound: Bound) -> bool:
    return isinstance(bound, Constant) and bound.value is None and bound.type == _NONE.type


def together(a: Bound, b: Bound) -> tuple[Branch, Branch] | None:
    """Both as None or a value, where one of them is None or may be; None where that does not say it."""
    if any(isinstance(x, (Undefined, Raised)) for x in (a, b)):
        return None
    if is_optional(a) == is_optional(b) and _is_none_alone(a) == _is_none_alone(b):
        return None
    return _beside(a, b), _beside(b, a)


def _beside(bound: Bound, other: Bound) -> Branch:
    if is_optional(bound):
        found: Branch = bound
        return found
    if _is_none_alone(bound):
        return _optional(True, _nothing_yet(value_of(other)))
    return _optional(False, bound)


def settled_like(entry: Structure, end: Structure) -> Structure:
    """What a loop carries, before it: None or a value where an iteration makes it so."""
    pair = together(entry, end)
    if pair is not None:
        return pair[0]
    if isinstance(entry, Branch) and isinstance(end, Branch) and entry.form == end.form:
        children = [settled_like(a, b) for a, b in zip(entry.children, end.children, strict=True)]
        if any(a is not b for a, b in zip(children, entry.children, strict=True)):
            return entry.rebuilt(tuple(children))
    return entry


def in_the_form_of(start: Structure, end: Structure) -> Structure:
    """`end`, with what is None or a value in `start` being so too."""
    if is_optional(start) and not is_optional(end):
        return _beside(end, start)
    if isinstance(start, Branch) and isinstance(end, Branch) and start.form == end.form:
        children = [in_the_form_of(a, b) for a, b in zip(start.children, end.children, strict=True)]
        if any(a is not b for a, b in zip(children, end.children, strict=True)):
            return end.rebuilt(tuple(children))
    return end


def numbers_inside(structure: Structure) -> set[int]:
    """Which of the leaves stand in what may be None, by their number: no test of a name has to look at them."""
    found: set[int] = set()
    number = 0

    def visit(node: Any, held: bool) -> None:
        nonlocal number
        if isinstance(node, Branch):
            for child in node.children:
                visit(child, held or node.kind == KIND)
            return
        if held:
            found.add(number)
        number += 1

    visit(structure, False)
    return found


def present(frame: Frame, bound: Bound) -> Bound:
    """The value of what may be None, for whoever computes with it: where it is None, the program raises there."""
    if not is_optional(bound):
        return bound
    flag, value = is_none(bound), value_of(bound)
    known = flag.value if isinstance(flag, Constant) else _known(frame.program, flag)
    if known is None:
        _check(flag, value)
    return _NONE if known else value


def all_present(frame: Frame, structure: Structure) -> Structure:
    """The structure with the values of everything in it that may be None."""
    structure = present(frame, structure)
    if not isinstance(structure, Branch):
        return structure
    children = tuple(all_present(frame, child) for child in structure.children)
    same = all(a is b for a, b in zip(children, structure.children, strict=True))
    return structure if same else structure.rebuilt(children)


def _check(flag: Atom, value: Bound) -> None:
    assert isinstance(flag, Variable)
    builder: Builder | None = current()
    while builder is not None and flag not in builder.checked:
        builder = builder.outer
    if builder is None:
        current().checked.add(flag)
        names = (leaf.name for leaf in iterate(value) if isinstance(leaf, Variable) and leaf.name)
        name = next(names, None)
        message = f"{f'`{name}`' if name else 'a value'} is None here"
        require(flag, form=f"if _0: raise TypeError({message!r})")


@contextmanager
def given(program: Program, condition: Atom, truth: bool) -> Iterator[None]:
    """While an arm is lowered: its condition holds or does not."""
    before = len(program.facts)
    _note(program, condition, truth)
    try:
        yield
    finally:
        del program.facts[before:]


def _note(program: Program, condition: Atom, truth: bool) -> None:
    if (condition, truth) in program.facts:  # `c and c` is `c`, and follows from itself
        return
    program.facts.append((condition, truth))
    call = current().definition(condition) if isinstance(condition, Variable) else None
    if call is not None and call.primitive.name == "logical_not":
        _note(program, call.args[0], not truth)
    for part in program.implied.get((condition, truth), ()):
        _note(program, part, truth)


def _known(program: Program, flag: Atom) -> bool | None:
    return next((truth for atom, truth in program.facts if atom is flag), None)
