"""How sums of products base · factor go through the operations of a tangent or adjoint program.

Each rule gives the terms of a call's target, from the forms of its operands (None for what is the same in all
directions), or None where the call must be done for all directions.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from adcompiler.ir.builder import current
from adcompiler.ir.index import Operand
from adcompiler.ir.nodes import Call
from adcompiler.ir.primitive import lookup
from adcompiler.ir.types import Array, PythonScalar, dtype_of, is_inexact, shape_of
from adcompiler.ir.values import Atom, Constant, as_atom
from adcompiler.primitives.accumulation import broadcast_as, first_element
from adcompiler.transform.factored import Form, Term, Unit, is_basis

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
    factor = _inexact(factor, call)
    return tuple(
        replace(t, factor=factor if t.factor is None else _times(t.factor, factor))
        for t in form.terms
    )


def _inexact(factor: Atom, call: Call) -> Atom:
    """Factors are added, and the sum of two bools is a bool: they become floats."""
    if is_inexact(factor.type):
        return factor
    if isinstance(factor, Constant):
        return Constant.of(float(factor.value))
    if isinstance(factor.type, PythonScalar):
        return current().apply(lookup("to_float"), factor)
    row = "cast" if isinstance(factor.type, Array) else "as_numpy_scalar"
    return current().apply(lookup(row), factor, dtype=dtype_of(call.target.type))


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
    return _picked(call, form, other) if len(form.shape) == rank == 1 else None


def _of_basis(call: Call, form: Form, matrix: Any, behind: bool) -> tuple[Term, ...] | None:
    """The columns (or rows) of a matrix, one for each direction: no product with an identity."""
    (term, *others) = form.terms
    if (
        others
        or not _is_whole_basis(term, form)
        or dtype_of(matrix.type) != dtype_of(call.target.type)
    ):
        return None
    factor: Any = term.factor
    if behind:
        scaled = matrix if factor is None else as_atom(matrix * factor)
        return (Term(current().apply(lookup("transpose"), scaled, axes=(1, 0)), None),)
    if factor is not None and shape_of(factor.type):
        factor = current().apply(lookup("expand_dims"), factor, axis=1)
    return (Term(matrix if factor is None else as_atom(factor * matrix), None),)


def _is_whole_basis(term: Term, form: Form) -> bool:
    """True for the unit directions of a vector of the form's own shape (one of length 1 may be broadcast)."""
    base = term.base
    return isinstance(base, Atom) and is_basis(base) and shape_of(base.type)[1:] == form.shape


def _picked(call: Call, form: Form, vector: Any) -> tuple[Term, ...] | None:
    """Sums over unit directions: each picks its own element."""
    (term, *others) = form.terms
    factor: Any = vector if term.factor is None else term.factor
    if others or not _is_whole_basis(term, form) or factor is None:
        return None
    if vector is not None and term.factor is not None:
        factor = as_atom(factor * vector)
    alike = dtype_of(factor.type) == dtype_of(call.target.type)
    return (Term(factor, None),) if alike and shape_of(factor.type) == form.shape else None


def _contracted(form: Form, vector: Any) -> tuple[Term, ...] | None:
    """Σₘ base[m] factor[n, m] vector[m]: a product of two matrices, and no array with three axes."""
    made: list[Term] = []
    for term in form.terms:
        factor: Any = term.factor
        if factor is None or term.rank > 1 or form.loose is not None:
            return None
        if shape_of(factor.type) != form.shape:
            if form.fit is None:
                return None
            factor = broadcast_as(form.fit.args[1], factor)
        if term.rank == 0:
            found = _summed(factor) if vector is None else lookup("matmul")(factor, vector)
            made.append(replace(term, factor=found))
            continue
        base = term.base
        assert isinstance(base, Atom)
        if shape_of(base.type)[1:] != form.shape[1:]:
            like = first_element(factor) if vector is None else vector
            base = current().apply(lookup("broadcast_rows"), base, like, lead=1)
        scaled = factor if vector is None else as_atom(factor * vector)
        made.append(Term(lookup("matmul")(base, lookup("transpose")(scaled, axes=(1, 0))), None))
    return tuple(made)


def _summed(factor: Any) -> Atom:
    return current().apply(lookup("sum"), factor, axis=-1)


def _sum(call: Call, forms: Forms) -> tuple[Term, ...] | None:
    """A sum over the last of two axes, or of a vector."""
    (form,) = forms
    statics = call.statics
    if form is not None and len(form.shape) == 1 and statics.get("keepdims", False) is False:
        return _picked(call, form, None)
    last = statics.get("axis") in (-1, 1) and not statics.get("keepdims", False)
    return None if form is None or len(form.shape) != 2 or not last else _contracted(form, None)


def _outer(call: Call, forms: Forms) -> tuple[Term, ...] | None:
    left, form = forms
    if left is not None or form is None or len(form.shape) != 1:
        return None
    if any(t.rank > 1 for t in form.terms) or len(shape_of(call.args[0].type)) != 1:
        return None
    column = current().apply(lookup("expand_dims"), _inexact(call.args[0], call), axis=-1)
    return tuple(
        replace(t, factor=column if t.factor is None else _times(column, t.factor))
        for t in form.terms
    )


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
    if term.factor is not None or isinstance(term.base, Unit):
        return None
    entries = call.statics["index"].entries
    if len(entries) != 1 or not isinstance(entries[0], (int, Operand)):
        return None
    made = current().definition(term.base)
    if made is None or not is_basis(term.base):
        return None
    source = made.args[0]
    return (Term(Unit(replace(call, args=(source, *call.args[1:])), term.base), None),)


RULES: dict[str, Callable[[Call, Forms], tuple[Term, ...] | None]] = {
    "add": _add,
    "subtract": _subtract,
    "negative": _negative,
    "multiply": _multiply,
    "divide": _divide,
    "matmul": _matmul,
    "outer": _outer,
    "sum": _sum,
    "getitem": _getitem,
    "fill_like": _same,
    "broadcast_like": _same,
}
#: operations that only repeat a smaller array
FITS = ("fill_like", "broadcast_like")


def through_factors(call: Call, forms: Forms) -> tuple[Term, ...] | None:
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
        made.append(replace(term, factor=current().apply(call.primitive, *args, **call.statics)))
    return tuple(made)
