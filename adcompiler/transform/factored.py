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
from dataclasses import dataclass, replace
from typing import Any

from adcompiler.ir.builder import current
from adcompiler.ir.index import IndexPattern
from adcompiler.ir.lengths import Length
from adcompiler.ir.nodes import Call
from adcompiler.ir.origin import Origin
from adcompiler.ir.primitive import lookup
from adcompiler.ir.types import dtype_of, is_inexact, shape_of
from adcompiler.ir.values import Atom, Constant, Variable, as_atom
from adcompiler.primitives.accumulation import insert_axes_behind_first
from adcompiler.primitives.indexing import accumulate
from adcompiler.transform.variables import name_after

#: a sum with more bases than this is formed at once: each of them costs a product with all directions
MANY_BASES = 2


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
        return _batched(self.call, self.basis)

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
                found = _batched(self.fit, found)
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


class Directions(dict[Variable, Atom]):
    """Variable → what stands for it in all directions: formed when it is read, until then a sum of products."""

    def __init__(self, formed: dict[Variable, Atom], forms: dict[Variable, Form]) -> None:
        super().__init__(formed)
        self.forms = forms

    def copy(self) -> Directions:
        return Directions(dict(self), dict(self.forms))

    def __contains__(self, variable: object) -> bool:
        return super().__contains__(variable) or variable in self.forms

    def get(self, variable: Variable, default: Any = None) -> Any:
        if not super().__contains__(variable):
            form = self.forms.get(variable)
            if form is None:
                return default
            self[variable] = form.formed() if form.loose is None else self._done(form.loose)
            del self.forms[variable]
        return super().get(variable)

    def _done(self, call: Call) -> Atom:
        """The statement for all directions."""
        flags = [isinstance(a, Variable) and a in self for a in call.args]
        args = [self.get(a, a) if isinstance(a, Variable) else a for a in call.args]
        assert call.primitive.batch is not None
        builder = current()
        before = builder.origin, builder.role
        builder.origin, builder.role = call.origin, call.role
        found = call.primitive.batch(call, args, flags)
        builder.origin, builder.role = before
        return name_after(found, call.target.of, call.target.mark) if call.target.of else found

    def form(self, atom: Atom) -> Form | None:
        """The sum of products that an atom is in all directions; None where it is the same in all."""
        if not isinstance(atom, Variable) or atom not in self:
            return None
        found = self.forms.get(atom)
        if found is None:
            whole = super().get(atom)
            assert whole is not None
            builder = current()
            found = Form(atom, (Term(whole, None),), builder.origin, builder.role)
        return found

    def factored(self, call: Call) -> bool:
        """Take the call into a sum of products; False where it must be done for all directions."""
        if not is_inexact(call.target.type):
            return False
        forms = [self.form(a) for a in call.args]
        rule = _RULES.get(call.primitive.name)
        made: tuple[Term, ...] | None = None
        if rule is not None:
            made = rule(call, forms)
        if made is None:
            made = _through_factors(call, forms)
        if made is None:
            return False
        fits = [call] if call.primitive.name in _FITS else [f.fit for f in forms if f and f.fit]
        fits = [f for f in fits if shape_of(f.target.type) == shape_of(call.target.type)]
        form = Form(call.target, made, call.origin, call.role, fits[0] if fits else None)
        if not fits and not _is_full(form):
            form = replace(form, loose=call)
        self.forms[call.target] = form
        if len([t for t in made if not isinstance(t.base, Unit)]) > MANY_BASES:
            self.get(call.target)
        return True


def _is_full(form: Form) -> bool:
    """True where some product of a term has the shape of the target for certain."""
    for term in form.terms:
        factor = () if term.factor is None else shape_of(term.factor.type)
        base = () if isinstance(term.base, Unit) else shape_of(term.base.type)[1:]
        if form.shape in (factor, base):
            return True
    return False


def _batched(call: Call, value: Atom) -> Atom:
    """The call for all directions, its first operand being `value`."""
    assert call.primitive.batch is not None
    flags = [True, *[False] * (len(call.args) - 1)]
    return call.primitive.batch(call, [value, *call.args[1:]], flags)


def _product(term: Term) -> Atom:
    base = term.base.column if isinstance(term.base, Unit) else term.base
    if term.factor is None:
        return base
    if isinstance(term.factor, Constant) and term.factor.value == -1:
        return as_atom(-base)
    missing = len(shape_of(term.factor.type)) - term.rank
    if missing > 0:
        base = insert_axes_behind_first(base, missing)
    return as_atom(base * term.factor)


Forms = Sequence[Form | None]


def _add(call: Call, forms: Forms) -> tuple[Term, ...] | None:
    left, right = forms
    if left is None or right is None:
        return None
    return _merged(left.terms, right.terms)


def _subtract(call: Call, forms: Forms) -> tuple[Term, ...] | None:
    left, right = forms
    if left is None or right is None:
        return None
    return _merged(left.terms, tuple(map(_negated, right.terms)))


def _merged(left: tuple[Term, ...], right: tuple[Term, ...]) -> tuple[Term, ...]:
    """The sum: terms of one base become one."""
    found = list(left)
    for term in right:
        for k, other in enumerate(found):
            if term.same(other):
                one: Any = as_atom(1.0) if other.factor is None else other.factor
                two: Any = as_atom(1.0) if term.factor is None else term.factor
                found[k] = replace(other, factor=as_atom(one + two))
                break
        else:
            found.append(term)
    return tuple(found)


