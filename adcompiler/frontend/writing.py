"""Values on their way into a statement that is kept as written: the text of a call, and its operands."""

from __future__ import annotations

import types
from typing import Any

import numpy as np

from adcompiler.errors import UnsupportedValueError
from adcompiler.frontend.bound import Bound, Instance, describe
from adcompiler.frontend.frame import Frame
from adcompiler.ir.builder import current
from adcompiler.ir.primitive import Primitive
from adcompiler.ir.structure import Branch
from adcompiler.ir.types import Array, Type
from adcompiler.ir.values import Atom, Constant, Variable

_BRACKETS = {"tuple": ("(", ")"), "list": ("[", "]")}


class Writing:
    """Collects the operands of a template: `put` gives the text that stands for a bound value.

    `snapshots`: arrays are handed over as read-only copies, because the callee may keep or write them.
    """

    def __init__(self, frame: Frame, snapshots: bool = False) -> None:
        self.frame = frame
        self.snapshots = snapshots
        self.operands: list[Atom] = []
        self.statics: dict[str, Any] = {}

    def put(self, bound: Bound) -> str:
        if isinstance(bound, Branch) and bound.kind in (
            *_BRACKETS,
            "dict",
            "namedtuple",
            "dataclass",
        ):
            return self._container(bound)
        if isinstance(bound, Instance):
            bound = self.frame.program.captures.whole(bound)
        if isinstance(bound, Constant) and _is_named(bound.value):
            return self._static(bound.value)
        if isinstance(bound, Constant) and isinstance(bound.value, range):
            return repr(bound.value)
        if isinstance(bound, (Constant, Variable)):
            text = self._operand(bound)
            copied = self.snapshots and isinstance(bound.type, Array)
            return f"snapshot({text})" if copied else text
        raise UnsupportedValueError(
            f"{describe(bound)} is handed to a call that is kept as written.",
            why="such a call gets numbers, arrays, texts, containers of them, and objects that are given.",
            write="a function of the module, or the values it holds",
        )

    def _operand(self, atom: Atom) -> str:
        self.operands.append(atom)
        return f"_{len(self.operands) - 1}"

    def _static(self, value: Any) -> str:
        name = f"o{len(self.statics)}"
        self.statics[name] = value
        return f"_{name}"

    def _container(self, branch: Branch) -> str:
        children = [self.put(child) for child in branch.children]
        if branch.kind == "dict":
            pairs = zip(branch.keys, children, strict=True)
            return "{" + ", ".join(f"{key!r}: {child}" for key, child in pairs) + "}"
        if branch.cls is not None:
            pairs = zip(branch.keys, children, strict=True)
            return f"{self._static(branch.cls)}({', '.join(f'{k}={v}' for k, v in pairs)})"
        comma = "," if branch.kind == "tuple" and len(children) == 1 else ""
        first, last = _BRACKETS[branch.kind]
        return f"{first}{', '.join(children)}{comma}{last}"

    def arguments(self, args: list[Bound], kwargs: dict[str, Bound]) -> str:
        parts = [self.put(arg) for arg in args]
        parts += [f"{name}={self.put(value)}" for name, value in kwargs.items()]
        return ", ".join(parts)

    def call(self, primitive: Primitive, form: str, result: Type) -> Atom:
        """Append the statement."""
        builder = current()
        before, builder.style = builder.style, "python"
        try:
            return builder.apply(
                primitive, *self.operands, form=form, result=result, **self.statics
            )
        finally:
            builder.style = before


def _is_named(value: Any) -> bool:
    """What the text names and does not spell out: classes, dtypes, functions of modules."""
    return isinstance(
        value, (type, np.dtype, types.FunctionType, types.BuiltinFunctionType, types.ModuleType)
    )
