"""Shallow water in a basin: where was the water at the start?  A twin experiment of data assimilation.

The shallow-water equations on a C-grid (Arakawa and Lamb 1977), stepped in place with
forward-backward differences: the surface first, then the velocities from the new surface.

    ∂h/∂t = −∂(Du)/∂x − ∂(Dv)/∂y     ∂u/∂t = −g ∂h/∂x − r u     ∂v/∂t = −g ∂h/∂y − r v

`h` is the surface elevation and `D = depth + h` the thickness.  Tide gauges record `h` at a few
places; the misfit between their records and the model is a function of the elevation at the start.
Its gradient, the adjoint model, is what weather and ocean centres spend years on writing by hand.
"""

import math
import time

import numpy as np

import adcompiler as ad

G = 9.81


class Basin:
    def __init__(self, spacing, depth, friction, step):
        self.spacing = spacing
        self.depth = depth
        self.friction = friction
        self.step = step

    def close_walls(self, u, v):
        """No flow through the coast."""
        u[0, :] = 0.0
        u[-1, :] = 0.0
        v[:, 0] = 0.0
        v[:, -1] = 0.0

    def move_surface(self, h, u, v):
        """Continuity: what flows in raises the surface.  Thickness is taken as the mean of its neighbours."""
        nx, ny = h.shape
        thickness = self.depth + h
        flow_x = np.zeros((nx + 1, ny))
        flow_y = np.zeros((nx, ny + 1))
        flow_x[1:-1, :] = 0.5 * (thickness[1:, :] + thickness[:-1, :]) * u[1:-1, :]
        flow_y[:, 1:-1] = 0.5 * (thickness[:, 1:] + thickness[:, :-1]) * v[:, 1:-1]
        ratio = self.step / self.spacing
        h -= ratio * (flow_x[1:, :] - flow_x[:-1, :])
        h -= ratio * (flow_y[:, 1:] - flow_y[:, :-1])

    def move_water(self, h, u, v):
        """Momentum: the slope of the surface drives the flow, friction brakes it."""
        ratio = G * self.step / self.spacing
        u[1:-1, :] -= ratio * (h[1:, :] - h[:-1, :])
        v[:, 1:-1] -= ratio * (h[:, 1:] - h[:, :-1])
        u *= 1.0 - self.friction * self.step
        v *= 1.0 - self.friction * self.step
        self.close_walls(u, v)

    def run(self, start, gauges, steps):
        """What the gauges show: one row for each step."""
        h = start.copy()
        nx, ny = h.shape
        u = np.zeros((nx + 1, ny))
        v = np.zeros((nx, ny + 1))
        rows, columns = gauges
        records = np.zeros((steps, len(rows)))
        for k in range(steps):
            self.move_surface(h, u, v)
            self.move_water(h, u, v)
            records[k] = h[rows, columns]
        return records


def misfit(start, basin, gauges, observed):
    """Half the squared distance of the model from the records of the gauges, and a little smoothness."""
    records = basin.run(start, gauges, len(observed))
    rough = np.sum((start[1:, :] - start[:-1, :]) ** 2) + np.sum(
        (start[:, 1:] - start[:, :-1]) ** 2
    )
    return 0.5 * np.sum((records - observed) ** 2) + 1e-3 * rough


misfit_and_gradient = ad.value_and_grad(misfit)


