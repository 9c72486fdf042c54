"""`k in (2, 5)`: a number among numbers."""

from __future__ import annotations

from collections.abc import Sequence

from adcompiler.ir.primitive import Spelling, Statics
from adcompiler.ir.types import PythonScalar, Type
from adcompiler.ir.values import Atom
from adcompiler.primitives.kinds import inert
from adcompiler.primitives.samples import Sample


def _infer_bool(args: Sequence[Atom], statics: Statics) -> Type:
    return PythonScalar("bool")


is_one_of = inert(
    "is_one_of",
    lambda number, *others: number in others,
    infer=_infer_bool,
    spelling=Spelling("_0 in (*_rest,)"),
    samples=(Sample((2, 1, 2)), Sample((2, 3)), Sample((0.5, 1.0, 0.25))),
    description="operand 0 equals one of the others",
)
is_none_of = inert(
    "is_none_of",
    lambda number, *others: number not in others,
    infer=_infer_bool,
    spelling=Spelling("_0 not in (*_rest,)"),
    samples=(Sample((2, 1, 2)), Sample((2, 3)), Sample((0.5, 1.0, 0.25))),
    description="operand 0 equals none of the others",
)
