"""Updates in place: what the templates do is what the pure functions compute."""

from __future__ import annotations

import numpy as np
import pytest

from adcompiler.ir.primitive import lookup
from tests.primitives.rule_cases import cases

UPDATES = ("setitem", "add_to_slice", "add_at")


@pytest.mark.parametrize("name", UPDATES)
def test_the_update_is_the_function(name: str) -> None:
    row = lookup(name)
    for case in cases(row):
        array, value, *operands = case.operands
        target = array.copy()
        index = case.statics["index"].fill(tuple(operands))
        exec(row.spelling.update, {"np": np, "_0": target, "_1": value, "_index": index})
        assert np.array_equal(target, row.function(*case.operands, **case.statics))


@pytest.mark.parametrize("name", UPDATES)
def test_the_function_leaves_its_array_alone(name: str) -> None:
    row = lookup(name)
    for case in cases(row):
        before = case.operands[0].copy()
        row.function(*case.operands, **case.statics)
        assert np.array_equal(case.operands[0], before)


def test_accumulation_counts_repeats() -> None:
    """``x[[0, 0]] += v`` adds once, the adjoint of reading twice must add twice."""
    sample = lookup("add_at").samples[0]
    array, value, places = (np.array(o) for o in sample.operands)
    found = lookup("add_at").function(array, value, places, **sample.statics)
    expected = array.copy()
    for place, amount in zip(places, value, strict=True):
        expected[place] += amount
    assert found.tolist() == expected.tolist()
