"""Writes in place: elements, slices and masks of arrays, items of containers, attributes of objects, `x += …`."""

from __future__ import annotations

import inspect
import types
from typing import Any

import numpy as np

from adcompiler.errors import (
    AliasError,
    ArgumentError,
    UnsupportedSyntaxError,
    UnsupportedValueError,
)
from adcompiler.frontend import growing_methods
from adcompiler.frontend.bound import Bound, Instance, describe, plain
from adcompiler.frontend.frame import Frame
from adcompiler.frontend.growing import form_of, grow, is_growing
from adcompiler.frontend.index_patterns import index_pattern, read
from adcompiler.frontend.naming import bind, give_name
from adcompiler.frontend.numpy_in_python import set_flat
from adcompiler.frontend.objects import by_update, mangled, refuse_descriptor, refuse_own_access
from adcompiler.frontend.optional import present
from adcompiler.ir.builder import current
from adcompiler.ir.index import IndexPattern
from adcompiler.ir.primitive import lookup
from adcompiler.ir.structure import Branch
from adcompiler.ir.types import Array, dtype_of, is_number, shape_of
from adcompiler.ir.values import Atom, Constant, Variable
from adcompiler.primitives.catalogue import FUNCTIONS
from adcompiler.primitives.statics import ValueNeeded
from adcompiler.primitives.subscripts import select


def write_item(frame: Frame, owner: Bound, index: Bound, value: Bound) -> None:
    """``owner[index] = value``."""
    if isinstance(owner, Variable) and isinstance(owner.type, Array):
        _write_elements(frame, owner, index, value)
    elif isinstance(owner, Branch) and owner.kind in ("list", "dict", "growing"):
        _write_entry(frame, owner, index, value)
    elif (method := _method(owner, "__setitem__")) is not None:
        frame.call(method, [owner, index, value], {})
    else:
        raise UnsupportedValueError(
            f"an item of {describe(owner)} is assigned.",
            why="Python would raise TypeError here: it cannot be changed.",
            write="a list, a dict or an array",
        )


def _write_elements(frame: Frame, owner: Variable, index: Bound, value: Bound) -> None:
    memory = frame.program.memory
    pattern, operands = index_pattern(memory.present(index))
    written = _as_operand(memory.present(value))
    memory.write(owner, written, operands, pattern, lookup("setitem"))


def _as_operand(value: Bound) -> Bound:
    """NumPy turns a container that is written into an array into an array."""
    if isinstance(value, Branch) and value.kind in ("list", "tuple", "growing"):
        return FUNCTIONS[np.array](plain(value))
    if isinstance(value, Atom) and is_number(value.type):
        return value
    raise UnsupportedValueError(
        f"{describe(value)} is written into an array.",
        why="the elements of an array are numbers.",
        write="a number, an array or a list of numbers",
    )


def _write_entry(frame: Frame, owner: Branch, index: Bound, value: Bound) -> None:
    memory = frame.program.memory
    own_container(frame, owner)
    if is_growing(owner):
        growing_methods.set_item(frame, owner, index, value)
        return
    if owner.kind == "dict":
        key = known_key(index)
        entries = dict(zip(owner.keys, owner.children, strict=True))
        entries[key] = value
        memory.change(owner, entries, entries.values())
        return
    items = list(owner.children)
    if isinstance(index, Branch) and index.kind == "slice":
        items[slice(*map(_known_bound, index.children))] = frame.unpacked(value)
    else:
        if isinstance(index, Variable) and frame.program.is_decided_by_run(index):
            grow(memory, owner, form_of([value]), None)
            growing_methods.set_item(frame, owner, index, value)
            return
        items[known_position(owner, index)] = value
    memory.change(owner, range(len(items)), items)


def known_key(index: Bound) -> Any:
    if isinstance(index, Variable):
        raise ValueNeeded(index)
    if not isinstance(index, Constant):
        raise UnsupportedValueError(
            f"{describe(index)} is the key of a dict.",
            why="the keys of a dict are fixed while compiling.",
            write="a string or an int",
        )
    return index.value


def known_position(owner: Branch, index: Bound) -> int:
    key = known_key(index)
    if isinstance(key, int) and -len(owner.children) <= key < len(owner.children):
        return key
    raise UnsupportedValueError(
        f"index {key!r} is out of range for a list of {len(owner.children)}.",
        why="Python would raise IndexError here.",
        write=f"an index below {len(owner.children)}",
    )


def _known_bound(bound: Bound) -> Any:
    return known_key(bound)


def own_container(frame: Frame, container: Branch) -> None:
    """Only what the program itself made, or was given, is changed."""
    if frame.program.is_outside(container):
        raise AliasError(
            f"a {container.kind} from outside the function is changed.",
            why="a derivative changes nothing outside the function, and the next call would see the change.",
            write=f"a copy inside the function: {container.kind}(…)",
        )


