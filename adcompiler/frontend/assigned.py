"""Which names a piece of a program binds, and of which it writes elements, by its text alone."""

from __future__ import annotations

from typing import Any

from adcompiler.frontend.walrus import walrus_names


def assigned_names(statements: list[Any]) -> set[str]:
    """Names that statements bind."""
    found: set[str] = set()

    def visit(node: Any) -> None:
        kind = type(node).__name__
        if kind == "Name" and type(node.ctx).__name__ == "Store":
            found.add(node.id)
        if kind == "FunctionDef":
            found.add(node.name)
            return
        if kind in ("Import", "ImportFrom"):
            found.update((alias.asname or alias.name).split(".")[0] for alias in node.names)
        if kind in ("Lambda", "ListComp", "GeneratorExp", "DictComp", "SetComp"):
            if kind != "Lambda":  # their names are their own, but for those of `:=`
                found.update(walrus_names(node))
            return
        for field in getattr(node, "_fields", ()):
            child = getattr(node, field)
            for item in child if isinstance(child, list) else [child]:
                if hasattr(item, "_fields"):
                    visit(item)

    for statement in statements:
        visit(statement)
    return found


def in_place_names(statements: list[Any]) -> list[str]:
    """Names that a body binds by ``x += …`` only: an array stays the array it was."""
    augmented: dict[str, None] = {}
    bound: set[str] = set()

    def visit(node: Any) -> None:
        kind = type(node).__name__
        if kind == "AugAssign" and type(node.target).__name__ == "Name":
            augmented[node.target.id] = None
            return
        if kind == "Name" and type(node.ctx).__name__ == "Store":
            bound.add(node.id)
        for child in _children(node):
            visit(child)

    for statement in statements:
        visit(statement)
    return [name for name in augmented if name not in bound]


def written_names(statements: list[Any]) -> list[str]:
    """Names of which a body writes elements: ``x[i] = …``, ``x[i][j] += …``."""
    found: dict[str, None] = {}

    def visit(node: Any) -> None:
        if type(node).__name__ == "Subscript" and type(node.ctx).__name__ == "Store":
            owner = node.value
            while type(owner).__name__ == "Subscript":
                owner = owner.value
            if type(owner).__name__ == "Name":
                found[owner.id] = None
        for child in _children(node):
            visit(child)

    for statement in statements:
        visit(statement)
    return list(found)


def _children(node: Any) -> list[Any]:
    children = [getattr(node, field) for field in getattr(node, "_fields", ())]
    flat = [item for child in children for item in (child if isinstance(child, list) else [child])]
    return [item for item in flat if hasattr(item, "_fields")]
