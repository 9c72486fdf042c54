"""Expressions: one function for each kind, found by the class of the node."""

from __future__ import annotations

import enum
import operator as operator_module
import types
from collections.abc import Callable
from typing import Any

from adcompiler.errors import UnsupportedSyntaxError, UnsupportedValueError
from adcompiler.frontend import growing, growing_methods, texts
from adcompiler.frontend.attempts import decided
from adcompiler.frontend.bound import Bound, Closure, describe
from adcompiler.frontend.choices import choose
from adcompiler.frontend.comprehensions import comprehension, is_of_numpy, mark_rows
from adcompiler.frontend.conditions import as_condition, negated
from adcompiler.frontend.container_methods import merged
from adcompiler.frontend.frame import Frame
from adcompiler.frontend.growing import is_growing
from adcompiler.frontend.iteration import known_elements
from adcompiler.frontend.matching import Matcher
from adcompiler.frontend.naming import bind
from adcompiler.frontend.objects import by_unary, iterated, mangled
from adcompiler.frontend.optional import is_optional, present
from adcompiler.frontend.settled import settled
from adcompiler.frontend.stacked import LengthNeeded
from adcompiler.frontend.streams import Stream
from adcompiler.frontend.unread import followed_or_kept
from adcompiler.ir.builder import current
from adcompiler.ir.index import IndexPattern
from adcompiler.ir.primitive import lookup
from adcompiler.ir.structure import Branch, sequence
from adcompiler.ir.types import Array, PythonScalar
from adcompiler.ir.values import Atom, Constant, Variable

Rule = Callable[[Frame, Any], Bound]

#: exact, so that `x.ndim - 1` may be an axis; `2 ** -1` would be no int
_KNOWN_INTS: dict[str, Callable[[int, int], int]] = {
    "Add": operator_module.add,
    "Sub": operator_module.sub,
    "Mult": operator_module.mul,
    "FloorDiv": operator_module.floordiv,
    "Mod": operator_module.mod,
}


def evaluate(frame: Frame, node: Any) -> Bound:
    """Lower one expression that is computed with: what may be None is there, or the program raises."""
    found = handed_on(frame, node)
    if not is_optional(found):
        return found
    with frame.place(node):
        return present(frame, found)


def handed_on(frame: Frame, node: Any) -> Bound:
    """Lower one expression whose value is bound, handed on or tested: it may be None."""
    with frame.place(node):
        rule = _RULES.get(type(node).__name__)
        if rule is None:
            raise UnsupportedSyntaxError(
                f"{type(node).__name__} expressions are not supported.",
                why="adcompiler has no meaning for this construct.",
                write="see docs/supported-python.md",
            )
        return rule(frame, node)


def _constant(frame: Frame, node: Any) -> Bound:
    return Constant.of(node.value)


def _name(frame: Frame, node: Any) -> Bound:
    return frame.lookup(node.id)


def _binary(frame: Frame, node: Any) -> Bound:
    left, right = evaluate(frame, node.left), evaluate(frame, node.right)
    return binary(frame, type(node.op).__name__, left, right)


def binary(frame: Frame, operator: str, left: Bound, right: Bound) -> Bound:
    """`left operator right` with Python's meaning: containers add and repeat, numbers compute."""
    for bound in (left, right):
        settled(bound, "an operand")
        if isinstance(bound, Constant) and isinstance(bound.value, (str, bytes)):
            if (
                isinstance(left, Constant)
                and isinstance(right, Constant)
                and operator in ("Add", "Mod", "Mult")
            ):
                return Constant.of(
                    left.value + right.value
                    if operator == "Add"
                    else left.value % right.value
                    if operator == "Mod"
                    else left.value * right.value
                )
            return texts.combined(frame, operator, left, right)
    if texts.is_text(left) or texts.is_text(right):
        return texts.combined(frame, operator, left, right)
    if operator == "BitOr" and _is_dict(left) and _is_dict(right):
        return merged(left, right)
    if operator == "BitOr" and _is_class(left) and _is_class(right):
        return Constant.of(left.value | right.value)
    known = operator in _KNOWN_INTS and _is_known_int(left) and _is_known_int(right)
    if known and (right.value or operator not in ("FloorDiv", "Mod")):
        return Constant.of(_KNOWN_INTS[operator](left.value, right.value))
    if operator == "Add" and _is_sequence(left) and _is_sequence(right) and left.kind == right.kind:
        return sequence(left.kind, (*left.children, *right.children))
    if is_growing(left) or is_growing(right):
        return growing_methods.combined(frame, operator, left, right)
    if operator == "Mult":
        for many, count in ((left, right), (right, left)):
            if (
                isinstance(many, Branch)
                and isinstance(count, Constant)
                and type(count.value) is int
            ):
                return sequence(many.kind, many.children * count.value)
            one = isinstance(many, Branch) and many.kind == "list" and len(many.children) == 1
            if one and isinstance(getattr(count, "type", None), PythonScalar):
                return growing_methods.repeated(frame, many, count)
    return frame.call_operator(operator, left, right)


