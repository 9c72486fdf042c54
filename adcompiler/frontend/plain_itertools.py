"""Functions of `itertools` as generators in plain Python: what a call enters where the run alone knows the length."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Iterator
from typing import Any

__all__ = ["accumulate", "chain", "dropwhile", "filterfalse", "islice", "pairwise", "takewhile"]


def accumulate(
    iterable: Iterable[Any], func: Callable[[Any, Any], Any] = operator.add
) -> Iterator[Any]:
    values = list(iterable)
    total = values[0]
    yield total
    for value in values[1:]:
        total = func(total, value)
        yield total


def chain(*iterables: Iterable[Any]) -> Iterator[Any]:
    for iterable in iterables:
        yield from iterable


def pairwise(iterable: Iterable[Any]) -> Iterator[Any]:
    values = list(iterable)
    for k in range(len(values) - 1):
        yield values[k], values[k + 1]


def islice(iterable: Iterable[Any], *bounds: Any) -> Iterator[Any]:
    values = list(iterable)
    yield from values[slice(*bounds)]


def takewhile(predicate: Callable[[Any], Any], iterable: Iterable[Any]) -> Iterator[Any]:
    for value in iterable:
        if not predicate(value):
            break
        yield value


def dropwhile(predicate: Callable[[Any], Any], iterable: Iterable[Any]) -> Iterator[Any]:
    dropping = True
    for value in iterable:
        if dropping and not predicate(value):
            dropping = False
        if not dropping:
            yield value


def filterfalse(predicate: Callable[[Any], Any], iterable: Iterable[Any]) -> Iterator[Any]:
    for value in iterable:
        if not predicate(value):
            yield value
