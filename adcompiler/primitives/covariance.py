"""np.cov and np.corrcoef: products of the deviations from the mean."""

from __future__ import annotations

from typing import Any

import numpy as np

from adcompiler.errors import ArgumentError, ShapeError
from adcompiler.ir.builder import current
from adcompiler.ir.primitive import Primitive, Spelling, lookup
from adcompiler.ir.types import dtype_of, shape_of
from adcompiler.ir.values import Atom, as_atom
from adcompiler.primitives.arrays import array_like, as_array
from adcompiler.primitives.derived import derived
from adcompiler.primitives.differences import joined
from adcompiler.primitives.dimensions import dimension
from adcompiler.primitives.inert import refuse_complex
from adcompiler.primitives.linalg import matmul
from adcompiler.primitives.reductions import mean, sum_
from adcompiler.primitives.samples import Sample
from adcompiler.primitives.shaping import rank_of
from adcompiler.primitives.statics import differing, static

_ROW = [1.0, 2.5, -3.0, 0.5]
_GRID = [[1.0, 2.5, -3.0, 0.25], [4.0, 0.5, 6.0, 1.5]]
_OTHER = [0.5, 1.0, 2.0, -1.5]
_SINGLE = np.array(_GRID, np.float32)


def _rows(m: Atom, rowvar: bool) -> Atom:
    """Every variable as a row of observations, in double precision at least (as NumPy computes it)."""
    refuse_complex([m], "np.cov")
    wide = np.result_type(dtype_of(m.type), np.dtype(float))
    if dtype_of(m.type) != wide:
        m = current().apply(lookup("cast"), m, dtype=wide)
    if rank_of(m) == 1:
        return current().apply(lookup("expand_dims"), m, axis=0)
    return m if rowvar else current().apply(lookup("reverse_axes"), m)


def _cov_of(
    m: Atom, *others: Atom, rowvar: bool = True, bias: bool = False, ddof: Any = None
) -> Atom:
    freedom = (0 if bias else 1) if ddof is None else ddof
    x = _rows(m, rowvar)
    if others:
        x = joined([x, _rows(others[0], rowvar)], 0)
    deviations = as_atom(x - current().apply(mean, x, axis=1, keepdims=True))
    count = as_atom(dimension(x, 1))
    divisor = count - freedom if freedom else count
    if not others and rank_of(m) == 1:  # the variance of one variable
        total = current().apply(sum_, as_atom(deviations * deviations))
        return as_array(as_atom(total / divisor))
    turned = current().apply(lookup("reverse_axes"), deviations)
    return as_atom(current().apply(matmul, deviations, turned) / divisor)


def _corrcoef_of(m: Atom, *others: Atom, rowvar: bool = True) -> Atom:
    c = _cov_of(m, *others, rowvar=rowvar)
    spread = lookup("sqrt")(lookup("diagonal")(c))
    return as_atom(c / current().apply(lookup("expand_dims"), spread, axis=1) / spread)


def _pair(name: str, definition: Any, defaults: dict[str, Any]) -> tuple[Primitive, Primitive]:
    """The rows for one array of variables, and for two."""
    function = getattr(np, name)
    extra = (Sample((_GRID,), {"ddof": 0}), Sample((_GRID,), {"bias": True}), Sample((_ROW,)))
    alone = derived(
        name,
        lambda m, **statics: function(m, **statics),
        definition=definition,
        spelling=Spelling(f"np.{name}(_0)"),
        defaults=defaults,
        samples=(
            Sample((_GRID,)),
            Sample(([[1.0, 2.5], [-3.0, 0.25], [4.0, 1.5]],), {"rowvar": False}),
            Sample((_SINGLE,)),
            *(extra if "ddof" in defaults else ()),
        ),
    )
    both = derived(
        f"{name}_of_two",
        lambda m, y, **statics: function(m, y, **statics),
        definition=definition,
        spelling=Spelling(f"np.{name}(_0, _1)"),
        defaults=defaults,
        samples=(Sample((_ROW, _OTHER)), Sample((_GRID, _OTHER))),
    )
    return alone, both


COV = _pair("cov", _cov_of, {"rowvar": True, "bias": False, "ddof": None})
CORRCOEF = _pair("corrcoef", _corrcoef_of, {"rowvar": True})


def _apply(rows: tuple[Primitive, Primitive], m: Any, y: Any, **options: Any) -> Atom:
    operands = [array_like(value) for value in (m, y) if value is not None]
    refuse_complex(operands, f"np.{rows[0].name}")
    if any(rank_of(operand) not in (1, 2) for operand in operands):
        raise ShapeError(f"np.{rows[0].name} takes vectors and matrices.")
    if len(operands) == 1 and rank_of(operands[0]) == 2:
        variables = shape_of(operands[0].type)[0 if static(options["rowvar"], "rowvar") else 1]
        if not variables.cannot_be_one:
            raise ShapeError(
                f"np.{rows[0].name} of a matrix with one variable has no axes left.",
                why="its shape depends on the number of variables, which may be 1 here.",
                write="np.var(x, ddof=1)",
            )
    row = rows[len(operands) - 1]
    given = {key: static(value, key) for key, value in options.items()}
    if row.name == "corrcoef" and rank_of(operands[0]) == 1:
        raise ShapeError("the correlation of one variable with itself is 1.")
    return current().apply(row, *operands, **differing(row, **given))


def _cov(
    m: Any,
    y: Any = None,
    rowvar: Any = True,
    bias: Any = False,
    ddof: Any = None,
    fweights: Any = None,
    aweights: Any = None,
) -> Atom:
    if fweights is not None or aweights is not None:
        raise ArgumentError(
            "`np.cov` with weights is not supported.",
            write="(w * d) @ d.T / w.sum() with the deviations d",
        )
    return _apply(COV, m, y, rowvar=rowvar, bias=bias, ddof=ddof)


def _corrcoef(x: Any, y: Any = None, rowvar: Any = True) -> Atom:
    return _apply(CORRCOEF, x, y, rowvar=rowvar)


FUNCTIONS: dict[Any, Any] = {np.cov: _cov, np.corrcoef: _corrcoef}
