"""Folds single-use temporaries back into the expressions they came from.

A temporary that one statement reads goes into that statement, where both come from the same
statement of the user and belong to the same sweep. What the user named stays a statement of its
own; contributions to one `x_bar` within one user statement become one assignment. An expression
that would grow too wide is cut at its widest operand, which also bounds the depth of every
expression: nothing here or behind is recursive in the length of a sum.

>>> from adcompiler.ir.builder import Builder
>>> from adcompiler.ir.nodes import Function, Parameter
>>> from adcompiler.ir.types import Array, FLOAT
>>> from adcompiler.ir.values import Variable
>>> import adcompiler.primitives.arithmetic
>>> x = Variable("x", FLOAT)
>>> with Builder().active() as b:
...     y = (x * 2.0 + 1.0) / x
>>> folded = refold(Function("f", (Parameter("x", x),), b.block(), y))
>>> len(folded.function.body.statements), len(folded.inline)
(1, 2)
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from adcompiler.backend.joint import members
from adcompiler.backend.templates import choose
from adcompiler.ir.effects import has_effects, is_effect
from adcompiler.ir.nodes import Block, Call, For, Function, If, Statement, While
from adcompiler.ir.structure import iterate
from adcompiler.ir.types import Array, has_memory
from adcompiler.ir.values import Atom, Constant, Variable
from adcompiler.ir.walk import all_statements, operands, use_counts

#: about the width of a line that is still read at one glance
WIDTH = 80


@dataclass(frozen=True)
class Folded:
    """`inline` maps a folded variable to its `Call`, or to an `If` that is printed as an
    expression.

    `conditional` holds all `If`s printed as expressions. The blocks of `function` are without
    what was folded.
    """

    function: Function
    inline: dict[Variable, Statement]
    conditional: frozenset[Statement]

    def reads(self, s: Statement) -> Iterator[Atom]:
        """The atoms that the printed statement reads itself."""
        return self.leaves(self._operands(s))

    def leaves(self, atoms: Iterable[Atom]) -> Iterator[Atom]:
        """The atoms that the expressions of `atoms` read."""
        pending: list[Atom] = list(atoms)
        while pending:
            atom = pending.pop()
            inner = self.inline.get(atom) if isinstance(atom, Variable) else None
            if inner is None:
                yield atom
            else:
                pending.extend(self._operands(inner))

    def _operands(self, s: Statement) -> Iterator[Atom]:
        yield from operands(s)
        if isinstance(s, If) and s in self.conditional:
            yield from (*s.then.results, *s.orelse.results)

    def is_expression(self, s: Statement) -> bool:
        return s in self.conditional


def refold(
    function: Function, *, careful: bool = False, lengths: Mapping[Variable, int] | None = None
) -> Folded:
    """`lengths` are those of identifiers, where they are known from a first attempt."""
    folding = _Folding(function, careful, lengths or {})
    body = folding.returned(folding.block(function.body, 1), function)
    return Folded(replace(function, body=body), folding.inline, frozenset(folding.conditional))


def is_temporary(variable: Variable) -> bool:
    """True for what has no name of the user's, nor is the derivative of such a variable."""
    while variable.mark and variable.of is not None:
        variable = variable.of
    return variable.name is None


def same_derivative(a: Variable, b: Variable) -> bool:
    """Two versions of the same `x_bar`."""
    return bool(a.mark) and a.mark == b.mark and a.of is b.of and a.of is not None


@dataclass
class _Candidate:
    statement: Statement
    width: int
    epoch: int
    reads_arrays: bool
    #: how many effects had happened behind this expression's own; None where it has none
    effects: int | None


