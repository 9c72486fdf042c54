"""Shaping, indexing, selecting and sorting through the whole compiler, against differences.

Each program is a function of one array, and what it gives is weighed nonlinearly, so that a wrong place or a
lost contribution shows at the first and at the second order.
"""

from __future__ import annotations

import numpy as np
import pytest

import adcompiler as ad
from adcompiler.errors import ADError

X = np.array([0.5, -1.5, 2.5, 4.0])
M = np.array([[1.0, -2.0, 3.0], [0.5, 5.0, -6.5]])
B = np.arange(24.0).reshape(2, 3, 4) - 7.5
STEP = 1e-6

PROGRAMS = [
    ("split", lambda x: np.split(x, 2)[1] ** 2, X),
    ("split idx", lambda x: np.split(x, [1, 3])[1] ** 2, X),
    ("array_split", lambda x: np.array_split(x, 3)[0] * 2.0, X),
    ("hsplit", lambda x: np.hsplit(x, 3)[2] * 2, M),
    ("vsplit", lambda x: np.vsplit(x, 2)[1] * 2, M),
    ("dsplit", lambda x: np.dsplit(x, 2)[1] * 2, B),
    ("tile", lambda x: np.tile(x, (2, 2)) * np.arange(8.0), X),
    ("tile1", lambda x: np.tile(x, 2) * np.arange(6.0), M),
    ("repeat", lambda x: np.repeat(x, 3) * np.arange(12.0), X),
    ("repeat axis", lambda x: x.repeat(2, axis=1) ** 2, M),
    ("repeat arr", lambda x: np.repeat(x, [1, 0, 2, 3]) ** 2, X),
    ("repeat arr axis", lambda x: np.repeat(x, np.array([1, 0, 2]), axis=1) ** 2, M),
    ("roll", lambda x: np.roll(x, 1) * x, X),
    ("roll2", lambda x: np.roll(x, (1, 1), axis=(0, 1)) * x, M),
    ("rot90", lambda x: np.rot90(x) ** 2, M),
    ("rot90k", lambda x: np.rot90(x, 2, axes=(1, 0)) ** 2, M),
    ("pad", lambda x: np.pad(x, 2) ** 2, X),
    ("pad11", lambda x: np.pad(x, (1, 2), constant_values=3.0) ** 2, X),
    ("pad cv", lambda x: np.pad(x, 1, constant_values=x[0]) ** 2, X),
    ("pad edge", lambda x: np.pad(x, ((1, 0), (2, 1)), mode="edge") ** 2, M),
    ("pad reflect", lambda x: np.pad(x, 2, mode="reflect") ** 2, X),
    ("pad wrap", lambda x: np.pad(x, 2, "wrap") ** 2, X),
    ("pad ramp", lambda x: np.pad(x, 2, "linear_ramp") ** 2, M),
    ("sort", lambda x: np.sort(x) * np.arange(4.0), X),
    ("sort0", lambda x: np.sort(x, axis=0) * np.arange(3.0), M),
    ("sort1", lambda x: np.sort(x) * np.arange(3.0), M),
    ("sortN", lambda x: np.sort(x, axis=None) * np.arange(6.0), M),
    ("partition", lambda x: np.partition(x, 2)[:2].sum() * x[0], X),
    ("take", lambda x: np.take(x, [0, 2, 2]) ** 2, X),
    ("take ax", lambda x: x.take(np.array([0, 2, 2]), axis=1) ** 2, M),
    ("take wrap", lambda x: np.take(x, [5, -7], mode="wrap") ** 2, X),
    ("along", lambda x: np.take_along_axis(x, np.argsort(x, axis=1), axis=1) * np.arange(3.0), M),
    ("choose", lambda x: np.choose([0, 1, 1, 0], [x, x**2]), X),
    ("select", lambda x: np.select([x < 0, x < 3], [x**2, np.sin(x)], x**3), X),
    ("extract", lambda x: np.extract(x > 0, x) ** 2, X),
    ("compress", lambda x: np.compress([True, False], x, axis=0) ** 2, M),
    ("compressm", lambda x: x.compress(np.array([True, False, True]), axis=1) ** 2, M),
    ("delete", lambda x: np.delete(x, 1) ** 2, X),
    ("delete ax", lambda x: np.delete(x, [0, 2], axis=1) ** 2, M),
    ("insert", lambda x: np.insert(x, 1, x[0]) ** 2, X),
    ("insert ax", lambda x: np.insert(x, 1, x[:, 0], axis=1) ** 2, M),
    ("insert many", lambda x: np.insert(x, [3, 1], x[:2]) ** 2, X),
    ("insert vec", lambda x: np.insert(x, 2, x[:2]) ** 2, X),
    ("append", lambda x: np.append(x, x[0]) ** 2, X),
    ("append ax", lambda x: np.append(x, x, axis=1) ** 2, M),
    ("resize", lambda x: np.resize(x, (2, 3)) ** 2, X),
    ("trim", lambda x: np.trim_zeros(x * np.array([0.0, 1.0, 1.0, 0.0])) ** 2, X),
    ("diag", lambda x: np.diag(x, 1) ** 2, X),
    ("diag2", lambda x: np.diag(x, -1) ** 2, M),
    ("diagflat", lambda x: np.diagflat(x) ** 2, M),
    ("diagonal", lambda x: x.diagonal(1, 0, 2) ** 2, B),
    ("trace", lambda x: np.trace(x, offset=1) ** 2, M),
    ("traceB", lambda x: np.trace(x) ** 2, B),
    ("tril", lambda x: np.tril(x) ** 2, M),
    ("triu", lambda x: np.triu(x, 1) ** 2, M),
    ("tri", lambda x: np.tri(2, 3) * x, M),
    ("broadcast_arrays", lambda x: np.broadcast_arrays(x, x[0])[1] ** 2, M),
    ("meshgrid", lambda x: np.meshgrid(x, x[:2])[0] * np.meshgrid(x, x[:2])[1], X),
    ("meshgrid ij", lambda x: np.meshgrid(x, x[:2], indexing="ij")[0] ** 2, X),
    ("meshgrid sp", lambda x: np.meshgrid(x, x[:2], sparse=True)[0] ** 2, X),
    ("mgrid", lambda x: np.mgrid[0:2, 0:3][1] * x, M),
    ("ogrid", lambda x: np.ogrid[0:2, 0:3][1] * x, M),
    ("mgridj", lambda x: np.mgrid[0:1:4j] * x, X),
    ("r_", lambda x: np.r_[x, 0.0, x[1:]] ** 2, X),
    ("c_", lambda x: np.c_[x, x**2] * 2, X),
    ("indices", lambda x: np.indices((2, 3))[1] * x, M),
    ("ix_", lambda x: x[np.ix_([0, 1], [0, 2])] ** 2, M),
    ("triu_idx", lambda x: x[np.triu_indices(2, 0, 3)] ** 2, M),
    ("tril_from", lambda x: x[np.tril_indices_from(x)] ** 2, M),
    ("diag_idx", lambda x: x[np.diag_indices(2)] ** 2, M),
    ("unravel", lambda x: x[np.unravel_index(np.argmax(x), x.shape)] ** 2, M),
    ("nonzero", lambda x: x[np.nonzero(x > 0)] ** 2, M),
    ("where1", lambda x: x[np.where(x > 0)] ** 2, M),
    ("flatnz", lambda x: x[np.flatnonzero(x > 0)] ** 2, X),
    ("searchsorted", lambda x: x[np.searchsorted(np.array([0.0, 1.0, 2.0]), x)] ** 2, X),
    ("digitize", lambda x: x * np.digitize(x, [0.0, 1.0]), X),
    ("isin", lambda x: x * np.isin([1, 2, 3, 4], [2, 3]), X),
    ("bincount", lambda x: np.bincount([0, 1, 1, 2], weights=x) ** 2, X),
    ("hist", lambda x: x * np.histogram(x, [-2.0, 0.0, 3.0, 5.0])[0][0], X),
    ("rollaxis", lambda x: np.rollaxis(x, 2) ** 2, B),
    ("mT", lambda x: x.mT**2, B),
    ("dstack", lambda x: np.dstack([x, x]) ** 2, M),
    ("block", lambda x: np.block([[x, x], [x * 2, np.ones((2, 3))]]) ** 2, M),
    ("at3", lambda x: np.atleast_3d(x) ** 2, M),
    ("reshapeF", lambda x: x.reshape(3, 2, order="F") ** 2 * np.arange(6.0).reshape(3, 2), M),
    ("ravelF", lambda x: x.ravel(order="F") * np.arange(6.0), M),
    ("logspace", lambda x: np.logspace(x[0], x[2], 4, base=2.0), X),
    ("geomspace", lambda x: np.geomspace(x[0], x[2], 4), X),
    ("piecewise", lambda x: np.piecewise(x, [x < 0, x > 2], [lambda v: v**2, np.sin, 0.5]), X),
    ("piecewise rest", lambda x: np.piecewise(x, [x < 0], [0.0, lambda v: v**3]), M),
    ("fromfunction", lambda x: np.fromfunction(lambda i, j: i * x[0] + j, (2, 3)), X),
    ("item", lambda x: x.item(2) ** 2 + x[0], X),
    ("item2", lambda x: x.item(1, 2) ** 2 + x[0], M),
    ("lexsort", lambda x: x[np.lexsort((x,))] * np.arange(4.0), X),
    ("unstack", lambda x: np.unstack(np.array([x, x**2]))[1], X),
]
if not hasattr(np, "unstack"):
    PROGRAMS = [row for row in PROGRAMS if row[0] != "unstack"]


