"""Calls as statements of their own, of code that cannot be followed: callbacks, plotting, progress bars.

Nothing comes back from such a call, so it is kept as written where that is safe: it gets numbers, texts and read-only
copies of arrays, and the function at hand reads no data from outside that the call might change.
"""

from __future__ import annotations

import types

from adcompiler.errors import ADError, UnsupportedValueError
from adcompiler.frontend.assigned import in_place_names, written_names
from adcompiler.frontend.bound import Bound, BoundMethod, Instance
from adcompiler.frontend.capture import Captures, Dependency
from adcompiler.frontend.frame import Frame
from adcompiler.frontend.source import find_source
from adcompiler.frontend.writing import Writing
from adcompiler.ir.builder import current
from adcompiler.ir.known import Known
from adcompiler.ir.origin import Origin
from adcompiler.ir.structure import Branch, leaves
from adcompiler.ir.types import Opaque
from adcompiler.ir.values import Constant
from adcompiler.primitives.effects import NOTHING, act


def followed_or_kept(
    frame: Frame, callee: Bound, args: list[Bound], kwargs: dict[str, Bound]
) -> Bound:
    """The call followed into the callee; where that is refused, the call as it stands."""
    captures = frame.program.captures
    first, before = len(current().statements), captures.state()
    memory = frame.program.memory
    mark = memory.mark()
    try:
        return frame.call(callee, args, kwargs)
    except ADError as error:
        place, reason = _place(captures, callee), error
        if (
            place is None
            or _writes_its_arguments(callee)
            or not all(map(_is_safe, (*args, *kwargs.values())))
        ):
            raise
        del current().statements[first:]
        captures.restore(before)
        memory.restore(mark)
    owner, name = place
    writing = Writing(frame, snapshots=True)
    function = writing.put(owner) + name
    writing.call(act, f"{function}({writing.arguments(args, kwargs)})", NOTHING)
    shown = name.lstrip(".") or str(owner.reference[-1])
    captures.unread.append((current().origin, shown, reason.fact))
    return Constant.of(None)


def _place(captures: Captures, callee: Bound) -> tuple[Instance, str] | None:
    """The object that the text names, and the method called on it."""
    if isinstance(callee, Constant) and isinstance(callee.value, types.FunctionType):
        found = captures.place_of(callee.value)
        return None if found is None else (found, "")
    if isinstance(callee, BoundMethod) and not callee.kwargs and len(callee.args) == 1:
        owner, function = callee.args[0], callee.function
        if isinstance(owner, Instance) and owner.reference and isinstance(function, Constant):
            return owner, f".{function.value.__name__}"
    return None


def _writes_its_arguments(callee: Bound) -> bool:
    """True where the text says ``x += …`` or ``x[i] = …`` of a parameter: what it does to our arrays is meant."""
    function = callee.function if isinstance(callee, BoundMethod) else callee
    if not isinstance(function, Constant) or not isinstance(function.value, types.FunctionType):
        return False
    tree = find_source(function.value).tree
    body = tree.body if isinstance(tree.body, list) else []
    code = function.value.__code__
    parameters = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
    return not {*in_place_names(body), *written_names(body)}.isdisjoint(parameters)


def _is_safe(bound: Bound) -> bool:
    """False for what the callee could change behind our back: lists, dicts, objects, functions of the frame."""
    if isinstance(bound, Branch):
        return bound.kind in ("tuple", "namedtuple") and all(map(_is_safe, bound.children))
    return isinstance(bound, Constant) or (hasattr(bound, "type") and not _is_object(bound))


def _is_object(bound: Bound) -> bool:
    return isinstance(bound.type, Opaque) and bound.type.name != "str"


def _holds_a_known_value(dependency: Dependency) -> bool:
    """True for a string, None or the like, which decided the form of the program; not for code."""
    return dependency.key[0] != "own" and any(
        isinstance(leaf, Known)
        and not callable(leaf.value)
        and not isinstance(leaf.value, (types.ModuleType, types.CodeType, property))
        for leaf in leaves(dependency.expected)
    )


def refuse_stale_data(captures: Captures) -> None:
    """What is read from outside is read once, at the start; unread code might change it meanwhile."""
    data = [c.reference for c in captures.captures if not isinstance(c.variable.type, Opaque)]
    data += [d.reference or (d.name,) for d in captures.dependencies if _holds_a_known_value(d)]
    if not captures.unread or not data:
        return
    origin: Origin
    origin, name, reason = captures.unread[0]
    shown = "".join(str(part) for part in data[0][-1:]).lstrip(".")
    raise UnsupportedValueError(
        f"`{name}` cannot be followed, and the function reads `{shown}` from outside.",
        why=f"the call is kept as written, and it might change what is read. In `{name}` {reason}",
        write=f"`{shown}` as an argument, or a `{name}` that adcompiler can follow",
        origin=origin,
    )