class _Folding:
    def __init__(self, function: Function, careful: bool, lengths: Mapping[Variable, int]) -> None:
        self.lengths = lengths
        self.uses = use_counts(function.body, function.result)
        self.careful = careful
        self.inline: dict[Variable, Statement] = {}
        self.conditional: set[Statement] = set()
        self.effects = 0
        #: calls that are written together with their neighbours, each result under a name
        self.joint: set[Statement] = set()
        self.steady = _steady(function)

    def block(self, block: Block, depth: int, keep_result: bool = True) -> Block:
        """Fold within one block; a candidate lives until its consumer, in this block, is met."""
        candidates: dict[Variable, _Candidate] = {}
        statements: list[Statement] = []
        epoch = 0
        self.joint |= members(block)
        for old in block.statements:
            s = self._inner(old, depth)
            if has_effects(old):
                self.effects += 1
            candidate = self._consume(s, candidates, epoch, depth)
            if candidate is not None:
                candidates[_target(s)] = candidate
            if (not isinstance(s, Call) and s not in self.conditional) or _updates(s):
                # a read of an array is not moved behind what may overwrite it
                epoch += 1
            statements.append(s)
        if not keep_result:
            for atom in block.results:
                found = candidates.get(atom) if isinstance(atom, Variable) else None
                if found is not None and found.epoch == epoch:
                    self.inline[_target(found.statement)] = found.statement
        kept = tuple(s for s in statements if not (_is_single(s) and _target(s) in self.inline))
        return Block(kept, block.results)

    def returned(self, body: Block, function: Function) -> Block:
        """Without a name for a list that is only turned into the array to be returned."""
        results = set(iterate(function.result))
        statements = list(body.statements)
        while statements:
            last = statements[-1]
            if not (isinstance(last, Call) and last.primitive.name == "list_stack"):
                break
            if self.uses.get(last.target) != 1 or last.target not in results:
                break
            self.inline[last.target] = statements.pop()
        return replace(body, statements=tuple(statements))

    def _inner(self, s: Statement, depth: int) -> Statement:
        if isinstance(s, If):
            new = replace(
                s, then=self.block(s.then, depth + 1), orelse=self.block(s.orelse, depth + 1)
            )
            return new if has_effects(s) else self._as_expression(new)
        if isinstance(s, For):
            return replace(s, body=self.block(s.body, depth + 1))
        if isinstance(s, While):
            test = self.block(s.test, depth + 1, keep_result=False)
            return replace(s, test=test, body=self.block(s.body, depth + 1))
        return s

    def _as_expression(self, s: If) -> If:
        """``a if c else b``: one target, and each arm a single expression that the user did not
        name.
        """
        if len(s.targets) != 1 or self._width_of_if(s) > WIDTH - 20:
            return s
        target = s.targets[0]
        for arm in (s.then, s.orelse):
            result = arm.results[0]
            if not arm.statements:
                unchanged = isinstance(result, Variable) and (
                    same_derivative(result, target)
                    or (result.name is not None and result.name == target.name)
                )
                if unchanged:
                    return s
                continue
            only = arm.statements[0]
            foldable = (
                len(arm.statements) == 1
                and _is_single(only)
                and not _updates(only)
                and (isinstance(only, Call) or only in self.conditional)
                and result is _target(only)
                and isinstance(result, Variable)
                and self.uses.get(result) == 1
                and is_temporary(result)
            )
            if not foldable:
                return s
        for arm in (s.then, s.orelse):
            for only in arm.statements:
                self.inline[_target(only)] = only
        new = replace(s, then=Block((), s.then.results), orelse=Block((), s.orelse.results))
        self.conditional.add(new)
        return new

    def _width_of_if(self, s: If) -> int:
        width = 10 + self._atom_width(s.condition)
        for arm in (s.then, s.orelse):
            for inner in arm.statements:
                width += self._width(inner)
            if not arm.statements and arm.results:
                width += self._atom_width(arm.results[0])
        return width

    def _consume(
        self, s: Statement, candidates: dict[Variable, _Candidate], epoch: int, depth: int
    ) -> _Candidate | None:
        """Fold candidates into `s` as far as they fit, and say whether `s` may fold in turn."""
        limit = max(WIDTH - 4 * depth - self._target_width(s), WIDTH // 2)
        width = self._own_width(s)
        folded: list[tuple[Variable, _Candidate]] = []
        reads_arrays = False
        # operands are taken in order: only the last effect may move into this statement
        latest = self.effects - is_effect(s)
        for position, atom in enumerate(self._foldable_operands(s)):
            if atom is None:
                continue
            found = candidates.get(atom) if isinstance(atom, Variable) else None
            if (
                found is not None
                and isinstance(atom, Variable)
                and self._fits(s, position, atom, found, epoch)
                and found.effects in (None, latest)
            ):
                folded.append((atom, found))
                width += found.width
            else:
                width += self._atom_width(atom)
                reads_arrays = reads_arrays or self._may_change(atom)
        folded.sort(key=lambda pair: pair[1].width)
        while folded and width > limit:
            atom, found = folded.pop()
            width += self._atom_width(atom) - found.width
            reads_arrays = reads_arrays or self._may_change(atom)
        for atom, found in folded:
            self.inline[atom] = found.statement
            reads_arrays = reads_arrays or found.reads_arrays
        inside = any(found.effects is not None for _, found in folded)
        effects = self.effects if is_effect(s) or inside else None
        return self._candidate(s, width, epoch, reads_arrays, effects)

    def _candidate(
        self, s: Statement, width: int, epoch: int, reads_arrays: bool, effects: int | None
    ) -> _Candidate | None:
        if not _is_single(s) or _updates(s) or not (isinstance(s, Call) or s in self.conditional):
            return None
        if s in self.joint:
            return None
        target = _target(s)
        if self.uses.get(target) != 1:
            return None
        if not is_temporary(target) and not target.mark:
            return None
        if (
            isinstance(s, Call)
            and has_memory(target.type)
            and any(
                isinstance(a, Variable) and a not in self.inline and same_derivative(a, target)
                for a in s.args
            )
        ):
            return None  # an array accumulates in place, one `+=` a contribution
        return _Candidate(s, width, epoch, reads_arrays, effects)

    def _may_change(self, atom: Atom) -> bool:
        return has_memory(atom.type) and atom not in self.steady

    def _foldable_operands(self, s: Statement) -> list[Atom | None]:
        if isinstance(s, Call):
            return list(s.args)
        if isinstance(s, If):
            return [s.condition]
        if not isinstance(s, For):
            return []
        # places on a tape are counted from the start, which then needs a name
        return [None if s.consumed or s.collected else s.bounds[0], *s.bounds[1:]]

    def _fits(
        self, s: Statement, position: int, atom: Variable, found: _Candidate, epoch: int
    ) -> bool:
        inner = found.statement
        if inner.origin.statement != s.origin.statement or inner.role != s.role:
            return False
        if found.reads_arrays and found.epoch != epoch:
            return False
        if isinstance(s, Call):
            if _updates(s) and position == 0:
                return False  # what is overwritten needs a name
            template, _ = choose(s, self.careful)
            if template.repeats.get(position, 1) > 1:
                return False
        if is_temporary(atom):
            return True
        # a contribution goes on into the next version of the same `x_bar`
        return isinstance(s, Call) and same_derivative(atom, s.target)

    def _target_width(self, s: Statement) -> int:
        return self._atom_width(_target(s)) + 3 if _is_single(s) else 8

    def _own_width(self, s: Statement) -> int:
        if not isinstance(s, Call):
            return self._width_of_if(s) if isinstance(s, If) and s in self.conditional else 12
        template, _ = choose(s, self.careful)
        shown = [
            v
            for k, v in s.statics.items()
            if k in template.statics or v != s.primitive.defaults.get(k)
        ]
        if "form" in s.statics:
            shown = [s.statics[k] for k in template.statics]
        if "index" in s.statics:  # the brackets are part of its text
            return len(str(s.statics["index"]))
        return template.width + sum(8 + len(str(v)) for v in shown)

    def _width(self, s: Statement) -> int:
        """Of an arm's only statement, whose operands were folded before."""
        total = self._own_width(s)
        for atom in operands(s):
            inner = self.inline.get(atom) if isinstance(atom, Variable) else None
            total += self._atom_width(atom) if inner is None else self._width(inner)
        return total

    def _atom_width(self, atom: Atom) -> int:
        if isinstance(atom, Constant):
            return len(str(atom.value))
        assert isinstance(atom, Variable)
        if atom in self.lengths:
            return self.lengths[atom]
        extra = 0
        while atom.mark and atom.of is not None:
            atom, extra = atom.of, extra + 4
        return len(atom.name or "t") + extra


def _steady(function: Function) -> set[Atom]:
    """Arrays that nothing overwrites: made by an operation, and the start of no update and no loop."""
    made: set[Atom] = set()
    written: set[Atom] = set()
    for s in all_statements(function.body):
        if isinstance(s, (For, While)):
            written.update(atom for _, atom in s.carried)
        elif isinstance(s, Call):
            if s.primitive.memory == "fresh" and isinstance(s.target.type, Array):
                made.add(s.target)
            if _updates(s):
                written.add(s.args[0])
            elif s.primitive.name in ("add", "subtract", "multiply", "divide"):
                # what `x_bar += …` or the user's own `x += …` may grow from
                written.update(a for a in s.args if isinstance(a, Variable) and _goes_on(a, s))
    return made - written


def _goes_on(old: Variable, s: Call) -> bool:
    target = s.target
    return old.type == target.type and bool(old.mark or (old.name and old.name == target.name))


def _is_single(s: Statement) -> bool:
    return isinstance(s, Call) or (isinstance(s, If) and len(s.targets) == 1)


def _target(s: Statement) -> Variable:
    if isinstance(s, Call):
        return s.target
    assert isinstance(s, If)
    return s.targets[0]


def _updates(s: Statement) -> bool:
    return isinstance(s, Call) and s.primitive.memory == "update"
