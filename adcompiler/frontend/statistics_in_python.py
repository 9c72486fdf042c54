"""Statistics of NumPy with the keywords that are not one call of a row: weights, a period, a mean that is given.

They are written in NumPy and followed where a program uses such a keyword (`WITH_KEYWORDS`), or always
(`STATISTICS`).
"""

from __future__ import annotations

import cmath
from typing import Any

import numpy as np


def interp_periodic(
    x: Any, xp: Any, fp: Any, left: Any = None, right: Any = None, period: Any = None
) -> Any:
    """The curve is continued by its first and last points, one period away."""
    at, places, values = np.asarray(x) % period, np.asarray(xp) % period, np.asarray(fp)
    order = np.argsort(places)
    places, values = places[order], values[order]
    places = np.concatenate([places[-1:] - period, places, places[:1] + period])
    return np.interp(at, places, np.concatenate([values[-1:], values, values[:1]]))


def weighted_histogram(
    a: Any, bins: Any = 10, range: Any = None, density: Any = None, weights: Any = None
) -> Any:
    """The sum of the weights in each bin; the last bin holds its right edge."""
    x, w = np.ravel(a), np.ravel(weights)
    edges = np.histogram_bin_edges(x, bins, range)
    place = np.searchsorted(edges, x, side="right") - 1
    place = np.where(x == edges[-1], len(edges) - 2, place)
    inside = (x >= edges[0]) & (x <= edges[-1])
    counts = np.zeros(len(edges) - 1, w.dtype)
    np.add.at(counts, place[inside], w[inside])
    if density:
        return counts / np.diff(edges) / np.sum(counts), edges
    return counts, edges


def histogram2d(
    x: Any, y: Any, bins: Any = 10, range: Any = None, density: Any = None, weights: Any = None
) -> Any:
    both = isinstance(bins, (list, tuple))
    one, two = (bins[0], bins[1]) if both else (bins, bins)
    rows = np.histogram_bin_edges(x, one, None if range is None else range[0])
    columns = np.histogram_bin_edges(y, two, None if range is None else range[1])
    i = np.where(x == rows[-1], len(rows) - 2, np.searchsorted(rows, x, side="right") - 1)
    j = np.where(y == columns[-1], len(columns) - 2, np.searchsorted(columns, y, side="right") - 1)
    inside = (x >= rows[0]) & (x <= rows[-1]) & (y >= columns[0]) & (y <= columns[-1])
    counts = np.zeros((len(rows) - 1, len(columns) - 1))
    np.add.at(counts, (i[inside], j[inside]), 1.0 if weights is None else np.ravel(weights)[inside])
    if density:
        area = np.diff(rows)[:, None] * np.diff(columns)
        return counts / area / np.sum(counts), rows, columns
    return counts, rows, columns


def weighted_cov(
    m: Any,
    y: Any = None,
    rowvar: bool = True,
    bias: bool = False,
    ddof: Any = None,
    fweights: Any = None,
    aweights: Any = None,
    *,
    dtype: Any = None,
) -> Any:
    """Frequencies count an observation several times, reliabilities weigh it."""
    x = np.atleast_2d(m)
    if dtype is not None:
        x = x.astype(dtype)
    if not rowvar and np.ndim(m) != 1:
        x = x.T
    if y is not None:
        other = np.atleast_2d(y)
        x = np.concatenate([x, other.T if not rowvar and np.ndim(y) != 1 else other], axis=0)
    freedom = (0 if bias else 1) if ddof is None else ddof
    if fweights is None and aweights is None:
        w: Any = np.ones(x.shape[1])
    else:
        w = (1.0 if fweights is None else np.asarray(fweights) * 1.0) * (
            1.0 if aweights is None else np.asarray(aweights)
        )
    total = np.sum(w)
    if aweights is None or freedom == 0:
        count = total - freedom
    else:
        count = total - freedom * np.sum(w * np.asarray(aweights)) / total
    deviations = x - (np.sum(x * w, axis=1) / total)[:, None]
    found = (deviations * w) @ np.conj(deviations.T) / count
    return found[0, 0] if np.ndim(m) == 1 and y is None else found


def complex_corrcoef(x: Any, y: Any = None, rowvar: bool = True) -> Any:
    c = weighted_cov(x, y, rowvar)
    deviation = np.sqrt(np.diag(c).real)
    return c / deviation[:, None] / deviation[None, :]


def _weighted_quantile(values: Any, weights: Any, q: Any) -> Any:
    """The element at which the share of the weights up to it reaches q (method "inverted_cdf")."""
    order = np.argsort(values)
    share = np.cumsum(weights[order]) / np.sum(weights)
    share = np.where(share == 0.0, -1.0, share)
    place = np.minimum(np.searchsorted(share, q, side="left"), len(values) - 1)
    return values[order][place]


