"""Rows for `scipy.linalg`.  Importing this package imports SciPy; `primitives/extras.py` says when that is."""

from adcompiler.primitives.scipy_linalg import (
    assembled,
    banded,
    cholesky,
    decompositions,
    equations,
    functions,
    inverses,
    lu,
    refused,
    riccati,
    structured,
    systems,
)

ROOMS = (
    systems,
    cholesky,
    lu,
    equations,
    functions,
    decompositions,
    inverses,
    structured,
    assembled,
    banded,
    riccati,
    refused,
)
