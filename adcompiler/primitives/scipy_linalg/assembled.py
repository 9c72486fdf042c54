"""Matrices put together from others, and questions about the form of a matrix."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from scipy import linalg

from adcompiler.errors import ShapeError
from adcompiler.ir.builder import current
from adcompiler.ir.index import IndexPattern, Operand, Slice
from adcompiler.ir.lengths import Length, unknown
from adcompiler.ir.nodes import Call
from adcompiler.ir.primitive import Primitive, Spelling, Statics, lookup
from adcompiler.ir.types import BOOL, INT, Array, Type, dtype_of, shape_of
from adcompiler.ir.values import Atom, as_atom
from adcompiler.primitives.accumulation import fit_cotangent, fit_tangent
from adcompiler.primitives.arrays import array_like
from adcompiler.primitives.complex_numbers import absolute_of
from adcompiler.primitives.derived import derived
from adcompiler.primitives.dimensions import Dimension, dimension, plus, times
from adcompiler.primitives.joining import same_length
from adcompiler.primitives.kinds import general, inert, linear
from adcompiler.primitives.matrices import square_shape, swapped
from adcompiler.primitives.samples import Sample
from adcompiler.primitives.scipy_linalg.directions import of_stacks
from adcompiler.primitives.scipy_linalg.inverses import POLAR
from adcompiler.primitives.scipy_linalg.reading import accepted
from adcompiler.primitives.shapes import broadcast_shapes, length_of, numbers, promoted_dtype
from adcompiler.primitives.shaping import rank_of, reshaped
from adcompiler.primitives.singular import values_alone
from adcompiler.primitives.statics import differing, static

_A, _B = [[1.0, 2.0], [3.0, 4.0], [5.0, 6.5]], [[0.5, -1.0], [2.0, 0.25]]


def _zeros(x: Atom) -> Atom:
    return current().apply(lookup("zeros_like"), x)


def _of_all(row: Primitive, call: Call, tangents: Sequence[Atom | None]) -> Atom | None:
    """The row, which is linear in all operands together, of their tangents."""
    if all(t is None for t in tangents):
        return None
    pairs = zip(call.args, tangents, strict=True)
    parts = [_zeros(a) if t is None else fit_tangent(a, t) for a, t in pairs]
    return fit_tangent(call.target, current().apply(row, *parts))


# --- block_diag ----------------------------------------------------------------------------------


def _infer_blocks(args: Sequence[Atom], statics: Statics) -> Type:
    numbers(args, "linalg.block_diag")
    shapes = [shape_of(arg.type) for arg in args]
    if any(len(shape) < 2 for shape in shapes):
        raise ShapeError("`linalg.block_diag` takes matrices here.", write="x[None] for a row")
    rows, columns = Length.of(0), Length.of(0)
    for shape in shapes:
        rows, columns = rows + shape[-2], columns + shape[-1]
    lead = broadcast_shapes([shape[:-2] for shape in shapes])
    return Array(promoted_dtype([arg.type for arg in args]), (*lead, rows, columns))


_BLOCK = IndexPattern(
    (Ellipsis, Slice(Operand(0), Operand(1)), Slice(Operand(2), Operand(3))), True
)


def _pull_blocks(call: Call, y_bar: Atom, wanted: Sequence[bool]) -> list[Atom | None]:
    found: list[Atom | None] = []
    row: Dimension = 0
    column: Dimension = 0
    for arg, want in zip(call.args, wanted, strict=True):
        below, right = plus(row, dimension(arg, -2)), plus(column, dimension(arg, -1))
        bar: Atom | None = None
        if want:
            places = row, below, column, right
            bar = current().apply(lookup("getitem"), y_bar, *places, index=_BLOCK)
            bar = fit_cotangent(arg, bar)
        found.append(bar)
        row, column = below, right
    return found


block_diag: Primitive = general(
    "block_diag",
    linalg.block_diag,
    infer=_infer_blocks,
    spelling=Spelling("linalg.block_diag(*_args)"),
    pushforward=lambda call, tangents: _of_all(block_diag, call, tangents),
    pullback=_pull_blocks,
    batch=of_stacks,
    samples=(Sample((_A, _B)), Sample((_B, [[1.5]], _A)), Sample((_A,))),
    description="matrices along a diagonal",
)


# --- products, vectors ---------------------------------------------------------------------------


def _columns_multiplied(a: Atom, b: Atom) -> Atom:
    """Each column the Kronecker product of two columns."""
    left = current().apply(lookup("expand_dims"), a, axis=-2)
    right = current().apply(lookup("expand_dims"), b, axis=-3)
    rows = times(dimension(a, 0), dimension(b, 0))
    return reshaped(as_atom(left * right), (rows, dimension(a, 1)))


def _infer_khatri_rao(args: Sequence[Atom], statics: Statics) -> Type:
    numbers(args, "linalg.khatri_rao")
    if any(rank_of(arg) != 2 for arg in args):
        raise ShapeError("`linalg.khatri_rao` takes matrices here.")
    a, b = (shape_of(arg.type) for arg in args)
    columns = same_length([a[1], b[1]], "`linalg.khatri_rao`")
    return Array(promoted_dtype([arg.type for arg in args]), (a[0] * b[0], columns))


khatri_rao = derived(
    "khatri_rao",
    linalg.khatri_rao,
    definition=_columns_multiplied,
    infer=_infer_khatri_rao,
    spelling=Spelling("linalg.khatri_rao(_0, _1)"),
    samples=(Sample((_A, _B)), Sample((_B, _B))),
    description="column by column the Kronecker product",
)


def _infer_square_of(name: str) -> Any:
    def infer(args: Sequence[Atom], statics: Statics) -> Type:
        numbers(args, name)
        if any(rank_of(arg) != 1 for arg in args):
            raise ShapeError(f"`{name}` takes vectors here.", write="x.ravel()")
        (size,) = shape_of(args[0].type)
        return Array(promoted_dtype([arg.type for arg in args]), (size, size))

    return infer


def _distances(a: Atom) -> Atom:
    return absolute_of(as_atom(current().apply(lookup("expand_dims"), a, axis=-1) - a))


fiedler = derived(
    "fiedler",
    linalg.fiedler,
    definition=_distances,
    infer=_infer_square_of("linalg.fiedler"),
    spelling=Spelling("linalg.fiedler(_0)"),
    samples=(Sample(([1.0, 2.5, -0.75],)),),
    description="|aᵢ − aⱼ|",
)


def _pull_leslie(call: Call, y_bar: Atom, wanted: Sequence[bool]) -> list[Atom | None]:
    first, below = call.args
    row = current().apply(lookup("getitem"), y_bar, index=IndexPattern((0,), False))
    diagonal = current().apply(lookup("diagonal"), y_bar, offset=-1)
    return [
        fit_cotangent(first, row) if wanted[0] else None,
        fit_cotangent(below, diagonal) if wanted[1] else None,
    ]


leslie: Primitive = general(
    "leslie",
    linalg.leslie,
    infer=_infer_square_of("linalg.leslie"),
    spelling=Spelling("linalg.leslie(_0, _1)"),
    pushforward=lambda call, tangents: _of_all(leslie, call, tangents),
    pullback=_pull_leslie,
    samples=(Sample(([0.5, 2.0, 1.0], [0.75, 0.5])),),
    description="`linalg.leslie`",
)


def _infer_diagsvd(args: Sequence[Atom], statics: Statics) -> Type:
    numbers(args, "linalg.diagsvd")
    lengths = [length_of(arg) or unknown("a length of linalg.diagsvd", arg) for arg in args[1:]]
    return Array(dtype_of(args[0].type), tuple(lengths))


def _values_back(call: Call, y_bar: Atom) -> Atom:
    return current().apply(lookup("diagonal"), y_bar)


diagsvd = linear(
    "diagsvd",
    linalg.diagsvd,
    infer=_infer_diagsvd,
    spelling=Spelling("linalg.diagsvd(_0, _1, _2)"),
    transpose=_values_back,
    samples=(Sample(([2.0, 1.0], 2, 3)), Sample(([2.0, 1.0], 3, 2))),
    description="singular values as the matrix between the bases",
)


# --- questions -----------------------------------------------------------------------------------


def _question(name: str) -> Primitive:
    return inert(
        name,
        getattr(linalg, name),
        infer=lambda args, statics: BOOL,
        spelling=Spelling(f"linalg.{name}(_0)"),
        defaults={"atol": None, "rtol": None},
        samples=(Sample((_B,)), Sample((_B,), {"atol": 4.0})),
    )


def _width(index: int) -> Primitive:
    def infer(args: Sequence[Atom], statics: Statics) -> Type:
        square_shape(args, "linalg.bandwidth")
        return INT

    return inert(
        f"bandwidth_{('lower', 'upper')[index]}",
        lambda x: int(linalg.bandwidth(x)[index]),
        infer=infer,
        spelling=Spelling(f"linalg.bandwidth(_0)[{index}]", results=2),
        samples=(Sample((_B,)),),
    )


_SYMMETRIC, _HERMITIAN = _question("issymmetric"), _question("ishermitian")
_WIDTHS = _width(0), _width(1)


# --- the user's functions ------------------------------------------------------------------------


def _block_diag(*arrs: Any) -> Atom:
    return current().apply(block_diag, *map(array_like, arrs))


def _khatri_rao(a: Any, b: Any) -> Atom:
    return current().apply(khatri_rao, array_like(a), array_like(b))


def _fiedler(a: Any) -> Atom:
    return current().apply(fiedler, array_like(a))


def _leslie(f: Any, s: Any) -> Atom:
    return current().apply(leslie, array_like(f), array_like(s))


def _diagsvd(s: Any, M: Any, N: Any) -> Atom:  # noqa: N803 - SciPy's names
    return current().apply(diagsvd, array_like(s), as_atom(M), as_atom(N))


def _asked(row: Primitive) -> Any:
    def call(a: Any, atol: Any = None, rtol: Any = None) -> Atom:
        options = differing(row, atol=static(atol, "atol"), rtol=static(rtol, "rtol"))
        return current().apply(row, array_like(a), **options)

    call.__name__ = row.name
    return call


def _bandwidth(a: Any) -> tuple[Atom, ...]:
    return tuple(current().apply(row, array_like(a)) for row in _WIDTHS)


def _orthogonal_procrustes(A: Any, B: Any) -> tuple[Atom, Atom]:  # noqa: N803
    """The unitary polar factor of Aᵀ B, and the sum of its singular values."""
    inner = current().apply(lookup("matmul"), swapped(array_like(A)), array_like(B))
    total = current().apply(lookup("sum"), current().apply(values_alone, inner))
    return current().apply(POLAR[0], inner), total


FUNCTIONS: dict[Any, Any] = {
    linalg.block_diag: _block_diag,
    linalg.khatri_rao: _khatri_rao,
    linalg.fiedler: _fiedler,
    linalg.leslie: _leslie,
    linalg.diagsvd: _diagsvd,
    linalg.issymmetric: _asked(_SYMMETRIC),
    linalg.ishermitian: _asked(_HERMITIAN),
    linalg.bandwidth: _bandwidth,
    linalg.orthogonal_procrustes: accepted(_orthogonal_procrustes),
}
