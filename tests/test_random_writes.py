"""Random programs that write in place, against the program itself: value, differences, both modes, second order.

A few chunks in an ordinary run; ``python -m tests.random_campaign 5000 --kinds writes`` tries as many as it is told.
"""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
import pytest
from hypothesis.errors import UnsatisfiedAssumption

import adcompiler as ad
from adcompiler import pipeline
from tests.programs.oracle import (
    assert_close,
    assert_same,
    derivative_part,
    directional,
    flat,
    on_vectors,
)
from tests.random_writes import program
from tests.test_random_programs import load

ARGS = (
    0.6131, -0.4227, np.array([0.5173, -0.6391, 0.9277, 0.2791]),
    np.array([[0.3119, 0.7413, -0.6137, 0.1177], [0.8269, -0.2371, 0.4519, 0.6653], [-0.3391, 0.5527, 0.0937, -0.7789]]),
    3,
)  # fmt: skip
VARYING = (0, 1, 2, 3)
DIRECTION = np.random.default_rng(3).uniform(-1.0, 1.0, 18)
EVERY_SECOND_ORDER = 4


def plain(f: Any) -> Any:
    return lambda *args: f(*copy.deepcopy(args))


def smooth(function: Any) -> np.ndarray[Any, Any]:
    """The difference along the direction, where two steps agree: no kink and no branch lies in between."""
    run, at = on_vectors(function, ARGS, VARYING), flat(ARGS)
    fine, coarse = directional(run, at, DIRECTION, 1e-4), directional(run, at, DIRECTION, 5e-4)
    if not (np.all(np.isfinite(fine)) and np.allclose(fine, coarse, rtol=1e-6, atol=1e-6)):
        raise UnsatisfiedAssumption
    return fine


def check(seed: int) -> None:
    """Raises where an oracle disagrees; a program that fails by itself or that differences cannot decide is rejected."""
    text = program(seed)
    f = load(text)
    try:
        value = f(*copy.deepcopy(ARGS))
        expected = smooth(plain(f))
    except (ArithmeticError, LookupError, RuntimeWarning, ValueError) as error:
        raise UnsatisfiedAssumption from error
    if not (np.isfinite(value) and abs(value) < 1e4) or np.ndim(value):
        raise UnsatisfiedAssumption
    before = copy.deepcopy(ARGS)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(pipeline.VERIFY, "1")
        part = {}
        for mode in ("forward", "reverse"):
            gradient = ad.value_and_grad(f, argnums=VARYING, mode=mode)
            found, bars = gradient(*ARGS)
            what = f"{mode} mode of\n{text}"
            assert_close(flat((float(found),)), flat((float(value),)), f"value in {what}", 1e-13)
            part[mode] = derivative_part(bars, ARGS[:4])
            assert_close(np.array([part[mode] @ DIRECTION]), np.ravel(expected), f"{what}\n{gradient.source()}", 1e-6)
        assert_close(part["forward"], part["reverse"], f"the two modes of\n{text}", 1e-11)
        if seed % EVERY_SECOND_ORDER == 0:
            check_second_order(f, text)
    assert_same(ARGS, before, f"the arguments are changed by\n{text}")


def check_second_order(f: Any, text: str) -> None:
    weights = (DIRECTION[0], DIRECTION[1], DIRECTION[2:6], DIRECTION[6:].reshape(3, 4))
    second = []
    for outer, inner in (("forward", "reverse"), ("reverse", "reverse"), ("reverse", "forward")):
        slope = ad.grad(f, argnums=VARYING, mode=inner)

        def along(x, y, v, m, n, slope=slope):
            bars = slope(x, y, v, m, n)
            return bars[0] * weights[0] + bars[1] * weights[1] + np.sum(bars[2] * weights[2]) + np.sum(bars[3] * weights[3])

        if not second:
            try:
                expected = smooth(plain(along))
            except UnsatisfiedAssumption:
                return
        bars = ad.grad(along, argnums=VARYING, mode=outer)(*ARGS)
        second.append(derivative_part(bars, ARGS[:4]))
        what = f"{outer} over {inner} of\n{text}"
        assert_close(np.array([second[-1] @ DIRECTION]), np.ravel(expected), what, 1e-5)
        assert_close(second[-1], second[0], what, 1e-9)


@pytest.mark.parametrize("start", range(0, 140, 20))
def test_random_writes(start: int) -> None:
    decided = refused = 0
    for seed in range(start, start + 20):
        try:
            check(seed)
        except UnsatisfiedAssumption:
            continue
        except ad.errors.ADError:
            refused += 1
        decided += 1
    assert refused <= decided // 2