def write_attribute(frame: Frame, owner: Bound, name: str, value: Bound) -> None:
    """``owner.name = value``."""
    memory = frame.program.memory
    if isinstance(owner, Instance):
        setter = _property(type(owner.value), name)
        if setter is not None:
            frame.call(setter, [owner, value], {})
            return
        refuse_own_access(type(owner.value))
        refuse_descriptor(type(owner.value), name)
        own_object(frame, owner)
        written = memory.attributes_of(owner.value)
        if name not in written.keys and hasattr(owner.value, name):
            memory.enter(written, name, frame.attribute(owner, name))
        _set_entry(frame, written, name, value)
    elif isinstance(owner, Branch) and owner.kind in ("object", "dataclass"):
        assert owner.cls is not None
        setter = _property(owner.cls, name)
        if setter is not None:
            frame.call(setter, [owner, value], {})
            return
        if owner.kind == "dataclass" and _is_frozen(owner.cls):
            raise UnsupportedValueError(
                f"`{name}` of a frozen {owner.cls.__name__} is assigned.",
                why="Python would raise FrozenInstanceError here.",
                write=f"dataclasses.replace(…, {name}=…)",
            )
        refuse_descriptor(owner.cls, name)
        if frame.program.is_outside(owner):
            raise AliasError(
                f"`{name}` of an object that was there before is assigned in the function under `grad`.",
                why="a derivative has no effect on what is around it.",
                write="the value as a result of the function",
            )
        _set_entry(frame, owner, name, value)
    elif isinstance(owner, Variable) and isinstance(owner.type, Array) and name == "flat":
        frame.call(Constant.of(set_flat), [owner, value], {})
    else:
        raise UnsupportedSyntaxError(
            f"the attribute `{name}` of {describe(owner)} is assigned.",
            why="only objects have attributes that are followed.",
            write="keep the value in a local variable",
        )


def _set_entry(frame: Frame, owner: Branch, name: str, value: Bound) -> None:
    if owner.kind == "dataclass" and name not in owner.keys:
        raise UnsupportedValueError(
            f"`{name}` is no field of {describe(owner)}.",
            why="a dataclass is followed with the fields that it declares.",
            write=f"a field `{name}` in the class",
        )
    give_name(value, name)
    entries = dict(zip(owner.keys, owner.children, strict=True))
    entries[name] = value
    frame.program.memory.change(owner, entries, entries.values())


def own_object(frame: Frame, owner: Instance) -> None:
    if not frame.program.is_given(owner.reference):
        raise AliasError(
            f"an attribute of an object from outside the function ({describe(owner)}) is assigned.",
            why="a derivative changes nothing outside the function, and the next call would see the change.",
            write="the object as an argument, or the value in a local variable",
        )


def _is_frozen(cls: type) -> bool:
    return bool(cls.__dataclass_params__.frozen)  # type: ignore[attr-defined]


def _property(cls: type, name: str) -> Bound | None:
    found = inspect.getattr_static(cls, name, None)
    if isinstance(found, property):
        if isinstance(found.fset, types.FunctionType):
            return Constant.of(found.fset)
        raise UnsupportedValueError(
            f"the property `{name}` of {cls.__name__} is assigned, and has no setter.",
            why="Python would raise AttributeError here.",
            write=f"a setter (@{name}.setter)",
        )
    return None


def _method(owner: Bound, name: str) -> Bound | None:
    cls = type(owner.value) if isinstance(owner, Instance) else getattr(owner, "cls", None)
    found = inspect.getattr_static(cls, name, None) if cls is not None else None
    return Constant.of(found) if isinstance(found, types.FunctionType) else None


# ---- x += … ------------------------------------------------------------------------------------


def augmented(frame: Frame, node: Any) -> None:
    """``x += v``: a number is bound anew, an array or a list changes where it stands."""
    target, operator = node.target, type(node.op).__name__
    kind = type(target).__name__
    if kind == "Name":
        old = frame.lookup(target.id)
        value = frame.evaluate(node.value)
        new = updated(frame, target.id, operator, old, value)
        if new is not old:
            bind(frame, target, new)
        return
    owner = frame.evaluate(target.value)
    if kind == "Attribute":
        name = mangled(frame, target.attr)
        old = frame.attribute(owner, name)
        new = updated(frame, name, operator, old, frame.evaluate(node.value))
        if new is not old:
            write_attribute(frame, owner, name, new)
        return
    index = frame.evaluate(target.slice)
    if isinstance(owner, Variable) and isinstance(owner.type, Array):
        _update_elements(frame, owner, operator, index, node.value)
        return
    old = frame.subscript(owner, index)
    new = updated(frame, "item", operator, old, frame.evaluate(node.value))
    if new is not old:
        write_item(frame, owner, index, new)


