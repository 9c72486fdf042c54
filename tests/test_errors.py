"""Bad input gets an error of ours that tells the place, the fact, the reason and what to write.

The messages are kept in ``golden/errors``; ``pytest --update-golden`` writes them anew.
"""

from __future__ import annotations

import pickle
import traceback
from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest

import adcompiler as ad
from tests.error_cases import CASES, PROGRAM

Write = Callable[[str], ModuleType]


@pytest.mark.parametrize("name", CASES)
def test_message(name: str, module: Write, golden: Any, without_paths: Callable[[str], str]) -> None:
    written = module(PROGRAM)
    with pytest.raises(ad.ADError) as caught:
        CASES[name](written)
    error = caught.value
    text = without_paths(str(error))
    assert error.fact.endswith("."), text
    assert error.write, f"no way out:\n{text}"
    assert "Traceback" not in text
    golden(f"errors/{name}.txt", text)


@pytest.mark.parametrize("name", ["try_statement", "no_rule", "fixed_lengths", "write_to_view", "undefined_name"])
def test_place(name: str, module: Write) -> None:
    written = module(PROGRAM)
    with pytest.raises(ad.ADError) as caught:
        CASES[name](written)
    origin = caught.value.origin
    assert origin is not None
    lines = PROGRAM.splitlines()
    start = lines.index(f"def {name}(x):") + 1
    assert start < origin.line <= start + 4
    marks = [line for line in str(caught.value).splitlines() if line.strip("^ ") == "" and "^" in line]
    assert marks


def test_errors_pickle_and_print_as_tracebacks(module: Write) -> None:
    written = module(PROGRAM)
    for name in ("try_statement", "integer_array", "vector_result"):
        with pytest.raises(ad.ADError) as caught:
            CASES[name](written)
        again = pickle.loads(pickle.dumps(caught.value))
        assert type(again) is type(caught.value)
        assert str(again) == str(caught.value)
        shown = "".join(traceback.format_exception_only(caught.value))
        assert caught.value.fact in shown


def test_classes_derive_from_the_nearest_builtin() -> None:
    for cls, builtin in (
        (ad.UnsupportedSyntaxError, SyntaxError), (ad.ArgumentError, TypeError), (ad.ResultError, TypeError),
        (ad.ShapeError, ValueError), (ad.NoDerivativeError, NotImplementedError), (ad.AliasError, ValueError),
        (ad.SourceError, ValueError), (ad.UnsupportedValueError, TypeError),
    ):
        assert issubclass(cls, ad.ADError)
        assert issubclass(cls, builtin)


def test_errors_of_the_program_are_its_own(module: Write) -> None:
    """What raises in the user's program raises in its derivative, and nothing else is said."""
    m = module("import math\nimport numpy as np\ndef f(x): return math.log(x)\ndef g(x, y): return np.sum(x * y)\n"
               "def h(x): return 1.0 / x\ndef k(x): return x[5]\n")
    with pytest.raises(ValueError, match=r"math domain|positive"):
        ad.value_and_grad(m.f)(-1.0)
    with pytest.raises(ValueError, match="broadcast"):
        ad.grad(m.g)(m.np.ones(3), m.np.ones(4))
    with pytest.raises(ZeroDivisionError):
        ad.grad(m.h)(0.0)
    with pytest.raises(IndexError):
        ad.grad(m.k)(m.np.ones(3))
    assert not any(issubclass(ad.ADError, cls) for cls in (IndexError, ZeroDivisionError))


def test_a_failed_compilation_leaves_no_trace(module: Write) -> None:
    m = module(PROGRAM)
    g = ad.grad(m.square)
    for _ in range(2):
        with pytest.raises(ad.ArgumentError):
            g("text")
        assert g(3.0) == 6.0
