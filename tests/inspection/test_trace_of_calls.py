"""The trace of a program with functions of its own shows their calls as they ran."""

from __future__ import annotations

import pytest

import adcompiler as ad


def fibonacci(n):
    if n < 2.0:
        return n * 1.0
    return fibonacci(n - 1.0) + fibonacci(n - 2.0) * 0.5


def swap(a, b):
    if a < 1.0:
        return a, b
    x, y = swap(b * 0.5, a)
    return y * x, x


def swapped(a):
    x, y = swap(a, 3.0)
    return x + y * y


def test_every_call_is_a_row():
    table = ad.trace(fibonacci, 3.5)
    assert table.value == fibonacci(3.5)
    assert table["v₀"].adjoint == ad.grad(fibonacci)(3.5)
    marks = [row.operation.partition(": ")[2] or row.operation for row in table.rows if not row.label]
    assert [mark for mark in marks if mark.startswith("fib")] == [
        f"fibonacci({x})" for x in (3.5, 2.5, 1.5, 0.5, 1.5)
    ]


def test_several_results():
    table = ad.trace(swapped, 2.5)
    assert table.value == swapped(2.5)
    assert table["v₀"].adjoint == pytest.approx(ad.grad(swapped)(2.5))


def test_too_deep_for_a_table():
    def down(x):
        return x if x < 1.0 else down(x - 1.0) * 1.0

    with pytest.raises(ad.ADError, match="too deep for a table"):
        ad.trace(down, 900.0)