def weighed(program):
    def total(x):
        y = program(x)
        return np.sum(np.sin(y) * np.cos(0.3 * y))

    return total


def slopes(function, x):
    """Central differences of a function of an array, one column for each element."""
    columns = []
    for place in np.ndindex(x.shape):
        shift = np.zeros_like(x)
        shift[place] = STEP
        columns.append((function(x + shift) - function(x - shift)) / (2 * STEP))
    found = np.array(columns)
    return np.moveaxis(found.reshape(*x.shape, *found.shape[1:]), range(x.ndim), range(-x.ndim, 0))


IDS = [name for name, _, _ in PROGRAMS]


@pytest.mark.parametrize("case", range(len(PROGRAMS)), ids=IDS)
def test_gradient_in_both_modes(case):
    _, program, x = PROGRAMS[case]
    total, before = weighed(program), x.copy()
    expected = slopes(total, x)
    value, reverse = ad.value_and_grad(total)(x)
    np.testing.assert_allclose(value, total(x), rtol=1e-13)
    np.testing.assert_allclose(reverse, expected, atol=1e-6)
    np.testing.assert_allclose(ad.grad(total, mode="forward")(x), reverse, rtol=1e-10, atol=1e-12)
    assert np.array_equal(x, before)


@pytest.mark.parametrize("case", range(len(PROGRAMS)), ids=IDS)
def test_second_order_forward_over_reverse_and_reverse_over_reverse(case):
    _, program, x = PROGRAMS[case]
    gradient = ad.grad(weighed(program))
    expected = slopes(gradient, x)
    mode = "reverse" if case % 2 else "forward"
    found = ad.jacobian(gradient, mode=mode)(x)
    np.testing.assert_allclose(found, expected, atol=2e-4)


