"""Which of the containers that a loop carries may be one of the others, or one that stays.

At the start of an iteration a name that the loop binds anew holds a container of its own in the trace.  In the run it
is whatever the name was bound to before the loop or at the end of the iteration before.  Where that can be reached in
another way too, the two are tied: a change of the one spoils the other (`frontend/either.py`).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from adcompiler.frontend.either import Either, is_mutable
from adcompiler.ir.structure import Branch

Path = tuple[int, ...]
#: a container, or (True) the elements of a growing list
Place = tuple[bool, Path]


class Ties:
    """`initial`: the containers that are carried, as they are before the loop; `outside`: what other names lead to."""

    def __init__(self, either: Either, initial: dict[Path, Branch], outside: set[int]) -> None:
        self.either = either
        self.outside = outside
        self._tied: dict[Place, dict[Any, Branch]] = {}
        self.grows(initial)

    def grows(self, ends: dict[Path, Branch]) -> bool:
        """Add what is tied by the containers at the end of an iteration; whether there was something new."""
        before = sum(map(len, self._tied.values()))
        owners: dict[int, dict[Place, None]] = {}
        for path, end in ends.items():
            for place, node in self._nodes(path, end):
                for origin in self.either.origins(node):
                    owners.setdefault(id(origin), {})[place] = None
                    if id(origin) in self.outside:
                        self._tied.setdefault(place, {})[id(origin)] = origin
            for elements in self.either.holding(end):
                self._tied.setdefault((False, path), {})[id(elements)] = elements
        for places in owners.values():
            if len(places) > 1:
                token = self._token(tuple(places))
                for place in places:
                    self._tied.setdefault(place, {}).setdefault(tuple(places), token)
        return sum(map(len, self._tied.values())) > before

    def _nodes(self, path: Path, container: Branch) -> Iterator[tuple[Place, Branch]]:
        yield (False, path), container
        if container.kind == "growing":
            yield (True, path), self.either.element_of(container)

    def _token(self, places: tuple[Place, ...]) -> Branch:
        """One for each set of places that may hold the same container."""
        found = self._tied.get(places[0], {}).get(places)
        return Branch("shared", (), ()) if found is None else found

    def enter(self, carried: dict[Path, Branch]) -> None:
        """Let the containers at the start of an iteration, or behind the loop, be known as tied."""
        for path, branch in carried.items():
            for place, node in self._nodes(path, branch):
                self.either.add(node, self._tied.get(place, {}).values())


def containers_in(path: Path, bound: Any, stop: list[Branch]) -> Iterator[tuple[Path, Branch]]:
    """The containers that can change, each with its place; not those in `stop`, nor what is in them."""
    if not isinstance(bound, Branch) or any(bound is s for s in stop):
        return
    if is_mutable(bound):
        yield path, bound
    for k, child in enumerate(bound.children):
        yield from containers_in((*path, k), child, stop)
