"""Functions of the standard library that work on what the program holds: copies, records, statistics."""

from __future__ import annotations

import copy
import dataclasses
import enum
import functools
import statistics
from collections.abc import Callable
from typing import Any

import numpy as np

from adcompiler.errors import ArgumentError, UnsupportedValueError
from adcompiler.frontend import plain_statistics
from adcompiler.frontend.bound import Bound, Instance, describe
from adcompiler.frontend.builtin_functions import class_of
from adcompiler.frontend.collections_made import COLLECTIONS, vectorized
from adcompiler.frontend.frame import Frame
from adcompiler.frontend.growing import is_growing
from adcompiler.frontend.writes import known_key, write_attribute
from adcompiler.ir.builder import current
from adcompiler.ir.primitive import lookup
from adcompiler.ir.structure import Branch, sequence
from adcompiler.ir.types import Array
from adcompiler.ir.values import Constant, Variable

Meaning = Callable[..., Bound]


# ---- copies -----------------------------------------------------------------------------------------


def _copied(frame: Frame, bound: Bound, deep: bool, memo: dict[int, Bound]) -> Bound:
    if id(bound) in memo:
        return memo[id(bound)]
    if isinstance(bound, Variable) and isinstance(bound.type, Array):
        found: Bound = current().apply(lookup("copy"), frame.program.memory.now(bound))
    elif isinstance(bound, (Instance,)):
        raise UnsupportedValueError(
            f"{describe(bound)} is copied.",
            why="which of its attributes the copy shares with it is not followed.",
            write="a new object: Model(old.rate, …)",
        )
    elif isinstance(bound, Branch) and bound.kind != "range":
        _refuse_own_copy(bound, deep)
        if is_growing(bound):
            found = frame.call(frame.attribute(bound, "copy"), [], {})
        else:
            found = memo[id(bound)] = bound.rebuilt(bound.children)
            if deep:
                children = tuple(_copied(frame, c, True, memo) for c in bound.children)
                frame.program.memory.settle(found, (found.kind, found.keys, children))
    else:
        found = bound
    memo[id(bound)] = found
    return found


def _refuse_own_copy(bound: Branch, deep: bool) -> None:
    cls = bound.cls
    names = ("__deepcopy__",) if deep else ("__copy__",)
    for name in (*names, "__reduce__", "__getstate__", "__setstate__"):
        if cls is not None and any(name in vars(base) for base in cls.__mro__[:-1]):
            raise UnsupportedValueError(
                f"an object of class {cls.__name__} is copied, which defines {name}.",
                why="its class decides itself what a copy is.",
                write="a new object",
            )


def _copy(frame: Frame, x: Bound) -> Bound:
    return _copied(frame, x, False, {})


def _deepcopy(frame: Frame, x: Bound) -> Bound:
    return _copied(frame, x, True, {})


# ---- records ----------------------------------------------------------------------------------------


def _replace(frame: Frame, obj: Bound, /, **changes: Bound) -> Bound:
    if isinstance(obj, Branch) and obj.kind == "namedtuple":
        return frame.call(frame.attribute(obj, "_replace"), [], changes)
    cls, fields = _record(obj)
    given = {f.name: changes.get(f.name) for f in fields if f.init}
    kwargs = {n: frame.attribute(obj, n) if v is None else v for n, v in given.items()}
    extra = [name for name in changes if name not in given]
    if extra:
        raise ArgumentError(
            f"`{extra[0]}` is no parameter of {cls.__name__}.",
            why="Python would raise TypeError here.",
            write=f"one of {', '.join(given)}",
        )
    return frame.call(Constant.of(cls), [], kwargs)


def _record(obj: Bound) -> tuple[type, tuple[dataclasses.Field[Any], ...]]:
    cls = class_of(obj)
    if not dataclasses.is_dataclass(cls):
        raise ArgumentError(
            f"{describe(obj)} is no dataclass.",
            why="Python would raise TypeError.",
            write="a dataclass",
        )
    return cls, dataclasses.fields(cls)


