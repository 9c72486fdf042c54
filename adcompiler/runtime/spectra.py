"""What adjoints of Fourier transforms need: other lengths, and the weights of half a spectrum."""

from __future__ import annotations

from typing import Any

import numpy as np


def with_length(x: Any, n: int, axis: int = -1) -> Any:
    """`x` cut, or filled up with zeros, to length `n` along an axis, as np.fft does with its ``n=``.

    >>> with_length(np.array([1.0, 2.0, 3.0]), 2), with_length(np.array([1.0, 2.0]), 3)
    (array([1., 2.]), array([1., 2., 0.]))
    """
    axis %= x.ndim
    lead = (slice(None),) * axis
    if n <= x.shape[axis]:
        return x[(*lead, slice(n))]
    found = np.zeros((*x.shape[:axis], n, *x.shape[axis + 1 :]), x.dtype)
    found[(*lead, slice(x.shape[axis]))] = x
    return found


def doubled(spectrum: Any, n: int, axis: int = -1) -> Any:
    """Half the spectrum of `n` real numbers, where each frequency that stands for two counts twice.

    These are all but the first, and but the last where `n` is even.

    >>> doubled(np.ones(3), 4), doubled(np.ones(3), 5)
    (array([1., 2., 1.]), array([1., 2., 2.]))
    """
    found = spectrum.copy()
    found[(slice(None),) * (axis % spectrum.ndim) + (slice(1, (n + 1) // 2),)] *= 2.0
    return found
