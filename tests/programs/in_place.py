"""Programs that write in place: elements, slices, views, containers, objects."""

from __future__ import annotations

import numpy as np

from tests.programs.corpus import example

X = np.array([0.7, 1.3, -0.4, 0.9, 1.1])


@example(2.0)
def elements_one_by_one(x):
    a = np.zeros(3)
    a[0] = x
    a[1] = a[0] * a[0]
    a[2] += a[1] * x
    return a.sum()


@example(X)
def running_product(x):
    y = x.copy()
    for i in range(1, len(y)):
        y[i] = y[i - 1] * x[i] + y[i]
    return np.sum(y * y)


@example(X)
def burgers_steps(u):
    for _ in range(3):
        u[1:-1] = u[1:-1] + 0.1 * (u[2:] - 2.0 * u[1:-1] * u[:-2])
    return np.sum(u**2)


@example(np.arange(6.0).reshape(2, 3) + 1.0)
def rows_and_columns(a):
    row = a[0]
    row[1] = row[0] * 2.0
    column = a.T[1]
    a[1, 1] *= 3.0
    return np.sum(a * a) + column[1] + row[1]


@example(X)
@example(-X)
def write_in_a_branch(x):
    a = x.copy()
    if x[0] > 0.5:
        a[0] = a[1] * a[0]
    else:
        a[1:] += a[0]
    return np.sum(a**2)


@example(X)
def sums_in_a_list(x):
    acc = [0.0, 1.0]
    for v in x:
        acc[0] += v * acc[1]
        acc[1] = acc[1] * v
    d = {"a": acc[0]}
    d["b"] = acc[1] * d["a"]
    d["a"] += 1.0
    return d["a"] * d["b"]


class Walker:
    """spd point that moves."""

    def __init__(self, x):
        self.x = x
        self.n = 0.0

    def step(self, k):
        self.x = self.x + k * np.sin(self.x)
        self.n += 1.0
        return self


@example(0.3, 0.5)
@example(0.8, 0.9)
def object_in_a_loop(x, k):
    p = Walker(x)
    for _ in range(4):
        p.step(k)
    if p.x > 1.0:
        p.n = p.n * k
    return p.x * p.n


@example(X)
def two_buffers(x):
    u = x.copy()
    v = np.zeros_like(x)
    for _ in range(4):
        for i in range(1, len(u) - 1):
            v[i] = 0.5 * (u[i - 1] + u[i + 1]) * u[i]
        u, v = v, u
    return np.sum(u**2) + np.sum(v)


@example(X)
def argument_changed(x):
    x += 1.0
    x *= x
    y = x
    y -= 3.0
    return np.sum(x * y)


@example(X)
def growing_list(x):
    ys = [x[0]]
    for k in range(4):
        ys.append(ys[-1] * 1.1 + x[1])
    ys.extend([x[2], 2.0 * x[2]])
    last = ys.pop()
    ys.insert(0, last * last)
    ys.reverse()
    return np.sum(np.array(ys) ** 2)


@example(X)
def written_by_numpy(x):
    y = np.empty_like(x)
    np.sin(x, out=y)
    np.multiply(y, x, out=y)
    z = np.zeros(8)
    np.add.at(z, np.array([0, 1, 0, 2, 2]), y)
    square = np.zeros((5, 5))
    np.fill_diagonal(square, x)
    np.copyto(square[0], y)
    y.fill(2.0)
    return np.sum(z**2) + np.sum(square * square) + np.sum(y * x)


@example(X)
def changing_dict(x):
    d = {}
    d["a"] = x[0]
    d.setdefault("b", x[1] * d["a"])
    d.update(c=x[2], a=d["b"])
    q = d.pop("c")
    tot = 0.0
    for k, v in d.items():
        tot = tot + v * q
    return tot


@example(X)
def masks_and_fancy_writes(x):
    a = x.copy()
    a[a > 0.8] = 0.5
    a[[0, 2]] *= 3.0
    a[-1], a[0] = a[0], a[-1]
    b = a[1:4]
    b[::2] += x[:2]
    b += 1.0
    return np.sum(a * a * x)


@example(X)
def cholesky_by_loops(x):
    n = len(x)
    lower = np.zeros((n, n))
    spd = np.outer(x, x) + np.eye(n) * 6.0
    for i in range(n):
        for j in range(i + 1):
            s = spd[i, j]
            for k in range(j):
                s -= lower[i, k] * lower[j, k]
            if i == j:
                lower[i, j] = np.sqrt(s)
            else:
                lower[i, j] = s / lower[j, j]
    return np.sum(np.log(np.diagonal(lower)))


@example(X)
def thomas_in_place(x):
    # Thomas
    n = len(x)
    a = np.full(n, -1.0)
    b = np.full(n, 4.0) + x
    c = np.full(n, -1.0)
    d = x * x
    for i in range(1, n):
        w = a[i] / b[i - 1]
        b[i] -= w * c[i - 1]
        d[i] -= w * d[i - 1]
    u = np.zeros(n)
    u[-1] = d[-1] / b[-1]
    for i in range(n - 2, -1, -1):
        u[i] = (d[i] - c[i] * u[i + 1]) / b[i]
    return np.sum(u * u)


@example(X)
def bubble_sort(x):
    a = x.copy()
    n = len(a)
    for i in range(n):
        for j in range(n - 1 - i):
            if a[j] > a[j + 1]:
                a[j], a[j + 1] = a[j + 1], a[j]
    return np.sum(a * np.arange(n))


class Layer:
    def __init__(self, w, b):
        self.w = w
        self.b = b
        self.cache = []

    def __call__(self, h):
        self.cache.append(h)
        return np.tanh(self.w * h + self.b)


@example(X)
def objects_in_a_list(x):
    layers = [Layer(x[k], x[k + 1]) for k in range(3)]
    h = x
    for layer in layers:
        h = layer(h)
    return np.sum(h) + np.sum(layers[1].cache[0])


@example(np.abs(X))
def newton_on_elements(x):
    i = 0
    a = x.copy()
    while i < 20:
        k = i % len(a)
        a[k] = 0.5 * (a[k] + x[0] / a[k])
        if a[k] > 3.0:
            a[k] -= 1.0
            break
        i += 1
    return np.sum(a * x)


def helper(buf, x):
    buf[:] = x * buf
    buf[0] += 1.0


@example(X)
def helper_writes_its_argument(x):
    b = np.ones_like(x)
    helper(b, x)
    helper(b, x * x)
    return np.sum(b)


@example(X, 5)
@example(X, 1)
def written_with_another_length(x, n):
    """Only the run can tell that n fits: it is the length of x, or 1."""
    a = x.copy()
    b = np.zeros(n)
    b[:] = 0.5 * x[:n]
    a -= b * x[0]
    a *= b + 1.0
    a[1:] -= b[-1:] * a[:-1]
    return np.sum(a * a)


@example(X)
def iterated_after_a_write(x):
    tail = x[1:]
    total = 0.0
    for k in range(3):
        x[k + 1] = x[k] * tail[0]
        for element in tail:
            total += element * x[0]
    return total
@example(0.1 * np.arange(12.0).reshape(3, 2, 2), X[:2])
def adds_in_place_what_a_loop_carries(w, x):
    for k in range(len(w)):
        h = w[k] @ x
        h += x
        h *= x
        x = np.tanh(h)
    return np.sum(x)
