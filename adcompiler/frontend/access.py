"""Attributes and subscripts: of modules, containers, arrays and objects."""

from __future__ import annotations

import enum
import inspect
import types
from typing import Any

import numpy as np

from adcompiler.errors import NoDerivativeError, UnsupportedValueError
from adcompiler.frontend import growing_methods, texts
from adcompiler.frontend.bound import (
    Bound,
    BoundMethod,
    Builtin,
    Instance,
    describe,
    lift,
    plain,
)
from adcompiler.frontend.capture import STABLE
from adcompiler.frontend.collections_made import deque_attribute, missing_entry
from adcompiler.frontend.container_methods import METHODS as CONTAINER_METHODS
from adcompiler.frontend.effects import method_of_object, method_of_variable
from adcompiler.frontend.either import is_spoiled
from adcompiler.frontend.frame import Frame
from adcompiler.frontend.growing import is_growing
from adcompiler.frontend.in_place import METHODS_IN_PLACE
from adcompiler.frontend.index_patterns import index_pattern, read
from adcompiler.frontend.objects import (
    Super,
    by_method,
    refuse_descriptor,
    refuse_uncached,
    through_class,
    through_super,
)
from adcompiler.frontend.settled import settled
from adcompiler.frontend.writes import write_item
from adcompiler.ir.builder import current
from adcompiler.ir.primitive import lookup
from adcompiler.ir.structure import Branch
from adcompiler.ir.types import Array, Opaque, PythonScalar, is_number
from adcompiler.ir.values import Atom, Constant, Variable
from adcompiler.primitives.catalogue import ATTRIBUTES, INDEXERS, METHODS
from adcompiler.primitives.statics import ValueNeeded
from adcompiler.primitives.verdicts import of_name

_PYTHON: dict[str, type] = {"bool": bool, "int": int, "float": float, "complex": complex}


def attribute(frame: Frame, owner: Bound, name: str) -> Bound:
    """`owner.name`; a property is called."""
    found = settled(_attribute(frame, owner, name), name)
    if isinstance(owner, Branch) and owner.kind == "object" and frame.program.maybe_unbound:
        frame.check_bound(name, found)
    if isinstance(found, BoundMethod) and "__property__" in found.kwargs:
        return frame.call(found, [], {})
    return found


def _attribute(frame: Frame, owner: Bound, name: str) -> Bound:
    if isinstance(owner, Branch):
        return _of_container(frame, owner, name)
    if isinstance(owner, Super):
        return through_super(frame, owner, name)
    if isinstance(owner, Instance):
        return _of_instance(frame, owner, name)
    if isinstance(owner, Constant) and not is_number(owner.type):
        return _of_constant(frame, owner.value, name)
    if isinstance(owner, Variable) and isinstance(owner.type, Opaque):
        found = method_of_variable(frame, owner, name)
        if found is not None:
            return found
    if isinstance(owner, Atom):
        return _of_array(frame, owner, name)
    raise UnsupportedValueError(
        f"the attribute `{name}` of {describe(owner)} is not followed.",
        why="adcompiler reads attributes of modules, arrays, containers and objects.",
        write="keep the value in a variable or a tuple",
    )


def _of_array(frame: Frame, owner: Atom, name: str) -> Bound:
    if isinstance(owner.type, PythonScalar) and not hasattr(_PYTHON[owner.type.kind], name):
        raise UnsupportedValueError(
            f"a Python {owner.type.kind} has no attribute `{name}`.",
            why="Python would raise AttributeError here.",
            write=f"np.asarray(x).{name}, or an array as the argument",
        )
    if name == "tolist" and _is_long_vector(owner):
        return Builtin(name, lambda: growing_methods.as_floats(frame, owner), lowered=True)
    now = frame.program.memory.now
    if name in ATTRIBUTES:
        return lift(ATTRIBUTES[name](now(owner)))
    if name in METHODS_IN_PLACE and isinstance(owner, Variable):
        change, array = METHODS_IN_PLACE[name], owner
        return Builtin(name, lambda *a, **k: change(frame, array, *a, **k), lowered=True)
    if name in METHODS:
        method = METHODS[name]
        style = "python" if isinstance(owner.type, PythonScalar) else "numpy"

        def applied(*args: Any, **kwargs: Any) -> Any:
            result = method(now(owner), *args, **kwargs)
            frame.program.memory.layout.made(method, (owner, *args), kwargs, result)
            return result

        return Builtin(name, applied, style=style)
    if name == "flat" and isinstance(owner.type, Array):
        view = current().apply(lookup("reshape"), now(owner), -1)
        assert isinstance(view, Variable)
        frame.program.memory.layout.flat(view)
        return view
    found = of_name("array", name)
    if found is not None:
        raise NoDerivativeError(
            f"`.{name}` of an array is not supported.", why=found.why, write=found.write
        )
    raise NoDerivativeError(
        f"arrays have no attribute `{name}` that adcompiler knows.",
        why=f"`{name}` is neither in the table of array methods nor in that of attributes.",
        write="the NumPy function of the same meaning, or see docs/conventions.md for what is supported",
    )