def gradient_by_hand(start, basin, gauges, observed):
    """The adjoint model as one writes it by hand: the steps backwards, each transposed."""
    nx, ny = start.shape
    rows, columns = gauges
    to_flow, to_water = basin.step / basin.spacing, G * basin.step / basin.spacing
    brake = 1.0 - basin.friction * basin.step
    h, u, v = start.copy(), np.zeros((nx + 1, ny)), np.zeros((nx, ny + 1))
    records, surfaces, speeds = np.zeros_like(observed), [], []
    for k in range(len(observed)):
        surfaces.append(h.copy())
        speeds.append((u.copy(), v.copy()))
        basin.move_surface(h, u, v)
        basin.move_water(h, u, v)
        records[k] = h[rows, columns]
    h_bar, u_bar, v_bar = np.zeros_like(h), np.zeros_like(u), np.zeros_like(v)
    for k in reversed(range(len(observed))):
        np.add.at(h_bar, (rows, columns), records[k] - observed[k])
        basin.close_walls(u_bar, v_bar)
        u_bar *= brake
        v_bar *= brake
        du, dv = to_water * u_bar[1:-1, :], to_water * v_bar[:, 1:-1]
        h_bar[1:, :] -= du
        h_bar[:-1, :] += du
        h_bar[:, 1:] -= dv
        h_bar[:, :-1] += dv
        thickness, (u, v) = basin.depth + surfaces[k], speeds[k]
        flow_x_bar = 0.5 * to_flow * (h_bar[1:, :] - h_bar[:-1, :])
        flow_y_bar = 0.5 * to_flow * (h_bar[:, 1:] - h_bar[:, :-1])
        u_bar[1:-1, :] += flow_x_bar * (thickness[1:, :] + thickness[:-1, :])
        v_bar[:, 1:-1] += flow_y_bar * (thickness[:, 1:] + thickness[:, :-1])
        flow_x_bar *= u[1:-1, :]
        flow_y_bar *= v[:, 1:-1]
        h_bar[1:, :] += flow_x_bar
        h_bar[:-1, :] += flow_x_bar
        h_bar[:, 1:] += flow_y_bar
        h_bar[:, :-1] += flow_y_bar
    rough_x, rough_y = start[1:, :] - start[:-1, :], start[:, 1:] - start[:, :-1]
    h_bar[1:, :] += 2e-3 * rough_x
    h_bar[:-1, :] -= 2e-3 * rough_x
    h_bar[:, 1:] += 2e-3 * rough_y
    h_bar[:, :-1] -= 2e-3 * rough_y
    return h_bar


def experiment(nx=24, ny=20, steps=60):
    """A bump of water is let go; sixteen gauges record what passes."""
    basin = Basin(spacing=1e3, depth=50.0, friction=1e-5, step=20.0)
    x, y = np.meshgrid(np.arange(nx), np.arange(ny), indexing="ij")
    truth = np.exp(-((x - 8.0) ** 2 + (y - 12.0) ** 2) / 10.0)
    rows, columns = np.meshgrid(np.arange(2, nx, 6), np.arange(2, ny, 5), indexing="ij")
    gauges = (rows.ravel(), columns.ravel())
    return basin, gauges, truth, basin.run(truth, gauges, steps)


def assimilate(start, basin, gauges, observed, steps=60):
    """Gradient descent with the steps of Barzilai and Borwein (1988)."""
    values, rate, before, slope_before = [], 0.1, None, None
    for _ in range(steps):
        value, slope = misfit_and_gradient(start, basin, gauges, observed)
        values.append(value)
        if before is not None:
            moved, turned = start - before, slope - slope_before
            rate = np.sum(moved * moved) / np.sum(moved * turned)
        before, slope_before = start, slope
        start = start - rate * slope
    return start, values


def seconds(call, *args, repeat=10):
    best = math.inf
    for _ in range(repeat):
        before = time.perf_counter()
        call(*args)
        best = min(best, time.perf_counter() - before)
    return best


def main() -> None:
    basin, gauges, truth, observed = experiment()
    arguments = np.zeros_like(truth), basin, gauges, observed
    found, values = assimilate(*arguments)
    error = np.sqrt(np.mean((found - truth) ** 2) / np.mean(truth**2))
    print(f"misfit: {values[0]:.4f} at the start, {values[-1]:.2e} after {len(values)} gradients")
    print(f"elevation at the start of the wave: error {error:.1%}")
    _, slope = misfit_and_gradient(*arguments)
    by_hand = gradient_by_hand(*arguments)
    print(
        f"generated against hand-written adjoint: {np.max(np.abs(slope - by_hand)) / np.max(np.abs(by_hand)):.1e}"
    )
    primal = seconds(misfit, *arguments)
    print(f"\ntime of the model {1e3 * primal:.2f} ms; in units of that")
    print(f"  generated adjoint    {seconds(misfit_and_gradient, *arguments) / primal:.1f}")
    print(f"  hand-written adjoint {seconds(gradient_by_hand, *arguments) / primal:.1f}")
    print("\n" + misfit_and_gradient.source(*arguments))


if __name__ == "__main__":
    main()
