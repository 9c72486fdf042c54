"""Variance and standard deviation.

The standard deviation of equal numbers is a kink, like the norm at 0; its derivative there is 0.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from adcompiler.errors import ArgumentError
from adcompiler.ir.builder import current
from adcompiler.ir.nodes import Call
from adcompiler.ir.primitive import Primitive, Spelling, Statics, lookup
from adcompiler.ir.types import Type, dtype_of, is_complex
from adcompiler.ir.values import Atom, as_atom
from adcompiler.primitives.accumulation import fit_cotangent, fit_tangent
from adcompiler.primitives.arrays import array_like
from adcompiler.primitives.complex_numbers import imag_of, real_of
from adcompiler.primitives.dimensions import count_along, unspelled
from adcompiler.primitives.inert import refuse_complex
from adcompiler.primitives.kinds import general
from adcompiler.primitives.reductions import axes_of, kept, mean, reduced, reduction_type, sum_
from adcompiler.primitives.samples import Sample
from adcompiler.primitives.statics import static

SPREAD = {"axis": None, "ddof": 0, "keepdims": False}
_GRID = [[1.0, 2.5, -3.0], [4.0, 0.5, 6.0]]


def safe_divisor(y: Atom) -> Atom:
    """`y`, or 1 where it is 0: the derivative of a norm is 0 at 0."""
    zero = current().apply(lookup("equal"), y, 0.0)
    return current().apply(lookup("where"), zero, 1.0, y)


def _deviations(call: Call) -> Atom:
    x = call.args[0]
    axis = call.statics.get("axis")
    statics = {"keepdims": True} if axis is None else {"axis": axis, "keepdims": True}
    return as_atom(x - current().apply(mean, x, **statics))


def _divisor(call: Call) -> Any:
    """The count less `ddof`."""
    count, ddof = count_along(call.args[0], axes_of(call)), call.statics.get("ddof", 0)
    with unspelled():
        return count - ddof if isinstance(count, int) or ddof else count


def _spread(name: str, function: Any) -> Primitive:
    is_deviation = name == "std"

    def infer(args: Sequence[Atom], statics: Statics) -> Type:
        refuse_complex(args, f"np.{name}")
        return reduction_type(f"np.{name}", lambda d: np.dtype(float) if d.kind in "biu" else d)(
            args, statics
        )

    def scale(call: Call, value: Atom) -> Atom:
        """∂var = 2 Σ (x - m) ẋ / (n - ddof); ∂std is ∂var / (2 std)."""
        if is_deviation:
            return as_atom(value / (safe_divisor(call.target) * _divisor(call)))
        return as_atom(2.0 * value / _divisor(call))

    def pushforward(call: Call, tangents: Sequence[Atom | None]) -> Atom | None:
        if tangents[0] is None:
            return None
        statics = {key: value for key, value in call.statics.items() if key != "ddof"}
        total = current().apply(sum_, as_atom(_deviations(call) * tangents[0]), **statics)
        return fit_tangent(call.target, scale(call, total))

    def pullback(call: Call, y_bar: Atom, wanted: Sequence[bool]) -> list[Atom | None]:
        return [
            fit_cotangent(call.args[0], as_atom(kept(call, scale(call, y_bar)) * _deviations(call)))
        ]

    return general(
        name,
        lambda x, axis=None, ddof=0, keepdims=False: function(
            x, axis=axis, ddof=ddof, keepdims=keepdims
        ),
        infer=infer,
        spelling=Spelling(f"np.{name}(_0)"),
        pushforward=pushforward,
        pullback=pullback,
        defaults=SPREAD,
        samples=(
            Sample(([1.0, 2.5, -3.0],)),
            Sample(([1.0, 2.5, -3.0],), {"ddof": 1}),
            Sample((_GRID,)),
            Sample((_GRID,), {"axis": 0}),
            Sample((_GRID,), {"axis": -1, "keepdims": True}),
            Sample((_GRID,), {"axis": (0, 1), "ddof": 1}),
            Sample((_GRID,), {"keepdims": True}),
        ),
    )


var = _spread("var", np.var)
std = _spread("std", np.std)


def _function(row: Primitive) -> Any:
    def call(
        a: Any,
        axis: Any = None,
        dtype: Any = None,
        out: Any = None,
        ddof: Any = 0,
        keepdims: Any = False,
        *,
        correction: Any = None,
        where: Any = None,
    ) -> Atom:
        if out is not None:
            raise ArgumentError(
                f"`np.{row.name}` with `out=` is not supported.",
                write=f"out[...] = np.{row.name}(x)",
            )
        if is_complex(array_like(a).type):
            if dtype is not None:
                refuse_complex([array_like(a)], f"np.{row.name} with dtype=")
            # the mean of |z - m|² is that of the real parts and that of the imaginary ones
            parts = (
                call(
                    component(a),
                    axis,
                    ddof=ddof,
                    keepdims=keepdims,
                    correction=correction,
                    where=where,
                )
                for component in (real_of, imag_of)
            )
            return as_atom(lookup("hypot" if row is std else "add")(*parts))
        wanted = static(dtype, "dtype")
        if wanted is not None and np.dtype(wanted) != dtype_of(as_atom(a).type):
            a = current().apply(lookup("cast"), a, dtype=np.dtype(wanted))
        freedom = static(ddof if correction is None else correction, "ddof")
        statics = {"ddof": freedom} if freedom else {}
        return reduced(row, a, axis, keepdims, mask=where, **statics)

    call.__name__ = row.name
    return call


FUNCTIONS: dict[Any, Any] = {np.var: _function(var), np.std: _function(std)}
METHODS: dict[str, Any] = {"var": _function(var), "std": _function(std)}
