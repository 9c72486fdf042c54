"""Where a pure update may happen in place, and where a copy must be made first.

The trace is pure: ``a' = setitem(a, i, v)``. A forward walk follows which storages every array
variable may share and which live variables hold each storage. An update is done in place where
operand 0 dies, its storage is owned (no parameter, no capture, nothing recorded), it is no
view, and nobody else that is still live holds that storage; otherwise one copy is made first: of
what holds it, where that is a part taken in the same block (``v_bar = a_bar[k].copy()``).
The same holds for ``x_bar += …`` on arrays.

A loop that writes what it carries needs to own it at its head: the copy is then made once,
before the loop.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from adcompiler.analysis.liveness import Liveness
from adcompiler.backend.augmented import may_augment
from adcompiler.backend.refold import Folded
from adcompiler.backend.templates import parse
from adcompiler.ir.nodes import PRIMAL, Block, Call, For, Function, If, Statement, While
from adcompiler.ir.structure import Branch, iterate
from adcompiler.ir.types import Array, List, has_memory
from adcompiler.ir.values import Atom, Variable, is_unbound
from adcompiler.ir.walk import all_statements, blocks, targets_of


@dataclass(eq=False)
class Storage:
    """One buffer, or several that are not told apart; `live` are the live variables that may hold it."""

    owned: bool
    live: set[Variable] = field(default_factory=set)


@dataclass(frozen=True)
class Buffers:
    """The decisions; positions count carried variables and result leaves.

    `in_place` maps a sum to the operand that ``+=`` overwrites.
    """

    copied_operand: set[Statement] = field(default_factory=set)
    copied_view: set[Statement] = field(default_factory=set)
    in_place: dict[Statement, Variable] = field(default_factory=dict)
    copied_initial: set[tuple[Statement, int]] = field(default_factory=set)
    copied_next: set[tuple[Statement, int]] = field(default_factory=set)
    copied_result: set[int] = field(default_factory=set)


Storages = tuple[Storage, ...]
#: views of all elements: who may overwrite the array may overwrite these
_WHOLE = ("reshape", "reshape_like")


def bufferize(folded: Folded, live: Liveness) -> Buffers:
    return _Walk(folded, live).run(folded.function)


def is_update(s: Statement) -> bool:
    """True for a call that is written as a statement that overwrites operand 0."""
    return (
        isinstance(s, Call) and s.primitive.memory == "update" and bool(s.primitive.spelling.update)
    )


class _Walk:
    def __init__(self, folded: Folded, live: Liveness) -> None:
        self.folded = folded
        self.live = live
        self.found = Buffers()
        self.storages: dict[Variable, Storages] = {}
        self.views: set[Variable] = set()
        self.read_only: set[Variable] = set()
        self.log: list[tuple[set[Variable], Variable, bool]] = []
        #: what loops record: from then on it is not overwritten
        loops = (s for s in all_statements(folded.function.body) if isinstance(s, (For, While)))
        self.recorded = {atom for s in loops for atom in s.collected}
        #: the views that were made in the block at hand
        self.parts: dict[Variable, Call] = {}

    def run(self, function: Function) -> Buffers:
        for variable in (*function.inputs, *(c.variable for c in function.captures)):
            if has_memory(variable.type):
                self.define(variable, (Storage(False),))
        for variable in self.live.dead_inputs:
            self.kill(variable)
        self.block(function.body)
        self._results(function)
        return self.found

    # ---- the live holders of each storage -------------------------------------------------------

    def define(self, variable: Variable, storages: Storages) -> None:
        self.storages[variable] = storages
        for storage in storages:
            if variable not in storage.live:
                storage.live.add(variable)
                self.log.append((storage.live, variable, True))

    def kill(self, variable: Variable) -> None:
        for storage in self.storages.get(variable, ()):
            if variable in storage.live:
                storage.live.discard(variable)
                self.log.append((storage.live, variable, False))

    def undo(self, mark: int) -> None:
        """Back to the holders at `mark`: what one arm did is nothing to the other."""
        while len(self.log) > mark:
            live, variable, added = self.log.pop()
            if added:
                live.discard(variable)
            else:
                live.add(variable)

    # ---- what an operand may share --------------------------------------------------------------

    def shared(self, atom: Atom) -> tuple[Storages, bool, bool]:
        """Storages, whether it may be a view, whether it may be read-only."""
        if not isinstance(atom, Variable) or not has_memory(atom.type):
            return (), False, False
        inner = self.folded.inline.get(atom)
        if inner is not None:
            return self.made(inner)
        return self.storages.get(atom, ()), atom in self.views, atom in self.read_only

    def made(self, s: Statement) -> tuple[Storages, bool, bool]:
        """What the result of an expression statement may share."""
        if isinstance(s, If):
            return self._joined(s.then.results[0], s.orelse.results[0])
        assert isinstance(s, Call)
        if s.primitive.memory == "view" and isinstance(s.args[0].type, List):
            return (Storage(False),), True, True  # an element may stand in other lists too
        same = bool(s.args) and parse(s.primitive.spelling.array).is_operand
        if not s.args or (s.primitive.memory == "fresh" and not same) or _gathers(s):
            return (Storage(True),), False, False
        storages, part, read_only = self.shared(s.args[0])
        whole = s.primitive.name in _WHOLE
        broadcast = (
            "np.broadcast_to" in s.primitive.spelling.array or s.primitive.name == "diagonal"
        )
        return storages or (Storage(True),), part or not whole, read_only or broadcast

    def _joined(self, a: Atom, b: Atom) -> tuple[Storages, bool, bool]:
        first, second = self.shared(a), self.shared(b)
        view = first[1] or second[1] or first[0] != second[0]
        return _union(first[0], second[0]), view, first[2] or second[2]

    def exclusive(self, atom: Atom, dying: Iterable[Variable]) -> bool:
        """True where the storage may be overwritten once `dying` are dead."""
        if not isinstance(atom, Variable) or atom not in dying or atom in self.folded.inline:
            return False
        storages, view, read_only = self.shared(atom)
        gone = set(dying)
        return (
            bool(storages)
            and not view
            and not read_only
            and all(s.owned and s.live <= gone for s in storages)
        )

    # ---- statements -----------------------------------------------------------------------------

    def block(self, block: Block) -> None:
        for variable in self.live.entry_deaths.get(block, ()):
            self.kill(variable)
        outside, self.parts = self.parts, {}
        for s in block.statements:
            self.statement(s)
        self.parts = outside

    def statement(self, s: Statement) -> None:
        if isinstance(s, (For, While)):
            self._loop(s)
        elif isinstance(s, If) and not self.folded.is_expression(s):
            self._branch(s)
        else:
            self._expression(s)
        for variable in self.live.unused.get(s, ()):
            self.kill(variable)

    def _expression(self, s: Statement) -> None:
        dying = self.live.last_uses[s]
        (target,) = targets_of(s)
        made: tuple[Storages, bool, bool] | None = None
        if has_memory(target.type):
            if is_update(s):
                assert isinstance(s, Call)
                if self.exclusive(s.args[0], dying) or self._freed_of_parts(s.args[0], dying):
                    made = self.shared(s.args[0])
                else:
                    self.found.copied_operand.add(s)
                    made = (Storage(True),), False, False
            else:
                old = next((v for v in self._accumulated(s) if self.exclusive(v, dying)), None)
                if old is None:
                    made = self.made(s)
                else:
                    self.found.in_place[s] = old
                    made = self.shared(old)
        if isinstance(s, Call) and isinstance(target.type, List):
            # what a list holds is never written
            for atom in s.args:
                if isinstance(atom.type, Array):
                    for storage in self.shared(atom)[0]:
                        storage.owned = False
        for variable in dying:
            self.kill(variable)
        if made is not None:
            if target in self.recorded:
                for storage in made[0]:
                    storage.owned = False
            self._define(target, made)
            if isinstance(s, Call) and s.primitive.memory == "view" and target in self.views:
                self.parts[target] = s

    def _freed_of_parts(self, atom: Atom, dying: Iterable[Variable]) -> bool:
        """True where only parts taken in this block stood in the way: those are copied."""
        storages, _, _ = self.shared(atom)
        parts = {v for storage in storages for v in storage.live}.difference(dying)
        if not parts or not parts <= self.parts.keys():
            return False
        if not self.exclusive(atom, {*dying, *parts}):
            return False
        for part in sorted(parts, key=list(self.parts).index):
            self.found.copied_view.add(self.parts.pop(part))
            self.kill(part)
            self.views.discard(part)
            self.define(part, (Storage(True),))
        return True

    def _define(self, target: Variable, made: tuple[Storages, bool, bool]) -> None:
        storages, view, read_only = made
        if view:
            self.views.add(target)
        if read_only:
            self.read_only.add(target)
        self.define(target, storages)

    def _accumulated(self, s: Statement) -> list[Variable]:
        """The operands that ``+=`` may overwrite: same dtype, and a shape known to be that of the sum."""
        if not isinstance(s, Call) or not may_augment(s):
            return []
        return [
            atom
            for atom in (s.args if s.primitive.name == "add" else s.args[:1])
            if isinstance(atom, Variable)
            and atom not in self.folded.inline
            and atom.type == s.target.type
            and atom in self.live.last_uses[s]
        ]

    def _branch(self, s: If) -> None:
        mark = len(self.log)
        joined: list[list[tuple[Storages, bool, bool]]] = []
        for arm in (s.then, s.orelse):
            self.block(arm)
            joined.append([self.shared(a) for a in arm.results])
            self.undo(mark)
        for variable in self.live.last_uses[s]:
            self.kill(variable)
        unions = [_union(first[0], second[0]) for first, second in zip(*joined, strict=True)]
        everything = [storage for storages in unions for storage in storages]
        for target, storages, first, second in zip(s.targets, unions, *joined, strict=True):
            if not has_memory(target.type):
                continue
            view, read_only = first[1] or second[1], first[2] or second[2]
            # two buffers that nobody else holds may as well be one
            alone = all(st.owned and not st.live and everything.count(st) == 1 for st in storages)
            if len(storages) > 1 and not view and alone:
                storages = (Storage(True),)
            self._define(target, (storages or (Storage(False),), view, read_only))

    def _loop(self, s: For | While) -> None:
        entering = self.live.last_uses[s] - self.live.free[s]
        # what is recorded at the head of an iteration is copied there before it is written
        written = {k for k in self._written(s) if s.carried[k][0] not in self.recorded}
        initial: list[tuple[Storages, bool, bool]] = []
        starts = [storage for _, atom in s.carried for storage in self.shared(atom)[0]]
        for k, (variable, atom) in enumerate(s.carried):
            shared = self.shared(atom)
            if k in written:
                alone = all(starts.count(storage) == 1 for storage in shared[0])
                if not is_unbound(atom) and not (alone and self.exclusive(atom, entering)):
                    self.found.copied_initial.add((s, k))
                shared = (Storage(True),), False, False
            elif has_memory(variable.type):
                shared = (*shared[0], Storage(False)), True, shared[2]
            if variable in self.recorded:
                for storage in shared[0]:
                    storage.owned = False
            initial.append(shared)
        for variable in entering:
            self.kill(variable)
        mark = len(self.log)
        for (variable, _), shared in zip(s.carried, initial, strict=True):
            if has_memory(variable.type):
                self._define(variable, shared)
        for variable, _ in s.consumed:
            if has_memory(variable.type):
                self.define(variable, (Storage(False),))
        if isinstance(s, While):
            self.block(s.test)
        self.block(s.body)
        self._back_edge(s, written)
        outgoing = [self.shared(a) for a in s.body.results]
        self.undo(mark)
        for variable in self.live.last_uses[s]:
            self.kill(variable)
        # values may wander from one carried variable to the next (``previous = current``)
        passed: Storages = ()
        read_only = False
        for k, (first, last) in enumerate(zip(initial, outgoing, strict=True)):
            if k not in written:
                passed = _union(passed, _union(first[0], last[0]))
                read_only = read_only or first[2] or last[2]
        for k, target in enumerate(s.targets):
            if has_memory(target.type):
                self._define(
                    target,
                    ((Storage(True),), False, False) if k in written else (passed, True, read_only),
                )

    def _back_edge(self, s: For | While, written: set[int]) -> None:
        """What a written variable carries on must be held by nobody else; what is recorded is
        never written.
        """
        recorded: set[Storage] = set()
        for atom in s.collected:
            recorded.update(self.shared(atom)[0])
        for storage in recorded:
            storage.owned = False
        seen: set[Storage] = set()
        for k, atom in enumerate(s.body.results):
            if k not in written:
                continue
            storages, view, read_only = self.shared(atom)
            # a variable from outside the loop lives on
            alone = (
                isinstance(atom, Variable)
                and atom not in self.live.free[s]
                and all(
                    storage.owned and storage.live <= {atom} and storage not in seen
                    for storage in storages
                )
            )
            if not alone or view or read_only or not storages or s.body.results.count(atom) > 1:
                self.found.copied_next.add((s, k))
            seen.update(storages)

    def _written(self, s: For | While) -> set[int]:
        """The carried arrays that the body may overwrite, directly or through views, joins and
        inner loops.
        """
        from_carried: dict[Variable, set[int]] = {
            v: {k} for k, (v, _) in enumerate(s.carried) if has_memory(v.type)
        }
        if not from_carried:
            return set()
        written: set[int] = set()

        def sources(atom: Atom) -> set[int]:
            if not isinstance(atom, Variable):
                return set()
            inner = self.folded.inline.get(atom)
            if isinstance(inner, Call):
                return sources(inner.args[0]) if inner.args and _keeps_memory(inner) else set()
            return from_carried.get(atom, set())

        def visit(inner: Statement) -> None:
            if isinstance(inner, If):
                for target, a, b in zip(
                    inner.targets, inner.then.results, inner.orelse.results, strict=True
                ):
                    from_carried[target] = sources(a) | sources(b)
            elif isinstance(inner, (For, While)):
                for (_, atom), target in zip(inner.carried, inner.targets, strict=False):
                    from_carried[target] = sources(atom)
            elif isinstance(inner, Call) and inner.args:
                overwritten: list[Atom] = [inner.args[0]] if is_update(inner) else []
                if has_memory(inner.target.type) and inner in self.live.last_uses:
                    overwritten += self._accumulated(inner)
                kept = overwritten or ([inner.args[0]] if _keeps_memory(inner) else [])
                for old in overwritten:
                    written.update(sources(old))
                from_carried[inner.target] = set().union(*map(sources, kept))

        def walk(block: Block) -> None:
            for inner in block.statements:
                if isinstance(inner, (For, While)):
                    for variable, atom in inner.carried:
                        from_carried[variable] = sources(atom)
                if not self.folded.is_expression(inner):
                    for part in blocks(inner):
                        walk(part)
                visit(inner)

        walk(s.body)
        # buffers that change places are all written in turn
        waiting = list(written)
        while waiting:
            more = sources(s.body.results[waiting.pop()]) - written
            written |= more
            waiting += more
        return written

    def _results(self, function: Function) -> None:
        """A returned derivative shares memory with nothing else; a purely primal program returns
        what it has.  What is handed on to a pullback may share memory among itself.
        """
        if not (function.owns_results or has_derivatives(function)):
            return
        result = function.result
        assert isinstance(result, Branch) or not function.hands_on
        owned = result.children[:-1] if function.hands_on else (result,)
        returned: set[Storage] = set()
        for k, atom in enumerate(atom for part in owned for atom in iterate(part)):
            storages, _, read_only = self.shared(atom)
            if read_only or any(not st.owned or st in returned for st in storages):
                self.found.copied_result.add(k)
            returned.update(storages)


def _gathers(s: Call) -> bool:
    """True for ``a[rows]`` with an array of places: NumPy makes a new array."""
    return s.primitive.name == "getitem" and any(
        isinstance(a.type, Array) and a.type.shape for a in s.args[1:]
    )


def _keeps_memory(s: Call) -> bool:
    """True where the result may have the storage of operand 0."""
    taken_out = isinstance(s.args[0].type, List) != isinstance(s.target.type, List)
    return s.primitive.memory != "fresh" and not taken_out


def has_derivatives(function: Function) -> bool:
    if any(v.mark for v in function.inputs):
        return True
    return any(
        s.role != PRIMAL or any(t.mark for t in targets_of(s))
        for s in all_statements(function.body)
    )


def _union(a: Storages, b: Storages) -> Storages:
    return (*a, *(storage for storage in b if storage not in a))
