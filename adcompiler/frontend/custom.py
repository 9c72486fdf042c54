"""Calls of functions with a user's own derivative rules, and what makes a rule of his functions.

The function itself is lowered as written, on held arguments, so that nothing of it is differentiated; a `Custom`
statement then puts the rule beside its values.  The rules are lowered where a transformation asks for them.
"""

from __future__ import annotations

from collections.abc import Sequence

from adcompiler.analysis.dataflow import backward_graph, reached
from adcompiler.frontend.bound import Bound
from adcompiler.frontend.custom_call import (
    Atoms,
    CustomCall,
    attached,
    like_zero,
    positional,
    typed,
    varies,
)
from adcompiler.frontend.frame import Frame
from adcompiler.frontend.opaque import call_opaque
from adcompiler.frontend.rule_results import entries, fitted, parts_of
from adcompiler.frontend.scopes import seeing, variables_seen
from adcompiler.ir.builder import current
from adcompiler.ir.nodes import Block, Custom, Function, Parameter
from adcompiler.ir.nodes import Call as CallStatement
from adcompiler.ir.structure import Structure, leaves, refill, sequence, transform
from adcompiler.ir.values import Atom, Constant, Variable
from adcompiler.ir.walk import free_variables, inline
from adcompiler.primitives.custom import CustomFunction, custom_jvp, held, primitive


def call_custom(
    frame: Frame, custom: CustomFunction, args: list[Bound], kwargs: dict[str, Bound]
) -> Bound:
    """`f(*args)` for a function with rules."""
    given = seeing(sequence("tuple", tuple(positional(custom, args, kwargs))), {})
    differentiated = [
        varies(leaf) and position not in custom.nondiff_argnums
        for position, child in enumerate(given.children)
        for leaf in leaves(child)
    ]
    rules = [
        frame.program.captures.read(
            ("attribute", custom, name), ("cell", name), getattr(custom, name), name
        )
        for name in custom.rules
    ]
    if isinstance(custom, primitive):
        return call_opaque(frame, custom, given, tuple(differentiated), rules)
    builder = current()
    first = len(builder.statements)
    inside = [
        builder.apply(held, leaf) if chosen and isinstance(leaf, Variable) else leaf
        for leaf, chosen in zip(leaves(given), differentiated, strict=True)
    ]
    arguments = refill(given, inside)
    result = frame.call(Constant.of(custom.function), list(arguments.children), {})
    operands = [leaf for leaf, chosen in zip(leaves(given), differentiated, strict=True) if chosen]
    extra = [
        leaf
        for leaf, chosen in zip(leaves(given), differentiated, strict=True)
        if isinstance(leaf, Variable) and not chosen
    ]
    written = Block(tuple(builder.statements[first:]), tuple(filter(varies, leaves(result))))
    differentiable = reached(
        backward_graph(written, _carries), (v for v in written.results if isinstance(v, Variable))
    )
    others = [v for v in free_variables(written) if v in differentiable]
    others += [v for v in extra if varies(v) and v not in others]
    seen = variables_seen(given)
    shape = CustomCall(frame, custom, given, tuple(differentiated), result, tuple(seen))
    rule = JvpRule(shape, rules[0]) if isinstance(custom, custom_jvp) else VjpRule(shape, *rules)
    return attached(frame, result, rule, operands, [*extra, *seen], others)


def _carries(statement: CallStatement, position: int) -> bool:
    """True where a derivative could flow from this operand to the result."""
    row = statement.primitive
    return row.verdict != "inert" and position not in row.shape_only


class JvpRule:
    """The rule of a `custom_jvp`; its transpose serves reverse mode."""

    needs_all = True
    forward = None
    backward = None

    def __init__(self, shape: CustomCall, jvp: Bound) -> None:
        self.shape, self.jvp, self.name = shape, jvp, shape.name
        self.key = shape.custom

    def tangent(self, statement: Custom, dots: Atoms) -> Atoms:
        shape = self.shape
        nondiff, primals = shape.parted(shape.arguments(statement))
        tangents = shape.directions([d for d in dots if d is not None])
        pair = [sequence("tuple", tuple(primals)), sequence("tuple", tuple(tangents))]
        result = shape.lowered(self.jvp, [*nondiff, *pair])
        value, value_dot = parts_of(result, self.jvp, self.name, ("value", "tangent"))
        entries(shape.result, value, self.jvp, f"the value that the rule of `{self.name}` returns")
        what = f"the tangent that the rule of `{self.name}` returns"
        found = entries(shape.result, value_dot, self.jvp, what)
        chosen = [
            dot for leaf, dot in zip(leaves(shape.result), found, strict=True) if varies(leaf)
        ]
        return [
            fitted(like, dot, self.jvp, what)
            for like, dot in zip(statement.targets, chosen, strict=True)
        ]


