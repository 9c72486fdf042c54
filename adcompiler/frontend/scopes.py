"""What a function defined inside the program sees of the names around it, kept for later.

A custom rule may call such a function where the derivative is needed: in another block, among copies of the variables.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from adcompiler.frontend.bound import Bound, BoundMethod, Closure, Differentiated
from adcompiler.frontend.frame import Frame
from adcompiler.ir.structure import leaves, transform
from adcompiler.ir.values import Atom, Variable


def variables_seen(bound: Bound) -> list[Variable]:
    """The variables that the functions among the leaves may read, each once."""
    found: dict[Variable, None] = {}
    seen: set[int] = set()

    def visit(value: Bound) -> None:
        for leaf in leaves(value):
            if isinstance(leaf, Variable):
                found[leaf] = None
            elif id(leaf) not in seen:
                seen.add(id(leaf))
                for part in _parts(leaf):
                    visit(part)

    for leaf in leaves(bound):
        for part in _parts(leaf):
            visit(part)
    return list(found)


def _parts(leaf: Any) -> Iterator[Bound]:
    if isinstance(leaf, Closure):
        yield from _visible(leaf).values()
        yield from (value for _, value in leaf.defaults)
    elif isinstance(leaf, BoundMethod):
        yield from (leaf.function, *leaf.args, *leaf.kwargs.values())
    elif isinstance(leaf, Differentiated):
        yield from (leaf.function, *leaf.extra)


def _visible(closure: Closure) -> dict[str, Bound]:
    """The names that the function reads, as far as functions around it bind them."""
    found: dict[str, Bound] = {}
    for name in set(_names(closure.node)):
        frame: Frame | None = closure.frame
        while frame is not None:
            if name in frame.scope:
                found[name] = frame.scope[name]
                break
            frame = frame.parent if frame.function is None else None
    return found


def _names(node: Any) -> Iterator[str]:
    if type(node).__name__ == "Name":
        yield node.id
    for field in getattr(node, "_fields", ()):
        child = getattr(node, field)
        for item in child if isinstance(child, list) else [child]:
            if hasattr(item, "_fields"):
                yield from _names(item)


def seeing(bound: Bound, atoms: Mapping[Variable, Atom]) -> Bound:
    """The same functions, which see other atoms in the places of these variables."""
    made: dict[int, Bound] = {}

    def change(leaf: Any) -> Bound:
        if isinstance(leaf, Variable):
            return atoms.get(leaf, leaf)
        return rebound(leaf)

    def rebound(leaf: Any) -> Bound:
        if id(leaf) in made:
            return made[id(leaf)]
        if isinstance(leaf, Closure):
            scope: dict[str, Bound] = {}
            home = leaf.frame.home
            frame = replace(
                leaf.frame, scope=scope, parent=None, function=home, local_names=frozenset()
            )
            made[id(leaf)] = replace(leaf, frame=frame)
            scope.update((name, transform(change, b)) for name, b in _visible(leaf).items())
            defaults = tuple((name, transform(change, b)) for name, b in leaf.defaults)
            object.__setattr__(made[id(leaf)], "defaults", defaults)
        elif isinstance(leaf, BoundMethod):
            kwargs = {key: transform(change, b) for key, b in leaf.kwargs.items()}
            args = tuple(transform(change, b) for b in leaf.args)
            made[id(leaf)] = replace(leaf, function=change(leaf.function), args=args, kwargs=kwargs)
        elif isinstance(leaf, Differentiated):
            extra = tuple(transform(change, b) for b in leaf.extra)
            made[id(leaf)] = replace(leaf, function=change(leaf.function), extra=extra)
        return made.get(id(leaf), leaf)

    return transform(lambda leaf: leaf if isinstance(leaf, Atom) else rebound(leaf), bound)
