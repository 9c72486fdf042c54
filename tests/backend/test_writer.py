"""Text from trees: comments, quotes, widths, and the way out where astor cannot print."""

from __future__ import annotations

import ast
import subprocess
import sys

import pytest

from adcompiler.backend.writer import WIDTH, Writer

TREES = [
    "x = (-1.0) ** 2",
    "x = -1.0 ** 2",
    "x = a - (b - c) - -d",
    "x = a[1:, None, ..., ::-1] + b[i,]",
    "x = (a if b else c) if d else (e if f else g)",
    "x = not (a and b or c) == d",
    "x = {'a': (1,), \"b'\": [], **c}",
    "x = f(*a, b=lambda: 0)[0].c",
    "def f(a, /, b=1, *c, d, e=2, **g):\n    'Doc \\\\ string.'\n    return a, b",
    "match x:\n    case 1:\n        y = 2",
    "x = 1e300, 2j, 0.1, 10 ** 20",
]


@pytest.mark.parametrize("text", TREES)
def test_what_is_written_reads_back(text: str) -> None:
    tree = ast.parse(text)
    writer = Writer()
    written = writer.text([writer.comment("before"), *tree.body, writer.comment("behind")])
    assert ast.dump(ast.parse(written)) == ast.dump(tree)
    assert written.startswith("# before\n")
    assert "# behind\n" in written


def test_comments_keep_their_indentation_in_both_printers() -> None:
    tree = ast.parse("if a:\n    b = 1\nelse:\n    c = 2\n")
    for extra in ("", "match x:\n    case 1:\n        y = 2\n"):
        writer = Writer()
        (branch,) = ast.parse(ast.unparse(tree)).body
        assert isinstance(branch, ast.If)
        branch.body.insert(0, writer.comment("first arm"))
        branch.orelse.insert(0, writer.comment("second\n arm"))
        text = writer.text([branch, *ast.parse(extra).body])
        assert "    # first arm\n    b = 1" in text
        assert "    # second arm\n    c = 2" in text


def test_a_line_that_is_too_wide_is_wrapped() -> None:
    names = ", ".join(f"argument_{i}" for i in range(20))
    writer = Writer()
    text = writer.text(ast.parse(f"x = function({names})").body)
    assert writer.wrapped
    assert max(map(len, text.splitlines())) <= WIDTH


def test_the_import_of_astor_warns_nobody() -> None:
    code = "import adcompiler.backend.writer"
    subprocess.run([sys.executable, "-W", "error", "-c", code], check=True)
