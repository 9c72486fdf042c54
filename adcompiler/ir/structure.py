"""Nested containers with a static shape: how arguments and results are built from their leaves.

A structure is a leaf (anything that is no `Branch`) or a `Branch` of structures.

>>> from types import SimpleNamespace
>>> pair = Branch("tuple", (0, 1), ("a", Branch("dict", ("w",), ("b",))))
>>> leaves(pair)
['a', 'b']
>>> transform(str.upper, pair).children[0]
'A'
>>> [accessors(path, pair) for path in paths(pair)]
[('[0]',), ('[1]', "['w']")]
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

Structure = Any
Path = tuple[int, ...]


@dataclass(frozen=True)
class Branch:
    """One container: its kind, its class (for the two kinds that have one), keys and children."""

    kind: str  # tuple, list, dict, namedtuple, dataclass
    keys: tuple[Any, ...]
    children: tuple[Structure, ...]
    cls: type | None = None

    def child(self, key: object) -> Structure:
        return self.children[self.keys.index(key)]

    def rebuilt(self, children: tuple[Structure, ...]) -> Branch:
        return Branch(self.kind, self.keys, children, self.cls)

    @property
    def form(self) -> tuple[Any, ...]:
        """What two containers of the same structure share."""
        return self.kind, self.keys, self.cls


def sequence(kind: str, children: tuple[Structure, ...]) -> Branch:
    return Branch(kind, tuple(range(len(children))), children)


def iterate(structure: Structure) -> Iterator[Any]:
    if isinstance(structure, Branch):
        for child in structure.children:
            yield from iterate(child)
    else:
        yield structure


def leaves(structure: Structure) -> list[Any]:
    return list(iterate(structure))


def transform(change: Callable[[Any], Any], structure: Structure) -> Structure:
    """The same containers around changed leaves."""
    if isinstance(structure, Branch):
        return structure.rebuilt(tuple(transform(change, child) for child in structure.children))
    return change(structure)


def refill(structure: Structure, values: list[Any]) -> Structure:
    """The same containers around `values`, taken in the order of `leaves`."""
    remaining = iter(values)
    return transform(lambda _: next(remaining), structure)


def paths(structure: Structure) -> list[Path]:
    if isinstance(structure, Branch):
        return [(i, *rest) for i, child in enumerate(structure.children) for rest in paths(child)]
    return [()]


def accessors(path: Path, structure: Structure) -> tuple[str, ...]:
    """How Python reads the leaf at `path`: ``[0]``, ``['w']`` or ``.weight``, outermost first."""
    parts = []
    for position in path:
        key = structure.keys[position]
        attribute = structure.kind in ("namedtuple", "dataclass")
        parts.append(f".{key}" if attribute else f"[{key!r}]")
        structure = structure.children[position]
    return tuple(parts)


def open_container(value: object) -> Branch | None:
    """The branch of one container (children are the plain values), or None for a leaf."""
    kind = type(value)
    if kind is tuple or kind is list:
        return sequence(kind.__name__, tuple(value))  # type: ignore[arg-type]
    if kind is dict:
        assert isinstance(value, dict)
        return Branch("dict", tuple(value), tuple(value.values()))
    if isinstance(value, tuple) and hasattr(kind, "_fields"):
        return Branch("namedtuple", tuple(kind._fields), tuple(value), kind)
    if dataclasses.is_dataclass(kind):
        names = tuple(field.name for field in dataclasses.fields(kind) if field.init)
        return Branch("dataclass", names, tuple(getattr(value, name) for name in names), kind)
    return None


def from_value(value: object) -> Structure:
    """Open a value all the way down."""
    branch = open_container(value)
    if branch is None:
        return value
    return branch.rebuilt(tuple(from_value(child) for child in branch.children))


def to_value(structure: Structure) -> Any:
    """Build the container that a structure describes (leaves are the plain values)."""
    if not isinstance(structure, Branch):
        return structure
    children = [to_value(child) for child in structure.children]
    if structure.kind == "list":
        return children
    if structure.kind == "dict":
        return dict(zip(structure.keys, children, strict=True))
    if structure.cls is None:
        return tuple(children)
    return structure.cls(**dict(zip(structure.keys, children, strict=True)))
