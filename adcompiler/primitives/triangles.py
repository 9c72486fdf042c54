"""The matrix of ones below a diagonal: tri (tril and triu are in `matrices`)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from adcompiler.ir.builder import current
from adcompiler.ir.primitive import Spelling, Statics
from adcompiler.ir.types import Array, Type
from adcompiler.ir.values import Atom
from adcompiler.primitives.arrays import FLOAT64, known_dtype
from adcompiler.primitives.dimensions import Dimension, dimensions, length_from
from adcompiler.primitives.kinds import inert
from adcompiler.primitives.samples import Sample
from adcompiler.primitives.statics import static


def _infer_tri(args: Sequence[Atom], statics: Statics) -> Type:
    dtype = np.dtype(statics.get("dtype", FLOAT64))
    return Array(dtype, (length_from(args[0]), length_from(args[-1])))


tri = inert(
    "tri",
    lambda n, m=None, k=0, dtype=FLOAT64: np.tri(n, m, k, dtype=dtype),
    infer=_infer_tri,
    spelling=Spelling("np.tri(*_args)"),
    defaults={"k": 0, "dtype": FLOAT64},
    samples=(Sample((3,)), Sample((2, 3)), Sample((3,), {"k": -1, "dtype": np.dtype(bool)})),
)


def _tri(N: Any, M: Any = None, k: Any = 0, dtype: Any = float) -> Atom:  # noqa: N803 - NumPy's
    dims: list[Dimension] = dimensions(N) if M is None else [*dimensions(N), *dimensions(M)]
    options: dict[str, Any] = {}
    if static(k, "k"):
        options["k"] = int(static(k, "k"))
    if known_dtype(dtype, FLOAT64) != FLOAT64:
        options["dtype"] = known_dtype(dtype)
    return current().apply(tri, *dims, **options)


FUNCTIONS: dict[Any, Any] = {np.tri: _tri}
