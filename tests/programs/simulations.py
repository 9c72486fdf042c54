"""Physics by steps and sweeps: stencils, relaxations, particles, orbits, rigid bodies, structures."""

from __future__ import annotations

import math

import numpy as np

from tests.programs.corpus import example

RNG = np.random.default_rng(11)
ROD = np.array([0.0, 0.8, 1.0, 0.6, 0.2, 0.0])


def thomas(lower, diag, upper, rhs):
    """Solve a tridiagonal system; diag and rhs are overwritten."""
    n = len(rhs)
    for i in range(1, n):
        w = lower[i - 1] / diag[i - 1]
        diag[i] -= w * upper[i - 1]
        rhs[i] -= w * rhs[i - 1]
    rhs[-1] /= diag[-1]
    for i in range(n - 2, -1, -1):
        rhs[i] = (rhs[i] - upper[i] * rhs[i + 1]) / diag[i]
    return rhs


@example(
    np.array([-1.0, -0.8, -1.1]),
    np.array([4.0, 3.5, 4.2, 3.9]),
    np.array([-0.9, -1.2, -0.7]),
    RNG.normal(size=4),
)
def tridiagonal_solve(lower, diag, upper, rhs):
    x = thomas(lower, diag, upper, rhs)
    return np.sum(x * x)


@example(ROD, 0.3)
def heat_implicit(u, nu):
    n = len(u)
    for _ in range(3):
        u = thomas(
            -nu * np.ones(n - 1), (1.0 + 2.0 * nu) * np.ones(n), -nu * np.ones(n - 1), u.copy()
        )
    return np.dot(u, u)


@example(ROD, 0.2)
def heat_stencil_in_place(u, r):
    for step in range(4):
        old = u.copy()
        u[1:-1] += r * (old[2:] - 2.0 * old[1:-1] + old[:-2])
        u[0] = u[1]  # insulated
    return np.sum(u**2)


@example(ROD, 0.2)
def heat_by_loops(u, r):
    unew = np.empty_like(u)
    for _ in range(3):
        for i in range(1, len(u) - 1):
            unew[i] = u[i] + r * (u[i + 1] - 2 * u[i] + u[i - 1])
        unew[0] = 0.0
        unew[-1] = 0.0
        u[:] = unew
    return u[2] * u[3]


@example(RNG.normal(size=(4, 4)), 0.6)
def gauss_seidel_sweeps(f, omega):
    n = f.shape[0]
    u = np.zeros((n + 2, n + 2))
    h2 = 1.0 / (n + 1) ** 2
    for sweep in range(3):
        for i in range(1, n + 1):
            for j in range(1, n + 1):
                new = 0.25 * (
                    u[i - 1, j] + u[i + 1, j] + u[i, j - 1] + u[i, j + 1] - h2 * f[i - 1, j - 1]
                )
                u[i, j] = (1.0 - omega) * u[i, j] + omega * new
    return np.sum(u * u)


@example(RNG.normal(size=(4, 4)))
def jacobi_until_converged(b):
    A = 4.0 * np.eye(4) + 0.5 * np.ones((4, 4))
    rhs = b[:, 0]
    x = np.zeros(4)
    it = 0
    while True:
        new = (rhs - (A @ x - np.diag(A) * x)) / np.diag(A)
        change = np.max(np.abs(new - x))
        x = new
        it += 1
        if change < 1e-12 or it > 200:
            break
    return np.sum(x**2) + b[0, 1] * b[1, 2]


@example(RNG.normal(size=(3, 2)), RNG.normal(size=(3, 2)) * 0.2, np.array([1.0, 0.7, 1.3]))
def nbody_leapfrog(pos, vel, mass):
    def accelerations(pos):
        acc = np.zeros_like(pos)
        for i in range(len(mass)):
            for j in range(len(mass)):
                if i == j:
                    continue
                d = pos[j] - pos[i]
                acc[i] += mass[j] * d / (np.dot(d, d) + 0.1) ** 1.5
        return acc

    dt = 0.05
    acc = accelerations(pos)
    for _ in range(2):
        vel = vel + 0.5 * dt * acc
        pos = pos + dt * vel
        acc = accelerations(pos)
        vel = vel + 0.5 * dt * acc
    kinetic = 0.5 * np.sum(mass[:, None] * vel**2)
    return kinetic + pos[0, 1]


