"""Features of Python and NumPy together: what is right alone may be wrong in company."""

from __future__ import annotations

import numpy as np

from tests.programs.corpus import example

X = np.array([0.7, 1.3, -0.4, 0.9, 1.1])
POINT = np.array(0.7)


@example(POINT)
def no_axes_shared(x):
    y = x.copy()
    z = y
    y += x * x
    return z * 2.0


@example(POINT)
def no_axes_argument_written(x):
    x += 1.0
    return x * x


@example(X)
def no_axes_in_a_loop(v):
    y = np.zeros(())
    z = y
    for i in range(3):
        y += v[i]
        y[()] = y * v[i + 1]
    y[...] = y * 2
    return z * y, y


@example(POINT, X)
def no_axes_carried(x, v):
    y = x.copy()
    for i in range(3):
        y += v[i] * x
    return y * 1.0


@example((POINT, X))
def no_axes_in_a_list(p):
    x, v = p
    s = [x.copy() for _ in range(3)]
    for k, a in enumerate(s):
        a -= v[k]
    return s[0] * s[1] * s[2], x


@example(POINT)
def no_axes_given_some(x):
    return x.reshape(-1) * x[None] + np.diagflat(x)[0] + x.ravel().T


@example(0.7)
def a_number_given_axes(x):
    return np.concatenate([x, 2.0 * x], axis=None) * np.diagflat(x)[0, 0] + np.unique(x)


@example(np.zeros((0, 4)), X)
def empty_and_reshaped(a, x):
    return a.ravel(), a.reshape(-1, 1) * x[:1], np.cumsum(a), np.outer(a, x)


@example(np.array([[1.0, 0.3], [0.2, 1.7]]))
def characteristic_polynomial(a):
    return np.poly(a) * np.linalg.norm(a, 1)
