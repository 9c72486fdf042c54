"""Ways out of a loop, rewritten so that a loop ends only at its end or by `break`.

A `return` inside a loop leaves it and decides behind it; so does the `else` of a loop with `break`::

    for k in range(n):                      returned = False
        x = step(x)                         for k in range(n):
        if x > 3.0:                             x = step(x)
            return k * x                        if x > 3.0:
    return x                                        returned = True
                                                    break
                                            if returned:
                                                return k * x
                                            return x

What is returned is computed behind the loop, from the values it ended with: no result of a kind that is not
known yet has to be carried, and the adjoint of that computation runs once, not in every iteration.  Where the loop is
followed by the same `return` the flag is left out.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any
from weakref import WeakKeyDictionary

import gast

from adcompiler.frontend.cells import with_cells
from adcompiler.frontend.live_names import mark_loops
from adcompiler.frontend.matching import as_branches
from adcompiler.frontend.source import FunctionSource

#: each iteration that may return stands in an arm of the one before
MOST_SPELLED_OUT = 30
_bodies: WeakKeyDictionary[Any, list[Any]] = WeakKeyDictionary()


def body_of(node: Any, source: FunctionSource) -> list[Any]:
    """The statements of a function, with its loops rewritten (once for each tree)."""
    found = _bodies.get(node)
    if found is None:
        rewriter = _Rewriter({n.id for n in gast.walk(node) if isinstance(n, gast.Name)})
        found = _bodies[node] = rewriter.block(with_cells(node, source).body)
        mark_loops(found)
    return found


class Element(gast.stmt):  # type: ignore[misc]
    """The binding of a loop's target to an element that is known while lowering."""

    _fields = ("target",)


class Entered(gast.stmt):  # type: ignore[misc]
    """The beginning of a `with` statement."""

    _fields = ("context_expr", "optional_vars")

    def __init__(self, context: Any, target: Any, like: Any) -> None:
        super().__init__(context, target)
        gast.copy_location(self, like)
        self.stands_for = like
        self.place = ""


class Left(gast.stmt):  # type: ignore[misc]
    """Its end."""

    _fields = ()

    def __init__(self, entered: Entered) -> None:
        super().__init__()
        self.entered = entered
        self.stands_for = entered.stands_for


def _last_name(function: Any) -> str:
    """``suppress`` of ``contextlib.suppress``."""
    return getattr(function, "attr", "") or getattr(function, "id", "")


def may_be_spelled_out(loop: Any) -> bool:
    """True for a loop that `spelled_out` takes: one with a `return` in it."""
    return getattr(loop, "direct", None) is not None


def spelled_out(loop: Any, items: list[Any], check: Callable[[], None]) -> list[Any]:
    """The iterations of a loop over known elements one after the other, each with its own `return`s.

    `check` is called before each and behind the last one.
    """
    found: list[Any] = []
    for item in [*items, None]:
        bound = gast.copy_location(Element(loop.target if item is not None else None), loop)
        bound.element, bound.check = item, check
        bound.within = getattr(loop, "within", ())
        found += [bound, *(loop.direct if item is not None else ())]
    return found


