"""What the gradient of a scalar loop costs: logistic map, RK4 pendulum, Newton.

Run it: ``python -m tests.benchmarks.bench_loops``.  Budget: 3.5 times the primal.  Beside it stands an adjoint
written by hand, timed in the same run.  It prints and asserts nothing: times on a shared machine are no test.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from typing import Any

import adcompiler as ad

REPEATS = 15


def logistic(x, r):
    for _ in range(1000):
        x = r * x * (1.0 - x)
    return x


def logistic_by_hand(x, r):
    tape = [0.0] * 1000
    for i in range(1000):
        tape[i] = x
        x = r * x * (1.0 - x)
    x_bar, r_bar = 1.0, 0.0
    for i in range(999, -1, -1):
        x = tape[i]
        r_bar += x_bar * x * (1.0 - x)
        x_bar = x_bar * r * (1.0 - 2.0 * x)
    return x_bar, r_bar


def pendulum(angle, speed, g):
    h = 0.001
    for _ in range(1000):
        k1a, k1v = speed, -g * math.sin(angle)
        k2a, k2v = speed + h / 2 * k1v, -g * math.sin(angle + h / 2 * k1a)
        k3a, k3v = speed + h / 2 * k2v, -g * math.sin(angle + h / 2 * k2a)
        k4a, k4v = speed + h * k3v, -g * math.sin(angle + h * k3a)
        angle = angle + h / 6 * (k1a + 2 * k2a + 2 * k3a + k4a)
        speed = speed + h / 6 * (k1v + 2 * k2v + 2 * k3v + k4v)
    return angle


def pendulum_by_hand(angle, speed, g):
    h = 0.001
    angles, speeds = [0.0] * 1000, [0.0] * 1000
    for i in range(1000):
        angles[i], speeds[i] = angle, speed
        k1a, k1v = speed, -g * math.sin(angle)
        k2a, k2v = speed + h / 2 * k1v, -g * math.sin(angle + h / 2 * k1a)
        k3a, k3v = speed + h / 2 * k2v, -g * math.sin(angle + h / 2 * k2a)
        k4a, k4v = speed + h * k3v, -g * math.sin(angle + h * k3a)
        angle = angle + h / 6 * (k1a + 2 * k2a + 2 * k3a + k4a)
        speed = speed + h / 6 * (k1v + 2 * k2v + 2 * k3v + k4v)
    a_bar, s_bar, g_bar = 1.0, 0.0, 0.0
    for i in range(999, -1, -1):
        angle, speed = angles[i], speeds[i]
        sin1, cos1 = math.sin(angle), math.cos(angle)
        k1v = -g * sin1
        a2 = angle + h / 2 * speed
        sin2, k2a = math.sin(a2), speed + h / 2 * k1v
        k2v = -g * sin2
        a3 = angle + h / 2 * k2a
        sin3, k3a = math.sin(a3), speed + h / 2 * k2v
        a4 = angle + h * k3a
        k4v_bar = s_bar * (h / 6)
        k3v_bar = k2v_bar = 2 * k4v_bar
        k1v_bar = k4v_bar
        k4a_bar = a_bar * (h / 6)
        k3a_bar = k2a_bar = 2 * k4a_bar
        k1a_bar = k4a_bar
        a4_bar = -g * math.cos(a4) * k4v_bar
        g_bar -= math.sin(a4) * k4v_bar
        k3a_bar += h * a4_bar
        k3v_bar += h * k4a_bar
        a3_bar = -g * math.cos(a3) * k3v_bar
        g_bar -= sin3 * k3v_bar
        k2a_bar += h / 2 * a3_bar
        k2v_bar += h / 2 * k3a_bar
        a2_bar = -g * math.cos(a2) * k2v_bar
        g_bar -= sin2 * k2v_bar
        k1a_bar += h / 2 * a2_bar
        k1v_bar += h / 2 * k2a_bar
        s_bar += k1a_bar + k2a_bar + k3a_bar + k4a_bar
        a_bar += a4_bar + a3_bar + a2_bar - g * cos1 * k1v_bar
        g_bar -= sin1 * k1v_bar
    return a_bar, s_bar, g_bar


def newton(a):
    x = a
    while abs(x * x * x - a) > 1e-12 * a:
        x = x - (x * x * x - a) / (3 * x * x)
    return x


def newton_by_hand(a):
    x = a
    tape = []
    while abs(x * x * x - a) > 1e-12 * a:
        tape.append(x)
        x = x - (x * x * x - a) / (3 * x * x)
    x_bar, a_bar = 1.0, 0.0
    for x in reversed(tape):
        q = 1.0 / (3 * x * x)
        a_bar += x_bar * q
        x_bar = x_bar * (2.0 / 3.0 - 2.0 * a * q / x)
    return a_bar + x_bar


def seconds(function: Callable[..., Any], arguments: tuple[Any, ...], calls: int) -> float:
    """The fastest of several runs of many calls, for one call."""
    best = math.inf
    for _ in range(REPEATS):
        start = time.perf_counter()
        for _ in range(calls):
            function(*arguments)
        best = min(best, time.perf_counter() - start)
    return best / calls


def main() -> None:
    for title, primal, by_hand, arguments, calls in (
        ("logistic map × 1000", logistic, logistic_by_hand, (0.3, 3.7), 20),
        ("RK4 pendulum × 1000", pendulum, pendulum_by_hand, (0.5, 0.1, 9.81), 5),
        ("Newton, 40 steps", newton, newton_by_hand, (1e12,), 500),
    ):
        gradient = ad.grad(primal, argnums=tuple(range(len(arguments))) if len(arguments) > 1 else 0)
        found, expected = gradient(*arguments), by_hand(*arguments)
        same = all(
            math.isclose(a, b, rel_tol=1e-6)
            for a, b in zip(*((v if isinstance(v, tuple) else (v,)) for v in (found, expected)), strict=True)
        )
        base = seconds(primal, arguments, calls)
        ours, hand = seconds(gradient, arguments, calls), seconds(by_hand, arguments, calls)
        print(
            f"{title:22} primal {base * 1e6:8.1f} µs   gradient {ours / base:5.2f} primals"
            f"   by hand {hand / base:5.2f}   {'agree' if same else f'{found} is not {expected}'}"
        )


if __name__ == "__main__":
    main()
