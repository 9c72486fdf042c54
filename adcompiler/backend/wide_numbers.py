"""A Python float that stands for an `np.float64` becomes one where that matters: beside single precision.

The fast spelling runs ``np.sqrt(d)`` of a Python float as ``math.sqrt(d)``.  With a `float32` array NumPy's number
gives `float64` and Python's, being weak (NEP 50), `float32`: there it is written ``np.float64(…)``.

>>> from adcompiler.ir.builder import Builder
>>> from adcompiler.ir.lengths import Length
>>> from adcompiler.ir.nodes import Parameter
>>> from adcompiler.ir.text import to_text
>>> from adcompiler.ir.types import FLOAT
>>> import adcompiler.primitives.catalogue
>>> d, y = Variable("d", FLOAT), Variable("y", Array(np.dtype(np.float32), (Length.symbol("n"),)))
>>> with Builder(style="numpy").active() as b:
...     scaled = y / b.apply(lookup("sqrt"), d)
>>> print(to_text(with_wide_numbers(Function("f", (Parameter("d", d), Parameter("y", y)), b.block(), scaled))).rstrip())
f(d: float, y: float32[n])
    v1: np.float64 = sqrt(d)
    v2: np.float64 = as_numpy_scalar(v1, dtype=float64)
    v3: float64[n] = divide(y, v2)
    return v3
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from adcompiler.ir.nodes import Block, Call, Function, Statement
from adcompiler.ir.primitive import lookup
from adcompiler.ir.types import (
    COMPLEX,
    FLOAT,
    INT,
    Array,
    NumpyScalar,
    PythonScalar,
    dtype_of,
    is_number,
)
from adcompiler.ir.values import Atom, Variable
from adcompiler.ir.walk import all_statements, rebuilt_blocks

_WEAK = {
    np.dtype(np.float64): FLOAT,
    np.dtype(np.complex128): COMPLEX,
    np.dtype(np.int64): INT,
}
_NARROW = frozenset({"f2", "f4", "c8"})
#: they take their numbers from elsewhere, or keep the dtype of what they write into
_UNTOUCHED = frozenset({"kept", "invoked", "part", "list"})


def with_wide_numbers(function: Function) -> Function:
    """The function with ``np.float64(x)`` where a Python float in its place would give another dtype."""
    calls = [s for s in all_statements(function.body) if isinstance(s, Call)]
    if not any(_has_narrow(s) for s in calls):
        return function
    by_numpy = {s.target for s in calls if _is_by_numpy(s)}
    by_numpy |= {v for v in function.inputs if not v.mark}

    def widened(block: Block) -> Block:
        statements: list[Statement] = []
        for s in block.statements:
            if isinstance(s, Call) and _has_narrow(s):
                args = tuple(
                    _as_numpy(s, a, statements) if a not in by_numpy and _decides(s, k) else a
                    for k, a in enumerate(s.args)
                )
                s = s if args == s.args else replace(s, args=args)
            statements.append(s)
        return Block(tuple(statements), block.results)

    return rebuilt_blocks(function, widened)


def _has_narrow(s: Call) -> bool:
    if s.primitive.memory == "update" or s.primitive.kind in _UNTOUCHED:
        return False
    return any(_is_narrow(a) for a in s.args) and any(_may_be_weak(a) for a in s.args)


def _is_narrow(atom: Atom) -> bool:
    return isinstance(atom.type, (NumpyScalar, Array)) and dtype_of(atom.type).str[1:] in _NARROW


def _may_be_weak(atom: Atom) -> bool:
    return (
        isinstance(atom, Variable)
        and isinstance(atom.type, NumpyScalar)
        and atom.type.dtype in _WEAK
    )


def _is_by_numpy(s: Call) -> bool:
    """True where the number surely is one of NumPy's: it comes out of an array."""
    return s.primitive.name == "as_numpy_scalar" or any(isinstance(a.type, Array) for a in s.args)


def _decides(s: Call, position: int) -> bool:
    """True where the result would be another one if this operand were a Python number."""
    atom = s.args[position]
    if not _may_be_weak(atom) or position in s.primitive.shape_only:
        return False
    if not is_number(s.target.type) or dtype_of(s.target.type).kind == "b":
        return True  # a comparison rounds what is weak
    weak = Variable(None, _WEAK[dtype_of(atom.type)])
    args = (*s.args[:position], weak, *s.args[position + 1 :])
    found = s.primitive.infer(args, s.statics)
    return isinstance(found, PythonScalar) or dtype_of(found) != dtype_of(s.target.type)


def _as_numpy(s: Call, atom: Atom, statements: list[Statement]) -> Atom:
    number = Variable(None, atom.type)
    statements.append(
        Call(
            number,
            lookup("as_numpy_scalar"),
            (atom,),
            {"dtype": dtype_of(atom.type)},
            origin=s.origin,
            role=s.role,
        )
    )
    return number
