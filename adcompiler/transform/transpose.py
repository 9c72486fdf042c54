"""Statements whose derivatives are a user's rule.

A rule is given for one mode; the other mode is its transpose.  The map from tangents to tangents that a jvp rule
writes down is linear, so its own adjoint, taken at *stand-ins* for the tangents, is the vjp; and the same the other
way round.  What is linear never reads the stand-ins: one that is still read when everything is optimised betrays a
rule that is not linear.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from adcompiler.analysis.dataflow import backward_graph, forward_graph, reached
from adcompiler.errors import NoDerivativeError
from adcompiler.ir.builder import Builder, current
from adcompiler.ir.nodes import (
    Block,
    Call,
    Custom,
    CustomRule,
    For,
    Function,
    If,
    Parameter,
    Statement,
    While,
)
from adcompiler.ir.origin import Origin
from adcompiler.ir.structure import iterate, sequence
from adcompiler.ir.values import Atom, Variable
from adcompiler.ir.walk import all_statements, rebuilt_blocks
from adcompiler.primitives import lists
from adcompiler.primitives.absence import ROWS
from adcompiler.primitives.custom import stand_in
from adcompiler.transform.variables import zero_like

Atoms = Sequence[Atom | None]


def tangents_of(builder: Builder, statement: Custom, dots: Atoms) -> Atoms:
    rule = statement.rule
    if rule.tangent is None:
        return _forward_of_backward(builder, statement, dots)
    if all(d is not None for d in dots) or not rule.needs_all:
        return rule.tangent(statement, dots)
    # a structural zero contributes nothing, and is no multiplication by 0.0: the tangent of a linear map is the map
    from adcompiler.transform.tangent import push

    pairs = list(zip(statement.operands, dots, strict=True))
    given = [zero_like(a) if d is None else _stand_in(a) for a, d in pairs]
    varied = [a for a, d in zip(given, dots, strict=True) if d is not None]
    with builder.nested() as inner:
        written = rule.tangent(statement, given)
    if _applies_itself(inner, rule, varied):  # without end; the zeros are written out
        return rule.tangent(statement, [zero_like(a) if d is None else d for a, d in pairs])
    function = _function(inner, varied, written)
    _, found = push(function, varied, [[d for d in dots if d is not None]])
    return _where_given(written, found[0])


def _applies_itself(inner: Builder, rule: CustomRule, varied: Sequence[Atom]) -> bool:
    """True where the rule calls its own function on what depends on the tangents."""
    block = inner.block()
    graph = forward_graph(block)
    dependent = reached(graph, (a for a in varied if isinstance(a, Variable)))
    return any(
        isinstance(s, Custom) and s.rule.key is rule.key and any(a in dependent for a in s.operands)
        for s in all_statements(block)
    )


def _where_given(written: Atoms, found: Atoms) -> list[Atom | None]:
    remaining = iter(found)
    return [None if atom is None else next(remaining) for atom in written]


def _function(inner: Builder, inputs: list[Atom], written: Atoms) -> Function:
    results = sequence("tuple", tuple(atom for atom in written if atom is not None))
    parameters = (Parameter("directions", sequence("tuple", tuple(inputs))),)
    return Function("rule", parameters, inner.block(), results)


def cotangents_of(
    builder: Builder, statement: Custom, bars: Atoms, wanted: Sequence[bool]
) -> Atoms:
    """x̄ = Jᵀȳ, by the rule or as the transpose of its tangents."""
    rule = statement.rule
    if rule.backward is not None:
        return rule.backward(statement, bars, wanted)
    assert rule.tangent is not None
    _refuse_endless(builder, statement)
    dots = [
        _stand_in(a) if want else zero_like(a)
        for a, want in zip(statement.operands, wanted, strict=True)
    ]
    first = len(builder.statements)
    written = rule.tangent(statement, dots)
    return _transposed(builder, first, written, bars, dots, wanted, statement.operands, "bar")


def _refuse_endless(builder: Builder, statement: Custom) -> None:
    """A rule that applies its own function to tangents would be transposed by transposing it."""
    if _inside(builder, statement.rule):
        raise NoDerivativeError(
            f"the rule of `{statement.rule.name}` calls `{statement.rule.name}` itself on its tangents.",
            why="the other mode is the transpose of the rule, and that would need the transpose of the same rule.",
            write="the rule of the other mode too (ad.primitive takes jvp and vjp), or another function in the rule",
            origin=statement.origin,
        )
    builder.transposes = statement.rule.key


def _inside(builder: Builder, rule: CustomRule) -> bool:
    """True where a rule of the same function is being transposed around this place."""
    owner: Builder | None = builder
    while owner is not None:
        if owner.transposes is rule.key:
            return True
        owner = owner.outer
    return False


def _forward_of_backward(builder: Builder, statement: Custom, dots: Atoms) -> Atoms:
    """ẏ = Jẋ, the transpose of what the backward function writes down."""
    rule = statement.rule
    assert rule.backward is not None
    _refuse_endless(builder, statement)
    bars = [_stand_in(target) for target in statement.targets]
    wanted = [d is not None for d in dots]
    first = len(builder.statements)
    written = rule.backward(statement, bars, wanted)
    return _transposed(
        builder, first, written, dots, bars, [True] * len(bars), statement.targets, "dot"
    )


def _transposed(
    builder: Builder,
    first: int,
    written: Atoms,
    seeds: Atoms,
    inputs: Sequence[Atom],
    wanted: Sequence[bool],
    after: Sequence[Atom],
    mark: str,
) -> Atoms:
    """The adjoint of the statements from `first` on, which are linear in `inputs`."""
    from adcompiler.transform.adjoint import sweep

    pairs = [(w, s) for w, s in zip(written, seeds, strict=True) if w is not None and s is not None]
    sources = {
        a for a, want in zip(inputs, wanted, strict=True) if want and isinstance(a, Variable)
    }
    role = builder.role
    found = sweep(
        builder.statements[first:],
        [w for w, _ in pairs],
        list(inputs),
        sources,
        [s for _, s in pairs],
    )
    builder.role = role
    for atom, direction, named in zip(found, inputs, after, strict=True):
        both = isinstance(atom, Variable) and isinstance(named, Variable)
        if both and atom.mark and atom.of is direction:  # type: ignore[union-attr]
            atom.mark_as(named, mark)  # type: ignore[union-attr]
    return found


_clean: list[Callable[[Function], Function]] = []


def install_cleaner(clean: Callable[[Function], Function]) -> None:
    """Let dead statements be taken out of rules (called once, by the pipeline, which knows the optimiser)."""
    _clean[:] = [clean]


def cleaned(function: Function) -> Function:
    """The function without dead statements."""
    return _clean[0](function) if _clean else function


def adopt(builder: Builder, inner: Builder, statement: Custom, results: Atoms) -> None:
    """What the results need of a rule's statements, as derivative statements of the call of the function.

    What is linear leaves no stand-in behind, so that further derivatives never meet one.
    """
    kept = tuple(a for a in results if a is not None)
    likes = {
        s.target: s.args[0]
        for s in all_statements(inner.block())
        if isinstance(s, Call) and s.primitive is stand_in
    }

    def shaped(block: Block) -> Block:
        """Where only the shape of a stand-in is read, its original serves."""
        return replace(
            block, statements=tuple(_shape_of_original(s, likes) for s in block.statements)
        )

    function = Function("rule", (), inner.block(), sequence("tuple", kept))
    function = _clean[0](rebuilt_blocks(function, shaped) if likes else function)
    builder.adopt(_as_ours(s, statement.origin) for s in function.body.statements)


def _shape_of_original(s: Statement, likes: dict[Variable, Atom]) -> Statement:
    if not isinstance(s, Call) or s.primitive is stand_in:
        return s
    args = tuple(
        likes.get(a, a) if k in s.primitive.shape_only and isinstance(a, Variable) else a
        for k, a in enumerate(s.args)
    )
    return replace(s, args=args)


def _as_ours(s: Statement, origin: Origin) -> Statement:
    def block(old: Block) -> Block:
        return replace(old, statements=tuple(_as_ours(inner, origin) for inner in old.statements))

    if isinstance(s, Call):
        return replace(s, origin=origin, style="")
    if isinstance(s, If):
        s = replace(s, then=block(s.then), orelse=block(s.orelse))
    elif isinstance(s, For):
        s = replace(s, body=block(s.body))
    elif isinstance(s, While):
        s = replace(s, test=block(s.test), body=block(s.body))
    return replace(s, origin=origin)


def _stand_in(like: Atom) -> Variable:
    made = current().apply(stand_in, like)
    assert isinstance(made, Variable)
    return made


def refuse_stand_ins(function: Function) -> None:
    """A stand-in that is still read after optimisation was read by something that is not linear."""
    found = [
        s for s in all_statements(function.body) if isinstance(s, Call) and s.primitive is stand_in
    ]
    if not found:
        return
    results = (leaf for leaf in iterate(function.result) if isinstance(leaf, Variable))
    graph = backward_graph(function.body, _reads_value, control=True)
    alive = reached(graph, results)
    for s in found:
        if s.target in alive:
            raise NoDerivativeError(
                "a custom rule is not linear in its tangents (or cotangents).",
                why="it is given for one mode only; the other mode is its transpose, which only a linear map has.",
                write="a rule that only adds the tangents and scales them by what does not depend on them, or the "
                "rule of the other mode (custom_jvp for forward, custom_vjp for reverse mode)",
                origin=s.origin,
            )


#: rows that look at a length, and no further
_LENGTH_ONLY = ROWS | {lists.number_zeros, lists.array_zeros, lists.length}


def _reads_value(call: Call, position: int) -> bool:
    return position not in call.primitive.shape_only and call.primitive not in _LENGTH_ONLY
