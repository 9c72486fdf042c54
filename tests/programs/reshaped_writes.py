"""Writes through `reshape`, `ravel` and `.flat` of arrays that lie in rows."""

from __future__ import annotations

import numpy as np

from tests.programs.corpus import example

V = np.array([0.7, -0.3, 1.2, 0.4])
M = np.array([[1.0, 0.3, -0.2], [0.5, 2.0, 0.1], [0.2, -0.4, 1.5]])


@example(M)
def transposed_flat(m):
    a = m.copy().T
    a.flat[1] = m[0, 0] ** 2
    return np.sum(a * m)


@example(M)
def transposed_reshape(m):
    a = m.copy().T.copy()
    b = a.reshape(-1)
    b[1] = 5.0 * m[0, 0]
    return np.sum(a * m) + np.sum(b)


@example(M)
def rows_then_reshape(m):
    a = m * m + 0.0
    c = a.copy()
    row = c[1].reshape(3, 1)
    row[2, 0] = m[0, 0]
    d = (a * 2).T
    e = d * 1.0
    f = e.reshape(-1)
    return np.sum(c * m) + f[1]


@example(V)
def one_axis_arithmetic(x):
    y = np.sin(x)
    g = y.reshape(2, 2)
    g += g.T
    g[0, 0] *= x[3]
    return y[0] * y[1] + np.sum(y**2)


@example(V)
def grid_from_vector(x):
    u = np.concatenate([x, x * 2])
    v = np.copy(x)
    v.reshape(2, 2)[1] = x[:2]
    w = np.array([x[0], x[1], 3.0, 4.0])
    w.reshape(2, 2)[:, 0] *= 2.0
    return np.sum(u) + np.sum(v * w)


@example(M)
def flat_of_argument(m):
    m.flat[::2] *= 2.0
    return np.sum(m**2)


@example(M)
def flat_loop(m):
    a = np.zeros((3, 3))
    for k, v in enumerate(m.flat):
        a.flat[k] = v * v * k
    return np.sum(a * m)


@example(M)
def views_of_views(m):
    a = np.zeros((3, 3))
    b = a.reshape(9)
    c = b[2:8].reshape(2, 3)
    c[1] = m[0] * m[1]
    b[0] = c[1, 0]
    a[2, 2] = b[0] * 2
    return np.sum(a**2) + c[0, 0] + b[8]


@example(V)
def loop_over_reshaped(x):
    a = np.empty(4)
    g = a.reshape(2, 2)
    for i in range(2):
        for j in range(2):
            g[i, j] = x[2 * i + j] ** (i + j + 1)
    return np.sum(a * x)


@example(V, 3)
def unknown_count(x, n):
    a = np.zeros((n, 4))
    r = a.ravel()
    for k in range(n):
        r[4 * k : 4 * k + 4] = x * (k + 1)
    return np.sum(a**2)


@example(M)
def strided_slice(m):
    a = m.copy()
    b = a[:, 1].reshape(3, 1)
    return np.sum(b * a)


@example(V)
def reshape_write(x):
    a = np.zeros(4)
    b = a.reshape(2, 2)
    b[0, 1] = x[0] * x[1]
    b[1] = x[2:]
    return np.sum(a**2) + a[1]


@example(M)
def ravel_copy_write(m):
    a = m.copy()
    a.ravel()[::4] += 2.0
    return np.linalg.det(a)


@example(M)
def flat_write(m):
    a = m * 1.0
    a.flat[2] = m[1, 1] * m[0, 0]
    a.flat[::4] = 3.0
    return np.sum(a * a)


@example(M)
def flat_iter(m):
    s = 0.0
    for v in m.flat:
        s += v**3
    return s


@example(M)
def reshape_inplace_op(m):
    a = np.empty((3, 3))
    a[:] = m
    a.reshape(-1)[1:4] *= m[0, 0]
    return np.sum(np.sin(a))


@example(V)
def reshape_read_after_write(x):
    a = np.zeros(4)
    b = a.reshape(2, 2)
    a[1] = x[0]
    a[2] = x[1] * x[0]
    return b[0, 1] * 2 + b[1, 0] ** 2
