"""Joining what the two arms of a branch have bound."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from adcompiler.frontend import growing, optional
from adcompiler.frontend.aliases import reachable
from adcompiler.frontend.alike import different, same_constant, same_form
from adcompiler.frontend.bound import Bound, PathEnds, Raised, Undefined
from adcompiler.frontend.either import SPOILED, is_mutable
from adcompiler.frontend.frame import Frame
from adcompiler.frontend.function_choice import choice_of
from adcompiler.frontend.joins import as_type, common_name, join
from adcompiler.frontend.memory import Content, Mark, content_of
from adcompiler.frontend.recursion import under
from adcompiler.ir.builder import Builder, current
from adcompiler.ir.nodes import If
from adcompiler.ir.structure import Branch, leaves, transform
from adcompiler.ir.types import (
    Array,
)
from adcompiler.ir.values import Atom, Constant, Variable, is_unbound, unbound
from adcompiler.ir.walk import targets_of

Arm = Callable[[], Bound]


def branch(frame: Frame, condition: Atom, then: Arm, orelse: Arm) -> Bound:
    """Lower both arms (each yields a bound value or a structure of them) and join their results.

    A condition that is known while compiling takes one arm only.
    """
    if isinstance(condition, Constant):
        return then() if condition.value else orelse()
    arms = _Arms(frame, condition)
    arms.lower(then)
    arms.lower(orelse)
    return arms.joined()


def going_on(joined: Bound) -> Bound:
    """What a branch gives in an expression: where both arms end the path, it ends here."""
    if isinstance(joined, Raised):
        raise joined.end
    return joined


@dataclass(frozen=True)
class _End:
    """An arm as it was left: what it yields, and the memory then."""

    builder: Builder
    result: Bound
    memory: Mark
    containers: dict[int, tuple[Branch, Content]]
    lost: dict[Variable, Variable]


class _Arms:
    """The two arms of a branch, lowered one after the other from the same memory."""

    def __init__(self, frame: Frame, condition: Atom) -> None:
        self.frame = frame
        self.memory = frame.program.memory
        self.condition = condition
        self.builder = current()
        self.start = self.memory.mark()
        self.ends: list[_End] = []
        self.targets: list[Variable] = []
        self.yields: list[tuple[Atom, Atom]] = []
        self.sources: list[tuple[Variable, Atom, Atom]] = []
        self.raises = False
        #: whether an arm changed containers, and which were there before
        self.changes = False
        self.older: set[int] | None = None
        #: arrays that an arm wrote through another one, as a branch in it decided
        self.lost: dict[Variable, Variable] = {}
        #: what stands for a container of the one arm and one of the other
        self.chosen: dict[tuple[int, int], Branch] = {}

    def lower(self, arm: Arm) -> None:
        holds = optional.given(self.frame.program, self.condition, not self.ends)
        with under(self.frame.program, self.condition), self.builder.nested() as inner, holds:
            try:
                result = arm()
            except PathEnds as end_of_path:
                result = Raised(end_of_path)
        memory = self.memory
        contents = {id(c): (c, content_of(c)) for c in memory.changed_since(self.start)}
        self.changes = self.changes or bool(contents)
        end, lost = memory.mark(), memory.lost_since(self.start)
        memory.restore(self.start)
        older = reachable(self.frame) if contents else set()
        for branch, content in contents.values():
            if id(branch) not in older:  # made in this arm: it stays as it is
                memory.settle(branch, content)
        joined = {key: entry for key, entry in contents.items() if key in older}
        self.ends.append(_End(inner, result, end, joined, lost))

    def joined(self) -> Bound:
        """The join of the two results; names, arrays and containers that an arm changed are joined as well."""
        memory = self.memory
        self._raised()
        first, second = self.ends
        result = self._together(first.result, second.result)
        changed = {**first.containers, **second.containers}
        contents = {key: self._content(key, branch) for key, (branch, _) in changed.items()}
        versions = self._versions()
        blocks = [
            end.builder.block(tuple(pair[k] for pair in self.yields))
            for k, end in enumerate(self.ends)
        ]
        if self.targets or any(block.statements for block in blocks):
            builder = self.builder
            builder.add(
                If(
                    tuple(self.targets),
                    self.condition,
                    blocks[0],
                    blocks[1],
                    origin=builder.origin,
                    role=builder.role,
                )
            )
        for root, version in versions.items():
            memory.new_version(root, version)
        for root, taker in self.lost.items():
            memory.lose(root, taker)
        for key, (branch, _) in changed.items():
            kind, keys, children = contents[key]
            memory.replace(branch, keys, children, kind)
        self._share()
        return result

    def _raised(self) -> None:
        """An arm that raises hands on what the other one does: nothing reads it."""
        raised = [isinstance(end.result, Raised) for end in self.ends]
        self.raises = any(raised)
        if all(raised):
            self.ends[1] = replace(self.ends[1], result=self.ends[0].result)
        elif any(raised):
            k = raised.index(True)
            other = self.ends[1 - k]

            def absent(bound: Bound) -> Bound:
                return _not_there(bound, other.builder)

            containers = {
                key: (branch, (kind, keys, tuple(map(absent, children))))
                for key, (branch, (kind, keys, children)) in other.containers.items()
            }
            builder = self.ends[k].builder
            self.ends[k] = _End(builder, absent(other.result), self.start, containers, {})

    def _together(self, first: Bound, second: Bound) -> Bound:
        """The join of two values; containers are taken as their arms leave them."""
        perhaps = optional.together(first, second)
        if perhaps is not None:
            return self._perhaps_none(*perhaps)
        if optional.is_optional(first) and optional.is_optional(second):
            return self._perhaps_none(first, second)
        if first is second and isinstance(first, Branch) and self._joins_itself(first):
            return first
        if not isinstance(first, Branch) or not isinstance(second, Branch) or first is second:
            found = self._structure(*same_form(self._left(0, first), self._left(1, second)))
            for origin in (first, second):
                self._follow(found, origin)
            return found
        key = id(first), id(second)
        if key in self.chosen:  # two names for one container stay two names for one
            return self.chosen[key]
        pair = self._content_at_end(0, first), self._content_at_end(1, second)
        ends = None if pair[0].form == pair[1].form else self._growing_ends(list(pair), None)
        known = [
            child
            for content in pair
            if ends and content.kind == "list"
            for child in content.children
        ]
        if ends is not None:
            pair = ends[0], ends[1]
        if pair[0].form != pair[1].form or len(pair[0].children) != len(pair[1].children):
            raise different(*pair)
        children = zip(pair[0].children, pair[1].children, strict=True)
        found = pair[0].rebuilt(tuple(self._together(a, b) for a, b in children))
        self.chosen[key] = found
        if is_mutable(found):
            self.memory.either.add(found, (first, second))
        self.memory.either.hold(found, known)
        return found

    def _joins_itself(self, container: Branch) -> bool:
        """True for what both arms leave where it was: what is in it is joined where it stands."""
        if not self.changes:
            return True
        if self.older is None:
            self.older = reachable(self.frame)
        return id(container) in self.older

    def _perhaps_none(self, first: Branch, second: Branch) -> Bound:
        """The join of two values of which one may be None."""
        raises, self.raises = self.raises, True  # where it is None, it is not unbound
        try:
            pairs = zip(first.children, second.children, strict=True)
            return first.rebuilt(tuple(self._together(a, b) for a, b in pairs))
        finally:
            self.raises = raises

    def _content_at_end(self, k: int, container: Branch) -> Branch:
        """A container as arm `k` leaves it."""
        changed = self.ends[k].containers.get(id(container))
        return container if changed is None else Branch(*changed[1], container.cls)

    def _left(self, k: int, bound: Bound) -> Bound:
        """A value as arm `k` leaves it, where the other one has no container at its place."""
        if not isinstance(bound, Branch):
            return bound
        found = self._content_at_end(k, bound)
        return found.rebuilt(tuple(self._left(k, child) for child in found.children))

    def _follow(self, found: Bound, origin: Bound) -> None:
        """What only one arm binds may be the container that it bound."""
        if found is origin or not isinstance(found, Branch) or not isinstance(origin, Branch):
            return
        if is_mutable(found):
            self.memory.either.add(found, (origin,))
        for child, other in zip(found.children, origin.children, strict=False):
            self._follow(child, other)

    def _structure(self, first: Bound, second: Bound) -> Bound:
        if not isinstance(first, Branch):
            return self._leaf(first, second)
        if first is second:
            return first
        pairs = zip(first.children, second.children, strict=True)
        return first.rebuilt(tuple(self._structure(a, b) for a, b in pairs))

    def _leaf(self, a: Any, b: Any) -> Bound:
        if a is b or same_constant(a, b):
            return a
        if isinstance(a, Undefined) or isinstance(b, Undefined):
            return Undefined("only one arm of a branch gives it a value")
        handles = [self.memory.handle(x) if isinstance(x, Variable) else x for x in (a, b)]
        same = handles[0] is handles[1] and isinstance(handles[0], Variable)
        if same and self.memory.is_older(handles[0], self.start):
            return handles[0]
        functions = (
            None if isinstance(a, Variable) or isinstance(b, Variable) else self._choice(a, b)
        )
        if functions is not None:
            return functions
        target = Variable(common_name(a, b), join(a, b))
        loose = self.frame.program.maybe_unbound
        if not self.raises and any(is_unbound(x) or x in loose for x in (a, b)):
            loose.add(target)
        pair = [self._at_end(k, x) for k, x in enumerate((a, b))]
        self._add(target, pair[0], pair[1])
        if isinstance(target.type, Array):
            self.sources.append((target, a, b))
        return target

    def _choice(self, a: Bound, b: Bound) -> Bound | None:
        """The choice between two functions."""
        return choice_of(self.frame, self.condition, a, b, self._handed_out)

    def _handed_out(self, k: int, atom: Atom) -> Atom:
        """What an arm defines, as the branch hands it on."""
        defined = any(atom in targets_of(s) for s in self.ends[k].builder.statements)
        if not defined:
            return atom
        target = Variable(None, atom.type)
        pair: list[Atom] = [Constant.of(False), Constant.of(False)]
        pair[k] = atom
        self._add(target, pair[0], pair[1])
        return target

    def _add(self, target: Variable, first: Atom, second: Atom) -> None:
        self.targets.append(target)
        self.yields.append((as_type(first, target.type), as_type(second, target.type)))

    def _at_end(self, k: int, atom: Any) -> Any:
        """The value of a handle when arm `k` ends."""
        memory, end = self.memory, self.ends[k]
        memory.versions, memory.stale = dict(end.memory.versions), end.memory.stale
        try:
            with end.builder.active():
                return memory.now(atom)
        finally:
            memory.restore(self.start)

    def _content(self, key: int, branch: Branch) -> Content:
        """What a container holds after the branch."""
        unchanged = (branch, content_of(branch))
        (_, one), (_, two) = (end.containers.get(key, unchanged) for end in self.ends)
        for content in (one, two):
            if content[1:] == SPOILED:
                return content
        if one[:2] != two[:2]:
            grown = self._grown(branch, one, two)
            if grown is not None:
                return grown
            if branch.kind == "object":
                first, second = (dict(zip(c[1], c[2], strict=True)) for c in (one, two))
                return self._attributes(first, second)
            # no key of another content: joined with a third one, it stays unknown
            reason = Undefined("the arms of a branch leave it with different elements")
            return branch.kind, ("unknown",), (reason,)
        pairs = zip(one[2], two[2], strict=True)
        return one[0], one[1], tuple(self._together(a, b) for a, b in pairs)

    def _grown(self, branch: Branch, one: Content, two: Content) -> Content | None:
        """A list that has another length after each arm is one that grows; None for anything else."""
        contents = [Branch(*content) for content in (one, two)]
        name = next((k for k, bound in self.frame.scope.items() if bound is branch), None)
        ends = self._growing_ends(contents, name)
        if ends is None:
            return None
        for content in contents:
            if content.kind == "list":
                self.memory.either.hold(branch, content.children)
        pair = same_form(*(end.children[0] for end in ends))
        return growing.KIND, growing.KEYS, (self._structure(*pair),)

    def _growing_ends(self, contents: list[Branch], name: str | None) -> list[Branch] | None:
        """Both lists as lists that grow, each made where its arm ends; None for other containers."""
        if any(content.kind not in ("list", growing.KIND) for content in contents):
            return None
        if any(isinstance(leaf, Undefined) for content in contents for leaf in leaves(content)):
            return None
        forms = [f for f in map(growing.form_within, contents) if f is not None]
        form = forms[0] if len(forms) == 1 else growing.joined(*forms)
        ends: list[Branch] = []
        for k, content in enumerate(contents):
            if content.kind == "list":
                items = [transform(partial(self._at_end, k), c) for c in content.children]
                with self.ends[k].builder.active():
                    ends.append(Branch(*growing.content(items, form, name)))
                for item in items:
                    self.memory.hold(leaves(item))
            else:
                ends.append(content)
        return ends

    def _attributes(self, one: dict[Any, Bound], two: dict[Any, Bound]) -> Content:
        """Those that only one arm has assigned may be missing."""
        missing = Undefined("only one arm of a branch assigns it")
        keys = tuple(dict.fromkeys((*one, *two)))
        children = (
            self._together(one[key], two[key]) if key in one and key in two else missing
            for key in keys
        )
        return "object", keys, tuple(children)

    def _versions(self) -> dict[Variable, Variable]:
        """New versions of the arrays that were there before and that an arm wrote."""
        found: dict[Variable, Variable] = {}
        first, second = (end.memory.versions for end in self.ends)
        before = self.start.versions
        for root in {**first, **second}:
            old = before.get(root, root)
            pair = first.get(root, old), second.get(root, old)
            takers = {end.lost[root] for end in self.ends if root in end.lost}
            if takers:
                # an arm that wrote the array itself, or through a third one: that is seen by nobody else
                alone = len(takers) == 1 and all(
                    root in end.lost or version is old
                    for end, version in zip(self.ends, pair, strict=True)
                )
                self.lost[root] = takers.pop() if alone else Variable(root.name, root.type)
            elif self.memory.is_older(root, self.start) and (pair[0], pair[1]) != (old, old):
                found[root] = Variable(root.name, root.type)
                self._add(found[root], *pair)
        return found

    def _share(self) -> None:
        """A joined array whose memory nothing else reaches is one of its own; else it may be any of them."""
        memory = self.memory

        def roots_of(atom: Atom) -> tuple[Variable, ...]:
            return memory.roots(atom) if isinstance(atom, Variable) else ()

        every = [[roots_of(s[k]) for s in self.sources] for k in (1, 2)]
        for target, a, b in self.sources:
            memory.is_new(target)
            shared: dict[Variable, None] = {}
            for k, atom in enumerate((a, b)):
                for root in roots_of(atom):
                    alone = sum(root in roots for roots in every[k]) == 1
                    older = memory.is_older(root, self.start) or root in memory.held
                    if not alone or older:
                        shared[root] = None
            if shared:
                memory.join(target, shared)


def _not_there(other: Bound, inner: Builder) -> Bound:
    """The structure of the arm that goes on, for the one that raises: what the former defines is not there."""
    defined = {t for s in inner.statements for t in targets_of(s)}
    return transform(
        lambda leaf: unbound(leaf.type) if isinstance(leaf, Variable) and leaf in defined else leaf,
        other,
    )
