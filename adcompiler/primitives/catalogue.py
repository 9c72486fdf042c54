"""What a Python object means: where the frontend looks up functions, methods and attributes.

* `FUNCTIONS`: object -> builder, called with the user's own signature on atoms and plain values;
* `METHODS`, `ATTRIBUTES`: name -> builder, called with the array first;
* `OPERATORS`: name of the `ast` node -> primitive.

A builder appends statements to the block under construction and returns the result's atom (or a
tuple of them).  What it does not know it refuses: a keyword is never dropped.

>>> import math
>>> FUNCTIONS[np.sin].__name__, FUNCTIONS[math.sin].__name__
('np.sin', 'math.sin')
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from types import ModuleType
from typing import Any

import numpy as np

from adcompiler.errors import ArgumentError, NoDerivativeError
from adcompiler.ir.builder import current
from adcompiler.ir.primitive import Primitive
from adcompiler.ir.types import PythonScalar, runs_as_float
from adcompiler.ir.values import Atom, as_atom
from adcompiler.primitives import (
    appending,
    arithmetic,
    arrays,
    averages,
    axes,
    basis,
    casting,
    choosing,
    cmath_functions,
    complex_numbers,
    conversion,
    convolutions,
    counting,
    covariance,
    creation,
    determinants,
    diagonals,
    differences,
    dimensions,
    dtypes,
    editing,
    eigen,
    einsum,
    elements,
    exponential,
    factorisations,
    fourier,
    fourier_axes,
    frequencies,
    gathering,
    general_eigen,
    gradients,
    grids,
    indexing,
    inert,
    integrals,
    joining,
    least_squares,
    linalg,
    locations,
    masked_reductions,
    math_functions,
    matrices,
    matrix_products,
    nan_reductions,
    norms,
    number_parts,
    order_statistics,
    padding,
    polynomials,
    products,
    ranges,
    reductions,
    repetition,
    roots,
    searches,
    selection,
    sets,
    shaping,
    singular,
    solving,
    sorting,
    spacings,
    splitting,
    stacking,
    statistics,
    tensor_products,
    triangles,
    trigonometric,
    turning,
    ufunc_methods,
    ufunc_reductions,
    windows,
)
from adcompiler.primitives.extras import Extra, home_of, imported, may_be_from_one
from adcompiler.primitives.extras import rooms as rooms_of
from adcompiler.primitives.inert import as_float, one_number
from adcompiler.primitives.samples import Domain

Meaning = Callable[..., Any]

ELEMENTWISE_ROOMS: tuple[ModuleType, ...] = (
    arithmetic,
    exponential,
    trigonometric,
    selection,
    inert,
)
ROOMS: tuple[ModuleType, ...] = (
    *ELEMENTWISE_ROOMS,
    basis,
    conversion,
    dimensions,
    joining,
    arrays,
    stacking,
    creation,
    ranges,
    shaping,
    axes,
    indexing,
    reductions,
    searches,
    statistics,
    linalg,
    appending,
    casting,
    choosing,
    counting,
    matrices,
    solving,
    eigen,
    general_eigen,
    singular,
    least_squares,
    factorisations,
    determinants,
    norms,
    einsum,
    tensor_products,
    matrix_products,
    diagonals,
    editing,
    elements,
    gathering,
    grids,
    locations,
    padding,
    repetition,
    sorting,
    spacings,
    splitting,
    triangles,
    turning,
    products,
    nan_reductions,
    order_statistics,
    differences,
    gradients,
    integrals,
    averages,
    ufunc_methods,
    ufunc_reductions,
    masked_reductions,
    number_parts,
    complex_numbers,
    cmath_functions,
    fourier,
    fourier_axes,
    frequencies,
    math_functions,
    convolutions,
    polynomials,
    covariance,
    windows,
    dtypes,
    roots,
    sets,
)

#: what to write instead of a ufunc's keyword
_INSTEAD = {
    "out": "y = {name}(...), or y[...] = {name}(...)",
    "where": "np.where(condition, {name}(...), otherwise)",
    "dtype": "{name}(x.astype(dtype))",
}


def spelled_name(function: Any) -> str:
    """How the user writes a function: ``np.sin``, ``math.sin``, ``abs``."""
    name = getattr(function, "__name__", type(function).__name__)
    module = getattr(function, "__module__", None) or ""
    extra = home_of(function) if may_be_from_one(function) else None
    if extra is not None:
        return f"{extra.spelled}.{name}"
    if isinstance(function, np.ufunc) or module.partition(".")[0] == "numpy":
        return f"np.{name}"
    owner = getattr(function, "__self__", None)
    if isinstance(owner, np.ufunc):  # np.add.reduce
        return f"np.{owner.__name__}.{name}"
    return (
        name
        if module.partition(".")[0] in ("builtins", "adcompiler", "")
        else f"{module.lstrip('_')}.{name}"
    )


def refuse(name: str, keyword: str) -> ArgumentError:
    write = _INSTEAD.get(keyword, "{name}(...) without it").format(name=name)
    return ArgumentError(f"`{name}` with `{keyword}=` is not supported.", write=write)


def _operand(value: Any) -> Atom:
    """A list or tuple of numbers is an array to every NumPy function."""
    if isinstance(value, (list, tuple)):
        return as_atom(FUNCTIONS[np.array](value))
    return as_atom(value)


def _of_primitive(name: str, primitive: Primitive) -> Meaning:
    """A primitive with positional operands only."""
    count = _operand_count(primitive)

    def call(*operands: Any, **keywords: Any) -> Any:
        for keyword in keywords:
            raise refuse(name, keyword)
        if count is not None and len(operands) != count:
            raise ArgumentError(
                f"`{name}` takes {count} operand{'s' * (count != 1)} and got {len(operands)}."
            )
        return current().apply(primitive, *map(_operand, operands))

    return _named(call, name)


def _operand_count(primitive: Primitive) -> int | None:
    """Elementwise rows have one sample domain for each operand; other rows judge themselves."""
    domains = [sample for sample in primitive.samples if isinstance(sample, Domain)]
    return len(domains) or None


def _of_math(name: str, primitive: Primitive) -> Meaning:
    """A function of `math` takes numbers and computes with Python floats."""
    build = _of_primitive(name, primitive)

    def call(*operands: Any, **keywords: Any) -> Any:
        atoms = [as_atom(operand) for operand in operands]
        one_number(atoms, name)
        kept = [isinstance(a.type, PythonScalar) or runs_as_float(a.type) for a in atoms]
        return build(
            *(a if keep else as_float(a) for a, keep in zip(atoms, kept, strict=True)), **keywords
        )

    return _named(call, name)


def _of_function(name: str, function: Meaning, elementwise: bool) -> Meaning:
    """A builder with a signature of its own; what does not fit it is refused in its terms."""

    def call(*operands: Any, **keywords: Any) -> Any:
        if elementwise:  # such a builder expects atoms and numbers
            operands = tuple(_operand(v) if isinstance(v, (list, tuple)) else v for v in operands)
        try:
            return function(*operands, **keywords)
        except TypeError as error:
            try:
                inspect.signature(function).bind(*operands, **keywords)
            except TypeError as mismatch:
                raise ArgumentError(
                    f"`{name}` is not supported in this form: {mismatch}."
                ) from None
            raise error

    call.parameters = tuple(inspect.signature(function).parameters)  # type: ignore[attr-defined]
    return _named(call, name)


def _named(call: Meaning, name: str) -> Meaning:
    call.__name__ = call.__qualname__ = name
    return call


def _meaning(name: str, value: Any, room: ModuleType) -> Meaning:
    if isinstance(value, Primitive):
        return _of_primitive(name, value)
    return _of_function(name, value, room in ELEMENTWISE_ROOMS and name.startswith("np."))


def _gathered(
    table: str, rooms: tuple[ModuleType, ...] = ROOMS
) -> dict[Any, tuple[Any, ModuleType]]:
    """The tables of that name of all rooms; no object has two meanings."""
    found: dict[Any, tuple[Any, ModuleType]] = {}
    for room in rooms:
        for key, value in getattr(room, table, {}).items():
            if key in found:
                raise ValueError(f"{key} has a second meaning in {room.__name__}")
            found[key] = (value, room)
    return found


FUNCTIONS: dict[Any, Meaning] = {
    **{key: _meaning(spelled_name(key), *found) for key, found in _gathered("FUNCTIONS").items()},
    **{key: _of_math(spelled_name(key), row) for key, (row, _) in _gathered("MATH").items()},
}
METHODS: dict[str, Meaning] = {
    name: _meaning(f"x.{name}", *found) for name, found in _gathered("METHODS").items()
}
ATTRIBUTES: dict[str, Meaning] = {
    name: build for name, (build, _) in _gathered("ATTRIBUTES").items()
}
#: subscripted objects (np.mgrid, np.r_): the builder gets the entries of the subscript
INDEXERS: dict[Any, Meaning] = {key: build for key, (build, _) in _gathered("INDEXERS").items()}
OPERATORS: dict[str, Primitive] = {name: row for name, (row, _) in _gathered("OPERATORS").items()}


_entered: set[str] = set()


def enter(extra: Extra) -> None:
    """Enter the rows of a package that is imported only where it is used."""
    if extra.module in _entered:
        return
    _entered.add(extra.module)
    for key, found in _gathered("FUNCTIONS", tuple(rooms_of(extra))).items():
        if key in FUNCTIONS:
            raise ValueError(f"{key} has a second meaning in {found[1].__name__}")
        FUNCTIONS[key] = _meaning(spelled_name(key), *found)


def find(function: object) -> Meaning | None:
    """The builder for a function of Python, NumPy or SciPy, or None where it is not known."""
    try:
        found = FUNCTIONS.get(function)
    except TypeError:  # no hash: no function of ours
        return None
    if found is None and may_be_from_one(function):
        for extra in imported():
            enter(extra)
        return FUNCTIONS.get(function)
    return found


def not_known(function: object) -> NoDerivativeError:
    """The error for a function without source and without a rule: the verdict on it, if there is one."""
    from adcompiler.primitives.verdicts import of_object

    name = getattr(function, "__name__", None) or type(function).__name__
    module = getattr(function, "__module__", None)
    whole = f"{module}.{name}" if module else spelled_name(function)
    found = of_object(function)
    if found is not None and found.write:
        return NoDerivativeError(
            f"`{whole}` has no derivative rule.", why=found.why, write=found.write
        )
    return NoDerivativeError(
        f"`{whole}` has no derivative rule.",
        why="it has no Python source that adcompiler could read, and no row in the catalogue: whether it has a "
        "derivative, and which, only its author can say.",
        write=_row_for(function, name, whole),
    )


def _row_for(function: object, name: str, whole: str) -> str:
    """The one row that would give a function its rule (docs/custom-rules.md)."""
    try:
        signature = inspect.signature(function)  # type: ignore[arg-type]
        required = [p for p in signature.parameters.values() if p.default is p.empty]
        operands = [p.name for p in required if p.kind <= p.POSITIONAL_OR_KEYWORD] or ["x"]
    except (TypeError, ValueError):
        operands = ["x"]
    rule = f"lambda y, {', '.join(operands)}: …"
    partials = rule if len(operands) == 1 else f"({', '.join([rule] * len(operands))})"
    return f"{name} = ad.primitive({whole}, partials={partials})"
