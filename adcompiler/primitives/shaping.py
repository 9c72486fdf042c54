"""The same elements in another shape: reshape, ravel, broadcast_to.

All are linear and, where NumPy can, views: `memory` is ``view``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from adcompiler.errors import ArgumentError, ShapeError
from adcompiler.ir.builder import current
from adcompiler.ir.lengths import Length, unknown
from adcompiler.ir.nodes import Call
from adcompiler.ir.primitive import Spelling, Statics, lookup
from adcompiler.ir.types import (
    Array,
    Type,
    dtype_of,
    shape_of,
)
from adcompiler.ir.values import Atom, Constant, as_atom
from adcompiler.primitives.accumulation import (
    first_element,
    insert_axes_behind_first,
)
from adcompiler.primitives.arrays import array_like, as_array, copy
from adcompiler.primitives.dimensions import (
    Dimension,
    dimension,
    dimensions,
    length_from,
    product,
    shape_operands,
    times,
)
from adcompiler.primitives.kinds import linear
from adcompiler.primitives.samples import Sample
from adcompiler.primitives.shapes import (
    Shape,
)
from adcompiler.primitives.statics import static

Flags = Sequence[bool]


def rank_of(atom: Atom) -> int:
    return len(shape_of(atom.type))


def view_type(args: Sequence[Atom], shape: Shape) -> Type:
    """NumPy's shape functions give arrays even where no axis is left."""
    return Array(dtype_of(args[0].type), shape)


# --- reshape --------------------------------------------------------------------------------------


def _infer_reshape(args: Sequence[Atom], statics: Statics) -> Type:
    total = product(shape_of(args[0].type))
    open_axes = [k for k, a in enumerate(args[1:]) if isinstance(a, Constant) and a.value == -1]
    if len(open_axes) > 1:
        raise ShapeError("a reshape can leave only one length open (-1).")
    shape = [Length.of(1) if k in open_axes else length_from(a) for k, a in enumerate(args[1:])]
    known = product(tuple(shape))
    text = ", ".join("-1" if k in open_axes else str(n) for k, n in enumerate(shape))
    fits = known == total or None in (known.constant, total.constant)
    if open_axes:
        rest = total.divided_by(known)
        fits = rest is not None or None in (known.constant, total.constant)
        shape[open_axes[0]] = (
            unknown(f"({total})/({known})", total, known) if rest is None else rest
        )
    if not fits:
        raise ShapeError(f"an array of {total} elements cannot have the shape ({text}).")
    return view_type(args, tuple(shape))


def _batch_reshape(call: Call, args: Sequence[Atom], flags: Flags) -> Atom:
    wanted = [a.value if isinstance(a, Constant) else a for a in args[1:]]
    if -1 in wanted and all(n in (1, -1) for n in wanted):
        wanted[wanted.index(-1)] = _size_of_one(args[0])
    return current().apply(reshape, args[0], dimension(args[0], 0), *wanted)


def _size_of_one(many: Atom) -> Dimension:
    """The elements of one direction: -1 is not known where there is no direction at all (an empty argument)."""
    total: Dimension = 1
    for axis in range(1, rank_of(many)):
        total = times(total, dimension(many, axis))
    return total


def _reshape_back(call: Call, y_bar: Atom) -> Atom:
    return current().apply(lookup("reshape_like"), as_array(y_bar), call.args[0])


reshape = linear(
    "reshape",
    lambda x, *shape: np.reshape(x, shape),
    infer=_infer_reshape,
    spelling=Spelling("_0.reshape(*_rest)"),
    transpose=_reshape_back,
    batch=_batch_reshape,
    memory="view",
    samples=(
        Sample(([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], -1)),
        Sample(([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], 3, 2)),
        Sample(([1.0, 2.0, 3.0, 4.0], 2, -1)),
        Sample(([1.0], 1, 1, 1)),
        Sample(([], -1)),
        Sample(([], 0, 3)),
    ),
)


def _infer_flat(args: Sequence[Atom], statics: Statics) -> Type:
    return _infer_reshape([args[0], Constant.of(-1)], statics)


#: `x.flat`, in which a write is one into x, whatever the layout
flat = linear(
    "flat",
    lambda x: np.reshape(x, -1),
    infer=_infer_flat,
    spelling=Spelling("_0.reshape(-1)"),
    transpose=_reshape_back,
    batch=lambda call, args, flags: current().apply(
        reshape, args[0], dimension(args[0], 0), _size_of_one(args[0])
    ),
    memory="view",
    samples=(
        Sample(([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]],)),
        Sample(([[[1.0], [2.0]], [[4.0], [5.0]]],)),
        Sample(([[]],)),
    ),
)


def _flat(self: Any) -> Atom:
    atom = as_atom(self)
    return atom if rank_of(atom) == 1 else current().apply(flat, atom)


def _infer_like(args: Sequence[Atom], statics: Statics) -> Type:
    return view_type(args, shape_of(args[1].type))


def _batch_reshape_like(call: Call, args: Sequence[Atom], flags: Flags) -> Atom:
    value, like = args
    if flags[1]:
        like = first_element(like)
    return current().apply(reshape_rows, value, like)


reshape_like = linear(
    "reshape_like",
    lambda x, like: np.reshape(x, np.shape(like)),
    infer=_infer_like,
    spelling=Spelling("_0.reshape(_1.shape)"),
    transpose=_reshape_back,
    batch=_batch_reshape_like,
    memory="view",
    shape_only=(1,),
    samples=(
        Sample(([1.0, 2.0], [[0.0], [0.0]])),
        Sample(([[1.0, 2.0]], [0.0, 0.0])),
        Sample(([], [[]])),
    ),
    description="the elements of operand 0 in the shape of operand 1",
)


