"""Data and functions that a program reads from outside: globals, closure cells, attributes.

They are read at run time.  What they hold is guarded: functions, classes and modules by identity, numbers and
arrays by abstract type; so rebinding one recompiles instead of giving a stale gradient.
"""

from __future__ import annotations

import ast
import inspect
import types
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from adcompiler.errors import UnsupportedValueError
from adcompiler.frontend.abstraction import Known, ObjectLeaf, abstract, matches
from adcompiler.frontend.bound import Bound, Instance
from adcompiler.ir.nodes import Capture
from adcompiler.ir.structure import Branch, Structure, accessors, leaves, paths, refill
from adcompiler.ir.types import NumpyScalar, Opaque, PythonScalar, Type
from adcompiler.ir.values import Constant, Variable

#: packages whose own attributes are taken not to change under a running program
STABLE = ("numpy", "math", "cmath", "operator", "builtins", "functools", "itertools", "adcompiler")


Key = tuple[Any, ...]


#: keys that ask which names an object has, before the key of the object
OF_NAMES = ("has", "own")


@dataclass(frozen=True, eq=False)
class Dependency:
    """One thing read from outside: `read` gives its present value, `expected` what must hold of it.

    `expected` is a structure of abstract leaves (types, or known values compared by identity or equality).
    `reference` says where the generated text reads it.  `key` lets a generated guard read it fast:
    ``("global", dict, name)``, ``("cell", cell)``, ``("attribute", object, name)``, ``("default",
    function, parameter)`` or ``("argument", parameter)``; further parts are steps: an attribute's name, or
    ``[0]``, ``['w']``, ``.w`` inside a container.  ``("has", name, *key)`` is whether what is read has an attribute,
    ``("own", name, *key)`` whether it has one of its own, besides those of its class.
    """

    key: Key
    name: str
    expected: Structure
    reference: tuple[Any, ...] = ()

    def read(self, arguments: Mapping[str, Any]) -> Any:
        """The present value; `LookupError` or `AttributeError` where there is none any more."""
        kind, *rest = self.key
        if kind in OF_NAMES:
            name, *steps = rest
            owner = Dependency(tuple(steps), name, None).read(arguments)
            return hasattr(owner, name) if kind == "has" else name in vars(owner)
        if kind == "global":
            return follow(rest[0][rest[1]], rest[2:])
        if kind == "cell":
            try:
                return follow(rest[0].cell_contents, rest[1:])
            except ValueError as error:
                raise LookupError(self.name) from error
        if kind == "default":
            function, name, *steps = rest
            parameters = inspect.signature(function, follow_wrapped=False).parameters
            return follow(parameters[name].default, steps)
        owner = rest[0] if kind == "attribute" else arguments[rest[0]]
        return follow(owner, rest[1:])

    def holds(self, arguments: Mapping[str, Any]) -> bool:
        """True where the present value is still of the kind that the program was compiled for."""
        try:
            if self.key[0] in OF_NAMES:
                return bool(self.read(arguments) is self.expected.value)
            return matches(self.read(arguments), self.expected)
        except (LookupError, AttributeError):
            return False


def is_whole(leaf: Any) -> bool:
    """True for what may decide the form of a program: an int or a bool."""
    if isinstance(leaf, NumpyScalar):
        return leaf.dtype.kind in "iub"
    return isinstance(leaf, PythonScalar) and leaf.kind in ("int", "bool")


def identity_of(key: Key) -> Key:
    """Keys hold namespaces, cells and objects, which are told apart by identity."""
    return tuple(part if isinstance(part, str) else id(part) for part in key)


def follow(value: Any, steps: Sequence[str]) -> Any:
    """What attributes and subscripts in turn lead to.

    >>> follow({"w": [1, 2 + 3j]}, ("['w']", "[1]", "imag"))
    3.0
    """
    for step in steps:
        value = (
            value[ast.literal_eval(step[1:-1])]
            if step.startswith("[")
            else getattr(value, step.removeprefix("."))
        )
    return value


