"""Statements: assignments, branches, returns; an unknown one is refused, never skipped."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from adcompiler.errors import (
    AliasError,
    ArgumentError,
    UnsupportedSyntaxError,
    UnsupportedValueError,
)
from adcompiler.frontend.access import root_of_view
from adcompiler.frontend.aliases import from_outside, reached
from adcompiler.frontend.bound import Bound, Leave, LoopContext, Undefined, describe
from adcompiler.frontend.branches import branch
from adcompiler.frontend.conditions import as_condition
from adcompiler.frontend.expressions import (
    binary,
    bind,
    closure,
    evaluate,
    unpacked,
)
from adcompiler.frontend.frame import Frame
from adcompiler.frontend.iteration import Counted, iteration
from adcompiler.frontend.loops import Loop
from adcompiler.frontend.tail_calls import returned
from adcompiler.frontend.walrus import walrus_names
from adcompiler.ir.builder import current
from adcompiler.ir.structure import Branch, sequence
from adcompiler.ir.types import Array, dtype_of, shape_of
from adcompiler.ir.values import Atom, Constant, Variable

Rule = Callable[[Frame, Any], None]
Result = Bound | None


def run(frame: Frame, statements: list[Any]) -> Result:
    """Lower statements in order; the bound value of a `return`, or None where there was none.

    What follows an `if` that may return stands in the arm that does not: every path ends once.
    """
    for position, node in enumerate(statements):
        frame.statement = node
        kind = type(node).__name__
        with frame.place(node):
            if kind == "Return":
                return Constant.of(None) if node.value is None else returned(frame, node.value)
            if kind in ("Break", "Continue"):
                return Leave(Constant.of(kind == "Break"))
            if kind == "If":
                rest = statements[position + 1 :]
                if _exits(node, frame.loop is not None):
                    return _exiting_if(frame, node, rest)
                _if(frame, node)
                continue
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
        if type(statement).__name__ == "If":
            work += [*statement.body, *statement.orelse]
    return False


def _exiting_if(frame: Frame, node: Any, rest: list[Any]) -> Result:
    condition = as_condition(frame, evaluate(frame, node.test))
    loop = frame.loop

    def arm(body: list[Any]) -> Callable[[], Bound]:
        def lowered() -> Bound:
            before, statement = dict(frame.scope), frame.statement
            result = run(frame, [*body, *rest])
            if loop is not None:
                result = _state(frame, loop, result)
            frame.scope.clear()
            frame.scope.update(before)
            frame.statement = statement
            return Constant.of(None) if result is None else result

        return lowered

    if loop is not None and isinstance(condition, Constant):
        return run(frame, [*(node.body if condition.value else node.orelse), *rest])
    joined = branch(frame, condition, arm(node.body), arm(node.orelse))
    if loop is None:
        return joined
    *values, flag = joined.children
    for name, value in zip(loop.names, values, strict=True):
        frame.scope[name] = value
    return Leave(flag)


def _state(frame: Frame, loop: LoopContext, result: Result) -> Bound:
    """What an arm of a loop's body hands on: the names it may bind, and whether the loop ends."""
    if result is not None and not isinstance(result, Leave):
        raise UnsupportedSyntaxError(
            "`return` inside a loop is not supported yet.",
            why="the rest of the function would depend on whether the loop returned.",
            write="result = …; break     and return result after the loop",
        )
    missing = Undefined("only one arm of a branch gives it a value")
    flag = Constant.of(False) if result is None else result.flag
    return sequence("tuple", (*(frame.scope.get(name, missing) for name in loop.names), flag))


def _if(frame: Frame, node: Any) -> None:
    """Both arms start from the same names; names that an arm changed are joined."""
    condition = as_condition(frame, evaluate(frame, node.test))
    before = dict(frame.scope)
    ends: list[dict[str, Bound]] = []
    changed: list[str] = []
    statement = frame.statement

    def lower_arm(body: list[Any]) -> dict[str, Bound]:
        run(frame, body)
        frame.statement = statement
        end = dict(frame.scope)
        frame.scope.clear()
        frame.scope.update(before)
        return end

    if isinstance(condition, Constant):
        frame.scope.update(lower_arm(node.body if condition.value else node.orelse))
        return

    names = sorted(_assigned([*node.body, *node.orelse]))

    def arm(body: list[Any]) -> Callable[[], Bound]:
        def lowered() -> Bound:
            end = lower_arm(body)
            ends.append(end)
            missing = Undefined("only one arm of a branch gives it a value")
            return sequence(
                "tuple", tuple(end.get(name, before.get(name, missing)) for name in names)
            )

        return lowered

    joined = branch(frame, condition, arm(node.body), arm(node.orelse))
    for name, value in zip(names, joined.children, strict=True):
        if value is not before.get(name):
            changed.append(name)
        frame.scope[name] = value