def _is_long_vector(owner: Atom) -> bool:
    shape = owner.type.shape if isinstance(owner.type, Array) else ()
    return len(shape) == 1 and shape[0].constant is None and owner.type.dtype == np.float64  # type: ignore[attr-defined]


def _of_container(frame: Frame, owner: Branch, name: str) -> Bound:
    if is_spoiled(owner):
        settled(owner, "the owner of the attribute")
    if owner.kind in ("namedtuple", "dataclass", "object") and name in owner.keys:
        return owner.child(name)
    of_deque = deque_attribute(frame, owner, name, _container_method)
    found = _container_method(frame, owner, name) if of_deque is None else of_deque
    if found is not None:
        return found
    if owner.kind == "namedtuple" and name == "_replace":
        return Builtin(name, lambda **changes: _replaced(owner, changes), lowered=True)
    if owner.cls is not None:
        through = through_class(frame, owner, owner.cls, name)
        if through is not None:
            return through
        refuse_descriptor(owner.cls, name)
        if name in vars(owner.cls) or any(name in vars(base) for base in owner.cls.__mro__[1:-1]):
            return _of_constant(frame, owner.cls, name)
    if owner.kind in ("list", "dict", "growing") and hasattr(
        dict if owner.kind == "dict" else list, name
    ):
        raise UnsupportedValueError(
            f"`.{name}` of a {'dict' if owner.kind == 'dict' else 'list'} is not supported yet.",
            why="it is not in the table of container methods.",
            write="append, extend, insert, pop, item assignment, or a new container",
        )
    raise UnsupportedValueError(
        f"{describe(owner)} has no attribute `{name}`.",
        why="Python would raise AttributeError here.",
        write=f"one of {', '.join(map(str, owner.keys))}" if owner.cls else "an index",
    )


def _container_method(frame: Frame, owner: Branch, name: str) -> Bound | None:
    method = CONTAINER_METHODS.get(owner.kind, {}).get(name)
    if method is None:
        return None
    return Builtin(name, lambda *a, **k: method(frame, owner, *a, **k), lowered=True)


def _replaced(owner: Branch, changes: dict[str, Bound]) -> Bound:
    children = dict(zip(owner.keys, owner.children, strict=True)) | changes
    return owner.rebuilt(tuple(children[key] for key in owner.keys))


def _of_constant(frame: Frame, value: Any, name: str) -> Bound:
    """An attribute of a module, a class or a function, read at run time like a global."""
    try:
        found = getattr(value, name)
    except AttributeError as error:
        raise UnsupportedValueError(
            str(error) + ".",
            why="Python would raise AttributeError here.",
            write="a name that exists",
        ) from None
    if isinstance(value, str) and name in texts.METHODS:
        return texts.method(frame, Constant.of(value), name)
    if isinstance(value, (str, bytes)):
        return Builtin(name, found)
    if isinstance(value, np.ufunc):  # np.add.reduce is made anew at each look: nobody rebinds it
        return Constant.of(found)
    if isinstance(value, types.ModuleType):
        stable = value.__name__.split(".")[0] in STABLE
        if stable:
            return Constant.of(found)
        reference = ("global", value.__name__, name)
        return frame.program.captures.read(("global", vars(value), name), reference, found, name)
    if isinstance(value, type) and isinstance(found, types.MethodType):
        return BoundMethod(Constant.of(found.__func__), (Constant.of(value),))
    importable = isinstance(value, (type, types.FunctionType)) and value.__qualname__.isidentifier()
    place: tuple[Any, ...] = ("cell", name)
    if importable:
        place = ("global", value.__module__, value.__qualname__, f".{name}")
    return frame.program.captures.read(("attribute", value, name), place, found, name)


def _of_instance(frame: Frame, owner: Instance, name: str) -> Bound:
    """An attribute of an object: methods and properties are followed, data is captured."""
    cls = type(owner.value)
    kept = method_of_object(frame, owner, name)
    if kept is not None:
        return kept
    written = frame.program.memory.attributes_of(owner.value)
    if name in written.keys:
        return written.child(name)
    own = getattr(owner.value, "__dict__", {})
    if name not in own or isinstance(inspect.getattr_static(cls, name, None), property):
        through = through_class(frame, owner, cls, name)
        if through is not None:
            _refuse_stale(frame, owner, name, name in own)
            return through
        refuse_uncached(cls, name)
    try:
        value = getattr(owner.value, name)
    except AttributeError as error:
        raise UnsupportedValueError(
            str(error) + ".",
            why="Python would raise AttributeError here.",
            write="an attribute that exists before the first call",
        ) from None
    key = ("argument", *owner.reference[1:], name) if owner.owner is None else (*owner.owner, name)
    reference = (*owner.reference, f".{name}") if owner.reference else ("cell", name)
    return frame.program.captures.read(key, reference, value, name)


