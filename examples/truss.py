"""A plane truss by finite elements, and how its compliance changes with the bars and the joints.

Each bar has a stiffness matrix of four degrees of freedom, added into the global matrix with
``K[np.ix_(dofs, dofs)] += ke``.  With the supports taken out, K d = f gives the displacements; f·d,
the compliance, is twice the work of the load.  Structural optimisation needs its derivative with
respect to areas and positions.  For the areas it is known in closed form, −E ε² L for a bar of
length L with strain ε (Bendsøe and Sigmund 2003, section 1.2): the adjoint displacements are
the displacements themselves.
"""

import math
import time

import numpy as np

import adcompiler as ad

YOUNG = 70e9  # Pa, aluminium


class Truss:
    def __init__(self, bars, supports, loads):
        self.bars = np.array(bars)
        self.supports = np.array(supports)  # fixed degrees of freedom
        self.loads = np.array(loads, dtype=float)

    def free(self):
        return np.setdiff1d(np.arange(len(self.loads)), self.supports)

    def stiffness(self, joints, areas):
        K = np.zeros((2 * len(joints), 2 * len(joints)))
        for e in range(len(self.bars)):
            i, j = self.bars[e]
            ke = bar_stiffness(joints[i], joints[j], areas[e])
            dofs = np.array([2 * i, 2 * i + 1, 2 * j, 2 * j + 1])
            K[np.ix_(dofs, dofs)] += ke
        return K

    def displacements(self, joints, areas):
        K = self.stiffness(joints, areas)
        free = self.free()
        d = np.zeros(len(self.loads))
        d[free] = np.linalg.solve(K[np.ix_(free, free)], self.loads[free])
        return d


def bar_stiffness(a, b, area):
    """E A / L times the projections on the axes."""
    dx, dy = b - a
    length = np.sqrt(dx**2 + dy**2)
    c, s = dx / length, dy / length
    along = np.array([-c, -s, c, s])
    return YOUNG * area / length * np.outer(along, along)


def compliance(joints, areas, truss):
    return truss.loads @ truss.displacements(joints, areas)


def volume(joints, areas, truss):
    total = 0.0
    for e in range(len(truss.bars)):
        i, j = truss.bars[e]
        total += areas[e] * np.sqrt(np.sum((joints[j] - joints[i]) ** 2))
    return total


slopes = ad.grad(compliance, argnums=("joints", "areas"))
volume_slopes = ad.grad(volume, argnums=("joints", "areas"))


def slope_by_hand(joints, areas, truss):
    """The closed form for the areas: −E ε² L for each bar, with its strain ε."""
    d = truss.displacements(joints, areas).reshape(-1, 2)
    result = np.zeros(len(areas))
    for e in range(len(truss.bars)):
        i, j = truss.bars[e]
        along = joints[j] - joints[i]
        length = np.sqrt(along @ along)
        strain = along @ (d[j] - d[i]) / length**2
        result[e] = -YOUNG * strain**2 * length
    return result


def cantilever(bays=4):
    """A beam of crossed squares, held at the left and loaded at the lower right."""
    joints = np.array([[float(i), float(k)] for i in range(bays + 1) for k in range(2)])
    bars = []
    for n in range(bays):
        a, b, c, d = 2 * n, 2 * n + 1, 2 * n + 2, 2 * n + 3
        bars += [(a, c), (b, d), (a, d), (b, c), (c, d)]
    loads = np.zeros(2 * len(joints))
    loads[-3] = -1e4  # N
    return joints, Truss(bars, [0, 1, 2, 3], loads)


def optimise(joints, areas, truss, steps=60):
    """Optimality criterion: the volume goes where the work is, A ← A √(−∂c/∂A / (λ ∂V/∂A))."""
    budget, values = volume(joints, areas, truss), []
    for _ in range(steps):
        values.append(compliance(joints, areas, truss))
        _, gain = slopes(joints, areas, truss)
        _, price = volume_slopes(joints, areas, truss)
        areas = np.maximum(areas * np.sqrt(-gain / price), 1e-8)
        areas *= budget / volume(joints, areas, truss)
    return areas, values


def seconds(call, *args, repeat=20):
    best = math.inf
    for _ in range(repeat):
        before = time.perf_counter()
        call(*args)
        best = min(best, time.perf_counter() - before)
    return best


def main() -> None:
    joints, truss = cantilever()
    areas = np.full(len(truss.bars), 1e-4)
    by_joints, by_areas = slopes(joints, areas, truss)
    by_hand = slope_by_hand(joints, areas, truss)
    print(f"compliance {compliance(joints, areas, truss):.4f} J")
    apart = np.max(np.abs(by_areas - by_hand)) / np.max(np.abs(by_hand))
    print(f"slopes by the areas against −E ε² L: {apart:.1e}")
    print("slopes by the upper joints (J/m):", np.round(by_joints[1::2].ravel(), 2))
    best, values = optimise(joints, areas, truss)
    print(f"the same volume, better spread: {values[-1]:.4f} J")
    print("areas (cm²):", np.round(1e4 * best, 2))
    primal = seconds(compliance, joints, areas, truss)
    ratio = seconds(slopes, joints, areas, truss) / primal
    print(f"\ntime of the model {1e6 * primal:.0f} µs, of its gradient {ratio:.1f} times that\n")
    print(slopes.source(joints, areas, truss))


if __name__ == "__main__":
    main()
