"""What a function that is differentiated writes of its arguments, and what else must not be that memory."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from adcompiler.errors import AliasError
from adcompiler.frontend.bound import Instance
from adcompiler.frontend.memory import Memory
from adcompiler.ir.nodes import Block, Capture, Parameter
from adcompiler.ir.structure import Branch, Structure, accessors, leaves
from adcompiler.ir.types import Array
from adcompiler.ir.values import Variable
from adcompiler.ir.walk import free_variables


def refuse_overlap(
    memory: Memory, parameters: list[Parameter], given: list[Structure], body: Block
) -> None:
    """What the function writes is a copy of the caller's array: nothing else that it reads may be the same memory."""
    pairs = [
        (own, bound)
        for parameter, structure in zip(parameters, given, strict=True)
        for own, bound in zip(leaves(parameter.structure), leaves(structure), strict=True)
        if isinstance(own, Variable) and isinstance(own.type, Array) and isinstance(bound, Variable)
    ]
    written = [(own, bound) for own, bound in pairs if own in memory.versions]
    if not written:
        return
    others = [*pairs, *((v, v) for v in free_variables(body) if isinstance(v.type, Array))]
    memory.written_inside.update(root for _, bound in written for root in memory.roots(bound))
    for own, bound in written:
        for other, read in others:
            if other is not own and not set(memory.roots(bound)).isdisjoint(memory.roots(read)):
                raise AliasError(
                    f"`{own.name}` is written in place, and shares memory with `{other.name}`.",
                    why="the write would be seen through both, and a derivative changes none of its caller's arrays.",
                    write=".copy() of one of them",
                )


class Given:
    """The arguments of the function that is differentiated, with the containers that stand for theirs."""

    def __init__(self, parameters: Sequence[Parameter], own: Sequence[Structure]) -> None:
        self.containers: list[tuple[str, Branch]] = []
        self.leaves: list[tuple[str, Any]] = []
        for parameter, structure in zip(parameters, own, strict=True):
            self._enter(parameter.name, structure)

    def _enter(self, text: str, structure: Structure) -> None:
        if not isinstance(structure, Branch):
            self.leaves.append((text, structure))
            return
        self.containers.append((text, structure))
        for k, child in enumerate(structure.children):
            self._enter(text + accessors((k,), structure)[0], child)

    def written(self, memory: Memory, captures: Sequence[Capture]) -> tuple[str, ...]:
        """What the function writes of them: arrays, containers, attributes; as Python reads them."""
        changed = {id(container) for container in memory.changed()}
        found = [text for text, container in self.containers if id(container) in changed]
        for text, leaf in self.leaves:
            if isinstance(leaf, Instance):
                if id(memory.attributes_of(leaf.value)) in changed:
                    found.append(text)
            elif isinstance(leaf, Variable) and memory.is_written(leaf):
                found.append(text)
        for capture in captures:
            if capture.reference[0] == "argument" and memory.is_written(capture.variable):
                found.append("".join(capture.reference[1:]))
        return tuple(found)
