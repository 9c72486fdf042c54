"""Both modes from one row.

* `elementwise`: partials ∂y/∂xᵢ as functions of (y, x₀, x₁, …); ẏ = Σ pᵢ ẋᵢ and x̄ᵢ += pᵢ ȳ
* `linear`: in operand 0; ẏ = f(ẋ) and x̄ = fᵀ(ȳ)
* `bilinear`: ẏ = f(ẋ₀, x₁) + f(x₀, ẋ₁)
* `inert`: the derivative is zero by declaration (a step function, a shape)
* `opaque`: asking for the derivative is an error

Partials are written in primitives, so they build IR and are differentiable again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from adcompiler.ir.builder import current
from adcompiler.ir.nodes import PRIMAL, Call
from adcompiler.ir.primitive import Batch, Infer, Primitive, Spelling, Statics, lookup, register
from adcompiler.ir.types import PythonScalar, Type, dtype_of, is_inexact, is_scalar, shape_of
from adcompiler.ir.values import Atom, Constant, as_atom
from adcompiler.primitives.accumulation import fit_cotangent, fit_tangent, insert_axes_behind_first
from adcompiler.primitives.shapes import elementwise_type, like_operand, numbers
from adcompiler.primitives.supports import DEEPEST, is_zeros, support, written_into

Partial = Callable[..., Any]


@dataclass(frozen=True)
class Over:
    """A partial that is a quotient: the product v · (a/b) is then written v / b or a · v / b."""

    numerator: Any
    denominator: Any


@dataclass(frozen=True)
class Where:
    """A partial that is `partial` where `condition` holds (or does not) and exactly zero elsewhere.

    The product is a selection, never a multiplication by 0.0, which would make NaN of an infinity.
    """

    condition: Any
    partial: Any
    holds: bool = True


def scaled(value: Atom, partial: Any) -> Atom | None:
    """value · partial, with no multiplication by ±1; None where the partial is a structural zero."""
    if partial is None:
        return None
    selection = _selection(value)
    if selection is not None:
        condition, inner, chosen = selection
        product = scaled(inner, partial)
        zero = Constant.of(0.0)
        return as_atom(
            lookup("where")(condition, *((product, zero) if chosen else (zero, product)))
        )
    if isinstance(partial, Over):
        product = scaled(value, partial.numerator)
        assert product is not None
        return as_atom(product / partial.denominator)
    if isinstance(partial, Where):
        selected = scaled(value, partial.partial)
        if selected is None:
            return None
        arms = (selected, 0.0) if partial.holds else (0.0, selected)
        return as_atom(lookup("where")(partial.condition, *arms))
    atom = as_atom(partial)
    if isinstance(atom, Constant):
        if atom.value == 1:
            return value
        if atom.value == -1:
            return as_atom(-value)
        return as_atom(atom * value)
    if isinstance(value, Constant) and value.value == 1:
        if isinstance(atom.type, PythonScalar) and not is_inexact(atom.type):
            return as_atom(
                lookup("to_float")(atom)
            )  # an int in a list or an array would make it one of ints
        if not is_scalar(atom.type) or is_inexact(atom.type):
            return atom
    return as_atom(value * atom)


def _selection(value: Atom) -> tuple[Atom, Atom, bool] | None:
    """(condition, v, True) for a cotangent ``where(condition, v, 0)``, and the mirrored case.

    The product with a partial is formed under the selection: where the cotangent is a structural zero an infinite
    or undefined partial (the branch of `np.where` not taken) must not make NaN of it.
    """
    call = current().definition(value)
    if call is None or call.primitive.name != "where" or call.role == PRIMAL:
        return None
    condition, then, otherwise = call.args
    if isinstance(otherwise, Constant) and otherwise.value == 0:
        return condition, then, True
    if isinstance(then, Constant) and then.value == 0:
        return condition, otherwise, False
    return None


def scaled_within_support(value: Atom, partial: Any, depth: int = DEEPEST) -> Atom | None:
    """value · partial, and exactly 0 where `value` is a structural zero (see `supports`).

    What was written into zeros is multiplied where it was written; else the product is a selection.  A partial that
    is one number for all elements is left as it is: where that is infinite, so are all values.
    """
    if partial is None or _selection(value) is not None or not _is_array(partial):
        return scaled(value, partial)
    call = written_into(value) if depth else None
    if call is not None:
        base, part, *index = call.args
        there = _read(partial, call)
        product = None if there is None else scaled_within_support(part, there, depth - 1)
        rest = base if is_zeros(base) else scaled_within_support(base, partial, depth - 1)
        if (
            product is not None
            and rest is not None
            and dtype_of(product.type) == dtype_of(rest.type) == dtype_of(base.type)
        ):
            return current().apply(call.primitive, rest, product, *index, **call.statics)
    product = scaled(value, partial)
    assert product is not None
    mask = support(value)
    return product if mask is None else as_atom(lookup("where")(mask, product, 0.0))


def _is_array(partial: Any) -> bool:
    if isinstance(partial, Over):
        return _is_array(partial.numerator) or _is_array(partial.denominator)
    if isinstance(partial, Where):
        return _is_array(partial.condition) or _is_array(partial.partial)
    return bool(shape_of(as_atom(partial).type))


def _read(partial: Any, write: Call) -> Any:
    """The partial at the elements that a statement writes; None where it has another shape than the array."""
    if isinstance(partial, Over):
        parts = _read(partial.numerator, write), _read(partial.denominator, write)
        return None if None in parts else Over(*parts)
    if isinstance(partial, Where):
        parts = _read(partial.condition, write), _read(partial.partial, write)
        return None if None in parts else Where(*parts, partial.holds)
    atom = as_atom(partial)
    if isinstance(atom, Constant):
        return atom
    if shape_of(atom.type) != shape_of(write.args[0].type):
        return None
    return current().apply(lookup("getitem"), atom, *write.args[2:], **write.statics)


def add(a: Atom | None, b: Atom | None) -> Atom | None:
    """The sum where None is a structural zero."""
    if a is None or b is None:
        return b if a is None else a
    return as_atom(a + b)


def _partials_of(
    partials: Partial | Sequence[Partial | None] | None, call: Call
) -> list[Callable[[], Any]]:
    """One thunk per operand, so that only the partials that are needed are built."""
    y, args = call.target, call.args
    functions = [partials] if callable(partials) else list(partials or ())

    def thunk(function: Partial | None) -> Callable[[], Any]:
        return lambda: None if function is None else function(y, *args, **call.statics)

    return [thunk(function) for function in functions]


def batch_elementwise(call: Call, args: Sequence[Atom], flags: Sequence[bool]) -> Atom:
    """Align the ranks behind the leading axis; broadcasting does the rest."""
    ranks = [len(shape_of(a.type)) - flag for a, flag in zip(args, flags, strict=True)]
    rank = max(ranks)
    aligned = [
        insert_axes_behind_first(a, rank - r) if flag and r < rank else a
        for a, flag, r in zip(args, flags, ranks, strict=True)
    ]
    return current().apply(call.primitive, *aligned, **call.statics)


def elementwise(
    name: str,
    function: Callable[..., Any],
    *,
    array: str = "",
    scalar: str = "",
    partials: Partial | Sequence[Partial | None] | None,
    samples: Sequence[Any],
    python_kind: str | None = None,
    infer: Infer | None = None,
    verdict: str = "differentiable",
    defaults: Statics | None = None,
    results: int = 0,
    description: str = "",
    unbounded: bool = False,
) -> Primitive:
    """A row for a function applied element by element, with NumPy's broadcasting.

    `partials` is one function of (y, x) or a sequence of functions of (y, x₀, x₁, …), None standing
    for a partial that is zero by declaration.  Static parameters that a call has are given to them by name.
    A row is `unbounded` where a partial may be infinite or undefined: then the cotangent is asked where it is a
    structural zero.
    """
    array = array or f"np.{name}({', '.join(f'_{i}' for i in range(len(samples)))})"

    def infer_type(args: Sequence[Atom], statics: Statics) -> Type:
        numbers(args, name)
        return elementwise_type(function, args, python_kind=python_kind)

    def pushforward(call: Call, tangents: Sequence[Atom | None]) -> Atom | None:
        total: Atom | None = None
        for tangent, partial in zip(tangents, _partials_of(partials, call), strict=True):
            if tangent is not None:
                total = add(total, scaled(tangent, partial()))
        return None if total is None else fit_tangent(call.target, total)

    def pullback(call: Call, y_bar: Atom, wanted: Sequence[bool]) -> list[Atom | None]:
        found: list[Atom | None] = []
        for arg, want, partial in zip(call.args, wanted, _partials_of(partials, call), strict=True):
            multiply = scaled_within_support if unbounded else scaled
            product = multiply(y_bar, partial()) if want else None
            found.append(None if product is None else fit_cotangent(arg, product))
        return found

    differentiable = verdict == "differentiable"
    return register(
        Primitive(
            name,
            function,
            infer or infer_type,
            Spelling(array, scalar, results=results),
            verdict,
            pushforward if differentiable else None,
            pullback if differentiable else None,
            batch=batch_elementwise,
            defaults=defaults or {},
            samples=tuple(samples),
            kind="elementwise",
            description=description,
        )
    )


def linear(
    name: str,
    function: Callable[..., Any],
    *,
    infer: Infer,
    spelling: Spelling,
    transpose: Callable[[Call, Atom], Atom],
    samples: Sequence[Any],
    batch: Batch | None = None,
    memory: str = "fresh",
    shape_only: tuple[int, ...] = (),
    defaults: Statics | None = None,
    description: str = "",
    holomorphic: bool = True,
) -> Primitive:
    """A row linear in operand 0; further operands are indices or shapes."""

    def pushforward(call: Call, tangents: Sequence[Atom | None]) -> Atom | None:
        tangent = tangents[0]
        if tangent is None:
            return None
        return current().apply(call.primitive, tangent, *call.args[1:], **call.statics)

    def pullback(call: Call, y_bar: Atom, wanted: Sequence[bool]) -> list[Atom | None]:
        rest: list[Atom | None] = [None] * (len(call.args) - 1)
        return [fit_cotangent(call.args[0], transpose(call, y_bar)) if wanted[0] else None, *rest]

    return register(
        Primitive(
            name,
            function,
            infer,
            spelling,
            "differentiable",
            pushforward,
            pullback,
            batch=batch,
            memory=memory,
            shape_only=shape_only,
            defaults=defaults or {},
            samples=tuple(samples),
            kind="linear",
            description=description,
            holomorphic=holomorphic,
        )
    )


def bilinear(
    name: str,
    function: Callable[..., Any],
    *,
    infer: Infer,
    spelling: Spelling,
    transposes: tuple[Callable[[Call, Atom], Atom], Callable[[Call, Atom], Atom]],
    samples: Sequence[Any],
    batch: Batch | None = None,
    defaults: Statics | None = None,
    description: str = "",
) -> Primitive:
    """A row linear in each of its two operands."""

    def pushforward(call: Call, tangents: Sequence[Atom | None]) -> Atom | None:
        left, right = call.args
        left_dot, right_dot = tangents
        first = (
            None
            if left_dot is None
            else current().apply(call.primitive, left_dot, right, **call.statics)
        )
        second = (
            None
            if right_dot is None
            else current().apply(call.primitive, left, right_dot, **call.statics)
        )
        return add(first, second)

    def pullback(call: Call, y_bar: Atom, wanted: Sequence[bool]) -> list[Atom | None]:
        return [
            fit_cotangent(arg, transpose(call, y_bar)) if want else None
            for arg, want, transpose in zip(call.args, wanted, transposes, strict=True)
        ]

    return register(
        Primitive(
            name,
            function,
            infer,
            spelling,
            "differentiable",
            pushforward,
            pullback,
            batch=batch,
            defaults=defaults or {},
            samples=tuple(samples),
            kind="bilinear",
            description=description,
        )
    )


def general(
    name: str,
    function: Callable[..., Any],
    *,
    infer: Infer,
    spelling: Spelling,
    pushforward: Callable[[Call, Sequence[Atom | None]], Atom | None],
    pullback: Callable[[Call, Atom, Sequence[bool]], Sequence[Atom | None]],
    samples: Sequence[Any],
    batch: Batch | None = None,
    memory: str = "fresh",
    shape_only: tuple[int, ...] = (),
    defaults: Statics | None = None,
    description: str = "",
    holomorphic: bool = True,
) -> Primitive:
    """A row whose two modes are both written out (where one shared description does not do)."""
    return register(
        Primitive(
            name,
            function,
            infer,
            spelling,
            "differentiable",
            pushforward,
            pullback,
            batch=batch,
            memory=memory,
            shape_only=shape_only,
            defaults=defaults or {},
            samples=tuple(samples),
            description=description,
            holomorphic=holomorphic,
        )
    )


def inert(
    name: str,
    function: Callable[..., Any],
    *,
    infer: Infer | None = None,
    spelling: Spelling,
    samples: Sequence[Any],
    kind: str = "general",
    defaults: Statics | None = None,
    shape_only: tuple[int, ...] = (),
    memory: str = "fresh",
    batch: Any = None,
    description: str = "",
) -> Primitive:
    """A row whose derivative is zero by declaration."""
    return register(
        Primitive(
            name,
            function,
            infer or like_operand,
            spelling,
            "inert",
            samples=tuple(samples),
            kind=kind,
            defaults=defaults or {},
            shape_only=shape_only,
            memory=memory,
            description=description,
            batch=batch_elementwise if kind == "elementwise" else batch,
        )
    )
