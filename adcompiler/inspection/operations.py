"""One operation in words: `log(v₋₁)`, `v₋₁ · v₀`, `v₁[0, 1:]`."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from adcompiler.inspection.report import MINUS, number
from adcompiler.ir.index import IndexPattern
from adcompiler.ir.nodes import Call
from adcompiler.ir.primitive import Primitive
from adcompiler.ir.values import Atom, Constant

INFIX: Mapping[str, str] = {
    "add": "+",
    "subtract": MINUS,
    "multiply": "·",
    "divide": "/",
    "power": "**",
    "matmul": "@",
    "floor_divide": "//",
    "remainder": "%",
    "less": "<",
    "less_equal": "<=",
    "greater": ">",
    "greater_equal": ">=",
    "equal": "==",
    "not_equal": "!=",
}
_PLACEHOLDER = re.compile(r"\*?\b_(\d+|[a-z]\w*)\b")


class _Text:
    """Text that stands for an operand inside an index pattern."""

    def __init__(self, text: str) -> None:
        self.text = text

    def __repr__(self) -> str:
        return self.text


def operation(call: Call, name: Callable[[Atom], str]) -> str:
    """The call with `name` for each operand; NumPy's names, operators as signs."""
    primitive, operands = call.primitive.name, [name(a) for a in call.args]
    statics = {
        k: v
        for k, v in call.statics.items()
        if v != call.primitive.defaults.get(k, v) or _needed(call, k)
    }
    if "form" in statics:
        return _as_written(statics, operands)
    index = statics.pop("index", None)
    if isinstance(index, IndexPattern):
        return _indexed(primitive, operands, index)
    if primitive in INFIX and len(operands) == 2 and not statics:
        return f"{operands[0]} {INFIX[primitive]} {operands[1]}"
    if primitive == "negative":
        return f"{MINUS}{operands[0]}"
    if primitive == "identity":
        return operands[0]
    return _spelled(call.primitive, operands, statics)


def _spelled(primitive: Primitive, operands: list[str], statics: dict[str, Any]) -> str:
    """The primitive's own template without module names; static parameters it does not mention as keywords."""
    template = primitive.spelling.array or f"{primitive.name}(*_args)"
    mentioned = {int(k) for k in re.findall(r"\b_(\d+)\b", template)}
    rest = [text for k, text in enumerate(operands) if k not in mentioned]
    left = dict(statics)

    def fill(found: re.Match[str]) -> str:
        word = found[1]
        if word in ("args", "rest"):
            return ", ".join(operands if word == "args" else rest)
        if word.isdigit():
            return operands[int(word)]
        return _static(left.pop(word)) if word in left else found[0]

    text = _PLACEHOLDER.sub(fill, re.sub(r"\b(np|math)\.", "", template))
    keywords = ", ".join(f"{key}={_static(value)}" for key, value in left.items())
    if not keywords:
        return text
    return f"{text[:-1]}, {keywords})" if text.endswith(")") else f"{text} ({keywords})"


def _as_written(statics: dict[str, Any], operands: list[str]) -> str:
    """A kept call: its own text with the operands in place."""

    def fill(found: re.Match[str]) -> str:
        word = found[1]
        return operands[int(word)] if word.isdigit() else _static(statics[word])

    return _PLACEHOLDER.sub(fill, statics["form"])


def _needed(call: Call, key: str) -> bool:
    return key not in call.primitive.defaults and call.statics[key] is not None


def _indexed(primitive: str, operands: list[str], index: IndexPattern) -> str:
    """`x[1, i]` for a read, `add_to_slice(x, v, [1, i])` for what writes."""
    first, rest = operands[0], operands[1:]
    reads = primitive == "getitem"
    values = rest if reads else rest[1:]
    filled = index.fill(tuple(map(_Text, values)))
    text = ", ".join(map(_entry, filled)) if isinstance(filled, tuple) else _entry(filled)
    return f"{first}[{text}]" if reads else f"{primitive}({first}, {rest[0]}, [{text}])"


def _entry(entry: Any) -> str:
    if isinstance(entry, slice):
        bounds = ["" if b is None else str(b) for b in (entry.start, entry.stop)]
        return ":".join(bounds) + (f":{entry.step}" if entry.step is not None else "")
    return "..." if entry is Ellipsis else str(entry)


def _static(value: Any) -> str:
    return (
        str(value)
        if isinstance(value, np.dtype)
        else getattr(value, "__name__", None) or repr(value)
    )


def constant(atom: Constant) -> str:
    """A number of the program text as it was written, if that is short."""
    value = atom.value
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, (bool, int, float)):
        text = repr(value).replace("-", MINUS)
        return text if len(text) <= 8 else number(value)
    return number(value)
