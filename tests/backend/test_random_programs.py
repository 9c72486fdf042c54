"""Random programs, written as text and run, give what `evaluate` gives and own their results."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest

from adcompiler.backend.bufferize import has_derivatives
from adcompiler.backend.emit import generate
from adcompiler.backend.load import load
from adcompiler.ir.evaluate import evaluate
from adcompiler.ir.text import to_text
from adcompiler.ir.verify import verify
from tests.backend.random_programs import LENGTH, Maker


def inputs() -> list[Any]:
    return [np.linspace(0.1, 1.0, LENGTH), np.linspace(-1.0, 0.5, LENGTH), 0.7, 3]


@pytest.mark.parametrize("batch", range(8))
@pytest.mark.parametrize("careful", [False, True], ids=["fast", "careful"])
def test_random_programs_agree_with_evaluate(batch: int, careful: bool) -> None:
    for seed in range(batch * 25, batch * 25 + 25):
        check(seed, careful)


def check(seed: int, careful: bool) -> None:
    function = Maker(seed).function()
    assert verify(function) == []
    program = generate(function, careful=careful)
    given = inputs()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        expected = evaluate(function, inputs())
        found = load(program, {})(*given)
    explained = f"seed {seed}\n{to_text(function)}\n{program.text}"
    assert len(found) == len(expected), explained
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-13, err_msg=explained)
    for now, then in zip(given, inputs(), strict=True):
        np.testing.assert_array_equal(now, then, err_msg=f"an argument was written\n{explained}")
    if not has_derivatives(function):
        return  # a primal program returns what the user's function returns
    arrays = [a for a in found if isinstance(a, np.ndarray)]
    for k, array in enumerate(arrays):
        for other in [*arrays[:k], *given[:2]]:
            assert not np.shares_memory(array, other), explained
        assert array.flags.writeable, explained
