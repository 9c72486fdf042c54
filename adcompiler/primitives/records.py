"""Records of arrays that outlive the program that made them, or that the run did not make."""

from __future__ import annotations

from adcompiler.ir.primitive import Spelling
from adcompiler.primitives.kinds import linear
from adcompiler.primitives.samples import Sample
from adcompiler.runtime.tapes import copied_record as runtime_copied_record

copied_record = linear(
    "copied_record",
    runtime_copied_record,
    infer=lambda args, statics: args[0].type,
    spelling=Spelling("copied_record(_0)"),
    transpose=lambda call, y_bar: y_bar,
    batch=lambda call, args, flags: args[0],
    samples=(Sample(([1.0, 2.0],)), Sample(([[1.0]],))),
    description="a copy of a recorded array, or of a tape of arrays; None for what the run did not make",
)
