"""Functions and methods of NumPy that write into an array they are given."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from adcompiler.errors import ArgumentError, UnsupportedValueError
from adcompiler.frontend.bound import Bound, describe, plain
from adcompiler.frontend.frame import Frame
from adcompiler.frontend.index_patterns import index_pattern
from adcompiler.frontend.numpy_in_python import put
from adcompiler.frontend.writes import as_dtype, write_item
from adcompiler.ir.builder import current
from adcompiler.ir.primitive import lookup
from adcompiler.ir.structure import Branch
from adcompiler.ir.types import Array, dtype_of, is_number, shape_of
from adcompiler.ir.values import Atom, Constant, Variable
from adcompiler.primitives.catalogue import FUNCTIONS
from adcompiler.primitives.subscripts import select

NONE = Constant.of(None)
LAST = Constant.of(-1)
EVERYTHING = Constant.of(Ellipsis)


def array_written(bound: Bound, name: str) -> Variable:
    if isinstance(bound, Variable) and isinstance(bound.type, Array):
        return bound
    raise UnsupportedValueError(
        f"`{name}` writes into {describe(bound)}.",
        why="only an array has elements that can be written.",
        write="an array",
    )


def _copyto(
    frame: Frame, dst: Bound, src: Bound, casting: Bound = NONE, where: Bound = NONE
) -> Bound:
    if casting is not NONE:
        raise ArgumentError(
            "`np.copyto` with `casting=` is not supported.", write="src.astype(dst.dtype)"
        )
    target = array_written(dst, "np.copyto")
    if where is NONE or (isinstance(where, Constant) and where.value is True):
        write_item(frame, target, EVERYTHING, src)
        return NONE
    now = frame.program.memory.present
    chosen = FUNCTIONS[np.where](plain(now(where)), plain(now(src)), now(target))
    put_whole(frame, "np.copyto", target, chosen)
    return NONE


def put_whole(frame: Frame, name: str, target: Variable, value: Any) -> None:
    """The whole array becomes `value`, broadcast to its shape."""
    if isinstance(value, Atom) and value.type == target.type and isinstance(value, Variable):
        frame.program.memory.overwrite(target, value)
        return
    if isinstance(value, Atom) and dtype_of(value.type) != dtype_of(target.type):
        value = as_dtype(name, target, value)
    write_item(frame, target, EVERYTHING, value)


def _add_at(frame: Frame, a: Bound, indices: Bound, b: Bound) -> Bound:
    return _accumulated(frame, a, indices, b, 1.0)


def _subtract_at(frame: Frame, a: Bound, indices: Bound, b: Bound) -> Bound:
    return _accumulated(frame, a, indices, b, -1.0)


def _accumulated(frame: Frame, a: Bound, indices: Bound, b: Bound, sign: float) -> Bound:
    target, memory = array_written(a, "np.add.at"), frame.program.memory
    value = memory.present(b)
    if isinstance(value, Branch):
        value = FUNCTIONS[np.array](plain(value))
    if not isinstance(value, Atom) or not is_number(value.type):
        raise UnsupportedValueError(
            f"`np.add.at` adds {describe(b)}.", why="it adds numbers.", write="a number or an array"
        )
    if sign < 0:
        value = current().apply(lookup("negative"), value)
    pattern, operands = index_pattern(memory.present(indices))
    row = (
        "add_at" if select(shape_of(target.type), pattern, operands).may_repeat else "add_to_slice"
    )
    memory.write(target, value, operands, pattern, lookup(row))
    return NONE


FUNCTIONS_IN_PLACE: dict[Any, Callable[..., Bound]] = {
    np.copyto: _copyto,
    np.add.at: _add_at,
    np.subtract.at: _subtract_at,
}


def _fill(frame: Frame, owner: Variable, value: Bound) -> Bound:
    write_item(frame, owner, EVERYTHING, value)
    return NONE


def _sort(frame: Frame, owner: Variable, axis: Bound = LAST, **options: Bound) -> Bound:
    if options:
        raise ArgumentError(
            f"`.sort` with {', '.join(options)}= is not supported.", write="x.sort()"
        )
    sort = FUNCTIONS.get(np.sort)
    if sort is None:
        raise ArgumentError("`.sort` is not supported yet.", write="x = x[np.argsort(x)]")
    frame.program.memory.overwrite(owner, sort(frame.program.memory.now(owner), axis=plain(axis)))
    return NONE


def _partition(frame: Frame, owner: Variable, kth: Bound, axis: Bound = LAST) -> Bound:
    now = frame.program.memory.now(owner)
    ordered = FUNCTIONS[np.partition](now, plain(kth), axis=plain(axis))
    frame.program.memory.overwrite(owner, ordered)
    return NONE


def _put_method(frame: Frame, owner: Variable, *args: Bound, **kwargs: Bound) -> Bound:
    return frame.call(Constant.of(put), [owner, *args], kwargs)


METHODS_IN_PLACE: dict[str, Callable[..., Bound]] = {
    "fill": _fill,
    "sort": _sort,
    "partition": _partition,
    "put": _put_method,
}


def with_out(
    frame: Frame, name: str, row: Callable[..., Any], args: list[Bound], kwargs: dict[str, Bound]
) -> Bound:
    """``np.exp(x, out=y)``: the result is written into `y`, which is the value of the call."""
    out = kwargs["out"]
    if isinstance(out, Branch) and len(out.children) == 1:
        out = out.children[0]
    target, present = array_written(out, f"{name}(out=…)"), frame.program.memory.present
    rest = {key: plain(present(value)) for key, value in kwargs.items() if key != "out"}
    value = row(*(plain(present(arg)) for arg in args), **rest)
    if not isinstance(value, Atom):
        raise ArgumentError(f"`{name}` with `out=` is not supported.", write=f"y[...] = {name}(…)")
    put_whole(frame, name, target, value)
    return target
