"""Which elements of a matrix SciPy's functions read, and options that say nothing of the value.

`assume_a="pos"` reads one triangle, `"tridiagonal"` three diagonals.  The derivative is that of the function
as SciPy computes it: what is not read has the derivative 0.
"""

from __future__ import annotations

import inspect
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


#: options that change no value: whether it is checked, how much memory is taken
_IGNORED = ("check_finite", "lwork", "workers", "disp", "blocksize")


def builders(table: dict[Any, Any]) -> dict[Any, Any]:
    """The builders of SciPy's functions, which take the parameters of their function, in its order.

    Options that change no value are left out: `check_finite=False` only saves a check, so that the
    generated program may make it.
    """
    return {function: _bound(function, build) for function, build in table.items()}


def _bound(function: Any, build: Callable[..., Any]) -> Callable[..., Any]:
    signature, name = inspect.signature(function), function.__name__

    def call(*operands: Any, **keywords: Any) -> Any:
        try:
            given = signature.bind(*operands, **keywords).arguments
        except TypeError as error:
            raise ArgumentError(
                f"`linalg.{name}` is not supported in this form: {error}."
            ) from None
        for key in [key for key in given if key.startswith("overwrite_")]:
            if static(given.pop(key), key):
                raise ArgumentError(
                    f"`linalg.{name}` with {key}=True is not supported.",
                    why="it destroys its operand, which the derivative reads.",
                    write=f"linalg.{name}(...) without it",
                )
        return build(**{key: value for key, value in given.items() if key not in _IGNORED})

    call.__name__ = build.__name__
    return call


def flag(value: Any, name: str) -> bool:
    return bool(static(value, name))


def given(defaults: dict[str, Any], **values: Any) -> dict[str, Any]:
    """The options that differ from their defaults."""
    return {k: v for k, v in values.items() if defaults.get(k) != v}
