"""Python's builtins with a meaning for the compiler: conversions, containers, questions of type."""

from __future__ import annotations

import builtins
from collections.abc import Callable
from typing import Any

import numpy as np

from adcompiler.errors import ArgumentError, UnsupportedValueError
from adcompiler.frontend import growing, growing_methods
from adcompiler.frontend.array_functions import CALLING
from adcompiler.frontend.array_iterators import ARRAY_ITERATORS
from adcompiler.frontend.bound import (
    Bound,
    BoundMethod,
    Builtin,
    Closure,
    Differentiated,
    Instance,
    describe,
    lift,
    plain,
)
from adcompiler.frontend.conditions import as_condition
from adcompiler.frontend.frame import Frame
from adcompiler.frontend.function_choice import FunctionChoice
from adcompiler.frontend.growing import is_growing
from adcompiler.frontend.iterators import ITERATORS
from adcompiler.frontend.objects import by_method
from adcompiler.frontend.operator_functions import OPERATOR_FUNCTIONS
from adcompiler.frontend.reducing import REDUCING
from adcompiler.frontend.settled import settled
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
NOTHING = Constant.of(None)


def _len(frame: Frame, value: Bound, /) -> Bound:
    value = frame.program.live(value)
    if is_growing(value):
        return growing.count(value)
    found = by_method(frame, value, "__len__")
    if found is not None:
        return found
    if isinstance(value, Branch) and value.kind == "range":
        return _length_of_range(frame, *value.children)
    if isinstance(value, Branch) and value.kind not in ("dataclass", "object"):
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


def _length_of_range(frame: Frame, start: Atom, stop: Atom, step: Atom) -> Bound:
    if isinstance(step, Constant) and step.value == 1:
        return _row(frame, max, _whole_difference(stop, start), ZERO)
    raise UnsupportedValueError(
        "`len` of a range with a step, whose bounds are only known at run time.",
        why="adcompiler has no formula for it.",
        write="(stop - start + step - 1) // step",
    )


def _whole_difference(a: Atom, b: Atom) -> Atom:
    known_zero = isinstance(b, Constant) and b.value == 0
    return a if known_zero else a - b


def _float(frame: Frame, value: Bound = NO_FLOAT) -> Bound:
    found = by_method(frame, value, "__float__")
    if found is not None:
        return found
    if isinstance(value, Constant) and isinstance(value.value, (int, float, str, np.generic)):
        return _converted(float, value.value)
    atom = _number(value, "float")
    if isinstance(atom.type, PythonScalar) and atom.type.kind == "float":
        return atom
    return current().apply(lookup("to_float"), atom)


def _converted(kind: Any, value: Any) -> Bound:
    try:
        return Constant.of(kind(value))
    except (ValueError, OverflowError) as error:
        raise ArgumentError(
            f"{error}.", why="Python would raise here.", write="a text that is a number"
        ) from None


def _int(frame: Frame, value: Bound = ZERO, *base: Bound) -> Bound:
    found = by_method(frame, value, "__int__")
    if found is not None:
        return found
    if isinstance(value, Constant) and isinstance(value.value, (int, float, str, np.generic)):
        return _converted(lambda text: int(text, *map(plain, base)), value.value)
    atom = _number(value, "int")
    if isinstance(atom.type, PythonScalar) and atom.type.kind == "int":
        return atom
    return current().apply(lookup("to_int"), atom)


def _bool(frame: Frame, value: Bound = FALSE) -> Bound:
    if isinstance(value, Constant) or not isinstance(value, Atom):
        return as_condition(frame, value)
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
        if is_growing(value):
            return list
        made: type = value.cls or getattr(builtins, value.kind)
        return made
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
    known = isinstance(value, (Closure, BoundMethod, Builtin, Differentiated, FunctionChoice))
    return Constant.of(known or (isinstance(value, Constant) and callable(value.value)))


def _getattr(frame: Frame, owner: Bound, name: Bound, *default: Bound) -> Bound:

    if default and not _hasattr(frame, owner, name).value:
        return default[0]
    return frame.attribute(owner, plain(name))


def _container(kind: str) -> Callable[..., Bound]:
    def build(frame: Frame, value: Bound | None = None) -> Bound:
        if value is None:
            return sequence(kind, ())
        if kind == "list":
            found = growing_methods.listed(frame, value)
            if found is not None:
                return found
        return sequence(kind, tuple(items(frame, value)))

    return build


def items(frame: Frame, value: Bound) -> list[Bound]:

    return frame.unpacked(value)


def _dict(frame: Frame, value: Bound | None = None, **entries: Bound) -> Bound:
    found: dict[Any, Bound] = {}
    if isinstance(value, Branch) and value.kind == "dict":
        found.update(zip(value.keys, value.children, strict=True))
    elif value is not None:
        for pair in items(frame, value):
            key, item = items(frame, pair)
            found[plain(key)] = item
    found.update(entries)
    return Branch("dict", tuple(found), tuple(found.values()))