def test_float32_stays_float32():
    for name, program, x in PROGRAMS:
        narrow = x.astype(np.float32)
        if program(narrow).dtype == np.float32:
            found = ad.grad(weighed(program))(narrow)
            assert found.dtype == np.float32, name


def test_a_sort_keeps_the_order_of_equals():
    x = np.array([2.0, 1.0, 1.0])
    assert ad.grad(lambda x: np.sort(x)[0])(x).tolist() == [0.0, 1.0, 0.0]


def test_what_is_not_chosen_contributes_nothing():
    x = np.array([0.0, 4.0])

    def selected(x):
        return np.sum(np.select([x > 1.0], [np.sqrt(x)], x))

    def chosen(x):
        return np.sum(np.choose((x > 1.0).astype(int), [x, np.sqrt(x)]))

    with np.errstate(all="ignore"):
        for f in (selected, chosen):
            assert ad.grad(f)(x).tolist() == [1.0, 0.25]


def test_other_lengths_are_not_another_program():
    f = ad.grad(weighed(lambda x: np.array_split(x, 3)[1] * 2.0))
    for n in (3, 4, 5, 7):
        x = np.linspace(0.1, 1.0, n)
        np.testing.assert_allclose(
            f(x), slopes(weighed(lambda x: np.array_split(x, 3)[1] * 2.0), x), atol=1e-6
        )


def test_unequal_parts_raise_what_numpy_raises():
    with pytest.raises(ValueError, match="equal division"):
        ad.grad(lambda x: np.sum(np.split(x, 2)[0] ** 2))(np.ones(3))


REFUSED = [
    (lambda x: np.sum(np.pad(x, 1, mode="median")), X),
    (lambda x: np.sum(np.pad(x, 1, mode="constant", constant_values=(1.0, x[0]))), X),
    (lambda x: np.sum(np.unstack(x)[0]), X),
    (lambda x: np.sum(np.delete(x, slice(0, 2))), X),
    (lambda x: np.sum(np.choose(x, [x, x])), X),
    (lambda x: np.sum(np.select([x], [x])), X),
    (lambda x: np.sum(np.take(x, x)), X),
    (lambda x: np.sum(np.block([x, [x]])), X),
    (lambda x: np.sum(np.insert(x, 0, np.ones((3, 3)), axis=0)), M),
    (lambda x: np.sum(x.reshape(2, 2, order="A")), X),
]


@pytest.mark.parametrize("case", range(len(REFUSED)))
def test_what_is_refused_says_what_to_write(case):
    program, x = REFUSED[case]
    with pytest.raises(ADError) as caught:
        ad.grad(program)(x)
    assert caught.value.write
