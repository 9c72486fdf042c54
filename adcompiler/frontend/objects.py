"""Objects of the user's classes: methods along the inheritance, `super()`, operators by their own source.

What a class defines is looked up as Python does, and guarded: another method of that name compiles again.
"""

from __future__ import annotations

import dataclasses
import functools
import inspect
import types
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from adcompiler.errors import UnsupportedValueError
from adcompiler.frontend.bound import Bound, BoundMethod, Instance, Opaque, describe
from adcompiler.frontend.frame import Frame
from adcompiler.frontend.settled import settled
from adcompiler.ir.structure import Branch
from adcompiler.ir.types import Array, NumpyScalar
from adcompiler.ir.values import Atom, Constant

_BINARY = {
    "Add": "add",
    "Sub": "sub",
    "Mult": "mul",
    "Div": "truediv",
    "FloorDiv": "floordiv",
    "Mod": "mod",
    "Pow": "pow",
    "MatMult": "matmul",
    "LShift": "lshift",
    "RShift": "rshift",
    "BitAnd": "and",
    "BitOr": "or",
    "BitXor": "xor",
}
_UNARY = {"USub": "__neg__", "UAdd": "__pos__", "Invert": "__invert__"}
#: comparison, and the one that the other operand is asked when the first does not know
_COMPARISONS = {
    "Eq": ("__eq__", "__eq__"),
    "NotEq": ("__ne__", "__ne__"),
    "Lt": ("__lt__", "__gt__"),
    "LtE": ("__le__", "__ge__"),
    "Gt": ("__gt__", "__lt__"),
    "GtE": ("__ge__", "__le__"),
}


@dataclass(frozen=True, eq=False)
class Super(Opaque):
    """`super()`: the classes behind `cls` in the order of `owner`'s class."""

    cls: type
    owner: Bound

    @property
    def description(self) -> str:
        return "what super() gives"

    @property
    def order(self) -> tuple[type, ...]:
        whole = _class_behind(self.owner).__mro__
        return whole[whole.index(self.cls) + 1 :]


def _class_behind(owner: Bound) -> type:
    if isinstance(owner, Constant) and isinstance(owner.value, type):
        return owner.value
    cls = class_of_object(owner)
    assert cls is not None
    return cls


def class_of_object(bound: Bound) -> type | None:
    """The user's class of an object, a dataclass or a named tuple; None for all else."""
    if isinstance(bound, Instance):
        return type(bound.value)
    return bound.cls if isinstance(bound, Branch) else None


def through_class(frame: Frame, owner: Bound, cls: type, name: str) -> Bound | None:
    """What the class of an object gives for `owner.name`: a method, a property's value to be; None for data."""
    found = inspect.getattr_static(cls, name, None)
    if isinstance(found, types.FunctionType):
        guarded = frame.program.captures.read(("attribute", cls, name), ("cell", name), found, name)
        return BoundMethod(guarded, (owner,))
    cached = isinstance(found, functools.cached_property) and getattr(owner, "kind", "") == "object"
    if cached and isinstance(found.func, types.FunctionType):
        return _computed_once(frame, owner, name, found.func)
    return _descriptor(found, owner, cls)


def _computed_once(frame: Frame, owner: Branch, name: str, function: Any) -> Bound:
    """A `functools.cached_property` of an object that the function made: its value is an attribute from now on."""
    value = frame.call_with(Constant.of(function), owner)
    entries = dict(zip(owner.keys, owner.children, strict=True)) | {name: value}
    frame.program.memory.change(owner, entries, entries.values())
    return value


def _descriptor(found: Any, owner: Bound, cls: type) -> Bound | None:
    if isinstance(found, property) and isinstance(found.fget, types.FunctionType):
        return BoundMethod(Constant.of(found.fget), (owner,), {"__property__": Constant.of(True)})
    if isinstance(found, staticmethod):
        return Constant.of(found.__func__)
    if isinstance(found, classmethod):
        return BoundMethod(Constant.of(found.__func__), (Constant.of(cls),))
    return None


#: methods with which a class gives attributes a meaning of its own
_ACCESS = ("__getattribute__", "__getattr__", "__setattr__", "__delattr__")


def refuse_own_access(cls: type) -> None:
    """A class that decides itself what `owner.name` means, or what assigning it does, is not followed."""
    frozen = dataclasses.is_dataclass(cls) and cls.__dataclass_params__.frozen  # type: ignore[attr-defined]
    for name in _ACCESS[:2] if frozen else _ACCESS:
        found = inspect.getattr_static(cls, name, None)
        if found is not None and found is not getattr(object, name, None):
            raise UnsupportedValueError(
                f"the class `{cls.__name__}` defines `{name}`.",
                why="what its attributes mean is then decided by code at each access.",
                write="properties for the attributes that are computed",
            )


