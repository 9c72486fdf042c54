"""Several directions at once: batch rules of rows that are linear in an operand.

SciPy's functions take stacks of matrices, so directions are one more stack; a vector on the right of a system
becomes a matrix whose columns are the directions.
"""

from __future__ import annotations

from collections.abc import Sequence

from adcompiler.ir.builder import current
from adcompiler.ir.nodes import Call
from adcompiler.ir.primitive import lookup
from adcompiler.ir.values import Atom
from adcompiler.primitives.axes import move_axis, transposed
from adcompiler.primitives.shaping import rank_of


def of_right_side(call: Call, args: Sequence[Atom], flags: Sequence[bool]) -> Atom:
    """Of a system, which is linear in its last operand."""
    *matrix, right = args
    assert not any(flags[:-1]), "a solution is linear in its right-hand side only"
    if rank_of(right) > 2:
        missing = rank_of(matrix[0]) - (rank_of(right) - 1)
        if missing > 0:  # one right-hand side for a stack of matrices
            axes = tuple(range(1, missing + 1))
            args = *matrix, current().apply(lookup("expand_dims"), right, axis=axes)
        return current().apply(call.primitive, *args, **call.statics)
    found = current().apply(call.primitive, *matrix, transposed(right), **call.statics)
    return move_axis(found, rank_of(found) - 1, 0)


def of_stacks(call: Call, args: Sequence[Atom], flags: Sequence[bool]) -> Atom:
    """Of a row that takes stacks in every operand that directions may come in."""
    return current().apply(call.primitive, *args, **call.statics)
