"""Containers of which only the run knows whether they are one and the same.

``d = a if c else b`` binds `d` to the list `a` or to the list `b`.  In the trace it is a third one, of chosen
elements, which is right as long as none of them changes.  Once one does, what the others hold is only known in the run,
and they are *spoiled*: reading them is refused, not guessed.  The same holds for what a loop hands from one iteration
to the next, and for the elements of a list that grows.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from adcompiler.frontend.bound import Undefined
from adcompiler.ir.structure import Branch

#: the content of a container that another one, changed since, may be
SPOILED = (
    ("unknown",),
    (
        Undefined(
            "it may be another container that was changed since: a branch or a loop decides which one it is",
            "the change inside the branch, or a copy where it is chosen: list(…), dict(…), copy.copy(…)",
        ),
    ),
)
_FIXED = ("tuple", "namedtuple", "slice", "range", "shared", "optional")


def is_mutable(bound: object) -> bool:
    return isinstance(bound, Branch) and bound.kind not in _FIXED


def is_spoiled(branch: Branch) -> bool:
    return (branch.keys, branch.children) == SPOILED


def _containers(bound: object) -> Iterator[Branch]:
    """The containers that can change, in a value or as the value itself."""
    if isinstance(bound, Branch):
        if is_mutable(bound):
            yield bound
        for child in bound.children:
            yield from _containers(child)


def _inside(bound: Branch) -> list[Branch]:
    return [container for child in bound.children for container in _containers(child)]


class Either:
    """The relation: what each chosen container may be."""

    def __init__(self) -> None:
        self._origins: dict[int, list[Branch]] = {}
        self._chosen: dict[int, list[Branch]] = {}
        self._elements: dict[int, Branch] = {}
        self._holders: dict[int, Branch] = {}
        self._kept: list[Branch] = []  # an id stands for one container as long as it lives

    def add(self, chosen: Branch, origins: Iterable[Branch]) -> None:
        """`chosen` may be any of `origins`."""
        for origin in origins:
            known = self._origins.setdefault(id(chosen), [])
            if origin is not chosen and not any(origin is k for k in known):
                known.append(origin)
                self._chosen.setdefault(id(origin), []).append(chosen)
                self._kept += [chosen, origin]

    def hold(self, holder: Branch, elements: Iterable[object]) -> None:
        """A growing list gets these elements: what it holds are copies of their structure."""
        for element in elements:
            for container in _containers(element):
                self.add(self.element_of(holder), [container])

    def take(self, holder: Branch, element: object) -> None:
        """`element` was read from a growing list."""
        for container in _containers(element):
            self.add(container, [self.element_of(holder)])

    def hold_those_of(self, holder: Branch, other: Branch) -> None:
        """A growing list gets elements of another one."""
        self.add(self.element_of(holder), [self.element_of(other)])

    def holding(self, container: Branch) -> Iterator[Branch]:
        """What stands for the elements of the growing lists that may hold a container."""
        for found in self._closure([container], self._chosen):
            if id(found) in self._holders:
                yield found

    def rearrange(self, elements: Iterable[object], among: Iterable[object]) -> None:
        """Each of the elements may be any of those."""
        origins = [container for one in among for container in _containers(one)]
        for element in elements:
            for container in _containers(element):
                self.add(container, origins)

    def element_of(self, holder: Branch) -> Branch:
        """What stands for any element of a growing list."""
        if id(holder) not in self._elements:
            token = self._elements[id(holder)] = Branch("shared", (), ())
            self._holders[id(token)] = holder
            self._kept += [holder, token]
        return self._elements[id(holder)]

    def is_related(self, branch: Branch) -> bool:
        return id(branch) in self._origins or id(branch) in self._chosen

    def origins(self, branch: Branch) -> list[Branch]:
        """Everything that a container may be, itself among it."""
        return list(self._closure([branch], self._origins))

    def others(self, branch: Branch) -> Iterator[Branch]:
        """The containers that a change of this one may change, each once."""
        if not self.is_related(branch):
            return
        seen = {id(branch)}
        for found in self._closure(self.origins(branch), self._chosen):
            other = self._holders.get(id(found), found)
            if id(other) not in seen and is_mutable(other):
                seen.add(id(other))
                yield other

    def _closure(self, start: list[Branch], along: dict[int, list[Branch]]) -> Iterator[Branch]:
        work, seen = list(start), set()
        while work:
            found = work.pop()
            if id(found) not in seen:
                seen.add(id(found))
                work += along.get(id(found), ())
                holder = self._holders.get(id(found))
                for other in along.get(
                    id(holder), ()
                ):  # a list that may be another one has its elements
                    work += [self.element_of(other)] if other.kind == "growing" else _inside(other)
                yield found
