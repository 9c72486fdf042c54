"""Questions about whole arrays, whose answers are bools and ints: any, all, argmax, argsort.

They are constant between jumps: their derivative is zero by declaration.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from adcompiler.errors import ArgumentError
from adcompiler.ir.builder import current
from adcompiler.ir.primitive import Primitive, Spelling, Statics, lookup
from adcompiler.ir.types import Array, Type, shape_of
from adcompiler.ir.values import Atom
from adcompiler.primitives.arrays import array_like
from adcompiler.primitives.kinds import inert
from adcompiler.primitives.reductions import no_out, reduced, reduction_type
from adcompiler.primitives.samples import Sample
from adcompiler.primitives.shapes import normalized_axes, numbers
from adcompiler.primitives.statics import static

_GRID = [[1.0, 0.0, -3.0], [4.0, 0.5, 6.0]]


def _question(name: str, function: Callable[..., Any], dtype: type) -> Primitive:
    return inert(
        name,
        lambda x, axis=None, keepdims=False: function(x, axis=axis, keepdims=keepdims),
        infer=reduction_type(f"np.{name}", lambda _: np.dtype(dtype)),
        spelling=Spelling(f"np.{name}(_0)"),
        defaults={"axis": None, "keepdims": False},
        samples=(
            Sample(([1.0, 2.5, -3.0],)),
            Sample((_GRID,)),
            Sample((_GRID,), {"axis": 0}),
            Sample((_GRID,), {"axis": -1, "keepdims": True}),
            Sample((1.5,)),
            Sample(([True, False],)),
        ),
    )


any_ = _question("any", np.any, bool)
all_ = _question("all", np.all, bool)
argmax = _question("argmax", np.argmax, np.intp)
argmin = _question("argmin", np.argmin, np.intp)


def _infer_argsort(args: Sequence[Atom], statics: Statics) -> Type:
    numbers(args, "np.argsort")
    shape = shape_of(args[0].type)
    normalized_axes(statics.get("axis", -1), len(shape))
    return Array(np.dtype(np.intp), shape)


argsort = inert(
    "argsort",
    lambda x, axis=-1, kind=None: np.argsort(x, axis=axis, kind=kind),
    infer=_infer_argsort,
    spelling=Spelling("np.argsort(_0)"),
    defaults={"axis": -1, "kind": None},
    samples=(Sample(([1.0, 2.5, -3.0],)), Sample((_GRID,), {"axis": 0}), Sample(([],))),
)


def _reduction(row: Primitive) -> Callable[..., Atom]:
    def call(
        a: Any, axis: Any = None, out: Any = None, keepdims: Any = False, *, where: Any = None
    ) -> Atom:
        no_out(out)
        return reduced(row, a, axis, keepdims, mask=where)

    call.__name__ = row.name
    return call


def _argsort(
    a: Any, axis: Any = -1, kind: Any = None, order: Any = None, *, stable: Any = None
) -> Atom:
    if order is not None:
        raise ArgumentError("`order=` sorts fields of records.")
    x, where = array_like(a), static(axis, "axis")
    if where is None:
        x, where = (x if len(shape_of(x.type)) == 1 else lookup("reshape")(x, -1)), -1
    wanted = "stable" if static(stable, "stable") else static(kind, "kind")
    options = {"axis": where, "kind": wanted}
    given: dict[str, Any] = {k: v for k, v in options.items() if v != argsort.defaults[k]}
    return current().apply(argsort, x, **given)


FUNCTIONS: dict[Any, Any] = {
    np.any: _reduction(any_),
    np.all: _reduction(all_),
    np.argmax: _reduction(argmax),
    np.argmin: _reduction(argmin),
    np.argsort: _argsort,
}
METHODS: dict[str, Any] = {
    "any": FUNCTIONS[np.any],
    "all": FUNCTIONS[np.all],
    "argmax": FUNCTIONS[np.argmax],
    "argmin": FUNCTIONS[np.argmin],
    "argsort": _argsort,
}
