"""The functions of `operator` and `functools` that are not about numbers alone."""

from __future__ import annotations

import functools
import operator
from collections.abc import Callable
from typing import Any

from adcompiler.errors import UnsupportedValueError
from adcompiler.frontend.bound import Bound, BoundMethod, Builtin, describe, plain
from adcompiler.frontend.frame import Frame
from adcompiler.frontend.writes import updated, write_item
from adcompiler.ir.structure import sequence
from adcompiler.ir.types import dtype_of, is_number
from adcompiler.ir.values import Atom, Constant

#: operator.add … with the meaning of the operator itself: containers and objects have their own
_BINARY = {
    operator.add: "Add",
    operator.sub: "Sub",
    operator.mul: "Mult",
    operator.truediv: "Div",
    operator.floordiv: "FloorDiv",
    operator.mod: "Mod",
    operator.pow: "Pow",
    operator.matmul: "MatMult",
    operator.concat: "Add",
}
_COMPARISONS = {
    operator.eq: "Eq",
    operator.ne: "NotEq",
    operator.lt: "Lt",
    operator.le: "LtE",
    operator.gt: "Gt",
    operator.ge: "GtE",
    operator.is_: "Is",
    operator.is_not: "IsNot",
}


def _binary(name: str) -> Callable[..., Bound]:
    def run(frame: Frame, a: Bound, b: Bound, /) -> Bound:

        return frame.binary(name, a, b)

    return run


def _comparison(name: str) -> Callable[..., Bound]:
    def run(frame: Frame, a: Bound, b: Bound, /) -> Bound:

        return frame.one_comparison(name, a, b)

    return run


def _neg(frame: Frame, a: Bound, /) -> Bound:

    return frame.unary("USub", a)


def _pos(frame: Frame, a: Bound, /) -> Bound:

    return frame.unary("UAdd", a)


def _not(frame: Frame, a: Bound, /) -> Bound:

    return frame.unary("Not", a)


def _contains(frame: Frame, a: Bound, b: Bound, /) -> Bound:

    return frame.one_comparison("In", b, a)


def _getitem(frame: Frame, a: Bound, b: Bound, /) -> Bound:

    return frame.subscript(a, b)


def _one_or_all(names: tuple[Bound, ...], get: Callable[[Bound], Bound]) -> Bound:
    """One thing asked for comes alone, several as a tuple."""
    if len(names) == 1:
        return get(names[0])
    return sequence("tuple", tuple(get(name) for name in names))


def _itemgetter(frame: Frame, *indices: Bound) -> Bound:
    def get(owner: Bound) -> Bound:
        return _one_or_all(indices, lambda index: _getitem(frame, owner, index))

    return Builtin("itemgetter", get, lowered=True)


def _attrgetter(frame: Frame, *names: Bound) -> Bound:

    def one(owner: Bound, name: Bound) -> Bound:
        for part in plain(name).split("."):
            owner = frame.attribute(owner, part)
        return owner

    def get(owner: Bound) -> Bound:
        return _one_or_all(names, lambda name: one(owner, name))

    return Builtin("attrgetter", get, lowered=True)


def _methodcaller(frame: Frame, name: Bound, /, *args: Bound, **kwargs: Bound) -> Bound:

    def run(owner: Bound) -> Bound:
        return frame.call(frame.attribute(owner, plain(name)), list(args), kwargs)

    return Builtin("methodcaller", run, lowered=True)


def _partial(frame: Frame, function: Bound, /, *args: Bound, **kwargs: Bound) -> Bound:
    return BoundMethod(function, args, kwargs)


def _wraps(frame: Frame, wrapped: Bound, *args: Bound, **kwargs: Bound) -> Bound:
    """It copies the name and the docstring, which no derivative sees."""
    return Builtin("wraps", lambda wrapper: wrapper, lowered=True)


def _lru_cache(frame: Frame, maxsize: Bound | None = None, typed: Bound | None = None) -> Bound:
    """A cache returns what the function does; the derivative goes through the function."""
    if maxsize is not None and not (
        isinstance(maxsize, Constant) and isinstance(maxsize.value, (int, type(None)))
    ):
        return maxsize
    return Builtin("lru_cache", lambda function: function, lowered=True)


def _cache(frame: Frame, function: Bound, /) -> Bound:
    return function


def _singledispatch(frame: Frame, function: Bound, /) -> Bound:
    raise UnsupportedValueError(
        f"`functools.singledispatch` of {describe(function)} inside the function.",
        why="the table of its cases is only known at run time.",
        write="isinstance tests",
    )


def _in_place(name: str) -> Callable[..., Bound]:
    """``operator.iadd(a, b)``: an array or a list changes where it stands."""

    def run(frame: Frame, a: Bound, b: Bound, /) -> Bound:
        return updated(frame, f"operator.i{name.lower()}", name, a, b)

    return run


def _setitem(frame: Frame, a: Bound, b: Bound, c: Bound, /) -> Bound:
    write_item(frame, a, b, c)
    return Constant.of(None)


def _index(frame: Frame, a: Bound, /) -> Bound:
    if not isinstance(a, Atom) or not is_number(a.type) or dtype_of(a.type).kind not in "iub":
        raise UnsupportedValueError(
            f"`operator.index` gets {describe(a)}.",
            why="Python would raise TypeError here.",
            write="int(x)",
        )
    return frame.call_with(Constant.of(int), a)


def _inverted(frame: Frame, a: Bound, /) -> Bound:
    return frame.unary("Invert", a)


def _is_none(wanted: bool) -> Callable[..., Bound]:
    def run(frame: Frame, a: Bound, /) -> Bound:
        return frame.one_comparison("Is" if wanted else "IsNot", a, Constant.of(None))

    return run


def _call(frame: Frame, function: Bound, /, *args: Bound, **kwargs: Bound) -> Bound:
    return frame.call(function, list(args), kwargs)


_IN_PLACE = {
    operator.iadd: "Add",
    operator.isub: "Sub",
    operator.imul: "Mult",
    operator.itruediv: "Div",
    operator.ifloordiv: "FloorDiv",
    operator.imod: "Mod",
    operator.ipow: "Pow",
    operator.imatmul: "MatMult",
    operator.iconcat: "Add",
    operator.iand: "BitAnd",
    operator.ior: "BitOr",
    operator.ixor: "BitXor",
    operator.ilshift: "LShift",
    operator.irshift: "RShift",
}
#: Python 3.14 has them
_NEWER = {"is_none": _is_none(True), "is_not_none": _is_none(False)}
#: function -> its meaning, a function of the frame and the bound arguments
OPERATOR_FUNCTIONS: dict[Any, Callable[..., Any]] = {
    **{function: _binary(name) for function, name in _BINARY.items()},
    **{function: _comparison(name) for function, name in _COMPARISONS.items()},
    **{function: _in_place(name) for function, name in _IN_PLACE.items()},
    **{getattr(operator, name): run for name, run in _NEWER.items() if hasattr(operator, name)},
    operator.setitem: _setitem,
    operator.index: _index,
    operator.inv: _inverted,
    operator.call: _call,
    operator.neg: _neg,
    operator.pos: _pos,
    operator.not_: _not,
    operator.contains: _contains,
    operator.getitem: _getitem,
    operator.itemgetter: _itemgetter,
    operator.attrgetter: _attrgetter,
    operator.methodcaller: _methodcaller,
    functools.partial: _partial,
    functools.wraps: _wraps,
    functools.lru_cache: _lru_cache,
    functools.cache: _cache,
    functools.singledispatch: _singledispatch,
}
