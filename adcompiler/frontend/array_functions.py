"""NumPy's functions that call a function of the user's: fromfunction, piecewise."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from adcompiler.errors import ArgumentError
from adcompiler.frontend.bound import Bound, lift, plain
from adcompiler.frontend.frame import Frame
from adcompiler.ir.builder import current
from adcompiler.ir.index import IndexPattern, Operand
from adcompiler.ir.primitive import lookup
from adcompiler.ir.structure import Branch
from adcompiler.ir.types import is_number, shape_of
from adcompiler.ir.values import Atom, Constant, as_atom
from adcompiler.primitives.catalogue import FUNCTIONS

_MASK = IndexPattern((Operand(0),), False)


def _fromfunction(
    frame: Frame, function: Bound, shape: Bound, *, dtype: Bound | None = None, **options: Bound
) -> Bound:
    """`function` of the coordinate arrays of a grid."""

    keywords = {"dtype": Constant.of(float) if dtype is None else dtype}
    grid = frame.apply_row(FUNCTIONS[np.indices], [shape], keywords, "np.indices", "numpy")
    assert isinstance(grid, Atom)
    count = shape_of(grid.type)[0].constant or 0
    coordinates = [
        current().apply(lookup("getitem"), grid, index=IndexPattern((k,), False))
        for k in range(count)
    ]
    return frame.call(function, list(coordinates), options)


def _piecewise(
    frame: Frame,
    x: Bound,
    condlist: Bound,
    funclist: Bound,
    *extra: Bound,
    **options: Bound,
) -> Bound:
    """y[condition] = function(x[condition]), one after the other: the last that holds decides."""

    conditions, functions = _conditions(condlist), _items(funclist)
    if not isinstance(x, Atom) or not shape_of(x.type):
        raise ArgumentError(
            "`np.piecewise` of a number is not supported.",
            write="f(x) if x < 0.0 else g(x)",
        )
    if len(functions) == len(conditions) + 1:
        conditions.append(_none_of(conditions))
    if len(functions) != len(conditions):
        raise ArgumentError(
            f"`np.piecewise` got {len(functions)} functions for {len(conditions)} conditions.",
            write="one function for each condition, and perhaps one for the rest",
        )
    y = current().apply(lookup("zeros_like"), x)
    for condition, function in zip(conditions, functions, strict=True):
        value = function
        if not (isinstance(function, Atom) and is_number(function.type)):
            chosen = current().apply(lookup("getitem"), x, condition, index=_MASK)
            value = frame.call(function, [chosen, *extra], options)
        if not (isinstance(value, Atom) and is_number(value.type)):
            raise ArgumentError(
                "`np.piecewise` takes functions that give arrays or numbers.",
                write="lambda v: v ** 2",
            )
        y = current().apply(lookup("setitem"), y, value, condition, index=_MASK)
    return lift(y)


def _items(bound: Bound) -> list[Bound]:
    if isinstance(bound, Branch) and bound.kind in ("list", "tuple"):
        return list(bound.children)
    raise ArgumentError("`np.piecewise` takes a list of functions.", write="[f, g]")


def _conditions(bound: Bound) -> list[Atom]:
    """A list of masks; one mask alone is a list of one."""
    entries = [bound] if isinstance(bound, Atom) else _items(bound)
    found = [FUNCTIONS[np.asarray](plain(entry)) for entry in entries]
    for condition in found:
        if not shape_of(condition.type):
            raise ArgumentError(
                "`np.piecewise` takes conditions that are arrays.", write="[x < 0.0, x >= 0.0]"
            )
    return found


def _none_of(conditions: list[Atom]) -> Atom:
    some = conditions[0]
    for condition in conditions[1:]:
        some = as_atom(lookup("logical_or")(some, condition))
    return as_atom(lookup("logical_not")(some))


#: object -> its meaning, a function of the frame and the bound arguments
CALLING: dict[Any, Callable[..., Any]] = {
    np.fromfunction: _fromfunction,
    np.piecewise: _piecewise,
}
