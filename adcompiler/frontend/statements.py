"""Statements: assignments, branches, returns; an unknown one is refused, never skipped."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from adcompiler.errors import UnsupportedSyntaxError, UnsupportedValueError
from adcompiler.frontend.assigned import assigned_names
from adcompiler.frontend.attempts import attempted, named
from adcompiler.frontend.bound import Bound, Leave, LoopContext, PathEnds, Raised, Undefined
from adcompiler.frontend.branches import branch
from adcompiler.frontend.cells import make_cells, refuse_outside
from adcompiler.frontend.conditions import as_condition
from adcompiler.frontend.container_methods import delete_item
from adcompiler.frontend.contexts import settings
from adcompiler.frontend.counted import Counted
from adcompiler.frontend.entered_contexts import enter, leave
from adcompiler.frontend.exits import (
    MOST_SPELLED_OUT,
    may_be_spelled_out,
    spelled_out,
)
from adcompiler.frontend.expressions import closure
from adcompiler.frontend.frame import Frame
from adcompiler.frontend.generators import reading, yielded
from adcompiler.frontend.importing import import_modules, import_names
from adcompiler.frontend.iteration import Elements, iteration, read_ahead
from adcompiler.frontend.loop_body import refuse_return
from adcompiler.frontend.loops import Loop
from adcompiler.frontend.matching import Matcher
from adcompiler.frontend.naming import bind
from adcompiler.frontend.objects import mangled
from adcompiler.frontend.raising import assert_statement, raise_statement
from adcompiler.frontend.tail_calls import returned
from adcompiler.frontend.writes import augmented, write_attribute, write_item
from adcompiler.ir.builder import current
from adcompiler.ir.index import IndexPattern, Slice
from adcompiler.ir.primitive import lookup
from adcompiler.ir.structure import sequence
from adcompiler.ir.types import shape_of
from adcompiler.ir.values import Atom, Constant
from adcompiler.primitives.catalogue import FUNCTIONS
from adcompiler.primitives.effects import require

Rule = Callable[[Frame, Any], None]
Result = Bound | None


def run(frame: Frame, statements: list[Any]) -> Result:
    """Lower statements in order; the bound value of a `return`, or None where there was none.

    What follows an `if` that may return stands in the arm that does not: every path ends once.
    """
    try:
        return _run(frame, statements)
    except PathEnds as end:
        return Raised(end)


def _run(frame: Frame, statements: list[Any]) -> Result:
    for position, node in enumerate(statements):
        frame.statement = node
        kind = type(node).__name__
        with settings(frame, node), frame.place(node):
            if kind == "Return":
                return Constant.of(None) if node.value is None else returned(frame, node.value)
            if kind in ("Break", "Continue"):
                return Leave(Constant.of(kind == "Break"))
            if kind == "If":
                rest = statements[position + 1 :]
                if _exits(node, frame.loop is not None):
                    return _exiting_if(frame, node, rest)
                ended = _if(frame, node)
                if ended is not None:
                    return ended
                continue
            if kind == "For":
                steps = iteration(frame, frame.evaluate(node.iter))
                if frame.loop is None and may_be_spelled_out(node):
                    ahead = read_ahead(frame, steps, MOST_SPELLED_OUT)
                    steps = ahead.steps
                    if ahead.complete:
                        spelled = spelled_out(node, ahead.items, ahead.check)
                        with reading(frame.program):
                            return run(frame, [*spelled, *statements[position + 1 :]])
                with reading(frame.program):
                    _for(frame, node, steps)
                continue
            if kind == "Try":
                return run(frame, [*attempted(frame, node, run), *statements[position + 1 :]])
            rule = _RULES.get(kind)
            if rule is None:
                raise UnsupportedSyntaxError(
                    f"{kind} statements are not supported.",
                    why="adcompiler has no meaning for this construct.",
                    write="see docs/supported-python.md",
                )
            rule(frame, node)
    return None


def _exits(node: Any, in_loop: bool) -> bool:
    """True where a `return`, or a `break` or `continue` of the loop at hand, stands in the branch."""
    work = [*node.body, *node.orelse]
    kinds = ("Return", "Break", "Continue") if in_loop else ("Return",)
    while work:
        statement = work.pop()
        if type(statement).__name__ in kinds:
            return True
        if type(statement).__name__ in ("If", "Try"):
            work += [*statement.body, *statement.orelse]
        work += (s for h in getattr(statement, "handlers", ()) for s in h.body)
    return False


def _exiting_if(frame: Frame, node: Any, rest: list[Any]) -> Result:
    condition = as_condition(frame, frame.handed_on(node.test))
    loop = frame.loop

    def arm(body: list[Any]) -> Callable[[], Bound]:
        def lowered() -> Bound:
            before, statement = dict(frame.scope), frame.statement
            result = run(frame, [*body, *rest])
            if loop is not None and not isinstance(result, Raised):
                result = _state(frame, loop, result)
            frame.scope.clear()
            frame.scope.update(before)
            frame.statement = statement
            return Constant.of(None) if result is None else result

        return lowered

    if loop is not None and isinstance(condition, Constant):
        return run(frame, [*(node.body if condition.value else node.orelse), *rest])
    joined = branch(frame, condition, arm(node.body), arm(node.orelse))
    if loop is None or isinstance(joined, Raised):
        return joined
    *values, flag = joined.children
    for name, value in zip(loop.names, values, strict=True):
        frame.scope[name] = value
    return Leave(flag)


def _state(frame: Frame, loop: LoopContext, result: Result) -> Bound:
    """What an arm of a loop's body hands on: the names it may bind, and whether the loop ends."""
    refuse_return(result)
    missing = Undefined("only one arm of a branch gives it a value")
    flag = Constant.of(False) if result is None else result.flag
    return sequence("tuple", (*(frame.scope.get(name, missing) for name in loop.names), flag))


