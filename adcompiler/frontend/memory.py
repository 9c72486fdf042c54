"""Who shares memory with whom, and what it holds now (DESIGN D4).

The trace is pure.  A name that is bound to an array is bound to a *handle*: the variable that the array was first
computed as.  A write makes a new version of the *root* (the handle that owns the memory); whoever uses a handle
gets its present value, and a view that was made before the write is read again.  So writes through one name are
seen through every other one, as in Python.

Lists, dicts and objects are `Branch`es that are changed where they stand; a log lets a branch or a loop take the
changes of its arms back.  What cannot be decided while compiling is refused.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from adcompiler.errors import AliasError
from adcompiler.frontend.either import SPOILED, Either, is_spoiled
from adcompiler.frontend.layout import Layout
from adcompiler.frontend.regions import compose, is_exact, is_view, undo
from adcompiler.ir.builder import current
from adcompiler.ir.index import IndexPattern
from adcompiler.ir.nodes import Call
from adcompiler.ir.primitive import Primitive
from adcompiler.ir.structure import Branch
from adcompiler.ir.types import Array
from adcompiler.ir.values import Atom, Variable

#: of a container: its kind (a list may become one that grows), its keys and children
Content = tuple[str, tuple[Any, ...], tuple[Any, ...]]


@dataclass(frozen=True)
class Mark:
    """A point to come back to: the versions, what is outdated, the length of the log, the time."""

    versions: dict[Variable, Variable]
    stale: frozenset[Variable]
    log: int
    time: int


class Memory:
    """The memory of one program while it is lowered; `outside` tells what is read from outside the function."""

    def __init__(self, outside: Callable[[Variable], bool]) -> None:
        self.versions: dict[Variable, Variable] = {}
        self.stale: frozenset[Variable] = frozenset()
        self._outside = outside
        self._views: dict[Variable, Call] = {}
        self._handles: dict[Variable, Variable] = {}
        self._members: dict[Variable, list[Variable]] = {}
        self._joined: dict[Variable, dict[Variable, Variable]] = {}
        self._born: dict[Variable, int] = {}
        self._log: list[tuple[Branch, Content]] = []
        self._attributes: dict[int, tuple[Any, Branch]] = {}
        self._time = 0
        #: what was there by this time is outside the inner derivative that is being lowered
        self.closed: int | None = None
        #: arrays that the function of an inner derivative writes, in copies of its own
        self.written_inside: set[Variable] = set()
        self.layout = Layout(self.handle)
        #: the owners of arrays that a growing list holds
        self.held: set[Variable] = set()
        self.either = Either()
        #: versions that stand for "perhaps written through another array", each with that array
        self._lost: dict[Variable, Variable] = {}

    # ---- arrays ---------------------------------------------------------------------------------

    def watch(self, call: Call) -> None:
        """See every statement that is appended: what is new, what is a view, what must not be read any more."""
        if self.stale and not self.stale.isdisjoint(
            a for a in call.args if isinstance(a, Variable)
        ):
            raise AliasError(
                "a value is read that was overwritten in the meantime.",
                why="adcompiler lost track of a write in place before this line.",
                write=".copy() of the array before it is written",
            )
        if isinstance(call.target.type, Array):
            self._time += 1
            self._born[call.target] = self._time
            if is_view(call):
                self.note_view(call)

    def note_view(self, call: Call) -> None:
        self._views[call.target] = call
        self.layout.note_view(call)
        for root in self.roots(call.target):
            self._members.setdefault(root, []).append(call.target)

    def _shares(self, call: Call) -> bool:
        """True where a view surely shares memory with its owner."""
        return is_exact(call) or call.target in self.layout.shared

    def handle(self, variable: Variable) -> Variable:
        """What a name holds for this array: the handle of which `variable` is a version, or a later reading."""
        return self._handles.get(variable, variable)

    def roots(self, variable: Variable) -> tuple[Variable, ...]:
        """The owners of the memory of an array; several where a branch decided."""
        found: dict[Variable, None] = {}
        work = [variable]
        while work:  # each once: what loops join in turn has many ways to the same owner
            handle = self._owner(work.pop())
            if handle not in found:
                found[handle] = None
                work += reversed(self._joined.get(handle, {}))
        return tuple(found)

    def _owner(self, variable: Variable) -> Variable:
        """What a view is a view of, at the end."""
        handle = self.handle(variable)
        while handle in self._views:
            source = self._views[handle].args[0]
            if not isinstance(source, Variable):
                break
            handle = self.handle(source)
        return handle

    def versions_of(self, variable: Variable) -> list[Variable]:
        """What tells whether the memory of an array was written in between."""
        return [self.versions.get(root, root) for root in self.roots(variable)]

    def now(self, bound: Any) -> Any:
        """The present value of an array; anything else as it is."""
        if not self.stale or not isinstance(bound, Variable) or not isinstance(bound.type, Array):
            return bound
        return self._now(self.handle(bound))

    def latest(self, root: Variable) -> Variable:
        """What the owner of some memory holds now."""
        found = self.versions.get(root, root)
        if found in self._lost:
            raise _perhaps_written(root)
        return found

    def _now(self, handle: Variable) -> Variable:
        call = self._views.get(handle)
        if call is None or not isinstance(call.args[0], Variable):
            for root, version in self._joined.get(handle, {}).items():
                latest = self.versions.get(root, root)
                if latest is not version and self._lost.get(latest) is not handle:
                    raise _perhaps_written(handle)
            return self.latest(handle)
        owner = self._now(self.handle(call.args[0]))
        if owner is call.args[0]:
            return handle
        if not self._shares(call):
            raise AliasError(
                f"{_named(handle)} may share memory with an array that was written since.",
                why=f"`{call.primitive.name}` gives a view or a copy, as the memory happens to lie.",
                write=".copy() of one of the two before the write",
            )
        builder = current()
        before, builder.style = builder.style, ""
        again = builder.apply(call.primitive, owner, *call.args[1:], **call.statics)
        builder.style = before
        assert isinstance(again, Variable)
        self._handles[again] = handle
        return again

    def present(self, bound: Any) -> Any:
        """A structure with the present values of its arrays; the same object where nothing is outdated."""
        if not self.stale:
            return bound
        if not isinstance(bound, Branch):
            return self.now(bound)
        children = tuple(self.present(child) for child in bound.children)
        same = all(a is b for a, b in zip(children, bound.children, strict=True))
        return bound if same else bound.rebuilt(children)

    def place(
        self, array: Atom, index: IndexPattern, operands: list[Atom]
    ) -> tuple[Atom, IndexPattern, list[Atom]]:
        """Where to read ``array[index]``: of a view that was overwritten, in the array behind it."""
        if isinstance(array, Variable) and self.handle(array) in self.stale:
            place, index, operands = self._place(array, index, operands)
            return self._now(place), index, operands
        return self.now(array), index, operands

    def _place(
        self, target: Variable, index: IndexPattern, operands: list[Atom]
    ) -> tuple[Variable, IndexPattern, list[Atom]]:
        """``target[index]`` as elements of the array that `target` is a view of, as far as that can be said."""
        place = self.handle(target)
        while place in self._views:
            call = self._views[place]
            owner = call.args[0]
            assert isinstance(owner, Variable)
            found = compose(call, index, operands)
            if found is None:
                break
            (index, operands), place = found, self.handle(owner)
        return place, index, operands

    def write(
        self,
        target: Variable,
        value: Any,
        operands: Iterable[Atom],
        index: IndexPattern,
        row: Primitive,
    ) -> None:
        """``target[index] = value`` (or another update `row`): the root gets a new version."""
        self._check_written(self.handle(target))
        place, index, operands = self._place(target, index, list(operands))
        self._put(place, current().apply(row, self._now(place), value, *operands, index=index))
        self._lose_others(target)

    def overwrite(self, target: Variable, value: Variable) -> None:
        """The whole content of an array is now `value` (of the same type)."""
        place = self.handle(target)
        self._check_written(place)
        self._put(place, value)
        self._lose_others(target)

    def _put(self, place: Variable, new: Any) -> None:
        while place in self._views:
            call = self._views[place]
            owner = call.args[0]
            assert isinstance(owner, Variable)
            place = self.handle(owner)
            new = undo(call, self._now(place), new)
        self.new_version(place, new)

    def new_version(self, root: Variable, new: Variable) -> None:
        outdated = [root, self.versions.get(root, root), *self._members.get(root, ())]
        self.stale = self.stale.union(outdated) - {new}
        self.versions[root] = new
        if new is not root:
            self._handles[new] = root
        if new.name is None and root.name and not new.mark:
            new.rename(root.name)

    def _check_written(self, handle: Variable) -> None:
        place = handle
        while place in self._views:
            call = self._views[place]
            if not self._shares(call):
                raise AliasError(
                    f"{_named(handle)} is written in place, and may be a view or a copy.",
                    why=f"`{call.primitive.name}` gives one or the other, as the memory happens to lie.",
                    write="write into the array itself, or into a view of a copy: a = x.copy(); a.reshape(-1)[k] = v",
                )
            if not isinstance(call.args[0], Variable):
                break
            place = self.handle(call.args[0])
        roots = self.roots(place)
        for root in roots[1:]:
            taker = self._lost.get(self.versions.get(root, root))
            if root in self.held or self.is_outside(root) or (taker and taker not in roots):
                raise AliasError(
                    f"{_named(handle)} is written in place, and its memory can be reached in another way.",
                    why="a branch or a loop decides at run time which array it is.",
                    write=".copy() where it is chosen, or the write inside the branch",
                )
        self.refuse_held(place)
        if self.is_outside(place):
            raise AliasError(
                f"{_named(handle)} is written in place, and is no array of the function's own.",
                why="a derivative changes nothing outside the function: no global, no closure variable.",
                write="the array as an argument, or .copy() first",
            )

    def _lose_others(self, target: Variable) -> None:
        """What `target` may be, as a branch or a loop decided, was perhaps written with it: nobody reads it again."""
        place, *others = self.roots(target)
        for root in others:
            self.lose(root, place)

    def lose(self, root: Variable, taker: Variable) -> None:
        """An array that was perhaps written through `taker`; reading it is refused from now on."""
        old = self.versions.get(root, root)
        if old not in self._lost or self._lost[old] is not taker:
            lost = Variable(root.name, root.type)
            self._lost[lost] = taker
            self.stale = self.stale.union((root, old, lost, *self._members.get(root, ())))
            self.versions[root] = lost

    def lost_since(self, mark: Mark) -> dict[Variable, Variable]:
        """The arrays that were there at the mark and were lost since, each with what took it."""
        return {
            root: self._lost[version]
            for root, version in self.versions.items()
            if version in self._lost
            and self.is_older(root, mark)
            and mark.versions.get(root, root) is not version
        }

    def hold(self, leaves: Iterable[Any]) -> None:
        """The arrays among these stand in a list that grows: a write would be seen through it."""
        for leaf in leaves:
            if isinstance(leaf, Variable) and isinstance(leaf.type, Array):
                self.held.update(self.roots(leaf))

    def refuse_held(self, root: Variable) -> None:
        if root in self.held:
            raise AliasError(
                f"{_named(root)} is written in place, and a list whose length is only known at run time holds it.",
                why="the write would be seen through the list, in every iteration before this one too.",
                write="ys.append(x.copy()), or a copy of the element: y = ys[-1].copy()",
            )

    def is_outside(self, root: Variable) -> bool:
        """True for the memory of what is read from outside."""
        return self._outside(root)

    def is_closed(self, root: Variable) -> bool:
        """True where it was there before the inner derivative that is being lowered."""
        return self.closed is not None and self._born.get(root, 0) <= self.closed

    # ---- branches and loops ---------------------------------------------------------------------

    def mark(self) -> Mark:
        return Mark(dict(self.versions), self.stale, len(self._log), self._time)

    def restore(self, mark: Mark) -> None:
        """Back to a point: the changes since then are taken back."""
        while len(self._log) > mark.log:
            branch, content = self._log.pop()
            _set(branch, content)
        self.versions, self.stale = dict(mark.versions), mark.stale

    def is_older(self, variable: Variable, mark: Mark) -> bool:
        return self._born.get(variable, 0) <= mark.time

    def written_since(self, mark: Mark) -> list[Variable]:
        """Roots that were there at the mark and have another version now."""
        return [
            root
            for root, version in self.versions.items()
            if self.is_older(root, mark)
            and mark.versions.get(root, root) is not version
            and version not in self._lost
        ]

    def changed_since(self, mark: Mark) -> list[Branch]:
        """Containers that were changed since the mark, each once."""
        found: dict[int, Branch] = {}
        for branch, _ in self._log[mark.log :]:
            found[id(branch)] = branch
        return list(found.values())

    def changed(self) -> list[Branch]:
        """Containers whose content is another one than they were made with."""
        return [branch for branch, _ in self._log]

    def is_written(self, root: Variable) -> bool:
        """True for an array of which there are versions, here or in an inner derivative."""
        return root in self.versions or root in self.written_inside

    def is_new(self, variable: Variable) -> None:
        """The target of a branch or a loop is an array of its own."""
        self._time += 1
        self._born[variable] = self._time

    def share(self, variable: Variable, value: Variable) -> None:
        """`variable` stands for `value` itself, or for a view of it."""
        self.join(variable, self.roots(value))

    def join(self, variable: Variable, roots: Iterable[Variable]) -> None:
        """`variable` may share memory with each of these, so it is not written, nor read after they are."""
        self._joined[variable] = {root: self.versions.get(root, root) for root in roots}

    def take_attributes(self) -> dict[int, tuple[Any, Branch]]:
        """The attributes assigned so far, which an inner derivative changes in copies of its own."""
        taken = self._attributes
        self._attributes = {
            key: (value, branch.rebuilt(branch.children)) for key, (value, branch) in taken.items()
        }
        return taken

    def put_attributes(self, attributes: dict[int, tuple[Any, Branch]]) -> None:
        self._attributes = attributes

    def assigned(self) -> list[Branch]:
        """The attributes assigned to objects from outside."""
        return [branch for _, branch in self._attributes.values()]

    def enter(self, branch: Branch, key: Any, child: Any) -> None:
        """What a container has held all along, and is only now looked at."""
        for k, (changed, (kind, keys, children)) in enumerate(self._log):
            if changed is branch and key not in keys:
                self._log[k] = changed, (kind, (*keys, key), (*children, child))
        _set(branch, (branch.kind, (*branch.keys, key), (*branch.children, child)))

    def attributes_of(self, value: Any) -> Branch:
        """The attributes of an object from outside that the program has assigned."""
        if id(value) not in self._attributes:
            self._attributes[id(value)] = (value, Branch("object", (), (), type(value)))
        return self._attributes[id(value)][1]

    # ---- containers -----------------------------------------------------------------------------

    def settle(self, branch: Branch, content: Content) -> None:
        """Let a container have a content that no longer is taken back."""
        _set(branch, content)

    def change(
        self, branch: Branch, keys: Iterable[Any], children: Iterable[Any], kind: str = ""
    ) -> None:
        """The program changes a container, where it stands."""
        self.replace(branch, keys, children, kind)
        for other in self.either.others(branch):
            self.spoil(other)

    def replace(
        self, branch: Branch, keys: Iterable[Any], children: Iterable[Any], kind: str = ""
    ) -> None:
        """A container gets another content, which nobody's change is: what two arms have made of it, say."""
        self._log.append((branch, content_of(branch)))
        _set(branch, (kind or branch.kind, tuple(keys), tuple(children)))

    def spoil(self, branch: Branch) -> None:
        """What a container holds is only known in the run from now on."""
        if not is_spoiled(branch):
            self.replace(branch, *SPOILED, "list" if branch.kind == "growing" else "")


def _perhaps_written(handle: Variable) -> AliasError:
    return AliasError(
        f"{_named(handle)} may share memory with an array that was written since.",
        why="whether it does is only decided at run time, by a branch or a loop.",
        write=".copy() of the array before it is written",
    )


def content_of(branch: Branch) -> Content:
    return branch.kind, branch.keys, branch.children


def _set(branch: Branch, content: Content) -> None:
    for name, value in zip(("kind", "keys", "children"), content, strict=True):
        object.__setattr__(branch, name, value)


def _named(variable: Variable) -> str:
    return f"`{variable.name}`" if variable.name else "this array"
