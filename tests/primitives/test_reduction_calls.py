"""Reductions and scans through the whole compiler: values, both modes, second order, ties, edges, types."""

from __future__ import annotations

import inspect

import numpy as np
import pytest

import adcompiler as ad
from tests.primitives.reduction_calls import CALLS


def text(call):
    return inspect.getsource(call[0]).strip().partition(": ")[2].rpartition(", (")[0]


@pytest.mark.parametrize("call", CALLS, ids=text)
def test_both_modes_to_second_order(call):
    f, point = call
    argnums = tuple(range(len(point)))
    before = [np.array(a, copy=True) for a in point]
    ad.check_grads(f, point, order=2, argnums=argnums)
    for a, b in zip(point, before, strict=True):
        np.testing.assert_array_equal(a, b)