def _negated(term: Term) -> Term:
    factor: Any = term.factor
    return replace(term, factor=Constant.of(-1.0) if factor is None else as_atom(-factor))


def _negative(call: Call, forms: Forms) -> tuple[Term, ...] | None:
    (form,) = forms
    return None if form is None else tuple(map(_negated, form.terms))


def _multiply(call: Call, forms: Forms) -> tuple[Term, ...] | None:
    left, right = forms
    if (left is None) == (right is None):
        return None
    form, factor = (right, call.args[0]) if left is None else (left, call.args[1])
    assert form is not None
    return tuple(
        replace(t, factor=factor if t.factor is None else _times(t.factor, factor))
        for t in form.terms
    )


def _times(a: Any, b: Any) -> Atom:
    for one, other in ((a, b), (b, a)):
        if isinstance(one, Constant) and one.value == -1:
            return as_atom(-other)
    return as_atom(a * b)


def _divide(call: Call, forms: Forms) -> tuple[Term, ...] | None:
    form, other = forms
    if form is None or other is not None:
        return None
    divisor: Any = call.args[1]
    return tuple(
        replace(t, factor=as_atom((1.0 if t.factor is None else t.factor) / divisor))
        for t in form.terms
    )


def _matmul(call: Call, forms: Forms) -> tuple[Term, ...] | None:
    left, right = forms
    if (left is None) == (right is None):
        return None
    form, other = (right, call.args[0]) if left is None else (left, call.args[1])
    assert form is not None
    rank = len(shape_of(other.type))
    if len(form.shape) == 1 and rank == 2:
        return _of_basis(call, form, other, left is None)
    if len(form.shape) == 2 and rank == 1 and right is None:
        return _contracted(form, other)
    return None


def _of_basis(call: Call, form: Form, matrix: Any, behind: bool) -> tuple[Term, ...] | None:
    """The columns (or rows) of a matrix, one for each direction: no product with an identity."""
    (term, *others) = form.terms
    if others or not _is_basis(term.base) or dtype_of(matrix.type) != dtype_of(call.target.type):
        return None
    factor: Any = term.factor
    if behind:
        scaled = matrix if factor is None else as_atom(matrix * factor)
        return (Term(current().apply(lookup("transpose"), scaled, axes=(1, 0)), None),)
    if factor is not None and shape_of(factor.type):
        factor = current().apply(lookup("expand_dims"), factor, axis=1)
    return (Term(matrix if factor is None else as_atom(factor * matrix), None),)


def _is_basis(base: Atom | Unit) -> bool:
    """True for the unit directions of a vector, all of them."""
    if isinstance(base, Unit) or len(shape_of(base.type)) != 2:
        return False
    made = current().definition(base)
    return made is not None and made.primitive.name == "basis_like"


def _contracted(form: Form, vector: Any) -> tuple[Term, ...] | None:
    """Σₘ base[m] factor[n, m] vector[m]: a product of two matrices, and no array with three axes."""
    made: list[Term] = []
    for term in form.terms:
        factor: Any = term.factor
        if factor is None or shape_of(factor.type) != form.shape or term.rank > 1:
            return None
        if term.rank == 0:
            found = current().apply(lookup("matmul"), factor, vector)
            made.append(replace(term, factor=found))
        else:
            assert isinstance(term.base, Atom)
            if shape_of(term.base.type)[1:] != form.shape[1:]:
                return None
            scaled = factor if vector is None else as_atom(factor * vector)
            turned = current().apply(lookup("transpose"), scaled, axes=(1, 0))
            made.append(Term(current().apply(lookup("matmul"), term.base, turned), None))
    return tuple(made)


def _same(call: Call, forms: Forms) -> tuple[Term, ...] | None:
    if forms[0] is None or any(forms[1:]):
        return None
    return forms[0].terms


def _getitem(call: Call, forms: Forms) -> tuple[Term, ...] | None:
    """One element of the basis of a vector."""
    form = forms[0]
    if form is None or any(forms[1:]) or len(form.terms) != 1 or shape_of(call.target.type):
        return None
    (term,) = form.terms
    if term.factor is not None or isinstance(term.base, Unit) or len(call.args) > 2:
        return None
    made = current().definition(term.base)
    if made is None or not _is_basis(term.base):
        return None
    source = made.args[0]
    return (Term(Unit(replace(call, args=(source, *call.args[1:])), term.base), None),)


_RULES = {
    "add": _add, "subtract": _subtract, "negative": _negative, "multiply": _multiply,
    "divide": _divide, "matmul": _matmul, "fill_like": _same, "broadcast_like": _same, "getitem": _getitem,
}  # fmt: skip
_FITS = ("fill_like", "broadcast_like")


def _through_factors(call: Call, forms: Forms) -> tuple[Term, ...] | None:
    """A linear operation passes by bases that are one number for each direction: it is done with the factors."""
    kind = call.primitive.kind
    given = [k for k, form in enumerate(forms) if form is not None]
    if kind not in ("linear", "bilinear") or len(given) != 1 or (kind == "linear" and given != [0]):
        return None
    form = forms[given[0]]
    assert form is not None
    if not form.shape:
        return None
    made: list[Term] = []
    for term in form.terms:
        factor = term.factor
        if term.rank or factor is None or shape_of(factor.type) != form.shape:
            return None
        args = [factor if k == given[0] else a for k, a in enumerate(call.args)]
        made.append(
            replace(term, factor=current().apply(call.primitive, *args, **call.statics))
        )
    return tuple(made)