def _if(frame: Frame, node: Any) -> Raised | None:
    """Both arms start from the same names; names that an arm changed are joined."""
    condition = as_condition(frame, frame.handed_on(node.test))
    before = dict(frame.scope)
    statement = frame.statement

    def lower_arm(body: list[Any]) -> dict[str, Bound] | Raised:
        result = run(frame, body)
        frame.statement = statement
        end = dict(frame.scope)
        frame.scope.clear()
        frame.scope.update(before)
        return result if isinstance(result, Raised) else end

    if isinstance(condition, Constant):
        taken = lower_arm(node.body if condition.value else node.orelse)
        if isinstance(taken, Raised):
            return taken
        frame.scope.update(taken)
        return None

    names = sorted(assigned_names([*node.body, *node.orelse]))

    def arm(body: list[Any]) -> Callable[[], Bound]:
        def lowered() -> Bound:
            end = lower_arm(body)
            if isinstance(end, Raised):
                return end
            missing = Undefined("only one arm of a branch gives it a value")
            return sequence(
                "tuple", tuple(end.get(name, before.get(name, missing)) for name in names)
            )

        return lowered

    joined = branch(frame, condition, arm(node.body), arm(node.orelse))
    if isinstance(joined, Raised):
        return joined
    frame.scope.update(zip(names, joined.children, strict=True))
    return None


def local_names(statements: list[Any]) -> frozenset[str]:
    """All names that Python makes local because the body binds them."""
    return frozenset(assigned_names(statements))


def assign(frame: Frame, target: Any, value: Bound) -> None:
    """`target = value` for a name, or a tuple of targets with at most one star."""
    kind = type(target).__name__
    if kind == "Name":
        bind(frame, target, value)
    elif kind in ("Tuple", "List"):
        _unpack(frame, target.elts, value)
    elif kind == "Subscript":
        write_item(frame, frame.evaluate(target.value), frame.evaluate(target.slice), value)
    elif kind == "Attribute":
        name = mangled(frame, target.attr)
        write_attribute(frame, frame.evaluate(target.value), name, value)
    else:
        raise UnsupportedSyntaxError(
            f"assignment to {kind} is not supported.",
            why="it is no name.",
            write="a name or a tuple of names",
        )


def _unpack(frame: Frame, targets: list[Any], value: Bound) -> None:
    stars = [k for k, t in enumerate(targets) if type(t).__name__ == "Starred"]
    if isinstance(value, Atom) and shape_of(value.type):
        if not stars:
            value = _split_array(frame, value, len(targets))
        elif shape_of(value.type)[0].constant is None:
            _unpack_rows(frame, targets, stars[0], value)
            return
    parts = frame.unpacked(frame.program.memory.now(value))
    if stars:
        if len(parts) < len(targets) - 1:
            raise _wrong_count(len(targets) - 1, len(parts))
        first, behind = stars[0], len(targets) - stars[0] - 1
        middle = sequence("list", tuple(parts[first : len(parts) - behind]))
        parts = [*parts[:first], middle, *parts[len(parts) - behind :]]
        targets = [t.value if type(t).__name__ == "Starred" else t for t in targets]
    if len(parts) != len(targets):
        raise _wrong_count(len(targets), len(parts))
    for target, part in zip(targets, parts, strict=True):
        assign(frame, target, part)


def _split_array(frame: Frame, value: Atom, count: int) -> Bound:
    """`a, b = x` for an array: its rows.  NumPy would refuse another length, and so does the program."""
    known = shape_of(value.type)[0].constant
    if known is not None:
        return value
    now = frame.program.memory.now(value)
    checked = current().apply(lookup("rows_exactly"), now, count=count)
    get = lookup("getitem")
    rows = [current().apply(get, checked, index=IndexPattern((k,), False)) for k in range(count)]
    return sequence("tuple", tuple(rows))


