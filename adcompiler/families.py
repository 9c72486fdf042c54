"""Functions made anew, ``lambda x: a * x`` in a loop or a nested `def`, share what was compiled for one of them.

They have one code object, so one program, wherever what they capture is of the same kind: numbers and arrays that a
program reads from closure cells are sent to it at each call, and everything else that it rests on (a function, a
string, a class) is guarded.  What is kept here names a cell by its position, never the cell itself: a program keeps no
captured data alive.

>>> def scaled(a):
...     return lambda x: a * x * x
>>> import adcompiler as ad
>>> [ad.grad(scaled(a))(1.0) for a in (1.0, 2.0, 3.0)]
[2.0, 4.0, 6.0]
"""

from __future__ import annotations

import types
import weakref
from collections.abc import Callable, Hashable, Mapping
from dataclasses import replace
from typing import Any

from adcompiler.frontend.capture import OF_NAMES, Key
from adcompiler.pipeline import Compiled

#: so many programs are kept for one piece of code
_MOST = 16

Kept = dict[Hashable, list[Compiled]]
#: the identity of a code object → the programs that were made of it; it goes with the code
_KEPT: dict[int, tuple[weakref.ref[types.CodeType], Kept]] = {}


def donate(primal: Callable[..., Any], purpose: Hashable, compiled: Compiled) -> None:
    """Let other functions of the same code use the program; `purpose` says what it was compiled for."""
    if not _is_made_anew(primal) or any(_is_of_an_object(d.key) for d in compiled.dependencies):
        return
    kept = _kept(primal)
    if sum(map(len, kept.values())) < _MOST:
        dependencies = tuple(
            replace(d, key=_detached(d.key, primal)) for d in compiled.dependencies
        )
        kept.setdefault(_place(primal, purpose), []).append(
            replace(compiled, dependencies=dependencies)
        )


def adopted(
    primal: Callable[..., Any], purpose: Hashable, arguments: Mapping[str, Any]
) -> Compiled | None:
    """A program of another function of the same code that reads what this one captures, and fits it."""
    if not _is_made_anew(primal):
        return None
    for compiled in _kept(primal).get(_place(primal, purpose), ()):
        own = tuple(replace(d, key=_attached(d.key, primal)) for d in compiled.dependencies)
        if all(d.holds(arguments) for d in own):
            return replace(compiled, dependencies=own)
    return None


def _is_of_an_object(key: Key) -> bool:
    """True for an attribute of one object: another function may capture another one of the same class."""
    while key[0] in OF_NAMES:
        key = key[2:]
    return key[0] == "attribute" and not isinstance(key[1], (type, types.ModuleType))


def _is_made_anew(primal: Callable[..., Any]) -> bool:
    return isinstance(primal, types.FunctionType) and "<locals>" in primal.__qualname__


def _place(primal: Any, purpose: Hashable) -> Hashable:
    # the globals are those of one module; a function of another one is another function
    return purpose, id(primal.__globals__), primal.__qualname__


def _kept(primal: Any) -> Kept:
    code: types.CodeType = primal.__code__
    identity = id(code)
    found = _KEPT.get(identity)
    if found is None or found[0]() is not code:
        gone = weakref.ref(code, lambda _: _KEPT.pop(identity, None))
        found = _KEPT[identity] = (gone, {})
    return found[1]


def _detached(key: Key, primal: Any) -> Key:
    """The key with the function's own cells by position, and itself as None."""
    kind, *rest = key
    if kind in OF_NAMES:
        return (kind, rest[0], *_detached(tuple(rest[1:]), primal))
    if kind == "cell":
        for position, cell in enumerate(primal.__closure__ or ()):
            if cell is rest[0]:
                return (kind, position, *rest[1:])
    if kind == "default" and rest[0] is primal:
        return (kind, None, *rest[1:])
    return key


def _attached(key: Key, primal: Any) -> Key:
    kind, *rest = key
    if kind in OF_NAMES:
        return (kind, rest[0], *_attached(tuple(rest[1:]), primal))
    if kind == "cell" and isinstance(rest[0], int):
        return (kind, primal.__closure__[rest[0]], *rest[1:])
    if kind == "default" and rest[0] is None:
        return (kind, primal, *rest[1:])
    return key
