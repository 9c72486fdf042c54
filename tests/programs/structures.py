"""Robot arms, chains of joints, trusses and bars."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from tests.programs.corpus import example


class Arm:
    """A planar robot arm of revolute joints."""

    def __init__(self, lengths):
        self.lengths = lengths
        self.angles = [0.0] * len(lengths)

    def set_angles(self, *angles):
        assert len(angles) == len(self.lengths)
        self.angles = list(angles)
        return self

    def joints(self):
        x, y, heading = 0.0, 0.0, 0.0
        points = [(x, y)]
        for length, angle in zip(self.lengths, self.angles):
            heading += angle
            x += length * math.cos(heading)
            y += length * math.sin(heading)
            points.append((x, y))
        return points

    @property
    def tip(self):
        return self.joints()[-1]

    def distance_to(self, target):
        tx, ty = target
        x, y = self.tip
        return math.hypot(x - tx, y - ty)


@example(0.3, -0.4, 0.9, 1.2)
def robot_arm_reach(a, b, c, length):
    arm = Arm([length, 0.8, 0.5]).set_angles(a, b, c)
    return arm.distance_to((1.0, 1.5)) ** 2


def rotation(axis, angle):
    c, s = math.cos(angle), math.sin(angle)
    if axis == "x":
        return np.array([[1.0, 0.0, 0.0], [0.0, c, -s], [0.0, s, c]])
    if axis == "y":
        return np.array([[c, 0.0, s], [0.0, 1.0, 0.0], [-s, 0.0, c]])
    return np.array([[c, -s, 0.0], [s, c, 0.0], [0.0, 0.0, 1.0]])


@dataclass
class Joint:
    axis: str
    offset: np.ndarray


JOINTS = [
    Joint("z", np.array([0.0, 0.0, 0.4])),
    Joint("y", np.array([0.5, 0.0, 0.0])),
    Joint("x", np.array([0.3, 0.1, 0.0])),
]


@example(np.array([0.2, -0.5, 0.8]))
def kinematic_chain(q):
    T = np.eye(4)
    for k, joint in enumerate(JOINTS):
        step = np.eye(4)
        step[:3, :3] = rotation(joint.axis, q[k])
        step[:3, 3] = joint.offset
        T = T @ step
    return T[0, 3] * 2.0 + T[2, 3] + T[1, 1]


NODES = np.array([[0.0, 0.0], [1.0, 0.0], [0.5, 0.8], [1.5, 0.9]])
BARS = [(0, 1), (0, 2), (1, 2), (1, 3), (2, 3)]


@example(np.array([1.0, 1.2, 0.8, 1.1, 0.9]), NODES)
def truss_compliance(area, nodes):
    n = 2 * len(nodes)
    K = np.zeros((n, n))
    for e, (i, j) in enumerate(BARS):
        d = nodes[j] - nodes[i]
        length = np.sqrt(np.sum(d**2))
        c, s = d / length
        ke = area[e] / length * np.outer([-c, -s, c, s], [-c, -s, c, s])
        dofs = [2 * i, 2 * i + 1, 2 * j, 2 * j + 1]
        for a in range(4):
            for b in range(4):
                K[dofs[a], dofs[b]] += ke[a, b]
    f = np.zeros(n)
    f[7] = -1.0
    free = [2, 4, 5, 6, 7]
    u = np.zeros(n)
    u[free] = np.linalg.solve(K[np.ix_(free, free)], f[free])
    return f @ u


@example(np.array([2.0, 3.0, 1.5]), np.array([0.5, -1.0, 0.2]))
def bar_elements(stiffness, load):
    n = len(stiffness)
    K = np.zeros((n + 1, n + 1))
    for e in range(n):
        K[e : e + 2, e : e + 2] += stiffness[e] * np.array([[1.0, -1.0], [-1.0, 1.0]])
    u = np.linalg.solve(K[1:, 1:], load)
    return u @ load
