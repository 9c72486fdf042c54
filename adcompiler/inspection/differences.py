"""Derivatives by differences: Ridders' (1982), central, extrapolated to step zero, with an estimate of their error."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

import numpy as np

from adcompiler.errors import ArgumentError
from adcompiler.ir.structure import from_value, leaves, refill, to_value


class Program(Protocol):
    """A function at a point; called with some arguments replaced."""

    @property
    def arguments(self) -> Mapping[str, Any]: ...

    def __call__(self, changed: Mapping[str, Any]) -> Any: ...


def differentiable(leaf: Any) -> bool:
    if isinstance(leaf, (np.ndarray, np.generic)):
        return leaf.dtype.kind in "fc"
    return type(leaf) in (float, complex)


def random_direction(value: Any, random: np.random.Generator) -> Any:
    """Random numbers of the structure, shape and dtype of `value`; None for what is not varied."""

    def leaf(like: Any) -> Any:
        if not differentiable(like):
            return None
        drawn = random.uniform(0.5, 1.0, np.shape(like)) * random.choice(
            (-1.0, 1.0), np.shape(like)
        )
        if np.iscomplexobj(like):
            drawn = drawn + 1j * random.uniform(-1.0, 1.0, np.shape(like))
        if isinstance(like, np.ndarray):
            return np.asarray(drawn, dtype=like.dtype)
        return like.dtype.type(drawn) if isinstance(like, np.generic) else type(like)(drawn)

    structure = from_value(value)
    return to_value(refill(structure, [leaf(like) for like in leaves(structure)]))


def moved(value: Any, direction: Any, step: float) -> Any:
    structure, by = from_value(value), leaves(from_value(direction))

    def leaf(x: Any, dot: Any) -> Any:
        if dot is None:
            return x
        moved = x + step * dot
        return moved.astype(x.dtype) if isinstance(x, np.ndarray) else type(x)(moved)

    return to_value(
        refill(structure, [leaf(x, d) for x, d in zip(leaves(structure), by, strict=True)])
    )


def numbers(value: Any) -> Any:
    """All varying numbers of a result in one vector; of a complex one its two parts."""
    parts = [_flat(leaf) for leaf in leaves(from_value(value)) if differentiable(leaf)]
    return np.concatenate(parts) if parts else np.zeros(0)


def weights(cotangent: Any) -> Any:
    """The vector whose product with that of a tangent is Re Σ ȳ ẏ (docs/conventions.md)."""
    found = leaves(from_value(cotangent))
    parts = [_flat(np.conj(leaf)) for leaf in found if differentiable(leaf)]
    return np.concatenate(parts) if parts else np.zeros(0)


def _flat(leaf: Any) -> Any:
    if np.iscomplexobj(leaf):
        return np.ravel(np.asarray(leaf, dtype=complex)).view(float)
    return np.ravel(np.asarray(leaf, dtype=float))


def differences(program: Program, direction: Mapping[str, Any]) -> tuple[Any, Any]:
    """The derivative of every result along `direction`, and an estimate of its error.

    Steps shrink by half; the tableau removes one even power of the step for each column.  Each entry takes the
    estimate that agrees best with its neighbours.
    """
    epsilon = rounding_unit(*program.arguments.values())
    steps = 0.25 * 0.5 ** np.arange(14 if epsilon < 1e-10 else 6)

    def quotient(step: float) -> tuple[Any, Any]:
        """The central difference, and what rounding makes of it."""
        sides = [
            numbers(program({k: moved(program.arguments[k], d, s) for k, d in direction.items()}))
            for s in (step, -step)
        ]
        size = np.maximum(np.abs(sides[0]), np.abs(sides[1]))
        return (sides[0] - sides[1]) / (2.0 * step), epsilon * size / step

    with np.errstate(all="ignore"):
        table: list[list[Any]] = []
        best: Any = None
        error: Any = None
        for step in steps:
            try:
                first, rounding = quotient(float(step))
            except (ArithmeticError, ValueError):
                table = []  # outside the domain: the step was too large
                continue
            row = [first]
            for k in range(min(len(table[-1]), 4) if table else 0):
                factor = 4.0 ** (k + 1)
                row.append((factor * row[k] - table[-1][k]) / (factor - 1.0))
            if table:
                for k in range(1, len(row)):
                    estimate = np.maximum(
                        np.abs(row[k] - row[k - 1]), np.abs(row[k] - table[-1][k - 1])
                    )
                    estimate = np.where(np.isnan(estimate), np.inf, estimate + rounding)
                    if best is None:
                        best, error = row[k].copy(), estimate
                    else:
                        better = estimate < error
                        best, error = (
                            np.where(better, row[k], best),
                            np.where(better, estimate, error),
                        )
            table.append(row)
    if best is None:
        raise ArgumentError(
            "the function cannot be evaluated around these arguments.",
            why="differences need values on both sides of the point.",
            write="a point inside its domain",
        )
    return best, error


def rounding_unit(*values: Any) -> float:
    """The rounding unit of the least precise number."""
    found = [leaf for value in values for leaf in leaves(from_value(value)) if differentiable(leaf)]
    return max((float(np.finfo(np.asarray(leaf).dtype).eps) for leaf in found), default=2.3e-16)
