"""What is followed in the place of NumPy's functions gives what NumPy gives, when Python runs it."""

from __future__ import annotations

import inspect

import numpy as np
import pytest

from adcompiler.frontend.followed import in_python
from adcompiler.frontend.numpy_in_python import IN_PYTHON, at_places, reduced_between
from adcompiler.frontend.statistics_in_python import OF_COMPLEX, WITH_KEYWORDS
from adcompiler.ir.values import Constant

X = np.array([1.5, 0.25, 2.0, 0.75])
W = np.array([1.0, 2.0, 0.5, 3.0])
GRID = np.array([[1.0, 2.5, 0.5], [4.0, 0.25, 6.0]])
Z = X + 1j * W
#: function, arguments, keywords
CALLS = [
    (np.apply_along_axis, (np.sort, 0, GRID), {}),
    (np.apply_along_axis, (np.sum, -1, GRID), {}),
    (np.apply_along_axis, (np.diag, 1, GRID), {}),
    (np.apply_along_axis, (np.cumsum, 0, X), {}),
    (np.apply_over_axes, (np.sum, GRID, [0, 1]), {}),
    (np.apply_over_axes, (np.sum, GRID, 1), {}),
    (np.fromiter, (iter([1.5, 2.5]), float), {}),
    (np.polyadd, (X, [1.0, 2.0]), {}),
    (np.polyadd, ([1, 2], [3, 4, 5]), {}),
    (np.polysub, ([1.0], X), {}),
    (np.polymul, ([0.0, 1.0, 2.0], X), {}),
    (np.polymul, ([0.0, 0.0], X), {}),
    (np.polydiv, (X, [2.0, 1.0]), {}),
    (np.polydiv, ([1.0, 2.0], X), {}),
    (np.polydiv, ([1.0, 3.0, 2.0], [1.0, 1.0]), {}),
    (np.polyfit, (X, W, 2), {}),
    (np.polyfit, (X, W, 1), {"w": W}),
    (np.poly, (X,), {}),
    (np.histogram2d, (X, W, 3), {"weights": W}),
    (np.histogram2d, (X, W, [2, 3]), {"range": [[0.0, 2.0], [0.0, 4.0]], "density": True}),
    (np.kaiser, (5, 2.5), {}),
    (np.kaiser, (1, 2.5), {}),
    *((f, (n,), {}) for f in (np.bartlett, np.blackman, np.hamming, np.hanning) for n in (1, 4, 5)),
    (np.asarray_chkfinite, (X,), {}),
    (np.interp, (W, X - 1.0, W), {"period": 1.5}),
    (np.histogram, (X, 3), {"weights": W}),
    (np.histogram, (X, [0.0, 1.0, 2.0]), {"weights": W, "density": True}),
    (np.cov, (GRID,), {"aweights": [1.0, 2.0, 3.0]}),
    (np.cov, (X, W), {"fweights": [1, 2, 1, 3], "ddof": 0}),
    (np.cov, (GRID,), {"aweights": [1.0, 3.0], "rowvar": False, "bias": True}),
    (np.cov, (X,), {"aweights": W}),
    (np.quantile, (X, 0.3), {"weights": W, "method": "inverted_cdf"}),
    (np.quantile, (X, [0.0, 1.0]), {"weights": [0.0, 1.0, 2.0, 0.0], "method": "inverted_cdf"}),
    (np.quantile, (GRID, 0.5), {"weights": [1.0, 2.0, 3.0], "axis": 1, "method": "inverted_cdf"}),
    (np.percentile, (X, [30, 70]), {"weights": W, "method": "inverted_cdf"}),
    (np.var, (GRID,), {"axis": 0, "mean": np.mean(GRID, axis=0, keepdims=True), "ddof": 1}),
    (np.std, (GRID,), {"mean": np.mean(GRID), "correction": 1}),
    *(
        (f, (X, 3), {})
        for f in IN_PYTHON
        if f.__name__
        in ("polyvander", "chebvander", "legvander", "hermvander", "hermevander", "lagvander")
    ),
    *((f, (X, W), {}) for f in IN_PYTHON if f.__name__.endswith("val")),
    *((f, (X, [2.5]), {}) for f in IN_PYTHON if f.__name__.endswith("val")),
    *((f, (X, W, 2), {}) for f in IN_PYTHON if f.__name__.endswith("fit") and f is not np.polyfit),
    *(
        (f, (X, 2), {})
        for f in IN_PYTHON
        if f.__name__ in ("polyder", "polyint", "polypow")
        and f.__module__.startswith("numpy.polyn")
    ),
    *(
        (f, (X, [1.0, 2.0]), {})
        for f in IN_PYTHON
        if f.__name__ in ("polyadd", "polysub", "polymul")
        and f.__module__.startswith("numpy.polyn")
    ),
]
WRITES = [
    (np.put, ([0, 4, -1], [7.0, 8.0]), {}),
    (np.put, ([0, 9], [7.0, 8.0]), {"mode": "clip"}),
    (np.put, ([0, 9], [7.0, 8.0]), {"mode": "wrap"}),
    (np.place, (GRID > 1.0, [7.0, 8.0]), {}),
    (np.putmask, (GRID > 1.0, [7.0, 8.0]), {}),
    (np.putmask, (GRID > 1.0, 7.0), {}),
    (np.put_along_axis, (np.array([[0], [2]]), 7.0, 1), {}),
    (np.put_along_axis, (np.array([[0, 1, 0]]), 7.0, 0), {}),
    (np.put_along_axis, (np.array([0, 4]), [7.0, 8.0], None), {}),
    (np.fill_diagonal, (7.0,), {}),
    (np.fill_diagonal, ([7.0, 8.0],), {"wrap": True}),
]


