"""What programs do with lists that grow: methods, subscripts, `+`, and NumPy's functions that join arrays."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import numpy as np

from adcompiler.errors import UnsupportedSyntaxError, UnsupportedValueError
from adcompiler.frontend.bound import Bound, describe
from adcompiler.frontend.collecting import collected, is_unknown
from adcompiler.frontend.frame import Frame
from adcompiler.frontend.growing import (
    KEYS,
    KIND,
    change,
    content,
    element,
    form_of,
    form_within,
    is_growing,
    joined,
    parts,
    put,
    refused,
)
from adcompiler.frontend.memory import Memory
from adcompiler.frontend.stacked import stacked
from adcompiler.frontend.streams import Stream
from adcompiler.ir.builder import current
from adcompiler.ir.primitive import Primitive, lookup
from adcompiler.ir.structure import Branch, leaves, transform
from adcompiler.ir.types import (
    FLOAT,
    INT,
    Array,
    List,
    NumpyScalar,
    dtype_of,
    is_number,
    is_scalar,
    shape_of,
)
from adcompiler.ir.values import Atom, Constant, Variable
from adcompiler.primitives import lists, whole_lists
from adcompiler.primitives.catalogue import FUNCTIONS as ROWS

NONE, FIRST = Constant.of(None), Constant.of(0)


def _apply(row: Primitive, *operands: Any, **statics: Any) -> Atom:
    return current().apply(row, *operands, **statics)


def _each(
    memory: Memory, branch: Branch, new: Callable[[Variable], Atom], fresh: bool = False
) -> Branch:
    """The list (or a fresh one) with each of its parts made anew."""
    if not fresh:
        put(memory, branch, [new(part) for part in parts(branch)])
        return branch
    found = Branch(KIND, KEYS, (transform(new, branch.children[0]),))
    memory.either.hold_those_of(found, branch)
    return found


def _index(index: Bound) -> Atom:
    number = isinstance(index, Atom) and is_number(index.type) and is_scalar(index.type)
    if number and dtype_of(index.type).kind in "iub":
        return cast("Atom", index)
    raise UnsupportedValueError(
        f"{describe(index)} is the index of a list.",
        why="Python would raise TypeError here.",
        write="an int",
    )


def _from_start(index: Bound, what: str) -> Atom:
    found = _index(index)
    if not isinstance(found, Constant) or found.value < 0:
        raise UnsupportedValueError(
            f"`{what}` of a list that grows takes a position that is not known to count from its start.",
            why="the reverse sweep puts the element back to the same place.",
            write=f"{what}(0), the last element with pop() and append(…), or a loop",
        )
    return found


# ---- reading ------------------------------------------------------------------------------------------


def subscript(frame: Frame, owner: Branch, index: Bound) -> Bound:
    """``ys[i]``, ``ys[-1]``, ``ys[1:]``, ``ys[::-1]``."""
    if not (isinstance(index, Branch) and index.kind == "slice"):
        return element(frame.program.memory, owner, _index(index))
    lower, upper, step = index.children
    memory = frame.program.memory
    if isinstance(step, Constant) and step.value in (None, 1):
        given = [b for b in (lower, upper) if not (isinstance(b, Constant) and b.value is None)]
        if not given:
            return _each(memory, owner, lambda part: _apply(whole_lists.copied, part), True)
        both = len(given) == 2
        row = (
            whole_lists.part
            if both
            else whole_lists.tail
            if given[0] is lower
            else whole_lists.head
        )
        bounds = [_index(b) for b in given]
        return _each(memory, owner, lambda part: _apply(row, part, *bounds), True)
    whole = all(isinstance(b, Constant) and b.value is None for b in (lower, upper))
    if whole and isinstance(step, Constant) and step.value == -1:
        return _each(memory, owner, lambda part: _apply(whole_lists.backwards, part), True)
    raise refused("a list that grows is read with a step.", "np.array(ys)[a:b:step]")


def total(frame: Frame, owner: Branch) -> Bound:
    """``sum(ys)``."""
    if isinstance(owner.children[0], Branch):
        raise refused("tuples are summed.", "a loop over the list")
    return _apply(whole_lists.sum_of, owner.children[0])


def extreme(frame: Frame, owner: Branch, function: Any) -> Bound:
    """``max(ys)``: of a list of Python numbers one of them."""
    found: Bound = ROWS[function](stacked(owner))
    kind = _alone(owner).type.element  # type: ignore[attr-defined]
    if kind == FLOAT:
        return _apply(lookup("to_float"), found)
    return _apply(lookup("to_int"), found) if kind == INT else found


# ---- changes ------------------------------------------------------------------------------------------


def append(frame: Frame, owner: Branch, value: Bound) -> Bound:
    change(frame.program.memory, owner, lists.append, value)
    return NONE


def pop(frame: Frame, owner: Branch, index: Bound = NONE) -> Bound:
    last = index is NONE or (isinstance(index, Constant) and index.value == -1)
    place = -1 if last else _from_start(index, "pop")
    found = element(frame.program.memory, owner, place)
    rest = () if last else (place,)
    row = lists.without_last if last else lists.without_item
    models = iter(leaves(found))

    def taken_off(part: Variable) -> Atom:
        model: Any = next(models)
        return _apply(row, part, model if isinstance(model.type, Array) else 0.0, *rest)

    _each(frame.program.memory, owner, taken_off)
    return found


def insert(frame: Frame, owner: Branch, index: Bound, value: Bound) -> Bound:
    change(frame.program.memory, owner, lists.insert, value, _from_start(index, "insert"))
    return NONE


def set_item(frame: Frame, owner: Branch, index: Bound, value: Bound) -> None:
    """``ys[i] = v``."""
    if isinstance(index, Branch):
        raise refused("a part of a list that grows is replaced.", "its elements one by one")
    change(frame.program.memory, owner, lists.set_item, value, _index(index))


def extend(frame: Frame, owner: Branch, values: Bound) -> Bound:
    """``ys.extend(zs)`` and ``ys += zs``."""
    more = as_growing(frame, values, owner)
    memory = frame.program.memory
    memory.either.hold_those_of(owner, more)
    types = leaves(joined(form_within(owner), form_within(more)))
    new = []
    for part, behind, kind in zip(parts(owner), parts(more), types, strict=True):
        before = _apply(lists.length, part)
        target = Variable(None, List(kind))
        new.append(_apply(whole_lists.extend, part, behind, before, target=target))
    put(memory, owner, new)
    return NONE


def added(frame: Frame, left: Branch, right: Branch) -> Branch:
    """``ys + zs``, a new list."""
    first = as_growing(frame, left, right)
    second = as_growing(frame, right, first)
    form = joined(form_within(first), form_within(second))
    made = []
    for a, b, kind in zip(parts(first), parts(second), leaves(form), strict=True):
        target = Variable(None, List(kind))
        made.append(_apply(whole_lists.joined, a, b, _apply(lists.length, a), target=target))
    given = iter(made)
    found = Branch(KIND, KEYS, (transform(lambda _: next(given), form),))
    for side in (first, second):
        frame.program.memory.either.hold_those_of(found, side)
    return found


def combined(frame: Frame, operator: str, left: Bound, right: Bound) -> Bound:
    """A list with an operator: `+` joins two lists, with an array it is arithmetic of arrays."""

    bounds = (left, right)
    if operator == "Add" and all(isinstance(bound, Branch) for bound in bounds):
        return added(frame, left, right)
    if any(isinstance(bound, Variable) and shape_of(bound.type) for bound in bounds):
        arrays = (stacked(bound) if is_growing(bound) else bound for bound in bounds)
        return frame.call_operator(operator, *arrays)
    raise UnsupportedValueError(
        f"the operator {operator} combines {' and '.join(map(describe, bounds))}.",
        why="Python would raise TypeError here, or repeat the list.",
        write="np.array(…) around the list, where numbers are meant",
    )


def as_growing(frame: Frame, bound: Bound, like: Branch | None = None) -> Branch:
    """A list whose length only the run knows, of a container or the rows of an array."""
    if isinstance(bound, Branch):
        if is_growing(bound):
            return bound
        if bound.kind in ("list", "tuple"):
            memory = frame.program.memory
            items = [memory.present(child) for child in bound.children]
            form = form_of(items) if items else like and form_within(like)
            if form is not None:
                for one in items:
                    memory.hold(leaves(one))
                found = Branch(*content(items, form, None))
                memory.either.hold(found, bound.children)
                return found
    if isinstance(bound, Variable) and shape_of(bound.type):
        frame.program.memory.hold([bound])
        rows = bound.type.shape[1:] if isinstance(bound.type, Array) else ()
        kind = Array(dtype_of(bound.type), rows) if rows else numpy_scalar(bound)
        return Branch(KIND, KEYS, (whole_lists.unstacked(bound, kind),))
    raise UnsupportedValueError(
        f"a list that grows takes the elements of {describe(bound)}.",
        why="only lists, tuples and arrays can be added to it.",
        write="a loop with append",
    )


def as_floats(frame: Frame, array: Any) -> Branch:
    """``x.tolist()`` of a vector: Python's own numbers."""
    rows = frame.program.memory.now(array)
    return Branch(KIND, KEYS, (whole_lists.unstacked(rows, FLOAT),))


