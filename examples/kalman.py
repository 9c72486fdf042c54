"""The likelihood of a Kalman filter: how noisy is the sensor, and how unsteady the ship?

A ship is tracked by radar.  Its state is (east, north, speed east, speed north); waves and steering
are a random acceleration of size `q`, the radar sees the position with an error of size `r`.  The
filter predicts, compares and corrects; the logarithm of the density of its surprises is the
likelihood of (q, r), and its slope and curvature find both by Newton's method (Schweppe 1965;
Durbin and Koopman, Time Series Analysis by State Space Methods).
"""

import math
import time

import numpy as np

import adcompiler as ad


class KalmanFilter:
    """Mean and covariance of the state, changed by `predict` and `correct`."""

    def __init__(self, transition, process, observation, noise, mean, covariance):
        self.transition = transition
        self.process = process
        self.observation = observation
        self.noise = noise
        self.mean = mean
        self.covariance = covariance
        self.log_likelihood = 0.0

    def predict(self):
        self.mean = self.transition @ self.mean
        self.covariance = self.transition @ self.covariance @ self.transition.T + self.process

    def correct(self, seen):
        h = self.observation
        surprise = seen - h @ self.mean
        spread = h @ self.covariance @ h.T + self.noise
        gain = np.linalg.solve(spread, h @ self.covariance).T
        self.mean = self.mean + gain @ surprise
        self.covariance = self.covariance - gain @ h @ self.covariance
        _, log_determinant = np.linalg.slogdet(spread)
        distance = surprise @ np.linalg.solve(spread, surprise)
        self.log_likelihood -= 0.5 * (
            distance + log_determinant + len(seen) * math.log(2 * math.pi)
        )


def ship(q, r, step):
    """The filter of a ship whose speed drifts."""
    transition = np.eye(4)
    transition[0, 2] = transition[1, 3] = step
    process = np.zeros((4, 4))
    for axis in range(2):
        process[axis, axis] = q**2 * step**3 / 3
        process[axis, axis + 2] = process[axis + 2, axis] = q**2 * step**2 / 2
        process[axis + 2, axis + 2] = q**2 * step
    observation = np.eye(2, 4)
    return KalmanFilter(
        transition, process, observation, r**2 * np.eye(2), np.zeros(4), 100.0 * np.eye(4)
    )


def log_likelihood(log_sizes, track, step):
    """Of the logarithms of q and r, so that both stay positive."""
    q, r = np.exp(log_sizes)
    kalman = ship(q, r, step)
    for seen in track:
        kalman.predict()
        kalman.correct(seen)
    return kalman.log_likelihood


slope = ad.grad(log_likelihood)
curvature = ad.hessian(log_likelihood)


def journey(q=0.3, r=2.0, step=1.0, count=200, seed=4):
    """A ship with known noise, so that we know what should be found."""
    random = np.random.default_rng(seed)
    position, speed, track = np.zeros(2), np.array([1.0, 0.5]), np.zeros((count, 2))
    for k in range(count):
        push = q * math.sqrt(step) * random.normal(size=2)
        position = position + step * speed + 0.5 * step * push
        speed = speed + push
        track[k] = position + r * random.normal(size=2)
    return track


def fit(log_sizes, track, step, steps=30):
    """Newton's method, with the curvature made definite and the step at most one."""
    for _ in range(steps):
        g, c = slope(log_sizes, track, step), curvature(log_sizes, track, step)
        values, vectors = np.linalg.eigh(c)
        move = vectors @ ((vectors.T @ g) / np.maximum(np.abs(values), 1e-3))
        log_sizes = log_sizes + move / max(1.0, np.linalg.norm(move))
        if np.linalg.norm(move) < 1e-10:
            break
    return log_sizes


def log_density(log_sizes, track, step):
    """The same likelihood without a filter: all positions are one Gaussian vector."""
    (q, r), count = np.exp(log_sizes), len(track)
    total = 0.0
    powers = [
        np.linalg.matrix_power(np.array([[1.0, step], [0.0, 1.0]]), k) for k in range(count + 1)
    ]
    noise = q**2 * np.array([[step**3 / 3, step**2 / 2], [step**2 / 2, step]])
    covariance = r**2 * np.eye(count)
    states = [100.0 * np.eye(2)]
    for _ in range(count):
        states.append(powers[1] @ states[-1] @ powers[1].T + noise)
    for i in range(count):
        for j in range(i, count):
            common = (powers[j - i] @ states[i + 1])[0, 0]
            covariance[i, j] += common
            covariance[j, i] += common if i != j else 0.0
    for axis in range(2):
        seen = track[:, axis]
        distance = seen @ np.linalg.solve(covariance, seen)
        total -= 0.5 * (distance + np.linalg.slogdet(covariance)[1] + count * math.log(2 * math.pi))
    return total


def seconds(call, *args, repeat=5):
    best = math.inf
    for _ in range(repeat):
        before = time.perf_counter()
        call(*args)
        best = min(best, time.perf_counter() - before)
    return best


def main() -> None:
    track, start = journey(), np.zeros(2)
    found = fit(start, track, 1.0)
    error = np.sqrt(np.diag(np.linalg.inv(-curvature(found, track, 1.0))))
    print("true sizes: q = 0.3, r = 2.0")
    for name, value, spread in zip("qr", np.exp(found), error, strict=True):
        print(f"found:      {name} = {value:.3f} ± {value * spread:.3f}")
    print("slope at the maximum:", np.max(np.abs(slope(found, track, 1.0))))
    short = track[:40]
    filtered, whole = (f(found, short, 1.0) for f in (log_likelihood, log_density))
    print(f"log-likelihood of 40 points: filter {filtered:.10f}, one Gaussian {whole:.10f}")
    primal = seconds(log_likelihood, found, track, 1.0)
    ratio = seconds(slope, found, track, 1.0) / primal
    print(f"\ntime of the filter {1e3 * primal:.2f} ms, of its gradient {ratio:.1f} times that\n")
    print(slope.source(found, track, 1.0))


if __name__ == "__main__":
    main()
