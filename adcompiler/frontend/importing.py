"""`import` inside a function: done while compiling, as the run would."""

from __future__ import annotations

import importlib
from typing import Any

from adcompiler.frontend.frame import Frame
from adcompiler.ir.values import Constant


def import_modules(frame: Frame, node: Any) -> None:
    for alias in node.names:
        module = importlib.import_module(alias.name)
        top = importlib.import_module(alias.name.split(".")[0])
        frame.scope[alias.asname or alias.name.split(".")[0]] = Constant.of(
            module if alias.asname else top
        )


def import_names(frame: Frame, node: Any) -> None:
    package = frame.home.__globals__.get("__package__")
    module = importlib.import_module("." * (node.level or 0) + (node.module or ""), package)
    for alias in node.names:
        if hasattr(module, alias.name):
            found = getattr(module, alias.name)
            reference = ("global", module.__name__, alias.name)
            key = ("global", vars(module), alias.name)
            value = frame.program.captures.read(key, reference, found, alias.name)
        else:
            value = Constant.of(importlib.import_module(f"{module.__name__}.{alias.name}"))
        frame.scope[alias.asname or alias.name] = value
