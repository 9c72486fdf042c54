"""Statements whose derivatives are a user's rule, in tangents, in reverse sweeps and in Jacobians."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from adcompiler.errors import ADError, NoDerivativeError
from adcompiler.ir.builder import Builder
from adcompiler.ir.nodes import TANGENT, Block, Call, Custom, Function, Statement
from adcompiler.ir.values import Atom, Variable
from adcompiler.ir.walk import Copier, rebuilt_blocks, substitute_function
from adcompiler.primitives.custom import held
from adcompiler.transform.transpose import Atoms, adopt, cotangents_of, tangents_of
from adcompiler.transform.variables import name_after

Tangents = dict[Variable, Atom]


def push_custom(
    builder: Builder, original: Custom, copier: Copier, tangents: list[Tangents]
) -> None:
    """Append the statement and, for each direction, the tangents of its targets."""
    statement = copier.statement(original)
    assert isinstance(statement, Custom)
    directions = [
        [found.get(a) if isinstance(a, Variable) else None for a in statement.operands]
        for found in tangents
    ]
    for found in tangents:
        refuse_others(statement, found)
    before = builder.origin, builder.role
    builder.origin = statement.origin
    try:
        if any(dot is not None for direction in directions for dot in direction):
            statement = with_residuals(statement)
        builder.add(statement)
        builder.role = TANGENT
        for found, direction in zip(tangents, directions, strict=True):
            if any(dot is not None for dot in direction):
                with builder.nested() as inner:
                    dots = tangents_of(inner, statement, direction)
                adopt(builder, inner, statement, dots)
                for target, dot in zip(statement.targets, dots, strict=True):
                    if dot is not None:
                        found[target] = name_after(dot, target, "dot")
    except ADError as error:
        raise error.at(statement.origin) from error.__cause__
    finally:
        builder.origin, builder.role = before


def spread_custom(statement: Custom, varied: set[Variable]) -> None:
    """The targets vary with the operands."""
    refuse_others(statement, varied)
    if any(a in varied for a in statement.operands):
        varied.update(statement.targets)


def reverse_custom(
    builder: Builder, statement: Custom, bars: Atoms, varied: set[Variable]
) -> list[tuple[Variable, Atom]]:
    """Append the pullback; return what the operands receive."""
    wanted = [a in varied for a in statement.operands]
    if not any(wanted) or all(bar is None for bar in bars):
        return []
    try:
        statement = _standing_with_residuals(builder, statement)
        with builder.nested() as inner:
            found = cotangents_of(inner, statement, bars, wanted)
    except ADError as error:
        raise error.at(statement.origin) from error.__cause__
    adopt(builder, inner, statement, found)
    parts: dict[Variable, Atom] = {}
    for atom, want, part in zip(statement.operands, wanted, found, strict=True):
        if want and part is not None:
            assert isinstance(atom, Variable)
            parts[atom] = parts[atom] + part if atom in parts else part
    return list(parts.items())


def refuse_others(statement: Custom, active: set[Variable] | Tangents) -> None:
    """The rule says nothing about what the function reads besides its arguments."""
    for atom in statement.others:
        if isinstance(atom, Variable) and atom in active:
            raise NoDerivativeError(
                f"`{statement.rule.name}` depends on {_named(atom)}, for which its rule gives no derivative.",
                why="a custom rule gives the derivatives with respect to the arguments of the function (without "
                "those of nondiff_argnums); what is differentiated here reaches it on another way.",
                write="the value as an argument of its own, or ad.stop_gradient around it",
                origin=statement.origin,
            )


def _named(variable: Variable) -> str:
    return f"`{variable.name}`" if variable.name else f"a value of type {variable.type}"


def with_residuals(statement: Custom) -> Custom:
    """Append the user's forward function; its values and residuals belong to the statement from now on."""
    if statement.rule.forward is None or statement.residuals is not None:
        return statement
    values, residuals = statement.rule.forward(statement)
    return replace(statement, values=tuple(values), residuals=residuals)


def _standing_with_residuals(builder: Builder, statement: Custom) -> Custom:
    """The same for a statement that stands in the forward sweep: done once, however many sweeps reverse it."""
    if statement.rule.forward is None or statement.residuals is not None:
        return statement
    owner: Builder | None = builder
    while owner is not None:
        if statement in owner.records:
            found: Custom = owner.records[statement]
            return found
        if statement in owner.statements:
            with Builder(statement.origin, statement.role, outer=owner).active() as inner:
                changed = with_residuals(statement)
            owner.exchange(statement, [*inner.statements, changed])
            owner.records[statement] = changed
            return changed
        owner = owner.outer
    raise AssertionError("a custom function is reversed that stands in no block at hand")


def append_custom(builder: Builder, statement: Custom, batched: dict[Variable, Atom]) -> None:
    """For many directions at once: the values stay what they are, and the rule cannot be asked again."""
    values = [batched.get(v, v) if isinstance(v, Variable) else v for v in statement.values]
    operands = [batched.get(v, v) if isinstance(v, Variable) else v for v in statement.operands]
    pairs = (
        *zip(values, statement.values, strict=True),
        *zip(operands, statement.operands, strict=True),
    )
    if all(a is b for a, b in pairs):
        builder.add(statement)
        return
    targets = tuple(
        Variable(t.name, v.type) for t, v in zip(statement.targets, values, strict=True)
    )
    builder.add(
        replace(
            statement,
            targets=targets,
            values=tuple(values),
            operands=tuple(operands),
            rule=_Batched(statement.rule.name),
            extra=(),
            residuals=None,
        )
    )
    batched.update(zip(statement.targets, targets, strict=True))


class _Batched:
    """Stands for a rule that would be asked for many directions at once."""

    needs_all = False
    forward = None

    def __init__(self, name: str) -> None:
        self.name, self.key = name, self

    def tangent(self, statement: Custom, dots: Atoms) -> Atoms:
        raise NoDerivativeError(
            f"`{self.name}` is differentiated inside a Jacobian.",
            why="its rule is for one direction, and a Jacobian runs all directions at once.",
            write="jvp or vjp for one direction at a time in the inner derivative",
            origin=statement.origin,
        )

    def backward(self, statement: Custom, bars: Atoms, wanted: Sequence[bool]) -> Atoms:
        return self.tangent(statement, bars)


def dissolve(function: Function) -> Function:
    """The function with values in the places of the targets: all derivatives are made."""
    replaced: dict[Variable, Atom] = {}

    def read(atom: Atom) -> Atom:
        while isinstance(atom, Variable) and atom in replaced:
            atom = replaced[atom]
        return atom

    def kept(block: Block) -> Block:
        statements: list[Statement] = []
        for s in block.statements:
            if isinstance(s, Custom):
                for target, value in zip(s.targets, s.values, strict=True):
                    replaced[target] = value
                    if isinstance(value, Variable) and value.name is None and not value.mark:
                        value.rename(target.name or "")
            elif isinstance(s, Call) and s.primitive is held:
                replaced[s.target] = s.args[0]
            else:
                statements.append(s)
        return replace(block, statements=tuple(statements))

    whole = rebuilt_blocks(function, kept)
    return substitute_function(whole, read) if replaced else function
