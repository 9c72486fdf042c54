"""`docs/numpy.md`, made from the verdicts of `adcompiler/primitives/verdicts.py`.

Write it anew with ``python -m tests.numpy_page``.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from adcompiler.primitives.reasons import DIFFERENTIABLE, INERT, REASONS
from adcompiler.primitives.verdicts import ARRAY, EXCEPTION, KINDS, names, verdict

PAGE = Path(__file__).parents[1] / "docs" / "numpy.md"
HEAD = """\
# NumPy and Python's mathematics

What becomes of each public function in a differentiated program. What has a rule is differentiated as
you write it; what has none raises an error that says what to write instead. This page is written by
`python -m tests.numpy_page`; a test fails when the installed NumPy has a function without a verdict.

| verdict | the function |
|---|---|
"""
TITLES = {ARRAY: "Methods and attributes of arrays"}


def section(module: str) -> list[str]:
    lines = ["", f"## {TITLES.get(module, f'`{module}`')}"]
    found = {name: verdict(module, name) for name in names(module)}
    for kind in KINDS:
        chosen = [n for n, value in found.items() if value.kind == kind]
        if not chosen:
            continue
        lines += ["", f"### {kind.capitalize()}", ""]
        if kind in (DIFFERENTIABLE, INERT):
            lines.append(", ".join(f"`{name}`" for name in chosen))
            continue
        lines += ["| | why | write instead |", "|---|---|---|"]
        for reason in dict.fromkeys(found[name] for name in chosen):
            mine = ", ".join(f"`{name}`" for name in chosen if found[name] == reason)
            shown = "all exceptions" if reason == EXCEPTION else mine
            lines.append(f"| {shown} | {_cell(reason.why)} | {_cell(reason.write)} |")
    return lines


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def page(head: str = HEAD, modules: Iterable[str] = REASONS) -> str:
    lines = [head + "\n".join(f"| {kind} | {meaning} |" for kind, meaning in KINDS.items())]
    for module in modules:
        lines += section(module)
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
