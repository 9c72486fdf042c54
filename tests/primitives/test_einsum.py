"""Einstein sums through the whole compiler: every form, and what NumPy makes of lengths."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import adcompiler as ad
from adcompiler.primitives.einsum import letters_of
from tests.primitives.rule_cases import make_case
from tests.primitives.rule_checks import dot, generator
from tests.primitives.rule_programs import adjoint_of, direction_like, primal_of, run, tangent_of
from tests.primitives.test_linear_algebra import STACK, G, X, check

Array = np.ndarray[Any, Any]

FORMS: list[tuple[Callable[[Array], Any], Array]] = [
    (lambda x: np.einsum("ij,kj->", x[:1] * 2.0, x**2), X),
    (lambda x: np.einsum("ij,kj->", x[1:], x[:2] ** 2), X),
    (lambda x: np.einsum("ij,ij->", x[3:], x**2), X),
    (lambda x: np.sum(np.einsum("ij->i", x[3:]) * np.arange(1.0)) + np.einsum("ij->", x[2:]), X),
    (lambda x: np.sum(np.einsum(x, [0, 1], x, [2, 1], [0, 2]) ** 3), X),
    (lambda x: np.sum(np.einsum(x, [1, 0]) * np.einsum(x, [26, 0])), X),
    (lambda x: np.sum(np.einsum(x, [0, ...], x, [1, ...]) ** 3), X),
    (lambda x: np.sum(np.einsum("ij,jk,kl", x, x, x, optimize="greedy") ** 2), G),
    (lambda x: np.sum(np.einsum("ij,jk,kl", x, x, x, optimize=True) ** 2), G),
    (lambda x: np.einsum("ii", x @ x) ** 2, G),
    (lambda x: np.sum(np.einsum("ii->i", x) ** 3), G),
    (lambda x: np.sum(np.einsum("...ii->...i", x @ x.mT) ** 2), STACK),
    (lambda x: np.sum(np.einsum(" b i j , ... j -> b ... ", x, x[0] ** 2) ** 2), STACK),
    (lambda x: np.sum(np.einsum("ij,ij,ij->j", x, x, x)), X),
    (lambda x: np.sum(np.einsum(",ij->ji", x[0, 0], x) ** 2), X),
]


@pytest.mark.parametrize("number", range(len(FORMS)))
def test_form(number: int) -> None:
    f, x = FORMS[number]
    check(f, x, 1e-7)


@pytest.mark.parametrize("seed", range(60))
def test_random_sums_have_transposed_tangents(seed: int) -> None:
    """Random subscripts with diagonals, axes of length 1, ellipses, letters summed away."""
    rng = random.Random(seed)
    lengths = dict(zip("abcde", rng.choices([1, 2, 3], k=5), strict=True))
    parts, operands = [], []
    for _ in range(rng.randint(1, 3)):
        names = "".join(rng.choices("abcde", k=rng.randint(1, 3)))
        shape = []
        for k, name in enumerate(names):
            alone = names.count(name) == 1 and rng.random() < 0.2
            shape.append(1 if alone else lengths[name])
            assert k < 3
        dots = rng.random() < 0.3
        parts.append("..." + names if dots else names)
        operands.append(
            np.array(rng.choices([0.5, -1.0, 1.5, 2.0], k=6 * 27))[
                : int(np.prod(shape)) * (2 if dots else 1)
            ].reshape(*([2] if dots else []), *shape)
        )
    left = ",".join(parts)
    used = sorted(set(left) & set("abcde"))
    result = "".join(rng.sample(used, rng.randint(0, len(used))))
    subscripts = left if rng.random() < 0.3 else f"{left}->{'...' if '.' in left else ''}{result}"
    case = make_case(pick(subscripts, operands), tuple(operands), {"subscripts": subscripts})
    primal = primal_of(case)
    tangent, adjoint = tangent_of(primal, case.active), adjoint_of(primal, case.active)
    noise = generator(subscripts)
    direction = [direction_like(o, noise) for o in operands]
    (y,) = run(primal, operands)
    y_bar = direction_like(y, noise)
    (y_dot,) = run(tangent, [*operands, *direction])
    bars = run(adjoint, [*operands, y_bar])
    h = 1e-6
    ahead, behind = (
        run(primal, [o + s * h * d for o, d in zip(operands, direction, strict=True)])[0]
        for s in (1, -1)
    )
    np.testing.assert_allclose(y_dot, (ahead - behind) / (2 * h), rtol=1e-6, atol=1e-6)
    for bar, operand in zip(bars, operands, strict=True):
        assert np.shape(bar) == operand.shape, subscripts
    right = sum(dot(b, d) for b, d in zip(bars, direction, strict=True))
    assert dot(y_bar, y_dot) == pytest.approx(right, rel=1e-11, abs=1e-11), subscripts


def pick(subscripts: str, operands: list[Array]) -> Any:
    from adcompiler.primitives.einsum import einsum, einsum_view

    letters = letters_of(subscripts, tuple(o.ndim for o in operands))
    whole = len(operands) == 1 and set(letters.operands[0]) == set(letters.result)
    return einsum_view if whole else einsum


def test_the_cotangents_are_einstein_sums() -> None:
    def f(x: Array, y: Array) -> Any:
        return np.einsum("bij,jk->bik", x, y)

    text = ad.adjoint(f).source(STACK, X.T, np.zeros((2, 3, 4)))
    assert 'x_bar = np.einsum("bik,jk->bij", t, y)' in text
    assert 'y_bar = np.einsum("bij,bik->jk", x, t)' in text


def test_a_reordered_view_does_not_cost_a_copy() -> None:
    text = ad.grad(lambda x: np.sum(np.einsum("ij->ji", x) ** 2)).source(X)
    assert 'np.einsum("ij->ji", x)' in text
