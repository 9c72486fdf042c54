"""Derivatives as they enter and leave a program: with the structure, shape, dtype and kind of their primal."""

from __future__ import annotations

import numpy as np

from adcompiler.errors import ArgumentError
from adcompiler.ir.builder import current
from adcompiler.ir.primitive import lookup
from adcompiler.ir.structure import Branch, Structure
from adcompiler.ir.types import (
    COMPLEX,
    Array,
    NumpyScalar,
    PythonScalar,
    dtype_of,
    is_complex,
    is_inexact,
    is_number,
    runs_as_float,
    shape_of,
)
from adcompiler.ir.values import Atom, Constant, Variable
from adcompiler.transform.problem import Problem, describe
from adcompiler.transform.variables import held, name_after


def returned(like: Variable, value: Atom | None, mark: str = "bar") -> Atom:
    """A derivative as it leaves the program: the shape, dtype and kind of its primal; zero where it is absent."""
    if value is None:
        if shape_of(like.type) == () and not isinstance(like.type, Array):
            value = Constant.of(0j if is_complex(like.type) else 0.0)
        else:
            value = name_after(current().apply(lookup("zeros_like"), like), like, mark)
    value = floating(value)
    if like.type == COMPLEX:
        if isinstance(value, Constant):
            return Constant.of(complex(value.value))
        if value.type == COMPLEX:
            return value
        return name_after(current().apply(lookup("to_complex"), value), like, mark)
    if isinstance(like.type, PythonScalar) and not _is_python_float(value):
        return name_after(current().apply(lookup("to_float"), value), like, mark)
    if isinstance(like.type, NumpyScalar):
        return name_after(
            current().apply(lookup("as_numpy_scalar"), value, dtype=like.type.dtype), like, mark
        )
    if isinstance(like.type, Array) and not like.type.shape:
        return name_after(
            current().apply(lookup("as_array"), value, dtype=like.type.dtype), like, mark
        )
    if isinstance(like.type, Array) and dtype_of(value.type) != like.type.dtype:
        return name_after(current().apply(lookup("cast"), value, dtype=like.type.dtype), like, mark)
    return value


def _is_python_float(value: Atom) -> bool:
    """The tangent of a NumPy scalar is one when the program runs, whatever its type says."""
    primal = value.of if isinstance(value, Variable) and value.mark else None
    return isinstance(value.type, PythonScalar) and (
        primal is None or isinstance(primal.type, PythonScalar)
    )


def floating(value: Atom) -> Atom:
    """∂(x·n)/∂x is n: as a derivative an int is a float."""
    if not isinstance(value.type, PythonScalar) or value.type.kind not in ("int", "bool"):
        return value
    return (
        Constant.of(float(value.value))
        if isinstance(value, Constant)
        else current().apply(lookup("to_float"), value)
    )


def block_of(result: Atom, arg: Atom, value: Atom) -> Atom:
    """A block of a Jacobian: numbers of the precision that result and argument share."""
    value = floating(value)
    dtypes = {a.type.dtype for a in (result, arg) if isinstance(a.type, (NumpyScalar, Array))}
    python = isinstance(result.type, PythonScalar) or isinstance(arg.type, PythonScalar)
    if python or len(dtypes) != 1 or dtypes == {np.dtype(float)}:
        return value
    (dtype,) = dtypes
    if isinstance(result.type, NumpyScalar) and isinstance(arg.type, NumpyScalar):
        return current().apply(lookup("as_numpy_scalar"), value, dtype=dtype)
    if not shape_of(value.type) or dtype_of(value.type) == dtype:
        return value
    return current().apply(lookup("cast"), value, dtype=dtype)


def kind_of(like: Atom, value: Atom, mark: str) -> Atom:
    """A scalar derivative as the kind of number that `like` is; a Python float may stand for np.float64."""
    if (
        not isinstance(like, Variable)
        or shape_of(like.type)
        or shape_of(value.type)
        or (
            runs_as_float(like.type)
            and not isinstance(value.type, Array)
            and (isinstance(value.type, PythonScalar) or not isinstance(like.type, PythonScalar))
        )
    ):
        return value
    return returned(like, value, mark)


def checked_like(
    like: Structure, given: Structure, what: str, problem: Problem, dtypes: bool = True
) -> list[Atom | None]:
    """The leaves of a tangent or cotangent, which has the structure, shape and dtype of `like`."""

    def refuse(fact: str) -> ArgumentError:
        return ArgumentError(
            f"the {what} does not fit: {fact}.",
            why=f"a {what} has the structure, shape and dtype of what it belongs to "
            "(None or 0.0 for leaves without derivative).",
            write=f"a {what} made like the value: the same containers, np.ones_like(x) for an array",
        )

    def same(a: Structure, b: Structure) -> list[Atom | None]:
        if isinstance(a, Branch):
            if not isinstance(b, Branch) or a.form[:2] != b.form[:2]:
                keys = f" of {', '.join(map(repr, b.keys))}" if isinstance(b, Branch) else ""
                raise refuse(
                    f"expected {describe(a)} of {', '.join(map(repr, a.keys))}, got {describe(b)}{keys}"
                )
            return [x for p, q in zip(a.children, b.children, strict=True) for x in same(p, q)]
        if isinstance(b, Branch):
            raise refuse(f"expected {describe(a)}, got {describe(b)}")
        if isinstance(b, Constant) and b.value is None:
            return [None]
        if not is_number(a.type) or not is_inexact(a.type):
            return [None]
        if not is_number(b.type):
            raise refuse(f"expected a number, got {b.type}")
        if len(shape_of(a.type)) != len(shape_of(b.type)):
            raise refuse(
                f"expected {len(shape_of(a.type))} axes ({a.type}), got {len(shape_of(b.type))} ({b.type})"
            )
        for m, n in zip(shape_of(a.type), shape_of(b.type), strict=True):
            if m != n and (
                (m.constant is not None and n.constant is not None)
                or (m.is_one != n.is_one and (m.cannot_be_one or n.cannot_be_one))
            ):
                raise refuse(
                    f"expected shape {tuple(map(str, shape_of(a.type)))}, got {tuple(map(str, shape_of(b.type)))}"
                )
        weak = isinstance(b.type, PythonScalar) and (
            b.type.kind in ("float", "int", "bool") or is_complex(a.type)
        )
        if isinstance(b.type, Array) and dtype_of(b.type).kind in "iu":
            b = current().apply(lookup("cast"), b, dtype=dtype_of(a.type))  # as a Python int is
        if not weak and dtype_of(a.type) != dtype_of(b.type):
            raise refuse(f"expected dtype {dtype_of(a.type)}, got {dtype_of(b.type)}")
        if isinstance(b.type, PythonScalar) and b.type.kind in ("int", "bool"):
            return [
                Constant.of(float(b.value))
                if isinstance(b, Constant)
                else current().apply(lookup("to_float"), b)
            ]
        if shape_of(a.type) and shape_of(a.type) != shape_of(b.type):
            checked = current().apply(lookup("same_shape"), b, a)
            return [checked]
        return [held(b)]

    return same(like, given)
