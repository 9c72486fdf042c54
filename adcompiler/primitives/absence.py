"""Zeros of what perhaps is not there: None where a placeholder stands for a value that one arm of a branch makes.

A reverse sweep hands such values on; when it is differentiated again their cotangents need zeros, and the zero of an
array needs its shape (`transform.perhaps_absent` tells where it cannot be told from the program alone).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from adcompiler.ir.builder import current
from adcompiler.ir.nodes import Call
from adcompiler.ir.primitive import Primitive, Spelling, register
from adcompiler.ir.types import Array, List
from adcompiler.ir.values import Atom
from adcompiler.primitives.lists import element_of
from adcompiler.primitives.samples import Sample
from adcompiler.runtime.tapes import sum_if_there as runtime_sum


def _batch(call: Call, args: Sequence[Atom], flags: Sequence[bool]) -> Atom:
    return current().apply(call.primitive, args[0])


def _row(
    name: str, zero: str, function: Callable[[Any], Any], samples: Sequence[Sample]
) -> Primitive:
    return register(
        Primitive(
            name,
            lambda x: None if x is None else function(x),
            lambda args, statics: args[0].type,
            Spelling(f"None if _0 is None else {zero}"),
            "inert",
            batch=_batch,
            kind="list" if name.startswith("list_") else "general",
            samples=samples,
            description="zeros like a value that perhaps is not there",
        )
    )


_of_array = _row(
    "zeros_if_there",
    "np.zeros_like(_0)",
    np.zeros_like,
    (Sample(([1.0, 2.0],)), Sample(([[1.0], [2.0]],)), Sample(([],))),
)
_of_numbers = _row("list_zeros_if_there", "[0.0] * len(_0)", lambda x: [0.0] * len(x), ())
_of_arrays = _row(
    "list_of_zeros_if_there",
    "[np.zeros_like(y) for y in _0]",
    lambda x: [np.zeros_like(y) for y in x],
    (),
)


sum_if_there = register(
    Primitive(
        "sum_if_there",
        runtime_sum,
        lambda args, statics: args[0].type,
        Spelling("sum_if_there(_0, _1)"),
        samples=(Sample(([1.0, 2.0], [3.0, 4.0])),),
        description="the sum of two cotangents, of which either may be None",
    )
)


def zeros_if_there(value: Atom) -> Atom:
    """The zero of an array or of a list, None where a placeholder stands for it."""
    row = _of_array
    if isinstance(value.type, List):
        row = _of_arrays if isinstance(element_of(value), Array) else _of_numbers
    return current().apply(row, value)


ROWS = frozenset({_of_array, _of_numbers, _of_arrays})
