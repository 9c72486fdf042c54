"""Derivatives by a complex step: Im f(x + ih v)/h, exact to rounding where the function is analytic.

Nothing is subtracted, so the step may be as small as one likes (Squire & Trapp 1998).
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import Any

import numpy as np

from adcompiler.inspection.differences import Program, differentiable
from adcompiler.ir.structure import from_value, leaves, refill, to_value

STEP = 1e-100


def complex_step(program: Program, direction: Mapping[str, Any], slope: Any, error: Any) -> Any:
    """The derivative along `direction`, or None where the function is not analytic, or refuses complex numbers.

    `slope` and `error` are those of differences: a function that takes complex numbers and is not analytic (it takes
    an absolute value, a real part) gives something else.
    """
    if any(
        np.iscomplexobj(leaf) or np.asarray(leaf).dtype != np.dtype(float)
        for name in direction
        for leaf in leaves(from_value(program.arguments[name]))
        if differentiable(leaf)
    ):
        return None
    changed = {name: _moved(program.arguments[name], dot) for name, dot in direction.items()}
    try:
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("error")
            found = leaves(from_value(program(changed)))
    except Exception:
        return None  # it was not written for complex numbers, and may do anything with them
    parts = [np.ravel(np.imag(np.asarray(leaf))) / STEP for leaf in found if _is_number(leaf)]
    values = np.concatenate(parts) if parts else np.zeros(0)
    close = 1e-5 * (1.0 + np.abs(slope)) + 4.0 * error if values.shape == slope.shape else None
    if close is None or not np.all(np.abs(values - slope) <= close):
        return None
    return values


def _is_number(leaf: Any) -> bool:
    return isinstance(leaf, (complex, np.complexfloating)) or differentiable(leaf)


def _moved(value: Any, direction: Any) -> Any:
    structure, by = from_value(value), leaves(from_value(direction))
    moved = [
        x if dot is None else x + 1j * STEP * dot
        for x, dot in zip(leaves(structure), by, strict=True)
    ]
    return to_value(refill(structure, moved))
