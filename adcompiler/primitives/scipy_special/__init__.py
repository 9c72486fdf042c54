"""Rows for `scipy.special`.  Importing this package imports SciPy; `primitives/extras.py` says when that is."""

from adcompiler.primitives.scipy_special import (
    airy_kelvin,
    bessel,
    error_functions,
    gamma_functions,
    hypergeometric,
    information,
    integrals,
    logistic,
    orthogonal,
)

ROOMS = (
    gamma_functions,
    logistic,
    error_functions,
    bessel,
    hypergeometric,
    information,
    integrals,
    airy_kelvin,
    orthogonal,
)
