"""Factors with whole bases: `np.linalg.svd(a)` and `np.linalg.qr(a, "complete")`.

The vectors that complete a basis are not determined by the matrix and have no derivative. Whether there
are such vectors depends on lengths that only the run knows: of a square matrix there are none. So the
rules are those of the reduced factors, behind a check that these are all there is (`determined`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from adcompiler.ir.builder import current
from adcompiler.ir.nodes import Call
from adcompiler.ir.primitive import Primitive, Pullback, Pushforward, Spelling, Statics
from adcompiler.ir.types import Array, Type, dtype_of, shape_of
from adcompiler.ir.values import Atom, Variable
from adcompiler.primitives.kinds import linear
from adcompiler.primitives.samples import Sample
from adcompiler.runtime.eigen import determined as runtime_determined


def _infer(args: Sequence[Atom], statics: Statics) -> Type:
    lead = shape_of(args[0].type)[:-2]
    return Array(dtype_of(args[0].type), (*lead, *shape_of(args[1].type)[-2:]))


def _back(call: Call, y_bar: Atom) -> Atom:
    return current().apply(determined, y_bar, call.args[0])


_PAIR = [[1.0, 2.0], [3.0, 4.0]]
determined: Primitive = linear(
    "determined",
    runtime_determined,
    infer=_infer,
    spelling=Spelling("determined(_0, _1)"),
    transpose=_back,
    batch=lambda call, args, flags: current().apply(determined, *args),
    shape_only=(1,),
    memory="view",
    samples=(Sample((_PAIR, _PAIR)), Sample(([_PAIR], [_PAIR]))),
    description="a derivative of whole bases, where the matrix determines them",
)


def whole_rules(thin: Primitive) -> tuple[Pushforward, Pullback]:
    """The rules of a whole basis from those of the reduced one, the row `thin`."""

    def reduced(call: Call) -> Call:
        small = current().apply(thin, *call.args)
        assert isinstance(small, Variable)
        return replace(call, primitive=thin, target=small)

    def pushforward(call: Call, tangents: Sequence[Atom | None]) -> Atom | None:
        assert thin.pushforward is not None
        change = thin.pushforward(reduced(call), tangents)
        return None if change is None else current().apply(determined, change, call.target)

    def pullback(call: Call, y_bar: Atom, wanted: Sequence[bool]) -> Sequence[Atom | None]:
        small = reduced(call)
        assert thin.pullback is not None
        return thin.pullback(small, current().apply(determined, y_bar, small.target), wanted)

    return pushforward, pullback