def numpy_scalar(array: Variable) -> Any:
    return NumpyScalar(dtype_of(array.type))


def repeated(frame: Frame, many: Branch, times: Atom) -> Branch:
    """``[v] * n``."""
    (value,) = many.children
    form_of([value])
    frame.program.count_by([times])
    memory = frame.program.memory
    memory.hold(leaves(value))
    found = Branch(
        KIND,
        KEYS,
        (transform(lambda v: _apply(whole_lists.repeated, memory.now(v), times), value),),
    )
    memory.either.hold(found, [value])
    return found


def clear(frame: Frame, owner: Branch) -> Bound:
    _each(
        frame.program.memory,
        owner,
        lambda part: lists.make_list((), part.type.element),  # type: ignore[attr-defined]
    )
    return NONE


def copy(frame: Frame, owner: Branch) -> Bound:
    return _each(frame.program.memory, owner, lambda part: _apply(whole_lists.copied, part), True)


def reverse(frame: Frame, owner: Branch) -> Bound:
    _each(frame.program.memory, owner, lambda part: _apply(whole_lists.backwards, part))
    return NONE


def delete(frame: Frame, owner: Branch, index: Bound) -> None:
    """``del ys[-1]``, ``del ys[n:]``."""
    if isinstance(index, Branch) and index.kind == "slice":
        lower, upper, step = index.children
        if all(isinstance(b, Constant) and b.value is None for b in (upper, step)):
            bound = _index(lower)
            _each(frame.program.memory, owner, lambda part: _apply(whole_lists.cut, part, bound))
            return
        raise refused("a part in the middle of a list that grows is deleted.", "a new list")
    pop(frame, owner, NONE if isinstance(index, Constant) and index.value == -1 else index)


