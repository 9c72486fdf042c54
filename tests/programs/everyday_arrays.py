"""Short programs over vectors and matrices, by loops and by the idioms of NumPy."""

from __future__ import annotations

import math

import numpy as np

from tests.programs.corpus import example

RNG = np.random.default_rng(32)
V = np.array([0.7, -0.3, 1.2, 0.4])
M = RNG.normal(size=(3, 3))


@example(V)
def moving_average(x):
    window = 2
    out = np.empty(len(x) - window + 1)
    for i in range(len(out)):
        out[i] = x[i : i + window].mean()
    return np.sum(out**2)


@example(V)
def finite_differences(x):
    d = np.diff(x)
    return np.sum(np.abs(d)) + np.sum(d[1:] * d[:-1])


@example(M)
def trace_and_symmetry(a):
    n = len(a)
    tr = sum(a[i, i] for i in range(3))
    asym = 0.0
    for i in range(n):
        for j in range(i):
            asym += (a[i, j] - a[j, i]) ** 2
    return tr - asym


@example(M)
def matrix_product_by_hand(a):
    b = a.T
    c = [[0.0] * 3 for _ in range(3)]
    for i in range(3):
        for j in range(3):
            for k in range(3):
                c[i][j] += a[i, k] * b[k, j]
    return sum(sum(row) for row in c)


@example(M, V[:3])
def power_method(a, v):
    s = a @ a.T
    for _ in range(5):
        v = s @ v
        v = v / np.sqrt(v @ v)
    return v @ s @ v


@example(M + 4.0 * np.eye(3), V[:3])
def gaussian_elimination(a, b):
    n = len(b)
    for k in range(n - 1):
        for i in range(k + 1, n):
            factor = a[i, k] / a[k, k]
            a[i, k:] -= factor * a[k, k:]
            b[i] -= factor * b[k]
    x = np.zeros(n)
    for i in reversed(range(n)):
        x[i] = (b[i] - np.dot(a[i, i + 1 :], x[i + 1 :])) / a[i, i]
    return np.sum(x**2)


@example(M + 4.0 * np.eye(3))
def lu_with_pivots(a):
    n = a.shape[0]
    sign = 1.0
    for k in range(n):
        p = k + int(np.argmax(np.abs(a[k:, k])))
        if p != k:
            a[[k, p]] = a[[p, k]]
            sign = -sign
        for i in range(k + 1, n):
            a[i, k] /= a[k, k]
            a[i, k + 1 :] -= a[i, k] * a[k, k + 1 :]
    return sign * np.prod(np.diag(a))


@example(M)
def gram_schmidt(a):
    q = np.zeros_like(a)
    for j in range(a.shape[1]):
        v = a[:, j].copy()
        for i in range(j):
            v -= np.dot(q[:, i], a[:, j]) * q[:, i]
        q[:, j] = v / np.linalg.norm(v)
    return np.sum(q[0] * np.arange(3.0))


@example(M)
def jacobi_rotation(a):
    s = a + a.T
    theta = 0.5 * np.arctan2(2.0 * s[0, 1], s[1, 1] - s[0, 0])
    c, t = np.cos(theta), np.sin(theta)
    r = np.eye(3)
    r[0, 0] = r[1, 1] = c
    r[0, 1], r[1, 0] = t, -t
    return np.sum((r.T @ s @ r)[0] ** 2)


@example(V, V[::-1].copy())
def cosine_similarity(a, b):
    return a @ b / (np.linalg.norm(a) * np.linalg.norm(b))


@example(RNG.normal(size=(4, 2)))
def pairwise_distances(p):
    diff = p[:, None, :] - p[None, :, :]
    d2 = np.einsum("ijk,ijk->ij", diff, diff)
    i, j = np.triu_indices(4, k=1)
    return np.sum(np.sqrt(d2[i, j]))


@example(RNG.normal(size=(4, 2)))
def polygon_area(p):
    x, y = p[:, 0], p[:, 1]
    return 0.5 * np.abs(np.dot(x, np.roll(y, 1)) - np.dot(y, np.roll(x, 1)))


@example(RNG.normal(size=(4, 2)))
def shoelace_by_loop(points):
    area = 0.0
    n = len(points)
    for i in range(n):
        j = (i + 1) % n
        area += points[i, 0] * points[j, 1] - points[j, 0] * points[i, 1]
    return area / 2


@example(V)
def top_two(x):
    s = np.sort(x)[::-1]
    return s[0] - s[1] ** 2


@example(V)
def weights_by_rank(x):
    order = np.argsort(x)
    w = np.empty(len(x))
    w[order] = np.arange(len(x)) / len(x)
    return w @ x


@example(V)
def log_sum_of_exponentials(x):
    m = max(x)
    return m + math.log(sum(math.exp(v - m) for v in x))


@example(np.array([0.2, 0.5, 0.3]), V[:3])
def expectation_and_variance(p, x):
    mean = sum(pi * xi for pi, xi in zip(p, x))
    var = sum(pi * (xi - mean) ** 2 for pi, xi in zip(p, x))
    return mean + var


@example(V)
def masked_mean(x):
    good = x > 0
    if not good.any():
        return 0.0
    return x[good].sum() / good.sum()


@example(M)
def where_and_masks(a):
    b = a.copy()
    b[b < 0] *= 0.1
    b[np.abs(a) > 1.0] = 1.0
    return np.where(a > 0.5, b, a * b).sum()


@example(M)
def rows_with_large_norm(a):
    total = 0.0
    for row in a:
        norm = np.sqrt((row**2).sum())
        if norm < 1.0:
            continue
        total += row.max() / norm
    return total
