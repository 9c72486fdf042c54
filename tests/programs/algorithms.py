"""Textbook algorithms as one writes them down: pivots, rotations, sweeps, recursions with memory."""

from __future__ import annotations

import math

import numpy as np

from tests.programs.corpus import example

V = np.array([0.7, -0.3, 1.2, 0.4])
M = np.array([[0.3, 0.7, -0.6], [0.8, -0.2, 0.45], [-0.3, 0.55, 0.9]])


@example(M)
def determinant_by_pivots(m):
    a, n, sign = m.copy(), len(m), 1.0
    for k in range(n):
        i = k + int(np.argmax(np.abs(a[k:, k])))
        if i != k:
            a[[k, i]] = a[[i, k]]
            sign = -sign
        for j in range(k + 1, n):
            a[j, k] /= a[k, k]
            a[j, k + 1 :] -= a[j, k] * a[k, k + 1 :]
    return sign * np.prod(np.diag(a))


@example(M)
def eigenvalue_by_rotations(m):
    a = (m + m.T) / 2
    for _ in range(3):
        for p in range(2):
            for q in range(p + 1, 3):
                if abs(a[p, q]) < 1e-12:
                    continue
                theta = (a[q, q] - a[p, p]) / (2 * a[p, q])
                t = np.sign(theta) / (abs(theta) + math.sqrt(theta * theta + 1)) if theta != 0 else 1.0
                c = 1 / math.sqrt(t * t + 1)
                s = t * c
                r = np.eye(3)
                r[p, p] = r[q, q] = c
                r[p, q] = s
                r[q, p] = -s
                a = r.T @ a @ r
    return np.sort(np.diag(a))[0]


@example(M)
def gram_schmidt(m):
    q, r = np.zeros_like(m), np.zeros((3, 3))
    for j in range(3):
        v = m[:, j].copy()
        for i in range(j):
            r[i, j] = q[:, i] @ m[:, j]
            v -= r[i, j] * q[:, i]
        r[j, j] = np.linalg.norm(v)
        q[:, j] = v / r[j, j]
    return (q * m).sum() + r[0, 2]


@example(V)
def bubble_sort(v):
    a, n = v.copy(), len(v)
    for i in range(n):
        swapped = False
        for j in range(n - 1 - i):
            if a[j] > a[j + 1]:
                a[j], a[j + 1] = a[j + 1], a[j]
                swapped = True
        if not swapped:
            break
    return a @ np.arange(4.0) + a[0] ** 2


@example(V)
def insertion_sort(v):
    a = list(v)
    for i in range(1, 4):
        key, j = a[i], i - 1
        while j >= 0 and a[j] > key:
            a[j + 1] = a[j]
            j -= 1
        a[j + 1] = key
    return sum(i * z * z for i, z in enumerate(a))


@example(V)
def best_path(v):
    table = np.array([[0.7, 0.3], [0.4, 0.6]])
    p, back = np.log(np.array([0.5, 0.5])), []
    for z in v:
        s = p[:, None] + np.log(table * (1 + z**2))
        back.append(s.argmax(0))
        p = s.max(0) - z * np.array([1.0, 2.0])
    k = int(p.argmax())
    path = [k]
    for b in back[::-1]:
        k = b[k]
        path.append(k)
    return p.max() + sum(path) * v[0]


@example(V)
def two_loop_recursion(v):
    steps, changes = [], []
    x = v * 1.0
    g = 2 * x + x**3
    for _ in range(3):
        q, alphas = g.copy(), []
        for s, y in zip(reversed(steps), reversed(changes), strict=True):
            a = (s @ q) / (y @ s)
            alphas.append(a)
            q -= a * y
        if steps:
            q *= (steps[-1] @ changes[-1]) / (changes[-1] @ changes[-1])
        for (s, y), a in zip(zip(steps, changes, strict=True), reversed(alphas), strict=True):
            q += s * (a - (y @ q) / (y @ s))
        following = x - 0.5 * q
        slope = 2 * following + following**3
        steps.append(following - x)
        changes.append(slope - g)
        x, g = following, slope
        if len(steps) > 2:
            steps.pop(0)
            changes.pop(0)
    return x @ v + g @ g


@example(V)
def conjugate_gradients(v):
    a, b = np.diag(v**2 + 1) + 0.1, v.copy()
    x = np.zeros(4)
    r = b - a @ x
    p, rs = r.copy(), r @ r
    for _ in range(4):
        ap = a @ p
        alpha = rs / (p @ ap)
        x += alpha * p
        r -= alpha * ap
        new = r @ r
        if new < 1e-20:
            break
        p *= new / rs
        p += r
        rs = new
    return x @ v


@example(V)
def tridiagonal(v):
    n = 4
    a, b, c, d = np.full(n, -1.0), v + 3, np.full(n, -1.0), v**2
    for i in range(1, n):
        w = a[i] / b[i - 1]
        b[i] -= w * c[i - 1]
        d[i] -= w * d[i - 1]
    x = np.empty(n)
    x[-1] = d[-1] / b[-1]
    for i in range(n - 2, -1, -1):
        x[i] = (d[i] - c[i] * x[i + 1]) / b[i]
    return x @ x


@example(V)
def cells_on_a_torus(v):
    g = np.outer(v, v)
    h = g.copy()
    for _ in range(2):
        for i in range(4):
            for j in range(4):
                around = g[(i - 1) % 4, j] + g[(i + 1) % 4, j] + g[i, (j - 1) % 4] + g[i, (j + 1) % 4]
                h[i, j] = 0.5 * g[i, j] + 0.1 * around
        g, h = h, g
    return g[1, 2] + h[0, 0] * g[3, 3]


@example(0.7, 0.2)
def step_size_control(x, y):
    t, s, h, n = 0.0, 1.0, 0.3, 0
    while t < 1.0:
        h = min(h, 1.0 - t)
        a = s + h * (-x * s + y * t)
        b = s + h / 2 * (-x * s + y * t)
        b += h / 2 * (-x * b + y * (t + h / 2))
        if abs(a - b) > 1e-2:
            h *= 0.5
            continue
        t += h
        s = 2 * b - a
        n += 1
        if abs(a - b) < 1e-3:
            h *= 1.5
    return s * n
