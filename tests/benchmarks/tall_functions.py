"""Functions of 28 numbers with 30 000 results: fits of curves, and the skinned vertices of a hand.

`np` is a global, so that the same text runs on another array library (`with_library`).
"""

from __future__ import annotations

import types
from collections.abc import Callable
from typing import Any

import numpy as np

Function = Callable[..., Any]
POINTS = 30_000
PARENTS = (-1, 0, *(1 if bone % 4 == 2 else bone - 1 for bone in range(2, 22)))


def decays(p, t):
    """Seven damped oscillations."""
    y = np.zeros_like(t)
    for k in range(7):
        y = y + p[4 * k] * np.exp(-p[4 * k + 1] * t) * np.sin(p[4 * k + 2] * t + p[4 * k + 3])
    return y


def peaks(p, t):
    """Nine Gaussian peaks above a constant, one after the other."""
    y = np.full(t.shape, p[27])
    for k in range(9):
        z = (t - p[9 + k]) / p[18 + k]
        y = y + p[k] * np.exp(-0.5 * z * z)
    return y


def peaks_together(p, t):
    """The same with one array for all peaks."""
    height, centre, width = p[0:9], p[9:18], p[18:27]
    z = (t[:, None] - centre) / width
    return np.exp(-0.5 * z * z) @ height + p[27]


def network(p, t):
    """Nine hidden units."""
    hidden = np.tanh(np.outer(t, p[:9]) + p[9:18])
    return hidden @ p[18:27] + p[27]


def index_model(p, rows):
    """A nonlinear function of a linear one."""
    z = rows @ p
    return np.tanh(z) ** 2 + np.sin(z)


def rotation(angles):
    c, s = np.cos(angles), np.sin(angles)
    x = np.array([[1.0, 0.0, 0.0], [0.0, c[0], -s[0]], [0.0, s[0], c[0]]])
    y = np.array([[c[1], 0.0, s[1]], [0.0, 1.0, 0.0], [-s[1], 0.0, c[1]]])
    z = np.array([[c[2], -s[2], 0.0], [s[2], c[2], 0.0], [0.0, 0.0, 1.0]])
    return z @ y @ x


def bend(angle):
    c, s = np.cos(angle), np.sin(angle)
    return np.array(
        [[1.0, 0.0, 0.0, 0.0], [0.0, c, -s, 0.0], [0.0, s, c, 0.0], [0.0, 0.0, 0.0, 1.0]]
    )


def hand(p, relative, inverse, vertices, weights, seen):
    """Distances of 10 000 skinned vertices: rotation, shift, 21 joints, scale."""
    placed = np.concatenate([rotation(p[:3]), p[3:6].reshape(3, 1)], axis=1)
    bones = [np.concatenate([placed, np.array([[0.0, 0.0, 0.0, 1.0]])]) @ relative[0]]
    total = ((bones[0] @ inverse[0])[:3] @ vertices) * weights[0]
    for k in range(1, 22):
        bones.append(bones[PARENTS[k]] @ relative[k] @ bend(p[5 + k]))
        total = total + ((bones[k] @ inverse[k])[:3] @ vertices) * weights[k]
    return (p[27] * total - seen).ravel()


def arguments(points: int = POINTS) -> dict[Function, tuple[Any, ...]]:
    """Each function with its arguments, float64."""
    rng = np.random.default_rng(0)
    t = np.linspace(0.0, 10.0, points)
    curve = np.concatenate(
        [rng.uniform(0.5, 1, 9), np.linspace(0, 10, 9), rng.uniform(0.3, 0.8, 9), [0.1]]
    )
    frames = np.tile(np.eye(4), (2, 22, 1, 1))
    frames[:, :, :3, 3] = 0.3 * rng.normal(size=(2, 22, 3))
    vertices = np.concatenate([rng.normal(size=(3, points // 3)), np.ones((1, points // 3))])
    weights = rng.uniform(size=(22, points // 3)) ** 4
    pose = np.concatenate([0.3 * rng.normal(size=27), [1.0]])
    seen = rng.normal(size=(3, points // 3))
    return {
        decays: (rng.uniform(0.2, 1.0, 28), t),
        peaks: (curve, t),
        peaks_together: (curve, t),
        network: (0.5 * rng.normal(size=28), t / 10.0),
        index_model: (rng.normal(size=28), 0.2 * rng.normal(size=(points, 28))),
        hand: (pose, *frames, vertices, weights / weights.sum(axis=0), seen),
    }


def with_library(function: Function, library: Any) -> Function:
    """The function with another array library as `np`, its helpers as well."""
    names: dict[str, Any] = {"np": library, "PARENTS": PARENTS}
    for helper in (rotation, bend):
        names[helper.__name__] = types.FunctionType(helper.__code__, names)
    return types.FunctionType(function.__code__, names, function.__name__)
