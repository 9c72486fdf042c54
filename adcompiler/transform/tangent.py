"""Forward mode: every statement is followed by its tangent statement.

ẏ = Σ ∂y/∂xᵢ ẋᵢ (Griewank & Walther 2008, section 3.1).  A variable without tangent is a structural zero.  Several
directions may be carried at once; the primal stands once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from adcompiler.analysis.dataflow import backward_graph, reached
from adcompiler.errors import NoDerivativeError
from adcompiler.ir.builder import Builder, current
from adcompiler.ir.definitions import is_part, parts_of
from adcompiler.ir.effects import is_effect
from adcompiler.ir.nodes import TANGENT, Block, Call, Custom, For, Function, If, Statement, While
from adcompiler.ir.primitive import lookup
from adcompiler.ir.structure import leaves
from adcompiler.ir.types import Array, is_inexact
from adcompiler.ir.values import Atom, Variable
from adcompiler.ir.walk import Copier, all_statements
from adcompiler.transform.custom import push_custom
from adcompiler.transform.invoked import push_invoked
from adcompiler.transform.tangent_loops import PushBlock, push_loop
from adcompiler.transform.tapes import without_tapes
from adcompiler.transform.variables import (
    carries_derivative,
    held,
    holds_complex,
    name_after,
    type_of_derivative,
    zero_like,
)

Tangents = dict[Variable, Atom]


def push(
    function: Function, args: Sequence[Atom], directions: Sequence[Sequence[Atom | None]]
) -> tuple[list[Atom], list[list[Atom | None]]]:
    """Append the function with its tangents; return the results and, for each direction, their tangents.

    A direction gives one tangent for each input leaf, None standing for zero.
    """
    inputs = function.inputs
    function = without_unread(without_tapes(function))
    copier = Copier(dict(zip(inputs, args, strict=True)), current().role)
    tangents: list[Tangents] = []
    for direction in directions:
        found: Tangents = {}
        for variable, tangent in zip(args, direction, strict=True):
            if tangent is not None and isinstance(variable, Variable):
                found[variable] = tangent
        tangents.append(found)
    _push_block(function.body, copier, tangents)
    results = [
        copier.atom(leaf) if isinstance(leaf, Atom) else leaf for leaf in leaves(function.result)
    ]
    return results, [[_tangent(found, atom) for atom in results] for found in tangents]


def without_unread(function: Function) -> Function:
    """Results without a derivative that nobody reads (of a call with several) are no error."""
    opaque = [
        s
        for s in all_statements(function.body)
        if isinstance(s, Call) and s.primitive.verdict == "opaque" and not is_effect(s)
    ]
    if not opaque:
        return function
    graph = backward_graph(function.body, control=True)
    alive = reached(graph, (v for v in leaves(function.result) if isinstance(v, Variable)))
    for s in all_statements(function.body):
        if isinstance(s, Custom):  # it stays, and names its values
            alive |= {v for v in s.values if isinstance(v, Variable)}
    dead = {s for s in opaque if s.target not in alive}

    def kept(block: Block) -> Block:
        return replace(block, statements=tuple(map(within, filter(is_kept, block.statements))))

    def is_kept(s: Statement) -> bool:
        return s not in dead

    def within(s: Statement) -> Statement:
        if isinstance(s, If):
            return replace(s, then=kept(s.then), orelse=kept(s.orelse))
        return replace(s, body=kept(s.body)) if isinstance(s, (For, While)) else s

    return replace(function, body=kept(function.body)) if dead else function


def _tangent(tangents: Tangents, atom: Atom) -> Atom | None:
    return tangents.get(atom) if isinstance(atom, Variable) else None


def _push_block(block: Block, copier: Copier, tangents: list[Tangents]) -> None:
    builder = current()
    parts = parts_of(block.statements)
    opened: set[Atom] = set()
    for original in block.statements:
        if isinstance(original, Call) and original.target in parts:
            found = parts[original.target]
            if push_invoked(builder, original, found, copier, tangents, push):
                opened.add(original.target)
            else:
                builder.add(copier.statement(original))
            continue
        if isinstance(original, Call) and is_part(original) and original.args[0] in opened:
            continue
        if isinstance(original, If):
            push_branch(builder, original, copier, tangents, _push_block)
            continue
        if isinstance(original, (For, While)):
            push_loop(builder, original, copier, tangents, _push_block)
            continue
        if isinstance(original, Custom):
            push_custom(builder, original, copier, tangents)
            continue
        statement = copier.statement(original)
        builder.add(statement)
        if not isinstance(statement, Call):
            raise TypeError(f"the tangent of a {type(statement).__name__} is not defined")
        for known in tangents:
            given = [_tangent(known, arg) for arg in statement.args]
            if any(tangent is not None for tangent in given):
                tangent = tangent_of_call(builder, statement, given)
                if tangent is not None:
                    known[statement.target] = name_after(tangent, statement.target, "dot")


def tangent_of_call(builder: Builder, call: Call, given: list[Atom | None]) -> Atom | None:
    primitive = call.primitive
    if primitive.verdict == "inert" or not is_inexact(call.target.type):
        return None
    given = [None if k in primitive.shape_only else tangent for k, tangent in enumerate(given)]
    if not any(tangent is not None for tangent in given):
        return None
    if primitive.pushforward is None:
        raise no_rule(call)
    if primitive.kind != "elementwise":
        given = [t and _with_axes(call.args[k], t) for k, t in enumerate(given)]
    check_complex(call, [tangent is not None for tangent in given])
    before = builder.origin, builder.role
    builder.origin, builder.role = call.origin, TANGENT
    try:
        return primitive.pushforward(call, given)
    finally:
        builder.origin, builder.role = before


def _with_axes(primal: Atom, tangent: Atom) -> Atom:
    """The tangent of an array without axes is held as a number; what looks at axes takes an array."""
    if not isinstance(primal.type, Array) or primal.type.shape or isinstance(tangent.type, Array):
        return tangent
    return current().apply(lookup("as_array"), tangent, dtype=primal.type.dtype)


def no_rule(call: Call) -> NoDerivativeError:
    """Asking for a derivative that does not exist is an error, never a zero."""
    return NoDerivativeError(
        f"`{call.primitive.name}` has no derivative rule.",
        why="its operands depend on what is differentiated, and no rule says how its result changes.",
        write=call.primitive.instead
        or "ad.stop_gradient(x) around the operand, where the dependence does not matter",
        origin=call.origin,
    )


def check_complex(call: Call, varied: Sequence[bool]) -> None:
    """A real result of complex numbers: only rows that are written for it know its derivative."""
    if not call.primitive.holomorphic or holds_complex(call.target.type):
        return
    if any(moves and holds_complex(a.type) for a, moves in zip(call.args, varied, strict=True)):
        raise NoDerivativeError(
            f"`{call.primitive.name}` of complex numbers has no derivative rule.",
            why="its result is real, so it is no holomorphic function, and its rule is that of real numbers.",
            write="the same with x.real and x.imag, or abs(x)",
            origin=call.origin,
        )


def push_branch(
    builder: Builder,
    statement: If,
    copier: Copier,
    tangents: list[Tangents],
    push_block: PushBlock,
    marks: Sequence[str] = (),
) -> None:
    """Both arms yield the tangents of what they join as well."""
    condition = copier.atom(statement.condition)
    arms: list[tuple[Builder, tuple[Atom, ...], list[Tangents]]] = []
    for block in (statement.then, statement.orelse):
        with builder.nested() as inner:
            local = [dict(found) for found in tangents]
            push_block(block, copier, local)
            arms.append((inner, copier.atoms(block.results), local))
    targets = [copier.fresh(target) for target in statement.targets]
    results: list[list[Atom]] = [list(arm[1]) for arm in arms]
    joined = list(targets)
    for direction, found in enumerate(tangents):
        for k, target in enumerate(targets):
            dots = [_tangent(arm[2][direction], arm[1][k]) for arm in arms]
            if not carries_derivative(target.type) or all(dot is None for dot in dots):
                continue
            mark = marks[direction] if marks else "dot"
            dot_target = Variable(None, type_of_derivative(target.type), target, mark)
            for arm, dot, values in zip(arms, dots, results, strict=True):
                with arm[0].active():
                    zero = zero_like(arm[1][k], target.type) if dot is None else dot
                    values.append(held(zero, target.type))
            joined.append(dot_target)
            found[target] = dot_target
    blocks = [arm[0].block(tuple(values)) for arm, values in zip(arms, results, strict=True)]
    builder.add(
        If(
            tuple(joined),
            condition,
            blocks[0],
            blocks[1],
            origin=statement.origin,
            role=builder.role,
        )
    )
