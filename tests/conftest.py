"""Options and fixtures that tests share."""

from __future__ import annotations

import importlib.util
import itertools
import os
import re
import sys
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import pytest

from adcompiler.primitives.extras import EXTRAS, installed

#: set to n, every n-th test of the large families runs: enough to tell whether another Python differs
SAMPLE = "ADCOMPILER_TEST_SAMPLE"
FAMILIES = ("tests/test_every_program.py", "tests/test_random", "tests/primitives/", "tests/backend/")

_numbers = itertools.count()
GOLDEN = Path(__file__).parent / "golden"
ROOT = Path(__file__).parents[1]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update-golden", action="store_true", help="write the golden files anew instead of comparing"
    )


def pytest_configure(config: pytest.Config) -> None:
    """The rooms of a package that is not installed cannot be imported, nor their doctests run."""
    for extra in EXTRAS:
        if extra not in installed():
            folder = ROOT / extra.rooms.replace(".", "/")
            tests = f"*test_{extra.module.replace('.', '_')}.py"
            programs = f"*/programs/{extra.package}_*.py"
            ignored = config.option.ignore_glob or []
            config.option.ignore_glob = [*ignored, f"{folder}*", tests, programs]


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Take a part of the large families, and perhaps of the others, where the environment asks for one.

    ``4`` is one of four parts of the large families, ``4:1`` the next one, ``4:2,3`` the other two; ``4:1/2:0`` takes
    half of the other tests besides.
    """
    large, _, others = os.environ.get(SAMPLE, "1").partition("/")

    def chosen(item: pytest.Item) -> bool:
        share, _, parts = (large if item.nodeid.startswith(FAMILIES) else others or "1").partition(":")
        wanted = set(map(int, parts.split(","))) if parts else {0}
        return zlib.crc32(item.nodeid.encode()) % int(share) in wanted

    left_out = [item for item in items if not chosen(item)]
    items[:] = [item for item in items if chosen(item)]
    config.hook.pytest_deselected(items=left_out)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """How many comparisons the rules of the primitives have passed."""
    checks = sys.modules.get("tests.primitives.rule_checks")
    if checks is not None and checks.CHECKS:
        parts = ", ".join(f"{kind} {number}" for kind, number in sorted(checks.CHECKS.items()))
        total = sum(checks.CHECKS.values())
        terminalreporter.write_line(f"rules of primitives: {total} checks ({parts})")


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[[str, str], None]:
    """Compare a text with the file of that name under ``tests/golden``, or write it with --update-golden."""

    def compare(name: str, text: str) -> None:
        path = GOLDEN / name
        text = text.rstrip() + "\n"
        if request.config.getoption("--update-golden"):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
            return
        assert path.exists(), f"{path} is missing: run pytest with --update-golden and read it"
        assert text == path.read_text()

    return compare


@pytest.fixture
def module(tmp_path: Path) -> Iterator[Callable[[str], ModuleType]]:
    """Write a text to a file of its own and import it."""
    made: list[str] = []

    def write(text: str) -> ModuleType:
        name = f"written_{next(_numbers)}"
        path = tmp_path / f"{name}.py"
        path.write_text(text)
        specification = importlib.util.spec_from_file_location(name, path)
        assert specification is not None
        assert specification.loader is not None
        found = importlib.util.module_from_spec(specification)
        sys.modules[name] = found
        made.append(name)
        specification.loader.exec_module(found)
        return found

    yield write
    for name in made:
        del sys.modules[name]


@pytest.fixture
def without_paths() -> Callable[[str], str]:
    """Texts without what differs between machines and runs."""

    def clean(text: str) -> str:
        text = re.sub(r"written_\d+", "program", text)
        return re.sub(r"0x[0-9a-f]+", "0x…", text)

    return clean
