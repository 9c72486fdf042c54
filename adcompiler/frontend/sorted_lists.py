"""`sorted`: by keys that are known, an order; by numbers of the run, NumPy's stable order of the keys."""

from __future__ import annotations

from typing import Any

import numpy as np

from adcompiler.errors import UnsupportedValueError
from adcompiler.frontend import growing_methods
from adcompiler.frontend.bound import Bound, describe, plain
from adcompiler.frontend.conditions import as_condition
from adcompiler.frontend.frame import Frame
from adcompiler.frontend.growing import KEYS, KIND, is_growing
from adcompiler.frontend.iteration import known_elements, read
from adcompiler.frontend.stacked import LengthNeeded, stacked
from adcompiler.frontend.streams import Stream, mapped
from adcompiler.ir.builder import current
from adcompiler.ir.index import IndexPattern, Operand
from adcompiler.ir.primitive import lookup
from adcompiler.ir.structure import Branch, leaves, refill, sequence
from adcompiler.ir.types import PythonScalar, dtype_of, is_number, is_scalar, shape_of
from adcompiler.ir.values import Atom, Constant, Variable
from adcompiler.primitives import whole_lists
from adcompiler.primitives.catalogue import FUNCTIONS

NOTHING, NO = Constant.of(None), Constant.of(False)


def sorted_list(
    frame: Frame, iterable: Bound, /, *, key: Bound = NOTHING, reverse: Bound = NO
) -> Bound:
    """`sorted(iterable, key=key, reverse=reverse)`."""
    backwards = as_condition(frame, reverse)
    if not isinstance(backwards, Constant):
        raise UnsupportedValueError(
            "`sorted` with reverse= that is only known at run time.",
            why="it decides where each element stands.",
            write="reverse=True or reverse=False",
        )
    by_key = not (isinstance(key, Constant) and key.value is None)
    if _of_unknown_length(iterable):
        return _sorted_array(frame, iterable, key if by_key else None, bool(backwards.value))
    items = list(known_elements(frame, iterable))
    keys = [frame.call_with(key, item) if by_key else item for item in items]
    keys = _deciding(keys)
    if all(map(_is_known, keys)):
        order = sorted(
            range(len(items)), key=lambda k: plain(keys[k]), reverse=bool(backwards.value)
        )
        return sequence("list", tuple(items[k] for k in order))
    ordered = _sorted_at_run_time(frame, items, keys, bool(backwards.value))
    frame.program.memory.either.rearrange(ordered.children, items)
    return ordered


def _of_unknown_length(value: Bound) -> bool:
    if is_growing(value):
        return True
    return (
        isinstance(value, Variable)
        and bool(shape_of(value.type))
        and shape_of(value.type)[0].constant is None
    )


def _sorted_array(frame: Frame, iterable: Bound, key: Bound | None, backwards: bool) -> Bound:
    """A list that grows: the elements in NumPy's order of their keys."""
    rows = stacked(iterable) if is_growing(iterable) else frame.program.memory.now(iterable)
    if not isinstance(rows, Variable) or (key is None and len(shape_of(rows.type)) != 1):
        raise UnsupportedValueError(
            f"`sorted` orders {describe(iterable)} by what is only known at run time.",
            why="the rows of an array have no order.",
            write="x[np.argsort(keys)]",
        )
    if key is None:
        keys: Any = rows
    else:
        made = Stream("map", mapped(read(frame, rows), lambda item: frame.call_with(key, item)))
        found = growing_methods.listed(frame, made)
        assert isinstance(found, Branch)
        keys = stacked(found)
    taken = _in_order(rows, _order(keys, backwards))
    if is_growing(iterable):
        kind = iterable.children[0].type.element
        found = Branch(KIND, KEYS, (whole_lists.unstacked(taken, kind),))
        frame.program.memory.either.hold_those_of(found, iterable)
        return found
    return growing_methods.as_growing(frame, taken)


def _deciding(keys: list[Bound]) -> list[Bound]:
    """Of tuples the first elements, where these are known and all different: the others are not compared."""
    if len(keys) < 2 or not all(
        isinstance(k, Branch) and k.kind in ("tuple", "list") for k in keys
    ):
        return keys
    for count in range(1, min(len(key.children) for key in keys) + 1):
        first = [sequence("tuple", key.children[:count]) for key in keys]
        if not all(map(_is_known, first)):
            break
        if len({repr(plain(key)) for key in first}) == len(keys):
            return first
    return keys


def _is_known(bound: Bound) -> bool:
    return all(isinstance(leaf, Constant) for leaf in leaves(bound))


