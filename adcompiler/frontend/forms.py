"""The form of a container (its kind, length and keys) must not depend on how often a loop runs."""

from __future__ import annotations

from collections.abc import Collection

from adcompiler.errors import UnsupportedSyntaxError
from adcompiler.frontend.bound import OPTIONAL, Bound, describe
from adcompiler.frontend.growing import element_form
from adcompiler.ir.builder import current
from adcompiler.ir.structure import Branch
from adcompiler.ir.values import Atom, Variable
from adcompiler.primitives.statics import ValueNeeded


class FormChanges(Exception):  # noqa: N818 - a request to unroll, no error of the user's
    """A container has another length, or other keys, after an iteration: the loop must be unrolled."""

    def __init__(
        self, name: str | None, before: Branch, after: Bound, place: tuple[int, ...]
    ) -> None:
        super().__init__(name)
        self.name, self.before, self.place = name, before, place
        #: the attributes that an object has got in the iteration
        self.more = (
            tuple(k for k in after.keys if k not in before.keys) if _is_object(after) else ()
        )
        #: of the list that it is then, as it is now: names go back to what they were
        self.form = element_form(after)

    def error(self, bounds: Collection[Atom]) -> Exception:
        """What to raise where the loop cannot be unrolled; ints among its bounds may be asked for."""
        for bound in bounds:
            if is_argument(bound):
                assert isinstance(bound, Variable)
                return ValueNeeded(bound)
        name = self.name or "a container"
        return UnsupportedSyntaxError(
            f"`{name}` is {describe(self.before)} that changes its length or keys in a loop.",
            why="how many elements it has would only be known at run time.",
            write=f"an array of the final length: {name} = np.zeros(n), then {name}[i] = …",
        )


def _is_object(bound: Bound) -> bool:
    return isinstance(bound, Branch) and bound.kind == "object"


def is_argument(bound: Atom) -> bool:
    """True for a variable that no statement defines: its value may be asked for."""
    return isinstance(bound, Variable) and current().definition(bound) is None


def check_form(name: str | None, before: Bound, after: Bound, place: tuple[int, ...] = ()) -> None:
    if isinstance(before, Branch) and isinstance(after, Branch) and before.form != after.form:
        raise FormChanges(name, before, after, place)
    if isinstance(before, Branch) and isinstance(after, Branch):
        for k, (a, b) in enumerate(zip(before.children, after.children, strict=True)):
            check_form(name, a, b, (*place, k))


def shown(bound: Bound) -> str:
    """A value in words, a container with its length."""
    if isinstance(bound, Branch) and bound.cls is None and bound.kind != OPTIONAL:
        return f"{describe(bound)} of {len(bound.children)}"
    return describe(bound)
