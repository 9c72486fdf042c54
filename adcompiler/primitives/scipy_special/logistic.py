"""The logistic function, its inverse, logarithm and integral; exponentials and logarithms that do not cancel."""

from __future__ import annotations

import math
from typing import Any

from scipy import special

from adcompiler.primitives.exponential import exp
from adcompiler.primitives.kinds import Over, elementwise
from adcompiler.primitives.samples import REAL, Domain
from adcompiler.primitives.scipy_special.rows import infer_probed, row, table
from adcompiler.primitives.trigonometric import sin

expit = row("expit", lambda y, x: y * (1.0 - y), REAL)
logit = row("logit", lambda y, x: Over(1.0, x * (1.0 - x)), Domain(0.1, 0.9))
log_expit = row("log_expit", lambda y, x: expit(-x), REAL)

softplus = (
    elementwise(
        "softplus",
        special.softplus,
        array="special.softplus(_0)",
        infer=infer_probed("softplus", special.softplus),
        partials=lambda y, x: expit(x),
        samples=(REAL,),
    )
    if hasattr(special, "softplus")
    else None
)

expm1 = row("expm1", lambda y, x: exp(x), REAL)
log1p = row("log1p", lambda y, x: Over(1.0, 1.0 + x), Domain(-0.7, 2.0, (0.0,)))
exp2 = row("exp2", lambda y, x: math.log(2.0) * y, REAL)
exp10 = row("exp10", lambda y, x: math.log(10.0) * y, REAL)
cosm1 = row("cosm1", lambda y, x: -sin(x), REAL)
cbrt = row("cbrt", lambda y, x: Over(1.0 / 3.0, y * y), Domain(0.3, 2.5))

FUNCTIONS: dict[Any, Any] = table([expit, logit, log_expit, expm1, log1p, exp2, exp10, cosm1, cbrt])
if softplus is not None:  # since SciPy 1.16
    FUNCTIONS[special.softplus] = softplus
