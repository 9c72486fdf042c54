"""`docs/scipy.md`, made like `docs/numpy.md` from the verdicts.

Write it anew with ``python -m tests.scipy_page`` (SciPy must be there).
"""

from __future__ import annotations

from pathlib import Path

from adcompiler.primitives.scipy_reasons import SCIPY_REASONS
from tests import numpy_page

PAGE = Path(__file__).parents[1] / "docs" / "scipy.md"
HEAD = """\
# SciPy

adcompiler does not need SciPy. Where your program imports it (extra `scipy`), these functions are differentiated as
you write them. This page is written by `python -m tests.scipy_page`; a test fails when the installed SciPy has a
function without a verdict.

| verdict | the function |
|---|---|
"""


def arguments() -> list[str]:
    """The arguments in which a differentiable function of scipy.special has no derivative."""
    from adcompiler.primitives.scipy_special.rows import WITHOUT

    lines = ["", "### Arguments without a derivative", "", "| | in its |", "|---|---|"]
    for argument in sorted(set(WITHOUT.values())):
        names = sorted(name for name, found in WITHOUT.items() if found == argument)
        lines.append(f"| {', '.join(f'`{name}`' for name in names)} | {argument} |")
    return lines


ARGUMENTS = """
Asking for a derivative with respect to one of these is an error; numbers that do not depend on what is
differentiated may stand there, also fractions where SciPy takes them.
"""


def page() -> str:
    return numpy_page.page(HEAD, SCIPY_REASONS) + "\n".join(arguments()) + "\n" + ARGUMENTS


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
