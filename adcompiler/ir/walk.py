"""Reading and rewriting blocks: operands, definitions, substitution, inlining."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from adcompiler.ir.builder import Builder
from adcompiler.ir.nodes import Block, Call, Custom, For, Function, If, Statement, While
from adcompiler.ir.structure import Structure, iterate, leaves, transform
from adcompiler.ir.values import Atom, Variable

Replacement = Callable[[Atom], Atom]


def targets_of(statement: Statement) -> tuple[Variable, ...]:
    if isinstance(statement, Call):
        return (statement.target,)
    assert isinstance(statement, (If, For, While, Custom))
    return statement.targets


def operands(statement: Statement) -> Iterator[Atom]:
    """The atoms a statement reads itself, without those inside its blocks."""
    if isinstance(statement, Call):
        yield from statement.args
    elif isinstance(statement, If):
        yield statement.condition
    elif isinstance(statement, (For, While)):
        if isinstance(statement, For):
            yield from statement.bounds
        for _, atom in (*statement.carried, *statement.consumed):
            yield atom
    elif isinstance(statement, Custom):
        yield from (*statement.values, *statement.operands, *statement.extra, *statement.others)
        yield from (leaf for leaf in iterate(statement.residuals) if isinstance(leaf, Atom))


def blocks(statement: Statement) -> tuple[Block, ...]:
    if isinstance(statement, Call):  # nearly all are
        return ()
    if isinstance(statement, If):
        return statement.then, statement.orelse
    if isinstance(statement, For):
        return (statement.body,)
    if isinstance(statement, While):
        return statement.test, statement.body
    return ()


def block_parameters(statement: Statement) -> tuple[Variable, ...]:
    """Variables that a statement defines inside its blocks: loop index, carried, consumed."""
    if isinstance(statement, (For, While)):
        inner = tuple(v for v, _ in (*statement.carried, *statement.consumed))
        return (statement.index, *inner) if isinstance(statement, For) else inner
    return ()


def all_statements(block: Block) -> Iterator[Statement]:
    """Every statement, outer before inner, in program order."""
    for statement in block.statements:
        yield statement
        if not isinstance(statement, Call):
            for inner in blocks(statement):
                yield from all_statements(inner)


def reads(block: Block) -> Iterator[Atom]:
    """Every atom read in a block, at any depth, its results included."""
    for statement in block.statements:
        yield from operands(statement)
        for inner in blocks(statement):
            yield from reads(inner)
        if isinstance(statement, (For, While)):
            yield from ends(statement)
    yield from block.results


def free_variables(block: Block) -> list[Variable]:
    """What a block reads and does not define, in order of first use."""
    defined: set[Variable] = set()
    for statement in all_statements(block):
        defined.update(targets_of(statement))
        defined.update(block_parameters(statement))
    found: dict[Variable, None] = {}
    for atom in reads(block):
        if isinstance(atom, Variable) and atom not in defined:
            found[atom] = None
    return list(found)


def ends(statement: For | While) -> tuple[Atom, ...]:
    """What a loop reads at the end of each iteration besides what it carries on."""
    return (
        statement.collected if statement.leave is None else (*statement.collected, statement.leave)
    )


def recorded_at_head(statement: For | While, atom: Atom) -> bool:
    """True for what a loop collects as it enters an iteration.

    (An array that is recorded is not overwritten: see `backend.bufferize`.)
    """
    return any(atom is v for v in block_parameters(statement))


def recorded_at_once(statement: For | While, atom: Atom) -> bool:
    """True for what is recorded right behind the call that makes it, and need not be kept until the iteration ends."""
    return recorded_at_head(statement, atom) or any(
        isinstance(s, Call) and s.target is atom for s in statement.body.statements
    )


def use_counts(block: Block, result: Structure = ()) -> dict[Variable, int]:
    counts: dict[Variable, int] = {}
    for atom in (*reads(block), *iterate(result)):
        if isinstance(atom, Variable):
            counts[atom] = counts.get(atom, 0) + 1
    return counts


def definitions(block: Block) -> dict[Variable, Statement]:
    """Variable -> the statement that defines it, at any depth."""
    return {v: s for s in all_statements(block) for v in targets_of(s)}


class Copier:
    """Copies statements with fresh targets, reading through a substitution."""

    def __init__(self, mapping: dict[Variable, Atom], role: str | None = None) -> None:
        self.mapping = mapping
        self.role = role

    def atom(self, atom: Atom) -> Atom:
        return self.mapping.get(atom, atom) if isinstance(atom, Variable) else atom

    def atoms(self, atoms: tuple[Atom, ...]) -> tuple[Atom, ...]:
        return tuple(self.atom(a) for a in atoms)

    def fresh(self, variable: Variable) -> Variable:
        of = variable.of and self.mapping.get(variable.of, variable.of)
        primal = of if isinstance(of, Variable) else None
        copy = Variable(
            variable.name, variable.type, primal, variable.mark, variable.copied or variable
        )
        self.mapping[variable] = copy
        return copy

    def block(self, block: Block) -> Block:
        statements = tuple(self.statement(s) for s in block.statements)
        return Block(statements, self.atoms(block.results))

    def _pairs(self, pairs: tuple[tuple[Variable, Atom], ...]) -> tuple[tuple[Variable, Atom], ...]:
        outside = [self.atom(a) for _, a in pairs]
        return tuple((self.fresh(v), a) for (v, _), a in zip(pairs, outside, strict=True))

    def statement(self, s: Statement) -> Statement:
        role = self.role or s.role
        if isinstance(s, Call):
            args = self.atoms(s.args)
            return replace(s, args=args, target=self.fresh(s.target), role=role)
        if isinstance(s, If):
            condition = self.atom(s.condition)
            then, orelse = self.block(s.then), self.block(s.orelse)
            return If(
                tuple(map(self.fresh, s.targets)),
                condition,
                then,
                orelse,
                origin=s.origin,
                role=role,
            )
        if isinstance(s, (For, While)):
            if isinstance(s, For):
                start, stop, step = map(self.atom, s.bounds)
                s = replace(s, bounds=(start, stop, step))
            s = replace(
                s, carried=self._pairs(s.carried), consumed=self._pairs(s.consumed), role=role
            )
            inside = (
                {"index": self.fresh(s.index)}
                if isinstance(s, For)
                else {"test": self.block(s.test)}
            )
            s = replace(s, **inside)
            s = replace(s, body=self.block(s.body), collected=self.atoms(s.collected))
            if s.leave is not None:
                s = replace(s, leave=self.atom(s.leave))
            return replace(s, targets=tuple(map(self.fresh, s.targets)))
        if isinstance(s, Custom):
            s = replace(read_through(s, self.atom), role=role)
            return replace(s, targets=tuple(map(self.fresh, s.targets)))
        raise TypeError(f"a {type(s).__name__} cannot be copied")


def read_through(s: Custom, replacement: Replacement) -> Custom:
    """The statement with other operands."""
    return replace(
        s,
        values=tuple(map(replacement, s.values)),
        operands=tuple(map(replacement, s.operands)),
        extra=tuple(map(replacement, s.extra)),
        others=tuple(map(replacement, s.others)),
        residuals=transform(
            lambda leaf: replacement(leaf) if isinstance(leaf, Atom) else leaf, s.residuals
        ),
    )


def inline(
    builder: Builder, function: Function, args: list[Atom]
) -> tuple[list[Statement], list[Atom]]:
    """Append a copy of the function's body; return the copied statements and the result leaves."""
    copier = Copier(dict(zip(function.inputs, args, strict=True)), builder.role)
    copied = [copier.statement(s) for s in function.body.statements]
    builder.statements.extend(copied)
    results = [copier.atom(a) if isinstance(a, Atom) else a for a in leaves(function.result)]
    return copied, results


