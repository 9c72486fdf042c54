"""The cotangents of a reverse sweep: seed, add, take.

The absence of a cotangent is a structural zero.  The IR is pure, so adding makes a new version of x̄; the backend
turns versions back into one variable that is incremented.
"""

from __future__ import annotations

from adcompiler.ir.builder import current
from adcompiler.ir.nodes import Call
from adcompiler.ir.primitive import lookup
from adcompiler.ir.types import Array, List, dtype_of, is_complex, is_number, shape_of
from adcompiler.ir.values import Atom, Variable
from adcompiler.transform.variables import name_after


class Cotangents:
    """Variable → its cotangent so far."""

    def __init__(self, found: dict[Variable, Atom] | None = None) -> None:
        self._found: dict[Variable, Atom] = dict(found or {})

    def copy(self) -> Cotangents:
        return Cotangents(self._found)

    def get(self, variable: Atom) -> Atom | None:
        return self._found.get(variable) if isinstance(variable, Variable) else None

    def take(self, variable: Variable) -> Atom | None:
        """The final cotangent of a variable whose definition is reached: it is not needed again."""
        return self._found.pop(variable, None)

    def set(self, variable: Variable, cotangent: Atom) -> None:
        self._found[variable] = cotangent

    def holds(self, atom: Atom) -> bool:
        """True where `atom` is (part of) the cotangent of some variable, so that its statement must stay."""
        return any(found is atom for found in self._found.values())

    def add(self, variable: Variable, contribution: Atom, shared: bool = False) -> None:
        """x̄ += contribution; `shared` where the same contribution goes to another operand too (y = a + b)."""
        if (
            is_complex(contribution.type)
            and is_number(variable.type)
            and not is_complex(variable.type)
        ):
            # Re(x̄ ẋ) of a real x reads the real part of x̄ only
            contribution, shared = current().apply(lookup("real"), contribution), False
        old = self._found.get(variable)
        if old is None:
            total = name_after(contribution, variable, "bar")
        else:
            own = not shared and not self.holds(contribution)
            total = name_after(_added(old, contribution, own), variable, "bar")
        self._found[variable] = total

    def changed_since(self, before: Cotangents) -> list[Variable]:
        return [v for v, atom in self._found.items() if before._found.get(v) is not atom]


def _added(old: Atom, contribution: Atom, own: bool) -> Atom:
    """old + contribution; what was added into an array of zeros is added into `old` instead.

    So the adjoint of reading a slice costs as much as the slice, not as the whole array.  Only a contribution that
    nobody else reads (`own`) may be taken apart like this.
    """
    builder = current()
    update = builder.definition(contribution)
    if isinstance(old.type, List):
        return _added_list(old, contribution, update if own else None)
    if own and update is not None and update.primitive.name in ("add_to_slice", "add_at"):
        zeros = builder.definition(update.args[0])
        # the cotangent of an array without axes may be held as a number, which has no places
        fits = (
            isinstance(old.type, Array)
            and shape_of(old.type) == shape_of(contribution.type)
            and dtype_of(old.type) == dtype_of(contribution.type)
        )
        if (
            zeros is not None
            and zeros.primitive.name == "zeros_like"
            and fits
            and builder.withdraw(update)
        ):
            builder.withdraw(zeros)
            return builder.apply(update.primitive, old, *update.args[1:], **update.statics)
    return old + contribution  # type: ignore[no-any-return]


#: rows that add to, or exchange, a part of a list of zeros
_INTO_ZEROS = ("list_add", "list_add_array")


def _added_list(old: Atom, contribution: Atom, update: Call | None) -> Atom:
    """The same for a list whose elements are read one by one."""
    builder = current()
    if update is not None and update.primitive.name in _INTO_ZEROS:
        made = builder.definition(update.args[0])
        zeros = made is not None and made.primitive.name in ("list_zeros", "list_zeros_like")
        if made is not None and zeros and builder.withdraw(update):
            builder.withdraw(made)
            return builder.apply(update.primitive, old, *update.args[1:])
    return builder.apply(lookup("list_sums"), old, contribution)
