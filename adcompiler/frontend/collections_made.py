"""The containers of `collections`, `itertools.groupby` and `np.vectorize`, made of what is followed already.

A `defaultdict` is a dict that knows what makes a missing entry, a `deque` a list with a greatest length.
"""

from __future__ import annotations

import collections
import functools
import itertools
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from adcompiler.errors import ArgumentError, UnsupportedValueError
from adcompiler.frontend import growing_methods
from adcompiler.frontend.bound import Bound, Builtin
from adcompiler.frontend.counted import Counted
from adcompiler.frontend.frame import Frame
from adcompiler.frontend.growing import refused
from adcompiler.frontend.iteration import iteration, known_elements, zipped
from adcompiler.frontend.stacked import LengthNeeded, stacked
from adcompiler.frontend.streams import Stream, mapped
from adcompiler.frontend.writes import known_key
from adcompiler.ir.builder import current
from adcompiler.ir.primitive import lookup
from adcompiler.ir.structure import Branch, sequence
from adcompiler.ir.types import shape_of
from adcompiler.ir.values import Constant, Variable
from adcompiler.primitives.catalogue import FUNCTIONS


class DefaultDict(dict[Any, Any]):
    """The class of a dict that makes what is missing; a class for each factory derives from it."""

    factory: tuple[Bound, ...] = ()


class Deque(list[Any]):
    """The class of a list with a greatest length."""

    longest: int | None = None


@functools.cache
def _deque_class(longest: int | None) -> type[Deque]:
    return type("deque", (Deque,), {"longest": longest})


NONE, FIRST, ONE = Constant.of(None), Constant.of(0), Constant.of(1)


def _plain_dict(frame: Frame, *given: Bound, **entries: Bound) -> Bound:
    made: Bound = frame.call(Constant.of(dict), list(given), entries)
    return made


def _default_dict(
    frame: Frame, default_factory: Bound = NONE, /, *given: Bound, **entries: Bound
) -> Bound:
    made = _plain_dict(frame, *given, **entries)
    if isinstance(default_factory, Constant) and default_factory.value is None:
        return made
    cls = type("defaultdict", (DefaultDict,), {"factory": (default_factory,)})
    return Branch("dict", made.keys, made.children, cls)


def missing_entry(frame: Frame, owner: Branch) -> Bound | None:
    """What a `defaultdict` makes for a key that it has not."""
    if owner.cls is None or not issubclass(owner.cls, DefaultDict):
        return None
    return frame.call(owner.cls.factory[0], [], {})


def _deque(frame: Frame, iterable: Bound | None = None, maxlen: Bound = NONE) -> Bound:
    longest = known_key(maxlen)
    items = [] if iterable is None else list(known_elements(frame, iterable))
    kept = items if longest is None else items[len(items) - min(longest, len(items)) :]
    return Branch("list", tuple(range(len(kept))), tuple(kept), _deque_class(longest))


def deque_attribute(
    frame: Frame, owner: Branch, name: str, list_method: Callable[[Frame, Branch, str], Bound]
) -> Bound | None:
    """An attribute that a `deque` has and a list has not, or has with another meaning."""
    if owner.cls is None or not issubclass(owner.cls, Deque):
        return None
    longest = owner.cls.longest

    def method(of_list: str) -> Callable[..., Bound]:
        return lambda *args: frame.call(list_method(frame, owner, of_list), list(args), {})

    def full() -> bool:
        return longest is not None and owner.kind == "list" and len(owner.children) >= longest

    def append(value: Bound) -> Bound:
        if longest == 0:
            return NONE
        if longest is not None and owner.kind != "list":
            raise LengthNeeded(
                "a `deque` with a greatest length grows in a loop.",
                why="whether it is full would only be known at run time.",
                write=f"a deque that is full before the loop: deque([0.0] * {longest}, maxlen={longest})",
            )
        if full():
            _put(frame, owner, (*owner.children[1:], value))
            return NONE
        return method("append")(value)

    def append_left(value: Bound) -> Bound:
        if full():
            _put(frame, owner, (value, *owner.children[: (longest or 1) - 1]))
            return NONE
        return method("insert")(FIRST, value)

    def extend(values: Bound, one: Callable[[Bound], Bound] = append) -> Bound:
        for value in list(known_elements(frame, values)):
            one(value)
        return NONE

    def rotate(n: Bound = ONE) -> Bound:
        if owner.kind != "list":
            raise refused("a `deque` that grows is rotated.")
        k = known_key(n) % max(1, len(owner.children))
        _put(frame, owner, (*owner.children[-k:], *owner.children[:-k]) if k else owner.children)
        return NONE

    methods: dict[str, Callable[..., Bound]] = {
        "append": append,
        "appendleft": append_left,
        "popleft": lambda: method("pop")(FIRST),
        "extend": extend,
        "extendleft": lambda values: extend(values, append_left),
        "rotate": rotate,
    }
    if name == "maxlen":
        return Constant.of(longest)
    return Builtin(name, methods[name], lowered=True) if name in methods else None


