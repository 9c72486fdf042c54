"""Recursion that ends by a number and goes on after the call: the function is called in the run, not entered.

Its outermost call is lowered as a definition of its own.  The parameters are what changes from one call to the next;
what stays the same (a function, an object, a string) is known inside.  Their types, and those of the results, are found
as a loop finds those of what it carries: a recursive call ends its path in the first round, so that the paths that do
not recurse say what comes out, and the joins are repeated until nothing changes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from itertools import count
from types import FunctionType
from typing import Any

from adcompiler.errors import UnsupportedSyntaxError
from adcompiler.frontend.aliases import reachable
from adcompiler.frontend.alike import same_constant, same_form
from adcompiler.frontend.bound import (
    Bound,
    BoundMethod,
    Closure,
    Instance,
    Opaque,
    PathEnds,
    describe,
)
from adcompiler.frontend.branches import as_type, join_types
from adcompiler.frontend.capture import leaf_name
from adcompiler.frontend.carried import type_of_leaf
from adcompiler.frontend.frame import Frame
from adcompiler.frontend.lifting import lift
from adcompiler.frontend.memory import Mark
from adcompiler.ir.builder import Builder, current
from adcompiler.ir.definitions import Definition, called_in, invoke, packed
from adcompiler.ir.effects import acts
from adcompiler.ir.lengths import Length, Symbol, assume_equal, assumptions, unknown
from adcompiler.ir.nodes import Function, Parameter
from adcompiler.ir.structure import Structure, accessors, iterate, leaves, paths, refill, sequence
from adcompiler.ir.types import Array, List, Type, is_number
from adcompiler.ir.values import Atom, Constant, Variable

#: the ladder of types is short, as in loops
ROUNDS = 12

_serial = count(1)


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
        #: which results may be memory that is handed in (then nobody writes them)
        self.shared: set[int] = set()
        self.outside: dict[Variable, None] = {}
        self.definition = Definition(self.name, ())
        self.older, self.errstate = frame.program.older, frame.program.errstate
        self._refuse_lists(self.entry)

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
            if all(_symbols(length) <= stable for length in pair):
                assume_equal(*pair)
        lift(program, self.definition)
        program.captures.called.append(self)
        return self._invoked([leaf for leaf, type in self._changing(leaves(self.entry)) if type])

    def _round(self) -> bool:
        """Lower the body once; True where nothing had to be joined."""
        self.wider = {}
        variables = [
            leaf if type is None else Variable(name, type)
            for leaf, type, name in zip(leaves(self.entry), self.types, self._names(), strict=True)
        ]
        self.definition = Definition(
            self.name, tuple(t for t in self.result_types if t is not None)
        )
        self.definition.stable = frozenset(self._stable())
        for variable in variables:
            if isinstance(variable, Variable) and isinstance(variable.type, Array):
                self.memory.is_new(variable)
        start = refill(self.entry, variables)
        scopes = [(frame.scope, dict(frame.scope)) for frame in self._frames()]
        older = {id(b) for b in _branches(start)} | reachable(self.frame)
        mark = self.memory.mark()
        self.start = start
        with current().nested() as inner:
            try:
                found = self.enter(dict(zip(self.names, start.children, strict=True)))
            except PathEnds:
                if self.result is None and self.wider:
                    # with the first values it never ends: they are no constants
                    self._widen_arguments()
                    self.memory.restore(mark)
                    return False
                if self.result is None:
                    raise UnsupportedSyntaxError(
                        f"the recursion of `{self.name}` does not end.",
                        why="every path through the function calls it again, or raises.",
                        write="a `return` without a call, under a condition",
                    ) from None
                raise
            found = self.memory.present(found)
            self._refuse_lists(found)
            self._refuse_changes(mark, older, inner)
            self._refuse_assignments(scopes)
            settled = self._joined(found, mark)
            if settled:
                self._close(inner, variables, found)
        self.memory.restore(mark)
        return settled

    def _joined(self, found: Structure, mark: Mark) -> bool:
        """Join the results of this round to those before; True where neither they nor the arguments changed."""
        shared = set(self.shared)
        position = 0
        for leaf in leaves(found):
            if isinstance(leaf, Variable) and isinstance(leaf.type, Array):
                roots = self.memory.roots(leaf)
                if any(self.memory.is_older(root, mark) for root in roots):
                    shared.add(position)
            position += type_of_leaf(leaf) is not None
        types = [type_of_leaf(leaf) for leaf in leaves(found)]
        if self.result is None:
            self.result, self.result_types, self.shared = found, types, shared
            self._widen_arguments()
            return False
        try:
            first, second = same_form(self.result, found)
        except UnsupportedSyntaxError as error:
            raise self._another(f"returns {describe(found)} and {describe(self.result)}") from error
        joined: list[Type | None] = []
        pairs = zip(leaves(first), leaves(second), self.result_types, strict=True)
        for k, (old, new, type) in enumerate(pairs):
            if type is None:
                if not _same(old, new):
                    raise self._another(f"returns {describe(old)} and {describe(new)}")
                joined.append(None)
            else:
                joined.append(self._join(("result", k), old, new, type))
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
            not closed
            or self.memory.assigned()
            or not (plain and same and all(map(_is_plain, statics)))
        ):
            return None
        given = self._state(scope)
        if [b.form for b in _branches(given)] != [b.form for b in _branches(self.entry)]:
            return None
        pairs = zip(leaves(self.entry), leaves(given), self.types, strict=True)
        args: list[Atom] = []
        for k, (old, new, type) in enumerate(pairs):
            if type is None:
                if not _same(old, new):
                    return None
                continue
            if type_of_leaf(new) is None or self._joins(("given", k), old, new, type) != type:
                return None
            args.append(as_type(new, type))
        return self._invoked(args)

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
        if not _same_function(self.function, function):
            raise self._another("is another closure in each call")
        given = self._state(scope)
        if list(scope) != self.names:
            raise self._another("is called with other parameters")
        for name, old, new in zip(self.names, self.entry.children, given.children, strict=True):
            if [a.form for a in _branches(old)] != [b.form for b in _branches(new)]:
                raise self._another(f"is given {describe(old)} and {describe(new)} as `{name}`")
        args: list[Atom] = []
        for k, (old, new) in enumerate(zip(leaves(self.start), leaves(given), strict=True)):
            type = self.types[k]
            if type is None:
                if _same(old, new):
                    continue
                if type_of_leaf(old) is None or type_of_leaf(new) is None:
                    raise self._another(f"is given {describe(old)} and {describe(new)}")
                self.wider[k] = self._join(("given", k), old, new, old.type)
                continue
            joined = self._join(("given", k), old, new, self.wider.get(k, type))
            if joined != type:
                self.wider[k] = joined
            args.append(as_type(new, type))
        if self.result is None:
            raise PathEnds(RecursionError, None)
        return self._invoked(args)

    def _invoked(self, args: list[Atom]) -> Bound:
        builder = current()
        given = [a for a in args if isinstance(a, Variable) and isinstance(a.type, Array)]
        before, builder.style = builder.style, "python"
        targets = invoke(self.definition, [*args, *self.definition.outer])
        builder.style = before
        roots = {root for a in (*given, *self.outside) for root in self.memory.roots(a)}
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
        return refill(self.result, values)

    # ---- the definition -------------------------------------------------------------------------

    def _close(self, inner: Builder, variables: list[Any], found: Structure) -> None:
        results: list[Atom] = [
            as_type(leaf, type)
            for leaf, type in zip(leaves(found), self.result_types, strict=True)
            if type is not None
        ]
        parameters = [
            Parameter(v.name or "x", v)
            for v, type in zip(variables, self.types, strict=True)
            if type is not None
        ]
        for definition in called_in(inner.block()):
            self.outside.update((v, None) for v in definition.outer)
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
                    found |= _symbols(length)
        return found

    # ---- what is refused ------------------------------------------------------------------------

    def _another(self, fact: str) -> UnsupportedSyntaxError:
        return UnsupportedSyntaxError(
            f"the recursion of `{self.name}`, which ends by a number, {fact}.",
            why="such a function is compiled once for all its calls: what is no number is the same in each of them.",
            write="parameters and results of one structure, and functions that are defined outside",
        )

    def _refuse_lists(self, structure: Structure) -> None:
        for leaf in iterate(structure):
            if isinstance(leaf, Opaque):
                raise self._another(f"is given {leaf.description}, which changes while it is read")
            if isinstance(leaf, Variable) and (
                isinstance(leaf.type, List) or not is_number(leaf.type)
            ):
                raise UnsupportedSyntaxError(
                    f"the recursion of `{self.name}`, which ends by a number, hands on a {leaf.type}.",
                    why="its parameters and results are numbers, arrays, and containers of a known structure.",
                    write="an array, or a container of a fixed length",
                )

    def _refuse_changes(self, mark: Mark, older: set[int], inner: Builder) -> None:
        memory = self.memory
        written = memory.written_since(mark)
        attributes = {id(branch) for branch in memory.assigned()}
        changed = [b for b in memory.changed_since(mark) if id(b) in older | attributes]
        if written or changed:
            what = written[0].name if written else describe(changed[0])
            raise UnsupportedSyntaxError(
                f"the recursion of `{self.name}`, which ends by a number, changes {f'`{what}`' if written else what} "
                "in place.",
                why="such a function is called in the run, and hands on what it computes by its result only.",
                write="a new value as a result: x = x.copy() before the write, and return x",
            )
        if acts(inner.block()):
            raise UnsupportedSyntaxError(
                f"the recursion of `{self.name}`, which ends by a number, has effects (it prints, draws or writes).",
                why="such a function is called by several sweeps, and its effects would happen more than once.",
                write="the effect outside of the recursion, or a `while` loop",
            )

    def _frames(self) -> list[Frame]:
        """Those around the call."""
        found: dict[int, Frame] = {}
        for frame in (*self.frame.program.frames, self.frame):
            here: Frame | None = frame
            while here is not None:
                found[id(here)] = here
                here = here.parent
        return list(found.values())

    def _refuse_assignments(self, scopes: list[tuple[dict[str, Bound], dict[str, Bound]]]) -> None:
        for scope, before in scopes:
            for name, bound in scope.items():
                if before.get(name) is not bound:
                    scope.clear()
                    scope.update(before)
                    raise UnsupportedSyntaxError(
                        f"the recursion of `{self.name}`, which ends by a number, assigns `{name}` outside of itself.",
                        why="such a function is called in the run, and hands on what it computes by its result only.",
                        write="the value as a result",
                    )


def _symbols(length: Length) -> set[Symbol]:
    return {symbol for monomial, _ in length.terms for symbol in monomial}


def _branches(structure: Structure) -> list[Any]:
    """The containers of a structure, outermost first."""
    if not hasattr(structure, "children"):
        return []
    return [structure, *(b for child in structure.children for b in _branches(child))]


def _is_plain(leaf: Bound) -> bool:
    """True for what means the same wherever it stands."""
    return isinstance(leaf, Constant) and (
        is_number(leaf.type) or isinstance(leaf.value, (str, bytes, type(None), FunctionType))
    )


def _same_function(a: Any, b: Any) -> bool:
    if isinstance(a, Closure) and isinstance(b, Closure):
        return a.node is b.node and a.frame is b.frame
    return a is b


def _same(a: Bound, b: Bound) -> bool:
    """True where a leaf that is known while compiling is the same in another call."""
    if a is b or same_constant(a, b):
        return True
    if isinstance(a, Constant) and isinstance(b, Constant):
        return not is_number(a.type) and type(a.value) is type(b.value) and _equal(a.value, b.value)
    if isinstance(a, Instance) and isinstance(b, Instance):
        return a.value is b.value
    if isinstance(a, BoundMethod) and isinstance(b, BoundMethod):
        every = zip((a.function, *a.args), (b.function, *b.args), strict=False)
        same = len(a.args) == len(b.args) and not a.kwargs and not b.kwargs
        return same and all(_same(x, y) for x, y in every)
    return isinstance(a, Closure) and isinstance(b, Closure) and _same_function(a, b)


def _equal(a: Any, b: Any) -> bool:
    return a is b or (isinstance(a, (str, bytes, type(None))) and bool(a == b))


__all__ = ["Called"]
