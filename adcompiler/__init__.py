"""adcompiler: a source-to-source automatic differentiation compiler.

A decorated function is read as source, lowered to a primitive trace, transformed into its tangent or adjoint
program, written as new Python source, compiled and cached.

>>> import numpy as np
>>> import adcompiler as ad
>>> @ad.grad(argnums=(0, 1))
... def f(x1, x2):
...     return np.log(x1) + x1 * x2 - np.sin(x2)
>>> f(2.0, 5.0)
(5.5, 1.7163378145367738)
"""

from adcompiler.api import (
    Pullback,
    adjoint,
    custom_jvp,
    custom_vjp,
    grad,
    hessian,
    hvp,
    jacfwd,
    jacobian,
    jacrev,
    jvp,
    primitive,
    stop_gradient,
    tangent,
    value_and_grad,
    vjp,
    with_cotangent,
)
from adcompiler.calculus import Pushforward, derivative, directional, laplacian, linearize
from adcompiler.check import check_grads
from adcompiler.errors import (
    ADError,
    AliasError,
    ArgumentError,
    NoDerivativeError,
    ResultError,
    ShapeError,
    SourceError,
    UnsupportedSyntaxError,
    UnsupportedValueError,
)
from adcompiler.inspection.compare import compare
from adcompiler.inspection.table import trace

__version__ = "0.1.0"

__all__ = [
    "ADError",
    "AliasError",
    "ArgumentError",
    "NoDerivativeError",
    "Pullback",
    "Pushforward",
    "ResultError",
    "ShapeError",
    "SourceError",
    "UnsupportedSyntaxError",
    "UnsupportedValueError",
    "adjoint",
    "check_grads",
    "compare",
    "custom_jvp",
    "custom_vjp",
    "derivative",
    "directional",
    "grad",
    "hessian",
    "hvp",
    "jacfwd",
    "jacobian",
    "jacrev",
    "jvp",
    "laplacian",
    "linearize",
    "primitive",
    "stop_gradient",
    "tangent",
    "trace",
    "value_and_grad",
    "vjp",
    "with_cotangent",
]
