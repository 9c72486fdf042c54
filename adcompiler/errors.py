"""Errors that tell the place, the fact, the reason and what to write instead.

Every class is a documented page (``docs/errors.md`` is generated from these docstrings): cause, failing
code, fixed code.  All derive from `ADError` and from the nearest builtin.
"""

from __future__ import annotations

import linecache
from typing import Any, ClassVar, Protocol


class Place(Protocol):
    """Where in the user's program something stands (`ir.origin.Origin` is one)."""

    @property
    def file(self) -> str: ...
    @property
    def line(self) -> int: ...
    @property
    def column(self) -> int: ...
    @property
    def end_line(self) -> int: ...
    @property
    def end_column(self) -> int: ...
    @property
    def function(self) -> str: ...


class ADError(Exception):
    """Base class of everything that adcompiler raises on purpose.

    Catch it to catch them all::

        try:
            ad.grad(lambda x: x)(np.ones(3))
        except ad.ADError as error:
            print(error)
    """

    page: ClassVar[str] = "docs/errors.md"

    def __init__(
        self, fact: str, *, why: str = "", write: str = "", origin: Place | None = None
    ) -> None:
        super().__init__(fact)
        self.fact = fact
        self.why = why
        self.write = write
        self.origin = origin
        self.also: tuple[ADError, ...] = ()  # further places, shown below the first one

    def at(self, origin: Place) -> ADError:
        """The same error with a place, where it has none yet."""
        if self.origin is None:
            self.origin = origin
        return self

    def __str__(self) -> str:
        lines: list[str] = []
        if self.origin is not None and self.origin.line:
            lines += _excerpt(self.origin)
        lines.append(f"{type(self).__name__}: {self.fact}")
        if self.why or self.write:
            lines.append("")
        for head, text in (("Why:   ", self.why), ("Write: ", self.write)):
            if text:
                first, *rest = text.splitlines()
                lines.append(head + first)
                lines += ["       " + line for line in rest]
        for other in self.also:
            lines += ["", "Also:  " + str(other).partition("\nMore:  ")[0]]
        lines += [""] * bool(self.also)
        lines.append(f"More:  {self.page}#{type(self).__name__.lower()}")
        return "\n".join(lines)

    def __reduce__(self) -> tuple[Any, ...]:
        return _restore, (
            type(self), self.fact, self.why, self.write, self.origin, self.also
        )  # fmt: skip


def _restore(
    cls: type[ADError],
    fact: str,
    why: str,
    write: str,
    origin: Place | None,
    also: tuple[ADError, ...] = (),
) -> ADError:
    error = cls(fact, why=why, write=write, origin=origin)
    error.also = also
    return error


def _excerpt(origin: Place) -> list[str]:
    """The place, the line before, the line, and carets under the expression."""
    name = origin.file.replace("\\", "/").rsplit("/", 1)[-1]
    inside = f", in {origin.function}" if origin.function else ""
    lines = [f"{name}:{origin.line}{inside}", ""]
    width = len(str(origin.line))
    for number in (origin.line - 1, origin.line):
        text = linecache.getline(origin.file, number).rstrip("\n")
        if text or number == origin.line:
            lines.append(f"    {number:{width}} | {text}")
    text = linecache.getline(origin.file, origin.line).rstrip("\n")
    end = origin.end_column if origin.end_line == origin.line else len(text)
    lines.append("    " + " " * (width + 3 + origin.column) + "^" * max(1, end - origin.column))
    return lines


class UnsupportedSyntaxError(ADError, SyntaxError):
    """The function uses a construct that adcompiler does not differentiate.

    Fails, because a generator has no single result::

        @ad.grad
        def f(x):
            yield x * x

        f(3.0)

    Works::

        @ad.grad
        def f(x):
            return x * x

        f(3.0)

    ``docs/supported-python.md`` lists what is accepted, and for everything else what to write instead.
    """

    @property
    def msg(self) -> str:  # type: ignore[override]
        """Tracebacks show `msg` of a SyntaxError, not its text."""
        return str(self)


class SourceError(ADError, ValueError):
    """The source text of the function is missing, or is no longer that of the running code.

    Fails, because the text exists nowhere::

        namespace = {}
        exec("def f(x): return x * x", namespace)
        ad.grad(namespace["f"])(3.0)

    Works: put the function into a file or a notebook cell.  If the file was edited after its import, import it
    again: the derivative of other code would be silently wrong.
    """


class NoDerivativeError(ADError, NotImplementedError):
    """A call has no derivative rule, or the derivative does not exist.

    Fails, because a random number generator has no derivative rule for its parameters::

        @ad.grad
        def f(x):
            return np.random.normal(x)

        f(3.0)

    Works::

        @ad.grad
        def f(x, noise):
            return x + noise

        f(3.0, np.random.normal())
    """


class ArgumentError(ADError, TypeError):
    """An argument cannot be differentiated, or `argnums`, a tangent or a cotangent does not fit.

    Fails, because an array of integers has no derivative::

        ad.grad(lambda x: (x * x).sum())(np.array([1, 2, 3]))

    Works::

        ad.grad(lambda x: (x * x).sum())(np.array([1.0, 2.0, 3.0]))
    """


class ResultError(ADError, TypeError):
    """The result of the function does not fit the derivative that was asked for.

    Fails, because a gradient is that of one number::

        ad.grad(lambda x: x * x)(np.ones(3))

    Works::

        ad.grad(lambda x: (x * x).sum())(np.ones(3))
        ad.jacobian(lambda x: x * x)(np.ones(3))
    """


class ShapeError(ADError, ValueError):
    """Shapes that can never fit, whatever the numbers.

    Fails, because lengths 2 and 3 do not broadcast::

        ad.grad(lambda x: (np.array([x, x]) * np.ones(3)).sum())(2.0)

    Works::

        ad.grad(lambda x: (np.array([x, x])[:, None] * np.ones(3)).sum())(2.0)
    """


class AliasError(ADError, ValueError):
    """A write may change memory that is also reachable under another name, and only the run decides whether.

    Fails, because `b` is `a` itself in one case and an array of its own in the other::

        @ad.grad
        def f(a):
            b = a if a[0] > 0.0 else 2.0 * a
            b += 1.0
            return (a * b).sum()

        f(np.ones(3))

    Works::

        @ad.grad
        def f(a):
            b = a.copy() if a[0] > 0.0 else 2.0 * a
            b += 1.0
            return (a * b).sum()

        f(np.ones(3))
    """


class UnsupportedValueError(ADError, TypeError):
    """A value of a kind that adcompiler cannot follow: an object, a set, an array of strings.

    Fails, because the elements of a set have no order::

        ad.grad(lambda x, s: x * sum(s))(2.0, {1.0, 2.0})

    Works::

        ad.grad(lambda x, s: x * (s[0] + s[1]))(2.0, (1.0, 2.0))
    """
