"""Which results of a function of the program depend on which of its parameters."""

from __future__ import annotations

from adcompiler.analysis.dependence import dependence, depending, mattering
from adcompiler.ir.definitions import definitions_of
from adcompiler.ir.nodes import Parameter
from adcompiler.ir.types import FLOAT
from adcompiler.ir.values import Variable
from adcompiler.pipeline import trace_of


def swapped(a, b, c):
    if c < 1.0:
        return a, 2.0
    x, y = swapped(b, a, c - 1.0)
    return x, y * 1.0


def swaps(a, b, c):
    return swapped(a, b, c)


def counted(a, n):
    return 0.0 if n < 1.0 else a + 0.0 * int(n) + counted(a, n - 1.0)


def counts(a, n):
    return counted(a, n)


def summary(function, names, **how):
    parameters = tuple(Parameter(name, Variable(name, FLOAT)) for name in names)
    (definition,) = definitions_of(trace_of(function, parameters, "f").function)
    places = [p.name for p in definition.lowered.parameters]
    return [{places[k] for k in sources} for sources in dependence(definition, **how)]


def test_what_the_calls_hand_on() -> None:
    assert summary(swaps, "abc") == [{"a", "b"}, set()]


def test_a_decision_is_no_derivative() -> None:
    assert summary(counts, "an") == [{"a"}]
    assert summary(counts, "an", any_way=True) == [{"a", "n"}]


def test_masks() -> None:
    found = (frozenset({0, 2}), frozenset({1}))
    assert depending(found, (True, False, False)) == [True, False]
    assert mattering(found, (True, False)) == {0, 2}
    assert mattering(found, (True, True)) == {0, 1, 2}
