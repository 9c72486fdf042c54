"""From the words of a command line to a function and its arguments.

>>> literal("-2"), literal("[[1, 2], [3, 4]]").shape, literal("(1, 'a')"), literal("-inf")
(-2, (2, 2), (1, 'a'), -inf)
"""

from __future__ import annotations

import ast
import difflib
import importlib
import importlib.util
import inspect
import math
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from adcompiler.errors import ArgumentError
from adcompiler.frontend.parameters import own_signature
from adcompiler.inspection.subject import unwrapped
from adcompiler.interface import chosen_names
from adcompiler.ir.structure import from_value, leaves

_WORDS = {"inf": math.inf, "-inf": -math.inf, "nan": math.nan, "+inf": math.inf, "-nan": math.nan}


def load_function(text: str) -> Callable[..., Any]:
    """The function that ``FILE.py:FUNCTION`` or ``MODULE:FUNCTION`` names, without our own decorators."""
    place, separator, name = text.rpartition(":")
    if not separator or (len(place) == 1 and os.sep == "\\"):  # a drive letter is no place
        place, name = text, ""
    module = (
        _load_file(Path(place)) if place.endswith(".py") or os.sep in place else _load_module(place)
    )
    functions = [
        key
        for key, value in vars(module).items()
        if callable(value)
        and not isinstance(value, type)
        and getattr(value, "__module__", None) == module.__name__
    ]
    if not name:
        raise ArgumentError(
            f"`{text}` names no function.",
            why=f"it holds {_listed(functions)}.",
            write=f"{text}:{functions[0] if functions else 'f'}",
        )
    found: Any = module
    for part in name.split("."):
        if not hasattr(found, part):
            close = difflib.get_close_matches(name, functions, 1)
            raise ArgumentError(
                f"there is no function `{name}` in {place}.",
                why=f"it holds {_listed(functions)}.",
                write=f"{place}:{(close or functions or ['f'])[0]}",
            )
        found = getattr(found, part)
    if not callable(found):
        raise ArgumentError(
            f"`{name}` in {place} is no function.",
            why=f"it is of class {type(found).__name__}.",
            write=f"{place}:{functions[0] if functions else 'f'}",
        )
    return unwrapped(found)


def _listed(functions: Sequence[str]) -> str:
    return ", ".join(functions) if functions else "no functions"


def _load_file(path: Path) -> ModuleType:
    """Import a file under its own name, its folder first on the path, as `python FILE.py` does."""
    if not path.is_file():
        what = "a folder" if path.is_dir() else "no file"
        raise ArgumentError(
            f"{path} is {what}.",
            why=f"looked in {Path.cwd()}." if not path.is_absolute() else "",
            write="the path of a Python file: model.py:loss",
        )
    path = path.resolve()
    sys.path.insert(0, str(path.parent))
    name = path.stem
    there = sys.modules.get(name)
    if there is not None:
        if getattr(there, "__file__", None) == str(path):
            return there
        name += "_file"  # a file named like a module that is in use must not take its place
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise ArgumentError(
            f"{path} cannot be imported.", why="it is no Python file.", write="model.py:loss"
        )
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def _load_module(name: str) -> ModuleType:
    sys.path.insert(0, os.getcwd())
    if not all(part.isidentifier() for part in name.split(".")):
        raise ArgumentError(
            f"`{name}` names no module.",
            why="a function is named by its file or its module.",
            write="model.py:loss",
        )
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name is None or not (name == error.name or name.startswith(error.name + ".")):
            raise
        hint = f"{name}.py" if Path(f"{name}.py").is_file() else "model.py"
        raise ArgumentError(
            f"there is no module `{name}`.",
            why="a function is named by its file or its module.",
            write=f"{hint}:loss",
        ) from None


def literal(text: str) -> Any:
    """A Python literal; nested lists of numbers become arrays."""
    word = text.strip()
    if word.lower() in _WORDS:
        return _WORDS[word.lower()]
    try:
        value = ast.literal_eval(word)
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        raise ArgumentError(
            f"the argument `{word}` is no Python literal.",
            why="arguments are numbers, strings in quotes, lists (arrays), tuples and dicts of them.",
            write=f"\"'{word}'\" for a string"
            if word.isidentifier()
            else "2.5, '[1, 2]' or \"{'w': 1.0}\"",
        ) from None
    return _with_arrays(value, word)


def _with_arrays(value: Any, text: str) -> Any:
    if isinstance(value, dict):
        return {key: _with_arrays(item, text) for key, item in value.items()}
    if isinstance(value, tuple):
        return tuple(_with_arrays(item, text) for item in value)
    if not isinstance(value, list) or not _numeric(value):
        return value
    try:
        found = np.array(value)
    except ValueError:
        raise ArgumentError(
            f"the lists of `{text}` do not make an array.",
            why="its rows have different lengths.",
            write="rows of one length: '[[1, 2], [3, 4]]'",
        ) from None
    return found.astype(float) if not found.size else found


def _numeric(value: Any) -> bool:
    if isinstance(value, list):
        return all(map(_numeric, value))
    return isinstance(value, (int, float, complex))


def place_arguments(
    function: Callable[..., Any], words: Sequence[str], argnums: str | None
) -> tuple[tuple[Any, ...], tuple[str, ...]]:
    """The arguments, and the names of those that are differentiated: by default all that are numbers.

    Ints, and arrays of ints, are floats where they are differentiated.
    """
    args = [literal(word) for word in words]
    parameters = list(own_signature(function).parameters.values())
    names = [p.name for p in parameters]
    positional = [
        p.name for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)
    ]
    variadic = next(
        (p.name for p in parameters if p.kind is inspect.Parameter.VAR_POSITIONAL), None
    )
    owners = [positional[k] if k < len(positional) else variadic for k in range(len(args))]
    if argnums is None:
        chosen = {
            owner for owner, value in zip(owners, args, strict=True) if owner and _is_number(value)
        }
    else:
        items = [
            int(item) if _is_int(item) else item
            for item in map(str.strip, argnums.split(","))
            if item
        ]
        if not items:
            raise ArgumentError(
                f"--argnums {argnums!r} chooses nothing.",
                why="arguments are chosen by position or by name.",
                write="--argnums 0,1",
            )
        chosen = set(chosen_names(tuple(items), names))
    given = tuple(
        _as_float(value) if owner in chosen else value
        for owner, value in zip(owners, args, strict=True)
    )
    return given, tuple(name for name in names if name in chosen)


def _is_int(text: str) -> bool:
    return text.lstrip("-").isdigit()


def _is_number(value: Any) -> bool:
    if isinstance(value, np.ndarray):
        return value.dtype.kind in "fiu"
    if isinstance(value, (tuple, dict)):
        return any(
            (isinstance(leaf, np.ndarray) and leaf.dtype.kind in "fi") or type(leaf) is float
            for leaf in leaves(from_value(value))
        )
    return type(value) in (int, float)


def _as_float(value: Any) -> Any:
    if type(value) is int:
        return float(value)
    if isinstance(value, np.ndarray) and value.dtype.kind in "iu":
        return value.astype(float)
    if isinstance(value, tuple):
        return tuple(item if type(item) is int else _as_float(item) for item in value)
    if isinstance(value, dict):
        return {key: item if type(item) is int else _as_float(item) for key, item in value.items()}
    return value