class Particle:
    def __init__(self, position, velocity, mass):
        self.position = position
        self.velocity = velocity
        self.mass = mass
        self.force = np.zeros(2)

    def apply(self, force):
        self.force = self.force + force

    def move(self, dt):
        self.velocity = self.velocity + self.force / self.mass * dt
        self.position = self.position + self.velocity * dt
        self.force = np.zeros(2)

    @property
    def energy(self):
        return 0.5 * self.mass * np.dot(self.velocity, self.velocity)


class Spring:
    def __init__(self, a, b, stiffness, rest):
        self.a, self.b = a, b
        self.stiffness = stiffness
        self.rest = rest

    def pull(self):
        d = self.b.position - self.a.position
        length = np.sqrt(d @ d)
        f = self.stiffness * (length - self.rest) * d / length
        self.a.apply(f)
        self.b.apply(-f)


@example(3.0, 0.8, np.array([0.1, 0.4]))
def springs_and_particles(stiffness, rest, kick):
    particles = [Particle(np.array([float(k), 0.0]), np.zeros(2), 1.0 + k) for k in range(3)]
    springs = [Spring(particles[k], particles[k + 1], stiffness, rest) for k in range(2)]
    particles[0].velocity = kick
    for _ in range(3):
        for spring in springs:
            spring.pull()
        for p in particles:
            p.move(0.1)
    return sum(p.energy for p in particles)


def rk4_step(f, t, y, h):
    k1 = f(t, y)
    k2 = f(t + h / 2, y + h / 2 * k1)
    k3 = f(t + h / 2, y + h / 2 * k2)
    k4 = f(t + h, y + h * k3)
    return y + h / 6 * (k1 + 2 * k2 + 2 * k3 + k4)


@example(np.array([1.0, 1.0, 1.0]), 10.0, 28.0, 8.0 / 3.0)
def lorenz(y, sigma, rho, beta):
    f = lambda t, s: np.array(
        [sigma * (s[1] - s[0]), s[0] * (rho - s[2]) - s[1], s[0] * s[1] - beta * s[2]]
    )
    t = 0.0
    for _ in range(4):
        y = rk4_step(f, t, y, 0.01)
        t += 0.01
    return y.sum()


@example(1.0, 0.5, 1.5)
def adaptive_heun(y, k, t_end):
    def f(t, y):
        return -k * y + math.sin(t)

    t, h = 0.0, 0.3
    steps = 0
    while t < t_end:
        if t + h > t_end:
            h = t_end - t
        k1 = f(t, y)
        k2 = f(t + h, y + h * k1)
        error = abs(h * (k2 - k1) / 2)
        if error > 0.02:
            h = h / 2
            continue
        y = y + h * (k1 + k2) / 2
        t += h
        steps += 1
        if error < 0.002:
            h *= 1.5
        assert steps < 1000
    return y


@example(np.array([1.0, 0.3]), 0.7)
def bogacki_shampine(y, mu):
    def rhs(y):
        return np.array([y[1], mu * (1 - y[0] ** 2) * y[1] - y[0]])

    t, h, tend = 0.0, 0.2, 0.6
    while t < tend - 1e-12:
        h = min(h, tend - t)
        k1 = rhs(y)
        k2 = rhs(y + h * k1 / 2)
        k3 = rhs(y + 3 * h * k2 / 4)
        new = y + h * (2 * k1 + 3 * k2 + 4 * k3) / 9
        k4 = rhs(new)
        err = np.linalg.norm(h * (-5 * k1 / 72 + k2 / 12 + k3 / 9 - k4 / 8))
        if err < 1e-4:
            y, t = new, t + h
        h = 0.9 * h if err > 5e-5 else h
    return y[0] * y[1]


@example(0.4117, 1.2, 0.3)
def event_of_a_bouncing_ball(height, speed, restitution):
    g, dt = 9.81, 0.02
    bounces = 0
    for _ in range(40):
        speed -= g * dt
        height += speed * dt
        if height < 0.0:
            height = -restitution * height
            speed = -restitution * speed
            bounces += 1
            if bounces == 2:
                return speed
    return height


