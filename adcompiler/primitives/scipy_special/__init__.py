"""Rows for `scipy.special`.  Importing this package imports SciPy; `primitives/extras.py` says when that is."""

from adcompiler.primitives.scipy_special import (
    airy_kelvin,
    bessel,
    combinatorics,
    degrees,
    error_functions,
    gamma_functions,
    hypergeometric,
    information,
    integrals,
    logistic,
    orthogonal,
    softmax,
    spherical,
)

ROOMS = (
    gamma_functions,
    logistic,
    error_functions,
    bessel,
    combinatorics,
    degrees,
    hypergeometric,
    information,
    integrals,
    airy_kelvin,
    orthogonal,
    softmax,
    spherical,
)
