"""Custom statements as calls with one result each, for tables that list one value a row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from adcompiler.ir.builder import current
from adcompiler.ir.nodes import Call, Custom
from adcompiler.ir.primitive import Primitive, Spelling
from adcompiler.ir.values import Atom, Variable
from adcompiler.transform.custom import refuse_others, with_residuals
from adcompiler.transform.transpose import Atoms, adopt, cotangents_of, tangents_of


def as_calls(statement: Custom) -> list[Call]:
    """One call for each target: its operands are the value, and what the rule may read."""
    return [_call(statement, position) for position in range(len(statement.targets))]


def _call(statement: Custom, position: int) -> Call:
    target = statement.targets[position]
    operands = (*statement.operands, *statement.extra, *statement.others)

    def restored(call: Call) -> Custom:
        given = iter(call.args[1:])

        def take(atoms: Sequence[Atom]) -> tuple[Atom, ...]:
            return tuple(next(given) for _ in atoms)

        targets = list(statement.targets)
        targets[position] = call.target
        return replace(
            statement,
            targets=tuple(targets),
            operands=take(statement.operands),
            extra=take(statement.extra),
            others=take(statement.others),
        )

    def pushforward(call: Call, dots: Atoms) -> Atom | None:
        whole = restored(call)
        active = {
            a
            for a, d in zip(call.args[1:], dots[1:], strict=True)
            if d is not None and isinstance(a, Variable)
        }
        refuse_others(whole, active)
        with current().nested() as inner:
            whole = with_residuals(whole)
            found = tangents_of(inner, whole, dots[1 : 1 + len(whole.operands)])
        adopt(current(), inner, whole, found)
        return found[position]

    def pullback(call: Call, bar: Atom, wanted: Sequence[bool]) -> Atoms:
        whole = restored(call)
        active = {
            a
            for a, w in zip(call.args[1:], wanted[1:], strict=True)
            if w and isinstance(a, Variable)
        }
        refuse_others(whole, active)
        count = len(whole.operands)
        bars = [bar if k == position else None for k in range(len(whole.targets))]
        with current().nested() as inner:
            whole = with_residuals(whole)
            found = cotangents_of(inner, whole, bars, wanted[1 : 1 + count])
        adopt(current(), inner, whole, found)
        return [None, *found, *[None] * (len(operands) - count)]

    names = ", ".join(f"_{k}" for k in range(1, 1 + len(statement.operands)))
    row = Primitive(
        statement.rule.name,
        lambda value, *operands: value,
        lambda args, statics: target.type,
        Spelling(f"{statement.rule.name}({names})"),
        "differentiable",
        pushforward,
        pullback,
    )
    args = (statement.values[position], *operands)
    return Call(target, row, args, origin=statement.origin, role=statement.role, style="python")
