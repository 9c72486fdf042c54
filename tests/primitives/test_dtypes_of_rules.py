"""Every differentiable row in every dtype: tangents have the dtype of results, cotangents that of operands.

The samples of the row are taken in half, single and extended precision, with operands of different precision, and
with operands that do not lie one behind the other in memory.  The numbers are those of double precision, as far as
the narrowest dtype goes.
"""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest

from adcompiler.errors import ADError
from adcompiler.ir.primitive import lookup
from adcompiler.ir.types import Array, dtype_of
from adcompiler.ir.values import Constant
from tests.primitives.rule_cases import SCALAR_ONLY, Case, cases, make_case, names
from tests.primitives.rule_checks import assert_close, counted, explained, generator
from tests.primitives.rule_programs import (
    adjoint_of,
    direction_like,
    primal_of,
    results_of,
    run,
    tangent_of,
)


def of_scipy(name: str) -> bool:
    """SciPy's functions have no loops in half and extended precision, and each its own way to convert operands."""
    own = name in ("gamma_moment", "beta_moment", "band_outer")
    return own or bool(re.search(r"special\.|(?<!np\.)linalg\.", lookup(name).spelling.array))


ROWS = [
    n
    for n in names()
    if lookup(n).verdict == "differentiable" and n not in SCALAR_ONLY and not of_scipy(n)
]
#: dtype -> how close its numbers are to those of double precision, relative to the largest
DTYPES = {"float16": 2e-2, "float32": 2e-4, "longdouble": 1e-12}
MIXED = (("float32", "float64"), ("float64", "float32"), ("float16", "float32"))


def converted(case: Case, dtypes: tuple[str, ...]) -> Case | None:
    """The case with the float operands in these dtypes in turn; None where nothing changes."""
    operands = list(case.operands)
    changed = 0
    for i, value in enumerate(operands):
        floats = isinstance(value, (np.ndarray, np.generic)) and value.dtype == np.float64
        if floats:
            operands[i] = np.asarray(value).astype(dtypes[changed % len(dtypes)])
            if not isinstance(value, np.ndarray):
                operands[i] = operands[i][()]
            changed += 1
    if changed < len(dtypes):
        return None
    try:
        return make_case(case.primitive, tuple(operands), case.statics)
    except ADError:
        return None


def strided(case: Case) -> Case | None:
    """The same numbers, two places apart, the last axis first in memory."""

    def spread(value: Any) -> Any:
        if not isinstance(value, np.ndarray) or not value.ndim:
            return value
        wide = np.zeros((*reversed(value.shape), 2), value.dtype)
        view = wide[..., 0].T
        view[...] = value
        return view

    operands = tuple(map(spread, case.operands))
    if all(a is b for a, b in zip(operands, case.operands, strict=True)):
        return None
    return make_case(case.primitive, operands, case.statics)


def both_modes(case: Case) -> tuple[Any, Any, tuple[Any, ...]] | None:
    """Value, tangent and cotangents, their dtypes checked; None where the row is not made for these operands."""
    try:
        primal = primal_of(case)
        with np.errstate(all="ignore"):
            (y,) = run(primal, case.operands)
    except (ADError, TypeError):
        return None
    rng = generator(case.primitive.name)
    tangent, adjoint = tangent_of(primal, case.active), adjoint_of(primal, case.active)
    with explained(case, tangent, adjoint), np.errstate(all="ignore"):
        predicted = primal.body.statements[-1].target.type  # type: ignore[union-attr]
        counted(np.asarray(y).dtype == dtype_of(predicted), f"{np.asarray(y).dtype}, predicted {predicted}")
        directions = [direction_like(case.operands[i], rng) for i in case.active]
        (y_dot,) = run(tangent, [*case.operands, *directions])
        if not isinstance(results_of(tangent)[0], Constant):
            have, want = np.asarray(y_dot).dtype, np.asarray(y).dtype
            counted(have == want or not isinstance(predicted, Array), f"tangent {have} of {want}")
        bars = run(adjoint, [*case.operands, direction_like(y, rng)])
        for i, bar, atom in zip(case.active, bars, results_of(adjoint), strict=True):
            x = case.operands[i]
            if isinstance(atom, Constant) or not isinstance(x, (np.ndarray, np.generic)):
                continue
            counted(np.asarray(bar).dtype == x.dtype, f"cotangent {np.asarray(bar).dtype} of {x.dtype}")
    return y, y_dot, bars


def compare(case: Case, other: Case, tolerance: float) -> None:
    """The other case gives the numbers of the first one."""
    found, expected = both_modes(other), both_modes(case)
    if found is None or expected is None:
        return
    pairs = [("value", found[0], expected[0]), ("tangent", found[1], expected[1])]
    pairs += [("cotangent", a, b) for a, b in zip(found[2], expected[2], strict=True)]
    for what, have, want in pairs:
        if np.all(np.isfinite(np.asarray(have, dtype=complex))) and np.size(have) == np.size(want):
            with explained(other):
                assert_close(have, want, tolerance, what)


def doubles(name: str) -> list[Case]:
    return [c for c in cases(lookup(name)) if not c.is_single and c.active]


@pytest.mark.parametrize("name", ROWS)
def test_precision_is_kept(name: str) -> None:
    for dtype, tolerance in DTYPES.items():
        for case in doubles(name):
            other = converted(case, (dtype,))
            if other is not None:
                compare(case, other, tolerance)


@pytest.mark.parametrize("name", ROWS)
def test_mixed_precision_is_that_of_numpy(name: str) -> None:
    for dtypes in MIXED:
        for case in doubles(name):
            other = converted(case, dtypes)
            if other is not None:
                compare(case, other, 2e-2 if "float16" in dtypes else 2e-4)


@pytest.mark.parametrize("name", ROWS)
def test_layout_in_memory_changes_nothing(name: str) -> None:
    for case in doubles(name):
        other = strided(case)
        if other is not None:
            compare(case, other, 1e-13)
