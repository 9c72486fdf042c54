"""A number is spread to an array as late as possible, and not at all where broadcasting does it.

The adjoint of a sum fills an array with one number; the product of that array with another is the
product with the number: ``u_bar = 2.0 * (t_bar * u)`` needs no array of `t_bar`.
"""

from __future__ import annotations

from adcompiler.ir.nodes import Call
from adcompiler.ir.types import Array, PythonScalar, Type, dtype_of, is_number, shape_of
from adcompiler.optimize.definitions import (
    Definitions,
    Rewritten,
    inferred,
    instead,
    number,
    step,
    with_operand,
)

#: on one number and on an array of it, these give the same bits
_ARITHMETIC = frozenset({"add", "subtract", "multiply", "divide", "negative"})


def without_spreading(definitions: Definitions, s: Call) -> Rewritten | None:
    """``fill_like(c, x) * x`` → ``c * x``: another operand has the full shape already."""
    if s.primitive.kind != "elementwise" or s.statics:
        return None
    for position, atom in enumerate(s.args):
        spread = definitions.of(atom, "fill_like", "broadcast_like")
        if spread is None or not _keeps_value(spread, s):
            continue
        new = Call(
            s.target,
            s.primitive,
            with_operand(s.args, position, spread.args[0]),
            origin=s.origin,
            role=s.role,
        )
        # the lengths of the result must come out as before, without the spread operand
        if _same_type(inferred(new), inferred(s)):
            return [new]
    return None


def spreading_later(definitions: Definitions, s: Call) -> Rewritten | None:
    """``fill_like(c, x) / n`` → ``fill_like(c / n, x)``: one operation, not one per element."""
    if s.primitive.name not in _ARITHMETIC:
        return None
    for position, atom in enumerate(s.args):
        fill = definitions.own(atom, "fill_like")
        if fill is None or not fill.target.type == s.target.type == inferred(s):
            continue
        args = with_operand(s.args, position, fill.args[0])
        dtype = dtype_of(s.target.type)
        if any(isinstance(a.type, Array) or not is_number(a.type) for a in args):
            continue
        if s.primitive.name == "divide" and not number(args[1]):
            continue  # a Python float raises where an array has an infinity
        # the same precision throughout: a Python float computes in 64 bits what float32 would round
        if any(dtype_of(a.type) != dtype and type(number(a)) is not int for a in args):
            continue
        scalar = step(s, s.primitive.name, *args)
        new = instead(s, "fill_like", scalar.target, fill.args[1])
        if new is not None and dtype_of(scalar.target.type) == dtype:
            return [scalar, new]
    return None


def _same_type(a: Type, b: Type) -> bool:
    """Equal types, where lengths that cannot be 1 count as equal (else NumPy itself has raised)."""
    if a == b:
        return True
    if (
        not (isinstance(a, Array) and isinstance(b, Array))
        or a.dtype != b.dtype
        or a.rank != b.rank
    ):
        return False
    pairs = zip(a.shape, b.shape, strict=True)
    return all(m == n or (m.cannot_be_one and n.cannot_be_one) for m, n in pairs)


def _keeps_value(spread: Call, s: Call) -> bool:
    """True where the call sees the same value, to the bit, without the conversion."""
    have, made = spread.args[0].type, dtype_of(spread.target.type)
    if dtype_of(have) == made and not isinstance(have, PythonScalar):
        return True
    # a Python number is weak: it takes the dtype of the result, which must be that of the array
    exact = isinstance(have, PythonScalar) and have.kind in ("float", "int") and made.kind == "f"
    return exact and dtype_of(inferred(s)) == made and bool(shape_of(s.target.type))
