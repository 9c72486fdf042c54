"""A list whose length only the run knows, where NumPy or Python asks for all of it."""

from __future__ import annotations

from adcompiler.errors import UnsupportedValueError
from adcompiler.ir.builder import current
from adcompiler.ir.lengths import Length
from adcompiler.ir.structure import Branch
from adcompiler.ir.values import Atom
from adcompiler.primitives.whole_lists import stack


class LengthNeeded(UnsupportedValueError):  # noqa: N818 - a request, shown as what it is a kind of
    """Only what is known one by one will do: where an argument says how many, its value or length is asked for.

    `lengths` are those that would have to be known; empty where any argument may decide.
    """

    lengths: tuple[Length, ...] = ()

    def of(self, *lengths: Length) -> LengthNeeded:
        self.lengths = lengths
        return self

    def plain(self) -> UnsupportedValueError:
        return UnsupportedValueError(self.fact, why=self.why, write=self.write, origin=self.origin)


def stacked(branch: Branch) -> Atom:
    """The list as NumPy sees it: an array."""
    structure = branch.children[0]
    if isinstance(structure, Branch):
        raise LengthNeeded(
            "a list of tuples that grows is turned into an array.",
            why="it is kept as one list for each part of the tuples.",
            write="a list for each part",
        )
    return current().apply(stack, structure)
