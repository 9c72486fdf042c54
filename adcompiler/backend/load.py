"""From text to a callable that pdb, tracebacks and `inspect.getsource` can show.

>>> from adcompiler.backend.program import Program
>>> double = load(Program("def double(x):\\n    return x + x\\n", "double", ()), {})
>>> double(2.0)
4.0
>>> import inspect
>>> print(inspect.getsource(double), end="")
def double(x):
    return x + x
"""

from __future__ import annotations

import ast
import importlib
import linecache
import threading
from collections.abc import Callable, Mapping
from typing import Any

from adcompiler.backend.imports import Import
from adcompiler.backend.program import Program

_counts: dict[str, int] = {}
_lock = threading.Lock()


def load(program: Program, globals_: Mapping[str, Any]) -> Callable[..., Any]:
    """Compile the text under a made-up file name, and run its definitions only.

    The imported objects are put into the namespace directly. `globals_` is the namespace of the
    user's function: globals that the program reads are taken from there, else from their
    module. Whoever rebinds such a global afterwards calls `refresh`.
    """
    filename = _register(program)
    tree = ast.parse(program.text, filename)
    # the lines stay those of the whole text, so that tracebacks point at them
    tree.body = [node for node in tree.body if isinstance(node, ast.FunctionDef)]
    namespace: dict[str, Any] = {"__name__": filename, "__file__": filename}
    for entry in program.imports:
        namespace[entry.alias] = _imported(entry, globals_)
    exec(compile(tree, filename, "exec", dont_inherit=True), namespace)
    function: Callable[..., Any] = namespace[program.name]
    return function


def refresh(function: Callable[..., Any], program: Program, globals_: Mapping[str, Any]) -> None:
    """Read the user's globals again."""
    namespace = function.__globals__
    for entry in program.imports:
        if entry.kind == "data":
            namespace[entry.alias] = _imported(entry, globals_)


def _imported(entry: Import, globals_: Mapping[str, Any]) -> Any:
    if entry.kind == "data":
        if globals_.get("__name__", entry.module) == entry.module and entry.name in globals_:
            return globals_[entry.name]
        return getattr(importlib.import_module(entry.module), entry.name)
    if entry.value is not None:
        return entry.value
    module = importlib.import_module(entry.module)
    return getattr(module, entry.name) if entry.name else module


def _register(program: Program) -> str:
    """Enter the text into `linecache`; without a modification time `checkcache` leaves it alone."""
    with _lock:
        number = _counts[program.name] = _counts.get(program.name, 0) + 1
        filename = f"<adcompiler {program.name} {number}>"
        lines = program.text.splitlines(keepends=True)
        linecache.cache[filename] = (len(program.text), None, lines, filename)
    return filename


def forget(function: Callable[..., Any]) -> None:
    """Drop the text of a function that is no longer used."""
    code = getattr(function, "__code__", None)
    if code is not None and code.co_filename.startswith("<adcompiler "):
        linecache.cache.pop(code.co_filename, None)