class _Rewriter:
    def __init__(self, taken: set[str]) -> None:
        self.taken = taken

    def fresh(self, name: str) -> str:
        """A name for a flag that the function does not use."""
        number, found = 1, name
        while found in self.taken:
            number += 1
            found = f"{name}_{number}"
        self.taken.add(found)
        return found

    def block(self, statements: Sequence[Any]) -> list[Any]:
        found: list[Any] = []
        for position, statement in enumerate(statements):
            found += self.statement(statement, statements[position + 1 :])
        return found

    def statement(self, node: Any, rest: Sequence[Any]) -> list[Any]:
        kind = type(node).__name__
        if kind == "If":
            parts = _conjuncts(node.test)
            if len(parts) > 1 and not node.orelse and any(map(_binds, parts[1:])):
                # what a later part binds is there where all of them hold
                inner = node.body
                for part in reversed(parts):
                    inner = [_copy(node, test=part, body=inner)]
                return self.block(inner)
            body, orelse = self.block(node.body), self.block(node.orelse)
            if orelse and _surely_raises(body):  # who goes on took the other arm
                return [_copy(node, body=body, orelse=[]), *orelse]
            if _surely_raises(orelse):
                nothing = [gast.copy_location(gast.Pass(), node)]
                return [_copy(node, body=nothing, orelse=orelse), *body]
            return [_copy(node, body=body, orelse=orelse)]
        if kind in ("For", "While"):
            return self.loop(node, rest)
        if kind == "Match":
            return self.block(as_branches(node, self.taken))
        if kind == "With":
            return self.context(node)
        if kind == "Try":
            return self.attempt(node)
        return [node]

    def attempt(self, node: Any) -> list[Any]:
        """`finally` follows every way out of the body; what is caught is found out while lowering."""
        body, orelse, last = (self.block(b) for b in (node.body, node.orelse, node.finalbody))
        if node.handlers:
            # what is returned is computed inside of the `try`
            body = _replaced(body, "Return", self._computed_first, False)
            handlers = [_copy(h, body=self.block(h.body)) for h in node.handlers]
            body = [_copy(node, body=body, handlers=handlers, orelse=orelse, finalbody=[])]
            orelse = []
        return [*self.followed(body, last), *orelse, *last]

    def context(self, node: Any) -> list[Any]:
        """The body between what the context does on entry and on exit; `np.errstate` is lexical."""
        first, *others = node.items
        body = [_copy(node, items=others)] if others else node.body
        called = first.context_expr
        name = _last_name(called.func) if isinstance(called, gast.Call) else ""
        if name == "suppress":
            caught = gast.copy_location(gast.Tuple(list(called.args), gast.Load()), called)
            nothing = [gast.copy_location(gast.Pass(), node)]
            handler = gast.copy_location(gast.ExceptHandler(caught, None, nothing), called)
            attempt = gast.copy_location(gast.Try(body, [handler], [], []), node)
            return [Entered(called, None, node), *self.attempt(attempt)]
        if name == "errstate":
            return [_within((called,), inner) for inner in self.block(body)]
        entered = Entered(called, first.optional_vars, node)
        entered.place = self.fresh("context")
        last = [gast.copy_location(Left(entered), node)]
        return [entered, *self.followed(self.block(body), last), *last]

    def followed(self, body: list[Any], last: list[Any]) -> list[Any]:
        """The body with `last` before every way out of it."""
        if not last:
            return body

        def left(arm: list[Any], exit: Any) -> list[Any]:
            kept = self._computed_first(arm, exit)
            return [*kept[:-1], *last, kept[-1]]

        for kind in ("Return", "Break", "Continue"):
            body = _replaced(body, kind, left, False)
        for statement in body:
            statement.followed_by = [*getattr(statement, "followed_by", ()), *last]
        return body

    def _computed_first(self, arm: list[Any], exit: Any) -> list[Any]:
        """The value of a `return` in a statement of its own, which stays where it is."""
        value = getattr(exit, "value", None)
        if value is None or getattr(exit, "computed", False):
            return [*arm, exit]
        name = self.fresh("result")
        kept = gast.copy_location(gast.Assign([_name(name, exit, gast.Store())], value, None), exit)
        kept.stays = True
        found = _copy(exit, value=_name(name, exit))
        found.computed = True
        return [*arm, kept, found]

    def loop(self, node: Any, rest: Sequence[Any]) -> list[Any]:
        body = self.block(node.body)
        orelse = self.block(node.orelse)
        before: list[Any] = []
        behind: list[Any] = orelse
        if orelse and _count(body, "Break"):
            flag = self.fresh("stopped")
            body = _replaced(body, "Break", lambda arm, exit: [*arm, *_leave(flag, exit)], False)
            before.append(_set(flag, False, node))
            nothing = [gast.copy_location(gast.Pass(), node)]
            behind = [_branch(_name(flag, node), nothing, orelse, node)]
        header = {"body": body, "orelse": []}
        if type(node).__name__ == "While" and _binds(node.test):
            # what the condition binds is read in the body and behind the loop
            outs = [
                _branch(_not(part), [gast.copy_location(gast.Break(), part)], [], node)
                for part in _conjuncts(node.test)
            ]
            header = {"body": [*outs, *body], "orelse": [], "test": _constant(True, node.test)}
        if not _count(body, "Return"):
            return [*before, _copy(node, **header), *behind]
        endless = (
            type(node).__name__ == "While"
            and isinstance(node.test, gast.Constant)
            and bool(node.test.value)
            and not _count(body, "Break")
        )
        sites = _Sites(self, body, [] if behind else list(rest), endless)
        header["body"] = [*header["body"][: len(header["body"]) - len(body)], *sites.body]
        flags = [_set(flag, False, node) for flag in sites.flags]
        for reset in flags:
            reset.sets_back = True
        loop = _copy(node, **header)
        if not any(_count(body, kind) for kind in ("Break", "Continue")):
            loop.direct = body
        return [*before, *flags, loop, *sites.decision, *behind]


