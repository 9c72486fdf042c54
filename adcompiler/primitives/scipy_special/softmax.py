"""logsumexp, softmax and log_softmax.

The derivative of a logarithm of a sum of exponentials is the weight of each, exp(a - y), which is 0 where all are 0
(y is -inf).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from scipy import special

from adcompiler.ir.builder import current
from adcompiler.ir.nodes import Call
from adcompiler.ir.primitive import Infer, Primitive, Spelling, Statics
from adcompiler.ir.types import Type, scalar_or_array, shape_of
from adcompiler.ir.values import Atom, as_atom
from adcompiler.primitives.accumulation import fit_cotangent, fit_tangent
from adcompiler.primitives.arrays import array_like
from adcompiler.primitives.exponential import exp
from adcompiler.primitives.inert import isinf, refuse_complex
from adcompiler.primitives.kinds import add, general, inert
from adcompiler.primitives.reductions import REDUCED, kept, reduced_shape, sum_
from adcompiler.primitives.samples import Sample
from adcompiler.primitives.selection import where
from adcompiler.primitives.shapes import broadcast_shapes, numbers, promoted_dtype
from adcompiler.primitives.shaping import rank_of
from adcompiler.primitives.statics import static

_ROW = [1.0, 2.5, -3.0]
_GRID = [[1.0, 0.5, -1.0], [0.25, 2.0, 0.75]]
_BOX = [[[1.0, 2.0], [0.5, -0.5]], [[-1.0, 0.3], [0.7, 1.5]]]
_SINGLE = np.array([1.5, -0.5, 2.0], np.float32)
_SAMPLES = (
    Sample((_ROW,)),
    Sample((_GRID,)),
    Sample((_GRID,), {"axis": 0}),
    Sample((_GRID,), {"axis": -1, "keepdims": True}),
    Sample((_GRID,), {"keepdims": True}),
    Sample((_BOX,), {"axis": (0, -1)}),
    Sample((1.5,)),
    Sample(([2.5],)),
    Sample((_SINGLE,)),
)


def _floating(types: Sequence[Type]) -> np.dtype[Any]:
    dtype = promoted_dtype(types)
    return np.dtype(float) if dtype.kind in "biu" else dtype


def _infer_reduced(args: Sequence[Atom], statics: Statics) -> Type:
    numbers(args, "special.logsumexp")
    refuse_complex(args, "special.logsumexp")
    shape = broadcast_shapes([shape_of(a.type) for a in args])
    return scalar_or_array(_floating([a.type for a in args]), reduced_shape(shape, statics))


# --- logsumexp ------------------------------------------------------------------------------------


def _weights(call: Call, sign: Atom | None = None) -> Atom:
    """exp(a - y), of which the sum over the axes is 1 (with the weights b and the sign of it all)."""
    y = call.target
    found = exp(call.args[0] - kept(call, where(isinf(y), 0.0, y)))
    return as_atom(found if sign is None else found * kept(call, sign))


Sign = Callable[[Call], Atom | None]


def _push(sign: Sign) -> Callable[[Call, Sequence[Atom | None]], Atom | None]:
    def pushforward(call: Call, dots: Sequence[Atom | None]) -> Atom | None:
        change = dots[0]
        if len(call.args) == 2:
            a_dot, b_dot = dots
            change = add(None if a_dot is None else as_atom(call.args[1] * a_dot), b_dot)
        if change is None:
            return None
        product = as_atom(_weights(call, sign(call)) * change)
        return fit_tangent(call.target, _total(product, call))

    return pushforward


def _total(value: Atom, call: Call) -> Atom:
    """The sum over the axes of a call."""
    return current().apply(sum_, value, **call.statics) if rank_of(value) else value


def _pull(sign: Sign) -> Callable[[Call, Atom, Sequence[bool]], list[Atom | None]]:
    def pullback(call: Call, y_bar: Atom, wanted: Sequence[bool]) -> list[Atom | None]:
        share = as_atom(kept(call, y_bar) * _weights(call, sign(call)))
        found: list[Atom | None] = [None] * len(call.args)
        if wanted[0]:
            own = share if len(call.args) == 1 else as_atom(share * call.args[1])
            found[0] = fit_cotangent(call.args[0], own)
        if len(call.args) == 2 and wanted[1]:
            found[1] = fit_cotangent(call.args[1], share)
        return found

    return pullback


def _no_sign(call: Call) -> None:
    return None


logsumexp = general(
    "logsumexp",
    lambda a, axis=None, keepdims=False: special.logsumexp(a, axis=axis, keepdims=keepdims),
    infer=_infer_reduced,
    spelling=Spelling("special.logsumexp(_0)"),
    pushforward=_push(_no_sign),
    pullback=_pull(_no_sign),
    defaults=REDUCED,
    samples=_SAMPLES,
)
_WEIGHTED_SAMPLES = (
    Sample((_ROW, [0.5, 1.5, 2.0])),
    Sample((_GRID, [0.5, 1.5, 2.0])),
    Sample((_GRID, [0.5, 1.5, 2.0]), {"axis": 0}),
    Sample((_GRID, [[0.5], [1.5]]), {"axis": -1, "keepdims": True}),
    Sample((_ROW, 0.5)),
    Sample((1.5, 0.5)),
)
logsumexp_weighted = general(
    "logsumexp_weighted",
    lambda a, b, axis=None, keepdims=False: special.logsumexp(a, b=b, axis=axis, keepdims=keepdims),
    infer=_infer_reduced,
    spelling=Spelling("special.logsumexp(_0, b=_1)"),
    pushforward=_push(_no_sign),
    pullback=_pull(_no_sign),
    defaults=REDUCED,
    samples=_WEIGHTED_SAMPLES,
)


def _signed(operands: str, samples: Sequence[Sample]) -> tuple[Primitive, Primitive]:
    """The logarithm of the modulus of the sum, and the sign of the sum."""

    def run(number: int) -> Callable[..., Any]:
        def function(a: Any, *b: Any, axis: Any = None, keepdims: bool = False) -> Any:
            weights = b[0] if b else None
            return special.logsumexp(a, axis, weights, keepdims, return_sign=True)[number]

        return function

    def sign(call: Call) -> Atom:
        return current().apply(signs, *call.args, **call.statics)

    name = "logsumexp_signed" + "_weighted" * ("b=" in operands)
    text = f"special.logsumexp({operands}, return_sign=True)"
    signs = inert(
        f"{name}_sign",
        run(1),
        infer=_infer_reduced,
        spelling=Spelling(f"{text}[1]", results=2),
        defaults=REDUCED,
        samples=samples,
    )
    logarithm = general(
        name,
        run(0),
        infer=_infer_reduced,
        spelling=Spelling(f"{text}[0]", results=2),
        pushforward=_push(sign),
        pullback=_pull(sign),
        defaults=REDUCED,
        samples=samples,
    )
    return logarithm, signs


signed = _signed("_0", _SAMPLES)
signed_weighted = _signed(
    "_0, b=_1",
    (
        *_WEIGHTED_SAMPLES,
        Sample((_ROW, [0.5, -1.5, 2.0])),
        Sample((_GRID, [0.5, -1.5, 2.0]), {"axis": 0}),
        Sample((_GRID, [[-0.5], [1.5]]), {"axis": -1, "keepdims": True}),
    ),
)


def _logsumexp(
    a: Any, axis: Any = None, b: Any = None, keepdims: Any = False, return_sign: Any = False
) -> Any:
    operands = [array_like(a)] if b is None else [array_like(a), array_like(b)]
    statics = _axes(axis, keepdims, max(map(rank_of, operands)))
    if static(return_sign, "return_sign"):
        rows = signed if b is None else signed_weighted
        return tuple(current().apply(row, *operands, **statics) for row in rows)
    return current().apply(logsumexp if b is None else logsumexp_weighted, *operands, **statics)


def _axes(axis: Any, keepdims: Any, rank: int) -> dict[str, Any]:
    """The static parameters that differ from the defaults."""
    found: dict[str, Any] = {}
    where_ = static(axis, "axis")
    if where_ is not None and rank:
        found["axis"] = tuple(where_) if isinstance(where_, list) else where_
    if static(keepdims, "keepdims") and rank:
        found["keepdims"] = True
    return found


# --- softmax --------------------------------------------------------------------------------------


def _infer_same(name: str) -> Infer:
    def infer(args: Sequence[Atom], statics: Statics) -> Type:
        numbers(args, name)
        refuse_complex(args, name)
        reduced_shape(shape_of(args[0].type), statics)
        return scalar_or_array(_floating([args[0].type]), shape_of(args[0].type))

    return infer


def _along(value: Any, call: Call) -> Atom:
    """The sums over the axes of the call, which stay as axes of length 1."""
    atom = as_atom(value)
    if not rank_of(atom):
        return atom
    return current().apply(sum_, atom, **call.statics, keepdims=True)


def _of_softmax(y: Atom, change: Atom, call: Call) -> Atom:
    """y (v - Σ y v), its own transpose."""
    return as_atom(y * (change - _along(y * change, call)))


_SAME_SAMPLES = (
    Sample((_ROW,)),
    Sample((_GRID,)),
    Sample((_GRID,), {"axis": 0}),
    Sample((_GRID,), {"axis": -1}),
    Sample((_BOX,), {"axis": (0, -1)}),
    Sample((1.5,)),
    Sample((_SINGLE,)),
)
softmax = general(
    "softmax",
    lambda x, axis=None: special.softmax(x, axis=axis),
    infer=_infer_same("special.softmax"),
    spelling=Spelling("special.softmax(_0)"),
    pushforward=lambda call, dots: (
        None
        if dots[0] is None
        else fit_tangent(call.target, _of_softmax(call.target, dots[0], call))
    ),
    pullback=lambda call, y_bar, wanted: [
        fit_cotangent(call.args[0], _of_softmax(call.target, y_bar, call))
    ],
    defaults={"axis": None},
    samples=_SAME_SAMPLES,
)
log_softmax = general(
    "log_softmax",
    lambda x, axis=None: special.log_softmax(x, axis=axis),
    infer=_infer_same("special.log_softmax"),
    spelling=Spelling("special.log_softmax(_0)"),
    pushforward=lambda call, dots: (
        None
        if dots[0] is None
        else fit_tangent(call.target, as_atom(dots[0] - _along(exp(call.target) * dots[0], call)))
    ),
    pullback=lambda call, y_bar, wanted: [
        fit_cotangent(call.args[0], as_atom(y_bar - exp(call.target) * _along(y_bar, call)))
    ],
    defaults={"axis": None},
    samples=_SAME_SAMPLES,
)


def _of_axis(row: Primitive) -> Callable[..., Atom]:
    def call(x: Any, axis: Any = None) -> Atom:
        atom = array_like(x)
        return current().apply(row, atom, **_axes(axis, False, rank_of(atom)))

    call.__name__ = row.name
    return call


FUNCTIONS: dict[Any, Any] = {
    special.logsumexp: _logsumexp,
    special.softmax: _of_axis(softmax),
    special.log_softmax: _of_axis(log_softmax),
}