def _assigned(statements: list[Any]) -> set[str]:
    """Names that statements bind."""
    found: set[str] = set()

    def visit(node: Any) -> None:
        kind = type(node).__name__
        if kind == "Name" and type(node.ctx).__name__ == "Store":
            found.add(node.id)
        if kind == "FunctionDef":
            found.add(node.name)
            return
        if kind in ("Import", "ImportFrom"):
            found.update((alias.asname or alias.name).split(".")[0] for alias in node.names)
        if kind in ("Lambda", "ListComp", "GeneratorExp", "DictComp", "SetComp"):
            if kind != "Lambda":  # their names are their own, but for those of `:=`
                found.update(walrus_names(node))
            return
        for field in getattr(node, "_fields", ()):
            child = getattr(node, field)
            for item in child if isinstance(child, list) else [child]:
                if hasattr(item, "_fields"):
                    visit(item)

    for statement in statements:
        visit(statement)
    return found


def local_names(statements: list[Any]) -> frozenset[str]:
    """All names that Python makes local because the body binds them."""
    return frozenset(_assigned(statements))


def assign(frame: Frame, target: Any, value: Bound) -> None:
    """`target = value` for a name, or a tuple of targets with at most one star."""
    kind = type(target).__name__
    if kind == "Name":
        bind(frame, target, value)
    elif kind in ("Tuple", "List"):
        _unpack(frame, target.elts, value)
    elif kind == "Subscript":
        raise UnsupportedSyntaxError(
            "assignment to an element is not supported yet.",
            why="writes into arrays and containers are not followed yet.",
            write="np.where, np.concatenate or np.stack to build the array, or a new container",
        )
    elif kind == "Attribute":
        raise UnsupportedSyntaxError(
            "assignment to an attribute is not supported yet.",
            why="writes into objects are not followed yet.",
            write="keep the value in a local variable and return it",
        )
    else:
        raise UnsupportedSyntaxError(
            f"assignment to {kind} is not supported.",
            why="it is no name.",
            write="a name or a tuple of names",
        )


def _unpack(frame: Frame, targets: list[Any], value: Bound) -> None:
    stars = [k for k, t in enumerate(targets) if type(t).__name__ == "Starred"]
    if not stars and isinstance(value, Atom) and shape_of(value.type):
        value = _split_array(frame, value, len(targets))
    parts = unpacked(frame, value)
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
    from adcompiler.ir.index import IndexPattern
    from adcompiler.ir.primitive import lookup

    known = shape_of(value.type)[0].constant
    if known is not None:
        return value
    checked = current().apply(lookup("rows_exactly"), value, count=count)
    get = lookup("getitem")
    rows = [
        root_of_view(frame, value, current().apply(get, checked, index=IndexPattern((k,), False)))
        for k in range(count)
    ]
    return sequence("tuple", tuple(rows))


def _wrong_count(wanted: int, found: int) -> UnsupportedValueError:
    return UnsupportedValueError(
        f"{found} values are unpacked into {wanted} names.",
        why="Python would raise ValueError here.",
        write=f"{found} names",
    )


def _assign(frame: Frame, node: Any) -> None:
    value = evaluate(frame, node.value)
    for target in node.targets:
        assign(frame, target, value)


def _annotated(frame: Frame, node: Any) -> None:
    if node.value is not None:
        assign(frame, node.target, evaluate(frame, node.value))


def _augmented(frame: Frame, node: Any) -> None:
    """`x += v`: a scalar is bound anew; an array is written in place, which needs that no one else sees it."""
    if type(node.target).__name__ != "Name":
        assign(frame, node.target, Constant.of(None))
        return
    name = node.target.id
    old = frame.lookup(name)
    value = binary(frame, type(node.op).__name__, old, evaluate(frame, node.value))
    if isinstance(old, Variable) and isinstance(old.type, Array):
        value = _in_place(frame, name, old, value)
    elif isinstance(old, Branch) and old.kind == "list":
        _only_owner(frame, name, old)
    bind(frame, node.target, value)


