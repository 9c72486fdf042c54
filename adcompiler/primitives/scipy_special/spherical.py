"""Spherical Bessel functions, and the functions that are derivatives of Bessel functions (jvp, yvp, …).

Abramowitz & Stegun 10.1.20, 10.2.20: the slope from the orders on both sides, which holds at 0 too.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from scipy import special

from adcompiler.errors import ArgumentError
from adcompiler.ir.builder import current
from adcompiler.ir.nodes import Call
from adcompiler.ir.primitive import Infer, Primitive, Spelling, Statics
from adcompiler.ir.types import Type, dtype_of
from adcompiler.ir.values import Atom, Constant, as_atom
from adcompiler.primitives.accumulation import fit_cotangent, fit_tangent
from adcompiler.primitives.arrays import array_like
from adcompiler.primitives.kinds import elementwise, general
from adcompiler.primitives.samples import Domain, Sample
from adcompiler.primitives.scipy_special.rows import (
    ORDER,
    infer_probed,
    infer_ufunc,
    one_less,
    unknown,
)
from adcompiler.primitives.statics import differing, static

_POINT = Domain(0.4, 3.0)


def _infer(name: str) -> Infer:
    probed = infer_probed(name, getattr(special, name))

    def infer(args: Sequence[Atom], statics: Statics) -> Type:
        if dtype_of(args[0].type).kind not in "biu":
            raise ArgumentError(f"`special.{name}` takes an int as its order.", write="int(n)")
        return probed(args, statics)

    return infer


def _spherical(name: str, before: float, after: float) -> tuple[Primitive, Primitive]:
    """fₙ′ = (before · n fₙ₋₁ + after · (n + 1) fₙ₊₁) / (2n + 1), and a row for fₙ′ itself."""
    function = getattr(special, name)
    found: list[Primitive] = []

    def slope(number: int) -> Callable[..., Any]:
        def partial(y: Atom, n: Atom, z: Atom) -> Any:
            row = found[number]
            above = after * (n + 1) * row(n + 1, z)
            if isinstance(n, Constant) and n.value == 0:
                return above
            return (before * n * row(one_less(n), z) + above) / (2 * n + 1)

        return partial

    why = "SciPy has these functions for whole orders only."
    for number, flag in enumerate(("", ", derivative=True")):
        found.append(
            elementwise(
                f"{name}{'_slope' * number}",
                function if not number else lambda n, z: function(n, z, derivative=True),
                array=f"special.{name}(_0, _1{flag})",
                infer=_infer(name),
                partials=(unknown(name, "order", why), slope(number)),
                samples=(ORDER, _POINT),
            )
        )
    return found[0], found[1]


spherical_jn = _spherical("spherical_jn", 1.0, -1.0)
spherical_yn = _spherical("spherical_yn", 1.0, -1.0)
spherical_in = _spherical("spherical_in", 1.0, 1.0)
spherical_kn = _spherical("spherical_kn", -1.0, -1.0)


def _of_spherical(rows: tuple[Primitive, Primitive]) -> Callable[..., Atom]:
    def call(n: Any, z: Any, derivative: Any = False) -> Atom:
        row = rows[bool(static(derivative, "derivative"))]
        return current().apply(row, array_like(n), array_like(z))

    call.__name__ = rows[0].name
    return call


# --- derivatives of any order as functions of their own ---------------------------------------------


def _slope_function(name: str, of: str) -> Primitive:
    """The n-th derivative of a Bessel function; the derivative of it is the next one."""
    function = getattr(special, name)
    infer_value = infer_ufunc(of, getattr(special, of))

    def next_one(call: Call) -> Atom:
        return current().apply(row, *call.args, n=call.statics.get("n", 1) + 1)

    def pushforward(call: Call, dots: Sequence[Atom | None]) -> Atom | None:
        if dots[0] is not None:
            unknown(name, "order")()
        return (
            None if dots[1] is None else fit_tangent(call.target, as_atom(dots[1] * next_one(call)))
        )

    def pullback(call: Call, y_bar: Atom, wanted: Sequence[bool]) -> list[Atom | None]:
        if wanted[0]:
            unknown(name, "order")()
        own = fit_cotangent(call.args[1], as_atom(y_bar * next_one(call))) if wanted[1] else None
        return [None, own]

    row: Primitive = general(
        name,
        lambda v, z, n=1: function(v, z, n),
        infer=lambda args, statics: infer_value(args, {}),
        spelling=Spelling(f"special.{name}(_0, _1)"),
        pushforward=pushforward,
        pullback=pullback,
        defaults={"n": 1},
        samples=(
            Sample((1, 1.5)),
            Sample((2, [0.5, 1.5, 2.5]), {"n": 2}),
            Sample(([0, 1, 3], [[0.5], [1.5]])),
        ),
    )
    return row


SLOPES = {
    name: _slope_function(name, of)
    for name, of in (
        *(("jvp", "jv"), ("yvp", "yv"), ("ivp", "iv"), ("kvp", "kv")),
        *(("h1vp", "hankel1"), ("h2vp", "hankel2")),
    )
}


def _of_slopes(row: Primitive) -> Callable[..., Atom]:
    def call(v: Any, z: Any, n: Any = 1) -> Atom:
        given = differing(row, n=static(n, "n"))
        return current().apply(row, array_like(v), array_like(z), **given)

    call.__name__ = row.name
    return call


FUNCTIONS: dict[Any, Any] = {
    special.spherical_jn: _of_spherical(spherical_jn),
    special.spherical_yn: _of_spherical(spherical_yn),
    special.spherical_in: _of_spherical(spherical_in),
    special.spherical_kn: _of_spherical(spherical_kn),
    **{getattr(special, name): _of_slopes(row) for name, row in SLOPES.items()},
}
