"""Calls that are kept as written: printing, logging, files, clocks, random numbers, and code nobody can read.

They run once, in the forward sweep, in the order in which the program has them.
"""

from __future__ import annotations

import io
import logging
import random
import time
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from adcompiler.errors import UnsupportedValueError
from adcompiler.frontend import texts
from adcompiler.frontend.bound import Bound, Builtin, Instance, plain
from adcompiler.frontend.frame import Frame
from adcompiler.frontend.writing import Writing
from adcompiler.ir.builder import Builder
from adcompiler.ir.effects import acts
from adcompiler.ir.types import BOOL, FLOAT, INT, Opaque, Type
from adcompiler.ir.values import Atom, Constant, Variable
from adcompiler.primitives.effects import NOTHING, TEXT, act, draw
from adcompiler.primitives.random_numbers import IN_PLACE, LEGACY, NUMPY, PYTHON, SEEDING, Draw

Kept = Callable[[Frame, list[Bound], dict[str, Bound]], Bound]

_LOGGING = ("debug", "info", "warning", "error", "critical", "exception", "log")
_FILE = ("write", "writelines", "flush", "close")
GENERATOR, FILE = Opaque("Generator"), Opaque("TextIOWrapper")
#: objects that a kept call makes: the class behind the name of their type
_CLASSES: dict[str, type] = {
    "Generator": np.random.Generator,
    "RandomState": np.random.RandomState,
    "Random": random.Random,
    "Logger": logging.Logger,
    "TextIOWrapper": io.TextIOWrapper,
}


def _act(form: str, result: Type = NOTHING, snapshots: bool = False) -> Kept:
    """A call of this name."""

    def kept(frame: Frame, args: list[Bound], kwargs: dict[str, Bound]) -> Bound:
        writing = Writing(frame, snapshots)
        return _value(writing.call(act, f"{form}({writing.arguments(args, kwargs)})", result))

    return kept


def _value(found: Atom) -> Bound:
    """What a call gives that gives nothing is None, known while compiling."""
    return Constant.of(None) if found.type == NOTHING else found


def _draw(form: str, how: Draw, name: str) -> Kept:
    def kept(frame: Frame, args: list[Bound], kwargs: dict[str, Bound]) -> Bound:
        writing = Writing(frame)
        return _drawn(writing, f"{form}({writing.arguments(args, kwargs)})", how, args, kwargs)

    return kept


def _drawn(
    writing: Writing, form: str, how: Draw, args: list[Bound], kwargs: dict[str, Bound]
) -> Bound:
    result = how.type(*map(plain, args), **{k: plain(v) for k, v in kwargs.items()})
    return writing.call(draw, form, result)


def _text(name: str) -> Kept:
    return lambda frame, args, kwargs: texts.converted(frame, name, args, kwargs)


def _refuse_in_place(name: str) -> Kept:
    def refused(frame: Frame, args: list[Bound], kwargs: dict[str, Bound]) -> Bound:
        raise UnsupportedValueError(
            f"`{name}` writes into its argument.",
            why="which element goes where is only known in the run.",
            write="x = x[rng.permutation(len(x))]",
        )

    return refused


def _functions() -> dict[Any, Kept]:
    found: dict[Any, Kept] = {
        print: _act("print"),
        open: _act("open", FILE),
        warnings.warn: _act("warnings.warn"),
        time.sleep: _act("time.sleep"),
        breakpoint: _act("breakpoint"),
        logging.getLogger: _act("logging.getLogger", Opaque("Logger")),
        np.set_printoptions: _act("np.set_printoptions"),
        np.array2string: _text("np.array2string"),
        np.array_str: _text("np.array_str"),
        np.array_repr: _text("np.array_repr"),
        np.save: _act("np.save"),
        np.savetxt: _act("np.savetxt"),
        np.savez: _act("np.savez"),
        np.random.default_rng: _act("np.random.default_rng", GENERATOR),
        np.random.RandomState: _act("np.random.RandomState", Opaque("RandomState")),
        random.Random: _act("random.Random", Opaque("Random")),
        str: _text("str"),
        repr: _text("repr"),
        format: _text("format"),
    }
    for name in ("time", "perf_counter", "monotonic", "process_time", "thread_time"):
        found[getattr(time, name)] = _act(f"time.{name}", FLOAT)
        found[getattr(time, f"{name}_ns")] = _act(f"time.{name}_ns", INT)
    for name in _LOGGING:
        found[getattr(logging, name)] = _act(f"logging.{name}", snapshots=True)
    for module, place, table in ((np.random, "np.random", LEGACY), (random, "random", PYTHON)):
        for name, how in table.items():
            found[getattr(module, name)] = _draw(f"{place}.{name}", how, name)
        for name in SEEDING:
            found[getattr(module, name)] = _act(f"{place}.{name}")
        found[module.shuffle] = _refuse_in_place(f"{place}.shuffle")
    return found


