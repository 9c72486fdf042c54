"""Many directions at once, with what all directions share kept apart.

A tangent or cotangent with a leading axis of directions is a sum of products base · factor: the base has the leading
axis, the factor is one array for all directions.  Products with partial derivatives change the factors alone, which
costs one array instead of one for each direction; the product with the base is formed where somebody reads it.  A base
may be a unit direction itself (the tangent of ``p[k]``), which is never multiplied by: its factor is the row ``k``.

>>> import numpy as np
>>> import adcompiler as ad
>>> def curve(p, t):
...     return p[0] * np.exp(-p[1] * t)
>>> ad.jacobian(curve)(np.array([2.0, 0.5]), np.array([0.0, 2.0])).round(3).tolist()
[[1.0, -0.0], [0.368, -1.472]]
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from adcompiler.ir.builder import current
from adcompiler.ir.index import IndexPattern
from adcompiler.ir.lengths import Length
from adcompiler.ir.nodes import Call
from adcompiler.ir.origin import Origin
from adcompiler.ir.primitive import lookup
from adcompiler.ir.types import dtype_of, shape_of
from adcompiler.ir.values import Atom, Constant, Variable, as_atom
from adcompiler.primitives.accumulation import insert_axes_behind_first
from adcompiler.primitives.indexing import accumulate
from adcompiler.transform.variables import name_after


@dataclass(frozen=True, eq=False)
class Unit:
    """The unit directions read at one element: `call` takes it from the basis of a vector."""

    call: Call
    basis: Atom

    def same(self, other: object) -> bool:
        return (
            isinstance(other, Unit)
            and other.basis is self.basis
            and other.call.args[1:] == self.call.args[1:]
            and other.call.statics["index"] == self.call.statics["index"]
        )

    @property
    def column(self) -> Atom:
        """One number for each direction."""
        return batched_call(self.call, self.basis)

    @property
    def position(self) -> int | None:
        """Which direction it is, where that is known and counted from the front."""
        (entry,) = self.call.statics["index"].entries
        return entry if isinstance(entry, int) and entry >= 0 else None


@dataclass(frozen=True, eq=False)
class Term:
    base: Atom | Unit
    factor: Atom | None  # None for 1

    def same(self, other: Term) -> bool:
        base = self.base
        return base.same(other.base) if isinstance(base, Unit) else base is other.base

    @property
    def rank(self) -> int:
        """Axes of the base behind the leading one."""
        return 0 if isinstance(self.base, Unit) else len(shape_of(self.base.type)) - 1


@dataclass(frozen=True, eq=False)
class Form:
    """What stands for `target` in all directions; `fit` broadcasts to its shape where the terms are smaller.

    Where no shape tells that they are not, it is formed by its own statement, `loose`, done for all directions.
    """

    target: Variable
    terms: tuple[Term, ...]
    origin: Origin
    role: str
    fit: Call | None = None
    loose: Call | None = None

    @property
    def shape(self) -> tuple[Length, ...]:
        return shape_of(self.target.type)

    def formed(self) -> Atom:
        """One array with the leading axis."""
        builder = current()
        before = builder.origin, builder.role
        builder.origin, builder.role = self.origin, self.role
        try:
            found = self._rows() or self._sum(self.terms)
            if self.fit is not None and shape_of(found.type)[1:] != self.shape:
                found = batched_call(self.fit, found)
            return name_after(found, self.target.of, self.target.mark) if self.target.of else found
        finally:
            builder.origin, builder.role = before

    def _sum(self, terms: Sequence[Term]) -> Atom:
        total: Any = None
        for term in terms:
            product = _product(term)
            missing = len(self.shape) + 1 - len(shape_of(product.type))
            if missing > 0 and len(terms) > 1:
                product = insert_axes_behind_first(product, missing)
            total = product if total is None else total + product
        return as_atom(total)

    def _rows(self) -> Atom | None:
        """Factors of unit directions as rows of one array; None where there are none, or shapes do not tell."""
        units = [t for t in self.terms if isinstance(t.base, Unit)]
        if not units or not self.shape:
            return None
        others = [t for t in self.terms if t not in units]
        if others:
            start = self._sum(others)
            if shape_of(start.type)[1:] != self.shape:
                return None
        else:
            full = [t.factor for t in units if t.factor and shape_of(t.factor.type) == self.shape]
            if not full or dtype_of(full[0].type) != dtype_of(self.target.type):
                return None
            base = units[0].base
            assert isinstance(base, Unit)
            start = current().apply(lookup("zeros_of_two"), base.call.args[0], full[0])
        written: set[int | None] = set() if not others else {None}
        for term in units:
            base, factor = term.base, as_atom(1.0) if term.factor is None else term.factor
            assert isinstance(base, Unit)
            index = IndexPattern(base.call.statics["index"].entries, False)
            operands = base.call.args[1:]
            position = base.position
            if None in written or position is None or position in written:
                start = accumulate(start, factor, operands, index)
                written.add(None)
            else:
                start = current().apply(lookup("setitem"), start, factor, *operands, index=index)
            written.add(position)
        return start


def batched_call(call: Call, value: Atom) -> Atom:
    """The call for all directions, its first operand being `value`."""
    assert call.primitive.batch is not None
    flags = [True, *[False] * (len(call.args) - 1)]
    return call.primitive.batch(call, [value, *call.args[1:]], flags)


def is_basis(base: Atom | Unit) -> bool:
    """True for the unit directions of a vector, all of them."""
    if isinstance(base, Unit) or len(shape_of(base.type)) != 2:
        return False
    made = current().definition(base)
    return made is not None and made.primitive.name == "basis_like"


def _product(term: Term) -> Atom:
    base = term.base.column if isinstance(term.base, Unit) else term.base
    if term.factor is None:
        return base
    if isinstance(term.factor, Constant) and term.factor.value == -1:
        return as_atom(-base)
    alike = dtype_of(base.type) == dtype_of(term.factor.type)
    if alike and is_basis(base) and shape_of(base.type)[1:] == shape_of(term.factor.type):
        return current().apply(lookup("diag"), term.factor)
    missing = len(shape_of(term.factor.type)) - term.rank
    if missing > 0:
        base = insert_axes_behind_first(base, missing)
    return as_atom(base * term.factor)
