"""Each program in forward, reverse, forward over reverse and reverse over reverse, under one setting.

Run as a module for the full matrix: ``python -m tests.programs.modes``.
"""

from __future__ import annotations

import hashlib
import importlib.util
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

import adcompiler as ad
from adcompiler import pipeline
from adcompiler.derivative import _CACHE
from adcompiler.ir.structure import from_value, leaves
from tests.programs import (  # noqa: F401  (imported for their programs)
    algorithms,
    arrays,
    called,
    caught,
    chosen_functions,
    classes,
    combined,
    complex_numbers,
    conditionals,
    containers,
    contexts,
    effects,
    estimation,
    everyday,
    everyday_arrays,
    everyday_iterators,
    exits,
    factorisations,
    functions,
    generators,
    growing_lists,
    higher_order,
    in_place,
    indexing,
    iterators,
    library,
    linear_algebra,
    loops,
    loops_scientific,
    names_and_state,
    nested,
    nonlocals,
    optional_values,
    order_and_sharing,
    outside,
    recursion,
    reductions,
    reshaped_writes,
    scalar_math,
    sequences,
    simulations,
    structures,
    user_rules,
)
from tests.programs.corpus import PROGRAMS, Program
from tests.programs.oracle import (
    assert_close,
    assert_same,
    chosen,
    derivative_part,
    directional,
    directions,
    flat,
    flat_cotangent,
    is_real,
    on_vectors,
    snapshot,
    unflat,
    varies,
)

if importlib.util.find_spec("scipy") is not None:
    from tests.programs import scipy_linear_algebra, scipy_special  # noqa: F401

SETTINGS = ("ordinary", "verified", "unoptimised", "careful")


@contextmanager
def setting(name: str) -> Iterator[None]:
    """One way to run the compiler: with its invariants checked, without its optimiser, in the user's spelling."""
    with pytest.MonkeyPatch.context() as patch:
        if name == "verified":
            patch.setenv(pipeline.VERIFY, "1")
        if name == "unoptimised":
            patch.setattr(pipeline, "optimize", lambda function, observe=None: function)
        if name == "careful":
            fast = pipeline.generate
            patch.setattr(pipeline, "generate", lambda function, careful=False: fast(function, careful=True))
        yield


def by_hash(text: str, count: int) -> int:
    """A number below `count`, the same in every process."""
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], "big") % count


@dataclass(frozen=True)
class Trial:
    """A program with everything that the checks need."""

    program: Program
    seed: int

    @property
    def argnums(self) -> tuple[int, ...]:
        """Positions that hold a floating-point number."""
        args = self.program.args
        return tuple(k for k in self.program.argnums if any(map(varies, leaves(from_value(args[k])))))

    def along(self, function: Callable[..., Any]) -> list[tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]]:
        """Directions in the arguments, and the differences of `function` along them."""
        args = self.program.args
        run = on_vectors(function, args, self.argnums)
        at = flat(chosen(args, self.argnums))
        return [(d, directional(run, at, d)) for d in directions(self.seed, 3, at.size)]

    @property
    def whole(self) -> bool:
        """True where every argument is differentiated: then jvp and vjp serve, else tangent and adjoint."""
        return len(self.argnums) == len(self.program.args)

    def push(self, function: Callable[..., Any], numbers: np.ndarray[Any, Any]) -> tuple[Any, Any]:
        """Value and tangent of `function` along a direction."""
        args = self.program.args
        dots = unflat(chosen(args, self.argnums), numbers)
        if self.whole:
            return ad.jvp(function, args, dots)
        program = ad.tangent(function, argnums=self.argnums)
        return program(*args, **dict(zip(program.request.seeds, dots, strict=True)))

    def pull(self, function: Callable[..., Any], weights: Callable[[Any], Any]) -> tuple[Any, tuple[Any, ...]]:
        """Value of `function`, and the cotangents of the arguments for the cotangent ``weights(value)``."""
        args = self.program.args
        if self.whole:
            value, pullback = ad.vjp(function, *args)
            return value, pullback(weights(value))
        program = ad.adjoint(function, argnums=self.argnums)
        (seed,) = program.request.seeds
        value, *bars = program(*args, **{seed: weights(function(*args))})
        return value, tuple(bars)