def _is_sequence(bound: Bound) -> bool:
    return isinstance(bound, Branch) and bound.kind in ("tuple", "list")


def _is_dict(bound: Bound) -> bool:
    return isinstance(bound, Branch) and bound.kind == "dict"


def _is_class(bound: Bound) -> bool:
    return isinstance(bound, Constant) and isinstance(
        bound.value, (type, types.UnionType, types.NoneType)
    )


def _is_known_int(bound: Bound) -> bool:
    return isinstance(bound, Constant) and type(bound.value) is int


def _unary(frame: Frame, node: Any) -> Bound:
    return unary(frame, type(node.op).__name__, handed_on(frame, node.operand))


def unary(frame: Frame, operator: str, value: Bound) -> Bound:
    """`-value`, `not value` …"""
    if operator == "Not":
        return negated(frame, value)
    value = present(frame, value)
    found = by_unary(frame, operator, value)
    if found is not None:
        return found
    if (
        isinstance(value, Constant)
        and type(value.value) in (int, float, complex)
        and operator == "USub"
    ):
        return Constant.of(-value.value)
    return frame.call_operator(operator, value)


def _primitive(name: str) -> Any:
    return lookup(name)


def _boolean(frame: Frame, node: Any) -> Bound:
    """`a and b` is `b if a else a`: the value, and what is evaluated, are Python's."""
    conjunction = type(node.op).__name__ == "And"

    def rest(values: list[Any]) -> Bound:
        first = handed_on(frame, values[0])
        if len(values) == 1:
            return first
        condition = as_condition(frame, first)
        last: list[Bound] = []

        def here() -> Bound:
            return first

        def later() -> Bound:
            last.append(rest(values[1:]))
            return last[0]

        arms = (later, here) if conjunction else (here, later)
        result = choose(frame, values[1:], condition, *arms)
        if (
            isinstance(condition, Variable)
            and isinstance(result, Variable)
            and isinstance(last[0], Atom)
        ):
            # both of them hold where `a and b` does, neither where `a or b` does not
            frame.program.implied[result, conjunction] = (condition, last[0])
        return result

    return rest(node.values)


def _compare(frame: Frame, node: Any) -> Bound:
    left = handed_on(frame, node.left)
    pairs = list(zip(node.ops, node.comparators, strict=True))

    def chain(left: Bound, pairs: list[tuple[Any, Any]]) -> Bound:
        operator, comparator = pairs[0]
        right = handed_on(frame, comparator)
        result = frame.one_comparison(type(operator).__name__, left, right)
        if len(pairs) == 1:
            return result
        condition = as_condition(frame, result)
        rest = [comparator for _, comparator in pairs[1:]]
        return choose(frame, rest, condition, lambda: chain(right, pairs[1:]), lambda: result)

    return chain(left, pairs)


def _pattern(frame: Frame, node: Any) -> Bound:
    return Matcher(frame).fits(handed_on(frame, node.subject), node.pattern)


def _conditional(frame: Frame, node: Any) -> Bound:
    condition = as_condition(frame, handed_on(frame, node.test))
    arms = (node.body, node.orelse)
    then, orelse = (lambda arm=arm: handed_on(frame, arm) for arm in arms)
    return choose(frame, arms, condition, then, orelse)


def elements(frame: Frame, nodes: list[Any]) -> list[Bound]:
    """Evaluate a list of expressions; starred ones are unpacked."""
    found: list[Bound] = []
    for node in nodes:
        if type(node).__name__ == "Starred":
            starred = frame.program.memory.now(evaluate(frame, node.value))
            found.extend(unpacked(frame, starred))
        else:
            found.append(handed_on(frame, node))
    return found


def unpacked(frame: Frame, bound: Bound) -> list[Bound]:
    """The elements of a container, or of an array whose first length is known."""
    if is_growing(bound):
        raise growing.refused("a list that grows is taken apart.")
    bound = frame.program.live(iterated(frame, bound))
    if isinstance(bound, Stream) or (isinstance(bound, Branch) and bound.kind == "range"):
        return list(known_elements(frame, bound))
    if isinstance(bound, Branch):
        if bound.kind == "dict":
            return [Constant.of(key) for key in bound.keys]
        if bound.kind not in ("dataclass", "object"):
            return list(bound.children)
    if isinstance(bound, Constant) and isinstance(bound.value, (str, range, enum.EnumMeta)):
        return [Constant.of(item) for item in bound.value]
    if isinstance(bound, Atom) and isinstance(bound.type, Array) and bound.type.shape:
        count = bound.type.shape[0].constant
        if count is None:
            raise LengthNeeded(
                f"an array of type {bound.type} is unpacked into an unknown number of names.",
                why="the length of its first axis is only known at run time.",
                write="index it: x[0], x[1]",
            ).of(bound.type.shape[0])
        get = _primitive("getitem")
        return [current().apply(get, bound, index=IndexPattern((k,), False)) for k in range(count)]
    raise UnsupportedValueError(
        f"{describe(bound)} cannot be unpacked.",
        why="it has no known number of elements.",
        write="a tuple or a list, or index an array: x[0], x[1]",
    )


