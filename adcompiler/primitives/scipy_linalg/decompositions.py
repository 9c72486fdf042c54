"""Eigenvalues, singular values and orthogonal factors of `scipy.linalg`: the identities of NumPy's.

The rules ask for the other results of the same function (`partners`), so that signs and phases are SciPy's.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import linalg

from adcompiler.errors import ArgumentError
from adcompiler.ir.builder import current
from adcompiler.ir.primitive import Primitive, Spelling
from adcompiler.ir.types import is_complex
from adcompiler.ir.values import Atom
from adcompiler.primitives import eigen, factorisations, general_eigen, singular
from adcompiler.primitives.arrays import array_like
from adcompiler.primitives.kinds import general
from adcompiler.primitives.matrices import matrix_shape, shorter
from adcompiler.primitives.partners import enter_partners
from adcompiler.primitives.samples import Sample
from adcompiler.primitives.scipy_linalg.generalised import generalised, generalised_values
from adcompiler.primitives.scipy_linalg.reading import builders, flag, given
from adcompiler.primitives.statics import static
from adcompiler.runtime.eigen import complex_pair

# --- symmetric matrices --------------------------------------------------------------------------

_SKEWED = [[2.0, 9.0, 7.0], [0.3, 1.0, 8.0], [-0.5, 0.25, -1.5]]
_PAIR = [[1.0, 0.5], [0.5, -0.75]]
_SAMPLES = (
    Sample((_SKEWED,)),
    Sample((_SKEWED,), {"lower": False, "driver": "evd"}),
    Sample(([_PAIR, [[2.0, -1.0], [-1.0, 0.5]]],)),
    Sample(([[1.5]],)),
    Sample((np.array(_PAIR, np.float32),)),
)
_EIGH = {"lower": True, "driver": None}


def _eigen_row(name: str, function: Any, spelling: Spelling, vectors: bool) -> Primitive:
    return general(
        name,
        function,
        infer=eigen.infer_eigen(vectors),
        spelling=spelling,
        pushforward=eigen.push_vectors if vectors else eigen.push_values,
        pullback=eigen.pull_vectors if vectors else eigen.pull_values,
        defaults=_EIGH,
        samples=_SAMPLES,
        holomorphic=False,
    )


_VALUES = _eigen_row(
    "linalg_eigh_values",
    lambda x, **options: linalg.eigh(x, **options)[0],
    Spelling("linalg.eigh(_0)[0]", results=2),
    vectors=False,
)
_VECTORS = _eigen_row(
    "linalg_eigh_vectors",
    lambda x, **options: linalg.eigh(x, **options)[1],
    Spelling("linalg.eigh(_0)[1]", results=2),
    vectors=True,
)
_ALONE = _eigen_row(
    "linalg_eigvalsh",
    lambda x, **options: linalg.eigvalsh(x, **options),
    Spelling("linalg.eigvalsh(_0)"),
    vectors=False,
)
enter_partners((_VALUES, _VECTORS), _ALONE)


def _refuse_subsets(name: str, kind: Any, *subsets: Any) -> None:
    if any(static(s, "subset") is not None for s in subsets) or static(kind, "type") != 1:
        raise ArgumentError(
            f"`linalg.{name}` with a subset or another type than 1 is not supported.",
            write="all eigenvalues, and a slice of them",
        )


def _eigh(
    a: Any,
    b: Any = None,
    *,
    lower: Any = True,
    eigvals_only: Any = False,
    type: Any = 1,
    subset_by_index: Any = None,
    subset_by_value: Any = None,
    driver: Any = None,
) -> Any:
    _refuse_subsets("eigh", type, subset_by_index, subset_by_value)
    options = given(_EIGH, lower=flag(lower, "lower"), driver=static(driver, "driver"))
    x = array_like(a)
    if b is not None:
        operands = x, array_like(b)
        if flag(eigvals_only, "eigvals_only"):
            return current().apply(generalised_values, *operands, **options)
        if any(is_complex(operand.type) for operand in operands):
            raise ArgumentError(
                "the vectors of `linalg.eigh` of two complex matrices are not supported.",
                why="no component of them is real, which would tell their phases.",
                write="linalg.eigh of L⁻¹ A L⁻ᴴ, with L = linalg.cholesky(b, lower=True)",
            )
        return tuple(current().apply(row, *operands, **options) for row in generalised)
    if flag(eigvals_only, "eigvals_only"):
        return current().apply(_ALONE, x, **options)
    return tuple(current().apply(row, x, **options) for row in (_VALUES, _VECTORS))


def _eigvalsh(
    a: Any,
    b: Any = None,
    *,
    lower: Any = True,
    type: Any = 1,
    subset_by_index: Any = None,
    subset_by_value: Any = None,
    driver: Any = None,
) -> Any:
    _refuse_subsets("eigvalsh", type, subset_by_index, subset_by_value)
    options = given(_EIGH, lower=flag(lower, "lower"), driver=static(driver, "driver"))
    if b is not None:
        return current().apply(generalised_values, array_like(a), array_like(b), **options)
    return current().apply(_ALONE, array_like(a), **options)


# --- matrices without symmetry -------------------------------------------------------------------


def _of_complex(index: int) -> Primitive:
    return general_eigen.row(
        f"linalg_eig_{index}",
        linalg.eig,
        f"linalg.eig(_0)[{index}]",
        general_eigen.COMPLEX_SAMPLES,
        "an eigenvalue or vector of a complex matrix",
    )


def _of_real(index: int) -> Primitive:
    return general_eigen.row(
        f"linalg_complex_eig_{index}",
        lambda x: complex_pair(linalg.eig(x)),
        f"complex_pair(linalg.eig(_0))[{index}]",
        general_eigen.SAMPLES,
        "an eigenvalue or vector of a real matrix",
    )


_COMPLEX_ROWS, _REAL_ROWS = (
    (_of_complex(0), _of_complex(1)),
    (_of_real(0), _of_real(1)),
)
_EIGVALS = general_eigen.row(
    "linalg_eigvals",
    linalg.eigvals,
    "linalg.eigvals(_0)",
    (
        Sample(([[4.0, 1.0, 0.5], [0.25, 1.0, -0.5], [0.5, 0.25, -2.0]],)),
        Sample(([[0.5, -2.0], [1.0, 0.75]],)),
        *general_eigen.SAMPLES[1:3],
    ),
    "the eigenvalues of a matrix",
)
enter_partners(_COMPLEX_ROWS)
enter_partners(_REAL_ROWS)


def _eig(
    a: Any, b: Any = None, left: Any = False, right: Any = True, homogeneous_eigvals: Any = False
) -> Any:
    if b is not None or flag(left, "left") or flag(homogeneous_eigvals, "homogeneous_eigvals"):
        raise ArgumentError(
            "`linalg.eig` of two matrices, or with left vectors, is not supported.",
            write="linalg.eig(linalg.solve(b, a)); the left vectors are those of a.T",
        )
    x = array_like(a)
    if not flag(right, "right"):
        return current().apply(_EIGVALS, x)
    rows = _COMPLEX_ROWS if is_complex(x.type) else _REAL_ROWS
    return tuple(current().apply(row, x) for row in rows)


def _eigvals(a: Any, b: Any = None, *, homogeneous_eigvals: Any = False) -> Atom:
    found = _eig(a, b, right=False, homogeneous_eigvals=homogeneous_eigvals)
    assert not isinstance(found, tuple)
    return found  # type: ignore[no-any-return]


# --- singular values -----------------------------------------------------------------------------

_THIN = tuple(
    singular.thin_row(f"linalg_svd_{part}", part, linalg.svd, "linalg.svd")
    for part in singular.PARTS
)
_WHOLE = tuple(
    singular.whole_row(f"linalg_svd_full_{part}", part, thin, linalg.svd, "linalg.svd")
    for part, thin in zip(singular.PARTS, _THIN, strict=True)
)
_SVDVALS = singular.values_row("linalg_svdvals", linalg.svdvals, "linalg.svdvals(_0)")
enter_partners(_THIN, _WHOLE[1], _SVDVALS)


def _svd(
    a: Any, full_matrices: Any = True, compute_uv: Any = True, lapack_driver: Any = "gesdd"
) -> Any:
    x = array_like(a)
    if static(lapack_driver, "lapack_driver") != "gesdd":
        raise ArgumentError(
            "`linalg.svd` with another lapack_driver is not supported.", write="linalg.svd(a)"
        )
    if not flag(compute_uv, "compute_uv"):
        return current().apply(_SVDVALS, x)
    rows, columns = matrix_shape([x], "linalg.svd")[-2:]
    whole = flag(full_matrices, "full_matrices") and rows != columns
    return tuple(current().apply(row, x) for row in (_WHOLE if whole else _THIN))


def _svdvals(a: Any) -> Atom:
    return current().apply(_SVDVALS, array_like(a))


# --- QR ------------------------------------------------------------------------------------------


def _thin_qr(index: int) -> Primitive:
    return factorisations.thin_row(
        f"linalg_qr_{'QR'[index]}",
        "QR"[index],
        lambda x: linalg.qr(x, mode="economic")[index],
        Spelling(f"linalg.qr(_0, mode='economic')[{index}]", results=2),
    )


_QR = _thin_qr(0), _thin_qr(1)


#: of a stack, SciPy's mode='r' gives no tuple
_ONE_MATRIX = tuple(s for s in singular.SAMPLES if np.ndim(s.operands[0]) == 2)


def _whole_qr(index: int, name: str, mode: str = "") -> Primitive:
    option = f", mode={mode!r}" if mode else ""
    return factorisations.whole_row(
        name,
        "QR"[index],
        _QR[index],
        (lambda x: linalg.qr(x, mode=mode)[0]) if mode else (lambda x: linalg.qr(x)[index]),
        Spelling(f"linalg.qr(_0{option})[{0 if mode else index}]", results=0 if mode else 2),
        _ONE_MATRIX if mode else None,
    )


_WHOLE_QR = _whole_qr(0, "linalg_qr_full_Q"), _whole_qr(1, "linalg_qr_full_R")
_QR_R = _whole_qr(1, "linalg_qr_r", "r")
enter_partners(_QR, *_WHOLE_QR, _QR_R)


def _qr_function(a: Any, mode: Any = "full", pivoting: Any = False) -> tuple[Atom, ...]:
    x, kind = array_like(a), static(mode, "mode")
    if flag(pivoting, "pivoting"):
        raise ArgumentError(
            "`linalg.qr` with pivoting=True is not supported.",
            why="the order of the columns is chosen by their lengths.",
            write="linalg.qr(a[:, order]) with the order that it found outside",
        )
    if kind == "r":
        if len(matrix_shape([x], "linalg.qr")) > 2:
            raise ArgumentError(
                "`linalg.qr` of a stack with mode='r' is not supported.",
                write="linalg.qr(a, mode='economic')[1]",
            )
        return (current().apply(_QR_R, x),)
    if kind not in ("full", "economic"):
        raise ArgumentError(
            f"`linalg.qr` with mode={kind!r} is not supported.", write="mode='economic' or 'r'"
        )
    rows, columns = matrix_shape([x], "linalg.qr")[-2:]
    whole = kind == "full" and shorter(rows, columns) != rows
    return tuple(current().apply(row, x) for row in (_WHOLE_QR if whole else _QR))


FUNCTIONS: dict[Any, Any] = builders(
    {
        linalg.eigh: _eigh,
        linalg.eigvalsh: _eigvalsh,
        linalg.eig: _eig,
        linalg.eigvals: _eigvals,
        linalg.svd: _svd,
        linalg.svdvals: _svdvals,
        linalg.qr: _qr_function,
    }
)
