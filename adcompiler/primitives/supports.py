"""Where a cotangent is a structural zero: what a selection, a subscript or a sum on the way has left out.

The product of such a cotangent with an infinite partial must be 0, not NaN (DESIGN D6).  That the number happens to
be 0 says nothing: of √x² at 0 the cotangent of the root is 0, its partial is infinite, and the slope is 1.  So the
places are followed through the statements that the reverse sweep has made: copies take a mask along, sums of
cotangents join two, writes into an array of zeros make one.
"""

from __future__ import annotations

from adcompiler.ir.builder import current
from adcompiler.ir.nodes import PRIMAL, Call
from adcompiler.ir.primitive import lookup
from adcompiler.ir.types import shape_of
from adcompiler.ir.values import Atom, Constant, as_atom

#: each element of the result is one of operand 0, or of another sign
_COPIES = frozenset(
    [
        "reshape",
        "reshape_like",
        "flat",
        "transpose",
        "reverse_axes",
        "expand_dims",
        "squeeze",
        "getitem",
        "broadcast_to",
        "broadcast_like",
        "repeat",
        "tile",
        "take",
        "in_order",
        "in_order_vector",
        "take_along_axis",
        "contiguous",
        "copy",
        "identity",
        "roll",
        "flip",
        "diagonal",
        "diag",
        "tril",
        "triu",
        "rot90",
        "reshape_rows",
        "broadcast_rows",
        "reshape_as",
        "reshape_as_two",
        "roll_axes",
        "fftshift",
        "ifftshift",
        "tile_once",
        "sliding_window_view",
        "repeat_rows",
        "einsum_view",
    ]
)
_SAME_PLACES = frozenset(
    ["negative", "cast", "real", "to_float", "as_array", "as_numpy_scalar", "asarray", "same_shape"]
)
#: each element of the result is a sum of elements of operand 0, with weights that are not negative
_SUMS = frozenset(["sum", "sum_to_shape", "sum_rows", "mean", "cumsum"])
#: each element of the result is a sum of products of elements
_BILINEAR = frozenset(
    ["matmul", "dot", "convolve", "correlate", "einsum", "tensordot", "kron", "outer"]
)
_WRITES = frozenset(["setitem", "add_to_slice", "add_at", "put_in_order", "put_in_order_vector"])
_ELEMENTS = frozenset(["setitem", "add_to_slice", "add_at"])
#: so many statements are looked back at
DEEPEST = 12


def support(value: Atom, depth: int = DEEPEST) -> Atom | None:
    """A mask, of the shape of `value` or a scalar, outside of which it is structurally zero; None where unknown."""
    call = current().definition(value)
    if call is None or call.role == PRIMAL or not depth:
        return None
    name = call.primitive.name
    if name == "where":
        return _of_selection(call, value)
    if name in ("multiply", "divide"):
        return _of_product(call, value, depth)
    if name in ("add", "subtract"):
        return _of_sum(call, value, depth)
    if name in _WRITES:
        return _of_write(call, depth)
    if name in _BILINEAR:
        return _of_products(call, depth)
    if not call.args or name not in _COPIES | _SAME_PLACES | _SUMS | {"fill_like"}:
        return None
    mask = support(call.args[0], depth - 1)
    if mask is None or not shape_of(mask.type) or name in _SAME_PLACES:
        return mask
    if name in _COPIES:
        return current().apply(call.primitive, mask, *call.args[1:], **call.statics)
    number = current().apply(call.primitive, _as_number(mask), *call.args[1:], **call.statics)
    return _positive(number)


def _of_products(call: Call, depth: int) -> Atom | None:
    """Sums of products: the first operand that has a mask decides, as if the others were ones."""
    for position, atom in enumerate(call.args):
        mask = support(atom, depth - 1)
        if mask is None or not shape_of(mask.type):
            continue
        ones = [_ones(a) for a in call.args]
        ones[position] = _as_number(mask)
        return _positive(current().apply(call.primitive, *ones, **call.statics))
    return None


def written_into(value: Atom) -> Call | None:
    """The statement of a derivative that made `value` by writing elements into an array."""
    call = current().definition(value)
    writes = call is not None and call.role != PRIMAL and call.primitive.name in _ELEMENTS
    return call if writes else None


def is_zeros(atom: Atom) -> bool:
    """True for a new array of zeros."""
    made = current().definition(atom)
    return made is not None and made.primitive.name == "zeros_like"


def _of_selection(call: Call, value: Atom) -> Atom | None:
    condition, then, otherwise = call.args
    if _is_zero(otherwise):
        return _fitted(condition, value)
    if _is_zero(then):
        return _fitted(as_atom(lookup("logical_not")(condition)), value)
    return None


def _of_product(call: Call, value: Atom, depth: int) -> Atom | None:
    first = support(call.args[0], depth - 1)
    second = support(call.args[1], depth - 1) if call.primitive.name == "multiply" else None
    masks = [_fitted(mask, value) for mask in (first, second) if mask is not None]
    if len(masks) == 2:
        return as_atom(lookup("logical_and")(*masks))
    return masks[0] if masks else None


def _of_sum(call: Call, value: Atom, depth: int) -> Atom | None:
    masks = [support(arg, depth - 1) for arg in call.args]
    if any(mask is None for mask in masks):
        return None
    fitted = [_fitted(mask, value) for mask in masks if mask is not None]
    return as_atom(lookup("logical_or")(*fitted))


def _of_write(call: Call, depth: int) -> Atom | None:
    """The same write into an array of zeros that are numbers."""
    base, written, *rest = call.args
    if is_zeros(base):
        number = base
    else:
        before = support(base, depth - 1)
        if before is None or not shape_of(before.type):
            return None
        number = _as_number(before)
    mask = support(written, depth - 1)
    ones = as_atom(1.0) if mask is None else _as_number(mask)
    if mask is None and call.primitive.name.startswith("put_in_order"):
        ones = _ones(written)
    return _positive(current().apply(call.primitive, number, ones, *rest, **call.statics))


def _fitted(mask: Atom, value: Atom) -> Atom:
    """The mask with the shape of `value`; a scalar stays one."""
    if not shape_of(mask.type) or shape_of(mask.type) == shape_of(value.type):
        return mask
    return current().apply(lookup("broadcast_like"), mask, value)


def _ones(like: Atom) -> Atom:
    return as_atom(lookup("ones_like")(like)) if shape_of(like.type) else as_atom(1.0)


def _as_number(mask: Atom) -> Atom:
    return as_atom(lookup("where")(mask, 1.0, 0.0))


def _positive(number: Atom) -> Atom:
    return as_atom(lookup("greater")(number, 0.0))


def _is_zero(atom: Atom) -> bool:
    return isinstance(atom, Constant) and bool(atom.value == 0)