class Captures:
    """Collects what a program reads from outside, each thing once.

    `fixed` has the identities of numbers whose values the program depends on (an axis): those are known.
    """

    def __init__(self, fixed: Collection[Key] = ()) -> None:
        self.fixed = fixed
        self.dependencies: list[Dependency] = []
        self.captures: list[Capture] = []
        #: arguments that are known while compiling, such as functions
        self.arguments: dict[str, Any] = {}
        #: calls of code that cannot be followed, kept as written: place and name
        self.unread: list[tuple[Any, str, str]] = []
        self._seen: dict[tuple[Any, ...], Bound] = {}
        self._cells: set[str] = set()
        self._keys: dict[Variable, Key] = {}
        #: recursions that became functions of the program (`called.Called`)
        self.called: list[Any] = []

    def read(
        self, key: tuple[Any, ...], reference: tuple[Any, ...], value: Any, name: str
    ) -> Bound:
        """Bind the present `value`; numbers become captured variables, the rest constants."""
        identity = identity_of(key)
        if reference[0] == "cell" and len(reference) == 2 and identity not in self._seen:
            reference = ("cell", self._unique(reference[1]), *reference[2:])
        if identity not in self._seen:
            self._seen[identity] = self._bind(key, reference, value, name)
        return self._seen[identity]

    def key_of(self, variable: Variable) -> Key | None:
        """Where a number is read from; None for one that is computed."""
        return self._keys.get(variable)

    def is_outside(self, variable: Variable) -> bool:
        """True for a number or an array that is no part of an argument."""
        return any(c.variable is variable and c.reference[0] != "argument" for c in self.captures)

    def holds(self, container: Branch) -> bool:
        """True for a container that was read from outside, or that one of those holds."""
        work = list(self._seen.values())
        while work:
            bound = work.pop()
            if bound is container:
                return True
            if isinstance(bound, Branch):
                work.extend(bound.children)
        return False

    def state(self) -> tuple[Any, ...]:
        """What to go back to where an attempt fails."""
        lengths = len(self.dependencies), len(self.captures), len(self.called)
        return *lengths, dict(self._seen), set(self._cells)

    def restore(self, state: tuple[Any, ...]) -> None:
        dependencies, captures, called, seen, cells = state
        del self.called[called:]
        self._seen, self._cells = dict(seen), set(cells)
        del self.dependencies[dependencies:]
        del self.captures[captures:]

    def whole(self, instance: Instance) -> Variable:
        """An object itself, as an operand of a call that is kept as written."""
        reference = instance.reference
        if not reference:
            raise UnsupportedValueError(
                f"an object of class {type(instance.value).__name__} is used that no name holds.",
                why="the program could not say where it is found.",
                write="a name for it outside the function",
            )
        for capture in self.captures:
            if capture.reference == reference:
                return capture.variable
        name = str(reference[-1]).lstrip(".") if len(reference) > 1 else "owner"
        variable = Variable(name, Opaque(type(instance.value).__name__))
        self.captures.append(Capture(reference, variable))
        return variable

    def place_of(self, value: Any) -> Instance | None:
        """Where the program finds a function that it has met as a value; None where that is not known."""
        for name, given in self.arguments.items():
            if given is value:
                return Instance(value, ("argument", name))
        for dependency in self.dependencies:
            known = dependency.expected
            if isinstance(known, Known) and known.value is value and len(dependency.reference) > 1:
                return Instance(value, dependency.reference, dependency.key)
        return None

    def has(self, key: tuple[Any, ...], present: bool, name: str) -> Bound:
        """Bind whether an attribute is there."""
        self._need(Dependency(key, name, Known(present)))
        return Constant.of(present)

    def needs(self, owner: Any, name: str, found: Any) -> None:
        """What a class gives for a name must stay the object it is."""
        self._need(Dependency(("attribute", owner, name), name, Known(found)))

    def _need(self, dependency: Dependency) -> None:
        """Add it, once."""
        asked = identity_of(dependency.key)
        if all(identity_of(d.key) != asked for d in self.dependencies):
            self.dependencies.append(dependency)

    def _unique(self, name: str) -> str:
        """Cells of two functions may have one name; each becomes a keyword parameter of its own."""
        chosen, number = name, 2
        while chosen in self._cells:
            chosen, number = f"{name}_{number}", number + 1
        self._cells.add(chosen)
        return chosen

    def _bind(
        self, key: tuple[Any, ...], reference: tuple[Any, ...], value: Any, name: str
    ) -> Bound:
        if isinstance(value, types.ModuleType):
            self.dependencies.append(Dependency(key, name, Known(value), reference))
            return Constant.of(value)
        expected = abstract(value, name=name, active=False)

        def leaf(leaf: Any, steps: tuple[str, ...]) -> Bound:
            if isinstance(leaf, Known):
                return Constant.of(leaf.value)
            if isinstance(leaf, ObjectLeaf):
                return Instance(follow(value, steps), (*reference, *steps), (*key, *steps))
            assert isinstance(leaf, Type)
            variable = Variable(leaf_name(name, steps), leaf)
            self._keys[variable] = (*key, *steps)
            self.captures.append(Capture((*reference, *steps), variable))
            return variable

        steps = (
            [accessors(path, expected) for path in paths(expected)]
            if isinstance(expected, Branch)
            else [()]
        )
        if self.fixed:
            fixed = [
                Known(follow(value, s))
                if identity_of((*key, *s)) in self.fixed and is_whole(item)
                else item
                for item, s in zip(leaves(expected), steps, strict=True)
            ]
            expected = refill(expected, fixed)
        bound = refill(
            expected, [leaf(item, s) for item, s in zip(leaves(expected), steps, strict=True)]
        )
        if reference[:2] != ("global", "builtins"):  # the one namespace that nobody rebinds
            self.dependencies.append(Dependency(key, name, expected, reference))
        return bound


def leaf_name(name: str, steps: tuple[str, ...]) -> str:
    """A variable name for a leaf of a container: its own key where that is a name.

    >>> leaf_name("params", ("['W1']",)), leaf_name("xs", ("[0]",)), leaf_name("p", (".x",))
    ('W1', 'xs_0', 'x')
    """
    if not steps:
        return name
    last = steps[-1].strip(".[]'\"")
    if last.isidentifier():
        return last
    inner = "".join(c if c.isalnum() else "_" for c in last)
    return f"{leaf_name(name, steps[:-1])}_{inner}"
