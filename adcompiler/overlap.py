"""What the function writes must be no other thing that it reads.

The derivative writes into copies: of an array among the arguments, of a list, of the attributes of an object.  Where
the same one is also another argument, a global or a closure variable, Python would see the write there as well.
"""

from __future__ import annotations

import inspect
import re
import types
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from adcompiler.errors import AliasError
from adcompiler.ir.known import ObjectLeaf
from adcompiler.ir.structure import Branch, Structure, accessors
from adcompiler.ir.types import Array

if TYPE_CHECKING:
    from adcompiler.frontend.capture import Dependency

#: where something is read: what stands outside (None for an argument), and the text behind it
Place = tuple[tuple[Any, ...] | None, str]
#: whether memory or identity is compared, what is written, what else is read
Pair = tuple[bool, Place, Place]


def apart(
    arguments: Mapping[str, Structure],
    written: Sequence[str],
    outside: Sequence[Dependency] = (),
) -> list[Pair]:
    """Pairs of places, the first one written, that must not be the same.

    >>> row = Array(np.dtype(float), ())
    >>> apart({"u": row, "v": row, "k": 2}, ("u",))
    [(True, (None, 'u'), (None, 'v'))]
    """
    if not written:
        return []
    places: dict[str, tuple[Place, bool]] = {}
    for name, structure in arguments.items():
        for text, node in _nodes(name, structure):
            if _is_mutable(node):
                places[text] = (None, text), isinstance(node, Array)
    for dependency in outside:
        for steps, node in _nodes("", dependency.expected):
            if _is_mutable(node):
                kind, *rest = dependency.key
                text = (".".join(rest) if kind == "argument" else dependency.name) + steps
                places.setdefault(text, ((dependency.key, steps), isinstance(node, Array)))
    pairs: list[Pair] = []
    for a in written:
        if a not in places:
            continue
        place, is_array = places[a]
        for other, same_kind in places.values():
            if same_kind == is_array and other != place:
                pairs.append((is_array, place, other))
    return [(m, a, b) for k, (m, a, b) in enumerate(pairs) if (m, b, a) not in pairs[:k]]


def defaults_apart(function: Any, written: Sequence[str]) -> list[Pair]:
    """A default that is written would be another one in the next call: the argument must not be it."""
    if not isinstance(function, types.FunctionType):
        return []
    roots = dict.fromkeys(re.split(r"[.\[]", text, maxsplit=1)[0] for text in written)
    parameters = inspect.signature(function, follow_wrapped=False).parameters
    return [
        (False, (None, root), (("default", function, root), ""))
        for root in roots
        if root in parameters and parameters[root].default is not inspect.Parameter.empty
    ]


def check_apart(
    pairs: Sequence[Pair], values: Mapping[str, Any], outside: Sequence[Dependency] = ()
) -> None:
    """Raise AliasError where two of these places are the same memory, or the same container."""

    def read(place: Place) -> tuple[str, Any]:
        key, steps = place
        if key is None:
            return f"`{steps}`", eval(steps, {}, dict(values))
        if key[0] == "default":
            _, function, name = key
            defaults = inspect.signature(function, follow_wrapped=False).parameters
            return f"the default of `{name}`", defaults[name].default
        dependency = next(d for d in outside if d.key is key)
        name = ".".join(key[1:]) if key[0] == "argument" else dependency.name
        return f"`{name}{steps}`", eval(f"_{steps}", {"_": dependency.read(values)})

    for is_array, first, second in pairs:
        (a, x), (b, y) = read(first), read(second)
        if np.may_share_memory(x, y) if is_array else x is y:
            raise AliasError(
                f"{a} is written in place, and shares memory with {b}."
                if is_array
                else f"{a} is changed, and is the same object as {b}.",
                why="the write would be seen through both, and a derivative changes none of its caller's arrays.",
                write=f"a copy in the call: {a.strip('`')}.copy()"
                if is_array
                else "a copy in the call",
            )


def _is_mutable(node: Any) -> bool:
    if isinstance(node, Branch):
        return node.kind in ("list", "dict", "dataclass")
    return isinstance(node, (Array, ObjectLeaf))


def _nodes(name: str, structure: Structure) -> Iterator[tuple[str, Any]]:
    """A structure and everything in it, each with how it is read."""
    yield name, structure
    if isinstance(structure, Branch):
        for k, child in enumerate(structure.children):
            yield from _nodes(name + accessors((k,), structure)[0], child)


__all__ = ["Pair", "Place", "apart", "check_apart", "defaults_apart"]