def _put(frame: Frame, owner: Branch, items: tuple[Bound, ...]) -> None:
    frame.program.memory.change(owner, range(len(items)), items)


def _groupby(frame: Frame, iterable: Bound, key: Bound = NONE) -> Bound:
    """Groups of known elements by keys that are known."""
    plainly = isinstance(key, Constant) and key.value is None
    items = list(known_elements(frame, iterable))
    keys = [known_key(item if plainly else frame.call_with(key, item)) for item in items]

    def groups() -> Iterator[Bound]:
        for found, places in itertools.groupby(range(len(items)), key=lambda k: keys[k]):
            group = [items[k] for k in places]
            yield sequence("tuple", (Constant.of(found), Stream("group", iter(group))))

    return Stream("groupby", groups())


# ---- np.vectorize -----------------------------------------------------------------------------------


def _vectorize(frame: Frame, pyfunc: Bound, otypes: Bound = NONE, **options: Bound) -> Bound:
    if any(name != "doc" for name in options):
        raise ArgumentError(
            f"`np.vectorize` with {', '.join(options)}= is not supported.",
            write="np.vectorize(f), or a loop over the rows",
        )
    return Builtin("vectorize", lambda *args: vectorized(frame, pyfunc, args), lowered=True)


def vectorized(frame: Frame, function: Bound, args: tuple[Bound, ...]) -> Bound:
    """The function at each element of the arrays, which must have one shape; numbers stay what they are."""
    arrays = [a for a in args if isinstance(a, Variable) and shape_of(a.type)]
    if not arrays:
        return frame.call(function, list(args), {})
    if any(shape_of(a.type) != shape_of(arrays[0].type) for a in arrays):
        raise UnsupportedValueError(
            "a vectorised function gets arrays of different shapes.",
            why="which elements meet would only be known at run time.",
            write="np.broadcast_to(…) for the smaller one",
        )
    now = frame.program.memory.now
    flat = [FUNCTIONS[np.ravel](now(a)) if len(shape_of(a.type)) > 1 else a for a in arrays]
    steps = zipped([_counted(frame, a) for a in flat], False)

    def one(group: Bound) -> Bound:
        elements = iter(group.children)
        given = [next(elements) if any(a is x for x in arrays) else a for a in args]
        return frame.call(function, given, {})

    made = Stream("map", mapped(steps, one))
    grown = growing_methods.listed(frame, made)
    values = list(known_elements(frame, made)) if grown is None else []
    result = FUNCTIONS[np.array](values) if grown is None else stacked(grown)
    if len(shape_of(arrays[0].type)) > 1:
        return current().apply(lookup("reshape_like"), result, now(arrays[0]))
    return result


def _counted(frame: Frame, array: Any) -> Counted | Iterator[Bound]:
    steps = iteration(frame, array)
    return steps if isinstance(steps, Counted) else iter(steps)


#: function -> its meaning, a function of the frame and the bound arguments
COLLECTIONS: dict[Any, Callable[..., Bound]] = {
    collections.OrderedDict: _plain_dict,
    collections.defaultdict: _default_dict,
    collections.deque: _deque,
    itertools.groupby: _groupby,
    np.vectorize: _vectorize,
}

__all__ = ["COLLECTIONS", "deque_attribute", "vectorized"]
