"""Which rows a rule asks for the other results of a factorisation.

A rule for singular values needs the singular vectors, of the function that the user called: NumPy's and SciPy's may
differ in signs.  Rows without an entry have the partners of NumPy, which the rule names.
"""

from __future__ import annotations

from adcompiler.ir.nodes import Call
from adcompiler.ir.primitive import Primitive

_PARTNERS: dict[str, tuple[Primitive, ...]] = {}


def enter_partners(partners: tuple[Primitive, ...], *more: Primitive) -> None:
    """`partners` are one another's, and those of `more`."""
    for row in (*partners, *more):
        _PARTNERS[row.name] = partners


def partners_of(call: Call, numpys: tuple[Primitive, ...]) -> tuple[Primitive, ...]:
    return _PARTNERS.get(call.primitive.name, numpys)
