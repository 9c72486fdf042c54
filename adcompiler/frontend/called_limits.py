"""What a function that is called in the run cannot do: refused where it is met."""

from __future__ import annotations

from adcompiler.errors import AliasError, UnsupportedSyntaxError
from adcompiler.frontend.bound import Bound, Cell, Opaque, describe
from adcompiler.frontend.frame import Frame
from adcompiler.frontend.memory import Mark, Memory
from adcompiler.ir.builder import Builder
from adcompiler.ir.effects import acts
from adcompiler.ir.structure import Structure, iterate
from adcompiler.ir.types import List, is_number
from adcompiler.ir.values import Variable

Scopes = list[tuple[dict[str, Bound], dict[str, Bound]]]


def another(name: str, fact: str) -> UnsupportedSyntaxError:
    return UnsupportedSyntaxError(
        f"the recursion of `{name}`, which ends by a number, {fact}.",
        why="such a function is compiled once for all its calls: what is no number is the same in each of them.",
        write="parameters and results of one structure, and functions that are defined outside",
    )


def refuse_lists(name: str, structure: Structure) -> None:
    for leaf in iterate(structure):
        if isinstance(leaf, Opaque):
            raise another(name, f"is given {leaf.description}, which changes while it is read")
        if isinstance(leaf, Variable) and (isinstance(leaf.type, List) or not is_number(leaf.type)):
            raise UnsupportedSyntaxError(
                f"the recursion of `{name}`, which ends by a number, hands on a {leaf.type}.",
                why="its parameters and results are numbers, arrays, and containers of a known structure.",
                write="an array, or a container of a fixed length",
            )


def refuse_changes(name: str, memory: Memory, mark: Mark, older: set[int], inner: Builder) -> None:
    attributes = {id(branch) for branch in memory.assigned()}
    changed = [b for b in memory.changed_since(mark) if id(b) in older | attributes]
    if changed:
        what = "a `nonlocal` name" if changed[0].cls is Cell else f"{describe(changed[0])} in place"
        raise UnsupportedSyntaxError(
            f"the recursion of `{name}`, which ends by a number, changes {what}.",
            why="such a function is called in the run; it hands on its result, and the arrays that it writes.",
            write="the new content as a result, or an array of a known length",
        )
    if acts(inner.block()):
        raise UnsupportedSyntaxError(
            f"the recursion of `{name}`, which ends by a number, has effects (it prints, draws or writes).",
            why="such a function is called by several sweeps, and its effects would happen more than once.",
            write="the effect outside of the recursion, or a `while` loop",
        )


def refuse_shared(name: str, what: Variable | None) -> AliasError:
    shown = f"`{what.name}`" if what is not None and what.name else "an array"
    return AliasError(
        f"the recursion of `{name}`, which ends by a number, writes {shown}, which reaches it in two ways.",
        why="such a function is compiled once, and another argument or name shows the same memory.",
        write=".copy() of one of the two",
    )


def frames_around(frame: Frame) -> list[Frame]:
    found: dict[int, Frame] = {}
    for first in (*frame.program.frames, frame):
        here: Frame | None = first
        while here is not None:
            found[id(here)] = here
            here = here.parent
    return list(found.values())


def refuse_assignments(name: str, scopes: Scopes) -> None:
    for scope, before in scopes:
        for assigned, bound in scope.items():
            if before.get(assigned) is not bound:
                scope.clear()
                scope.update(before)
                raise UnsupportedSyntaxError(
                    f"the recursion of `{name}`, which ends by a number, assigns `{assigned}` outside of itself.",
                    why="such a function is called in the run, and hands on what it computes by its result only.",
                    write="the value as a result",
                )
