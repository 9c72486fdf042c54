"""Which elements of a matrix SciPy's functions read, and options that say nothing of the value.

`assume_a="pos"` reads one triangle, `"tridiagonal"` three diagonals.  The derivative is that of the function
as SciPy computes it: what is not read has the derivative 0.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from adcompiler.errors import ArgumentError
from adcompiler.ir.values import Atom, as_atom
from adcompiler.primitives.matrices import mirrored, onto_triangle, swapped, triangle
from adcompiler.primitives.statics import static

#: the short names of structures, and what SciPy calls them as well
_SHORT = {
    "general": "gen",
    "banded": "gen",
    "symmetric": "sym",
    "hermitian": "her",
    "positive definite": "pos",
}
SYMMETRIC = ("sym", "her", "pos")
_TURNED = {"upper triangular": "lower triangular", "lower triangular": "upper triangular"}


def kind_of(assume_a: Any) -> str:
    """What the structure of a matrix is called below; None lets SciPy look, which changes no value."""
    return "gen" if assume_a is None else _SHORT.get(assume_a, assume_a)


def turned_kind(assume_a: Any) -> Any:
    """The structure of the transposed matrix."""
    return _TURNED.get(assume_a, assume_a)


def part_read(x: Atom, kind: str, lower: bool) -> Atom:
    """The matrix that SciPy sees."""
    if kind in ("her", "pos"):
        return mirrored(x, lower)
    if kind == "sym":
        return as_atom(triangle(x, lower) + swapped(triangle(x, lower, 1)))
    return _selected(x, kind)


def onto_part(x: Atom, kind: str, lower: bool) -> Atom:
    """The adjoint of `part_read`."""
    if kind in ("her", "pos"):
        return onto_triangle(x, lower)
    if kind == "sym":
        return as_atom(triangle(x, lower) + triangle(swapped(x), lower, 1))
    return _selected(x, kind)


def _selected(x: Atom, kind: str) -> Atom:
    if kind == "gen":
        return x
    if kind == "diagonal":
        return triangle(triangle(x, True), False)
    if kind == "tridiagonal":
        return triangle(triangle(x, True, -1), False, -1)
    if kind in _TURNED:
        return triangle(x, kind == "lower triangular")
    raise ArgumentError(
        f"assume_a={kind!r} is not supported.",
        write='"gen", "sym", "her", "pos", "diagonal", "tridiagonal", "upper triangular"',
    )


def accepted(call: Callable[..., Any], *names: str) -> Callable[..., Any]:
    """A builder that takes options which change no value: what may be overwritten, whether it is checked.

    `check_finite=False` only leaves out a check, so that the generated program may leave it in.
    """
    ignored = {"check_finite", "overwrite_a", "overwrite_b", "lwork", *names}

    def build(*operands: Any, **keywords: Any) -> Any:
        kept = {key: value for key, value in keywords.items() if key not in ignored}
        return call(*operands, **kept)

    build.__name__ = call.__name__
    return build


def flag(value: Any, name: str) -> bool:
    return bool(static(value, name))


def given(defaults: dict[str, Any], **values: Any) -> dict[str, Any]:
    """The options that differ from their defaults."""
    return {k: v for k, v in values.items() if defaults.get(k) != v}
