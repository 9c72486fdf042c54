"""Evenly spaced numbers and the unit matrix: arange, linspace, eye."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from adcompiler.errors import ArgumentError
from adcompiler.ir.builder import current
from adcompiler.ir.lengths import Length, unknown
from adcompiler.ir.nodes import Call
from adcompiler.ir.primitive import Spelling, Statics, lookup
from adcompiler.ir.types import (
    Array,
    PythonScalar,
    Type,
    dtype_of,
    shape_of,
)
from adcompiler.ir.values import Atom, Constant, as_atom
from adcompiler.primitives.accumulation import (
    fit_cotangent,
    fit_tangent,
)
from adcompiler.primitives.arrays import FLOAT64, known_dtype, no_truncation
from adcompiler.primitives.dimensions import (
    Dimension,
    dimension,
    dimensions,
    length_from,
    token,
)
from adcompiler.primitives.kinds import general, inert
from adcompiler.primitives.samples import Sample
from adcompiler.primitives.shapes import (
    length_of,
    numbers,
)
from adcompiler.primitives.statics import static


def _stand_in(type: Type, value: int) -> Any:
    """A number of that type, for asking NumPy which dtype it makes."""
    return (
        value * {"int": 1, "float": 1.0, "bool": 1, "complex": 1j}[type.kind]
        if isinstance(type, PythonScalar)
        else dtype_of(type).type(value)
    )


def _roles(args: Sequence[Any]) -> tuple[Any, Any, Any]:
    """start, stop, step of ``np.arange(stop)``, ``(start, stop)`` or ``(start, stop, step)``."""
    if len(args) == 1:
        return 0, args[0], 1
    return (args[0], args[1], 1) if len(args) == 2 else (args[0], args[1], args[2])


def _infer_arange(args: Sequence[Atom], statics: Statics) -> Type:
    numbers(args, "np.arange")
    for arg in args:
        if shape_of(arg.type) or dtype_of(arg.type).kind == "c":
            raise ArgumentError(f"np.arange takes real numbers and got {arg.type}.")
    dtype = statics.get("dtype")
    if dtype is None:
        start, stop, step = (
            _stand_in(as_atom(a).type, k) for k, a in zip((0, 2, 1), _roles(args), strict=True)
        )
        dtype = np.arange(*((stop,), (start, stop), (start, stop, step))[len(args) - 1]).dtype
    if all(isinstance(arg, Constant) for arg in args):
        length = Length.of(
            len(np.arange(*(arg.value for arg in args if isinstance(arg, Constant))))
        )
        return Array(np.dtype(dtype), (length,))
    start, stop, step = (as_atom(a) for a in _roles(args))
    first, last = length_of(start), length_of(stop)
    if first is not None and last is not None and isinstance(step, Constant) and step.value == 1:
        difference = last - first
        if difference.constant is None or difference.constant >= 0:
            return Array(np.dtype(dtype), (difference,))
    return Array(
        np.dtype(dtype), (unknown("len(arange)", *(token(a) for a in (start, stop, step))),)
    )


def _positions(y: Atom) -> Atom:
    return current().apply(arange, dimension(y, 0))


def _push_arange(call: Call, tangents: Sequence[Atom | None]) -> Atom | None:
    """y_k = start + k·step; the end only decides how many there are."""
    start_dot, _, step_dot = _roles(tangents)
    total: Atom | None = start_dot if isinstance(start_dot, Atom) else None
    if isinstance(step_dot, Atom):
        moved = as_atom(step_dot * _positions(call.target))
        total = moved if total is None else as_atom(total + moved)
    return None if total is None else fit_tangent(call.target, total)


def _pull_arange(call: Call, y_bar: Atom, wanted: Sequence[bool]) -> list[Atom | None]:
    total = lookup("sum")

    def start() -> Atom:
        return fit_cotangent(call.args[0], current().apply(total, y_bar))

    def step() -> Atom:
        return fit_cotangent(
            call.args[2], current().apply(total, as_atom(y_bar * _positions(call.target)))
        )

    rules: list[Callable[[], Atom | None]] = [lambda: None]
    if len(call.args) > 1:
        rules = [start, lambda: None, step][: len(call.args)]
    return [rule() if want else None for rule, want in zip(rules, wanted, strict=True)]


arange = general(
    "arange",
    lambda *bounds, dtype=None: np.arange(*bounds, dtype=dtype),
    infer=_infer_arange,
    spelling=Spelling("np.arange(*_args)"),
    pushforward=_push_arange,
    pullback=_pull_arange,
    samples=(
        Sample((3,)),
        Sample((0,)),
        Sample((1, 4)),
        Sample((5, 0, -2)),
        Sample((0.25, 2.1)),
        Sample((0.25, 2.1, 0.5)),
    ),
    defaults={"dtype": None},
)


def _arange(start: Any, stop: Any = None, step: Any = None, dtype: Any = None) -> Atom:
    wanted = known_dtype(dtype)
    bounds: tuple[Any, ...] = (start,)
    if stop is not None:
        bounds = (start, stop)
    if step is not None:
        bounds = (start, stop, step) if stop is not None else (0, start, step)
    if wanted is not None:
        for bound in bounds:
            no_truncation(as_atom(bound), wanted, "np.arange")
    options: dict[str, Any] = {} if wanted is None else {"dtype": wanted}
    return current().apply(arange, *bounds, **options)


def _infer_linspace(args: Sequence[Atom], statics: Statics) -> Type:
    numbers(args[:2], "np.linspace")
    if any(shape_of(arg.type) for arg in args):
        raise ArgumentError(
            "np.linspace between arrays is not supported.",
            write="a + (b - a) * np.linspace(0.0, 1.0, n)[:, None]",
        )
    dtype = np.linspace(_stand_in(args[0].type, 0), _stand_in(args[1].type, 1), 2).dtype
    return Array(dtype, (length_from(args[2]),))


def _push_linspace(call: Call, tangents: Sequence[Atom | None]) -> Atom | None:
    if tangents[0] is None and tangents[1] is None:
        return None
    ends = [as_atom(0.0) if t is None else t for t in tangents[:2]]
    return fit_tangent(call.target, current().apply(linspace, *ends, call.args[2], **call.statics))


def _pull_linspace(call: Call, y_bar: Atom, wanted: Sequence[bool]) -> list[Atom | None]:
    found: list[Atom | None] = []
    for arg, want, ends in zip(call.args[:2], wanted, ((1.0, 0.0), (0.0, 1.0)), strict=False):
        weights = current().apply(linspace, *ends, call.args[2], **call.statics) if want else None
        found.append(
            None
            if weights is None
            else fit_cotangent(arg, current().apply(lookup("sum"), as_atom(y_bar * weights)))
        )
    return [*found, None]


def _batch_linspace(call: Call, args: Sequence[Atom], flags: Sequence[bool]) -> Atom:
    """Rows of start·(1 - k/(n-1)) + stop·k/(n-1)."""
    total: Atom | None = None
    for value, flag, ends in zip(args[:2], flags, ((1.0, 0.0), (0.0, 1.0)), strict=False):
        weights = current().apply(linspace, *ends, args[2], **call.statics)
        column = current().apply(lookup("expand_dims"), value, axis=1) if flag else value
        term = as_atom(column * weights)
        total = term if total is None else as_atom(total + term)
    assert total is not None
    return total


linspace = general(
    "linspace",
    lambda start, stop, num, endpoint=True: np.linspace(start, stop, num, endpoint=endpoint),
    infer=_infer_linspace,
    spelling=Spelling("np.linspace(_0, _1, _2)"),
    pushforward=_push_linspace,
    pullback=_pull_linspace,
    batch=_batch_linspace,
    defaults={"endpoint": True},
    samples=(
        Sample((0.5, 2.0, 5)),
        Sample((0.5, 2.0, 4), {"endpoint": False}),
        Sample((0.5, 2.0, 1)),
        Sample((0.5, 2.0, 0)),
    ),
)


def _linspace(
    start: Any, stop: Any, num: Any = 50, endpoint: Any = True, dtype: Any = None
) -> Atom:
    wanted = known_dtype(dtype)
    options: dict[str, Any] = {} if static(endpoint, "endpoint") else {"endpoint": False}
    result = current().apply(linspace, start, stop, *dimensions(num), **options)
    if wanted is None or wanted == dtype_of(result.type):
        return result
    no_truncation(result, wanted, "np.linspace")
    return current().apply(lookup("cast"), result, dtype=wanted)


def _infer_eye(args: Sequence[Atom], statics: Statics) -> Type:
    return Array(
        np.dtype(statics.get("dtype", FLOAT64)), (length_from(args[0]), length_from(args[-1]))
    )


eye = inert(
    "eye",
    lambda n, m=None, k=0, dtype=FLOAT64: np.eye(n, m, k=k, dtype=dtype),
    infer=_infer_eye,
    spelling=Spelling("np.eye(*_args)"),
    defaults={"k": 0, "dtype": FLOAT64},
    samples=(Sample((3,)), Sample((2, 3)), Sample((3,), {"k": 1})),
)


def _eye(N: Any, M: Any = None, k: Any = 0, dtype: Any = None) -> Atom:  # noqa: N803 - NumPy's names
    dims: list[Dimension] = dimensions(N) if M is None else [*dimensions(N), *dimensions(M)]
    options: dict[str, Any] = {}
    if static(k, "k"):
        options["k"] = static(k, "k")
    if known_dtype(dtype, FLOAT64) != FLOAT64:
        options["dtype"] = known_dtype(dtype)
    return current().apply(eye, *dims, **options)


FUNCTIONS: dict[Any, Any] = {
    np.arange: _arange,
    np.linspace: _linspace,
    np.eye: _eye,
    np.identity: _eye,
}
