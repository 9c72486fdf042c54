"""Python's builtins with a meaning for the compiler: conversions, containers, questions of type."""

from __future__ import annotations

import builtins
from collections.abc import Callable
from typing import Any

import numpy as np

from adcompiler.errors import ArgumentError, UnsupportedValueError
from adcompiler.frontend import growing, growing_methods
from adcompiler.frontend.array_functions import CALLING
from adcompiler.frontend.bound import (
    Bound,
    BoundMethod,
    Builtin,
    Closure,
    Instance,
    describe,
    lift,
    plain,
)
from adcompiler.frontend.frame import Frame
from adcompiler.frontend.growing import is_growing
from adcompiler.frontend.questions import truth
from adcompiler.frontend.texts import refuse_text
from adcompiler.ir.builder import current
from adcompiler.ir.primitive import lookup
from adcompiler.ir.structure import Branch, sequence
from adcompiler.ir.types import (
    FLOAT,
    INT,
    Array,
    NumpyScalar,
    PythonScalar,
    dtype_of,
    is_number,
    is_scalar,
    shape_of,
)
from adcompiler.ir.values import Atom, Constant, Variable
from adcompiler.primitives.catalogue import FUNCTIONS

#: what float(), int() and bool() give without an argument
NO_FLOAT, ZERO, FALSE = Constant.of(0.0), Constant.of(0), Constant.of(False)


def _len(frame: Frame, value: Bound) -> Bound:
    if is_growing(value):
        return growing.count(value)
    if isinstance(value, Branch) and value.kind != "dataclass":
        return Constant.of(len(value.children))
    if isinstance(value, Constant) and hasattr(value.value, "__len__"):
        return Constant.of(len(value.value))
    if isinstance(value, Atom) and shape_of(value.type):
        return lift(FUNCTIONS[np.shape](value)[0])
    refuse_text(value, "the length")
    raise UnsupportedValueError(
        f"{describe(value)} has no len().",
        why="Python would raise TypeError here.",
        write="an array or a container",
    )


def _float(frame: Frame, value: Bound = NO_FLOAT) -> Bound:
    if isinstance(value, Constant):
        return Constant.of(float(value.value))
    atom = _number(value, "float")
    if isinstance(atom.type, PythonScalar) and atom.type.kind == "float":
        return atom
    return current().apply(lookup("to_float"), atom)


def _int(frame: Frame, value: Bound = ZERO) -> Bound:
    if isinstance(value, Constant):
        return Constant.of(int(value.value))
    atom = _number(value, "int")
    if isinstance(atom.type, PythonScalar) and atom.type.kind == "int":
        return atom
    return current().apply(lookup("to_int"), atom)


def _bool(frame: Frame, value: Bound = FALSE) -> Bound:
    if isinstance(value, (Branch, Instance)):
        return truth(value)
    if isinstance(value, Constant):
        return Constant.of(bool(value.value))
    return current().apply(lookup("to_bool"), _number(value, "bool"))


def _number(value: Bound, name: str) -> Atom:
    refuse_text(value, f"`{name}`")
    if isinstance(value, Atom) and is_number(value.type):
        if isinstance(value.type, Array) and any(n.cannot_be_one for n in value.type.shape):
            raise ArgumentError(
                f"`{name}` of an array of type {value.type}.",
                why="only one number can be converted.",
                write=f"{name}(x[0]) or x.astype({name})",
            )
        return value
    raise ArgumentError(f"`{name}` of {describe(value)}.", why="it is no number.", write="a number")


def _isinstance(frame: Frame, value: Bound, classes: Bound) -> Bound:
    wanted = plain(classes)
    cls = class_of(value)
    return Constant.of(issubclass(cls, wanted))


def class_of(value: Bound) -> type:
    """The Python class that a bound value has at run time."""
    if isinstance(value, Instance):
        return type(value.value)
    if isinstance(value, Branch):
        return value.cls or {"tuple": tuple, "list": list, "dict": dict, "slice": slice, "growing": list}[value.kind]
    if isinstance(value, Constant):
        return type(value.value)
    if isinstance(value, (Closure, BoundMethod, Builtin)):
        return type(class_of)
    if isinstance(value, Variable):
        if isinstance(value.type, PythonScalar):
            return {"bool": bool, "int": int, "float": float, "complex": complex}[value.type.kind]
        if isinstance(value.type, NumpyScalar):
            return value.type.dtype.type
        if isinstance(value.type, Array):
            return np.ndarray
    raise UnsupportedValueError(
        f"the class of {describe(value)} is asked for.",
        why="it has none that is known while compiling.",
        write="a test of the value instead",
    )


def _type(frame: Frame, value: Bound) -> Bound:
    return Constant.of(class_of(value))


def _callable(frame: Frame, value: Bound) -> Bound:
    known = isinstance(value, (Closure, BoundMethod, Builtin))
    return Constant.of(known or (isinstance(value, Constant) and callable(value.value)))


def _getattr(frame: Frame, owner: Bound, name: Bound, *default: Bound) -> Bound:
    from adcompiler.frontend.access import attribute

    try:
        return attribute(frame, owner, plain(name))
    except UnsupportedValueError:
        if default:
            return default[0]
        raise


def _container(kind: str) -> Callable[..., Bound]:
    def build(frame: Frame, value: Bound | None = None) -> Bound:
        if value is None:
            return sequence(kind, ())
        if is_growing(value) and kind == "list":
            return growing_methods.copy(frame, value)
        return sequence(kind, tuple(items(value)))

    return build


