"""Norms of vectors and matrices, condition numbers.

At 0 the derivative of a norm is 0. The norms that are made of singular values, and the sums and
extremes of sizes, are compositions of rows that exist; ties share as with `max`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from adcompiler.errors import ArgumentError, ShapeError
from adcompiler.ir.builder import current
from adcompiler.ir.nodes import Call
from adcompiler.ir.primitive import Infer, Spelling, Statics, lookup
from adcompiler.ir.types import Type, dtype_of, is_complex, shape_of
from adcompiler.ir.values import Atom, Constant, as_atom
from adcompiler.primitives.accumulation import fit_cotangent, fit_tangent
from adcompiler.primitives.arrays import array_like
from adcompiler.primitives.axes import transposed
from adcompiler.primitives.complex_numbers import absolute_of, real_dtype
from adcompiler.primitives.inert import refuse_complex
from adcompiler.primitives.kinds import general
from adcompiler.primitives.matrices import conjugated, factor_dtype, real_part
from adcompiler.primitives.reductions import kept, reduced, reduction_type, sum_
from adcompiler.primitives.samples import Sample
from adcompiler.primitives.shapes import normalized_axes
from adcompiler.primitives.shaping import rank_of, ravel
from adcompiler.primitives.singular import values_alone
from adcompiler.primitives.solving import inverse
from adcompiler.primitives.statics import static
from adcompiler.primitives.statistics import safe_divisor

_V3 = [0.5, 1.5, 2.5]
_M23 = [[1.0, 2.0, 3.0], [4.0, 5.0, 6.5]]
_B23 = [_M23, [[0.5, 1.0, 1.5], [2.0, 2.5, 3.0]]]


def _floating(dtype: np.dtype[Any]) -> np.dtype[Any]:
    return np.dtype(float) if dtype.kind in "biu" else dtype


def _real(dtype: np.dtype[Any]) -> np.dtype[Any]:
    return real_dtype(_floating(dtype))


def _norm_type(name: str) -> Infer:
    plain = reduction_type(name, _floating)

    def infer(args: Sequence[Atom], statics: Statics) -> Type:
        refuse_complex(args, name)
        return plain(args, statics)

    return infer


# --- the 2-norm ----------------------------------------------------------------------------------


def _push_norm(call: Call, tangents: Sequence[Atom | None]) -> Atom | None:
    """y = √Σ|x|²: ẏ = Re Σ conj(x) ẋ / y, and 0 where y is 0."""
    if tangents[0] is None:
        return None
    products = as_atom(conjugated(call.args[0]) * tangents[0])
    total = real_part(current().apply(sum_, products, **call.statics))
    return fit_tangent(call.target, as_atom(total / safe_divisor(call.target)))


def _pull_norm(call: Call, y_bar: Atom, wanted: Sequence[bool]) -> list[Atom | None]:
    scale = kept(call, as_atom(y_bar / safe_divisor(call.target)))
    return [fit_cotangent(call.args[0], as_atom(scale * conjugated(call.args[0])))]


norm = general(
    "norm",
    lambda x, axis=None, keepdims=False: np.linalg.norm(x, axis=axis, keepdims=keepdims),
    infer=reduction_type("np.linalg.norm", _real),
    spelling=Spelling("np.linalg.norm(_0)"),
    pushforward=_push_norm,
    pullback=_pull_norm,
    defaults={"axis": None, "keepdims": False},
    samples=(
        Sample((_V3,)),
        Sample((_M23,)),
        Sample((_M23,), {"axis": 0}),
        Sample((_M23,), {"axis": -1, "keepdims": True}),
        Sample((_B23,), {"axis": (1, 2)}),
        Sample(([2.5],)),
        Sample((np.array(_V3, np.float32),)),
    ),
    description="the 2-norm; its derivative at 0 is 0",
    holomorphic=False,
)


# --- other powers --------------------------------------------------------------------------------


def _slope(call: Call) -> Atom:
    """∂y/∂x = sign(x) (|x| / y)^(p − 1) for y = (Σ|x|^p)^(1/p), and 0 where y is 0."""
    x, order = call.args[0], call.statics["ord"]
    sizes = current().apply(lookup("absolute"), x)
    ratio = as_atom(sizes / kept(call, safe_divisor(call.target)))
    power = as_atom(ratio ** Constant.of(order - 1))
    return as_atom(current().apply(lookup("sign"), x) * power)


def _push_power(call: Call, tangents: Sequence[Atom | None]) -> Atom | None:
    if tangents[0] is None:
        return None
    statics = {key: call.statics[key] for key in ("axis", "keepdims") if key in call.statics}
    total = current().apply(sum_, as_atom(_slope(call) * tangents[0]), **statics)
    return fit_tangent(call.target, total)


def _pull_power(call: Call, y_bar: Atom, wanted: Sequence[bool]) -> list[Atom | None]:
    return [fit_cotangent(call.args[0], as_atom(kept(call, y_bar) * _slope(call)))]


power_norm = general(
    "power_norm",
    lambda x, *, ord, axis=None, keepdims=False: np.linalg.norm(
        x, ord, axis=axis, keepdims=keepdims
    ),
    infer=_norm_type("np.linalg.norm"),
    spelling=Spelling("np.linalg.norm(_0, _ord)"),
    pushforward=_push_power,
    pullback=_pull_power,
    defaults={"axis": None, "keepdims": False},
    samples=(
        Sample((_V3,), {"ord": 3}),
        Sample(([0.5, -1.5, 2.5],), {"ord": 1.5}),
        Sample((_M23,), {"ord": 4, "axis": 0}),
        Sample((_M23,), {"ord": -2, "axis": -1, "keepdims": True}),
        Sample((_B23,), {"ord": 0.5, "axis": 1}),
        Sample(([2.5],), {"ord": 3}),
        Sample((np.array(_V3, np.float32),), {"ord": 3}),
    ),
    description="the vector norm (Σ|x|^p)^(1/p); its derivative at 0 is 0",
)


# --- the user's functions ------------------------------------------------------------------------


def _sizes(x: Atom) -> Atom:
    return absolute_of(x)


def _extreme(largest: bool) -> Any:
    return lookup("amax" if largest else "amin")


def _of_vectors(x: Atom, kind: Any, axis: Any, keepdims: bool) -> Atom:
    """`axis` is None (all elements), an int, or several (which then count as one vector)."""
    if kind in (np.inf, -np.inf):
        return reduced(_extreme(kind > 0), _sizes(x), axis, keepdims)
    if kind == 0:
        present = current().apply(lookup("not_equal"), x, 0.0)
        dtype = _real(dtype_of(x.type))
        found = current().apply(lookup("cast"), present, dtype=dtype)
        return reduced(sum_, found, axis, keepdims)
    if kind == 1:
        return reduced(sum_, _sizes(x), axis, keepdims)
    if kind in (None, 2):
        return reduced(norm, x, axis, keepdims)
    if isinstance(kind, (int, float)) and not isinstance(kind, bool):
        moduli = _sizes(x) if is_complex(x.type) else x
        return reduced(power_norm, moduli, axis, keepdims, ord=kind)
    raise ArgumentError(
        f"a vector has no norm with ord={kind!r}.", write="a number, np.inf or -np.inf"
    )


def _of_matrices(x: Atom, kind: Any, axes: tuple[int, int], keepdims: bool) -> Atom:
    rows, columns = axes
    if kind in (None, "fro"):
        return reduced(norm, x, axes, keepdims)
    if kind in (1, -1, np.inf, -np.inf):
        sums = reduced(sum_, _sizes(x), rows if abs(kind) == 1 else columns, True)
        return reduced(_extreme(kind > 0), sums, axes, keepdims)
    if kind not in ("nuc", 2, -2):
        raise ArgumentError(
            f"a matrix has no norm with ord={kind!r}.",
            write="'fro', 'nuc', 1, -1, 2, -2, np.inf or -np.inf",
        )
    factor_dtype(dtype_of(x.type), "np.linalg.norm")
    order = [k for k in range(rank_of(x)) if k not in axes]
    values = current().apply(values_alone, transposed(x, (*order, rows, columns)))
    found = reduced(sum_ if kind == "nuc" else _extreme(kind == 2), values, -1)
    if not keepdims:
        return found
    return current().apply(lookup("expand_dims"), found, axis=tuple(sorted(axes)))


def norm_of(x: Any, ord: Any = None, axis: Any = None, keepdims: Any = False) -> Atom:
    atom, kind, where = array_like(x), static(ord, "ord"), static(axis, "axis")
    keep, rank = bool(static(keepdims, "keepdims")), rank_of(atom)
    if where is None and (kind is None or (rank, kind) in ((1, 2), (2, "fro"))):
        return reduced(norm, atom, None, keep)
    if where is None:
        where = tuple(range(rank))
    where = tuple(where) if isinstance(where, (tuple, list)) else (where,)
    normalized_axes(where, rank)
    places = tuple(k % rank for k in where)
    if len(places) == 1:
        return _of_vectors(atom, kind, where[0] if rank > 1 else None, keep)
    if len(places) == 2:
        return _of_matrices(atom, kind, (places[0], places[1]), keep)
    raise ShapeError("`np.linalg.norm` takes one axis or two.", write="x.ravel() for all elements")


def _vector_norm(x: Any, *, axis: Any = None, keepdims: Any = False, ord: Any = 2) -> Atom:
    atom, where, kind = array_like(x), static(axis, "axis"), static(ord, "ord")
    keep = bool(static(keepdims, "keepdims"))
    if isinstance(where, (tuple, list)) and kind not in (None, 0, 1, 2, np.inf, -np.inf):
        raise ArgumentError(
            f"`np.linalg.vector_norm` over several axes with ord={kind!r} is not supported.",
            write="the axes joined by a reshape",
        )
    if where is None and rank_of(atom) > 1:
        flat = _of_vectors(ravel(atom), kind, None, False)
        axes = tuple(range(rank_of(atom)))
        return current().apply(lookup("expand_dims"), flat, axis=axes) if keep else flat
    return _of_vectors(atom, kind, tuple(where) if isinstance(where, list) else where, keep)


def _matrix_norm(x: Any, *, keepdims: Any = False, ord: Any = "fro") -> Atom:
    return norm_of(x, ord, (-2, -1), keepdims)


def _cond(x: Any, p: Any = None) -> Atom:
    """The quotient of the extreme singular values, or ‖A‖ ‖A⁻¹‖."""
    atom, kind = array_like(x), static(p, "p")
    if len(shape_of(atom.type)) < 2:
        raise ShapeError("`np.linalg.cond` needs a matrix.")
    if kind in (None, 2, -2):
        values = current().apply(values_alone, atom)
        large, small = (reduced(_extreme(which), values, -1) for which in (True, False))
        return as_atom(small / large if kind == -2 else large / small)
    return as_atom(
        _matrix_norm(atom, ord=kind) * _matrix_norm(current().apply(inverse, atom), ord=kind)
    )


FUNCTIONS: dict[Any, Any] = {
    np.linalg.norm: norm_of,
    np.linalg.vector_norm: _vector_norm,
    np.linalg.matrix_norm: _matrix_norm,
    np.linalg.cond: _cond,
}
