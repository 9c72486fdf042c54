"""Builtins that read all elements and give one value: `sum`, `any`, `max`, `functools.reduce`, `sorted`."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from adcompiler.errors import UnsupportedValueError
from adcompiler.frontend import growing_methods
from adcompiler.frontend.bound import Bound, lift, plain
from adcompiler.frontend.branches import branch
from adcompiler.frontend.conditions import as_condition, spelled
from adcompiler.frontend.counted import Counted, forwards
from adcompiler.frontend.folds import FEW, fold, fold_source
from adcompiler.frontend.frame import Frame
from adcompiler.frontend.growing import is_growing
from adcompiler.frontend.iteration import read
from adcompiler.frontend.iterators import zip_of
from adcompiler.frontend.sorted_lists import sorted_list
from adcompiler.frontend.streams import Lazy, Stepped, one_by_one
from adcompiler.ir.builder import current
from adcompiler.ir.primitive import lookup
from adcompiler.ir.structure import Branch, sequence
from adcompiler.ir.types import PythonScalar, dtype_of, is_number, shape_of
from adcompiler.ir.values import Atom, Constant, Variable
from adcompiler.primitives.catalogue import FUNCTIONS
from adcompiler.primitives.math_functions import SUMPROD

ZERO, ONE, NOTHING = Constant.of(0), Constant.of(1), Constant.of(None)
NO = Constant.of(False)


def _whole_array(value: Bound) -> bool:
    """An array whose length is only known at run time: NumPy takes it in one statement."""
    return (
        isinstance(value, Variable)
        and bool(shape_of(value.type))
        and shape_of(value.type)[0].constant is None
    )


def _accumulated(operator: str, neutral: int, name: str) -> Callable[..., Bound]:
    """A sum or a product from `start`; where that is the neutral int, from the first number."""

    def run(frame: Frame, iterable: Bound, start: Bound) -> Bound:
        def step(total: Bound, item: Bound) -> Stepped:
            unchanged = isinstance(total, Constant) and type(total.value) is int
            if unchanged and total.value == neutral and _adds_as_it_is(item):
                return item, None
            return frame.binary(operator, total, item), None

        source = read(frame, iterable)
        known = isinstance(start, Constant) and type(start.value) is int
        if known and isinstance(source, Counted) and one_by_one(source, FEW) is None:
            source = forwards(source)
            if _gives_arrays(frame, source):
                first, source = _first_array(source)
                return fold_source(frame, source, frame.binary(operator, start, first), step, name)
        return fold_source(frame, source, start, step, name)

    return run


def _gives_arrays(frame: Frame, source: Counted) -> bool:
    """Whether the elements are arrays: a sum of them is no number from the start."""
    memory = frame.program.memory
    mark = memory.mark()
    with current().nested():  # lowered for its type only: what it changes is taken back
        item = source.element(source.start)
    memory.restore(mark)
    return isinstance(item, Atom) and bool(shape_of(item.type))


def _first_array(source: Counted) -> tuple[Bound, Counted]:
    if not source.of_array:
        raise UnsupportedValueError(
            "arrays are summed over a range whose length is only known at run time.",
            why="without an element the sum is the int 0, with one it is an array.",
            write="sum(…, np.zeros(n)), or NumPy over the whole array",
        )
    rest = replace(source, start=_sum_of(source.start, source.step))
    return source.element(source.start), rest


def _adds_as_it_is(item: Bound) -> bool:
    """`0 + item` is `item`, but for bools, which become ints."""
    return isinstance(item, Atom) and is_number(item.type) and dtype_of(item.type).kind != "b"


_added, _multiplied = _accumulated("Add", 0, "total"), _accumulated("Mult", 1, "product")


def _sum(frame: Frame, iterable: Bound, /, start: Bound = ZERO) -> Bound:
    """The sum of the elements; of an array whose length is unknown, along its first axis."""
    if isinstance(start, Constant) and isinstance(start.value, (str, bytes)):
        raise UnsupportedValueError(
            "`sum` of strings.",
            why="Python would raise TypeError here.",
            write="''.join(…)",
        )
    if is_growing(iterable):
        total = growing_methods.total(frame, iterable)
        known_zero = isinstance(start, Constant) and start.value == 0
        return total if known_zero else frame.binary("Add", start, total)
    if _whole_array(iterable) and dtype_of(iterable.type).kind != "b":
        total = lift(FUNCTIONS[np.sum](iterable, axis=0))
        known_zero = isinstance(start, Constant) and start.value == 0
        return total if known_zero else frame.binary("Add", start, total)
    return _added(frame, iterable, start)


def _numbers(frame: Frame, function: Any, *args: Bound, **named: Bound) -> Bound | None:
    """What the rule of a function of `math` gives for arrays and containers of numbers; None for iterators."""

    for arg in args:
        parts = (
            arg.children if isinstance(arg, Branch) and arg.kind in ("tuple", "list") else (arg,)
        )
        if not all(isinstance(part, Atom) and is_number(part.type) for part in parts):
            return None
    return frame.apply_row(FUNCTIONS[function], list(args), named, function.__name__, "python")


def _prod(frame: Frame, iterable: Bound, /, *, start: Bound = ONE) -> Bound:
    found = _numbers(frame, math.prod, iterable, start=start)
    if found is not None:
        return found
    return _multiplied(frame, iterable, start)


def _fsum(frame: Frame, iterable: Bound, /) -> Bound:
    """The exact sum, which differs from the plain one by rounding only."""
    found = _numbers(frame, math.fsum, iterable)
    if found is not None:
        return found
    return frame.call_with(Constant.of(float), _sum(frame, iterable))


def _sumprod(frame: Frame, p: Bound, q: Bound, /) -> Bound:
    found = _numbers(frame, SUMPROD, p, q)
    if found is not None:
        return found
    pairs = zip_of(frame, p, q, strict=Constant.of(True))

    def step(total: Bound, pair: Bound) -> Stepped:
        product = frame.binary("Mult", *pair.children)
        known_zero = isinstance(total, Constant) and total.value == 0
        return product if known_zero else frame.binary("Add", total, product), None

    return fold(frame, pairs, ZERO, step, "total")


def _search(is_any: bool, whole: Any, name: str) -> Callable[..., Bound]:
    """`any` and `all` stop at the first element that decides."""

    def run(frame: Frame, iterable: Bound, /) -> Bound:
        if _whole_array(iterable) and len(shape_of(iterable.type)) == 1:
            return current().apply(lookup("to_bool"), FUNCTIONS[whole](iterable))

        def step(total: Bound, item: Bound) -> Stepped:
            condition = _as_bool(as_condition(frame, item))
            return condition, condition if is_any else _negated(condition)

        return fold(frame, iterable, Constant.of(not is_any), step, name, leaving=True)

    return run


def _as_bool(condition: Atom) -> Atom:
    if isinstance(condition, Constant):
        return Constant.of(bool(condition.value))
    if condition.type == PythonScalar("bool"):
        return condition
    return current().apply(lookup("to_bool"), condition)


def _negated(condition: Atom) -> Atom:
    if isinstance(condition, Constant):
        return Constant.of(not condition.value)
    with spelled("python"):
        return current().apply(lookup("logical_not"), condition)


def _first_and_rest(frame: Frame, bound: Bound, name: str) -> tuple[Bound | None, Any]:
    """The first element, or None where there is none, and a source of the others."""
    source = read(frame, bound)
    if isinstance(source, Lazy):
        source = one_by_one(source, 0) or source
    if isinstance(source, Iterator):
        return next(source, None), source
    if not isinstance(source, Counted):
        raise UnsupportedValueError(
            f"`{name}` of a generator with conditions, or with several `for`, over an unknown length.",
            why="its first element is only known at run time.",
            write="a loop with a first value, or NumPy over the whole array",
        )
    steps = forwards(source)
    if steps.known is not None and not steps.known:
        return None, iter(())
    if steps.known is None and not steps.of_array:
        raise UnsupportedValueError(
            f"`{name}` of a generator over a range whose length is only known at run time.",
            why="without an element Python would raise, and adcompiler would not notice.",
            write="a loop with a first value",
        )
    return steps.element(steps.start), replace(steps, start=_sum_of(steps.start, steps.step))


def _sum_of(a: Atom, b: Atom) -> Atom:
    if isinstance(a, Constant) and isinstance(b, Constant):
        return Constant.of(a.value + b.value)
    total: Atom = a + b
    return total


def _empty(name: str, write: str) -> UnsupportedValueError:
    return UnsupportedValueError(
        f"`{name}` of no elements.", why="Python would raise here.", write=write
    )


def _reduce(frame: Frame, function: Bound, iterable: Bound, /, *initial: Bound) -> Bound:
    def step(total: Bound, item: Bound) -> Stepped:
        return frame.call_with(function, total, item), None

    if initial:
        return fold(frame, iterable, initial[0], step, "total")
    first, rest = _first_and_rest(frame, iterable, "reduce")
    if first is None:
        raise _empty("reduce", "reduce(f, items, first)")
    return fold_source(frame, rest, first, step, "total")


def _extreme(function: Any, better: str, whole: Any, name: str) -> Callable[..., Bound]:
    def choose(
        frame: Frame, *values: Bound, key: Bound = NOTHING, default: Bound | None = None
    ) -> Bound:
        by_key = not (isinstance(key, Constant) and key.value is None)
        if len(values) == 1:
            alone = values[0]
            if is_growing(alone) and not by_key and default is None:
                return growing_methods.extreme(frame, alone, whole)
            if (
                _whole_array(alone)
                and len(shape_of(alone.type)) == 1
                and not by_key
                and not default
            ):
                return lift(FUNCTIONS[whole](alone))
            first, rest = _first_and_rest(frame, alone, function.__name__)
            if default is not None and isinstance(rest, Counted):
                raise UnsupportedValueError(
                    f"`{function.__name__}` with default= of an unknown number of elements.",
                    why="whether there is one is only known at run time.",
                    write="a branch on the length, or a loop with a first value",
                )
            if first is None and default is not None:
                return default
        else:
            first, rest = (values[0] if values else None), iter(values[1:])
        if first is None:
            raise _empty(function.__name__, f"{function.__name__}(…, default=0.0)")
        if by_key:
            best = sequence("tuple", (first, frame.call_with(key, first)))
            found = fold_source(frame, rest, best, keyed(frame, key), name)
            return found.children[0]
        return fold_source(frame, rest, first, plainly(frame), name)

    def keyed(frame: Frame, key: Bound) -> Callable[[Bound, Bound], Stepped]:
        """Python keeps the first of equal keys; the derivative is that of the element taken."""

        def step(best: Bound, item: Bound) -> Stepped:
            challenger = sequence("tuple", (item, frame.call_with(key, item)))
            wins = _compared(frame, better, challenger.children[1], best.children[1])
            return branch(frame, wins, lambda: challenger, lambda: best), None

        return step

    def plainly(frame: Frame) -> Callable[[Bound, Bound], Stepped]:
        def step(best: Bound, item: Bound) -> Stepped:
            if all(isinstance(b, Atom) and is_number(b.type) for b in (best, item)):
                with spelled("python"):
                    return lift(FUNCTIONS[function](plain(best), plain(item))), None
            wins = _compared(frame, better, item, best)
            return branch(frame, wins, lambda: item, lambda: best), None

        return step

    return choose


def _compared(frame: Frame, operator: str, left: Bound, right: Bound) -> Atom:

    return as_condition(frame, frame.one_comparison(operator, left, right))


#: function -> its meaning, a function of the frame and the bound arguments
REDUCING: dict[Any, Callable[..., Any]] = {
    sum: _sum,
    math.prod: _prod,
    math.fsum: _fsum,
    any: _search(True, np.any, "found"),
    all: _search(False, np.all, "holds"),
    max: _extreme(max, "Gt", np.max, "largest"),
    min: _extreme(min, "Lt", np.min, "smallest"),
    functools.reduce: _reduce,
    sorted: sorted_list,
}
if hasattr(math, "sumprod"):  # Python 3.12
    REDUCING[math.sumprod] = _sumprod

__all__ = ["REDUCING"]