@example(RNG.normal(size=(5, 5)), RNG.normal(size=(3, 3)))
def convolution_by_loops(image, kernel):
    n, k = image.shape[0], kernel.shape[0]
    out = np.zeros((n - k + 1, n - k + 1))
    for i in range(out.shape[0]):
        for j in range(out.shape[1]):
            for a in range(k):
                for b in range(k):
                    out[i, j] += image[i + a, j + b] * kernel[a, b]
    return np.sum(np.maximum(out, 0.0))


@example(RNG.normal(size=(4, 4)))
def max_pool(image):
    h, w = image.shape
    pooled = np.zeros((h // 2, w // 2))
    for i in range(0, h, 2):
        for j in range(0, w, 2):
            pooled[i // 2, j // 2] = image[i : i + 2, j : j + 2].max()
    return np.sum(pooled**2)


@example(np.array([0.9, 0.6, 0.4, 0.3]), 0.8)
def upwind_advection(u, c):
    for _ in range(3):
        u[1:] = u[1:] - c * (u[1:] - u[:-1])
    return np.sum(u**2)


@example(0.5 * np.sin(np.arange(6.0)) + 0.1, 0.05)
def burgers_godunov(u, dt):
    def flux(left, right):
        if left > right:
            s = 0.5 * (left + right)
            return 0.5 * left**2 if s > 0 else 0.5 * right**2
        if left > 0:
            return 0.5 * left**2
        if right < 0:
            return 0.5 * right**2
        return 0.0

    for _ in range(2):
        f = [flux(u[i], u[i + 1]) for i in range(5)]
        for i in range(1, 5):
            u[i] -= dt / 0.2 * (f[i] - f[i - 1])
    return np.sum(u * np.arange(6.0))


@example(0.3, 0.2, np.array([0.5, 0.1]))
def sir_epidemic(beta, gamma, start):
    state = {"s": 1.0 - start[1], "i": start[1], "r": 0.0 * start[0]}
    peak = 0.0
    for day in range(8):
        new = beta * state["s"] * state["i"]
        healed = gamma * state["i"]
        state["s"] -= new
        state["i"] += new - healed
        state["r"] += healed
        peak = max(peak, state["i"])
    return peak + state["r"]


@example(RNG.normal(size=(3, 3)) * 0.3, 0.7)
def ising_energy(field, coupling):
    n = field.shape[0]
    E = 0.0
    spins = np.tanh(field)
    for i in range(n):
        for j in range(n):
            E -= coupling * spins[i, j] * (spins[(i + 1) % n, j] + spins[i, (j + 1) % n])
    return E


@example(np.array([[0.0, 0.0, 0.0], [1.1, 0.2, 0.0], [0.3, 1.0, 0.4]]), 1.0, 0.9)
def lennard_jones(positions, epsilon, sigma):
    energy = 0.0
    cutoff = 2.5 * sigma
    for i in range(len(positions)):
        for j in range(i):
            rij = positions[i] - positions[j]
            r = np.linalg.norm(rij)
            if r > cutoff:
                continue
            sr6 = (sigma / r) ** 6
            energy += 4.0 * epsilon * (sr6 * sr6 - sr6)
    return energy


@example(np.array([1.0, 0.0, 0.1, 0.0]), np.array([0.3, -0.2, 0.5]))
def quaternion_attitude(q, omega):
    def product(a, b):
        w1, x1, y1, z1 = a
        w2, x2, y2, z2 = b
        return np.array([
            w1 * w2 - x1 * x2 - y1 * y2 - z1 * z2,
            w1 * x2 + x1 * w2 + y1 * z2 - z1 * y2,
            w1 * y2 - x1 * z2 + y1 * w2 + z1 * x2,
            w1 * z2 + x1 * y2 - y1 * x2 + z1 * w2,
        ])  # fmt: skip

    for _ in range(3):
        q = q + 0.05 * product(q, np.concatenate(([0.0], omega)))
        q = q / np.linalg.norm(q)
    return q[1] + 2.0 * q[3]
