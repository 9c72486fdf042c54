"""Tests, as generated source, that a value is what a program was compiled for.

>>> from adcompiler.ir.structure import sequence
>>> from adcompiler.ir.types import FLOAT
>>> names = Names({"p"})
>>> conditions("p", sequence("tuple", (FLOAT, Known(None))), names)
['type(p) is tuple', 'len(p) == 2', 'type(p[0]) is float', 'p[1] is None']
"""

from __future__ import annotations

import types
from collections.abc import Callable
from typing import Any

import numpy as np

from adcompiler.ir.known import Known, ObjectLeaf
from adcompiler.ir.lengths import Length
from adcompiler.ir.structure import Branch, Structure, accessors
from adcompiler.ir.types import PYTHON_KINDS, Array, NumpyScalar, PythonScalar

_CLASSES = {scalar.kind: cls for cls, scalar in PYTHON_KINDS.items()}
_CONTAINERS: dict[str, type] = {"tuple": tuple, "list": list, "dict": dict}
#: from here on one test of all classes is faster (and shorter) than one for each element
_MANY = 8


class Names:
    """The names of generated source: objects it refers to and its own locals, all distinct."""

    def __init__(self, taken: set[str]) -> None:
        self.namespace: dict[str, Any] = {}
        self.roles: dict[str, str] = {}
        self._taken = set(taken)
        self._bound: dict[tuple[str, int], str] = {}

    def bind(self, name: str, value: Any) -> str:
        """A name for `value`; asked again, the same one."""
        key = (name, id(value))
        if key not in self._bound:
            self._bound[key] = self.local(name)
            self.namespace[self._bound[key]] = value  # keeps the object, so its id stays taken
        return self._bound[key]

    def local(self, name: str) -> str:
        chosen, number = name, 2
        while chosen in self._taken:
            chosen, number = f"{name}_{number}", number + 1
        self._taken.add(chosen)
        return chosen

    def role(self, role: str) -> str:
        """The name of an object that is filled in later."""
        if role not in self.roles:
            self.roles[role] = self.local(role)
        return self.roles[role]

    def cls(self, cls: type) -> str:
        name = cls.__name__ if cls.__name__.isidentifier() else "cls"
        return self.bind(name, cls)

    def call(self, function: type | Callable[..., Any], argument: str) -> str:
        return f"{self.bind(function.__name__, function)}({argument})"


def conditions(
    expression: str, structure: Structure, names: Names, local: str | None = None
) -> list[str]:
    """Expressions that all hold for the values that `structure` describes, and for no others.

    They must be evaluated in order.  With `local` the value stays bound to that name.
    """
    if local is None and expression.isidentifier():
        return _tests(expression, expression, structure, names)
    if local is None and _is_read_once(structure):
        return _tests(expression, expression, structure, names)
    local = local or names.local("value")
    return _tests(f"({local} := {expression})", local, structure, names)


def _is_read_once(structure: Structure) -> bool:
    if isinstance(structure, Known):
        return _is_identity(structure)
    return isinstance(structure, (PythonScalar, ObjectLeaf))


def _is_identity(known: Known) -> bool:
    """True where one `is` decides."""
    kind = type(known.value)
    return kind is not types.MethodType and (kind is bool or not known.by_value)


def _tests(first: str, subject: str, structure: Structure, names: Names) -> list[str]:
    """`first` is how the first test names the value, `subject` how the others do."""
    if isinstance(structure, Branch):
        return _container(first, subject, structure, names)
    if isinstance(structure, Known):
        return [_known(first, subject, structure, names)]
    cls: type
    if isinstance(structure, PythonScalar):
        cls = _CLASSES[structure.kind]
    elif isinstance(structure, ObjectLeaf):
        cls = structure.cls
    elif isinstance(structure, NumpyScalar):
        return [_numpy_scalar(first, subject, structure, names)]
    elif isinstance(structure, Array):
        return _array(first, subject, structure, names)
    else:
        raise TypeError(f"no guard for {structure!r}")
    return [f"{names.call(type, first)} is {names.cls(cls)}"]


def _numpy_scalar(first: str, subject: str, scalar: NumpyScalar, names: Names) -> str:
    """By class; two classes can have one dtype (np.longlong and np.int64 on 64-bit machines)."""
    return (
        f"({names.call(type, first)} is {names.cls(scalar.dtype.type)}"
        f" or {names.bind('isinstance', isinstance)}({subject}, {names.cls(np.generic)})"
        f" and {subject}.dtype == {names.bind('dtype', scalar.dtype)})"
    )


