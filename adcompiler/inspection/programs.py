"""Runs the two generated programs of a subject along every unit direction, and times them."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

import numpy as np

from adcompiler.derivative import derivative_of
from adcompiler.inspection.subject import Subject
from adcompiler.ir.nodes import Function
from adcompiler.ir.structure import (
    Branch,
    Structure,
    accessors,
    from_value,
    leaves,
    paths,
    refill,
    to_value,
)

#: no more sweeps than this are run for one comparison
MOST_SWEEPS = 1000


@dataclass(frozen=True)
class Times:
    """Seconds, each the median of several calls: the function, all forward sweeps, all reverse sweeps."""

    primal: float
    forward: float
    reverse: float


class Programs:
    """Runs the two generated programs along every unit direction."""

    def __init__(self, subject: Subject) -> None:
        self.subject, self.args = subject, subject.args
        self.tangent = derivative_of(subject.request("tangent"), subject.primal)
        self.adjoint = derivative_of(subject.request("adjoint"), subject.primal)
        chosen = subject.chosen
        self.structures: list[Structure] = [from_value(value) for _, value in chosen]
        self.names: list[str] = []
        self.values: list[Any] = []
        for (name, _), structure in zip(chosen, self.structures, strict=True):
            for path, leaf in zip(paths(structure), leaves(structure), strict=True):
                if differentiable(leaf):
                    self.names.append(name + "".join(accessors(path, structure)))
                    self.values.append(leaf)
        self.inputs = sum(int(np.size(v)) for v in self.values)
        self.value, _ = self.tangent(*self.args, **self.tangents())
        self.results = [v for v in leaves(from_value(self.value)) if differentiable(v)]
        self.outputs = sum(int(np.size(v)) for v in self.results)

    def tangents(self, chosen: int | None = None, entry: int = 0) -> dict[str, Any]:
        """The tangents as keywords, all zero but one entry of one leaf."""
        position = iter(range(len(self.values)))
        dots = [to_value(_filled(s, position, chosen, entry)) for s in self.structures]
        return dict(zip(self.tangent.request.seeds, dots, strict=True))

    def cotangent(self, chosen: int | None = None, entry: int = 0) -> dict[str, Any]:
        """The seed of the reverse sweep as a keyword."""
        (name,) = self.adjoint.request.seeds
        position = iter(range(len(self.results)))
        return {name: to_value(_filled(from_value(self.value), position, chosen, entry))}

    @property
    def sources(self) -> tuple[str, str]:
        """The text of the tangent and of the adjoint program."""
        return (
            self.tangent.source(*self.args, **self.tangents()),
            self.adjoint.source(*self.args, **self.cotangent()),
        )

    @property
    def functions(self) -> tuple[Function, Function]:
        """The optimised traces of the tangent and of the adjoint program."""
        found = []
        for program, seeds in ((self.tangent, self.tangents()), (self.adjoint, self.cotangent())):
            found.append(program._variant_for(self.args, seeds).compiled.function)
        return found[0], found[1]

    def forward(self) -> list[Any]:
        """For each input leaf the matrix (numbers of the result) × (numbers of the leaf)."""
        found, left = [], MOST_SWEEPS
        for k, value in enumerate(self.values):
            matrix = np.full((self.outputs, np.size(value)), np.nan)
            for entry in range(min(np.size(value), left)):
                _, dot = self.tangent(*self.args, **self.tangents(k, entry))
                matrix[:, entry] = _flat(dot)
            left -= min(np.size(value), left)
            found.append(matrix)
        return found

    def reverse(self) -> list[Any]:
        """As `forward`, row by row."""
        found = [np.full((self.outputs, np.size(value)), np.nan) for value in self.values]
        row = 0
        for k, result in enumerate(self.results):
            for entry in range(np.size(result)):
                if row < MOST_SWEEPS:
                    _, *bars = self.adjoint(*self.args, **self.cotangent(k, entry))
                    parts = [leaf for leaf in leaves(from_value(tuple(bars))) if leaf is not None]
                    for matrix, part in zip(found, parts, strict=True):
                        matrix[row] = np.ravel(part)
                row += 1
        return found

    def shaped(self, matrix: Any, k: int) -> Any:
        """One number where result and input are, else the shape of the result and then of input `k`."""
        single = len(self.results) == 1 and not isinstance(from_value(self.value), Branch)
        outside = np.shape(self.results[0]) if single else (self.outputs,)
        shape = (*outside, *np.shape(self.values[k]))
        return matrix.reshape(shape) if shape else float(matrix[0, 0])

    def times(self) -> Times:
        """The function, all its forward sweeps and all its reverse sweeps."""
        forward = [self.tangents(*place) for place in islice(_entries(self.values), MOST_SWEEPS)]
        back = [self.cotangent(*place) for place in islice(_entries(self.results), MOST_SWEEPS)]
        args = self.args

        def sweep_all(program: Any, seeds: list[dict[str, Any]]) -> Callable[[], None]:
            def run() -> None:
                for seed in seeds:
                    program(*args, **seed)

            return run

        return Times(
            median_time(lambda: self.subject.primal(*args)),
            median_time(sweep_all(self.tangent, forward)),
            median_time(sweep_all(self.adjoint, back)),
        )


def differentiable(leaf: object) -> bool:
    """True for floats, and arrays and NumPy scalars of them."""
    if isinstance(leaf, (np.ndarray, np.generic)):
        return leaf.dtype.kind == "f"
    return type(leaf) is float


def _filled(structure: Structure, position: Any, chosen: int | None, entry: int) -> Structure:
    def seed(leaf: Any) -> Any:
        if not differentiable(leaf):
            return None
        here = next(position) == chosen
        if not isinstance(leaf, np.ndarray):
            return type(leaf)(1.0 if here else 0.0)
        zeros = np.zeros_like(leaf)
        if here:
            zeros.flat[entry] = 1.0
        return zeros

    return refill(structure, [seed(leaf) for leaf in leaves(structure)])


def _flat(dot: Any) -> Any:
    parts = [np.ravel(leaf) for leaf in leaves(from_value(dot)) if leaf is not None]
    return np.concatenate(parts) if parts else np.zeros(0)


def _entries(values: list[Any]) -> Iterator[tuple[int, int]]:
    """Every number, as position of its leaf and position in it."""
    return ((k, entry) for k, value in enumerate(values) for entry in range(np.size(value)))


def median_time(call: Callable[[], Any], budget: float = 0.1) -> float:
    """The median of up to 15 measurements, each long enough for the clock, within about `budget` seconds."""
    start = time.perf_counter()
    call()
    once = max(time.perf_counter() - start, 1e-7)
    number_of_calls = max(1, int(1e-3 / once))
    repeats = max(3, min(15, int(budget / (once * number_of_calls))))
    found = []
    for _ in range(repeats):
        start = time.perf_counter()
        for _ in range(number_of_calls):
            call()
        found.append((time.perf_counter() - start) / number_of_calls)
    return float(np.median(found))
