"""Features of Python and NumPy together: what is right alone may be wrong in company."""

from __future__ import annotations

import numpy as np

import adcompiler as ad
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


Z = X * np.exp(1j * np.array([0.2, -0.3, 0.5, 0.8, -0.6]))


@example(Z)
def complex_numbers_in_a_list(z):
    s = 0.0
    for v in list(z)[:3]:
        s += abs(v * v + 1)
    return s


@example(Z)
def complex_numbers_appended(z):
    out = []
    for i in range(len(z)):
        if z[i].real > 0.3:
            out.append(z[i] * z[0])
    w = np.array(out)
    return np.sum(np.abs(w) ** 2) + out[0].imag


@example(X)
def the_last_of_each(x):
    for i in range(3):
        a = x * (i + 1)
        b = a.copy()
        b[i] = 0.0
        for v, w in zip(x, b):
            c = v * w
    return a, b, c * v


@example(X)
def buffers_change_places(x):
    prev = x.copy()
    cur = x * 2.0
    for i in range(1, 4):
        prev[i] = prev[i - 1] * cur[i]
        prev, cur = cur, prev
    return cur @ prev + cur[1]


@example(X)
def overlapping_slices(x):
    a = x * 1.5
    a[1:] = a[:-1] * a[1:]
    a[:-1] += a[1:] ** 2
    a[:] = a[::-1] * a
    a[::2] -= a[::-2]
    return a, a


@example({"w": X, "b": 0.3})
def dict_returned_as_it_is(p):
    p["w"][1:3] *= p["b"]
    p["c"] = p["w"]
    return p


@example(X)
def pullbacks_of_a_loop(x):
    def f(v):
        for k in range(3):
            s = np.sin(v) * v[k]
        return s

    y, pull = ad.vjp(f, x)
    (one,), (two,) = pull(y), pull(x)
    _, push = ad.linearize(f, x)
    return one * two + push(x)
