"""`try` … `except`: the question whether a statement raises, asked before it is run (`faults.py`).

::

    try:                                    if y == 0.0:
        r = x / y                               r = 0.0
        s = math.sqrt(r)                    else:
    except (ZeroDivisionError, ValueError):     r = x / y
        r = 0.0                                 if r < 0.0:
                                                    r = 0.0
                                                else:
                                                    s = math.sqrt(r)

So the handler is an arm of a branch, and what it reads is what the statements before have left.
"""

from __future__ import annotations

import builtins
import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import gast

from adcompiler.errors import ADError, UnsupportedSyntaxError
from adcompiler.frontend.aliases import reachable
from adcompiler.frontend.bound import Opaque, describe
from adcompiler.frontend.branches import branch
from adcompiler.frontend.conditions import as_condition, negated
from adcompiler.frontend.faults import Fault, faults
from adcompiler.frontend.frame import Frame
from adcompiler.ir.builder import Builder, current
from adcompiler.ir.nodes import Block, Call, If, Statement
from adcompiler.ir.primitive import lookup
from adcompiler.ir.values import Atom, Constant
from adcompiler.ir.walk import all_statements, blocks

Run = Callable[[Frame, list[Any]], Any]
Classes = tuple[type[BaseException], ...]
_WRITE = "a test before the operation: y = f(x) if x > 0.0 else 0.0, or the `try` around the call of the derivative"


class Decided(gast.expr):  # type: ignore[misc]
    """A condition that is there already."""

    _fields = ()


def decided(frame: Frame, node: Any) -> Atom:
    """The meaning of `Decided`."""
    atom: Atom = node.atom
    return atom


def attempted(frame: Frame, node: Any, run: Run) -> list[Any]:
    """The statements that stand for a `try` with handlers: its first statement, and what follows from it."""
    if not node.body:
        return list(node.orelse)
    caught = [_classes(frame, handler) for handler in node.handlers]
    first, *others = node.body
    rest = gast.copy_location(gast.Try(others, node.handlers, node.orelse, []), node)
    rest.within = getattr(node, "within", ())
    rest.stands_for = getattr(node, "stands_for", node)
    trial = _Trial(frame, caught, first)
    code = trial.code(run)
    found = [first, rest]
    for k, handler in reversed(list(enumerate(node.handlers))):
        if code is None or k not in trial.possible:
            continue
        flag = code if len(caught) == 1 else _equals(code, k + 1)
        if isinstance(flag, Constant) and not flag.value:
            continue
        body = [*_named(frame, handler), *handler.body]
        if isinstance(flag, Constant):
            found = body
            continue
        test = gast.copy_location(Decided(), first)
        test.atom = flag
        found = [gast.copy_location(gast.If(test, body, found), first)]
        found[0].stands_for = first
    return found


def _equals(code: Atom, number: int) -> Atom:
    if isinstance(code, Constant):
        return Constant.of(code.value == number)
    found: Atom = current().apply(lookup("equal"), code, number)
    return found


def _named(frame: Frame, handler: Any) -> list[Any]:
    return [] if handler.name is None else [gast.copy_location(Named(handler.name), handler)]


class Named(gast.stmt):  # type: ignore[misc]
    """The binding of ``except ValueError as e``."""

    _fields = ("target",)


class Caught(Opaque):
    """What a handler names: the exception itself is never made, the handler is an arm of a branch."""

    @property
    def description(self) -> str:
        return "the exception that a handler catches"


def named(frame: Frame, node: Any) -> None:
    """The meaning of `Named`."""
    frame.scope[node.target.id] = Caught()


def _classes(frame: Frame, handler: Any) -> Classes:
    """The classes that a handler names."""
    if handler.type is None:
        return (BaseException,)
    found: list[type[BaseException]] = []
    types = handler.type.elts if type(handler.type).__name__ == "Tuple" else [handler.type]
    for item in types:
        value = frame.evaluate(item)
        if not (isinstance(value, Constant) and isinstance(value.value, type)):
            raise UnsupportedSyntaxError(
                f"a handler catches {describe(value)}.",
                why="which exceptions are meant must be known while compiling.",
                write="the class of the exception",
            )
        found.append(value.value)
    return tuple(found)


