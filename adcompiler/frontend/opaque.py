"""Calls of an `ad.primitive`: the function is called as it is, its derivatives are those of its row."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from adcompiler.errors import ArgumentError
from adcompiler.frontend.bound import Bound, describe
from adcompiler.frontend.custom_call import (
    Atoms,
    CustomCall,
    attached,
    like_zero,
    typed,
    varies,
)
from adcompiler.frontend.frame import Frame
from adcompiler.frontend.rule_results import entries, fitted, parts_of
from adcompiler.ir.builder import current
from adcompiler.ir.nodes import Custom
from adcompiler.ir.structure import Branch, leaves, sequence
from adcompiler.ir.types import (
    NumpyScalar,
    PythonScalar,
    Type,
    is_number,
    scalar_or_array,
    shape_of,
)
from adcompiler.ir.values import Atom, Constant, Variable
from adcompiler.primitives.accumulation import fit_cotangent, fit_tangent
from adcompiler.primitives.custom import held, primitive
from adcompiler.primitives.kinds import add, scaled
from adcompiler.primitives.shapes import broadcast_shapes, promoted_dtype


def call_opaque(
    frame: Frame,
    custom: primitive,
    given: Branch,
    differentiated: tuple[bool, ...],
    rules: Sequence[Bound],
) -> Bound:
    """`f(*args)`, with the rule of its row beside it."""
    partials, result, jvp, vjp = rules
    for child in given.children:
        if not isinstance(child, Atom):
            raise ArgumentError(
                f"`{custom.__name__}` is called with {describe(child)}.",  # type: ignore[attr-defined]
                why="a primitive takes numbers, arrays, and constants that need no import (a string, None).",
                write="the elements as arguments of their own",
            )
    arguments: list[Atom] = list(given.children)
    builder = current()
    type = _spread(arguments) if _missing(result) else _result_type(frame, result, arguments)
    inside = [
        builder.apply(held, a) if chosen and isinstance(a, Variable) else a
        for a, chosen in zip(arguments, differentiated, strict=True)
    ]
    value = builder.apply(custom.row(type, len(inside)), *inside)
    layout = CustomCall(frame, custom, given, differentiated, value)
    row = _General(layout, jvp, vjp) if _missing(partials) else _Elementwise(layout, partials)
    pairs = list(zip(arguments, differentiated, strict=True))
    extra = [a for a, chosen in pairs if isinstance(a, Variable) and not chosen]
    others = [a for a in extra if varies(a)]
    return attached(frame, value, row, [a for a, chosen in pairs if chosen], extra, others)


def _spread(arguments: list[Atom]) -> Type:
    """Broadcast, and floats: what a ufunc of floats gives."""
    types = [a.type for a in arguments if is_number(a.type)]
    dtype = promoted_dtype(types) if types else np.dtype(float)
    if all(isinstance(t, PythonScalar) for t in types) or dtype.kind in "iub":
        dtype = np.dtype(float)
    return scalar_or_array(dtype, broadcast_shapes([shape_of(t) for t in types]))


def _result_type(frame: Frame, result: Bound, arguments: list[Atom]) -> Type:
    """Only the type of what `result` makes is of use; its statements are thrown away."""
    with current().nested():
        made = frame.call(result, list(arguments), {})
    if not isinstance(made, Atom) or not is_number(made.type):
        raise ArgumentError(
            f"the `result` of a primitive makes {describe(made)}.",
            why="it shows the shape and dtype of the result: one number or array.",
            write="result=lambda x: x, or np.zeros(x.shape[0]) …",
        )
    if isinstance(made.type, PythonScalar):
        return NumpyScalar(np.dtype(float)) if made.type.kind != "float" else made.type
    return made.type


class _Elementwise:
    """ẏ = Σ pᵢ ẋᵢ and x̄ᵢ = pᵢ ȳ, with the broadcasting taken back."""

    needs_all = False
    forward = None

    def __init__(self, layout: CustomCall, partials: Bound) -> None:
        self.layout, self.partials, self.name = layout, partials, layout.name
        self.key = layout.custom

    def _partial(self, statement: Custom, position: int) -> Atom | None:
        """The partial derivative by the operand number `position` among those with a derivative."""
        layout = self.layout
        places = [k for k, chosen in enumerate(layout.differentiated) if chosen]
        rule = self.partials
        if isinstance(rule, Branch):
            if len(rule.children) != len(layout.given.children):
                raise ArgumentError(
                    f"`{self.name}` has {len(rule.children)} partials.",
                    why=f"it is called with {len(layout.given.children)} arguments; each has one (None for zero).",
                    write="partials=(lambda y, x, k: …, None)",
                )
            rule = rule.children[places[position]]
        elif len(layout.given.children) != 1:
            raise ArgumentError(
                f"`{self.name}` has one partial.",
                why=f"it is called with {len(layout.given.children)} arguments; each has one (None for zero).",
                write="partials=(lambda y, x, k: …, None)",
            )
        if isinstance(rule, Constant) and rule.value is None:
            return None
        args = [statement.targets[0], *layout.arguments(statement)]
        what = f"a partial of `{self.name}`"
        return entries(statement.targets[0], layout.lowered(rule, args), rule, what)[0]

    def tangent(self, statement: Custom, dots: Atoms) -> Atoms:
        total: Atom | None = None
        for position, dot in enumerate(dots):
            if dot is not None:
                total = add(total, scaled(dot, self._partial(statement, position)))
        return [None if total is None else fit_tangent(statement.targets[0], total)]

    def backward(self, statement: Custom, bars: Atoms, wanted: Sequence[bool]) -> Atoms:
        (bar,) = bars
        found: list[Atom | None] = []
        for position, (operand, want) in enumerate(zip(statement.operands, wanted, strict=True)):
            part = (
                scaled(bar, self._partial(statement, position))
                if want and bar is not None
                else None
            )
            found.append(None if part is None else fit_cotangent(operand, part))
        return found


class _General:
    """A jvp, a vjp, or both; where one is missing it is the transpose of the other."""

    needs_all = True
    forward = None

    def __init__(self, layout: CustomCall, jvp: Bound, vjp: Bound) -> None:
        self.layout, self.jvp, self.vjp, self.name = layout, jvp, vjp, layout.name
        self.key = layout.custom
        self.tangent = None if _missing(jvp) else self._tangent
        self.backward = None if _missing(vjp) else self._backward

    def _arguments(self, statement: Custom) -> tuple[list[Bound], Bound]:
        nondiff, primals = self.layout.parted(self.layout.arguments(statement))
        return [*nondiff, statement.targets[0]], sequence("tuple", tuple(primals))

    def _tangent(self, statement: Custom, dots: Atoms) -> Atoms:
        first, primals = self._arguments(statement)
        tangents = self.layout.directions([d for d in dots if d is not None])
        what = f"the tangent that the rule of `{self.name}` returns"
        given = self.layout.lowered(self.jvp, [*first, primals, sequence("tuple", tuple(tangents))])
        (found,) = entries(statement.targets[0], given, self.jvp, what)
        return [fitted(statement.targets[0], found, self.jvp, what)]

    def _backward(self, statement: Custom, bars: Atoms, wanted: Sequence[bool]) -> Atoms:
        first, primals = self._arguments(statement)
        (bar,), (target,) = bars, statement.targets
        y_bar = like_zero(target) if bar is None else typed(bar, target)
        result = self.layout.lowered(self.vjp, [*first, primals, y_bar])
        names = self.layout.names_of_bars()
        parts = parts_of(result, self.vjp, self.name, names, "tuple")
        what = f"the cotangent that the rule of `{self.name}` returns"
        found: list[Atom | None] = []
        for primal, part in zip(primals.children, parts, strict=True):
            for leaf, given in zip(
                leaves(primal), entries(primal, part, self.vjp, what), strict=True
            ):
                if varies(leaf):
                    found.append(fitted(leaf, given, self.vjp, what))
        return found


def _missing(rule: Bound) -> bool:
    return isinstance(rule, Constant) and rule.value is None
