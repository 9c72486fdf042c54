"""A list whose length only the run knows, where NumPy or Python asks for all of it."""

from __future__ import annotations

from adcompiler.errors import UnsupportedValueError
from adcompiler.ir.builder import current
from adcompiler.ir.structure import Branch
from adcompiler.ir.values import Atom
from adcompiler.primitives.whole_lists import stack


class LengthNeeded(UnsupportedValueError):  # noqa: N818 - a request, shown as what it is a kind of
    """Only a list that is known one by one will do: where an int argument says how many, its value is asked for."""

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
