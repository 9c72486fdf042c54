"""The trace of a program with control flow is what was executed, iteration by iteration."""

from __future__ import annotations

import pytest

import adcompiler as ad


def left_early(x, n):
    s = x
    for _ in range(n):
        if s > 3.0:
            break
        s = s + x
    for j in reversed(range(2)):
        s = s * (j + 1)
    return s


def test_a_loop_that_is_left():
    table = ad.trace(left_early, 0.7, 40)
    assert table.value == left_early(0.7, 40) == pytest.approx(7.0)
    assert table["v₋₁"].adjoint == pytest.approx(10.0) == ad.grad(left_early, argnums=0)(0.7, 40)
    marks = [row.operation.partition(": ")[2] for row in table.rows if not row.label]
    assert marks.count("the loop is left") == 1
    assert marks[-2:] == ["j = 1", "j = 0"]


def test_a_long_trace_is_printed_in_part():
    table = ad.trace(left_early, 0.001, 300)
    lines = str(table).splitlines()
    assert 90 < len(lines) < 120
    assert sum("lines, all with" in line for line in lines) == 1
    assert len(table.text(limit=None).splitlines()) > 900
    assert "…" in next(line for line in lines if line.startswith("v₋₁"))
    assert table["v₋₁"].adjoint == pytest.approx(ad.grad(left_early, argnums=0)(0.001, 300))
