"""Rows for `scipy.special`.  Importing this package imports SciPy; `primitives/extras.py` says when that is."""

from adcompiler.primitives.scipy_special import gamma_functions, logistic

ROOMS = (gamma_functions, logistic)
