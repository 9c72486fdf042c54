"""An argument that the function writes must share no memory with another one.

The derivative writes into a copy; through the other argument Python would see the write, and the copy would not.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from adcompiler.errors import AliasError
from adcompiler.ir.structure import Branch, Structure, accessors, from_value, leaves, paths
from adcompiler.ir.types import Array


def apart(arguments: Mapping[str, Structure], written: tuple[str, ...]) -> list[tuple[str, str]]:
    """Pairs of expressions of arrays, the first one written, that must share no memory.

    >>> row = Array(np.dtype(float), ())
    >>> apart({"u": row, "v": row, "k": 2}, ("u",))
    [('u', 'v')]
    """
    if not written:
        return []
    arrays = [
        text
        for name, s in arguments.items()
        for leaf, text in _read(name, s)
        if isinstance(leaf, Array)
    ]
    pairs = [(a, b) for a in written for b in arrays if a != b and a in arrays]
    return [(a, b) for k, (a, b) in enumerate(pairs) if (b, a) not in pairs[:k]]


def check_apart(pairs: list[tuple[str, str]], values: Mapping[str, Any]) -> None:
    """Raise AliasError where two of these arguments overlap."""
    found = {text: leaf for name, v in values.items() for leaf, text in _read(name, from_value(v))}
    for a, b in pairs:
        if np.may_share_memory(found[a], found[b]):
            raise AliasError(
                f"`{a}` is written in place, and shares memory with `{b}`.",
                why="the write would be seen through both, and a derivative changes none of its caller's arrays.",
                write=f"{b}.copy() in the call",
            )


def _read(name: str, structure: Structure) -> Iterator[tuple[Any, str]]:
    """The leaves of an argument, and how they are read."""
    if not isinstance(structure, Branch):
        yield structure, name
        return
    for leaf, path in zip(leaves(structure), paths(structure), strict=True):
        yield leaf, name + "".join(accessors(path, structure))


__all__ = ["apart", "check_apart"]
