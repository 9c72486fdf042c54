"""Numbers and tables as they are printed; programs in colour."""

import io
import re

import numpy as np
import pytest

from adcompiler.inspection.colour import highlight, wants_colour
from adcompiler.inspection.report import number, text_table, width


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (10.0, "10"), (-0.2836621854632262, "−0.284"), (0.6931471805599453, "0.693"), (0.0, "0"), (-0.0, "−0"),
        (1e-9, "1e−09"), (12345678.9, "1.23e+07"), (3, "3"), (True, "True"), (None, "None"),
        (float("inf"), "inf"), (float("nan"), "nan"), (np.float32(0.5), "0.5"), (np.array(2.0), "2"),
        (np.array([1.0, -2.5]), "[1 −2.5]"), (np.zeros((0, 3)), "empty(0, 3)"), (np.ones((3, 4)), "3×4, all 1"),
        (np.arange(10.0), "10, 0 … 9"), (1 + 2j, "1+2j"), ((1.0, 2.0), "[1, 2]"),
    ],
)
def test_number(value, text):
    assert number(value) == text


def test_columns_align_under_combining_marks():
    lines = text_table([("a", "b", "1"), ("aa", "b", "22")], ("v̇", "x", "v̄")).splitlines()
    assert len({width(line) for line in lines}) == 1


SOURCE = '''import math


def f(x, y=1.0):
    """Two
    lines."""
    # a comment
    text = f"{x!r} and {y}"
    return math.sin(x) if x else text
'''


def test_colours_change_nothing_else():
    coloured = highlight(SOURCE)
    assert re.sub(r"\x1b\[[\d;]*m", "", coloured) == SOURCE
    for line in coloured.splitlines():
        assert line.count("\x1b[0m") * 2 == line.count("\x1b[")


@pytest.mark.parametrize("text", ["", "no (python", "x = 1", "'open"])
def test_any_text_survives(text):
    assert re.sub(r"\x1b\[[\d;]*m", "", highlight(text)) == text


def test_when_to_colour(monkeypatch):
    class Terminal(io.StringIO):
        def isatty(self):
            return True

    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    assert wants_colour("auto", Terminal())
    assert not wants_colour("auto", io.StringIO())
    assert not wants_colour("never", Terminal())
    assert wants_colour("always", io.StringIO())
    monkeypatch.setenv("NO_COLOR", "1")
    assert not wants_colour("auto", Terminal())