def _unpack_rows(frame: Frame, targets: list[Any], star: int, array: Atom) -> None:
    """``a, *rest = x`` for an array of unknown length: `rest` is a list whose length the run knows."""
    behind = len(targets) - star - 1
    now = frame.program.memory.now(array)
    count = FUNCTIONS[np.shape](now)[0]
    enough = lookup("greater_equal")(count, len(targets) - 1)
    message = f"not enough values to unpack (expected at least {len(targets) - 1})"
    require(enough, form=f"if not _0: raise ValueError({message!r})")
    for k, target in enumerate(targets):
        if k == star:
            part = Slice(star or None, -behind if behind else None, None)
            rows = current().apply(lookup("getitem"), now, index=IndexPattern((part,), False))
            assign(frame, target.value, frame.call_with(Constant.of(list), rows))
            continue
        place = k if k < star else k - len(targets)
        row = current().apply(lookup("getitem"), now, index=IndexPattern((place,), False))
        assign(frame, target, row)


def _wrong_count(wanted: int, found: int) -> UnsupportedValueError:
    return UnsupportedValueError(
        f"{found} values are unpacked into {wanted} names.",
        why="Python would raise ValueError here.",
        write=f"{found} names",
    )


def _assign(frame: Frame, node: Any) -> None:
    value = frame.handed_on(node.value)
    for target in node.targets:
        assign(frame, target, value)


def _annotated(frame: Frame, node: Any) -> None:
    if node.value is not None:
        assign(frame, node.target, frame.handed_on(node.value))


def _expression(frame: Frame, node: Any) -> None:
    """A docstring, or a call whose value nobody takes: it is lowered all the same."""
    frame.discarded = node.value
    frame.handed_on(node.value)


def _pass(frame: Frame, node: Any) -> None:
    return None


def _delete(frame: Frame, node: Any) -> None:
    for target in node.targets:
        kind = type(target).__name__
        if kind == "Subscript":
            delete_item(frame, frame.evaluate(target.value), frame.evaluate(target.slice))
            continue
        if kind != "Name":
            raise UnsupportedSyntaxError(
                "`del` takes an attribute away.",
                why="an object keeps the attributes that it was given.",
                write="leave it out, or None as the value of the attribute",
            )
        frame.lookup(target.id)
        frame.scope[target.id] = Undefined(
            "`del` took the name away.", "the `del` behind this line"
        )


def _element(frame: Frame, node: Any) -> None:
    node.check()
    if node.target is not None:
        assign(frame, node.target, node.element)


def _for(frame: Frame, node: Any, steps: Counted | Elements) -> None:
    assigned = assigned_names([*node.body]) | _assigned_by(node.target)
    loop = Loop(frame, node, assigned, run, assign)
    if isinstance(steps, Counted):
        loop.counted(steps, _breaks(node.body))
    else:
        loop.unrolled(steps)
    run(frame, node.orelse)


def _while(frame: Frame, node: Any) -> None:
    Loop(frame, node, assigned_names(node.body), run, assign).conditional()
    run(frame, node.orelse)


def _breaks(statements: list[Any]) -> bool:
    """True where a `break` of this loop stands in them."""
    work = list(statements)
    while work:
        s = work.pop()
        if type(s).__name__ == "Break":
            return True
        if type(s).__name__ in ("If", "Try"):
            work += [*s.body, *s.orelse]
        work += (inner for h in getattr(s, "handlers", ()) for inner in h.body)
    return False


def _assigned_by(target: Any) -> set[str]:
    return assigned_names([target])


def _function(frame: Frame, node: Any) -> None:

    value: Bound = closure(frame, node)
    for decorator in reversed(node.decorator_list):
        value = frame.call(frame.evaluate(decorator), [value], {})
    frame.scope[node.name] = value


def _capture(frame: Frame, node: Any) -> None:
    matcher = Matcher(frame)
    found = matcher.captures(frame.handed_on(node.subject), node.pattern)
    for target in node.targets:
        bind(frame, target, found[target.id])


_RULES: dict[str, Rule] = {
    "Assign": _assign,
    "AnnAssign": _annotated,
    "AugAssign": augmented,
    "Expr": _expression,
    "Pass": _pass,
    "Raise": raise_statement,
    "Assert": assert_statement,
    "FunctionDef": _function,
    "Delete": _delete,
    "Capture": _capture,
    "Element": _element,
    "While": _while,
    "Box": make_cells,
    "Named": named,
    "Yielded": yielded,
    "Entered": lambda frame, node: enter(frame, node, run),
    "Left": lambda frame, node: leave(frame, node, run),
    "Nonlocal": refuse_outside,
    "Import": import_modules,
    "ImportFrom": import_names,
}
