"""Loops: what is carried from one iteration to the next, found by lowering the body to a fixpoint.

A loop over a container is unrolled (its elements may differ in kind); a loop over a range or an array stays a loop.
The types of what is carried are joined until they no longer change: an int literal that meets a float is one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import partial
from itertools import count
from typing import Any

from adcompiler.errors import ADError, UnsupportedSyntaxError
from adcompiler.frontend.aliases import Sharing, reachable
from adcompiler.frontend.alike import same_constant, same_form
from adcompiler.frontend.bound import (
    Bound,
    LoopContext,
    Raised,
    Undefined,
)
from adcompiler.frontend.branches import branch, going_on
from adcompiler.frontend.carried import Carried, behind_a_loop, changing
from adcompiler.frontend.conditions import as_condition
from adcompiler.frontend.counted import Counted, forwards
from adcompiler.frontend.effects import refuse_acting
from adcompiler.frontend.forms import FormChanges, check_form, shown
from adcompiler.frontend.frame import Frame
from adcompiler.frontend.iteration import LONGEST_UNROLLED
from adcompiler.frontend.joins import as_type, join_types
from adcompiler.frontend.loop_body import Body, refuse_return
from adcompiler.frontend.optional import in_the_form_of, numbers_inside
from adcompiler.frontend.settled import settled
from adcompiler.frontend.spelled_out import spell_out
from adcompiler.frontend.ties import Ties
from adcompiler.ir.builder import Builder, current
from adcompiler.ir.nodes import For, While
from adcompiler.ir.structure import Structure, leaves, refill, sequence
from adcompiler.ir.types import INT, Type
from adcompiler.ir.values import Atom, Constant, Variable, is_unbound
from adcompiler.primitives.effects import TEXT
from adcompiler.primitives.statics import ValueNeeded

Run = Callable[[Frame, list[Any]], Any]
Assign = Callable[[Frame, Any, Bound], None]

#: first iterations that are lowered by themselves, so that what the loop carries settles
MOST_PEELED = 2

#: joins of types climb a short ladder (int, float, np.float64), sharing of memory only grows: more rounds mean a
#: variable that never settles
ROUNDS = 16


_serials = count()


class Loop(Carried):
    """One loop of the user's, being lowered; `run` and `assign` are those of `statements`."""

    def __init__(
        self, frame: Frame, node: Any, assigned: set[str], run: Run, assign: Assign
    ) -> None:
        super().__init__(frame, node, assigned)
        self.run = run
        self.assign = assign
        self.surely_runs = False
        self.serial = next(_serials)  # tells the lengths that change in this loop from others
        #: false where each iteration is lowered by itself
        self.counting = False
        #: how many first iterations stand before this loop already, and whether it needs another one
        self.peeled = 0
        self.changes = False
        self.peeled_in_vain = False

    # ---- over elements known one by one ---------------------------------------------------------

    def unrolled(self, items: Iterable[Bound]) -> None:
        """Each iteration by itself; one that may leave puts the rest into an arm."""
        items = iter(items)  # an iterator gives its elements when they are asked for
        for item in items:
            self.assign(self.frame, self.node.target, item)
            self.counting = False
            left = self._body(self.assigned)
            if isinstance(left, Constant):
                if left.value:
                    return
                continue
            self._rest_unless(left, partial(self.unrolled, items))
            return

    def _rest_unless(self, left: Atom, rest: Callable[[], None]) -> None:
        scope = self.frame.scope
        missing = Undefined("the loop may have ended before")
        before = dict(scope)

        def state() -> Bound:
            return sequence("tuple", tuple(scope.get(name, missing) for name in self.assigned))

        def go_on() -> Bound:
            rest()
            found = state()
            scope.clear()
            scope.update(before)
            return found

        joined = going_on(branch(self.frame, left, state, go_on))
        scope.update(zip(self.assigned, joined.children, strict=True))

    # ---- by counting ----------------------------------------------------------------------------

    def counted(self, steps: Counted, may_leave: bool, running: bool = False) -> None:
        if may_leave:
            steps = forwards(steps)
        self.surely_runs = bool(steps.length)
        self.may_peel = self.surely_runs and self.peeled < MOST_PEELED and not self.peeled_in_vain
        index = Variable(getattr(self.node.target, "id", None) if steps.over_range else None, INT)
        first = len(current().statements)
        if not running:
            self.frame.program.counting.add(index)

        def head(inner: Builder) -> None:
            self.assign(self.frame, self.node.target, steps.element(index))

        try:
            body = self._fixpoint(head)
        except (ValueNeeded, FormChanges) as needed:
            asked = isinstance(needed, ValueNeeded)
            if isinstance(needed, ValueNeeded) and (needed.variable is not index or running):
                around = [b for b in steps.bounds if isinstance(b, Variable)]
                if needed.variable is index:
                    self.frame.program.ask_length(around)
                if needed.variable is index and around:  # known where the loop around is unrolled
                    raise ValueNeeded(around[0]) from None
                raise
            known = steps.known
            if known is None or len(known) > LONGEST_UNROLLED:
                del current().statements[first:]
                self._go_back()
                if isinstance(needed, FormChanges) and not self._grow(needed):
                    self.frame.program.ask_length(steps.bounds)
                    raise needed.error(() if known else steps.bounds) from None
                self.frame.program.count_by(steps.bounds)
                self.counted(steps, may_leave, running or asked)
                return
            del current().statements[first:]
            self._go_back()
            taken = reversed(known) if steps.backwards else known
            self.unrolled(steps.element(Constant.of(k)) for k in taken)
            return
        except UnsupportedSyntaxError:
            if not self.changes or not self.may_peel:
                raise
            del current().statements[first:]
            self._go_back()
            if not self._peel(steps, may_leave):
                self.peeled_in_vain, self.changes = True, False
                del current().statements[first:]
                self._go_back()
                self.counted(steps, may_leave, running)
            return
        builder = current()
        bounds = (steps.start, steps.stop, steps.step)
        builder.add(
            For(
                body.targets,
                index,
                bounds,
                body.pairs,
                (),
                body.inner.block(body.results),
                (),
                body.leave,
                steps.backwards,
                origin=builder.origin,
                role=builder.role,
            )
        )
        self._after(body)

    def _peel(self, steps: Counted, may_leave: bool) -> bool:
        """The first iteration by itself: what is None or of another structure before it settles in it.

        False where it does not settle.
        """
        steps = forwards(steps)
        taken = steps.known
        assert taken is not None

        unsettled: list[Loop] = []

        def go_on() -> None:
            if len(taken) > 1:
                loop = Loop(self.frame, self.node, set(self.assigned), self.run, self.assign)
                loop.peeled = self.peeled + 1
                try:
                    loop.counted(replace(steps, start=Constant.of(taken[1])), may_leave)
                except UnsupportedSyntaxError:
                    if not loop.changes:
                        raise
                    unsettled.append(loop)

        self.counting = False
        self.assign(self.frame, self.node.target, steps.element(Constant.of(taken[0])))
        left = self._body(self.assigned)
        if not isinstance(left, Constant):
            self._rest_unless(left, go_on)
        elif not left.value:
            go_on()
        return not unsettled

    def conditional(self) -> None:
        """A `while` loop; one that cannot be a loop is spelled out, where its condition is known each time."""
        first = len(current().statements)
        try:
            self._while()
        except (ADError, ValueNeeded) as error:
            if getattr(error, "spelled_out", False) or type(self.node.test).__name__ == "Constant":
                raise
            del current().statements[first:]
            self._go_back()
            error.spelled_out = True  # type: ignore[union-attr]
            self.counting = False
            spell_out(
                self.frame,
                self.node.test,
                partial(self._body, self.assigned),
                self._rest_unless,
                error,
            )

    def _while(self) -> None:
        """Its condition is lowered with the carried values."""
        test = self.node.test
        self.surely_runs = type(test).__name__ == "Constant" and bool(test.value)
        tests: list[Builder] = []
        conditions: list[Atom] = []

        def head(inner: Builder) -> None:
            with current().nested() as test:
                conditions.append(as_condition(self.frame, self.frame.handed_on(self.node.test)))
            refuse_acting(test)
            tests.append(test)

        first = len(current().statements)
        try:
            body = self._fixpoint(head)
        except FormChanges as changes:
            del current().statements[first:]
            self._go_back()
            if not self._grow(changes):
                raise changes.error(()) from None
            self._while()
            return
        builder = current()
        if isinstance(conditions[-1], Constant) and not conditions[-1].value:
            self._go_back()
            return
        builder.add(
            While(
                body.targets,
                tests[-1].block((conditions[-1],)),
                body.pairs,
                (),
                body.inner.block(body.results),
                (),
                body.leave,
                origin=builder.origin,
                role=builder.role,
            )
        )
        self._after(body)

    def _fixpoint(self, head: Callable[[Builder], None]) -> Body:
        self.counting = True
        scope = self.frame.scope
        self._go_back()
        self.older = reachable(self.frame)
        entry = self._state()
        types = self._types(entry)
        sharing = Sharing(self.frame, self.assigned, self._shared(entry, types))
        ties = self._ties()
        for _ in range(ROUNDS):
            self._go_back()
            names = self._leaf_names(entry)
            variables = [
                leaf if type is None else Variable(name, type)
                for leaf, type, name in zip(leaves(entry), types, names, strict=True)
            ]
            start = refill(entry, variables)
            held = numbers_inside(entry)
            unbound = (
                k not in held and (is_unbound(x) or x in self.frame.program.maybe_unbound)
                for k, x in enumerate(leaves(entry))
            )
            self.frame.program.maybe_unbound.update(
                v for v, loose in zip(variables, unbound, strict=True) if loose
            )
            self._place(start)
            sharing.enter(self._shared(start, types))
            ties.enter(self._mutable())
            for name in self.assigned:
                if name not in self.carried:
                    scope.pop(name, None)
            inside = self.memory.mark()
            with current().nested() as inner:
                head(inner)
                leave = self._body(self.assigned)
                end = in_the_form_of(start, self._state())
                grown = sharing.grows(self._shared(end, types))
                tied = ties.grows(self._mutable())
            spoils = self._spoils(inside)
            if spoils or self._exchanged(start, end) or self._settles(entry, end):
                self._go_back()
                entry = self._state()
                types = self._types(entry)
                sharing = Sharing(self.frame, self.assigned, self._shared(entry, types))
                ties = self._ties()
                continue
            for name in self.carried:
                settled(scope.get(name), name)
            joined = self._joined(entry, variables, types, end)
            if joined == types and not grown and not tied:
                more = self._placeholders()
                if not more and not self._writes_more(inside):
                    return self._finished(entry, variables, end, inner, leave, sharing, ties)
                self.before.update(more)
                self.carried = [*self.carried, *more]
                self._go_back()
                entry = self._state()
                types = self._types(entry)
                sharing = Sharing(self.frame, self.assigned, self._shared(entry, types))
                ties = self._ties()
                continue
            if [t is None for t in joined] != [t is None for t in types]:
                sharing = Sharing(self.frame, self.assigned, self._shared(entry, joined))
            types = joined
        raise UnsupportedSyntaxError(
            "the types of what this loop carries do not settle.",
            why="a variable changes its kind from one iteration to the next.",
            write="one kind of value for each variable of the loop",
        )

    def _body(self, names: list[str]) -> Atom:
        """Run the body once; whether the loop ends there."""
        frame = self.frame
        outer, frame.loop = frame.loop, LoopContext(tuple(names))
        statement = frame.statement
        try:
            result = self.run(frame, self.node.body)
        finally:
            frame.loop = outer
            frame.statement = statement
        if isinstance(result, Raised):
            if not self.counting:
                raise result.end
            return Constant.of(True)
        refuse_return(result)
        return Constant.of(False) if result is None else result.flag

    def _joined(
        self, entry: Structure, variables: list[Any], types: list[Type | None], end: Structure
    ) -> list[Type | None]:
        current_types = iter(types)
        found: list[Type | None] = []
        start = refill(entry, variables)
        pairs = zip(self._labels(), entry.children, start.children, end.children, strict=True)
        for k, (name, initial, a, b) in enumerate(pairs):
            check_form(name, a, b, (k,))
            try:
                first, last = same_form(a, b)
                for x, y in zip(leaves(first), leaves(last), strict=True):
                    found.append(self._joined_leaf(x, y, next(current_types), len(found)))
            except UnsupportedSyntaxError as error:
                self.changes = True
                before, after = shown(initial), shown(b)
                raise UnsupportedSyntaxError(
                    f"`{name}` is {before} before the loop and {after if after != before else 'another one'} after an "
                    "iteration.",
                    why="what a loop carries keeps its kind: its structure, its dtype and its number of axes.",
                    write=f"a value for `{name}` before the loop that is like the one after it",
                ) from error
        return found

    def _joined_leaf(self, a: Bound, b: Bound, old: Type | None, place: int) -> Type | None:
        own = partial(changing, self.serial, place)
        if old is not None:
            return join_types(a, b, old, own)
        if a is b or same_constant(a, b) or self._same_array(a, b):
            return None
        if isinstance(a, Variable) and isinstance(b, Variable):
            return join_types(a, b, a.type, own)
        return join_types(a, b, TEXT, own)

    def _finished(
        self,
        entry: Structure,
        variables: list[Any],
        end: Structure,
        inner: Builder,
        leave: Atom,
        sharing: Sharing,
        ties: Ties,
    ) -> Body:
        for root in self.roots:
            self.memory.refuse_held(root)
        pairs: list[tuple[Variable, Atom]] = []
        results: list[Atom] = []
        targets: list[Variable] = []
        after: list[Any] = []
        held = numbers_inside(entry)
        triples = zip(leaves(entry), variables, leaves(end), strict=True)
        for place, (first, variable, last) in enumerate(triples):
            if not isinstance(variable, Variable) or variable is first:
                after.append(first)
                continue
            target = Variable(variable.name, behind_a_loop(variable.type, self.serial, place))
            loose = is_unbound(first) and not self.surely_runs
            if (loose or last in self.frame.program.maybe_unbound) and place not in held:
                self.frame.program.maybe_unbound.add(target)
            pairs.append((variable, as_type(first, variable.type)))
            results.append(as_type(last, variable.type))
            targets.append(target)
            after.append(target)
        flag = None if isinstance(leave, Constant) and not leave.value else leave
        structure = refill(entry, after)
        types = [leaf.type if leaf in targets else None for leaf in after]
        shared = self._shared(structure, types)
        return Body(
            tuple(targets),
            tuple(pairs),
            tuple(results),
            inner,
            flag,
            structure,
            shared,
            sharing,
            ties,
        )

    def _after(self, body: Body) -> None:
        self._go_back()
        for name in self.assigned:
            self.frame.scope[name] = Undefined("the loop that gives it a value may not run at all")
        self._place(body.after)
        body.sharing.enter(body.shared)
        body.ties.enter(self._mutable())
