"""The state of lowering: one `Program` for the whole trace, one `Frame` for each function entered."""

from __future__ import annotations

import builtins
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from adcompiler.errors import ADError, ShapeError, UnsupportedSyntaxError
from adcompiler.frontend.asked import array_of, lengths_in, source_of
from adcompiler.frontend.bound import Bound, Cell, LoopContext, Scope, certain
from adcompiler.frontend.capture import Captures
from adcompiler.frontend.interpreter import Interpreter, Interpreting
from adcompiler.frontend.memory import Memory
from adcompiler.frontend.settled import settled
from adcompiler.frontend.source import FunctionSource
from adcompiler.ir.builder import Builder, current
from adcompiler.ir.structure import Branch
from adcompiler.ir.values import Atom, Variable
from adcompiler.primitives.effects import require
from adcompiler.primitives.statics import ValueNeeded

#: calls inside calls inside calls: a recursion that never ends while compiling
DEEPEST = 60


@dataclass
class Program:
    """What all frames share."""

    interpreter: Interpreter
    captures: Captures = field(default_factory=Captures)
    frames: list[Frame] = field(default_factory=list)
    #: the variables that the functions under differentiation are given
    arguments: set[Variable] = field(default_factory=set)
    #: those of the outermost function, in order
    outermost: list[Variable] = field(default_factory=list)
    #: the conditions of the branches around the statement at hand, each with the int that decides it
    conditions: list[tuple[Atom, Variable | None]] = field(default_factory=list)
    entered: dict[int, int] = field(default_factory=dict)
    sources: dict[Any, FunctionSource] = field(default_factory=dict)
    no_loops: set[int] = field(default_factory=set)  # recursions whose calls are no iterations
    #: the containers that loops run over, in the order in which they were begun
    iterated: list[Branch] = field(default_factory=list)
    #: what `d.items()` and its kin gave: that list, the dict, and how the list is made
    views: dict[int, tuple[Branch, Branch, Callable[[Branch], Branch]]] = field(
        default_factory=dict
    )
    written: tuple[str, ...] = ()
    errstate: tuple[tuple[str, str], ...] = ()
    #: what a branch or a loop may not have bound: reading it is checked in the run
    maybe_unbound: set[Variable] = field(default_factory=set)

    def __post_init__(self) -> None:
        #: conditions that hold where the program is being lowered, and what follows from one that holds
        self.facts: list[tuple[Atom, bool]] = []
        self.implied: dict[tuple[Atom, bool], tuple[Atom, ...]] = {}
        #: the generators that are being read: whether what they read is unchanged, and where they were called
        self.generators: list[Any] = []
        self.held: list[Any] = []
        #: the statements at hand that a `finally` or the end of a `with` follows
        self.followed: list[Any] = []
        #: the last error, and the block in which it was found
        self.failure: tuple[Any, Any] = (None, None)
        #: ints of the caller that decide how long lists become
        self.counts: list[Variable] = []
        #: what counts the iterations of loops that might be unrolled
        self.counting: set[Variable] = set()
        self.memory = Memory(self._is_outside)
        #: functions of which it is tried whether all their recursive calls are tail calls
        self.iterating: set[int] = set()
        #: recursions that become functions of the program (`called.Called`), outermost first
        self.defining: list[Any] = []
        #: such functions that still wait for one around them to be closed
        self.pending: list[Any] = []
        #: containers that were there before the inner derivative that is being lowered
        self.older: set[int] | None = None
        #: the objects that it is given
        self.given: frozenset[str] = frozenset()

    @contextmanager
    def enclosed(self, older: set[int], given: Iterable[str]) -> Iterator[None]:
        """An inner derivative: it changes nothing of what is there already."""
        memory = self.memory
        before, self.older, self.given = (self.older, self.given), older, frozenset(given)
        closed, memory.closed = memory.closed, memory.mark().time
        attributes = memory.take_attributes()
        try:
            yield
        finally:
            self.older, self.given = before
            memory.closed = closed
            memory.put_attributes(attributes)

    @contextmanager
    def as_iterations(self, key: Any) -> Iterator[None]:
        """While the calls of a function are lowered as iterations."""
        self.iterating.add(id(key))
        try:
            yield
        finally:
            self.iterating.discard(id(key))

    def is_given(self, reference: tuple[Any, ...]) -> bool:
        """True for an object among the arguments, and of an inner derivative among its own arguments."""
        argument = reference[:1] == ("argument",)
        return argument and (self.older is None or reference[1] in self.given)

    def is_outside(self, container: Branch) -> bool:
        """True for a container that the function, or the inner derivative, neither made nor was given."""
        return self.captures.holds(container) or (
            self.older is not None and id(container) in self.older
        )

    def _is_outside(self, variable: Variable) -> bool:
        capture = next((c for c in self.captures.captures if c.variable is variable), None)
        if capture is not None:
            return not self.is_given(capture.reference)
        return self.memory.is_closed(variable)

    def view(self, owner: Branch, make: Callable[[Branch], Branch]) -> Branch:
        """A list of what a dict holds, which shows later changes of the dict as well."""
        found = make(owner)
        self.views[id(found)] = (found, owner, make)
        return found

    def live(self, bound: Bound) -> Bound:
        """A view as it is now; anything else as it is."""
        if id(bound) not in self.views:
            return bound
        _, owner, make = self.views[id(bound)]
        return make(owner)

    def count_by(self, bounds: Iterable[Any]) -> None:
        """Those of the caller's ints among `bounds` decide how long a list becomes."""
        self.counts += [b for b in bounds if isinstance(b, Variable) and self.may_be_known(b)]

    def may_be_known(self, number: Variable) -> bool:
        """True for an argument, and for a number that is read from outside."""
        return number in self.arguments or self.captures.key_of(number) is not None

    def ask_length(self, numbers: Iterable[Any]) -> None:
        """Ask for the shape of an argument that decides one of these ints, if there is one."""
        lengths = [n for b in numbers if isinstance(b, Variable) for n in lengths_in(b)]
        array = array_of(self.outermost, lengths)
        if array is not None:
            raise ValueNeeded(array, f"the length of `{array.name}`")

    def is_decided_by_run(self, index: Variable) -> bool:
        """True where nobody can tell an index while compiling: not given, and no loop that might be unrolled."""
        return not self.may_be_known(index) and index not in self.counting


