"""Generators: the values of `yield` are collected in a list when the generator is called.

Python runs the body of a generator bit by bit, between the steps of whoever reads it.  Running it at once gives the
same values where nobody changes what it reads in the meantime, and where it changes nothing itself; what cannot be
told apart that way is refused.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from weakref import WeakKeyDictionary

import gast

from adcompiler.errors import UnsupportedSyntaxError
from adcompiler.frontend.aliases import reachable
from adcompiler.frontend.bound import Bound, Instance
from adcompiler.frontend.frame import Frame, Program
from adcompiler.frontend.iteration import read
from adcompiler.frontend.memory import Mark
from adcompiler.frontend.reaching import reach
from adcompiler.frontend.source import FunctionSource
from adcompiler.frontend.streams import Stream
from adcompiler.ir.builder import current
from adcompiler.ir.effects import acts
from adcompiler.ir.nodes import Function
from adcompiler.ir.origin import Origin
from adcompiler.ir.structure import Branch, leaves, sequence
from adcompiler.ir.values import Constant, Variable

_INNER = (gast.FunctionDef, gast.Lambda)
_YIELDED = "yielded values"
_lists: WeakKeyDictionary[Any, Any] = WeakKeyDictionary()


class Yielded(gast.stmt):  # type: ignore[misc]
    """``yield value``, and with `many` ``yield from value``."""

    _fields = ("value",)


def yielded(frame: Frame, node: Any) -> None:
    """The meaning of `Yielded`: what is handed out is not written any more."""
    value = frame.evaluate(node.value)
    if node.many:
        value = frame.call_with(Constant.of(list), value)
    values = frame.scope[_YIELDED]
    for leaf in leaves(value):
        if isinstance(leaf, Variable):
            frame.program.memory.hold([leaf])
    frame.call(frame.attribute(values, "extend" if node.many else "append"), [value], {})


def is_generator(node: Any) -> bool:
    """True for a `def` with a `yield` of its own."""
    return isinstance(node, gast.FunctionDef) and any(
        isinstance(n, (gast.Yield, gast.YieldFrom)) for n in _own(node.body)
    )


def _own(statements: list[Any]) -> list[Any]:
    """The nodes of a body without those of the functions in it."""
    found: list[Any] = []
    work = list(statements)
    while work:
        node = work.pop()
        found.append(node)
        if not isinstance(node, _INNER):
            work += gast.iter_child_nodes(node)
    return found


def as_list(node: Any, source: FunctionSource) -> Any:
    """The function that collects what the generator would give (once for each tree)."""
    if node not in _lists:
        made = copy.deepcopy(node)
        made.body = _collecting(made.body)
        for inner in _own(made.body):
            _refuse(inner, source)
        _lists[node] = made
    return _lists[node]


def _collecting(statements: list[Any]) -> list[Any]:
    found: list[Any] = []
    for statement in statements:
        value = statement.value if isinstance(statement, gast.Expr) else None
        if isinstance(value, (gast.Yield, gast.YieldFrom)):
            given = value.value or gast.copy_location(gast.Constant(None, None), value)
            statement = gast.copy_location(Yielded(given), statement)
            statement.many = isinstance(value, gast.YieldFrom)
        elif not isinstance(statement, _INNER):
            for name in ("body", "orelse", "finalbody"):
                block = getattr(statement, name, None)
                if isinstance(block, list):
                    setattr(statement, name, _collecting(block))
        found.append(statement)
    return found


def _refuse(node: Any, source: FunctionSource) -> None:
    fact = ""
    if isinstance(node, (gast.Yield, gast.YieldFrom)):
        fact = "the value of a `yield` is used."
    if isinstance(node, gast.Try) and any(isinstance(n, Yielded) for n in gast.walk(node)):
        fact = "a `yield` stands in a `try`."
    if isinstance(node, gast.Return) and node.value is not None:
        fact = "a generator returns a value."
    endless = isinstance(node, gast.While) and isinstance(node.test, gast.Constant)
    if endless and node.test.value and not _may_end(node):
        fact = "a generator has no end."
    if fact:
        raise UnsupportedSyntaxError(
            fact,
            why="what a generator gives is collected in a list when it is called.",
            write="a function that returns its results in a list, or a loop where they are used",
            origin=source.origin_of(node, node),
        )


def _may_end(loop: Any) -> bool:
    return any(isinstance(n, (gast.Break, gast.Return)) for n in _own(loop.body))


def collected_by(
    frame: Frame,
    node: Any,
    parent: Frame | None,
    scope: dict[str, Bound],
    run: Callable[..., Bound],
) -> Bound:
    """What a call of a generator gives: an iterator over the list that `run(scope)` has filled."""
    program, memory = frame.program, frame.program.memory
    values = sequence("list", ())
    mark, first, origin = memory.mark(), len(current().statements), current().origin
    around = _around(node, parent)
    visible = [*scope.values(), *(where[name] for where, name in around)]
    known = _reads(program, visible, around)
    older = reachable(frame)
    for bound in visible:
        older.update(id(item) for item in reach(bound))
    run({**scope, _YIELDED: values})
    _refuse_changes(program, mark, older - {id(values)}, origin)
    block = current().block()
    made = block.__class__(block.statements[first:], ())
    if acts(Function("generator", (), made, sequence("tuple", ()))):
        raise _changes("prints, draws or reads the clock", origin)
    stream = Stream("generator", read(frame, values))
    program.generators.append((stream, known, origin))
    return stream


def _around(node: Any, parent: Frame | None) -> list[tuple[dict[str, Bound], str]]:
    """The names that an inner generator reads of the functions around it, each with the scope that holds it."""
    found: list[tuple[dict[str, Bound], str]] = []
    for name in {n.id for n in gast.walk(node) if isinstance(n, gast.Name)}:
        frame = parent
        while frame is not None:
            if name in frame.scope:
                found.append((frame.scope, name))
                break
            frame = frame.parent
    return found


def _reads(
    program: Program, bounds: list[Bound], around: list[tuple[dict[str, Bound], str]]
) -> Callable[[], bool]:
    """Whether what a generator can reach is still what it was when it was called."""
    memory = program.memory
    roots: dict[Variable, Variable] = {}
    contents: list[tuple[Branch, Any]] = []
    seen: set[int] = set()
    for bound in bounds:
        for item in reach(bound, seen):
            if isinstance(item, Variable):
                roots.update((root, memory.versions.get(root, root)) for root in memory.roots(item))
            elif isinstance(item, Branch):
                contents.append((item, item.children))
            elif isinstance(item, Instance):
                written = memory.attributes_of(item.value)
                contents.append((written, written.children))
    names = [(scope, name, scope[name]) for scope, name in around]

    def unchanged() -> bool:
        same = all(memory.versions.get(root, root) is now for root, now in roots.items())
        same = same and all(branch.children is children for branch, children in contents)
        return same and all(scope.get(name) is bound for scope, name, bound in names)

    return unchanged


def _refuse_changes(program: Program, mark: Mark, older: set[int], origin: Origin) -> None:
    memory = program.memory
    if memory.written_since(mark) or any(id(b) in older for b in memory.changed_since(mark)):
        raise _changes("changes something around it", origin)


def _changes(what: str, origin: Origin) -> UnsupportedSyntaxError:
    return UnsupportedSyntaxError(
        f"a generator {what}.",
        why="Python runs it bit by bit, here it runs when it is called: the order would be another one.",
        write="a loop where its values are used, or a function that returns a list",
        origin=origin,
    )


Opened = list[tuple[Stream, Callable[[], bool], Origin]]


def close_read(program: Program) -> None:
    """Forget the generators that were read to their end; a loop that is being lowered still reads its own."""
    staying: Opened = []
    for entry in program.generators:
        stream, unchanged, origin = entry
        if not stream.taken or any(stream is h for h in program.held):
            staying.append(entry)
        elif not unchanged():
            raise _reads_changed(origin)
    program.generators[:] = staying


@contextmanager
def reading(program: Program) -> Iterator[None]:
    """While a loop is lowered: what it reads must not change."""
    before = program.held
    program.held = [entry[0] for entry in program.generators if entry[0].taken]
    yield
    program.held = before
    if program.generators:
        close_read(program)


def refuse_left_open(program: Program) -> None:
    """At the end: what was never seen to end must not have been changed either."""
    for stream, unchanged, origin in program.generators:
        if stream.taken and not unchanged():
            raise _reads_changed(origin)


def _reads_changed(origin: Origin) -> UnsupportedSyntaxError:
    return UnsupportedSyntaxError(
        "what a generator reads is changed while the generator is read.",
        why="Python runs it bit by bit, here it runs when it is called: it would see other values.",
        write="list(…) around the call of the generator, or a copy of what it reads",
        origin=origin,
    )
