"""The functions of `cmath`: Python's complex numbers in, Python's complex numbers out."""

from __future__ import annotations

import cmath
from collections.abc import Callable
from typing import Any

from adcompiler.ir.builder import current
from adcompiler.ir.primitive import Primitive
from adcompiler.ir.values import Atom
from adcompiler.primitives import exponential, inert, trigonometric
from adcompiler.primitives.complex_numbers import absolute_of, as_complex, make_complex, phase
from adcompiler.primitives.inert import as_float


def _of(name: str, row: Primitive) -> Callable[[Any], Atom]:
    def call(z: Any) -> Atom:
        return current().apply(row, as_complex(z))

    call.__name__ = name
    return call


def _log(z: Any, base: Any = None) -> Atom:
    """CPython itself divides two logarithms."""
    numerator: Atom = current().apply(exponential.log, as_complex(z))
    if base is None:
        return numerator
    return numerator / current().apply(exponential.log, as_complex(base))  # type: ignore[no-any-return]


def _phase(z: Any) -> Atom:
    return current().apply(phase, as_complex(z))


def _polar(z: Any) -> tuple[Atom, Atom]:
    return absolute_of(as_complex(z)), _phase(z)


def _rect(r: Any, phi: Any) -> Atom:
    """r (cos φ + i sin φ)"""
    radius, angle = as_float(r), as_float(phi)
    return make_complex(radius * trigonometric.cos(angle), radius * trigonometric.sin(angle))


FUNCTIONS: dict[Any, Any] = {
    cmath.exp: _of("exp", exponential.exp),
    cmath.log: _log,
    cmath.log10: _of("log10", exponential.log10),
    cmath.sqrt: _of("sqrt", exponential.sqrt),
    cmath.sin: _of("sin", trigonometric.sin),
    cmath.cos: _of("cos", trigonometric.cos),
    cmath.tan: _of("tan", trigonometric.tan),
    cmath.asin: _of("asin", trigonometric.arcsin),
    cmath.acos: _of("acos", trigonometric.arccos),
    cmath.atan: _of("atan", trigonometric.arctan),
    cmath.sinh: _of("sinh", trigonometric.sinh),
    cmath.cosh: _of("cosh", trigonometric.cosh),
    cmath.tanh: _of("tanh", trigonometric.tanh),
    cmath.asinh: _of("asinh", trigonometric.arcsinh),
    cmath.acosh: _of("acosh", trigonometric.arccosh),
    cmath.atanh: _of("atanh", trigonometric.arctanh),
    cmath.phase: _phase,
    cmath.polar: _polar,
    cmath.rect: _rect,
    cmath.isnan: _of("isnan", inert.isnan),
    cmath.isinf: _of("isinf", inert.isinf),
    cmath.isfinite: _of("isfinite", inert.isfinite),
}