def _refuse_stale(frame: Frame, owner: Instance, name: str, is_own: bool) -> None:
    """A guard on the class (its methods have one already), and on an attribute of the object in front of it."""
    captures, cls = frame.program.captures, type(owner.value)
    found = inspect.getattr_static(cls, name)
    if not isinstance(found, types.FunctionType):
        captures.needs(cls, name, getattr(cls, name))
    base = owner.owner if owner.owner is not None else owner.reference
    if hasattr(owner.value, "__dict__") and not isinstance(found, property):
        captures.has(("own", name, *base), is_own, name)


def subscript(frame: Frame, owner: Bound, index: Bound) -> Bound:
    """`owner[index]`."""
    if is_growing(owner):
        return growing_methods.subscript(frame, owner, index)
    found = by_method(frame, owner, "__getitem__", index)
    if found is not None:
        return found
    if isinstance(owner, Branch):
        return _item(frame, owner, index)
    if isinstance(owner, Constant) and not is_number(owner.type):
        if isinstance(owner.value, type(np.s_)):  # np.s_, np.index_exp
            return index if owner.value is np.s_ else _as_tuple(index)
        if type(owner.value) in _INDEXER_TYPES:
            return _indexed(frame, owner.value, index)
        return _constant_item(owner, index)
    if isinstance(owner, Atom) and isinstance(owner.type, PythonScalar):
        raise UnsupportedValueError(
            f"a Python {owner.type.kind} is subscripted.",
            why="Python would raise TypeError here: it has no elements.",
            write="an array, a tuple, a list or a dict",
        )
    if isinstance(owner, Atom):
        memory = frame.program.memory
        pattern, operands = index_pattern(memory.present(index))
        array, pattern, operands = memory.place(owner, pattern, operands)
        return read(array, pattern, operands)
    raise UnsupportedValueError(
        f"{describe(owner)} is subscripted.",
        why="only arrays and containers have elements here.",
        write="an array, a tuple, a list or a dict",
    )


_INDEXER_TYPES = {type(indexer) for indexer in INDEXERS}


def _as_tuple(index: Bound) -> Bound:
    is_tuple = isinstance(index, Branch) and index.kind == "tuple"
    return index if is_tuple else Branch("tuple", (0,), (index,))


def _indexed(frame: Frame, indexer: Any, index: Bound) -> Bound:
    """``np.mgrid[0:n, 0:m]``, ``np.r_[a, 0.0, b]``: slices are handed on as `slice` objects."""

    def entry(bound: Bound) -> Bound:
        if isinstance(bound, Branch) and bound.kind == "slice":
            return Constant.of(slice(*(plain(child) for child in bound.children)))
        return bound

    entries = [entry(child) for child in _as_tuple(index).children]
    name = f"np.{type(indexer).__name__}"
    return frame.apply_row(INDEXERS[indexer], entries, {}, name, "numpy")


def _constant_item(owner: Constant, index: Bound) -> Bound:
    if not isinstance(index, Constant):
        raise UnsupportedValueError(
            f"{owner.value!r} is subscripted with {describe(index)}.",
            why="which element it is would only be known at run time.",
            write="a constant index",
        )
    if isinstance(owner.value, type) and not isinstance(owner.value, enum.EnumMeta):
        return owner  # list[float] in an annotation-like expression
    return lift(owner.value[index.value])


def _item(frame: Frame, owner: Branch, index: Bound) -> Bound:
    if (
        isinstance(index, Branch)
        and index.kind == "slice"
        and owner.kind in ("tuple", "list", "namedtuple")
    ):
        bounds = [plain(child) for child in index.children]
        for bound in bounds:
            if isinstance(bound, Variable):
                raise ValueNeeded(bound)
        chosen = owner.children[slice(*bounds)]
        kind = "tuple" if owner.kind == "namedtuple" else owner.kind
        return Branch(kind, tuple(range(len(chosen))), chosen)
    if isinstance(index, Variable):
        if owner.kind in ("list", "tuple") and frame.program.is_decided_by_run(index):
            alike = growing_methods.if_alike(frame, owner)
            if alike is not None:
                return growing_methods.subscript(frame, alike, index)
        raise ValueNeeded(index)
    key = plain(index)
    if owner.kind in ("tuple", "list", "namedtuple"):
        if isinstance(key, (int, np.integer)) and -len(owner.children) <= key < len(owner.children):
            return settled(owner.children[int(key)], f"item {key}")
        raise UnsupportedValueError(
            f"index {key!r} is out of range for a {owner.kind} of {len(owner.children)}.",
            why="Python would raise IndexError here.",
            write=f"an index below {len(owner.children)}",
        )
    if owner.kind == "dict" and key in owner.keys:
        return settled(owner.child(key), f"item {key!r}")
    made = missing_entry(frame, owner) if owner.kind == "dict" else None
    if made is not None:
        write_item(frame, owner, index, made)
        return made
    raise UnsupportedValueError(
        f"{describe(owner)} has no element {key!r}.",
        why="Python would raise KeyError here.",
        write=f"one of {', '.join(map(repr, owner.keys))}",
    )
