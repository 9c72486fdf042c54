"""The accepted Python, as one table: construct, and where refused why and what to write instead.

What is refused whatever it touches is reported at once, every place; the rest is found while
lowering.  ``docs/supported-python.md`` is `as_markdown()`.

>>> import gast
>>> from adcompiler.errors import UnsupportedSyntaxError
>>> [row.title for row in TABLE if "While" in row.constructs]
['`while` loop']
>>> def total(xs):
...     return sum({x for x in xs})
>>> from adcompiler.frontend.source import find_source
>>> source = find_source(total)
>>> try:
...     check(source.tree, source)
... except UnsupportedSyntaxError as error:
...     print(error.fact, "Write:", error.write)
a set comprehension is not supported. Write: a tuple or a list
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import gast

from adcompiler.errors import UnsupportedSyntaxError
from adcompiler.frontend.constructs import ACCEPTED, PART, TABLE, Row
from adcompiler.frontend.source import FunctionSource

__all__ = ["ACCEPTED", "PART", "TABLE", "Row", "as_markdown", "check", "row_of"]

_ROWS = {construct: row for row in TABLE for construct in row.constructs}
_MISSING = Row(
    (), "this construct", why="adcompiler does not know it.", write="see docs/supported-python.md"
)


def row_of(node: gast.AST) -> Row:
    """The row of a node; writing to an element or an attribute has a row of its own."""
    name = type(node).__name__
    context = getattr(node, "ctx", None)
    if context is not None:
        found = _ROWS.get(f"{name}{type(context).__name__}")
        if found is not None:
            return found
    return _ROWS.get(name, _MISSING)


def check(tree: gast.AST, source: FunctionSource) -> None:
    """Refuse the function if it uses what is not accepted; the error shows all places."""
    errors = []
    for node, statement in _nodes(tree):
        row = row_of(node)
        if row.status in (ACCEPTED, PART):
            continue
        errors.append(
            UnsupportedSyntaxError(
                f"{row.subject} is not supported{' yet' if row.planned else ''}.",
                why=row.why,
                write=row.write,
                origin=source.origin_of(node, statement),
            )
        )
    if errors:
        first, *rest = errors
        first.also = tuple(rest)
        raise first


def _nodes(tree: gast.AST) -> Iterator[tuple[gast.AST, gast.AST]]:
    """The nodes that run when the function is called, each with its statement.

    Decorators, annotations and defaults of the function itself ran when it was defined;
    annotations of local variables never run.
    """
    body: Any = tree.body
    stack = [(child, child) for child in reversed(body if isinstance(body, list) else [body])]
    while stack:
        node, statement = stack.pop()
        yield node, statement
        for name in node._fields:
            if name in ("annotation", "returns", "type_comment"):
                continue
            child = getattr(node, name, None)
            for inner in reversed(child) if isinstance(child, list) else (child,):
                if isinstance(inner, gast.AST):
                    stack.append((inner, inner if isinstance(inner, gast.stmt) else statement))


def as_markdown() -> str:
    """The page of the documentation."""
    lines = [
        "# The Python that adcompiler accepts",
        "",
        "Written by `python -m adcompiler.frontend.fence`; the table is `frontend/constructs.py`.",
        "What is refused raises an error that shows every place, the reason and a way out; a",
        "statement that is not understood is never skipped.",
        "",
        "## Accepted",
        "",
        "| construct | example | remark |",
        "|---|---|---|",
    ]
    for row in TABLE:
        if row.status == ACCEPTED:
            lines.append(f"| {row.title} | {_code(row.example)} | {_cell(row.why)} |")
    for heading, planned in (("Not supported yet", True), ("Not supported", False)):
        lines += ["", f"## {heading}", "", "| construct | why | write instead |", "|---|---|---|"]
        for row in TABLE:
            if row.status not in (ACCEPTED, PART) and row.planned is planned:
                lines.append(f"| {row.title} | {_cell(row.why)} | {_cell(row.write)} |")
    return "\n".join(lines) + "\n"


def _code(text: str) -> str:
    return f"`{_cell(text)}`" if text else ""


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


if __name__ == "__main__":
    print(as_markdown(), end="")
