"""What reverse sweeps record: the values that they read, never a whole array for one element that was written.

The programs are traces built by hand; the oracle is a difference of what the reference interpreter computes.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from adcompiler.ir.evaluate import evaluate
from adcompiler.ir.index import IndexPattern, Operand, Slice
from adcompiler.ir.nodes import Function
from tests.transform.written_arrays import (
    apply,
    branch,
    element,
    gradient,
    loop,
    program,
    run,
    slopes,
    source_of,
    written,
)

A = np.array([0.61, -0.83, 0.27, 0.95, -0.42, 0.38, 0.74])
DIRECTION = np.array([0.3, -0.7, 0.5, 0.9, 0.2, -0.4, 0.6])
Atoms = Any


def chain(a: Atoms, c: Atoms, n: Atoms) -> Atoms:
    """``a[i] = sin(c * a[i - 1])``"""
    (a,) = loop(
        1,
        n,
        {"a": apply("copy", a)},
        lambda i, a: (written(a, apply("sin", c * element(a, i - 1)), i),),
    )
    return apply("sum", a)


def gauss_seidel(a: Atoms, c: Atoms, n: Atoms) -> Atoms:
    def inner(i: Atoms, a: Atoms) -> Atoms:
        new = element(a, i) + c * apply("sin", element(a, i - 1) * element(a, i + 1))
        return (written(a, new, i),)

    (a,) = loop(0, 3, {"a": apply("copy", a)}, lambda t, a: loop(1, n - 1, {"a": a}, inner))
    return apply("sum", a * a)


def prefix_sums(a: Atoms, c: Atoms, n: Atoms) -> Atoms:
    at = IndexPattern((Operand(0),), False)
    (a,) = loop(
        1,
        n,
        {"a": apply("copy", a)},
        lambda i, a: (apply("add_to_slice", a, element(a, i - 1) * c, i, index=at),),
    )
    return apply("sum", a * a)


def conditional_writes(a: Atoms, c: Atoms, n: Atoms) -> Atoms:
    def body(i: Atoms, a: Atoms) -> Atoms:
        x = element(a, i - 1)
        return (
            branch(
                apply("greater", x, 0.0),
                lambda: written(a, apply("exp", x * c) * element(a, i), i),
                lambda: a,
                "a",
            ),
        )

    (a,) = loop(1, n, {"a": apply("copy", a)}, body)
    return apply("sum", a)


def conditional_reads(a: Atoms, c: Atoms, n: Atoms) -> Atoms:
    def body(i: Atoms, a: Atoms) -> Atoms:
        x = element(a, i)

        def near() -> Atoms:
            y = element(a, i - 1)
            return apply("sin", y * y) * x

        value = branch(apply("greater", x, 0.0), near, lambda: x * element(a, i - 1) * c, "value")
        return (written(a, value, i),)

    (a,) = loop(1, n, {"a": apply("copy", a)}, body)
    return apply("sum", a * c)


def one_bubble_sweep(a: Atoms, c: Atoms, n: Atoms) -> Atoms:
    """``a[i], a[i + 1] = a[i + 1], c * a[i]`` where they are in the wrong order."""

    def body(i: Atoms, a: Atoms) -> Atoms:
        x, y = element(a, i), element(a, i + 1)
        return (
            branch(
                apply("greater", x, y),
                lambda: written(written(a, y * y, i), c * x * y, i + 1),
                lambda: a,
                "a",
            ),
        )

    (a,) = loop(0, 2, {"a": apply("copy", a)}, lambda t, a: loop(0, n - 1, {"a": a}, body))
    return apply("sum", a * a)


def thomas(a: Atoms, c: Atoms, n: Atoms) -> Atoms:
    """Forward elimination and back substitution of a tridiagonal system."""

    def eliminate(i: Atoms, b: Atoms, d: Atoms) -> Atoms:
        w = c / element(b, i - 1)
        return (
            written(b, element(b, i) - w * c, i),
            written(d, element(d, i) - w * element(d, i - 1), i),
        )

    b, d = loop(1, n, {"b": a * a + 3.0, "d": apply("copy", a)}, eliminate)

    def substitute(k: Atoms, x: Atoms) -> Atoms:
        i = n - 2 - k
        return (written(x, (element(x, i) - c * element(x, i + 1)) / element(b, i), i),)

    (x,) = loop(0, n - 1, {"x": d}, substitute)
    return apply("sum", x * x)


def jacobi(a: Atoms, c: Atoms, n: Atoms) -> Atoms:
    """Two buffers that change places."""

    def sweep(t: Atoms, u: Atoms, v: Atoms) -> Atoms:
        (v,) = loop(
            1,
            n - 1,
            {"v": v},
            lambda i, v: (
                written(
                    v, c * apply("sin", element(u, i - 1)) * element(u, i + 1) + element(u, i), i
                ),
            ),
        )
        return v, u

    u, v = loop(0, 4, {"u": apply("copy", a), "v": a * 0.5}, sweep)
    return apply("sum", u * v)


def loop_in_an_arm(a: Atoms, c: Atoms, n: Atoms) -> Atoms:
    def body(t: Atoms, a: Atoms) -> Atoms:
        x = element(a, t)

        def sweep() -> Atoms:
            return loop(
                1,
                n,
                {"a": a},
                lambda i, a: (written(a, apply("sin", element(a, i - 1) * x * element(a, i)), i),),
            )[0]

        return (branch(apply("greater", x, 0.0), sweep, lambda: written(a, x * x * c, t), "a"),)

    (a,) = loop(0, 4, {"a": apply("copy", a)}, body)
    return apply("sum", a * c)


def branch_behind_a_loop(a: Atoms, c: Atoms, n: Atoms) -> Atoms:
    """No loop around the branch: its arm still sees old elements."""
    a = apply("copy", a)

    def sweep() -> Atoms:
        x = element(a, 1)
        first = written(a, x * x * element(a, 2), 2)
        return loop(
            1, n, {"a": first}, lambda i, a: (written(a, element(a, i - 1) * element(a, i), i),)
        )[0]

    a = branch(apply("greater", c, 0.0), sweep, lambda: a * 2.0, "a")
    a = written(a, c * element(a, 3), 0)
    return apply("sum", a * a)


def whole_array_read(a: Atoms, c: Atoms, n: Atoms) -> Atoms:
    """Each iteration reads all: a copy is recorded, since nothing else helps."""

    def body(i: Atoms, a: Atoms, s: Atoms) -> Atoms:
        s = s + apply("sum", apply("sin", a) * a)
        return written(a, s * c, i), s * 0.5

    a, s = loop(0, n, {"a": apply("copy", a), "s": c * 1.0}, body)
    return apply("sum", a) + s


def slices(a: Atoms, c: Atoms, n: Atoms) -> Atoms:
    """Views of an array that is written are copied when they are recorded."""

    def body(t: Atoms, a: Atoms) -> Atoms:
        left = apply("getitem", a, index=IndexPattern((Slice(0, -1),), False))
        product = apply("sin", left) * left * c
        return (apply("setitem", a, product, index=IndexPattern((Slice(1, None),), False)),)

    (a,) = loop(0, 3, {"a": apply("copy", a)}, body)
    return apply("sum", a)


def straight(a: Atoms, c: Atoms, n: Atoms) -> Atoms:
    a = apply("copy", a)
    for k in (1, 3, 2, 1):
        x = element(a, k - 1)
        a = written(a, apply("exp", x * c) * element(a, k), k)
    return apply("sum", a * c)


ELEMENTWISE = [
    chain,
    gauss_seidel,
    prefix_sums,
    conditional_writes,
    conditional_reads,
    one_bubble_sweep,
    thomas,
    jacobi,
    loop_in_an_arm,
]
EVERY = [*ELEMENTWISE, branch_behind_a_loop, whole_array_read, slices, straight]


@pytest.mark.parametrize("f", EVERY)
def test_gradients(f: Callable[..., Any]) -> None:
    primal = program(f)
    for c in (0.7, -0.4):
        check(primal, gradient(primal), c)


@pytest.mark.parametrize("f", EVERY)
def test_second_order(f: Callable[..., Any]) -> None:
    first = slopes(program(f))
    check(first, gradient(first), 0.7)


def check(primal: Function, derivative: Function, c: float) -> None:
    a_bar, c_bar = run(derivative, A, c, len(A))

    def at(t: float) -> float:
        return float(evaluate(primal, [A + t * DIRECTION, c + 0.3 * t, len(A)]))

    fine, coarse = ((at(h) - at(-h)) / (2 * h) for h in (1e-4, 2e-4))
    expected = (4 * fine - coarse) / 3
    assert a_bar @ DIRECTION + 0.3 * c_bar == pytest.approx(expected, rel=1e-8, abs=1e-9)


@pytest.mark.parametrize("f", ELEMENTWISE)
@pytest.mark.parametrize("order", [1, 2])
def test_no_work_on_whole_arrays_inside_loops(f: Callable[..., Any], order: int) -> None:
    primal = program(f)
    derivative = gradient(primal if order == 1 else slopes(primal))
    with source_of(derivative) as text:
        whole = re.compile(r"\.copy\(|_like\(|np\.(zeros|empty|full|array)\(")
        assert not [
            line for line in text.splitlines() if line.startswith(" " * 8) and whole.search(line)
        ], text