FUNCTIONS: dict[Any, Kept] = _functions()


def kept_call(
    frame: Frame, function: Any, args: list[Bound], kwargs: dict[str, Bound]
) -> Bound | None:
    """The meaning of a call with an effect; None where `function` is none of those."""
    kept = FUNCTIONS.get(function)
    return None if kept is None else kept(frame, args, kwargs)


def method_of_object(frame: Frame, owner: Instance, name: str) -> Bound | None:
    """A method of a logger, a generator of random numbers or a file; None for other objects and attributes."""
    return _method(frame, owner, type(owner.value), name)


def method_of_variable(frame: Frame, owner: Variable, name: str) -> Bound | None:
    """The same of an object that was made inside the function, and the methods of a text."""
    if owner.type == TEXT:
        return texts.method(frame, owner, name)
    cls = _CLASSES.get(owner.type.name) if isinstance(owner.type, Opaque) else None
    return None if cls is None else _method(frame, owner, cls, name)


def _method(frame: Frame, owner: Bound, cls: type, name: str) -> Bound | None:
    for base, table in _METHODS:
        if issubclass(cls, base) and name in table:
            return _bound_method(frame, owner, name, table[name])
    return None


def _bound_method(frame: Frame, owner: Bound, name: str, make: Method) -> Builtin:
    def apply(*args: Bound, **kwargs: Bound) -> Bound:
        return make(frame, owner, list(args), kwargs)

    return Builtin(name, apply, lowered=True)


Method = Callable[[Frame, Bound, list[Bound], dict[str, Bound]], Bound]


def _acting(name: str, result: Type = NOTHING, snapshots: bool = False) -> Method:
    def apply(frame: Frame, owner: Bound, args: list[Bound], kwargs: dict[str, Bound]) -> Bound:
        writing = Writing(frame, snapshots)
        first = writing.put(owner)
        return _value(
            writing.call(act, f"{first}.{name}({writing.arguments(args, kwargs)})", result)
        )

    return apply


def _drawing(name: str, how: Draw) -> Method:
    def apply(frame: Frame, owner: Bound, args: list[Bound], kwargs: dict[str, Bound]) -> Bound:
        writing = Writing(frame)
        first = writing.put(owner)
        form = f"{first}.{name}({writing.arguments(args, kwargs)})"
        return _drawn(writing, form, how, args, kwargs)

    return apply


def _refusing(name: str) -> Method:
    return lambda frame, owner, args, kwargs: _refuse_in_place(name)(frame, args, kwargs)


def _generator_methods(table: dict[str, Draw]) -> dict[str, Method]:
    return {
        **{name: _drawing(name, how) for name, how in table.items()},
        **{name: _acting(name) for name in SEEDING},
        **{name: _refusing(name) for name in IN_PLACE},
    }


def _logger_methods() -> dict[str, Method]:
    found = {name: _acting(name, snapshots=True) for name in _LOGGING}
    return {**found, "isEnabledFor": _acting("isEnabledFor", BOOL)}


_METHODS: tuple[tuple[type, dict[str, Method]], ...] = (
    (logging.Logger, _logger_methods()),
    (logging.LoggerAdapter, _logger_methods()),
    (io.IOBase, {name: _acting(name, INT if name == "write" else NOTHING) for name in _FILE}),
    (np.random.Generator, _generator_methods(NUMPY)),
    (np.random.RandomState, _generator_methods(LEGACY)),
    (random.Random, _generator_methods(PYTHON)),
)


def refuse_acting(test: Builder) -> None:
    """A condition is decided once more than the body runs, so what it draws is in no iteration's record."""
    if acts(test.block()):
        raise UnsupportedValueError(
            "the condition of a `while` loop has an effect.",
            why="it draws, prints or reads the clock once more than the body of the loop runs.",
            write="while True: … if not condition: break",
        )


def unread_call(
    frame: Frame, function: Any, args: list[Bound], kwargs: dict[str, Bound]
) -> Bound | None:
    """A call of code without source or rule, as a statement of its own: kept, since nothing comes back from it."""
    if not frame.value_unused:
        return None
    place = frame.program.captures.place_of(function)
    if place is None:
        return None
    writing = Writing(frame, snapshots=True)
    first = writing.put(place)
    return _value(writing.call(act, f"{first}({writing.arguments(args, kwargs)})", NOTHING))
