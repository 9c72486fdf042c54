"""NumPy's functions that call a function of the user's: fromfunction, piecewise, vectorize."""

from __future__ import annotations

import types
from collections.abc import Callable
from typing import Any

import gast
import numpy as np

from adcompiler.errors import ArgumentError
from adcompiler.frontend.bound import Bound, Builtin, Closure, lift, plain
from adcompiler.frontend.frame import Frame
from adcompiler.frontend.numpy_in_python import vectorized
from adcompiler.frontend.source import find_source
from adcompiler.ir.builder import current
from adcompiler.ir.index import IndexPattern, Operand
from adcompiler.ir.primitive import lookup
from adcompiler.ir.structure import Branch
from adcompiler.ir.types import is_number, shape_of
from adcompiler.ir.values import Atom, Constant, as_atom
from adcompiler.primitives.catalogue import FUNCTIONS

_NOTHING = Constant.of(None)
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


def _vectorize(
    frame: Frame, pyfunc: Bound, otypes: Bound = _NOTHING, doc: Bound = _NOTHING, **options: Bound
) -> Bound:
    """A function that runs `pyfunc` for each element."""
    for name, value in options.items():
        if plain(value):
            raise ArgumentError(
                f"`np.vectorize` with `{name}=` is not supported.",
                write="a loop over the rows, or np.apply_along_axis",
            )
    dtype = _result_dtype(plain(otypes))
    if dtype is None and _gives_ints(pyfunc):
        raise ArgumentError(
            "the function of `np.vectorize` gives ints in some of its branches.",
            why="NumPy makes all results ints where the first of them is one.",
            write="np.vectorize(f, otypes=[float]), or 0.0 for 0",
        )

    def call_each(*args: Bound, **kwargs: Bound) -> Bound:
        if kwargs:
            raise ArgumentError(
                "a function made by `np.vectorize` is called with keywords.",
                write="positional arguments",
            )
        return frame.call(Constant.of(vectorized), [pyfunc, Constant.of(dtype), *args], {})

    return Builtin("vectorize", call_each, lowered=True)


def _result_dtype(otypes: Any) -> Any:
    if otypes is None:
        return None
    if len(otypes) != 1:
        raise ArgumentError(
            "`np.vectorize` of a function with several results is not supported.",
            write="a loop over the rows",
        )
    return np.dtype(otypes[0])


def _gives_ints(function: Bound) -> bool:
    """True where a result, or an arm of one, is an int that stands in the text."""
    if isinstance(function, Closure):
        node = function.node
    elif isinstance(function, Constant) and isinstance(function.value, types.FunctionType):
        node = find_source(function.value).tree
    else:
        return False
    results = [node.body] if isinstance(node, gast.Lambda) else []
    for inner in gast.walk(node):
        if isinstance(inner, gast.Return):
            results.append(inner.value)
        elif isinstance(inner, gast.IfExp):
            results += [inner.body, inner.orelse]
    signed = [r.operand if isinstance(r, gast.UnaryOp) else r for r in results]
    return any(isinstance(r, gast.Constant) and type(r.value) is int for r in signed)


#: object -> its meaning, a function of the frame and the bound arguments
CALLING: dict[Any, Callable[..., Any]] = {
    np.fromfunction: _fromfunction,
    np.piecewise: _piecewise,
    np.vectorize: _vectorize,
}
