"""`check_grads`: are the generated derivatives those of the function?

The value is compared with the function's own, the tangent with derivatives along a random direction that know no rule,
the adjoint with the tangent by ⟨ȳ, J ẋ⟩ = ⟨Jᵀ ȳ, ẋ⟩; for higher orders the same is asked of the tangent and adjoint
programs.  Where the function is analytic and takes complex numbers the step is complex, and exact; else differences are
Ridders' (1982): central, extrapolated to step zero, with an estimate of their own error.  Where that estimate is so
large that it decides nothing, the Taylor remainder does: it must fall faster than the step.
"""

from __future__ import annotations

import types
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from adcompiler.api import adjoint, tangent
from adcompiler.derivative import BoundDerivative
from adcompiler.errors import ADError, ArgumentError, ResultError
from adcompiler.frontend.parameters import own_signature
from adcompiler.inspection.complex_step import complex_step
from adcompiler.inspection.differences import (
    differences,
    differentiable,
    numbers,
    random_direction,
    rounding_unit,
    weights,
)
from adcompiler.inspection.faults import first_fault, located
from adcompiler.inspection.subject import Subject
from adcompiler.inspection.taylor import remainder_order
from adcompiler.interface import chosen_names
from adcompiler.ir.structure import (
    Structure,
    accessors,
    from_value,
    leaves,
    paths,
    refill,
    to_value,
)

MODES = ("fwd", "rev")


@dataclass(frozen=True)
class _Program:
    """A function (or a program made of one) at a point, as keywords; `path` tells how it was made."""

    call: Callable[..., Any]
    arguments: Mapping[str, Any]
    names: tuple[str, ...]
    path: str

    def __call__(self, changed: Mapping[str, Any]) -> Any:
        """Run it with some arguments replaced."""
        signature = own_signature(self.call, self.names)
        bound = signature.bind_partial()
        bound.arguments.update({**self.arguments, **changed})
        return self.call(*bound.args, **bound.kwargs)


@dataclass
class _Check:
    order: int
    modes: tuple[str, ...]
    rtol: float | None
    atol: float | None
    random: np.random.Generator
    source: Callable[[], str] = field(default=lambda: "")


def check_grads(
    f: Callable[..., Any],
    args: Sequence[Any],
    order: int = 2,
    modes: Sequence[str] = MODES,
    *,
    argnums: int | str | Sequence[int | str] | None = None,
    rtol: float | None = None,
    atol: float | None = None,
    seed: int = 0,
) -> None:
    """Check the derivatives of `f` at `args`, up to `order`, in forward ("fwd") and reverse ("rev") mode.

    `args` is a tuple of arguments: floats, complex numbers, arrays and containers of them are varied; ints, strings
    and other leaves stay as they are, and so does what `argnums` leaves out.  Tolerances default to those that the
    differences and the precision allow.  Raises `AssertionError` where numbers disagree: with the inputs concerned, the
    expected and the found number, the statement whose derivative is wrong, its lines in the generated program, and
    that program.

    >>> import numpy as np
    >>> check_grads(lambda x, y: np.log(x) + x * y - np.sin(y), (2.0, 5.0))
    """
    if not isinstance(args, (tuple, list)):
        raise ArgumentError(
            f"the arguments are a {type(args).__name__}.",
            why="they are given as a tuple.",
            write="check_grads(f, (x, y))",
        )
    modes = (modes,) if isinstance(modes, str) else tuple(modes)
    if not modes or any(mode not in MODES for mode in modes):
        raise ArgumentError(
            f"the modes {modes!r} are not understood.",
            why='they are "fwd" and "rev".',
            write='modes=("fwd", "rev")',
        )
    if not isinstance(order, int) or order < 1:
        raise ArgumentError(
            f"the order is {order!r}.",
            why="derivatives are counted from the first.",
            write="order=2",
        )
    f, args = _with_self(f, tuple(args))
    items: Any = tuple(argnums) if isinstance(argnums, (list, tuple)) else argnums
    signature = own_signature(f, items)
    try:
        bound = signature.bind(*args)
    except TypeError as error:
        raise ArgumentError(
            f"the arguments do not fit: {error}.",
            why=f"the parameters are {signature}.",
            write="check_grads(f, (x, y))",
        ) from None
    chosen = chosen_names(items, list(bound.arguments))
    names = tuple(
        name for name, value in bound.arguments.items() if name in chosen and _varied(value)
    )
    if not names:
        raise ArgumentError(
            "no argument has a derivative.",
            why="only floats and arrays of floats are varied.",
            write="floats: 2.0 instead of 2",
        )
    _refuse(f(*bound.args, **bound.kwargs))
    check = _Check(order, modes, rtol, atol, np.random.default_rng(seed))
    name = getattr(f, "__name__", "f")
    _check(check, _Program(f, dict(bound.arguments), names, name), 1)


