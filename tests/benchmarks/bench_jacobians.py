"""Jacobians of tall functions, 28 inputs and 30 000 outputs, beside ``jax.jit(jax.jacfwd(f))``.

Run it: ``python -m tests.benchmarks.bench_jacobians``.  Both take and give float64, run in turns in one process, and
JAX is waited for (`block_until_ready`); what is compiled is compiled before.  Where JAX is not installed the table has
our own times alone, and says so.  It asserts that both give the same numbers, and nothing of times.
"""

from __future__ import annotations

import importlib.util
import statistics
import time
from collections.abc import Callable
from typing import Any

import numpy as np

import adcompiler as ad
from tests.benchmarks.tall_functions import POINTS, arguments, with_library

ROUNDS = 25


def _timed(call: Callable[..., Any], *args: Any) -> float:
    start = time.perf_counter()
    call(*args)
    return 1e3 * (time.perf_counter() - start)


def _of_jax(function: Callable[..., Any], args: tuple[Any, ...]) -> Callable[[], Any]:
    import jax
    import jax.numpy as jnp

    jax.config.update("jax_enable_x64", True)
    jacobian = jax.jit(jax.jacfwd(with_library(function, jnp)))
    given = tuple(map(jnp.asarray, args))
    return lambda: jacobian(*given).block_until_ready()


def main() -> None:
    peer = importlib.util.find_spec("jax") is not None
    if not peer:
        print("JAX is not installed here: our own times alone.\n")
    print(f"Jacobians of 28 inputs and {POINTS} outputs; ms, best (median) of {ROUNDS}")
    print(f"{'':16}{'function':>9}{'adcompiler':>18}{'jax.jit(jacfwd)':>20}{'best/best':>11}")
    for function, args in arguments().items():
        jacobian = ad.jacfwd(function)
        ours = jacobian(*args)
        primal = [_timed(function, *args) for _ in range(ROUNDS)]
        line = f"{function.__name__:16}{min(primal):9.2f}"
        mine: list[float] = []
        theirs: list[float] = []
        other = _of_jax(function, args) if peer else None
        if other is not None:
            assert np.allclose(ours, np.asarray(other()), rtol=1e-9, atol=1e-9), function.__name__
        for _ in range(ROUNDS):
            mine.append(_timed(jacobian, *args))
            if other is not None:
                theirs.append(_timed(other))
        line += f"{min(mine):9.2f} ({statistics.median(mine):6.2f})"
        if theirs:
            line += f"{min(theirs):11.2f} ({statistics.median(theirs):6.2f})"
            line += f"{min(theirs) / min(mine):10.1f}x"
        print(line)


if __name__ == "__main__":
    main()
