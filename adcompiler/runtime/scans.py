"""Scans that NumPy has no function for: linear recurrences, products of all but one element."""

from __future__ import annotations

from typing import Any

import numpy as np


def recurrence(factors: Any, terms: Any, axis: int = 0, reverse: bool = False) -> Any:
    """z with z[0] = 0 and z[i + 1] = factors[i]·z[i] + terms[i] along an axis, as long as `terms`.

    With `reverse`, z[-1] = 0 and z[i - 1] = factors[i]·z[i] + terms[i].

    >>> recurrence(np.array([2.0, 3.0, 4.0]), np.array([1.0, 1.0, 1.0]))
    array([0., 1., 4.])
    >>> recurrence(np.array([2.0, 3.0, 4.0]), np.array([1.0, 1.0, 1.0]), reverse=True)
    array([4., 1., 0.])
    """
    shape = np.broadcast_shapes(np.shape(factors), np.shape(terms))
    found = np.zeros(shape, np.result_type(factors, terms))
    a = np.moveaxis(np.broadcast_to(factors, shape), axis, 0)
    b = np.moveaxis(np.broadcast_to(terms, shape), axis, 0)
    z = np.moveaxis(found, axis, 0)
    if reverse:
        a, b, z = a[::-1], b[::-1], z[::-1]
    if z.ndim == 1:  # numbers: a loop over Python floats is several times faster
        total, values = 0.0, []
        for factor, term in zip(a[:-1].tolist(), b[:-1].tolist(), strict=True):
            total = factor * total + term
            values.append(total)
        z[1:] = values
        return found
    for i in range(len(z) - 1):
        np.multiply(a[i], z[i], out=z[i + 1, ...])
        z[i + 1] += b[i]
    return found


def products_before(x: Any, axis: int = 0) -> Any:
    """For each element along an axis the product of those before it: 1, x[0], x[0]·x[1], …

    >>> products_before(np.array([2.0, 0.0, 5.0]))
    array([1., 2., 0.])
    """
    found = np.ones_like(x)
    source, target = np.moveaxis(x, axis, 0), np.moveaxis(found, axis, 0)
    np.cumprod(source[:-1], axis=0, out=target[1:])
    return found


def products_of_others(x: Any, axis: int = 0) -> Any:
    """For each element along an axis the product of all others: from both sides, with no division.

    >>> products_of_others(np.array([2.0, 0.0, 5.0]))
    array([ 0., 10.,  0.])
    """
    return products_before(x, axis) * np.flip(products_before(np.flip(x, axis), axis), axis)
