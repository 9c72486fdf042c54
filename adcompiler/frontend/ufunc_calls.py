"""Keywords that every ufunc has: `out`, `where`, `dtype`, `casting`, `order`, `subok`.

``np.log(x, where=x > 0, out=y)`` computes nothing where the condition does not hold.  In a program that is pure the
operands are harmless numbers there, and the result is chosen; so neither the value nor the derivative of what is
left out can be a NaN, and NumPy warns of nothing that it would not have computed.
"""

from __future__ import annotations

import functools
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from adcompiler.errors import ArgumentError
from adcompiler.frontend.bound import Bound, plain
from adcompiler.frontend.frame import Frame
from adcompiler.frontend.in_place import array_written, put_whole
from adcompiler.ir.builder import current
from adcompiler.ir.primitive import lookup
from adcompiler.ir.structure import Branch, sequence
from adcompiler.ir.types import PythonScalar, dtype_of, promotion_of
from adcompiler.ir.values import Atom, Constant
from adcompiler.primitives.arrays import array_like
from adcompiler.primitives.catalogue import FUNCTIONS, spelled_name

#: they change nothing about the numbers: the layout of the result, subclasses of arrays
_WITHOUT_MEANING = ("order", "subok")
_CASTINGS = ("no", "equiv", "safe", "same_kind", "unsafe")
_KEYWORDS = ("out", "where", "dtype", "casting", *_WITHOUT_MEANING)


def has_keywords(function: Any, args: list[Bound], kwargs: dict[str, Bound]) -> bool:
    """True for a ufunc that is called with more than its operands."""
    return isinstance(function, np.ufunc) and (
        len(args) > function.nin or not set(_KEYWORDS).isdisjoint(kwargs)
    )


def with_keywords(
    frame: Frame,
    ufunc: np.ufunc,
    row: Callable[..., Any],
    args: list[Bound],
    kwargs: dict[str, Bound],
) -> Bound:
    """A call of a ufunc with any of its keywords."""
    name = spelled_name(ufunc)
    rest = {key: value for key, value in kwargs.items() if key not in _KEYWORDS}
    present = frame.program.memory.present
    operands = [present(arg) for arg in args[: ufunc.nin]]
    outs = _outs(ufunc, args[ufunc.nin :], kwargs.get("out"))
    casting, dtype = _static(kwargs.get("casting"), "same_kind"), _static(kwargs.get("dtype"), None)
    if casting not in _CASTINGS:
        raise ArgumentError(f"`{name}` has no casting {casting!r}.", write=", ".join(_CASTINGS))
    if dtype is not None:
        operands = _cast(ufunc, operands, np.dtype(dtype), casting)
    condition = present(kwargs.get("where", Constant.of(True)))
    if isinstance(condition, Constant) and condition.value is True:
        condition = None
    elif any(out is None for out in outs):
        raise ArgumentError(
            f"`{name}` with `where=` and without `out=` is not supported.",
            why="what it leaves out is not initialised: NumPy returns what lies in memory there.",
            write=f"{name}(x, where=condition, out=np.zeros_like(x)), or np.where",
        )
    else:
        condition = array_like(plain(condition))
        operands = [_guarded(ufunc, condition, array_like(plain(a))) for a in operands]
    found = frame.apply_row(row, operands, rest, name, "numpy")
    values = list(found.children) if isinstance(found, Branch) else [found]
    results = [
        value if out is None else _written(frame, name, out, value, condition)
        for value, out in zip(values, outs, strict=True)
    ]
    return results[0] if len(results) == 1 else sequence("tuple", tuple(results))


def _static(bound: Bound | None, default: Any) -> Any:
    if bound is None:
        return default
    found = plain(bound)
    if isinstance(found, Atom):
        raise ArgumentError("a dtype or a casting is computed.", write="a constant, or x.dtype")
    return default if found is None else found


def _outs(ufunc: np.ufunc, behind: list[Bound], named: Bound | None) -> list[Bound | None]:
    """The array for each result; None where NumPy makes one."""
    if behind and named is not None:
        raise ArgumentError(
            f"`{spelled_name(ufunc)}` gets `out` twice.",
            why="NumPy would raise TypeError here.",
            write="out=y, or y behind the operands",
        )
    given = behind
    if named is not None:
        given = list(named.children) if isinstance(named, Branch) else [named]
    found = [None if _is_none(out) else out for out in given]
    if len(found) > ufunc.nout:
        raise ArgumentError(
            f"`{spelled_name(ufunc)}` takes {ufunc.nin} operands and gives {ufunc.nout} results.",
            write="fewer arguments",
        )
    return found + [None] * (ufunc.nout - len(found))


def _is_none(bound: Bound) -> bool:
    return isinstance(bound, Constant) and bound.value is None


def _cast(ufunc: np.ufunc, operands: list[Any], dtype: Any, casting: Any) -> list[Any]:
    """The operands as the loop for results of this dtype takes them."""
    atoms = [array_like(plain(operand)) for operand in operands]
    asked = [promotion_of(atom.type) for atom in atoms]
    signature = (*[None] * ufunc.nin, *[dtype] * ufunc.nout)
    try:
        resolved = ufunc.resolve_dtypes(
            (*asked, *[None] * ufunc.nout), signature=signature, casting=casting
        )
    except TypeError as error:
        raise ArgumentError(
            f"`{spelled_name(ufunc)}` does not compute with dtype={dtype}: {error}.",
            why="NumPy would raise TypeError here.",
            write=f"{spelled_name(ufunc)}(…).astype({dtype})",
        ) from None
    return [
        atom
        if dtype_of(atom.type) == wanted and not isinstance(atom.type, PythonScalar)
        else current().apply(lookup("cast"), atom, dtype=np.dtype(wanted))
        for atom, wanted in zip(atoms, resolved[: ufunc.nin], strict=True)
    ]


def _guarded(ufunc: np.ufunc, condition: Atom, operand: Atom) -> Any:
    """The operand where the condition holds, elsewhere a number that the ufunc has a value and a slope for."""
    harmless = _harmless(ufunc)
    if harmless is None:
        return operand
    whole = dtype_of(operand.type).kind in "iub"
    return FUNCTIONS[np.where](condition, operand, 1 if whole else harmless)


@functools.cache
def _harmless(ufunc: np.ufunc) -> float | None:
    """None where all numbers are harmless: NumPy has no warning for them."""
    if ufunc in (np.add, np.subtract, np.multiply, np.negative, np.positive, np.absolute):
        return None
    for number in (1.0, 0.5, 2.0):
        with warnings.catch_warnings(), np.errstate(all="raise"):
            warnings.simplefilter("error")
            try:
                ufunc(*[number + 0.25] * ufunc.nin)
            except (FloatingPointError, RuntimeWarning):
                continue
            except TypeError:
                return None  # integers only: they have no slope
            return number
    return None


def _written(frame: Frame, name: str, out: Bound, value: Bound, condition: Atom | None) -> Bound:
    target = array_written(out, f"{name}(out=…)")
    if condition is not None:
        now = frame.program.memory.now(target)
        value = FUNCTIONS[np.where](condition, value, now)
    put_whole(frame, name, target, value)
    return target
