"""What a loop carries: names, the contents of containers, the versions of arrays that are written where they stand."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from functools import partial
from typing import Any

from adcompiler.errors import UnsupportedSyntaxError
from adcompiler.frontend.aliases import reachable
from adcompiler.frontend.assigned import in_place_names, written_names
from adcompiler.frontend.bound import Bound, Cell, Undefined, as_unbound
from adcompiler.frontend.capture import leaf_name
from adcompiler.frontend.either import is_mutable, is_spoiled
from adcompiler.frontend.forms import FormChanges
from adcompiler.frontend.frame import Frame
from adcompiler.frontend.growing import grow, is_growing
from adcompiler.frontend.live_names import live_after
from adcompiler.frontend.memory import Mark
from adcompiler.frontend.optional import is_optional, settled_like, together
from adcompiler.frontend.reaching import reach
from adcompiler.frontend.ties import Path, Ties, containers_in
from adcompiler.frontend.widening import widened
from adcompiler.ir.lengths import LOOP_LENGTH, Length, unknown
from adcompiler.ir.structure import Branch, Structure, accessors, leaves, paths, sequence, transform
from adcompiler.ir.types import Array, Type, is_number
from adcompiler.ir.values import Atom, Variable

#: what stands for a container that is carried by itself, inside of another one
_OWN = "carried"


class Carried:
    """The state that goes from one iteration of a loop to the next.

    An array that the body only writes stays the array it is, and its version is carried; a name that the body binds
    anew is carried as a value.
    """

    def __init__(self, frame: Frame, node: Any, assigned: set[str]) -> None:
        self.frame = frame
        self.node = node
        self.memory = frame.program.memory
        kept = [name for name in in_place_names(node.body) if self._is_mutable(name)]
        self.assigned = sorted(assigned.difference(kept))
        self.carried = [name for name in self.assigned if self._bound(name)]
        self.roots = self._first_roots(kept)
        self.containers: list[Branch] = []
        #: containers that the body exchanges for others: they are carried with what holds them
        self.replaced: set[int] = set()
        self.older: set[int] | None = None
        #: containers from before the loop of which nobody knows in an iteration what they hold
        self.spoiled: list[Branch] = []
        #: arrays from before the loop that an iteration may have written, each with the array through which
        self.lost: dict[Variable, Variable] = {}
        self.before = dict(frame.scope)
        self.mark = self.memory.mark()
        #: true where a first iteration may be lowered by itself, in which None becomes a value
        self.may_peel = False

    def _is_mutable(self, name: str) -> bool:
        bound = self.frame.scope.get(name)
        if isinstance(bound, Branch):
            return bound.kind in ("list", "growing")
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

    def _bound(self, name: str) -> bool:
        return name in self.frame.scope and not isinstance(self.frame.scope[name], Undefined)

    def _go_back(self) -> None:
        """To the state before the loop."""
        self.frame.scope.clear()
        self.frame.scope.update(self.before)
        self.memory.restore(self.mark)

    def _state(self) -> Structure:
        """What the loop carries, as it is now: names, contents of containers, versions of arrays."""
        memory, scope = self.memory, self.frame.scope
        # copies: containers change where they stand, and a state is looked at later
        names = [transform(lambda leaf: leaf, scope[name]) for name in self.carried]
        contents = [
            Branch(c.kind, c.keys, tuple(map(self._held, c.children)), c.cls)
            for c in self.containers
        ]
        return sequence("tuple", tuple(map(memory.present, (*names, *contents, *self.roots))))

    def _held(self, child: Any) -> Any:
        """A child of a container as it is carried: one that is carried itself stays where it is."""
        if not isinstance(child, Branch):
            return child
        if any(child is c for c in self.containers):
            return Branch(_OWN, (id(child),), ())
        return child.rebuilt(tuple(map(self._held, child.children)))

    def _found(self, held: Any) -> Any:
        """The way back from `_held`."""
        if not isinstance(held, Branch):
            return held
        if held.kind == _OWN:
            return next(c for c in self.containers if id(c) == held.keys[0])
        children = tuple(map(self._found, held.children))
        same = all(a is b for a, b in zip(children, held.children, strict=True))
        return held if same else held.rebuilt(children)

    def _exchanged(self, start: Structure, end: Structure) -> bool:
        """Forget containers that others stand for at the end of an iteration: what holds them carries them."""
        gone: set[int] = set()

        def visit(a: Any, b: Any) -> None:
            if not isinstance(a, Branch) or not isinstance(b, Branch):
                return
            if a.kind == _OWN or b.kind == _OWN:
                if (a.kind, a.keys) != (b.kind, b.keys):
                    gone.update(x.keys[0] for x in (a, b) if x.kind == _OWN)
                return
            for x, y in zip(a.children, b.children, strict=False):
                visit(x, y)

        visit(start, end)
        self.containers = [c for c in self.containers if id(c) not in gone]
        self.replaced |= gone
        return bool(gone)

    def _place(self, state: Structure) -> None:
        """Let the names, containers and arrays of the loop have this state."""
        first, second = len(self.carried), len(self.carried) + len(self.containers)
        self.frame.scope.update(zip(self.carried, state.children[:first], strict=True))
        for container, content in zip(self.containers, state.children[first:second], strict=True):
            children = map(self._found, content.children)
            self.memory.replace(container, content.keys, children, content.kind)
        for root, version in zip(self.roots, state.children[second:], strict=True):
            if version is not self.memory.versions.get(root, root):
                self.memory.new_version(root, version)
        for container in self.spoiled:
            self.memory.spoil(container)
        for root, taker in self.lost.items():
            self.memory.lose(root, taker)

    def _mutable(self) -> dict[Path, Branch]:
        """The containers in what is carried, as they are now, each with its place."""
        found: dict[Path, Branch] = {}
        for k, name in enumerate(self.carried):
            found.update(containers_in((k,), self.frame.scope.get(name), self.containers))
        for k, container in enumerate(self.containers, len(self.carried)):
            for j, child in enumerate(container.children):
                found.update(containers_in((k, j), child, self.containers))
        return found

    def _ties(self) -> Ties:
        """Before the loop: which of the carried containers can be reached in another way."""
        names = set(self.assigned)
        outside = reachable(self.frame, besides=names, stop=self.containers)
        return Ties(self.memory.either, self._mutable(), outside)

    def _spoils(self, inside: Mark) -> bool:
        """Note the containers from before the loop that an iteration spoils; whether there was a new one."""
        known = {id(c) for c in self.spoiled}
        found = [
            c
            for c in self.memory.changed_since(inside)
            if is_spoiled(c) and id(c) in (self.older or ()) and id(c) not in known
        ]
        self.spoiled += found
        gone = {id(c) for c in self.spoiled}
        self.containers = [c for c in self.containers if id(c) not in gone]
        lost = self.memory.lost_since(inside)
        more = {
            r: t
            for r, t in lost.items()
            if r not in self.lost and self.memory.is_older(r, self.mark)
        }
        self.lost.update(more)
        self.roots = [root for root in self.roots if root not in self.lost]
        return bool(found or more)

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
                type = type_of_leaf(leaf)
                stays = first <= position < second and isinstance(type, Array)
                found.append(None if stays else type)
        return found

    def _writes_more(self, inside: Mark) -> bool:
        """Add the arrays and containers that were there before the loop and that the body has changed."""
        memory = self.memory
        roots = [
            root
            for root in memory.written_since(inside)
            if root not in self.roots and memory.is_older(root, self.mark)
        ]
        known = {id(c) for c in (*self.containers, *self.spoiled)} | self.replaced
        changed = memory.changed_since(inside)
        # the attributes of objects from outside are there from the first assignment on
        older = (self.older or set()) | {id(branch) for branch in memory.assigned()}
        containers = [c for c in changed if id(c) in older and id(c) not in known]
        self.roots += roots
        self.containers += containers
        return bool(roots or containers)

    def _leaf_names(self, entry: Structure) -> list[str | None]:
        found: list[str | None] = []
        for name, child in zip(self._labels(), entry.children, strict=True):
            if is_growing(child) and len(leaves(child)) == 1:
                found.append(name)
            else:
                found += [name and _leaf_name(name, p, child) for p in paths(child)]
        return found

    def _labels(self) -> list[str | None]:
        """A name for each thing that is carried."""
        containers = [self._name_of(c) for c in self.containers]
        return [*self.carried, *containers, *(root.name for root in self.roots)]

    def _name_of(self, container: Branch) -> str | None:
        return next((k for k, bound in self.before.items() if bound is container), None)

    def _settles(self, entry: Structure, end: Structure) -> bool:
        """Let what the loop carries start as what an iteration makes of it; whether that changes anything."""
        return self._widens(entry, end) or self._fills(entry, end) or self._may_be_none(entry, end)

    def _may_be_none(self, entry: Structure, end: Structure) -> bool:
        """Let what is None before the loop, or may become None in it, be None or a value from before the loop on."""
        first, second = len(self.carried), len(self.carried) + len(self.containers)
        if self.may_peel or settled_like(entry, end) is entry:
            return False
        self._go_back()
        for name, last in zip(self.carried, end.children[:first], strict=True):
            self.before[name] = self._settled(self.before[name], last)
        for container, last in zip(self.containers, end.children[first:second], strict=True):
            self._settled(container, last)
        self.mark = self.memory.mark()
        return True

    def _settled(self, bound: Any, last: Any) -> Any:
        """What is bound before the loop, where it stands, what may be None as in the last iteration."""
        pair = together(bound, last)
        if pair is not None:
            return pair[0]
        if not isinstance(bound, Branch) or not isinstance(last, Branch) or bound.form != last.form:
            return bound
        children = [self._settled(a, b) for a, b in zip(bound.children, last.children, strict=True)]
        if all(a is b for a, b in zip(children, bound.children, strict=True)):
            return bound
        if not is_mutable(bound):
            return bound.rebuilt(tuple(children))
        self.memory.replace(bound, bound.keys, children)
        return bound

    def _widens(self, entry: Structure, end: Structure) -> bool:
        """Let a number start as an array where an iteration makes it one."""
        number = len(self.carried)
        first, last = (sequence("tuple", s.children[:number]) for s in (entry, end))
        wider = widened(first, last, self.before.values())
        if wider is None:
            return False
        self.before.update(zip(self.carried, wider.children, strict=True))
        self._go_back()
        return True

    def _fills(self, entry: Structure, end: Structure) -> bool:
        """Let a cell that the body fills first be one that nothing has been bound to before the loop."""
        first, second = len(self.carried), len(self.carried) + len(self.containers)
        found: list[tuple[Branch, Any]] = []
        contents = (s.children[first:second] for s in (entry, end))
        for container, before, after in zip(self.containers, *contents, strict=True):
            empty = container.cls is Cell and isinstance(before.children[0], Undefined)
            value = as_unbound(after.children[0]) if empty else None
            if value is not None:
                found.append((container, value))
        if not found:
            return False
        self._go_back()
        for container, value in found:
            self.memory.change(container, container.keys, (value,))
        self.mark = self.memory.mark()
        return True

    def _placeholders(self) -> dict[str, Bound]:
        """What the body binds and code after the loop reads: until the body has run it is not bound."""
        found: dict[str, Bound] = {}
        for name in self.assigned:
            if name not in self.carried and name in live_after(self.node):
                value = as_unbound(self.frame.scope.get(name))
                if value is not None:
                    found[name] = value
        return found

    def _grow(self, changes: FormChanges) -> bool:
        """Let the list at this place be one that grows, or an object have the values of its class as its own."""
        form, (first, *path) = changes.form, changes.place
        if form is None and not changes.more:
            return False
        if any(isinstance(c, Branch) and c.kind == _OWN for c in reach(form)):
            raise UnsupportedSyntaxError(
                "a list that grows in this loop gets a container that the loop changes where it stands.",
                why="all those elements of the list are that one container, as it is in the end.",
                write="a copy where it is appended: ys.append(list(cur))",
            )
        if first < len(self.carried):
            found = self.before[self.carried[first]]
        elif first < len(self.carried) + len(self.containers):
            found = self.containers[first - len(self.carried)]
        else:
            return False
        for k in path:
            found = found.children[k]
        if found.kind == "object":
            return self._own_attributes(found, changes.more)
        if found.kind != "list":
            return False
        if self.frame.program.captures.holds(found):
            return False
        grow(self.memory, found, form, self._labels()[first] if not path else None)
        self.mark = self.memory.mark()
        return True

    def _own_attributes(self, found: Branch, names: Iterable[str]) -> bool:
        """Until an iteration gives an object an attribute of its own, it has that of its class."""
        if found.cls is None or not all(hasattr(found.cls, name) for name in names):
            return False
        values = [self.frame.attribute(found, name) for name in names]
        if not all(isinstance(value, (Atom, Branch)) for value in values):
            return False
        self.memory.change(found, (*found.keys, *names), (*found.children, *values))
        self.mark = self.memory.mark()
        return True

    def _same_array(self, a: Any, b: Any) -> bool:
        both = isinstance(a, Variable) and isinstance(b, Variable)
        return both and self.memory.handle(a) is self.memory.handle(b)


def _leaf_name(name: str, path: tuple[int, ...], child: Structure) -> str:
    """The name of a leaf: that of its own key, ``best_is_none`` and ``best`` in what may be None."""
    steps: list[str] = []
    behind = ""
    for k in path:
        if is_optional(child):
            behind = "" if k else "_is_none"
        else:
            steps += accessors((k,), child)
        child = child.children[k]
    return leaf_name(name, tuple(steps)) + behind


def type_of_leaf(leaf: Any) -> Type | None:
    """The type of a number, or of an object made in the run; None for what is known while compiling."""
    if isinstance(leaf, Variable):
        return leaf.type
    return leaf.type if isinstance(leaf, Atom) and is_number(leaf.type) else None


def changing(loop: int, place: int, axis: int) -> Length:
    """A length that may be another one in each iteration of a loop."""
    return unknown(LOOP_LENGTH, loop, place, axis)


def behind_a_loop(type: Type, loop: int, place: int) -> Type:
    """The type of what a loop leaves: a length that changes in it is none that an iteration has."""
    if not isinstance(type, Array):
        return type
    left = partial(unknown, "length behind a loop", loop, place)
    pairs = enumerate(type.shape)
    return replace(
        type, shape=tuple(left(k) if m == changing(loop, place, k) else m for k, m in pairs)
    )
