"""What stands for each variable in all directions: one array, or a sum of products until somebody reads it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from adcompiler.ir.builder import current
from adcompiler.ir.nodes import Call
from adcompiler.ir.types import is_inexact, shape_of
from adcompiler.ir.values import Atom, Variable
from adcompiler.transform.factor_rules import FITS, RULES, through_factors
from adcompiler.transform.factored import Form, Term, Unit
from adcompiler.transform.variables import name_after

#: a sum with more bases than this is formed at once: each of them costs a product with all directions
MANY_BASES = 2


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
        rule = RULES.get(call.primitive.name)
        made: tuple[Term, ...] | None = None
        if rule is not None:
            made = rule(call, forms)
        if made is None:
            made = through_factors(call, forms)
        if made is None:
            return False
        fits = [call] if call.primitive.name in FITS else [f.fit for f in forms if f and f.fit]
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
