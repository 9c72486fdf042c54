"""What a user pays: the call of a gradient, the ln·sin gradient all told, compiling.

Run it: ``python tests/benchmarks/bench_calls.py``.  Budgets: 0.5 µs over the generated function for
two floats, 1.5 µs for ten arrays; ln·sin gradient 1 µs a call; 30 ms to compile 20 lines, 3 s for 2000
statements.  Every figure stands beside a baseline of the same run.  It prints and asserts nothing:
times on a shared machine are no test.
"""

from __future__ import annotations

import importlib.util
import math
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

import adcompiler as ad

CALLS, REPEATS = 20_000, 9


def ln_sin(x1, x2):
    return np.log(x1) + x1 * x2 - np.sin(x2)


def ln_sin_by_hand(x1, x2):
    return x2 + 1.0 / x1, x1 - math.cos(x2)


def ten(a, b, c, d, e, f, g, h, i, j):
    return np.sum(a * b + c * d + e * f + g * h + i * j)


def seconds(function: Callable[..., Any], arguments: tuple[Any, ...], calls: int = CALLS) -> float:
    """The fastest of several runs of many calls, for one call."""
    names = ", ".join(f"a{k}" for k in range(len(arguments)))
    namespace: dict[str, Any] = {}
    exec(f"def loop(f, {names}):\n    for _ in range({calls}): f({names})", namespace)
    best = math.inf
    for _ in range(REPEATS):
        start = time.perf_counter()
        namespace["loop"](function, *arguments)
        best = min(best, time.perf_counter() - start)
    return best / calls


def row(title: str, *figures: tuple[str, float, float]) -> None:
    print(
        f"{title:34}"
        + "   ".join(
            f"{name} {value:8.3f}{unit}"
            for name, value, unit in ((n, v * s, _UNITS[s]) for n, v, s in figures)
        )
    )


_UNITS = {1e6: " µs", 1e3: " ms", 1.0: " s"}
MICRO, MILLI, ONE = 1e6, 1e3, 1.0


def calls() -> None:
    vectors = tuple(np.linspace(1.0, 2.0, 10) + k for k in range(10))
    everything = tuple(range(10))
    for title, function, arguments, argnums in (
        ("two floats", ln_sin, (2.0, 5.0), (0, 1)),
        ("two ints taken as floats", ln_sin, (2, 5), (0, 1)),
        ("ten arrays of 10", ten, vectors, everything),
        ("ten arrays of 10, one asked for", ten, vectors, 0),
    ):
        gradient = ad.grad(function, argnums=argnums)
        gradient(*arguments)
        direct = seconds(gradient.program(*arguments), arguments)
        through = seconds(gradient, arguments)
        row(
            title,
            ("generated function", direct, MICRO),
            ("our object", through, MICRO),
            ("overhead", through - direct, MICRO),
        )


def the_example() -> None:
    gradient = ad.grad(ln_sin, argnums=(0, 1))
    gradient(2.0, 5.0)
    row(
        "ln·sin gradient all told",
        ("function", seconds(ln_sin, (2.0, 5.0)), MICRO),
        ("by hand", seconds(ln_sin_by_hand, (2.0, 5.0)), MICRO),
        ("our gradient", seconds(gradient, (2.0, 5.0)), MICRO),
    )


def program_of(lines: int) -> str:
    body = ["    t0 = x * y"]
    for k in range(1, lines - 1):
        body.append(
            f"    t{k} = "
            + (f"np.sin(t{k - 1}) + x * t{k // 2}" if k % 2 else f"t{k - 1} * y - {k}.0")
        )
    return "\n".join(
        ["import numpy as np", "", "def f(x, y):", *body, f"    return t{lines - 2}", ""]
    )


def compiling(folder: Path) -> None:
    for lines in (20, 200, 2000):
        file = folder / f"lines_{lines}.py"
        file.write_text(program_of(lines), encoding="utf-8")
        start = time.perf_counter()
        compile(file.read_text(encoding="utf-8"), str(file), "exec")
        python = time.perf_counter() - start
        times = []
        for attempt in range(5 if lines < 2000 else 1):
            spec = importlib.util.spec_from_file_location(f"lines_{lines}_{attempt}", file)
            assert spec is not None
            assert spec.loader is not None
            module = importlib.util.module_from_spec(spec)
            spec.loader.exec_module(module)
            start = time.perf_counter()
            ad.grad(module.f, argnums=(0, 1))(0.5, 0.9)
            times.append(time.perf_counter() - start)
        row(
            f"compiling {lines} lines",
            ("first", times[0], MILLI),
            ("best", min(times), MILLI),
            ("Python's own compile", python, MILLI),
        )


def main() -> None:
    calls()
    the_example()
    with tempfile.TemporaryDirectory() as folder:
        compiling(Path(folder))


if __name__ == "__main__":
    main()
