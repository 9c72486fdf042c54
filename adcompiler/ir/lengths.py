"""Lengths of axes as expressions over the argument lengths.

A length is a polynomial with integer coefficients over symbols such as ``x.shape[0]`` or ``n``.  The
signature only says whether an argument's length is 1, so a symbol may be known *not* to be 1
(0 counts as "not 1").  That is all broadcasting needs to know: two lengths known not to be 1 must be
equal, or NumPy itself refuses the operation.

>>> n = Length.symbol("x.shape[0]")
>>> print(n - 1)
x.shape[0] - 1
>>> (n + 1) - 1 == n
True
>>> broadcast(n, Length.of(1)) == n
True
>>> broadcast(n - 1, n) is None          # n - 1 may be 1: only the run can tell
True
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cached_property
from itertools import count

Monomial = tuple["Symbol", ...]
#: what an array's length is called that a loop carries and changes
LOOP_LENGTH = "loop length"


@dataclass(frozen=True, order=True)
class Symbol:
    """An unknown non-negative integer, named by where it is read.

    Two different unknowns may print alike; `serial` tells them apart (see `unknown`).
    """

    name: str
    may_be_one: bool = False
    serial: int = 0


@dataclass(frozen=True)
class Length:
    """A polynomial: sorted pairs (monomial, coefficient), the empty monomial being the constant."""

    terms: tuple[tuple[Monomial, int], ...]

    @staticmethod
    def of(value: int) -> Length:
        return Length((((), int(value)),) if value else ())

    @staticmethod
    def symbol(name: str, *, may_be_one: bool = False) -> Length:
        return Length((((Symbol(name, may_be_one),), 1),))

    @property
    def changes_in_loop(self) -> bool:
        """True where each iteration of a loop has its own value of it."""
        return any(symbol.name == LOOP_LENGTH for monomial, _ in self.terms for symbol in monomial)

    @cached_property
    def constant(self) -> int | None:
        """The value, where it is a number."""
        if not self.terms:
            return 0
        if len(self.terms) == 1 and self.terms[0][0] == ():
            return self.terms[0][1]
        return None

    @property
    def is_one(self) -> bool:
        return self.constant == 1

    @cached_property
    def cannot_be_one(self) -> bool:
        if self.constant is not None:
            return self.constant != 1
        if len(self.terms) != 1:
            return False
        symbols, coefficient = self.terms[0]
        # a product of integers is ±1 only if every factor is (an int argument may be negative)
        return coefficient not in (1, -1) or any(not symbol.may_be_one for symbol in symbols)

    def _plus(self, other: Length | int, sign: int) -> Length:
        other = other if isinstance(other, Length) else Length.of(other)
        total = dict(self.terms)
        for monomial, coefficient in other.terms:
            total[monomial] = total.get(monomial, 0) + sign * coefficient
        return Length(tuple(sorted((m, c) for m, c in total.items() if c)))

    def __add__(self, other: Length | int) -> Length:
        return self._plus(other, 1)

    def __sub__(self, other: Length | int) -> Length:
        return self._plus(other, -1)

    def __mul__(self, other: Length | int) -> Length:
        other = other if isinstance(other, Length) else Length.of(other)
        total: dict[Monomial, int] = {}
        for left, a in self.terms:
            for right, b in other.terms:
                monomial = tuple(sorted(left + right))
                total[monomial] = total.get(monomial, 0) + a * b
        return Length(tuple(sorted((m, c) for m, c in total.items() if c)))

    def divided_by(self, other: Length) -> Length | None:
        """The exact quotient by a single term, or None (used for the -1 of a reshape)."""
        if len(other.terms) != 1:
            return None
        divisor, by = other.terms[0]
        quotient = []
        for monomial, coefficient in self.terms:
            rest = list(monomial)
            for symbol in divisor:
                if symbol not in rest:
                    return None
                rest.remove(symbol)
            if coefficient % by:
                return None
            quotient.append((tuple(rest), coefficient // by))
        return Length(tuple(sorted(quotient)))

    def __str__(self) -> str:
        if not self.terms:
            return "0"
        text = ""
        for monomial, coefficient in sorted(self.terms, key=lambda t: (-len(t[0]), t[0])):
            name = "*".join(symbol.name for symbol in monomial)
            size = str(abs(coefficient)) if not name or abs(coefficient) != 1 else ""
            term = "*".join(part for part in (size, name) if part)
            joint = (
                ("-" if coefficient < 0 else "")
                if not text
                else (" - " if coefficient < 0 else " + ")
            )
            text += joint + term
        return text


ONE = Length.of(1)
_serials: dict[tuple[object, ...], int] = {}
_numbers = count(1)


def unknown(name: str, *key: object) -> Length:
    """A length that only the run can tell: the same for the same name and key, else different.

    >>> unknown("count(mask)", 1) == unknown("count(mask)", 2)
    False
    """
    serial = _serials.setdefault((name, *key), next(_numbers))
    return Length((((Symbol(name, True, serial),), 1),))


def broadcast(a: Length, b: Length) -> Length | None:
    """The broadcast length, or None where only the run can tell (or the lengths cannot match)."""
    if a == b or b.is_one:
        return a
    if a.is_one:
        return b
    if a.cannot_be_one and b.cannot_be_one:
        if a.constant is not None and b.constant is not None:
            return None
        assume_equal(a, b)
        return a if a.constant is not None else b if b.constant is not None else a
    return None


def must_differ(a: Length, b: Length) -> bool:
    """True where the two lengths can never broadcast, whatever the arguments."""
    return (
        a.constant is not None
        and b.constant is not None
        and a.constant != b.constant
        and 1 not in (a.constant, b.constant)
    )


_assumed: ContextVar[list[frozenset[Length]] | None] = ContextVar("assumed", default=None)


def assume_equal(a: Length, b: Length) -> None:
    """Note that the program is only right where two lengths are equal (where not, NumPy raises)."""
    found = _assumed.get()
    if found is not None and a != b:
        found.append(frozenset((a, b)))


@contextmanager
def assumptions() -> Iterator[list[frozenset[Length]]]:
    """Collect what is assumed of lengths.

    The statement that would raise may be dead in a derivative and disappear; then somebody else must check.

    >>> with assumptions() as made:
    ...     length = broadcast(Length.symbol("x.shape[0]"), Length.symbol("y.shape[0]"))
    >>> [sorted(map(str, pair)) for pair in made]
    [['x.shape[0]', 'y.shape[0]']]
    """
    token = _assumed.set([])
    try:
        found = _assumed.get()
        assert found is not None
        yield found
    finally:
        _assumed.reset(token)