def _range(frame: Frame, *bounds: Bound) -> Bound:
    values = [plain(b) for b in bounds]
    if any(isinstance(value, Variable) for value in values):
        start, stop, step = [(0, values[0], 1), (*values, 1), values][len(values) - 1]
        return Branch("range", (0, 1, 2), tuple(map(lift, (start, stop, step))))
    return Constant.of(range(*values))


def _slice(frame: Frame, *bounds: Bound) -> Bound:
    start, stop, step = {1: (None, *bounds), 2: bounds, 3: bounds}[len(bounds)][:3] + (
        () if len(bounds) == 3 else (None,)
    )
    parts = (Constant.of(None) if part is None else part for part in (start, stop, step))
    return Branch("slice", (0, 1, 2), tuple(parts))


def _row(frame: Frame, function: Any, *args: Bound) -> Bound:

    return frame.apply_row(FUNCTIONS[function], list(args), {}, function.__name__, "python")


def _pow(frame: Frame, base: Bound, exp: Bound, mod: Bound = NOTHING) -> Bound:

    if isinstance(mod, Constant) and mod.value is None:
        return frame.binary("Pow", base, exp)
    values = [plain(bound) for bound in (base, exp, mod)]
    if not all(type(value) is int for value in values):
        raise UnsupportedValueError(
            "`pow` with a modulus, of numbers that are only known at run time.",
            why="it is arithmetic of whole numbers, and has no derivative.",
            write="(base ** exp) % mod",
        )
    return Constant.of(pow(*values))


def _abs(frame: Frame, value: Bound, /) -> Bound:
    found = by_method(frame, value, "__abs__")
    if found is not None:
        return found
    if isinstance(value, Constant) and type(value.value) in (int, float, complex, bool):
        return Constant.of(abs(value.value))
    return _row(frame, abs, value)


def _round(frame: Frame, number: Bound, ndigits: Bound = NOTHING) -> Bound:
    found = by_method(frame, number, "__round__", ndigits)
    if found is not None:
        return found
    none = isinstance(ndigits, Constant) and ndigits.value is None
    return _row(frame, round, number, *(() if none else (ndigits,)))


def _set(frame: Frame, iterable: Bound | None = None, /) -> Bound:
    """A set of constants is one; it answers `in` and `len`."""
    found = [] if iterable is None else items(frame, iterable)
    if all(isinstance(item, Constant) for item in found):
        return Constant.of(frozenset(item.value for item in found))
    raise UnsupportedValueError(
        "a set of numbers that are only known at run time.",
        why="which of them are equal, and their order, would only be known at run time.",
        write="a tuple or a list",
    )


def _issubclass(frame: Frame, cls: Bound, classes: Bound, /) -> Bound:
    return Constant.of(issubclass(plain(cls), plain(classes)))


def _hasattr(frame: Frame, owner: Bound, name: Bound, /) -> Bound:
    wanted = plain(name)
    if isinstance(owner, Instance):
        written = frame.program.memory.attributes_of(owner.value)
        if wanted in written.keys:
            settled(written.child(wanted), wanted)
            return Constant.of(True)
        return captures_attribute(frame, owner, wanted)
    if isinstance(owner, Branch) and owner.cls is not None:
        if wanted in owner.keys:
            settled(owner.child(wanted), wanted)
        return Constant.of(wanted in owner.keys or hasattr(owner.cls, wanted))
    if isinstance(owner, Constant):
        return Constant.of(hasattr(owner.value, wanted))
    return Constant.of(hasattr(class_of(owner), wanted))


def captures_attribute(frame: Frame, owner: Instance, name: str) -> Bound:
    """Whether an object has an attribute now; a guard sees when that changes."""
    base = owner.owner if owner.owner is not None else owner.reference
    return frame.program.captures.has(("has", name, *base), hasattr(owner.value, name), name)


def _divmod(frame: Frame, a: Bound, b: Bound) -> Bound:

    return lift((frame.call_operator("FloorDiv", a, b), frame.call_operator("Mod", a, b)))


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
    builtins.range: _range,
    builtins.divmod: _divmod,
    **CALLING,
    builtins.slice: _slice,
    builtins.pow: _pow,
    builtins.abs: _abs,
    builtins.round: _round,
    builtins.issubclass: _issubclass,
    builtins.hasattr: _hasattr,
    builtins.set: _set,
    builtins.frozenset: _set,
    **REDUCING,
    **ITERATORS,
    **ARRAY_ITERATORS,
    **OPERATOR_FUNCTIONS,
}

__all__ = ["BUILTINS", "FLOAT", "INT", "class_of", "dtype_of", "is_scalar"]
