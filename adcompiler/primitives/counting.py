"""Counting into bins: bincount (linear in its weights) and histogram.

Which bin a number falls into jumps; between the jumps the counts are constant.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from adcompiler.errors import ArgumentError
from adcompiler.ir.builder import current
from adcompiler.ir.index import IndexPattern, Operand
from adcompiler.ir.lengths import Length, unknown
from adcompiler.ir.nodes import Call
from adcompiler.ir.primitive import Primitive, Spelling, Statics, lookup
from adcompiler.ir.types import Array, Type, shape_of
from adcompiler.ir.values import Atom, as_atom
from adcompiler.primitives.accumulation import fit_cotangent
from adcompiler.primitives.arrays import array_like, is_list
from adcompiler.primitives.dimensions import dimension, plus, token
from adcompiler.primitives.gathering import integers, unbatched
from adcompiler.primitives.indexing import accumulate
from adcompiler.primitives.inert import refuse_complex
from adcompiler.primitives.joining import part
from adcompiler.primitives.kinds import general, inert
from adcompiler.primitives.samples import Sample
from adcompiler.primitives.shaping import Flags, rank_of
from adcompiler.primitives.statics import static

INTP = np.dtype(np.intp)
_X = [0, 2, 2, 1]


def _bins(index: Atom, statics: Statics) -> Length:
    return unknown("len(bincount)", token(index), statics.get("minlength", 0))


def _infer_counts(args: Sequence[Atom], statics: Statics) -> Type:
    integers(args[0], "np.bincount")
    return Array(INTP, (_bins(args[0], statics),))


bincount = inert(
    "bincount",
    lambda x, minlength=0: np.bincount(x, minlength=minlength),
    infer=_infer_counts,
    spelling=Spelling("np.bincount(_0)"),
    defaults={"minlength": 0},
    samples=(Sample((_X,)), Sample((_X,), {"minlength": 5})),
)


def _infer_weighted(args: Sequence[Atom], statics: Statics) -> Type:
    weights, index = args
    integers(index, "np.bincount")
    refuse_complex([weights], "np.bincount")
    return Array(np.dtype(float), (_bins(index, statics),))


def _push_weighted(call: Call, tangents: Sequence[Atom | None]) -> Atom | None:
    if tangents[0] is None:
        return None
    return current().apply(weighted, tangents[0], call.args[1], **call.statics)


def _pull_weighted(call: Call, y_bar: Atom, wanted: Sequence[bool]) -> list[Atom | None]:
    """Each weight gets the cotangent of its bin."""
    weights, index = call.args
    read = current().apply(
        lookup("getitem"), y_bar, index, index=IndexPattern((Operand(0),), False)
    )
    return [fit_cotangent(weights, read), None]


def _batch_weighted(call: Call, args: Sequence[Atom], flags: Flags) -> Atom:
    unbatched(flags[1:])
    weights, index = args
    counts = current().apply(bincount, index, **call.statics)
    zeros = lookup("zeros")(dimension(weights, 0), dimension(counts, 0))
    return accumulate(zeros, weights, [index], part(1, Operand(0)))


weighted = general(
    "weighted_bincount",
    lambda weights, x, minlength=0: np.bincount(x, weights, minlength),
    infer=_infer_weighted,
    spelling=Spelling("np.bincount(_1, _0)"),
    pushforward=_push_weighted,
    pullback=_pull_weighted,
    batch=_batch_weighted,
    defaults={"minlength": 0},
    samples=(
        Sample(([1.0, 2.0, 3.5, 4.0], _X)),
        Sample(([1.0, 2.0, 3.5, 4.0], _X), {"minlength": 5}),
    ),
    description="the sums of operand 0 in the bins of operand 1",
)


def _bincount(x: Any, /, weights: Any = None, minlength: Any = 0) -> Atom:
    index, least = array_like(x), int(static(minlength, "minlength"))
    options: dict[str, Any] = {"minlength": least} if least else {}
    if weights is None:
        return current().apply(bincount, index, **options)
    return current().apply(weighted, array_like(weights), index, **options)


# --- histogram ------------------------------------------------------------------------------------


def _infer_histogram(args: Sequence[Atom], statics: Statics) -> Type:
    refuse_complex(args, "np.histogram")
    return Array(INTP, (shape_of(args[1].type)[0] - 1,))


histogram: Primitive = inert(
    "histogram",
    lambda x, edges: np.histogram(x, edges)[0],
    infer=_infer_histogram,
    spelling=Spelling("np.histogram(_0, _1)[0]"),
    samples=(Sample(([0.5, 1.5, 1.7], [0.0, 1.0, 2.0])),),
    description="how many numbers lie between two edges",
)


def _edges(x: Atom, bins: Any, limits: Any) -> Atom:
    """The edges as they are given, or evenly spaced between the limits."""
    if is_list(bins) or shape_of(array_like(bins).type):
        return array_like(bins)
    count = static(bins, "bins")
    if isinstance(count, str):
        raise ArgumentError(
            f"`np.histogram` with bins={count!r} is not supported.", write="a number of bins"
        )
    if limits is None:
        low, high = lookup("amin")(x), lookup("amax")(x)
        same = lookup("equal")(low, high)  # then NumPy takes half a unit on both sides
        low, high = low - lookup("where")(same, 0.5, 0.0), high + lookup("where")(same, 0.5, 0.0)
    else:
        low, high = limits
    return lookup("linspace")(low, high, plus(count, 1))  # type: ignore[no-any-return]


def _histogram(
    a: Any, bins: Any = 10, range: Any = None, density: Any = None, weights: Any = None
) -> tuple[Atom, Atom]:
    assert weights is None  # followed in Python
    x = _flat(a)
    edges = _edges(x, bins, range)
    counts = current().apply(histogram, x, edges)
    if not static(density, "density"):
        return counts, edges
    widths = lookup("diff")(edges)
    return as_atom(counts / widths / lookup("sum")(counts)), edges


def _flat(a: Any) -> Atom:
    x = array_like(a)
    return x if rank_of(x) == 1 else lookup("reshape")(x, -1)


def _bin_edges(a: Any, bins: Any = 10, range: Any = None, weights: Any = None) -> Atom:
    return _edges(_flat(a), bins, range)


FUNCTIONS: dict[Any, Any] = {
    np.bincount: _bincount,
    np.histogram: _histogram,
    np.histogram_bin_edges: _bin_edges,
}
