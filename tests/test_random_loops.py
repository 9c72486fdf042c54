"""Random programs with loops against Richardson differences, both modes and second order.

A few dozen in an ordinary run; ``python -m tests.test_random_loops 5000`` tries as many as it is told.
"""

from __future__ import annotations

import sys
import warnings

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings

import adcompiler as ad
from adcompiler import pipeline
from tests.programs.oracle import assert_close, derivative_part, directional, flat, on_vectors
from tests.random_loops import loop_programs
from tests.test_random_programs import load

ARGS = (0.6131, -0.4227, np.array([0.5173, -0.6391, 0.9277]), 3)
VARYING = (0, 1, 2)
DIRECTION = np.random.default_rng(2).uniform(-1.0, 1.0, 5)


def check(text: str) -> None:
    f = load(text)
    value = f(*ARGS)
    assume(np.isfinite(value) and abs(value) < 1e4)
    run, at = on_vectors(f, ARGS, VARYING), flat(ARGS)
    fine, coarse = directional(run, at, DIRECTION, 1e-4), directional(run, at, DIRECTION, 5e-4)
    assume(np.allclose(fine, coarse, rtol=1e-6, atol=1e-6))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(pipeline.VERIFY, "1")
        found = {
            mode: ad.value_and_grad(f, argnums=VARYING, mode=mode)(*ARGS)
            for mode in ("reverse", "forward")
        }
        part = {}
        for mode, (again, bars) in found.items():
            assert_close(
                flat((float(again),)),
                flat((float(value),)),
                f"value in {mode} mode of\n{text}",
                1e-13,
            )
            part[mode] = derivative_part(bars, ARGS[:3])
            assert_close(
                np.array([part[mode] @ DIRECTION]), np.ravel(fine), f"{mode} mode of\n{text}", 1e-6
            )
        assert_close(part["forward"], part["reverse"], f"the two modes of\n{text}", 1e-11)
        second = {}
        for outer, inner in (
            ("forward", "reverse"),
            ("reverse", "reverse"),
            ("reverse", "forward"),
        ):
            slope = ad.grad(f, argnums=VARYING, mode=inner)

            def along(x, y, v, n, slope=slope):
                a, b, c = slope(x, y, v, n)
                return 0.3 * a - 0.8 * b + c[0] - 0.4 * c[2]

            bars = ad.grad(along, argnums=VARYING, mode=outer)(*ARGS)
            second[outer, inner] = derivative_part(bars, ARGS[:3])
        expected, *others = second.values()
        for other in others:
            assert_close(other, expected, f"the second order of\n{text}", 1e-9)


@given(loop_programs())
@settings(
    max_examples=60,
    deadline=None,
    derandomize=True,
    suppress_health_check=[
        HealthCheck.too_slow,
        HealthCheck.filter_too_much,
        HealthCheck.data_too_large,
    ],
)
def test_random_loops(text: str) -> None:
    check(text)


def main(count: int) -> None:
    """As many programs as asked for, new ones at every run."""
    warnings.simplefilter("error")
    settings(max_examples=count, deadline=None, suppress_health_check=list(HealthCheck))(
        given(loop_programs())(check)
    )()


if __name__ == "__main__":
    main(int(sys.argv[1]))
