"""How one call of a function with custom rules is laid out, and how its rules are lowered."""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from adcompiler.errors import ArgumentError, NoDerivativeError
from adcompiler.frontend.bound import Bound, describe, lift
from adcompiler.frontend.frame import Frame
from adcompiler.frontend.scopes import seeing, variables_seen
from adcompiler.ir.builder import current
from adcompiler.ir.nodes import Block, Custom
from adcompiler.ir.primitive import lookup
from adcompiler.ir.structure import Branch, Structure, leaves, refill, transform
from adcompiler.ir.types import is_inexact, is_number, shape_of
from adcompiler.ir.values import Atom, Constant, Variable
from adcompiler.ir.walk import free_variables
from adcompiler.primitives.custom import CustomFunction, primitive

Atoms = Sequence[Atom | None]
_POSITIONAL = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)


def varies(leaf: Any) -> bool:
    """True for what can have a derivative."""
    return isinstance(leaf, Atom) and is_number(leaf.type) and is_inexact(leaf.type)


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
    if bound.kwargs:
        raise ArgumentError(
            f"`{name_of(custom)}` is called with `{next(iter(bound.kwargs))}` by keyword only.",
            why="a rule is given the arguments by position.",
            write=f"{name_of(custom)}(x, option), all arguments in order",
        )
    if isinstance(custom, primitive):
        return list(bound.args)
    found: list[Bound] = []
    for name, parameter in signature.parameters.items():
        if parameter.kind is inspect.Parameter.VAR_POSITIONAL:
            found.extend(bound.arguments.get(name, ()))
        elif name in bound.arguments:
            found.append(bound.arguments[name])
        elif parameter.kind in _POSITIONAL:
            found.append(lift(parameter.default))
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
            frame.program.memory.share(target, value)
    remaining = iter(targets)
    return transform(lambda leaf: next(remaining) if varies(leaf) else leaf, result)


@dataclass(frozen=True)
class CustomCall:
    """How arguments and results of one call are laid out, and how its rules are lowered."""

    frame: Frame
    custom: CustomFunction
    given: Branch
    differentiated: tuple[bool, ...]
    result: Structure
    seen: tuple[Variable, ...] = ()

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

        found = list(map(leaf_of, leaves(self.given), self.differentiated))
        inside = dict(zip(self.seen, extra, strict=True))
        return list(seeing(refill(self.given, found), inside).children)

    def parted(self, arguments: list[Bound]) -> tuple[list[Bound], list[Bound]]:
        """What has no derivative by declaration, and the rest."""
        nondiff = self.custom.nondiff_argnums
        return [arguments[k] for k in nondiff], [
            a for k, a in enumerate(arguments) if k not in nondiff
        ]

    def names_of_bars(self) -> list[str]:
        """How errors name the cotangents of the arguments."""
        own = self.custom.parameter_names
        names = [
            f"{own[k]}_bar" if k < len(own) else f"x{k + 1}_bar"
            for k in range(len(self.given.children))
        ]
        return [name for k, name in enumerate(names) if k not in self.custom.nondiff_argnums]

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
        result = self.frame.call(rule, args, {})
        self._closed(Block(tuple(builder.statements[first:]), tuple(_atoms(result))), args)
        return result

    def _closed(self, block: Block, args: list[Bound]) -> None:
        known: set[Atom] = {atom for arg in args for atom in (*_atoms(arg), *variables_seen(arg))}
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


def like_zero(target: Atom) -> Atom:
    if shape_of(target.type):
        return current().apply(lookup("zeros_like"), target)
    return Constant(0.0, target.type)


def typed(bar: Atom, like: Atom) -> Atom:
    """A seed that is written as a number is one of the kind of its primal."""
    return Constant(bar.value, like.type) if isinstance(bar, Constant) else bar
