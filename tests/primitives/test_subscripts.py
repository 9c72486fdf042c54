"""What a subscript selects, against NumPy itself, for random shapes and patterns."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adcompiler.errors import ADError, ShapeError
from adcompiler.ir.index import IndexPattern, Operand, Slice
from adcompiler.ir.lengths import Length
from adcompiler.ir.types import INT, PythonScalar
from adcompiler.ir.values import Constant, Variable
from adcompiler.primitives.subscripts import select, slice_length
from tests.primitives.rule_cases import length_value, symbolic_type

N = Length.symbol("n")


@st.composite
def subscripts(draw: Any) -> tuple[tuple[int, ...], IndexPattern, list[Any]]:
    shape = tuple(draw(st.lists(st.integers(1, 4), min_size=1, max_size=4)))
    entries: list[Any] = []
    operands: list[Any] = []
    count = draw(st.integers(1, 2))  # all index arrays broadcast
    axis = 0
    while axis < len(shape) and draw(st.booleans() | st.just(True)):
        kind = draw(st.sampled_from("islnaaom"))
        size = shape[axis]
        if kind == "n":
            entries.append(None)
            continue
        if kind == "i":
            entries.append(draw(st.integers(-size, size - 1)))
        elif kind in "sl":
            bound = st.none() | st.integers(-5, 5)
            step = st.sampled_from((None, 1, 2, -1, -2))
            entries.append(Slice(draw(bound), draw(bound), draw(step)))
        elif kind == "m":
            rank = 2 if axis + 2 <= len(shape) and draw(st.booleans()) else 1
            mask = np.zeros(shape[axis : axis + rank], dtype=bool)
            mask.flat[draw(st.integers(0, mask.size - 1))] = True
            operands.append(mask)
            entries.append(Operand(len(operands) - 1))
            axis += rank - 1
        else:
            long = draw(st.sampled_from(((), (1,), (count,), (2, count))))
            values = draw(st.lists(st.integers(-size, size - 1), min_size=8, max_size=8))
            number = kind == "o" or not long
            value = values[0] if number else np.array(values[: int(np.prod(long))]).reshape(long)
            operands.append(value)
            entries.append(Operand(len(operands) - 1))
        axis += 1
    place = draw(st.none() | st.integers(0, len(entries)))
    if place is not None:
        entries.insert(place, Ellipsis)
    return shape, IndexPattern(tuple(entries), True), operands


@settings(max_examples=600, deadline=None)
@given(subscripts())
def test_selection_is_that_of_numpy(case: tuple[tuple[int, ...], IndexPattern, list[Any]]) -> None:
    shape, pattern, values = case
    x = np.zeros(shape)
    try:
        expected = x[pattern.fill(tuple(values))]
    except IndexError:  # index arrays that do not broadcast
        return
    names: dict[str, int] = {}
    symbolic = symbolic_type(x, "x", names)
    operands = [Variable(f"i{k}", symbolic_type(v, f"i{k}", names)) for k, v in enumerate(values)]
    exact = select(tuple(Length.of(n) for n in shape), pattern, [Constant.of(v) for v in values])
    loose = select(symbolic.shape, pattern, operands)  # type: ignore[attr-defined]
    assert tuple(n.constant for n in exact.shape) == expected.shape
    assert len(loose.shape) == expected.ndim
    for length, real in zip(loose.shape, expected.shape, strict=True):
        assert (
            length_value(length, names) in (None, real)
            or (length_value(length, names) or 0) < 0 == real
        )
        assert not (length.cannot_be_one and real == 1)
    for found in (exact, loose):
        assert found.is_element == (not isinstance(expected, np.ndarray))
        assert found.has_arrays == any(np.ndim(v) for v in values)
        cells = np.arange(x.size).reshape(shape)[pattern.fill(tuple(values))]
        assert found.may_repeat or len(np.unique(cells)) == np.size(cells)


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        (Slice(1), "n - 1"),
        (Slice(None, -1), "n - 1"),
        (Slice(1, -1), "n - 2"),
        (Slice(None, None, -1), "n"),
        (Slice(2, Operand(0)), "n - 3"),
        (Slice(0, Operand(0)), "n - 1"),
        (Slice(None, Operand(1)), "n"),
    ],
)
def test_a_slice_length_is_an_expression(entry: Slice, expected: str) -> None:
    operands = [Variable("m", PythonScalar("int", N - 1)), Variable("k", PythonScalar("int", N))]
    assert str(slice_length(N, entry, operands)) == expected


def test_what_holds_for_long_arrays_only_is_not_promised() -> None:
    """``x[-3:]`` has min(3, n) elements, ``x[n - 3:]`` even others where n < 3."""
    operand = Variable("m", PythonScalar("int", N - 3))
    for entry in (Slice(-3), Slice(None, 3), Slice(Operand(0)), Slice(1, 3)):
        length = slice_length(N, entry, [operand])
        assert length.constant is None
        assert not length.cannot_be_one


def test_unknown_lengths_are_equal_only_for_equal_bounds() -> None:
    """Two variables may both be called k."""
    k, other = Variable("k", INT), Variable("k", INT)
    first, second = (
        slice_length(N, Slice(1, Operand(0)), [k]),
        slice_length(N, Slice(1, Operand(0)), [other]),
    )
    assert first == slice_length(N, Slice(1, Operand(0)), [k])
    assert first != second
    assert str(first) == str(second)


@pytest.mark.parametrize(
    "pattern",
    [
        IndexPattern((3,), False),
        IndexPattern((0, 0, 0), True),
        IndexPattern((Ellipsis, 0, Ellipsis), True),
        IndexPattern((Slice(None, None, 0),), False),
    ],
)
def test_what_cannot_fit_is_refused(pattern: IndexPattern) -> None:
    with pytest.raises(ShapeError):
        select((Length.of(3), Length.of(2)), pattern, ())


@pytest.mark.parametrize("index", [1.5, True, np.array([0.5])])
def test_only_ints_and_masks_index(index: Any) -> None:
    with pytest.raises(ADError):
        select((Length.of(3),), IndexPattern((Operand(0),), False), [Constant.of(index)])


def test_constants_that_do_not_repeat_are_seen() -> None:
    pattern = IndexPattern((Operand(0),), False)
    for values, repeats in (([0, 2], False), ([0, 0], True), ([0, -3], True)):
        operand = Constant.of(np.array(values))
        assert select((Length.of(3),), pattern, [operand]).may_repeat is repeats
