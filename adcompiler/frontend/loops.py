"""Loops: what is carried from one iteration to the next, found by lowering the body to a fixpoint.

A loop over a container is unrolled (its elements may differ in kind); a loop over a range or an array stays a loop.
The types of what is carried are joined until they no longer change: an int literal that meets a float is one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from adcompiler.errors import UnsupportedSyntaxError
from adcompiler.frontend.aliases import Sharing
from adcompiler.frontend.bound import Bound, Leave, LoopContext, Undefined, describe
from adcompiler.frontend.branches import as_type, branch, join_types, same_constant, same_form
from adcompiler.frontend.conditions import as_condition
from adcompiler.frontend.expressions import evaluate
from adcompiler.frontend.frame import Frame
from adcompiler.frontend.iteration import LONGEST_UNROLLED, Counted, forwards
from adcompiler.ir.builder import Builder, current
from adcompiler.ir.nodes import For, While
from adcompiler.ir.structure import Branch, Structure, leaves, refill, sequence
from adcompiler.ir.types import INT, Type, dtype_of, is_number, is_scalar
from adcompiler.ir.values import Atom, Constant, Variable
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
        self.assigned = sorted(assigned)
        self.carried = [name for name in self.assigned if self._bound(name)]
        self.before = dict(frame.scope)

    def _bound(self, name: str) -> bool:
        return name in self.frame.scope and not isinstance(self.frame.scope[name], Undefined)

    # ---- over elements known one by one ---------------------------------------------------------

    def unrolled(self, items: Iterable[Bound]) -> None:
        """Each iteration by itself; one that may leave puts the rest into an arm."""
        items = iter(items)  # an iterator gives its elements when they are asked for
        for item in items:
            self.assign(self.frame, self.node.target, item)
            left = self._body(self.assigned)
            if isinstance(left, Constant):
                if left.value:
                    return
                continue
            self._rest_unless(left, items)
            return

    def _rest_unless(self, left: Atom, rest: Iterator[Bound]) -> None:
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
        index = Variable(getattr(self.node.target, "id", None) if steps.over_range else None, INT)
        first = len(current().statements)

        def head(inner: Builder) -> None:
            self.assign(self.frame, self.node.target, steps.element(index))

        try:
            body = self._fixpoint(head, steps.length)
        except ValueNeeded as needed:
            known = steps.known
            if needed.variable is not index or known is None or len(known) > LONGEST_UNROLLED:
                raise
            del current().statements[first:]
            self.frame.scope.clear()
            self.frame.scope.update(self.before)
            taken = reversed(known) if steps.backwards else known
            self.unrolled(steps.element(Constant.of(k)) for k in taken)
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
        tests: list[Builder] = []
        conditions: list[Atom] = []

        def head(inner: Builder) -> None:
            with current().nested() as test:
                conditions.append(as_condition(self.frame, evaluate(self.frame, self.node.test)))
            tests.append(test)

        body = self._fixpoint(head, None)
        builder = current()
        if isinstance(conditions[-1], Constant) and not conditions[-1].value:
            self.frame.scope.clear()
            self.frame.scope.update(self.before)
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

    def _fixpoint(self, head: Callable[[Builder], None], length: int | None) -> Body:
        scope = self.frame.scope
        entry = sequence("tuple", tuple(scope[name] for name in self.carried))
        types: list[Type | None] = [_type_of(leaf) for leaf in leaves(entry)]
        sharing = Sharing(self.frame, self.assigned, leaves(entry))
        for _ in range(ROUNDS):
            scope.clear()
            scope.update(self.before)
            names = _leaf_names(self.carried, entry)
            variables = [
                leaf if type is None else Variable(name, type)
                for leaf, type, name in zip(leaves(entry), types, names, strict=True)
            ]
            sharing.enter(variables)
            scope.update(zip(self.carried, refill(entry, variables).children, strict=True))
            for name in self.assigned:
                if name not in self.carried:
                    scope.pop(name, None)
            with current().nested() as inner:
                head(inner)
                leave = self._body(self.assigned)
                end = sequence("tuple", tuple(scope[name] for name in self.carried))
                grown = sharing.grows(leaves(end))
            joined = self._joined(entry, variables, types, end)
            if joined == types and not grown:
                more = self._placeholders(length)
                if not more:
                    return self._finished(entry, variables, end, inner, leave, sharing)
                # what only the body binds is there after a loop that surely ran
                self.before.update(more)
                self.carried = [*self.carried, *more]
                entry = sequence("tuple", tuple(self.before[name] for name in self.carried))
                types = [_type_of(leaf) for leaf in leaves(entry)]
                sharing = Sharing(self.frame, self.assigned, leaves(entry))
                continue
            types = joined
        raise UnsupportedSyntaxError(
            "the types of what this loop carries do not settle.",
            why="a variable changes its kind from one iteration to the next.",
            write="one kind of value for each variable of the loop",
        )

    def _placeholders(self, length: int | None) -> dict[str, Bound]:
        if not length:
            return {}
        found: dict[str, Bound] = {}
        for name in self.assigned:
            value = self.frame.scope.get(name)
            if name not in self.carried and isinstance(value, Variable) and is_scalar(value.type):
                kind = {"f": 0.0, "c": 0j, "b": False}.get(dtype_of(value.type).kind, 0)
                found[name] = Constant.of(kind)
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
        if result is not None and not isinstance(result, Leave):
            raise UnsupportedSyntaxError(
                "`return` inside a loop is not supported yet.",
                why="the rest of the function would depend on whether the loop returned.",
                write="result = …; break     and return result after the loop",
            )
        return Constant.of(False) if result is None else result.flag

    def _joined(
        self, entry: Structure, variables: list[Any], types: list[Type | None], end: Structure
    ) -> list[Type | None]:
        first, last = same_form(refill(entry, variables), end)
        found: list[Type | None] = []
        for name, a, b, old in zip(
            _leaf_names(self.carried, entry), leaves(first), leaves(last), types, strict=True
        ):
            if old is None:
                if a is not b and not same_constant(a, b):
                    raise UnsupportedSyntaxError(
                        f"`{name}` is {describe(a)} before the loop and {describe(b)} after an iteration.",
                        why="a variable that a loop changes must be a number or an array throughout.",
                        write=f"a number for `{name}` before the loop",
                    )
                found.append(None)
            else:
                found.append(join_types(a, b, old))
        return found

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
            pairs.append((variable, as_type(first, variable.type)))
            results.append(as_type(last, variable.type))
            targets.append(target)
            after.append(target)
        sharing.leave(after)
        flag = None if isinstance(leave, Constant) and not leave.value else leave
        structure = refill(entry, after)
        return Body(tuple(targets), tuple(pairs), tuple(results), inner, flag, structure)

    def _after(self, body: Body) -> None:
        scope = self.frame.scope
        scope.clear()
        scope.update(self.before)
        for name in self.assigned:
            scope[name] = Undefined("the loop that gives it a value may not run at all")
        scope.update(zip(self.carried, body.after.children, strict=True))


@dataclass(frozen=True)
class Body:
    """A lowered body: what the loop node needs, and the structure of the carried values after it."""

    targets: tuple[Variable, ...]
    pairs: tuple[tuple[Variable, Atom], ...]
    results: tuple[Atom, ...]
    inner: Builder
    leave: Atom | None
    after: Structure


def _type_of(leaf: Any) -> Type | None:
    """The type of a number; None for what is known while compiling and must not change."""
    return leaf.type if isinstance(leaf, Atom) and is_number(leaf.type) else None


def _leaf_names(names: list[str], entry: Structure) -> list[str]:
    found: list[str] = []
    for name, child in zip(names, entry.children, strict=True):
        count = len(leaves(child))
        found += [name] if not isinstance(child, Branch) else [f"{name}_{k}" for k in range(count)]
    return found
