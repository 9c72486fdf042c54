"""Rows for `scipy.linalg`.  Importing this package imports SciPy; `primitives/extras.py` says when that is."""

from adcompiler.primitives.scipy_linalg import (
    cholesky,
    decompositions,
    equations,
    functions,
    lu,
    systems,
)

ROOMS = (systems, cholesky, lu, equations, functions, decompositions)