def same(found, expected):
    if isinstance(expected, tuple):
        for one, other in zip(found, expected, strict=True):
            same(one, other)
        return
    np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-13)
    assert np.shape(found) == np.shape(expected)
    assert np.asarray(found).dtype.kind == np.asarray(expected).dtype.kind


def meaning(function, kwargs):
    found = in_python(function, [], {key: Constant.of(value) for key, value in kwargs.items()})
    assert found is not None
    return found.value


@pytest.mark.parametrize(
    ("function", "args", "kwargs"), CALLS, ids=lambda v: getattr(v, "__name__", "")
)
def test_gives_what_numpy_gives(function, args, kwargs):
    expected = function(*args, **kwargs) if function is not np.fromiter else np.array([1.5, 2.5])
    same(meaning(function, kwargs)(*args, **kwargs), expected)


@pytest.mark.parametrize(
    ("function", "args", "kwargs"), WRITES, ids=lambda v: getattr(v, "__name__", "")
)
@pytest.mark.parametrize("shape", [(2, 3), (4, 2)])
def test_writes_what_numpy_writes(function, args, kwargs, shape):
    needs_grid = function is np.put_along_axis or any(np.shape(a) == GRID.shape for a in args)
    if needs_grid:
        shape = GRID.shape
    one = np.arange(np.prod(shape), dtype=float).reshape(shape)
    if function is np.put_along_axis and shape != GRID.shape:
        return
    other = one.copy()
    function(one, *args, **kwargs)
    meaning(function, kwargs)(other, *args, **kwargs)
    assert one.tolist() == other.tolist()


@pytest.mark.parametrize("function", OF_COMPLEX)
def test_complex_statistics(function):
    same(OF_COMPLEX[function](Z, Z * Z), function(Z, Z * Z))


@pytest.mark.parametrize("ufunc", [np.multiply, np.maximum, np.subtract, np.power])
def test_ufuncs_at_places(ufunc):
    one, other = X.copy(), X.copy()
    ufunc.at(one, [0, 2, 0], [2.0, 3.0, 0.5])
    at_places(ufunc, other, np.array([0, 2, 0]), np.array([2.0, 3.0, 0.5]))
    assert one.tolist() == other.tolist()


@pytest.mark.parametrize("ufunc", [np.add, np.multiply, np.maximum])
def test_ufuncs_between_places(ufunc):
    assert ufunc.reduceat(GRID, [0, 2, 1], axis=1).tolist() == (
        reduced_between(ufunc, GRID, [0, 2, 1], 1).tolist()
    )


def test_signatures_are_numpys():
    """A keyword of NumPy's is one of the function that is followed."""
    for function, found in [*IN_PYTHON.items(), *((f, g) for f, (_, g) in WITH_KEYWORDS.items())]:
        try:
            own = set(inspect.signature(function).parameters)
        except ValueError:  # a function of C says nothing
            continue
        if isinstance(found, type):
            continue
        ours = set(inspect.signature(found).parameters)
        missing = own - ours - {"like", "kwargs", "args", "interpolation"}
        assert not missing, f"{function.__name__}: {missing}"