def updated(frame: Frame, name: str, operator: str, old: Bound, value: Bound) -> Bound:
    """The value after ``old operator= value``: `old` itself where it was changed in place."""
    old = present(frame, old)
    if isinstance(old, Variable) and isinstance(old.type, Array):
        _overwrite(frame, name, operator, old, value)
        return old
    if is_growing(old) and operator == "Add":
        growing_methods.extend(frame, old, value)
        return old
    if isinstance(old, Branch) and old.kind == "list" and operator in ("Add", "Mult"):
        own_container(frame, old)
        new = [*old.children, *frame.unpacked(value)] if operator == "Add" else None
        if new is None:
            new = list(frame.binary(operator, old, value).children)
        frame.program.memory.change(old, range(len(new)), new)
        return old
    if operator == "BitOr" and isinstance(old, Branch) and old.kind == "dict":
        frame.call(frame.attribute(old, "update"), [value], {})
        return old
    found = by_update(frame, operator, old, value)
    return frame.binary(operator, old, value) if found is None else found


def _overwrite(frame: Frame, name: str, operator: str, old: Variable, value: Bound) -> None:
    assert isinstance(old.type, Array)
    new = frame.binary(operator, old, value)
    rank = len(old.type.shape)
    if not isinstance(new, Variable) or len(shape_of(new.type)) != rank:
        raise AliasError(
            f"`{name}` is written in place with a value of another shape.",
            why=f"its type is {old.type}, that of the result {describe(new)}.",
            write=f"{name} = {name} + …   (a new array)",
        )
    memory = frame.program.memory
    now = memory.present(value)
    if not rank:
        # an operator makes a number of an array without axes; here the array stays, and holds it
        number = as_dtype(name, old, new)
        filled: Any = current().apply(lookup("as_array"), number, dtype=old.type.dtype)
        memory.overwrite(old, filled)
    elif shape_of(new.type) == old.type.shape:
        memory.overwrite(old, as_dtype(name, old, new))
    # only the run can tell whether it fits; NumPy refuses what does not
    elif dtype_of(old.type).kind in "fc" and _adds(operator, old, rank, now):
        memory.write(
            old,
            _addend(operator, now),
            (),
            IndexPattern((Ellipsis,), False),
            lookup("add_to_slice"),
        )
    else:
        write_item(frame, old, Constant.of(Ellipsis), as_dtype(name, old, new))


def as_dtype(name: str, old: Variable, value: Atom) -> Any:
    """NumPy casts what is written in place within the same kind of numbers only."""
    have, want = dtype_of(value.type), dtype_of(old.type)
    if have == want:
        return value
    if have.kind != want.kind:
        raise ArgumentError(
            f"`{name}` is written in place: {have} values do not fit {want}.",
            why="NumPy refuses to cast them (same_kind).",
            write=f"{name} = {name} + …",
        )
    return current().apply(lookup("cast"), value, dtype=want)


def _update_elements(frame: Frame, owner: Variable, operator: str, index: Bound, node: Any) -> None:
    """``a[i] += v`` reads, computes and writes, in this order; where every element is there once, it adds."""
    memory = frame.program.memory
    pattern, operands = index_pattern(memory.present(index))
    chosen = select(shape_of(owner.type), pattern, operands)
    before = memory.versions_of(owner)
    simple = not chosen.may_repeat and dtype_of(owner.type).kind in "fc"
    first = len(current().statements)
    value = memory.present(frame.evaluate(node))
    if memory.versions_of(owner) != before:
        raise AliasError(
            "an element is updated by a value whose computation writes the same array.",
            why="Python reads the element first, and would overwrite what was written in between.",
            write="the value into a variable before this line",
        )
    if simple and _adds(operator, owner, len(chosen.shape), value):
        added = _addend(operator, value)
        memory.write(owner, added, operands, pattern, lookup("add_to_slice"))
        return
    second = len(current().statements)
    old = read(memory.now(owner), pattern, operands)
    _moved_up(first, second)
    new = frame.binary(operator, old, value)
    memory.write(owner, as_dtype("array", owner, new), operands, pattern, lookup("setitem"))


def _moved_up(first: int, second: int) -> None:
    """Let the reading of the element stand before what computes the value, as Python does."""
    statements = current().statements
    statements[first:] = [*statements[second:], *statements[first:second]]


def _adds(operator: str, owner: Variable, rank: int, value: Bound) -> bool:
    """True where ``+=`` or ``-=`` adds to the elements: the sum has their shape and their dtype.

    (The negative of a bool or of an unsigned integer is another number.)
    """
    if operator not in ("Add", "Sub") or not isinstance(value, Atom) or not is_number(value.type):
        return False
    have, want = dtype_of(value.type), dtype_of(owner.type)
    smaller = not shape_of(value.type) or have.itemsize <= want.itemsize
    kinds = "fiub" if operator == "Add" else "fi"
    return have.kind in kinds and len(shape_of(value.type)) <= rank and smaller


def _addend(operator: str, value: Any) -> Any:
    return value if operator == "Add" else current().apply(lookup("negative"), value)