def weighted_quantile(
    a: Any,
    q: Any,
    axis: Any = None,
    out: Any = None,
    overwrite_input: bool = False,
    method: str = "linear",
    keepdims: bool = False,
    weights: Any = None,
) -> Any:
    if method != "inverted_cdf":
        raise ValueError(f"Only method 'inverted_cdf' supports weights. Got: {method}.")
    if keepdims or out is not None:
        raise NotImplementedError("weights with keepdims= or out=")
    x, w = np.asarray(a), np.asarray(weights)
    if axis is None:
        return _weighted_quantile(np.ravel(x), np.ravel(w), q)
    if w.ndim != 1:
        raise NotImplementedError("weights of each element next to an axis")
    if np.ndim(q) == 0:
        return np.apply_along_axis(_weighted_quantile, axis, x, w, q)
    return np.moveaxis(np.apply_along_axis(_weighted_quantile, axis, x, w, q), axis, 0)


def weighted_percentile(
    a: Any,
    q: Any,
    axis: Any = None,
    out: Any = None,
    overwrite_input: bool = False,
    method: str = "linear",
    keepdims: bool = False,
    weights: Any = None,
) -> Any:
    share = np.asarray(q) / 100
    return weighted_quantile(a, share, axis, out, overwrite_input, method, keepdims, weights)


def var_about(
    a: Any,
    axis: Any = None,
    dtype: Any = None,
    out: Any = None,
    ddof: Any = 0,
    keepdims: bool = False,
    *,
    where: Any = True,
    mean: Any = None,
    correction: Any = None,
) -> Any:
    """The mean square of the distances from `mean`, whatever that is."""
    x = np.asarray(a)
    squares = np.abs(x - mean) ** 2
    total = np.sum(squares, axis=axis, keepdims=keepdims, where=where)
    count = np.sum(np.broadcast_to(where, x.shape), axis=axis, keepdims=keepdims)
    return total / (count - (ddof if correction is None else correction))


def std_about(
    a: Any,
    axis: Any = None,
    dtype: Any = None,
    out: Any = None,
    ddof: Any = 0,
    keepdims: bool = False,
    *,
    where: Any = True,
    mean: Any = None,
    correction: Any = None,
) -> Any:
    square = var_about(
        a, axis, dtype, out, ddof, keepdims, where=where, mean=mean, correction=correction
    )
    return np.sqrt(square)


def kaiser(M: int, beta: Any) -> Any:  # noqa: N803 - NumPy's name
    if M == 1:
        return np.ones(1)
    half = (M - 1) / 2.0
    share = (np.arange(M) - half) / half
    return np.i0(beta * np.sqrt(1.0 - share * share)) / np.i0(beta)


def bartlett(M: int) -> Any:  # noqa: N803
    n = np.arange(1 - M, M, 2)
    return np.ones(1) if M == 1 else np.where(n <= 0, 1.0 + n / (M - 1), 1.0 - n / (M - 1))


def _cosines(M: int, a: float, b: float, c: float) -> Any:  # noqa: N803
    if M == 1:
        return np.ones(1)
    phase = np.pi * np.arange(1 - M, M, 2) / (M - 1)
    return a + b * np.cos(phase) + c * np.cos(2.0 * phase)


def blackman(M: int) -> Any:  # noqa: N803
    return _cosines(M, 0.42, 0.5, 0.08)


def hamming(M: int) -> Any:  # noqa: N803
    return _cosines(M, 0.54, 0.46, 0.0)


def hanning(M: int) -> Any:  # noqa: N803
    return _cosines(M, 0.5, 0.5, 0.0)


def asarray_chkfinite(a: Any, dtype: Any = None, order: Any = None) -> Any:
    found = np.asarray(a, dtype)
    if not np.all(np.isfinite(found)):
        raise ValueError("array must not contain infs or NaNs")
    return found


def close_complex(a: Any, b: Any, *, rel_tol: float = 1e-09, abs_tol: float = 0.0) -> Any:
    """``cmath.isclose``"""
    return abs(a - b) <= max(rel_tol * max(abs(a), abs(b)), abs_tol)


#: function -> the one that is followed in its place
STATISTICS: dict[Any, Any] = {
    cmath.isclose: close_complex,
    np.histogram2d: histogram2d,
    np.kaiser: kaiser,
    np.bartlett: bartlett,
    np.blackman: blackman,
    np.hamming: hamming,
    np.hanning: hanning,
    np.asarray_chkfinite: asarray_chkfinite,
}
#: function -> keywords, and what is followed where one of them is given
WITH_KEYWORDS: dict[Any, tuple[tuple[str, ...], Any]] = {
    np.interp: (("period",), interp_periodic),
    np.histogram: (("weights",), weighted_histogram),
    np.cov: (("fweights", "aweights", "dtype"), weighted_cov),
    np.quantile: (("weights",), weighted_quantile),
    np.percentile: (("weights",), weighted_percentile),
    np.var: (("mean",), var_about),
    np.std: (("mean",), std_about),
}
#: functions of real numbers, and what is followed for complex ones
OF_COMPLEX: dict[Any, Any] = {np.cov: weighted_cov, np.corrcoef: complex_corrcoef}
