"""Messages of what is refused around `nonlocal`, `try`, `with` and generators (``golden/errors``)."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest

import adcompiler as ad
from tests.statement_error_cases import CASES, run

Write = Callable[[str], ModuleType]


@pytest.mark.parametrize("name", CASES)
def test_message(name: str, module: Write, golden: Any, without_paths: Callable[[str], str]) -> None:
    written = module(CASES[name][0])
    with pytest.raises(ad.ADError) as caught:
        run(name, written)
    error = caught.value
    text = without_paths(str(error))
    assert error.fact.endswith("."), text
    assert error.write, f"no way out:\n{text}"
    assert error.origin is not None
    assert "Traceback" not in text
    golden(f"errors/{name}.txt", text)