def refuse_descriptor(cls: type, name: str) -> None:
    """An attribute behind a descriptor of the user's, or `functools.cached_property`, is not followed."""
    found = inspect.getattr_static(cls, name, None)
    known = (
        types.FunctionType, types.MemberDescriptorType, property, staticmethod, classmethod,
        types.WrapperDescriptorType, types.MethodDescriptorType, types.GetSetDescriptorType,
    )  # fmt: skip
    if isinstance(found, known) or not (
        hasattr(type(found), "__get__") or hasattr(type(found), "__set__")
    ):
        return
    raise UnsupportedValueError(
        f"`{name}` of `{cls.__name__}` is a {type(found).__name__}.",
        why="its own code decides what reading or assigning it means.",
        write="a property, or the value in a plain attribute",
    )


def refuse_uncached(cls: type, name: str) -> None:
    """A `functools.cached_property` of an object from outside that has not been computed yet."""
    if isinstance(inspect.getattr_static(cls, name, None), functools.cached_property):
        raise UnsupportedValueError(
            f"`{name}` of `{cls.__name__}` is a cached_property of an object from outside.",
            why="reading it would change the object, and the next call would see the change.",
            write=f"a property, or one look at `{name}` before the call",
        )


def through_super(frame: Frame, view: Super, name: str) -> Bound:
    """`super().name`."""
    owner, cls = view.owner, _class_behind(view.owner)
    for base in view.order:
        if name not in vars(base):
            continue
        found = vars(base)[name]
        if isinstance(found, types.FunctionType):
            guarded = frame.program.captures.read(
                ("attribute", base, name), ("cell", name), found, name
            )
            of_class = isinstance(owner, Constant) and isinstance(owner.value, type)
            return guarded if of_class else BoundMethod(guarded, (owner,))
        through = _descriptor(found, owner, cls)
        if through is not None:
            return through
        if base is object:
            break
        place: tuple[Any, ...] = ("cell", name)
        if base.__qualname__.isidentifier():
            place = ("global", base.__module__, base.__qualname__, f".{name}")
        return frame.program.captures.read(("attribute", base, name), place, found, name)
    raise UnsupportedValueError(
        f"`super()` has no attribute `{name}` that is written in Python.",
        why=f"none of the classes behind {view.cls.__name__} defines it.",
        write="a method that exists in a base class",
    )


def make_super(frame: Frame, *given: Bound) -> Bound:
    """`super()` reads the class and the object from the method that it stands in."""
    if given:
        cls, owner = given[0], given[1] if len(given) > 1 else None
        if isinstance(cls, Constant) and isinstance(cls.value, type) and owner is not None:
            return Super(cls.value, owner)
    method: Frame | None = frame
    while method is not None and method.function is None:
        method = method.parent
    function = method.function if method is not None else None
    code = getattr(function, "__code__", None)
    if not given and method is not None and code is not None:
        free = code.co_freevars
        if "__class__" in free and code.co_argcount:
            cell = getattr(function, "__closure__", ())[free.index("__class__")]
            return Super(cell.cell_contents, method.scope[code.co_varnames[0]])
    raise UnsupportedValueError(
        "`super` is called where it has no meaning.",
        why="it needs a method of a class, or a class and an object.",
        write="super() inside a method",
    )


def mangled(frame: Frame, name: str) -> str:
    """Python's name for a private attribute: ``self.__x`` in class C is ``self._C__x``."""
    cls = frame.source.class_name
    if cls is None or not name.startswith("__") or name.endswith("__"):
        return name
    return f"_{cls.lstrip('_')}{name}"


def method_of(frame: Frame, bound: Bound, name: str) -> Bound | None:
    """A special method that the class of an object defines in Python; None where it has none."""
    cls = class_of_object(bound)
    if cls is None:
        return None
    found = inspect.getattr_static(cls, name, None)
    if not isinstance(found, types.FunctionType) or _is_made(found):
        return None
    return through_class(frame, bound, cls, name)


def _is_made(function: types.FunctionType) -> bool:
    """True for what `dataclass` and `NamedTuple` write, which has no source."""
    return function.__code__.co_filename == "<string>"