def _infer_reshape_rows(args: Sequence[Atom], statics: Statics) -> Type:
    return view_type(args, (shape_of(args[0].type)[0], *shape_of(args[1].type)))


def _batch_reshape_rows(call: Call, args: Sequence[Atom], flags: Flags) -> Atom:
    value, like = args[0], first_element(args[1]) if flags[1] else args[1]
    rows = dimension(value, 0), dimension(value, 1)
    return current().apply(reshape, value, *rows, *shape_operands(like))


reshape_rows = linear(
    "reshape_rows",
    lambda x, like: np.reshape(x, (len(x), *np.shape(like))),
    infer=_infer_reshape_rows,
    spelling=Spelling("_0.reshape(len(_0), *_1.shape)"),
    transpose=_reshape_back,
    batch=_batch_reshape_rows,
    memory="view",
    shape_only=(1,),
    samples=(
        Sample(([[1.0, 2.0], [3.0, 4.0]], [[0.0], [0.0]])),
        Sample(([[1.0], [2.0], [3.0]], [0.0])),
    ),
    description="every row of operand 0 in the shape of operand 1",
)


# --- broadcast_to ---------------------------------------------------------------------------------


def _infer_broadcast(args: Sequence[Atom], statics: Statics) -> Type:
    old, new = shape_of(args[0].type), tuple(length_from(arg) for arg in args[1:])
    extra = len(new) - len(old)
    for have, want in zip(old, new[extra:] if extra >= 0 else (), strict=extra >= 0):
        if (
            have.constant is not None
            and want.constant is not None
            and not have.is_one
            and have != want
        ):
            raise ShapeError(f"an axis of length {have} does not broadcast to length {want}.")
    if extra < 0:
        raise ShapeError(f"an array with {len(old)} axes does not broadcast to {len(new)} axes.")
    return view_type(args, new)


def _batch_broadcast(call: Call, args: Sequence[Atom], flags: Flags) -> Atom:
    value, *dims = args
    missing = len(dims) - (rank_of(value) - 1)
    wide = insert_axes_behind_first(value, missing) if missing else value
    return current().apply(broadcast_to, wide, dimension(value, 0), *dims)


broadcast_to = linear(
    "broadcast_to",
    lambda x, *shape: np.broadcast_to(x, shape),
    infer=_infer_broadcast,
    spelling=Spelling("np.broadcast_to(_0, (*_rest,))"),
    transpose=lambda call, y_bar: y_bar,
    batch=_batch_broadcast,
    memory="view",
    samples=(
        Sample(([1.0, 2.0], 3, 2)),
        Sample(([[1.0], [2.0]], 2, 3)),
        Sample((1.5, 2)),
        Sample(([[1.0]], 2, 1, 3)),
        Sample(([1.0], 0)),
    ),
)


# --- the user's functions -------------------------------------------------------------------------


def _columns_first(order: Any) -> bool:
    """True for Fortran's order, in which the first index runs fastest."""
    wanted = static(order, "order")
    if wanted not in ("C", "F"):
        raise ArgumentError(
            f"order={wanted!r} is not supported.",
            why="it would depend on how the array lies in memory.",
            write="order='C' or order='F'",
        )
    return bool(wanted == "F")


def _backwards(shape: Any) -> Any:
    return shape[::-1] if isinstance(shape, (tuple, list)) else shape


def _in_columns(a: Any, shape: Any) -> Atom:
    """Fortran's order is C's order of the transpose: ``a.T.reshape(shape[::-1]).T``."""
    turned = lookup("reverse_axes")(as_array(array_like(a)))
    found = reshaped(turned, _backwards(shape))
    return found if rank_of(found) < 2 else lookup("reverse_axes")(found)


def reshaped(a: Any, shape: Any) -> Atom:
    x, dims = as_array(array_like(a)), dimensions(shape)
    if not dims:  # the method `reshape` cannot be called without a length
        return current().apply(lookup("squeeze"), x, axis=tuple(range(rank_of(x))))
    return current().apply(reshape, x, *dims)


def _reshape(a: Any, /, shape: Any, order: Any = "C", *, copy: Any = None) -> Atom:
    if _columns_first(order):
        return _in_columns(a, shape)
    return reshaped(a, shape)


def _reshape_method(self: Atom, *shape: Any, order: Any = "C") -> Atom:
    return _reshape(self, shape[0] if len(shape) == 1 else shape, order)


def ravel(a: Any, order: Any = "C") -> Atom:
    return _in_columns(a, -1) if _columns_first(order) else reshaped(a, -1)


def _flatten(self: Atom, order: Any = "C") -> Atom:
    return current().apply(copy, ravel(self, order))


def _broadcast_to(array: Any, shape: Any) -> Atom:
    dims: list[Dimension] = dimensions(shape)
    return current().apply(broadcast_to, array_like(array), *dims)


FUNCTIONS: dict[Any, Any] = {
    np.reshape: _reshape,
    np.ravel: ravel,
    np.broadcast_to: _broadcast_to,
}
METHODS: dict[str, Any] = {"reshape": _reshape_method, "ravel": ravel, "flatten": _flatten}
ATTRIBUTES: dict[str, Any] = {"flat": _flat}
