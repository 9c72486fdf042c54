"""What stands for two values, of which a branch or a loop decides: its name, its type, and each of the two as that."""

from __future__ import annotations

from collections.abc import Callable

from adcompiler.errors import UnsupportedSyntaxError
from adcompiler.frontend import growing
from adcompiler.frontend.bound import Bound, describe
from adcompiler.frontend.joined_types import join_scalars
from adcompiler.ir.lengths import Length
from adcompiler.ir.types import Array, List, Opaque, Type, dtype_of, is_number, is_scalar
from adcompiler.ir.values import Atom, Constant, Variable, is_unbound
from adcompiler.primitives.effects import TEXT


def common_name(a: Bound, b: Bound) -> str | None:
    """The name of a variable that both arms bind; a choice between two values has none yet."""
    for bound, other in ((a, b), (b, a)):
        if is_unbound(bound) and isinstance(other, Variable):
            return other.name
    if isinstance(a, Variable) and isinstance(b, Variable) and a.name == b.name:
        return a.name
    return None


def join(a: Bound, b: Bound) -> Type:
    """The type of a value that is `a` or `b`."""
    kinds = [x.type if isinstance(x, Atom) else None for x in (a, b)]
    x, y = kinds
    made = isinstance(a, Variable) and isinstance(b, Variable)
    if isinstance(x, Opaque) and x == y and (made or x == TEXT):
        return x
    if isinstance(x, List) and isinstance(y, List):
        return List(growing.joined_type(x.element, y.element))
    if x is None or y is None or not is_number(x) or not is_number(y):
        raise UnsupportedSyntaxError(
            f"the two arms of a branch give {describe(a)} and {describe(b)}.",
            why="adcompiler must know while compiling which of the two is used.",
            write="numbers of one kind in both arms, or a condition that is known (a string, a bool constant)",
        )
    if is_scalar(x) and is_scalar(y):
        return join_scalars(x, y)
    if isinstance(x, Array) and isinstance(y, Array) and x.rank == y.rank and x.dtype == y.dtype:
        shape = tuple(
            m if m == n else Length.symbol(f"either({m}, {n})", may_be_one=True)
            for m, n in zip(x.shape, y.shape, strict=True)
        )
        return Array(x.dtype, shape)
    raise UnsupportedSyntaxError(
        f"the two arms of a branch give values of types {x} and {y}.",
        why="a variable has one type: the same dtype and number of axes in both arms.",
        write="np.where(condition, a, b), or give both arms the same shape and dtype",
    )


def join_types(a: Bound, b: Bound, old: Type, own: Callable[[int], Length]) -> Type:
    """The type of a variable of type `old` that is next bound to `b`; a length that changes is `own` from then on."""
    if isinstance(b, Atom) and b.type == old:
        return old
    joined = join(a, b)
    if not (isinstance(joined, Array) and isinstance(old, Array) and isinstance(b.type, Array)):
        return joined
    pairs = enumerate(zip(old.shape, b.type.shape, strict=True))
    return Array(old.dtype, tuple(m if m == n else own(k) for k, (m, n) in pairs))


def as_type(bound: Bound, wanted: Type) -> Atom:
    """An int literal that joins a float is a float."""
    if not isinstance(bound, Atom):
        raise UnsupportedSyntaxError(
            f"{describe(bound)} stands where a number was.",
            why="a branch or a loop hands on values of one kind.",
            write="a number on every way to this point",
        )
    if (
        isinstance(bound, Constant)
        and type(bound.value) in (int, bool)
        and dtype_of(wanted).kind == "f"
    ):
        return Constant.of(float(bound.value))
    return bound