def items(value: Bound) -> list[Bound]:
    from adcompiler.frontend.expressions import unpacked

    return unpacked(value)


def _dict(frame: Frame, value: Bound | None = None, **entries: Bound) -> Bound:
    found: dict[Any, Bound] = {}
    if isinstance(value, Branch) and value.kind == "dict":
        found.update(zip(value.keys, value.children, strict=True))
    elif value is not None:
        for pair in items(value):
            key, item = items(pair)
            found[plain(key)] = item
    found.update(entries)
    return Branch("dict", tuple(found), tuple(found.values()))


def _sum(frame: Frame, value: Bound, start: Bound = ZERO) -> Bound:
    """The sum of a container's elements; of an array whose length is unknown, along its first axis."""
    from adcompiler.frontend.calls import call_operator

    if is_growing(value):
        found = growing_methods.total(frame, value)
        known_zero = isinstance(start, Constant) and start.value == 0
        return found if known_zero else call_operator(frame, "Add", start, found)
    if (
        isinstance(value, Atom)
        and shape_of(value.type)
        and shape_of(value.type)[0].constant is None
    ):
        total = FUNCTIONS[np.sum](value, axis=0)
        known_zero = isinstance(start, Constant) and start.value == 0
        return lift(total) if known_zero else call_operator(frame, "Add", start, lift(total))
    total = start
    for item in items(value):
        if isinstance(total, Constant) and type(total.value) is int and total.value == 0:
            total = item
        else:
            total = call_operator(frame, "Add", total, item)
    return total


def _extreme(function: Any) -> Callable[..., Bound]:
    def choose(frame: Frame, *values: Bound, **options: Bound) -> Bound:
        if options:
            raise UnsupportedValueError(
                f"`{function.__name__}` with {', '.join(options)}= is not supported.",
                why="the key function would decide at run time which element is taken.",
                write="np.argmax / np.argmin of the keys, and an index",
            )
        alone = values[0] if len(values) == 1 else None
        if is_growing(alone):
            return growing_methods.extreme(frame, alone, np.max if function is max else np.min)
        if isinstance(alone, Atom) and len(shape_of(alone.type)) == 1:
            return lift(FUNCTIONS[np.max if function is max else np.min](alone))
        chosen = items(values[0]) if len(values) == 1 else list(values)
        best = plain(frame.program.memory.present(chosen[0]))
        builder = current()
        before, builder.style = builder.style, "python"
        try:
            for item in chosen[1:]:
                best = FUNCTIONS[function](best, plain(frame.program.memory.present(item)))
        finally:
            builder.style = before
        return lift(best)

    return choose


def _range(frame: Frame, *bounds: Bound) -> Bound:
    values = [plain(b) for b in bounds]
    if any(isinstance(value, Variable) for value in values):
        start, stop, step = [(0, values[0], 1), (*values, 1), values][len(values) - 1]
        return Branch("range", (0, 1, 2), tuple(map(lift, (start, stop, step))))
    return Constant.of(range(*values))


def _zip(frame: Frame, *many: Bound) -> Bound:
    if any(map(_counts, many)):
        return Branch("zip", tuple(range(len(many))), many)
    return lift([lift(group) for group in zip(*map(items, many), strict=False)])


def _counts(value: Bound) -> bool:
    """True for what a loop runs over by counting: its length is only known at run time."""
    if isinstance(value, Branch):
        return value.kind in ("range", "zip", "enumerate", "reversed", "growing")
    return (
        isinstance(value, Variable)
        and bool(shape_of(value.type))
        and shape_of(value.type)[0].constant is None
    )


def _enumerate(frame: Frame, value: Bound, start: Bound = ZERO) -> Bound:
    if _counts(value):
        return Branch("enumerate", (0, 1), (value, start))
    return lift([lift((Constant.of(k), item)) for k, item in enumerate(items(value), plain(start))])


def _reversed(frame: Frame, value: Bound) -> Bound:
    if _counts(value):
        return Branch("reversed", (0,), (value,))
    if isinstance(value, Constant) and isinstance(value.value, range):
        return Constant.of(value.value[::-1])
    return sequence("list", tuple(reversed(items(value))))


def _map(frame: Frame, function: Bound, *many: Bound) -> Bound:
    from adcompiler.frontend.calls import call

    groups = zip(*map(items, many), strict=False)
    return sequence("list", tuple(call(frame, function, list(group), {}) for group in groups))


def _divmod(frame: Frame, a: Bound, b: Bound) -> Bound:
    from adcompiler.frontend.calls import call_operator

    return lift((call_operator(frame, "FloorDiv", a, b), call_operator(frame, "Mod", a, b)))


#: builtin -> its meaning, a function of the frame and the bound arguments
BUILTINS: dict[Any, Callable[..., Any]] = {
    builtins.len: _len,
    builtins.float: _float,
    builtins.int: _int,
    builtins.bool: _bool,
    builtins.isinstance: _isinstance,
    builtins.type: _type,
    builtins.callable: _callable,
    builtins.getattr: _getattr,
    builtins.tuple: _container("tuple"),
    builtins.list: _container("list"),
    builtins.dict: _dict,
    builtins.sum: _sum,
    builtins.max: _extreme(max),
    builtins.min: _extreme(min),
    builtins.range: _range,
    builtins.zip: _zip,
    builtins.enumerate: _enumerate,
    builtins.reversed: _reversed,
    builtins.map: _map,
    builtins.divmod: _divmod,
    **CALLING,
}

__all__ = ["BUILTINS", "FLOAT", "INT", "class_of", "dtype_of", "is_scalar"]
