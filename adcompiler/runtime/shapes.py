"""Shapes that only the run can tell."""

from __future__ import annotations

from typing import Any

import numpy as np

#: how the message of `check_shape` begins
SEED_SHAPE = "a tangent or cotangent of shape"


def sum_to_shape(value: Any, shape: tuple[int, ...]) -> Any:
    """Sum `value` over the axes along which an array of `shape` was broadcast.

    The adjoint of broadcasting, for lengths that may or may not be 1.

    >>> sum_to_shape(np.ones((2, 3)), (3,))
    array([2., 2., 2.])
    >>> sum_to_shape(np.ones((2, 3)), (2, 1))
    array([[3.],
           [3.]])
    """
    extra = value.ndim - len(shape)
    if extra:
        value = value.sum(axis=tuple(range(extra)))
    axes = tuple(k for k, n in enumerate(shape) if n == 1 and value.shape[k] != 1)
    return value.sum(axis=axes, keepdims=True) if axes else value


def check_shape(value: Any, shape: tuple[int, ...]) -> Any:
    """`value`, which must have this shape: a tangent or cotangent has that of its primal.

    >>> check_shape(np.ones(2), (3,))
    Traceback (most recent call last):
    ValueError: a tangent or cotangent of shape (2,) was given for a value of shape (3,)
    """
    if np.shape(value) != shape:
        raise ValueError(f"{SEED_SHAPE} {np.shape(value)} was given for a value of shape {shape}")
    return value


def check_rows(value: Any, count: int) -> Any:
    """`value`, whose first axis must have this length: it is unpacked into so many names.

    >>> check_rows(np.ones(3), 2)
    Traceback (most recent call last):
    ValueError: an array of 3 rows is unpacked into 2 names
    """
    if len(value) != count:
        raise ValueError(f"an array of {len(value)} rows is unpacked into {count} names")
    return value
