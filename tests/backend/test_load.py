"""Generated functions can be shown, stepped through and traced back."""

from __future__ import annotations

import inspect
import linecache
import traceback

import pytest

from adcompiler.backend.imports import Import
from adcompiler.backend.load import forget, load, refresh
from adcompiler.backend.program import Program

TEXT = """\
import math

from somewhere import SCALE


def scaled(x):
    # a comment
    return SCALE * math.log(x)
"""
IMPORTS = (Import("module", "math", "", "math"), Import("data", "somewhere", "SCALE", "SCALE"))
PROGRAM = Program(TEXT, "scaled", IMPORTS)
USER = {"__name__": "somewhere", "SCALE": 2.0}


def test_source_survives_a_check_of_the_line_cache() -> None:
    function = load(PROGRAM, USER)
    linecache.checkcache()
    assert inspect.getsource(function).startswith("def scaled(x):\n    # a comment\n")


def test_tracebacks_show_the_generated_line() -> None:
    function = load(PROGRAM, USER)
    with pytest.raises(ValueError, match=r"math domain error|positive") as caught:
        function(0.0)
    text = "".join(traceback.format_exception(caught.value))
    assert "return SCALE * math.log(x)" in text
    assert ", line 8, in scaled" in text


def test_file_names_are_numbered_and_can_be_forgotten() -> None:
    first, second = load(PROGRAM, USER), load(PROGRAM, USER)
    names = [f.__code__.co_filename for f in (first, second)]
    numbers = [int(name.removeprefix("<adcompiler scaled ").removesuffix(">")) for name in names]
    assert numbers[1] == numbers[0] + 1
    forget(first)
    assert names[0] not in linecache.cache
    assert names[1] in linecache.cache


def test_a_rebound_global_is_read_again() -> None:
    function = load(PROGRAM, USER)
    before = function(10.0)
    refresh(function, PROGRAM, {**USER, "SCALE": 4.0})
    assert function(10.0) == 2.0 * before