def by_method(frame: Frame, bound: Bound, name: str, *args: Bound) -> Bound | None:
    """`bound.name(*args)` where the class of an object defines it, else None."""

    method = method_of(frame, bound, name)
    return None if method is None else frame.call(method, list(args), {})


def iterated(frame: Frame, bound: Bound) -> Bound:
    """What a loop over a value runs over: an object is asked for its iterator."""
    cls = class_of_object(settled(bound, "what is iterated"))
    if cls is None:
        return bound
    found = by_method(frame, bound, "__iter__")
    if found is None:
        if method_of(frame, bound, "__getitem__") is not None:
            raise UnsupportedValueError(
                f"{describe(bound)} is iterated by its __getitem__.",
                why="Python would call it until it raises IndexError.",
                write="def __iter__(self): return iter(…)",
            )
        return bound
    if class_of_object(found) is not None:
        raise UnsupportedValueError(
            f"{describe(bound)} gives {describe(found)} as its iterator.",
            why="its __next__ would change the object at every step.",
            write="def __iter__(self): return iter((…))",
        )
    return found


def _unknown(result: Bound) -> bool:
    return isinstance(result, Constant) and result.value is NotImplemented


def by_operator(frame: Frame, operator: str, left: Bound, right: Bound) -> Bound | None:
    """`left operator right` where an operand is an object that defines it, else None."""
    stem = _BINARY.get(operator)
    if stem is None:
        return None
    found = _asked(frame, left, right, f"__{stem}__", f"__r{stem}__", operator)
    if found is None and (isinstance(left, Instance) or isinstance(right, Instance)):
        raise UnsupportedValueError(
            f"the operator {operator} combines {describe(left)} and {describe(right)}.",
            why=f"neither class defines it in Python (__{stem}__, __r{stem}__).",
            write=f"a method __{stem}__, or the attributes of the object",
        )
    return found


def by_update(frame: Frame, operator: str, old: Bound, value: Bound) -> Bound | None:
    """``old operator= value`` where the class of an object defines it for itself, else None."""
    stem = _BINARY.get(operator)
    found = None if stem is None else by_method(frame, old, f"__i{stem}__", value)
    return None if found is None or _unknown(found) else found


def by_comparison(frame: Frame, operator: str, left: Bound, right: Bound) -> Bound | None:
    """A comparison that an object defines; `!=` is the opposite of an `==` that is defined."""
    if operator not in _COMPARISONS:
        return None
    found = _asked(frame, left, right, *_COMPARISONS[operator], operator)
    if found is None and operator == "NotEq":
        equal = _asked(frame, left, right, "__eq__", "__eq__", operator)
        return None if equal is None else frame.negated(equal)
    return found


def by_unary(frame: Frame, operator: str, value: Bound) -> Bound | None:
    name = _UNARY.get(operator)
    return None if name is None else by_method(frame, value, name)


def _asked(
    frame: Frame, left: Bound, right: Bound, name: str, reflected: str, operator: str
) -> Bound | None:
    """Both operands in Python's order; None where neither is an object that answers."""
    first, second = class_of_object(left), class_of_object(right)
    if first is None and second is None:
        return None
    turns: list[Callable[[], Bound | None]] = [
        lambda: by_method(frame, left, name, right),
        lambda: by_method(frame, right, reflected, left),
    ]
    if first is None:
        _refuse_numpy(left, right, operator)
    if second is not None and first is not None and first is not second:
        overrides = inspect.getattr_static(second, reflected, None) is not inspect.getattr_static(
            first, reflected, None
        )
        if issubclass(second, first) and overrides:
            turns.reverse()
    elif first is second and name != reflected and operator not in _COMPARISONS:
        turns = turns[:1]  # operands of one class: the reflected method is not asked
    for turn in turns:
        found = turn()
        if found is not None and not _unknown(found):
            return found
    return None


def _refuse_numpy(left: Bound, right: Bound, operator: str) -> None:
    """An array asks every object for its elements before the object is asked."""
    if not (isinstance(left, Atom) and isinstance(left.type, (Array, NumpyScalar))):
        return
    cls = class_of_object(right)
    if cls is None or getattr(cls, "__array_ufunc__", 0) is None:
        return
    looks_like_many = any(hasattr(cls, name) for name in ("__len__", "__getitem__", "__array__"))
    if isinstance(left.type, Array) or looks_like_many:
        raise UnsupportedValueError(
            f"{describe(left)} stands left of {describe(right)} in the operator {operator}.",
            why="NumPy would turn the object into an array, element by element, and not ask its class.",
            write="the object on the left, or __array_ufunc__ = None in its class",
        )
