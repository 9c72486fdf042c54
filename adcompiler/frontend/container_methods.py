"""The methods of lists and dicts, those that change them among them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from adcompiler.errors import UnsupportedValueError
from adcompiler.frontend import growing_methods
from adcompiler.frontend.bound import Bound, describe
from adcompiler.frontend.frame import Frame
from adcompiler.frontend.growing import form_within, grow, is_growing
from adcompiler.frontend.sorted_lists import sorted_list
from adcompiler.frontend.writes import known_key, known_position, own_container
from adcompiler.ir.structure import Branch, sequence
from adcompiler.ir.values import Constant, Variable

NONE, FALSE, TRUE = map(Constant.of, (None, False, True))
Method = Callable[..., Bound]


def _refill(frame: Frame, owner: Branch, items: list[Bound]) -> None:
    own_container(frame, owner)
    frame.program.memory.change(owner, range(len(items)), items)


def _append(frame: Frame, owner: Branch, item: Bound) -> Bound:
    _refill(frame, owner, [*owner.children, item])
    return NONE


def _extend(frame: Frame, owner: Branch, items: Bound) -> Bound:
    now = frame.program.memory.now(items)
    if is_growing(now):
        own_container(frame, owner)
        grow(frame.program.memory, owner, form_within(now), None)
        return growing_methods.extend(frame, owner, now)
    _refill(frame, owner, [*owner.children, *frame.unpacked(now)])
    return NONE


def _insert(frame: Frame, owner: Branch, index: Bound, item: Bound) -> Bound:
    items = list(owner.children)
    items.insert(known_key(index), item)
    _refill(frame, owner, items)
    return NONE


def _pop(frame: Frame, owner: Branch, index: Bound = NONE) -> Bound:
    if not owner.children:
        raise UnsupportedValueError(
            "`pop` of an empty list.",
            why="Python would raise IndexError here.",
            write="a test before",
        )
    known = index is NONE
    position = len(owner.children) - 1 if known else known_position(owner, index)
    items = list(owner.children)
    found = items.pop(position)
    _refill(frame, owner, items)
    return found


def _reverse(frame: Frame, owner: Branch) -> Bound:
    _refill(frame, owner, list(owner.children[::-1]))
    return NONE


def _sort(frame: Frame, owner: Branch, *, key: Bound = NONE, reverse: Bound = FALSE) -> Bound:
    made = sorted_list(frame, owner, key=key, reverse=reverse)
    own_container(frame, owner)
    frame.program.memory.change(owner, made.keys, made.children, made.kind)
    return NONE


def _clear(frame: Frame, owner: Branch) -> Bound:
    own_container(frame, owner)
    frame.program.memory.change(owner, (), ())
    return NONE


def _copy(frame: Frame, owner: Branch) -> Bound:
    return owner.rebuilt(owner.children)


def _places(owner: Branch, item: Bound) -> list[int]:
    """Where a known value stands in a list of known values."""
    if not isinstance(item, Constant) or not all(isinstance(c, Constant) for c in owner.children):
        raise UnsupportedValueError(
            f"{describe(item)} is looked for in a list.",
            why="where it stands would only be known at run time.",
            write="np.argmin(np.abs(x - value)) for numbers in an array",
        )
    return [k for k, child in enumerate(owner.children) if child.value == item.value]


def _index(frame: Frame, owner: Branch, item: Bound) -> Bound:
    places = _places(owner, item)
    if not places:
        raise UnsupportedValueError(
            f"{describe(item)} is not in the list.",
            why="Python would raise ValueError here.",
            write="a value that is in it",
        )
    return Constant.of(places[0])


def _count(frame: Frame, owner: Branch, item: Bound) -> Bound:
    return Constant.of(len(_places(owner, item)))


def _get(frame: Frame, owner: Branch, key: Bound, default: Bound = NONE) -> Bound:
    name = known_key(key)
    return owner.child(name) if name in owner.keys else default


def _keys(frame: Frame, owner: Branch) -> Bound:
    return frame.program.view(
        owner, lambda now: sequence("list", tuple(Constant.of(key) for key in now.keys))
    )


def _values(frame: Frame, owner: Branch) -> Bound:
    return frame.program.view(owner, lambda now: sequence("list", now.children))


def _items(frame: Frame, owner: Branch) -> Bound:
    def pairs(now: Branch) -> Branch:
        entries = zip(now.keys, now.children, strict=True)
        return sequence("list", tuple(sequence("tuple", (Constant.of(k), v)) for k, v in entries))

    return frame.program.view(owner, pairs)


def _entries(frame: Frame, owner: Branch) -> dict[Any, Bound]:
    own_container(frame, owner)
    return dict(zip(owner.keys, owner.children, strict=True))


def _change(frame: Frame, owner: Branch, entries: dict[Any, Bound]) -> None:
    frame.program.memory.change(owner, entries, entries.values())


def _update(frame: Frame, owner: Branch, other: Bound = NONE, **named: Bound) -> Bound:
    entries = _entries(frame, owner)
    if isinstance(other, Branch) and other.kind == "dict":
        entries.update(zip(other.keys, other.children, strict=True))
    elif isinstance(other, Branch):
        for pair in frame.unpacked(other):
            key, value = frame.unpacked(pair)
            entries[known_key(key)] = value
    elif other is not NONE:
        raise UnsupportedValueError(
            f"`update` gets {describe(other)}.", why="it takes a dict or pairs.", write="a dict"
        )
    entries.update(named)
    _change(frame, owner, entries)
    return NONE


def _set_default(frame: Frame, owner: Branch, key: Bound, default: Bound = NONE) -> Bound:
    entries = _entries(frame, owner)
    found = entries.setdefault(known_key(key), default)
    _change(frame, owner, entries)
    return found


def _pop_key(frame: Frame, owner: Branch, key: Bound, *default: Bound) -> Bound:
    entries = _entries(frame, owner)
    name = known_key(key)
    if name not in entries:
        if default:
            return default[0]
        raise UnsupportedValueError(
            f"{describe(owner)} has no element {name!r}.",
            why="Python would raise KeyError here.",
            write=f"one of {', '.join(map(repr, owner.keys))}",
        )
    found = entries.pop(name)
    _change(frame, owner, entries)
    return found


def _pop_item(frame: Frame, owner: Branch, last: Bound = TRUE) -> Bound:
    entries = _entries(frame, owner)
    if not entries:
        raise UnsupportedValueError(
            "`popitem` of an empty dict.",
            why="Python would raise KeyError here.",
            write="a test before",
        )
    key = list(entries)[-1 if known_key(last) else 0]
    value = entries.pop(key)
    _change(frame, owner, entries)
    return sequence("tuple", (Constant.of(key), value))


def merged(left: Branch, right: Branch) -> Branch:
    """``left | right``, a new dict."""
    entries = dict(zip(left.keys, left.children, strict=True))
    entries.update(zip(right.keys, right.children, strict=True))
    return Branch("dict", tuple(entries), tuple(entries.values()))


_LIST: dict[str, Method] = {
    "append": _append,
    "extend": _extend,
    "insert": _insert,
    "pop": _pop,
    "reverse": _reverse,
    "sort": _sort,
    "clear": _clear,
    "copy": _copy,
    "index": _index,
    "count": _count,
}
METHODS: dict[str, dict[str, Method]] = {
    "list": _LIST,
    "growing": {**growing_methods.METHODS, "sort": _sort},
    "tuple": {"index": _index, "count": _count},
    "namedtuple": {"index": _index, "count": _count},
    "dict": {
        "keys": _keys,
        "values": _values,
        "items": _items,
        "get": _get,
        "update": _update,
        "setdefault": _set_default,
        "pop": _pop_key,
        "popitem": _pop_item,
        "clear": _clear,
        "copy": _copy,
    },
}


def delete_item(frame: Frame, owner: Bound, index: Bound) -> None:
    """``del owner[index]`` of a list or a dict."""
    if is_growing(owner):
        growing_methods.delete(frame, owner, index)
        return
    if isinstance(owner, Branch) and owner.kind == "dict":
        _pop_key(frame, owner, index)
        return
    if isinstance(owner, Branch) and owner.kind == "list":
        items = list(owner.children)
        if isinstance(index, Branch) and index.kind == "slice":
            del items[slice(*map(known_key, index.children))]
        else:
            del items[known_position(owner, index)]
        _refill(frame, owner, items)
        return
    raise UnsupportedValueError(
        f"an item of {describe(owner)} is deleted.",
        why="only lists and dicts can lose an item"
        + (", arrays keep their length." if isinstance(owner, Variable) else "."),
        write="np.delete(x, i), or a slice",
    )
