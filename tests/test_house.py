"""The rules of the house: where things are, what may import what, how long a file may be."""

from __future__ import annotations

import ast
import graphlib
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from adcompiler.ir.primitive import registry
from adcompiler.primitives import catalogue

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "adcompiler"
FILES = sorted(PACKAGE.rglob("*.py"))
LONGEST = 450
TOP = {"pyproject.toml", "README.md", "adcompiler", "tests", "examples", "docs"}
#: what pip, setuptools and the interpreter leave behind
MADE = {"build", "dist", "adcompiler.egg-info", "__pycache__"}

#: Imports go from a room to rooms of a lower floor, or within the room.
FLOORS = {
    "errors": 0, "options": 0, "runtime": 0,
    "ir": 1,
    "primitives": 2, "analysis": 2,
    "frontend": 3, "transform": 3, "optimize": 3, "backend": 3,
    "pipeline": 4,
    "interface": 5, "arguments": 5, "seeds": 5, "overlap": 5, "at_home": 5, "derivative": 5, "vjp": 5, "api": 5,
    "inspection": 5, "linearize": 5, "calculus": 5, "families": 5,
    "check": 6,
    "__main__": 7,
    "__init__": 8,
}  # fmt: skip
#: rooms of these floors do not import one another either
SEPARATE = {3}


def room(parts: tuple[str, ...]) -> str:
    return parts[0].removesuffix(".py")


def imported(file: Path) -> Iterator[str]:
    """Full names of the package's modules that a file imports."""
    here = ("adcompiler", *file.relative_to(PACKAGE).parent.parts)
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = here[: len(here) - node.level + 1] if node.level else ()
            module = ".".join([*base, *([node.module] if node.module else [])])
            yield from (
                [f"{module}.{alias.name}" for alias in node.names]
                if module == "adcompiler"
                else [module]
            )


def test_every_room_has_a_floor():
    assert {room(f.relative_to(PACKAGE).parts) for f in FILES} <= set(FLOORS)


@pytest.mark.parametrize("file", FILES, ids=lambda f: str(f.relative_to(PACKAGE)))
def test_imports_go_down(file):
    here = room(file.relative_to(PACKAGE).parts)
    for name in imported(file):
        if not name.startswith("adcompiler."):
            continue
        there = name.split(".")[1]
        if there not in FLOORS or there == here:
            continue
        assert FLOORS[there] <= FLOORS[here], f"{here} imports {there}, which is above it"
        if FLOORS[here] in SEPARATE:
            assert FLOORS[there] < FLOORS[here], f"{here} imports {there}, which is beside it"


#: a primitive that is called appends itself to the builder, which knows primitives; the tangent of a custom rule that
#: has only an adjoint is found by the sweeps that apply it
INHERENT = {"ir", "transform"}


@pytest.mark.parametrize(
    "folder", sorted({f.parent for f in FILES if f.parent.name not in INHERENT}), ids=lambda f: f.name
)
def test_no_imports_in_a_circle(folder):
    """Imports inside functions count as well: a circle that is hidden is one all the same."""
    stems = {f.stem for f in folder.glob("*.py")}
    graph: dict[str, set[str]] = {}
    prefix = ".".join(("adcompiler", *folder.relative_to(PACKAGE).parts))
    for file in folder.glob("*.py"):
        inside = (n.removeprefix(f"{prefix}.").split(".")[0] for n in imported(file) if n.startswith(f"{prefix}."))
        graph[file.stem] = {name for name in inside if name in stems and name != file.stem}
    graphlib.TopologicalSorter(graph).prepare()


def test_each_dependency_has_one_door():
    doors = {"gast": "frontend/", "astor": "backend/writer.py", "numba": "backend/"}
    for file in FILES:
        where = file.relative_to(PACKAGE).as_posix()
        for name in imported(file):
            door = doors.get(name.partition(".")[0])
            assert door is None or where.startswith(door), f"{where} imports {name}"


def test_no_file_is_long():
    found = {
        str(f.relative_to(ROOT)): len(f.read_text(encoding="utf-8").splitlines()) for f in FILES
    }
    assert {name: lines for name, lines in found.items() if lines > LONGEST} == {}


def test_no_file_is_a_drawer():
    drawer = re.compile(r"(^|_)(utils?|helpers?|common|misc|stuff)$")
    for file in [*FILES, *(ROOT / "tests").rglob("*.py"), *(ROOT / "examples").rglob("*.py")]:
        assert not drawer.search(file.stem), file


def test_every_file_says_what_it_is():
    for file in FILES:
        if file.name != "__init__.py":
            assert ast.get_docstring(ast.parse(file.read_text(encoding="utf-8"))), file


def test_every_primitive_has_samples():
    assert catalogue.FUNCTIONS
    rows = {name: row for name, row in registry().items() if row.kind not in ("kept", "list")}
    assert [name for name, row in rows.items() if not row.samples] == []


def test_the_top_level_is_small():
    found = {p.name for p in ROOT.iterdir() if not p.name.startswith(".")} - MADE
    assert found == TOP


def test_the_two_commands_stand_in_the_readme():
    lines = (ROOT / "README.md").read_text(encoding="utf-8").splitlines()
    assert [line for line in lines if line.startswith("python3 -m pip install")] == [
        "python3 -m pip install . && python3 -m adcompiler compare examples/ln_sin.py:f 2 5",
        "python3 -m pip install '.[test]' && python3 -m pytest",
    ]
    assert any("-m venv" in line for line in lines)


def test_ci_is_a_program():
    script = ROOT / ".ci" / "run"
    assert script.stat().st_mode & 0o111
    assert subprocess.run(["bash", "-n", str(script)], check=False).returncode == 0


def test_no_file_names_a_machine():
    """Paths of one computer, and names of its user, help no reader."""
    place = re.compile(r"(?<![\w.])/(home|root|Users|work|tmp/[a-z])/|[A-Z]:\\\\Users")
    found = []
    for folder in ("adcompiler", "examples", "docs", "tests", ".ci"):
        for file in (ROOT / folder).rglob("*"):
            if file.is_file() and "__pycache__" not in file.parts and file != Path(__file__):
                text = file.read_text(encoding="utf-8")
                found += [f"{file.name}: {hit.group()}" for hit in place.finditer(text)]
    assert found == []


def test_no_test_is_left_out():
    mark = re.compile(r"mark\.(skip|xfail)|pytest\.(skip|xfail)\(")
    for file in (ROOT / "tests").rglob("*.py"):
        if file != Path(__file__):
            assert not mark.search(file.read_text(encoding="utf-8")), file
