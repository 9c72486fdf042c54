"""What decides: the program itself, and Richardson differences of it.

Derivatives are compared as flat vectors: all floating-point numbers of the arguments, in order, and all those of
the result.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import numpy as np

from adcompiler.ir.structure import from_value, leaves, refill, to_value

Vector = np.ndarray[Any, Any]
Function = Callable[..., Any]


def is_real(leaf: Any) -> bool:
    """True for real numbers that vary: floats, NumPy floats, arrays of them."""
    return isinstance(leaf, (float, np.floating)) or (
        isinstance(leaf, np.ndarray) and leaf.dtype.kind == "f"
    )


def varies(leaf: Any) -> bool:
    """True for real and complex numbers and arrays of them."""
    return is_real(leaf) or np.asarray(leaf).dtype.kind == "c"


def _parts(leaf: Any) -> Vector:
    """The real numbers that a leaf is made of."""
    if not np.iscomplexobj(leaf):
        return np.ravel(leaf)
    return np.ravel(np.asarray(leaf, dtype=complex)).view(float)


def flat(value: Any) -> Vector:
    """All floating-point numbers of nested containers; of a complex one its two parts."""
    parts = [_parts(leaf) for leaf in leaves(from_value(value)) if varies(leaf)]
    return np.concatenate([np.zeros(0), *parts])


def flat_cotangent(value: Any) -> Vector:
    """The numbers of a cotangent z̄, whose product with those of a tangent is Re Σ z̄ ż."""
    parts = [_parts(np.conj(leaf)) for leaf in leaves(from_value(value)) if varies(leaf)]
    return np.concatenate([np.zeros(0), *parts])


def unflat(like: Any, numbers: Vector) -> Any:
    """The same containers, shapes and classes around other numbers."""
    structure = from_value(like)
    values: list[Any] = []
    start = 0
    for leaf in leaves(structure):
        if not varies(leaf):
            values.append(leaf)
            continue
        size = _parts(leaf).size
        part = numbers[start : start + size]
        start += size
        if np.iscomplexobj(leaf):
            part = np.ascontiguousarray(part).view(complex)
        if isinstance(leaf, np.ndarray):
            values.append(part.reshape(leaf.shape).astype(leaf.dtype))
        else:
            values.append(type(leaf)(part[0]))
    return to_value(refill(structure, values))


def derivative_part(value: Any, like: Any, of_result: bool = False) -> Vector:
    """The numbers of a derivative, whose containers are those of `like`; None where there is no derivative.

    In the tangent of a result a Python float may stand for np.float64.
    """
    found: list[Vector] = [np.zeros(0)]
    bars, primals = leaves(from_value(value)), leaves(from_value(like))
    assert len(bars) == len(primals), f"{value!r} has not the structure of {like!r}"
    for bar, primal in zip(bars, primals, strict=True):
        if not varies(primal):
            assert bar is None, f"a derivative {bar!r} of {primal!r}"
            continue
        weak = (type(bar) is float and isinstance(primal, float)) or type(bar) is complex
        stands_for = of_result and weak
        assert stands_for or type(bar) is type(primal), (bar, primal)
        assert np.shape(bar) == np.shape(primal), (bar, primal)
        assert np.asarray(bar).dtype == np.asarray(primal).dtype, (bar, primal)
        found.append(_parts(bar if of_result else np.conj(bar)))
    return np.concatenate(found)


def directional(function: Callable[[Vector], Vector], at: Vector, direction: Vector, step: float = 4e-3) -> Vector:
    """The derivative along a direction: central differences, extrapolated three times (error ~ step**8)."""
    table = []
    for k in range(4):
        h = step / 2**k
        row = [(function(at + h * direction) - function(at - h * direction)) / (2 * h)]
        for j in range(k):
            row.append(row[j] + (row[j] - table[-1][j]) / (4 ** (j + 1) - 1))
        table.append(row)
    result: Vector = table[-1][-1]
    return result


def chosen(args: tuple[Any, ...], argnums: tuple[int, ...]) -> tuple[Any, ...]:
    return tuple(args[k] for k in argnums)


def on_vectors(function: Function, args: tuple[Any, ...], argnums: tuple[int, ...]) -> Callable[[Vector], Vector]:
    """`function` as a map between flat vectors; the other arguments stand still."""
    like = chosen(args, argnums)

    def run(numbers: Vector) -> Vector:
        parts = unflat(like, numbers)
        replaced = list(args)
        for k, part in zip(argnums, parts, strict=True):
            replaced[k] = part
        return flat(function(*replaced))

    return run


def directions(seed: int, count: int, size: int) -> list[Vector]:
    """Every coordinate where there are few, else random directions."""
    if size <= count:
        return list(np.eye(size))
    generator = np.random.default_rng(seed)
    return list(generator.uniform(-1.0, 1.0, (count, size)))


def snapshot(args: tuple[Any, ...]) -> Any:
    return copy.deepcopy(args)


def assert_same(found: Any, expected: Any, what: str) -> None:
    """The same containers, classes and numbers to the last bit."""
    for a, b in zip(leaves(from_value(found)), leaves(from_value(expected)), strict=True):
        if isinstance(b, np.ndarray):
            assert np.array_equal(a, b, equal_nan=True), what
        elif varies(b):
            assert a == b, what


def assert_close(found: Vector, expected: Vector, what: str, tolerance: float = 1e-7) -> None:
    scale = np.maximum(1.0, np.max(np.abs(expected), initial=0.0))
    worst = np.max(np.abs(found - expected), initial=0.0)
    assert found.shape == expected.shape, f"{what}: {found.shape} numbers, expected {expected.shape}"
    assert worst <= tolerance * scale, f"{what}: {found} is not {expected} (off by {worst:.2e})"
