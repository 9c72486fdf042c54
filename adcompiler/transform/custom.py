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
    TANGENT,
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
from adcompiler.ir.walk import Copier, all_statements, rebuilt_blocks, substitute_function
from adcompiler.primitives.custom import held, stand_in
from adcompiler.transform.variables import name_after, zero_like

Tangents = dict[Variable, Atom]
Atoms = Sequence[Atom | None]


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
        _refuse_others(statement, found)
    before = builder.origin, builder.role
    builder.origin = statement.origin
    try:
        if any(dot is not None for direction in directions for dot in direction):
            statement = _with_residuals(statement)
        builder.add(statement)
        builder.role = TANGENT
        for found, direction in zip(tangents, directions, strict=True):
            if any(dot is not None for dot in direction):
                with builder.nested() as inner:
                    dots = _tangent(inner, statement, direction)
                _adopt(builder, inner, statement, dots)
                for target, dot in zip(statement.targets, dots, strict=True):
                    if dot is not None:
                        found[target] = name_after(dot, target, "dot")
    finally:
        builder.origin, builder.role = before


def spread_custom(statement: Custom, varied: set[Variable]) -> None:
    """The targets vary with the operands."""
    _refuse_others(statement, varied)
    if any(a in varied for a in statement.operands):
        varied.update(statement.targets)


def reverse_custom(
    builder: Builder, statement: Custom, bars: Atoms, varied: set[Variable]
) -> list[tuple[Variable, Atom]]:
    """Append the pullback; return what the operands receive."""
    wanted = [a in varied for a in statement.operands]
    if not any(wanted) or all(bar is None for bar in bars):
        return []
    statement = _standing_with_residuals(builder, statement)
    with builder.nested() as inner:
        found = _cotangents(inner, statement, bars, wanted)
    _adopt(builder, inner, statement, found)
    parts: dict[Variable, Atom] = {}
    for atom, want, part in zip(statement.operands, wanted, found, strict=True):
        if want and part is not None:
            assert isinstance(atom, Variable)
            parts[atom] = parts[atom] + part if atom in parts else part  # type: ignore[operator]
    return list(parts.items())


def _refuse_others(statement: Custom, active: set[Variable] | Tangents) -> None:
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


def _tangent(builder: Builder, statement: Custom, dots: Atoms) -> Atoms:
    rule = statement.rule
    if rule.tangent is None:
        return _transposed_backward(builder, statement, dots)
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
        isinstance(s, Custom)
        and s.rule.key is rule.key
        and any(a in dependent for a in s.operands)
        for s in all_statements(block)
    )


def _where_given(written: Atoms, found: Atoms) -> list[Atom | None]:
    remaining = iter(found)
    return [None if atom is None else next(remaining) for atom in written]


def _function(inner: Builder, inputs: list[Atom], written: Atoms) -> Function:
    results = sequence("tuple", tuple(atom for atom in written if atom is not None))
    parameters = (Parameter("directions", sequence("tuple", tuple(inputs))),)
    return Function("rule", parameters, inner.block(), results)


def _cotangents(
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


def _transposed_backward(builder: Builder, statement: Custom, dots: Atoms) -> Atoms:
    """ẏ = Jẋ, the transpose of what the backward function writes down."""
    rule = statement.rule
    assert rule.backward is not None
    _refuse_endless(builder, statement)
    bars = [_stand_in(target) for target in statement.targets]
    wanted = [d is not None for d in dots]
    first = len(builder.statements)
    written = rule.backward(statement, bars, wanted)
    return _transposed(builder, first, written, dots, bars, [True] * len(bars), statement.targets, "dot")


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
    sources = {a for a, want in zip(inputs, wanted, strict=True) if want and isinstance(a, Variable)}
    role = builder.role
    found = sweep(
        builder.statements[first:],
        [w for w, _ in pairs],
        list(inputs),
        sources,
        [s for _, s in pairs],
    )
    builder.role = role
    for atom, stand_in, named in zip(found, inputs, after, strict=True):
        marked = isinstance(atom, Variable) and isinstance(named, Variable)
        if marked and atom.mark and atom.of is stand_in:
            atom.mark_as(named, mark)
    return found


_clean: list[Callable[[Function], Function]] = []


def install_cleaner(clean: Callable[[Function], Function]) -> None:
    """Let dead statements be taken out of rules (called once, by the pipeline, which knows the optimiser)."""
    _clean[:] = [clean]


def _adopt(builder: Builder, inner: Builder, statement: Custom, results: Atoms) -> None:
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
        return replace(block, statements=tuple(_shape_of_original(s, likes) for s in block.statements))

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


def _with_residuals(statement: Custom) -> Custom:
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
                changed = _with_residuals(statement)
            position = owner.statements.index(statement)
            owner.statements[position : position + 1] = [*inner.statements, changed]
            owner.records[statement] = changed
            return changed
        owner = owner.outer
    raise AssertionError("a custom function is reversed that stands in no block at hand")


def append_custom(builder: Builder, statement: Custom, batched: dict[Variable, Atom]) -> None:
    """For many directions at once: the values stay what they are, and the rule cannot be asked again."""
    values = [batched.get(v, v) if isinstance(v, Variable) else v for v in statement.values]
    operands = [batched.get(v, v) if isinstance(v, Variable) else v for v in statement.operands]
    pairs = (*zip(values, statement.values, strict=True), *zip(operands, statement.operands, strict=True))
    if all(a is b for a, b in pairs):
        builder.add(statement)
        return
    targets = tuple(Variable(t.name, v.type) for t, v in zip(statement.targets, values, strict=True))
    rule: CustomRule = _Batched(statement.rule.name)
    builder.add(
        replace(
            statement,
            targets=targets,
            values=tuple(values),
            operands=tuple(operands),
            rule=rule,
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


def _reads_value(call: Call, position: int) -> bool:
    return position not in call.primitive.shape_only
