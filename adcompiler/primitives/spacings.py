"""Numbers spaced evenly on a logarithmic scale: logspace and geomspace, with active ends."""

from __future__ import annotations

from typing import Any

import numpy as np

from adcompiler.errors import ArgumentError
from adcompiler.ir.primitive import lookup
from adcompiler.ir.types import dtype_of, is_complex, shape_of
from adcompiler.ir.values import Atom
from adcompiler.primitives.arrays import array_like, known_dtype, no_truncation
from adcompiler.primitives.dimensions import dimensions
from adcompiler.primitives.inert import as_float
from adcompiler.primitives.statics import static


def _ends(start: Any, stop: Any, name: str) -> tuple[Atom, Atom]:
    ends = [array_like(start), array_like(stop)]
    for end in ends:
        if shape_of(end.type) or is_complex(end.type):
            raise ArgumentError(
                f"`{name}` between {ends[0].type} and {ends[1].type} is not supported.",
                write="the formula with np.linspace(0.0, 1.0, n)[:, None]",
            )
    first, last = (as_float(e) if dtype_of(e.type).kind in "iub" else e for e in ends)
    return first, last


def _as(result: Atom, dtype: Any, name: str) -> Atom:
    wanted = known_dtype(dtype)
    if wanted is None or wanted == dtype_of(result.type):
        return result
    no_truncation(result, wanted, name)
    return lookup("cast")(result, dtype=wanted)  # type: ignore[no-any-return]


def _line(start: Any, stop: Any, num: Any, endpoint: Any) -> Atom:
    options: dict[str, Any] = {} if static(endpoint, "endpoint") else {"endpoint": False}
    return lookup("linspace")(start, stop, *dimensions(num), **options)  # type: ignore[no-any-return]


def _logspace(
    start: Any,
    stop: Any,
    num: Any = 50,
    endpoint: Any = True,
    base: Any = 10.0,
    dtype: Any = None,
    axis: Any = 0,
) -> Atom:
    first, last = _ends(start, stop, "np.logspace")
    exponents = _line(first, last, num, endpoint)
    return _as(lookup("power")(array_like(base), exponents), dtype, "np.logspace")


def _geomspace(
    start: Any, stop: Any, num: Any = 50, endpoint: Any = True, dtype: Any = None, axis: Any = 0
) -> Atom:
    """start · (stop/start)^(k/(n-1)): also between two negative numbers."""
    first, last = _ends(start, stop, "np.geomspace")
    wide = np.result_type(dtype_of(first.type), dtype_of(last.type))
    if len({dtype_of(end.type) for end in (first, last)}) > 1:
        first, last = (lookup("as_numpy_scalar")(end, dtype=wide) for end in (first, last))
    fractions = _line(0.0, 1.0, num, endpoint)
    ratio = lookup("divide")(last, first)
    values = lookup("multiply")(first, lookup("power")(ratio, fractions))
    return _as(values, dtype, "np.geomspace")


FUNCTIONS: dict[Any, Any] = {np.logspace: _logspace, np.geomspace: _geomspace}