class _Trial:
    """One statement of a `try`, lowered to see what in it may raise; nothing of that is kept."""

    def __init__(self, frame: Frame, caught: Sequence[Classes], statement: Any) -> None:
        self.frame = frame
        self.caught = caught
        self.statement = statement
        self.memory = frame.program.memory
        self.mark = self.memory.mark()
        self.scope = dict(frame.scope)
        self.older: set[int] | None = None
        self.acted = False
        #: the handlers that may get something
        self.possible: set[int] = set()

    def code(self, run: Run) -> Atom | None:
        """1, 2 … for the handler that gets what the statement raises (True where there is one); None: it never does."""
        frame, before = self.frame, self.frame.statement
        surely: int | None = None
        with current().nested() as inner:
            inner.watch = self._watch
            try:
                run(frame, [self.statement])
            except (ADError, ImportError) as error:
                surely = self._surely(error, inner)
                if surely is None:
                    raise
            finally:
                frame.statement = before
                frame.scope.clear()
                frame.scope.update(self.scope)
                self.memory.restore(self.mark)
        if surely is not None:
            return self._number(surely)
        if not any(self._caught(s) for s in all_statements(inner.block())):
            return None
        return self._asked(list(inner.statements))

    def _number(self, handler: int) -> Constant:
        self.possible.add(handler)
        return Constant.of(True) if len(self.caught) == 1 else Constant.of(handler + 1)

    @property
    def _none(self) -> Constant:
        return Constant.of(False) if len(self.caught) == 1 else Constant.of(0)

    def _handler(self, cls: type[BaseException], call: Statement) -> int | None:
        """The handler of an exception; refused where it may be one of another class."""
        for k, classes in enumerate(self.caught):
            if issubclass(cls, classes):
                return k
            for narrower in classes:
                if issubclass(narrower, cls):
                    raise self._refused(call, narrower)
        return None

    def _caught(self, s: Statement) -> list[tuple[int, Fault]]:
        if not isinstance(s, Call):
            return []
        handlers = ((self._handler(fault.cls, s), fault) for fault in faults(s))
        return [(handler, fault) for handler, fault in handlers if handler is not None]

    def _surely(self, error: Exception, inner: Builder) -> int | None:
        """The handler of what the statement raises whatever the numbers are; None where that is not so."""
        if isinstance(error, ADError):
            named = re.match(r"Python would raise (\w+) here", error.why)
            at, builder = self.frame.program.failure
            if named is None or at is not error or builder is not inner or self._changed():
                return None
            cls = getattr(builtins, named[1], None)
        else:
            cls = type(error)
        for k, classes in enumerate(self.caught):
            if isinstance(cls, type) and issubclass(cls, classes):
                return k
        return None

    # ---- what happens before something raises -----------------------------------------------------

    def _watch(self, call: Call) -> None:
        self.memory.watch(call)
        self.acted = self.acted or call.primitive.effect == "acts"
        if self._caught(call) and self._changed():
            if type(self.statement).__name__ in ("For", "While"):
                raise _loop_refused(call)
            raise UnsupportedSyntaxError(
                "a statement in a `try` changes something before it may raise.",
                why="the handler would see the change, and a part of a statement is not undone.",
                write="what may raise in a statement of its own before: value = f(x)",
                origin=call.origin,
            )

    def _changed(self) -> bool:
        if self.acted or self.memory.written_since(self.mark):
            return True
        changed = self.memory.changed_since(self.mark)
        if changed and self.older is None:
            now, self.frame.scope = self.frame.scope, self.scope
            self.older = reachable(self.frame)
            self.frame.scope = now
        if any(id(branch) in (self.older or ()) for branch in changed):
            return True
        scope = self.frame.scope
        return any(scope.get(name) is not bound for name, bound in self.scope.items()) or any(
            name not in self.scope for name in scope
        )

    # ---- the question -----------------------------------------------------------------------------

    def _asked(self, statements: list[Statement]) -> Atom:
        """The statements up to the last that may raise, with a question before each of those."""
        for k, s in enumerate(statements):
            found = self._question(s)
            if found is None:
                current().adopt([s])
                continue
            rest = statements[k + 1 :]
            if not any(self._may_raise(other) for other in rest):
                return found
            if isinstance(found, Constant):
                return found

            def go_on(s: Statement = s, rest: list[Statement] = rest) -> Atom:
                current().adopt(self._unchecked([s]))
                return self._asked(rest)

            if len(self.caught) == 1:
                answer: Atom = branch(self.frame, found, lambda: Constant.of(True), go_on)
            else:
                raised = current().apply(lookup("not_equal"), found, 0)
                answer = branch(self.frame, raised, lambda found=found: found, go_on)  # type: ignore[misc]
            return answer
        return self._none

    def _may_raise(self, s: Statement) -> bool:
        inner = [s, *all_statements_of(s)]
        return any(self._caught(part) for part in inner)

    def _question(self, s: Statement) -> Atom | None:
        if not self._may_raise(s):
            return None
        if isinstance(s, If):
            answers = [self._known(arm) for arm in (s.then, s.orelse)]
            if answers[0] is not None and answers[0] is answers[1]:
                return Constant.of(True)
            if None not in answers:
                then = as_condition(self.frame, s.condition)
                return then if answers[0] else negated(self.frame, then)
            arms = [
                (lambda arm=arm: self._asked(list(arm.statements))) for arm in (s.then, s.orelse)
            ]
            found: Atom = branch(self.frame, s.condition, *arms)
            return found
        if not isinstance(s, Call):
            raise _loop_refused(s)
        return self._of_call(s, self._caught(s))

    def _known(self, arm: Block) -> bool | None:
        """Whether an arm raises, where that is the same each time it is entered (and there is one handler)."""
        raising = [s for s in arm.statements if self._may_raise(s)]
        if not raising:
            return False
        first = raising[0]
        found = self._caught(first)
        surely = isinstance(first, Call) and first.statics.get("form", "").startswith("raise")
        if surely and len(found) == 1 and len(self.caught) == 1:
            self._number(found[0][0])
            return True
        return None

    def _unchecked(self, statements: Sequence[Statement]) -> list[Statement]:
        """The statements without the checks that are known to hold by now."""
        found: list[Statement] = []
        for s in statements:
            if isinstance(s, If):
                then, orelse = (
                    replace(arm, statements=tuple(self._unchecked(arm.statements)))
                    for arm in (s.then, s.orelse)
                )
                s = replace(s, then=then, orelse=orelse)
                if not s.targets and not then.statements and not orelse.statements:
                    continue
            elif isinstance(s, Call) and s.primitive.name == "check" and self._caught(s):
                continue
            found.append(s)
        return found

    def _of_call(self, call: Call, found: list[tuple[int, Fault]]) -> Atom:
        (handler, fault), *others = found
        if fault.asked is None:
            raise self._refused(call, fault.cls)
        flag = fault.asked()
        number = self._number(handler)
        if isinstance(flag, Constant) and flag.value:
            return number
        orelse = (lambda: self._of_call(call, others)) if others else (lambda: self._none)
        if not others and len(self.caught) == 1:
            return flag
        answer: Atom = branch(self.frame, flag, lambda: number, orelse)
        return answer

    def _refused(self, s: Statement, cls: type[BaseException]) -> UnsupportedSyntaxError:
        name = s.primitive.name if isinstance(s, Call) else "a loop"
        return UnsupportedSyntaxError(
            f"`{name}` stands in a `try` and may raise what is caught there ({cls.__name__}).",
            why="which values the handler would see, and how their derivatives go on, is only known in the run.",
            write=_WRITE,
            origin=s.origin,
        )


def _loop_refused(s: Statement) -> UnsupportedSyntaxError:
    return UnsupportedSyntaxError(
        "a loop in a `try` may raise what is caught there.",
        why="how far it has come, and what it has changed by then, would have to be kept.",
        write="the `try` inside the loop, or a test in the loop",
        origin=s.origin,
    )


def all_statements_of(s: Statement) -> list[Statement]:
    """What stands in the blocks of a statement."""
    return [inner for block in blocks(s) for inner in all_statements(block)]
