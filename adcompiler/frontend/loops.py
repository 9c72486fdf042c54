"""Loops: what is carried from one iteration to the next, found by lowering the body to a fixpoint.

A loop over a container is unrolled (its elements may differ in kind); a loop over a range or an array stays a loop.
The types of what is carried are joined until they no longer change: an int literal that meets a float is one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from adcompiler.errors import UnsupportedSyntaxError
from adcompiler.frontend.aliases import Sharing
from adcompiler.frontend.assigned import in_place_names, written_names
from adcompiler.frontend.bound import (
    Bound,
    Leave,
    LoopContext,
    Raised,
    Undefined,
    as_unbound,
    describe,
)
from adcompiler.frontend.branches import (
    as_type,
    branch,
    join_types,
    reachable,
    same_constant,
    same_form,
)
from adcompiler.frontend.effects import refuse_acting
from adcompiler.frontend.expressions import as_condition, evaluate
from adcompiler.frontend.forms import FormChanges, check_form
from adcompiler.frontend.frame import Frame
from adcompiler.frontend.iteration import LONGEST_UNROLLED, Counted, forwards
from adcompiler.frontend.live_names import live_after
from adcompiler.frontend.memory import Mark
from adcompiler.ir.builder import Builder, current
from adcompiler.ir.nodes import For, While
from adcompiler.ir.structure import Branch, Structure, leaves, refill, sequence
from adcompiler.ir.types import INT, Array, Type, is_number
from adcompiler.ir.values import Atom, Constant, Variable, is_unbound
from adcompiler.primitives.effects import TEXT
from adcompiler.primitives.statics import ValueNeeded

Run = Callable[[Frame, list[Any]], Any]
Assign = Callable[[Frame, Any, Bound], None]

#: joins of types climb a short ladder (int, float, np.float64), sharing of memory only grows: more rounds mean a
#: variable that never settles
ROUNDS = 16


class Loop:
    """One loop of the user's, being lowered; `run` and `assign` are those of `statements`."""

    def __init__(
        self, frame: Frame, node: Any, assigned: set[str], run: Run, assign: Assign
    ) -> None:
        self.frame = frame
        self.node = node
        self.run = run
        self.assign = assign
        self.memory = frame.program.memory
        kept = [name for name in in_place_names(node.body) if self._is_mutable(name)]
        self.assigned = sorted(assigned.difference(kept))
        self.carried = [name for name in self.assigned if self._bound(name)]
        self.roots = self._first_roots(kept)
        self.containers: list[Branch] = []
        self.before = dict(frame.scope)
        self.mark = self.memory.mark()
        self.surely_runs = False
        #: false where each iteration is lowered by itself
        self.counting = False

    def _bound(self, name: str) -> bool:
        return name in self.frame.scope and not isinstance(self.frame.scope[name], Undefined)

    def _is_mutable(self, name: str) -> bool:
        bound = self.frame.scope.get(name)
        if isinstance(bound, Branch):
            return bound.kind == "list"
        return isinstance(bound, Variable) and isinstance(bound.type, Array)

    def _first_roots(self, kept: list[str]) -> list[Variable]:
        """The arrays that the body most likely writes; what else it writes is found by lowering it."""
        found: dict[Variable, None] = {}
        for name in (*kept, *written_names(self.node.body)):
            bound = self.frame.scope.get(name)
            if not isinstance(bound, Variable) or not isinstance(bound.type, Array):
                continue
            if name not in self.assigned and len(self.memory.roots(bound)) == 1:
                found[self.memory.roots(bound)[0]] = None
        return list(found)

    # ---- over elements known one by one ---------------------------------------------------------

    def unrolled(self, items: list[Bound]) -> None:
        """Each iteration by itself; one that may leave puts the rest into an arm."""
        for position, item in enumerate(items):
            self.assign(self.frame, self.node.target, item)
            self.counting = False
            left = self._body(self.assigned)
            if isinstance(left, Constant):
                if left.value:
                    return
                continue
            self._rest_unless(left, items[position + 1 :])
            return

    def _rest_unless(self, left: Atom, rest: list[Bound]) -> None:
        scope = self.frame.scope
        missing = Undefined("the loop may have ended before")
        before = dict(scope)

        def state() -> Bound:
            return sequence("tuple", tuple(scope.get(name, missing) for name in self.assigned))

        def go_on() -> Bound:
            self.unrolled(rest)
            found = state()
            scope.clear()
            scope.update(before)
            return found

        joined = branch(self.frame, left, state, go_on)
        scope.update(zip(self.assigned, joined.children, strict=True))

    # ---- by counting ----------------------------------------------------------------------------

    def counted(self, steps: Counted, may_leave: bool) -> None:
        if may_leave:
            steps = forwards(steps)
        self.surely_runs = bool(steps.length)
        index = Variable(getattr(self.node.target, "id", None) if steps.over_range else None, INT)
        first = len(current().statements)

        def head(inner: Builder) -> None:
            self.assign(self.frame, self.node.target, steps.element(index))

        try:
            body = self._fixpoint(head)
        except (ValueNeeded, FormChanges) as needed:
            known = steps.known
            if known is None and isinstance(needed, FormChanges):
                raise needed.error(steps.bounds) from None
            unrolls = isinstance(needed, FormChanges) or needed.variable is index
            if not unrolls or known is None or len(known) > LONGEST_UNROLLED:
                raise (needed.error(()) if isinstance(needed, FormChanges) else needed) from None
            del current().statements[first:]
            self._go_back()
            taken = reversed(known) if steps.backwards else known
            self.unrolled([steps.element(Constant.of(k)) for k in taken])
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

    def conditional(self) -> None:
        """A `while` loop: its condition is lowered with the carried values."""
        test = self.node.test
        self.surely_runs = type(test).__name__ == "Constant" and bool(test.value)
        tests: list[Builder] = []
        conditions: list[Atom] = []

        def head(inner: Builder) -> None:
            with current().nested() as test:
                conditions.append(as_condition(self.frame, evaluate(self.frame, self.node.test)))
            refuse_acting(test)
            tests.append(test)

        try:
            body = self._fixpoint(head)
        except FormChanges as changes:
            raise changes.error(()) from None
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

    def _go_back(self) -> None:
        """To the state before the loop."""
        self.frame.scope.clear()
        self.frame.scope.update(self.before)
        self.memory.restore(self.mark)

    def _state(self) -> Structure:
        """What the loop carries, as it is now: names, contents of containers, versions of arrays."""
        memory, scope = self.memory, self.frame.scope
        names = [scope[name] for name in self.carried]
        contents = [Branch(c.kind, c.keys, c.children, c.cls) for c in self.containers]
        return sequence("tuple", tuple(map(memory.present, (*names, *contents, *self.roots))))

    def _place(self, state: Structure) -> None:
        """Let the names, containers and arrays of the loop have this state."""
        first, second = len(self.carried), len(self.carried) + len(self.containers)
        self.frame.scope.update(zip(self.carried, state.children[:first], strict=True))
        for container, content in zip(self.containers, state.children[first:second], strict=True):
            self.memory.change(container, content.keys, content.children)
        for root, version in zip(self.roots, state.children[second:], strict=True):
            if version is not self.memory.versions.get(root, root):
                self.memory.new_version(root, version)

    def _shared(self, state: Structure, types: list[Type | None]) -> list[Any]:
        """The leaves whose memory may be that of others: all but the arrays that stay the arrays they are."""
        found = leaves(state)[: len(leaves(state)) - len(self.roots)]
        return [None if type is None else leaf for leaf, type in zip(found, types, strict=False)]

    def _types(self, entry: Structure) -> list[Type | None]:
        """The types of what changes; at first an array in a container is taken to stay the same one."""
        first, second = len(self.carried), len(self.carried) + len(self.containers)
        found: list[Type | None] = []
        for position, child in enumerate(entry.children):
            for leaf in leaves(child):
                type = _type_of(leaf)
                stays = first <= position < second and isinstance(type, Array)
                found.append(None if stays else type)
        return found

    def _fixpoint(self, head: Callable[[Builder], None]) -> Body:
        self.counting = True
        scope = self.frame.scope
        entry = self._state()
        types = self._types(entry)
        sharing = Sharing(self.frame, self.assigned, self._shared(entry, types))
        for _ in range(ROUNDS):
            self._go_back()
            names = self._leaf_names(entry)
            variables = [
                leaf if type is None else Variable(name, type)
                for leaf, type, name in zip(leaves(entry), types, names, strict=True)
            ]
            start = refill(entry, variables)
            unbound = (
                is_unbound(x) or x in self.frame.program.maybe_unbound for x in leaves(entry)
            )
            self.frame.program.maybe_unbound.update(
                v for v, loose in zip(variables, unbound, strict=True) if loose
            )
            self._place(start)
            sharing.enter(self._shared(start, types))
            for name in self.assigned:
                if name not in self.carried:
                    scope.pop(name, None)
            inside = self.memory.mark()
            with current().nested() as inner:
                head(inner)
                leave = self._body(self.assigned)
                end = self._state()
                grown = sharing.grows(self._shared(end, types))
            joined = self._joined(entry, variables, types, end)
            if joined == types and not grown:
                more = self._placeholders()
                if not more and not self._writes_more(inside):
                    return self._finished(entry, variables, end, inner, leave, sharing)
                self.before.update(more)
                self.carried = [*self.carried, *more]
                self._go_back()
                entry = self._state()
                types = self._types(entry)
                sharing = Sharing(self.frame, self.assigned, self._shared(entry, types))
                continue
            if [t is None for t in joined] != [t is None for t in types]:
                sharing = Sharing(self.frame, self.assigned, self._shared(entry, joined))
            types = joined
        raise UnsupportedSyntaxError(
            "the types of what this loop carries do not settle.",
            why="a variable changes its kind from one iteration to the next.",
            write="one kind of value for each variable of the loop",
        )

    def _writes_more(self, inside: Mark) -> bool:
        """Add the arrays and containers that were there before the loop and that the body has changed."""
        memory = self.memory
        roots = [
            root
            for root in memory.written_since(inside)
            if root not in self.roots and memory.is_older(root, self.mark)
        ]
        known = {id(c) for c in self.containers}
        changed = memory.changed_since(inside)
        older: set[int] = set()
        if changed:
            now, self.frame.scope = self.frame.scope, self.before
            older = reachable(self.frame)
            self.frame.scope = now
        containers = [c for c in changed if id(c) in older and id(c) not in known]
        self.roots += roots
        self.containers += containers
        return bool(roots or containers)

    def _placeholders(self) -> dict[str, Bound]:
        """What the body binds and code after the loop reads: until the body has run it is not bound."""
        found: dict[str, Bound] = {}
        for name in self.assigned:
            if name not in self.carried and name in live_after(self.node):
                value = as_unbound(self.frame.scope.get(name))
                if value is not None:
                    found[name] = value
        return found

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
        start = refill(entry, variables)
        for name, a, b in zip(self._labels(), start.children, end.children, strict=True):
            check_form(name, a, b)
        first, last = same_form(start, end)
        found: list[Type | None] = []
        for name, a, b, old in zip(
            self._leaf_names(entry), leaves(first), leaves(last), types, strict=True
        ):
            if old is None and a is not b and isinstance(a, Constant) and a.type == TEXT:
                found.append(join_types(a, b, TEXT) if not same_constant(a, b) else None)
            elif old is None:
                if a is b or same_constant(a, b) or self._same_array(a, b):
                    found.append(None)
                elif isinstance(a, Variable) and isinstance(b, Variable):
                    found.append(join_types(a, b, a.type))
                else:
                    raise UnsupportedSyntaxError(
                        f"`{name}` is {describe(a)} before the loop and {describe(b)} after an iteration.",
                        why="a variable that a loop changes must be a number or an array throughout.",
                        write=f"a number for `{name}` before the loop",
                    )
            else:
                found.append(join_types(a, b, old))
        return found

    def _same_array(self, a: Any, b: Any) -> bool:
        both = isinstance(a, Variable) and isinstance(b, Variable)
        return both and self.memory.handle(a) is self.memory.handle(b)

    def _finished(
        self,
        entry: Structure,
        variables: list[Any],
        end: Structure,
        inner: Builder,
        leave: Atom,
        sharing: Sharing,
    ) -> Body:
        pairs: list[tuple[Variable, Atom]] = []
        results: list[Atom] = []
        targets: list[Variable] = []
        after: list[Any] = []
        for first, variable, last in zip(leaves(entry), variables, leaves(end), strict=True):
            if not isinstance(variable, Variable) or variable is first:
                after.append(first)
                continue
            target = Variable(variable.name, variable.type)
            if (
                is_unbound(first) and not self.surely_runs
            ) or last in self.frame.program.maybe_unbound:
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
            tuple(targets), tuple(pairs), tuple(results), inner, flag, structure, shared, sharing
        )

    def _after(self, body: Body) -> None:
        self._go_back()
        for name in self.assigned:
            self.frame.scope[name] = Undefined("the loop that gives it a value may not run at all")
        self._place(body.after)
        body.sharing.enter(body.shared)

    def _leaf_names(self, entry: Structure) -> list[str | None]:
        found: list[str | None] = []
        for name, child in zip(self._labels(), entry.children, strict=True):
            count = len(leaves(child))
            single = not isinstance(child, Branch)
            found += [name] if single else [name and f"{name}_{k}" for k in range(count)]
        return found

    def _labels(self) -> list[str | None]:
        """A name for each thing that is carried."""
        containers = [self._name_of(c) for c in self.containers]
        return [*self.carried, *containers, *(root.name for root in self.roots)]

    def _name_of(self, container: Branch) -> str | None:
        return next((k for k, bound in self.before.items() if bound is container), None)


def refuse_return(result: Any) -> None:
    """`exits` takes every `return` out of a loop, but not out of a `try` in it."""
    if result is not None and not isinstance(result, Leave):
        raise UnsupportedSyntaxError(
            "a `return` stands in a `try` inside a loop.",
            why="it would have to leave both.",
            write="result = …; break     behind the `try`, and return result after the loop",
        )


@dataclass(frozen=True)
class Body:
    """A lowered body: what the loop node needs, and the structure of the carried values after it."""

    targets: tuple[Variable, ...]
    pairs: tuple[tuple[Variable, Atom], ...]
    results: tuple[Atom, ...]
    inner: Builder
    leave: Atom | None
    after: Structure
    shared: list[Any]
    sharing: Sharing


def _type_of(leaf: Any) -> Type | None:
    """The type of a number, or of a text made in the run; None for what is known while compiling."""
    made = isinstance(leaf, Variable) and leaf.type == TEXT
    return leaf.type if made or (isinstance(leaf, Atom) and is_number(leaf.type)) else None
