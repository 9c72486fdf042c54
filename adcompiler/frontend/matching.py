"""`match` statements: each case is an `if` whose condition asks whether a pattern fits.

Of a container, an object or a string that is known while compiling; of a number it is a comparison in the run.
The names that a pattern captures are bound in the arm, before the guard is asked.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import gast
import numpy as np

from adcompiler.errors import UnsupportedSyntaxError, UnsupportedValueError
from adcompiler.frontend.bound import Bound, Instance, describe
from adcompiler.frontend.branches import branch, going_on
from adcompiler.frontend.frame import Frame
from adcompiler.frontend.optional import is_none, is_optional, value_of
from adcompiler.ir.structure import Branch, sequence
from adcompiler.ir.types import NumpyScalar, PythonScalar
from adcompiler.ir.values import Constant, Variable

#: classes that take one positional pattern, for the value itself (Python reference, section 8.6.4)
_WHOLE = (bool, bytearray, bytes, dict, float, frozenset, int, list, set, str, tuple)


class PatternTest(gast.expr):  # type: ignore[misc]
    """The question whether `subject` fits `pattern`."""

    _fields = ("subject", "pattern")


class Capture(gast.stmt):  # type: ignore[misc]
    """The binding of the names in `pattern`, where it fits."""

    _fields = ("targets", "subject", "pattern")


def as_branches(node: Any, taken: set[str]) -> list[Any]:
    """The statements that a `match` stands for."""
    before: list[Any] = []
    subject = node.subject
    if not isinstance(subject, gast.Name):
        name = next(n for n in _candidates("subject") if n not in taken)
        taken.add(name)
        target = gast.copy_location(gast.Name(name, gast.Store(), None, None), node.subject)
        before.append(gast.copy_location(gast.Assign([target], node.subject, None), node.subject))
        subject = gast.copy_location(gast.Name(name, gast.Load(), None, None), node.subject)
    rest: list[Any] = []
    for case in reversed(node.cases):
        rest = _case(case, subject, rest)
    return [*before, *rest]


def _case(case: Any, subject: Any, rest: list[Any]) -> list[Any]:
    pattern, body = _with_keyword(case.pattern), case.body
    names = list(captured(pattern))
    guard = case.guard
    if names:
        targets = [
            gast.copy_location(gast.Name(n, gast.Store(), None, None), pattern) for n in names
        ]
        bound = gast.copy_location(Capture(targets, subject, pattern), pattern)
        if guard is not None:
            # where the guard says no the next case is asked
            body = [gast.copy_location(gast.If(guard, body, rest), pattern)]
            guard = None
        body = [bound, *body]
    if irrefutable(pattern):
        return [gast.copy_location(gast.If(guard, body, rest), pattern)] if guard else body
    test = gast.copy_location(PatternTest(subject, pattern), pattern)
    if guard is not None:
        test = gast.copy_location(gast.BoolOp(gast.And(), [test, guard]), guard)
    return [gast.copy_location(gast.If(test, body, rest), pattern)]


def _with_keyword(pattern: Any) -> Any:
    """The pattern with the place of its `case`, which has none of its own in the tree."""
    placed = gast.copy_location(
        type(pattern)(*(getattr(pattern, f) for f in pattern._fields)), pattern
    )
    placed.col_offset = max(0, pattern.col_offset - len("case "))
    return placed


def _candidates(name: str) -> Iterator[str]:
    yield name
    number = 2
    while True:
        yield f"{name}_{number}"
        number += 1


def captured(pattern: Any) -> Iterator[str]:
    """The names that a pattern binds, each once."""
    found: dict[str, None] = {}
    for part in gast.walk(pattern):
        if isinstance(part, (gast.MatchAs, gast.MatchStar)) and part.name is not None:
            found[part.name] = None
        if isinstance(part, gast.MatchMapping) and part.rest is not None:
            found[part.rest] = None
    yield from found


def irrefutable(pattern: Any) -> bool:
    """`_` and a bare name fit anything."""
    return isinstance(pattern, gast.MatchAs) and pattern.pattern is None


class Matcher:
    """Asks patterns about bound values."""

    def __init__(self, frame: Frame) -> None:
        self.frame = frame

    def fits(self, bound: Bound, pattern: Any) -> Bound:
        """True, False or a condition of the run."""
        kind = type(pattern).__name__
        if is_optional(bound) and kind not in ("MatchSingleton", "MatchOr", "MatchAs"):
            return going_on(
                branch(
                    self.frame,
                    is_none(bound),
                    lambda: Constant.of(False),
                    lambda: self.fits(value_of(bound), pattern),
                )
            )
        if kind == "MatchValue":
            return self.frame.one_comparison("Eq", bound, self.frame.evaluate(pattern.value))
        if kind == "MatchSingleton":
            return self.frame.one_comparison("Is", bound, Constant.of(pattern.value))
        if kind == "MatchAs":
            return (
                Constant.of(True) if pattern.pattern is None else self.fits(bound, pattern.pattern)
            )
        if kind == "MatchOr":
            return self._any(bound, pattern.patterns)
        parts = self._parts(bound, pattern)
        return Constant.of(False) if parts is None else self._all(parts)

    def captures(self, bound: Bound, pattern: Any) -> dict[str, Bound]:
        """What the names of a pattern are bound to, where it fits."""
        kind = type(pattern).__name__
        found: dict[str, Bound] = {}
        if kind == "MatchAs":
            if pattern.pattern is not None:
                found.update(self.captures(bound, pattern.pattern))
            if pattern.name is not None:
                found[pattern.name] = bound
        elif kind == "MatchOr":
            if any(True for _ in captured(pattern)):
                found.update(self.captures(bound, self._known_alternative(bound, pattern)))
        elif kind == "MatchStar":
            if pattern.name is not None:
                found[pattern.name] = bound
        elif kind not in ("MatchValue", "MatchSingleton"):
            for part, inner in self._parts(bound, pattern) or ():
                found.update(self.captures(part, inner))
            if kind == "MatchMapping" and pattern.rest is not None:
                found[pattern.rest] = self._rest(bound, pattern)
        return found

    def _known_alternative(self, bound: Bound, pattern: Any) -> Any:
        for alternative in pattern.patterns:
            answer = self.fits(bound, alternative)
            if not isinstance(answer, Constant):
                break
            if answer.value:
                return alternative
        raise UnsupportedSyntaxError(
            "which alternative of this pattern fits is only known in the run.",
            why="its names would be bound to one value or another.",
            write="one case for each alternative",
        )

    def _any(self, bound: Bound, patterns: list[Any]) -> Bound:
        first = self.fits(bound, patterns[0])
        if len(patterns) == 1 or (isinstance(first, Constant) and first.value):
            return first
        return branch(
            self.frame, first, lambda: Constant.of(True), lambda: self._any(bound, patterns[1:])
        )

    def _all(self, parts: list[tuple[Bound, Any]]) -> Bound:
        if not parts:
            return Constant.of(True)
        (bound, pattern), *rest = parts
        first = self.fits(bound, pattern)
        if not rest or (isinstance(first, Constant) and not first.value):
            return first
        return branch(self.frame, first, lambda: self._all(rest), lambda: Constant.of(False))

    # ---- the parts of a value that the parts of a pattern are asked about; None where it cannot fit

    def _parts(self, bound: Bound, pattern: Any) -> list[tuple[Bound, Any]] | None:
        kind = type(pattern).__name__
        if kind == "MatchSequence":
            return self._elements(bound, pattern.patterns)
        if kind == "MatchMapping":
            return self._entries(bound, pattern)
        if kind == "MatchClass":
            return self._attributes(bound, pattern)
        if kind == "MatchStar":
            return []
        raise UnsupportedSyntaxError(
            f"a pattern of kind {kind} is not supported.",
            why="adcompiler has no meaning for it.",
            write="`if` and `elif` with comparisons",
        )

    def _elements(self, bound: Bound, patterns: list[Any]) -> list[tuple[Bound, Any]] | None:
        if not (isinstance(bound, Branch) and bound.kind in ("tuple", "list", "namedtuple")):
            return None  # strings and arrays are no sequences here (PEP 634)
        children = bound.children
        stars = [k for k, p in enumerate(patterns) if isinstance(p, gast.MatchStar)]
        if not stars:
            fits = len(children) == len(patterns)
            return list(zip(children, patterns, strict=True)) if fits else None
        first, behind = stars[0], len(patterns) - stars[0] - 1
        if len(children) < first + behind:
            return None
        last = len(children) - behind
        return [
            *zip(children[:first], patterns[:first], strict=True),
            (sequence("list", tuple(children[first:last])), patterns[first]),
            *zip(children[last:], patterns[first + 1 :], strict=True),
        ]

    def _entries(self, bound: Bound, pattern: Any) -> list[tuple[Bound, Any]] | None:
        if not (isinstance(bound, Branch) and bound.kind == "dict"):
            return None
        keys = self._keys(pattern)
        if any(key not in bound.keys for key in keys):
            return None
        return [(bound.child(k), p) for k, p in zip(keys, pattern.patterns, strict=True)]

    def _rest(self, bound: Branch, pattern: Any) -> Branch:
        asked = self._keys(pattern)
        kept = [(k, c) for k, c in zip(bound.keys, bound.children, strict=True) if k not in asked]
        return Branch("dict", tuple(k for k, _ in kept), tuple(c for _, c in kept))

    def _keys(self, pattern: Any) -> list[Any]:
        return [self.frame.evaluate(key).value for key in pattern.keys]

    def _attributes(self, bound: Bound, pattern: Any) -> list[tuple[Bound, Any]] | None:
        cls = self.frame.evaluate(pattern.cls)
        if not (isinstance(cls, Constant) and isinstance(cls.value, type)):
            raise UnsupportedValueError(
                f"a class pattern names {describe(cls)}.",
                why="Python would raise TypeError here.",
                write="a class",
            )
        if not issubclass(_class_of(bound), cls.value):
            return None
        names = list(getattr(cls.value, "__match_args__", ()))
        found: list[tuple[Bound, Any]] = []
        positional = pattern.patterns
        if len(positional) == 1 and not names and issubclass(cls.value, _WHOLE):
            found.append((bound, positional[0]))
        elif len(positional) > len(names):
            raise UnsupportedValueError(
                f"{cls.value.__name__}() has {len(names)} positional patterns, and {len(positional)} are given.",
                why="Python would raise TypeError here.",
                write="patterns by keyword",
            )
        else:
            for name, inner in zip(names, positional, strict=False):
                found.append((self.frame.attribute(bound, name), inner))
        for name, inner in zip(pattern.kwd_attrs, pattern.kwd_patterns, strict=True):
            found.append((self.frame.attribute(bound, name), inner))
        return found


def _class_of(bound: Bound) -> type:
    """The class of a value, as far as patterns ask."""
    if isinstance(bound, Variable):
        if isinstance(bound.type, PythonScalar):
            return {"bool": bool, "int": int, "float": float, "complex": complex}[bound.type.kind]
        if isinstance(bound.type, NumpyScalar):
            return bound.type.dtype.type
        return np.ndarray
    if isinstance(bound, (Constant, Instance)):
        return type(bound.value)
    if isinstance(bound, Branch):
        kinds: dict[str, type] = {"list": list, "dict": dict, "tuple": tuple}
        return bound.cls or kinds.get(bound.kind, object)
    return object
