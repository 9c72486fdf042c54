"""Every differentiable row with complex operands: it agrees with differences, or refuses.

The samples are those of the row, with imaginary parts; each operand is made complex alone, and all of them
together, so that the cotangents of real operands are seen too.  Differences go along random complex directions,
and the adjoint is the transpose of the tangent under Re Σ ȳ ẏ.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from adcompiler.errors import ADError
from adcompiler.ir.primitive import lookup
from adcompiler.ir.types import is_complex
from tests.primitives.rule_cases import Case, cases, make_case, names
from tests.primitives.rule_checks import assert_close, dot, explained, generator
from tests.primitives.rule_programs import adjoint_of, direction_like, primal_of, run, tangent_of

#: the second operand of `vectors_of` belongs to the first (the eigenvalues of the matrix), and the phases of
#: `generalised_vectors` are not SciPy's: no complex program has them but through eigenvalues, which are tested
_DEPENDENT = {"vectors_of", "generalised_vectors"}
ROWS = [
    name for name in names() if lookup(name).verdict == "differentiable" and name not in _DEPENDENT
]
#: rows with a rule for real numbers only: they are refused while compiling, or NumPy itself refuses the operands
_REAL_ONLY = """
absolute amax amax_from amax_of_any amax_where_from amin amin_from amin_of_any amin_where_from
arange arctan2 arctan2_accumulate arctan2_outer as_array as_numpy_scalar at_least at_most bessel_i
cbrt choose clip complex_of convolve convolve_transposed copysign copysign_accumulate
copysign_outer copysign_reduce corrcoef corrcoef_of_two correlate correlate_transposed cov
cov_of_two deg2rad erf erfc fabs fftfreq fill_like fma fmax fmax_accumulate fmax_outer fmax_reduce
fmin fmin_accumulate fmin_outer fmin_reduce fmod fmod_accumulate fmod_outer fmod_reduce
frexp_mantissa fsum fsum_of gamma heaviside heaviside_accumulate heaviside_outer heaviside_reduce
hypot hypot_accumulate hypot_outer hypot_reduce i0 ieee_remainder interp interp_outside ldexp
ldexp_outer lgamma log_gamma_slope log_gamma_slopes logaddexp logaddexp2 logaddexp2_accumulate
logaddexp2_outer logaddexp2_reduce logaddexp_accumulate logaddexp_outer logaddexp_reduce max
maximum maximum_accumulate maximum_outer median min minimum minimum_accumulate minimum_outer
modf_fraction nan_to_num nanmax nanmedian nanmin nanpercentile nanquantile nanstd nanvar nextafter
nextafter_accumulate nextafter_outer nextafter_reduce percentile power_norm ptp quantile rad2deg
remainder remainder_accumulate remainder_outer remainder_reduce rfft rfft2 rfftfreq rfftn sinc
solve_continuous_are solve_discrete_are std std_where sumprod_of_lists to_float unwrap var
var_where weighted_bincount
"""
REAL_ONLY = set(_REAL_ONLY.split())
#: of the rows of scipy.special those that take complex numbers, which are fewer
_COMPLEX_OF_SCIPY = """
airy_0 airy_1 airy_2 airy_3 dawsn elliprc elliprd elliprf elliprg erfcx erfi eval_chebyc
eval_chebys eval_chebyt eval_chebyu eval_gegenbauer eval_genlaguerre eval_jacobi eval_laguerre
eval_legendre eval_sh_chebyt eval_sh_chebyu eval_sh_jacobi eval_sh_legendre exp1 expi fresnel_0
fresnel_1 h1vp h2vp hankel1 hankel1e hankel2 hankel2e hyp0f1 hyp1f1 hyp2f1 iv ivp jv jvp kv kve kvp
lambertw log_ndtr loggamma ndtr rgamma shichi_0 shichi_1 sici_0 sici_1 special_erf special_erfc
special_expm1 special_gamma special_log1p spence spherical_in spherical_in_slope spherical_jn
spherical_jn_slope spherical_kn spherical_kn_slope spherical_yn spherical_yn_slope wofz wrightomega
xlog1py xlogy yv yvp
"""
COMPLEX_OF_SCIPY = set(_COMPLEX_OF_SCIPY.split())
OF_SPECIAL = {
    name for name in ROWS if "special." in lookup(name).spelling.array or name.endswith("_moment")
}
#: SciPy has polygamma functions of real numbers only
ONE_ORDER = {"loggamma", "rgamma", "special_gamma"}


def with_imaginary_part(value: Any, rng: np.random.Generator) -> Any:
    """The number or array with an imaginary part between 0.1 and 0.4."""
    real = np.asarray(value)
    if real.dtype.kind not in "fc":
        return value
    found = np.asarray(real + 1j * rng.uniform(0.1, 0.4, real.shape))
    if isinstance(value, np.ndarray):
        return found
    return complex(found) if isinstance(value, (float, complex)) else found[()]


def complex_cases(name: str) -> list[Case]:
    """The calls that are not refused while compiling, and that NumPy itself can make."""
    found = []
    for case in cases(lookup(name)):
        if case.is_single or not case.active:
            continue
        alone = [[i] for i in case.active] if len(case.active) > 1 else []
        for chosen in [case.active, *alone]:
            rng = generator(name)
            operands = tuple(
                with_imaginary_part(o, rng) if i in chosen else o
                for i, o in enumerate(case.operands)
            )
            try:
                again = make_case(case.primitive, operands, case.statics)
                primal = primal_of(again)
                with np.errstate(all="ignore"):
                    run(primal, operands)
            except (ADError, TypeError, np.exceptions.ComplexWarning):
                continue
            result = primal.body.statements[-1].target.type  # type: ignore[union-attr]
            if is_complex(result) or not case.primitive.holomorphic:
                found.append(again)
    return found


def difference(function: Any, operands: Any, active: list[int], direction: list[Any]) -> list[Any]:
    """Along a direction, to fourth order in the step."""
    h = 1e-3

    def at(step: float) -> list[Any]:
        moved = list(operands)
        for i, d in zip(active, direction, strict=True):
            value = np.asarray(operands[i]) + step * np.asarray(d)
            moved[i] = value if isinstance(operands[i], np.ndarray) else value[()]
        return [np.asarray(v) for v in run(function, moved)]

    values = zip(at(h), at(-h), at(2 * h), at(-2 * h), strict=True)
    return [(8.0 * (a - b) - (c - d)) / (12.0 * h) for a, b, c, d in values]


def of_operands(case: Case, bars: Any) -> list[Any]:
    """The cotangent of a real operand is a real part: whoever takes it projects it."""
    operands = [case.operands[i] for i in case.active]
    return [b if np.iscomplexobj(o) else np.real(b) for o, b in zip(operands, bars, strict=True)]


@pytest.mark.parametrize("name", ROWS)
def test_complex_operands(name: str) -> None:
    found = complex_cases(name)
    if name == "digamma":
        with pytest.raises(ADError):
            tangent_of(primal_of(found[0]), found[0].active)
        return
    known = name in COMPLEX_OF_SCIPY if name in OF_SPECIAL else name not in REAL_ONLY
    assert bool(found) == known, "the list of rows for real numbers is out of date"
    for case in found:
        rng = generator(name)
        primal = primal_of(case)
        tangent, adjoint = tangent_of(primal, case.active), adjoint_of(primal, case.active)
        with explained(case, tangent, adjoint), np.errstate(all="ignore"):
            direction = [direction_like(case.operands[i], rng) for i in case.active]
            (y,) = run(primal, case.operands)
            (y_dot,) = run(tangent, [*case.operands, *direction])
            (expected,) = difference(primal, case.operands, case.active, direction)
            y_dot = np.broadcast_to(y_dot, np.shape(y))
            assert_close(y_dot, expected, 1e-7, "tangent")
            y_bar = direction_like(y, rng)
            bars = of_operands(case, run(adjoint, [*case.operands, y_bar]))
            left = dot(y_bar, y_dot)
            right = sum(dot(b, d) for b, d in zip(bars, direction, strict=True))
            assert abs(left - right) <= 1e-10 * (1.0 + abs(left)), f"{left} and {right}"
        if name in ONE_ORDER:
            with pytest.raises(ADError):
                tangent_of(adjoint, case.active)
            continue
        second = tangent_of(adjoint, case.active)
        with explained(case, second), np.errstate(all="ignore"):
            operands = [*case.operands, y_bar]
            dots = of_operands(case, run(second, [*operands, *direction]))
            wanted = of_operands(case, difference(adjoint, operands, case.active, direction))
            for have, want in zip(dots, wanted, strict=True):
                assert_close(have, want, 1e-6, "forward over reverse")
