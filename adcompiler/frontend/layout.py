"""Which arrays surely lie in rows, one element behind the other: a reshape of those is a view (DESIGN D4).

NumPy's `reshape` and `ravel` give a view where the elements lie that way and a copy elsewhere.  What `zeros`, `full`
or the method `copy` make lies in rows; a ufunc gives its result the layout of its operands (``order="K"``), so the sum
of two arrays that lie in rows does, too.  Of an array argument nobody knows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np

from adcompiler.ir.builder import current
from adcompiler.ir.index import IndexPattern, Slice
from adcompiler.ir.nodes import Call
from adcompiler.ir.primitive import Primitive
from adcompiler.ir.types import Array, shape_of
from adcompiler.ir.values import Atom, Variable
from adcompiler.primitives.catalogue import FUNCTIONS, METHODS

#: views of one array that the layout decides about
RESHAPES = ("reshape", "reshape_like")
#: what makes an array in rows, and how many arguments stand before its `order`
_IN_ROWS = {
    np.zeros: 2,
    np.ones: 2,
    np.empty: 2,
    np.full: 3,
    np.eye: 4,
    np.arange: 4,
    np.linspace: 7,
}
_MADE_IN_ROWS = {FUNCTIONS[function]: count for function, count in _IN_ROWS.items()}
_AS_THEIR_OPERAND = (
    *(FUNCTIONS[function] for function in (np.zeros_like, np.ones_like, np.empty_like)),
    *(FUNCTIONS[function] for function in (np.array, np.copy)),
    METHODS["astype"],
)
_PRODUCTS = (FUNCTIONS[np.matmul], FUNCTIONS[np.dot])
_UFUNCS = {row for f, row in FUNCTIONS.items() if isinstance(f, np.ufunc) and f.signature is None}


class Layout:
    """What is known of the layout of the arrays of one program."""

    def __init__(self, handle: Callable[[Variable], Variable]) -> None:
        self._handle = handle
        self._in_rows: set[Variable] = set()
        #: subscripts, reshapes …
        self._views: dict[Variable, Call] = {}
        #: reshapes that surely share memory
        self.shared: set[Variable] = set()

    def made(
        self, row: Callable[..., Any], args: Iterable[Any], kwargs: Mapping[str, Any], result: Any
    ) -> None:
        """A catalogue function of the user's has given an array of its own."""
        if not isinstance(result, Variable) or not isinstance(result.type, Array):
            return
        operands = list(args)
        if "order" in kwargs or any(result is a for a in operands) or result in self._views:
            return
        arrays = [a for a in operands if isinstance(a, Atom) and shape_of(a.type)]
        rank = len(shape_of(result.type))
        if row in _MADE_IN_ROWS:
            known = len(operands) <= _MADE_IN_ROWS[row]
        elif row is METHODS["copy"]:
            known = len(operands) == 1
        elif row in _UFUNCS or (isinstance(row, Primitive) and row.kind == "elementwise"):
            known = rank <= 1 or all(map(self.in_rows, arrays))
        elif row in _PRODUCTS:
            known = rank <= 2
        elif row in _AS_THEIR_OPERAND:
            whole = isinstance(operands[0], Atom)
            known = rank <= 1 or not whole or all(map(self.in_rows, arrays))
        else:
            known = False
        if known:
            self._in_rows.add(result)

    def flat(self, view: Variable) -> None:
        """``x.flat``, which is never a copy, however the elements lie."""
        self.shared.add(view)

    def note_view(self, call: Call) -> None:
        self._views[call.target] = call
        if call.primitive.name in RESHAPES and self.in_rows(call.args[0]):
            self.shared.add(call.target)

    def in_rows(self, array: Any) -> bool:
        """True where the elements surely lie one behind the other."""
        array = self._handle(array) if isinstance(array, Variable) else array
        if array in self._in_rows:
            return True
        if array not in self._views:
            made = current().definition(array) if isinstance(array, Variable) else None
            return (
                made is not None and made.primitive.name == "array_of"
            )  # np.array([[x, y], [y, x]])
        call = self._views[array]
        if call.primitive.name in RESHAPES:
            return array in self.shared
        return (
            call.primitive.name == "getitem"
            and _keeps_rows(call.statics["index"])
            and self.in_rows(call.args[0])
        )


def _keeps_rows(index: IndexPattern) -> bool:
    """True for ``a[i]``, ``a[i, 2:5]``: places, then at most one slice without a step."""
    entries = [entry for entry in index.entries if entry is not Ellipsis]
    slices = [k for k, entry in enumerate(entries) if isinstance(entry, Slice)]
    if Ellipsis in index.entries[:-1] or None in entries or len(slices) > 1:
        return False
    if not slices:
        return True
    last = entries[-1]
    return slices == [len(entries) - 1] and last.step in (None, 1)
