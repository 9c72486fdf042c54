"""np.polyval, np.vander, np.polyder and np.polyint; np.unwrap.

A polynomial is the vector of its coefficients, the highest power first.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from adcompiler.errors import ArgumentError, ShapeError
from adcompiler.ir.builder import current
from adcompiler.ir.index import IndexPattern
from adcompiler.ir.nodes import Call
from adcompiler.ir.primitive import Primitive, Spelling, Statics, lookup
from adcompiler.ir.types import (
    Array,
    PythonScalar,
    Type,
    dtype_of,
    is_inexact,
    scalar_or_array,
    shape_of,
)
from adcompiler.ir.values import Atom, Constant, as_atom
from adcompiler.primitives.accumulation import fit_cotangent, fit_tangent
from adcompiler.primitives.arithmetic import power
from adcompiler.primitives.arrays import array_like
from adcompiler.primitives.derived import derived
from adcompiler.primitives.differences import cut, joined
from adcompiler.primitives.dimensions import dimension, length_from, unspelled
from adcompiler.primitives.inert import refuse_complex
from adcompiler.primitives.kinds import add, general
from adcompiler.primitives.linalg import matmul
from adcompiler.primitives.samples import Sample
from adcompiler.primitives.shapes import like_operand, numbers
from adcompiler.primitives.shaping import rank_of, ravel
from adcompiler.primitives.statics import differing, static

_P = [1.0, 2.5, -3.0]
_X = [0.5, -1.5, 0.0, 2.0]
_GRID = [[0.5, -1.5, 0.25], [4.0, 0.5, 6.0]]
_SINGLE = np.array([1.5, -0.5, 2.0], np.float32)


def _falling(start: Any, stop: int) -> Atom:
    """``np.arange(start, stop, -1)``"""
    return current().apply(lookup("arange"), start, stop, -1)


def _one_less(length: Any) -> Any:
    with unspelled():
        return length - 1 if isinstance(length, int) else as_atom(length - 1)


# --- powers --------------------------------------------------------------------------------------


def _vander_of(x: Atom, columns: Atom, increasing: bool = False) -> Atom:
    last = _one_less(columns.value if isinstance(columns, Constant) else columns)
    powers = current().apply(lookup("arange"), columns) if increasing else _falling(last, -1)
    column = current().apply(lookup("expand_dims"), x, axis=1)
    return current().apply(power, column, powers)


def _infer_vander(args: Sequence[Atom], statics: Statics) -> Type:
    dtype = np.promote_types(dtype_of(args[0].type), int)
    return Array(dtype, (shape_of(args[0].type)[0], length_from(args[1])))


vander = derived(
    "vander",
    lambda x, columns, increasing=False: np.vander(x, columns, increasing=increasing),
    infer=_infer_vander,
    definition=_vander_of,
    spelling=Spelling("np.vander(_0, _1)"),
    defaults={"increasing": False},
    shape_only=(1,),
    samples=(
        Sample((_X, 3)),
        Sample((_X, 3), {"increasing": True}),
        Sample(([0.5], 1)),
        Sample((_SINGLE, 2)),
    ),
)


def _vander(x: Any, N: Any = None, increasing: Any = False) -> Atom:  # noqa: N803 - NumPy's name
    atom = array_like(x)
    if rank_of(atom) != 1:
        raise ShapeError("np.vander takes a vector.")
    columns = dimension(atom, 0) if N is None else N
    flag = bool(static(increasing, "increasing"))
    return current().apply(vander, atom, columns, **differing(vander, increasing=flag))


# --- derivative and integral of a polynomial -----------------------------------------------------


def _infer_polyder(args: Sequence[Atom], statics: Statics) -> Type:
    (length,) = shape_of(args[0].type)
    return Array(np.result_type(dtype_of(args[0].type), int), (length - 1,))


polyder = derived(
    "polyder",
    np.polyder,
    infer=_infer_polyder,
    definition=lambda p: cut(p, 0, None, -1) * _falling(_one_less(dimension(p, 0)), 0),
    spelling=Spelling("np.polyder(_0)"),
    samples=(Sample((_P,)), Sample(([2.0],))),
)


def _infer_polyint(args: Sequence[Atom], statics: Statics) -> Type:
    (length,) = shape_of(args[0].type)
    return Array(np.result_type(dtype_of(args[0].type), float), (length + 1,))


def _polyint_of(p: Atom) -> Atom:
    terms = as_atom(p / _falling(dimension(p, 0), 0))
    return joined([terms, current().apply(lookup("zeros_vector"), 1)], 0)


polyint = derived(
    "polyint",
    np.polyint,
    infer=_infer_polyint,
    definition=_polyint_of,
    spelling=Spelling("np.polyint(_0)"),
    samples=(Sample((_P,)), Sample(([2.0],))),
)


def _polyder(p: Any, m: Any = 1) -> Atom:
    return _repeated(polyder, array_like(p), m)


def _polyint(p: Any, m: Any = 1, k: Any = None) -> Atom:
    """Each constant of integration is added to the coefficient 0 that the row puts at the end."""
    if int(static(m, "m")) == 0:
        return array_like(p)
    atom: Atom = lookup("cast")(
        array_like(p), dtype=np.result_type(dtype_of(array_like(p).type), float)
    )
    times, given = int(static(m, "m")), getattr(k, "value", k)
    if given is None or (isinstance(given, (int, float)) and given == 0):
        return _repeated(polyint, atom, m)
    constants = array_like(k)
    for i in range(times):
        number = constants
        if rank_of(constants):
            row = shape_of(constants.type)[0].constant == 1
            number = lookup("getitem")(constants, index=IndexPattern((0 if row else i,), False))
        atom = _repeated(polyint, atom, 1)
        atom = lookup("add_to_slice")(atom, number, index=IndexPattern((-1,), False))
    return atom


def _repeated(row: Primitive, atom: Atom, m: Any) -> Atom:
    times = static(m, "m")
    if rank_of(atom) != 1 or not isinstance(times, int) or times < 0:
        raise ArgumentError(
            f"`np.{row.name}` takes a vector of coefficients and a number of times."
        )
    for _ in range(times):
        atom = current().apply(row, atom)
    return atom


# --- values --------------------------------------------------------------------------------------


def _infer_polyval(args: Sequence[Atom], statics: Statics) -> Type:
    numbers(args, "np.polyval")
    p, x = args
    if rank_of(p) != 1 or shape_of(p.type)[0].constant == 0:
        raise ShapeError("np.polyval takes a vector of coefficients.")
    dtype = np.result_type(dtype_of(p.type), dtype_of(x.type))
    if isinstance(x.type, Array) and not shape_of(x.type):
        return scalar_or_array(dtype, ())
    return scalar_or_array(dtype, shape_of(x.type))


def _slope(call: Call) -> Atom:
    p, x = call.args
    return current().apply(polyval, current().apply(polyder, p), x)


def _push_polyval(call: Call, tangents: Sequence[Atom | None]) -> Atom | None:
    (_, x), (p_dot, x_dot) = call.args, tangents
    first = None if p_dot is None else current().apply(polyval, p_dot, x)
    second = None if x_dot is None else as_atom(_slope(call) * x_dot)
    total = add(first, second)
    return None if total is None else fit_tangent(call.target, total)


def _pull_polyval(call: Call, y_bar: Atom, wanted: Sequence[bool]) -> list[Atom | None]:
    """The cotangent of each coefficient is ȳ times the power of x that it stands before."""
    p, x = call.args
    p_bar = x_bar = None
    if wanted[0]:
        count = as_atom(dimension(p, 0))
        if rank_of(x):
            flat, bars = (a if rank_of(a) == 1 else ravel(a) for a in (x, y_bar))
            table = current().apply(vander, flat, count)
            found = current().apply(matmul, current().apply(lookup("reverse_axes"), table), bars)
        else:
            found = as_atom(y_bar * power(x, _falling(_one_less(dimension(p, 0)), -1)))
        p_bar = fit_cotangent(p, found)
    if wanted[1]:
        x_bar = fit_cotangent(x, as_atom(y_bar * _slope(call)))
    return [p_bar, x_bar]


def _batch_polyval(call: Call, args: Sequence[Atom], flags: Sequence[bool]) -> Atom:
    """Rows of coefficients times the table of powers (only they are linear)."""
    p, x = args
    if flags[1]:
        raise ArgumentError("np.polyval is not linear in its second operand.")
    count = as_atom(dimension(p, 1))
    if not rank_of(x):
        powers = power(x, _falling(_one_less(dimension(p, 1)), -1))
        return current().apply(matmul, p, powers)
    table = current().apply(vander, x if rank_of(x) == 1 else ravel(x), count)
    found = current().apply(matmul, p, current().apply(lookup("reverse_axes"), table))
    return found if rank_of(x) == 1 else current().apply(lookup("reshape_rows"), found, x)


polyval: Primitive = general(
    "polyval",
    np.polyval,
    infer=_infer_polyval,
    spelling=Spelling("np.polyval(_0, _1)"),
    pushforward=_push_polyval,
    pullback=_pull_polyval,
    batch=_batch_polyval,
    samples=(
        Sample((_P, _X)),
        Sample((_P, 1.5)),
        Sample((_P, 0.0)),
        Sample((_P, _GRID)),
        Sample(([1.5, 2.0], [2.0])),
        Sample((_SINGLE, _SINGLE)),
    ),
)


def _polyval(p: Any, x: Any) -> Atom:
    return current().apply(polyval, array_like(p), array_like(x))


# --- angles --------------------------------------------------------------------------------------


def _only_itself(call: Call, y_bar: Atom, wanted: Sequence[bool]) -> list[Atom | None]:
    return [fit_cotangent(call.args[0], y_bar)]


# whole periods are added, and how many is constant between jumps: the derivative is the identity
unwrap = general(
    "unwrap",
    np.unwrap,
    infer=like_operand,
    spelling=Spelling("np.unwrap(_0)"),
    pushforward=lambda call, tangents: tangents[0],
    pullback=_only_itself,
    defaults={"discont": None, "axis": -1, "period": 2.0 * np.pi},
    samples=(
        Sample(([0.5, 2.5, 6.0, 0.25, 7.0],)),
        Sample((_GRID,), {"axis": 0}),
        Sample(([0.5, 2.5, 6.0],), {"period": 3.0}),
        Sample(([],)),
        Sample((_SINGLE,)),
    ),
)


def _unwrap(p: Any, discont: Any = None, axis: Any = -1, *, period: Any = 2.0 * np.pi) -> Atom:
    atom = array_like(p)
    if not is_inexact(atom.type) or isinstance(atom.type, PythonScalar) or not rank_of(atom):
        raise ShapeError("np.unwrap takes an array of floats.")
    refuse_complex([atom], "np.unwrap")
    options = {"discont": discont, "axis": axis, "period": period}
    given = {key: static(value, key) for key, value in options.items()}
    return current().apply(unwrap, atom, **differing(unwrap, **given))


FUNCTIONS: dict[Any, Any] = {
    np.polyval: _polyval,
    np.polyder: _polyder,
    np.polyint: _polyint,
    np.vander: _vander,
    np.unwrap: _unwrap,
}