def _refuse_unless_number(bound: Bound) -> None:
    if not (isinstance(bound, Atom) and is_number(bound.type) and is_scalar(bound.type)):
        raise UnsupportedValueError(
            f"`sorted` orders {describe(bound)} by what is only known at run time.",
            why="where each element stands would only be known at run time; numbers can stand in an array.",
            write="np.argsort of the keys, and arrays of the values indexed by it",
        )


def _sorted_at_run_time(
    frame: Frame, items: list[Bound], keys: list[Bound], backwards: bool
) -> Branch:
    """Each leaf of the elements as an array of its own, all taken in the same order."""
    form = items[0].form if isinstance(items[0], Branch) else None
    if any((i.form if isinstance(i, Branch) else None) != form for i in items):
        raise UnsupportedValueError(
            "`sorted` orders elements of different kinds.",
            why="which of them stands where would only be known at run time.",
            write="elements of one kind: numbers, or tuples of them",
        )
    rows = [leaves(item) for item in items]
    order = _order_of(keys, backwards)
    columns = [
        _arrays_in_order(frame, list(column), order)
        if all(isinstance(v, Variable) and shape_of(v.type) for v in column)
        else _column(list(column), order)
        for column in zip(*rows, strict=True)
    ]
    found = [refill(item, [column[k] for column in columns]) for k, item in enumerate(items)]
    return sequence("list", tuple(found))


def _order_of(keys: list[Bound], backwards: bool) -> Any:
    """The places of the elements in the order of their keys; of tuples the first elements that differ decide."""
    parts = {len(k.children) for k in keys if isinstance(k, Branch) and k.kind in ("tuple", "list")}
    tuples = all(isinstance(k, Branch) and k.kind in ("tuple", "list") for k in keys)
    if not tuples or len(parts) != 1 or parts == {0}:
        for bound in keys:
            _refuse_unless_number(bound)
        return _order(FUNCTIONS[np.array](keys), backwards)
    columns = [
        [key.children[k] for key in keys if isinstance(key, Branch)] for k in range(parts.pop())
    ]
    for bound in (bound for column in columns for bound in column):
        _refuse_unless_number(bound)
    made = [FUNCTIONS[np.array](column) for column in columns]
    # np.lexsort is stable, and its last key comes first
    return FUNCTIONS[np.lexsort](tuple(-c if backwards else c for c in reversed(made)))


def _arrays_in_order(frame: Frame, values: list[Variable], order: Any) -> list[Atom]:
    """Arrays of one shape: each of the new elements may be any of the old ones."""
    memory = frame.program.memory
    present = [memory.now(value) for value in values]
    if len({value.type for value in present}) > 1:
        raise LengthNeeded(
            "`sorted` orders arrays of different shapes or kinds.",
            why="which of them stands where would only be known at run time.",
            write="arrays of one shape, or np.argsort of the keys",
        ).of(*(n for value in present for n in value.type.shape if n.constant is None))
    taken = _in_order(FUNCTIONS[np.stack](present), order)
    roots = dict.fromkeys(root for value in values for root in memory.roots(value))
    found: list[Atom] = []
    for k in range(len(values)):
        row = current().apply(lookup("getitem"), taken, index=IndexPattern((k,), False))
        copy = current().apply(lookup("copy"), row)
        assert isinstance(copy, Variable)
        memory.join(copy, roots)
        found.append(copy)
    return found


def _column(values: list[Bound], order: Any) -> list[Atom]:
    for value in values:
        _refuse_unless_number(value)
    whole = [dtype_of(v.type).kind in "iub" for v in values if isinstance(v, Variable)]
    if any(whole) and not all(whole):
        raise UnsupportedValueError(
            "`sorted` orders ints and floats.",
            why="which elements are ints would only be known at run time.",
            write="float(n) for the ints",
        )
    taken = _in_order(FUNCTIONS[np.array](values), order)
    get = lookup("getitem")
    found = [
        current().apply(get, taken, index=IndexPattern((k,), False)) for k in range(len(values))
    ]
    if all(isinstance(v.type, PythonScalar) for v in values):
        back = lookup(
            "to_int" if all(dtype_of(v.type).kind in "iub" for v in values) else "to_float"
        )
        found = [current().apply(back, item) for item in found]
    return found


def _order(keys: Any, backwards: bool) -> Any:
    """Stable, and with reverse=True equal keys still keep their order."""
    return FUNCTIONS[np.argsort](-keys if backwards else keys, kind="stable")


def _in_order(array: Any, order: Any) -> Any:
    pattern = IndexPattern((Operand(0),), False)
    return current().apply(lookup("getitem"), array, order, index=pattern)