def _refuse(value: Any) -> None:
    """Nothing passes unchecked: a result without floats."""
    if not _varied(value):
        raise ResultError(
            "the result holds no floating-point number.",
            why="there is no derivative to check.",
            write="a function that returns floats",
        )


def _with_self(f: Any, args: tuple[Any, ...]) -> tuple[Callable[..., Any], tuple[Any, ...]]:
    """A method is the function of its object and its arguments."""
    if isinstance(f, BoundDerivative):
        return f.derivative, (f.__self__, *args)
    return (f.__func__, (f.__self__, *args)) if isinstance(f, types.MethodType) else (f, args)


def _varied(value: Any) -> bool:
    return any(map(differentiable, leaves(from_value(value))))


def _check(check: _Check, program: _Program, order: int) -> None:
    expected = program({})
    direction = {
        name: random_direction(program.arguments[name], check.random) for name in program.names
    }
    slope, error = differences(program, direction)
    exact = complex_step(program, direction, slope, error)
    if exact is not None:
        slope, error = exact, np.zeros_like(error)
    forward = reverse = None
    if "fwd" in check.modes:
        forward = _derivative(tangent, program, list(direction.values()))
        check.source = _source_of(forward)
        value, found = forward({})
        _same_value(check, program, "tangent", expected, value)
        _same_slopes(check, program, slope, error, found)
        _falling_remainder(check, program, direction, slope, error, found)
        slope, error = numbers(found), np.zeros_like(error)
    if "rev" in check.modes:
        cotangent = random_direction(expected, check.random)
        reverse = _derivative(adjoint, program, [cotangent])
        check.source = _source_of(reverse)
        value, *bars = reverse({})
        _same_value(check, program, "adjoint", expected, value)
        _same_products(check, program, (slope, error), cotangent, direction, bars)
    if order < check.order:
        for derived in (forward, reverse):
            if derived is not None:
                _check(check, derived, order + 1)


def _derivative(transform: Callable[..., Any], program: _Program, seeds: list[Any]) -> _Program:
    """The tangent or adjoint program with its seeds as further arguments."""
    derived = transform(program.call, program.names)
    more = dict(zip(derived.request.seeds, seeds, strict=True))
    arguments = {**program.arguments, **more}
    names = (*program.names, *(name for name, value in more.items() if _varied(value)))
    return _Program(derived, arguments, names, f"{transform.__name__} of {program.path}")


def _source_of(program: _Program) -> Callable[[], str]:
    def source() -> str:
        derived: Any = program.call
        signature = own_signature(derived)
        bound = signature.bind_partial()
        bound.arguments.update(program.arguments)
        return str(derived.source(*bound.args, **bound.kwargs))

    return source


def _tolerance(check: _Check, program: _Program, *values: Any) -> tuple[float, float]:
    """Relative and absolute tolerance for the least precise number involved."""
    loose = rounding_unit(*program.arguments.values(), *values) ** 0.5
    return loose if check.rtol is None else check.rtol, loose if check.atol is None else check.atol


