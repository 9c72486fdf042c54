"""Random functions from the accepted syntax, decided by the oracles of the corpus.

About a hundred in an ordinary run; ``python -m tests.test_random_programs 5000`` tries as many as it is told.
"""

from __future__ import annotations

import atexit
import importlib.util
import itertools
import sys
import tempfile
import warnings
from pathlib import Path
from typing import Any

import numpy as np
from hypothesis import HealthCheck, assume, given, settings

import adcompiler as ad
from tests.programs.oracle import assert_close, derivative_part, directional, flat, on_vectors
from tests.random_functions import functions

#: far from the constants of the programs: at a kink differences decide nothing
ARGS = (
    0.7131, -0.4227, np.array([0.5173, -1.1391, 0.9277]),
    np.array([[0.3119, 1.2413, -0.6137], [0.8269, -0.2371, 1.4519]]),
)  # fmt: skip
EVERY = (0, 1, 2, 3)
DIRECTION = np.random.default_rng(1).uniform(-1.0, 1.0, 11)
_folder = tempfile.TemporaryDirectory()
atexit.register(_folder.cleanup)
_numbers = itertools.count()


def load(text: str) -> Any:
    """The function of a module that is written for it alone."""
    path = Path(_folder.name) / f"random_{next(_numbers)}.py"
    path.write_text(text)
    specification = importlib.util.spec_from_file_location(path.stem, path)
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    sys.modules[path.stem] = module  # generated programs may import from it
    specification.loader.exec_module(module)
    return module.f


def smooth_difference(function: Any) -> np.ndarray[Any, Any]:
    """The difference along the direction, where two steps agree: no kink and no branch lies in between."""
    run, at = on_vectors(function, ARGS, EVERY), flat(ARGS)
    fine, coarse = directional(run, at, DIRECTION, 1e-3), directional(run, at, DIRECTION, 5e-3)
    assume(np.all(np.isfinite(fine)))
    assume(np.allclose(fine, coarse, rtol=1e-6, atol=1e-6))
    return fine


def check(text: str) -> None:
    f = load(text)
    value = f(*ARGS)
    assume(np.isfinite(value) and abs(value) < 1e4)
    expected = smooth_difference(f)
    gradients = {}
    for mode in ("reverse", "forward"):
        gradient = ad.value_and_grad(f, argnums=EVERY, mode=mode)
        try:
            found, bars = gradient(*ARGS)
        except ad.AliasError:
            assume(False)  # an in-place write whose shape is not known to stay
        assert_close(flat(found), flat(value), f"value, {mode} mode, of\n{text}\n{gradient.source()}", 1e-13)
        gradients[mode] = derivative_part(bars, ARGS)
        slope = np.array([gradients[mode] @ DIRECTION])
        assert_close(slope, expected, f"{mode} mode of\n{text}\n{gradient.source()}", 1e-5)
    assert_close(gradients["reverse"], gradients["forward"], f"the two modes of\n{text}", 1e-9)
    gradient = ad.grad(f, argnums=EVERY)
    second = smooth_difference(gradient)
    dots = (DIRECTION[0], DIRECTION[1], DIRECTION[2:5], DIRECTION[5:].reshape(2, 3))
    tangents = (float(dots[0]), float(dots[1]), dots[2], dots[3])
    _, over = ad.jvp(gradient, ARGS, tangents)
    assert_close(derivative_part(over, ARGS), second, f"forward over reverse of\n{text}", 1e-4)
    _, pullback = ad.vjp(gradient, *ARGS)
    assert_close(derivative_part(pullback(tangents), ARGS), second, f"reverse over reverse of\n{text}", 1e-4)


@settings(
    max_examples=80, deadline=None, derandomize=True, database=None,
    suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow, HealthCheck.data_too_large],
)  # fmt: skip
@given(functions())
def test_random_program(text: str) -> None:
    check(text)


def main(count: int) -> None:
    """Many examples, other ones at each run."""
    warnings.simplefilter("error")
    run = settings(max_examples=count, deadline=None, suppress_health_check=list(HealthCheck), database=None)
    run(given(functions())(check))()
    print(f"{count} random programs agree")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1000)
