"""Angles in degrees; the periodic sinc function of Dirichlet; rounding."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from scipy import special

from adcompiler.ir.primitive import Primitive, Spelling, Statics
from adcompiler.ir.types import Array, Type, dtype_of, shape_of
from adcompiler.ir.values import Atom, as_atom
from adcompiler.primitives.derived import derived
from adcompiler.primitives.inert import BETWEEN_JUMPS, refuse_complex
from adcompiler.primitives.samples import REAL, Domain, Sample
from adcompiler.primitives.scipy_special.orthogonal import eval_chebyu
from adcompiler.primitives.scipy_special.rows import row, table
from adcompiler.primitives.shapes import broadcast_shapes, numbers
from adcompiler.primitives.trigonometric import cos

_DEGREE = math.pi / 180.0
_ANGLE = Domain(10.0, 80.0)

sindg = row("sindg", lambda y, x: _DEGREE * cosdg(x), _ANGLE)
cosdg: Primitive = row("cosdg", lambda y, x: -_DEGREE * sindg(x), _ANGLE)
tandg = row("tandg", lambda y, x: _DEGREE * (1.0 + y * y), _ANGLE)
cotdg = row("cotdg", lambda y, x: -_DEGREE * (1.0 + y * y), _ANGLE)
# degrees, minutes, seconds
radian = row(
    "radian",
    (
        lambda y, d, m, s: _DEGREE,
        lambda y, d, m, s: _DEGREE / 60.0,
        lambda y, d, m, s: _DEGREE / 3600.0,
    ),
    REAL,
    REAL,
    REAL,
)
rounded = row("round", None, BETWEEN_JUMPS, verdict="inert")


def _infer_diric(args: Sequence[Atom], statics: Statics) -> Type:
    """An array, of a number too."""
    numbers(args, "special.diric")
    refuse_complex(args, "special.diric")
    dtype = dtype_of(args[0].type)
    shape = broadcast_shapes([shape_of(a.type) for a in args])
    return Array(dtype if dtype.kind == "f" else np.dtype(float), shape)


# sin(nx/2) / (n sin(x/2)) = Uₙ₋₁(cos(x/2)) / n, which has no gaps
diric = derived(
    "diric",
    special.diric,
    definition=lambda x, n: as_atom(eval_chebyu(n - 1, cos(0.5 * x)) / n),
    infer=_infer_diric,
    spelling=Spelling("special.diric(_0, _1)"),
    samples=(Sample((0.7, 5)), Sample(([0.0, 1.5, -2.5], 4)), Sample(([[0.5], [1.5]], [2, 3]))),
)

FUNCTIONS: dict[Any, Any] = {
    **table([sindg, cosdg, tandg, cotdg, radian, rounded]),
    special.diric: diric,
}
