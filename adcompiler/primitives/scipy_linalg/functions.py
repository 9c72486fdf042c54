"""Functions of matrices: exponential, logarithm, square root and powers, trigonometric and hyperbolic functions.

The Fréchet derivative of an analytic function stands in a block of the function of a larger matrix
(R. Mathias, *A chain rule for matrix functions and applications*, 1996),

    f([A E; 0 A]) = [f(A) L(A, E); 0 f(A)],

its adjoint under the bilinear pairing is L(Aᵀ, ·), and the larger matrix differentiates again. The exponential has
SciPy's `expm_frechet` (A. Al-Mohy and N. Higham 2009), the square root X a Sylvester equation: X Ẋ + Ẋ X = Ȧ.

A logarithm, a root or a power of a real matrix may be complex. Here the result of a real matrix is real, and
an error says so where it is not (`real_matrix`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from scipy import linalg

from adcompiler.ir.builder import current
from adcompiler.ir.index import IndexPattern, Operand, Slice
from adcompiler.ir.nodes import Call
from adcompiler.ir.primitive import Infer, Primitive, Spelling, Statics, lookup
from adcompiler.ir.types import Array, Type, shape_of
from adcompiler.ir.values import Atom, as_atom
from adcompiler.primitives.accumulation import broadcast_as, fit_cotangent, fit_tangent
from adcompiler.primitives.arrays import array_like
from adcompiler.primitives.derived import derived
from adcompiler.primitives.dimensions import dimension
from adcompiler.primitives.kinds import add, general
from adcompiler.primitives.matrices import factor_dtype, product, square_shape, swapped
from adcompiler.primitives.samples import Sample
from adcompiler.primitives.scipy_linalg.directions import of_stacks
from adcompiler.primitives.scipy_linalg.equations import sylvester
from adcompiler.primitives.scipy_linalg.reading import accepted, flag
from adcompiler.primitives.scipy_linalg.systems import infer_square
from adcompiler.primitives.shapes import broadcast_shapes, promoted_dtype
from adcompiler.primitives.statics import static
from adcompiler.runtime.matrix_functions import frechet as runtime_frechet
from adcompiler.runtime.matrix_functions import real_matrix
from adcompiler.runtime.matrix_functions import upper_block as runtime_block

_A = [[0.75, 0.25, 0.125], [-0.125, 1.0, 0.25], [0.25, -0.25, 0.5]]
_PAIR = [[0.5, 0.25], [-0.125, 0.75]]
_SMALL = [[0.375, 0.125], [0.25, 0.625]]
_ONE = Sample((_PAIR,))
SAMPLES = (_ONE, Sample(([_PAIR, _SMALL],)), Sample(([[0.75]],)))
_SINGLE = Sample((np.array(_PAIR, np.float32),))


# --- block matrices ------------------------------------------------------------------------------


def _shaped(like: Atom, value: Atom) -> Atom:
    """A tangent or cotangent as a whole matrix (or more of them than `like`, for several directions).

    That the matrix is square the primal has checked.
    """
    ones = [[n.is_one for n in shape_of(x.type)[-2:]] for x in (like, value)]
    return value if ones[0] == ones[1] else broadcast_as(like, value)


def _infer_block(args: Sequence[Atom], statics: Statics) -> Type:
    lead, size = square_shape(args, "a function of matrices")
    lead = broadcast_shapes([lead, shape_of(args[1].type)[:-2]])
    dtype = promoted_dtype([arg.type for arg in args])
    return Array(dtype, (*lead, size + size, size + size))


_CORNER = IndexPattern((Ellipsis, Slice(None, Operand(0)), Slice(Operand(0), None)), True)


def _corner(x: Atom, matrix: Atom) -> Atom:
    """The upper right block."""
    found = current().apply(lookup("getitem"), x, dimension(matrix, -1), index=_CORNER)
    return _shaped(matrix, found)


def _push_block(call: Call, tangents: Sequence[Atom | None]) -> Atom | None:
    if all(t is None for t in tangents):
        return None
    zeros = current().apply(lookup("zeros_like"), call.args[0])
    parts = [zeros if t is None else _shaped(zeros, t) for t in tangents]
    return fit_tangent(call.target, current().apply(upper_block, *parts))


_FIRST = IndexPattern((Ellipsis, Slice(None, Operand(0)), Slice(None, Operand(0))), True)
_LAST = IndexPattern((Ellipsis, Slice(Operand(0), None), Slice(Operand(0), None)), True)


def _pull_block(call: Call, y_bar: Atom, wanted: Sequence[bool]) -> list[Atom | None]:
    matrix, change = call.args
    size = dimension(matrix, -1)
    parts = [current().apply(lookup("getitem"), y_bar, size, index=i) for i in (_FIRST, _LAST)]
    return [
        fit_cotangent(matrix, _shaped(matrix, as_atom(parts[0] + parts[1]))) if wanted[0] else None,
        fit_cotangent(change, _corner(y_bar, matrix)) if wanted[1] else None,
    ]


upper_block: Primitive = general(
    "upper_block",
    runtime_block,
    infer=_infer_block,
    spelling=Spelling("upper_block(_0, _1)"),
    pushforward=_push_block,
    pullback=_pull_block,
    batch=of_stacks,
    samples=(Sample((_PAIR, _SMALL)), Sample(([_PAIR, _SMALL], [_SMALL, _PAIR]))),
    description="the matrix [A E; 0 A]",
)


# --- derivatives along a direction ---------------------------------------------------------------


def _infer_frechet(double: bool) -> Infer:
    def infer(args: Sequence[Atom], statics: Statics) -> Type:
        square_shape(args, "a function of matrices")
        dtype = factor_dtype(promoted_dtype([a.type for a in args]), "a function of matrices")
        # SciPy computes `expm_frechet` in double precision
        dtype = np.result_type(dtype, np.float64) if double else dtype
        lead, size = square_shape(args[1:], "a function of matrices")
        lead = broadcast_shapes([lead, shape_of(args[0].type)[:-2]])
        return Array(dtype, (*lead, size, size))

    return infer


def _along(frechet: Primitive, matrix: Atom, change: Atom) -> Atom:
    """L(A, E)."""
    return current().apply(frechet, _shaped(matrix, change), matrix)


def _second(frechet: Primitive, matrix: Atom, one: Atom, two: Atom) -> Atom:
    """D²f(A)[E, F], which is symmetric: the corner of L([A E; 0 A], [F 0; 0 F])."""
    zeros = current().apply(lookup("zeros_like"), matrix)
    larger = current().apply(upper_block, matrix, _shaped(matrix, one))
    both = current().apply(upper_block, _shaped(matrix, two), zeros)
    return _corner(_along(frechet, larger, both), matrix)


def _frechet_of(name: str, function: Any, spelling: str, row: Callable[[], Primitive]) -> Primitive:
    def definition(change: Atom, matrix: Atom) -> Atom:
        return _corner(current().apply(row(), current().apply(upper_block, matrix, change)), matrix)

    def pull(call: Call, y_bar: Atom, wanted: Sequence[bool]) -> list[Atom | None]:
        """Ē = L(Aᵀ, Ȳ) and Ā = D²f(Aᵀ)[Eᵀ, Ȳ]."""
        (change, matrix), frechet = call.args, call.primitive
        back = swapped(matrix)
        return [
            fit_cotangent(change, _along(frechet, back, y_bar)) if wanted[0] else None,
            fit_cotangent(matrix, _second(frechet, back, swapped(change), y_bar))
            if wanted[1]
            else None,
        ]

    return derived(
        name,
        function,
        definition=definition,
        spelling=Spelling(spelling),
        infer=_infer_frechet(double=name == "expm_frechet"),
        linear=True,
        pullback=pull,
        batch=of_stacks,
        samples=(
            Sample(([[1.0, 2.0], [-0.5, 0.25]], _PAIR)),
            *([Sample(([_SMALL, _PAIR], [_PAIR, _SMALL]))] if name == "expm_frechet" else []),
        ),
        description="the derivative of a function of matrices along a direction",
    )


def _function(name: str, samples: Sequence[Sample], real: bool = False) -> Primitive:
    """A row and that of its derivative along a direction."""
    function = getattr(linalg, name)
    if name == "expm":
        frechet = _frechet_of(
            "expm_frechet",
            lambda change, matrix: linalg.expm_frechet(matrix, change, compute_expm=False),
            "linalg.expm_frechet(_1, _0, compute_expm=False)",
            lambda: row,
        )
    else:
        frechet = _frechet_of(
            f"{name}_frechet",
            lambda change, matrix: runtime_frechet(function, matrix, change),
            f"frechet(linalg.{name}, _1, _0)",
            lambda: row,
        )

    def push(call: Call, tangents: Sequence[Atom | None]) -> Atom | None:
        if tangents[0] is None:
            return None
        return fit_tangent(call.target, _along(frechet, call.args[0], tangents[0]))

    def pull(call: Call, y_bar: Atom, wanted: Sequence[bool]) -> list[Atom | None]:
        """Ā = L(Aᵀ, Ȳ)."""
        return [fit_cotangent(call.args[0], _along(frechet, swapped(call.args[0]), y_bar))]

    row = general(
        name,
        (lambda x: real_matrix(function(x), x)) if real else function,
        infer=infer_square(f"linalg.{name}"),
        spelling=Spelling(f"real_matrix(linalg.{name}(_0), _0)" if real else f"linalg.{name}(_0)"),
        pushforward=push,
        pullback=pull,
        samples=samples,
        description=f"`linalg.{name}`, a function of matrices",
    )
    return row


_ROWS = {
    getattr(linalg, name): _function(name, (_ONE, _SINGLE))
    for name in ("cosm", "sinm", "tanm", "coshm", "sinhm", "tanhm")
}
_ROWS[linalg.expm] = _function("expm", (Sample((_A,)), *SAMPLES, _SINGLE))
_ROWS[linalg.signm] = _function("signm", SAMPLES)
logm = _function("logm", SAMPLES, real=True)


# --- roots and powers ----------------------------------------------------------------------------


def _push_root(call: Call, tangents: Sequence[Atom | None]) -> Atom | None:
    """X Ẋ + Ẋ X = Ȧ."""
    if tangents[0] is None:
        return None
    x = call.target
    return fit_tangent(x, current().apply(sylvester, x, x, fit_tangent(x, tangents[0])))


def _pull_root(call: Call, y_bar: Atom, wanted: Sequence[bool]) -> list[Atom | None]:
    """Xᵀ Ā + Ā Xᵀ = X̄."""
    back = swapped(call.target)
    return [fit_cotangent(call.args[0], current().apply(sylvester, back, back, y_bar))]


sqrtm: Primitive = general(
    "sqrtm",
    lambda x: real_matrix(linalg.sqrtm(x), x),
    infer=infer_square("linalg.sqrtm"),
    spelling=Spelling("real_matrix(linalg.sqrtm(_0), _0)"),
    pushforward=_push_root,
    pullback=_pull_root,
    samples=(*SAMPLES, _SINGLE),
    description="the square root of a matrix",
)


def _infer_power(args: Sequence[Atom], statics: Statics) -> Type:
    return infer_square("linalg.fractional_matrix_power")(args[:1], statics)


def _power_along(matrix: Atom, change: Atom, t: Atom) -> Atom:
    return current().apply(power_frechet, _shaped(matrix, change), matrix, t)


def _power_of_block(change: Atom, matrix: Atom, t: Atom) -> Atom:
    larger = current().apply(upper_block, matrix, change)
    return _corner(current().apply(power, larger, t), matrix)


def _pull_power_frechet(call: Call, y_bar: Atom, wanted: Sequence[bool]) -> list[Atom | None]:
    """As for other functions, and for the exponent the corner of Bᵗ log B with B = [A E; 0 A]."""
    change, matrix, t = call.args
    back = swapped(matrix)
    found: list[Atom | None] = [None, None, None]
    if wanted[0]:
        found[0] = fit_cotangent(change, _power_along(back, y_bar, t))
    if wanted[1]:
        zeros = current().apply(lookup("zeros_like"), matrix)
        larger = current().apply(upper_block, back, _shaped(matrix, swapped(change)))
        both = current().apply(upper_block, _shaped(matrix, y_bar), zeros)
        found[1] = fit_cotangent(matrix, _corner(_power_along(larger, both, t), matrix))
    if wanted[2]:
        larger = current().apply(upper_block, matrix, change)
        slope = product(current().apply(power, larger, t), current().apply(logm, larger))
        total = current().apply(lookup("sum"), as_atom(y_bar * _corner(slope, matrix)))
        found[2] = fit_cotangent(t, total)
    return found


def _infer_power_frechet(args: Sequence[Atom], statics: Statics) -> Type:
    return _infer_frechet(double=False)(args[:2], statics)


power_frechet: Primitive = derived(
    "power_frechet",
    lambda change, matrix, t: runtime_frechet(linalg.fractional_matrix_power, matrix, change, t),
    definition=_power_of_block,
    spelling=Spelling("frechet(linalg.fractional_matrix_power, _1, _0, _2)"),
    infer=_infer_power_frechet,
    linear=True,
    pullback=_pull_power_frechet,
    batch=of_stacks,
    samples=(Sample(([[1.0, 2.0], [-0.5, 0.25]], _PAIR, 0.7)),),
    description="the derivative of a power of a matrix along a direction",
)


def _slope_of_exponent(call: Call) -> Atom:
    """dAᵗ/dt = Aᵗ log A."""
    return product(call.target, current().apply(logm, call.args[0]))


def _push_power(call: Call, tangents: Sequence[Atom | None]) -> Atom | None:
    (matrix, t), (a_dot, t_dot) = call.args, tangents
    first = None if a_dot is None else _power_along(matrix, a_dot, t)
    second = None if t_dot is None else as_atom(t_dot * _slope_of_exponent(call))
    total = add(first, second)
    return None if total is None else fit_tangent(call.target, total)


def _pull_power(call: Call, y_bar: Atom, wanted: Sequence[bool]) -> list[Atom | None]:
    matrix, t = call.args
    a_bar = t_bar = None
    if wanted[0]:
        a_bar = fit_cotangent(matrix, _power_along(swapped(matrix), y_bar, t))
    if wanted[1]:
        total = current().apply(lookup("sum"), as_atom(y_bar * _slope_of_exponent(call)))
        t_bar = fit_cotangent(t, total)
    return [a_bar, t_bar]


power: Primitive = general(
    "fractional_matrix_power",
    lambda x, t: real_matrix(linalg.fractional_matrix_power(x, t), x),
    infer=_infer_power,
    spelling=Spelling("real_matrix(linalg.fractional_matrix_power(_0, _1), _0)"),
    pushforward=_push_power,
    pullback=_pull_power,
    samples=(Sample((_A, 0.5)), Sample((_PAIR, -1.3))),
    description="a power of a matrix",
)


# --- the user's functions ------------------------------------------------------------------------


def _of_row(row: Primitive) -> Any:
    def call(A: Any) -> Atom:  # noqa: N803 - SciPy's name
        return current().apply(row, array_like(A))

    call.__name__ = row.name
    return accepted(call, "disp", "blocksize")


def _fractional_matrix_power(A: Any, t: Any) -> Atom:  # noqa: N803
    return current().apply(power, array_like(A), as_atom(t))


def _expm_frechet(A: Any, E: Any, method: Any = None, compute_expm: Any = True) -> Any:  # noqa: N803
    static(method, "method")
    matrix, change = array_like(A), array_like(E)
    found = current().apply(lookup("expm_frechet"), change, matrix)
    if not flag(compute_expm, "compute_expm"):
        return found
    return current().apply(lookup("expm"), matrix), found


FUNCTIONS: dict[Any, Any] = {
    **{function: _of_row(row) for function, row in _ROWS.items()},
    linalg.logm: _of_row(logm),
    linalg.sqrtm: _of_row(sqrtm),
    linalg.fractional_matrix_power: _fractional_matrix_power,
    linalg.expm_frechet: accepted(_expm_frechet),
}