def substitute_block(block: Block, replacement: Replacement) -> Block:
    """The same block with other operands; statements and targets that do not change are shared."""
    results = tuple(replacement(a) for a in block.results)
    statements = tuple(substitute(s, replacement) for s in block.statements)
    if results == block.results and all(
        a is b for a, b in zip(statements, block.statements, strict=True)
    ):
        return block
    return Block(statements, results)


def substitute(s: Statement, replacement: Replacement) -> Statement:
    """The same statement (same targets) with other operands, at any depth."""

    def pairs(items: tuple[tuple[Variable, Atom], ...]) -> tuple[tuple[Variable, Atom], ...]:
        return tuple((v, replacement(a)) for v, a in items)

    if isinstance(s, Call):
        args = tuple(replacement(a) for a in s.args)
        return (
            s if all(a is b for a, b in zip(args, s.args, strict=True)) else replace(s, args=args)
        )
    if isinstance(s, If):
        condition = replacement(s.condition)
        then, orelse = (
            substitute_block(s.then, replacement),
            substitute_block(s.orelse, replacement),
        )
        if condition is s.condition and then is s.then and orelse is s.orelse:
            return s
        return replace(s, condition=condition, then=then, orelse=orelse)
    if isinstance(s, For):
        start, stop, step = map(replacement, s.bounds)
        return replace(
            s,
            bounds=(start, stop, step),
            carried=pairs(s.carried),
            consumed=pairs(s.consumed),
            body=substitute_block(s.body, replacement),
            collected=tuple(replacement(a) for a in s.collected),
            leave=None if s.leave is None else replacement(s.leave),
        )
    if isinstance(s, While):
        return replace(
            s,
            test=substitute_block(s.test, replacement),
            carried=pairs(s.carried),
            consumed=pairs(s.consumed),
            body=substitute_block(s.body, replacement),
            collected=tuple(replacement(a) for a in s.collected),
            leave=None if s.leave is None else replacement(s.leave),
        )
    if isinstance(s, Custom):
        return read_through(s, replacement)
    raise TypeError(f"nothing can be substituted in a {type(s).__name__}")


def substitute_function(function: Function, replacement: Replacement) -> Function:
    body = substitute_block(function.body, replacement)
    result = transform(lambda a: replacement(a) if isinstance(a, Atom) else a, function.result)
    return replace(function, body=body, result=result)


def rebuilt_blocks(function: Function, change: Callable[[Block], Block]) -> Function:
    """The function with `change` applied to every block, inner ones first."""

    def block(old: Block) -> Block:
        return change(Block(tuple(statement(s) for s in old.statements), old.results))

    def statement(s: Statement) -> Statement:
        if isinstance(s, If):
            return replace(s, then=block(s.then), orelse=block(s.orelse))
        if isinstance(s, For):
            return replace(s, body=block(s.body))
        if isinstance(s, While):
            return replace(s, test=block(s.test), body=block(s.body))
        return s

    return replace(function, body=block(function.body))
