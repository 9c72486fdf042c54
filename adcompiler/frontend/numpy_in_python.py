"""Functions of NumPy written in NumPy: what the compiler follows where a program calls them.

They are ordinary functions of the accepted language, with NumPy's own signatures, so that both modes and every
nesting of them come from their statements.  Run by Python they give what NumPy gives.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from adcompiler.frontend.polynomials_in_python import POLYNOMIALS
from adcompiler.frontend.series_in_python import SERIES
from adcompiler.frontend.statistics_in_python import STATISTICS


def _repeated(values: Any, count: int) -> Any:
    """So many of the values, from the first one again where they end."""
    if np.ndim(values) == 0:
        return values
    flat = np.ravel(values)
    return flat[np.arange(count) % flat.size]


def set_flat(a: Any, values: Any) -> None:
    """``a.flat = values``"""
    a.flat[...] = _repeated(values, a.size)


def put(a: Any, ind: Any, v: Any, mode: str = "raise") -> None:
    places = np.ravel(ind)
    if mode == "clip":
        places = np.clip(places, 0, a.size - 1)
    elif mode == "wrap":
        places = places % a.size
    a.flat[places] = _repeated(v, places.size)


def place(arr: Any, mask: Any, vals: Any) -> None:
    """The values one after the other where the mask holds."""
    places = np.flatnonzero(mask)
    arr.flat[places] = _repeated(vals, places.size)


def putmask(a: Any, mask: Any, values: Any) -> None:
    """Each value where it stands itself, in an array of them as long as `a`."""
    if np.ndim(values) == 0:
        a[mask] = values
    else:
        places = np.flatnonzero(mask)
        many = np.ravel(values)
        a.flat[places] = many[places % many.size]


def put_along_axis(arr: Any, indices: Any, values: Any, axis: Any = -1) -> None:
    if axis is None or arr.ndim == 1:
        arr.flat[indices] = values
    else:
        places = [
            np.expand_dims(np.arange(n), _others(k, arr.ndim)) for k, n in enumerate(indices.shape)
        ]
        places[axis] = indices
        arr[tuple(places)] = values


def _others(axis: int, count: int) -> Any:
    return tuple([k for k in range(count) if k != axis])


def fill_diagonal(a: Any, val: Any, wrap: bool = False) -> None:
    """In a tall matrix `wrap` starts again below the square."""
    if a.ndim == 2 and not wrap:
        k = np.arange(min(a.shape[0], a.shape[1]))
        a[k, k] = _repeated(val, k.size)
        return
    if a.ndim == 2:
        places = np.arange(0, a.size, a.shape[1] + 1)
    else:
        places = np.arange(a.shape[0]) * sum([a.shape[0] ** k for k in range(a.ndim)])
    a.flat[places] = _repeated(val, places.size)


def apply_along_axis(func1d: Any, axis: int, arr: Any, *args: Any, **kwargs: Any) -> Any:
    """The axes of what the function gives stand where that of its argument was."""
    rows = np.moveaxis(arr, axis, -1)
    found = np.array([func1d(row, *args, **kwargs) for row in rows.reshape(-1, rows.shape[-1])])
    if rows.ndim == 1:
        return found[0]
    many = found.reshape(rows.shape[:-1] + found.shape[1:])
    last, first = many.ndim - rows.ndim + 1, axis % rows.ndim
    if last == 0:
        return many
    return np.moveaxis(many, tuple(range(-last, 0)), tuple(range(first, first + last)))


def apply_over_axes(func: Any, a: Any, axes: Any) -> Any:
    value = np.asarray(a)
    for axis in axes if isinstance(axes, (tuple, list)) else (axes,):
        found = func(value, axis)
        value = found if found.ndim == value.ndim else np.expand_dims(found, axis)
    return value


def vectorized(pyfunc: Any, dtype: Any, *args: Any) -> Any:
    """Each element as a Python number, as `np.vectorize` hands it on."""
    many = np.broadcast_arrays(*args)
    flat = [np.ravel(a) for a in many]
    if dtype is None:
        pyfunc(*[a[0].item() for a in flat])  # NumPy asks it for the dtype first
    found = [pyfunc(*[a[k].item() for a in flat]) for k in range(flat[0].size)]
    values = np.array(found).reshape(many[0].shape)
    return values if dtype is None else values.astype(dtype)


def fromiter(iter: Any, dtype: Any, count: int = -1) -> Any:
    return np.array(list(iter)).astype(dtype)


def at_places(ufunc: Any, a: Any, indices: Any, *operands: Any) -> None:
    """One place after the other: what stands twice is changed twice."""
    arrays = indices if isinstance(indices, tuple) else (indices,)
    many = np.broadcast_arrays(*arrays)
    places = [np.ravel(i) for i in many]
    inner = a.shape[len(places) :]
    rows = [
        np.broadcast_to(b, many[0].shape + inner).reshape((places[0].size, *inner))
        for b in operands
    ]
    for k in range(places[0].size):
        where = tuple([i[k] for i in places])
        a[where] = ufunc(a[where], *[row[k] for row in rows])


def reduced_between(ufunc: Any, array: Any, indices: Any, axis: int = 0) -> Any:
    """From each index up to the next one; one element alone where that is not behind it."""
    rows, starts = np.moveaxis(array, axis, 0), np.asarray(indices)
    ends = np.append(starts[1:], len(rows))
    found = np.zeros((len(starts), *rows.shape[1:]), rows.dtype)
    for k in range(len(starts)):
        found[k] = rows[starts[k]]
        if starts[k] < ends[k]:
            found[k] = ufunc.reduce(rows[starts[k] : ends[k]])
    return np.moveaxis(found, 0, axis)


#: function -> the one that is followed in its place
IN_PYTHON: dict[Any, Any] = {
    np.put: put,
    np.place: place,
    np.putmask: putmask,
    np.put_along_axis: put_along_axis,
    np.fill_diagonal: fill_diagonal,
    np.apply_along_axis: apply_along_axis,
    np.apply_over_axes: apply_over_axes,
    np.fromiter: fromiter,
    **POLYNOMIALS,
    **SERIES,
    **STATISTICS,
}
