"""A verdict on every public callable of NumPy and of Python's mathematics.

What has a rule is found in the catalogue; for the rest `reasons` says why there is none.

>>> verdict("numpy", "sin").kind, verdict("numpy", "argsort").kind
('differentiable', 'inert')
>>> print(verdict("numpy", "frompyfunc").write)
np.vectorize(f, otypes=[float])
"""

from __future__ import annotations

import sys
import types
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import numpy as np

from adcompiler.ir.primitive import Primitive, registry
from adcompiler.primitives.reasons import (
    DIFFERENTIABLE,
    FOLLOWED,
    IDENTITIES,
    INERT,
    NOT_NUMBERS,
    NOT_YET,
    POSITIONS,
    REASONS,
    REFUSED,
    SAMPLING,
    Group,
)
from adcompiler.primitives.scipy_reasons import SCIPY_REASONS


@dataclass(frozen=True)
class Verdict:
    """What becomes of a function in a differentiated program."""

    kind: str
    why: str = ""
    write: str = ""


#: kind -> what it means, in the order of the page
KINDS = {
    DIFFERENTIABLE: "has a rule, in both modes and at every order",
    INERT: "has a rule; its derivative is zero by declaration (a step, a test, a shape, a constant)",
    FOLLOWED: "is followed by the compiler; what it does with numbers is differentiated",
    SAMPLING: "draws random numbers, which are constants of a derivative",
    NOT_NUMBERS: "is not a function of numbers",
    REFUSED: "is refused",
    NOT_YET: "is not built yet",
}
ARRAY = "array"
_REASONS: dict[str, tuple[Group, ...]] = {**REASONS, **SCIPY_REASONS}
EXCEPTION = Verdict(NOT_NUMBERS, "it is an exception.", "the check before the call")
#: rows that run, but whose derivative is an error
_UNDEFINED = Verdict(
    REFUSED,
    "it runs, but its elements stand in both arrays, and which of the two they are is not defined.",
    "x[np.isin(x, y)]",
)


def public(module: str) -> list[str]:
    """The public callables of a module; for "array", methods and attributes."""
    if module == ARRAY:
        return [name for name in dir(np.ndarray) if not name.startswith("_")]
    space = vars(import_module(module))
    return sorted(n for n, value in space.items() if not n.startswith("_") and callable(value))


def names(module: str) -> list[str]:
    """The installed names, and those of other versions that have a hand-written verdict."""
    written = {name for group in _REASONS[module] for name in group.names.split()}
    return sorted({*public(module), *written})


def verdict(module: str, name: str) -> Verdict:
    """The verdict on ``module.name``; KeyError where nobody has given one."""
    found = _from_rules(module, name)
    if found is not None and found is not _UNDEFINED:
        return found
    value = None if module == ARRAY else getattr(import_module(module), name, None)
    if isinstance(value, type) and issubclass(value, BaseException):
        return EXCEPTION
    for group in _REASONS[module]:
        if name in group.names.split():
            return Verdict(group.kind, group.why, group.write)
    if found is not None:
        return found
    raise KeyError(f"{module}.{name} has no verdict")


def of_name(module: str, name: str) -> Verdict | None:
    """The verdict, or None where there is none."""
    try:
        return verdict(module, name)
    except KeyError:
        return None


def of_object(function: object) -> Verdict | None:
    """The verdict on a function met in a program."""
    for module in _REASONS:
        if module == ARRAY or (module in SCIPY_REASONS and module not in sys.modules):
            continue
        name = getattr(function, "__name__", None)
        if isinstance(name, str) and getattr(import_module(module), name, None) is function:
            return of_name(module, name)
    return None


def _from_rules(module: str, name: str) -> Verdict | None:
    from adcompiler.primitives import catalogue

    if module == ARRAY:
        meaning = catalogue.ATTRIBUTES.get(name) or catalogue.METHODS.get(name)
    else:
        meaning = catalogue.find(getattr(import_module(module), name, None))
    if meaning is None or _only_raises(meaning):
        return None
    if name in IDENTITIES:
        return Verdict(DIFFERENTIABLE)
    return (
        Verdict(INERT)
        if name in POSITIONS or _gives_integers(module, name)
        else _of_builder(meaning)
    )


def _only_raises(builder: Any) -> bool:
    """A builder that says with a message of its own why there is no rule."""
    cells = [cell.cell_contents for cell in getattr(builder, "__closure__", None) or ()]
    functions = [f for f in (builder, *cells) if isinstance(f, types.FunctionType)]
    return any(f.__annotations__.get("return") == "NoReturn" for f in functions)


def _gives_integers(module: str, name: str) -> bool:
    """np.int64, np.bool_: conversions that cut to an integer."""
    value = None if module == ARRAY else getattr(import_module(module), name, None)
    return isinstance(value, type) and issubclass(value, (np.integer, np.bool_))


def _of_builder(builder: Callable[..., Any]) -> Verdict:
    kinds = {row.verdict for row in rows(builder)}
    if "differentiable" in kinds:
        return Verdict(DIFFERENTIABLE)
    return _UNDEFINED if "opaque" in kinds else Verdict(INERT)


# --- which rows a builder applies -----------------------------------------------------------------

#: rooms whose functions prepare operands (a list becomes an array, a length is read)
_PREPARING = (
    "arrays",
    "dimensions",
    "statics",
    "shapes",
    "subscripts",
    "splitting",
    "inert",
    "complex_numbers",
)


def rows(builder: Any) -> list[Primitive]:
    """The primitives that a builder of the catalogue may apply to its operands.

    Found in its code: the rows and functions it names.  What only prepares operands is left out.
    """
    return sorted(set(_rows(builder, builder, set())), key=lambda row: row.name)


def _rows(value: Any, start: Any, seen: set[int]) -> Iterator[Primitive]:
    if id(value) in seen:
        return
    seen.add(id(value))
    if isinstance(value, Primitive):
        yield value
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from _rows(item, start, seen)
    elif isinstance(value, types.FunctionType) and value.__module__.startswith("adcompiler."):
        yield from _rows_of_function(value, start, seen)


def _rows_of_function(
    function: types.FunctionType, start: Any, seen: set[int]
) -> Iterator[Primitive]:
    for cell in function.__closure__ or ():
        yield from _rows(cell.cell_contents, start, seen)
    home = function.__module__
    for name in _named(function.__code__):
        found = function.__globals__.get(name)
        prepares = getattr(found, "__module__", home).rpartition(".")[2] in _PREPARING
        if isinstance(found, types.FunctionType) and prepares and found.__module__ != home:
            continue
        yield from _rows(found, start, seen)
    for text in _texts(function.__code__):
        row = registry().get(text)
        if row is not None:
            yield row


def _named(code: types.CodeType) -> Iterator[str]:
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            yield from _named(constant)


def _texts(code: types.CodeType) -> Iterator[str]:
    """The rows that are looked up by name."""
    if "lookup" in code.co_names:
        yield from (text for text in code.co_consts if isinstance(text, str))
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            yield from _texts(constant)