def _same_value(check: _Check, program: _Program, what: str, expected: Any, found: Any) -> None:
    a, b = numbers(expected), numbers(found)
    rtol, atol = _tolerance(check, program, expected)
    if a.shape != b.shape or not np.allclose(a, b, rtol=rtol, atol=atol, equal_nan=True):
        raise _failure(
            check, f"the value that the {what} of {program.path} returns", program, expected, found
        )


def _same_slopes(check: _Check, program: _Program, slope: Any, error: Any, found: Any) -> None:
    """The tangent against differences; the estimated error of these is allowed for."""
    b = numbers(found)
    rtol, atol = _tolerance(check, program, found)
    if b.shape != slope.shape:
        raise _failure(check, f"the tangent of {program.path}", program, slope, found)
    allowed = atol + rtol * np.maximum(np.abs(slope), np.abs(b)) + 4.0 * error
    bad = ~(np.abs(slope - b) <= allowed)
    if bad.any():
        raise _failure(
            check,
            f"the tangent of {program.path} along a random direction",
            program,
            slope,
            b,
            _blame(program),
        )


def _falling_remainder(
    check: _Check,
    program: _Program,
    direction: Mapping[str, Any],
    slope: Any,
    error: Any,
    found: Any,
) -> None:
    """Where differences are too rough to tell, f(x + h ẋ) - f(x) - h ẏ must fall faster than h."""
    dot = numbers(found)
    rtol, _ = _tolerance(check, program, found)
    if check.rtol is not None or np.all(error <= 1e3 * rtol * (1.0 + np.abs(dot))):
        return
    order = remainder_order(program, direction, dot)
    if order is not None and 0.9 < order < 1.1:  # 0 is a jump
        raise _failure(
            check,
            f"the tangent of {program.path} along a random direction",
            program,
            slope,
            dot,
            f"\n  the Taylor remainder falls with h^{order:.2f} only",
        )


def _same_products(
    check: _Check,
    program: _Program,
    slope: tuple[Any, Any],
    cotangent: Any,
    direction: Mapping[str, Any],
    bars: Sequence[Any],
) -> None:
    """⟨ȳ, J ẋ⟩ = ⟨Jᵀ ȳ, ẋ⟩."""
    forward, error = slope
    seed = weights(cotangent)
    rtol, atol = _tolerance(check, program, cotangent, *bars)
    terms = [
        _terms(bar, dot, program.path) for bar, dot in zip(bars, direction.values(), strict=True)
    ]
    expected = float(seed @ forward)
    found = float(sum(map(np.sum, terms)))
    scale = float(np.sum(np.abs(seed * forward))) + sum(float(np.sum(np.abs(t))) for t in terms)
    if not abs(expected - found) <= atol + rtol * scale + 4.0 * float(np.abs(seed) @ error):
        detail = "".join(
            f"\n  from `{name}`: {float(np.sum(t))!r}"
            for name, t in zip(direction, terms, strict=True)
        )
        raise _failure(
            check,
            f"the adjoint of {program.path}, as ⟨Jᵀ ȳ, ẋ⟩ against ⟨ȳ, J ẋ⟩",
            program,
            expected,
            found,
            _blame_adjoint(program, seed, bars) + detail,
        )


def _terms(bar: Any, dot: Any, path: str) -> Any:
    """Products of cotangent and direction; a cotangent of another structure or shape is a failure itself."""
    a = [leaf for leaf in leaves(from_value(bar)) if leaf is not None]
    b = [leaf for leaf in leaves(from_value(dot)) if leaf is not None]
    if [np.shape(x) for x in a] != [np.shape(x) for x in b]:
        raise AssertionError(
            f"the adjoint of {path} gives cotangents of shapes {[np.shape(x) for x in a]} "
            f"for inputs of shapes {[np.shape(x) for x in b]}"
        )
    return np.concatenate([np.ravel((np.asarray(x) * y).real) for x, y in zip(a, b, strict=True)])


