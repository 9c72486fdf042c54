"""The Taylor remainder: |f(x + h v) - f(x) - h J v| falls with h², with h where J v is wrong.

A remainder that halves with the step, again and again down to rounding, is the sign of a wrong derivative whatever
the function's scale; a kink or noise gives no such row.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from adcompiler.inspection.differences import Program, moved, numbers, rounding_unit

HALVINGS = 24
#: so many steps in a row must show the same order
IN_A_ROW = 4


def remainder_order(program: Program, direction: Mapping[str, Any], slope: Any) -> float | None:
    """The power of h with which the remainder falls at the smallest steps that show one; None where none do."""
    base = numbers(program({}))
    epsilon = rounding_unit(*program.arguments.values())
    steps = 0.25 * 0.5 ** np.arange(HALVINGS)
    sizes: list[float] = []
    with np.errstate(all="ignore"):
        for step in steps:
            try:
                there = numbers(
                    program({k: moved(program.arguments[k], d, step) for k, d in direction.items()})
                )
            except (ArithmeticError, ValueError):
                sizes.clear()  # outside the domain: the step was too large
                continue
            left = np.abs(there - base - step * slope)
            floor = 100.0 * epsilon * (np.abs(base) + np.abs(there))
            if not np.all(np.isfinite(left)) or not np.any(left > floor):
                break
            sizes.append(float(np.sqrt(np.sum(np.where(left > floor, left, 0.0) ** 2))))
    orders = np.log2(np.array(sizes[:-1]) / np.array(sizes[1:])) if len(sizes) > 1 else np.zeros(0)
    last = orders[-IN_A_ROW:]
    if len(last) < IN_A_ROW or np.ptp(last) > 0.1:
        return None
    return float(np.mean(last))
