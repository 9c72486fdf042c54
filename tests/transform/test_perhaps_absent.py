"""Second derivatives of loops whose iterations end in many ways: zeros of what only some of the ways make."""

from __future__ import annotations

import math

import numpy as np
import pytest

import adcompiler as ad
from tests.programs.oracle import directional

X = np.array([0.6131, -0.4227, 0.5173, -0.6391, 0.9277, 0.2791])
DIRECTION = np.array([0.3, -0.8, 0.5, 0.9, -0.4, 0.7])
WEIGHTS = np.array([-0.6, 0.2, 0.8, 0.1, 0.7, -0.9])


def many_ways_out(z):
    x, y, v = z[0], z[1], z[2:]
    s = 0.25
    q = [x, 0.5, y]
    p = np.zeros(4)
    for k in range(4, 0, -1):
        if y < -0.2319:
            pair = (q[0], v)
            s = pair[0]
            if s > -0.2319:
                p[2] = y
        elif y > 0.1731:
            if k % 2 == 0:
                break
            if s < -0.2319:
                continue
            if x > 0.4377:
                return len(q) * x
            p[1:3] = p[:2] * np.max(p)
        q.append(math.tanh(s - y))
        p[np.array([3, 1])] += p[:2]
    return s * x + y * y + np.sum(v * p) + sum(q) * 0.3


def filled_in_an_inner_loop(z):
    h, p, n = None, z * 0.5, len(z) // 2
    for k in range(n):
        p = p * z[k] + 0.1
        for _ in range(3):
            h = p * 0.5 if h is None else h * h + 0.3 * p
    return np.sum(z * p) + (z[0] if h is None else np.sum(h * z))


@pytest.mark.parametrize("f", [many_ways_out, filled_in_an_inner_loop])
def test_second_order_where_conditions_do_not_tell_what_is_there(f):
    found = []
    for inner in ("forward", "reverse"):
        slope = ad.grad(f, mode=inner)

        def along(z, slope=slope):
            return np.sum(slope(z) * WEIGHTS)

        expected = directional(along, X, DIRECTION, 1e-4)
        for outer in ("forward", "reverse"):
            gradient = ad.grad(along, mode=outer)(X)
            assert np.isclose(gradient @ DIRECTION, expected, rtol=1e-7)
            found.append(gradient)
    for other in found[1:]:
        assert np.allclose(other, found[0], rtol=1e-12, atol=1e-14)