def _inputs(program: _Program) -> list[tuple[str, str, Structure, int]]:
    """Every varied leaf: how Python reads it, its argument, the argument's structure, its position."""
    found = []
    for name in program.names:
        structure = from_value(program.arguments[name])
        for k, (path, leaf) in enumerate(zip(paths(structure), leaves(structure), strict=True)):
            if differentiable(leaf):
                found.append((name + "".join(accessors(path, structure)), name, structure, k))
    return found


def _unit(structure: Structure, position: int) -> Any:
    """Ones for one leaf, zeros for the others."""
    values = [
        None
        if not differentiable(x)
        else (
            np.full_like(x, k == position) if isinstance(x, np.ndarray) else type(x)(k == position)
        )
        for k, x in enumerate(leaves(structure))
    ]
    return to_value(refill(structure, values))


def _by_input(program: _Program) -> list[tuple[str, Any, Any]]:
    """For each input: its name, differences and their error along it alone."""
    found = []
    for text, name, structure, position in _inputs(program):
        slope, error = differences(program, {name: _unit(structure, position)})
        found.append((text, slope, error))
    return found


def _blame(program: _Program) -> str:
    """Which input's tangent is wrong, one at a time."""
    lines = []
    for (text, slope, error), (_, name, structure, position) in zip(
        _by_input(program), _inputs(program), strict=True
    ):
        seeds = [
            _unit(structure, position) if other == name else _zeros(program.arguments[other])
            for other in program.names
        ]
        _, dot = _derivative(tangent, program, seeds)({})
        b = numbers(dot)
        if not np.all(np.abs(slope - b) <= 1e-6 * (1.0 + np.abs(slope)) + 4.0 * error):
            lines.append(f"\n  input `{text}`: expected {_short(slope)}, found {_short(b)}")
    return "".join(lines)


def _blame_adjoint(program: _Program, seed: Any, bars: Sequence[Any]) -> str:
    """Which input's cotangent is wrong: its sum against ȳ times the differences along ones."""
    lines = []
    sums = [
        float(np.sum(leaf).real)
        for bar in bars
        for leaf in leaves(from_value(bar))
        if leaf is not None
    ]
    for (text, slope, error), found in zip(_by_input(program), sums, strict=True):
        expected = float(seed @ slope)
        if not abs(expected - found) <= 1e-6 * (1.0 + abs(expected)) + 4.0 * float(
            np.abs(seed) @ error
        ):
            lines.append(
                f"\n  input `{text}`: expected {expected!r} (sum of its cotangent), found {found!r}"
            )
    return "".join(lines)


def _zeros(value: Any) -> Any:
    return _unit(from_value(value), -1)


def _short(value: Any) -> str:
    if isinstance(value, np.ndarray) and value.size == 1:
        return repr(float(value[0]))
    return (
        np.array2string(value, threshold=10, precision=8)
        if isinstance(value, np.ndarray)
        else repr(value)
    )


def _failure(
    check: _Check, what: str, program: _Program, expected: Any, found: Any, detail: str = ""
) -> AssertionError:
    inputs = ", ".join(text for text, *_ in _inputs(program))
    source = check.source()
    return AssertionError(
        f"{what} is wrong (inputs: {inputs}).\n  expected {_short(expected)}\n  found    {_short(found)}"
        f"{detail}{_where(program, source)}\n\nThe generated program:\n\n{source}"
    )


def _where(program: _Program, source: str) -> str:
    """The statement whose derivative is wrong, and its lines in the generated program."""
    arguments: dict[str, Any] = dict(program.arguments)
    subject = Subject(program.call, tuple(arguments.values()), program.names, program.path)
    try:
        fault = first_fault(subject)
    except (ADError, ArithmeticError, ValueError):
        return ""  # it cannot be run statement by statement
    if fault is None:
        return ""
    place = fault.origin
    lines = "".join(
        f"\n  generated line {number}: {line.strip()}" for number, line in located(source, place)
    )
    return (
        f"\n  the {fault.sweep} of `{fault.primitive}` is wrong in {place.file}:{place.line}: {place.text}"
        f"\n  there: expected {fault.expected!r}, found {fault.found!r}{lines}"
    )