class _Sites:
    """The `return`s of one loop: its body with `break` in their places, and the decision behind it."""

    def __init__(
        self, rewriter: _Rewriter, body: list[Any], rest: list[Any], endless: bool
    ) -> None:
        self.rest = rest
        self.tails: dict[str, list[Any]] = {}
        #: flags of inner loops, which this one hands on: they are set once, and every loop around ends
        self.handed_on: dict[str, list[Any]] = {}
        body = self._handed_on(body)
        _replaced(body, "Return", self._seen, True)
        self.flag_of = {
            key: rewriter.fresh("returned")
            for key, tail in self.tails.items()
            if not self._follows(tail) and not (endless and key == list(self.tails)[-1])
        }
        self.flags = [*self.handed_on, *self.flag_of.values()]
        self.body = _replaced(body, "Return", self._left, True)
        ends = [(flag, self.tails[key]) for key, flag in self.flag_of.items()]
        ends += [(f, tail) for f, tail in self.handed_on.items() if not self._follows(tail)]
        self.decision: list[Any] = []
        if endless:  # there is no other way out
            self.decision = list(self.tails.values())[-1] if self.tails else ends.pop()[1]
        for tail in (*self.tails.values(), *self.handed_on.values()):
            for statement in tail:  # what it reads is bound where the loop is left for it
                statement.waited = True
        for flag, tail in reversed(ends):
            self.decision = [_branch(_name(flag, tail[-1]), tail, self.decision, tail[-1])]
            self.decision[0].decided_by = flag
            self.decision[0].stands_for = tail[-1]  # its text is that of the exit

    def _follows(self, tail: list[Any]) -> bool:
        return _text(self.rest[: len(tail)]) == _text(tail)

    def _handed_on(self, statements: list[Any]) -> list[Any]:
        found: list[Any] = []
        for statement in statements:
            if getattr(statement, "sets_back", False):
                continue  # once, before this loop
            if isinstance(statement, gast.If):
                flag = getattr(statement, "decided_by", None)
                if flag is not None:
                    self.handed_on[flag] = statement.body
                    body = [gast.copy_location(gast.Break(), statement.body[-1])]
                else:
                    body = self._handed_on(statement.body) or [
                        gast.copy_location(gast.Pass(), statement)
                    ]
                statement = _copy(statement, body=body, orelse=self._handed_on(statement.orelse))
            if isinstance(statement, gast.Try):
                statement = _in_parts(statement, self._handed_on)
            found.append(statement)
        return found

    def _seen(self, arm: list[Any], exit: Any) -> list[Any]:
        _, tail = _split(arm, exit)
        self.tails.setdefault(_text(tail), tail)
        return []

    def _left(self, arm: list[Any], exit: Any) -> list[Any]:
        stays, tail = _split(arm, exit)
        flag = self.flag_of.get(_text(tail))
        if flag is None:
            return [*stays, gast.copy_location(gast.Break(), exit)]
        return [*stays, *_leave(flag, exit)]


def _split(arm: list[Any], exit: Any) -> tuple[list[Any], list[Any]]:
    """What stays in the loop, and what is done once, behind it: the assignments right before the `return`."""
    position = len(arm)
    while position and _may_wait(arm[position - 1]):
        position -= 1
    return arm[:position], [*arm[position:], exit]


def _may_wait(statement: Any) -> bool:
    """True for the assignment of names, which nothing in the loop reads any more."""
    if type(statement).__name__ not in ("Assign", "AnnAssign") or hasattr(statement, "stays"):
        return False
    targets = getattr(statement, "targets", None) or [statement.target]
    return all(isinstance(t, gast.Name) for t in targets)


