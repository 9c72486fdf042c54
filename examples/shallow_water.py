"""Shallow water in a basin: where was the water at the start?  A twin experiment of data assimilation.

The linear-friction shallow-water equations on a C-grid (Arakawa and Lamb 1977), stepped in place with
forward-backward differences: the surface first, then the velocities from the new surface.

    ∂h/∂t = −∂(Du)/∂x − ∂(Dv)/∂y     ∂u/∂t = −g ∂h/∂x − r u     ∂v/∂t = −g ∂h/∂y − r v

`h` is the surface elevation and `D = depth + h` the thickness, upwinded.  Tide gauges record `h` at a few places; the misfit between
their records and the model is a function of the elevation at the start, and its gradient, the adjoint model, is
what weather and ocean centres spend years on writing by hand.
"""

import time

import numpy as np

import adcompiler as ad

G = 9.81


class Basin:
    def __init__(self, nx, ny, spacing, depth, friction, step):
        self.nx = nx
        self.ny = ny
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
        thickness = self.depth + h
        flow_x = np.zeros((self.nx + 1, self.ny))
        flow_y = np.zeros((self.nx, self.ny + 1))
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
        u = np.zeros((self.nx + 1, self.ny))
        v = np.zeros((self.nx, self.ny + 1))
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
    rough = np.sum((start[1:, :] - start[:-1, :]) ** 2) + np.sum((start[:, 1:] - start[:, :-1]) ** 2)
    return 0.5 * np.sum((records - observed) ** 2) + 1e-3 * rough


misfit_and_gradient = ad.value_and_grad(misfit)