def _as_dict(frame: Frame, obj: Bound, /) -> Bound:
    return _taken_apart(frame, obj, lambda names, values: Branch("dict", names, values))


def _as_tuple(frame: Frame, obj: Bound, /) -> Bound:
    return _taken_apart(frame, obj, lambda names, values: sequence("tuple", values))


def _taken_apart(frame: Frame, bound: Bound, make: Callable[..., Bound]) -> Bound:
    """A record with all that it holds, arrays copied as `asdict` does."""
    if isinstance(bound, Branch) and bound.kind in ("list", "tuple", "dict"):
        children = tuple(_taken_apart(frame, child, make) for child in bound.children)
        return bound.rebuilt(children)
    cls = class_of(bound) if isinstance(bound, (Branch, Instance)) else None
    if cls is None or not dataclasses.is_dataclass(cls):
        return _copied(frame, bound, True, {})
    names = tuple(f.name for f in dataclasses.fields(cls))
    values = (_taken_apart(frame, frame.attribute(bound, name), make) for name in names)
    return make(names, tuple(values))


def _fields(frame: Frame, obj: Bound, /) -> Bound:
    return Constant.of(_record(obj)[1])


def _setattr(frame: Frame, obj: Bound, name: Bound, value: Bound, /) -> Bound:
    write_attribute(frame, obj, known_key(name), value)
    return Constant.of(None)


def _vars(frame: Frame, obj: Bound, /) -> Bound:
    if isinstance(obj, Branch) and obj.kind in ("object", "dataclass"):
        return Branch("dict", obj.keys, obj.children)
    raise UnsupportedValueError(
        f"`vars` of {describe(obj)}.",
        why="only of an object that the function made all attributes are known.",
        write="the attributes by name",
    )


#: function -> its meaning, a function of the frame and the bound arguments
SPECIAL: dict[Any, Meaning] = {
    copy.copy: _copy,
    copy.deepcopy: _deepcopy,
    dataclasses.replace: _replace,
    dataclasses.asdict: _as_dict,
    dataclasses.astuple: _as_tuple,
    setattr: _setattr,
    vars: _vars,
    **COLLECTIONS,
}
if hasattr(copy, "replace"):  # Python 3.13
    SPECIAL[copy.replace] = _replace

#: functions of the library that do their work in ways that cannot be followed, and the same in plain Python
IN_PLAIN_PYTHON: dict[Any, Any] = {
    getattr(statistics, name): getattr(plain_statistics, name) for name in plain_statistics.__all__
}


class _Dispatch:
    """Which case of a `functools.singledispatch` function takes a class, looked up anew by the guard."""

    def __init__(self, function: Any, cls: type) -> None:
        self.function = function
        self.cls = cls

    @property
    def case(self) -> Any:
        return self.function.dispatch(self.cls)


@functools.cache
def _dispatch(function: Any, cls: type) -> _Dispatch:
    return _Dispatch(function, cls)


def special_call(
    frame: Frame, function: Any, args: list[Bound], kwargs: dict[str, Bound]
) -> Bound | None:
    """The meaning of a call of one of these; None for any other function."""
    if isinstance(function, enum.EnumMeta) and len(args) == 1:
        return _member(function, known_key(args[0]))
    if type(function) is np.vectorize and not kwargs:
        return vectorized(frame, Constant.of(function.pyfunc), tuple(args))
    if isinstance(getattr(function, "registry", None), type(vars(int))) and args:
        # of a function under `functools.singledispatch`
        table = _dispatch(function, class_of(args[0]))
        name = function.__name__
        found = frame.program.captures.read(
            ("attribute", table, "case"), ("cell", name), table.case, name
        )
        return frame.call(found, args, kwargs)
    return None


def _member(cls: enum.EnumMeta, value: Any) -> Bound:
    try:
        return Constant.of(cls(value))
    except ValueError as error:
        raise UnsupportedValueError(
            f"{error}.", why="Python would raise ValueError here.", write="a value of the Enum"
        ) from None


__all__ = ["IN_PLAIN_PYTHON", "SPECIAL", "special_call"]
