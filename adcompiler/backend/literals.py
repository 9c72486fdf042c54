"""Values known while compiling, written as Python: constants, dtypes, subscripts, static
parameters.
"""

from __future__ import annotations

import ast
import builtins
import cmath
import math
from collections.abc import Callable
from typing import Any

import numpy as np

from adcompiler.backend.imports import Imports
from adcompiler.errors import UnsupportedValueError
from adcompiler.ir.index import IndexPattern, Operand, Slice
from adcompiler.ir.values import Atom

ReadOperand = Callable[[int], ast.expr]
_PYTHON_CALLS = {"f8": "float", "i8": "int", "b1": "bool", "c16": "complex"}
#: a larger array belongs into a file, not into source
_LARGEST_ARRAY = 64


class Literals:
    def __init__(self, imports: Imports) -> None:
        self.imports = imports

    def value(self, value: Any, scalar: bool = True) -> ast.expr:
        """A constant; `scalar` says that it meets Python floats (`math.inf`), not arrays
        (`np.inf`).

        A negative number is a `UnaryOp`, since a `Constant(-1.0)` would print wrongly under
        ``**``.
        """
        if value is None or value is Ellipsis or isinstance(value, (bool, str, bytes)):
            return ast.Constant(value)
        if isinstance(value, np.generic):
            return self._numpy_scalar(value, scalar)
        if isinstance(value, int):
            return _signed(ast.Constant(abs(value)), value < 0)
        if isinstance(value, float):
            return self._float(value, scalar)
        if isinstance(value, complex):
            return self._complex(value)
        if isinstance(value, (tuple, list)):
            items = [self.value(item, scalar) for item in value]
            return (
                ast.Tuple(items, ast.Load())
                if isinstance(value, tuple)
                else ast.List(items, ast.Load())
            )
        if isinstance(value, dict):
            return ast.Dict(
                [self.value(key) for key in value],
                [self.value(item, scalar) for item in value.values()],
            )
        if isinstance(value, np.dtype):
            return self.dtype(value)
        if isinstance(value, type):
            return self._class(value)
        if isinstance(value, np.ndarray) and value.size <= _LARGEST_ARRAY:
            items_ = self.value(value.tolist(), False)
            return self._numpy_call(
                "array", [items_], [ast.keyword("dtype", self.dtype(value.dtype))]
            )
        raise UnsupportedValueError(
            f"a constant of type {type(value).__name__} cannot be written as source.",
            why="generated code is text: it holds numbers, strings, tuples, lists, small arrays.",
            write="pass the value as an argument, or keep it in a global variable of the module.",
        )

    def numpy(self, name: str) -> ast.expr:
        return ast.Attribute(self.imports.numpy(), name, ast.Load())

    def _numpy_call(self, name: str, args: list[ast.expr], keywords: list[ast.keyword]) -> ast.expr:
        return ast.Call(self.numpy(name), args, keywords)

    def _float(self, value: float, scalar: bool) -> ast.expr:
        if abs(value) == math.pi:
            pi = ast.Attribute(
                self.imports.math() if scalar else self.imports.numpy(), "pi", ast.Load()
            )
            return _signed(pi, value < 0)
        if math.isfinite(value):
            return _signed(ast.Constant(abs(value)), math.copysign(1.0, value) < 0)
        module = self.imports.math() if scalar else self.imports.numpy()
        name = ast.Attribute(module, "nan" if math.isnan(value) else "inf", ast.Load())
        return _signed(name, value < 0)

    def _complex(self, value: complex) -> ast.expr:
        # -1j is complex(-0.0, -1.0)
        for number, negative in ((value, False), (-value, True)):
            plain = str(number.real) == "0.0" and math.copysign(1.0, number.imag) > 0
            if cmath.isfinite(value) and plain:
                return _signed(ast.Constant(number), negative)
        parts = [self._float(value.real, True), self._float(value.imag, True)]
        return ast.Call(self.imports.builtin("complex"), parts, [])

    def _numpy_scalar(self, value: np.generic, scalar: bool) -> ast.expr:
        if isinstance(value, np.bool_):
            return ast.Constant(bool(value))
        if isinstance(value, np.float64) and scalar:
            return self._float(float(value), scalar)
        if isinstance(value, (np.floating, np.integer)):
            # str gives the shortest digits that give the number back in its own precision
            text = str(value)
            plain = (
                self._float(float(text), scalar)
                if isinstance(value, np.floating)
                else self.value(int(text))
            )
            return self._numpy_call(value.dtype.name, [plain], [])
        if isinstance(value, np.complexfloating):
            return self._numpy_call(value.dtype.name, [self._complex(complex(value))], [])
        raise UnsupportedValueError(
            f"a NumPy scalar of type {value.dtype} cannot be written as source."
        )

    def dtype(self, value: Any, called: bool = False) -> ast.expr:
        """``np.float32``; where it is called on a scalar, ``float`` stands for float64."""
        dtype = np.dtype(value)
        if called and dtype.str[1:] in _PYTHON_CALLS:
            return self.imports.builtin(_PYTHON_CALLS[dtype.str[1:]])
        if not dtype.isnative or dtype.kind not in "biufc":
            return ast.Call(self.numpy("dtype"), [ast.Constant(dtype.str)], [])
        return self.numpy("bool_" if dtype.kind == "b" else dtype.name)

    def _class(self, value: type) -> ast.expr:
        if getattr(builtins, value.__name__, None) is value:
            return self.imports.builtin(value.__name__)
        if issubclass(value, np.generic):
            return self.numpy(value.__name__)
        return self.imports.user_class(value)

    def static(self, value: Any, operand: ReadOperand, scalar: bool) -> ast.expr:
        """A static parameter; `Operand`s inside it are read from the dynamic operands."""
        if isinstance(value, Operand):
            return operand(value.position)
        if isinstance(value, IndexPattern):
            entries = [self._entry(entry, operand) for entry in value.entries]
            return ast.Tuple(entries, ast.Load()) if value.is_tuple else entries[0]
        if isinstance(value, (slice, Slice)):
            return self._slice_call(value, operand)
        if isinstance(value, (tuple, list)):
            items = [self.static(item, operand, scalar) for item in value]
            return (
                ast.Tuple(items, ast.Load())
                if isinstance(value, tuple)
                else ast.List(items, ast.Load())
            )
        if isinstance(value, Atom):
            raise UnsupportedValueError("a static parameter holds a value that only the run knows.")
        return self.value(value, scalar)

    def _bound(self, value: Any, operand: ReadOperand) -> ast.expr | None:
        return None if value is None else self.static(value, operand, True)

    def _entry(self, value: Any, operand: ReadOperand) -> ast.expr:
        if isinstance(value, (slice, Slice)):
            return ast.Slice(
                self._bound(value.start, operand),
                self._bound(value.stop, operand),
                self._bound(value.step, operand),
            )
        return self.static(value, operand, True)

    def _slice_call(self, value: Slice | slice, operand: ReadOperand) -> ast.expr:
        given: tuple[Any, ...] = (value.stop,) if value.start is None else (value.start, value.stop)
        given = given if value.step is None else (value.start, value.stop, value.step)
        parts = [self.static(part, operand, True) for part in given]
        return ast.Call(self.imports.builtin("slice"), parts, [])


def outside_brackets(index: IndexPattern) -> Any:
    """The entries of a subscript as plain values."""
    return index.entries if index.is_tuple else index.entries[0]


def _signed(node: ast.expr, negative: bool) -> ast.expr:
    return ast.UnaryOp(ast.USub(), node) if negative else node
