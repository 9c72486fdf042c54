"""Checks the invariants of the trace and reports *all* violations as data.

One definition per variable, defined before it is read; an `If`'s arms yield what it joins; a loop's
body yields what it carries; operands fit their primitive and the recorded type is the inferred one.
"""

from __future__ import annotations

from adcompiler.ir.nodes import Block, Call, For, Function, If, Statement, While
from adcompiler.ir.structure import leaves
from adcompiler.ir.types import Type, dtype_of, is_number, shape_of
from adcompiler.ir.values import Atom, Variable
from adcompiler.ir.walk import block_parameters, ends, operands, targets_of


def verify(function: Function) -> list[str]:
    """Violations in words; empty for a sound function."""
    found: list[str] = []
    defined: set[Variable] = set()
    every: set[Variable] = set()

    def define(variable: Variable, scope: set[Variable]) -> None:
        if variable in every:
            found.append(f"{variable!r} is defined twice")
        every.add(variable)
        scope.add(variable)

    def read(atom: object, scope: set[Variable], where: str) -> None:
        if isinstance(atom, Variable) and atom not in scope:
            found.append(f"{where} reads {atom!r} before its definition")

    def check_block(block: Block, scope: set[Variable]) -> None:
        scope = set(scope)
        for statement in block.statements:
            check_statement(statement, scope)
        for atom in block.results:
            read(atom, scope, "a block's result")

    def check_statement(s: Statement, scope: set[Variable]) -> None:
        where = s.primitive.name if isinstance(s, Call) else type(s).__name__
        for atom in operands(s):
            read(atom, scope, where)
        if isinstance(s, Call):
            expected = s.primitive.infer(s.args, s.statics)
            if not compatible(expected, s.target.type):
                found.append(f"{where}: recorded type {s.target.type}, inferred {expected}")
        elif isinstance(s, If):
            for arm in (s.then, s.orelse):
                check_block(arm, scope)
                if len(arm.results) != len(s.targets):
                    found.append(
                        f"an arm yields {len(arm.results)} values for {len(s.targets)} targets"
                    )
        elif isinstance(s, (For, While)):
            inner = set(scope)
            for variable in block_parameters(s):
                define(variable, inner)
            if isinstance(s, While):
                check_block(s.test, inner)
            check_block(Block(s.body.statements, (*s.body.results, *ends(s))), inner)
            if len(s.body.results) != len(s.carried):
                found.append(
                    f"a loop yields {len(s.body.results)} values and carries {len(s.carried)}"
                )
            if len(s.targets) != len(s.carried) + len(s.collected):
                found.append("a loop's targets are not its carried and collected values")
        for target in targets_of(s):
            define(target, scope)

    for leaf in function.inputs:
        define(leaf, defined)
    for capture in function.captures:
        define(capture.variable, defined)
    scope = set(defined)
    for statement in function.body.statements:
        check_statement(statement, scope)
    for leaf in leaves(function.result):
        if not isinstance(leaf, Atom):
            found.append(f"the result {leaf!r} is no atom")
        read(leaf, scope, "the result")
    return found


def compatible(a: Type, b: Type) -> bool:
    """The same dtype and rank; a Python float may stand for np.float64 in derivative statements."""
    if not is_number(a) or not is_number(b):
        return type(a) is type(b)
    return dtype_of(a) == dtype_of(b) and len(shape_of(a)) == len(shape_of(b))