@dataclass
class Frame(Interpreting):
    """One activation: its source, its names, the function object (for globals and cells)."""

    program: Program
    source: FunctionSource
    scope: Scope
    parent: Frame | None = None
    function: Any = None
    local_names: frozenset[str] = frozenset()
    statement: Any = None
    loop: LoopContext | None = None
    node: Any = None
    key: Any = None  # tells a function that is entered again
    depth: int = 0  # of the conditions around the call
    tail: Any = None  # where the calls of a recursion are iterations: `tail_calls.Tail`
    comprehends: bool = False  # the names of a comprehension, inside the function around it
    #: the call at hand whose value nobody takes, and true while it is entered
    discarded: Any = None
    value_unused: bool = False
    #: the `np.errstate` around the call of this function
    errstate: tuple[tuple[str, str], ...] = ()
    #: true where every name that is read was surely bound
    trusting: bool = False

    def __post_init__(self) -> None:
        self.errstate = self.program.errstate

    @property
    def in_library(self) -> bool:
        """True in the compiler's own functions (`numpy_in_python`): what they do stands where they are called."""
        module: str = getattr(self.home, "__module__", None) or ""
        return module.startswith(__package__ + ".")

    @property
    def home(self) -> Any:
        """The function whose globals and cells the code sees."""
        frame: Frame = self
        while frame.function is None:
            assert frame.parent is not None
            frame = frame.parent
        return frame.function

    @contextmanager
    def place(self, node: Any) -> Iterator[Builder]:
        """Stamp statements with the place of `node`; errors without a place get it."""
        builder = current()
        before = builder.origin
        if not self.in_library:
            builder.origin = self.source.origin_of(node, self.statement)
        if self.program.errstate:
            builder.origin = replace(builder.origin, errstate=self.program.errstate)
        try:
            yield builder
        except ADError as error:
            if not error.write and isinstance(error, ShapeError):
                error.write = (
                    "shapes that fit: x[:, None] adds an axis, x.reshape(…) changes the lengths"
                )
            if self.program.failure[0] is not error:
                self.program.failure = error, builder
            raise error.at(builder.origin) from error.__cause__
        except ValueNeeded as needed:
            if needed.origin is None:
                needed.origin = builder.origin
                needed.variable = source_of(needed.variable) or needed.variable
            raise
        finally:
            builder.origin = before

    def lookup(self, name: str) -> Bound:
        """What a name means here: local, enclosing, global, builtin; in Python's order."""
        frame: Frame | None = self
        while frame is not None:
            if name in frame.scope:
                found = frame.scope[name]
                settled(found, name)
                cell = isinstance(found, Branch) and found.cls is Cell
                if self.program.maybe_unbound and not self.trusting and not cell:
                    self.check_bound(name, found)
                return found
            if name in frame.local_names:
                raise UnsupportedSyntaxError(
                    f"`{name}` is read before it has a value.",
                    why="Python would raise UnboundLocalError here.",
                    write=f"a value for `{name}` above this line",
                )
            if frame.function is not None:
                break
            frame = frame.parent
        return self._outside(name)

    def check_bound(self, name: str, bound: Bound) -> None:
        """Raise in the run what Python would, where a value that may be unbound is read."""
        for leaf in certain(bound):
            if isinstance(leaf, Variable) and leaf in self.program.maybe_unbound:
                builder: Builder | None = current()
                while builder is not None and leaf not in builder.checked:
                    builder = builder.outer
                if builder is None:
                    current().checked.add(leaf)
                    message = f"`{name}` is read before it has a value"
                    require(leaf, form=f"if _0 is None: raise UnboundLocalError({message!r})")
                return

    def _outside(self, name: str) -> Bound:
        function = self.home
        captures = self.program.captures
        free = function.__code__.co_freevars
        if name in free:
            cell = (function.__closure__ or ())[free.index(name)]
            try:
                value = cell.cell_contents
            except ValueError:
                raise UnsupportedSyntaxError(
                    f"the closure variable `{name}` has no value yet.",
                    why="Python would raise NameError here.",
                    write=f"a value for `{name}` before the first call",
                ) from None
            return captures.read(("cell", cell), ("cell", name), value, name)
        namespace = function.__globals__
        if name in namespace:
            module = str(namespace.get("__name__", ""))
            return captures.read(
                ("global", namespace, name), ("global", module, name), namespace[name], name
            )
        if hasattr(builtins, name):
            return captures.read(
                ("global", vars(builtins), name),
                ("global", "builtins", name),
                getattr(builtins, name),
                name,
            )
        raise UnsupportedSyntaxError(
            f"the name `{name}` is not defined.",
            why="Python would raise NameError here.",
            write=f"import or define `{name}` in the module of the function",
        )