def _in_place(frame: Frame, name: str, old: Variable, value: Bound) -> Bound:
    assert isinstance(old.type, Array)
    operator = f"`{name}` is written in place"
    root = frame.program.root(old)
    shared = root is not old or from_outside(frame, root) or reached(frame, root, (name,))
    if shared:
        raise AliasError(
            f"{operator}, and its memory can be reached in another way.",
            why="it is an argument, a view, or bound to another name too; such writes are not followed yet.",
            write=f"{name} = {name} + …   (a new array), or {name} = {name}.copy() first",
        )
    if not isinstance(value, Atom) or shape_of(value.type) != old.type.shape:
        raise AliasError(
            f"{operator} with a value of another shape.",
            why=f"its type is {old.type}, that of the result {describe(value)}.",
            write=f"{name} = {name} + …   (a new array)",
        )
    if dtype_of(value.type) != old.type.dtype:
        if old.type.dtype.kind != dtype_of(value.type).kind:
            raise ArgumentError(
                f"{operator}: {dtype_of(value.type)} values do not fit {old.type.dtype}.",
                why="NumPy refuses to cast them (same_kind).",
                write=f"{name} = {name} + …",
            )
        from adcompiler.ir.primitive import lookup

        value = current().apply(lookup("cast"), value, dtype=old.type.dtype)
    return value


def _only_owner(frame: Frame, name: str, old: Branch) -> None:
    for other in {id(f): f for f in (*frame.program.frames, frame)}.values():
        for key, bound in other.scope.items():
            if bound is old and not (other is frame and key == name):
                raise AliasError(
                    f"the list `{name}` is extended in place, and another name holds it too.",
                    why="writes into containers that are shared are not followed yet.",
                    write=f"{name} = {name} + […]",
                )


def _expression(frame: Frame, node: Any) -> None:
    """A docstring, or a call whose value nobody takes: it is lowered all the same."""
    evaluate(frame, node.value)


def _pass(frame: Frame, node: Any) -> None:
    return None


def _for(frame: Frame, node: Any) -> None:
    iterable = evaluate(frame, node.iter)
    assigned = _assigned([*node.body]) | _assigned_by(node.target)
    _no_else(node)
    loop = Loop(frame, node, assigned, run, assign)
    steps = iteration(frame, iterable)
    if isinstance(steps, Counted):
        loop.counted(steps, _breaks(node.body))
    else:
        loop.unrolled(steps)
    run(frame, node.orelse)


def _while(frame: Frame, node: Any) -> None:
    if _assigned([node.test]):
        raise UnsupportedSyntaxError(
            "a `while` condition binds a name.",
            why="its value would differ inside and after the loop.",
            write="the assignment before the loop and at the end of its body",
        )
    _no_else(node)
    Loop(frame, node, _assigned(node.body), run, assign).conditional()
    run(frame, node.orelse)


def _no_else(node: Any) -> None:
    """Without `break`, the `else` of a loop simply follows it."""
    if node.orelse and _breaks(node.body):
        raise UnsupportedSyntaxError(
            "`else` of a loop with `break` is not supported yet.",
            why="whether it runs depends on how the loop ended.",
            write="found = False before the loop, found = True before break, and `if not found:` after it",
        )


def _breaks(statements: list[Any]) -> bool:
    return any(
        type(s).__name__ == "Break" or (type(s).__name__ == "If" and _breaks([*s.body, *s.orelse]))
        for s in statements
    )


def _assigned_by(target: Any) -> set[str]:
    return _assigned([target])


def _function(frame: Frame, node: Any) -> None:
    from adcompiler.frontend.calls import call

    value: Bound = closure(frame, node)
    for decorator in reversed(node.decorator_list):
        value = call(frame, evaluate(frame, decorator), [value], {})
    frame.scope[node.name] = value


def _import(frame: Frame, node: Any) -> None:
    import importlib

    for alias in node.names:
        module = importlib.import_module(alias.name)
        top = importlib.import_module(alias.name.split(".")[0])
        frame.scope[alias.asname or alias.name.split(".")[0]] = Constant.of(
            module if alias.asname else top
        )


def _import_from(frame: Frame, node: Any) -> None:
    import importlib

    package = frame.home.__globals__.get("__package__")
    module = importlib.import_module("." * (node.level or 0) + (node.module or ""), package)
    for alias in node.names:
        if hasattr(module, alias.name):
            found = getattr(module, alias.name)
            reference = ("global", module.__name__, alias.name)
            key = ("global", vars(module), alias.name)
            value = frame.program.captures.read(key, reference, found, alias.name)
        else:
            value = Constant.of(importlib.import_module(f"{module.__name__}.{alias.name}"))
        frame.scope[alias.asname or alias.name] = value


_RULES: dict[str, Rule] = {
    "Assign": _assign,
    "AnnAssign": _annotated,
    "AugAssign": _augmented,
    "Expr": _expression,
    "Pass": _pass,
    "FunctionDef": _function,
    "For": _for,
    "While": _while,
    "Import": _import,
    "ImportFrom": _import_from,
}
