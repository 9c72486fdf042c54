"""Every public callable of the modules of SciPy that have rules has a verdict; nothing needs SciPy."""

from __future__ import annotations

import importlib
import subprocess
import sys
import tomllib
from importlib.metadata import version as installed_version
from pathlib import Path

import pytest

from adcompiler.primitives.catalogue import find
from adcompiler.primitives.extras import EXTRAS, installed
from adcompiler.primitives.reasons import DIFFERENTIABLE, IDENTITIES, INERT, NOT_YET
from adcompiler.primitives.scipy_reasons import SCIPY_REASONS
from adcompiler.primitives.verdicts import KINDS, public, rows, verdict
from tests import scipy_page

ROOT = Path(__file__).parents[1]
#: those whose package can be imported; without SciPy there is nothing to say
MODULES = [extra.module for extra in installed()]


def version(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.split(".")[:2])


def newest() -> tuple[int, ...]:
    """The newest SciPy of which every callable must have a verdict."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    return version(settings["tool"]["adcompiler"]["newest-scipy"])


def test_every_extra_has_reasons():
    assert {extra.module for extra in EXTRAS} == set(SCIPY_REASONS)


@pytest.mark.parametrize("module", MODULES)
def test_everything_public_has_a_verdict(module):
    missing = []
    for name in public(module):
        try:
            assert verdict(module, name).kind in KINDS
        except KeyError:
            missing.append(name)
    if version(installed_version("scipy")) > newest():  # reported, not failed
        print(f"{module} has callables without a verdict: {missing}")
        return
    assert missing == [], "give them a verdict in adcompiler/primitives/scipy_reasons.py"


@pytest.mark.parametrize("module", SCIPY_REASONS)
def test_a_name_has_one_hand_written_verdict(module):
    written = [name for group in SCIPY_REASONS[module] for name in group.names.split()]
    assert len(written) == len(set(written))
    for group in SCIPY_REASONS[module]:
        assert group.kind in KINDS
        assert group.why.endswith(".")
        assert group.write


@pytest.mark.parametrize("module", MODULES)
def test_differentiable_means_a_differentiable_row(module):
    space = vars(importlib.import_module(module))
    for name in public(module):
        found, meaning = verdict(module, name), find(space[name])
        assert (meaning is not None) or found.kind not in (DIFFERENTIABLE, INERT), name
        if meaning is None or found.kind == NOT_YET or name in IDENTITIES:
            continue
        kinds = {row.verdict for row in rows(meaning)}
        if found.kind == DIFFERENTIABLE:
            assert "differentiable" in kinds, name
        elif found.kind == INERT:
            assert "differentiable" not in kinds, name


def test_the_page_is_up_to_date():
    if len(MODULES) < len(EXTRAS):
        return
    assert scipy_page.PAGE.read_text(encoding="utf-8") == scipy_page.page(), (
        "write it anew: python -m tests.scipy_page"
    )


#: imports fail as if SciPy were not installed
_WITHOUT = """
import sys
class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] == "scipy":
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
sys.meta_path.insert(0, Absent())
"""


def run(program: str) -> None:
    subprocess.run([sys.executable, "-c", program], check=True, cwd=ROOT)


def test_nothing_imports_scipy_before_the_program_does():
    run(
        "import sys, numpy as np, adcompiler as ad\n"
        "import adcompiler.primitives.verdicts as verdicts\n"
        "assert ad.grad(np.sin)(0.0) == 1.0\n"
        "assert verdicts.of_object(np.vectorize) is not None\n"
        "assert not [name for name in sys.modules if name.startswith('scipy')]\n"
    )


def test_everything_else_works_without_scipy():
    run(
        f"{_WITHOUT}import numpy as np, adcompiler as ad\n"
        "from adcompiler.primitives.extras import imported\n"
        "from adcompiler.primitives.catalogue import find\n"
        "assert ad.grad(np.log)(2.0) == 0.5\n"
        "assert imported() == [] and find(np.frompyfunc(abs, 1, 1)) is None\n"
    )
