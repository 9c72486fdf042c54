"""Programs with scipy.linalg: Gaussian processes, filters, control, Markov chains, splines (only where SciPy is)."""

from __future__ import annotations

import numpy as np
import scipy.linalg
from scipy import linalg
from scipy.linalg import cho_factor, cho_solve, expm, lu_factor, lu_solve, solve_triangular

from tests.programs.corpus import example

PLACES = np.linspace(0.0, 1.0, 6)
VALUES = np.sin(6.0 * PLACES) + 0.1 * np.cos(17.0 * PLACES)
RATES = np.array([[0.3, 0.5, 0.2], [0.1, 0.4, 0.6], [0.25, 0.15, 0.35]])
MOTION = np.array([[0.9, 0.1], [-0.2, 0.8]])
SENSOR = np.array([[1.0, 0.3]])
NOISE = np.array([[0.3, 0.05], [0.05, 0.2]])
G = np.array([[1.5, 0.4, -0.3], [0.2, 2.0, 0.5], [-0.6, 0.1, 1.2]])
S = np.array([[2.0, 0.3, 0.1], [0.3, 1.5, -0.2], [0.1, -0.2, 1.8]])
U = np.array([0.4, -1.0, 0.2])


@example(0.3, 1.2, 0.15)
def gaussian_process_likelihood(length, scale, noise):
    distance = PLACES[:, None] - PLACES[None, :]
    covariance = scale**2 * np.exp(-0.5 * (distance / length) ** 2)
    covariance = covariance + noise**2 * np.eye(len(PLACES))
    factor = cho_factor(covariance, lower=True)
    alpha = cho_solve(factor, VALUES)
    logdet = 2.0 * np.sum(np.log(np.diag(factor[0])))
    return 0.5 * (VALUES @ alpha + logdet + len(PLACES) * np.log(2.0 * np.pi))


@example(0.25, np.array([0.05, 0.4, 0.95]))
def gaussian_process_prediction(length, points):
    def kernel(a, b):
        return np.exp(-0.5 * ((a[:, None] - b[None, :]) / length) ** 2)

    factor = scipy.linalg.cholesky(kernel(PLACES, PLACES) + 0.01 * np.eye(6), lower=True)
    whitened = solve_triangular(factor, kernel(PLACES, points), lower=True)
    mean = whitened.T @ solve_triangular(factor, VALUES, lower=True)
    variance = 1.0 - np.sum(whitened**2, axis=0)
    return mean + 0.1 * variance


@example(RATES, 0.7, np.array([0.2, 0.5, 0.3]))
def markov_chain(rates, time, start):
    generator = rates - np.diag(np.diag(rates))
    generator = generator - np.diag(np.sum(generator, axis=1))
    return np.log(start @ expm(time * generator))


@example(MOTION, NOISE)
def stationary_variance(motion, noise):
    variance = linalg.solve_discrete_lyapunov(motion, noise @ noise.T)
    return np.trace(variance) + np.linalg.slogdet(variance)[1]


@example(MOTION, SENSOR, NOISE)
def kalman_steady_state(motion, sensor, noise):
    process = noise @ noise.T + 0.1 * np.eye(2)
    error = np.array([[0.5]])
    variance = linalg.solve_discrete_are(motion.T, sensor.T, process, error)
    innovation = sensor @ variance @ sensor.T + error
    gain = variance @ sensor.T @ linalg.inv(innovation)
    return np.sum(gain**2) + np.trace(variance)


@example(MOTION, np.array([[0.5], [1.0]]), 0.3)
def optimal_control_cost(motion, control, price):
    cost = linalg.solve_continuous_are(motion, control, np.eye(2), price * np.eye(1))
    gain = control.T @ cost / price
    return np.max(np.linalg.eigvals(motion - control @ gain).real) + np.trace(cost)


@example(G)
def sensitivity_of_the_dominant_mode(a):
    w, v = linalg.eig(a)
    k = np.argmax(np.abs(w))
    return np.abs(w[k]) + np.abs(v[0, k]) ** 2


@example(S, G)
def vibration_frequencies(stiffness, coupling):
    mass = np.eye(3) + 0.1 * coupling @ coupling.T
    squares, modes = linalg.eigh(stiffness, mass)
    return np.sqrt(squares) + modes[0] ** 2


@example(S)
def log_euclidean_norm(a):
    return np.sum(linalg.logm(a) ** 2) + np.trace(linalg.sqrtm(a))


@example(G, U)
def factor_once_solve_twice(a, b):
    factors = lu_factor(a)
    x = lu_solve(factors, b)
    return lu_solve(factors, x**2, trans=1)


@example(np.array([0.5, 1.0, 1.5, 0.75]), np.array([1.0, -2.0, 0.5, 0.25]))
def implicit_heat_step(conductivity, heat):
    band = np.zeros((3, 4))
    band[0, 1:] = -conductivity[:-1]
    band[1] = 1.0 + conductivity + np.concatenate([np.zeros(1), conductivity[:-1]])
    band[2, :-1] = -conductivity[:-1]
    for _ in range(2):
        heat = linalg.solve_banded((1, 1), band, heat)
    return heat


@example(np.array([2.0, 0.5, 0.25, 0.1]), np.array([1.0, -1.0, 0.5, 2.0]))
def autoregressive_prediction(correlations, signal):
    weights = linalg.solve_toeplitz(correlations[:-1], correlations[1:])
    return weights @ signal[:3] + np.sum(linalg.toeplitz(correlations) @ signal)


@example(G)
def nearest_rotation(a):
    rotation, stretch = linalg.polar(a)
    return rotation[0] + np.diag(stretch)


@example(G, S)
def sylvester_equation(a, q):
    x = linalg.solve_sylvester(a, a.T @ a, q)
    return np.sum(linalg.block_diag(x, q) ** 2) + linalg.norm(x, "nuc")
