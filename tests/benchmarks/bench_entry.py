"""What the guards of an entry cost over calling the program directly.

Run it: ``python tests/benchmarks/bench_entry.py``.  Budgets: 0.2 µs for two floats, 1.5 µs for ten
arrays.  It prints and asserts nothing: times on a shared machine are no test.
"""

from __future__ import annotations

import inspect
import math
import time
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np

from adcompiler.backend.entry import Guarded, make_entry
from adcompiler.frontend.abstraction import abstract

CALLS, REPEATS = 20_000, 15


def seconds(function: Callable[..., Any], arguments: tuple[Any, ...]) -> float:
    """The fastest of several runs of many calls."""
    names = [f"a{k}" for k in range(len(arguments))]
    text = f"def loop(f, {', '.join(names)}):\n    for _ in range({CALLS}): f({', '.join(names)})"
    namespace: dict[str, Any] = {}
    exec(text, namespace)
    best = math.inf
    for _ in range(REPEATS):
        start = time.perf_counter()
        namespace["loop"](function, *arguments)
        best = min(best, time.perf_counter() - start)
    return best / CALLS


def program_of(count: int) -> Callable[..., Any]:
    names = ", ".join(f"x{k}" for k in range(count))
    namespace: dict[str, Any] = {}
    exec(f"def program({names}):\n    return x0", namespace)
    program: Callable[..., Any] = namespace["program"]
    return program


def report(
    title: str,
    arguments: tuple[Any, ...],
    *,
    active: bool = True,
    globals_: int = 0,
    careful: bool = True,
) -> None:
    program = program_of(len(arguments))
    signature = inspect.signature(program)
    space = {f"G{k}": 1.0 for k in range(globals_)}
    names = list(signature.parameters)
    guarded = Guarded(
        {n: abstract(v, name=n, active=active) for n, v in zip(names, arguments, strict=True)},
        [
            SimpleNamespace(key=("global", space, n), expected=abstract(v, name=n, active=False))
            for n, v in space.items()
        ],
        frozenset(names) if active else frozenset(),
    )
    other = (lambda: None) if careful else None
    start = time.perf_counter()
    entry = make_entry(signature, guarded, program, other, lambda *a: 1 / 0)
    made = time.perf_counter() - start
    direct, through = seconds(program, arguments), seconds(entry, arguments)
    print(
        f"{title:32} direct {direct * 1e9:5.0f} ns   entry {through * 1e9:5.0f} ns   "
        f"guards {(through - direct) * 1e9:5.0f} ns   made in {made * 1e6:4.0f} µs"
    )


def main() -> None:
    vector, matrix = np.ones(100), np.ones((10, 10))
    report("two floats", (2.0, 5.0))
    report("two floats, no careful way", (2.0, 5.0), careful=False)
    report("two floats, inactive", (2.0, 5.0), active=False)
    report("two ints taken as floats", (2, 5))
    for count in (1, 3, 10):
        report(f"two floats, {count} globals", (2.0, 5.0), globals_=count)
    report("one vector", (vector,))
    report("ten vectors", (vector,) * 10)
    report("ten matrices", (matrix,) * 10)
    report("ten matrices, one axis of 1", (np.ones((10, 1)),) * 10)
    report("dict of four arrays", ({"W1": matrix, "b1": vector, "W2": matrix, "b2": vector},))
    report("list of 1000 floats", ([1.0] * 1000,))


if __name__ == "__main__":
    main()
