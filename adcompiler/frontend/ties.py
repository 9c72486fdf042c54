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


class Ties:
    """`initial`: the containers that are carried, as they are before the loop; `outside`: what other names lead to."""

    def __init__(self, either: Either, initial: dict[Path, Branch], outside: set[int]) -> None:
        self.either = either
        self.outside = outside
        self._tied: dict[Path, dict[Any, Branch]] = {}
        self.grows(initial)

    def grows(self, ends: dict[Path, Branch]) -> bool:
        """Add what is tied by the containers at the end of an iteration; whether there was something new."""
        before = sum(map(len, self._tied.values()))
        owners: dict[int, dict[Path, None]] = {}
        for path, end in ends.items():
            for origin in self.either.origins(end):
                owners.setdefault(id(origin), {})[path] = None
                if id(origin) in self.outside:
                    self._tied.setdefault(path, {})[id(origin)] = origin
        for paths in owners.values():
            if len(paths) > 1:
                token = self._token(tuple(paths))
                for path in paths:
                    self._tied.setdefault(path, {}).setdefault(tuple(paths), token)
        return sum(map(len, self._tied.values())) > before

    def _token(self, paths: tuple[Path, ...]) -> Branch:
        """One for each set of places that may hold the same container."""
        found = self._tied.get(paths[0], {}).get(paths)
        return Branch("shared", (), ()) if found is None else found

    def enter(self, carried: dict[Path, Branch]) -> None:
        """Let the containers at the start of an iteration, or behind the loop, be known as tied."""
        for path, branch in carried.items():
            self.either.add(branch, self._tied.get(path, {}).values())


def containers_in(path: Path, bound: Any, stop: list[Branch]) -> Iterator[tuple[Path, Branch]]:
    """The containers that can change, each with its place; not those in `stop`, nor what is in them."""
    if not isinstance(bound, Branch) or any(bound is s for s in stop):
        return
    if is_mutable(bound):
        yield path, bound
    for k, child in enumerate(bound.children):
        yield from containers_in((*path, k), child, stop)
