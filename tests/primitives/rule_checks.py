"""What the checks of all rules share: closeness, and a failure that shows the programs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from adcompiler.ir.nodes import Function
from adcompiler.ir.text import to_text
from tests.primitives.rule_cases import Case

#: how many comparisons the tests of this run have made
CHECKS: Counter[str] = Counter()


_KINDS = {"value", "tangent", "cotangent", "third order", "forward over reverse"}


def counted(holds: bool, message: str) -> None:
    """An assertion that is counted."""
    CHECKS["types"] += 1
    assert holds, message


@contextmanager
def explained(case: Case, *functions: Function) -> Iterator[None]:
    """A failure shows the call and the programs."""
    try:
        yield
    except Exception as error:
        programs = "\n".join(to_text(f) for f in functions)
        raise AssertionError(f"{case}\n{type(error).__name__}: {error}\n{programs}") from error


def tolerance(case: Case, double: float) -> float:
    return max(double, 2e-4) if case.is_single else double


def assert_close(
    actual: Any, expected: Any, rtol: float, what: str, atol: float | None = None
) -> None:
    """Close relative to the largest element: one number of several may happen to be near zero."""
    CHECKS[what if what in _KINDS else "other"] += 1
    a, b = (np.asarray(v, dtype=complex if np.iscomplexobj(v) else float) for v in (actual, expected))
    assert np.size(a) == np.size(b) or a.ndim == 0, f"{what}: shapes {a.shape} and {b.shape}"
    a = np.broadcast_to(a, b.shape)
    scale = float(np.max(np.abs(b), initial=0.0))
    bound = rtol * scale + (rtol if atol is None else atol)
    worst = float(np.max(np.abs(a - b), initial=0.0))
    assert worst <= bound, (
        f"{what}: {a.tolist()} and {b.tolist()} differ by {worst:.3g} > {bound:.3g}"
    )


def dot(a: Any, b: Any) -> float:
    """Σ a b; of complex numbers its real part, the bilinear pairing of docs/conventions.md."""
    return float(np.sum(np.asarray(a) * np.asarray(b)).real)


def generator(name: str) -> np.random.Generator:
    return np.random.default_rng([ord(c) for c in name])
