"""What the generated text imports, and under which name where the user's names are in the way."""

from __future__ import annotations

import ast
import builtins
import importlib
import math
import pkgutil
import sys
import types
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import numpy as np

from adcompiler import runtime
from adcompiler.errors import UnsupportedValueError
from adcompiler.primitives.effects import MODULES
from adcompiler.primitives.extras import SPELLED


@dataclass(frozen=True)
class Import:
    """One import of the program: ``import module as alias``, or ``from module import name as
    alias``.

    `kind` is ``module``, ``runtime`` (a function of ours), ``class`` (of a result) or ``data``
    (a global of the user's module, to be read from there). `value` is the imported object,
    except for data.
    """

    kind: str
    module: str
    name: str
    alias: str
    value: Any = field(default=None, compare=False, repr=False)

    @property
    def importable(self) -> bool:
        """False for a class that is local to a function: the text can only say it is needed."""
        return "<locals>" not in self.module

    def statement(self) -> ast.stmt:
        if not self.name:
            shown = None if self.alias == self.module else self.alias
            return ast.Import([ast.alias(self.module, shown)])
        shown = None if self.alias == self.name else self.alias
        return ast.ImportFrom(self.module, [ast.alias(self.name, shown)], 0)


@cache
def runtime_functions() -> dict[str, Any]:
    """Everything that generated code may call, by name."""
    found: dict[str, Any] = {}
    for info in pkgutil.iter_modules(runtime.__path__, runtime.__name__ + "."):
        module = importlib.import_module(info.name)
        for name, value in vars(module).items():
            own = isinstance(value, types.FunctionType) and value.__module__ == module.__name__
            if own and not name.startswith("_"):
                found[name] = value
    return found


def _home_of(function: Any, name: str) -> str:
    """The module that exports the function: its own, else a public one (a ufunc does not know where it is from)."""
    own = getattr(function, "__module__", None)
    candidates = [own] if own else []
    candidates += sorted(m for m in sys.modules if "._" not in m and not m.startswith("_"))
    for module in candidates:
        if getattr(sys.modules.get(module), "__dict__", {}).get(name) is function:
            return str(module)
    return ""


class Imports:
    """Collects the imports that are used.

    `user_names`, and the functions that the module defines (`called`), have the right of way.
    """

    def __init__(self, user_names: frozenset[str], called: frozenset[str] = frozenset()) -> None:
        self.called = called
        self._user_names = user_names | called
        self._used: dict[str, Import] = {}
        self._aliases: set[str] = set()
        self.reserved = (
            frozenset(dir(builtins))
            | frozenset(runtime_functions())
            | {
                self._free("np", "numpy"),
                self._free("math"),
            }
        )

    def _free(self, *choices: str) -> str:
        for choice in choices:
            if choice not in self._user_names:
                return choice
        number = 2
        while f"{choices[0]}_{number}" in self._user_names:
            number += 1
        return f"{choices[0]}_{number}"

    def _use(self, entry: Import) -> ast.expr:
        self._used.setdefault(entry.alias, entry)
        return ast.Name(entry.alias, ast.Load())

    def numpy(self) -> ast.expr:
        return self._use(Import("module", "numpy", "", self._free("np", "numpy"), np))

    def math(self) -> ast.expr:
        return self._use(Import("module", "math", "", self._free("math"), math))

    def builtin(self, name: str) -> ast.expr:
        if name not in self._user_names:
            return ast.Name(name, ast.Load())
        module = self._use(Import("module", "builtins", "", self._free("builtins"), builtins))
        return ast.Attribute(module, name, ast.Load())

    def template_name(self, name: str) -> ast.expr:
        """A free name in a spelling template."""
        if name in self.called:
            return ast.Name(name, ast.Load())
        if name == "np":
            return self.numpy()
        if name == "math":
            return self.math()
        if name in MODULES:
            return self._use(
                Import("module", name, "", self._free(name), importlib.import_module(name))
            )
        if name in SPELLED:
            extra = SPELLED[name]
            value = importlib.import_module(extra.module)
            member = extra.module.rpartition(".")[2]
            return self._use(Import("module", extra.package, member, self._free(name), value))
        if name in runtime_functions():
            function = runtime_functions()[name]
            return self._use(
                Import("runtime", function.__module__, name, self._free(name), function)
            )
        if hasattr(builtins, name):
            return self.builtin(name)
        raise UnsupportedValueError(
            f"the spelling of a primitive uses `{name}`, which generated code does not import.",
            why="templates may name np, math, builtins, modules of SciPy that have rules, and functions of "
            "adcompiler.runtime.",
        )

    def user_class(self, cls: type) -> ast.expr:
        """The class of a result, by the outermost name that a module can export."""
        local, _, path = cls.__qualname__.rpartition("<locals>.")
        first, *rest = path.split(".")
        # the module may have run outside of `sys.modules`, or been loaded again since
        outer: Any = None if local else getattr(sys.modules.get(cls.__module__), first, None)
        found_there = outer
        for part in rest:
            found_there = getattr(found_there, part, None)
        if found_there is not cls:
            first, rest, outer = cls.__name__, [], cls
        module = f"{cls.__module__}.{local}<locals>" if local else cls.__module__
        found: ast.expr = self._use(
            Import("class", module, first, self._unique(first, module), outer)
        )
        for part in rest:
            found = ast.Attribute(found, part, ast.Load())
        return found

    def user_function(self, function: Any) -> ast.expr:
        """A function that has a rule and no source, under its own name."""
        name = getattr(function, "__name__", "f")
        name = name if name.isidentifier() else "f"
        module = _home_of(function, name) or f"{getattr(function, '__module__', '')}.<locals>"
        alias = self._unique(name, module)
        return self._use(Import("class", module, name, alias, function))

    def data(self, module: str, name: str) -> str:
        """The identifier of a global of the user's module (its own name, unless that is taken)."""
        alias = self._unique(name, module)
        self._use(Import("data", module, name, alias))
        self._aliases.add(alias)
        return alias

    def _unique(self, name: str, module: str) -> str:
        alias, number = name, 1
        while alias in self._user_names or (
            alias in self._used
            and (self._used[alias].module, self._used[alias].name) != (module, name)
        ):
            number += 1
            alias = f"{name}_{number}"
        return alias

    def used(self) -> tuple[Import, ...]:
        return tuple(sorted(self._used.values(), key=lambda i: (i.kind, i.module, i.name, i.alias)))


def groups(imports: tuple[Import, ...]) -> Iterator[list[Import]]:
    """The standard library, NumPy and SciPy, then the rest, as linters sort them."""
    standard = [i for i in imports if i.module in sys.stdlib_module_names]
    numpy = [i for i in imports if i.module.partition(".")[0] in ("numpy", "scipy")]
    rest = [i for i in imports if i not in standard and i not in numpy]
    for group in (standard, numpy, sorted(rest, key=lambda i: (i.module, i.name, i.alias))):
        if group:
            yield (
                sorted(group, key=lambda i: (bool(i.name), i.module))
                if group is not rest
                else group
            )
