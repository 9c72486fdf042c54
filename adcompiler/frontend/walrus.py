"""Names that `:=` binds inside a comprehension: they belong to the function around it (PEP 572)."""

from __future__ import annotations

from typing import Any


def walrus_names(node: Any) -> set[str]:
    """The targets of all assignment expressions in a tree, but those that live in cells (`cells.py`)."""
    found: set[str] = set()
    work = [node]
    while work:
        inner = work.pop()
        if type(inner).__name__ == "NamedExpr" and hasattr(inner.target, "id"):
            found.add(inner.target.id)
        for name in getattr(inner, "_fields", ()):
            child = getattr(inner, name)
            work += [
                c for c in (child if isinstance(child, list) else [child]) if hasattr(c, "_fields")
            ]
    return found
