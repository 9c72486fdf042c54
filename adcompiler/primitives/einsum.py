"""Einstein sums: linear in each operand, and the cotangent of an operand is an Einstein sum again.

The cotangent has the letters of the result, the operand those of its own axes:

* a letter of the operand in neither the result nor another operand was summed away: its cotangent
  is the same all along that axis;
* a letter that the operand has twice reads a diagonal: its cotangent stands on one, so that an
  identity matrix takes part in the sum;
* an axis of length 1 that was repeated gets the sum over the repetitions.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from string import ascii_letters
from typing import Any

import numpy as np

from adcompiler.errors import ArgumentError, ShapeError
from adcompiler.ir.builder import current
from adcompiler.ir.nodes import Call
from adcompiler.ir.primitive import Primitive, Spelling, Statics, lookup, register
from adcompiler.ir.types import Type, dtype_of, scalar_or_array, shape_of
from adcompiler.ir.values import Atom
from adcompiler.primitives.accumulation import broadcast_as, fit_cotangent, fit_tangent
from adcompiler.primitives.arrays import array_like
from adcompiler.primitives.dimensions import dimension
from adcompiler.primitives.kinds import add, scaled
from adcompiler.primitives.samples import Sample
from adcompiler.primitives.shapes import broadcast_shapes, numbers
from adcompiler.primitives.shaping import rank_of
from adcompiler.primitives.statics import static


@dataclass(frozen=True)
class Letters:
    """One letter for each axis of every operand and of the result; no ellipsis is left."""

    operands: tuple[str, ...]
    result: str

    @property
    def text(self) -> str:
        return ",".join(self.operands) + "->" + self.result

    def unused(self, number: int) -> str:
        """Letters that do not occur."""
        taken = set("".join((*self.operands, self.result)))
        free = [letter for letter in ascii_letters if letter not in taken]
        if len(free) < number:
            raise ArgumentError("an Einstein sum has more than 52 axes.")
        return "".join(free[:number])


@cache
def letters_of(subscripts: str, ranks: tuple[int, ...]) -> Letters:
    """
    >>> letters_of("ij,jk", (2, 2)).text
    'ij,jk->ik'
    >>> letters_of("...i->...", (3,)).text
    'abi->ab'
    """
    text = subscripts.replace(" ", "")
    left, arrow, right = text.partition("->")
    parts = left.split(",")
    if len(parts) != len(ranks):
        raise ShapeError(
            f"np.einsum({subscripts!r}, …) names {len(parts)} operands and got {len(ranks)}."
        )
    if not re.fullmatch(r"[A-Za-z,.]*", left + right):
        raise ArgumentError(f"np.einsum takes letters and got {subscripts!r}.")
    free = [letter for letter in ascii_letters if letter not in text]
    missing = [rank - len(p.replace("...", "")) for p, rank in zip(parts, ranks, strict=True)]
    most = 0
    for part, extra, rank in zip(parts, missing, ranks, strict=True):
        if extra < 0 or (extra > 0 and "..." not in part):
            raise ShapeError(f"np.einsum: {part!r} does not fit an operand with {rank} axes.")
        most = max(most, extra) if "..." in part else most
    shared = "".join(free[:most])
    operands = tuple(
        part.replace("...", shared[most - extra :])
        for part, extra in zip(parts, missing, strict=True)
    )
    if arrow:
        result = right.replace("...", shared)
    else:
        every = "".join(parts).replace("...", "")
        result = shared + "".join(sorted(c for c in set(every) if every.count(c) == 1))
    unknown = set(result) - set("".join(operands))
    if unknown or len(set(result)) != len(result):
        raise ShapeError(f"np.einsum: the result of {subscripts!r} cannot be {result!r}.")
    return Letters(operands, result)


def _letters(call: Call) -> Letters:
    return letters_of(call.statics["subscripts"], tuple(map(rank_of, call.args)))


def _infer_einsum(args: Sequence[Atom], statics: Statics) -> Type:
    numbers(args, "np.einsum")
    letters = letters_of(statics["subscripts"], tuple(map(rank_of, args)))
    lengths: dict[str, list[Any]] = {}
    for arg, names in zip(args, letters.operands, strict=True):
        for name, length in zip(names, shape_of(arg.type), strict=True):
            lengths.setdefault(name, []).append((length,))
    shape = tuple(broadcast_shapes(lengths[name])[0] for name in letters.result)
    for found in lengths.values():
        broadcast_shapes(found)  # lengths that are summed away must agree as well
    # a Python float is not weak here: it becomes an array first
    dtype = np.result_type(*(dtype_of(arg.type) for arg in args))
    return scalar_or_array(dtype, shape)


def _row(letters: Letters) -> Primitive:
    """NumPy gives a view where one operand is only read in another order."""
    (first, *others) = letters.operands
    return einsum if others or set(first) != set(letters.result) else einsum_view


def _sum(letters: Letters, operands: Sequence[Atom], call: Call) -> Atom:
    statics = {k: v for k, v in call.statics.items() if k != "subscripts"}
    return current().apply(_row(letters), *operands, subscripts=letters.text, **statics)


def _push_einsum(call: Call, tangents: Sequence[Atom | None]) -> Atom | None:
    total: Atom | None = None
    for k, tangent in enumerate(tangents):
        if tangent is not None:
            operands = [*call.args[:k], tangent, *call.args[k + 1 :]]
            total = add(total, current().apply(call.primitive, *operands, **call.statics))
    return None if total is None else fit_tangent(call.target, total)


def _pull_einsum(call: Call, y_bar: Atom, wanted: Sequence[bool]) -> list[Atom | None]:
    letters = _letters(call)
    return [
        fit_cotangent(arg, _operand_bar(call, letters, k, y_bar)) if want else None
        for k, (arg, want) in enumerate(zip(call.args, wanted, strict=True))
    ]


def _operand_bar(call: Call, letters: Letters, k: int, y_bar: Atom) -> Atom:
    operand = call.args[k]
    pairs, own = _diagonals(letters, letters.operands[k])
    others = [(letters.operands[i], a) for i, a in enumerate(call.args) if i != k]
    others += [(pair, _identity(operand, axis)) for pair, axis in pairs]
    known = "".join((letters.result, *(names for names, _ in others)))
    found = "".join(c for c in own if c in known)
    if letters.result:
        # the cotangent stands where the operand did
        value = _summed(call, [*others[:k], (letters.result, y_bar), *others[k:]], found)
    elif others:
        product = scaled(y_bar, _summed(call, others, found))
        assert product is not None
        value = product
    else:
        value = y_bar
    missing = tuple(axis for axis, c in enumerate(own) if c not in found)
    if not found:
        return broadcast_as(operand, value)
    if missing:
        value = current().apply(lookup("expand_dims"), value, axis=_short(missing))
    return _spread(operand, value)


def _summed(call: Call, factors: list[tuple[str, Atom]], result: str) -> Atom:
    """The Einstein sum of the factors, where there is anything to do."""
    names, atoms = zip(*factors, strict=True)
    if names == (result,):
        only: Atom = atoms[0]
        return only
    return _sum(Letters(names, result), atoms, call)


def _spread(operand: Atom, value: Atom) -> Atom:
    """Sum where the operand was repeated, repeat where it was summed away."""
    pairs = list(zip(shape_of(operand.type), shape_of(value.type), strict=True))
    repeated = tuple(k for k, (a, b) in enumerate(pairs) if a.is_one and not b.is_one)
    shorter = any(b.is_one and not a.is_one for a, b in pairs)
    unknown = any(
        a != b and not (a.is_one or b.is_one or (a.cannot_be_one and b.cannot_be_one))
        for a, b in pairs
    )
    if unknown:
        value = current().apply(lookup("sum_to_shape"), value, operand)
    elif repeated:
        value = current().apply(lookup("sum"), value, axis=_short(repeated), keepdims=True)
    if not (shorter or unknown):
        return value
    return current().apply(lookup("broadcast_like"), value, operand)


def _short(axes: tuple[int, ...]) -> int | tuple[int, ...]:
    return axes[0] if len(axes) == 1 else axes


def _diagonals(letters: Letters, own: str) -> tuple[list[tuple[str, int]], str]:
    """Each repetition of a letter gets one of its own: the pair, and the axis of the repetition."""
    fresh = iter(letters.unused(len(own) - len(set(own))))
    pairs, result = [], ""
    for axis, letter in enumerate(own):
        if letter in result:
            new = next(fresh)
            pairs.append((letter + new, axis))
            letter = new
        result += letter
    return pairs, result


def _identity(operand: Atom, axis: int) -> Atom:
    dtype = dtype_of(operand.type)
    statics: dict[str, Any] = {} if dtype == np.dtype(float) else {"dtype": dtype}
    return current().apply(lookup("eye"), dimension(operand, axis), **statics)


def _batch_einsum(call: Call, args: Sequence[Atom], flags: Sequence[bool]) -> Atom:
    """A further letter in front, for the directions."""
    ranks = tuple(rank_of(a) - flag for a, flag in zip(args, flags, strict=True))
    letters = letters_of(call.statics["subscripts"], ranks)
    lead = letters.unused(1)
    operands = tuple(
        lead + names if flag else names for names, flag in zip(letters.operands, flags, strict=True)
    )
    return _sum(Letters(operands, lead + letters.result), args, call)


_I3 = [[1.0, 2.0, 3.0], [4.0, 5.0, 6.5], [-1.0, 0.5, 2.0]]
_M23, _M32 = [[1.0, 2.0, 3.0], [4.0, 5.0, 6.5]], [[1.0, 0.5], [2.0, -1.0], [0.25, 3.0]]
_B23 = [_M23, [[0.5, 1.0, 1.5], [2.0, 2.5, 3.0]]]
_V2, _V3 = [1.0, -2.0], [0.5, 1.5, 2.5]


def _sample(subscripts: str, *operands: Any, **statics: Any) -> Sample:
    return Sample(operands, {"subscripts": subscripts, **statics})


def _einsum_row(name: str, memory: str, samples: Sequence[Sample]) -> Primitive:
    return register(
        Primitive(
            name,
            lambda *operands, subscripts, optimize=False: np.einsum(
                subscripts, *operands, optimize=optimize
            ),
            _infer_einsum,
            Spelling("np.einsum(_subscripts, *_args)"),
            "differentiable",
            _push_einsum,
            _pull_einsum,
            batch=_batch_einsum,
            memory=memory,
            defaults={"optimize": False},
            samples=samples,
        )
    )


einsum = _einsum_row(
    "einsum",
    "fresh",
    (
        _sample("ij,jk->ik", _M23, _M32),
        _sample("ij,jk", _M23, _M32),
        _sample("ij->", _M23),
        _sample("ij->i", _M23),
        _sample("ii", _I3),
        _sample("iij->j", [_I3, _I3, _I3]),
        _sample("iii", [_I3, _I3, _I3]),
        _sample("ii,i->i", _I3, _V3),
        _sample("i,i", _V3, _V3),
        _sample("i,j->ij", _V2, _V3),
        _sample("ij,j->i", _M23, _V3),
        _sample("i,ij,j->", _V2, _M23, _V3),
        _sample("i,ij,j->", _V2, _M23, _V3, optimize=True),
        _sample("...ij,...jk->...ik", _B23, _M32),
        _sample("i...->...", _B23),
        _sample("...,...", _M23, _V3),
        _sample("ij,ij->ij", [_V3], _M23),
        _sample("ij,ij->j", [_V3], _M23),
        _sample("ij,kj->", [[1.5], [2.5]], _M23),
        _sample("ij,k->k", _M23, _V2),
        _sample("i->", [2.5]),
        _sample("ij,jk->ik", np.array(_M23, np.float32), np.array(_M32, np.float32)),
        _sample("i,i->", np.array(_V3, np.float32), _V3),
        _sample(",i->i", 2.5, _V3),
    ),
)
einsum_view = _einsum_row(
    "einsum_view",
    "view",
    (
        _sample("ij", _M23),
        _sample("ba", _M23),
        _sample("ij->ji", _M23),
        _sample("ii->i", _I3),
        _sample("iij->ij", [_I3, _I3, _I3]),
        _sample("iii->i", [_I3, _I3, _I3]),
        _sample("...i", _B23),
        _sample("...i->i...", _B23),
        _sample("ii->i", np.array(_I3, np.float32)),
        _sample("i", []),
    ),
)


# --- the user's function -------------------------------------------------------------------------


def _letter(axis: Any) -> str:
    if axis is Ellipsis:
        return "..."
    number = static(axis, "a subscript")
    if not isinstance(number, int) or not 0 <= number < len(ascii_letters):
        raise ArgumentError(f"np.einsum: {number!r} is no subscript.", write="0 to 51, or ...")
    # NumPy orders numbers as it orders letters: capitals first
    return sorted(ascii_letters)[number]


def _interleaved(operands: tuple[Any, ...]) -> tuple[str, list[Any]]:
    """``einsum(a, [0, 1], b, [1, 2], [0, 2])`` with letters for the numbers."""
    pairs, rest = divmod(len(operands), 2)
    lists = [*(operands[2 * k + 1] for k in range(pairs)), *operands[2 * pairs :]]
    if not pairs or not all(isinstance(axes, (list, tuple)) for axes in lists):
        raise ArgumentError(
            "np.einsum takes subscripts, as text or as a list behind each array.",
            write='np.einsum("ij,jk->ik", a, b)',
        )
    names = ["".join(map(_letter, operands[2 * k + 1])) for k in range(pairs)]
    text = ",".join(names)
    if rest:
        text += "->" + "".join(map(_letter, operands[-1]))
    return text, [operands[2 * k] for k in range(pairs)]


def _einsum(*operands: Any, optimize: Any = False) -> Atom:
    if operands and isinstance(operands[0], str):
        text, arrays = operands[0], list(operands[1:])
    else:
        text, arrays = _interleaved(operands)
    atoms = [array_like(a) for a in arrays]
    row = _row(letters_of(text, tuple(map(rank_of, atoms))))
    way = static(optimize, "optimize")
    statics: dict[str, Any] = {} if way is False else {"optimize": way}
    return current().apply(row, *atoms, subscripts=text, **statics)


FUNCTIONS: dict[Any, Any] = {np.einsum: _einsum}
