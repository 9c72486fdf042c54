"""`docs/errors.md`, made from the docstrings of `adcompiler/errors.py`.

Write it anew with ``python -m tests.error_page``.
"""

from __future__ import annotations

import inspect
import textwrap
from collections.abc import Iterator
from pathlib import Path

from adcompiler import errors
from adcompiler.errors import ADError

PAGE = Path(__file__).parents[1] / "docs" / "errors.md"
HEAD = """\
# Errors

Every error names the file and the line, shows the expression, says what is the fact and why, and
what to write instead. All classes are in `adcompiler.errors` and in `adcompiler` itself, and derive
from `ADError` and from the nearest builtin exception, so `except TypeError` catches an
`ArgumentError` too. Where several places of a function are refused, one error shows them all.

This page is written by `python -m tests.error_page` from the docstrings of the classes; the tests
run every example. In all of them

```python
import numpy as np
import adcompiler as ad
```
"""


def classes() -> list[type[ADError]]:
    """In the order of the file, the base class first."""
    found = [c for c in vars(errors).values() if isinstance(c, type) and issubclass(c, ADError)]
    return sorted(found, key=lambda c: inspect.getsourcelines(c)[1])


def parts(cls: type[ADError]) -> Iterator[tuple[str, str]]:
    """The docstring as pieces in order: ("text", …) and ("code", …)."""
    lines = inspect.cleandoc(cls.__doc__ or "").splitlines()
    text: list[str] = []
    while lines:
        line = lines.pop(0)
        text.append(line[:-1] if line.endswith("::") else line)
        if line.endswith("::"):
            code: list[str] = []
            while lines and (not lines[0] or lines[0].startswith("    ")):
                code.append(lines.pop(0))
            yield "text", "\n".join(text).strip()
            yield "code", textwrap.dedent("\n".join(code)).strip()
            text = []
    if text:
        yield "text", "\n".join(text).strip()


def builtin_of(cls: type[ADError]) -> str:
    return next(base.__name__ for base in cls.__mro__ if base.__module__ == "builtins")


def section(cls: type[ADError]) -> str:
    pieces = [f"## {cls.__name__}", f"Also a `{builtin_of(cls)}`."]
    for kind, text in parts(cls):
        pieces.append(f"```python\n{text}\n```" if kind == "code" else text.replace("``", "`"))
    return "\n\n".join(pieces) + "\n"


def page() -> str:
    return "\n".join([HEAD, *map(section, classes())])


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
