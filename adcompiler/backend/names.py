"""Variable → identifier.

The user's names are kept; a derivative is called after its primal, `x_dot` or `x_bar`; a
temporary is called after what it holds (`sin_x2`) or `t`. A forward walk follows the events of
`liveness`: a variable takes the plain identifier where nobody else that is live has it, else
the next number (`x_2`). So later versions of `x_bar` reuse the name once the older one is dead,
in time near-linear in the program.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace

from adcompiler.analysis.liveness import Liveness
from adcompiler.backend.bufferize import is_update
from adcompiler.backend.described import WRITING, described, is_length, written
from adcompiler.backend.identifiers import element_of, identifier_from, user_names
from adcompiler.backend.refold import Folded, is_temporary
from adcompiler.ir.nodes import Block, Call, For, Function, If, Statement, While
from adcompiler.ir.structure import Branch, Structure, iterate
from adcompiler.ir.values import Atom, Variable
from adcompiler.ir.walk import all_statements, targets_of


def _shown(function: Function) -> Structure:
    """The result, without what it hands on to a pullback."""
    result = function.result
    if function.hands_on and isinstance(result, Branch):
        return replace(result, keys=result.keys[:-1], children=result.children[:-1])
    return result


@dataclass
class Names:
    """The result: identifiers of variables, and of the iterators from which a `while` loop
    consumes.
    """

    identifiers: dict[Variable, str] = field(default_factory=dict)
    iterators: dict[Variable, str] = field(default_factory=dict)

    def __call__(self, variable: Variable) -> str:
        return self.identifiers[variable]


def assign_names(
    folded: Folded,
    live: Liveness,
    reserved: frozenset[str],
    fixed: dict[Variable, str],
    preferred: dict[Variable, str],
    taken: Iterable[str],
) -> Names:
    """`fixed` identifiers are given, `preferred` are stems for leaves read at the top, `taken` are
    never free.
    """
    return _Naming(folded, live, reserved, preferred).run(fixed, taken)


class _Naming:
    def __init__(
        self,
        folded: Folded,
        live: Liveness,
        reserved: frozenset[str],
        preferred: dict[Variable, str],
    ) -> None:
        self.folded = folded
        self.live = live
        self.user_names = user_names(folded.function)
        self.reserved = reserved
        self.preferred = preferred
        self.names: dict[Variable, str] = {}
        self.holder: dict[str, Variable | None] = {}
        self.freed: dict[str, list[int]] = {}
        self.next: dict[str, int] = {}
        self.stem_of: dict[str, tuple[str, int]] = {}
        self.wish: dict[Variable, str] = {}
        self.iterators: dict[Variable, str] = {}
        self.result_stems: dict[Variable, str] = {}
        self.made_by: dict[Variable, Call] = {
            s.target: s
            for s in (*all_statements(folded.function.body), *folded.inline.values())
            if isinstance(s, Call)
        }
        #: a value → the call that writes it into an array or a list
        self.written: dict[Atom, Call] = {
            s.args[1]: s
            for s in all_statements(folded.function.body)
            if isinstance(s, Call) and s.primitive.name in WRITING
        }
        #: the lengths that need a name; a single one is called `n`
        self.lengths = {v for v, s in self.made_by.items() if is_length(s) and v.name is None}
        self.lengths -= folded.inline.keys()
        self.collected: dict[Variable, Atom] = {
            sequence: atom
            for s in all_statements(folded.function.body)
            if isinstance(s, (For, While))
            for sequence, atom in zip(s.targets[len(s.carried) :], s.collected, strict=True)
        }
        self.becomes: dict[Variable, Variable] = {
            s.args[0]: s.target
            for s in all_statements(folded.function.body)
            if is_update(s) and isinstance(s, Call) and isinstance(s.args[0], Variable)
        }

    def run(self, fixed: dict[Variable, str], taken: Iterable[str]) -> Names:
        function = self.folded.function
        self._name_results(function)
        for name in taken:
            self.holder[name] = None
        for variable, name in fixed.items():
            self.names[variable] = name
            self.holder[name] = variable
        for variable in (*function.inputs, *(c.variable for c in function.captures)):
            if variable not in self.names and variable not in self.live.dead_inputs:
                self.define(variable)
        for variable in self.live.dead_inputs:
            self.release(variable)
        self.block(function.body)
        return Names(self.names, self.iterators)

    def _name_results(self, function: Function) -> None:
        """An unnamed result is called after the function that computes it."""
        unnamed = [
            v
            for v in iterate(_shown(function))
            if isinstance(v, Variable) and v.name is None and not v.mark
        ]
        definitions: dict[Variable, Statement] = {
            t: s for s in all_statements(function.body) for t in targets_of(s)
        }
        unnamed = [v for v in dict.fromkeys(unnamed) if v in definitions]
        for number, variable in enumerate(unnamed, 1):
            within = definitions[variable].origin.function or function.name
            stem = identifier_from(within.split("(")[0].rsplit(".", 1)[-1])
            if stem in (function.name, "lambda_"):
                stem = "value"
            self.result_stems[variable] = stem if len(unnamed) == 1 else f"{stem}_{number}"

    # ---- identifiers ----------------------------------------------------------------------------

    def stem(self, variable: Variable) -> tuple[str, bool]:
        """The identifier wished for, and whether it is the user's own."""
        marks: list[str] = []
        while variable.mark and variable.of is not None:
            if variable in self.preferred:
                break
            marks.append(variable.mark)
            variable = variable.of
            if variable in self.names:
                return "_".join((self.names[variable], *reversed(marks))), False
        if variable in self.preferred:
            base, own = self.preferred[variable], False
        elif variable.name is not None:
            base, own = identifier_from(variable.name), variable.name.isidentifier()
        elif variable in self.result_stems:
            base, own = self.result_stems[variable], False
        else:
            base, own = self._described(variable), False
        return "_".join((base, *reversed(marks))), own and not marks

    def _described(self, variable: Variable) -> str:
        call = self.made_by.get(variable)
        if variable in self.lengths and len(self.lengths) == 1 and "n" not in self.user_names:
            return "n"
        found = None if call is None else described(call, self._name_of, self.folded.inline)
        if found is None and variable in self.written:
            found = written(self.written[variable], self._name_of, self.folded.inline)
        return found or "t"

    def _tape(self, atom: Atom) -> str:
        """``x_tape`` for a record of x, ``x_tapes`` for one of such records."""
        inner = self.collected.get(atom) if isinstance(atom, Variable) else None
        if inner is not None and isinstance(atom, Variable) and atom.name is None:
            stem = self._tape(inner)
            self.preferred.setdefault(atom, stem)
        else:
            stem = self.stem(atom)[0] if isinstance(atom, Variable) else "t"
        return stem + ("s" if stem.endswith("_tape") else "_tape")

    def _name_of(self, variable: Variable) -> str | None:
        """The identifier of a variable, or the one it will have (a loop names its tapes before its body)."""
        if variable in self.names or variable.name is None:
            return self.names.get(variable)
        return identifier_from(variable.name)

    def available(self, name: str, own: bool, free: Callable[[str], bool]) -> bool:
        return free(name) and (own or (name not in self.user_names and name not in self.reserved))

    def is_free(self, name: str) -> bool:
        return name not in self.holder

    def pick(self, variable: Variable, free: Callable[[str], bool] | None = None) -> str:
        free = free or self.is_free
        stem, own = self.stem(variable)
        wish = self.wish.get(variable)
        if (
            wish is not None
            and free(wish)
            and (wish in self.user_names or wish not in self.reserved)
        ):
            return wish
        if self.available(stem, own, free):
            return stem
        heap = self.freed.setdefault(stem, [])
        skipped: list[int] = []
        name = ""
        while heap and not name:
            number = heapq.heappop(heap)
            if self.available(f"{stem}_{number}", False, free):
                name = f"{stem}_{number}"
            elif self.is_free(f"{stem}_{number}"):
                skipped.append(number)
        for number in skipped:
            heapq.heappush(heap, number)
        number = self.next.get(stem, 2)
        while not name:
            if self.available(f"{stem}_{number}", False, free):
                name = f"{stem}_{number}"
            number += 1
            self.next[stem] = number
        self.stem_of.setdefault(name, (stem, int(name.rsplit("_", 1)[1])))
        return name

    def hold(self, variable: Variable, name: str) -> None:
        self.names[variable] = name
        self.holder[name] = variable

    def define(self, variable: Variable) -> None:
        self.hold(variable, self.pick(variable))

    def release(self, variable: Variable) -> None:
        name = self.names.get(variable)
        if name is not None and self.holder.get(name) is variable:
            self._drop(name)

    def _drop(self, name: str) -> None:
        del self.holder[name]
        if name in self.stem_of:
            stem, number = self.stem_of[name]
            heapq.heappush(self.freed.setdefault(stem, []), number)

    def restore(self, saved: dict[str, Variable | None]) -> None:
        """Leave a block: its own variables are gone, those around it are as before."""
        for name in [n for n in self.holder if n not in saved]:
            self._drop(name)
        self.holder = dict(saved)

    # ---- the walk -------------------------------------------------------------------------------

    def block(self, block: Block) -> None:
        for variable in self._sorted(self.live.entry_deaths.get(block, frozenset())):
            self.release(variable)
        for s in block.statements:
            self.statement(s)

    def _sorted(self, variables: frozenset[Variable]) -> list[Variable]:
        """In an order that does not depend on addresses."""
        return sorted((v for v in variables if v in self.names), key=lambda v: self.names[v])

    def statement(self, s: Statement) -> None:
        if isinstance(s, (For, While)):
            self._loop(s)
        elif isinstance(s, If) and not self.folded.is_expression(s):
            self._branch(s)
        else:
            self._expression(s)
        for variable in self._sorted(self.live.unused.get(s, frozenset())):
            self.release(variable)

    def _expression(self, s: Statement) -> None:
        dying = self._sorted(self.live.last_uses[s])
        (target,) = targets_of(s)
        if is_update(s):
            # operand 0 is named before the others are read: only its identifier may be taken over
            assert isinstance(s, Call)
            dying_others = [v for v in dying if v is not s.args[0]]
            if len(dying_others) < len(dying):
                assert isinstance(s.args[0], Variable)
                old = s.args[0]
                self.release(old)
                if target.name is None and not target.mark:
                    self.wish.setdefault(target, self.names[old])
            self.define(target)
            dying = dying_others
        else:
            for variable in dying:
                self.release(variable)
            self._wish_for_next(target)
            self.define(target)
            return
        for variable in dying:
            self.release(variable)

    def _wish_for_next(self, target: Variable) -> None:
        """A temporary that will be overwritten takes the identifier of what it becomes."""
        successor = self.becomes.get(target)
        if successor is not None and target.name is None and not target.mark:
            stem, own = self.stem(successor)
            if own or (stem not in self.user_names and stem not in self.reserved):
                self.wish.setdefault(target, stem)

    def _wish(self, atom: Atom, name: str) -> None:
        if isinstance(atom, Variable) and atom not in self.names:
            self.wish[atom] = name

    def _branch(self, s: If) -> None:
        """Targets are named first, with what is free behind the `If`; the arms then try to end in
        those names.
        """
        dying = self.live.last_uses[s]
        chosen: list[str] = []

        def free(name: str) -> bool:
            if name in chosen:
                return False
            holder = self.holder.get(name, dying)
            return holder is dying or (isinstance(holder, Variable) and holder in dying)

        for target, *ends in zip(s.targets, s.then.results, s.orelse.results, strict=True):
            if target not in self.wish and target.name is None and not target.mark:
                for atom in ends:
                    if isinstance(atom, Variable) and self.names.get(atom, "") and atom in dying:
                        self.wish.setdefault(target, self.names[atom])
            chosen.append(self.pick(target, free))
        for name, *ends in zip(chosen, s.then.results, s.orelse.results, strict=True):
            for atom in ends:
                self._wish(atom, name)
        saved = dict(self.holder)
        for arm in (s.then, s.orelse):
            self.block(arm)
            self.restore(saved)
        for variable in self._sorted(dying):
            self.release(variable)
        for target, name in zip(s.targets, chosen, strict=True):
            self.hold(target, name)

    def _counts(self, s: For) -> bool:
        """True where the body reads the index, if only as the place on a tape."""
        return bool(s.consumed) or s.index not in self.live.entry_deaths.get(s.body, ())

    def _free_index(self) -> str:
        return next((n for n in "ikjlm" if self.available(n, False, self.is_free)), "i")

    def _index(self, s: For) -> None:
        """An index that is read behind the loop keeps its identifier there: Python's own does."""
        for (variable, _), atom in zip(s.carried, s.body.results, strict=True):
            unread = variable in self.live.entry_deaths.get(s.body, ())
            same = variable.name == s.index.name and not variable.mark
            if atom is s.index and same and unread and variable not in s.collected:
                self.hold(s.index, self.names[variable])
                return
        self.define(s.index)

    def _loop(self, s: For | While) -> None:
        """A carried value keeps one identifier through the loop and behind it."""
        entering = self.live.last_uses[s] - self.live.free[s]
        # the bounds are read behind the moves into the carried variables
        bounds = frozenset(
            a
            for a in self.folded.leaves(s.bounds if isinstance(s, For) else ())
            if isinstance(a, Variable)
        )
        for variable in self._sorted(entering - bounds):
            self.release(variable)
        for (variable, atom), target in zip(s.carried, s.targets, strict=False):
            if variable.name is None and not variable.mark:
                self.wish.setdefault(variable, self.wish.get(target, self.stem(target)[0]))
            if (
                is_temporary(variable)
                and self.stem(variable)[0] == "t"
                and isinstance(atom, Variable)
                and atom in self.names
            ):
                self.wish.setdefault(variable, self.names[atom])
            self.define(variable)
        sequences = s.targets[len(s.carried) :]
        for sequence, atom in zip(sequences, s.collected, strict=True):
            if sequence.name is None and not sequence.mark:
                self.preferred.setdefault(sequence, self._tape(atom))
            self.define(sequence)
        for variable in self._sorted(entering & bounds):
            self.release(variable)
        outside = dict(self.holder)
        if isinstance(s, While):
            for variable, atom in s.consumed:
                iterator = Variable(None, variable.type)
                self.preferred[iterator] = (
                    f"{self.stem(atom)[0] if isinstance(atom, Variable) else 't'}_items"
                )
                self.define(iterator)
                self.iterators[variable] = self.names[iterator]
        if isinstance(s, For):
            if s.index.name is None or (s.index.name == "_" and self._counts(s)):
                self.preferred.setdefault(s.index, self._free_index())
            self._index(s)
        for variable, source in s.consumed:
            tape = self.names.get(source) if isinstance(source, Variable) else None
            if tape and variable.name is None and not variable.mark and "_tape" in tape:
                self.preferred.setdefault(variable, element_of(tape, variable.type))
            self.define(variable)
        for (variable, _), atom in zip(s.carried, s.body.results, strict=True):
            self._wish(atom, self.names[variable])
        inside = dict(self.holder)
        if isinstance(s, While):
            self.block(s.test)
            self.restore(inside)
        self.block(s.body)
        self.restore(outside)
        for variable in self._sorted(self.live.last_uses[s]):
            self.release(variable)
        for (variable, _), target in zip(s.carried, s.targets, strict=False):
            self.hold(target, self.names[variable])
