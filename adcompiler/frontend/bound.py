"""What a name can be bound to while lowering.

Numbers are atoms, containers are `ir.structure.Branch`es of bound values, everything known while compiling
(functions, modules, strings, None) is a `Constant`.  The records here are the rest.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from adcompiler.errors import UnsupportedValueError
from adcompiler.frontend.source import FunctionSource
from adcompiler.frontend.stacked import stacked
from adcompiler.ir.structure import Branch
from adcompiler.ir.types import List, is_number
from adcompiler.ir.values import Atom, Constant, Variable, is_unbound, unbound
from adcompiler.options import Request

Bound = Any
Scope = dict[str, Bound]


#: the kind of the container that is None or a value (`optional`)
OPTIONAL = "optional"


@dataclass(frozen=True, eq=False)
class Undefined:
    """A name that only some of the paths to this point have bound."""

    reason: str
    write: str = ""


class Cell:
    """The class of what holds a variable that several functions assign."""


@dataclass(frozen=True, eq=False)
class Leave:
    """The end of a loop's body: `flag` tells whether the loop ends there (`break`)."""

    flag: Atom


@dataclass(frozen=True, eq=False)
class Raised:
    """What a path hands on that ends in an exception: nothing."""

    end: PathEnds


class PathEnds(Exception):  # noqa: N818 — it is no error of ours
    """Leaves the lowering of a path behind a statement that surely raises there.

    `make` builds the exception where all that it is made of is known.
    """

    def __init__(self, cls: type[BaseException], make: Callable[[], BaseException] | None) -> None:
        super().__init__(cls.__name__)
        self.cls = cls
        self.make = make


@dataclass(frozen=True)
class LoopContext:
    """The names that the body of the loop at hand may bind."""

    names: tuple[str, ...]


class Opaque:
    """Base of what names may hold and catalogue functions never see: an iterator, `super()`."""

    @property
    def description(self) -> str:
        """How errors call it, with its article."""
        raise NotImplementedError


@dataclass(frozen=True, eq=False)
class Instance:
    """An object whose attributes are read when needed; `reference` says where the run finds it."""

    value: Any
    reference: tuple[Any, ...]
    owner: Any = None  # the namespace in which a guard reads it; None for an argument

    def __repr__(self) -> str:
        """Without an address: the stages of a compilation are the same in every process."""
        return f"<{type(self.value).__name__}>"


@dataclass(frozen=True, eq=False)
class Closure:
    """A function defined inside the function at hand; it sees its scope as it is when called."""

    node: Any
    source: FunctionSource
    frame: Any
    defaults: tuple[tuple[str, Bound], ...] = ()


@dataclass(frozen=True, eq=False)
class BoundMethod:
    """`function` with `self` (and perhaps further arguments) already given."""

    function: Bound
    args: tuple[Bound, ...]
    kwargs: Mapping[str, Bound] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Builtin:
    """A method of an array or a container: a Python function over bound values."""

    name: str
    apply: Callable[..., Any]
    lowered: bool = False  # True where `apply` takes bound values as they are
    parameters: tuple[str, ...] = ()
    style: str = "numpy"


@dataclass(frozen=True, eq=False)
class Differentiated:
    """A derivative asked for inside the program: `request` of `function`."""

    request: Request
    function: Bound
    extra: tuple[Bound, ...] = ()


def as_unbound(value: Bound) -> Bound | None:
    """The form of numbers, or of a container of them, that nothing has been bound to yet; None for the rest."""
    if isinstance(value, Atom) and (is_number(value.type) or isinstance(value.type, List)):
        return unbound(value.type)
    if isinstance(value, Branch):
        children = [as_unbound(child) for child in value.children]
        return None if any(c is None for c in children) else value.rebuilt(tuple(children))
    return None


def certain(bound: Bound) -> Iterator[Bound]:
    """The leaves of a value that are there wherever the value is: not those that stand in what may be None."""
    if not isinstance(bound, Branch):
        yield bound
    elif bound.kind != OPTIONAL:
        for child in bound.children:
            yield from certain(child)


def plain(bound: Bound) -> Any:
    """What a catalogue function gets: constants as their values, containers as Python's own."""
    if isinstance(bound, Constant):
        value = bound.value
        return value.value if isinstance(value, enum.Enum) and isinstance(value, int) else value
    if isinstance(bound, Branch):
        if bound.kind == "growing":
            return stacked(bound)
        if bound.kind == OPTIONAL:
            raise UnsupportedValueError(
                "a value that may be None stands in a container that is computed with.",
                why="whether it is there is only known in the run.",
                write="a test of it before: if a is None: …",
            )
        children = [plain(child) for child in bound.children]
        if bound.kind == "list":
            return children
        return (
            dict(zip(bound.keys, children, strict=True))
            if bound.kind == "dict"
            else tuple(children)
        )
    return bound


def lift(value: Any) -> Bound:
    """The way back from `plain`."""
    if isinstance(
        value, (Atom, Branch, Instance, Closure, BoundMethod, Builtin, Differentiated, Opaque)
    ):
        return value
    if isinstance(value, (tuple, list)):
        kind = "tuple" if isinstance(value, tuple) else "list"
        return Branch(kind, tuple(range(len(value))), tuple(lift(child) for child in value))
    if type(value) is dict:
        return Branch("dict", tuple(value), tuple(lift(child) for child in value.values()))
    return Constant.of(value)


def describe(bound: Bound) -> str:
    """A bound value in words, for errors."""
    if isinstance(bound, Variable) or is_unbound(bound):
        return f"a value of type {bound.type}"
    if isinstance(bound, Constant):
        return repr(getattr(bound.value, "__name__", bound.value))
    if isinstance(bound, Branch):
        if bound.kind == "growing":
            return "a list whose length is only known at run time"
        if bound.kind == OPTIONAL:
            return f"None or {describe(bound.children[1])}"
        return f"a {bound.cls.__name__ if bound.cls else bound.kind}"
    if isinstance(bound, Instance):
        return f"an object of class {type(bound.value).__name__}"
    if isinstance(bound, Opaque):
        return bound.description
    return f"a {type(bound).__name__.lower()}"
