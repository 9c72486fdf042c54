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


def page() -> str:
    return numpy_page.page(HEAD, SCIPY_REASONS)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
