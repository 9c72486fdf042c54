"""Recursion that ends by a number and goes on after the call: the function is called in the run, not entered.

Its outermost call is lowered as a definition of its own.  The parameters are what changes from one call to the next;
what stays the same (a function, an object, a string) is known inside.  Their types, and those of the results, are found
as a loop finds those of what it carries: a recursive call ends its path in the first round, so that the paths that do
not recurse say what comes out, and the joins are repeated until nothing changes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from itertools import count as count_from
from types import FunctionType
from typing import Any

from adcompiler.errors import UnsupportedSyntaxError
from adcompiler.frontend.aliases import reachable
from adcompiler.frontend.alike import same_form
from adcompiler.frontend.bound import Bound, PathEnds, describe
from adcompiler.frontend.called_limits import (
    another,
    frames_around,
    refuse_assignments,
    refuse_changes,
    refuse_lists,
    refuse_shared,
)
from adcompiler.frontend.capture import leaf_name
from adcompiler.frontend.carried import type_of_leaf
from adcompiler.frontend.frame import Frame
from adcompiler.frontend.joins import as_type, join_types
from adcompiler.frontend.lifting import lift
from adcompiler.frontend.memory import Mark
from adcompiler.frontend.same_calls import (
    containers,
    is_plain,
    same_function,
    same_leaf,
    symbols_of,
)
from adcompiler.ir.builder import Builder, current
from adcompiler.ir.definitions import Definition, invoke, packed
from adcompiler.ir.lengths import Symbol, assume_equal, assumptions, unknown
from adcompiler.ir.nodes import Function, Parameter
from adcompiler.ir.structure import Structure, accessors, leaves, paths, refill, sequence
from adcompiler.ir.types import Array, Type
from adcompiler.ir.values import Atom, Variable
from adcompiler.ir.walk import free_variables

#: the ladder of types is short, as in loops
ROUNDS = 12

_serial = count_from(1)


class Called:
    """A function while it becomes a definition; `enter` lowers its body in a scope of its own."""

    def __init__(
        self,
        frame: Frame,
        function: Any,
        key: Any,
        name: str,
        scope: dict[str, Bound],
        enter: Callable[[dict[str, Bound]], Bound],
    ) -> None:
        self.frame, self.function, self.key, self.enter = frame, function, key, enter
        self.scope = scope
        self.name = name if name.isidentifier() else "function"
        self.memory = frame.program.memory
        self.names = list(scope)
        self.entry: Structure = self._state(scope)
        self.types: list[Type | None] = [
            leaf.type if isinstance(leaf, Variable) else None for leaf in leaves(self.entry)
        ]
        self.serial = next(_serial)
        self.wider: dict[int, Type] = {}
        self.result: Structure | None = None
        self.result_types: list[Type | None] = []
        #: which results may be memory that is handed in (then nobody writes them), and which surely are an argument
        self.shared: set[int] = set()
        self.same: dict[int, int] = {}
        #: the array parameters that are written, and the arrays outside: each call hands their new content back
        self.written: list[int] = []
        self.hidden: list[Variable] = []
        self.definition = Definition(self.name, ())
        self.older, self.errstate = frame.program.older, frame.program.errstate
        refuse_lists(self.name, self.entry)

    # ---- the fixpoint ---------------------------------------------------------------------------

    def lower(self, go_back: Callable[[], None]) -> Bound:
        """Append the outermost call; its value."""
        program = self.frame.program
        before = len(program.pending)
        program.defining.append(self)
        try:
            for _ in range(ROUNDS):
                del program.pending[before:]
                go_back()
                with assumptions() as made:
                    settled = self._round()
                if settled:
                    break
            else:
                raise UnsupportedSyntaxError(
                    f"the types in the recursion of `{self.name}` do not settle.",
                    why="a parameter or a result changes its kind from one call to the next.",
                    write="one kind of value for each parameter and each result",
                )
        finally:
            program.defining.pop()
        stable = self._stable()
        for pair in made:  # of lengths that are known outside; others are checked where they stand
            if all(symbols_of(length) <= stable for length in pair):
                assume_equal(*pair)
        lift(program, self.definition)
        program.captures.called.append(self)
        args = [leaf for leaf, type in self._changing(leaves(self.entry)) if type]
        own = self.definition.lowered.inputs
        free = (v for v in free_variables(self.definition.lowered.body) if v not in own)
        self._refuse_overlap(leaves(self.entry), (*self.definition.outer, *free))
        return self._invoked(args, leaves(self.entry))

    def _round(self) -> bool:
        """Lower the body once; True where nothing had to be joined."""
        self.wider = {}
        variables = [
            leaf if type is None else Variable(name, type)
            for leaf, type, name in zip(leaves(self.entry), self.types, self._names(), strict=True)
        ]
        results = [t for t in self.result_types if t is not None]
        results += [type for k in self.written if (type := self.types[k]) is not None]
        results += [root.type for root in self.hidden]
        self.definition = Definition(self.name, tuple(results))
        self.definition.stable = frozenset(self._stable())
        for variable in variables:
            if isinstance(variable, Variable) and isinstance(variable.type, Array):
                self.memory.is_new(variable)
        start = refill(self.entry, variables)
        scopes = [(frame.scope, dict(frame.scope)) for frame in frames_around(self.frame)]
        older = {id(b) for b in containers(start)} | reachable(self.frame)
        before = self.memory.mark()
        versions = [Variable(root.name, root.type) for root in self.hidden]
        for root, version in zip(self.hidden, versions, strict=True):
            self.memory.new_version(root, version)
        mark = self.memory.mark()
        self.start, self.mark = start, mark
        with current().nested() as inner:
            try:
                found = self.enter(dict(zip(self.names, start.children, strict=True)))
            except PathEnds:
                if self.result is None and self.wider:
                    # with the first values it never ends: they are no constants
                    self._widen_arguments()
                    self.memory.restore(before)
                    return False
                if self.result is None:
                    raise UnsupportedSyntaxError(
                        f"the recursion of `{self.name}` does not end.",
                        why="every path through the function calls it again, or raises.",
                        write="a `return` without a call, under a condition",
                    ) from None
                raise
            found = self.memory.present(found)
            refuse_lists(self.name, found)
            refuse_changes(self.name, self.memory, mark, older, inner)
            refuse_assignments(self.name, scopes)
            grown = self._writes_more(variables, mark)
            settled = self._joined(found, mark) and not grown
            if settled:
                self._close(inner, [*variables, *versions], found)
        self.memory.restore(before)
        return settled

    def _writes_more(self, variables: list[Any], mark: Mark) -> bool:
        """Add the arrays that were there before the call and that the body has written."""
        count = len(self.written) + len(self.hidden)
        places = {v: k for k, v in enumerate(variables) if isinstance(v, Variable)}
        for root in self.memory.written_since(mark):
            if root in places and places[root] not in self.written:
                self.written.append(places[root])
            elif root not in places and root not in self.hidden:
                self.hidden.append(root)
        return len(self.written) + len(self.hidden) > count

    def _joined(self, found: Structure, mark: Mark) -> bool:
        """Join the results of this round to those before; True where neither they nor the arguments changed."""
        shared, same_as = set(self.shared), {}
        position = 0
        places = {v: k for k, v in enumerate(leaves(self.start)) if isinstance(v, Variable)}
        for leaf in leaves(found):
            if isinstance(leaf, Variable) and isinstance(leaf.type, Array):
                handle = self.memory.handle(leaf)
                if handle in places:
                    same_as[position] = places[handle]
                elif any(self.memory.is_older(r, mark) for r in self.memory.roots(leaf)):
                    shared.add(position)
            position += type_of_leaf(leaf) is not None
        types = [type_of_leaf(leaf) for leaf in leaves(found)]
        if self.result is None:
            self.result, self.result_types, self.shared = found, types, shared
            self.same = same_as
            self._widen_arguments()
            return False
        try:
            first, second = same_form(self.result, found)
        except UnsupportedSyntaxError as error:
            raise another(
                self.name, f"returns {describe(found)} and {describe(self.result)}"
            ) from error
        joined: list[Type | None] = []
        pairs = zip(leaves(first), leaves(second), self.result_types, strict=True)
        for k, (old, new, type) in enumerate(pairs):
            if type is None:
                if not same_leaf(old, new):
                    raise another(self.name, f"returns {describe(old)} and {describe(new)}")
                joined.append(None)
            else:
                joined.append(self._join(("result", k), old, new, type))
        for place in [place for place, k in self.same.items() if same_as.get(place) != k]:
            del self.same[place]
            same_as.pop(place, None)
            shared.add(place)
        for place in same_as.keys() - self.same.keys():
            shared.add(place)
        same = joined == self.result_types and shared == self.shared and not self.wider
        self.result_types, self.shared = joined, shared
        self._widen_arguments()
        return same

    def _widen_arguments(self) -> None:
        for k, type in self.wider.items():
            self.types[k] = type

    def _join(self, place: tuple[str, int], old: Bound, new: Bound, type: Type) -> Type:
        """A length that is another one from call to call is unknown inside."""
        return join_types(old, new, type, partial(unknown, "len", self.serial, place))

    # ---- another call outside -------------------------------------------------------------------

    def shared_with(self, function: Any, scope: dict[str, Bound]) -> Bound | None:
        """The value of another call that the definition serves as it is; None where it does not.

        What is read from around may have changed since, so only a function of a module is used again.
        """
        program = self.frame.program
        same = self.older is program.older and self.errstate == program.errstate
        statics = (
            x for x, type in zip(leaves(self.entry), self.types, strict=True) if type is None
        )
        plain = isinstance(function, FunctionType) and self.function is function
        closed = self.definition.closed and not self.definition.outer
        if (
            self.hidden
            or not closed
            or self.memory.assigned()
            or not (plain and same and all(map(is_plain, statics)))
        ):
            return None
        given = self._state(scope)
        if [b.form for b in containers(given)] != [b.form for b in containers(self.entry)]:
            return None
        pairs = zip(leaves(self.entry), leaves(given), self.types, strict=True)
        args: list[Atom] = []
        for k, (old, new, type) in enumerate(pairs):
            if type is None:
                if not same_leaf(old, new):
                    return None
                continue
            if type_of_leaf(new) is None or self._joins(("given", k), old, new, type) != type:
                return None
            args.append(as_type(new, type))
        self._refuse_overlap(leaves(given), ())
        return self._invoked(args, leaves(given))

    def _joins(self, place: tuple[str, int], old: Bound, new: Bound, type: Type) -> Type | None:
        try:
            return self._join(place, old, new, type)
        except UnsupportedSyntaxError:
            return None

    # ---- a recursive call -----------------------------------------------------------------------

    def again(self, function: Any, scope: dict[str, Bound]) -> Bound:
        """The value of a call inside the function itself."""
        if self.frame.program.older is not self.older:
            raise UnsupportedSyntaxError(
                f"the recursion of `{self.name}`, which ends by a number, is differentiated inside itself.",
                why="its derivative would be needed before the function is known.",
                write="the derivative outside of the recursion",
            )
        if not same_function(self.function, function):
            raise another(self.name, "is another closure in each call")
        given = self._state(scope)
        if list(scope) != self.names:
            raise another(self.name, "is called with other parameters")
        for name, old, new in zip(self.names, self.entry.children, given.children, strict=True):
            if [a.form for a in containers(old)] != [b.form for b in containers(new)]:
                raise another(
                    self.name, f"is given {describe(old)} and {describe(new)} as `{name}`"
                )
        args: list[Atom] = []
        for k, (old, new) in enumerate(zip(leaves(self.start), leaves(given), strict=True)):
            type = self.types[k]
            if type is None:
                if same_leaf(old, new):
                    continue
                if type_of_leaf(old) is None or type_of_leaf(new) is None:
                    raise another(self.name, f"is given {describe(old)} and {describe(new)}")
                self.wider[k] = self._join(("given", k), old, new, old.type)
                continue
            joined = self._join(("given", k), old, new, self.wider.get(k, type))
            if joined != type:
                self.wider[k] = joined
            args.append(as_type(new, type))
        if self.result is None:
            raise PathEnds(RecursionError, None)
        self._refuse_overlap(leaves(given), ())
        self._refuse_outside(leaves(given))
        return self._invoked(args, leaves(given))

    def _refuse_overlap(self, given: list[Any], outer: Iterable[Variable]) -> None:
        """What is written reaches the function in one way only."""
        arrays = {k: set(self.memory.roots(a)) for k, a in enumerate(given) if _is_array(a)}
        around = {root for v in outer if _is_array(v) for root in self.memory.roots(v)}
        for k in self.written:
            others = (roots for j, roots in arrays.items() if j != k)
            if not arrays[k].isdisjoint(around.union(*others)):
                raise refuse_shared(self.name, given[k])
        for roots in arrays.values():
            if not roots.isdisjoint(self.hidden):
                raise refuse_shared(self.name, self.hidden[0])

    def _refuse_outside(self, given: list[Any]) -> None:
        """A recursive call writes what it was given itself, or what it made: no array that it sees outside."""
        own = {v for v in leaves(self.start) if isinstance(v, Variable)}
        for k in self.written:
            for root in self.memory.roots(given[k]):
                if self.memory.is_older(root, self.mark) and root not in own:
                    raise refuse_shared(self.name, given[k])

    def _invoked(self, args: list[Atom], given: list[Any]) -> Bound:
        builder, memory = current(), self.memory
        hidden = [memory.latest(root) for root in self.hidden]
        count = len(self.result_types) - self.result_types.count(None)
        likes = [*[None] * count, *(given[k].type for k in self.written)]
        before, builder.style = builder.style, "python"
        every = invoke(self.definition, [*args, *hidden, *self.definition.outer], likes)
        builder.style = before
        targets, changed = every[:count], every[count:]
        for k, target in zip(self.written, changed, strict=False):
            memory.overwrite(given[k], target)
        for root, target in zip(self.hidden, changed[len(self.written) :], strict=True):
            memory.new_version(root, target)
        sources = (
            *filter(_is_array, given),
            *filter(_is_array, self.definition.outer),
            *self.hidden,
        )
        roots = {root for a in sources for root in memory.roots(a)}
        for k, target in enumerate(targets):
            if isinstance(target.type, Array) and k in self.shared:
                others = [t for j, t in enumerate(targets) if j in self.shared and t is not target]
                arrays = [t for t in others if isinstance(t.type, Array)]
                self.memory.join(target, (*roots, *arrays))
        remaining = iter(targets)
        values = [
            leaf if type is None else next(remaining)
            for leaf, type in zip(leaves(self.result), self.result_types, strict=True)
        ]
        places = [k for k, type in enumerate(self.result_types) if type is not None]
        for position, k in self.same.items():
            if position not in self.shared:
                values[places[position]] = given[k]
        return refill(self.result, values)

    # ---- the definition -------------------------------------------------------------------------

    def _close(self, inner: Builder, variables: list[Any], found: Structure) -> None:
        results: list[Atom] = [
            as_type(leaf, type)
            for leaf, type in zip(leaves(found), self.result_types, strict=True)
            if type is not None
        ]
        results += [self.memory.latest(variables[k]) for k in self.written]
        results += [self.memory.latest(root) for root in self.hidden]
        count = len(self.types)
        changing = [v for v, type in zip(variables, self.types, strict=False) if type is not None]
        parameters: list[Parameter] = []
        for v in (*changing, *variables[count:]):
            taken = {p.name for p in parameters}
            stem = v.name if v.name and v.name.isidentifier() else "x"
            numbers = (f"{stem}_{k}" for k in count_from(2))
            parameters.append(
                Parameter(
                    stem if stem not in taken else next(n for n in numbers if n not in taken), v
                )
            )
        self.definition.function = Function(
            self.name, tuple(parameters), inner.block(), packed(results), owns_results=True
        )

    def _state(self, scope: dict[str, Bound]) -> Structure:
        return self.memory.present(sequence("tuple", tuple(scope.values())))

    def _changing(self, values: list[Any]) -> Iterator[tuple[Any, Type | None]]:
        for leaf, type in zip(values, self.types, strict=True):
            yield (leaf if type is None else as_type(leaf, type)), type

    def _names(self) -> list[str]:
        """A name for each leaf, every one once."""
        found: list[str] = []
        for name, child in zip(self.names, self.entry.children, strict=True):
            for path in paths(child):
                stem = leaf_name(name, accessors(path, child)) if path else name
                shown, number = stem, 1
                while shown in found:
                    number += 1
                    shown = f"{stem}_{number}"
                found.append(shown)
        return found

    def _stable(self) -> set[Symbol]:
        """The lengths that mean the same inside and outside of every call."""
        program = self.frame.program
        known = [c.variable.type for c in program.captures.captures]
        known += [v.type for v in program.arguments]
        for leaf, type in zip(leaves(self.entry), self.types, strict=True):
            if isinstance(leaf, Variable) and leaf.type == type:
                known.append(type)
        found: set[Symbol] = set()
        for type in known:
            if isinstance(type, Array):
                for length in type.shape:
                    found |= symbols_of(length)
        return found


def _is_array(leaf: Any) -> bool:
    return isinstance(leaf, Variable) and isinstance(leaf.type, Array)
