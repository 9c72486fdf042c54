"""What the operations of a program may raise, and the question that tells it before they are done.

``x / y`` raises ZeroDivisionError where y is zero, `math.log` ValueError where its argument is not positive, an index
IndexError where the axis is shorter.  Of what has no such formula the run is asked to try (`runtime/attempts.py`).
"""

from __future__ import annotations

import builtins
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from adcompiler.ir.builder import current
from adcompiler.ir.index import Operand, Slice
from adcompiler.ir.nodes import Call
from adcompiler.ir.primitive import lookup
from adcompiler.ir.types import BOOL, List, NumpyScalar, dtype_of, is_scalar, shape_of
from adcompiler.ir.values import Atom, Constant
from adcompiler.primitives.catalogue import FUNCTIONS
from adcompiler.primitives.effects import text

Question = Callable[[], Atom]


@dataclass(frozen=True)
class Fault:
    """An exception that a call may raise; `asked` appends the question whether it does (None: nobody can tell)."""

    cls: type[BaseException]
    asked: Question | None


def _is(name: str, *operands: Any) -> Atom:
    found: Atom = current().apply(lookup(name), *operands)
    return found


def _tried(cls: type[BaseException], function: str, call: Call) -> Fault:
    places = ", ".join(f"_{k}" for k in range(len(call.args)))
    form = f"fails(_o0, {function}, {places})"
    return Fault(cls, lambda: current().apply(text, *call.args, form=form, result=BOOL, o0=cls))


#: on scalars Python computes these without ever raising
_HARMLESS = frozenset(
    {
        *("add", "subtract", "multiply", "negative", "positive", "absolute", "fabs", "sign"),
        *("minimum", "maximum", "min", "max", "at_least", "at_most", "where", "copysign"),
        *("equal", "not_equal", "less", "less_equal", "greater", "greater_equal"),
        *("logical_not", "logical_and", "logical_or", "logical_xor", "identity", "to_float"),
        *("to_bool", "arctan", "arctan2", "arcsinh", "tanh", "hypot"),
    }
)
#: what changes neither with the values nor with lengths that only the run knows
_SURE = frozenset(
    {
        *("dim", "size", "zeros", "zeros_like", "ones", "ones_like", "fill_like", "eye"),
        *("identity_matrix", "positions", "copy", "contiguous", "cast", "asarray", "as_array"),
        *("as_numpy_scalar", "to_float", "to_bool", "transpose", "reverse_axes", "expand_dims"),
        *("reshape_like", "broadcast_like", "diagonal", "array_of", "stop_gradient", "text"),
        *("sum", "mean", "prod", "std", "var", "cumsum", "cumprod", "any", "all", "argsort"),
        *("list_of", "list_append", "list_length", "list_copy", "list_sum", "list_unstack"),
        *("list_extend", "list_joined"),
    }
)
_DOMAIN: dict[str, Callable[[Any], Atom]] = {
    "log": lambda x: _is("less_equal", x, 0.0),
    "log2": lambda x: _is("less_equal", x, 0.0),
    "log10": lambda x: _is("less_equal", x, 0.0),
    "log1p": lambda x: _is("less_equal", x, -1.0),
    "sqrt": lambda x: _is("less", x, 0.0),
    "arcsin": lambda x: _is("greater", _is("absolute", x), 1.0),
    "arccos": lambda x: _is("greater", _is("absolute", x), 1.0),
    "arccosh": lambda x: _is("less", x, 1.0),
    "arctanh": lambda x: _is("greater_equal", _is("absolute", x), 1.0),
}
_TRIED: dict[str, tuple[str, tuple[type[BaseException], ...]]] = {
    "exp": ("math.exp", (OverflowError,)),
    "expm1": ("math.expm1", (OverflowError,)),
    "sinh": ("math.sinh", (OverflowError,)),
    "cosh": ("math.cosh", (OverflowError,)),
    "sin": ("math.sin", (ValueError,)),
    "cos": ("math.cos", (ValueError,)),
    "tan": ("math.tan", (ValueError,)),
    "to_int": ("int", (OverflowError, ValueError)),
    "integer_round": ("round", (OverflowError, ValueError)),
    "integer_floor": ("math.floor", (OverflowError, ValueError)),
    "integer_ceil": ("math.ceil", (OverflowError, ValueError)),
    "integer_trunc": ("math.trunc", (OverflowError, ValueError)),
}
#: NumPy's numbers raise as Python's do
_TO_INTS = ("to_int", "integer_round", "integer_floor", "integer_ceil", "integer_trunc")
_OPERATORS = ("divide", "floor_divide", "remainder", "power")
_MATRICES = {"cholesky": "np.linalg.cholesky", "inv": "np.linalg.inv", "solve": "np.linalg.solve"}
_ORDINARY: tuple[type[BaseException], ...] = (
    ZeroDivisionError, OverflowError, FloatingPointError, ValueError, IndexError,
)  # fmt: skip


def faults(call: Call) -> list[Fault]:
    """All that a call may raise."""
    if any(setting in ("raise", "call") for _, setting in call.origin.errstate):
        return [Fault(FloatingPointError, None), *_faults(call)]
    return _faults(call)


