"""Calls of functions with a user's own derivative rules, and what makes a rule of his functions.

The function itself is lowered as written, on held arguments, so that nothing of it is differentiated; a `Custom`
statement then puts the rule beside its values.  The rules are lowered where a transformation asks for them.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from adcompiler.errors import ArgumentError, NoDerivativeError
from adcompiler.frontend.bound import Bound, describe, lift
from adcompiler.frontend.frame import Frame
from adcompiler.frontend.rule_results import entries, fitted, parts_of
from adcompiler.ir.builder import current
from adcompiler.ir.nodes import Block, Custom, Function, Parameter
from adcompiler.ir.structure import Branch, Structure, leaves, refill, sequence, transform
from adcompiler.ir.types import is_inexact, is_number
from adcompiler.ir.values import Atom, Constant, Variable
from adcompiler.ir.walk import free_variables, inline
from adcompiler.primitives.custom import CustomFunction, custom_jvp, held

Call = Callable[[Frame, Bound, list[Bound], dict[str, Bound]], Bound]
Atoms = Sequence[Atom | None]


def varies(leaf: Any) -> bool:
    """True for what can have a derivative."""
    return isinstance(leaf, Atom) and is_number(leaf.type) and is_inexact(leaf.type)


def call_custom(
    call: Call, frame: Frame, custom: CustomFunction, args: list[Bound], kwargs: dict[str, Bound]
) -> Bound:
    """`f(*args)` for a function with rules."""
    given = sequence("tuple", tuple(positional(custom, args, kwargs)))
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
    builder = current()
    first = len(builder.statements)
    inside = [
        builder.apply(held, leaf) if chosen and isinstance(leaf, Variable) else leaf
        for leaf, chosen in zip(leaves(given), differentiated, strict=True)
    ]
    arguments = refill(given, inside)
    result = call(frame, Constant.of(custom.function), list(arguments.children), {})
    operands = [leaf for leaf, chosen in zip(leaves(given), differentiated, strict=True) if chosen]
    extra = [
        leaf
        for leaf, chosen in zip(leaves(given), differentiated, strict=True)
        if isinstance(leaf, Variable) and not chosen
    ]
    written = Block(tuple(builder.statements[first:]), tuple(filter(varies, leaves(result))))
    others = [v for v in free_variables(written) if v not in operands]
    others += [v for v in extra if varies(v) and v not in others]
    shape = Shape(frame, call, custom, given, tuple(differentiated), result)
    rule = JvpRule(shape, rules[0]) if isinstance(custom, custom_jvp) else VjpRule(shape, *rules)
    return attached(frame, result, rule, operands, extra, others)


def positional(custom: CustomFunction, args: list[Bound], kwargs: dict[str, Bound]) -> list[Bound]:
    """All arguments in the order of the parameters, defaults filled in: what the rules are given."""
    signature = inspect.signature(custom.function)
    try:
        bound = signature.bind(*args, **kwargs)
    except TypeError as error:
        raise ArgumentError(
            f"`{name_of(custom)}` is called with the wrong arguments: {error}.",
            why=f"its parameters are {signature}.",
            write=f"{name_of(custom)}{signature}",
        ) from None
    absent = {name for name in signature.parameters if name not in bound.arguments}
    bound.apply_defaults()
    if bound.kwargs:
        raise ArgumentError(
            f"`{name_of(custom)}` has keyword-only parameters.",
            why="a rule is given the arguments by position.",
            write=f"def {name_of(custom)}(x, option=…), without the star",
        )
    found: list[Bound] = []
    for name, parameter in signature.parameters.items():
        value = bound.arguments[name]
        if parameter.kind is inspect.Parameter.VAR_POSITIONAL:
            found.extend(value)
        else:
            found.append(lift(value) if name in absent else value)
    return found


def name_of(custom: CustomFunction) -> str:
    return getattr(custom, "__name__", "f")


def attached(
    frame: Frame,
    result: Bound,
    rule: Any,
    operands: Sequence[Atom],
    extra: Sequence[Atom],
    others: Sequence[Atom] = (),
) -> Bound:
    """The result with `rule` beside those of its leaves that can have a derivative."""
    for leaf in leaves(result):
        if not isinstance(leaf, Atom):
            raise ArgumentError(
                f"`{rule.name}` returns {describe(leaf)}.",
                why="a custom rule is for numbers, arrays and containers of them.",
                write="return numbers, or take this part out of the result",
            )
    values = tuple(filter(varies, leaves(result)))
    targets = tuple(Variable(None, value.type) for value in values)
    if not (operands and targets):
        return result
    builder = current()
    builder.add(
        Custom(
            targets,
            values,
            tuple(operands),
            rule,
            tuple(extra),
            tuple(others),
            origin=builder.origin,
            role=builder.role,
        )
    )
    for target, value in zip(targets, values, strict=True):
        if isinstance(value, Variable):
            frame.program.roots[target] = frame.program.root(value)
    remaining = iter(targets)
    return transform(lambda leaf: next(remaining) if varies(leaf) else leaf, result)


@dataclass(frozen=True)
class Shape:
    """How arguments and results of one call are laid out, and how its rules are lowered."""

    frame: Frame
    call: Call
    custom: CustomFunction
    given: Branch
    differentiated: tuple[bool, ...]
    result: Structure

    @property
    def name(self) -> str:
        return name_of(self.custom)

    def arguments(self, statement: Custom) -> list[Bound]:
        """The arguments as the program at hand names them."""
        operands, extra = iter(statement.operands), iter(statement.extra)

        def leaf_of(leaf: Any, chosen: bool) -> Any:
            if chosen:
                return next(operands)
            return next(extra) if isinstance(leaf, Variable) else leaf

        found = map(leaf_of, leaves(self.given), self.differentiated)
        return list(refill(self.given, list(found)).children)

    def parted(self, arguments: list[Bound]) -> tuple[list[Bound], list[Bound]]:
        """What has no derivative by declaration, and the rest."""
        nondiff = self.custom.nondiff_argnums
        return [arguments[k] for k in nondiff], [
            a for k, a in enumerate(arguments) if k not in nondiff
        ]

    def directions(self, dots: Sequence[Atom]) -> list[Bound]:
        """Tangents in the places of the arguments; 0.0 for a number that has none (an int)."""
        remaining = iter(dots)

        def leaf_of(leaf: Any, chosen: bool) -> Any:
            if chosen:
                return next(remaining)
            number = isinstance(leaf, Atom) and is_number(leaf.type)
            return Constant.of(0.0 if number else None)

        filled = refill(self.given, list(map(leaf_of, leaves(self.given), self.differentiated)))
        return self.parted(list(filled.children))[1]

    def bars(self, bars: Sequence[Atom]) -> Structure:
        remaining = iter(bars)
        return transform(
            lambda leaf: next(remaining) if varies(leaf) else Constant.of(None), self.result
        )

    def lowered(self, rule: Bound, args: list[Bound]) -> Bound:
        """Call a rule; what it reads of the functions around must be at hand where the rule is needed."""
        if isinstance(rule, Constant) and rule.value is None:
            raise NoDerivativeError(
                f"`{self.name}` has no derivative rule yet.",
                why=f"it is a {type(self.custom).__name__}: its derivative is what {self.custom.given_by} gives.",
                write=f"{self.name}.{self.custom.given_by} before the first call of the derivative",
            )
        builder = current()
        first = len(builder.statements)
        result = self.call(self.frame, rule, args, {})
        self._closed(Block(tuple(builder.statements[first:]), tuple(_atoms(result))), args)
        return result

    def _closed(self, block: Block, args: list[Bound]) -> None:
        known = {atom for arg in args for atom in _atoms(arg)}
        known |= {capture.variable for capture in self.frame.program.captures.captures}
        for variable in free_variables(block):
            if variable not in known:
                raise NoDerivativeError(
                    f"the rule of `{self.name}` reads `{variable.name or 'a value'}` of the function around it.",
                    why="a rule is used where the derivative is needed; it sees its arguments and what is outside of "
                    "the differentiated function.",
                    write=f"`{variable.name or 'the value'}` as an argument of `{self.name}`",
                )


def _atoms(bound: Bound) -> list[Atom]:
    return [leaf for leaf in leaves(bound) if isinstance(leaf, Atom)]


class JvpRule:
    """The rule of a `custom_jvp`; its transpose serves reverse mode."""

    needs_all = True
    forward = None
    backward = None

    def __init__(self, shape: Shape, jvp: Bound) -> None:
        self.shape, self.jvp, self.name = shape, jvp, shape.name

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
        chosen = [dot for leaf, dot in zip(leaves(shape.result), found, strict=True) if varies(leaf)]
        return [
            fitted(like, dot, self.jvp, what)
            for like, dot in zip(statement.targets, chosen, strict=True)
        ]


class VjpRule:
    """The rule of a `custom_vjp`; its transpose serves forward mode."""

    needs_all = False
    tangent = None

    def __init__(self, shape: Shape, fwd: Bound, bwd: Bound) -> None:
        self.shape, self.fwd, self.bwd, self.name = shape, fwd, bwd, shape.name

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
        names = [f"x{k}_bar" for k in range(1, len(primals) + 1)]
        parts = parts_of(result, self.bwd, self.name, names, "tuple")
        found: list[Atom | None] = []
        for primal, part in zip(primals, parts, strict=True):
            what = f"the cotangent that the backward rule of `{self.name}` returns"
            for leaf, given in zip(leaves(primal), entries(primal, part, self.bwd, what), strict=True):
                if varies(leaf):
                    found.append(fitted(leaf, given, self.bwd, what))
        return found


def like_zero(target: Atom) -> Atom:
    from adcompiler.ir.primitive import lookup
    from adcompiler.ir.types import shape_of

    if shape_of(target.type):
        return current().apply(lookup("zeros_like"), target)
    return Constant(0.0, target.type)


def typed(bar: Atom, like: Atom) -> Atom:
    """A seed that is written as a number is one of the kind of its primal."""
    return Constant(bar.value, like.type) if isinstance(bar, Constant) else bar


def surgery(call: Call, frame: Frame, value: Bound, rule: Bound) -> Bound:
    """`with_cotangent(value, rule)`: the rule is lowered here, with the names as they are here."""
    bars = transform(
        lambda leaf: Variable(None, leaf.type) if varies(leaf) else Constant.of(None), value
    )
    what = "the cotangent that the rule of `with_cotangent` returns"
    with current().nested() as inner:
        result = call(frame, rule, [bars], {})
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
