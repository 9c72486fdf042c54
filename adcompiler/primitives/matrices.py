"""What rules about matrices are written with: transposes, triangles, identities, scaled columns.

A matrix is what the last two axes hold; all axes in front of them number matrices of a stack.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from adcompiler.errors import ArgumentError, ShapeError
from adcompiler.ir.builder import current
from adcompiler.ir.lengths import Length, unknown
from adcompiler.ir.nodes import Call
from adcompiler.ir.primitive import Primitive, Spelling, Statics, lookup
from adcompiler.ir.types import Array, Type, dtype_of, is_complex, shape_of
from adcompiler.ir.values import Atom, as_atom
from adcompiler.primitives.arrays import array_like
from adcompiler.primitives.axes import transposed
from adcompiler.primitives.joining import same_length
from adcompiler.primitives.kinds import inert, linear
from adcompiler.primitives.samples import Sample
from adcompiler.primitives.shapes import Shape, numbers
from adcompiler.primitives.shaping import rank_of
from adcompiler.primitives.statics import static

Flags = Sequence[bool]


# --- types ---------------------------------------------------------------------------------------


def factor_dtype(dtype: np.dtype[Any], name: str) -> np.dtype[Any]:
    """LAPACK computes in single and double precision; integers become float64."""
    if dtype.kind in "biu":
        return np.dtype(float)
    if dtype.char not in "fdFD":
        raise ArgumentError(
            f"`{name}` of {dtype} is not supported.",
            why="NumPy has it for single and double precision only.",
            write="x.astype(float)",
        )
    return dtype


def matrix_shape(args: Sequence[Atom], name: str) -> Shape:
    """The shape of operand 0, which is a matrix or a stack of them."""
    numbers(args, name)
    shape = shape_of(args[0].type)
    if len(shape) < 2:
        raise ShapeError(f"`{name}` needs a matrix and got {args[0].type}.")
    return shape


def square_shape(args: Sequence[Atom], name: str) -> tuple[Shape, Length]:
    """The leading axes and the size of square matrices (NumPy itself raises where they are not)."""
    shape = matrix_shape(args, name)
    return shape[:-2], same_length(shape[-2:], f"`{name}`")


def shorter(rows: Length, columns: Length) -> Length:
    """The length of a diagonal: the smaller of two lengths."""
    if rows == columns:
        return rows
    if rows.constant is not None and columns.constant is not None:
        return Length.of(min(rows.constant, columns.constant))
    return unknown(f"min({rows}, {columns})", rows, columns)


# --- transposes and products ---------------------------------------------------------------------


def swapped(x: Atom) -> Atom:
    """The last two axes exchanged: ``x.T`` of a matrix."""
    rank = rank_of(x)
    return transposed(x, (*range(rank - 2), rank - 1, rank - 2))


def conjugated(x: Atom) -> Atom:
    """The conjugate; a real matrix is its own."""
    return current().apply(lookup("conjugate"), x) if is_complex(x.type) else x


def hermitian(x: Atom) -> Atom:
    """The conjugate transpose."""
    return conjugated(swapped(x))


def real_part(x: Atom) -> Atom:
    return current().apply(lookup("real"), x) if is_complex(x.type) else x


def imaginary_part(x: Atom) -> Atom:
    """Of what is known to be complex."""
    return current().apply(lookup("imag"), x)


def product(*factors: Atom) -> Atom:
    """Matrices multiplied from left to right."""
    result = factors[0]
    for factor in factors[1:]:
        result = current().apply(lookup("matmul"), result, factor)
    return result


def column(x: Atom) -> Atom:
    """Vectors in the last axis as matrices of one column."""
    return current().apply(lookup("expand_dims"), x, axis=-1)


def line(x: Atom) -> Atom:
    """Vectors in the last axis as matrices of one row, which scale columns where they multiply."""
    return x if rank_of(x) < 2 else current().apply(lookup("expand_dims"), x, axis=-2)


def by_matrix(x: Atom) -> Atom:
    """One number for each matrix, ready to multiply it."""
    return x if not rank_of(x) else current().apply(lookup("expand_dims"), x, axis=(-2, -1))


# --- triangles -----------------------------------------------------------------------------------


def _infer_triangle(args: Sequence[Atom], statics: Statics) -> Type:
    shape = matrix_shape(args, "np.tril")
    return Array(dtype_of(args[0].type), shape)


def _batch_triangle(call: Call, args: Sequence[Atom], flags: Flags) -> Atom:
    return current().apply(call.primitive, args[0], **call.statics)


def _triangle(name: str, function: Any) -> Primitive:
    def back(call: Call, y_bar: Atom) -> Atom:
        return current().apply(lookup(name), y_bar, **call.statics)

    grid = [[1.0, 2.0, 3.0], [4.0, 5.0, 6.5]]
    return linear(
        name,
        lambda x, k=0: function(x, k),
        infer=_infer_triangle,
        spelling=Spelling(f"np.{name}(_0)"),
        transpose=back,
        batch=_batch_triangle,
        defaults={"k": 0},
        samples=(
            Sample((grid,)),
            Sample((grid,), {"k": -1}),
            Sample((grid,), {"k": 2}),
            Sample(([grid, grid],), {"k": 1}),
            Sample(([[1.5]],)),
            Sample((np.array([[1.0, 2.0], [3.0, 4.0]], np.float32),)),
        ),
    )


tril = _triangle("tril", np.tril)
triu = _triangle("triu", np.triu)


def triangle(x: Atom, lower: bool, k: int = 0) -> Atom:
    """The lower triangle (the upper one) below (above) the k-th diagonal."""
    statics: dict[str, Any] = {} if k == 0 else {"k": -k if lower else k}
    return current().apply(tril if lower else triu, x, **statics)


def halved_triangle(x: Atom, lower: bool = True) -> Atom:
    """Φ(x): the triangle with half of the diagonal, so that Φ(x + xᴴ) + Φ(x + xᴴ)ᴴ = x + xᴴ."""
    return as_atom(0.5 * (triangle(x, lower) + triangle(x, lower, 1)))


def mirrored(x: Atom, lower: bool = True) -> Atom:
    """The symmetric (Hermitian) matrix that a function sees which reads only one triangle.

    The imaginary parts on the diagonal are not read either.
    """
    if is_complex(x.type):
        half = halved_triangle(x, lower)
        return as_atom(half + hermitian(half))
    return as_atom(triangle(x, lower) + swapped(triangle(x, lower, 1)))


def onto_triangle(x: Atom, lower: bool = True) -> Atom:
    """The adjoint of `mirrored`: what belongs to an element that is read stands there, twice used."""
    if is_complex(x.type):
        return halved_triangle(as_atom(x + hermitian(x)), lower)
    return as_atom(triangle(x, lower) + triangle(swapped(x), lower, 1))


# --- identities ----------------------------------------------------------------------------------


def _infer_identity(args: Sequence[Atom], statics: Statics) -> Type:
    size = shape_of(args[0].type)[-1]
    return Array(np.dtype(statics.get("dtype", float)), (size, size))


identity = inert(
    "identity_matrix",
    lambda x, dtype=float: np.eye(np.shape(x)[-1], dtype=dtype),
    infer=_infer_identity,
    spelling=Spelling("np.eye(_0.shape[-1])"),
    shape_only=(0,),
    defaults={"dtype": np.dtype(float)},
    samples=(
        Sample(([1.0, 2.0, 3.0],)),
        Sample(([[1.0, 2.0, 3.0]],)),
        Sample(([1.0, 2.0],), {"dtype": np.dtype(np.float32)}),
    ),
    description="the identity matrix of the size of the last axis",
)


def identity_like(x: Atom) -> Atom:
    """The identity matrix as large as the last axis of `x`."""
    dtype = dtype_of(x.type)
    statics: dict[str, Any] = {} if dtype == np.dtype(float) else {"dtype": dtype}
    return current().apply(identity, x, **statics)


def reciprocal_gaps(gaps: Atom) -> Atom:
    """1 / gaps off the diagonal and 0 on it, for gaps that are 0 on the diagonal.

    Where values coincide a gap is 0 off the diagonal, too: 1/0 is infinite, so that a derivative
    that does not exist cannot pass for a number.
    """
    unit = identity_like(gaps)
    return as_atom(1.0 / (gaps + unit) - unit)


# --- the user's functions ------------------------------------------------------------------------


def _of_triangle(row: Primitive) -> Any:
    def call(m: Any, k: Any = 0) -> Atom:
        x, diagonal = array_like(m), static(k, "k")
        if rank_of(x) < 2:
            raise ShapeError(f"`np.{row.name}` takes a matrix here.")
        statics: dict[str, Any] = {} if diagonal == 0 else {"k": int(diagonal)}
        return current().apply(row, x, **statics)

    call.__name__ = row.name
    return call


def _matrix_transpose(x: Any) -> Atom:
    atom = array_like(x)
    if rank_of(atom) < 2:
        raise ShapeError("`np.matrix_transpose` needs a matrix.")
    return swapped(atom)


FUNCTIONS: dict[Any, Any] = {
    np.tril: _of_triangle(tril),
    np.triu: _of_triangle(triu),
    np.matrix_transpose: _matrix_transpose,
    np.linalg.matrix_transpose: _matrix_transpose,
}
ATTRIBUTES: dict[str, Any] = {"mT": _matrix_transpose}
