"""Records of arrays that outlive the program that made them."""

from __future__ import annotations

from adcompiler.ir.primitive import Primitive, Spelling, register
from adcompiler.primitives.samples import Sample
from adcompiler.runtime.tapes import copied_record as runtime_copied_record

copied_record = register(
    Primitive(
        "copied_record",
        runtime_copied_record,
        lambda args, statics: args[0].type,
        Spelling("copied_record(_0)"),
        samples=(Sample(([1.0, 2.0],)), Sample(([[1.0]],))),
        description="a copy of a recorded array, or of a tape of arrays",
    )
)