def _replaced(
    statements: list[Any],
    kind: str,
    change: Callable[[list[Any], Any], list[Any]],
    arms_only: bool,
    top: bool = True,
) -> list[Any]:
    """The statements with each exit of this loop, and what stands before it in its arm, replaced by `change`."""
    found: list[Any] = []
    for statement in statements:
        if type(statement).__name__ == kind:
            if arms_only and top:  # the body itself: all of it stays in the loop
                return [*found, *change([], statement)]
            return change(found, statement)
        if isinstance(statement, gast.If):
            flag = getattr(statement, "decided_by", None)
            statement = _copy(
                statement,
                body=_replaced(statement.body, kind, change, arms_only, False)
                or [gast.copy_location(gast.Pass(), statement)],
                orelse=_replaced(statement.orelse, kind, change, arms_only, False),
            )
            statement.decided_by = flag
        if isinstance(statement, gast.Try):
            statement = _in_parts(
                statement, lambda part: _replaced(part, kind, change, arms_only, False)
            )
        found.append(statement)
    return found


def _in_parts(node: Any, change: Callable[[list[Any]], list[Any]]) -> Any:
    """A `try` with each of its blocks changed."""
    handlers = [_copy(h, body=change(h.body)) for h in node.handlers]
    return _copy(node, body=change(node.body), orelse=change(node.orelse), handlers=handlers)


def _count(statements: Sequence[Any], kind: str) -> int:
    """How many exits of a kind this loop has; those of inner loops are theirs."""
    total = 0
    for statement in statements:
        if type(statement).__name__ == kind:
            total += 1
        elif isinstance(statement, (gast.If, gast.Try)):
            total += _count(statement.body, kind) + _count(statement.orelse, kind)
            total += sum(_count(h.body, kind) for h in getattr(statement, "handlers", ()))
    return total


def _conjuncts(test: Any) -> list[Any]:
    """The parts of `a and b and c`, one after the other."""
    return list(test.values) if _is_conjunction(test) else [test]


def _is_conjunction(test: Any) -> bool:
    return isinstance(test, gast.BoolOp) and isinstance(test.op, gast.And)


def _within(contexts: tuple[Any, ...], statement: Any) -> Any:
    """The statement, and what stands in it, marked with the contexts around it."""
    for node in gast.walk(statement):
        if isinstance(node, gast.stmt):
            node.within = (*contexts, *getattr(node, "within", ()))
    return statement


def _surely_raises(statements: Sequence[Any]) -> bool:
    """True for an arm that ends in `raise` and has no other way out."""
    kinds = ("Return", "Break", "Continue")
    exits = sum(_count(statements, kind) for kind in kinds)
    return bool(statements) and isinstance(statements[-1], gast.Raise) and not exits


def _binds(test: Any) -> bool:
    return any(isinstance(n, gast.NamedExpr) for n in gast.walk(test))


def _text(statements: Sequence[Any]) -> str:
    return "\n".join(gast.dump(statement) for statement in statements)


# ---- nodes, each with the place of what it stands for -------------------------------------------


def _copy(node: Any, **changed: Any) -> Any:
    fields = {name: changed.get(name, getattr(node, name, None)) for name in node._fields}
    found = gast.copy_location(type(node)(**fields), node)
    for name in ("within", "followed_by", "stands_for"):
        if hasattr(node, name):
            setattr(found, name, getattr(node, name))
    return found


def _constant(value: object, like: Any) -> Any:
    return gast.copy_location(gast.Constant(value, None), like)


def _name(name: str, like: Any, context: Any = None) -> Any:
    return gast.copy_location(gast.Name(name, context or gast.Load(), None, None), like)


def _not(test: Any) -> Any:
    return gast.copy_location(gast.UnaryOp(gast.Not(), test), test)


def _branch(test: Any, body: list[Any], orelse: list[Any], like: Any) -> Any:
    return gast.copy_location(gast.If(test, body, orelse), like)


def _set(flag: str, value: bool, like: Any) -> Any:
    target = _name(flag, like, gast.Store())
    return gast.copy_location(gast.Assign([target], _constant(value, like), None), like)


def _leave(flag: str, exit: Any) -> list[Any]:
    return [_set(flag, True, exit), gast.copy_location(gast.Break(), exit)]