def check_value(trial: Trial) -> None:
    p = trial.program
    before = snapshot(p.args)
    expected = p.plain(*p.args)
    if is_real(expected) and np.ndim(expected) == 0:
        value, _ = ad.value_and_grad(p.function, argnums=trial.argnums)(*p.args)
    else:
        value, _ = trial.pull(p.function, _weights(trial))
    assert_close(flat(value), flat(expected), f"value of {p.name}", 1e-14)
    for a, b in zip(leaves(from_value(value)), leaves(from_value(expected)), strict=True):
        stands_for = isinstance(a, float) and isinstance(b, float)  # a Python float may stand for np.float64
        assert stands_for or type(a) is type(b), f"{p.name} gives {a!r} for {b!r}"
    assert_same(p.args, before, f"{p.name} changed its arguments")


def check_forward(trial: Trial) -> None:
    p = trial.program
    before = snapshot(p.args)
    for direction, expected in trial.along(p.plain):
        value, dot = trial.push(p.function, direction)
        assert_close(derivative_part(dot, p.plain(*p.args), of_result=True), expected, f"forward mode of {p.name}")
        assert_close(flat(value), flat(p.plain(*p.args)), f"value of {p.name}", 1e-14)
    assert_same(p.args, before, f"{p.name} changed its arguments")


def check_reverse(trial: Trial) -> None:
    p = trial.program
    before = snapshot(p.args)
    value, bars = trial.pull(p.function, _weights(trial))
    weights = flat_cotangent(_weights(trial)(value))
    found = derivative_part(bars, chosen(p.args, trial.argnums))
    for direction, expected in trial.along(p.plain):
        assert_close(found @ direction, weights @ expected, f"reverse mode of {p.name}")
    assert_same(p.args, before, f"{p.name} changed its arguments")
    if is_real(value) and np.ndim(value) == 0:
        has_complex = any(map(np.iscomplexobj, leaves(from_value(chosen(p.args, trial.argnums)))))
        for mode in ("reverse",) if has_complex else ("reverse", "forward"):
            gradient = ad.grad(p.function, argnums=trial.argnums, mode=mode)(*p.args)
            part = derivative_part(gradient, chosen(p.args, trial.argnums))
            assert_close(part * weights, found, f"gradient of {p.name}, {mode} mode", 1e-12)


def _weights(trial: Trial) -> Callable[[Any], Any]:
    """A cotangent made like the value, the same at each call."""
    return lambda value: unflat(
        value, np.random.default_rng(trial.seed).uniform(0.5, 1.5, flat(value).size)
    )


def first_derivative(trial: Trial) -> Callable[..., Any]:
    """The gradient of a scalar program, the Jacobian of the others."""
    p = trial.program
    value = p.plain(*p.args)
    if is_real(value) and np.ndim(value) == 0:
        return ad.grad(p.function, argnums=trial.argnums)
    return ad.jacobian(p.function, argnums=trial.argnums)


def check_forward_over_reverse(trial: Trial) -> None:
    p = trial.program
    derivative = first_derivative(trial)
    at = derivative(*p.args)
    for direction, expected in trial.along(derivative):
        _, dot = trial.push(derivative, direction)
        assert_close(derivative_part(dot, at, of_result=True), expected, f"forward over reverse of {p.name}", 1e-6)


def check_reverse_over_reverse(trial: Trial) -> None:
    p = trial.program
    derivative = first_derivative(trial)
    value, bars = trial.pull(derivative, _weights(trial))
    weights = flat_cotangent(_weights(trial)(value))
    found = derivative_part(bars, chosen(p.args, trial.argnums))
    for direction, expected in trial.along(derivative):
        assert_close(found @ direction, weights @ expected, f"reverse over reverse of {p.name}", 1e-6)


CHECKS = {
    "value": check_value, "forward": check_forward, "reverse": check_reverse,
    "forward-over-reverse": check_forward_over_reverse, "reverse-over-reverse": check_reverse_over_reverse,
}  # fmt: skip


def forget(program: Program) -> None:
    """Drop what is compiled, so that a setting applies."""
    vars(program.function).pop(_CACHE, None)


def run(program: Program, mode: str, chosen_setting: str) -> None:
    """One cell of the matrix; a failure raises."""
    forget(program)
    try:
        with setting(chosen_setting):
            CHECKS[mode](Trial(program, by_hash(program.name, 1000)))
    finally:
        forget(program)


def main(wanted: list[str]) -> int:
    """The full matrix, or the programs whose name contains one of the words given."""
    failed = 0
    for program in PROGRAMS:
        if wanted and not any(word in program.name for word in wanted):
            continue
        for mode in CHECKS:
            for name in SETTINGS:
                try:
                    run(program, mode, name)
                except Exception as error:
                    failed += 1
                    print(f"{program.name} {mode} {name}: {type(error).__name__}: {error}")
    print(f"{failed} failed")
    return failed > 0



if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
