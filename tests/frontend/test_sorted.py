"""`sorted` and `sort` of tuples and of arrays, by what only the run knows."""

from __future__ import annotations

import math

import numpy as np
import pytest

import adcompiler as ad

X = np.array([0.5, -0.3, 0.8, 0.2])


def pairs(x):
    p = sorted([(x[0], x[1]), (0.1, 0.9), (x[2], x[3])])
    return p[0][0] * p[1][1] + p[2][1] ** 2


def numbered(x):
    p = sorted([(x[0], 1), (x[1], 2), (x[2], 3)], reverse=True)
    return p[0][0] * p[1][1]


def equal_firsts(x):
    t = sorted([(x[0], x[1]), (x[0], x[2]), (x[0], x[3])])
    return t[1][1] * 2.0 + t[2][0] * t[0][1]


def known_firsts(x):
    return sorted([(1, x[0]), (1, x[1]), (0, x[2])])[1][1] * x[3]


def zipped(x):
    return sum(a * b * k for k, (a, b) in enumerate(sorted(zip(x[:2], x[2:], strict=True))))


def arrays(x):
    p = sorted([x[:2], x[2:], x[1:3] * 2.0], key=lambda q: q[1])
    return p[0][0] * p[1][1] + np.sum(p[2] ** 3)


def written_after(x):
    a, b = x[:2] * 1.0, x[2:] * 1.0
    p = sorted([a, b], key=lambda q: q.sum())
    p[0][0] = x[0] ** 2
    return np.sum(p[0] * x[1])


def simplex_step(x):
    pts = [np.array([x[0], x[1]]), np.array([x[2], 0.1]), np.array([0.3, x[3]])]

    def f(p):
        return (p[0] - 1) ** 2 + 10 * (p[1] - p[0] ** 2) ** 2

    for _ in range(5):
        pts.sort(key=f)
        c = (pts[0] + pts[1]) / 2
        r = 2 * c - pts[2]
        if f(r) < f(pts[1]):
            pts[2] = r
        else:
            pts[2] = 0.5 * (pts[0] + pts[2])
    return min(f(p) for p in pts)


def convex_hull_perimeter(x):
    pts = sorted([(x[0], x[1]), (x[2], x[3]), (0.1, 0.9), (1.0, 0.1), (0.4, 0.3)])

    def half(points):
        out = []
        for p in points:
            while len(out) >= 2:
                (ax, ay), (bx, by) = out[-2], out[-1]
                if (bx - ax) * (p[1] - ay) - (by - ay) * (p[0] - ax) <= 0:
                    out.pop()
                else:
                    break
            out.append(p)
        return out

    lower, upper = half(pts), half(reversed(pts))
    hull = lower[:-1] + upper[:-1]
    return sum(
        math.hypot(a[0] - b[0], a[1] - b[1]) for a, b in zip(hull, hull[1:] + hull[:1], strict=True)
    )


def origin_read(x):
    a, b = x[:2] * 1.0, x[2:] * 1.0
    p = sorted([a, b], key=lambda q: q.sum())
    p[0][0] = x[0] ** 2
    return np.sum(a)


def origin_written(x):
    a, b = x[:2] * 1.0, x[2:] * 1.0
    p = sorted([a, b], key=lambda q: q.sum())
    a[0] = x[0] ** 2
    return np.sum(p[0])


def two_lengths(x):
    return sorted([x[:1], x[1:]], key=lambda q: q[0])[0][0]


def slope(f, x, h=1e-6):
    return np.array([(f(x + h * e) - f(x - h * e)) / (2 * h) for e in np.eye(len(x))])


@pytest.mark.parametrize(
    "f",
    [
        pairs, numbered, equal_firsts, known_firsts, zipped, arrays, written_after, simplex_step,
        convex_hull_perimeter,
    ],
)  # fmt: skip
def test_in_order(f):
    gradients = {mode: ad.grad(f, mode=mode) for mode in ("forward", "reverse")}
    for x in (X, X[::-1].copy(), np.array([0.3, 0.31, -0.4, 0.9])):
        if f is equal_firsts:
            x = np.array([0.4, *x[1:]])
        expected = slope(f, x)
        for gradient in gradients.values():
            assert np.allclose(gradient(x), expected, atol=1e-7)
    seconds = [
        ad.grad(lambda x, g=g: np.sum(g(x) * [0.3, -0.7, 0.9, 0.4]), mode=outer)(X)
        for g in gradients.values()
        for outer in ("forward", "reverse")
    ]
    expected = slope(lambda x: np.sum(gradients["forward"](x) * [0.3, -0.7, 0.9, 0.4]), X, 1e-5)
    assert all(np.allclose(s, expected, atol=1e-6) for s in seconds)


@pytest.mark.parametrize("f", [origin_read, origin_written])
def test_an_array_that_stands_in_two_places_is_not_read(f):
    with pytest.raises(ad.AliasError):
        ad.grad(f)(X)


def test_arrays_of_two_lengths_are_refused():
    with pytest.raises(ad.UnsupportedValueError, match="different shapes"):
        ad.grad(two_lengths)(X)
