"""The programs of the corpus once more: pushforwards, second derivatives along a line, Jacobians in one sweep.

The ordinary run takes every fifth program for each; ``python -m tests.test_calculus_programs [WORD]`` takes all.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import adcompiler as ad
from adcompiler.ir.structure import from_value, leaves
from tests.programs.corpus import PROGRAMS, Program
from tests.programs.modes import Trial, by_hash, forget
from tests.programs.oracle import (
    assert_close,
    assert_same,
    chosen,
    derivative_part,
    directional,
    flat,
    on_vectors,
    snapshot,
    unflat,
    varies,
)

SHARE = 5


def check_pushforward(trial: Trial) -> None:
    """One run of the function serves all directions."""
    p = trial.program
    before = snapshot(p.args)
    value, pushforward = ad.linearize(p.function, *p.args, argnums=trial.argnums)
    assert_close(flat(value), flat(p.plain(*p.args)), f"value of {p.name}", 1e-14)
    for direction, expected in trial.along(p.plain):
        dot = pushforward(*unflat(chosen(p.args, trial.argnums), direction))
        found = derivative_part(dot, p.plain(*p.args), of_result=True)
        assert_close(found, expected, f"pushforward of {p.name}")
    assert_same(p.args, before, f"{p.name} changed its arguments")


def check_second_order(trial: Trial) -> None:
    """The second derivative along a line is the slope of the first one."""
    p = trial.program
    like = chosen(p.args, trial.argnums)
    direction = trial.along(p.plain)[0][0]
    dots = unflat(like, direction)

    def slope(*args: Any) -> Any:
        return ad.directional(p.function, args, dots, argnums=trial.argnums)

    found = ad.directional(p.function, p.args, dots, order=2, argnums=trial.argnums)
    expected = directional(on_vectors(slope, p.args, trial.argnums), flat(like), direction)
    part = derivative_part(found, p.plain(*p.args), of_result=True)
    assert_close(part, expected, f"second derivative of {p.name}", 1e-6)


def check_jacobians(trial: Trial) -> None:
    """Both modes give the matrix whose products with directions are the tangents."""
    p = trial.program
    value = p.plain(*p.args)
    if not isinstance(value, (float, np.floating, np.ndarray)) or np.iscomplexobj(value):
        return
    for position in trial.argnums:
        arg = p.args[position]
        if not isinstance(arg, (float, np.floating, np.ndarray)) or np.iscomplexobj(arg):
            continue
        ways = [ad.jacobian(p.function, position, mode)(*p.args) for mode in ("forward", "reverse")]
        seed = np.random.default_rng(trial.seed).normal(size=np.shape(arg))
        dot = unflat((arg,), np.ravel(seed))[0]
        _, expected = ad.jvp(p.function, p.args, (dot,), argnums=position)
        for matrix in ways:
            assert np.shape(matrix) == np.shape(value) + np.shape(arg)
            product = np.tensordot(matrix, seed, axes=np.ndim(arg))
            assert_close(np.ravel(product), np.ravel(expected), f"Jacobian of {p.name}", 1e-7)


CHECKS: dict[str, Callable[[Trial], None]] = {
    "pushforward": check_pushforward,
    "second-order": check_second_order,
    "jacobians": check_jacobians,
}


def has_floats(program: Program) -> bool:
    return any(any(map(varies, leaves(from_value(program.args[k])))) for k in program.argnums)


CELLS = [
    pytest.param(program, name, id=f"{program.name}-{k}-{name}")
    for k, program in enumerate(PROGRAMS)
    for name in CHECKS
    if has_floats(program) and by_hash(f"{program.name} {k} {name}", SHARE) == 0
]


def run(program: Program, name: str) -> None:
    forget(program)
    try:
        CHECKS[name](Trial(program, by_hash(program.name, 1000)))
    finally:
        forget(program)


@pytest.mark.parametrize(("program", "name"), CELLS)
def test_program(program: Program, name: str) -> None:
    run(program, name)


def main(words: list[str]) -> int:
    failed = 0
    for program in PROGRAMS:
        if not has_floats(program) or (words and not any(word in program.name for word in words)):
            continue
        for name in CHECKS:
            try:
                run(program, name)
            except Exception as error:
                failed += 1
                print(f"{program.name} {name}: {type(error).__name__}: {str(error)[:300]}")
    print(f"{failed} failed")
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