def _faults(call: Call) -> list[Fault]:
    primitive, name = call.primitive, call.primitive.name
    if primitive.kind == "kept":
        return _of_kept(call)
    if name in _MATRICES:
        return [_tried(np.linalg.LinAlgError, _MATRICES[name], call)]
    if primitive.kind == "elementwise" and not all(is_scalar(a.type) for a in call.args):
        return [] if _fit(call) else [Fault(ValueError, None)]
    if primitive.kind == "elementwise" or name in _TRIED:
        return _of_scalars(call)
    if name in _SURE:
        return []
    if name in ("getitem", "setitem", "add_to_slice"):
        return _of_subscript(call, 1 if name == "getitem" else 2)
    if name in ("list_item", "list_set", "list_add"):
        return [_beyond(call.args[0], call.args[-1] if name == "list_item" else call.args[2])]
    if name == "list_without_last":
        return [Fault(IndexError, lambda: _is("less", _is("list_length", call.args[0]), 1))]
    if name in ("matmul", "dot") and _inner_fits(call):
        return []
    return [Fault(cls, None) for cls in _ORDINARY]


def _of_kept(call: Call) -> list[Fault]:
    if call.primitive.name == "text":
        return []
    form = call.statics["form"]
    found = re.search(r"\braise (\w+)", form)
    if call.primitive.name != "check":
        return [Fault(Exception, None)]
    if found is None:
        return [Fault(AssertionError, lambda: _is("logical_not", call.args[0]))]
    name = found[1]
    cls = call.statics[name[1:]] if name.startswith("_o") else getattr(builtins, name)
    if form.startswith("if not _0:"):
        return [Fault(cls, lambda: _is("logical_not", call.args[0]))]
    return [Fault(cls, (lambda: Constant.of(True)) if form.startswith("raise") else None)]


def _of_scalars(call: Call) -> list[Fault]:
    """Numbers in Python's spelling; NumPy's scalars give inf and nan."""
    name = call.primitive.name
    if name in _HARMLESS or (call.style != "python" and name not in _TO_INTS):
        return []
    if name in _OPERATORS and isinstance(call.target.type, NumpyScalar):
        return []
    if name in ("divide", "floor_divide", "remainder"):
        return [Fault(ZeroDivisionError, lambda: _is("equal", call.args[1], 0))]
    if name == "power":
        exponent = call.args[1].value if isinstance(call.args[1], Constant) else -0.5
        whole = float(exponent).is_integer() and exponent >= 0
        unknown = [] if whole else [Fault(ValueError, None)]  # it may be math.pow
        known = [_tried(cls, "pow", call) for cls in (ZeroDivisionError, OverflowError)]
        return known + unknown
    if name in _DOMAIN:
        return [Fault(ValueError, lambda: _DOMAIN[name](call.args[0]))]
    if name in _TRIED:
        if name in _TO_INTS and dtype_of(call.args[0].type).kind != "f":
            return []
        function, classes = _TRIED[name]
        return [_tried(cls, function, call) for cls in classes]
    return [Fault(ValueError, None), Fault(OverflowError, None)]


def _fit(call: Call) -> bool:
    shapes = {shape_of(a.type) for a in call.args if shape_of(a.type)}
    return len(shapes) <= 1


def _inner_fits(call: Call) -> bool:
    first, second = (shape_of(a.type) for a in call.args)
    return bool(first and second) and first[-1] == second[max(0, len(second) - 2)]


def _of_subscript(call: Call, first: int) -> list[Fault]:
    """An int beyond the axis; a slice never is."""
    array, operands = call.args[0], call.args[first:]
    found: list[Fault] = []
    for axis, entry in _axes(call.statics["index"].entries, len(shape_of(array.type))):
        place = operands[entry.position] if isinstance(entry, Operand) else entry
        if isinstance(place, (int, Atom)) and (isinstance(place, int) or not shape_of(place.type)):
            found.append(_beyond_axis(array, axis, place))
        elif not isinstance(entry, Slice):
            found.append(Fault(IndexError, None))
    if first == 2 and shape_of(call.args[1].type):
        found.append(Fault(ValueError, None))  # the shapes may not fit
    return found


def _axes(entries: tuple[Any, ...], rank: int) -> Iterator[tuple[int, Any]]:
    used = sum(entry is not None and entry is not Ellipsis for entry in entries)
    axis = 0
    for entry in entries:
        if entry is Ellipsis:
            axis += rank - used
        elif entry is not None:
            yield axis, entry
            axis += 1


def _beyond_axis(array: Atom, axis: int, place: Any) -> Fault:
    def asked() -> Atom:
        return _outside(FUNCTIONS[np.shape](array)[axis], place)

    return Fault(IndexError, asked)


def _beyond(items: Atom, place: Any) -> Fault:
    assert isinstance(items.type, List)
    return Fault(IndexError, lambda: _outside(_is("list_length", items), place))


def _outside(count: Any, place: Any) -> Atom:
    known = place.value if isinstance(place, Constant) else place
    if isinstance(known, int):
        return _is("less_equal", count, known) if known >= 0 else _is("less", count, -known)
    below = _is("less", place, _is("negative", count))
    return _is("logical_or", below, _is("greater_equal", place, count))