def _array(first: str, subject: str, array: Array, names: Names) -> list[str]:
    dtype = names.bind("dtype", array.dtype)
    tests = [
        f"{names.call(type, first)} is {names.cls(np.ndarray)}",
        # NumPy has one object for each ordinary dtype, but unpickled arrays may have another
        f"({subject}.dtype is {dtype} or {subject}.dtype == {dtype})",
    ]
    if not array.shape:
        return [*tests, f"{subject}.shape == ()"]
    last = names.local("shape")
    names.namespace[last] = None
    fits = names.bind("fits", _shape_test(array.shape, names.namespace, last))
    return [*tests, f"({subject}.shape == {last} or {fits}({subject}.shape))"]


def _shape_test(
    lengths: tuple[Length, ...], namespace: dict[str, Any], last: str
) -> Callable[[tuple[int, ...]], bool]:
    """Rank and lengths 1; a shape that fits is remembered (threads may: every one of them fits)."""
    constants = [(axis, length.constant) for axis, length in enumerate(lengths)]
    ones = tuple(length == 1 for _, length in constants)
    fixed = [(axis, length) for axis, length in constants if length not in (None, 1)]
    rank = len(lengths)

    def fits(shape: tuple[int, ...]) -> bool:
        if len(shape) != rank or tuple(length == 1 for length in shape) != ones:
            return False
        if any(shape[axis] != length for axis, length in fixed):
            return False
        namespace[last] = shape
        return True

    return fits


def _known(first: str, subject: str, known: Known, names: Names) -> str:
    value = known.value
    kind = type(value)
    if value is None:
        return f"{first} is None"
    if kind is types.MethodType:  # a new object at every access
        return (
            f"{names.call(type, first)} is {names.cls(kind)}"
            f" and {subject}.__func__ is {names.bind('function', value.__func__)}"
            f" and {subject}.__self__ is {names.bind('owner', value.__self__)}"
        )
    if _is_identity(known):
        return f"{first} is {names.bind('known', value)}"
    same = f"{names.call(type, first)} is {names.cls(kind)}"
    if kind in (float, complex, slice) or isinstance(value, np.generic):
        # nan, -0.0, and the 1 and 1.0 of slices, which == cannot tell
        return f"{same} and {names.call(repr, subject)} == {names.bind('text', repr(value))}"
    return f"{same} and {subject} == {names.bind('known', value)}"


def _container(first: str, subject: str, branch: Branch, names: Names) -> list[str]:
    cls = branch.cls or _CONTAINERS[branch.kind]
    count = len(branch.children)
    tests = [f"{names.call(type, first)} is {names.cls(cls)}"]
    if branch.kind in ("tuple", "list"):
        tests.append(f"{names.call(len, subject)} == {count}")
    elif branch.kind == "dict":
        tests.append(f"[*{subject}] == {names.bind('keys', list(branch.keys))}")
        classes = [type(key) for key in branch.keys]
        if any(cls is not str for cls in classes):  # 1, 1.0 and True are equal keys
            found = f"{names.bind('map', map)}({names.bind('type', type)}, {subject})"
            tests.append(f"[*{found}] == {names.bind('classes', classes)}")
    uniform = _uniform(branch)
    if uniform is not None:
        elements = subject if branch.kind != "dict" else f"{subject}.values()"
        found = f"{names.bind('map', map)}({names.bind('type', type)}, {elements})"
        return [*tests, f"{{*{found}}} == {{{names.cls(uniform)}}}"]
    for position, child in enumerate(branch.children):
        if branch.kind == "namedtuple":
            read = f"{subject}[{position}]"
        elif branch.kind == "dict":
            read = f"{subject}[{branch.keys[position]!r}]"
        else:
            read = subject + accessors((position,), branch)[0]
        tests += conditions(read, child, names)
    return tests


def _uniform(branch: Branch) -> type | None:
    """The class of all elements of a long container of Python numbers."""
    if len(branch.children) < _MANY or branch.kind not in _CONTAINERS:
        return None
    kinds = {child.kind if isinstance(child, PythonScalar) else "" for child in branch.children}
    return _CLASSES.get(kinds.pop()) if len(kinds) == 1 else None
