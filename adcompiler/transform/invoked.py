"""Calls of the program's own functions in tangents, in reverse sweeps and in Jacobians.

A derivative of a definition is a definition again, made once for what varies and what is seeded: ``f_tangent(x,
x_dot)`` gives the results with their tangents, ``f_adjoint(x, f_bar)`` runs forward and backwards and gives
cotangents.  Inside of them a recursive call is one of the derivative, so derivatives of any order need nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from adcompiler.analysis.dependence import dependence, depending, mattering
from adcompiler.errors import UnsupportedSyntaxError
from adcompiler.ir.builder import Builder
from adcompiler.ir.definitions import Definition, definition_of, invoke, packed
from adcompiler.ir.nodes import REVERSE, TANGENT, Call, Function, Parameter, Statement
from adcompiler.ir.primitive import lookup
from adcompiler.ir.structure import leaves, sequence
from adcompiler.ir.types import Array, Type, is_inexact
from adcompiler.ir.values import Atom, Variable, derivative_of
from adcompiler.ir.walk import Copier, inline
from adcompiler.transform.cotangents import Cotangents
from adcompiler.transform.results import kind_of
from adcompiler.transform.tapes import REVERSED, half, tape_of, without_tapes
from adcompiler.transform.variables import name_after, zero_like

Tangents = dict[Variable, Atom]
Push = Callable[..., tuple[list[Atom], list[list[Atom | None]]]]
Pull = Callable[..., tuple[list[Atom], list[Atom | None]]]
Batched = dict[Variable, Atom]
AppendBatched = Callable[[Sequence[Statement], Batched], Batched]


# ---- tangents -----------------------------------------------------------------------------------


def push_invoked(
    builder: Builder,
    original: Call,
    parts: dict[int, Variable],
    copier: Copier,
    tangents: list[Tangents],
    push: Push,
) -> bool:
    """Append a call with the tangents of its results in each direction; False where nothing varies."""
    definition = _closed(original)
    args = list(copier.atoms(original.args))
    moving = [
        [found.get(a) if isinstance(a, Variable) else None for a in args] for found in tangents
    ]
    masks = [
        tuple(dot is not None and is_inexact(a.type) for a, dot in zip(args, dots, strict=True))
        for dots in moving
    ]
    if not any(any(depending(dependence(definition), mask)) for mask in masks):
        return False
    before = builder.origin, builder.role
    builder.origin = original.origin
    first = True
    for found, dots, mask in zip(tangents, moving, masks, strict=True):
        moves = depending(dependence(definition), mask)
        if not any(moves):
            continue
        tangent = tangent_definition(definition, mask, push)
        given = [
            kind_of(a, dot, "dot")
            for a, dot, want in zip(args, dots, mask, strict=True)
            if want and dot is not None
        ]
        shapes = [parts[k].type if k in parts else None for k in range(len(moves))]
        shapes += [shape for shape, move in zip(shapes, moves, strict=True) if move]
        results = invoke(tangent, [*args, *given], shapes)
        count = len(definition.results)
        if first:
            for position, target in parts.items():
                if target.name is not None:
                    results[position].rename(target.name)
                copier.mapping[target] = results[position]
            first = False
        remaining = iter(results[count:])
        following = [next(remaining) if move else None for move in moves]
        for position, target in parts.items():
            dot = following[position]
            primal = copier.mapping[target]
            if dot is not None and isinstance(primal, Variable):
                dot.mark_as(primal, "dot")
                found[primal] = dot
    builder.origin, builder.role = before
    return True


def tangent_definition(definition: Definition, mask: Sequence[bool], push: Push) -> Definition:
    """f_tangent: the results, then the tangents of those that vary with the parameters of the mask."""
    key = "tangent", tuple(mask)
    if key in definition.derived:
        return definition.derived[key]
    moves = depending(dependence(definition), mask)
    dotted = [type for type, move in zip(definition.results, moves, strict=True) if move]
    made = _new(definition, "tangent", (*definition.results, *dotted))
    definition.derived[key] = made
    inputs = [_copy(v) for v in definition.lowered.inputs]
    dots = [derivative_of(v, "dot") if want else None for v, want in zip(inputs, mask, strict=True)]
    with Builder().active() as builder:
        results, found = push(definition.lowered, inputs, [dots])
        builder.role = TANGENT
        ends = [
            _returned(result, dot, type, "dot")
            for result, dot, type, move in zip(
                results, found[0], definition.results, moves, strict=True
            )
            if move
        ]
    _close(made, [*inputs, *(d for d in dots if d is not None)], builder, [*results, *ends])
    return made


# ---- cotangents ---------------------------------------------------------------------------------


def spread_invoked(call: Call, parts: dict[int, Variable], varied: set[Variable]) -> None:
    """The results that depend on something varied are."""
    moves = depending(dependence(_closed(call)), [a in varied for a in call.args])
    varied.update(target for position, target in parts.items() if moves[position])


def reverse_invoked(
    builder: Builder,
    call: Call,
    parts: dict[int, Variable],
    cotangents: Cotangents,
    varied: set[Variable],
    pull: Pull,
) -> None:
    """Append the call of the adjoint, and give the arguments their cotangents."""
    definition = _closed(call)
    bars = {position: cotangents.take(target) for position, target in parts.items()}
    seeded = [
        bars.get(k) is not None and parts[k] in varied for k in range(len(definition.results))
    ]
    matters = mattering(dependence(definition), seeded)
    wanted = [
        isinstance(a, Variable) and a in varied and k in matters for k, a in enumerate(call.args)
    ]
    if not any(wanted):
        return
    adjoint = adjoint_definition(definition, wanted, seeded, pull)
    tape = tape_of(builder, call, parts, adjoint)
    given = [
        kind_of(parts[k], bar, "bar")
        for k, bar in sorted(bars.items())
        if seeded[k] and bar is not None
    ]
    shapes = [a.type for a, want in zip(call.args, wanted, strict=True) if want]
    if tape is None:
        found = invoke(adjoint, [*call.args, *given], shapes)
    else:
        found = invoke(half(adjoint, REVERSED), [*call.args, *given, tape], shapes)
    shares: dict[Variable, Atom] = {}
    remaining = iter(found)
    for arg, want in zip(call.args, wanted, strict=True):
        if want:
            assert isinstance(arg, Variable)
            bar = next(remaining)
            name_after(bar, arg, "bar")
            shares[arg] = shares[arg] + bar if arg in shares else bar
    for arg, share in shares.items():
        cotangents.add(arg, share)


def adjoint_definition(
    definition: Definition, wanted: Sequence[bool], seeded: Sequence[bool], pull: Pull
) -> Definition:
    """f_adjoint: the cotangents of the parameters that are wanted, for those of the results that are seeded."""
    key = "adjoint", tuple(wanted), tuple(seeded)
    if key in definition.derived:
        return definition.derived[key]
    function = definition.lowered
    types = tuple(v.type for v, want in zip(function.inputs, wanted, strict=True) if want)
    made = _new(definition, "adjoint", types)
    made.primal = definition
    definition.derived[key] = made
    inputs = [_copy(v) for v in function.inputs]
    seeds = [
        _seed(definition, leaf, type) if seed else None
        for leaf, type, seed in zip(
            leaves(function.result), definition.results, seeded, strict=True
        )
    ]
    with Builder().active() as builder:
        results, bars = pull(function, inputs, wanted, seeds)
        builder.role = REVERSE
        ends = [
            _returned(v, bar, v.type, "bar")
            for v, bar, want in zip(inputs, bars, wanted, strict=True)
            if want
        ]
    _close(made, [*inputs, *(s for s in seeds if s is not None)], builder, ends)
    parts = sequence("tuple", tuple(results)), sequence("tuple", tuple(ends))
    made.taped = replace(made.lowered, result=sequence("tuple", parts))
    made.function = without_tapes(made.lowered)
    return made


def _seed(definition: Definition, leaf: Atom, type: Type) -> Variable:
    named = leaf if isinstance(leaf, Variable) and leaf.name else Variable(definition.name, type)
    if isinstance(type, Array) and isinstance(leaf.type, Array):
        type = replace(type, shape=leaf.type.shape)
    return derivative_of(named, "bar", type)


# ---- many directions ----------------------------------------------------------------------------


def append_invoked(
    builder: Builder,
    call: Call,
    parts: dict[int, Variable],
    batched: Batched,
    append: AppendBatched,
    leading: Callable[[Type], Type],
    repeated: Callable[[Atom, Any], Atom],
) -> bool:
    """A call whose arguments have a leading axis of directions; False where none has one."""
    found = [batched.get(a) if isinstance(a, Variable) else None for a in call.args]
    if all(atom is None for atom in found):
        return False
    definition = _closed(call)
    flags = [atom is not None for atom in found]
    made = _batched(definition, flags, found, append, leading, repeated)
    args = [a if atom is None else atom for a, atom in zip(call.args, found, strict=True)]
    results = invoke(made, args)
    many = depending(dependence(definition, any_way=True), flags)
    for position, target in parts.items():
        result = results[position]
        if target.name is not None:
            result.rename(target.name)
        if many[position]:
            batched[target] = name_after(result, target.of, target.mark) if target.of else result
        else:
            builder.apply(lookup("identity"), result, target=target)
    return True


def _batched(
    definition: Definition,
    flags: Sequence[bool],
    given: Sequence[Atom | None],
    append: AppendBatched,
    leading: Callable[[Type], Type],
    repeated: Callable[[Atom, Any], Atom],
) -> Definition:
    types = tuple(None if atom is None else atom.type for atom in given)
    lengths = {type.shape[0] for type in types if isinstance(type, Array)}
    key = "batched", tuple(flags), frozenset(lengths)
    if key in definition.derived:
        return definition.derived[key]
    many = depending(dependence(definition, any_way=True), flags)
    results = tuple(
        leading(type) if flag else type for type, flag in zip(definition.results, many, strict=True)
    )
    made = _new(definition, "many", results)
    # as many directions in every call
    directions = (symbol for n in lengths for monomial, _ in n.terms for symbol in monomial)
    made.stable = made.stable.union(directions)
    definition.derived[key] = made
    inputs = [_copy(v) for v in definition.lowered.inputs]
    wide = [
        Variable(v.name, leading(v.type), v.of, v.mark) if flag else v
        for v, flag in zip(inputs, flags, strict=True)
    ]
    with Builder().active() as scratch:
        copied, ends = inline(scratch, definition.lowered, list(inputs))
    with Builder().active() as builder:
        local: Batched = {v: w for v, w, flag in zip(inputs, wide, flags, strict=True) if flag}
        local = append(copied, local)
        finals = [
            _wide(end, local, repeated) if flag else end
            for end, flag in zip(ends, many, strict=True)
        ]
    _close(made, wide, builder, finals)
    return made


def _wide(end: Atom, local: Batched, repeated: Callable[[Atom, Any], Atom]) -> Atom:
    found = local.get(end) if isinstance(end, Variable) else None
    return repeated(end, local) if found is None else found


# ---- definitions --------------------------------------------------------------------------------


def _closed(call: Call) -> Definition:
    definition = definition_of(call)
    assert definition is not None
    if definition.half and definition.plain is not None:
        raise AssertionError("a program is differentiated that records")
    if not definition.closed:
        raise UnsupportedSyntaxError(
            f"the recursion of `{definition.name}`, which ends by a number, is differentiated inside itself.",
            why="its derivative would be needed before the function is known.",
            write="the derivative outside of the recursion",
            origin=call.origin,
        )
    return definition


#: what is made of a definition, and what its docstring says
_SHOWN = {
    "tangent": ("the tangent of {}", "Value and tangent of {}."),
    "adjoint": ("the adjoint of {}", "Both sweeps of {}: the cotangents of its arguments."),
    "many": ("{} for many directions", "Many directions at once: {}."),
}


def _new(definition: Definition, what: str, types: tuple[Type, ...]) -> Definition:
    made = Definition(f"{definition.name}_{what}", types)
    shown, made.summary = (text.format(definition.shown) for text in _SHOWN[what])
    made.shown = shown
    made.stable = definition.stable
    return made


def _close(made: Definition, inputs: list[Variable], builder: Builder, ends: list[Atom]) -> None:
    taken: set[str] = set()
    parameters: list[Parameter] = []
    for variable in inputs:
        name = _name(variable)
        number, stem = 1, name
        while name in taken:
            number += 1
            name = f"{stem}_{number}"
        taken.add(name)
        parameters.append(Parameter(name, variable))
    made.function = Function(
        made.name,
        tuple(parameters),
        builder.block(),
        packed(ends),
        note=(made.summary,),
        owns_results=True,
    )
    made.closed = True


def _name(variable: Variable) -> str:
    marks: list[str] = []
    while variable.mark and variable.of is not None:
        marks.append(variable.mark)
        variable = variable.of
    return "_".join((variable.name or "value", *reversed(marks)))


def _copy(variable: Variable) -> Variable:
    return Variable(variable.name, variable.type, variable.of, variable.mark, variable)


def _returned(like: Atom, value: Atom | None, type: Type, mark: str) -> Atom:
    """A derivative as a result: the kind of number that its primal is, zero where it is absent."""
    if value is None:
        return zero_like(like, type)
    return kind_of(like, value, mark) if isinstance(like, Variable) else value