def _tuple(frame: Frame, node: Any) -> Bound:
    return sequence("tuple", tuple(elements(frame, node.elts)))


def _list(frame: Frame, node: Any) -> Bound:
    return sequence("list", tuple(elements(frame, node.elts)))


def _set(frame: Frame, node: Any) -> Bound:
    return frame.call(Constant.of(set), [_list(frame, node)], {})


def _dict(frame: Frame, node: Any) -> Bound:
    entries: dict[Any, Bound] = {}
    for key, value in zip(node.keys, node.values, strict=True):
        if key is None:
            inner = evaluate(frame, value)
            if not (isinstance(inner, Branch) and inner.kind == "dict"):
                raise UnsupportedValueError(
                    f"`**` unpacks {describe(inner)}.",
                    why="only a dict can be unpacked here.",
                    write="a dict",
                )
            entries.update(zip(inner.keys, inner.children, strict=True))
            continue
        name = evaluate(frame, key)
        if not isinstance(name, Constant):
            raise UnsupportedValueError(
                "a dict key is only known at run time.",
                why="the structure of containers is fixed while compiling.",
                write="constant keys (strings, ints), or an array indexed by the number",
            )
        entries[name.value] = handed_on(frame, value)
    return Branch("dict", tuple(entries), tuple(entries.values()))


def _attribute(frame: Frame, node: Any) -> Bound:
    return frame.attribute(evaluate(frame, node.value), mangled(frame, node.attr))


def _subscript(frame: Frame, node: Any) -> Bound:
    return frame.subscript(evaluate(frame, node.value), evaluate(frame, node.slice))


def _slice(frame: Frame, node: Any) -> Bound:
    parts = [None if p is None else evaluate(frame, p) for p in (node.lower, node.upper, node.step)]
    return Branch("slice", (0, 1, 2), tuple(Constant.of(None) if p is None else p for p in parts))


def _call(frame: Frame, node: Any) -> Bound:
    callee = evaluate(frame, node.func)
    mark_rows(node.args, isinstance(callee, Constant) and is_of_numpy(callee.value))
    args, kwargs = called_with(frame, node)
    frame.value_unused = frame.discarded is node
    try:
        if frame.value_unused:
            return followed_or_kept(frame, callee, args, kwargs)
        return frame.call(callee, args, kwargs)
    finally:
        frame.value_unused = False


def called_with(frame: Frame, node: Any) -> tuple[list[Bound], dict[str, Bound]]:
    """The arguments of a call."""
    args = elements(frame, node.args)
    kwargs: dict[str, Bound] = {}
    for keyword in node.keywords:
        value = handed_on(frame, keyword.value)
        if keyword.arg is not None:
            kwargs[keyword.arg] = value
        elif isinstance(value, Branch) and value.kind == "dict":
            kwargs.update(zip(value.keys, value.children, strict=True))
        else:
            raise UnsupportedValueError(
                f"`**` unpacks {describe(value)}.",
                why="only a dict can be unpacked here.",
                write="a dict",
            )
    return args, kwargs


def _lambda(frame: Frame, node: Any) -> Bound:
    return closure(frame, node)


def closure(frame: Frame, node: Any) -> Closure:
    """A function defined here; defaults are evaluated now, free names when it is called."""
    arguments = node.args
    positional = [*arguments.posonlyargs, *arguments.args]
    defaults: list[tuple[str, Bound]] = []
    offset = len(positional) - len(arguments.defaults)
    for parameter, default in zip(positional[offset:], arguments.defaults, strict=True):
        defaults.append((parameter.id, evaluate(frame, default)))
    for parameter, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True):
        if default is not None:
            defaults.append((parameter.id, evaluate(frame, default)))
    return Closure(node, frame.source, frame, tuple(defaults))


def _walrus(frame: Frame, node: Any) -> Bound:
    value = handed_on(frame, node.value)
    if not hasattr(node.target, "id"):  # in a cell
        frame.assign(node.target, value)
        return value
    while frame.comprehends and frame.parent is not None:
        frame = frame.parent  # a comprehension binds it in the function around it
    bind(frame, node.target, value)
    return value


def _joined_string(frame: Frame, node: Any) -> Bound:
    return texts.joined_string(frame, node)


_RULES: dict[str, Rule] = {
    "ListComp": comprehension,
    "GeneratorExp": comprehension,
    "DictComp": comprehension,
    "Constant": _constant,
    "Name": _name,
    "BinOp": _binary,
    "UnaryOp": _unary,
    "BoolOp": _boolean,
    "Compare": _compare,
    "PatternTest": _pattern,
    "Decided": decided,
    "IfExp": _conditional,
    "Tuple": _tuple,
    "List": _list,
    "Dict": _dict,
    "Set": _set,
    "Attribute": _attribute,
    "Subscript": _subscript,
    "Slice": _slice,
    "Call": _call,
    "Lambda": _lambda,
    "NamedExpr": _walrus,
    "JoinedStr": _joined_string,
}
