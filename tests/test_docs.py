"""What the pages say is true: their examples run, what they show is what comes out.

(The doctests of the pages are run by pytest's own collection.)
"""

from __future__ import annotations

import importlib.util
import math
import re
from pathlib import Path

import numpy as np
import pytest

import adcompiler as ad
from adcompiler.errors import ADError
from tests import error_page

ROOT = Path(__file__).parents[1]
PAGES = sorted((ROOT / "docs").rglob("*.md"))
LINK = re.compile(r"\]\(([^)#\s]+)(#[^)\s]*)?\)")


def test_the_page_of_errors_is_up_to_date():
    assert error_page.PAGE.read_text(encoding="utf-8") == error_page.page(), (
        "write it anew: python -m tests.error_page"
    )


def examples() -> list[tuple[str, type[ADError], bool, str]]:
    """(name, class, whether it must fail, code) of every block of code in a docstring."""
    found = []
    for cls in error_page.classes():
        lead = ""
        for kind, text in error_page.parts(cls):
            if kind == "text":
                lead = text
            else:
                fails = lead.rpartition("\n\n")[2].startswith("Fails")
                found.append((f"{cls.__name__}-{'fails' if fails else 'works'}", cls, fails, text))
    return found


def test_every_class_shows_code_that_fails():
    failing = {cls for _, cls, fails, _ in examples() if fails}
    assert failing == set(error_page.classes()) - {ADError}


@pytest.mark.parametrize(
    ("cls", "fails", "code"), [e[1:] for e in examples()], ids=[e[0] for e in examples()]
)
def test_failing_code_fails_and_fixed_code_works(cls, fails, code, tmp_path):
    file = tmp_path / "shown.py"
    file.write_text(f"import numpy as np\n\nimport adcompiler as ad\n\n{code}\n", encoding="utf-8")
    spec = importlib.util.spec_from_file_location("shown", file)
    module = importlib.util.module_from_spec(spec)
    if not fails:
        spec.loader.exec_module(module)
        return
    with pytest.raises(ADError) as caught:
        spec.loader.exec_module(module)
    assert type(caught.value) is cls
    text = str(caught.value)
    assert f"{cls.__name__}: " in text
    assert f"More:  docs/errors.md#{cls.__name__.lower()}" in text


@pytest.mark.parametrize("page", [ROOT / "README.md", *PAGES], ids=lambda p: p.name)
def test_links_lead_somewhere(page):
    for target, _ in LINK.findall(page.read_text(encoding="utf-8")):
        if not target.startswith(("http:", "https:", "mailto:")):
            assert (page.parent / target).exists(), f"{page.name} links to {target}"


def test_every_page_is_in_the_index():
    index = ROOT / "docs" / "README.md"
    linked = {
        (index.parent / target).resolve()
        for target, _ in LINK.findall(index.read_text(encoding="utf-8"))
    }
    assert {p.resolve() for p in PAGES} - {index.resolve()} <= linked


def test_readme_shows_what_the_example_prints():
    spec = importlib.util.spec_from_file_location("ln_sin", ROOT / "examples" / "ln_sin.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert module.f.source(2.0, 5.0).strip() in readme
    assert ad.tangent(module.f.primal).source(2.0, 5.0, 1.0, 0.0).strip() in readme
    trace = "\n".join(line.rstrip() for line in str(ad.trace(module.f, 2.0, 5.0)).splitlines())
    assert trace.strip() in readme


def kinks() -> list[tuple[str, str, str]]:
    """The rows (expression, point, derivative) of the table in docs/conventions.md."""
    text = (ROOT / "docs" / "conventions.md").read_text(encoding="utf-8")
    table = text.partition("| expression | at | derivative |\n|---|---|---|\n")[2].partition(
        "\n\n"
    )[0]
    return [tuple(re.findall("`([^`]+)`", line)) for line in table.splitlines()]


@pytest.mark.parametrize("mode", ["forward", "reverse"])
@pytest.mark.parametrize("row", kinks(), ids=lambda row: f"{row[0]} at {row[1]}")
def test_the_table_of_kinks(row, mode, tmp_path):
    expression, at, derivative = row
    space = {"np": np, "math": math}
    point, expected = (eval(f"({text},)", space) for text in (at, derivative))
    file = tmp_path / "kink.py"
    names = ", ".join("xyz"[: len(point)])
    file.write_text(
        "import math\n\nimport numpy as np\n\nimport adcompiler as ad\n\n\n"
        f"def f({names}):\n    return {expression}\n",
        encoding="utf-8",
    )
    spec = importlib.util.spec_from_file_location("kink", file)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    with np.errstate(all="ignore"):
        found = ad.grad(module.f, argnums=tuple(range(len(point))), mode=mode)(*point)
    for value, wanted in zip(found, expected, strict=True):
        np.testing.assert_array_equal(value, wanted)
