"""Joining what the two arms of a branch have bound."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from adcompiler.errors import UnsupportedSyntaxError
from adcompiler.frontend.bound import Bound, Undefined, describe
from adcompiler.frontend.frame import Frame
from adcompiler.frontend.recursion import under
from adcompiler.ir.builder import Builder, current
from adcompiler.ir.lengths import Length, unknown
from adcompiler.ir.nodes import If
from adcompiler.ir.structure import Branch, iterate, leaves, refill
from adcompiler.ir.types import (
    FLOAT,
    INT,
    Array,
    NumpyScalar,
    PythonScalar,
    Type,
    dtype_of,
    is_number,
    is_scalar,
)
from adcompiler.ir.values import Atom, Constant, Variable

Arm = Callable[[], Bound]


def branch(frame: Frame, condition: Atom, then: Arm, orelse: Arm) -> Bound:
    """Lower both arms (each yields a bound value or a structure of them) and join their results.

    A condition that is known while compiling takes one arm only.
    """
    if isinstance(condition, Constant):
        return then() if condition.value else orelse()
    builder = current()
    results: list[Bound] = []
    builders: list[Builder] = []
    for arm in (then, orelse):
        with under(frame.program, condition), builder.nested() as inner:
            results.append(arm())
            for leaf in iterate(results[-1]):
                if isinstance(leaf, Variable):
                    frame.program.root(leaf)
            builders.append(inner)
    first, second = same_form(results[0], results[1])
    pairs = list(zip(leaves(first), leaves(second), strict=True))
    joined: list[Bound] = []
    yields: list[tuple[Atom, Atom]] = []
    targets: list[Variable] = []
    for a, b in pairs:
        if a is b or same_constant(a, b):
            joined.append(a)
            continue
        if isinstance(a, Undefined) or isinstance(b, Undefined):
            joined.append(Undefined("only one arm of a branch gives it a value"))
            continue
        target = Variable(_common_name(a, b), _join(a, b, targets))
        targets.append(target)
        yields.append((as_type(a, target.type), as_type(b, target.type)))
        joined.append(target)
    blocks = [inner.block(tuple(pair[k] for pair in yields)) for k, inner in enumerate(builders)]
    if targets or any(block.statements for block in blocks):
        builder.add(
            If(
                tuple(targets),
                condition,
                blocks[0],
                blocks[1],
                origin=builder.origin,
                role=builder.role,
            )
        )
    for target, pair in zip(targets, yields, strict=True):
        for atom in pair:
            if isinstance(atom, Variable) and isinstance(atom.type, Array):
                # the joined array may share memory with either: writing it in place is refused
                frame.program.roots[target] = frame.program.root(atom)
                frame.program.outside.add(frame.program.root(target))
    return refill(first, joined)


def same_constant(a: Bound, b: Bound) -> bool:
    return (
        isinstance(a, Constant)
        and isinstance(b, Constant)
        and type(a.value) is type(b.value)
        and (a.value is b.value or (is_number(a.type) and repr(a.value) == repr(b.value)))
    )


def _common_name(a: Bound, b: Bound) -> str | None:
    """The name of a variable that both arms bind; a choice between two values has none yet."""
    if isinstance(a, Variable) and isinstance(b, Variable) and a.name == b.name:
        return a.name
    return None


def same_form(a: Bound, b: Bound) -> tuple[Bound, Bound]:
    """Check that two bound values are built alike down to their leaves."""
    if isinstance(a, Undefined) or isinstance(b, Undefined):
        reason = Undefined("only one arm of a branch gives it a value")
        return reason, reason
    if isinstance(a, Branch) and isinstance(b, Branch) and a.form == b.form:
        pairs = [same_form(x, y) for x, y in zip(a.children, b.children, strict=True)]
        return a.rebuilt(tuple(p[0] for p in pairs)), b.rebuilt(tuple(p[1] for p in pairs))
    if isinstance(a, Branch) or isinstance(b, Branch):
        raise UnsupportedSyntaxError(
            f"the two arms of a branch give {describe(a)} and {describe(b)}.",
            why="which of the two it is would only be known at run time.",
            write="the same structure (same length, same keys) in both arms",
        )
    return a, b


def _join(a: Bound, b: Bound, so_far: list[Variable]) -> Type:
    """The type of a value that is `a` or `b`."""
    kinds = [x.type if isinstance(x, Atom) else None for x in (a, b)]
    x, y = kinds
    if x is None or y is None or not is_number(x) or not is_number(y):
        raise UnsupportedSyntaxError(
            f"the two arms of a branch give {describe(a)} and {describe(b)}.",
            why="adcompiler must know while compiling which of the two is used.",
            write="numbers of one kind in both arms, or a condition that is known (a string, a bool constant)",
        )
    if is_scalar(x) and is_scalar(y):
        return _join_scalars(x, y)
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


def _join_scalars(x: Type, y: Type) -> Type:
    if isinstance(x, PythonScalar) and isinstance(y, PythonScalar):
        order = ("bool", "int", "float", "complex")
        kind = max(x.kind, y.kind, key=order.index)
        return {"int": INT, "float": FLOAT}.get(kind, PythonScalar(kind))
    dtype = dtype_of(x) if dtype_of(x) == dtype_of(y) else _promoted(x, y)
    return NumpyScalar(dtype)


def _promoted(x: Type, y: Type) -> Any:
    from adcompiler.primitives.shapes import promoted_dtype

    return promoted_dtype([x, y])


def join_types(a: Bound, b: Bound, old: Type) -> Type:
    """The type of a variable of type `old` that is next bound to `b`."""
    if isinstance(b, Atom) and b.type == old:
        return old
    joined = _join(a, b, [])
    if not (isinstance(joined, Array) and isinstance(old, Array) and isinstance(b.type, Array)):
        return joined
    # a length that changed once is unknown from then on
    pairs = enumerate(zip(old.shape, b.type.shape, strict=True))
    return Array(
        old.dtype,
        tuple(
            m if m == n or _is_unknown(m) else unknown("loop length", m, k) for k, (m, n) in pairs
        ),
    )


def _is_unknown(length: Length) -> bool:
    return any(symbol.serial for monomial, _ in length.terms for symbol in monomial)


def as_type(bound: Bound, wanted: Type) -> Atom:
    """An int literal that joins a float is a float."""
    assert isinstance(bound, Atom)
    if (
        isinstance(bound, Constant)
        and type(bound.value) in (int, bool)
        and dtype_of(wanted).kind == "f"
    ):
        return Constant.of(float(bound.value))
    return bound
