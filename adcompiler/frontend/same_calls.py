"""What is the same in two calls of a function, as far as that is known while compiling."""

from __future__ import annotations

from types import FunctionType
from typing import Any

from adcompiler.frontend.alike import same_constant
from adcompiler.frontend.bound import Bound, BoundMethod, Closure, Instance
from adcompiler.ir.lengths import Length, Symbol
from adcompiler.ir.structure import Structure
from adcompiler.ir.types import is_number
from adcompiler.ir.values import Constant


def symbols_of(length: Length) -> set[Symbol]:
    return {symbol for monomial, _ in length.terms for symbol in monomial}


def containers(structure: Structure) -> list[Any]:
    """The containers of a structure, outermost first."""
    if not hasattr(structure, "children"):
        return []
    return [structure, *(b for child in structure.children for b in containers(child))]


def is_plain(leaf: Bound) -> bool:
    """True for what means the same wherever it stands."""
    return isinstance(leaf, Constant) and (
        is_number(leaf.type) or isinstance(leaf.value, (str, bytes, type(None), FunctionType))
    )


def same_function(a: Any, b: Any) -> bool:
    if isinstance(a, Closure) and isinstance(b, Closure):
        return a.node is b.node and a.frame is b.frame
    return a is b


def same_leaf(a: Bound, b: Bound) -> bool:
    """True where a leaf that is known while compiling is the same in another call."""
    if a is b or same_constant(a, b):
        return True
    if isinstance(a, Constant) and isinstance(b, Constant):
        return not is_number(a.type) and type(a.value) is type(b.value) and _equal(a.value, b.value)
    if isinstance(a, Instance) and isinstance(b, Instance):
        return a.value is b.value
    if isinstance(a, BoundMethod) and isinstance(b, BoundMethod):
        every = zip((a.function, *a.args), (b.function, *b.args), strict=False)
        same = len(a.args) == len(b.args) and not a.kwargs and not b.kwargs
        return same and all(same_leaf(x, y) for x, y in every)
    return isinstance(a, Closure) and isinstance(b, Closure) and same_function(a, b)


def _equal(a: Any, b: Any) -> bool:
    return a is b or (isinstance(a, (str, bytes, type(None))) and bool(a == b))