class VjpRule:
    """The rule of a `custom_vjp`; its transpose serves forward mode."""

    needs_all = False
    tangent = None

    def __init__(self, shape: CustomCall, fwd: Bound, bwd: Bound) -> None:
        self.shape, self.fwd, self.bwd, self.name = shape, fwd, bwd, shape.name
        self.key = shape.custom

    def forward(self, statement: Custom) -> tuple[Sequence[Atom], Structure]:
        shape = self.shape
        result = shape.lowered(self.fwd, shape.arguments(statement))
        value, residuals = parts_of(result, self.fwd, self.name, ("value", "residuals"))
        what = f"the value that the forward rule of `{self.name}` returns"
        found = entries(shape.result, value, self.fwd, what)
        values = [
            fitted(leaf, given, self.fwd, what, exact=True)
            for leaf, given in zip(leaves(shape.result), found, strict=True)
            if varies(leaf)
        ]
        return [v for v in values if v is not None], residuals

    def backward(self, statement: Custom, bars: Atoms, wanted: Sequence[bool]) -> Atoms:
        shape = self.shape
        full = [
            like_zero(target) if bar is None else typed(bar, target)
            for target, bar in zip(statement.targets, bars, strict=True)
        ]
        arguments = shape.arguments(statement)
        nondiff, primals = shape.parted(arguments)
        result = shape.lowered(self.bwd, [*nondiff, statement.residuals, shape.bars(full)])
        names = shape.names_of_bars()
        parts = parts_of(result, self.bwd, self.name, names, "tuple")
        found: list[Atom | None] = []
        for primal, part in zip(primals, parts, strict=True):
            what = f"the cotangent that the backward rule of `{self.name}` returns"
            for leaf, given in zip(
                leaves(primal), entries(primal, part, self.bwd, what), strict=True
            ):
                if varies(leaf):
                    found.append(fitted(leaf, given, self.bwd, what))
        return found


def surgery(frame: Frame, value: Bound, rule: Bound) -> Bound:
    """`with_cotangent(value, rule)`: the rule is lowered here, with the names as they are here."""
    bars = transform(
        lambda leaf: Variable(None, leaf.type) if varies(leaf) else Constant.of(None), value
    )
    what = "the cotangent that the rule of `with_cotangent` returns"
    with current().nested() as inner:
        result = frame.call(rule, [bars], {})
        found = entries(value, result, rule, what)
        written = [
            fitted(leaf, given, rule, what)
            for leaf, given in zip(leaves(value), found, strict=True)
            if varies(leaf)
        ]
    own = [bar for bar in leaves(bars) if isinstance(bar, Variable)]
    results = tuple(atom for atom in written if atom is not None)
    block = inner.block(results)
    extra = [v for v in free_variables(block) if v not in own]
    parameters = (
        Parameter("bars", sequence("tuple", tuple(own))),
        Parameter("extra", sequence("tuple", tuple(extra))),
    )
    function = Function("with_cotangent", parameters, block, sequence("tuple", results))
    present = [atom is not None for atom in written]
    operands = [leaf for leaf in leaves(value) if varies(leaf)]
    return attached(frame, value, Surgery(function, present), operands, extra)


class Surgery:
    """The identity, whose cotangent passes through a function."""

    name = "with_cotangent"
    needs_all = False
    forward = None

    def __init__(self, function: Function, present: list[bool]) -> None:
        self.function, self.present = function, present
        self.key = self

    def tangent(self, statement: Custom, dots: Atoms) -> Atoms:
        return dots

    def backward(self, statement: Custom, bars: Atoms, wanted: Sequence[bool]) -> Atoms:
        full = [
            like_zero(target) if bar is None else typed(bar, target)
            for target, bar in zip(statement.targets, bars, strict=True)
        ]
        _, results = inline(current(), self.function, [*full, *statement.extra])
        remaining = iter(results)
        return [next(remaining) if there else None for there in self.present]