METHODS: dict[str, Callable[..., Bound]] = {
    "append": append,
    "extend": extend,
    "insert": insert,
    "pop": pop,
    "clear": clear,
    "copy": copy,
    "reverse": reverse,
}


def _stack(frame: Frame, owner: Branch, axis: Bound = FIRST) -> Bound:
    if isinstance(axis, Constant) and axis.value == 0:
        return stacked(owner)
    raise refused("lists are stacked along another axis.", "np.stack(ys).T, or np.moveaxis")


def _concatenate(frame: Frame, owner: Branch, axis: Bound = FIRST) -> Bound:
    if isinstance(axis, Constant) and axis.value == 0:
        return whole_lists.concatenated(_alone(owner))
    raise refused("lists are concatenated along another axis.", "np.stack, and a reshape")


def _vstack(frame: Frame, owner: Branch) -> Bound:
    found = _alone(owner).type.element  # type: ignore[attr-defined]
    if len(shape_of(found)) == 1:
        return stacked(owner)
    return _concatenate(frame, owner)


def _hstack(frame: Frame, owner: Branch) -> Bound:
    found = _alone(owner).type.element  # type: ignore[attr-defined]
    if len(shape_of(found)) == 1:
        return _concatenate(frame, owner)
    raise refused("np.hstack of a list that grows.", "np.concatenate along axis 0, or np.stack")


def _alone(owner: Branch) -> Atom:
    if isinstance(owner.children[0], Branch):
        stacked(owner)
    found: Atom = owner.children[0]
    return found


#: NumPy's functions that take a list of arrays
FUNCTIONS: dict[Any, Callable[..., Bound]] = {
    np.array: lambda frame, owner: stacked(owner),
    np.asarray: lambda frame, owner: stacked(owner),
    np.stack: _stack,
    np.concatenate: _concatenate,
    np.vstack: _vstack,
    np.hstack: _hstack,
}


def listed(frame: Frame, value: Bound) -> Bound | None:
    """``list(value)`` where the length of the value is only known at run time; None where it is known."""
    if is_growing(value):
        return copy(frame, value)
    if isinstance(value, Variable) and shape_of(value.type):
        known = shape_of(value.type)[0].constant is not None
        return None if known else as_growing(frame, frame.program.memory.now(value))
    if isinstance(value, Stream):
        return collected(frame, value.take()) if is_unknown(value.source) else None
    return None


def function_of(
    function: Any, args: list[Bound], options: dict[str, Bound]
) -> Callable[..., Bound] | None:
    """The meaning of a function of NumPy whose first argument is a list that grows."""
    if not args or not is_growing(args[0]) or (options and function in (np.array, np.asarray)):
        return None
    return FUNCTIONS.get(function)


def if_alike(frame: Frame, owner: Branch) -> Branch | None:
    """The elements of a known list as one that the run can index; None where they are of different kinds."""
    try:
        return as_growing(frame, owner)
    except (UnsupportedSyntaxError, UnsupportedValueError):
        return None
